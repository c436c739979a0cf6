"""The nodes of a formula, as written: no roles, no scopes that only the mathematics can settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from itertools import chain
from typing import assert_never

from bnverify.frozen import frozen
from bnverify.source import Span

NOWHERE = Span(0, 0)


class _Remembering:
    """Room for what every phase asks of a node again: all that stands in it."""

    __slots__ = ("_below",)
    _below: tuple[Expr, ...]


@frozen
class Written(_Remembering):
    """What all nodes share: where they stand. Equal formulas are equal wherever they stand."""

    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


@frozen
class Digits(Written):
    """A number as written: `2`, `0.5`."""

    text: str


@frozen
class Name(Written):
    """A letter with everything that belongs to it: `\\hat{x}_{ij}`, `\\mu_{\\mathcal B}`, `x'`, `x^{(i)}`.

    `letter` is LaTeX (`x`, `\\mu`, `\\text{dout}`); accents go outside in.
    """

    letter: str
    accents: tuple[str, ...] = ()
    subscripts: tuple[str, ...] = ()
    superscripts: tuple[str, ...] = ()


@frozen
class Negative(Written):
    body: Expr


@frozen
class Addition(Written):
    terms: tuple[Expr, ...]


@frozen
class Product(Written):
    """`dots` are the places of the factors that a dot stands before; an edited product may be without them."""

    factors: tuple[Expr, ...]
    dots: tuple[int, ...] = field(default=(), kw_only=True, compare=False, repr=False)


@frozen
class Fraction(Written):
    above: Expr
    below: Expr
    slash: bool = False


@frozen
class Raised(Written):
    base: Expr
    exponent: Expr


@frozen
class Root(Written):
    body: Expr
    degree: Expr | None = None


@frozen
class Group(Written):
    """Something in brackets; `opening` is `(`, `[`, `{` or `|`."""

    body: Expr
    opening: str = "("


@frozen
class Bounds(Written):
    """What stands under and over a sum: `i=1` and `n`, `i`, `j \\neq i`, `i \\in B`, or nothing."""

    indices: tuple[str, ...] = ()
    lower: Expr | None = None
    upper: Expr | None = None
    unequal: tuple[str, ...] = ()
    """Letters from which the first index differs."""
    within: str = ""
    """The set that the index runs over, in LaTeX: `\\mathcal{B}`, `S_i`."""


@frozen
class Summation(Written):
    bounds: Bounds
    body: Expr


@frozen
class Derivative(Written):
    """`\\frac{\\partial A}{\\partial B}`; without `of` an operator that waits for its operand.

    `complete` is false where one of the two signs of differentiation is missing.
    """

    of: Expr | None
    by: Expr
    sign: str = "\\partial"
    complete: bool = True


@frozen
class Adjoint(Written):
    """A differential outside a quotient, `dx_i`, `d\\sigma^2`, `\\partial x`; `by` has its indices and its power."""

    by: Expr
    sign: str = "d"


@frozen
class Indicator(Written):
    """One where a condition between two indices holds and zero elsewhere; `sign` is `=` or `\\neq`."""

    left: str
    sign: str
    right: str


@frozen
class Transposed(Written):
    """`x^\\top`, `(A B)^T`."""

    body: Expr


@frozen
class Norm(Written):
    """`\\|x\\|`, with or without the index 2."""

    body: Expr


@frozen
class Evaluated(Written):
    """`\\left. A \\right|_{\\mu}`: a derivative with a note on what is held."""

    body: Expr
    held: str


@frozen
class Relation(Written):
    """A condition between two index letters, as in a row of cases."""

    left: str
    sign: str
    right: str


@frozen
class Row(Written):
    """One row of cases: a chain of values under conditions; `relations` are the spans of its signs."""

    values: tuple[Expr, ...]
    conditions: tuple[Relation, ...]
    otherwise: bool = False


@frozen
class CaseRows(Written):
    rows: tuple[Row, ...]


@frozen
class Call(Written):
    """A function applied to arguments: `f'(x)`, `\\exp x_i`, `E[x]`; `index` is that of its value: `softmax(x)_i`."""

    name: Name
    arguments: tuple[Expr, ...]
    index: tuple[str, ...] = ()


@frozen
class Words(Written):
    """A side that is only text."""

    text: str


@frozen
class Ellipsis(Written):
    """Summands that are left to the reader."""


@frozen
class Unreadable(Written):
    """What should have a value and could not be read, with the reason in plain English."""

    why: str
    latex: str = ""


Expr = (
    Digits
    | Name
    | Negative
    | Addition
    | Product
    | Fraction
    | Raised
    | Root
    | Group
    | Summation
    | Derivative
    | Adjoint
    | Indicator
    | Transposed
    | Norm
    | Evaluated
    | CaseRows
    | Call
    | Words
    | Ellipsis
    | Unreadable
)


def parts(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside one, in reading order."""
    # The frequent kinds stand first: this is asked more often than anything else.
    match expr:
        case Name() | Digits():
            return ()
        case Product(factors=inner) | Addition(terms=inner):
            return inner
        case Derivative(of=of, by=by):
            return (by,) if of is None else (of, by)
        case Raised(base=base, exponent=exponent):
            return (base, exponent)
        case Group(body=body) | Negative(body=body) | Summation(body=body):
            return (body,)
        case Fraction(above=above, below=below):
            return (above, below)
        case Root(body=body, degree=degree):
            return (body,) if degree is None else (body, degree)
        case Evaluated(body=body) | Transposed(body=body) | Norm(body=body) | Adjoint(by=body):
            return (body,)
        case Call(arguments=inner):
            return inner
        case CaseRows(rows=rows):
            return tuple(value for row in rows for value in row.values)
        case Indicator() | Words() | Ellipsis() | Unreadable():
            return ()
        case _:
            assert_never(expr)


def inside(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it, outermost first."""
    try:
        below = expr._below
    except AttributeError:
        below = expr._below = _all_parts(expr)
    return chain((expr,), below)


def _all_parts(expr: Expr) -> tuple[Expr, ...]:
    found, waiting = list[Expr](), [*reversed(parts(expr))]
    while waiting:
        found.append(part := waiting.pop())
        waiting.extend(reversed(parts(part)))
    return tuple(found)


def depth(expr: Expr) -> int:
    """How many parts stand inside one another."""
    found, level = 0, [expr]
    while level:
        found += 1
        level = [part for one in level for part in parts(one)]
    return found


def bare(expr: Expr) -> Expr:
    """The expression without brackets around it."""
    while isinstance(expr, Group):
        expr = expr.body
    return expr
