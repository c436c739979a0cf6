"""A record -> the text of its note, in rows: formulas with their steps marked, and a card below each finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from bnverify.elements import Element, Node, element
from bnverify.html import prose
from bnverify.html.boxes import display
from bnverify.html.cards import card
from bnverify.html.formulas import Line, Typeset, typeset_formula
from bnverify.html.mathml import row
from bnverify.html.prose import Aside, Block, Place
from bnverify.html.standing import MARKS, Mark, mark_of
from bnverify.html.words import line_key, rich
from bnverify.lineage import sources_of
from bnverify.proof.steps import Proof
from bnverify.read.blocks import Block as FormulaBlock
from bnverify.read.blocks import blocks_of
from bnverify.read.cells import lay_out_note
from bnverify.read.containers import Wording
from bnverify.read.documents import Layout
from bnverify.record import NoteRecord, Standing, StepRecord
from bnverify.report.found import Found, found_in
from bnverify.report.pieces import printable
from bnverify.source import Span

DEEPEST = 6
"""The deepest heading of HTML."""
ORDER = ("wrong", "carried", "unreadable", "undecided", "hidden", "warned", "compensated", "right", "silent")
"""Of several steps in one row the first of these gives it its colour."""


@dataclass(frozen=True)
class Read:
    """A note that is read again for its formulas, with what its record says of them."""

    record: NoteRecord
    mark: str
    """What all names of the note in the page begin with."""
    proofs: Mapping[Span, Proof] = field(default_factory=dict)

    @cached_property
    def layout(self) -> Layout:
        return lay_out_note(self.record.note)

    @cached_property
    def _blocks(self) -> tuple[list[FormulaBlock], Wording]:
        return blocks_of(self.record.note, self.layout)

    @property
    def wording(self) -> Wording:
        return self._blocks[1]

    @cached_property
    def formulas(self) -> list[Typeset]:
        marks = {start: mark_of(step).name for start, step in self.steps.items()}
        return [typeset_formula(block, self.record.note, marks) for block in self._blocks[0]]

    @cached_property
    def steps(self) -> Mapping[int, StepRecord]:
        return {step.relation.start: step for step in self.record.steps}

    @cached_property
    def found(self) -> list[Found]:
        return found_in(self.record)

    @cached_property
    def by_step(self) -> Mapping[int, Found]:
        return {one.step.relation.start: one for one in self.found if one.step is not None}

    @cached_property
    def anchors(self) -> Mapping[str, str]:
        """Where the steps of each line stand in the page, the first wrong one where there are several."""
        found: dict[str, str] = {}
        for start in sorted(self.steps, key=lambda one: not self.steps[one].is_wrong):
            found.setdefault(line_key(self.record.note, start), self.name(start))
        return found

    @cached_property
    def sources(self) -> Mapping[Span, frozenset[Span]]:
        return sources_of(self.record.steps)

    def name(self, start: int) -> str:
        """What a step is called in the page."""
        return f"{self.mark}-s{self._places[start]}"

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {start: place for place, start in enumerate(sorted(self.steps), 1)}


@dataclass
class Body:
    """The rows of a note, and in which of them each step stands, counted from 1."""

    rows: list[Element] = field(default_factory=list)
    row_of: dict[int, int] = field(default_factory=dict)


def body_of(read: Read) -> Body:
    made = _Rows(read)
    for block in prose.blocks_of(read.record.note, read.layout):
        made.add(block)
    made.add_elsewhere()
    return made.body


class _Rows:
    """Adds one row after the other."""

    def __init__(self, read: Read) -> None:
        self.read = read
        self.body = Body()
        self.levels: list[int] = []
        self.base = 4

    def put(self, *content: Node, kind: str) -> None:
        self.body.rows.append(element("div", *content, class_=f"row {kind}"))

    def add(self, block: Block) -> None:
        match block.kind:
            case "formula":
                self.formula(block)
            case "heading":
                self.put(self.heading(block), kind="prose")
            case "rule":
                self.put(element("hr"), kind="prose")
            case "cell":
                aside = block.atoms[0]
                assert isinstance(aside, Aside)
                self.levels, self.base = [], 5
                self.put(element("h4", printable(aside.text)), kind="cell")
            case "front":
                self.aside(block, "What stands before the text")
            case "code":
                self.put(*(prose.block_of_code(one) for one in block.atoms if isinstance(one, Aside)), kind="prose")
            case "comment":
                self.put(*map(_comment, block.atoms), kind="comments")
            case kind:
                self.text(block, kind)

    def heading(self, block: Block) -> Element:
        """Levels follow each other without a gap, whatever the note's own are."""
        while self.levels and self.levels[-1] >= block.level:
            self.levels.pop()
        level = min(self.base + len(self.levels), DEEPEST)
        self.levels.append(block.level)
        nodes, _ = self.inline(block.atoms)
        return element(f"h{level}", *nodes)

    def aside(self, block: Block, summary: str) -> None:
        text = "".join(one.text for one in block.atoms if isinstance(one, Aside))
        shown = element("pre", prose.shown(text.strip("\n")), tabindex="0")
        self.put(element("details", element("summary", summary), shown), kind="prose")

    def text(self, block: Block, kind: str) -> None:
        nodes, starts = self.inline(block.atoms)
        tag = "blockquote" if kind == "quote" else "p"
        names = f"{kind} level-{min(block.level, 4)}" if kind == "item" else kind
        for start in starts:
            self.body.row_of[start] = len(self.body.rows) + 1
        self.put(element(tag, *nodes, class_=names), kind="prose")
        self.below(starts, inline=True)

    # -- formulas

    def inline(self, atoms: Sequence[prose.Atom]) -> tuple[list[Node], list[int]]:
        nodes: list[Node] = []
        starts: list[int] = []
        for atom in prose.adjacent(atoms):
            if isinstance(atom, str):
                nodes += prose.in_line(atom, self.read.layout.is_tex)
            elif isinstance(atom, Place):
                found, own = self.inline_formula(atom)
                nodes.append(found)
                starts += own
            else:
                nodes.append(_comment(atom) if atom.kind == "comment" else prose.code(atom))
        return nodes, starts

    def inline_formula(self, place: Place) -> tuple[Element, list[int]]:
        lines = self.read.formulas[place.number].lines
        math = element("math", row(*(node for line in lines for node in line.nodes)))
        starts = [start for line in lines for start in line.steps]
        if not starts:
            return element("span", math, class_="inline plain"), []
        marks = [mark_of(self.read.steps[start]) for start in starts]
        signs = (self.sign(start, mark) for start, mark in zip(starts, marks, strict=True))
        return element("span", math, *signs, class_=f"inline {_worst(marks).name}"), starts

    def sign(self, start: int, mark: Mark) -> Element:
        return element("span", mark.symbol, class_="sign", id=self.read.name(start), role="img", aria_label=mark.words)

    def formula(self, block: Block) -> None:
        place = block.atoms[0]
        assert isinstance(place, Place)
        found = self.read.formulas[place.number]
        for line in found.lines:
            self.line(line)
            self.below(line.steps, inline=False)
        for words in found.comments:
            self.put(element("code", prose.shown(words)), kind="comments")

    def line(self, line: Line) -> None:
        read, note = self.read, self.read.record.note
        behind = list(self.sides_of_signs_before(line))
        marks = [mark_of(read.steps[start]) for start in (*behind, *line.steps)]
        start = line.steps[0] if line.steps else line.span.start
        where = f"line {note.line(start)}{note.of_piece(start)}"
        number = element("span", str(note.line(start)), class_="line", aria_hidden="true")
        symbols = [element("span", one.symbol, class_="symbol", aria_hidden="true") for one in marks]
        shown = display(f"formula, {where}", *line.nodes, kind="continues" if line.continues else "")
        said = [self.side_of(start) for start in behind]
        said += [self.said(start, mark_of(read.steps[start])) for start in line.steps]
        for one in line.steps:
            self.body.row_of[one] = len(self.body.rows) + 1
        kind = _worst(marks).name if marks else "plain"
        expected = " expected" if any(self.is_expected(one) for one in line.steps) else ""
        written = element("div", shown, *said, class_="written")
        self.put(element("div", number, *symbols, class_="where"), written, kind=f"formula {kind}{expected}")

    def sides_of_signs_before(self, line: Line) -> Iterator[int]:
        """The steps whose sign ends an earlier formula, and whose side begins here."""
        for start, step in self.read.steps.items():
            if start < line.span.start <= step.side_span.start < line.span.end:
                yield start

    def side_of(self, start: int) -> Element:
        mark = mark_of(self.read.steps[start])
        words = rich(f"side of {self.read.record.note.lines([start])}", self.read.anchors)
        symbol = element("span", f"{mark.symbol} ", aria_hidden="true")
        return element("p", symbol, f"{mark.words}, ", *words, class_=f"said {mark.name}")

    def is_expected(self, start: int) -> bool:
        return self.read.steps[start].relation in self.read.record.expected

    def said(self, start: int, mark: Mark) -> Element:
        """What a step is, in words, beside its formula."""
        step = self.read.steps[start]
        words: list[Node] = [element("span", f"{mark.symbol} ", aria_hidden="true"), *self.words(step, mark)]
        if step.finding is not None:
            words += [" ", element("code", step.finding.code)]
        if self.is_expected(start):
            words += [" ", element("span", "expected", class_="chip")]
        return element("p", *words, class_=f"said {mark.name}", id=self.read.name(start))

    def words(self, step: StepRecord, mark: Mark) -> list[Node]:
        if step.standing is not Standing.CARRIED or step.is_wrong:
            return [mark.words]
        lines = self.read.record.note.lines(one.start for one in self.read.sources.get(step.relation, ()))
        return rich(f"follows from {lines}", self.read.anchors) if lines else ["as the side before it"]

    # -- below a row

    def below(self, starts: Sequence[int], inline: bool) -> None:
        """A card for each finding, and what else is to be known."""
        for start in starts:
            step = self.read.steps[start]
            found = self.read.by_step.get(start)
            if found is not None:
                self.put(
                    card(found, self.read.proofs.get(step.relation), self.read.anchors, self.read.wording), kind="below"
                )
            elif inline and mark_of(step) not in (MARKS["right"], MARKS["silent"]):
                self.put(element("p", *self.words(step, mark_of(step)), class_="fact"), kind="below")
            facts = list(self.facts(step, found))
            if facts:
                self.put(*(element("p", *rich(one, self.read.anchors), class_="fact") for one in facts), kind="below")

    def facts(self, step: StepRecord, found: Found | None) -> Iterator[str]:
        if found is None and step.why and mark_of(step).name in ("undecided", "unreadable"):
            yield f"why: {step.why}"
        if found is None and step.uses:
            yield f"uses {' and '.join(step.uses)}"
        yield from (message for _, message in step.notices)

    def add_elsewhere(self) -> None:
        """Steps whose sign stands in no formula, such as a word between two of them."""
        for start, step in self.read.steps.items():
            if start not in self.body.row_of:
                self.body.row_of[start] = len(self.body.rows) + 1
                where = f"{self.read.record.note.lines([start])}: "
                written = element("code", printable(f"{step.head} = {step.side}"))
                self.put(
                    element("p", where, written, class_="prose"),
                    self.said(start, mark_of(step)),
                    kind=f"elsewhere {mark_of(step).name}",
                )
                self.below([start], inline=False)


def _worst(marks: Sequence[Mark]) -> Mark:
    return min(marks, key=lambda one: ORDER.index(one.name))


def _comment(atom: prose.Atom) -> Element:
    assert isinstance(atom, Aside)
    return element("code", prose.shown(atom.text), class_="comment")
