"""Tokens -> the same with what notes take over from code read as mathematics: `+=`, `ones((N, D))`."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import closing_bracket
from bnverify.read.labels import is_shape
from bnverify.read.tokens import Raw

INCREASE = "+="
"""The text of a relation sign that adds its side to what the head has so far."""
ONES_IN_WORDS = frozenset(("\\text{ones}", "\\mathrm{ones}", "\\texttt{ones}", "\\operatorname{ones}"))


def decoded(tokens: Sequence[Raw]) -> list[Raw]:
    """One relation sign for `+=`, the ones of mathematics for an array of ones."""
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        end = _end_of_ones(tokens, place)
        if end:
            made += _ones(tokens[place].start, tokens[end - 1].end)
        elif _is_increase(tokens, place):
            made.append(Raw("=", INCREASE, tokens[place].start, tokens[place + 1].end))
            end = place + 2
        else:
            made.append(tokens[place])
            end = place + 1
        place = end
    return made


def _is_increase(tokens: Sequence[Raw], place: int) -> bool:
    pair = tokens[place : place + 2]
    return [piece.kind for piece in pair] == ["+", "="] and pair[0].end == pair[1].start and place > 0


def _end_of_ones(tokens: Sequence[Raw], place: int) -> int:
    """The place behind `ones((N, D))` or `ones(N, D)` that begins here; 0 where none does."""
    behind = _end_of_word(tokens, place)
    if not behind or behind >= len(tokens) or tokens[behind].kind != "open":
        return 0
    end = closing_bracket(tokens, behind) + 1
    inner = tokens[behind:end]
    while len(inner) > 2 and inner[1].kind == "open" and inner[-2].kind == "close":
        inner = inner[1:-1]
    return end if is_shape(inner) else 0


def _end_of_word(tokens: Sequence[Raw], place: int) -> int:
    """The place behind the word: in a style, or letter by letter."""
    first = tokens[place].text
    if "ones" in first and "".join(first.split()) in ONES_IN_WORDS:
        return place + 1
    word = tokens[place : place + 7]
    if first in ("\\mathrm", "\\operatorname", "\\mathtt", "\\texttt") and len(word) == 7:
        spelled = "".join(piece.text for piece in word[1:])
        return place + 7 if spelled == "{ones}" else 0
    if not first.startswith("o"):
        return 0
    begins = place == 0 or tokens[place - 1].kind != "letter" or tokens[place - 1].end != tokens[place].start
    return place + 4 if begins and "".join(piece.text for piece in word[:4]) == "ones" else 0


def _ones(start: int, end: int) -> list[Raw]:
    """`\\mathbf{1}` in the place of some tokens."""
    texts = (("command", "\\mathbf"), ("{", "{"), ("digits", "1"), ("}", "}"))
    return [Raw(kind, text, start, end) for kind, text in texts]
