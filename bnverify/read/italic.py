"""Letters side by side that a note defines as one name, `ivar = 1/\\sqrt{...}` -> that name wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bnverify.read.adjoints import QUANTITIES
from bnverify.read.brackets import EQUALITIES, closing_place
from bnverify.read.tokens import Raw

STYLED = frozenset("\\mathrm \\mathit \\mathsf \\mathtt \\mathbf \\operatorname \\operatorname*".split())
SHORTEST = 3
SHORT = frozenset(("sq",))
"""Words of code with fewer letters, which nobody multiplies."""
ALWAYS = frozenset(("eps", "dout", *(f"d{name}" for name in QUANTITIES if len(name) > 1 and name.isalpha())))
"""Words of code that are no product wherever they stand."""
BEFORE = frozenset(("newline", "&", "quad", ",", ";", ":", "begin", "text", "tag", "circled"))
"""Kinds of tokens behind which a statement may begin."""
Run = tuple[int, int, str]
"""The place of its first letter, the place behind it, and the word."""


def italic_names(formulas: Iterable[Sequence[Raw]]) -> frozenset[str]:
    """The words that stand alone, or with an index, before a relation sign somewhere in the note; and eps, dout.

    Where xmu is one, dxmu is its differential.
    """
    found: set[str] = set()
    words: set[str] = set()
    for tokens in formulas:
        for start, end, word in runs(tokens):
            begins = start == 0 or tokens[start - 1].kind in BEFORE
            if word in ALWAYS or (begins and _is_head(tokens, end) and _is_name(word)):
                found.add(word)
            words.add(word)
    return frozenset(found | {word for word in words if word[:1] == "d" and word[1:] in found - ALWAYS})


def with_words(tokens: Sequence[Raw], names: frozenset[str]) -> list[Raw]:
    """The tokens with each of these words as text."""
    made: list[Raw] = []
    place = 0
    for start, end, word in runs(tokens):
        if word in names and not _is_argument(tokens, start):
            made += tokens[place:start]
            if word[0] == "d" and word[1:] in names:
                made.append(tokens[start])
                start, word = start + 1, word[1:]
            made.append(Raw("text", f"\\text{{{word}}}", tokens[start].start, tokens[end - 1].end))
            place = end
    return [*made, *tokens[place:]]


def _is_argument(tokens: Sequence[Raw], start: int) -> bool:
    """Whether the word is an index, or has a style of its own."""
    if start and tokens[start - 1].kind == "{":
        start -= 1
    return start > 0 and (tokens[start - 1].kind in ("_", "^") or tokens[start - 1].text in STYLED)


def runs(tokens: Sequence[Raw]) -> Iterator[Run]:
    """Small letters without space between them."""
    place = 0
    while place < len(tokens):
        end = place
        while end < len(tokens) and _continues(tokens, place, end):
            end += 1
        word = "".join(piece.text for piece in tokens[place:end])
        if end - place >= SHORTEST or word in SHORT:
            yield place, end, word
        place = max(end, place + 1)


def _continues(tokens: Sequence[Raw], first: int, place: int) -> bool:
    piece = tokens[place]
    small = piece.kind == "letter" and len(piece.text) == 1 and piece.text.islower()
    return small and (place == first or tokens[place - 1].end == piece.start)


def _is_head(tokens: Sequence[Raw], place: int) -> bool:
    """Whether nothing but an index stands between here and a relation sign."""
    while place + 1 < len(tokens) and tokens[place].kind in ("_", "&"):
        behind = place + 1
        if tokens[place].kind == "_":
            behind = closing_place(tokens, place + 1) + 1 if tokens[place + 1].kind == "{" else place + 2
        place = behind
    return place < len(tokens) and tokens[place].text in EQUALITIES


def _is_name(word: str) -> bool:
    """No differential of something that is not known; what stands before a sign of equality is no function."""
    return not word.startswith("d") or word[1:] in QUANTITIES
