"""The square roots that an identity holds: those of the forward pass, and others."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.model.axes import axis_of
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import Plus, Power, Term, Value, children, free_indices, plus, walk
from bnverify.truth.verdict import Identity


def count_roots(identity: Identity) -> int:
    halves = (part for side in (identity.left, identity.right) for part in walk(side) if isinstance(part, Power))
    return sum(part.exponent.denominator == 2 for part in halves)


def other_roots(identity: Identity) -> bool:
    """Whether a root of something else than v + eps or v occurs."""
    return any(
        isinstance(part, Power) and part.exponent.denominator == 2 and not _is_known(part.base)
        for side in (identity.left, identity.right)
        for part in walk(side)
    )


def unknown_radicands(term: Term) -> Iterator[Term]:
    """What stands under a root and is written neither as v + eps nor as v, the innermost first."""
    for part in children(term):
        yield from unknown_radicands(part)
    if isinstance(term, Power) and term.exponent.denominator == 2 and not _is_known(term.base):
        yield term.base


def known_radicands(base: Term, forward: Forward) -> Iterator[Term]:
    """v + eps and v of the row that a term speaks of."""
    free = free_indices(base)
    row = tuple(one for axis in forward.layer.kept for one in sorted(free) if axis_of(one) == axis)
    if len(row) == len(forward.index_of(VARIANCE)) == len(free):
        v = Value(VARIANCE, row)
        yield from (plus(v, Value(EPSILON)), v)


def _is_known(base: Term) -> bool:
    if isinstance(base, Plus) and len(base.terms) == 2 and base.terms[1] == Value(EPSILON):
        base = base.terms[0]
    return isinstance(base, Value) and base.name == VARIANCE
