"""A wrong step -> its cause and the smallest repairs, each read back from its text and proved for every n."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from bnverify.edits import edited
from bnverify.judge.facts import BOTH
from bnverify.judge.findings import (
    RANK,
    CaseCondition,
    Cause,
    ExtraFactor,
    ExtraTerm,
    IndexSlip,
    LostHat,
    MisreadSymbol,
    MissingFactor,
    MissingParentheses,
    MissingTerm,
    MixedVariance,
    SignFlip,
    SmallNOnly,
    UndefinedSymbol,
    WrongCount,
    WrongHead,
    WrongStep,
)
from bnverify.judge.judge import Judgement
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.conventions import Variance
from bnverify.model.forward import INPUT, MEAN, VARIANCE
from bnverify.model.notation import is_index
from bnverify.model.terms import (
    ZERO,
    Cases,
    Condition,
    Count,
    Delta,
    LossBy,
    Partial,
    Plus,
    Sum,
    Term,
    Value,
    free_indices,
    negative,
    number,
    plus,
    power,
    times,
    walk,
)
from bnverify.read.chains import without_comments
from bnverify.read.latex import parse
from bnverify.read.rows import structure
from bnverify.read.syntax import Addition, CaseRows, Expr, Summation, inside
from bnverify.read.tokens import scan
from bnverify.record import FALSE, WRONG, Edit, Standing, Target
from bnverify.repair.heads import head_slips, other_indices
from bnverify.repair.in_place import conditions
from bnverify.repair.rewriting import Rewriter, hunks
from bnverify.repair.search import Found, Search, single
from bnverify.repair.slip import LARGE, PIECE, Slip, Wrong
from bnverify.repair.trees import exchange, sites
from bnverify.repair.vocabulary import Vocabulary, own_sign, own_size
from bnverify.repair.weighed import NO_VALUE, Weighed
from bnverify.source import Note, Span
from bnverify.truth.closed import Untidy
from bnverify.truth.closed import tidy as tidy_term
from bnverify.truth.every_n import SEEDS, index_patterns, malformed_cases, prover
from bnverify.truth.residues import PRIME, NoRoot
from bnverify.truth.verdict import Counterexample, Identity, Refuted

MOST_SHOWN = 4
MOST_MISSING = 30
"""Parts of a missing summand that is worked out."""
MOST_NODES = 500
"""Parts of a side; in a longer one no repair is looked for."""
MOST_CONFIRMED, MOST_TRIED = 8, 40
"""Candidates that are proved, and that are read back; those behind them are less likely what was meant."""


@dataclass(frozen=True, slots=True)
class Mend:
    """A repair before it is put into words: what each edit undoes, and where."""

    target: Target
    causes: tuple[Cause, ...]
    edits: tuple[Edit, ...]
    latex: str
    size: int
    odd: int = 0
    mends: tuple[Span, ...] = ()
    """Later steps of the chain that a new head makes true as well."""
    unique: bool = True

    @property
    def rank(self) -> tuple[int, int, list[int], int, int]:
        """Fewer edits, smaller ones, the more telling name, the plainer edit, less text."""
        text = sum(len(edit.span) + len(edit.replacement) for edit in self.edits)
        return len(self.causes), self.size, sorted(RANK[type(cause)] for cause in self.causes), self.odd, text

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(cause.code for cause in sorted(self.causes, key=lambda cause: RANK[type(cause)]))


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a step is wrong. A carried step has repairs and no cause of its own."""

    cause: Cause | None = None
    also: tuple[str, ...] = ()
    mends: tuple[Mend, ...] = ()
    case: Condition | None = None
    """The only case in which the step is true."""
    unlinked: Counterexample | None = None
    """For a step that a zero hides: numbers at which it is wrong where mu and v are free."""
    misread: bool = False
    """Whether a letter, hat, bracket or condition that a scan loses is all that is wrong."""


FAITHFUL = (WrongCount, MisreadSymbol, IndexSlip, SignFlip, MissingFactor, ExtraFactor, MissingParentheses, ExtraTerm)
"""Edits that may make a side zero without emptying it."""
MISREADINGS = (LostHat, MisreadSymbol, MissingParentheses)


def explain(judgements: Sequence[Judgement], note: Note) -> Mapping[int, Explained]:
    """The explanation of every false step, by the offset of its relation sign."""
    stated = frozenset((one.head.term, one.chain.head_span) for one in judgements if one.standing is Standing.HOLDS)
    words = Words(index_letters(judgements), stated)
    return {
        one.step.relation.start: explain_step(one, note, words)
        for one in judgements
        if one.standing in FALSE or one.hidden
    }


def declaring_other(
    explained: Mapping[int, Explained], before: Sequence[Judgement], after: Sequence[Judgement], note: Note
) -> Mapping[int, Explained]:
    """The same with one repair for the whole note, where the other variance mends steps and spoils none.

    `after` are the judgements under the other variance. The repair is an edit of the definition of the variance.
    """
    wrong = {one.step.relation for one in before if one.standing in FALSE}
    left = {one.step.relation for one in after if one.standing in FALSE}
    mended = sorted(wrong - left)
    definition = next((one for one in before if _defines_variance(one)), None)
    if not left < wrong or definition is None or definition.line is None:
        return explained
    bench = Bench(definition, definition.line, note, Words(index_letters(before)))
    mend = bench.with_other_count()
    first = next((place.start for place in mended if place.start in explained), None)
    if mend is None or first is None:
        return explained
    whole = replace(mend, target=Target.NOTE, causes=(MixedVariance(mend.causes[0].place),), mends=tuple(mended))
    return {**explained, first: replace(explained[first], mends=(*explained[first].mends, whole))}


def _defines_variance(one: Judgement) -> bool:
    head = one.head.term
    return isinstance(head, Value) and head.name == VARIANCE and one.standing is Standing.HOLDS


@dataclass(slots=True)
class Words:
    """What all steps of a note share: its index letters, and the vocabularies that were made so far."""

    letters: tuple[str, ...] = ()
    stated: frozenset[tuple[Term, Span]] = frozenset()
    """The heads of which something right is said, each with its place."""
    made: dict[tuple[object, ...], Vocabulary] = field(default_factory=dict)


def index_letters(judgements: Sequence[Judgement]) -> tuple[str, ...]:
    """The letters that stand for samples in a note, the most frequent first."""
    terms = [one.side.term for one in judgements] + [one.head.term for one in judgements]
    counts = Counter(
        letter for term in terms for part in walk(term) if isinstance(part, (Value, Sum)) for letter in part.index
    )
    return tuple(letter for letter, _ in counts.most_common() if is_index(letter) and letter.isalpha())


def explain_step(one: Judgement, note: Note, words: Words) -> Explained:
    if one.line is None or one.placed is None:
        return Explained(WrongStep(one.step.span)) if one.standing in WRONG else Explained()
    bench = Bench(one, one.line, note, words)
    if one.hidden:
        return Explained(mends=_shown(bench.unlinked()), unlinked=bench.unlinked_example())
    if one.standing is Standing.CARRIED:
        return Explained(mends=_shown(bench.mends(Target.TRUTH)))
    mends = bench.mends(Target.STEP if one.standing is Standing.WRONG_AGAIN else Target.TRUTH)
    case = bench.only_case()
    cause, also = _cause(one, mends, case)
    if one.standing is Standing.WRONG_AGAIN:
        mends = [*mends[:MOST_SHOWN], *bench.mends(Target.TRUTH)[:MOST_SHOWN]]
    misread = bool(mends) and len(mends[0].causes) == 1 and _is_misreading(one, cause)
    return Explained(cause, also, _shown(mends), case, misread=misread)


def _is_misreading(one: Judgement, cause: Cause) -> bool:
    """A letter, a hat or a bracket; and a second `i = j` where the opposite is meant."""
    return isinstance(cause, MISREADINGS) or (isinstance(cause, CaseCondition) and bool(one.malformed))


def _shown(mends: Sequence[Mend]) -> tuple[Mend, ...]:
    kept: list[Mend] = []
    for target in (Target.STEP, Target.TRUTH):
        kept += [one for one in mends if one.target is target][:MOST_SHOWN]
    return tuple(kept)


def _cause(one: Judgement, mends: Sequence[Mend], case: Condition | None) -> tuple[Cause, tuple[str, ...]]:
    """The name of the slip: from what is true otherwise, from the smallest repair, or an honest `wrong-step`."""
    span = one.step.span
    best = mends[0] if mends else None
    place = best.causes[0].place if best else span
    if one.malformed:
        return CaseCondition(place), ()
    if one.true_otherwise is not None:
        return MixedVariance(place if best and len(best.causes) == 1 else span), ()
    if case is not None:
        return CaseCondition(span), ()
    new = [name for name in one.side.undefined if name not in one.head.undefined]
    if best is not None:
        ranked = sorted(best.causes, key=lambda cause: RANK[type(cause)])
        return ranked[0], tuple(cause.code for cause in ranked[1:])
    if new:
        return UndefinedSymbol(span, new[0]), ()
    verdict = one.panel.verdict if one.panel else None
    if isinstance(verdict, Refuted) and any(n > 1 for n in verdict.true_at):
        return SmallNOnly(span), ()
    return WrongStep(span), ()


@dataclass(slots=True)
class Bench:
    """One wrong step with what is needed to try edits on it."""

    one: Judgement
    line: ResolvedChain
    note: Note
    words: Words
    searches: dict[tuple[Term, frozenset[str]], Search | None] = field(default_factory=dict)

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

    def only_case(self) -> Condition | None:
        """The case in which alone the step is true, where nothing written tells cases apart."""
        head, side = self.line.head.term, self.one.side.term
        free = sorted(free_indices(head))
        if self.line.head.trouble or self.conditions or len(free) != 2 or not free_indices(side) <= set(free):
            return None
        if any(isinstance(part, (Delta, Cases)) for part in walk(side)):
            return None
        for same in (True, False):
            condition = Condition(free[0], free[1], same)
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
        count, less = Count(), plus(Count(), number(-1))
        biased = self.line.forward.convention.variance is Variance.BIASED
        scale = times(count, power(less, -1)) if biased else times(less, power(count, -1))
        wanted = times(scale, self.line.head.term)
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
        return [one for one in found if self.is_fair(one)]

    def other_conditions(self, wanted: Term) -> list[Found]:
        """Rows of cases that overlap, or leave a case out, have no value to search from: only their conditions."""
        wrong = self.wrong(wanted)
        return [single(wrong.side, slip) for site in sites(wrong.side) for slip in conditions(site, wrong)]

    def wrong(self, wanted: Term) -> Wrong:
        side, head = self.one.step.side, self.line.head.term
        return Wrong(side, self.vocabulary(side), wanted, self.one.side.term, head)

    def vocabulary(self, side: Expr) -> Vocabulary:
        indices = tuple(sorted(free_indices(self.line.head.term)))
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
        """A letter without a meaning is repaired by its look-alikes alone, never by leaving it out."""
        new = set(self.one.side.undefined) - set(self.one.head.undefined)
        return not new or any(slip.cause in (MisreadSymbol, IndexSlip, LostHat) for slip in found.slips)

    def confirmed(self, found: Sequence[Found], wanted: Term, target: Target) -> list[Mend]:
        """The candidates that are right when they are read back from their text, and proved for every n."""
        made: dict[str, Mend] = {}
        for one in found[:MOST_TRIED]:
            mend = self.written(one, target) if len(made) < MOST_CONFIRMED else None
            if mend is None or mend.latex in made:
                continue
            side = self.read_back(mend.latex)
            if not side.trouble and self.is_sound(side, wanted) and self.proved(wanted, side.term):
                made[mend.latex] = mend
        return list(made.values())

    def is_sound(self, side: Resolved, wanted: Term) -> bool:
        """Nothing undefined is left, no case is left out, the head is not itself, and nothing new is zero."""
        defined = set(side.undefined) <= set(self.line.head.undefined)
        circular = is_circular(self.line.head.term, side.term)
        made_zero = not self.freed(wanted) and self.has_new_zero(side.term)
        return defined and not circular and self.is_well_formed(side) and not made_zero

    def has_new_zero(self, side: Term) -> bool:
        """A sum that is zero makes anything right, and nobody meant it."""
        own = prover(self.line.forward)
        old = {part for part in walk(self.one.side.term) if isinstance(part, Sum)}
        sums = (part for part in walk(side) if isinstance(part, Sum) and part not in old)
        return any(own.equal(Identity(part, ZERO)) is True for part in sums)

    def is_well_formed(self, side: Resolved) -> bool:
        return not malformed_cases(side.term, Identity(self.line.head.term, side.term, self.conditions))

    def read_back(self, latex: str) -> Resolved:
        tokens = scan(latex, Span(0, len(latex)))
        statements = structure(tokens, frozenset(self.words.letters)).statements
        if len(statements) == 1 and len(statements[0].sides) == 1:
            tokens = statements[0].sides[0].tokens
        expr = parse(tokens)
        side = self.one.step.side
        if self.one.step.more and isinstance(side, CaseRows):
            expr = replace(side, rows=(replace(side.rows[0], values=(expr,)), *side.rows[1:]))
        return self.line.resolved(self.place, expr)

    # -- text

    def written(self, found: Found, target: Target) -> Mend | None:
        """The edits of the source text that make the tree of a candidate."""
        side, span = self.one.step.side, self.one.step.span
        if not covers(side.span, span):
            return None
        rewriter = Rewriter(self.note.text, side)
        if self.one.step.more and not isinstance(found.tree, CaseRows):
            return None  # the other cases stand in other formulas
        after, edits = self.after(rewriter, found.tree)
        if edits is None or markup(after) != markup(self.note.cut(span)):
            return None
        causes = tuple(self.cause(slip, rewriter) for slip in found.slips)
        size, odd = (sum(values) for values in zip(*((slip.size, slip.odd) for slip in found.slips), strict=True))
        return Mend(target, causes, edits, tidy(after), size, odd)

    def after(self, rewriter: Rewriter, tree: Expr) -> tuple[str, tuple[Edit, ...] | None]:
        """The whole text of the side with another tree in it, and the edits that make it; None where they do not."""
        side, whole = self.one.step.side, self.one.step.span
        if self.one.step.more:
            whole = side.span
        before = self.note.cut(whole)
        lead, trail = before[: side.span.start - whole.start], before[side.span.end - whole.start :]
        text = rewriter.write(tree, side)
        if text.startswith("-") and lead.rstrip().endswith("+"):
            lead = lead.rstrip()[:-1]  # a side may begin with a plus
        after = lead + text + trail
        edits = hunks(before, whole.start, after)
        made = edited(before, tuple(replace(one, span=shifted(one.span, -whole.start)) for one in edits))
        return after, edits if same_tokens(made, after) else None

    def cause(self, slip: Slip, rewriter: Rewriter) -> Cause:
        """One slip by itself, with the characters that it speaks of."""
        side = self.one.step.side
        _, edits = self.after(rewriter, exchange(side, {id(slip.old): slip.new}))
        return self.cause_of(slip, side, edits or ())

    def cause_of(self, slip: Slip, tree: Expr, edits: Sequence[Edit]) -> Cause:
        if not edits:
            return slip.cause(slip.old.span if len(slip.old.span) else tree.span)
        place = edits[0].span
        if len(edits) > 1 or not len(place):
            place = self.near(tree, place.start) if len(edits) == 1 else place.until(edits[-1].span)
        own = slip.old.span
        if len(own) < len(place) and covers(own, place):
            return slip.cause(own, unbraced(self.note.cut(own)))
        written = self.note.cut(edits[0].span) if len(edits) == 1 else self.note.cut(place)
        return slip.cause(place, unbraced(written), unbraced(edits[0].replacement) if len(edits) == 1 else "")

    def near(self, tree: Expr, at: int) -> Span:
        """What stands at an insertion: the largest part of the tree that begins there, or the tree."""
        spans = [node.span for node in inside(tree) if node.span.start >= at and node is not tree and len(node.span)]
        first = min((span.start for span in spans), default=tree.span.start)
        if isinstance(tree, Summation) and first != at:
            return tree.bounds.span
        if tree.span.start >= at and first > tree.span.start:
            return tree.span
        return max((span for span in spans if span.start == first), key=len, default=tree.span)

    # -- the head

    def of_the_head(self, target: Target) -> list[Mend]:
        """Repairs of what stands before the first relation sign."""
        own = prover(self.line.forward)
        if self.place or target is not Target.TRUTH or own.equal(Identity(self.one.side.term, ZERO)):
            return []
        chain = self.line.chain
        found = []
        letters = sorted(free_indices(self.one.side.term))
        others = other_indices(chain.head, Vocabulary(self.line.scope), letters)
        for slip, head in (*head_slips(chain.head, self.line.scope), *others):
            resolved = self.line.resolved_head(head)
            side = replace(self.line, head=resolved).resolved(0, self.one.step.side)
            circular = is_circular(resolved.term, side.term)
            if not resolved.trouble and not side.trouble and not circular and self.proved(resolved.term, side.term):
                mends = tuple(self.true_too(replace(self.line, head=resolved)))
                size = PIECE if slip.cause is WrongHead and self.is_stated_elsewhere() else slip.size
                found.append(replace(self.written_head(slip, head), size=size, mends=mends))
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

    def written_head(self, slip: Slip, head: Expr) -> Mend:
        chain = self.line.chain
        after = Rewriter(self.note.text, chain.head).write(head, chain.head)
        edits = hunks(self.note.cut(chain.head.span), chain.head.span.start, after)
        latex = f"{tidy(after)} = {self.one.step.latex}"
        return Mend(Target.TRUTH, (self.cause_of(slip, chain.head, edits),), edits, latex, slip.size)


def _many_paths(head: Term) -> bool:
    """Whether the variable of a head enters in several places, so that its derivative is a sum."""
    by = head.value if isinstance(head, LossBy) else head.by if isinstance(head, Partial) else None
    return by is not None and by.name in (INPUT, MEAN)


def is_circular(head: Term, side: Term) -> bool:
    """Whether a derivative is given in terms of itself."""
    return isinstance(head, (LossBy, Partial)) and any(part == head for part in walk(side))


def covers(inner: Span, outer: Span) -> bool:
    return len(inner) > 0 and outer.start <= inner.start and inner.end <= outer.end


def tidy(latex: str) -> str:
    """On one line, where a comment would swallow what follows."""
    return " ".join(without_comments(latex).split())


def unbraced(latex: str) -> str:
    """Without the braces around a single argument."""
    shown = tidy(latex)
    return shown[1:-1] if re.fullmatch(r"\{[^{}]*\}", shown) else shown


MARKUP = re.compile(
    r"\\(?:boxed|fbox|underbrace|overbrace|color|textcolor|cancel|underline|overline|tag|label)(?![a-zA-Z])"
)


def markup(latex: str) -> list[str]:
    """The boxes, braces and colours of a text: a repair that would lose one of them is not offered."""
    return sorted(MARKUP.findall(latex))


def shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def same_tokens(left: str, right: str) -> bool:
    texts = [[piece[:2] for piece in scan(text, Span(0, len(text)))] for text in (left, right)]
    return texts[0] == texts[1]


def with_uniqueness(mends: Sequence[Mend]) -> list[Mend]:
    """Of two equally small repairs with different meaning neither is to be applied."""
    if not mends:
        return []
    # The same slip undone in a more roundabout way is no proposal.
    least: dict[tuple[str, ...], int] = {}
    for mend in mends:
        least.setdefault(mend.codes, mend.size)
    mends = [mend for mend in mends if mend.size == least[mend.codes]]
    size = (len(mends[0].causes), mends[0].size)
    smallest = [mend for mend in mends if (len(mend.causes), mend.size) == size]
    unique = len({mend.codes for mend in smallest}) == 1
    return [replace(mend, unique=unique and mend in smallest) for mend in mends]
