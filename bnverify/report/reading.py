"""A record -> how the note was read: every step, every choice, every character of mathematics."""

from __future__ import annotations

from bnverify.record import Kind, NoteRecord, StepRecord
from bnverify.report.pieces import Line, line, line_label, printable, wrapped

KINDS = {Kind.DEFINITION: "definition", Kind.CLAIM: "claim", Kind.PROSE: "in words", Kind.UNREADABLE: "NOT READABLE"}


def render(record: NoteRecord) -> list[Line]:
    """Each step as read, and the account of what became of the mathematics."""
    lines = [line((printable(record.note.name), "path"))]
    for step in record.steps:
        lines += _step(record, step)
    for one in record.note.unread:
        lines += wrapped(f"{line_label(record.note, one.span.start, 4)}  ", one.why)
    counts = record.bytes
    total = sum(counts.values())
    words = f"{counts['read']} read, {counts['annotation']} labels and words, {counts['unreadable']} not readable"
    return [*lines, line(), line(f"{len(record.steps)} steps; {total} characters of mathematics: {words}")]


def _step(record: NoteRecord, step: StepRecord) -> list[Line]:
    where = line_label(record.note, step.relation.start, 4)
    style = "warning" if step.kind is Kind.UNREADABLE else ""
    shown = step.read_as or step.side
    first, *others = wrapped(" " * 24, shown)
    lines = [line(f"{where}  ", (f"{KINDS[step.kind]:<13}", style), first[0][0].lstrip()), *others]
    facts = [f"not readable: {step.why}"] if step.kind is Kind.UNREADABLE else []
    facts += [f"chosen: {choice}" for choice in step.assumptions if choice not in step.read_as]
    facts += [message for _, message in step.notices]
    return lines + [one for fact in facts for one in wrapped(" " * 24, fact)]
