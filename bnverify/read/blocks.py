"""Each formula by itself -> tokens, rows and statements; a lost brace is put back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from bnverify.frozen import frozen
from bnverify.limits import exceeded, most
from bnverify.read.adjoints import declared_accents
from bnverify.read.applied import applied_letters, without_arguments
from bnverify.read.averages import averages_in, with_averages
from bnverify.read.braced import BraceClaim, brace_claims
from bnverify.read.brackets import deepest
from bnverify.read.cased import with_cases
from bnverify.read.coded import decoded
from bnverify.read.commands import ELLIPSES, GREEK
from bnverify.read.containers import Wording, tokens_in
from bnverify.read.counted import counted, counts_to_d
from bnverify.read.documents import Formula, Layout
from bnverify.read.italic import italic_names
from bnverify.read.labelled import labels_in, with_labels
from bnverify.read.latex import parse
from bnverify.read.row_labels import with_row_labels
from bnverify.read.rows import Rows, Side, Statement, structure
from bnverify.read.sigmas import sigmas_sum, with_sums
from bnverify.read.spoken import named, spoken_names
from bnverify.read.stray import mended
from bnverify.read.syntax import Expr, Group, Name, Unreadable, inside
from bnverify.read.tokens import Raw
from bnverify.read.unclosed import breaks_off
from bnverify.source import Note, Span


@frozen
class Notice:
    """A choice of the reader that the writer should know of."""

    code: str
    message: str


@dataclass(slots=True)
class Block:
    """One formula on the way to chains."""

    formula: Formula
    tokens: list[Raw]
    definitions: list[Span]
    """Where it defines commands."""
    rows: Rows = field(default_factory=Rows)
    notices: list[Notice] = field(default_factory=list)
    claims: list[Statement] = field(default_factory=list)
    """What the labels of its braces say."""


JOINED = "joined"
LONGEST_TO_MEND = 120
"""Tokens of a formula in which a lost brace is looked for."""


def blocks_of(note: Note, layout: Layout) -> tuple[list[Block], Wording]:
    """The formulas of a note with their tokens and rows, and how a further piece of it would be read."""
    blocks = [_block(note, formula, layout) for formula in layout.formulas]
    tokens = with_row_labels([block.tokens for block in blocks])
    summing = sigmas_sum(tokens)
    tokens = [with_sums(one, summing) for one in tokens]
    for block, meant in zip(blocks, tokens, strict=True):
        block.tokens = meant
    names = spoken_names(tokens) | italic_names(tokens) | declared_accents(note.text)
    averages, labels, applied = averages_in(note.text), labels_in(tokens), applied_letters(tokens)
    for block in blocks:
        meant = without_arguments(with_averages(with_cases(block.tokens), averages), applied)
        block.tokens = named(with_labels(meant, labels), names)
    to_d = counts_to_d(block.tokens for block in blocks)
    wording = Wording(layout, names, to_d, averages, labels, applied, summing)
    for block in blocks:
        block.tokens = counted(block.tokens, wording.counts_to_d)
    letters = index_letters(block.tokens for block in blocks)
    met: set[str] = set()
    for block in blocks:
        _structure(block, letters)
        block.claims = [_claimed(one, letters) for one in brace_claims(block.tokens, met)]
        met |= {piece.text for piece in block.tokens if piece.kind == "letter"}
        if not block.formula.closed and breaks_off(block.tokens, block.formula.span, note):
            _leave_unread(block, letters)
    _open_before_strays(blocks)
    return blocks, wording


def _block(note: Note, formula: Formula, layout: Layout) -> Block:
    """A formula that is too long, or nested too deep, is a single token that nothing reads."""
    if len(formula.span) > most("formula"):
        return _refused(note, formula, exceeded("formula"))
    meant = tokens_in(note.text, formula, layout)
    if deepest(meant.tokens) > most("nesting"):
        return _refused(note, formula, exceeded("nesting"))
    return Block(formula, mended(decoded(meant.tokens)), meant.definitions)


def _refused(note: Note, formula: Formula, why: str) -> Block:
    """A formula that nobody works on: one step that is not read, if it holds a sign of equality."""
    sign = note.text.find("=", formula.span.start, formula.span.end)
    if sign < 0:
        return Block(formula, [Raw("long", why, formula.span.start, formula.span.end)], [])
    tokens = [
        Raw("letter", "x", formula.span.start, sign),
        Raw("=", "=", sign, sign + 1),
        Raw("long", why, sign + 1, formula.span.end),
    ]
    return Block(formula, tokens, [])


def index_letters(formulas: Iterable[Sequence[Raw]]) -> frozenset[str]:
    """The letters below another letter or a sum somewhere in the note, and not only below the last of a row."""
    found: set[str] = set()
    for tokens in formulas:
        for place, piece in enumerate(tokens[:-1]):
            signed = place and tokens[place - 1].text in ("\\nabla", "\\partial")
            if piece.kind == "_" and not signed and not _is_last_of_row(tokens, place):
                found.update(_subscript_letters(tokens, place + 1))
    return frozenset(found)


def _is_last_of_row(tokens: Sequence[Raw], place: int) -> bool:
    """Whether the letter before this place ends `x_1, \\dots, x_N`: what is below it counts them."""
    before = [piece.text for piece in tokens[max(0, place - LONGEST_LAST) : place]]
    dots = max((k for k, text in enumerate(before) if text in ELLIPSES), default=None)
    return dots is not None and before[dots + 1 :].count(",") == 1 and before[dots + 1] == ","


LONGEST_LAST = 7
"""Tokens of dots, a comma and an accented letter."""


def _subscript_letters(tokens: Sequence[Raw], place: int) -> Iterator[str]:
    if tokens[place].kind == "letter":
        yield tokens[place].text
    if tokens[place].kind != "{":
        return
    for piece in tokens[place + 1 :]:
        if piece.kind == "}":
            return
        if piece.kind == "letter":
            yield piece.text


def _structure(block: Block, letters: frozenset[str]) -> None:
    block.rows = structure(block.tokens, letters)
    block.rows.annotations.extend(block.definitions)
    for closing, (opens, closes) in CLOSERS.items():
        surplus = sum(opens(piece) for piece in block.tokens) - sum(closes(piece) for piece in block.tokens)
        if surplus == 1 and len(block.tokens) <= LONGEST_TO_MEND:
            _restore(closing, block, letters)
    if not block.formula.opened:
        block.notices.append(Notice(JOINED, "this formula is never opened: it is read from the last blank line on"))
    if not block.formula.closed:
        block.notices.append(Notice(JOINED, "this formula is never closed: it is read up to the next blank line"))


def _claimed(claim: BraceClaim, letters: frozenset[str]) -> Statement:
    """What the label of a brace says, read as if it stood in a line of its own."""
    statements = structure(claim.tokens, letters).statements
    if len(statements) == 1 and len(statements[0].sides) == 2:
        return statements[0]
    trouble = "what stands below this brace is not read"
    return Statement([Side(None, list(claim.inner)), Side(claim.sign, list(claim.side), trouble=trouble)])


def _leave_unread(block: Block, letters: frozenset[str]) -> None:
    """The last side of a formula in whose middle the file ends."""
    block.rows = structure(block.tokens, letters)
    block.rows.annotations.extend(block.definitions)
    block.notices.clear()
    for statement in block.rows.statements[-1:]:
        statement.sides[-1].trouble = "the file ends in the middle of this formula"


def _open_before_strays(blocks: Sequence[Block]) -> None:
    """A symbol behind a side that means something elsewhere in the note may be its factor: the side is not read."""
    if not any(block.rows.strays for block in blocks):
        return
    seen = Counter(piece.text for block in blocks for piece in block.tokens)
    for side, stray in (one for block in blocks for one in block.rows.strays):
        letters = [piece.text for piece in stray if piece.kind == "letter" or piece.text in GREEK]
        own = Counter(letters)
        if letters and seen[letters[0]] > own[letters[0]]:
            side.trouble = "the symbol behind this side may be a factor of it"


WORDS = {"}": "brace", ")": "bracket"}
CLOSERS: Mapping[str, tuple[Callable[[Raw], bool], Callable[[Raw], bool]]] = {
    "}": (lambda piece: piece.kind == "{", lambda piece: piece.kind == "}"),
    ")": (
        lambda piece: piece.kind == "open" and piece.text == "(",
        lambda piece: piece.kind == "close" and piece.text == ")",
    ),
}
"""What may be lost, with what opens and what closes."""


def _restore(closing: str, block: Block, letters: frozenset[str]) -> None:
    """Put back what closes where exactly one reading of the whole formula comes of it.

    Brackets round one letter alone are no reading: nobody writes them.
    """
    fits: dict[tuple[Expr, ...], Rows] = {}
    for place in _open_places(closing, block.tokens):
        at = block.tokens[place - 1].end
        kind = "}" if closing == "}" else "close"
        tokens = [*block.tokens[:place], Raw(kind, closing, at, at), *block.tokens[place:]]
        rows = structure(tokens, letters)
        if trees := _all_read(rows):
            fits.setdefault(trees, rows)
        if len(fits) > 1:
            return
    if fits:
        block.rows = next(iter(fits.values()))
        block.notices.append(
            Notice(
                "missing-bracket",
                f"a closing {WORDS[closing]} is missing: it is put back in the one place where it fits",
            )
        )


def _open_places(closing: str, tokens: Sequence[Raw]) -> Iterator[int]:
    """Behind which tokens something is open that may be closed there."""
    opens, closes = CLOSERS[closing]
    depth = 0
    for place, piece in enumerate(tokens, 1):
        depth += opens(piece) - closes(piece)
        if depth > 0:
            yield place


def _all_read(rows: Rows) -> tuple[Expr, ...]:
    """The trees of all sides; none where one is not read, or has brackets round one letter alone."""
    trees: list[Expr] = []
    for side in (side for statement in rows.statements for side in statement.sides):
        trees.append(parse(side.tokens))
        for node in inside(trees[-1]):
            if isinstance(node, Unreadable) or (isinstance(node, Group) and isinstance(node.body, Name)):
                return ()
    return tuple(trees)
