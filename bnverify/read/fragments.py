"""A row -> its fragments: what stands between `\\quad`, commas, arrows, words and alignment marks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, OPERATORS, closing_place, depths, has_relation, partners, split
from bnverify.read.commands import OTHER_RELATIONS
from bnverify.read.labels import ELLIPSES, is_value
from bnverify.read.latex import condition, conditions_in
from bnverify.read.spoken import spoken
from bnverify.read.syntax import Relation
from bnverify.read.tokens import Raw

ARROWS = frozenset(
    "\\Rightarrow \\rightarrow \\implies \\iff \\Leftrightarrow \\Longrightarrow \\longrightarrow \\therefore "
    "\\because \\Longleftrightarrow \\leadsto \\wedge \\land".split()
)
REMARKS = pattern(
    r"\W*(?:since|where|let|with|as|because|using|by|for|note|recall|if|when|define|denote|assum\w*|here|given|see)\b",
    re.IGNORECASE,
)
APART = 3
"""Characters of white space, such as `\\;`, before a condition in brackets."""
LONGEST_CONDITION = 5
"""Tokens of `i = j` and of the punctuation behind it."""
ASIDE = "aside"
"""The text of a separator that stands for a bracket around a remark."""
QUANTIFIERS = frozenset(("\\forall", "\\exists"))
ORDERS = frozenset(("<", ">", "\\lt", "\\gt"))


@dataclass(slots=True)
class Fragment:
    """Tokens between two separators. `behind`: quad, comma, arrow, words or bracket (of a remark), before them."""

    tokens: list[Raw]
    behind: str = ""
    begins_row: bool = False
    column: int = -1
    """How many alignment marks stand before its first relation sign; -1 without one."""
    begins: int = 0
    """How many alignment marks stand before its first token."""
    aside: bool = False
    """A remark on what stands before it, which nothing behind it continues: `\\text{since } c = d`."""
    in_phrase: bool = False
    """Words follow it, or dots stand before it: `N \\text{ is the size}`, `\\dots, N`."""

    def take(self, tokens: Sequence[Raw], column: int) -> None:
        self.begins = self.begins if self.tokens else column
        self.tokens.extend(tokens)
        if self.column < 0 and any(piece.text in EQUALITIES for piece in tokens):
            self.column = column


def fragments(row: Sequence[Raw], columns: frozenset[int] = frozenset()) -> list[Fragment]:
    """The pieces of a row; alignment marks part only whole equations, and `columns` in which chains run down."""
    found = [Fragment([])]
    for column, cell in enumerate(split(row, lambda piece: piece.kind == "&")):
        starts_new = bool(found[-1].tokens) and _is_whole(found[-1].tokens) and bool(cell)
        starts_new = starts_new and (not _joins(cell[0]) or (column in columns and cell[0].text in EQUALITIES))
        pieces = _parted(cell)
        for place, piece in enumerate(pieces):
            if place == 0 and not starts_new:
                found[-1].take(piece.tokens, column)
            else:
                found.append(Fragment([], piece.behind, aside=piece.aside))
                found[-1].take(piece.tokens, column)
    for before, one in pairwise(found):
        before.in_phrase = before.in_phrase or one.behind == "words"
        one.in_phrase = bool(before.tokens) and all(
            piece.text in ELLIPSES or piece.kind == "." for piece in before.tokens
        )
    begins = True
    for one in found:
        one.begins_row = begins
        begins = begins and not one.tokens
    return found


def with_asides(row: Sequence[Raw]) -> tuple[list[Raw], list[Raw]]:
    """The row with separators for brackets around a remark, and these brackets.

    A remark is an equation that words or much space introduce, or conditions: `(\\text{let } 1/s = t)`, `(i \\neq j)`.
    """
    tokens = list(row)
    brackets: list[Raw] = []
    levels = depths(row)
    for opening, closing in partners(row).items():
        if row[opening].kind != "open" or levels[opening] != 1:
            continue
        inner = row[opening + 1 : closing]
        if not inner or not _is_remark(row, opening, inner):
            continue
        for place in (opening, closing):
            brackets.append(row[place])
            tokens[place] = Raw("quad", ASIDE, row[place].start, row[place].end)
    return tokens, brackets


def _is_remark(row: Sequence[Raw], opening: int, inner: Sequence[Raw]) -> bool:
    before = row[opening - 1].kind if opening else ""
    last = all(piece.kind in (",", ".", ";", "quad") for piece in row[opening + len(inner) + 2 :])
    if (inner[0].kind == "text" or (before == "quad" and last)) and has_relation(inner):
        return True
    parted = before in ("quad", ",", "&", "text") or (opening > 0 and _stands_apart(row[opening - 1], row[opening]))
    if inner[0].kind == "letter" and inner[1:2] and inner[1].text == "=":
        if any(piece.text in ELLIPSES for piece in inner):
            return parted  # `(i = 1, \\dots, n)`
    found = conditions_in(inner)
    return parted and bool(found) and None not in found


def _stands_apart(before: Raw, bracket: Raw) -> bool:
    """Whether a space that was asked for stands between them, and no indicator `1(i=j)`."""
    return bracket.start - before.end >= APART and before.text not in ("1", "I", "\\delta", "}", "\\mathbb")


def _parted(cell: Sequence[Raw]) -> list[Fragment]:
    found = [Fragment([])]
    inside = False
    for place, (piece, depth) in enumerate(zip(cell, depths(cell), strict=True)):
        behind = cell[place + 1 : place + 2]
        separator = _separator(piece, found[-1].tokens, behind) if depth == 0 else None
        if depth == 0 and _begins_condition(cell, place, found[-1].tokens):
            found.append(Fragment([piece], "quad"))
            continue
        if separator is None:
            found[-1].tokens.append(piece)
            continue
        inside ^= piece.text == ASIDE
        if piece.text == ASIDE and not inside:
            separator = "bracket"
        opens = inside or (separator == "words" and piece.kind == "text" and bool(REMARKS.match(spoken(piece))))
        found.append(Fragment([piece] if piece.kind == "text" or separator == "words" else [], separator, aside=opens))
    return found


def _begins_condition(cell: Sequence[Raw], place: int, before: Sequence[Raw]) -> bool:
    """Whether the last thing of a cell is a condition between its own indices, apart from an equation by some space."""
    if len(cell) - place > LONGEST_CONDITION or not before or cell[place].start - before[-1].end < APART:
        return False
    rest = [piece for piece in cell[place:] if piece.kind not in (",", ".", ";")]
    if len(rest) != 3 or not _is_whole(before):
        return False
    return condition_of(rest) is not None and {rest[0].text, rest[2].text} <= _indices(before)


def _indices(tokens: Sequence[Raw]) -> set[str]:
    """The letters below and above the names."""
    found: set[str] = set()
    for place, piece in enumerate(tokens[:-1]):
        if piece.kind in ("_", "^"):
            end = closing_place(tokens, place + 1) if tokens[place + 1].kind == "{" else place + 1
            found |= {one.text for one in tokens[place + 1 : end + 1] if one.kind == "letter"}
    return found


def condition_of(tokens: Sequence[Raw]) -> Relation | None:
    """The condition that a fragment is, quantifiers left out; `i < j` says that they differ: samples have no order."""
    kept = [piece for piece in tokens if piece.text not in QUANTIFIERS]
    *named, kept = split(kept, lambda piece: piece.kind == ":")
    if any(piece.kind not in ("letter", ",", "text") for part in named for piece in part):
        return None
    return condition([piece._replace(text="\\neq") if piece.text in ORDERS else piece for piece in kept])


def _separator(piece: Raw, before: list[Raw], behind: Sequence[Raw]) -> str | None:
    if piece.kind == "quad":
        return "quad"
    if piece.text in ARROWS:
        return "arrow"
    if piece.kind in (",", ";"):
        return "comma"
    if piece.text in QUANTIFIERS and before:
        return "words"
    if piece.kind == "text" and not is_value(piece, before, behind):
        return "words"
    return None


def _is_whole(tokens: Sequence[Raw]) -> bool:
    """Whether an equation is complete: a relation with something behind it."""
    places = [k for k, piece in enumerate(tokens) if piece.text in EQUALITIES]
    return bool(places) and places[-1] < len(tokens) - 1 and tokens[-1].text not in OPERATORS


def _joins(piece: Raw) -> bool:
    return piece.text in EQUALITIES or piece.text in OPERATORS or piece.text in OTHER_RELATIONS
