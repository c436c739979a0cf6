"""Sides that are true in one case of the indices, of which the text near them speaks: left open, not called wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.axes import letter_of
from bnverify.model.places import same_axis
from bnverify.model.terms import Cases, Condition, Delta, Unknown, free_indices, walk
from bnverify.pattern import pattern
from bnverify.read.stance import LONGEST, Stance, stance
from bnverify.read.tied import is_stated
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

BEFORE, BEHIND = 220, 120
"""Characters in front of a formula, and behind it, in which its case may be named."""
BETWEEN_LETTERS = pattern(
    r"(?<![A-Za-z_\\^{])(?P<left>[a-zA-Z])'?\s*(?P<sign>=|\\neq?(?![a-zA-Z])|\\not\s*=|≠|!=|/=|<>)\s*(?P<right>[a-zA-Z])'?"
    r"(?![A-Za-z_^({'\\])"
)
CELL = pattern(r"[|&]|\$\$|\\[\[\]]|\\q?quad")
"""Where a cell of a table or of an alignment, or a display, begins or ends."""
IN_GENERAL = pattern(
    r"\b(?:in general|generally|general case|for (?:all|any|every)|both|also|even)\b|一般", re.IGNORECASE
)
"""Between the formula before and this one: it is said of no case alone."""
SAME = pattern(
    r"(?<!off-)(?<!off )\bdiagonal|(?<!not )(?<!not the )\b(?:same|equal|coincide|agree)\b|(?<!不)相[等同]",
    re.IGNORECASE,
)
DIFFERENT = pattern(
    r"\boff[- ]diagonal|\b(?:otherwise|else|different|distinct|unequal|differ|other\s+cases?)\b"
    r"|\bnot\s+(?:the\s+)?(?:same|equal|coincide|agree)\b"
    r"|\b(?:sonst|sinon|verschieden|ungleich|nicht gleich|différente?s?)\b"
    r"|否则|不同|不等|不相[同等]",
    re.IGNORECASE,
)


def with_cases_near(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """What is true for i = j alone, and stands beside these words, may be said of them."""
    if resolved.head.trouble:
        return resolved
    found = tuple(_conditions(case, resolved))
    if not found:
        return resolved
    return replace(resolved, sides=tuple(_open(resolved, side, found) for side in resolved.sides))


def _open(resolved: ResolvedChain, side: Resolved, found: tuple[Condition, ...]) -> Resolved:
    own, head = prover(resolved.forward), resolved.head.term
    told = any(isinstance(part, (Delta, Cases)) for part in walk(side.term))
    if side.trouble or told or own.equal(Identity(head, side.term, resolved.conditions)) is not False:
        return side
    for one in found:
        if {one.left, one.right} <= free_indices(head) and own.equal(Identity(head, side.term, (one,))):
            sign = "=" if one.same else "≠"
            where = f"{letter_of(one.left)} {sign} {letter_of(one.right)}"
            return Resolved(Unknown(f"it is true for {where}, and whether the text near it says so is not clear"))
    return side


def _cases_of(mention: re.Match[str], text: str) -> tuple[bool, ...]:
    """Which cases may be meant where `i = j` is mentioned: equal indices, different ones, or either."""
    lead, same = CELL.split(text[: mention.start()])[-1], mention["sign"] == "="
    match stance(lead, CELL.split(text[mention.end() :])[0][:LONGEST]):
        case Stance.STATED:
            return (same,) if is_stated(lead) else ()
        case Stance.EXCEPTED | Stance.DENIED:
            return (not same,)
        case Stance.WIDENED:
            return ()
        case Stance.UNCLEAR:
            return (same, not same)


def _conditions(case: Case, resolved: ResolvedChain) -> Iterator[Condition]:
    """The cases that the words around a chain, and its own formula, speak of."""
    pairs = [pair for pair in combinations(sorted(free_indices(resolved.head.term)), 2) if same_axis(*pair)]
    formula = case.script.layout.formula_at(resolved.chain.head_span.start) if pairs else None
    if formula is None or IN_GENERAL.search(case.script.note.cut(formula.lead)):
        return
    text = case.script.note.text[max(0, formula.span.start - BEFORE) : formula.span.end + BEHIND]
    written = {
        (frozenset((one["left"], one["right"])), same)
        for one in BETWEEN_LETTERS.finditer(text)
        for same in _cases_of(one, text)
    }
    said = {same for words, same in ((SAME, True), (DIFFERENT, False)) if words.search(text)}
    for left, right in pairs:
        letters = frozenset((letter_of(left), letter_of(right)))
        for same in (True, False):
            if (letters, same) in written or same in said:
                yield Condition(left, right, same)
