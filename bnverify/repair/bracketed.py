"""Slips of brackets: a pair is missing, or one too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.judge.findings import MissingParentheses
from bnverify.read.syntax import Addition, Expr, Fraction, Group, Negative, Product, Raised, Summation
from bnverify.repair.slip import PIECE, Slip, Wrong
from bnverify.repair.trees import Site
from bnverify.repair.vocabulary import product_of

MOST_TERMS = 12
"""Summands among which lost brackets are looked for."""


def brackets(site: Site, wrong: Wrong) -> Iterator[Slip]:
    """Brackets lost round several summands, or written where none belong."""
    expr = site.expr
    if isinstance(expr, Addition) and len(expr.terms) <= MOST_TERMS:
        for first in range(len(expr.terms) - 1):
            for last in range(first + 1, len(expr.terms)):
                for made in _taken_together(expr.terms[first : last + 1]):
                    yield Slip(
                        expr, _added((*expr.terms[:first], made, *expr.terms[last + 1 :])), MissingParentheses, PIECE
                    )
        yield from _raised_together(expr)
    yield from _opened(site)


def _taken_together(run: tuple[Expr, ...]) -> Iterator[Expr]:
    """`a (b + c)` for `a b + c`, `-(a + b)` for `-a + b`, a sum that should reach further."""
    first, *rest = run
    yield from (made for made in _closed(first, tuple(rest)) if not isinstance(made, Group))
    last = rest[-1]
    lead, tail = _split_off(last)
    if tail:
        yield from _closed(first, (*rest[:-1], lead), tail)


def _split_off(last: Expr) -> tuple[Expr, tuple[Expr, ...]]:
    """The first factor of a summand with its sign, and the others."""
    body = last.body if isinstance(last, Negative) else last
    if not isinstance(body, Product):
        return last, ()
    return (Negative(body.factors[0]) if isinstance(last, Negative) else body.factors[0]), body.factors[1:]


def _closed(first: Expr, rest: tuple[Expr, ...], tail: tuple[Expr, ...] = ()) -> Iterator[Expr]:
    """The end of one summand in brackets with those behind it, wherever the bracket may open; `tail` multiplies it."""
    group = Group(Addition((first, *rest)))
    yield Product((group, *tail)) if tail else group
    match first:
        case Negative(body=body):
            yield from (Negative(made) for made in _closed(body, rest, tail))
        case Product(factors=factors):
            for place in range(1, len(factors) - 1):
                yield product_of((*factors[:place], *_opening(product_of(factors[place:]), rest, tail)))
            for made in _closed(factors[-1], rest, tail):
                yield Product((*factors[:-1], *(made.factors if isinstance(made, Product) else (made,))))
        case Summation(body=body):
            yield from (replace(first, body=made) for made in _closed(body, rest, tail))
        case Fraction(above=above) if not tail:
            yield Fraction(Addition((above, *rest)), first.below)


def _opening(inner: Expr, rest: tuple[Expr, ...], tail: tuple[Expr, ...]) -> tuple[Expr, ...]:
    return Group(Addition((inner, *rest))), *tail


def _raised_together(expr: Addition) -> Iterator[Slip]:
    """`(x - mu)^2` for `x - mu^2`."""
    last = expr.terms[-1]
    sign, inner = (True, last.body) if isinstance(last, Negative) else (False, last)
    if isinstance(inner, Raised):
        base: Expr = Negative(inner.base) if sign else inner.base
        yield Slip(expr, Raised(Group(Addition((*expr.terms[:-1], base))), inner.exponent), MissingParentheses, PIECE)


def _opened(site: Site) -> Iterator[Slip]:
    """`a b + c` for `a (b + c)`."""
    expr = site.expr
    if isinstance(expr, Product):
        for place, factor in enumerate(expr.factors):
            if isinstance(factor, Group) and isinstance(factor.body, Addition) and place == len(expr.factors) - 1:
                first, *rest = factor.body.terms
                lead = product_of((*expr.factors[:place], first.body if isinstance(first, Negative) else first))
                new = Addition((Negative(lead) if isinstance(first, Negative) else lead, *rest))
                yield Slip(expr, new if is_free(site) else Group(new), MissingParentheses, PIECE)


def is_free(site: Site) -> bool:
    """Whether a sum may stand here without brackets."""
    return site.parent is None or isinstance(site.parent, Group)


def _added(run: tuple[Expr, ...]) -> Expr:
    return run[0] if len(run) == 1 else Addition(run)
