"""A derivative -> the shortest of its forms that are proved equal to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from bnverify.model.calculus import expand
from bnverify.model.forward import Forward
from bnverify.model.terms import (
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Term,
    Times,
    Value,
    plus,
    power,
    rename,
    times,
    walk,
)
from bnverify.truth.closed import closed_form, tidy
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity


def simplest_local(slope: Partial, forward: Forward) -> Term:
    """A local derivative: as the rules give it, tidied, or with the quantity itself for what it is a product of."""
    plain = expand(slope, forward)
    return _shortest([plain, *_proved([tidy(slope, forward), *_by_itself(slope, plain, forward)], slope, forward)])


def simplest_gradient(value: Value, collected: Term, forward: Forward) -> Term:
    """A derivative of the loss: the closed form, or the sum of the messages where that is shorter."""
    return _shortest([closed_form(value, forward), *_proved([collected], LossBy(value), forward)])


def _proved(candidates: Iterable[Term], meant: Term, forward: Forward) -> Iterator[Term]:
    return (one for one in candidates if prover(forward).proves(Identity(meant, one)))


def _shortest(candidates: Iterable[Term]) -> Term:
    return min(candidates, key=_length)


def _length(term: Term) -> int:
    """How much there is to read; a power other than a root or a quotient counts twice."""
    return sum(2 if isinstance(part, Power) and abs(part.exponent) > 1 else 1 for part in walk(term))


def _by_itself(slope: Partial, plain: Term, forward: Forward) -> Iterator[Term]:
    """With x-hat s for x - mu, where x-hat = (x - mu) / s: powers of s meet and cancel."""
    of = slope.of
    node = forward.node(of.name) if isinstance(of, Value) else None
    if not isinstance(of, Value) or node is None or not isinstance(node.value, Times):
        return
    found = plain
    for index in dict.fromkeys((of.index, slope.by.index)):
        if len(index) == len(node.index):
            definition = rename(node.value, dict(zip(node.index, index, strict=True)))
            assert isinstance(definition, Times)
            found = _with(Value(of.name, index), definition, found)
    yield found


def _with(value: Value, definition: Times, term: Term) -> Term:
    """A term with a quantity in the place of a factor of its definition, divided by the other factors."""
    if isinstance(term, Plus):
        return plus(*(_with(value, definition, part) for part in term.terms))
    factors: list[Term] = list(term.factors) if isinstance(term, Times) else [term]
    for factor in definition.factors:
        if factor in factors and not isinstance(factor, Number):
            factors.remove(factor)
            others = [one for one in definition.factors if one is not factor]
            return _gathered([*factors, value, *map(_inverse, others)])
    return term


def _inverse(term: Term) -> Term:
    base, exponent = _as_power(term)
    return Number(1 / base.value) if isinstance(base, Number) else power(base, -exponent)


def _gathered(factors: Iterable[Term]) -> Term:
    """The product, with one power of each base."""
    exponents: dict[Term, Fraction] = {}
    numbers: list[Term] = []
    for factor in factors:
        base, exponent = _as_power(factor)
        if isinstance(base, Number):
            numbers.append(factor)
        else:
            exponents[base] = exponents.get(base, Fraction(0)) + exponent
    return times(*numbers, *(power(base, exponent) for base, exponent in exponents.items()))


def _as_power(term: Term) -> tuple[Term, Fraction]:
    return (term.base, term.exponent) if isinstance(term, Power) else (term, Fraction(1))
