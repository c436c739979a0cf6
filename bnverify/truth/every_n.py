"""The proof for every n: weighted points refute, exact rational functions prove, fractions give the counterexample.

Theorem. Let A, B be built from n, scale, shift, eps, the samples and their sums, with r free indices read as
pairwise different, and R = A - B as a rational function of the free coordinates. R = 0 implies A = B for every n
at which both sides are defined. R != 0 implies A != B for every n >= n0 = r + (number of moments) that is not a
common root of the coefficients of R; the sizes below n0 are tested one by one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from itertools import islice
from typing import Any

from bnverify.model.axes import letter_of
from bnverify.model.calculus import Undifferentiable
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, MEAN, VARIANCE
from bnverify.model.roots import MOST_ROOTS, known_radicands, unknown_radicands
from bnverify.model.terms import (
    ZERO,
    Condition,
    Term,
    swapped,
)
from bnverify.truth.domain import Domain, Points
from bnverify.truth.examples import batches
from bnverify.truth.fractions_at import Batch, Fractions
from bnverify.truth.patterns import assignments, index_patterns
from bnverify.truth.rational import Ratio, RationalFunctions
from bnverify.truth.residues import NoRoot, Residues, ResiduesAt, residues
from bnverify.truth.roots import count_roots, other_roots, roots_apart
from bnverify.truth.tensors import TensorFunctions
from bnverify.truth.verdict import Counterexample, Identity, Proved, Refuted, Undecidable, Undecided, Undefined, Verdict
from bnverify.truth.work import TooMuch, allowance, remaining, spend

FIRST_ORDER = ({"x": 1}, {"x": 2}, {"dL/dy": 1}, {"dL/dy": 1, "x": 1})
"""The moments of all of first-order batch norm; two points are enough to tell them apart."""
LARGEST_EXAMPLE = 8
LARGEST_WITH_ROOTS = 4
MOST_TRIALS = 40
"""Batches that are tried at one size, for inputs with several indices."""
SEEDS = 12
ASKING = 20
"""Units of work for a question whose answer is known."""
MOST_KEPT = 2_000
"""Entries of the tables of one prover: what it knows saves time, changes no verdict, and would grow with every note."""
MOST_LETTERS = 400
"""Generators of its ring, which never shrinks by itself."""


class Prover:
    """The domains of one forward pass; what was worked out once is kept, until it is too much."""

    def __init__(self, forward: Forward) -> None:
        self.forward = forward
        self.start_anew()

    def start_anew(self) -> None:
        """Nothing is known."""
        forward = self.forward
        self.residues: dict[tuple[frozenset[str], int, int], Residues] = {}
        self.exact = (TensorFunctions if forward.layer.rank > 1 else RationalFunctions)(forward)
        self.sizes: dict[int, Residues] = {}
        self.verdicts: dict[Identity, Verdict] = {}
        self.radicands: dict[Term, Term | None] = {}

    @property
    def kept(self) -> int:
        """How many entries there are."""
        domains: tuple[Domain[Any], ...] = (*self.residues.values(), *self.sizes.values(), self.exact)
        return len(self.verdicts) + len(self.radicands) + sum(len(one.known) for one in domains)

    def examine(self, identity: Identity) -> Verdict:
        """Proved for every n, refuted with a counterexample, or undecided with the reason."""
        if self.kept > MOST_KEPT or len(self.exact.names) > MOST_LETTERS:
            self.start_anew()
        if identity not in self.verdicts:
            try:
                self.verdicts[identity] = self._examine(self.with_known_roots(identity))
            except TooMuch as trouble:
                # Asked again with more to spend, or more time, it may be decided: this is not kept.
                return Undecided(str(trouble))
            except (Undecidable, Undefined, Undifferentiable) as trouble:
                self.verdicts[identity] = Undecided(str(trouble), isinstance(trouble, Undefined))
        return self.verdicts[identity]

    def with_known_roots(self, identity: Identity) -> Identity:
        """The identity with v + eps, or v, wherever a root is taken of another form of it."""
        for base in unknown_radicands(identity.left, identity.right):
            known = self.known_radicand(base)
            if known is not None:
                left, right = (swapped(one, base, known) for one in (identity.left, identity.right))
                identity = Identity(left, right, identity.conditions)
        return identity

    def known_radicand(self, base: Term) -> Term | None:
        if base not in self.radicands:
            self.radicands[base] = None
            for known in known_radicands(base, self.forward):
                if self.proves(Identity(base, known)):
                    self.radicands[base] = known
                    break
        return self.radicands[base]

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
            identity = self.with_known_roots(identity)
            patterns = list(index_patterns(identity))
            if not patterns or (not other_roots(identity) and not self.agrees(identity, patterns, frozenset())):
                return False
            return not any(self.difference(identity, points).above for points in patterns)
        except (Undecidable, Undefined, Undifferentiable):
            return False

    def _with_other_roots(self, identity: Identity, patterns: Sequence[Points]) -> Verdict:
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
        """Whether the sides agree at a random weighted point; None: undecided.

        Wrong with probability below 1e-16, but for a determinant of more sums than the point has places.
        """
        return self._equal(identity, frozenset())

    def equal_with(self, identity: Identity, freed: frozenset[str]) -> bool | None:
        """The same with some statistics as free symbols: with a free mean, sum(x - mu) = 0 does not help."""
        return self._equal(identity, freed)

    def freeing(self, freed: frozenset[str], seed: int = 1, variant: int = 0) -> Residues:
        key = (freed, seed, variant)
        if key not in self.residues:
            first = self.freeing(freed, seed).seed if variant else seed
            self.residues[key] = residues(self.forward, freed, first, variant)
        return self.residues[key]

    def vanishes(self, term: Term, freed: frozenset[str]) -> bool:
        """Whether a term is zero on the forward pass, and not with these statistics free."""
        identity = Identity(term, ZERO)
        return self.equal(identity) is True and self.equal_with(identity, freed) is False

    def _equal(self, identity: Identity, freed: frozenset[str]) -> bool | None:
        try:
            spend(ASKING)
            identity = self.with_known_roots(identity)
            if other_roots(identity):
                return self._by_verdict(identity) if not freed else None
            return self.agrees(identity, list(index_patterns(identity)), freed)
        except (Undecidable, Undefined, Undifferentiable):
            return None

    def _by_verdict(self, identity: Identity) -> bool | None:
        """Where a root of unknown sign occurs, a residue says nothing: the whole verdict is needed."""
        verdict = self.examine(identity)
        return None if isinstance(verdict, Undecided) else isinstance(verdict, Proved)

    def agrees(self, identity: Identity, patterns: Sequence[Points], freed: frozenset[str]) -> bool:
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

    def refute(self, identity: Identity, patterns: Sequence[Points]) -> Verdict:
        true_at = self.known_true_sizes(identity, patterns)
        for n in range(self.forward.convention.smallest_n, LARGEST_EXAMPLE + 1):
            if true_at is None or n not in true_at:
                found = self.counterexample(identity, n)
                if found is not None:
                    return Refuted(found, true_at or frozenset(), complete=true_at is not None)
        return Undecided(
            f"no proof was found, nor small numbers with n up to {LARGEST_EXAMPLE} that tell the sides apart"
        )

    def known_true_sizes(self, identity: Identity, patterns: Sequence[Points]) -> frozenset[int] | None:
        """The sizes at which different sides agree; None where they are not known, or too dear to find."""
        if self.forward.layer.rank > 1:
            return None
        try:
            with allowance(remaining() // 2):
                return self.true_sizes(identity, patterns)
        except TooMuch:
            return None

    def true_sizes(self, identity: Identity, patterns: Sequence[Points]) -> frozenset[int] | None:
        """Every n at which the sides agree although they are different; None where no numerator bounds them."""
        found = [self.sizes_to_try(identity, points) for points in patterns]
        bounded = [sizes for sizes in found if sizes is not None]
        if not bounded:
            return None
        first = self.forward.convention.smallest_n
        return frozenset(
            n
            for n in set.intersection(*bounded)
            if n >= first and self.is_possible(identity, n) and self.agrees_at(identity, n)
        )

    def sizes_to_try(self, identity: Identity, points: Points) -> set[int] | None:
        """Where one case of the indices may be true; None: at any size, or the numerator is not known."""
        try:
            numerator = self.difference(identity, points).above
        except TooMuch:
            raise
        except (Undecidable, Undefined):
            return None
        return None if self.exact.has_radicals(numerator) else self.roots(numerator, points)

    def is_possible(self, identity: Identity, n: int) -> bool:
        return next(assignments(identity, self.forward, n), None) is not None

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
        spend(highest)
        common = {n for n in range(1, highest + 1) if all(is_root(one, n) for one in polynomials)}
        return common | set(range(1, below))

    def least_points(self, numerator: Any) -> int:
        """N(S) of the theorem, or the number of moments as its upper bound."""
        degrees = dict(zip(self.exact.names, numerator.degrees(), strict=False))
        used = [powers for name, powers in self.exact.moments.items() if degrees.get(name)]
        return 2 if all(powers in FIRST_ORDER for powers in used) else len(used) + 2

    def agrees_at(self, identity: Identity, n: int) -> bool:
        """Whether the sides agree at a random batch of size n, modulo a large prime."""
        if n not in self.sizes:
            self.sizes[n] = ResiduesAt(self.forward, n)
        domain = self.sizes[n]
        try:
            return all(self.residue(identity, points, domain) == 0 for points in assignments(identity, self.forward, n))
        except TooMuch:
            raise
        except (Undecidable, Undefined, NoRoot):
            return False

    def counterexample(self, identity: Identity, n: int) -> Counterexample | None:
        """The simplest batch of size n at which the sides differ, or None where no simple one does."""
        most = None if self.forward.layer.rank == 1 else MOST_TRIALS
        places = list(assignments(identity, self.forward, n))
        roots = roots_apart(identity)
        for batch in islice(batches(self.forward, identity, n), most):
            for points in places:
                found = self.compare_at(identity, n, batch, points, roots=roots)
                if found is not None:
                    return found
        return None

    def unlinked_example(self, identity: Identity) -> Counterexample | None:
        """Small numbers at which the sides differ where mu and v are free, or None where none were found."""
        freed = frozenset((MEAN, VARIANCE))
        n = max(2, self.forward.convention.smallest_n)
        places = list(assignments(identity, self.forward, n))
        for batch in batches(self.forward, identity, n):
            free = {**batch, MEAN: Fraction(3), VARIANCE: Fraction(1), EPSILON: Fraction(3)}
            for points in places:
                found = self.compare_at(identity, n, free, points, freed)
                if found is not None:
                    return found
        return None

    def compare_at(
        self,
        identity: Identity,
        n: int,
        batch: Batch,
        points: Points,
        freed: frozenset[str] = frozenset(),
        roots: Sequence[Term] = (),
    ) -> Counterexample | None:
        domain = Fractions(self.forward, n, batch, freed)
        try:
            # Most examples fail at a root that is not rational: these come first.
            for root in roots:
                domain.value(root, points)
            left, right = domain.value(identity.left, points), domain.value(identity.right, points)
        except TooMuch:
            raise
        except (Undecidable, Undefined):
            return None
        if left == right:
            return None
        shown = {name: batch[name] for name in batch if name in domain.used}
        return Counterexample(
            n,
            shown,
            {name: point.place + 1 for name, point in points.items() if not letter_of(name).isdigit()},
            left,
            right,
        )


class _Known(threading.local):
    """The provers of a thread: two that share one would enlarge its ring under each other's hands."""

    def __init__(self) -> None:
        self.provers: dict[Forward, Prover] = {}


_KNOWN = _Known()


def prover(forward: Forward) -> Prover:
    """The prover of a forward pass, with what it has worked out so far."""
    if forward not in _KNOWN.provers:
        _KNOWN.provers[forward] = Prover(forward)
    return _KNOWN.provers[forward]


def forget() -> None:
    """Begin anew: what a step costs, and so what is too much, must not depend on the notes before."""
    _KNOWN.provers.clear()


@contextmanager
def knowing(provers: dict[Forward, Prover]) -> Iterator[None]:
    """Inside, what these provers have worked out is known, and what is worked out is kept with them."""
    before, _KNOWN.provers = _KNOWN.provers, provers
    try:
        yield
    finally:
        _KNOWN.provers = before


# -- roots in n


def root_bound(polynomial: dict[int, Any]) -> int:
    """No integer root is larger (Cauchy's bound), capped."""
    lead = polynomial[max(polynomial)]
    return min(10_000, 1 + max(int(abs(coefficient / lead)) + 1 for coefficient in polynomial.values()))


def is_root(polynomial: dict[int, Any], n: int) -> bool:
    return bool(sum(coefficient * n**power for power, coefficient in polynomial.items()) == 0)
