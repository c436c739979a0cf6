"""A record -> how the note was read: every step, every choice, every character of mathematics."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.record import Kind, NoteRecord, StepRecord
from bnverify.report.pieces import Line, line, line_labels, printable, wrapped
from bnverify.source import Span

KINDS = {Kind.DEFINITION: "definition", Kind.CLAIM: "claim", Kind.PROSE: "in words", Kind.UNREADABLE: "NOT READABLE"}


def render(record: NoteRecord) -> list[Line]:
    """Each step as read, and the account of what became of the mathematics."""
    lines = [line((printable(record.note.name), "path"))]
    for step, where in zip(record.steps, _labels(record, [one.relation for one in record.steps]), strict=True):
        lines += _step(step, where)
    for one, where in zip(record.note.unread, _labels(record, [one.span for one in record.note.unread]), strict=True):
        lines += wrapped(f"{where}  ", one.why)
    counts = record.bytes
    total = sum(counts.values())
    words = f"{counts['read']} read, {counts['annotation']} labels and words, {counts['unreadable']} not readable"
    return [*lines, line(), line(f"{len(record.steps)} steps; {total} characters of mathematics: {words}")]


def _labels(record: NoteRecord, places: Sequence[Span]) -> list[str]:
    return line_labels(record.note, [one.start for one in places], 4)


def _step(step: StepRecord, where: str) -> list[Line]:
    style = "warning" if step.kind is Kind.UNREADABLE else ""
    shown = step.read_as or step.side
    first, *others = wrapped(" " * 24, shown)
    lines = [line(f"{where}  ", (f"{KINDS[step.kind]:<13}", style), first[0][0].lstrip()), *others]
    facts = [f"not readable: {step.why}"] if step.kind is Kind.UNREADABLE else []
    facts += [f"chosen: {choice}" for choice in step.assumptions if choice not in step.read_as]
    facts += [message for _, message in step.notices]
    return lines + [one for fact in facts for one in wrapped(" " * 24, fact)]
