"""A wrong step -> its cause and the smallest repairs, each read back from its text and proved for every n."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bnverify.judge.findings import (
    RANK,
    CaseCondition,
    Cause,
    LostHat,
    MisreadSymbol,
    MissingParentheses,
    MixedVariance,
    SmallNOnly,
    UndefinedSymbol,
    WrongStep,
)
from bnverify.judge.judgement import Judgement
from bnverify.model.quantities import VARIANCE
from bnverify.model.terms import (
    Condition,
    Value,
    values_in,
)
from bnverify.record import FALSE, WRONG, Kind, Standing, Target
from bnverify.repair.bench import Bench, Words, index_letters
from bnverify.repair.mend import Explained, Mend
from bnverify.repair.reshaped import is_misshapen, reshaped, with_shape
from bnverify.source import Note
from bnverify.truth.verdict import Refuted
from bnverify.truth.work import TooMuch, for_one_step

MOST_SHOWN = 4

MISREADINGS = (LostHat, MisreadSymbol, MissingParentheses)


def explain(judgements: Sequence[Judgement], note: Note, known: Mapping[int, Explained]) -> Mapping[int, Explained]:
    """The explanation of every false step, by the offset of its relation sign; what is known is not looked for."""
    stated = frozenset((one.head.term, one.chain.head_span) for one in judgements if one.standing is Standing.HOLDS)
    words = Words(index_letters(judgements), stated, defined=places_of_definitions(judgements))
    explained: dict[int, Explained] = {}
    for one in judgements:
        if one.standing in FALSE or one.hidden or is_misshapen(one):
            place = one.step.relation.start
            explained[place] = known.get(place) or explain_within_bounds(one, note, words)
    return explained


def explain_within_bounds(one: Judgement, note: Note, words: Words) -> Explained:
    """What is wrong with a step; where that costs too much, that it is wrong."""
    try:
        with for_one_step():
            return explain_step(one, note, words)
    except TooMuch:
        return unexplained(one)


def unexplained(one: Judgement) -> Explained:
    return Explained(WrongStep(one.step.span)) if one.standing in WRONG else Explained()


def places_of_definitions(judgements: Sequence[Judgement]) -> Mapping[str, int]:
    """The quantities that are met for the first time where they are defined, and where that is."""
    first: dict[str, int] = {}
    found: dict[str, int] = {}
    for one in judgements:
        place, head = one.step.relation.start, one.head.term
        if one.kind is Kind.DEFINITION and isinstance(head, Value) and head.name not in first:
            found.setdefault(head.name, place)
        for part in (*values_in(head), *values_in(one.side.term)):
            first.setdefault(part.name, place)
    return found


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


def explain_step(one: Judgement, note: Note, words: Words) -> Explained:
    if is_misshapen(one):
        return reshaped(one, note)
    if one.line is None or one.placed is None:
        return unexplained(one)
    bench = Bench(one, one.line, note, words)
    return with_shape(_explained(bench), bench)


def _explained(bench: Bench) -> Explained:
    one = bench.one
    if one.hidden:
        return Explained(mends=_shown(bench.unlinked()), unlinked=bench.unlinked_example())
    if one.standing is Standing.CARRIED:
        return Explained(mends=_shown(bench.mends(Target.TRUTH)))
    mends = bench.mends(Target.STEP if one.standing is Standing.WRONG_AGAIN else Target.TRUTH)
    # Beside a delta the slip that makes a line true in one case alone is more telling, if it is found.
    case = bench.only_case(apart=not mends and not one.malformed)
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
