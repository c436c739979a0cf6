"""An equation with a lone letter on its right -> whether it gives the letter its meaning, or claims something of it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bnverify.pattern import pattern
from bnverify.read.chains import Chain, Script

DEFINES = pattern(
    r"\b(?:let|denote[ds]?|define[ds]?|call(?:ed)?|write|abbreviate[ds]?|set|put|introduc\w+|name[ds]?|short(?:hand)?)\b",
    re.IGNORECASE,
)
SIGNS = (":=", "\\coloneqq", "\\equiv", "\\triangleq", "\\eqqcolon", "=:", "≡")
LOOKS_LIKE_A_DIGIT = frozenset("O o Z z l I S b G B \\ell".split())
"""Letters that a scan puts for a digit: they need a word, not only a later use."""
LONGEST = 60
"""Characters of the sentence on each side in which the word is looked for."""


def gives_meaning(script: Script, chain: Chain, letter: str, later: Iterable[int]) -> bool:
    """Whether a word or the sign says so, or the letter is used further on; `later` is where it stands."""
    text, relation = script.note.text, chain.steps[0].relation
    sign = text[relation.start : relation.end + 1].strip()
    if sign.startswith(SIGNS) or _is_said(script, chain):
        return True
    return letter not in LOOKS_LIKE_A_DIGIT and any(place >= chain.steps[-1].span.end for place in later)


def _is_said(script: Script, chain: Chain) -> bool:
    text, begin, end = script.note.text, chain.head_span.start, chain.steps[-1].span.end
    before = re.split(r"(?<=[.!?])\s|\n[ \t>]*\n|\\\\|\\quad", text[max(0, begin - LONGEST) : begin].rstrip("$ \n"))[-1]
    behind = re.split(r"[.!?]\s|\n[ \t>]*\n|\\\\", text[end : end + LONGEST].lstrip("$ \n"))[0]
    return bool(DEFINES.search(before) or DEFINES.search(behind))
