"""The parts of a rule of the grammar -> syntax: one action for each name in `formula.lark`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from bnverify.read.grammar import Token
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    Derivative,
    Digits,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Negative,
    Norm,
    Product,
    Raised,
    Root,
    Summation,
    Transposed,
    Unreadable,
)
from bnverify.source import Span


def _span(*pieces: Any) -> Span:
    """What the pieces cover; in a macro's body the last one may end before the first does."""
    spans = [piece.span for piece in pieces]
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def addition(*pieces: Any) -> Expr:
    *before, last = pieces
    signs = [piece for piece in before if isinstance(piece, Token)]
    term: Expr = last
    if sum(sign.kind == "MINUS" for sign in signs) % 2:
        term = Negative(last, span=_span(signs[0], last))
    if isinstance(before[0], Token):
        return term
    earlier = before[0].terms if isinstance(before[0], Addition) else (before[0],)
    return Addition((*earlier, term), span=_span(before[0], last))


def product(*pieces: Any) -> Expr:
    *before, last = pieces
    signs = [piece.kind for piece in before if isinstance(piece, Token)]
    if "MINUS" in signs:
        last = Negative(last, span=_span(before[-1], last))
    first = before[0]
    factors = first.factors if isinstance(first, Product) else (first,)
    span = _span(first, last)
    if "SLASH" not in signs:
        dotted = (len(factors),) if any(sign.value == "\\cdot" for sign in before[1:]) else ()
        earlier = first.dots if isinstance(first, Product) else ()
        return Product((*factors, last), dots=(*earlier, *dotted), span=span)
    quotient = Fraction(factors[-1], last, slash=True, span=_span(factors[-1], last))
    return Product((*factors[:-1], quotient), span=span) if factors[:-1] else quotient


def summation(sign: Token, body: Expr) -> Expr:
    return Summation(sign.value, body, span=_span(sign, body))


def applied(name: Token, sign: Token, body: Expr) -> Expr:
    total = Summation(sign.value, body, span=_span(sign, body))
    return Call(name.value, (total,), span=_span(name, body))


def negative(sign: Token, body: Expr) -> Expr:
    return Negative(body, span=_span(sign, body))


def positive(sign: Token, body: Expr) -> Expr:
    return body


def inner(opening: Token, expr: Expr, closing: Token) -> Expr:
    return replace(expr, span=_span(opening, closing))


def exponent(_: Token, expr: Expr, __: Token) -> Expr:
    return expr


def raised(base: Expr, sign: Token, exponent: Expr) -> Expr:
    # In `\\sigma^2_B` the index, which belongs to the name, stands behind the power.
    return Raised(base, exponent, span=base.span.until(sign.span))


def transposed(body: Expr, sign: Token) -> Expr:
    return Transposed(body, span=_span(body, sign))


def evaluated(body: Expr, held: Token) -> Expr:
    index = tuple(piece for piece in held.value.split() if piece != ",")
    if isinstance(body, Call) and not body.index and all(piece.isalnum() for piece in index):
        return replace(body, index=index, span=_span(body, held))
    return Evaluated(body, str(held.value), span=_span(body, held))


def digits(token: Token) -> Expr:
    return Digits(str(token.value), span=token.span)


def name(token: Token) -> Expr:
    return cast(Expr, token.value)


def given(token: Token) -> Expr:
    return cast(Expr, replace(token.value, span=token.span))


def group(opening: Token, body: Expr, closing: Token) -> Expr:
    if (opening.value == "\\|") is not (closing.value == "\\|"):
        return Unreadable("a norm is not closed", span=_span(opening, closing))
    if opening.value == "\\|":
        return Norm(body, span=_span(opening, closing))
    return Group(body, str(opening.value), span=_span(opening, closing))


def fraction(sign: Token, _: Token, above: Expr, *rest: Any) -> Expr:
    return Fraction(above, rest[2], span=sign.span)


def derivative(sign: Token, _: Token, of: Expr, *rest: Any) -> Expr:
    letter, complete = sign.value
    return Derivative(of, rest[2], letter, complete, span=sign.span)


def operator(sign: Token, *rest: Any) -> Expr:
    return Derivative(None, rest[3], sign.value[0], span=sign.span)


def adjoint(sign: Token, _: Token, by: Expr, __: Token) -> Expr:
    return Adjoint(by, str(sign.value), span=sign.span)


def root(sign: Token, *rest: Any) -> Expr:
    degree = rest[0].value if rest[0].kind == "DEGREE" else None
    return Root(rest[-2], degree, span=sign.span)


def call(name: Token, _: Token, arguments: tuple[Expr, ...], closing: Token) -> Expr:
    return Call(name.value, arguments, span=_span(name, closing))


def argument(expr: Expr) -> tuple[Expr, ...]:
    return (expr,)


def arguments(before: tuple[Expr, ...], _: Token, expr: Expr) -> tuple[Expr, ...]:
    return (*before, expr)


ACTIONS: Mapping[str, Callable[..., Any]] = {action.__name__: action for action in (
    addition, product, summation, applied, negative, positive, inner, exponent, raised, transposed, evaluated,
    digits, name, given, group, fraction, derivative, operator, adjoint, root, call, argument, arguments,
)}  # fmt: skip
"""Each action under the name that it has in the grammar."""
