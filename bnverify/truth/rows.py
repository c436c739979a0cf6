"""A term about one row of an input with several axes <-> the same term about a layer that has this row alone.

A row is the places that share their statistics. In the layer of one row a place has one index.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.axes import on_axis
from bnverify.model.conventions import SAMPLE
from bnverify.model.forward import Forward
from bnverify.model.layers import Layer
from bnverify.model.places import axes_of
from bnverify.model.quantities import SCALE, SHIFT
from bnverify.model.terms import (
    Count,
    Delta,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    fresh_index,
    plus,
    power,
    times,
)

OTHER = "k"
"""The index of a second place of the row."""


class NoRow(Exception):
    """The term speaks of several rows, or of what no row has."""


def one_row(layer: Layer) -> Layer:
    """The layer of what shares its statistics, with gains where those of the row differ; like rows get the same one."""
    shared = any(axis in layer.over for axis in layer.gains)
    return replace(layer, name="row", title="one row", rank=1, over=(0,), gains=(0,) if shared else ())


@frozen
class Row:
    """What the indices of a row stand for in the whole input."""

    layer: Layer
    places: Mapping[str, tuple[str, ...]]
    """The index of the input that an index of the row is written for; those not here are bound by a sum."""
    base: tuple[str, ...]
    """An index of the input in this row."""

    def at(self, index: tuple[str, ...]) -> tuple[str, ...]:
        if not index:
            return self.base
        if index[0] in self.places:
            return self.places[index[0]]
        taken = {name for place in (self.base, *self.places.values()) for name in place}
        return tuple(
            fresh_index(on_axis(index[0], axis), taken) if axis in self.layer.over else self.base[axis]
            for axis in range(self.layer.rank)
        )


def collapsed(term: Term, forward: Forward) -> tuple[Term, Row]:
    """A derivative as one of the row it speaks of. Raises NoRow."""
    layer = forward.layer
    base = _row_of(term, forward)
    places: dict[str, tuple[str, ...]] = {}

    def value(written: Value) -> Value:
        axes = axes_of(written.name, layer)
        if written.name in (SCALE, SHIFT) or any(
            base[axis] != one for axis, one in zip(axes, written.index, strict=True) if axis in layer.kept
        ):
            raise NoRow
        if not set(layer.over) <= set(axes):
            return Value(written.name)
        known = next((name for name, place in places.items() if place == written.index), "")
        name = known or (OTHER if places else SAMPLE)
        places[name] = written.index
        return Value(written.name, (name,))

    match term:
        case LossBy(value=by, of=None):
            made: Term = LossBy(value(by))
        case Partial(of=Value() as of, by=by, reading=reading):
            made = Partial(value(of), value(by), reading)
        case _:
            raise NoRow
    return made, Row(layer, places, base)


def _row_of(term: Term, forward: Forward) -> tuple[str, ...]:
    """An index of the input in the row of what is differentiated by."""
    if not isinstance(term, (LossBy, Partial)) or forward.layer.constant:
        raise NoRow
    by = term.value if isinstance(term, LossBy) else term.by
    names = dict(zip(axes_of(by.name, forward.layer), by.index, strict=True))
    return tuple(names.get(axis, own) for axis, own in enumerate(forward.output.index))


def lifted(term: Term, row: Row) -> Term:
    """A term of the row as one of the whole input. Raises NoRow."""
    layer = row.layer
    match term:
        case Count():
            return times(*(Count(axis) for axis in layer.over))
        case Value(name=name, index=index):
            return Value(name, tuple(row.at(index)[axis] for axis in axes_of(name, layer)))
        case LossBy(value=value):
            found = lifted(value, row)
            assert isinstance(found, Value)
            return LossBy(found)
        case Delta(left=left, right=right):
            pairs = zip(row.at((left,)), row.at((right,)), strict=True)
            return times(*(Delta(one, other) for one, other in pairs if one != other))
        case Sum(index=index, body=body):
            made = lifted(body, row)
            for axis in reversed(layer.over):
                made = Sum(row.at((index,))[axis], made)
            return made
        case Plus(terms=parts):
            return plus(*(lifted(part, row) for part in parts))
        case Times(factors=parts):
            return times(*(lifted(part, row) for part in parts))
        case Power(base=base, exponent=exponent):
            return power(lifted(base, row), exponent)
        case Number():
            return term
        case _:
            raise NoRow
