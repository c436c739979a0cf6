"""Repairs that say the same once their sides are tidied, `\\sum \\frac1N g` and `\\frac1N \\sum g`: one of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from bnverify.model.axes import axis_of, on_axis
from bnverify.model.resolve import resolve
from bnverify.model.scope import Scope, own_name
from bnverify.model.terms import (
    Number,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
    nesting,
    plus,
    power,
    rename,
    swapped,
    times,
)
from bnverify.read.syntax import Name
from bnverify.repair.mend import Mend


def each_once(mends: Iterable[tuple[Mend, Term]], scope: Scope) -> list[Mend]:
    """The plainest of all repairs after which a side says the same; each comes with its side."""
    kept: dict[Term, Mend] = {}
    for mend, side in mends:
        said = settled(without_nodes(side, scope))
        if said not in kept or mend.rank < kept[said].rank:
            kept[said] = mend
    return list(kept.values())


def without_nodes(side: Term, scope: Scope) -> Term:
    """The side with helpers that are nodes in this chain written out: s is sqrt(v + eps) also beside dL/ds."""
    plain = replace(scope, promoted=frozenset(), assumptions=[], undefined=set())
    for symbol in sorted(scope.promoted, key=str):
        meant = resolve(Name(symbol.letter, symbol.accents, symbol.tags), plain)
        side = swapped(side, Value(own_name(symbol)), meant)
    return side


def settled(term: Term) -> Term:
    """A term with its powers gathered and what does not change with a sum in front of it; nothing is worked out.

    No fact of the forward pass is used: of two right sides any would do, and all would be one.
    """
    match term:
        case Sum(index=index, body=body):
            return _sum(index, settled(body))
        case Plus(terms=terms):
            return plus(*sorted(map(settled, terms), key=repr))
        case Times(factors=factors):
            return _product(list(map(settled, factors)))
        case Power(base=base, exponent=exponent):
            return _raised(settled(base), exponent)
        case _:
            return term


def _sum(index: str, body: Term) -> Term:
    factors = body.factors if isinstance(body, Times) else (body,)
    inside = [one for one in factors if index in free_indices(one)]
    own = on_axis(f"s{nesting(times(*inside))}", axis_of(index))
    outside = [one for one in factors if index not in free_indices(one)]
    return _product([*outside, Sum(own, rename(times(*inside), {index: own}))])


def _product(factors: list[Term]) -> Term:
    """The product, with one power of each base."""
    exponents: dict[Term, Fraction] = {}
    scale = Fraction(1)
    for factor in factors:
        for one in factor.factors if isinstance(factor, Times) else (factor,):
            base, exponent = (one.base, one.exponent) if isinstance(one, Power) else (one, Fraction(1))
            if isinstance(base, Number) and exponent == 1:
                scale *= base.value
            else:
                exponents[base] = exponents.get(base, Fraction(0)) + exponent
    kept = sorted((power(base, exponent) for base, exponent in exponents.items() if exponent), key=repr)
    return times(Number(scale), *kept)


def _raised(base: Term, exponent: Fraction) -> Term:
    if isinstance(base, Number) and exponent.denominator == 1 and (base.value or exponent > 0):
        return Number(base.value**exponent.numerator)
    if isinstance(base, Power):
        return power(base.base, base.exponent * exponent)
    if isinstance(base, Times) and exponent.denominator == 1:
        return _product([_raised(one, exponent) for one in base.factors])
    return power(base, exponent)
