"""Fractions of polynomials with square roots adjoined, in a polynomial ring that is handed in.

The arithmetic of the symbolic witness: exact, without canonical forms, and bounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations
from math import prod
from typing import Any

from bnverify.frozen import frozen

Poly = Any
"""An element of a SymPy polynomial ring over the rationals: a mapping from exponents to coefficients."""

MOST_WORK = 200_000
"""Products of terms for one identity at one batch size."""
MOST_TERMS_UNDER_ROOT = 300
MOST_LETTERS_UNDER_ROOT = 12
MOST_OTHER_ROOTS = 3
MOST_TERMS_OF_PRODUCT = 12
"""Of radicands, when it is asked whether it is a square: what the library takes for that has no other bound."""
LARGEST_PRIME = 10_000


class Abstain(Exception):
    """Why nothing can be said at this batch size."""


@frozen
class Ratio:
    """A polynomial over a product of powers of polynomials; never reduced."""

    top: Poly
    bottom: Mapping[Poly, int] = field(default_factory=dict)


@dataclass(slots=True)
class Numbers:
    """Arithmetic in one ring, where a square root that the ring does not have becomes a generator of its own.

    `roots` holds the radicand of each such generator. The radicands are independent modulo squares, so a
    fraction is zero only where its numerator is, once the square of every root has been replaced.
    """

    ring: Any
    positive: set[Poly]
    spare: Sequence[Poly]
    """Generators that may yet become roots; all are positive."""
    roots: dict[Poly, Poly] = field(default_factory=dict)
    work: int = 0

    def copy(self) -> Numbers:
        """The same ring and roots, to add roots to, with no work done yet."""
        return Numbers(self.ring, self.positive, self.spare, dict(self.roots))

    def number(self, value: Fraction) -> Ratio:
        coefficient = self.ring.domain(value.numerator) / self.ring.domain(value.denominator)
        return Ratio(self.ring.ground_new(coefficient))

    def product(self, left: Poly, right: Poly) -> Poly:
        self.spend(len(left) * len(right))
        return left * right

    def spend(self, work: int) -> None:
        self.work += work + 1
        if self.work > MOST_WORK:
            raise Abstain("the polynomials grow too large")

    def power(self, base: Poly, exponent: int) -> Poly:
        """base ** exponent for a whole exponent >= 0, by repeated squaring."""
        if len(base) <= 1:
            return base**exponent if exponent else self.ring.one
        result = self.ring.one
        for bit in f"{exponent:b}":
            result = self.product(result, result)
            result = self.product(result, base) if bit == "1" else result
        return result

    def multiply(self, parts: Sequence[Ratio]) -> Ratio:
        top, bottom = self.ring.one, dict[Poly, int]()
        for part in parts:
            top = self.product(top, part.top)
            for factor, exponent in part.bottom.items():
                bottom[factor] = bottom.get(factor, 0) + exponent
        return Ratio(top, bottom)

    def add(self, parts: Sequence[Ratio]) -> Ratio:
        """The sum over the least common product of the denominators."""
        common: dict[Poly, int] = {}
        for part in parts:
            for factor, exponent in part.bottom.items():
                common[factor] = max(exponent, common.get(factor, 0))
        top = self.ring.zero
        for part in parts:
            self.spend(len(top))
            top = top + self.over(part, common)
        return Ratio(top, common)

    def over(self, part: Ratio, common: Mapping[Poly, int]) -> Poly:
        """The numerator of `part` over the common denominator."""
        top = part.top
        for factor, exponent in common.items():
            missing = exponent - part.bottom.get(factor, 0)
            top = self.product(top, self.power(factor, missing)) if missing else top
        return top

    def raised(self, base: Ratio, exponent: Fraction) -> Ratio:
        """base to a whole or half-integer power."""
        base = self.root(base) if exponent.denominator == 2 else base
        base = self.inverse(base) if exponent < 0 else base
        times = abs(exponent.numerator)
        bottom = {factor: times * old for factor, old in base.bottom.items()} if times else {}
        return Ratio(self.power(base.top, times), bottom)

    def inverse(self, base: Ratio) -> Ratio:
        if not self.reduced(base.top):
            raise Abstain("a division by zero")
        monomial, rest = self.split(base.top)
        bottom = {gen: exponent for gen, exponent in zip(self.ring.gens, monomial, strict=True) if exponent}
        top = prod((self.power(*item) for item in base.bottom.items()), start=self.ring.one)
        if len(rest) > 1:
            bottom[rest.monic()] = 1
        return Ratio(top.mul_ground(1 / rest.LC), bottom)

    def split(self, poly: Poly) -> tuple[tuple[int, ...], Poly]:
        """The monomial that divides a polynomial, as exponents, and what is left."""
        monomial = tuple(map(min, zip(*poly, strict=True)))
        if not any(monomial):
            return monomial, poly
        terms = {tuple(map(int.__sub__, powers, monomial)): c for powers, c in poly.items()}
        return monomial, self.ring.from_dict(terms)

    # Zero.

    def vanishes(self, ratio: Ratio) -> bool:
        return not self.reduced(ratio.top)

    def reduced(self, poly: Poly) -> Poly:
        """The polynomial with the square of each root replaced by its radicand."""
        for root, radicand in self.roots.items():
            k = self.ring.gens.index(root)
            if any(powers[k] > 1 for powers in poly):
                poly = self.replaced(poly, k, radicand)
        return poly

    def replaced(self, poly: Poly, k: int, radicand: Poly) -> Poly:
        parts: dict[int, dict[tuple[int, ...], Any]] = {}
        for powers, coefficient in poly.items():
            kept = (*powers[:k], powers[k] % 2, *powers[k + 1 :])
            parts.setdefault(powers[k] // 2, {})[kept] = coefficient
        result = self.ring.zero
        for exponent, terms in sorted(parts.items()):
            result = result + self.product(self.ring.from_dict(terms), self.power(radicand, exponent))
        return result

    # Square roots.

    def root(self, base: Ratio) -> Ratio:
        """The positive square root; the denominator is pulled out, where it is known to be positive."""
        inside, bottom = base.top, dict[Poly, int]()
        for factor, exponent in base.bottom.items():
            if self.is_positive(factor):
                bottom[factor], missing = -(-exponent // 2), exponent % 2
            elif exponent % 2 == 0:
                bottom[factor], missing = exponent, exponent
            else:
                raise Abstain("a square root over a denominator of unknown sign")
            inside = self.product(inside, self.power(factor, missing))
        return Ratio(self.root_of(self.reduced(inside)), bottom)

    def root_of(self, inside: Poly) -> Poly:
        if not inside:
            return inside
        if len(inside) > MOST_TERMS_UNDER_ROOT:
            raise Abstain("a square root of too long an expression")
        outside, inside = self.pulled_out(inside)
        if inside.is_ground:
            return outside * self.root_of_number(inside.LC)
        nested = [k for k, gen in enumerate(self.ring.gens) if gen in self.roots]
        if any(powers[k] for powers in inside for k in nested):
            raise Abstain("a square root inside a square root")
        for root, radicand in self.roots.items():
            if radicand.monic() == inside.monic():
                return outside * root * self.root_of_number(inside.LC / radicand.LC)
        if sum(map(any, zip(*inside, strict=True))) > MOST_LETTERS_UNDER_ROOT:
            raise Abstain("a square root of too many letters")
        square = self.square_root(inside)
        if square is not None:
            return outside * square
        if not self.is_independent(inside):
            raise Abstain("square roots that depend on each other")
        return outside * self.new_root(inside)

    def pulled_out(self, inside: Poly) -> tuple[Poly, Poly]:
        """The largest monomial in positive letters whose square divides, and what is left under the root."""
        monomial, rest = self.split(inside)
        outside = self.ring.one
        for gen, exponent in zip(self.ring.gens, monomial, strict=True):
            even = exponent - exponent % 2 if gen in self.positive else 0
            outside, rest = outside * gen ** (even // 2), rest * gen ** (exponent - even)
        return outside, rest

    def square_root(self, inside: Poly) -> Poly | None:
        """The root of a perfect square, if it has one sign.

        If it takes both, its absolute value is no rational function, and a new root is right.
        """
        coefficient, factors = inside.sqf_list()
        if any(exponent % 2 for _, exponent in factors):
            return None
        root = prod((self.power(factor, exponent // 2) for factor, exponent in factors), start=self.ring.one)
        for signed in (root, -root):
            if self.is_positive(signed):
                return signed * self.root_of_number(coefficient)
        if not self.is_odd(root):
            raise Abstain("a square root of a square of unknown sign")
        return None

    def is_positive(self, poly: Poly) -> bool:
        """Whether no real values of the letters can make it negative, as far as a look at it tells."""
        if poly in self.positive:
            return True
        signed = [k for k, gen in enumerate(self.ring.gens) if gen not in self.positive]
        return all(c > 0 and not any(powers[k] % 2 for k in signed) for powers, c in poly.items())

    def is_odd(self, poly: Poly) -> bool:
        """Whether it changes its sign with all letters that may."""
        signed = [k for k, gen in enumerate(self.ring.gens) if gen not in self.positive]
        return all(sum(powers[k] for k in signed) % 2 for powers in poly)

    def name(self, radicand: Poly) -> None:
        """Give a radicand that is known to depend on no other a root."""
        if all(old.monic() != radicand.monic() for old in self.roots.values()):
            self.new_root(radicand)

    def new_root(self, radicand: Poly) -> Poly:
        """A spare generator for the square root of a polynomial or a prime."""
        for root in self.spare:
            if root not in self.roots:
                self.roots[root] = radicand
                return root
        raise Abstain("too many square roots")

    def is_independent(self, radicand: Poly) -> bool:
        """Whether no product with other radicands is a square, up to a number."""
        others = [old for old in self.roots.values() if not old.is_ground]
        if len(others) > MOST_OTHER_ROOTS:
            raise Abstain("too many square roots that may depend on each other")
        choices = [chosen for k in range(len(others)) for chosen in combinations(others, k + 1)]
        for chosen in choices:
            product = self.multiply([Ratio(poly) for poly in (radicand, *chosen)])
            if len(product.top) > MOST_TERMS_OF_PRODUCT:
                raise Abstain("square roots of too long expressions")
            if all(exponent % 2 == 0 for _, exponent in product.top.sqf_list()[1]):
                return False
        return True

    def root_of_number(self, value: Any) -> Poly:
        """sqrt(p/q) = sqrt(p q) / q, with a generator for each prime of odd power in p q."""
        top, bottom = int(value.numerator), int(value.denominator)
        if top < 0:
            raise Abstain("a square root of a negative number")
        outside, odd = square_part(top * bottom)
        root = self.ring.ground_new(self.ring.domain(outside) / self.ring.domain(bottom))
        for prime in odd:
            radicand = self.ring.ground_new(self.ring.domain(prime))
            known = [gen for gen, old in self.roots.items() if old == radicand]
            root = root * (known[0] if known else self.new_root(radicand))
        return root


def square_part(value: int) -> tuple[int, list[int]]:
    """The largest a with value = a^2 b, and the primes of b."""
    outside, odd, prime = 1, list[int](), 2
    while prime * prime <= value and prime <= LARGEST_PRIME:
        exponent = 0
        while value % prime == 0:
            value, exponent = value // prime, exponent + 1
        outside, odd = outside * prime ** (exponent // 2), odd + [prime] * (exponent % 2)
        prime += 1
    if value >= LARGEST_PRIME**2:
        raise Abstain("a square root of a number with large factors")
    return outside, odd + [value] * (value > 1)
