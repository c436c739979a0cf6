"""Tokens of a formula -> the same without the shapes that are written on its quantities, and these shapes.

`(N, D)`, `(D,)`, `\\in \\mathbb{R}^{N \\times D}`, `N \\times D`: how large an array is, which is never a factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, closing_bracket, closing_place
from bnverify.read.commands import FRACTIONS, OTHER_RELATIONS
from bnverify.read.fragments import ARROWS
from bnverify.read.names import atom_end
from bnverify.read.spoken import spoken
from bnverify.read.tokens import Raw
from bnverify.source import Span

COUNTS = frozenset("NMBDCHWFKTGPQSndmpcbh")
"""Letters that people count by; any other letter in brackets may be an argument."""
APART = frozenset(("quad", "text", ",", ";", ":", "odd", "escaped", "&", "newline"))
"""Kinds of tokens behind which a shape speaks of the whole formula before them."""
MARKS = frozenset(("#", "\\#", ":", "\\to", "\\rightarrow"))
"""What may stand between a formula and its shape."""
SPOKEN = pattern(r"\b(?:shapes?|sizes?|dim\w*|array|tensor|matrix|vector)\b|^\W*(?:of|is|in)?\W*$", re.IGNORECASE)
COPIED = pattern(
    r"\b(?:broadcast|tile|repeat|expand|cop(?:y|ied)|stretch|replicat|reshap|not\b|to\b|from\b)", re.IGNORECASE
)
"""Words for another shape than the own one."""
STACKING = frozenset(("\\underset", "\\overset", "\\stackrel"))
SIGNS = MARKS | STACKING | {"\\in"}
BEGINNINGS = frozenset(("open", "letter", "digits", "odd", "escaped", "_"))
"""Signs and kinds of tokens that a shape may begin with."""
LONGEST, NEAR = 16, 60
"""Tokens of a shape, and tokens before it among which the factor that it stands on is looked for."""
MOST_SHAPES = 100
"""In one formula."""
SHAPE = "shape"
"""The kind of the token that stands for a shape below a line."""


@frozen
class Written:
    """A shape as written: how many places each axis has. `quantity` are the tokens that it directly stands on."""

    span: Span
    entries: tuple[str, ...]
    quantity: tuple[Raw, ...] = ()
    whole: bool = True
    """Whether it may speak of the head of the equation before it."""
    formula: Span | None = None
    """The formula that it stands behind, or under, where it is in none itself."""
    among: tuple[int, int] = (0, 1)
    """Which one it is of how many that stand in a row under one formula."""


@frozen
class _Found:
    """A shape among tokens: from `start` to `end`, of which `first` is the place where the shape itself begins."""

    start: int
    first: int
    end: int
    entries: tuple[str, ...]
    below: bool = False
    """Whether it stands under a line, where a token has to stay."""


def without_shapes(tokens: Sequence[Raw]) -> tuple[list[Raw], list[Written], list[Raw]]:
    """The tokens that stay, the shapes, and the tokens of the shapes with the marks before them."""
    kept: list[Raw] = []
    shapes: list[Written] = []
    left_out: list[Raw] = []
    place = 0
    while place < len(tokens):
        found = _shape_at(tokens, place) if len(shapes) < MOST_SHAPES and _may_begin(tokens[place]) else None
        if found is None or (found.start == 0 and found.end == len(tokens)):
            kept.append(tokens[place])
            place += 1
            continue
        shapes.append(_written(tokens, found))
        left_out += tokens[found.start : found.end]
        if found.below:
            span = _span(tokens, found)
            kept.append(Raw(SHAPE, SHAPE, span.start, span.end))
        place = found.end
    return kept, shapes, left_out


def _may_begin(piece: Raw) -> bool:
    return piece.kind in BEGINNINGS or piece.text in SIGNS


def _span(tokens: Sequence[Raw], found: _Found) -> Span:
    return tokens[found.first].span.until(tokens[found.end - 1].span)


def _shape_at(tokens: Sequence[Raw], place: int) -> _Found | None:
    """The shape that begins at a place, with the mark before it."""
    piece = tokens[place]
    if piece.text in STACKING:
        return _stacked(tokens, place)
    if piece.text == "\\in":
        return _in_a_space(tokens, place)
    if piece.kind == "_":
        return _below(tokens, place)
    if piece.text in MARKS:
        inner = _bracket(tokens, place + 1, apart=True)
        return _Found(place, inner.first, inner.end, inner.entries) if inner and place else None
    before = tokens[place - 1] if place else None
    if piece.kind == "open":
        if before is None or before.text in EQUALITIES | OTHER_RELATIONS or before.kind in "_^+-*/":
            return None
        if before.kind == "text" and not _introduces(before):
            return None
        return _under_a_line(tokens, place) or _bracket(tokens, place, apart=before.kind in APART)
    return _product_of_counts(tokens, place) if before is not None and _introduces(before) else None


def _introduces(piece: Raw) -> bool:
    """A wide space, or words that speak of a shape."""
    words = spoken(piece) if piece.kind == "text" else ""
    return piece.kind == "quad" or (piece.kind == "text" and bool(SPOKEN.search(words)) and not COPIED.search(words))


def _bracket(tokens: Sequence[Raw], place: int, apart: bool) -> _Found | None:
    """`(N, D)`, `(D,)`; `(D)` where it stands apart."""
    if place >= len(tokens) or tokens[place].kind != "open" or tokens[place].text not in "([":
        return None
    end = _closing(tokens, place)
    entries = entries_of(tokens[place + 1 : end]) if end else ()
    alone = len(entries) == 1 and all(piece.kind != "," for piece in tokens[place + 1 : end])
    if not entries or (tokens[place].text == "[" and not apart):
        return None
    if (alone and not (apart and entries[0].isupper())) or all(one.isdigit() for one in entries):
        return None
    if not apart and not all(one.isupper() or one.isdigit() for one in entries):
        return None
    return _Found(place, place, end + 1, entries)


def _closing(tokens: Sequence[Raw], place: int) -> int:
    """The place of the bracket that closes a short one; 0 where it is longer than a shape."""
    end = closing_bracket(tokens[place : place + LONGEST], 0)
    return place + end if end else 0


def entries_of(inner: Sequence[Raw]) -> tuple[str, ...]:
    """The counts between two brackets, parted by commas; nothing where something else stands there."""
    cells: list[list[Raw]] = [[]]
    for piece in inner:
        if piece.kind == ",":
            cells.append([])
        else:
            cells[-1].append(piece)
    if cells and not cells[-1] and len(cells) > 1:
        cells.pop()
    single = all(len(cell) == 1 and is_entry(cell[0]) for cell in cells)
    return tuple(cell[0].text for cell in cells) if single else ()


def is_entry(piece: Raw) -> bool:
    return piece.kind == "digits" or (piece.kind == "letter" and piece.text in COUNTS)


def _times(inner: Sequence[Raw]) -> tuple[str, ...]:
    """The counts of `N \\times D`, or the one alone."""
    counts, signs = inner[::2], inner[1::2]
    fits = len(inner) % 2 == 1 and all(map(is_entry, counts)) and all(one.text == "\\times" for one in signs)
    return tuple(one.text for one in counts) if fits else ()


def _in_a_space(tokens: Sequence[Raw], place: int) -> _Found | None:
    """`\\in \\mathbb{R}^{N \\times D}`."""
    texts = [piece.text for piece in tokens[place + 1 : place + 6]]
    if not place or texts != ["\\mathbb", "{", "R", "}", "^"] or place + 6 >= len(tokens):
        return None
    first = place + 6
    if tokens[first].kind != "{":
        entries = _times(tokens[first : first + 1])
        return _Found(place, place + 1, first + 1, entries) if entries else None
    end = closing_place(tokens, first)
    entries = _times(tokens[first + 1 : end]) or entries_of(tokens[first + 1 : end])
    return _Found(place, place + 1, end + 1, entries) if entries else None


def _product_of_counts(tokens: Sequence[Raw], place: int) -> _Found | None:
    """`N \\times D` by itself, up to the next separator."""
    end = place
    while end < len(tokens) and (is_entry(tokens[end]) or tokens[end].text == "\\times"):
        end += 1
    entries = _times(tokens[place:end])
    closed = end == len(tokens) or tokens[end].kind in APART | {"."}
    return _Found(place, place, end, entries) if len(entries) > 1 and closed else None


def _under_a_line(tokens: Sequence[Raw], place: int) -> _Found | None:
    """`\\frac{A}{(N, D)}`, `\\underbrace{A}_{(N, D)}`: the braces hold nothing but a shape."""
    end = _closing(tokens, place)
    braced = place > 1 and tokens[place - 1].kind == "{" and end + 1 < len(tokens) and tokens[end + 1].kind == "}"
    if not end or not braced or tokens[place - 2].kind not in ("}", "_"):
        return None
    entries = entries_of(tokens[place + 1 : end])
    counted = len(entries) > 1 or any(piece.kind == "," for piece in tokens[place + 1 : end])
    known = bool(entries) and counted and not all(one.isdigit() for one in entries)
    return _Found(place, place, end + 1, entries, below=True) if known and _opening_of(tokens, place - 1) else None


def _below(tokens: Sequence[Raw], place: int) -> _Found | None:
    """`A_{(N, D)}`: a shape where an index could stand."""
    if place + 2 >= len(tokens) or not place or tokens[place + 1].kind != "{" or _opening_of(tokens, place + 1):
        return None
    inner = _bracket(tokens, place + 2, apart=False)
    if inner is None or closing_place(tokens, place + 1) != inner.end:
        return None
    return _Found(place, place + 2, inner.end + 1, inner.entries)


def _opening_of(tokens: Sequence[Raw], brace: int) -> tuple[int, int] | None:
    """The braces of what stands over the line whose lower argument begins at `brace`, or of what is underbraced."""
    last = brace - 2 if tokens[brace - 1].kind == "_" else brace - 1
    depth = 0
    for place in range(last, -1, -1):
        depth += {"}": 1, "{": -1}.get(tokens[place].kind, 0)
        if depth == 0:
            command = tokens[place - 1].text if place and tokens[place].kind == "{" else ""
            fits = command in (FRACTIONS if last == brace - 1 else ("\\underbrace", "\\overbrace"))
            return (place, last) if fits else None
    return None


def _stacked(tokens: Sequence[Raw], place: int) -> _Found | None:
    """`\\underset{(N, D)}{A}` is A; the braces around A stay."""
    if place + 2 >= len(tokens) or tokens[place + 1].kind != "{":
        return None
    end = closing_place(tokens, place + 1)
    inner = _bracket(tokens[: end + 1], place + 2, apart=True)
    behind = tokens[end + 1 : end + 2]
    if inner is None or inner.end != end or not behind or behind[0].kind != "{":
        return None
    return _Found(place, place + 2, end + 1, inner.entries)


# -- what a shape stands on


def _written(tokens: Sequence[Raw], found: _Found) -> Written:
    span = _span(tokens, found)
    if found.below:
        first, last = _opening_of(tokens, found.start - 1) or (0, 0)
        return Written(span, found.entries, tuple(tokens[first + 1 : last]), whole=False)
    if tokens[found.start].text in STACKING:
        inner = tokens[found.end + 1 : closing_place(tokens, found.end)]
        return Written(span, found.entries, tuple(inner), whole=False)
    if tokens[found.start].kind == "_":
        return Written(span, found.entries, tuple(_last_factor(tokens[: found.start])), whole=False)
    start = max(_boundaries(tokens[: found.start]), default=0)
    before = tokens[start : found.start]
    equation = any(piece.text in EQUALITIES for piece in before)
    apart = tokens[found.start].kind in APART or tokens[found.start - 1].kind in APART
    apart = apart or tokens[found.start].text in MARKS | {"\\in"}
    if not equation:
        return Written(span, found.entries, tuple(_last_fragment(before)), whole=not _last_fragment(before))
    return Written(span, found.entries, () if apart else tuple(_last_factor(before)))


def _boundaries(tokens: Sequence[Raw]) -> Iterator[int]:
    """The places behind arrows and row breaks."""
    return (k + 1 for k, piece in enumerate(tokens) if piece.text in ARROWS or piece.kind == "newline")


def _last_fragment(tokens: Sequence[Raw]) -> Sequence[Raw]:
    """The tokens behind the last separator, without words at their end."""
    end = len(tokens)
    while end and tokens[end - 1].kind in APART:
        end -= 1
    start = max((k + 1 for k in range(end) if tokens[k].kind in APART), default=0)
    return tokens[start:end]


def _last_factor(tokens: Sequence[Raw]) -> Sequence[Raw]:
    """The name or the fraction that the tokens end with."""
    for start in range(max(0, len(tokens) - NEAR), len(tokens)):
        if tokens[start].text in FRACTIONS:
            end = _end_of_fraction(tokens, start)
        else:
            end = atom_end(tokens, start)
        if end == len(tokens) and end > start:
            return tokens[start:]
    return ()


def _end_of_fraction(tokens: Sequence[Raw], start: int) -> int:
    end = start + 1
    for _ in range(2):
        if end < len(tokens):
            end = closing_place(tokens, end) + 1 if tokens[end].kind == "{" else end + 1
    return end
