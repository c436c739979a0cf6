"""A record -> the section of its note: what was understood, what was found, the text, and what lies behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.diagnostic import Severity
from bnverify.elements import Element, Node, element
from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.graph.page import Page
from bnverify.graph.svg import picture
from bnverify.html.arcs import arcs_of, column_rule
from bnverify.html.body import Read, body_of
from bnverify.html.boxes import display, latex, scrolled
from bnverify.html.cards import card
from bnverify.html.extras import Extras, extras_of
from bnverify.html.formulas import typeset_latex
from bnverify.html.mathml import row
from bnverify.html.standing import mark_of
from bnverify.html.words import rich
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord, StepRecord
from bnverify.report.counts import count_steps
from bnverify.report.ending import summary_words
from bnverify.report.found import Found
from bnverify.report.full import READINGS, final_steps, table_heads, table_row, understood, verdict
from bnverify.report.look import Look
from bnverify.report.pieces import printable
from bnverify.run import with_note
from bnverify.variation.table import Entry, Sheet

STYLES = {"right": "right", "error": "wrong", "warning": "undecided", "path": "", "": ""}
"""What the styles of the report in text are called here."""


@frozen
class Section:
    """A note in the page; `rules` place its arcs."""

    element: Element
    rules: tuple[str, ...]
    read: Read
    has_rows: bool = True
    """Whether the text of the note stands there, and each step has a place that a link can lead to."""


def section_of(record: NoteRecord, place: int, look: Look) -> Section:
    """The note at a place of the report, counted from 0; a fault of ours in one must not cost the others."""
    loaded = Loaded(record.note.name, record.note)
    found = with_note(loaded, Options(limits=record.limits), lambda *_: _whole_section(record, place, look))
    if isinstance(found, Section):
        return found
    mark = f"n{place + 1}"
    title = element("h2", printable(record.note.name), id=f"{mark}-title")
    told = element("p", f"This note could not be shown: {printable(found.message)}.")
    summary = element("p", *headline_nodes(record), class_="headline")
    return Section(_section(mark, title, summary, told), (), Read(record, mark), has_rows=False)


def _whole_section(record: NoteRecord, place: int, look: Look) -> Section:
    mark = f"n{place + 1}"
    title = element("h2", printable(record.note.name), id=f"{mark}-title")
    summary = element("p", *headline_nodes(record), class_="headline")
    if look.quiet:
        return Section(_section(mark, title, summary), (), Read(record, mark), has_rows=False)
    extras = extras_of(record, place, look.until)
    read = Read(record, mark, extras.proofs)
    body = body_of(read)
    arcs = arcs_of(read, body)
    written = element("div", *body.rows, *arcs.boxes, class_="body", id=f"{mark}-body")
    parts = [
        title,
        summary,
        element("p", printable(summary_words(count_steps(record))), class_="counts"),
        *_understood(read),
        *_finals(read),
        *_whole(read),
        element("h3", "The note"),
        written,
        *_behind(read, extras, look),
    ]
    return Section(_section(mark, *parts), (*arcs.rules, column_rule(read, arcs.lanes)), read)


def _section(mark: str, *parts: Node) -> Element:
    return element("section", *parts, class_="note", id=mark, aria_labelledby=f"{mark}-title")


def headline_nodes(record: NoteRecord) -> list[Node]:
    """The first line of the report in text, without the name of the note."""
    words, style = verdict(record)
    nodes: list[Node] = [element("strong", words, class_=STYLES[style])]
    wrong = [step.relation for step in record.steps if step.is_wrong]
    return (
        [*nodes, " ", element("span", "as the note expects", class_="chip")]
        if wrong and record.expected.issuperset(wrong)
        else nodes
    )


# -- what was understood


def _understood(read: Read) -> Iterator[Element]:
    record = read.record
    sentences = [f"{lead}{words}" for lead, words in understood(record)]
    if any(step.reading != "either" for step in record.steps):
        sentences.append(f"{READINGS[record.reading]}: {record.reading_evidence}")
    for one in record.note_findings:
        if one.severity is Severity.NOTICE:
            sentences.append(f"{record.note.lines([one.primary.span.start])}: {one.message}")
    sentences += [f"{record.note.lines([one.span.start])}: {one.why}" for one in record.note.unread]
    if sentences:
        yield element("h3", "What was understood")
        yield element("ul", *(element("li", *rich(one, read.anchors)) for one in sentences), class_="understood")


def _whole(read: Read) -> Iterator[Element]:
    """Findings of the note as a whole, and expectations that are not met."""
    found = [one for one in read.found if one.step is None and one.diagnostic.severity is not Severity.NOTICE]
    if found:
        yield element("h3", "About the note as a whole")
        for one in found:
            where = read.record.note.lines([one.diagnostic.primary.span.start])
            yield element("p", f"{printable(where)}:", class_="fact")
            yield card(one, None, read.anchors, read.wording)


# -- the final formulas


def _finals(read: Read) -> Iterator[Element]:
    final = final_steps(read.record)
    if not final:
        return
    heads = ("formula", "line", *table_heads(final), "verdict")
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in heads)))
    rows = [one for step in final for one in _final(read, step, len(heads))]
    yield element("h3", "The final formulas, and what three witnesses say")
    yield scrolled("the final formulas", element("table", head, element("tbody", *rows)))


def _final(read: Read, step: StepRecord, columns: int) -> Iterator[Element]:
    _, where, *said, verdict = table_row(read.record, step)
    head = element("math", row(*typeset_latex(step.head, read.wording, step.relation.start)))
    link = element("a", where, href=f"#{read.name(step.relation.start)}")
    mark = mark_of(step)
    shown = element("span", element("span", f"{mark.symbol} ", aria_hidden="true"), verdict.lower(), class_=mark.name)
    yield element(
        "tr",
        element("th", head, scope="row"),
        element("td", link),
        *(element("td", one) for one in said),
        element("td", shown),
    )
    if step.true_otherwise or step.closed_form:
        below: list[Node] = []
        if step.true_otherwise:
            below.append(element("p", f"right under variance {printable(step.true_otherwise)}, proved for every n"))
        if step.closed_form:
            below += _true_formula(read, step)
        yield element("tr", element("td", *below, colspan=str(columns)), class_="below")


def _true_formula(read: Read, step: StepRecord) -> list[Node]:
    true = typeset_latex(f"{step.head} = {step.closed_form}", read.wording, step.relation.start)
    shown = display("the true formula", *true)
    return [element("p", "the true one, in the letters of this note:"), shown, latex(step.closed_form)]


# -- what lies behind


def _behind(read: Read, extras: Extras, look: Look) -> Iterator[Element]:
    yield element("h3", "More about this note")
    yield _details("Every step, as it was read", _every_step(read), look.verbose)
    variants = (
        element("p", extras.matrix) if isinstance(extras.matrix, str) else element("div", *_sheet(extras.matrix, read))
    )
    yield _details("The final formulas under every convention", variants, look.verbose)
    graph = extras.graph
    drawn = element("p", graph) if isinstance(graph, str) else _graph(graph, read)
    yield _details("The computational graph, with what flows back", drawn, look.verbose)


def _details(summary: str, content: Element, opened: bool) -> Element:
    return element("details", element("summary", summary), content, class_="more", open="open" if opened else "")


def _graph(page: Page, read: Read) -> Element:
    return scrolled("the computational graph", picture(page, f"{read.mark}-g-"), kind="graph")


def _every_step(read: Read) -> Element:
    heads = element("tr", *(element("th", one, scope="col") for one in ("line", "standing", "as it was read")))
    rows = (_step(read, step) for step in read.record.steps)
    table = element("table", element("thead", heads), element("tbody", *rows), class_="steps")
    return scrolled("every step", table)


def _step(read: Read, step: StepRecord) -> Element:
    mark = mark_of(step)
    where = read.record.note.lines([step.relation.start])
    facts = [f"uses {' and '.join(step.uses)}"] if step.uses else []
    facts += [*step.assumptions, *(message for _, message in step.notices)]
    facts += [step.why] if step.why else []
    cells = (
        element("a", printable(where.removeprefix("line ")), href=f"#{read.name(step.relation.start)}"),
        element("span", f"{mark.symbol} {mark.words}", class_=mark.name),
        element(
            "span",
            element("code", printable(step.read_as or step.side)),
            *(element("p", *rich(one, {}), class_="fact") for one in facts),
        ),
    )
    return element("tr", *(element("td", one) for one in cells))


def _sheet(sheet: Sheet, read: Read) -> Iterator[Element]:
    for words in sheet.before:
        yield element("p", *rich(words, read.anchors))
    for table in sheet.tables:
        head = element("tr", *(element("th", printable(" ".join(one)), scope="col") for one in table.heads))
        rows = (element("tr", *_entries(one)) for one in table.rows)
        shown = element("table", element("thead", head), element("tbody", *rows))
        yield scrolled("formulas under each convention", shown)
    for words, entry in sheet.below:
        yield element("p", *rich(f"{words}:", read.anchors))
        if entry.latex:
            yield display("a repaired formula", *typeset_latex(entry.latex, read.wording, 0))
        yield latex(entry.text)
    if sheet.closing:
        yield element("p", element("strong", *rich(sheet.closing, read.anchors), class_=STYLES[sheet.style]))


def _entries(entries: Sequence[Entry]) -> Iterator[Element]:
    first, *others = entries
    yield element("th", printable(first.text), scope="row")
    yield from (element("td", element("span", printable(one.text), class_=STYLES[one.style])) for one in others)


def findings_of(read: Read) -> list[Found]:
    return [one for one in read.found if one.diagnostic.severity is not Severity.NOTICE]
