"""A proved identity -> what an independent program needs to prove it again, case by case of its indices.

The sides are worked out in raw coordinates: sums over the batch, the mean, the variance, epsilon, and the root
s = sqrt(v + eps) stand beside each other as if nothing bound them together. What the proof knows of them is written
down apart, as replacements (sum_j x_j = n mu, v = s^2 - eps) and as squares of roots.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from bnverify.frozen import frozen
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import Term
from bnverify.truth.coordinates import Coordinates, Fractional, Polynomial
from bnverify.truth.domain import Point, Points
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.patterns import index_patterns
from bnverify.truth.rational import Ratio, RationalFunctions
from bnverify.truth.tensors import Bound, TensorFunctions
from bnverify.truth.verdict import Identity, Undecidable


@frozen
class ProvedCase:
    """An identity where these groups of indices are one place each, and different groups different places."""

    groups: tuple[tuple[str, ...], ...]
    left: Fractional
    right: Fractional
    replaced: Mapping[Term, Fractional]
    """Raw coordinates in others that nothing binds together."""
    squares: Mapping[Term, Polynomial]
    """What the square of each root is."""
    raw: bool = True
    """Whether the sides are as they were before anything was replaced."""


class RawFunctions(TensorFunctions):
    """Both sides before anything is eliminated: a statistic is a quantity, and no moment is known to follow from it."""

    def solve_statistics(self) -> None:
        """Nothing is solved for."""

    def statistic(self, name: str, points: tuple[Point, ...] = ()) -> Ratio:
        return self.placed_generator(name, tuple(point.place for point in points))

    def root(self, value: Ratio) -> Ratio:
        """The roots of v + eps and of v are quantities too, called s and t."""
        if not value.below and (named := self.root_of_variance(value.above)):
            return self.placed_generator(*named)
        return super().root(value)

    def root_of_variance(self, poly: Any) -> tuple[str, tuple[int, ...]] | None:
        used = self.used_in(poly)
        rows = [name for name in used if self.placed.get(name, ("",))[0] == VARIANCE]
        if len(rows) != 1:
            return None
        v, places = self.generators[rows[0]], self.placed[rows[0]][1]
        if poly == v:
            return "t", places
        return ("s", places) if EPSILON in used and poly == v + self.generators[EPSILON] else None

    def bound_generator(self, moment: Bound) -> Ratio:
        self.bound[moment.name] = moment
        return self.generator(moment.name)


@lru_cache(maxsize=16)
def raw_functions(forward: Forward) -> RawFunctions:
    return RawFunctions(forward)


def proved_cases(identity: Identity, forward: Forward) -> Iterator[ProvedCase]:
    """What proves an identity again. Raises Undecidable where it cannot be written down."""
    own = prover(forward)
    known = own.with_known_roots(identity)
    for points in index_patterns(known):
        yield _case(known, points, own)


def _case(identity: Identity, points: Points, own: Prover) -> ProvedCase:
    try:
        return _raw_case(identity, points, own)
    except Undecidable:
        return _case_of_proof(identity, points, own)


def _raw_case(identity: Identity, points: Points, own: Prover) -> ProvedCase:
    ring, exact = raw_functions(own.forward), own.exact
    left, right = _both_sides(ring, identity, points)
    raw, free = Coordinates.at(ring, points), Coordinates.at(exact, points)
    sides = raw.fraction(left), raw.fraction(right)
    names = dict.fromkeys([*raw.used(left), *raw.used(right)])
    # A ring that grows meanwhile loses what was worked out in it: so all at once.
    terms = [raw.term(name) for name in names]
    values = exact.work_out(lambda: [exact.value(term, points) for term in terms])
    replaced = {term: free.fraction(value) for term, value in zip(terms, values, strict=True)}
    replaced = {term: value for term, value in replaced.items() if value != _itself(term)}
    kept = [name for value in values for name in free.used(value)]
    return ProvedCase(_groups(points), *sides, replaced, _squares(free, kept))


def _case_of_proof(identity: Identity, points: Points, own: Prover) -> ProvedCase:
    left, right = _both_sides(own.exact, identity, points)
    free = Coordinates.at(own.exact, points)
    squares = _squares(free, [*free.used(left), *free.used(right)])
    return ProvedCase(_groups(points), free.fraction(left), free.fraction(right), {}, squares, raw=False)


def _both_sides(ring: RationalFunctions, identity: Identity, points: Points) -> tuple[Ratio, Ratio]:
    return ring.work_out(lambda: (ring.value(identity.left, points), ring.value(identity.right, points)))


def _itself(term: Term) -> Fractional:
    return Fractional(((Fraction(1), {term: 1}),))


def _squares(free: Coordinates, names: list[str]) -> dict[Term, Polynomial]:
    """The squares of the roots among some generators, and of those that stand inside them; the outermost first."""
    ring, found, waiting = free.ring, dict[str, None](), list(names)
    while waiting:
        name = waiting.pop(0)
        if name in ring.squares:
            # Behind whatever it stands in, although it may have been met before.
            found.pop(name, None)
            found[name] = None
            waiting += ring.used_in(ring.squares[name])
    return {free.term(name): free.polynomial(ring.squares[name]) for name in found}


def _groups(points: Points) -> tuple[tuple[str, ...], ...]:
    places: dict[int, list[str]] = {}
    for name in sorted(points):
        places.setdefault(points[name].place, []).append(name)
    return tuple(map(tuple, places.values()))
