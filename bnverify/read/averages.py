"""Signs that mean an average where the note says so, `a bar denotes the mean`, -> the tokens of `\\mathbb{E}[x]`."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bnverify.pattern import pattern
from bnverify.read.announced import announcements
from bnverify.read.brackets import closing_bracket
from bnverify.read.cursor import Misshapen, argument_end, unbraced
from bnverify.read.tokens import Raw

KINDS = r"(?:the|an?|taking|its|their|all|batch|mini-?batch|sample|empirical|arithmetic|over|per|plain)"
MEAN = (
    rf"(?:{KINDS}[\s-]+)*(?:means?|averages?|averaging|expectations?|expected\s+values?)\b(?!\s+(?:zero|free|square))"
)
ARE = r"(?:denotes?|indicates?|means?|mark(?:s|ed)?|stands?\s+for|represents?|signif(?:y|ies)|is|are|for|be)"
BAR = r"(?:(?:a|an|the|each|every)\s+(?:horizontal\s+)?(?:over)?(?:bar|line)|(?:over)?bars|overlines?)\b"
ANGLE = r"(?:(?:angled?|angular|pointed)\s+brackets?\b|\\langle\b[^$]{0,30}\$?|⟨[^$]{0,30}\$?)"
PLACED = r"\s*(?:(?:over|on|above|around|across)\s+(?:an?|the)\s+(?:letter|quantity|symbol|variable|expression)\s*)?"
BARS = frozenset(("\\bar", "\\overline"))


def _said(sign: str) -> re.Pattern[str]:
    """`a bar denotes the mean`, `means are written with a bar`."""
    marked = r"(?:(?:is|are|be)\s+)?(?:written|denoted?|marked?|indicated?|shown)?\s*(?:with|by|as|in)"
    return pattern(
        rf"(?<![a-z]){sign}{PLACED}\s*\b{ARE}\s+{MEAN}|{MEAN}(?:\s+over\s+the\s+\w+)?\s+{marked}\s+\$?{sign}"
        rf"|\bwrit(?:e|ing)\s+\$?{sign}{PLACED}\s*for\s+{MEAN}",
        re.IGNORECASE,
    )


NAMED = pattern(r"bar|overline|bracket|\\langle|⟨", re.IGNORECASE)
"""Without such a word nothing is said; a quick look."""
SAID = ((BARS, _said(BAR)), (frozenset("<"), _said(ANGLE)))
"""Which signs, and what says that they are averages."""


def averages_in(text: str) -> frozenset[str]:
    """The signs that are averages in a note, as it says; most say nothing of the kind."""
    if not NAMED.search(text):
        return frozenset()
    found = [signs for sentence in announcements(text) for signs, said in SAID if said.search(sentence)]
    return frozenset().union(*found)


def _end_of_argument(tokens: Sequence[Raw], place: int) -> int:
    """The place behind what a sign takes; 0 where it takes nothing."""
    try:
        return argument_end(tokens, place + 1)
    except Misshapen:
        return 0


def with_averages(tokens: list[Raw], signs: frozenset[str]) -> list[Raw]:
    """`\\overline{g x}` and `\\langle g x \\rangle` as the tokens of `\\mathbb{E}[g x]`."""
    if not any(piece.text in signs for piece in tokens):
        return tokens
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        found = _inner(tokens, place, signs)
        if found is None:
            made.append(tokens[place])
            place += 1
        else:
            inner, end = found
            made += _average(tokens[place], with_averages(list(inner), signs), tokens[end - 1].end)
            place = end
    return made


def _inner(tokens: Sequence[Raw], place: int, signs: frozenset[str]) -> tuple[Sequence[Raw], int] | None:
    """What a sign averages, and the place behind it; nothing where it is another sign."""
    sign = tokens[place]
    if sign.text not in signs:
        return None
    if sign.kind == "open":
        end = closing_bracket(tokens, place)
        inner = tokens[place + 1 : end]
        return (inner, end + 1) if inner and not any(piece.text == "," for piece in inner) else None
    end = _end_of_argument(tokens, place)
    inner = unbraced(tokens[place + 1 : end]) if end else ()
    return (inner, end) if inner else None


def _average(sign: Raw, inner: Sequence[Raw], end: int) -> list[Raw]:
    at = sign.end
    head = [Raw("{", "{", at, at), Raw("letter", "E", at, at), Raw("}", "}", at, at), Raw("open", "[", at, at)]
    return [Raw("command", "\\mathbb", sign.start, at), *head, *inner, Raw("close", "]", end, end)]
