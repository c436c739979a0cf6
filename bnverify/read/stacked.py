"""An expression with many sums -> itself, or unreadable where they stand inside one another beyond all use."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.syntax import Expr, Summation, Unreadable, parts
from bnverify.read.tokens import Raw

MOST_SUMS = 12
"""Sums inside one another: every further one multiplies the work, and nobody writes so many."""


def not_too_deep(expr: Expr, raw: Sequence[Raw]) -> Expr:
    """The expression, looked through only where its tokens have enough sums."""
    if sum(piece.text == "\\sum" for piece in raw) <= MOST_SUMS or nested_sums(expr) <= MOST_SUMS:
        return expr
    return Unreadable(f"more than {MOST_SUMS} sums stand inside one another", span=expr.span)


def nested_sums(expr: Expr) -> int:
    """How many sums stand inside one another."""
    return isinstance(expr, Summation) + max(map(nested_sums, parts(expr)), default=0)
