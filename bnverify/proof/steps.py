"""The steps on one line of a note -> for each its proof, its counterexample worked out, or why there is neither.

The verdicts are those of `check`: nothing is judged here.
"""

from __future__ import annotations

from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.judge.judgement import Judgement
from bnverify.lineage import sources_of
from bnverify.model.places import GENERIC
from bnverify.model.terms import Count, rename
from bnverify.model.writing import spelling_of
from bnverify.pipeline import Judged, judge_note
from bnverify.proof.derivatives import with_few_total
from bnverify.proof.general import is_general, why_right_in_general, why_wrong_in_general
from bnverify.proof.letters import show
from bnverify.proof.parts import Claim, Part, Row
from bnverify.proof.right import why_right
from bnverify.proof.wrong import why_wrong
from bnverify.record import FALSE, Kind, NoteRecord, Standing, StepRecord
from bnverify.source import Note, Place
from bnverify.truth.verdict import Counterexample, Identity, Proved, Refuted
from bnverify.words.describe import generic_letter

NEARBY = 3


@frozen
class Line:
    """A line of a note, or of one cell of a notebook."""

    number: int
    cell: int | None = None

    def __str__(self) -> str:
        return f"line {self.number}" if self.cell is None else f"line {self.number} of cell {self.cell}"

    def holds(self, place: Place) -> bool:
        return (place.line, place.cell) == (self.number, self.cell)


@frozen
class Proof:
    """One step, the verdict in words, and the parts that show it."""

    step: StepRecord
    verdict: str
    parts: tuple[Part, ...]
    conclusion: str


@frozen
class Explained:
    """All steps on one line of a note; none: no step begins there."""

    record: NoteRecord
    line: Line
    proofs: tuple[Proof, ...]


def explain(note: Note, number: int, options: Options, cell: int | None = None) -> Explained:
    """The steps on a line, of a cell if one is named. Raises Disagreement where the witnesses contradict each other."""
    judged, line = judge_note(note, options), Line(number, cell)
    here = [
        place
        for place, step in enumerate(judged.record.steps)
        if any(line.holds(one) and one.path == note.name for one in map(note.place, starts_of(step)))
    ]
    return Explained(judged.record, line, tuple(proof_of(judged, place) for place in here))


def starts_of(step: StepRecord) -> tuple[int, int]:
    """Where the relation sign stands, and where the side begins, which may be further down."""
    return step.relation.start, step.side_span.start


def no_step(explained: Explained) -> str:
    """That the line has no step, and which lines near it have one."""
    note, line = explained.record.note, explained.line
    starts = {note.place(one).line_name: one for step in explained.record.steps for one in starts_of(step)}
    nearest = sorted(starts.values(), key=lambda one: _distance(note.place(one), line))[:NEARBY]
    found = f"the nearest steps are on {note.lines(nearest)}" if nearest else "there is no step in this note"
    return f"no step begins on {line}: {found}"


def _distance(place: Place, line: Line) -> tuple[int, int]:
    """Cells first, then lines."""
    return abs((place.cell or 0) - (line.cell or 0)), abs(place.line - line.number)


def proof_of(judged: Judged, place: int) -> Proof:
    """The proof of one step of a note, by its place among all of them."""
    step, one = judged.record.steps[place], judged.verdicts.judgements[place]
    verdict = verdict_words(judged.record, step)
    if one.panel is None or one.identity is None or one.forward is None:
        return Proof(step, verdict, (), nothing_to_show(step))
    letters = {GENERIC: generic_letter(one)}
    terms = (rename(term, letters) for term in (one.identity.left, one.identity.right))
    left, right = (with_few_total(term, one.forward) for term in terms)
    spelling = spelling_of(judged.understood.notation)
    claim = Claim(Identity(left, right, one.identity.conditions), one.forward, spelling)
    claimed = _claimed(step, one, claim)
    match one.panel.verdict:
        case Proved():
            parts = why_right_in_general(claim) if is_general(claim.forward) else why_right(claim)
            return Proof(step, verdict, (claimed, *parts), proved_words(step, claim))
        case Refuted(counterexample=found):
            indices = {letters.get(name, name): place for name, place in found.indices.items()}
            example = replace(found, indices=indices)
            parts = (why_wrong_in_general if is_general(claim.forward) else why_wrong)(claim, example)
            return Proof(step, verdict, (claimed, *parts), refuted_words(step, claim, found))
        case _:
            return Proof(step, verdict, (claimed,), nothing_to_show(step))


def _claimed(step: StepRecord, one: Judgement, claim: Claim) -> Part:
    rows = [Row(claim.long_pen(claim.head), (claim.long_pen(claim.side),))]
    rows += [Row(words) for words in step.assumptions]
    if one.head.trouble:
        rows.append(Row("the head is not decided: the first side that is stands for it"))
    return Part("The claim, as it was read", tuple(rows))


# -- words


def verdict_words(record: NoteRecord, step: StepRecord) -> str:
    match step.standing:
        case Standing.HOLDS:
            return "right" if step.setting else "right, for every n"
        case Standing.COMPENSATED:
            return "right, though the side before it is wrong"
        case Standing.INTRODUCED:
            return "wrong"
        case Standing.WRONG_AGAIN:
            return "wrong, by a new error on top of an earlier one"
        case Standing.CARRIED:
            sources = sources_of(record.steps)[step.relation]
            lines = record.note.lines(place.start for place in sources)
            return f"wrong: it follows from the error on {lines}" if lines else "wrong, as the side before it"
        case Standing.UNDECIDED:
            return "not decided"
        case _:
            return "not judged"


def nothing_to_show(step: StepRecord) -> str:
    if step.kind is Kind.UNREADABLE:
        return f"it cannot be read: {step.why}"
    if step.kind is Kind.PROSE:
        return "it is in words, or a general rule of calculus"
    if step.replaced:
        return next(message for code, message in step.notices if code == "overridden")
    if step.setting:
        return "it gives a letter its value or its meaning: there is nothing to prove"
    if step.finding is not None and step.standing in FALSE:
        return step.finding.message
    return f"it is not decided: {step.why}"


def proved_words(step: StepRecord, claim: Claim) -> str:
    least, sizes = claim.forward.convention.smallest_n, claim.pen(Count())
    sizes += f" ≥ {least}" if least > 1 else ""
    words = f"the numerators are the same: the two sides agree for every {sizes} at which they are defined"
    return f"{words}; {step.finding.message}" if step.finding and step.standing is Standing.HOLDS else words


def refuted_words(step: StepRecord, claim: Claim, example: Counterexample) -> str:
    words = f"the head is {show(example.left)} and this side is {show(example.right)}: they differ"
    sizes = [str(n) for n in step.true_at]
    if sizes:
        words += f"; the two sides agree only for {claim.pen(Count())} = {', '.join(sizes)}"
    if step.true_otherwise:
        words += f"; under variance {step.true_otherwise} the side is right"
    return words
