"""Terms -> numerators over one common denominator, in letters that can be read.

The numbers are those of the proof: exact polynomials in n, s, the statistics, the values at the free indices and
the sums over the batch. Nothing is worked out here but the letters.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from math import lcm
from typing import Any

from bnverify.frozen import frozen
from bnverify.model.arrange import signed
from bnverify.model.conventions import HALF, Epsilon
from bnverify.model.forward import Forward
from bnverify.model.letters import DEVIATION
from bnverify.model.quantities import EPSILON, INPUT, VARIANCE
from bnverify.model.terms import Count, LossBy, Plus, Sum, Term, Value, number, plus, power, times
from bnverify.truth.closed import as_fraction, raised
from bnverify.truth.domain import Points
from bnverify.truth.every_n import prover
from bnverify.truth.rational import RationalFunctions

MOST_TERMS = 24
"""A longer numerator is not written out."""
BOUND = "j"
UPSTREAM = "dL/dy"

Poly = Any


@frozen
class Numerator:
    """The numerator of one term over the common denominator; `term` is None where it is too long to be written."""

    term: Term | None
    length: int


@frozen
class Together:
    """Several terms over one denominator."""

    below: Term
    above: tuple[Numerator, ...]
    equal: bool
    """Whether the first and the last numerator are the same polynomial."""


def brought_together(terms: Sequence[Term], points: Points, forward: Forward) -> Together:
    """Every term over the least denominator that serves them all.

    Raises Undecidable or Undefined where a term is no such fraction.
    """
    exact = prover(forward).exact
    places = {point.place: name for name, point in sorted(points.items(), reverse=True)}
    letters = Letters(exact, places, forward)

    def work() -> Together:
        ratios = [exact.reduced(exact.value(term, points)) for term in terms]
        common: dict[int, int] = {}
        for factor, exponent in (pair for ratio in ratios for pair in ratio.below):
            common[factor] = max(common.get(factor, 0), int(exponent))
        above = [exact.without_squares(exact.scaled(ratio, common)) for ratio in ratios]
        polys = [letters.with_epsilon(poly) for poly in (exact.denominator(tuple(common.items())), *above)]
        below, *shown = in_lowest_terms(polys)
        return Together(letters.product(below), tuple(map(letters.numerator, shown)), above[0] == above[-1])

    return exact.work_out(work)


def in_lowest_terms(polys: Sequence[Poly]) -> list[Poly]:
    """The same without a factor that all of them share, and without fractions as coefficients."""
    shared = reduce(lambda one, other: one.gcd(other), polys)
    rest = [divmod(poly, shared)[0] for poly in polys]
    return [poly * lcm(*(int(c.q) for one in rest for c in one.coeffs())) for poly in rest]


@frozen
class Letters:
    """What the generators of the exact ring are called; `places` holds the index of each sample."""

    exact: RationalFunctions
    places: Mapping[int, str]
    forward: Forward

    def numerator(self, poly: Poly) -> Numerator:
        return Numerator(self.product(poly) if len(poly) <= MOST_TERMS else None, len(poly))

    def product(self, poly: Poly) -> Term:
        """The polynomial by its factors: first numbers and what all samples share, then the longer ones."""
        if not poly:
            return number(0)
        scale, factors = poly.factor()
        written: list[Term] = [number(as_fraction(scale))]
        for factor, exponent in sorted(factors, key=lambda pair: (len(pair[0]), self.rank(pair[0]))):
            turned = begins_with_minus(self.sum_of(factor))
            written.append(raised(self.sum_of(-factor if turned else factor), int(exponent)))
            written.append(number((-1) ** (turned * int(exponent))))
        return times(*written)

    def rank(self, poly: Poly) -> tuple[int, str]:
        """Where the first generator of a factor stands among the letters."""
        return min(map(self.order, self.exact.used_in(poly)))

    def sum_of(self, poly: Poly) -> Term:
        """The polynomial as a sum, the terms with values of single samples first."""
        terms = ((self.named(powers), as_fraction(c)) for powers, c in poly.to_dict().items())
        ordered = sorted(terms, key=lambda term: self.place(term[0]))
        return plus(*(times(number(c), *(self.letter(*one) for one in named.items())) for named, c in ordered))

    def named(self, powers: Sequence[int]) -> dict[str, int]:
        """The generators of a monomial with their exponents, in the order in which they are written."""
        found = {name: int(e) for name, e in zip(self.exact.names, powers, strict=False) if e}
        return {name: found[name] for name in sorted(found, key=self.order)}

    def place(self, named: Mapping[str, int]) -> tuple[object, ...]:
        """Terms with the gradient of a single sample first, then with a sample, with a sum of x; numbers last."""
        alone = [name for name in named if "@" in name]
        summed = any(INPUT in self.exact.moments.get(name, ()) for name in named)
        first = (
            0
            if any(name.startswith(UPSTREAM) for name in alone)
            else 1
            if alone
            else 2
            if summed
            else 3
            if named
            else 4
        )
        return first, [(self.order(name), -e) for name, e in named.items()]

    def order(self, name: str) -> tuple[int, str]:
        """n, s and v first, then what all samples share, values of single samples, and sums over the batch."""
        first = ("n", "s", "t")
        if name in first:
            return 0, str(first.index(name))
        if self.forward.leaf(name):
            return 1, name
        return (4 if name in self.exact.moments else 3 if "@" in name else 2), name

    def letter(self, name: str, exponent: int) -> Term:
        if name in self.exact.squares:
            return power(self.sum_of(self.exact.squares[name]), HALF * exponent)
        if name in self.exact.moments:
            return raised(Sum(BOUND, self.in_moment(self.exact.moments[name])), exponent)
        if name == "t":
            return power(Value(VARIANCE), HALF * exponent)
        stem, *places = name.split("@")
        if name in ("n", "s"):
            return raised(Count() if name == "n" else Value(DEVIATION), exponent)
        return raised(sample(stem, tuple(self.places[int(place)] for place in places), self.forward), exponent)

    def in_moment(self, powers: Mapping[str, int]) -> Term:
        """What a moment sums over the batch."""
        return times(*(raised(sample(leaf, (BOUND,), self.forward), int(e)) for leaf, e in powers.items()))

    def with_epsilon(self, poly: Poly) -> Poly:
        """Where xhat does not divide by s, every s^2 as v + eps again."""
        if self.forward.convention.epsilon is Epsilon.INSIDE:
            return poly
        exact = self.exact
        square = exact.generators["t"] ** 2 + exact.generator(EPSILON).above
        place = exact.names.index("s")
        found = exact.ring.constant(0)
        for powers, coefficient in poly.to_dict().items():
            rest = exact.ring.from_dict({(*powers[:place], powers[place] % 2, *powers[place + 1 :]): coefficient})
            found += rest * square ** (int(powers[place]) // 2)
        return found


def begins_with_minus(term: Term) -> bool:
    return signed(term.terms[0] if isinstance(term, Plus) else term)[0]


def sample(name: str, index: tuple[str, ...], forward: Forward) -> Term:
    """A value of one sample, or a letter that all samples share."""
    return LossBy(Value(forward.output.name, index)) if name == UPSTREAM else Value(name, index)
