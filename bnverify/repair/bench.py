"""One wrong step -> its repairs: searched for, read back from their text, and proved for every n."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, islice
from typing import TypeGuard

from bnverify.judge.facts import BOTH
from bnverify.judge.findings import (
    ExtraFactor,
    ExtraTerm,
    IndexSlip,
    LostHat,
    MisreadSymbol,
    MissingFactor,
    MissingParentheses,
    MissingTerm,
    SignFlip,
    WrongCount,
    WrongHead,
)
from bnverify.judge.judgement import Judgement
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.axes import letter_of
from bnverify.model.contributions import with_letters
from bnverify.model.conventions import Variance
from bnverify.model.notation import is_index
from bnverify.model.places import same_axis
from bnverify.model.quantities import INPUT, MEAN
from bnverify.model.repeated import with_sums
from bnverify.model.sets import with_counts
from bnverify.model.terms import (
    ZERO,
    Cases,
    Condition,
    Delta,
    LossBy,
    Partial,
    Plus,
    Sum,
    Term,
    Value,
    free_indices,
    negative,
    plus,
    power,
    times,
    values_in,
    walk,
)
from bnverify.read.latex import parse
from bnverify.read.rows import structure
from bnverify.read.syntax import Addition, CaseRows, Expr, Root, inside
from bnverify.record import Target
from bnverify.repair.alike import each_once
from bnverify.repair.circles import is_circular, names_head
from bnverify.repair.desk import Desk
from bnverify.repair.heads import head_slips, other_indices
from bnverify.repair.in_place import conditions
from bnverify.repair.mend import Mend, with_uniqueness
from bnverify.repair.search import Found, Search, single
from bnverify.repair.slip import LARGE, PIECE, Slip, Wrong
from bnverify.repair.trees import cancels_itself, exchange, sites
from bnverify.repair.vocabulary import Vocabulary, own_sign, own_size
from bnverify.repair.weighed import NO_VALUE, Weighed
from bnverify.source import Note, Span
from bnverify.truth.closed import Untidy
from bnverify.truth.closed import tidy as tidy_term
from bnverify.truth.every_n import SEEDS, prover
from bnverify.truth.patterns import index_patterns, malformed_cases
from bnverify.truth.residues import PRIME, NoRoot
from bnverify.truth.verdict import Counterexample, Identity

MOST_MISSING = 30
"""Parts of a missing summand that is worked out."""
MOST_NODES = 500
"""Parts of a side; in a longer one no repair is looked for."""
MOST_CONFIRMED, MOST_TRIED = 8, 40
"""Candidates that are proved, and that are read back; those behind them are less likely what was meant."""


FAITHFUL = (WrongCount, MisreadSymbol, IndexSlip, SignFlip, MissingFactor, ExtraFactor, MissingParentheses, ExtraTerm)
"""Edits that may make a side zero without emptying it."""


@dataclass(slots=True)
class Words:
    """What all steps of a note share: its index letters, and the vocabularies that were made so far."""

    letters: tuple[str, ...] = ()
    stated: frozenset[tuple[Term, Span]] = frozenset()
    """The heads of which something right is said, each with its place."""
    defined: Mapping[str, int] = field(default_factory=dict)
    """Where the note defines a quantity, after all that it says before of others."""
    made: dict[tuple[object, ...], Vocabulary] = field(default_factory=dict)


def index_letters(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """The letters that stand for samples in a note, the most frequent first."""
    terms = [one.side.term for one in judgements] + [one.head.term for one in judgements]
    counts = Counter(
        letter for term in terms for part in walk(term) if isinstance(part, (Value, Sum)) for letter in part.index
    )
    return tuple(letter for letter, _ in counts.most_common() if is_index(letter) and letter.isalpha())


@dataclass(slots=True)
class Bench:
    """One wrong step with what is needed to try edits on it."""

    one: Judgement
    line: ResolvedChain
    note: Note
    words: Words
    searches: dict[tuple[Term, frozenset[str]], Search | None] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return Desk(self.note, self.line.chain, self.one.step)

    @property
    def place(self) -> int:
        return next(k for k, step in enumerate(self.line.chain.steps) if step.relation == self.one.step.relation)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return self.line.conditions

    def proved(self, left: Term, right: Term) -> bool:
        identity = Identity(left, right, self.conditions)
        own = prover(self.line.forward)
        return own.proves(identity)

    # -- one case only

    def only_case(self, apart: bool = False) -> Condition | None:
        """The case in which alone the step is true; `apart`: where deltas in it tell the cases apart as well."""
        head, side = self.line.head.term, self.one.side.term
        free = sorted(free_indices(head))
        if self.line.head.trouble or self.conditions or not free_indices(side) <= set(free):
            return None
        pairs = [pair for pair in combinations(free, 2) if same_axis(*pair)]
        if len(pairs) != 1 or all(letter_of(one).isdigit() for one in pairs[0]):
            return None
        if any(isinstance(part, Cases if apart else (Delta, Cases)) for part in walk(side)):
            return None
        for same in (True, False):
            condition = Condition(*pairs[0], same)
            if prover(self.line.forward).equal(Identity(head, side, (condition,))):
                return condition
        return None

    # -- repairs

    def mends(self, target: Target) -> list[Mend]:
        """All proved repairs with the fewest edits, the likeliest first."""
        placed = self.one.placed
        assert placed is not None
        wanted = placed.before if target is Target.STEP else placed.reference
        if wanted is None or self.is_idle(wanted):
            return []
        found = [*self.confirmed(self.found(wanted, 1), wanted, target), *self.of_the_head(target)]
        found = found or self.confirmed(self.found(wanted, 2), wanted, target)
        found = found or self.with_a_term(wanted, target)
        return with_uniqueness(sorted(found, key=lambda mend: mend.rank))

    def with_other_count(self) -> Mend | None:
        """The definition of the variance with n - 1 for n, or n for n - 1."""
        own = self.line.forward.convention.variance
        other = next(one for one in Variance if one is not own)
        wanted = times(own.term, power(other.term, -1), self.line.head.term)
        search = self.search(wanted, frozenset())
        found = [one for one in search.one() if one.slips[0].cause is WrongCount] if search else []
        return next(iter(sorted(self.confirmed(found, wanted, Target.TRUTH), key=lambda mend: mend.rank)), None)

    def unlinked(self) -> list[Mend]:
        """Single edits after which a true step is true where mu and v are free as well."""
        head = self.line.head.term
        search = self.search(head, BOTH)
        if search is None:
            return []
        own = prover(self.line.forward)
        mends = self.confirmed([one for one in search.one() if self.is_fair(one)], head, Target.TRUTH)
        return [
            mend
            for mend in sorted(mends, key=lambda mend: mend.rank)
            if own.equal_with(Identity(head, self.read_back(mend.latex).term, self.conditions), BOTH)
        ]

    def unlinked_example(self) -> Counterexample | None:
        own = prover(self.line.forward)
        return own.unlinked_example(Identity(self.line.head.term, self.one.side.term, self.conditions))

    def with_a_term(self, wanted: Term, target: Target) -> list[Mend]:
        """What is missing, worked out and written as one short summand."""
        side = self.one.step.side
        if self.one.malformed or isinstance(side, CaseRows) or self.is_long() or self.freed(wanted):
            return []
        try:
            missing = tidy_term(plus(wanted, negative(self.one.side.term)), self.line.forward)
        except (*NO_VALUE, Untidy):
            return []
        if not self.is_one_summand(missing):
            return []
        written = self.vocabulary(side).expr(missing)
        if written is None or next(islice(inside(written), MOST_MISSING, None), None) is not None:
            return []
        existing = side.terms if isinstance(side, Addition) else (side,)
        slip = Slip(side, Addition((*existing, written)), MissingTerm, LARGE)
        return self.confirmed([single(side, slip)], wanted, target)

    def is_one_summand(self, missing: Term) -> bool:
        """A product that no existing summand is a multiple of: else it is a coefficient that is wrong."""
        own, side = prover(self.line.forward), self.one.side.term
        inner = list(walk(missing))
        tells_apart = any(isinstance(part, Delta) for part in inner)
        if any(isinstance(part, Cases) or (isinstance(part, Plus) and not tells_apart) for part in inner):
            return False
        if not _many_paths(self.line.head.term) or own.equal(Identity(side, ZERO)) is not False:
            return False
        summands = side.terms if isinstance(side, Plus) else (side,)
        return not any(own.are_proportional(missing, one, self.conditions) for one in summands)

    def is_long(self) -> bool:
        return next(islice(inside(self.one.step.side), MOST_NODES, None), None) is not None

    def found(self, wanted: Term, edits: int) -> list[Found]:
        if self.is_long():
            return []
        if self.one.malformed:
            return self.other_conditions(wanted) if edits == 1 else []
        freed = self.freed(wanted)
        search = self.search(wanted, freed)
        found = () if search is None else search.one() if edits == 1 else search.two()
        if freed and edits == 1 and not found and (linked := self.search(wanted, frozenset())) is not None:
            found = [one for one in linked.one() if one.slips[0].cause in FAITHFUL]
        return [self.below_its_root(one) for one in found if self.is_fair(one)]

    def below_its_root(self, one: Found) -> Found:
        """The whole side after edits of what stands below its root."""
        side = self.one.step.side
        return replace(one, tree=exchange(side, {id(side.body): one.tree})) if is_root(side) else one

    def other_conditions(self, wanted: Term) -> list[Found]:
        """Rows of cases that overlap, or leave a case out, have no value to search from: only their conditions."""
        wrong = self.wrong(wanted)
        return [single(wrong.side, slip) for site in sites(wrong.side) for slip in conditions(site, wrong)]

    def wrong(self, wanted: Term) -> Wrong:
        side, head = self.one.step.side, self.line.head.term
        return Wrong(side, self.vocabulary(side), wanted, self.one.side.term, head, self.conditions)

    def vocabulary(self, side: Expr) -> Vocabulary:
        indices = tuple(sorted(map(letter_of, free_indices(self.line.head.term))))
        sign = own_sign(self.line.chain.head, side)
        key = (indices, sign, self.line.reading, self.line.forward, own_size(side, self.line.scope.notation))
        if key not in self.words.made:
            self.words.made[key] = Vocabulary(self.line.scope, indices, sign, self.words.letters)
            self.words.made[key].adopt(side)
        return self.words.made[key]

    def search(self, wanted: Term, freed: frozenset[str]) -> Search | None:
        """A search for the edits that lead to a target; its single edits serve the pairs as well."""
        if (wanted, freed) not in self.searches:
            self.searches[wanted, freed] = self.new_search(wanted, freed)
        return self.searches[wanted, freed]

    def new_search(self, wanted: Term, freed: frozenset[str]) -> Search | None:
        """At the first weighted point at which the side and its target have values that differ."""
        side = self.one.side.term
        wrong = self.wrong(wanted)
        if is_root(wrong.side):  # below a root nothing can be weighed: both sides are squared
            wanted, side = power(wanted, 2), power(side, 2)
            wrong = replace(wrong, side=wrong.side.body, target=wanted)
        scope = replace(self.line.scope, place=self.one.step.relation.start)
        for points in index_patterns(Identity(wanted, side, self.conditions)):
            for seed in range(1, 1 + SEEDS):
                domain = prover(self.line.forward).freeing(freed, seed)
                try:
                    weighed = Weighed(wrong.side, scope, domain, points, self.meaning)
                    want = (domain.value(wanted, points) - weighed.value) % PRIME
                except NoRoot:
                    continue
                except NO_VALUE:
                    return None
                if want:
                    return Search(wrong, weighed, want)
                break
        return None

    def freed(self, wanted: Term) -> frozenset[str]:
        """A target that is zero on the forward pass is met with mu and v free as well: zero is true of too much."""
        return BOTH if prover(self.line.forward).equal(Identity(wanted, ZERO)) else frozenset()

    def is_idle(self, wanted: Term) -> bool:
        """A target that is zero, and of which it cannot be told whether it is zero by itself."""
        own, nothing = prover(self.line.forward), Identity(wanted, ZERO)
        return own.equal(nothing) is True and own.equal_with(nothing, BOTH) is None

    def meaning(self, side: Expr) -> Term:
        return self.line.resolved(self.place, side).term

    def is_fair(self, found: Found) -> bool:
        """A letter without a meaning is repaired by its look-alikes alone, never by leaving it out.

        And nobody means a difference of two equal things.
        """
        if cancels_itself(found.tree) and not cancels_itself(self.one.step.side):
            return False
        new = set(self.one.side.undefined) - set(self.one.head.undefined)
        return not new or any(slip.cause in (MisreadSymbol, IndexSlip, LostHat) for slip in found.slips)

    def confirmed(self, found: Sequence[Found], wanted: Term, target: Target) -> list[Mend]:
        """The candidates that are right when they are read back from their text, and proved for every n."""
        made: dict[str, tuple[Mend, Term]] = {}
        for one in found[:MOST_TRIED]:
            mend = self.desk.written(one, target) if len(made) < MOST_CONFIRMED else None
            if mend is None or mend.latex in made:
                continue
            side = self.read_back(mend.latex)
            brackets = all(slip.cause is MissingParentheses for slip in one.slips)
            if not side.trouble and self.is_sound(side, wanted, brackets) and self.proved(wanted, side.term):
                made[mend.latex] = mend, side.term
        return each_once(made.values(), self.line.scope)

    def is_sound(self, side: Resolved, wanted: Term, brackets: bool = False) -> bool:
        """Nothing undefined is left, no case is left out, the head is not itself, and nothing new is zero.

        What `brackets` alone have changed may be zero, where the line is meant with them.
        """
        defined = set(side.undefined) <= set(self.line.head.undefined)
        head = self.line.head.term
        circular = is_circular(head, side.term)
        circular = circular or (names_head(head, side.term) and not names_head(head, self.one.side.term))
        made_zero = not self.freed(wanted) and self.has_new_zero(side.term)
        made_zero = made_zero and not (brackets and self.is_meant(side.term, wanted))
        known = not self.comes_later(side.term)
        return defined and known and not circular and self.is_well_formed(side) and not made_zero

    def comes_later(self, side: Term) -> bool:
        """Whether it names a quantity that the note only defines behind this step, and the step does not name."""
        own = {part.name for one in (self.line.head.term, self.one.side.term) for part in values_in(one)}
        new = {part.name for part in values_in(side)} - own
        return any(self.words.defined.get(name, 0) > self.one.step.relation.start for name in new)

    def is_meant(self, side: Term, wanted: Term) -> bool:
        """Whether the two are the same with mu and v free as well, so that no zero makes them so."""
        return prover(self.line.forward).equal_with(Identity(wanted, side, self.conditions), BOTH) is True

    def has_new_zero(self, side: Term) -> bool:
        """A sum that is zero makes anything right, and nobody meant it."""
        own = prover(self.line.forward)
        old = {part for part in walk(self.one.side.term) if isinstance(part, Sum)}
        sums = (part for part in walk(side) if isinstance(part, Sum) and part not in old)
        return any(own.equal(Identity(part, ZERO)) is True for part in sums)

    def is_well_formed(self, side: Resolved) -> bool:
        return not malformed_cases(side.term, Identity(self.line.head.term, side.term, self.conditions))

    def read_back(self, latex: str) -> Resolved:
        tokens = self.line.chain.wording.scan(latex, self.one.step.relation.start)
        statements = structure(tokens, frozenset(self.words.letters)).statements
        if len(statements) == 1 and len(statements[0].sides) == 1:
            tokens = statements[0].sides[0].tokens
        notation = self.line.scope.notation
        expr = with_sums(with_counts(parse(tokens), notation), self.line.chain.head, notation)
        expr = with_letters(expr, notation)
        side = self.one.step.side
        if self.one.step.more and isinstance(side, CaseRows):
            expr = replace(side, rows=(replace(side.rows[0], values=(expr,)), *side.rows[1:]))
        return self.line.resolved(self.place, expr)

    # -- the head

    def of_the_head(self, target: Target) -> list[Mend]:
        """Repairs of what stands before the first relation sign."""
        own = prover(self.line.forward)
        if self.place or target is not Target.TRUTH or own.equal(Identity(self.one.side.term, ZERO)):
            return []
        chain = self.line.chain
        found = []
        letters = sorted(map(letter_of, free_indices(self.one.side.term)))
        others = other_indices(chain.head, Vocabulary(self.line.scope), letters)
        for slip, head in (*head_slips(chain.head, self.line.scope), *others):
            resolved = self.line.resolved_head(head)
            side = replace(self.line, head=resolved).resolved(0, self.one.step.side)
            circular = is_circular(resolved.term, side.term) or names_head(resolved.term, side.term)
            if not resolved.trouble and not side.trouble and not circular and self.proved(resolved.term, side.term):
                mends = tuple(self.true_too(replace(self.line, head=resolved)))
                size = PIECE if slip.cause is WrongHead and self.is_stated_elsewhere() else slip.size
                found.append(replace(self.desk.written_head(slip, head), size=size, mends=mends))
        return found

    def is_stated_elsewhere(self) -> bool:
        """Whether another chain says something right of this head: then it is likelier that another one was meant."""
        head, own = self.line.head.term, self.line.chain.head_span
        return any(term == head and place != own for term, place in self.words.stated)

    def true_too(self, line: ResolvedChain) -> Iterator[Span]:
        """The later steps of a chain that are true of another head."""
        for place, step in enumerate(line.chain.steps[1:], 1):
            side = line.resolved(place, step.side)
            if not side.trouble and self.proved(line.head.term, side.term):
                yield step.relation


def is_root(side: Expr) -> TypeGuard[Root]:
    return isinstance(side, Root) and side.degree is None


def _many_paths(head: Term) -> bool:
    """Whether the variable of a head enters in several places, so that its derivative is a sum."""
    by = head.value if isinstance(head, LossBy) else head.by if isinstance(head, Partial) else None
    return by is not None and by.name in (INPUT, MEAN)
