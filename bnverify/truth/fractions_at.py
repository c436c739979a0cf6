"""Exact values at one batch size: fractions, for counterexamples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import isqrt

from bnverify.model.forward import Forward
from bnverify.truth.domain import Domain, Point
from bnverify.truth.verdict import Numbers, Undecidable, Undefined
from bnverify.truth.work import spend

Batch = Mapping[str, Numbers]
"""Numbers for each leaf and free symbol."""

BITS_PER_UNIT = 2_000
"""Of a number, which take as long to multiply as the value of one node does to find."""
WITHOUT_INDEX = Fraction(7)
"""The value of a free symbol that is written with an index elsewhere, and without one here."""


class Fractions(Domain[Fraction]):
    """Values at one n and one batch; the place of a point is its sample, 0-based."""

    def __init__(self, forward: Forward, n: int, batch: Batch, freed: frozenset[str] = frozenset()) -> None:
        super().__init__(forward, freed)
        self.sizes = forward.sizes(n)
        self.batch = batch
        self.used: set[str] = set()

    def number(self, value: Fraction) -> Fraction:
        return value

    def count(self, axis: int) -> Fraction:
        return Fraction(self.sizes[axis])

    def add(self, parts: Sequence[Fraction]) -> Fraction:
        return sum(parts, Fraction(0))

    def multiply(self, parts: Sequence[Fraction]) -> Fraction:
        product = Fraction(1)
        for part in parts:
            product *= part
            spend(product.numerator.bit_length() // BITS_PER_UNIT)
        return product

    def power(self, base: Fraction, exponent: Fraction) -> Fraction:
        if exponent.denominator == 2:
            base, exponent = fraction_root(base), 2 * exponent
        if exponent.denominator != 1:
            raise Undecidable("only whole and half powers are worked out")
        if base == 0 and exponent < 0:
            raise Undefined("a division by zero")
        spend((abs(base.numerator) * base.denominator).bit_length() * abs(exponent.numerator) // BITS_PER_UNIT)
        return base**exponent.numerator

    def leaf(self, name: str, points: tuple[Point, ...]) -> Fraction:
        self.used.add(name)
        if name not in self.batch:
            raise Undecidable(f"no small numbers were chosen for {name}")
        value = self.batch[name]
        for point in points:
            value = value[point.place] if isinstance(value, tuple) else value
        return WITHOUT_INDEX if isinstance(value, tuple) else value

    def total(self, body: Callable[[Point], Fraction], axis: int, scope: frozenset[Point], apart: bool) -> Fraction:
        return sum((body(Point(place, place, axis)) for place in range(self.sizes[axis])), Fraction(0))


def fraction_root(square: Fraction) -> Fraction:
    """The exact positive root. Raises Undecidable where it is irrational."""
    if square < 0:
        raise Undefined("the root of a negative number")
    above, below = isqrt(square.numerator), isqrt(square.denominator)
    if above * above != square.numerator or below * below != square.denominator:
        raise Undecidable("a root that is not rational")
    return Fraction(above, below)
