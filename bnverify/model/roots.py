"""The square roots of a term: those of v + eps and of v, in whatever form they are written, and others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeGuard

from bnverify.model.axes import axis_of
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import Plus, Power, Term, Value, free_indices, plus, swapped, walk

MOST_ROOTS = 30
"""Roots of anything but v + eps and v that are worked out in one identity."""


def with_known_roots(term: Term, forward: Forward, agree: Callable[[Term, Term, Forward], bool]) -> Term:
    """The term with v + eps, or v, wherever a root is taken of another form of it."""
    for base in unknown_radicands(term):
        found = next((one for one in known_radicands(base, forward) if agree(base, one, forward)), None)
        if found is not None:
            term = swapped(term, base, found)
    return term


def unknown_radicands(*terms: Term) -> tuple[Term, ...]:
    """What stands under a root and is written neither as v + eps nor as v.

    The outermost comes first: once replaced, it takes along what is in it. Where there are too many to be worked out,
    there are none: asking for each of them would be the work.
    """
    found = tuple(dict.fromkeys(one.base for term in terms for one in unknown_roots(term)))
    return found if len(found) <= MOST_ROOTS else ()


def unknown_roots(term: Term) -> Iterator[Power]:
    """The roots of anything but v + eps and v, outermost first."""
    return (part for part in walk(term) if _is_of_unknown(part))


def _is_of_unknown(term: Term) -> TypeGuard[Power]:
    return isinstance(term, Power) and term.exponent.denominator == 2 and not is_known(term.base)


def known_radicands(base: Term, forward: Forward) -> Iterator[Term]:
    """v + eps and v of the row that a term speaks of."""
    free = free_indices(base)
    row = tuple(one for axis in forward.layer.kept for one in sorted(free) if axis_of(one) == axis)
    if len(row) == len(forward.index_of(VARIANCE)) == len(free):
        v = Value(VARIANCE, row)
        yield from (plus(v, Value(EPSILON)), v)


def is_known(base: Term) -> bool:
    if isinstance(base, Plus) and len(base.terms) == 2 and base.terms[1] == Value(EPSILON):
        base = base.terms[0]
    return isinstance(base, Value) and base.name == VARIANCE
