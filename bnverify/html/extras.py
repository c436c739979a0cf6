"""A record -> what costs more than a look at it: the matrix of variants, the graph, the proofs of wrong steps.

Each is made in a bounded time, and where there is none it says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from time import monotonic
from typing import TypeVar

from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.graph.drawing import of_note
from bnverify.graph.page import Page
from bnverify.judge.asked import Options
from bnverify.model.conventions import USUAL, with_choices
from bnverify.pipeline import Judged, judge_under, understand
from bnverify.proof.steps import Proof, proof_of
from bnverify.record import NoteRecord, Trouble
from bnverify.run import with_note
from bnverify.source import Note, Span
from bnverify.variation.answer import answer_of
from bnverify.variation.matrix import matrix_from
from bnverify.variation.page import sheet
from bnverify.variation.table import Sheet

MOST_NOTES = 25
"""Of so many notes of one report these are made; of the others the page names the command."""
MOST_STEPS = 400
"""Steps of a note of which they are made."""
TIME_WAS_OVER = "left out, for the time of the run was over"
MATRIX, GRAPH = "`bnverify variants` shows it", "`bnverify graph` shows it"

T = TypeVar("T")


@frozen
class Extras:
    """What there is; a text says why there is none."""

    matrix: Sheet | str
    graph: Page | str
    proofs: Mapping[Span, Proof]


def extras_of(record: NoteRecord, place: int, until: float | None) -> Extras:
    """Of the note at a place of a report, in a run that has to end at a moment; the proofs first, for they explain."""
    if trouble := _left_out(record, place):
        return Extras(f"{trouble}: {MATRIX}", f"{trouble}: {GRAPH}", {})
    judged = _made(record, partial(_judged, record), until)
    proofs = _made(record, partial(_proofs, judged), until) if isinstance(judged, Judged) else judged
    graph = _made(record, lambda note, options: of_note(note, options).page, until)
    matrix = _made(record, partial(_matrix, judged), until) if isinstance(judged, Judged) else judged
    return Extras(
        f"{TIME_WAS_OVER}: {MATRIX}" if matrix is None else matrix,
        f"{TIME_WAS_OVER}: {GRAPH}" if graph is None else graph,
        {} if proofs is None or isinstance(proofs, str) else proofs,
    )


def _left_out(record: NoteRecord, place: int) -> str:
    if place >= MOST_NOTES:
        return f"left out behind the first {MOST_NOTES} notes of a report"
    if len(record.steps) > MOST_STEPS:
        return f"left out for a note of more than {MOST_STEPS} steps"
    return TIME_WAS_OVER if record.cut_short else ""


def _made(record: NoteRecord, work: Callable[[Note, Options], T], until: float | None) -> T | str | None:
    """What is made of the note under the convention of its record, or why it is not made; None: there was no time.

    What the time ended on its way is not shown either: it would call undecided what nobody looked at.
    """
    found = with_note(Loaded(record.note.name, record.note), _options(record), work, until)
    if until is not None and monotonic() > until:
        return None
    return found.message if isinstance(found, Trouble) else found


def _options(record: NoteRecord) -> Options:
    """What was asked for, as far as the record tells."""
    forced = {part.name: part.choice for part in record.convention if part.instead_of}
    assumed = {part.name: part.choice for part in record.convention if not part.declared and not part.instead_of}
    return Options(("proof",), forced, assumed=with_choices(USUAL, assumed), limits=record.limits)


def _judged(record: NoteRecord, note: Note, options: Options) -> Judged:
    """A record keeps no terms, so its steps are judged again; why they are wrong it knows."""
    understood = understand(note, options.assumed)
    convention = with_choices(understood.declared.convention, options.forced)
    return Judged(understood, judge_under(understood, convention, options.witnesses), record)


def _proofs(judged: Judged, _: Note, __: Options) -> Mapping[Span, Proof]:
    """Of the wrong steps."""
    steps = judged.record.steps
    return {step.relation: proof_of(judged, place) for place, step in enumerate(steps) if step.is_wrong}


def _matrix(judged: Judged, note: Note, options: Options) -> Sheet | str:
    matrix = matrix_from(note, options, judged.understood, judged.verdicts, steps=False)
    answer = answer_of(matrix)
    return (
        "the note has no final formula to try under other conventions"
        if answer is None
        else sheet(matrix, answer, False)
    )
