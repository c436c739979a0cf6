"""A script -> the judgement of every step: kinds, readings, standings, witnesses, facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bnverify.judge.claims import Claim, Claims
from bnverify.judge.facts import facts_used, is_hidden
from bnverify.judge.reading import NoteReading, Truths, choose_reading, reading_of_chain
from bnverify.judge.resolved import Page, Resolved, ResolvedChain, resolve_chain, sums_gradients
from bnverify.judge.standing import Line, Placed, Side, place_sides
from bnverify.model.calculus import Undifferentiable, expand
from bnverify.model.conventions import Convention, Variance
from bnverify.model.declarations import is_upstream_definition
from bnverify.model.forward import Forward, batch_norm
from bnverify.model.graph import forward_of
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.model.resolve import Scope, resolve
from bnverify.model.terms import Count, LossBy, Number, Reading, Sum, Term, Unknown, Value, rename, swapped, walk
from bnverify.read.chains import Chain, Rebinding, Script, Step, has_gradient
from bnverify.read.settings import Settings
from bnverify.read.syntax import (
    Call,
    Derivative,
    Evaluated,
    Expr,
    Group,
    Name,
    Product,
    Unreadable,
    Words,
    inside,
    parts,
)
from bnverify.record import FALSE, Kind, Standing
from bnverify.truth.every_n import Prover, malformed_cases, prover
from bnverify.truth.panel import Disagreement, Panel, examine
from bnverify.truth.verdict import Identity, Proved, Undecided


@dataclass(frozen=True, slots=True)
class Judgement:
    """One step with everything that was found out about it."""

    chain: Chain
    step: Step
    kind: Kind
    placed: Placed | None
    head: Resolved
    side: Resolved
    reading: str
    panel: Panel | None = None
    identity: Identity | None = None
    """What the panel was asked, on this forward pass."""
    forward: Forward | None = None
    uses: tuple[str, ...] = ()
    hidden: bool = False
    why: str = ""
    replaced: bool = False
    setting: bool = False
    """A number for a count or a parameter, or the meaning of a helper: there is nothing to be wrong."""
    redefines: bool = False
    """A helper that meant something else before."""
    true_otherwise: Variance | None = None
    """The other variance, where the side is true under it."""
    malformed: str = ""
    """What is wrong with the rows of its cases."""
    last: bool = False
    """The last step of its chain."""
    line: ResolvedChain | None = None
    """Its chain as terms, for a closer look at a wrong step."""

    @property
    def standing(self) -> Standing | None:
        return self.placed.standing if self.placed else None


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All judgements of a note under one convention."""

    convention: Convention
    reading: NoteReading
    judgements: tuple[Judgement, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged: a script in its notation, on a forward pass; `declared` is what the note itself declares."""

    script: Script
    notation: Notation
    settings: Settings
    forward: Forward
    declared: Convention
    witnesses: tuple[str, ...]

    def page(self, chain: Chain) -> Page:
        forward, promoted = forward_of(chain, self.script, self.notation, self.forward, agree)
        return Page(self.notation, forward, promoted)


def judge(case: Case) -> Verdicts:
    """Judge every step. Raises Disagreement where the witnesses contradict each other."""
    both = [under_both_readings(case, place) for place in range(len(case.script.chains))]
    truths = [{reading: truths_of(chain) for reading, chain in one.items()} for one in both]
    local = [one[Reading.LOCAL] for one in both]
    reading = choose_reading(case.settings, case.script.prose, local, truths)
    judgements: list[Judgement] = []
    claims = Claims()
    for chains, true in zip(both, truths, strict=True):
        made, claims = _judge_chain(case, as_read(chains, true, reading), true, claims)
        judgements.extend(made)
    in_order = sorted(judgements, key=lambda one: one.step.relation)
    return Verdicts(case.forward.convention, reading, tuple(in_order))


# -- resolving


def as_read(
    chains: Mapping[Reading, ResolvedChain], truths: Mapping[Reading, Truths], note: NoteReading
) -> ResolvedChain:
    """The chain under the reading that is its own in a note with this reading."""
    return chains[reading_of_chain(note, truths) if len(chains) > 1 else Reading.LOCAL]


def under_both_readings(case: Case, place: int) -> dict[Reading, ResolvedChain]:
    """The chain under each reading, or under one where the reading cannot matter."""
    chains = case.script.chains
    chain = chains[place]
    rebound = _rebound(case, chain)
    following = chains[place + 1] if place + 1 < len(chains) else None
    next_has_sum = following is not None and following.head == chain.head and _first_side_has_sum(case, following)
    page = case.page(chain)
    local = resolve_chain(chain, page, Reading.LOCAL, rebound, next_has_sum)
    if not local.sensitive:
        return {Reading.LOCAL: local}
    total = resolve_chain(chain, page, Reading.TOTAL, rebound, next_has_sum)
    return {Reading.LOCAL: local, Reading.TOTAL: total}


def _first_side_has_sum(case: Case, chain: Chain) -> bool:
    return bool(chain.steps) and sums_gradients(chain.steps[0].side, case.notation.losses)


def _rebound(case: Case, chain: Chain) -> Mapping[Symbol, tuple[str, Term]]:
    """The letters that the note has re-bound to a summand, until a gradient is next a head."""
    found: dict[Symbol, tuple[str, Term]] = {}
    for one in case.script.rebindings:
        if one.place < chain.head_span.start < _end_of_rebinding(case.script, one, case.notation.losses):
            symbol, index = case.notation.split(one.name)
            summand = _summand(case, one)
            if summand is not None and index:
                found[symbol] = (index[0], rename(summand.body, {summand.index: index[0]}))
    return found


def _end_of_rebinding(script: Script, one: Rebinding, losses: frozenset[str]) -> int:
    starts = (
        c.head_span.start for c in script.chains if c.head_span.start > one.place and has_gradient(c.head, losses)
    )
    return min(starts, default=len(script.note.text) + 1)


def _summand(case: Case, one: Rebinding) -> Sum | None:
    named = case.notation.symbol(one.source)
    node = case.forward.node(case.notation.role(named[0]) or "") if named else None
    return next((part for part in walk(node.value) if isinstance(part, Sum)), None) if node else None


def agree(left: Term, right: Term, forward: Forward) -> bool:
    return prover(forward).equal(Identity(left, right)) is True


def truths_of(chain: ResolvedChain) -> Truths:
    """Whether each side equals the head; None where that is not decided."""
    if chain.head.trouble:
        return [None] * len(chain.sides)
    equal = prover(chain.forward).equal
    return [
        None if side.trouble else equal(Identity(chain.head.term, side.term, chain.conditions)) for side in chain.sides
    ]


# -- one chain


def _judge_chain(
    case: Case, resolved: ResolvedChain, truths: Mapping[Reading, Truths], claims: Claims
) -> tuple[list[Judgement], Claims]:
    resolved = _with_given(case, resolved)
    settled = _settled(case, resolved)
    sides = [
        Side(
            None if side.trouble or place in settled else side.term,
            step.relation,
            bool(_malformed(resolved, place)),
        )
        for place, (side, step) in enumerate(zip(resolved.sides, resolved.chain.steps, strict=True))
    ]
    head = None if resolved.head.trouble else resolved.head.term
    line = Line(head, resolved.conditions, claims, prover(resolved.forward).equal)
    placed = place_sides(line, sides)
    made: list[Judgement] = []
    for place, one in enumerate(placed):
        judgement = settled.get(place) or _judge_step(case, resolved, place, one)
        judgement = replace(judgement, reading=_reading_shown(resolved.reading, truths, place))
        made.append(judgement)
        claims = _learn(claims, resolved, place, one, head)
    return _hidden_once(made), claims


def _with_given(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Sides that are wrong in general and right for the numbers that the note gives are not decided.

    A number may be meant for all that follows, or as the first value of a parameter that is learned.
    """
    given = case.notation.given
    if not given or resolved.head.trouble or resolved.chain.head_span.start in _places_of_numbers(case):
        return resolved
    own = prover(resolved.forward)
    return replace(resolved, sides=tuple(_only_for_given(case, resolved, side, own) for side in resolved.sides))


def _only_for_given(case: Case, resolved: ResolvedChain, side: Resolved, own: Prover) -> Resolved:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    if side.trouble or own.equal(identity) is not False:
        return side
    try:
        left, right = (expand(term, resolved.forward) for term in (identity.left, identity.right))
    except Undifferentiable:
        return side
    for role, number in case.notation.given.items():
        left, right = (swapped(term, Value(role.value), Number(number.value)) for term in (left, right))
    if own.equal(Identity(left, right, resolved.conditions)) is not True:
        return side
    numbers = ", ".join(f"{case.notation.written[role]} = {one.value}" for role, one in case.notation.given.items())
    return Resolved(Unknown(f"it holds for {numbers}, which the note gives, and not in general"))


def _places_of_numbers(case: Case) -> list[int]:
    return [one.place for one in case.notation.given.values()]


def _reading_shown(reading: Reading, truths: Mapping[Reading, Truths], place: int) -> str:
    if len(truths) < 2 or truths[Reading.LOCAL][place] is truths[Reading.TOTAL][place]:
        return "either"
    return reading.value


def _settled(case: Case, resolved: ResolvedChain) -> dict[int, Judgement]:
    """Steps that are not judged against the head: prose, what cannot be read, settings, replaced definitions."""
    found: dict[int, Judgement] = {}
    for place, step in enumerate(resolved.chain.steps):
        broken = _unreadable(resolved.chain, place)
        blank = Judgement(
            resolved.chain, step, Kind.CLAIM, None, resolved.head, resolved.sides[place], "either",
            last=place == len(resolved.chain.steps) - 1,
        )  # fmt: skip
        if _is_in_words(step.side) or _is_general_rule(resolved.chain, step):
            found[place] = replace(blank, kind=Kind.PROSE)
        elif broken is not None:
            found[place] = replace(blank, kind=Kind.UNREADABLE, why=broken.why)
        elif place == 0 and _is_setting(case, resolved):
            found[place] = replace(blank, kind=Kind.DEFINITION, placed=Placed(Standing.HOLDS, True, True), setting=True)
        elif _is_replaced(case, resolved, place):
            found[place] = replace(blank, kind=Kind.DEFINITION, replaced=True)
    return found


def _is_in_words(side: Expr) -> bool:
    """A side that is text alone, or the name of a layer applied to something: `\\text{BN}_{\\gamma}(x_i)`."""
    if isinstance(side, Product) and len(side.factors) == 2 and isinstance(side.factors[1], Group):
        side = side.factors[0]
    return isinstance(side.body if isinstance(side, Evaluated) else side, Words)


def _is_general_rule(chain: Chain, step: Step) -> bool:
    """A rule of calculus about functions that are defined nowhere: both sides call them and hold nothing else."""
    return all(any(isinstance(node, Call) for node in inside(expr)) for expr in (chain.head, step.side)) and not any(
        isinstance(node, Name) for expr in (chain.head, step.side) for node in _outside_calls(expr)
    )


def _outside_calls(expr: Expr) -> Iterator[Expr]:
    """The parts of an expression that are no argument of a function, and not what an operator differentiates by."""
    yield expr
    if not isinstance(expr, Call):
        for part in parts(expr):
            if not (isinstance(expr, Derivative) and part is expr.by):
                yield from _outside_calls(part)


def _unreadable(chain: Chain, place: int) -> Unreadable | None:
    exprs = [chain.steps[place].side, *([chain.head] if place == 0 else [])]
    return next((node for expr in exprs for node in inside(expr) if isinstance(node, Unreadable)), None)


PARAMETERS = frozenset((Role.SIZE, Role.EPSILON, Role.SCALE, Role.SHIFT, Role.INPUT))


def _is_setting(case: Case, resolved: ResolvedChain) -> bool:
    """`N = 32`, `\\epsilon = 10^{-5}`: a number for a count or a parameter; `m = N H W`: what is counted."""
    if resolved.chain.head_span.start in (case.notation.counting.place, *_places_of_numbers(case)):
        return True
    named = case.notation.symbol(resolved.chain.head)
    if named is None or case.notation.role(named[0]) not in PARAMETERS:
        return False
    return isinstance(resolved.sides[0].term, Number)


def _is_replaced(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """A definition that is right under the note's own convention and not under the one that is forced.

    What the note says of dL/dx-hat defines which gradient it means by it.
    """
    parts = case.declared.differs_from(case.forward.convention)
    if not parts or resolved.head.trouble or resolved.sides[place].trouble:
        return False
    identity = Identity(resolved.head.term, resolved.sides[place].term, resolved.conditions)
    if "upstream" in parts and is_upstream_definition(resolved.chain, case.notation):
        return prover(resolved.forward).equal(identity) is False
    if _kind(case, resolved, place) is not Kind.DEFINITION:
        return False
    own = prover(batch_norm(case.declared)).equal(identity)
    return own is True and prover(resolved.forward).equal(identity) is False


def _kind(case: Case, resolved: ResolvedChain, place: int) -> Kind:
    """A first side that gives a symbol of the forward pass its meaning is a definition, all else a claim."""
    named = case.notation.symbol(resolved.chain.head)
    role = case.notation.role(named[0]) if named else None
    meaningful = role in (Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT, Role.HELPER)
    return Kind.DEFINITION if place == 0 and meaningful and not resolved.chain.case else Kind.CLAIM


def _judge_step(case: Case, resolved: ResolvedChain, place: int, placed: Placed) -> Judgement:
    step, side = resolved.chain.steps[place], resolved.sides[place]
    last = place == len(resolved.chain.steps) - 1
    judgement = Judgement(
        resolved.chain, step, _kind(case, resolved, place), placed, resolved.head, side, "either", last=last,
        line=resolved,
    )  # fmt: skip
    if side.trouble:
        return replace(judgement, why=side.trouble)
    reference = placed.reference
    if reference is None and not resolved.head.trouble:
        reference = resolved.head.term
    if reference is None:
        return replace(judgement, why=resolved.head.trouble)
    if malformed := _malformed(resolved, place):
        return replace(judgement, malformed=malformed)
    identity = Identity(reference, side.term, resolved.conditions)
    panel = examine(identity, resolved.forward, case.witnesses)
    judgement = replace(judgement, panel=panel, identity=identity, forward=resolved.forward)
    if isinstance(panel.verdict, Undecided):
        undecided = Placed(Standing.UNDECIDED, None, None)
        return replace(judgement, placed=undecided, why=panel.verdict.why)
    if isinstance(panel.verdict, Proved) is not (placed.standing in (Standing.HOLDS, Standing.COMPENSATED)):
        raise Disagreement(f"the quick and the full verdict on `{step.latex}` differ")
    return _with_reasons(case, resolved, judgement)


def _malformed(resolved: ResolvedChain, place: int) -> str:
    side = resolved.sides[place].term
    return malformed_cases(side, Identity(resolved.head.term, side, resolved.conditions))


def _with_reasons(case: Case, resolved: ResolvedChain, judgement: Judgement) -> Judgement:
    """The facts that a true step uses; the other variance, where a false one is true under it."""
    placed = judgement.placed
    assert placed is not None
    side = judgement.side.term
    if placed.standing in FALSE:
        return replace(judgement, true_otherwise=_other_variance(case, resolved, side))
    if judgement.kind is Kind.DEFINITION:
        given = resolved.head.term == side
        return replace(judgement, redefines=_redefines(case, resolved), setting=given)
    if placed.before is None:
        return judgement
    compared = resolved.head.term if placed.standing is Standing.COMPENSATED else placed.before
    own = prover(resolved.forward)
    uses = facts_used(compared, side, resolved.conditions, own)
    hidden = placed.true is True and is_hidden(resolved.head.term, side, resolved.conditions, own)
    return replace(judgement, uses=uses, hidden=hidden)


def _redefines(case: Case, resolved: ResolvedChain) -> bool:
    """Whether a helper meant something else before this definition."""
    named = case.notation.symbol(resolved.chain.head)
    definitions = case.notation.helpers.get(named[0], ()) if named else ()
    earlier = [one for one in definitions if one.place < resolved.chain.head_span.start]
    if not earlier:
        return False
    scope = Scope(case.notation, resolved.forward, resolved.reading, earlier[-1].place)
    before = resolve(resolved.chain.head, scope)
    return prover(resolved.forward).equal(Identity(before, resolved.sides[0].term, resolved.conditions)) is False


def _other_variance(case: Case, resolved: ResolvedChain, side: Term) -> Variance | None:
    convention = case.forward.convention
    other = Variance.UNBIASED if convention.variance is Variance.BIASED else Variance.BIASED
    if resolved.head.trouble or len(resolved.forward.nodes) > len(case.forward.nodes):
        return None
    forward = batch_norm(replace(convention, variance=other))
    return other if prover(forward).equal(Identity(resolved.head.term, side, resolved.conditions)) else None


def _learn(claims: Claims, resolved: ResolvedChain, place: int, placed: Placed, head: Term | None) -> Claims:
    """Remember what the note claimed, wrongly or rightly."""
    if head is None or placed.true is None:
        return claims
    side = resolved.sides[place].term
    if placed.true:
        return claims.rightly_stated(head, side)
    return claims.stated(Claim(head, side, resolved.chain.steps[place].relation))


def _hidden_once(made: Sequence[Judgement]) -> list[Judgement]:
    """A hidden slip is reported once for each run of sides that are equal even with mu and v free."""
    kept: list[Judgement] = []
    running = False
    for judgement in made:
        kept.append(replace(judgement, hidden=judgement.hidden and not running))
        running = judgement.hidden
    return kept


def size_of_batch(judgements: Sequence[Judgement]) -> tuple[Judgement, int] | None:
    """The number of samples that a note gives, as in `N = 32`, and where; None: any number."""
    for one in judgements:
        value = one.side.term
        if one.setting and isinstance(one.head.term, Count) and isinstance(value, Number):
            if value.value.denominator == 1:
                return one, int(value.value)
    return None


def is_final_formula(judgement: Judgement) -> bool:
    """The last side of a chain whose head is the gradient of an input or a parameter."""
    head = judgement.head.term
    return judgement.last and isinstance(head, LossBy) and head.value.name in ("x", "gamma", "beta")
