"""The nodes of a formula, as written: no roles, no scopes that only the mathematics can settle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import assert_never

from bnverify.source import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Written:
    """What all nodes share: where they stand. Equal formulas are equal wherever they stand."""

    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Digits(Written):
    """A number as written: `2`, `0.5`."""

    text: str


@dataclass(frozen=True, slots=True)
class Name(Written):
    """A letter with everything that belongs to it: `\\hat{x}_{ij}`, `\\mu_{\\mathcal B}`, `x'`, `x^{(i)}`.

    `letter` is LaTeX (`x`, `\\mu`, `\\text{dout}`); accents go outside in.
    """

    letter: str
    accents: tuple[str, ...] = ()
    subscripts: tuple[str, ...] = ()
    superscripts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Negative(Written):
    body: Expr


@dataclass(frozen=True, slots=True)
class Addition(Written):
    terms: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Product(Written):
    """`dots` are the places of the factors that a dot stands before; an edited product may be without them."""

    factors: tuple[Expr, ...]
    dots: tuple[int, ...] = field(default=(), kw_only=True, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fraction(Written):
    above: Expr
    below: Expr
    slash: bool = False


@dataclass(frozen=True, slots=True)
class Raised(Written):
    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class Root(Written):
    body: Expr
    degree: Expr | None = None


@dataclass(frozen=True, slots=True)
class Group(Written):
    """Something in brackets; `opening` is `(`, `[`, `{` or `|`."""

    body: Expr
    opening: str = "("


@dataclass(frozen=True, slots=True)
class Bounds(Written):
    """What stands under and over a sum: `i=1` and `n`, `i`, `j \\neq i`, `i \\in B`, or nothing."""

    indices: tuple[str, ...] = ()
    lower: Expr | None = None
    upper: Expr | None = None
    unequal: tuple[str, ...] = ()
    """Letters from which the first index differs."""
    within: str = ""
    """The set that the index runs over, in LaTeX: `\\mathcal{B}`, `S_i`."""


@dataclass(frozen=True, slots=True)
class Summation(Written):
    bounds: Bounds
    body: Expr


@dataclass(frozen=True, slots=True)
class Derivative(Written):
    """`\\frac{\\partial A}{\\partial B}`; without `of` an operator that waits for its operand.

    `complete` is false where one of the two signs of differentiation is missing.
    """

    of: Expr | None
    by: Expr
    sign: str = "\\partial"
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Adjoint(Written):
    """A differential outside a quotient, `dx_i`, `d\\sigma^2`, `\\partial x`; `by` has its indices and its power."""

    by: Expr
    sign: str = "d"


@dataclass(frozen=True, slots=True)
class Indicator(Written):
    """One where a condition between two indices holds and zero elsewhere; `sign` is `=` or `\\neq`."""

    left: str
    sign: str
    right: str


@dataclass(frozen=True, slots=True)
class Transposed(Written):
    """`x^\\top`, `(A B)^T`."""

    body: Expr


@dataclass(frozen=True, slots=True)
class Norm(Written):
    """`\\|x\\|`, with or without the index 2."""

    body: Expr


@dataclass(frozen=True, slots=True)
class Evaluated(Written):
    """`\\left. A \\right|_{\\mu}`: a derivative with a note on what is held."""

    body: Expr
    held: str


@dataclass(frozen=True, slots=True)
class Relation(Written):
    """A condition between two index letters, as in a row of cases."""

    left: str
    sign: str
    right: str


@dataclass(frozen=True, slots=True)
class Row(Written):
    """One row of cases: a chain of values under conditions; `relations` are the spans of its signs."""

    values: tuple[Expr, ...]
    conditions: tuple[Relation, ...]
    otherwise: bool = False


@dataclass(frozen=True, slots=True)
class CaseRows(Written):
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Call(Written):
    """A function applied to arguments: `f'(x)`, `\\exp x_i`, `E[x]`; `index` is that of its value: `softmax(x)_i`."""

    name: Name
    arguments: tuple[Expr, ...]
    index: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Words(Written):
    """A side that is only text."""

    text: str


@dataclass(frozen=True, slots=True)
class Ellipsis(Written):
    """Summands that are left to the reader."""


@dataclass(frozen=True, slots=True)
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
    match expr:
        case Digits() | Name() | Indicator() | Words() | Ellipsis() | Unreadable():
            return ()
        case Negative(body=body) | Group(body=body) | Summation(body=body) | Evaluated(body=body):
            return (body,)
        case Transposed(body=body) | Norm(body=body) | Adjoint(by=body):
            return (body,)
        case Addition(terms=inner) | Product(factors=inner) | Call(arguments=inner):
            return inner
        case Fraction(above=above, below=below):
            return (above, below)
        case Raised(base=base, exponent=exponent):
            return (base, exponent)
        case Root(body=body, degree=degree):
            return (body,) if degree is None else (body, degree)
        case Derivative(of=of, by=by):
            return (by,) if of is None else (of, by)
        case CaseRows(rows=rows):
            return tuple(value for row in rows for value in row.values)
        case _:
            assert_never(expr)


def inside(expr: Expr) -> Iterator[Expr]:
    """The expression and everything in it, outermost first."""
    waiting = [expr]
    while waiting:
        one = waiting.pop()
        yield one
        waiting.extend(reversed(parts(one)))


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
