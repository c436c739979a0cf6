"""A script with lengths of vectors -> the same with the squares of them, which are found in averages.

`x^\\top x` is `\\|x\\|^2`, and `\\|x\\|/\\sqrt{n}` is `\\sqrt{\\|x\\|^2/n}`; neither needs a matrix.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.names import ONES
from bnverify.read.syntax import (
    Derivative,
    Digits,
    Expr,
    Fraction,
    Name,
    Norm,
    Product,
    Raised,
    Root,
    Transposed,
    bare,
    inside,
)
from bnverify.source import Span

ONE = Digits("1")


def with_norms(script: Script) -> Script:
    return rewritten(script, _expr)


def _expr(expr: Expr) -> Expr:
    """The innermost products first, so that what is put in is not looked at again."""
    for node in reversed(list(inside(expr))):
        if isinstance(node, Product) and any(_pairs(node.factors)):
            factors = tuple(_joined(node.factors))
            made = factors[0] if len(factors) == 1 else replace(node, factors=factors)
            return _expr(exchange(expr, {id(node): made}))
        if (mean := _mean_length(node)) is not None:
            return _expr(exchange(expr, {id(node): mean}))
    return expr


def _mean_length(expr: Expr) -> Expr | None:
    """`\\|x\\| / \\sqrt{n}` and `\\sqrt{n}\\, x / \\|x\\|`, or its factors apart, by the root of a mean of squares."""
    match expr:
        case Product(factors=(Fraction() as one, Norm() as norm)) if bare(one.above) == ONE:
            return _root(norm, one.below, expr.span)
        case Fraction(above=above, below=below) if isinstance(norm := bare(above), Norm):
            return _root(norm, below, expr.span)
        case Fraction(above=above, below=below) if isinstance(norm := bare(below), Norm):
            factors = above.factors if isinstance(above := bare(above), Product) else (above,)
            return _over_root(factors, norm, expr.span)
        case Product(factors=factors):
            place, norm = next(
                (
                    (place, norm)
                    for place, one in enumerate(map(bare, factors))
                    if isinstance(one, Fraction) and isinstance(norm := bare(one.below), Norm)
                ),
                (0, None),
            )
            quotient = bare(factors[place])
            if norm is not None and isinstance(quotient, Fraction):
                return _over_root((*factors[:place], quotient.above, *factors[place + 1 :]), norm, expr.span)
    return None


def _over_root(factors: Sequence[Expr], norm: Norm, span: Span) -> Expr | None:
    """The factors without one `\\sqrt{n}`, over the norm with it."""
    found = ((place, _root(norm, one, span)) for place, one in enumerate(factors))
    place, root = next(((place, root) for place, root in found if root is not None), (0, None))
    if root is None:
        return None
    rest = (*factors[:place], *factors[place + 1 :])
    above = Product(rest, span=span) if len(rest) > 1 else rest[0] if rest else ONE
    return Fraction(above, root, span=span)


def _root(norm: Norm, count: Expr, span: Span) -> Root | None:
    count = bare(count)
    if not isinstance(count, Root) or count.degree is not None or not isinstance(bare(count.body), Name):
        return None
    return Root(Fraction(Raised(norm, Digits("2"), span=span), count.body, span=span), span=span)


def _pairs(factors: Sequence[Expr]) -> Iterator[bool]:
    yield from (_is_square(left, right) for left, right in pairwise(factors))


def _joined(factors: Sequence[Expr]) -> Iterator[Expr]:
    place = 0
    while place < len(factors):
        one = factors[place]
        if place + 1 < len(factors) and _is_square(one, factors[place + 1]):
            span = Span(one.span.start, factors[place + 1].span.end)
            yield Raised(Norm(bare(factors[place + 1]), span=span), Digits("2", span=span), span=span)
            place += 2
        else:
            yield one
            place += 1


def _is_square(left: Expr, right: Expr) -> bool:
    """`x^\\top x` or `(x - \\mu)^\\top (x - \\mu)` of columns, which have small letters."""
    if not isinstance(left, Transposed) or bare(left.body) != bare(right):
        return False
    names = [node for node in inside(right) if isinstance(node, Name)]
    small = all(not node.letter[-1:].isupper() or node.letter == ONES for node in names)
    plain = not any(isinstance(node, (Derivative, Transposed)) for node in inside(right))
    vector = any(node.letter != ONES for node in names)
    return small and plain and vector
