"""Terms -> terms that are easier to follow: cases settled, sums written out, products in order, summands apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from bnverify.model.arrange import is_shared
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Delta,
    Number,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    plus,
    power,
    rename,
    times,
    walk,
)
from bnverify.truth.domain import Point, holds

MOST_SUMMANDS = 12


def settled(term: Term, points: Mapping[str, Point]) -> Term:
    """The term where it is known which of these indices are the same sample: one row of each case, one letter each."""
    first: dict[int, str] = {}
    for name, point in points.items():
        first.setdefault(point.kind, name)
    return rename(_settled(term, points), {name: first[point.kind] for name, point in points.items()})


def _settled(term: Term, points: Mapping[str, Point]) -> Term:
    match term:
        case Delta(left=left, right=right) if {left, right} <= points.keys():
            return ONE if points[left].kind == points[right].kind else ZERO
        case Cases(rows=rows) if all({c.left, c.right} <= points.keys() for conditions, _ in rows for c in conditions):
            chosen = next((value for conditions, value in rows if all(holds(c, points) for c in conditions)), term)
            return chosen if chosen is term else _settled(chosen, points)
        case Sum(index=index, body=body):
            return Sum(index, _settled(body, {name: point for name, point in points.items() if name != index}))
        case Plus(terms=parts):
            return plus(*(_settled(part, points) for part in parts))
        case Times(factors=factors):
            return times(*(_settled(factor, points) for factor in factors))
        case Power(base=base, exponent=exponent):
            return power(_settled(base, points), exponent)
        case _:
            return term


def written_out(term: Term, samples: Sequence[str]) -> Term:
    """Every sum as the sum of its terms, one for each sample; what stands in an operator stays as it is."""
    match term:
        case Sum(index=index, body=body):
            bodies = [written_out(rename(body, {index: name}), samples) for name in samples]
            return Plus(tuple(bodies)) if len(bodies) > 1 else bodies[0]
        case Plus(terms=parts):
            return Plus(tuple(written_out(part, samples) for part in parts))
        case Times(factors=factors):
            return Times(tuple(written_out(factor, samples) for factor in factors))
        case Power(base=base, exponent=exponent):
            return power(written_out(base, samples), exponent)
        case Cases(rows=rows):
            return Cases(tuple((conditions, written_out(value, samples)) for conditions, value in rows))
        case _:
            return term


def summands(term: Term) -> tuple[Term, ...]:
    """The terms that a side adds up, a bracket in a product multiplied out."""
    if isinstance(term, Times):
        place = next((k for k, factor in enumerate(term.factors) if isinstance(factor, Plus)), None)
        bracket = term.factors[place] if place is not None else None
        if place is not None and isinstance(bracket, Plus) and not is_shared(bracket):
            front, behind = term.factors[:place], term.factors[place + 1 :]
            return _few(tuple(times(*front, part, *behind) for part in bracket.terms), term)
    return _few(term.terms, term) if isinstance(term, Plus) else (term,)


def _few(parts: tuple[Term, ...], term: Term) -> tuple[Term, ...]:
    return parts if len(parts) <= MOST_SUMMANDS else (term,)


def ordered(term: Term) -> Term:
    """Products with what all samples share in front and sums behind; equal factors as one power."""
    match term:
        case Sum(index=index, body=body):
            return Sum(index, ordered(body))
        case Plus(terms=parts):
            return plus(*(ordered(part) for part in parts))
        case Times(factors=factors):
            return times(*sorted(_gathered([ordered(factor) for factor in factors]), key=_place))
        case _:
            return term


def _gathered(factors: Sequence[Term]) -> list[Term]:
    """Nothing is cancelled: what stands above the line and what stands below it are kept apart."""
    exponents: dict[tuple[Term, bool], Fraction] = {}
    for factor in factors:
        base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, Fraction(1))
        key = base, exponent > 0
        exponents[key] = exponents.get(key, Fraction(0)) + exponent
    return [power(base, exponent) for (base, _), exponent in exponents.items()]


def _place(factor: Term) -> int:
    if isinstance(factor, Number) or is_shared(factor):
        return 0
    return 2 if any(isinstance(part, Sum) for part in walk(factor)) else 1


def powers_summed(term: Term, index: str, samples: frozenset[str]) -> frozenset[tuple[int, bool]]:
    """For each monomial of a summand: the power of x at the index, and whether anything else changes with it.

    `samples` names x and the quantities that are made of x and the statistics: each is linear in x.
    """
    match term:
        case Value(name=name, index=own) if own == (index,) and name in samples:
            return frozenset(((1, False), (0, False)))
        case Plus(terms=parts):
            return frozenset().union(*(powers_summed(part, index, samples) for part in parts))
        case Times(factors=factors):
            return _products([powers_summed(factor, index, samples) for factor in factors])
        case Power(base=base, exponent=exponent) if exponent.denominator == 1 and 0 < exponent <= 4:
            return _products([powers_summed(base, index, samples)] * exponent.numerator)
        case _:
            return frozenset(((0, index in free_indices(term)),))


def _products(parts: Sequence[frozenset[tuple[int, bool]]]) -> frozenset[tuple[int, bool]]:
    found = frozenset(((0, False),))
    for part in parts:
        found = frozenset((left + right, one or other) for left, one in found for right, other in part)
    return found
