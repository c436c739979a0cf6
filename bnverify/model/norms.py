"""A script in which a vector is multiplied by its own transpose -> the same with the square of its norm instead.

`x^\\top x` is `\\|x\\|^2`, which has a value in formulas without matrices as well, and is found in averages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.names import ONES
from bnverify.read.syntax import Derivative, Digits, Expr, Name, Norm, Product, Raised, Transposed, bare, inside
from bnverify.source import Span


def with_norms(script: Script) -> Script:
    return rewritten(script, _expr)


def _expr(expr: Expr) -> Expr:
    """The innermost products first, so that what is put in is not looked at again."""
    for node in reversed(list(inside(expr))):
        if isinstance(node, Product) and any(_pairs(node.factors)):
            factors = tuple(_joined(node.factors))
            made = factors[0] if len(factors) == 1 else replace(node, factors=factors)
            return _expr(exchange(expr, {id(node): made}))
    return expr


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
