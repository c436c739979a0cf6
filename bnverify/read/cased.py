"""Cases as a table behind a brace, `\\left\\{ \\begin{array}{ll} ... \\end{array} \\right.` -> as `cases`."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import closing_place, has_relation, split
from bnverify.read.cursor import Misshapen, closing_environment
from bnverify.read.latex import condition
from bnverify.read.tokens import Raw
from bnverify.read.wrappers import is_newline

TABLES = frozenset(("array", "matrix"))
BRACES = frozenset(("{", "\\{", "\\lbrace"))


def with_cases(tokens: list[Raw]) -> list[Raw]:
    """The tokens with each such table as an environment of cases; the outer ones cover the characters of the brace."""
    if not any(piece.kind == "open" and piece.text in BRACES for piece in tokens):
        return tokens
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        end = _table_behind(tokens, place)
        if end is None:
            made.append(tokens[place])
            place += 1
            continue
        first = _behind_columns(tokens, place + 2)
        made.append(Raw("begin", "cases", tokens[place].start, tokens[first - 1].end))
        made += tokens[first:end]
        last = end + 1 if end + 1 < len(tokens) and tokens[end + 1].kind == "close" else end
        made.append(Raw("end", "cases", tokens[end].start, tokens[last].end))
        place = last + 1
    return made


def _table_behind(tokens: Sequence[Raw], place: int) -> int | None:
    """Where the table behind the brace at this place ends, if each of its rows is a value and a condition."""
    opens = tokens[place].kind == "open" and tokens[place].text in BRACES
    begins = [one for one in tokens[place + 1 : place + 2] if one.kind == "begin" and one.text in TABLES]
    if not opens or not begins:
        return None
    try:
        end = closing_environment(list(tokens), place + 1)
    except Misshapen:
        return None
    rows = [row for row in split(list(tokens[_behind_columns(tokens, place + 2) : end]), is_newline) if row]
    cells = [split(row, lambda piece: piece.kind == "&") for row in rows]
    return end if len(rows) > 1 and all(map(_is_case, cells)) else None


def _is_case(cells: Sequence[list[Raw]]) -> bool:
    if len(cells) < 2 or has_relation(cells[0]):
        return False
    return any(piece.kind == "text" for piece in cells[-1]) or condition(cells[-1]) is not None


def _behind_columns(tokens: Sequence[Raw], place: int) -> int:
    """The place behind `{ll}`, if that stands here."""
    return closing_place(tokens, place) + 1 if place < len(tokens) and tokens[place].kind == "{" else place
