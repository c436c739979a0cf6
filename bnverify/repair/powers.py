"""Slips of a power, and of epsilon: lost, of another size, or in a place where the note does not have it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction as Rational

from bnverify.judge.findings import EpsPlacement, WrongCount, WrongExponent
from bnverify.model.conventions import Epsilon
from bnverify.model.notation import Role
from bnverify.read.syntax import (
    Addition,
    Derivative,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Raised,
    Root,
    bare,
    inside,
)
from bnverify.repair.slip import IN_PLACE, PIECE, Slip, Wrong
from bnverify.repair.trees import Site, is_below
from bnverify.repair.vocabulary import grouped

# -- powers


def exponents(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Another exponent, none, or one where none is written."""
    expr = site.expr
    if isinstance(expr, Raised) and wrong.vocabulary.role(expr) is None:
        yield from _other_exponents(expr, wrong)
    elif isinstance(expr, Root) and expr.degree is None:
        yield Slip(expr, grouped(bare(expr.body)), WrongExponent)
        for power in (Rational(3, 2), Rational(-1, 2)):
            yield Slip(expr, Raised(Group(bare(expr.body)), read_exponent(power)), WrongExponent)
    elif _may_be_raised(site, wrong):
        cause = WrongCount if isinstance(expr, Name) and wrong.vocabulary.is_size(expr) else WrongExponent
        for power in (Rational(2), Rational(3), *_lost_powers(site, wrong)):
            size = IN_NAME if isinstance(expr, Name) else IN_PLACE
            yield Slip(expr, Raised(expr, read_exponent(power)), cause, size)
        if isinstance(expr, Group):
            yield Slip(expr, Root(expr.body), cause)


IN_NAME = PIECE
"""A power put behind a letter is a factor more; behind a bracket it is one that was lost."""


def _other_exponents(expr: Raised, wrong: Wrong) -> Iterator[Slip]:
    value = wrong.vocabulary.exponent(expr.exponent)
    if value is None:
        return
    cause = WrongCount if wrong.vocabulary.is_size(bare(expr.base)) else WrongExponent
    others = [-value, value + 1, value - 1, value + Rational(1, 2), value - Rational(1, 2), 2 * value, value / 2]
    for other in dict.fromkeys((*others, Rational(1), Rational(2), Rational(-1, 2), Rational(-3, 2))):
        if other not in (value, 0):
            new = expr.base if other == 1 else Raised(expr.base, read_exponent(other))
            yield Slip(expr, new, cause)


def _lost_powers(site: Site, wrong: Wrong) -> tuple[Rational, ...]:
    """What stands behind the variance and its root wherever they divide."""
    expr, words = site.expr, wrong.vocabulary
    if words.is_root_of_variance(expr) or words.is_divisor(expr):
        return () if is_below(site) else ROOT_DIVIDES
    named = isinstance(expr, Name) and words.role(expr) is Role.VARIANCE and words.divides_without_epsilon()
    if named or (isinstance(expr, Group) and any(words.role(node) is Role.VARIANCE for node in inside(expr))):
        return (Rational(3, 2),) if is_below(site) else VARIANCE_DIVIDES
    return ()


ROOT_DIVIDES = (Rational(-1), Rational(-2), Rational(-3))
VARIANCE_DIVIDES = (Rational(-1, 2), Rational(-1), Rational(-3, 2))


def _may_be_raised(site: Site, wrong: Wrong) -> bool:
    expr, parent = site.expr, site.parent
    if isinstance(parent, (Raised, Derivative)):
        return False
    if isinstance(expr, Group):
        return expr.opening != "|" and not isinstance(parent, Fraction)
    return isinstance(expr, Name) and wrong.vocabulary.role(expr) is not None


def bare_roots(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """A root that was lost: `\\frac{1}{v + eps}` for `\\frac{1}{\\sqrt{v + eps}}`."""
    expr, parent = site.expr, site.parent
    if isinstance(expr, Addition) and isinstance(parent, Fraction) and parent.below is expr:
        yield Slip(expr, Root(expr), WrongExponent)


def read_exponent(value: Rational) -> Expr:
    """An exponent as syntax: `2`, `-1`, `-\\frac{3}{2}`."""
    size = abs(value)
    below = Digits(str(size.denominator))
    written: Expr = Digits(str(size.numerator))
    if size.denominator != 1:
        written = Fraction(written, below)
    return Negative(written) if value < 0 else written


# -- epsilon


def epsilons(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Epsilon forgotten, doubled, or outside the root."""
    expr, parent = site.expr, site.parent
    epsilon = wrong.vocabulary.value("eps")
    if epsilon is None:
        return
    if isinstance(expr, Addition):
        kept = tuple(term for term in expr.terms if not _is_epsilon(term, wrong))
        if 0 < len(kept) < len(expr.terms):
            yield Slip(expr, kept[0] if len(kept) == 1 else Addition(kept), EpsPlacement)
            yield from _into_the_root(expr, kept, epsilon, wrong)
            yield from _into_the_square(expr, kept, epsilon, wrong)
    elif isinstance(expr, Root) and isinstance(expr.body, Addition):
        kept = tuple(term for term in expr.body.terms if not _is_epsilon(term, wrong))
        if 0 < len(kept) < len(expr.body.terms):
            root = Root(kept[0] if len(kept) == 1 else Addition(kept))
            outside = Addition((root, epsilon))
            yield Slip(expr, outside if isinstance(parent, Fraction) else Group(outside), EpsPlacement)
    elif _is_root_alone(site, wrong):
        outside = Addition((expr, epsilon))
        yield Slip(expr, outside if isinstance(parent, (Fraction, Group)) else Group(outside), EpsPlacement)
    elif wrong.vocabulary.role(expr) is Role.VARIANCE and not isinstance(parent, (Addition, Derivative)):
        under = isinstance(parent, (Root, Fraction, Group)) or parent is None
        with_epsilon = Addition((expr, epsilon))
        yield Slip(expr, with_epsilon if under else Group(with_epsilon), EpsPlacement)


def _is_root_alone(site: Site, wrong: Wrong) -> bool:
    """`\\sqrt{v}`, or a letter for it, to which epsilon is added in this note."""
    expr, role = site.expr, wrong.vocabulary.role
    root = wrong.vocabulary.is_root_of_variance(expr)
    root = root or (isinstance(expr, Root) and role(bare(expr.body)) is Role.VARIANCE)
    return root and _is_outside(wrong) and not isinstance(site.parent, (Addition, Derivative))


def _is_outside(wrong: Wrong) -> bool:
    return wrong.vocabulary.scope.forward.convention.epsilon is Epsilon.OUTSIDE


def _into_the_root(expr: Addition, kept: tuple[Expr, ...], epsilon: Expr, wrong: Wrong) -> Iterator[Slip]:
    """`\\sqrt{v} + \\epsilon` and `\\sigma + \\epsilon` for the root of the sum."""
    square = kept[0].body if isinstance(kept[0], Root) else wrong.vocabulary.squared(kept[0])
    if len(kept) == 1 and square is not None:
        yield Slip(expr, Root(Addition((square, epsilon))), EpsPlacement)


def _into_the_square(expr: Addition, kept: tuple[Expr, ...], epsilon: Expr, wrong: Wrong) -> Iterator[Slip]:
    """`\\sigma^2 + \\epsilon` for the square of the sum."""
    square = kept[0]
    if len(kept) == 1 and isinstance(square, Raised) and wrong.vocabulary.is_root_of_variance(square.base):
        if _is_outside(wrong) and square.exponent == Digits("2"):
            yield Slip(expr, Raised(Group(Addition((square.base, epsilon))), square.exponent), EpsPlacement)


def _is_epsilon(expr: Expr, wrong: Wrong) -> bool:
    inner = bare(expr)
    if isinstance(inner, Raised):
        inner = bare(inner.base)
    return wrong.vocabulary.role(inner) is Role.EPSILON
