"""How many places each axis of a quantity has: from the layer of a note, and from the shapes that it writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.layers import Layer
from bnverify.model.notation import Notation, Role
from bnverify.model.places import axes_of
from bnverify.model.shapes import widened
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Adjoint, Derivative, Expr, bare

SAMPLES = frozenset("NMBnm")
"""Letters that people count samples by."""
FEATURES = frozenset("DCHFKdp")
"""Letters that people count features by."""
QUANTITIES = frozenset(
    (
        Role.INPUT,
        Role.MEAN,
        Role.VARIANCE,
        Role.NORMALISED,
        Role.OUTPUT,
        Role.SCALE,
        Role.SHIFT,
        Role.DEVIATION,
        Role.ROOT,
    )
)
ONE_INDEX = frozenset(("batch", "inference", "layer", "rms"))
"""Layers of which it is known where the features are, although the note writes one index."""
Axes = frozenset[int]


@frozen
class Arrays:
    """A layer with samples and features, and the axes whose places each letter counts."""

    layer: Layer
    samples: int
    features: int
    along: dict[str, Axes]
    one_index: bool = False
    """Whether the note itself writes one index, and may speak of one feature, or of one sample."""

    def axes(self, entries: Iterable[str]) -> Axes | None:
        """The axes of a written shape, ones left out; None where an entry counts something else."""
        found: list[int] = []
        for entry in entries:
            if entry == "1":
                continue
            own = self.along.get(entry)
            if own is None:
                return None
            found += own
        return frozenset(found) if len(set(found)) == len(found) else None

    def fits(self, role: Role, indexed: bool, axes: Axes) -> bool:
        """Whether a quantity may be said to have these axes; one with an index may lack those that it names."""
        full = self.of(role)
        if axes == full or (indexed and axes <= full):
            return True
        own = self.layer.over[0]
        return (not axes and role in (Role.SCALE, Role.SHIFT)) or (self.one_index and axes == full & {own})

    def of(self, role: Role) -> Axes:
        name = Role.VARIANCE if role in (Role.DEVIATION, Role.ROOT) else role
        return frozenset(axes_of(name.value, self.layer))


def arrays_of(notation: Notation) -> Arrays | None:
    """The arrays of the quantities of a note; None where it does not say enough to tell."""
    layer = notation.shape.layer
    if layer.exponential or (layer.rank > 2 and not notation.shape.along):
        return None
    return _of_one_index(notation) if layer.rank == 1 else _of_several(notation)


def _of_one_index(notation: Notation) -> Arrays | None:
    """Formulas of one feature speak of each of them, those of one sample of each sample."""
    layer = notation.shape.layer
    sizes = {symbol.letter for symbol in notation.sizes}
    over_features = bool(layer.gains)
    own, other = (FEATURES, SAMPLES) if over_features else (SAMPLES, FEATURES)
    if layer.name not in ONE_INDEX or (sizes & other and not sizes & own):
        return None
    wide = widened(layer, 2)
    samples, features = (wide.kept[0], wide.over[0]) if over_features else (wide.over[0], wide.kept[0])
    along = {letter: frozenset((wide.over[0],)) for letter in sizes - other}
    return Arrays(wide, samples, features, _with_usual(along, samples, features), one_index=True)


def _of_several(notation: Notation) -> Arrays | None:
    layer = notation.shape.layer
    along = {letter: frozenset(axes) for letter, axes in notation.shape.along.items()}
    if layer.rank > 2:
        return Arrays(layer, layer.over[0], layer.rank - 1, along)
    if len(layer.over) != 1:
        return None
    over_features = layer.gains == layer.over
    samples, features = (layer.kept[0], layer.over[0]) if over_features else (layer.over[0], layer.kept[0])
    counted = set().union(*along.values())
    usual = _with_usual({}, samples, features)
    free = {
        letter: axes for letter, axes in usual.items() if not axes & counted and letter not in notation.shape.unlike
    }
    return Arrays(layer, samples, features, {**free, **along})


def _with_usual(along: dict[str, Axes], samples: int, features: int) -> dict[str, Axes]:
    usual = {letter: frozenset((samples,)) for letter in SAMPLES if letter.isupper()}
    usual |= {letter: frozenset((features,)) for letter in FEATURES if letter.isupper()}
    return {**usual, **along}


# -- what a shape is written on


@frozen
class Quantity:
    """A quantity of the forward pass, or the gradient by it, which has the same shape."""

    expr: Expr
    role: Role
    indexed: bool


def quantity_of(expr: Expr, notation: Notation) -> Quantity | None:
    """What has a shape in a formula: a quantity by itself, or the gradient of the loss by one."""
    inner = bare(expr)
    if isinstance(inner, (Adjoint, Derivative)):
        if not is_gradient(inner, notation.losses):
            return None
        found = quantity_of(inner.by, notation)
        return replace(found, expr=expr) if found is not None else None
    named = notation.symbol(inner)
    role = notation.role(named[0]) if named is not None else None
    if role is Role.UPSTREAM:
        role = Role.OUTPUT
    return Quantity(expr, role, bool(named and named[1])) if role in QUANTITIES and role is not None else None


def as_written(axes: Axes, arrays: Arrays, letters: Sequence[str]) -> str:
    """`(N, D)`, `(D,)` in the letters of a note; nothing where it has none for an axis."""
    found = [next((one for one in letters if arrays.along.get(one) == frozenset((axis,))), "") for axis in sorted(axes)]
    if not found or not all(found):
        return ""
    return f"({found[0]},)" if len(found) == 1 else f"({', '.join(found)})"
