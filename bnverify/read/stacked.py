"""An expression with many sums -> itself, or unreadable where they stand inside one another beyond all use."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.syntax import Derivative, Expr, Summation, Unreadable, parts
from bnverify.read.tokens import Raw

MOST_SUMS = 12
"""Sums inside one another, and derivatives: every further one multiplies the work, and nobody writes so many."""


def not_too_deep(expr: Expr, raw: Sequence[Raw]) -> Expr:
    """The expression, looked through only where its tokens have enough sums."""
    for what, signs, kind in STACKED:
        if sum(piece.text in signs for piece in raw) > MOST_SUMS and nested(expr, kind) > MOST_SUMS:
            return Unreadable(f"more than {MOST_SUMS} {what} stand inside one another", span=expr.span)
    return expr


STACKED: tuple[tuple[str, tuple[str, ...], type[Expr]], ...] = (
    ("sums", ("\\sum",), Summation),
    ("derivatives", ("\\partial", "d"), Derivative),
)


def nested(expr: Expr, kind: type[Expr]) -> int:
    """How many parts of a kind stand inside one another."""
    return isinstance(expr, kind) + max((nested(part, kind) for part in parts(expr)), default=0)
