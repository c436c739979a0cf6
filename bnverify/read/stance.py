"""What the words beside a condition make of it: `for i = j` states it, `unless i = j` states its opposite.

Words that deny or widen it in another way leave open which case is meant, and nothing is concluded from them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from itertools import takewhile

from bnverify.pattern import pattern
from bnverify.read.spoken import spoken
from bnverify.read.syntax import Relation
from bnverify.read.tied import CLAUSE
from bnverify.read.tokens import Raw


class Stance(Enum):
    STATED = "stated"
    EXCEPTED = "excepted"
    """Said of all other cases: the opposite is stated."""
    WIDENED = "widened"
    """`even if i = j`: said of every case, so that it restricts nothing."""
    DENIED = "denied"
    """`unlike the case i = j`: nothing is stated, and if a case is meant, it is the other one."""
    UNCLEAR = "unclear"


EXCEPTION = (
    r"unless|except(?:ing)?|excluding|other\s+than|apart\s+from|aside\s+from|all\s+but|outside(?:\s+of)?|away\s+from"
    r"|(?:if|for|when)\s+not|not\s+(?:for|if|when|in)|leaving\s+(?:aside|out)"
    r"|außer|ausser|ausgenommen|abgesehen\s+von|mit\s+ausnahme\s+von|nicht\s+für"
    r"|sauf|excepté|hormis|à\s+part|en\s+dehors\s+de|salvo|excepto|a\s+menos\s+que"
)
FILLERS = (
    r"(?:\s*\b(?:for|if|in|on|when|where|the|case|cases|entry|pair|für|im|wenn|falls|fall|si|pour|le|la|cas|para|que|el"
    r"|caso)\b)"
)
BEFORE = pattern(rf"(?:\b(?:{EXCEPTION})\b|除[了非]?){FILLERS}{{0,4}}[\s$(\\*}}]*\Z", re.IGNORECASE)
"""The end of what stands before a condition that is excepted."""
BEHIND = pattern(
    r"[\s$)\\*]*(?:(?:text|mbox|textrm)\{)?\s*(?:(?:is|are|being|left|wird|ist|est|es)\s+)?"
    r"(?:excluded|excepted|left\s+out|ausgeschlossen|ausgenommen|exclus?e?|excluid[oa]|[之以]?外)",
    re.IGNORECASE,
)
WIDENS = pattern(
    r"\b(?:also|even|including|regardless|whether|alike|auch|sogar|aussi|même|también|incluso)\b|即使|无论|也",
    re.IGNORECASE,
)
DENIES = pattern(
    r"\b(?:not|no|never|nor|neither|cannot|fails?|contrary|unlike|instead\s+of|in\s+contrast|as\s+opposed|only\s+difference"
    rf"|having\s+(?:dealt|treated|done)|nicht|kein\w*|ne|pas|contrairement|{EXCEPTION})\b|n't\b|[不非没否除]",
    re.IGNORECASE,
)
REFUSES = pattern(
    r"\b(?:fails?|contrary|unlike|instead\s+of|in\s+contrast|as\s+opposed|having\s+(?:dealt|treated|done)|contrairement)\b",
    re.IGNORECASE,
)
"""Words that turn away from the condition itself, and not from what is said of it."""
TURNS = pattern(
    r"\b(?:otherwise|else|sonst|andernfalls|sinon|fails?|does\s+not\s+hold|nicht\s+gilt)\b|否则", re.IGNORECASE
)
"""Behind a condition: the formula is about the other case."""
LONGEST = 80
"""Characters before a condition in which a word may turn it round."""


def stance(before: str, behind: str = "") -> Stance:
    """What is made of a condition by the words of its clause before it, and by those right behind it."""
    clause = CLAUSE.split(before)[-1]
    near = CLAUSE.split(behind)[0]
    if WIDENS.search(clause) or WIDENS.search(near):
        return Stance.WIDENED
    excepted = BEFORE.search(clause)
    if excepted is not None:
        again = DENIES.search(clause[: excepted.start()]) or DENIES.search(near)
        return Stance.UNCLEAR if again else Stance.EXCEPTED
    if BEHIND.match(near):
        return Stance.UNCLEAR if DENIES.search(clause) else Stance.EXCEPTED
    refused, turned = REFUSES.search(clause[-LONGEST:]) is not None, TURNS.search(near) is not None
    if refused or turned:
        return Stance.UNCLEAR if refused and turned else Stance.DENIED
    denied = DENIES.search(clause[-LONGEST:]) or DENIES.search(near)
    return Stance.UNCLEAR if denied else Stance.STATED


def stance_among(tokens: Sequence[Raw]) -> Stance:
    """The same for a condition and the words beside it in a formula."""
    words = list(takewhile(lambda piece: piece.kind == "text", tokens))
    return stance(words_of(words), words_of(tokens[len(words) :]))


def opposite(condition: Relation) -> Relation:
    return replace(condition, sign="\\neq" if condition.sign == "=" else "=")


def as_said(conditions: Sequence[Relation], how: Stance) -> tuple[Relation, ...]:
    """The conditions as the words mean them; none where that is not clear, as where one of several is excepted."""
    if how is Stance.STATED:
        return tuple(conditions)
    return (opposite(conditions[0]),) if how is Stance.EXCEPTED and len(conditions) == 1 else ()


def words_of(tokens: Sequence[Raw]) -> str:
    """The words among the tokens of a formula."""
    return " ".join(spoken(piece) for piece in tokens if piece.kind == "text")
