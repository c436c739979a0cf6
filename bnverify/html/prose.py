"""What stands between the formulas of a note -> headings, paragraphs, items, code: light Markdown, or light LaTeX.

Nothing is left out, and nothing of it is markup: what is not known stands there as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from bnverify.elements import Element, Node, element
from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.documents import Formula, Layout
from bnverify.read.markdown import front_matter
from bnverify.read.tex import body
from bnverify.report.pieces import printable
from bnverify.source import Note, Span


@frozen
class Place:
    """A formula in the text, by its place among all of them."""

    number: int
    formula: Formula


@frozen
class Aside:
    """Something that is shown as it is written: `code`, `comment`, `front`, or the name of a `cell`."""

    kind: str
    text: str
    start: int


Atom = str | Place | Aside


@frozen
class Block:
    """One thing below the other: `heading`, `text`, `item`, `quote`, `lines`, `rule`, `formula`, or what Aside has."""

    kind: str
    atoms: tuple[Atom, ...]
    level: int = 0


def blocks_of(note: Note, layout: Layout) -> list[Block]:
    """The whole note, in its order."""
    lines = list(_lines(_atoms(note, layout)))
    read = _tex_line if layout.is_tex else _markdown_line
    return list(_joined(read(one) for one in lines))


# -- atoms


def _atoms(note: Note, layout: Layout) -> Iterator[Atom]:
    place, limit = 0, len(note.text)
    if layout.is_tex:
        place, limit = body(note.text)
    else:
        _, place = front_matter(note.text)
    if place:
        yield Aside("front", note.text[:place], 0)
    for number, formula in enumerate(layout.formulas):
        yield from _text(note, layout, Span(place, max(place, formula.lead.end)))
        yield Place(number, formula)
        place = max(formula.end, formula.span.end)
    yield from _text(note, layout, Span(min(place, limit), limit))
    if limit < len(note.text):
        yield Aside("code", note.text[limit:], limit)


def _text(note: Note, layout: Layout, span: Span) -> Iterator[Atom]:
    """A stretch between formulas, cut where comments and code stand, and where a cell or a file begins."""
    place = span.start
    for start, aside in _asides(note, layout, span):
        if start < place and aside.kind != "cell":
            continue
        yield note.text[place : max(place, start)]
        yield aside
        place = max(place, start + len(aside.text) if aside.kind != "cell" else start)
    yield note.text[place : span.end]


def _asides(note: Note, layout: Layout, span: Span) -> Iterator[tuple[int, Aside]]:
    found: list[tuple[int, Aside]] = []
    for hidden in layout.hidden:
        if span.start <= hidden.start < span.end:
            text = note.text[hidden.start : min(hidden.end, span.end)]
            found.append(
                (hidden.start, Aside("comment" if text.startswith(("<!--", "%")) else "code", text, hidden.start))
            )
    if len(note.pieces) > 1:
        for piece in note.pieces:
            if span.start <= piece.start < max(span.end, span.start + 1):
                name = piece.path if piece.cell is None else f"cell {piece.cell}"
                found.append((piece.start, Aside("cell", name, piece.start)))
    yield from sorted(found, key=lambda one: one[0])


# -- lines


def _lines(atoms: Iterator[Atom]) -> Iterator[list[Atom]]:
    """Lines of the text; what is shown in lines of its own is one."""
    line: list[Atom] = []
    for atom in atoms:
        if isinstance(atom, str):
            first, *others = atom.split("\n")
            line += [first] if first else []
            for other in others:
                yield line
                line = [other] if other else []
        elif _stands_alone(atom):
            if any(not isinstance(one, str) or one.strip() for one in line):
                yield line
            yield [atom]
            line = []
        else:
            line.append(atom)
    yield line


def _stands_alone(atom: Atom) -> bool:
    if isinstance(atom, Place):
        return atom.formula.display
    return isinstance(atom, Aside) and (
        atom.kind in ("cell", "front") or "\n" in atom.text or atom.text.startswith("%")
    )


HEADING = pattern(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<rest>.*?)(?:[ \t]+#+)?[ \t]*")
ITEM = pattern(r"(?P<space>[ \t]*)(?P<mark>[-*+]|\d{1,9}[.)])[ \t]+(?P<rest>.*)")
QUOTE = pattern(r"[ \t]*>[ \t]?(?P<rest>.*)")
RULE = pattern(r" {0,3}(?:(?:\*[ \t]*){3,}|(?:-[ \t]*){3,}|(?:_[ \t]*){3,})")


def _alone(line: list[Atom]) -> Block | None:
    """A line that is no text."""
    if not any(not isinstance(one, str) or one.strip() for one in line):
        return Block("", ())
    if len(line) == 1 and not isinstance(line[0], str) and _stands_alone(line[0]):
        return Block("formula" if isinstance(line[0], Place) else line[0].kind, tuple(line))
    if all(isinstance(one, Aside) and one.kind == "comment" for one in line if not isinstance(one, str) or one.strip()):
        return Block("comment", tuple(one for one in line if isinstance(one, Aside)))
    return None


def _markdown_line(line: list[Atom]) -> Block:
    if (alone := _alone(line)) is not None:
        return alone
    text = line[0] if isinstance(line[0], str) else ""
    rest = tuple(line[1:]) if text else tuple(line)
    if found := HEADING.fullmatch(text):
        return Block("heading", (found["rest"], *rest), len(found["marks"]))
    if not rest and RULE.fullmatch(text):
        return Block("rule", ())
    if found := ITEM.fullmatch(text):
        mark = "•" if found["mark"] in "-*+" else found["mark"]
        return Block("item", (f"{mark} ", found["rest"], *rest), len(found["space"].expandtabs(4)) // 2)
    if found := QUOTE.fullmatch(text):
        return Block("quote", (found["rest"], *rest))
    if text.lstrip().startswith("|"):
        return Block("lines", (text, *rest))
    return Block("text", (text, *rest))


SECTION = pattern(
    r"\s*\\(?P<name>title|part|chapter|section|subsection|subsubsection|paragraph)\*?\s*\{(?P<rest>.*)\}\s*"
)
LEVELS = {"title": 1, "part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5}
TEX_ITEM = pattern(r"\s*\\item\b\s*(?P<rest>.*)")
TEX_LINE = pattern(r"\s*\\(?:begin|end|maketitle|input|include|label|newcommand|def)\b.*")


def _tex_line(line: list[Atom]) -> Block:
    if (alone := _alone(line)) is not None:
        return alone
    text = line[0] if isinstance(line[0], str) else ""
    rest = tuple(line[1:]) if text else tuple(line)
    if not rest and (found := SECTION.fullmatch(text)):
        return Block("heading", (found["rest"],), LEVELS[found["name"]])
    if found := TEX_ITEM.fullmatch(text):
        return Block("item", ("• ", found["rest"], *rest))
    if TEX_LINE.fullmatch(text):
        return Block("lines", (text, *rest))
    return Block("text", (text, *rest))


GOES_ON = frozenset(("text", "quote", "lines"))


def _joined(lines: Iterator[Block]) -> Iterator[Block]:
    """Lines that follow each other are one paragraph; a line behind an item belongs to it."""
    current: Block | None = None
    for line in lines:
        goes_on = current is not None and (
            (line.kind == current.kind and line.kind in GOES_ON) or (line.kind == "text" and current.kind == "item")
        )
        if current is not None and goes_on:
            current = Block(current.kind, (*current.atoms, "\n", *line.atoms), current.level)
            continue
        if current is not None and current.kind:
            yield current
        current = line
    if current is not None and current.kind:
        yield current


# -- inside a line

IN_LINE = pattern(
    r"\*\*(?=\S)(?P<strong>[^*]+?)(?<=\S)\*\*|(?<![\w*])\*(?=\S)(?P<star>[^*]+?)(?<=\S)\*(?![\w*])"
    r"|(?<!\w)__(?=\S)(?P<bold>[^_]+?)(?<=\S)__(?!\w)|(?<!\w)_(?=\S)(?P<under>[^_]+?)(?<=\S)_(?!\w)"
)
IN_TEX = pattern(r"\\(?:emph|textit)\{(?P<star>[^{}]*)\}|\\textbf\{(?P<strong>[^{}]*)\}")
TAGS = {"strong": "strong", "bold": "strong", "star": "em", "under": "em"}


def in_line(text: str, is_tex: bool) -> list[Node]:
    """Emphasis of one piece of text; all else stands as it is."""
    sought = IN_TEX if is_tex else IN_LINE
    made: list[Node] = []
    place = 0
    for found in sought.finditer(text):
        made += [
            shown(text[place : found.start()]),
            element(TAGS[found.lastgroup or ""], shown(found[found.lastgroup or ""])),
        ]
        place = found.end()
    return [*made, shown(text[place:])]


def shown(text: str) -> str:
    """Text with what would not be seen, or would turn the direction of writing, made visible; lines stay lines."""
    return "\n".join(printable(one.replace("\t", "    ").removesuffix("\r")) for one in text.split("\n"))


def code(aside: Aside) -> Element:
    """Code in a line, without its ticks."""
    return element("code", shown(aside.text.strip("`").strip() or aside.text))


def adjacent(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Texts that stand side by side as one."""
    for is_text, group in groupby(atoms, key=lambda one: isinstance(one, str)):
        found = list(group)
        yield from ["".join(one for one in found if isinstance(one, str))] if is_text else found


FENCE = pattern(r"`{3,}|~{3,}")


def block_of_code(aside: Aside) -> Element:
    return element("pre", element("code", shown(_without_fence(aside.text))), tabindex="0")


def _without_fence(text: str) -> str:
    """What stands between the first line and the last one, where these are a fence."""
    _, _, rest = text.strip().partition("\n")
    inner, _, last = rest.rpartition("\n")
    opening, closing = FENCE.match(text.lstrip()), FENCE.fullmatch(last.lstrip(" \t>"))
    closes = opening and closing and closing.group().startswith(opening.group())
    return inner if closes else text
