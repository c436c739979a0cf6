"""Index names that know what they run over: `j` a place along the first axis of the input, `1.j` along the second.

A batch of one feature has one axis. Layer norm over several samples has two: the sample and the feature.
Terms compare and rename indices as they are, so no rule has to carry an axis beside them.
"""

from __future__ import annotations


def axis_of(index: str) -> int:
    """The axis that an index runs over, counted from 0."""
    return int(index[0]) if index[1:2] == "." else 0


def on_axis(letter: str, axis: int) -> str:
    """The index that is written as `letter` where it runs over `axis`."""
    return f"{axis}.{letter}" if axis else letter


def letter_of(index: str) -> str:
    """An index as it is written."""
    return index[2:] if index[1:2] == "." else index
