"""A record -> what an editor shows of it: remarks, explanations and changes, by offsets of the open document.

Nothing here knows the protocol: a worker makes pages, the server turns offsets into positions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from bnverify.diagnostic import Diagnostic, Severity
from bnverify.edits import leaves_its_piece, with_endings_of
from bnverify.fix import repair_of
from bnverify.frozen import frozen
from bnverify.ignores import UNUSED
from bnverify.lsp.markdown import hover
from bnverify.record import NoteRecord, Repair, StepRecord, Target, Trouble
from bnverify.report.found import Found, found_in
from bnverify.report.pieces import printable
from bnverify.source import Note, Place, Span
from bnverify.words.causes import change_words

ERROR, WARNING, HINT = "error", "warning", "hint"
SEVERITIES = {Severity.ERROR: ERROR, Severity.WARNING: WARNING, Severity.NOTICE: HINT}
ENDS = {
    Target.TRUTH: "this is right",
    Target.STEP: "this follows from the side before",
    Target.NOTE: "for all of {lines}",
}
"""What is proved of a change, at the end of its title."""
WAITING = "this step is wrong; the cause is being looked for"


@frozen
class Related:
    """Another place with a few words; `path` is empty in the document itself, else `line` counts from 0 there."""

    words: str
    start: int = 0
    end: int = 0
    path: str = ""
    line: int = 0


@frozen
class Remark:
    """What is underlined."""

    start: int
    end: int
    severity: str
    message: str
    code: str = ""
    fingerprint: str = ""
    related: tuple[Related, ...] = ()


@frozen
class Shown:
    """What is said of a step to those who point at it, as Markdown."""

    start: int
    end: int
    text: str


@frozen
class Put:
    """These characters are replaced."""

    start: int
    end: int
    replacement: str


@frozen
class Change:
    """A proved repair; `remark` is the fingerprint of what it mends."""

    title: str
    remark: str
    preferred: bool
    edits: tuple[Put, ...]


@frozen
class Page:
    """What is shown of one version of a document; `whole`: nothing more will be found out about it."""

    remarks: tuple[Remark, ...] = ()
    hovers: tuple[Shown, ...] = ()
    changes: tuple[Change, ...] = ()
    whole: bool = True


def trouble_page(trouble: Trouble) -> Page:
    """Of a note that could not be judged."""
    words = f"{trouble.message}; {trouble.help}" if trouble.help else trouble.message
    return Page((Remark(0, 0, WARNING, printable(words)),))


def page_of(record: NoteRecord, waiting: Collection[Span] = (), whole: bool = True) -> Page:
    """Everything that is shown of a record; the causes of the steps with these relation signs are not known yet."""
    found = [one for one in found_in(record) if not waiting or not _depends_on_causes(record, one)]
    remarks = tuple(_remark(record.note, one, waiting) for one in found)
    told = {one.step.relation: one for one in found if one.step}
    hovers = (_shown(record, step, told.get(step.relation), waiting) for step in record.steps)
    changes = tuple(_changes(record.note, found)) if whole else ()
    return Page(remarks, tuple(one for one in hovers if one), changes, whole)


def _depends_on_causes(record: NoteRecord, one: Found) -> bool:
    """Whether it says that something was expected, or ignored, in vain."""
    return one.step is None and (one.diagnostic in record.unmet or one.diagnostic.code == UNUSED)


# -- places


def own(note: Note, span: Span) -> tuple[int, int] | None:
    """Where a span stands in the document that the note is named after; None: in a file that it puts in."""
    if not note.pieces:
        return span.start, span.end
    first = note.place(span.start)
    if first.path != note.name:
        return None
    last = note.place(span.end)
    return first.offset, max(first.offset, last.offset) if last.path == note.name else first.offset + len(span)


def _where_put_in(note: Note, span: Span) -> tuple[int, int]:
    """The command of the document that puts in the file in which a span stands."""
    behind = (one for one in zip(note.pieces, note.contents, strict=True) if one[0].start > span.start)
    for piece, (begin, _) in behind:
        if piece.path == note.name and piece.left_out:
            return begin.offset - len(piece.left_out), begin.offset
    return 0, 0


# -- remarks


def _remark(note: Note, found: Found, waiting: Collection[Span]) -> Remark:
    one, step = found.diagnostic, found.step
    place = own(note, one.primary.span)
    is_waiting = step is not None and step.relation in waiting
    lines = [WAITING] if is_waiting else _sentences(one)
    if found.aside:
        lines = [f"{found.aside}: {lines[0]}"]
    if place is None:
        lines[0] = f"{printable(note.place(one.primary.span.start).line_name)}: {lines[0]}"
    start, end = place or _where_put_in(note, one.primary.span)
    severity = HINT if found.aside else SEVERITIES[one.severity]
    code = "" if is_waiting else one.code
    return Remark(start, end, severity, "\n".join(lines), code, found.fingerprint, tuple(_related(note, one)))


def _sentences(one: Diagnostic) -> list[str]:
    help = [f"help: {one.help}"] if one.help else []
    return [printable(words) for words in (one.message, *one.notes, *help)]


def _related(note: Note, one: Diagnostic) -> Iterator[Related]:
    """The other places of a complaint: the side before; and in its own file, a place in what is put in."""
    if own(note, one.primary.span) is None:
        yield _in_other_file("here", note.place(one.primary.span.start))
    for label in one.context:
        place = own(note, label.span)
        words = printable(label.text) or "see here"
        yield Related(words, *place) if place else _in_other_file(words, note.place(label.span.start))


def _in_other_file(words: str, place: Place) -> Related:
    return Related(words, path=place.path, line=place.line - 1)


# -- what is said to those who point at a step


def _shown(record: NoteRecord, step: StepRecord, found: Found | None, waiting: Collection[Span]) -> Shown | None:
    note = record.note
    is_first = step.chain < step.relation.start and note.row(step.chain) == note.row(step.relation.start)
    start = step.chain if is_first else step.relation.start
    place = own(note, Span(start, max(step.side_span.end, step.relation.end)))
    if place is None:
        return None
    told = found.diagnostic if found and step.relation not in waiting else None
    return Shown(*place, hover(record, step, told, found.aside if found else ""))


# -- changes


def _changes(note: Note, found: Collection[Found]) -> Iterator[Change]:
    for one in found:
        if one.step is not None:
            preferred = repair_of(one.step)
            for repair in one.step.repairs:
                edits = _edits(note, repair) if repair.proved else ()
                if edits:
                    yield Change(_title(note, repair, one.step.repairs), one.fingerprint, repair is preferred, edits)


def _title(note: Note, repair: Repair, others: Sequence[Repair]) -> str:
    """What is changed and what it brings; where another one sounds the same, also where it begins."""
    end = ENDS[repair.target].format(lines=note.lines(span.start for span in repair.mends))
    words = change_words(note, repair)
    alike = [one for one in others if one.target is repair.target and change_words(note, one) == words]
    first = repair.edits[0].span.start
    where = f", from {note.lines([first])}, column {note.column(first)}" if len(alike) > 1 else ""
    return printable(f"{words[:1].upper()}{words[1:]}: {end}{where}")


def _edits(note: Note, repair: Repair) -> tuple[Put, ...]:
    """The edits in the document; none where one of them stands in a file that it puts in."""
    edits = [with_endings_of(note.text, one) for one in repair.edits]
    places = [None if leaves_its_piece(note, one) else own(note, one.span) for one in edits]
    if any(place is None for place in places):
        return ()
    return tuple(Put(*place, one.replacement) for place, one in zip(places, edits, strict=True) if place)
