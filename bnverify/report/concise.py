"""A report with one line for each finding: `path:line:column: code message`."""

from __future__ import annotations

from bnverify.record import NoteRecord, Report
from bnverify.report.counts import Counts, count_steps
from bnverify.report.ending import summary_words
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import Line, line, printable


def render(report: Report, look: Look = PLAIN) -> list[Line]:
    lines = [one for record in report.notes for one in _note(record)]
    lines += [line(f"{printable(one.path)}: error: {printable(one.message)}") for one in report.troubles]
    total = sum((count_steps(record) for record in report.notes), Counts())
    return [*lines, line(summary_words(total))]


def _note(record: NoteRecord) -> list[Line]:
    lines = []
    for one in (*record.open_findings, *record.open_diagnostics, *record.unmet):
        start = one.primary.span.start
        where = printable(str(record.note.place(start)))
        style = one.severity.value
        lines.append(line(f"{where}: ", (f"{style}[{one.code}]", style), f" {printable(one.message)}"))
    return lines
