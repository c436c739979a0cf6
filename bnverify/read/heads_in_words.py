"""The words in front of a formula -> whether they end with what it is about: a head that is not read."""

from __future__ import annotations

import re

from bnverify.pattern import pattern
from bnverify.read.adjoints import QUANTITIES

IN_WORDS = "what this formula says to be equal stands in the words before it, which are not read"
OPENS = r"(?:\$\$?|\\[(\[])?\Z"
SHORT = "|".join(sorted(QUANTITIES, key=lambda name: (-len(name), name)))
TYPED = (
    rf"d(?:{SHORT})(?:_?[A-Za-z0-9]{{1,3}})?|[A-Za-z]+_[A-Za-z0-9_]+|grad\w*|[∂∇]\S{{1,20}}|d\w{{1,12}}/d\w{{1,12}}"
    r"|[dδ][αβγδεμσρx]\S{0,4}"
)
"""A gradient in code or in plain letters, `dxhat`, `grad_x`, `∂L/∂x̂ᵢ`."""
NAMED = pattern(
    rf"(?:`[^`\n]{{1,40}}`|(?<![\w/$\\])(?:{TYPED})|(?P<mark>\*\*|__|[*_])(?:{TYPED})(?P=mark)"
    rf"|\\(?:texttt|textbf|emph|verb\|)\{{[^{{}}\n]{{1,40}}\}}|</(?:code|b|strong)>)[ \t]*:?\s*{OPENS}"
)
"""The name of a quantity right in front of a formula."""
QUANTITY = r"mean|variance|gradient|derivative|jacobian|loss|output|scale|shift|deviation|gain|bias|input|weight|offset"
SPOKEN = pattern(
    r"\b(?:(?:gradient|derivative)s?\s+(?:of|for|by|w\.?\s?r\.?\s?t\.?|with respect to)\s+(?:the\s+)?[\w-]+"
    rf"|(?:the|its|their|this)\s+(?:[\w-]+\s+)?(?:{QUANTITY}))[ \t]*\n?[ \t>]*{OPENS}",
    re.IGNORECASE,
)
"""The same in a sentence: `The gradient by the scale $= ...$`, `the variance $= ...$`."""
BY = pattern(
    r"\b(?:gradient|derivative|jacobian)s?\b[^.;:$\n]{0,60}\b(?:of|for|by|to|w\.?\s?r\.?\s?t\.?|in|nach|par)\s+"
    rf"(?:the\s+)?(?:\w+\s+)?{OPENS}",
    re.IGNORECASE,
)
"""The words in front of a letter: `The gradient with respect to $\\beta$ $= ...$`."""
SIGN = pattern(rf"[\w`*)}}>]\s*(?P<sign>(?<![<>=!:])=)\s*{OPENS}")
"""A sign of equality between words and a formula."""
LONGEST = 160
"""Characters in front of a formula that are looked at."""


def names_head(lead: str) -> bool:
    """Whether the words before `$= A$` end with a name."""
    near = lead[-LONGEST:]
    return NAMED.search(near) is not None or SPOKEN.search(near) is not None


def differentiates_by(lead: str) -> bool:
    """Whether the words before a letter speak of a gradient by it."""
    return BY.search(lead[-LONGEST:]) is not None


def sign_in_words(lead: str) -> int | None:
    """Where the sign of equality at the end of the words stands, if something stands before it."""
    cut = max(0, len(lead) - LONGEST)
    found = SIGN.search(lead, cut)
    return found.start("sign") if found else None
