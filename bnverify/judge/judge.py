"""A case -> the judgement of every step: readings, standings, witnesses, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bnverify.judge.assumed import with_assumed_targets
from bnverify.judge.case import Case, as_read, truths_of, under_both_readings
from bnverify.judge.claims import Claim, Claims
from bnverify.judge.facts import facts_used, is_hidden
from bnverify.judge.gates import through_gate
from bnverify.judge.judgement import Judgement, Verdicts
from bnverify.judge.kinds import (
    is_general_rule,
    is_in_words,
    is_replaced,
    is_setting,
    is_update,
    kind_of,
    unreadable_in,
)
from bnverify.judge.open_letters import with_open_letters
from bnverify.judge.open_output import with_look_at_output
from bnverify.judge.open_sides import with_open_sides
from bnverify.judge.reading import Truths, choose_reading, with_statistics_named
from bnverify.judge.resolved import ResolvedChain
from bnverify.judge.standing import Line, Placed, Side, place_sides
from bnverify.model.annotated import Annotated, annotated
from bnverify.model.conventions import Variance
from bnverify.model.forward import normalisation, without_helpers
from bnverify.model.resolve import resolve
from bnverify.model.terms import Reading, Term
from bnverify.read.syntax import Unreadable, inside
from bnverify.record import FALSE, Kind, Standing
from bnverify.source import Span
from bnverify.truth.every_n import prover
from bnverify.truth.panel import Disagreement, examine
from bnverify.truth.patterns import malformed_cases
from bnverify.truth.verdict import Identity, Proved, Undecided
from bnverify.truth.work import for_one_step, for_steps, why_too_much


def judge(case: Case) -> Verdicts:
    """Judge every step. Raises Disagreement where the witnesses contradict each other."""
    case = with_look_at_output(case)
    both = [under_both_readings(case, place) for place in range(len(case.script.chains))]
    truths = [{reading: truths_of(chain) for reading, chain in one.items()} for one in both]
    local = [one[Reading.LOCAL] for one in both]
    named = with_statistics_named(case.script, case.notation)
    reading = choose_reading(case.settings, case.script.prose, named, local, truths)
    judgements: list[Judgement] = []
    claims = Claims()
    for chains, true in zip(both, truths, strict=True):
        made, claims = _judge_chain(case, as_read(chains, true, reading), true, claims)
        judgements.extend(made)
    shapes = annotated(case.script, case.notation)
    in_order = with_open_letters(case, sorted(judgements, key=lambda one: one.step.relation))
    in_order = _with_shapes(in_order, shapes)
    return Verdicts(case.convention, reading, tuple(in_order), shapes)


def _with_shapes(judgements: Sequence[Judgement], shapes: Sequence[Annotated]) -> list[Judgement]:
    """Each step with the shapes that are written on it."""
    own: dict[Span | None, tuple[Annotated, ...]] = {}
    for one in shapes:
        own[one.step] = (*own.get(one.step, ()), one)
    return [replace(one, shapes=own[one.step.relation]) if one.step.relation in own else one for one in judgements]


def _judge_chain(
    case: Case, resolved: ResolvedChain, truths: Mapping[Reading, Truths], claims: Claims
) -> tuple[list[Judgement], Claims]:
    with for_steps(len(resolved.sides)):
        resolved = with_open_sides(case, through_gate(case, resolved))
        settled = _settled(case, resolved)
    # Behind a head that cannot be read its first side stands for it.
    passed_over = settled.keys() - ({0} if _is_only_head_unread(resolved) else set())
    sides = [
        Side(
            None if side.trouble or place in passed_over else side.term,
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
        with for_one_step():
            judgement = settled.get(place) or _judge_step(case, resolved, place, one)
        judgement = replace(judgement, reading=_reading_shown(resolved.reading, truths, place))
        made.append(judgement)
        claims = _learn(claims, resolved, place, one, head)
    return _hidden_once(made), claims


def _is_only_head_unread(resolved: ResolvedChain) -> bool:
    head, first = resolved.chain.head, resolved.chain.steps[0].side
    broken = [any(isinstance(node, Unreadable) for node in inside(one)) for one in (head, first)]
    return broken == [True, False] and not is_in_words(first)


def _reading_shown(reading: Reading, truths: Mapping[Reading, Truths], place: int) -> str:
    if len(truths) < 2 or truths[Reading.LOCAL][place] is truths[Reading.TOTAL][place]:
        return "either"
    return reading.value


UPDATE = "an update gives a letter a new value, and is not judged"


def _settled(case: Case, resolved: ResolvedChain) -> dict[int, Judgement]:
    """Steps that are not judged against the head: prose, what cannot be read, settings, replaced definitions."""
    found: dict[int, Judgement] = {}
    for place, step in enumerate(resolved.chain.steps):
        broken = unreadable_in(resolved.chain, place)
        blank = Judgement(
            resolved.chain, step, Kind.CLAIM, None, resolved.head, resolved.sides[place], "either",
            last=place == len(resolved.chain.steps) - 1,
        )  # fmt: skip
        if is_in_words(step.side) or is_general_rule(resolved.chain, step):
            found[place] = replace(blank, kind=Kind.PROSE)
        elif broken is not None:
            found[place] = replace(blank, kind=Kind.UNREADABLE, why=broken.why)
        elif is_update(case, resolved, place):
            found[place] = replace(blank, kind=Kind.PROSE, why=UPDATE)
        elif is_setting(case, resolved, place):
            found[place] = replace(blank, kind=Kind.DEFINITION, placed=Placed(Standing.HOLDS, True, True), setting=True)
        elif is_replaced(case, resolved, place):
            found[place] = replace(blank, kind=Kind.DEFINITION, replaced=True)
    return found


def _judge_step(case: Case, resolved: ResolvedChain, place: int, placed: Placed) -> Judgement:
    step, side = resolved.chain.steps[place], resolved.sides[place]
    last = place == len(resolved.chain.steps) - 1
    judgement = Judgement(
        resolved.chain, step, kind_of(case, resolved, place), placed, resolved.head, side, "either", last=last,
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
    judgement = with_assumed_targets(case, judgement)
    if isinstance(panel.verdict, Undecided):
        undecided = Placed(Standing.UNDECIDED, None, None)
        return replace(judgement, placed=undecided, why=panel.verdict.why)
    if placed.standing is Standing.UNDECIDED:
        # Where it stands takes more questions than whether it is true, and may cost too much when that does not.
        return replace(judgement, why=why_too_much())
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
    scope = replace(resolved.scope, place=earlier[-1].place)
    before = resolve(resolved.chain.head, scope)
    return prover(resolved.forward).equal(Identity(before, resolved.sides[0].term, resolved.conditions)) is False


def _other_variance(case: Case, resolved: ResolvedChain, side: Term) -> Variance | None:
    convention = case.forward.convention
    other = Variance.UNBIASED if convention.variance is Variance.BIASED else Variance.BIASED
    if resolved.head.trouble or len(resolved.forward.nodes) > len(case.forward.nodes):
        return None
    forward = case.with_own_form(normalisation(replace(convention, variance=other), resolved.forward.layer))
    # A root that the note writes out is that of its own variance, whichever the line is true under.
    identity = prover(resolved.forward).with_known_roots(Identity(resolved.head.term, side, resolved.conditions))
    return other if prover(forward).equal(identity) else None


def _learn(claims: Claims, resolved: ResolvedChain, place: int, placed: Placed, head: Term | None) -> Claims:
    """Remember what the note claimed, wrongly or rightly."""
    if head is None or placed.true is None:
        return claims
    side = without_helpers(resolved.sides[place].term, resolved.forward)
    if placed.true:
        return claims.rightly_stated(head, side)
    return claims.stated(Claim(head, side, resolved.chain.steps[place].relation, resolved.conditions))


def _hidden_once(made: Sequence[Judgement]) -> list[Judgement]:
    """A hidden slip is reported once for each run of sides that are equal even with mu and v free."""
    kept: list[Judgement] = []
    running = False
    for judgement in made:
        kept.append(replace(judgement, hidden=judgement.hidden and not running))
        running = judgement.hidden
    return kept
