"""A side that is cut over two formulas -> whether the later one goes on where the earlier one breaks off."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.pattern import pattern
from bnverify.read.brackets import OPERATORS
from bnverify.read.rows import Statement
from bnverify.read.tokens import Raw

ONLY_SIGNS = pattern(r"[\s$>]*(?:\\[\])]\s*\\[\[(]|\\[\])]|\\[\[(])?[\s$>]*")
"""What stands between two displays without a word."""


def goes_on(before: Sequence[Raw], after: Statement, lead: str) -> bool:
    """Whether nothing stands between them, and the later one begins with a sign, or closes what the earlier opens.

    A formula with a condition is a case; one with a relation is an equation of its own behind a minus, and goes on
    behind another sign, with which no equation begins.
    """
    first = after.sides[0]
    if after.continues or first.conditions or not before or not first.tokens or not ONLY_SIGNS.fullmatch(lead):
        return False
    opened, closed = _surplus(before), -_surplus(first.tokens)
    if opened or closed:
        return opened == closed > 0 and begins_with_sign(first.tokens)
    return begins_with_sign(first.tokens) and (len(after.sides) == 1 or first.tokens[0].text not in ("-", "."))


def may_go_on(before: Sequence[Raw], after: Statement, lead: str) -> bool:
    """Whether a formula that begins with a sign and has one of equality may be the rest of one that does not end."""
    first = after.sides[0]
    ended = not before or before[-1].kind in (",", ".", ";")
    begins = not after.continues and len(after.sides) > 1 and begins_with_sign(first.tokens)
    return begins and not ended and ONLY_SIGNS.fullmatch(lead) is not None


def begins_with_sign(tokens: Sequence[Raw]) -> bool:
    """`+ b`, `- b`, `\\cdot b`, `\\left. + b \\right)`."""
    bare = [piece for piece in tokens[:2] if not (piece.kind == "open" and piece.text == ".")]
    return bool(bare) and bare[0].text in OPERATORS


def _surplus(tokens: Sequence[Raw]) -> int:
    """How many brackets are opened and not closed."""
    return sum(piece.kind == "open" for piece in tokens) - sum(piece.kind == "close" for piece in tokens)
