"""A letter that a note defines by its square or its reciprocal: after `s^2 = \\sigma^2 + \\epsilon` s is the root."""

from __future__ import annotations

from bnverify.read.syntax import Digits, Expr, Fraction, Name, Negative, Raised, Root, bare

ONE = Digits("1")


def solved(head: Expr, side: Expr) -> tuple[Name, Expr] | None:
    """The letter of `s^2 = A` and what it is, the positive root as of a variance; nothing for other equations."""
    power = _power(head)
    if power is None or power[1] == 1:
        return None
    root = Root(side, span=side.span) if abs(power[1]) == 2 else side
    return power[0], Fraction(ONE, root, span=side.span) if power[1] < 0 else root


def _power(head: Expr) -> tuple[Name, int] | None:
    """s and 2 of `s^2`, s and -2 of `s^{-2}` and `\\frac{1}{s^2}`; other powers are none."""
    match bare(head):
        case Name() as name:
            return name, 1
        case Fraction(above=above, below=below) if bare(above) == ONE:
            inner = _power(below)
            return (inner[0], -inner[1]) if inner else None
        case Raised(base=base, exponent=exponent):
            letter, size = bare(base), _whole(exponent)
            return (letter, size) if isinstance(letter, Name) and size is not None else None
    return None


def _whole(exponent: Expr) -> int | None:
    inner = bare(exponent)
    if isinstance(inner, Negative):
        below = _whole(inner.body)
        return None if below is None else -below
    return int(inner.text) if isinstance(inner, Digits) and inner.text in ("1", "2") else None
