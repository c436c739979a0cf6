"""Conditions that a sentence states -> those that speak of the head of a formula; what a sentence states at all.

A condition in words may only split the cases of what is derived: an index that the head does not have is bound
somewhere, and tying it to another one would hide that a line has slipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from bnverify.pattern import pattern
from bnverify.read.syntax import Call, Expr, Indicator, Name, Raised, Relation, Summation, inside, parts

CLAUSE = pattern(r"[.;!?](?:\s|$)|\n\s*\n|\n[ \t]*(?:[-*+]|\d+[.)])[ \t]")
"""Where a clause begins."""
INTRODUCES = pattern(
    r"\b(?:for|cases?|if|when(?:ever)?|where|with|suppose|assum\w*|let|consider|take|set(?:ting)?|given|provided|on|"
    r"both|entr(?:y|ies)|elements?|diagonal|samples?|indices)\b",
    re.IGNORECASE,
)
SINGLES_OUT = pattern(
    r"\b(?:pick|select|kill|singl|split|separat|extract|isolat|collaps|remov|drop|pull|keep|surviv|remain|leav|"
    r"contribut|sift|annihilat)\w*|\balso\b|\beven\b",
    re.IGNORECASE,
)
"""Words of what is done with one summand, or of what holds in this case too: they restrict nothing."""
SHORT = 3
"""Words of a clause that is a heading: `Off-diagonal entries (`."""


def is_stated(lead: str) -> bool:
    """Whether the words before `i = j` make a condition of it: `for`, `if`, nothing at all, or a case apart."""
    clause = CLAUSE.split(lead)[-1]
    if SINGLES_OUT.search(clause):
        return False
    if clause.rstrip().rstrip("$").rstrip().endswith((",", "(")):
        return True
    return bool(INTRODUCES.search(clause)) or len(re.findall(r"\w+", clause)) <= SHORT


GOES_ON = pattern(
    r"[\s,;]*(?:and|so|so that|hence|thus|therefore|whence|which (?:gives|yields)|giving|i\.e\.)\b[^.:;?!A-Z]{0,40}"
)
"""Words with which a sentence goes on behind a formula."""
OTHER_CASE = pattern(r"\b(?:while|whereas|but|for|case|when|if|general|all|every|other|instead|not)\b", re.IGNORECASE)


def goes_on(before: str, lead: str) -> bool:
    """Whether the sentence of the formula before goes on up to this one, without a case of its own."""
    if before.rstrip().endswith((".", "?", "!")) or SINGLES_OUT.search(lead) or OTHER_CASE.search(lead):
        return False
    return GOES_ON.fullmatch(lead) is not None


def tied(conditions: Sequence[Relation], head: Expr, running: frozenset[str]) -> tuple[Relation, ...]:
    """The conditions between indices that the head has, or that run over nothing, such as the class of a label."""
    known = frozenset(free_letters(head))
    return tuple(one for one in conditions if not ({one.left, one.right} - known) & running)


def running_letters(heads: Iterable[Expr], exprs: Iterable[Expr]) -> frozenset[str]:
    """The letters that a sum binds somewhere, or that a name carries at the head of an equation."""
    bound = (
        one for expr in exprs for node in inside(expr) if isinstance(node, Summation) for one in node.bounds.indices
    )
    carried = (one for head in heads if isinstance(head, (Name, Raised)) for one in free_letters(head))
    return frozenset((*bound, *carried))


def free_letters(expr: Expr) -> Iterator[str]:
    """The letters below and above the names of an expression that no sum binds."""
    if isinstance(expr, Name):
        yield from (*expr.subscripts, *expr.superscripts)
    elif isinstance(expr, Indicator):
        yield from (expr.left, expr.right)
    elif isinstance(expr, Call):
        yield from expr.index
    for part in parts(expr):
        bound = expr.bounds.indices if isinstance(expr, Summation) else ()
        yield from (letter for letter in free_letters(part) if letter not in bound)
