"""A generator of an exact ring -> the term that it stands for; a value of the ring -> a fraction in such terms.

Nothing is computed here: what a ring calls `sum x^1 dL/dy^1` becomes sum_j x_j dL/dy_j, in the indices of an identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import reduce
from typing import Any

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import (
    Count,
    Exp,
    Log,
    LossBy,
    Power,
    Sum,
    Term,
    Value,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.domain import Points
from bnverify.truth.rational import Ratio, RationalFunctions
from bnverify.truth.tensors import Bound, Factor, Place, TensorFunctions, canonical
from bnverify.truth.verdict import Undecidable

HALF = Fraction(1, 2)
BOUND = "jlmpqrtu"
"""Letters for bound indices, as long as an identity leaves them free."""
OWN = "*0.own"

Monomial = tuple[Fraction, Mapping[Term, int]]
Polynomial = tuple[Monomial, ...]


@frozen
class Fractional:
    """A polynomial in coordinates over a product of powers of polynomials."""

    above: Polynomial
    below: tuple[tuple[Polynomial, int], ...] = ()


@frozen
class Coordinates:
    """What the generators of a ring stand for, where the places of free indices have these names."""

    ring: RationalFunctions
    letters: Mapping[int, str]

    @classmethod
    def at(cls, ring: RationalFunctions, points: Points) -> Coordinates:
        """Of several indices at one place the first one names it."""
        letters: dict[int, str] = {}
        for name in sorted(points):
            letters.setdefault(points[name].place, name)
        return cls(ring, letters)

    def fraction(self, value: Ratio) -> Fractional:
        below = ((self.polynomial(self.ring.factors[factor]), int(exponent)) for factor, exponent in value.below)
        return Fractional(self.polynomial(value.above), tuple(below))

    def polynomial(self, poly: Any) -> Polynomial:
        terms = []
        for powers, coefficient in poly.to_dict().items():
            named = zip(self.ring.names, powers, strict=False)
            monomial = {self.term(name): int(exponent) for name, exponent in named if exponent}
            terms.append((Fraction(int(coefficient.p), int(coefficient.q)), monomial))
        return tuple(terms)

    def used(self, value: Ratio) -> list[str]:
        """The generators that occur in a value."""
        polys = (value.above, *(self.ring.factors[factor] for factor, _ in value.below))
        return list(dict.fromkeys(name for poly in polys for name in self.ring.used_in(poly)))

    # -- one generator

    def term(self, name: str) -> Term:
        """What a generator stands for. Raises Undecidable where that cannot be written down."""
        ring = self.ring
        if name in ring.squares:
            return Power(self.term_of(ring.squares[name]), HALF)
        if isinstance(ring, TensorFunctions):
            if name in ring.bound:
                return self.sum(ring.bound[name])
            if name in ring.placed:
                leaf, places = ring.placed[name]
                return self.leaf(leaf, tuple(self.letters[place] for place in places))
            return Count(int(name[1:])) if name[1:] else Count(ring.forward.layer.over[0])
        if name in ring.moments:
            return self.sum(canonical([(leaf, (OWN,), power) for leaf, power in ring.moments[name].items()]))
        if name in ring.logarithms:
            return Log(self.term_of(ring.logarithms[name]))
        if name == "n":
            return Count()
        leaf, *numbers = name.split("@")
        return self.leaf(leaf, tuple(self.letters[int(place)] for place in numbers))

    def term_of(self, poly: Any) -> Term:
        """A polynomial as a term."""
        monomials = (
            times(number(coefficient), *(power(one, exponent) for one, exponent in factors.items()))
            for coefficient, factors in self.polynomial(poly)
        )
        return plus(*monomials)

    def leaf(self, leaf: str, index: tuple[str, ...]) -> Term:
        """A quantity at indices: of the graph, a root of the variance, an exponential, or one made of others."""
        forward = self.ring.forward
        if leaf in ("s", "t") and forward.leaf(leaf) is None:
            v = Value(VARIANCE, index)
            return Power(plus(v, Value(EPSILON)) if leaf == "s" else v, HALF)
        if leaf == "dL/dy":
            return LossBy(Value(forward.output.name, index))
        if leaf.startswith("exp "):
            return Exp(Value(leaf.removeprefix("exp "), index))
        if isinstance(self.ring, TensorFunctions) and leaf in self.ring.atoms:
            poly, places = self.ring.atoms[leaf]
            inside = Coordinates(self.ring, dict(zip(places, index, strict=True))).term_of(poly)
            return Log(inside) if leaf.startswith("log") else inside
        if leaf.startswith("log("):
            return self.logarithm(leaf, index)
        return Value(leaf, index)

    def logarithm(self, leaf: str, index: tuple[str, ...]) -> Term:
        """The logarithm of something that one sample has, for another sample."""
        for name, poly in self.ring.logarithms.items():
            inside, _, place = name.rpartition("@")
            if inside == leaf:
                return Log(Coordinates(self.ring, {int(place): index[0]}).term_of(poly))
        raise Undecidable("a sum over logarithms has no name of its own")

    def sum(self, moment: Bound) -> Term:
        names = self.bound_letters(moment.factors)

        def index_of(place: Place) -> str:
            return names[place] if isinstance(place, str) else self.letters[place]

        parts = (power(self.leaf(leaf, tuple(map(index_of, places))), int(e)) for leaf, places, e in moment.factors)
        return reduce(lambda body, index: Sum(index, body), reversed(names.values()), times(*parts))

    def bound_letters(self, factors: Iterable[Factor]) -> dict[str, str]:
        """A letter for each bound index that no free index has."""
        taken = {letter_of(name) for name in self.letters.values()}
        free = [letter for letter in BOUND if letter not in taken] + [f"j{number}" for number in range(40)]
        bound = dict.fromkeys(place for _, places, _ in factors for place in places if isinstance(place, str))
        return {place: on_axis(letter, axis_of(place[1:])) for place, letter in zip(bound, free, strict=False)}
