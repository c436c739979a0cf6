"""Terms on arrays: the forward pass of a layer and its derived gradients, for one trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bnverify.model.axes import axis_of
from bnverify.model.calculus import expand
from bnverify.model.forward import Forward
from bnverify.model.quantities import INPUT, SCALE, SHIFT
from bnverify.model.terms import Count, Delta, LossBy, Number, Plus, Power, Sum, Term, Times, Value
from bnverify.truth.closed import row_form

Array = NDArray[Any]
Table = Mapping[str, Array]
Place = Mapping[str, Array]
UPSTREAM = "dL/dy"
GRADIENTS: Mapping[str, str] = {"dx": INPUT, "dgamma": SCALE, "dbeta": SHIFT}
"""The gradients that are judged, and by which quantity of the graph they are taken."""


class Untold(Exception):
    """A term that stands for no number."""


def worth(term: Term, table: Table, place: Place, sizes: Sequence[int]) -> Array:
    """A term on numbers; each index of `place` has its places laid along a dimension of its own."""
    match term:
        case Number(value=value):
            return np.asarray(value.numerator / value.denominator)
        case Count(axis=axis):
            return np.asarray(float(sizes[axis]))
        case Value(name=name, index=index) | LossBy(value=Value(name=name, index=index)):
            name = UPSTREAM if isinstance(term, LossBy) else name
            return np.asarray(table[name][tuple(place[one] for one in index)])
        case Plus(terms=parts):
            return reduce(np.add, (worth(one, table, place, sizes) for one in parts))
        case Times(factors=parts):
            return reduce(np.multiply, (worth(one, table, place, sizes) for one in parts))
        case Power(base=base, exponent=exponent):
            below = worth(base, table, place, sizes)
            return np.asarray(
                np.sqrt(below) ** exponent.numerator if exponent.denominator == 2 else below ** int(exponent)
            )
        case Sum(index=index, body=body):
            return added(index, body, table, place, sizes)
        case Delta(left=left, right=right):
            return np.asarray(place[left] == place[right], dtype=float)
        case _:
            raise Untold(type(term).__name__)


def added(index: str, body: Term, table: Table, place: Place, sizes: Sequence[int]) -> Array:
    """The sum over a new dimension, which comes first where the body depends on it."""
    depth = max((one.ndim for one in place.values()), default=0)
    size = sizes[axis_of(index)]
    each = worth(body, table, {**place, index: np.arange(size).reshape(-1, *[1] * depth)}, sizes)
    return np.asarray(each.sum(axis=0) if each.ndim > depth else size * each)


def places(index: Sequence[str], sizes: Sequence[int]) -> Place:
    """All places of some indices, the first one along the first dimension."""
    rank = len(index)
    return {
        one: np.arange(sizes[axis_of(one)]).reshape([-1 if at == own else 1 for at in range(rank)])
        for own, one in enumerate(index)
    }


def spread(term: Term, index: Sequence[str], table: Table, sizes: Sequence[int]) -> Array:
    """A term for every place of some indices, as an array with one dimension for each."""
    shape = tuple(sizes[axis_of(one)] for one in index)
    with np.errstate(all="ignore"):
        return np.broadcast_to(worth(term, table, places(index, sizes), sizes), shape)


def forward_table(forward: Forward, leaves: Table, sizes: Sequence[int]) -> dict[str, Array]:
    """The leaves and the nodes of the forward pass."""
    table = dict(leaves)
    for node in forward.nodes:
        table[node.name] = spread(node.value, node.index, table, sizes)
    return table


@lru_cache(maxsize=1024)
def gradient_term(name: str, forward: Forward) -> tuple[Term, tuple[str, ...]]:
    """The derived closed form of a gradient, and the indices that it carries.

    Scale and shift enter the output alone, so their gradients need no tidying; they are summed over rows as well.
    """
    leaf = forward.leaf(GRADIENTS[name])
    assert leaf is not None
    value = Value(leaf.name, leaf.index)
    return row_form(value, forward) if name == "dx" else expand(LossBy(value), forward), leaf.index
