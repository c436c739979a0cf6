"""The proof for every n: weighted points refute, exact rational functions prove, fractions give the counterexample.

Theorem. Let A, B be built from n, scale, shift, eps, the samples and their sums, with r free indices read as
pairwise different, and R = A - B as a rational function of the free coordinates. R = 0 implies A = B for every n
at which both sides are defined. R != 0 implies A != B for every n >= n0 = r + (number of moments) that is not a
common root of the coefficients of R; the sizes below n0 are tested one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import product
from typing import Any

from bnverify.model.calculus import Undifferentiable
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, MEAN, SHIFT, VARIANCE
from bnverify.model.terms import (
    ZERO,
    Cases,
    Condition,
    Delta,
    Partial,
    Power,
    Term,
    Value,
    free_indices,
    plus,
    walk,
)
from bnverify.truth.domain import Point, Points, Undecidable, Undefined, holds
from bnverify.truth.fractions_at import Batch, Fractions
from bnverify.truth.rational import Ratio, RationalFunctions
from bnverify.truth.residues import NoRoot, Residues, ResiduesAt
from bnverify.truth.verdict import Counterexample, Identity, Proved, Refuted, Undecided, Verdict

FIRST_ORDER = ({"x": 1}, {"x": 2}, {"dL/dy": 1}, {"dL/dy": 1, "x": 1})
"""The moments of all of first-order batch norm; two points are enough to tell them apart."""
LARGEST_EXAMPLE = 8
LARGEST_WITH_ROOTS = 3
MOST_ROOTS = 30
"""Where roots of several kinds occur, rational examples are rare: the search ends early."""
MOST_INDICES = 4
SEEDS = 12


class Prover:
    """The domains of one forward pass; what was worked out once is kept."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.residues: dict[tuple[frozenset[str], int, int], Residues] = {}
        self.exact = RationalFunctions(forward)
        self.sizes: dict[int, ResiduesAt] = {}
        self.verdicts: dict[Identity, Verdict] = {}

    def examine(self, identity: Identity) -> Verdict:
        """Proved for every n, refuted with a counterexample, or undecided with the reason."""
        if identity not in self.verdicts:
            try:
                self.verdicts[identity] = self._examine(identity)
            except (Undecidable, Undefined, Undifferentiable) as trouble:
                self.verdicts[identity] = Undecided(str(trouble), isinstance(trouble, Undefined))
        return self.verdicts[identity]

    def _examine(self, identity: Identity) -> Verdict:
        patterns = list(index_patterns(identity))
        if not patterns:
            return Undecided("no indices meet the conditions")
        if other_roots(identity):
            return self._with_other_roots(identity, patterns)
        if not self.agrees(identity, patterns, frozenset()):
            return self.refute(identity, patterns)
        if any(self.difference(identity, points).above for points in patterns):
            return self.refute(identity, patterns)
        return Proved()

    def proves(self, identity: Identity) -> bool:
        """Whether both sides agree for every n; what is not proved is not refuted either, so no example is sought."""
        try:
            patterns = list(index_patterns(identity))
            if not patterns or (not other_roots(identity) and not self.agrees(identity, patterns, frozenset())):
                return False
            return not any(self.difference(identity, points).above for points in patterns)
        except (Undecidable, Undefined, Undifferentiable):
            return False

    def _with_other_roots(self, identity: Identity, patterns: list[dict[str, Point]]) -> Verdict:
        """Roots of anything but v + eps and v: proved where they cancel, refuted by an example, else undecided."""
        if count_roots(identity) > MOST_ROOTS:
            return Undecided(f"more than {MOST_ROOTS} roots are not worked out")
        if not any(self.difference(identity, points).above for points in patterns):
            return Proved()
        for n in range(self.forward.convention.smallest_n, LARGEST_WITH_ROOTS + 1):
            found = self.counterexample(identity, n)
            if found is not None:
                return Refuted(found, complete=False)
        return Undecided("roots of several kinds could not be brought together")

    def equal(self, identity: Identity) -> bool | None:
        """Whether the sides agree at a random weighted point: wrong with probability below 1e-16; None: undecided."""
        return self._equal(identity, frozenset())

    def equal_with(self, identity: Identity, freed: frozenset[str]) -> bool | None:
        """The same with some statistics as free symbols: with a free mean, sum(x - mu) = 0 does not help."""
        return self._equal(identity, freed)

    def freeing(self, freed: frozenset[str], seed: int = 1, variant: int = 0) -> Residues:
        key = (freed, seed, variant)
        if key not in self.residues:
            first = self.freeing(freed, seed).seed if variant else seed
            self.residues[key] = Residues(self.forward, freed, first, variant)
        return self.residues[key]

    def vanishes(self, term: Term, freed: frozenset[str]) -> bool:
        """Whether a term is zero on the forward pass, and not with these statistics free."""
        identity = Identity(term, ZERO)
        return self.equal(identity) is True and self.equal_with(identity, freed) is False

    def _equal(self, identity: Identity, freed: frozenset[str]) -> bool | None:
        if other_roots(identity):
            return self._by_verdict(identity) if not freed else None
        try:
            return self.agrees(identity, list(index_patterns(identity)), freed)
        except (Undecidable, Undefined, Undifferentiable):
            return None

    def _by_verdict(self, identity: Identity) -> bool | None:
        """Where a root of unknown sign occurs, a residue says nothing: the whole verdict is needed."""
        verdict = self.examine(identity)
        return None if isinstance(verdict, Undecided) else isinstance(verdict, Proved)

    def agrees(self, identity: Identity, patterns: list[dict[str, Point]], freed: frozenset[str]) -> bool:
        """Whether no residue differs. Raises Undecidable where a root has no value at any of a few seeds."""
        for seed in range(1, 1 + SEEDS):
            domain = self.freeing(freed, seed)
            try:
                return all(self.residue(identity, points, domain) == 0 for points in patterns)
            except NoRoot:
                continue
        raise Undecidable("a root of anything but the variance (plus epsilon) is not worked out")

    def ratio(
        self,
        head: Term,
        side: Term,
        without: Term,
        conditions: tuple[Condition, ...],
        freed: frozenset[str],
        variant: int,
    ) -> int | None:
        """(head - without) / (side - without) at a weighted point of another variant; None: not defined."""
        domain = self.freeing(freed, 1, variant)
        try:
            points = next(index_patterns(Identity(head, side, conditions)))
            base = domain.value(without, points)
            above, below = (domain.add([domain.value(term, points), -base]) for term in (head, side))
            return domain.multiply([above, domain.power(below, Fraction(-1))])
        except (Undecidable, Undefined, Undifferentiable, NoRoot, StopIteration):
            return None

    def are_proportional(self, left: Term, right: Term, conditions: tuple[Condition, ...]) -> bool:
        """Whether two terms differ by a factor that samples and gradients do not change."""
        ratios = {self.ratio(left, right, ZERO, conditions, frozenset(), variant) for variant in range(2)}
        return len(ratios) == 1 and None not in ratios

    def residue(self, identity: Identity, points: Points, domain: Residues) -> int:
        left = domain.value(identity.left, points)
        right = domain.value(identity.right, points)
        return domain.add([left, -right])

    def difference(self, identity: Identity, points: Points) -> Ratio:
        exact = self.exact

        def work() -> Ratio:
            left, right = exact.value(identity.left, points), exact.value(identity.right, points)
            difference = exact.add([left, exact.negative(right)])
            return Ratio(exact.without_squares(difference.above), difference.below)

        return exact.work_out(work)

    # -- refutation

    def refute(self, identity: Identity, patterns: list[dict[str, Point]]) -> Verdict:
        true_at = self.true_sizes(identity, patterns)
        for n in range(self.forward.convention.smallest_n, LARGEST_EXAMPLE + 1):
            if n not in true_at:
                found = self.counterexample(identity, n)
                if found is not None:
                    return Refuted(found, true_at)
        return Undecided(f"the two sides differ, but not at small numbers with n up to {LARGEST_EXAMPLE}")

    def true_sizes(self, identity: Identity, patterns: list[dict[str, Point]]) -> frozenset[int]:
        """Every n at which the sides agree although they are different."""
        sizes: set[int] | None = None
        first = self.forward.convention.smallest_n
        for points in patterns:
            try:
                numerator = self.difference(identity, points).above
                if self.exact.has_radicals(numerator):
                    raise Undecidable("the roots in n of an expression with further roots are not worked out")
                found = self.roots(numerator, points)
            except (Undecidable, Undefined):
                found = {n for n in range(first, LARGEST_EXAMPLE + 1) if self.agrees_at(identity, n)}
            if found is not None:
                sizes = found if sizes is None else sizes & found
        return frozenset(
            n for n in sizes or () if n >= first and self.is_possible(identity, n) and self.agrees_at(identity, n)
        )

    def is_possible(self, identity: Identity, n: int) -> bool:
        return next(assignments(identity, n), None) is not None

    def roots(self, numerator: Any, points: Points) -> set[int] | None:
        """The candidates for such an n: common roots of the coefficients, and all n below n0. None: every n."""
        if not numerator:
            return None
        below = len({point.kind for point in points.values()}) + self.least_points(numerator)
        coefficients: dict[tuple[int, ...], dict[int, Any]] = {}
        for powers, coefficient in numerator.to_dict().items():
            coefficients.setdefault(tuple(powers[1:]), {})[int(powers[0])] = coefficient
        polynomials = sorted(coefficients.values(), key=len)
        highest = max(below, *(root_bound(polynomial) for polynomial in polynomials[:1]))
        common = {n for n in range(1, highest + 1) if all(is_root(one, n) for one in polynomials)}
        return common | set(range(1, below))

    def least_points(self, numerator: Any) -> int:
        """N(S) of the theorem, or the number of moments as its upper bound."""
        degrees = dict(zip(self.exact.names, numerator.degrees(), strict=True))
        used = [powers for name, powers in self.exact.moments.items() if degrees.get(name)]
        return 2 if all(powers in FIRST_ORDER for powers in used) else len(used) + 2

    def agrees_at(self, identity: Identity, n: int) -> bool:
        """Whether the sides agree at a random batch of size n, modulo a large prime."""
        if n not in self.sizes:
            self.sizes[n] = ResiduesAt(self.forward, n)
        domain = self.sizes[n]
        try:
            return all(
                self.residue(identity, {name: Point(k, k) for name, k in indices.items()}, domain) == 0
                for indices in assignments(identity, n)
            )
        except (Undecidable, Undefined, NoRoot):
            return False

    def counterexample(self, identity: Identity, n: int) -> Counterexample | None:
        """The simplest batch of size n at which the sides differ, or None where no simple one does."""
        for batch in batches(self.forward, identity, n):
            for indices in assignments(identity, n):
                found = self.compare_at(identity, n, batch, indices)
                if found is not None:
                    return found
        return None

    def unlinked_example(self, identity: Identity) -> Counterexample | None:
        """Small numbers at which the sides differ where mu and v are free, or None where none were found."""
        freed = frozenset((MEAN, VARIANCE))
        n = max(2, self.forward.convention.smallest_n)
        for batch in batches(self.forward, identity, n):
            free = {**batch, MEAN: Fraction(3), VARIANCE: Fraction(1), EPSILON: Fraction(3)}
            for indices in assignments(identity, n):
                found = self.compare_at(identity, n, free, indices, freed)
                if found is not None:
                    return found
        return None

    def compare_at(
        self,
        identity: Identity,
        n: int,
        batch: Batch,
        indices: dict[str, int],
        freed: frozenset[str] = frozenset(),
    ) -> Counterexample | None:
        domain = Fractions(self.forward, n, batch, freed)
        points = {name: Point(place, place) for name, place in indices.items()}
        try:
            left, right = domain.value(identity.left, points), domain.value(identity.right, points)
        except (Undecidable, Undefined):
            return None
        if left == right:
            return None
        shown = {name: batch[name] for name in batch if name in domain.used}
        return Counterexample(n, shown, {name: place + 1 for name, place in indices.items()}, left, right)


@lru_cache(maxsize=64)
def prover(forward: Forward) -> Prover:
    return Prover(forward)


# -- indices


def index_patterns(identity: Identity) -> Iterator[dict[str, Point]]:
    """Which free indices are the same sample: every combination that meets the conditions."""
    names = sorted(free_indices(identity.left) | free_indices(identity.right) | condition_names(identity))
    if len(names) > MOST_INDICES:
        raise Undecidable(f"more than {MOST_INDICES} free indices are not worked out")
    apart = _can_differ(identity)
    for kinds in equality_patterns(len(names)):
        if not apart and len(set(kinds)) < len(names):
            continue
        points = {name: Point(kind, kind) for name, kind in zip(names, kinds, strict=True)}
        numbered = [kind for name, kind in zip(names, kinds, strict=True) if name.isdigit()]
        if len(set(numbered)) == len(numbered) and all(holds(condition, points) for condition in identity.conditions):
            yield points


def condition_names(identity: Identity) -> frozenset[str]:
    return frozenset(name for c in identity.conditions for name in (c.left, c.right))


def _can_differ(identity: Identity) -> bool:
    """Whether equal indices must be tested apart: without deltas they are a special case of different ones."""
    if identity.conditions:
        return True
    parts = (part for side in (identity.left, identity.right) for part in walk(side))
    return any(isinstance(part, (Delta, Cases, Partial)) for part in parts)


def equality_patterns(count: int) -> Iterator[tuple[int, ...]]:
    """All ways to make `count` indices equal or different, as restricted growth strings from 1; all different first."""
    strings: list[tuple[int, ...]] = [()]
    for _ in range(count):
        strings = [(*one, kind) for one in strings for kind in range(max(one, default=0) + 1, 0, -1)]
    yield from strings


def assignments(identity: Identity, n: int) -> Iterator[dict[str, int]]:
    """The same combinations at a batch of size n, as 0-based samples."""
    for points in index_patterns(identity):
        if max((point.kind for point in points.values()), default=0) <= n:
            yield {name: point.kind - 1 for name, point in points.items()}


def malformed_cases(term: Term, identity: Identity) -> str:
    """What is wrong with the rows of the cases in a term, or nothing: some combination has no row, or two."""
    counts = {
        sum(all(holds(c, points) for c in conditions) for conditions, _ in part.rows if conditions)
        or not all(conditions for conditions, _ in part.rows)
        for part in walk(term)
        if isinstance(part, Cases)
        for points in index_patterns(identity)
    }
    wrong = ["two rows of the cases hold at the same time"] if max(counts, default=1) > 1 else []
    wrong += ["no row says what holds otherwise"] if 0 in counts else []
    return ", and ".join(wrong)


# -- small numbers


def batches(forward: Forward, identity: Identity, n: int) -> Iterator[Batch]:
    """Small batches in order of simplicity, with v + eps the square of a rational number."""
    free = sorted(free_symbols(forward, identity), key=lambda value: value.name)
    scales = (4, *SCALES) if other_roots(identity) else SCALES
    for scale, x, upstream in product(scales, SAMPLES, UPSTREAM):
        samples = tuple(Fraction(x[place % len(x)] + place // len(x)) for place in range(n))
        gradient = tuple(Fraction(upstream[place % len(upstream)]) for place in range(n))
        batch: dict[str, Fraction | tuple[Fraction, ...]] = {"x": samples, "dL/dy": gradient}
        batch |= {leaf.name: Fraction(scale) for leaf in forward.leaves if not leaf.indexed}
        batch |= {SHIFT: Fraction(scale - 1)}
        batch |= {
            value.name: tuple(Fraction(3 + k + 2 * j) for j in range(n)) if value.index else Fraction(3 + 2 * k)
            for k, value in enumerate(free)
        }
        variance = _variance(forward, n, batch)
        roots = [root for root in ROOTS if root * root > variance]
        for root in roots[: 18 if other_roots(identity) else 2]:
            yield {**batch, "eps": Fraction(root * root) - variance}


SAMPLES = ((0, 2), (1, 3, 8), (0, 0, 2, 2), (1, 2, 6, 7), (-1, 0, 1), (2, 5, 3))
UPSTREAM = ((1, 2), (1, 0), (2, 1, 5))
SCALES = (2, -3)


def _variance(forward: Forward, n: int, batch: Batch) -> Fraction:
    try:
        return Fractions(forward, n, batch).quantity("v", ())
    except Undefined:
        return Fraction(0)


def count_roots(identity: Identity) -> int:
    halves = (part for side in (identity.left, identity.right) for part in walk(side) if isinstance(part, Power))
    return sum(part.exponent.denominator == 2 for part in halves)


def other_roots(identity: Identity) -> bool:
    """Whether a root of something else than v + eps or v occurs."""
    known = (plus(Value(VARIANCE), Value(EPSILON)), Value(VARIANCE))
    return any(
        isinstance(part, Power) and part.exponent.denominator == 2 and part.base not in known
        for side in (identity.left, identity.right)
        for part in walk(side)
    )


ROOTS = range(2, 1_000)


def free_symbols(forward: Forward, identity: Identity) -> set[Value]:
    known = {leaf.name for leaf in forward.leaves} | {node.name for node in forward.nodes}
    values: dict[str, Value] = {}
    for side in (identity.left, identity.right):
        for part in walk(side):
            if isinstance(part, Value) and part.name not in known:
                values[part.name] = Value(part.name, part.index and ("i",))
    return set(values.values())


# -- roots in n


def root_bound(polynomial: dict[int, Any]) -> int:
    """No integer root is larger (Cauchy's bound), capped."""
    lead = polynomial[max(polynomial)]
    return min(10_000, 1 + max(int(abs(coefficient / lead)) + 1 for coefficient in polynomial.values()))


def is_root(polynomial: dict[int, Any], n: int) -> bool:
    return bool(sum(coefficient * n**power for power, coefficient in polynomial.items()) == 0)
