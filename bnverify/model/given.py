"""Numbers that a note gives for its parameters, as they are written."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod

from bnverify.read.syntax import Addition, Digits, Expr, Name, Negative, Product, Raised, bare
from bnverify.read.syntax import Fraction as Quotient

LARGEST_POWER = 64


@dataclass(frozen=True, slots=True)
class Given:
    """A number for a parameter: `\\epsilon = 10^{-5}`. The letter keeps its part; `place` is where its head begins."""

    value: Fraction
    place: int


def number_of(side: Expr) -> Fraction | None:
    """The value of `1`, `0.9`, `10^{-5}`, `1e-5` or `\\frac{1}{2}`; None for what is no plain number."""
    match bare(side):
        case Digits(text=text) if len(text) < 20:
            return Fraction(text)
        case Negative(body=body):
            value = number_of(body)
            return None if value is None else -value
        case Raised(base=base, exponent=exponent):
            return _power_of_ten(number_of(base), number_of(exponent))
        case Addition(
            terms=(Product(factors=(Digits(text=text), Name(letter="e", subscripts=()))), Negative(body=body))
        ):
            scale = _power_of_ten(Fraction(10), number_of(Negative(body)))
            return None if scale is None else Fraction(text) * scale
        case Quotient(above=above, below=below):
            top, bottom = number_of(above), number_of(below)
            return top / bottom if top is not None and bottom else None
        case Product(factors=factors):
            values = [number_of(factor) for factor in factors]
            known = [value for value in values if value is not None]
            return prod(known, start=Fraction(1)) if len(known) == len(values) else None
        case _:
            return None


def _power_of_ten(base: Fraction | None, exponent: Fraction | None) -> Fraction | None:
    if base is None or exponent is None or exponent.denominator != 1 or abs(exponent) > LARGEST_POWER or not base:
        return None
    return base ** int(exponent)
