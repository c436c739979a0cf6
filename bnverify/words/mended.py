"""Steps with their repairs -> the same, each repair knowing all steps that it mends; one repair for a whole note."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bnverify.record import FALSE, WRONG, Edit, Repair, Standing, StepRecord, Target
from bnverify.source import Note, Span

Slip = tuple[tuple[str, ...], frozenset[tuple[str, str]]]
"""The codes of a repair with what each edit puts for what: the same in every place where the same slip was made."""


def with_mended(note: Note, steps: Sequence[StepRecord]) -> tuple[StepRecord, ...]:
    """Each truth repair lists the steps that follow from its own and need the same; one that serves many is added."""
    chains: dict[int, list[StepRecord]] = defaultdict(list)
    followers: dict[Span, list[StepRecord]] = defaultdict(list)
    for step in steps:
        chains[step.chain].append(step)
        for relation in dict.fromkeys(step.comes_from):
            followers[relation].append(step)
    listed = [_with_followers(step, chains[step.chain], followers[step.relation]) for step in steps]
    return _with_note_repairs(note, listed)


def _with_followers(step: StepRecord, chain: Sequence[StepRecord], followers: Sequence[StepRecord]) -> StepRecord:
    """`followers` are the steps of any chain that repeat this one."""
    carried = [other for other in chain if other.relation > step.relation and other.standing is Standing.CARRIED]
    carried += [other for other in followers if other not in carried]
    repairs = tuple(_listing(repair, step, carried) for repair in step.repairs)
    return replace(step, repairs=repairs)


def _listing(repair: Repair, step: StepRecord, carried: Sequence[StepRecord]) -> Repair:
    """The repair with the edits of the carried steps whose own best repair undoes the same slips."""
    if repair.target is Target.NOTE:
        return repair
    if repair.target is Target.STEP:
        return replace(repair, mends=(step.relation,))
    if any(edit.span.end <= step.relation.start for edit in repair.edits):
        # A new head needs no edit of the sides that are true of it.
        return replace(repair, mends=(step.relation, *repair.mends))
    same = [(one.relation, best) for one in carried if (best := truth_repair(one)) and best.codes == repair.codes]
    edits = {edit.span: edit for one in (repair, *(best for _, best in same)) for edit in one.edits}
    mends = (step.relation, *(relation for relation, _ in same))
    return replace(repair, edits=tuple(edits[span] for span in sorted(edits)), mends=mends)


def truth_repair(step: StepRecord) -> Repair | None:
    return next((one for one in step.repairs if one.target is Target.TRUTH), None)


def _with_note_repairs(note: Note, steps: Sequence[StepRecord]) -> tuple[StepRecord, ...]:
    """The same change of letters in several chains is one repair, reported with the first step that needs it."""
    groups: dict[Slip, list[tuple[StepRecord, Repair]]] = defaultdict(list)
    for step in steps:
        best = truth_repair(step)
        if best is not None and step.standing in FALSE and all(len(edit.span) for edit in best.edits):
            groups[slip_of(note, best)].append((step, best))
    added: dict[Span, Repair] = {}
    for found in groups.values():
        wrong = [step for step, _ in found if step.standing in WRONG]
        if len(wrong) > 1:
            added[wrong[0].relation] = _for_the_note(found)
    return tuple(
        replace(step, repairs=(*step.repairs, added[step.relation])) if step.relation in added else step
        for step in steps
    )


def slip_of(note: Note, repair: Repair) -> Slip:
    return repair.codes, frozenset((note.cut(edit.span), edit.replacement) for edit in repair.edits)


def _for_the_note(found: Sequence[tuple[StepRecord, Repair]]) -> Repair:
    edits: dict[Span, Edit] = {edit.span: edit for _, repair in found for edit in repair.edits}
    first = found[0][1]
    return replace(
        first,
        target=Target.NOTE,
        edits=tuple(edits[span] for span in sorted(edits)),
        mends=tuple(sorted(step.relation for step, _ in found)),
    )


def alike(note: Note, steps: Sequence[StepRecord]) -> tuple[tuple[Span, ...], ...]:
    """The places of wrong steps in which the same letters are changed in the same way, for each such change."""
    groups: dict[Slip, list[Span]] = defaultdict(list)
    for step in steps:
        best = truth_repair(step) if step.finding and step.standing in WRONG else None
        if step.finding and best is not None and all(len(edit.span) for edit in best.edits):
            groups[slip_of(note, best)].append(step.finding.span)
    return tuple(tuple(found) for found in groups.values() if len(found) > 1)
