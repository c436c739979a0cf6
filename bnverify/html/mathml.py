"""Syntax -> MathML: what was read, with brackets where the tree needs them and the note has none."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import assert_never

from bnverify.elements import Element, element
from bnverify.frozen import frozen
from bnverify.html.signs import ACCENTS, CLOSER_OF, OPENING, sign_of
from bnverify.read.latex import parse
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Bounds,
    Call,
    CaseRows,
    Derivative,
    Digits,
    Ellipsis,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Relation,
    Root,
    Row,
    Summation,
    Transposed,
    Unreadable,
    Words,
)
from bnverify.read.tokens import scan
from bnverify.source import Span

HOLE = "\ue000"
"""A letter that stands for an operand which is not there: nothing is shown for it."""
TIMES, APPLIED = "\u2062", "\u2061"
"""A multiplication and an application that are spoken and not seen."""


class Level(IntEnum):
    """How tightly something holds together: what is looser than its surroundings needs brackets."""

    ADDED = 0
    SUMMED = 1
    MULTIPLIED = 2
    CLOSED = 3


@frozen
class Piece:
    node: Element
    level: Level = Level.CLOSED


def mathml(expr: Expr) -> Element:
    return _piece(expr).node


def identifier(text: str) -> Element:
    return element("mi", text)


def operator(sign: str, form: str = "", stretchy: str = "") -> Element:
    return element("mo", sign, form=form, stretchy=stretchy)


def row(*parts: Element) -> Element:
    return parts[0] if len(parts) == 1 else element("mrow", *parts)


def fenced(opening: str, closing: str, *inner: Element) -> Element:
    """Between brackets that grow with what is in them; one that is not seen is left out."""
    begin = [operator(opening, form="prefix", stretchy="true")] if opening else []
    end = [operator(closing, form="postfix", stretchy="true")] if closing else []
    return element("mrow", *begin, *inner, *end)


def _piece(expr: Expr) -> Piece:
    match expr:
        case Digits(text=text):
            return Piece(element("mn", text))
        case Words(text=text):
            return Piece(element("mtext", text))
        case Name():
            return Piece(_name(expr))
        case Negative(body=body):
            return Piece(row(operator("−", form="prefix"), _inside(body, Level.SUMMED)), Level.ADDED)
        case Addition(terms=terms):
            return Piece(_added(terms), Level.ADDED)
        case Product():
            return _product(expr)
        case Fraction(above=above, below=below, slash=True):
            parts = (_inside(above, Level.MULTIPLIED), operator("/"), _inside(below, Level.CLOSED))
            return Piece(row(*parts), Level.MULTIPLIED)
        case Fraction(above=above, below=below):
            return Piece(element("mfrac", mathml(above), mathml(below)))
        case Raised(base=base, exponent=exponent):
            return Piece(_raised(base, mathml(exponent)))
        case Transposed(body=body):
            return Piece(_raised(body, operator("⊤")))
        case Root(body=body, degree=degree):
            root = mathml(body)
            return Piece(element("msqrt", root) if degree is None else element("mroot", root, mathml(degree)))
        case Group(body=body, opening=opening):
            return Piece(fenced(OPENING[opening], CLOSER_OF[opening], mathml(body)))
        case Norm(body=body):
            return Piece(fenced("‖", "‖", mathml(body)))
        case Summation(bounds=bounds, body=body):
            return Piece(row(_sum_sign(bounds), _inside(body, Level.SUMMED)), Level.SUMMED)
        case Derivative():
            return Piece(_derivative(expr))
        case Adjoint(by=by, sign=sign):
            return Piece(row(_differential(sign), _inside(by, Level.CLOSED)))
        case Indicator(left=left, sign=sign, right=right):
            return Piece(element("msub", element("mn", "𝟙"), _condition(Relation(left, sign, right))))
        case Evaluated(body=body, held=held):
            return Piece(row(_inside(body, Level.CLOSED), element("msub", operator("|", stretchy="true"), _held(held))))
        case CaseRows(rows=rows):
            table = element("mtable", *map(_case, rows), class_="cases")
            return Piece(fenced("{", "", table))
        case Call():
            return Piece(_call(expr))
        case Ellipsis():
            return Piece(operator("…"))
        case Unreadable(why=why, latex=latex):
            return Piece(element("mtext", latex or f"[{why}]", class_="source"))
        case _:
            assert_never(expr)


def _inside(expr: Expr, least: Level) -> Element:
    piece = _piece(expr)
    return piece.node if piece.level >= least else fenced("(", ")", piece.node)


# -- letters


def letter(written: str) -> Element:
    shown = sign_of(written)
    return element("mn", shown) if shown.isdigit() else identifier(shown)


def _name(name: Name) -> Element:
    if name.letter == HOLE:
        return element("mrow")
    below = _indices(name.subscripts)
    above = [part for index in name.superscripts for part in (operator("("), letter(index), operator(")"))]
    return with_scripts(_accented(name), below, row(*above) if above else None)


def _accented(name: Name) -> Element:
    found = letter(name.letter)
    for accent in name.accents:
        found = element("msup", found, operator("′")) if accent == "'" else accented(found, ACCENTS[accent])
    return found


def accented(under: Element, mark: str) -> Element:
    return element("mover", under, operator(mark, stretchy="false"), accent="true")


def _indices(written: Sequence[str]) -> Element | None:
    """`ij` side by side; with commas where one of them is longer than a letter."""
    if not written:
        return None
    comma = any(len(sign_of(one).rstrip("'")) > 1 for one in written)
    parts: list[Element] = []
    for place, one in enumerate(written):
        parts += [operator(",")] if comma and place else []
        primes = len(one) - len(one.rstrip("'"))
        bare = letter(one.rstrip("'"))
        parts.append(element("msup", bare, operator("′" * primes)) if primes else bare)
    return row(*parts)


def with_scripts(base: Element, below: Element | None, above: Element | None) -> Element:
    if below is not None and above is not None:
        return element("msubsup", base, below, above)
    if below is not None:
        return element("msub", base, below)
    return base if above is None else element("msup", base, above)


# -- sums and products


def _added(terms: Sequence[Expr]) -> Element:
    parts = [mathml(terms[0])]
    for term in terms[1:]:
        minus = isinstance(term, Negative)
        body = term.body if isinstance(term, Negative) else term
        parts += [operator("−" if minus else "+"), _inside(body, Level.SUMMED)]
    return row(*parts)


def _product(product: Product) -> Piece:
    """Side by side, with a dot where the note has one, or where a number or a sign would run into what is before it."""
    last = len(product.factors) - 1
    parts = []
    level = Level.MULTIPLIED
    for place, factor in enumerate(product.factors):
        dotted = place in product.dots or isinstance(factor, (Digits, Negative))
        parts += [operator("⋅" if dotted else TIMES)] if place else []
        parts.append(_inside(factor, Level.SUMMED if place == last else Level.MULTIPLIED))
        level = Level.SUMMED if place == last and isinstance(factor, Summation) else level
    return Piece(row(*parts), level)


def _sum_sign(bounds: Bounds) -> Element:
    sign = operator("∑")
    below = _below(bounds)
    above = None if bounds.upper is None else mathml(bounds.upper)
    return with_limits(sign, row(*below) if below else None, above)


def with_limits(sign: Element, below: Element | None, above: Element | None) -> Element:
    if below is not None and above is not None:
        return element("munderover", sign, below, above)
    if below is not None:
        return element("munder", sign, below)
    return sign if above is None else element("mover", sign, above)


def _below(bounds: Bounds) -> list[Element]:
    """`j`, `j=1`, `i∈B`, `j≠i`, `j=1, j≠i`."""
    parts = _listed([letter(one) for one in bounds.indices])
    if bounds.lower is not None:
        parts += [operator("="), mathml(bounds.lower)]
    if bounds.within:
        parts += [operator("∈"), mathml(_parsed(bounds.within))]
    if bounds.unequal:
        apart = bounds.lower is not None or bool(bounds.within) or len(bounds.indices) > 1
        parts += [operator(","), letter(bounds.indices[0])] if apart else []
        parts += [operator("≠"), *_listed([letter(one) for one in bounds.unequal])]
    return parts


def _listed(parts: Sequence[Element]) -> list[Element]:
    return [one for place, part in enumerate(parts) for one in (([operator(",")] if place else []) + [part])]


def _parsed(written: str) -> Expr:
    return parse(scan(written, Span(0, len(written))))


# -- powers, derivatives, calls


def _raised(base: Expr, exponent: Element) -> Element:
    """An index and a power one above the other, as they are written."""
    if isinstance(base, Name) and not base.superscripts:
        return with_scripts(_accented(base), _indices(base.subscripts), exponent)
    closed = isinstance(base, (Digits, Group, Norm, Call))
    return element("msup", mathml(base) if closed else fenced("(", ")", mathml(base)), exponent)


def _differential(sign: str) -> Element:
    return identifier({"d": "d", "\\nabla": "∇"}.get(sign, "∂"))


def _derivative(derivative: Derivative) -> Element:
    sign = [_differential(derivative.sign)] if derivative.complete else []
    of = [] if derivative.of is None else [_inside(derivative.of, Level.CLOSED)]
    below = row(_differential(derivative.sign), _inside(derivative.by, Level.CLOSED))
    return element("mfrac", row(*sign, *of), below)


def _call(call: Call) -> Element:
    listed = _listed([mathml(one) for one in call.arguments])
    applied = row(_name(call.name), operator(APPLIED), fenced("(", ")", *listed))
    return with_scripts(applied, _indices(call.index), None)


def _held(held: str) -> Element:
    """What stands at the foot of the bar: quantities, or a word."""
    parts = [_parsed(part) for part in held.split(",")]
    if any(isinstance(part, Unreadable) for part in parts):
        return element("mtext", held)
    return row(*_listed([mathml(part) for part in parts]))


# -- cases


def _case(one: Row) -> Element:
    values = [part for place, value in enumerate(one.values) for part in _value(place, value)]
    conditions = _listed([_condition(condition) for condition in one.conditions])
    said = [element("mtext", "otherwise")] if one.otherwise else conditions
    return element("mtr", element("mtd", *values), element("mtd", *said))


def _value(place: int, value: Expr) -> list[Element]:
    return [*([operator("=")] if place else []), mathml(value)]


def _condition(condition: Relation) -> Element:
    return row(letter(condition.left), operator(sign_of(condition.sign)), letter(condition.right))
