"""A helper that has a meaning -> where a later equation claims something of it.

`Let $g_i = \\partial L/\\partial\\hat{x}_i$. We have $g_i = \\partial L/\\partial y_i$` gives no second meaning.
To what stands for a derivative only words give one, `redefine`, `let`, `from now on`; to another helper any equation
does, but for one that is said to follow, `inserting $x_i$ gives $a = ...$`. A new section may begin with another one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bnverify.model.lettering import Lettering
from bnverify.model.notation import Symbol
from bnverify.pattern import pattern
from bnverify.read.announced import end_before
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Derivative, bare

GIVES_MEANING = pattern(
    r"\b(?:re-?)?(?:defin|denot|abbreviat|renam|introduc)\w*|\b(?:let|set|put|write|call|shorthand|notation|instead|with|where|here)\b"
    r"|\bstands? for\b|\bfrom (?:now|here|this line) on\b|:=|\\(?:coloneqq|triangleq|equiv|defeq)\b|≔|≜",
    re.IGNORECASE,
)
CLAIM = (
    r"\b(?:we|one|it)\s+(?:then\s+|now\s+|thus\s+)?(?:have|has|gets?|obtains?|finds?|sees?|arrives?|follows)\b"
    r"|\b(?:therefore|hence|thus|consequently|yields|gives|becomes)\b"
)
CLAIMS = pattern(CLAIM, re.IGNORECASE)
FOLLOWS = pattern(
    rf"{CLAIM}|\b(?:insert|substitut|expand|simplif|plugg)\w*\b",
    re.IGNORECASE,
)
HEADING = pattern(r"^[ \t>]*#{1,6}[ \t]|\\(?:sub)*section\b", re.MULTILINE)
SENTENCE = pattern(r"[.!?;](?=[\s$*_])|\n[ \t]*\n(?=\s*[A-Z#])")


def find_restated(page: Lettering) -> Iterator[int]:
    """The offsets of equations that claim something of such a helper."""
    text = page.script.note.text
    tied: dict[Symbol, int] = {}
    loose: dict[Symbol, int] = {}
    for place, symbol, _, side in page.definitions():
        known = symbol in tied and not HEADING.search(text, tied[symbol], place)
        other = symbol in loose and not HEADING.search(text, loose[symbol], place)
        if known and not _gives_meaning(_sentence(page, place)):
            yield place
        elif is_gradient(bare(side), page.losses) or isinstance(bare(side), Derivative):
            tied[symbol] = place
        elif other and FOLLOWS.search(sentence := _sentence(page, place)) and not GIVES_MEANING.search(sentence):
            yield place
        else:
            loose[symbol] = place


def _gives_meaning(sentence: str) -> bool:
    """Whether a sentence gives a letter another meaning; `with ..., we have` goes on to claim something."""
    given = [one.end() for one in GIVES_MEANING.finditer(sentence)]
    return bool(given) and not CLAIMS.search(sentence, given[-1])


def _sentence(page: Lettering, place: int) -> str:
    """The sentence up to an equation, with its sign."""
    text = page.script.note.text
    sign = next(one.steps[0].relation for one in page.script.chains if one.head_span.start == place)
    return text[end_before(SENTENCE, text, place) : place] + " " + page.script.note.cut(sign)
