"""The tokens of one formula -> its lines as MathML: one for each step, and never fewer than the note has rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from bnverify.elements import Element, element, text_of
from bnverify.frozen import frozen
from bnverify.html.mathml import HOLE, mathml, operator
from bnverify.html.signs import SIGNS
from bnverify.html.typeset import Cut, source, typeset
from bnverify.pattern import pattern
from bnverify.read.blocks import Block
from bnverify.read.brackets import EQUALITIES, OPERATORS, covering, depths, split
from bnverify.read.commands import OTHER_RELATIONS
from bnverify.read.containers import Wording
from bnverify.read.fragments import ARROWS, QUANTIFIERS
from bnverify.read.labels import is_value
from bnverify.read.latex import parse
from bnverify.read.syntax import Unreadable, inside
from bnverify.read.tokens import Raw
from bnverify.read.wrappers import is_newline, unwrapped
from bnverify.source import Note, Span

SIGNED = EQUALITIES | OTHER_RELATIONS | ARROWS | QUANTIFIERS
APART = frozenset((",", ";", "quad", "&", "tag", "circled", "newline"))
SIGNIFICANT = frozenset("+−∂∑∏∫×∘⊙⊗∗÷±∓=≠|‖⊤′")
"""Beside letters and numbers, what the picture of a tree must not lack."""
COMMENT = pattern(r"(?<!\\)%[^\n]*")
LEADING = OPERATORS - {"-"}


@frozen
class Line:
    """What stands side by side, and the steps that begin in it, by the offsets of their signs."""

    nodes: tuple[Element, ...]
    span: Span
    steps: tuple[int, ...]
    continues: bool
    """Whether it begins with a relation sign."""


@frozen
class Typeset:
    lines: tuple[Line, ...]
    comments: tuple[str, ...]


@frozen
class _Chunk:
    nodes: tuple[Element, ...]
    span: Span
    step: int | None = None
    sign: bool = False
    punctuation: bool = False


def typeset_formula(block: Block, note: Note, marks: Mapping[int, str]) -> Typeset:
    """`marks` says for each step, by the offset of its sign, of which class its side is."""

    def cut(piece: Raw) -> str:
        return note.text[piece.start : piece.end]

    tokens, wrapping = unwrapped(_with_head(block.tokens))
    if any(piece.kind in ("_", "^") for piece in wrapping):
        tokens = block.tokens  # a note under a brace is shown with its brace
    rows = [row for row in split(tokens, is_newline) if row]
    lines = [line for row in rows for line in _lines(list(_chunks(row, marks, cut)), marks)]
    if not lines:
        lines = [Line((source(note.cut(block.formula.span)),), block.formula.span, (), False)]
    comments = tuple(COMMENT.findall(note.cut(block.formula.span)))
    return Typeset(tuple(lines), comments)


def _with_head(tokens: Sequence[Raw]) -> Sequence[Raw]:
    """Of a formula that is not read at all the head is shown as it is written, not as the letter that stands for it."""
    if [piece.kind for piece in tokens] != ["letter", "=", "long"]:
        return tokens
    head, *others = tokens
    return [Raw("long", head.text, head.start, head.end), *others]


# -- chunks


def _chunks(row: Sequence[Raw], marks: Mapping[int, str], cut: Cut) -> Iterator[_Chunk]:
    """The signs of a row, what stands between them, words and punctuation; a step is a sign with its side."""
    parts = list(_parts(row))
    place = 0
    while place < len(parts):
        kind, tokens = parts[place]
        place += 1
        span = covering(tokens)
        if kind == "sign" and tokens[0].start in marks:
            sign = _sign(tokens[0], cut)
            side: list[Element] = []
            if place < len(parts) and parts[place][0] == "run":
                side = expression(parts[place][1], cut)
                span = span.until(covering(parts[place][1]))
                place += 1
            marked = element("mrow", sign, *side, class_=f"side {marks[tokens[0].start]}")
            yield _Chunk((marked,), span, tokens[0].start, sign=True)
        elif kind == "sign":
            yield _Chunk((_sign(tokens[0], cut),), span, sign=True)
        elif kind == "run":
            yield _Chunk(tuple(expression(tokens, cut)), span)
        elif tokens[0].kind != "&":
            yield _Chunk(tuple(typeset(tokens, cut)), span, punctuation=tokens[0].kind in ",;.")


def _parts(row: Sequence[Raw]) -> Iterator[tuple[str, list[Raw]]]:
    run: list[Raw] = []
    last = len(row) - 1
    for place, (piece, depth) in enumerate(zip(row, depths(row), strict=True)):
        kind = "run" if depth else _kind(piece, row[:place], place == last)
        if kind == "run":
            run.append(piece)
            continue
        if run:
            yield "run", run
        run = []
        yield kind, [piece]
    if run:
        yield "run", run


def _kind(piece: Raw, before: Sequence[Raw], is_last: bool) -> str:
    if piece.text in SIGNED:
        return "sign"
    if piece.kind in APART or (piece.kind == "." and is_last):
        return "apart"
    return "apart" if piece.kind == "text" and not is_value(piece, before) else "run"


STACKED_SIGN = pattern(r"\\(?:stackrel|overset|underset|xlongequal)")
WRITTEN = {":=": "≔", "=:": "≕", "\\coloneqq": "≔"}


def _sign(piece: Raw, cut: Cut) -> Element:
    """A relation sign; one with something over it is shown as it is written."""
    written = cut(piece)
    if piece.text == "=" and STACKED_SIGN.match(written):
        return element("mover", operator("="), source(written))
    return operator(WRITTEN.get(written) or SIGNS.get(piece.text, piece.text), form="infix")


# -- expressions


def expression(tokens: Sequence[Raw], cut: Cut) -> list[Element]:
    """The tree of what was read where it says all that is written, else what is written as it is laid out."""
    begin = sum(1 for _ in takewhile(lambda one: one.text in LEADING, tokens))
    end = len(tokens) - sum(1 for _ in takewhile(lambda one: one.text in OPERATORS, reversed(tokens[begin:])))
    inner = tokens[begin:end]
    if not inner:
        return typeset(tokens, cut)
    laid = typeset(inner, cut)
    return [*typeset(tokens[:begin], cut), *(_tree(inner, laid) or laid), *typeset(tokens[end:], cut)]


def _tree(tokens: Sequence[Raw], laid: Sequence[Element]) -> list[Element]:
    """The picture of the tree, if there is one that has every letter, number and sign in the order of the note."""
    behind = tokens[-1].end
    for more in ((), (Raw("letter", HOLE, behind, behind),)):
        tree = parse([*tokens, *more])
        if not any(isinstance(node, Unreadable) for node in inside(tree)):
            shown = mathml(tree)
            return [shown] if significant([shown]) == significant(laid) else []
    return []


def significant(nodes: Sequence[Element]) -> str:
    text = "".join(map(text_of, nodes))
    return "".join(one for one in text if one.isalnum() or one in SIGNIFICANT)


# -- lines


def _lines(chunks: Sequence[_Chunk], marks: Mapping[int, str]) -> Iterator[Line]:
    """A line ends behind a step where another one follows; what stands between the two belongs to the second."""
    current: list[_Chunk] = []
    behind = 0
    for chunk in chunks:
        if chunk.step is not None and behind:
            while behind < len(current) and current[behind].punctuation:
                behind += 1
            yield _line(current[:behind], marks)
            current, behind = current[behind:], 0
        current.append(chunk)
        behind = len(current) if chunk.step is not None else behind
    if current:
        yield _line(current, marks)


def _line(chunks: Sequence[_Chunk], marks: Mapping[int, str]) -> Line:
    span = Span(min(one.span.start for one in chunks), max(one.span.end for one in chunks))
    steps = tuple(sorted(start for start in marks if span.start <= start < span.end))
    return Line(tuple(node for one in chunks for node in one.nodes), span, steps, chunks[0].sign)


# -- LaTeX that is not in the note


def typeset_latex(latex: str, wording: Wording, place: int) -> list[Element]:
    """A piece of LaTeX as it would be read at an offset of the note."""
    chunks = _chunks(wording.scan(latex, place), {}, lambda piece: latex[piece.start : piece.end])
    return [node for chunk in chunks for node in chunk.nodes]
