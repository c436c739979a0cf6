"""Sums over rows of a quotient whose denominator has a value for each row: sqrt(v_i) + eps, or a sum over the row i.

Each such denominator F_i becomes a quantity of its own, which a sum carries to a negative power. Where F_i is linear
in one quantity p_i of the row, F = c p + e, the powers of p beside it are taken apart, so that equal sums look equal:
p/F = (1 - e/F)/c, and 1/(p F) = (1/p - c/F)/e. This holds wherever c and e are not zero, and so, both sides being
continuous, wherever they are defined.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

from bnverify.frozen import frozen
from bnverify.truth.rational import Ratio, RationalFunctions

Exponents = Mapping[str, int]
"""The powers of the generators of one product; those of denominators are negative."""


@frozen
class Divisor:
    """A denominator that changes from row to row, and how to take it apart."""

    atom: str
    """The name of the denominator as a quantity of its own."""
    pivot: str = ""
    """The one quantity of the row in which it is linear: slope * pivot + rest."""
    slope: Any = None
    rest: Any = None


def linear(ring: RationalFunctions, atom: str, poly: Any, touched: Sequence[str]) -> Divisor:
    """The divisor of a polynomial; `touched` are the quantities of the row in it."""
    if len(touched) != 1:
        return Divisor(atom)
    pivot = touched[0]
    slope = poly.derivative(ring.variable(pivot))
    if slope.degrees()[ring.names.index(pivot)]:
        return Divisor(atom)
    return Divisor(atom, pivot, slope, poly - slope * ring.generators[pivot])


def taken_apart(
    ring: RationalFunctions, powers: Exponents, divisors: Sequence[tuple[Divisor, int]]
) -> Iterator[tuple[Ratio, Exponents]]:
    """A product over some divisors as a sum of products in each of which a pivot or its divisor stands alone."""
    if not divisors:
        yield Ratio(ring.one), powers
        return
    (divisor, exponent), *others = divisors
    for (own, below), weight in _partial_fractions(ring, divisor, powers.get(divisor.pivot, 0), exponent).items():
        made = {**powers, divisor.pivot: own, divisor.atom: -below}
        for further, finished in taken_apart(ring, made, others):
            yield ring.multiply([weight, further]), finished


def _partial_fractions(
    ring: RationalFunctions, divisor: Divisor, power: int, below: int
) -> dict[tuple[int, int], Ratio]:
    """The weights of p^a / F^b in p^power / F^below, with a = 0 or b = 0 wherever that can be had."""
    done: dict[tuple[int, int], Ratio] = {}
    waiting = {(power, below): Ratio(ring.one)}
    while waiting:
        key, weight = waiting.popitem()
        parts = _parted(ring, divisor, *key)
        for other, factor in parts:
            into = waiting if other != key else done
            product = ring.multiply([weight, factor])
            into[other] = ring.add([into[other], product]) if other in into else product
    return done


def _parted(ring: RationalFunctions, divisor: Divisor, power: int, below: int) -> list[tuple[tuple[int, int], Ratio]]:
    """One power less above and below; what cannot be parted is left as it is."""
    if divisor.pivot and power > 0 and below > 0:
        inverse = ring.power(Ratio(divisor.slope), Fraction(-1))
        parts = [((power - 1, below - 1), inverse)]
        if divisor.rest:
            parts.append(((power - 1, below), ring.multiply([Ratio(-divisor.rest), inverse])))
        return parts
    if divisor.pivot and power < 0 and below > 0 and divisor.rest:
        inverse = ring.power(Ratio(divisor.rest), Fraction(-1))
        return [
            ((power, below - 1), inverse),
            ((power + 1, below), ring.multiply([Ratio(-divisor.slope), inverse])),
        ]
    return [((power, below), Ratio(ring.one))]
