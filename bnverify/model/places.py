"""Written indices -> indices that know their axis; those that a note leaves out are the generic ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.layers import Layer
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, TARGET, VARIANCE

GENERIC = "·"
"""The index of an unindexed family: the generic element."""
CONTRACTED = "@"
"""The index of a family that a product of derivatives is summed over; no letter of a note."""


def axes_of(name: str, layer: Layer) -> tuple[int, ...]:
    """The axes along which a quantity of the forward pass has values of its own."""
    if name in (INPUT, NORMALISED, OUTPUT, TARGET):
        return tuple(range(layer.rank))
    if name in (MEAN, VARIANCE):
        return layer.kept
    return layer.gains if name in (SCALE, SHIFT) else ()


def placed(index: Sequence[str], axes: Sequence[int], letters: Mapping[str, int]) -> tuple[str, ...]:
    """The indices of a quantity along its axes; what is written too much is left out.

    Where some are missing, a letter goes to the axis that it names elsewhere, and else to the first that is free.
    """
    if len(index) >= len(axes):
        return tuple(on_axis(one, axis) for one, axis in zip(index, axes, strict=False))
    found: dict[int, str] = {}
    others: list[str] = []
    for one in index:
        axis = letters.get(one)
        if axis in axes and axis not in found and axis is not None:
            found[axis] = one
        else:
            others.append(one)
    free = (axis for axis in axes if axis not in found)
    found |= dict(zip(free, others, strict=False))
    return tuple(on_axis(found.get(axis, GENERIC), axis) for axis in axes)


def generic(axes: Iterable[int]) -> tuple[str, ...]:
    """The generic element along some axes."""
    return tuple(on_axis(GENERIC, axis) for axis in axes)


def is_generic(index: str) -> bool:
    return letter_of(index) == GENERIC


def along(index: str, free: Iterable[str], letters: Mapping[str, int]) -> list[str]:
    """The indices of an expression that are written with this letter; where there is none, the likeliest axis."""
    found = sorted(one for one in free if letter_of(one) == index)
    return found or [on_axis(index, letters.get(index, 0))]


def same_axis(left: str, right: str) -> bool:
    return axis_of(left) == axis_of(right)
