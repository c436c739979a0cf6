"""The layers as data: which axes of the input share their statistics, and which have a scale and a shift of their own.

One forward pass is built from an entry (forward.py); nothing else tells one layer from another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from bnverify.frozen import frozen
from bnverify.model.terms import Term


@frozen
class Layer:
    """A normalisation layer; its axes are the positions of the indices of the input."""

    name: str
    """As front matter names it."""
    title: str
    rank: int = 1
    """How many indices the input has."""
    over: tuple[int, ...] = (0,)
    """The axes that the statistics are taken over."""
    gains: tuple[int, ...] = ()
    """The axes along which the scale and the shift differ."""
    centred: bool = True
    """Whether the mean is taken away."""
    length: bool = False
    """Whether the squares are added up and not averaged, so that the input is divided by its length."""
    shifted: bool = True
    """Whether a shift is added."""
    from_one: bool = False
    """Whether the gain is one plus the scale, which starts at zero."""
    exponential: bool = False
    """Whether it is no normalisation, but a softmax."""
    loss: Term | None = None
    """The loss behind it, in the outputs and the targets, where the note defines it."""
    targets: Fraction | None = Fraction(1)
    """What the targets of one row add up to; None: it is open."""
    constant: bool = False
    """Whether the statistics are constants, as in inference."""

    @property
    def kept(self) -> tuple[int, ...]:
        """The axes along which the statistics differ."""
        return tuple(axis for axis in range(self.rank) if axis not in self.over)

    def at_kept(self, index: Sequence[str]) -> tuple[str, ...]:
        """What a statistic carries of an index of the input."""
        return tuple(index[axis] for axis in self.kept)

    def at_gains(self, index: Sequence[str]) -> tuple[str, ...]:
        """What the scale carries of an index of the input."""
        return tuple(index[axis] for axis in self.gains)


BATCH = Layer("batch", "batch norm")
LAYERS: Mapping[str, Layer] = {
    one.name: one
    for one in (
        BATCH,
        Layer("layer", "layer norm", gains=(0,)),
        Layer("rms", "RMS norm", gains=(0,), centred=False),
        Layer("group", "group norm", gains=(0,)),
        Layer("instance", "instance norm"),
        Layer("softmax", "softmax", exponential=True),
        Layer("inference", "batch norm in inference", constant=True),
    )
}
"""The layers that front matter names, for an input with one index; further indices are found in the note."""
