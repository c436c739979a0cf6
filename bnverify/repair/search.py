"""A wrong side -> the smallest edits that make it equal its target, at one weighted point; not yet proved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bnverify.frozen import frozen
from bnverify.judge.findings import (
    BoundIndex,
    DroppedSum,
    ExtraFactor,
    ExtraSum,
    ExtraTerm,
    MissingFactor,
    MissingParentheses,
    MissingPath,
    MissingTerm,
)
from bnverify.model.terms import Term
from bnverify.read.syntax import Addition, Expr, Group, inside
from bnverify.repair.axes import turned
from bnverify.repair.bracketed import brackets
from bnverify.repair.factors import (
    Constant,
    constants_of,
    is_summand,
    lost_constants,
    lost_terms,
    scaled,
    slip_of,
    small_terms,
)
from bnverify.repair.in_place import IN_PLACE_SLIPS
from bnverify.repair.letters import upstream_throughout
from bnverify.repair.slip import LARGE, PIECE, Slip, Wrong
from bnverify.repair.structure import family_factors, gains_inside, paths, removals, residuals, signs, terms
from bnverify.repair.summed import exceptions, sums
from bnverify.repair.trees import Site, exchange, sites
from bnverify.repair.unindexed import summed_families
from bnverify.repair.vocabulary import negated
from bnverify.repair.weighed import NO_VALUE, Weighed, inverse, inverses
from bnverify.truth.residues import PRIME
from bnverify.truth.work import afford

SLIPS = (
    *IN_PLACE_SLIPS,
    gains_inside, signs, removals, family_factors, terms, paths, sums, exceptions, brackets, residuals,
    turned, summed_families,
)  # fmt: skip
MOST_CANDIDATES = 4_000
"""Single edits of one side; a longer side is searched as far as this."""
MOST_VALUES = 4_000
"""Values of a side in which pairs of edits are looked for."""
MOST_AXES_OF_PAIRS = 2
"""An input with more indices has too many places for pairs of edits."""
MOST_WORK = 500_000
"""Single edits times values of the side: sums in one another have many values."""
MOST_PAIRS = 40
CANDIDATE = 30
"""Units of work for an edit that is proposed."""


@frozen
class Found:
    """Edits that together bring the side to its target; `tree` is the side after them."""

    slips: tuple[Slip, ...]
    tree: Expr

    @property
    def rank(self) -> tuple[int, int, list[tuple[int, int, int]]]:
        return len(self.slips), sum(slip.size for slip in self.slips), sorted(slip.rank for slip in self.slips)


Tried = tuple[Slip, int, Site]
"""An edit, how much it moves the side, and where it stands."""


@frozen
class Summand:
    """A summand of weight D with the edits in it, and 1/(D + e) for each effect e."""

    site: Site
    weight: int
    edits: Sequence[Tried]
    inverted: Sequence[int]


def single(side: Expr, slip: Slip) -> Found:
    return Found((slip,), exchange(side, {id(slip.old): slip.new}))


def both(side: Expr, first: Slip, second: Slip) -> Found:
    """Two edits, the outer one before the inner: a node that only changes its neighbours is still there."""
    outer, inner = (first, second) if any(node is second.old for node in inside(first.old)) else (second, first)
    tree = exchange(exchange(side, {id(outer.old): outer.new}), {id(inner.old): inner.new})
    return Found((first, second), tree)


@dataclass(slots=True)
class Search:
    """All single edits of one side with their effects; `want` is how far the side is from its target."""

    wrong: Wrong
    weighed: Weighed
    want: int
    tried: list[Tried] = field(default_factory=list)
    parts: list[Summand] | None = None
    known: dict[int, Term] | None = None

    def one(self) -> list[Found]:
        """Every single edit that reaches the target, the likeliest first."""
        slips = [slip for slip, effect, _ in self.effects() if effect == self.want]
        causes = {slip.cause for slip in slips}
        for extra, missing in UNDOES.items():  # what is added would only take away what stands there
            slips = [slip for slip in slips if extra not in causes or slip.cause is not missing]
        return sorted((single(self.wrong.side, slip) for slip in slips), key=lambda one: one.rank)

    def effects(self) -> Sequence[Tried]:
        if not self.tried:
            for slip, site in self.candidates():
                try:
                    effect = self.weighed.effect(slip.old, slip.new)
                except NO_VALUE:
                    continue
                if effect:
                    self.tried.append((slip, effect, site))
        return self.tried

    def candidates(self) -> Iterator[tuple[Slip, Site]]:
        count = 0
        for site in sites(self.wrong.side):
            for generate in SLIPS:
                for slip in generate(site, self.wrong):
                    if not afford(CANDIDATE):
                        return
                    yield slip, site
                    count += 1
            for slip in (*self.constants(site), *self.terms(site)):
                yield slip, site
                count += 1
            if count > MOST_CANDIDATES or count * self.weighed.size() > MOST_WORK:
                return

    def terms(self, site: Site) -> Iterator[Slip]:
        """A summand that is missing in a bracket, or in the side."""
        if isinstance(site.parent, Group) or site.parent is None or isinstance(site.expr, Addition):
            needed = self.weighed.needed(site.expr, self.want)
            if needed is not None and not self.weighed.holds_minus(site.expr, needed):
                yield from lost_terms(site, needed, self.wrong, self.small())

    def small(self) -> Mapping[int, Term]:
        if self.known is None:
            self.known = small_terms(self.wrong, self.value)
        return self.known

    def value(self, term: Term) -> int | None:
        try:
            return self.weighed.domain.value(term, self.weighed.points) % PRIME
        except NO_VALUE:
            return None

    def constants(self, site: Site) -> Iterator[Slip]:
        if is_summand(site):
            weight = self.weight(site.expr)
            ratio = (1 + self.want * inverse(weight)) % PRIME if weight else None
            yield from lost_constants(site, weight, ratio, self.wrong, self.weighed)

    def weight(self, summand: Expr) -> int | None:
        """How much of the side a summand is; among matrices, where no part has a value, half of what its sign does."""
        if not self.weighed.scope.matrices or id(summand) in self.weighed.parts:
            return self.weighed.weight(summand)
        try:
            return -self.weighed.effect(summand, negated(summand)) * inverse(2) % PRIME
        except NO_VALUE:
            return None

    # -- two edits

    def two(self) -> list[Found]:
        """Pairs that reach the target: two summands each, or one edit and a constant lost around it."""
        if self.weighed.size() > MOST_VALUES or self.weighed.domain.forward.layer.rank > MOST_AXES_OF_PAIRS:
            return []
        pairs = [*self.in_two_places(), *self.with_a_constant(), *self.in_one_product(), *self.after_one_throughout()]
        return sorted((pair for pair in pairs if is_plausible(pair) and self.reaches(pair)), key=lambda one: one.rank)

    def in_two_places(self) -> Iterator[Found]:
        """Edits whose effects add up to the difference: one look into a table for each."""
        by_effect: dict[int, list[Slip]] = defaultdict(list)
        for slip, effect, _ in self.effects():
            for other in by_effect.get((self.want - effect) % PRIME, ())[:MOST_PAIRS]:
                if other.old is not slip.old:
                    yield both(self.wrong.side, other, slip)
            by_effect[effect].append(slip)
        yield from self.beside_a_constant(by_effect)

    def beside_a_constant(self, by_effect: Mapping[int, Sequence[Slip]]) -> Iterator[Found]:
        """A constant lost in one summand, and an edit, or another constant, in a second one."""
        lost: dict[int, list[tuple[Site, Constant]]] = defaultdict(list)
        for summand in self.summands():
            for value, constant in constants_of(self.wrong, self.weighed).items():
                effect = summand.weight * (value - 1) % PRIME
                others = by_effect.get((self.want - effect) % PRIME, ())[:MOST_PAIRS]
                for other in others:
                    yield from self.with_lost(summand.site, constant, other)
                for site, second in lost.get((self.want - effect) % PRIME, ())[:MOST_PAIRS]:
                    new = scaled(site, second, self.wrong)
                    if new is not None and site.expr is not summand.site.expr:
                        yield from self.with_lost(summand.site, constant, slip_of(site, new, second))
                lost[effect].append((summand.site, constant))

    def with_lost(self, site: Site, constant: Constant, other: Slip) -> Iterator[Found]:
        new = scaled(site, constant, self.wrong)
        if new is not None and other.old is not site.expr:
            yield both(self.wrong.side, slip_of(site, new, constant), other)

    def with_a_constant(self) -> Iterator[Found]:
        """One edit, and a constant at a summand around it: c (D + e) = D + want."""
        table = constants_of(self.wrong, self.weighed)
        for summand in self.summands():
            for (slip, _, _), inverted in zip(summand.edits, summand.inverted, strict=True):
                constant = table.get((summand.weight + self.want) * inverted % PRIME)
                if constant is not None and slip.size <= PIECE:
                    inner = exchange(summand.site.expr, {id(slip.old): slip.new})
                    new = scaled(Site(inner, summand.site.above), constant, self.wrong)
                    if new is not None:
                        outer = slip_of(summand.site, new, constant)
                        yield Found((slip, outer), exchange(self.wrong.side, {id(summand.site.expr): new}))

    def in_one_product(self) -> Iterator[Found]:
        """Edits in two factors of one summand, (D + a) (D + b) = D (D + want): their ratios multiply."""
        for summand in self.summands():
            wanted = summand.weight * (summand.weight + self.want) % PRIME
            after: dict[int, list[Slip]] = defaultdict(list)
            for (slip, effect, _), inverted in zip(summand.edits, summand.inverted, strict=True):
                for other in after.get(wanted * inverted % PRIME, ())[:MOST_PAIRS]:
                    if other.old is not slip.old:
                        yield both(self.wrong.side, other, slip)
                after[(summand.weight + effect) % PRIME].append(slip)

    def summands(self) -> Sequence[Summand]:
        """Every summand with the edits in it, those that make it vanish left out."""
        if self.parts is None:
            within: dict[int, tuple[Site, list[Tried]]] = {}
            for tried in self.effects():
                for around in _summands_around(tried[2]):
                    within.setdefault(id(around.expr), (around, []))[1].append(tried)
            self.parts = [made for site, edits in within.values() if (made := self.summand(site, edits)) is not None]
        return self.parts

    def summand(self, site: Site, edits: Sequence[Tried]) -> Summand | None:
        weight = self.weighed.weight(site.expr)
        if weight is None:
            return None
        kept = [tried for tried in edits if (weight + tried[1]) % PRIME]
        return Summand(site, weight, kept, inverses([(weight + effect) % PRIME for _, effect, _ in kept]))

    def after_one_throughout(self) -> Iterator[Found]:
        """An edit of every gradient in the side, then one more."""
        for slip in upstream_throughout(Site(self.wrong.side), self.wrong):
            wrong = replace(self.wrong, side=slip.new)
            try:
                weighed = replace(self.weighed, side=slip.new, parts={}, holders={}, known={}, inner={}, value=0)
            except NO_VALUE:
                continue
            want = (self.want + self.weighed.value - weighed.value) % PRIME
            for found in Search(wrong, weighed, want).one() if want else ():
                yield Found((slip, *found.slips), found.tree)

    def reaches(self, pair: Found) -> bool:
        try:
            return self.weighed.effect(self.wrong.side, pair.tree) == self.want
        except NO_VALUE:
            return False


UNDOES = {ExtraTerm: MissingTerm, ExtraFactor: MissingFactor}
"""What is left out, and what would do the same by an opposite beside it."""
STRUCTURAL = (BoundIndex, DroppedSum, ExtraSum, ExtraTerm, MissingParentheses, MissingPath, MissingTerm)


def is_plausible(pair: Found) -> bool:
    """Two edits that both rebuild the formula make anything true, and so does a whole path with one more edit."""
    rebuilt = sum(slip.cause in STRUCTURAL for slip in pair.slips)
    return rebuilt < 2 and all(slip.size < LARGE for slip in pair.slips)


def _summands_around(site: Site) -> Iterator[Site]:
    """The summands that hold a site, the site itself included, innermost first."""
    chain = (*site.above, site.expr)
    for depth in range(len(chain) - 1, -1, -1):
        one = Site(chain[depth], chain[:depth])
        if is_summand(one):
            yield one
