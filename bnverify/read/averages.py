"""Signs that mean an average where the note says so, `a bar denotes the mean`, -> the tokens of `\\mathbb{E}[x]`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, closing_bracket
from bnverify.read.cursor import Misshapen, argument_end, unbraced
from bnverify.read.tokens import Raw

MEAN = r"(?:means?|averages?|averaging|expectations?|expected\s+values?)\b"
BAR = r"(?:(?:a|an|the|each|every|horizontal)\s+(?:over)?(?:bar|line)|(?:over)?bars|overlines?)\b"
ANGLE = r"(?:angled?|angular|pointed)\s+brackets?\b|\\langle\b|⟨"
BARS = frozenset(("\\bar", "\\overline"))
SAID = (
    (BARS, pattern(rf"\b{BAR}[^.;!?]{{0,60}}\b{MEAN}|\b{MEAN}[^.;!?]{{0,40}}\b(?:with|by|as)\s+{BAR}", re.IGNORECASE)),
    (
        frozenset("<"),
        pattern(
            rf"(?:{ANGLE})[^.;!?]{{0,60}}\b{MEAN}|\b{MEAN}[^.;!?]{{0,40}}\b(?:with|by|as|in)\s+\$?(?:{ANGLE})",
            re.IGNORECASE,
        ),
    ),
)
"""Which signs, and what says that they are averages."""


@frozen
class Averages:
    """The signs that are averages in a note; `defined` are the letters that an equation gives a meaning with one."""

    signs: frozenset[str] = frozenset()
    defined: frozenset[str] = frozenset()


def averages_in(text: str, formulas: Iterable[Sequence[Raw]]) -> Averages:
    """What a note says of averages; most say nothing."""
    signs = frozenset(one for known, said in SAID if said.search(text) for one in known)
    return Averages(signs, frozenset(_defined(formulas, signs & BARS))) if signs else Averages()


def _defined(formulas: Iterable[Sequence[Raw]], accents: frozenset[str]) -> Iterator[str]:
    for tokens in formulas:
        for place, piece in enumerate(tokens):
            end = _end_of_argument(tokens, place) if piece.text in accents else 0
            behind = end
            while behind and behind < len(tokens) and tokens[behind].kind in ("_", "&"):
                behind = _end_of_argument(tokens, behind) if tokens[behind].kind == "_" else behind + 1
            if end and behind < len(tokens) and tokens[behind].text in EQUALITIES:
                yield _written(tokens[place + 1 : end])


def _end_of_argument(tokens: Sequence[Raw], place: int) -> int:
    """The place behind what a sign takes; 0 where it takes nothing."""
    try:
        return argument_end(tokens, place + 1)
    except Misshapen:
        return 0


def _written(tokens: Sequence[Raw]) -> str:
    return " ".join(piece.text for piece in unbraced(tokens))


def with_averages(tokens: list[Raw], averages: Averages) -> list[Raw]:
    """`\\overline{g x}` and `\\langle g x \\rangle` as the tokens of `\\mathbb{E}[g x]`."""
    if not any(piece.text in averages.signs for piece in tokens):
        return tokens
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        found = _inner(tokens, place, averages)
        if found is None:
            made.append(tokens[place])
            place += 1
        else:
            inner, end = found
            made += _average(tokens[place], with_averages(list(inner), averages), tokens[end - 1].end)
            place = end
    return made


def _inner(tokens: Sequence[Raw], place: int, averages: Averages) -> tuple[Sequence[Raw], int] | None:
    """What a sign averages, and the place behind it; nothing where it is another sign."""
    sign = tokens[place]
    if sign.text not in averages.signs:
        return None
    if sign.kind == "open":
        end = closing_bracket(tokens, place)
        inner = tokens[place + 1 : end]
        return (inner, end + 1) if inner and not any(piece.text == "," for piece in inner) else None
    end = _end_of_argument(tokens, place)
    inner = unbraced(tokens[place + 1 : end]) if end else ()
    return (inner, end) if inner and _written(inner) not in averages.defined else None


def _average(sign: Raw, inner: Sequence[Raw], end: int) -> list[Raw]:
    at = sign.end
    head = [Raw("{", "{", at, at), Raw("letter", "E", at, at), Raw("}", "}", at, at), Raw("open", "[", at, at)]
    return [Raw("command", "\\mathbb", sign.start, at), *head, *inner, Raw("close", "]", end, end)]
