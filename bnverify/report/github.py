"""A report -> workflow commands, which GitHub shows as annotations beside the lines of a change.

The rules of such a command: `%`, CR and LF are written by their numbers everywhere, `:` and `,` in its properties too.
A text of a note stands behind the first `::` of a line of ours, on one line, and so begins no command of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from bnverify.diagnostic import Severity
from bnverify.record import Report, Trouble
from bnverify.report.counts import totals_of
from bnverify.report.ending import summary_words
from bnverify.report.found import Found, found_in
from bnverify.report.look import PLAIN, Look
from bnverify.report.paths import from_here, is_file
from bnverify.report.pieces import printable
from bnverify.source import Note, Span

SHOWN = 10
"""Annotations of each kind that GitHub shows of one step of a job; what comes later is in its log alone."""
ORDER = tuple(Severity)
IN_TEXT = {ord(one): f"%{ord(one):02X}" for one in "%\r\n"}
IN_PROPERTIES = {ord(one): f"%{ord(one):02X}" for one in "%\r\n:,"}


def render(report: Report, look: Look = PLAIN) -> str:
    """A command each, the most important ones first, and a line that says what is not annotated."""
    found = [(record.note, found_in(record)) for record in report.notes]
    lines = [*map(_of_trouble, report.troubles), *_commands(found)]
    steps = totals_of(report, look.strict).steps
    words = "; ".join([summary_words(steps), *_unshown(report.troubles, [one for _, each in found for one in each])])
    return "\n".join([*lines, words, ""])


def _commands(found: Sequence[tuple[Note, list[Found]]]) -> Iterator[str]:
    """Errors before warnings, and of each kind the first one of every note before any second one."""
    ranked = [
        (ORDER.index(one.diagnostic.severity), place, note, one)
        for note, each in found
        for place, one in enumerate(one for one in each if not one.aside)
    ]
    for _, _, note, one in sorted(ranked, key=lambda each: each[:2]):
        yield _of_finding(note, one)


def _of_finding(note: Note, found: Found) -> str:
    one = found.diagnostic
    place = note.place(one.primary.span.start)
    properties = _place(note, one.primary.span) if is_file(place.path) else {}
    lines = [f"{place}: {one.message}", *one.notes, *([f"help: {one.help}"] if one.help else [])]
    return _command(one.severity, {**properties, "title": one.code}, lines)


def _place(note: Note, span: Span) -> dict[str, str]:
    """The file, and the lines in it: those of a cell are no lines of its notebook. Columns are of one line alone."""
    place = note.place(span.start)
    named = {"file": from_here(place.path)}
    if place.cell is not None:
        return named
    end = note.place(max(span.start, span.end - 1))
    lines = {"line": str(place.line), "endLine": str(end.line)}
    columns = {"col": str(place.column), "endColumn": str(end.column + 1)} if place.line == end.line else {}
    return {**named, **lines, **columns}


def _of_trouble(one: Trouble) -> str:
    named = {"file": from_here(one.path)} if is_file(one.path) else {}
    lines = [f"{one.path}: {one.message}", *([f"help: {one.help}"] if one.help else [])]
    return _command(Severity.ERROR, {**named, "title": "not checked"}, lines)


def _command(kind: Severity, properties: dict[str, str], lines: Sequence[str]) -> str:
    told = ",".join(f"{key}={printable(value).translate(IN_PROPERTIES)}" for key, value in properties.items())
    return f"::{kind.value} {told}::{'%0A'.join(printable(one).translate(IN_TEXT) for one in lines)}"


def _unshown(troubles: Sequence[Trouble], found: Sequence[Found]) -> Iterator[str]:
    """What is set aside, and what GitHub leaves out, in words."""
    for why, many in Counter(one.aside.partition(":")[0] for one in found if one.aside).items():
        yield f"{many} {'finding is' if many == 1 else 'findings are'} not annotated: {why}"
    kinds = Counter(one.diagnostic.severity for one in found if not one.aside)
    kinds[Severity.ERROR] += len(troubles)
    for kind in ORDER:
        if kinds[kind] > SHOWN:
            yield f"GitHub shows {SHOWN} of {kinds[kind]} annotations that are {kind.value}s"
