"""A note with three and more indices that does not define its statistics -> its layer, as far as it says which it is.

The scale has the index that the output writes beside it. Over which axes the statistics run is told by the indices of
the mean, or by the name of the layer; where neither tells, what depends on them has no verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.layers import BATCH, Layer
from bnverify.model.shapes import MOST_AXES, Written
from bnverify.pattern import pattern

Axes = tuple[int, ...]
LEAST_AXES = 3
NAMED = {
    "batch": pattern(r"batch[- ]?norm", re.IGNORECASE),
    "instance": pattern(r"instance[- ]?norm", re.IGNORECASE),
    "layer": pattern(r"layer[- ]?norm", re.IGNORECASE),
    "group": pattern(r"group[- ]?norm|\\mathcal\{?\s*S|\bRMS", re.IGNORECASE),
}
"""The names of layers in words; of the last ones the axes are not told."""


@frozen
class Images:
    """The layer of such a note, and whether the axes of its statistics are only supposed."""

    layer: Layer
    supposed: bool
    plain_gains: bool
    """Whether the scale has no index anywhere."""


def images(text: str, written: Sequence[Written], has_mean: bool) -> Images | None:
    """The layer, or None where the note writes fewer indices."""
    families = [one.index for one in written if one.role == "x" and one.defines]
    index = max(families, key=len, default=())
    if not LEAST_AXES <= len(index) <= MOST_AXES or len(set(index)) < len(index):
        return None
    axes = {letter: axis for axis, letter in enumerate(index)}
    over = _over(text, axes, written, has_mean)
    gains = _at(axes, [one for one in written if one.role == "gamma" and one.defines])
    usual = tuple(axis for axis in axes.values() if axis not in (gains or (1,)))
    plain = not any(one.index for one in written if one.role == "gamma")
    return Images(replace(BATCH, rank=len(index), over=over or usual, gains=gains), not over, plain)


def _over(text: str, axes: Mapping[str, int], written: Sequence[Written], has_mean: bool) -> Axes:
    """The axes that the statistics run over; none where that is not said."""
    rows = [one.index for one in written if one.role == "v" and one.index]
    if rows:
        known = has_mean and set(rows[0]) <= axes.keys()
        return tuple(axis for letter, axis in axes.items() if letter not in rows[0]) if known else ()
    names = [name for name, said in NAMED.items() if said.search(text)]
    gains = _at(axes, [one for one in written if one.role == "gamma" and one.defines])
    if len(names) != 1 or not gains:
        return ()
    kept: Mapping[str, Axes] = {"batch": gains, "instance": (0, *gains), "layer": (0,)}
    return tuple(axis for axis in axes.values() if axis not in kept.get(names[0], axes.values()))


def _at(axes: Mapping[str, int], written: Sequence[Written]) -> Axes:
    """The axes of the first index that is written, where all of it is one of the input."""
    index = next((one.index for one in written if one.index), ())
    return tuple(sorted(axes[one] for one in index)) if set(index) <= axes.keys() else ()
