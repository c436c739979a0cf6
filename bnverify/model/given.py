"""Numbers that a note gives for its parameters, as they are written, and the forward pass with them put in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from functools import reduce
from math import prod

from bnverify.frozen import frozen
from bnverify.limits import most
from bnverify.model.forward import Forward
from bnverify.model.quantities import SCALE
from bnverify.model.terms import Number, Term, Value, swapped
from bnverify.read.syntax import Addition, Digits, Expr, Name, Negative, Product, Raised, bare
from bnverify.read.syntax import Fraction as Quotient

LONGEST = 20
"""Digits of a number that is worth putting in."""


@frozen
class Given:
    """A number for a parameter, which stays a letter; `place` is where its head begins."""

    letter: str
    role: str
    value: Fraction
    place: int


def numbers_in_use(given: Iterable[Given]) -> tuple[Given, ...]:
    """The numbers that say something: one for each parameter, and not gamma = 0, under which any gradient is right."""
    given = tuple(given)
    roles = [one.role for one in given]
    return tuple(one for one in given if roles.count(one.role) == 1 and (one.value or one.role != SCALE))


def with_numbers(term: Term, given: Iterable[Given]) -> Term:
    """A term without derivatives, the numbers put in."""
    return reduce(lambda made, one: swapped(made, Value(one.role), Number(one.value)), given, term)


def forward_with(forward: Forward, given: Iterable[Given]) -> Forward:
    """The forward pass with the numbers in its definitions; it is there to be evaluated, not to be differentiated."""
    given = tuple(given)
    nodes = tuple(replace(node, value=with_numbers(node.value, given)) for node in forward.nodes)
    return replace(forward, nodes=nodes)


def number_of(side: Expr) -> Fraction | None:
    """The value of `1`, `0.9`, `10^{-5}`, `1e-5` or a fraction; None for what is no plain number."""
    match bare(side):
        case Digits(text=text) if len(text) < LONGEST:
            return Fraction(text)
        case Negative(body=body):
            value = number_of(body)
            return None if value is None else -value
        case Raised(base=base, exponent=exponent):
            return _power_of(number_of(base), number_of(exponent))
        case Addition(terms=(Product(factors=(Digits(text=text), Name("e", (), ()))), Negative() as exponent)):
            scale = _power_of(Fraction(10), number_of(exponent))
            return None if scale is None or len(text) >= LONGEST else Fraction(text) * scale
        case Quotient(above=above, below=below):
            top, bottom = number_of(above), number_of(below)
            return top / bottom if top is not None and bottom else None
        case Product(factors=factors):
            values = [number_of(factor) for factor in factors]
            known = [value for value in values if value is not None]
            return prod(known, start=Fraction(1)) if len(known) == len(values) else None
        case _:
            return None


def _power_of(base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if not base or exponent is None or exponent.denominator != 1 or abs(exponent) > most("exponent"):
        return None
    return base ** int(exponent)
