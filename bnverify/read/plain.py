"""Syntax -> one line of plain Unicode mathematics, as written; nothing here knows what a letter stands for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import IntEnum
from itertools import pairwise
from typing import assert_never

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.latex import parse
from bnverify.read.names import joined
from bnverify.read.rows import Rows, Side, structure
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
    inside,
)
from bnverify.read.tokens import UNICODE, scan
from bnverify.source import Span


class Level(IntEnum):
    """How tightly a text holds together: what is looser than its surroundings needs brackets."""

    ADDED = 0
    SUMMED = 1
    """Ends in a sum, which would reach over a factor behind it."""
    MULTIPLIED = 2
    DIVIDED = 3
    DERIVED = 4
    """A derivative: one thing in a row of factors, although it has a stroke in it."""
    ATOM = 5


@frozen
class Piece:
    text: str
    level: Level = Level.ATOM


def plain(expr: Expr) -> str:
    """One line of plain mathematics, with brackets exactly where its reader needs them."""
    return _piece(expr).text


def _piece(expr: Expr) -> Piece:
    match expr:
        case Digits(text=text) | Words(text=text):
            return Piece(text)
        case Name():
            return Piece(_name(expr))
        case Negative(body=body):
            return Piece(f"−{_inside(body, Level.SUMMED)}", Level.ADDED)
        case Addition(terms=terms):
            return Piece(_added(terms), Level.ADDED)
        case Product(factors=factors):
            return _product(factors)
        case Fraction(above=above, below=below):
            return Piece(f"{_numerator(above)}/{_inside(below, Level.ATOM)}", Level.DIVIDED)
        case Raised(base=base, exponent=exponent):
            return Piece(_base(base) + _exponent(exponent))
        case Root(body=body, degree=degree):
            return Piece(_root_sign(degree) + (plain(body) if _is_closed(body) else f"({plain(body)})"))
        case Group(body=body, opening="."):
            return _piece(body)
        case Group(body=body, opening=opening):
            return Piece(f"{OPENERS.get(opening, opening)}{plain(body)}{CLOSERS[opening]}")
        case Summation(bounds=bounds, body=body):
            return Piece(f"Σ{_bounds(bounds)} {_inside(body, Level.SUMMED)}", Level.SUMMED)
        case Derivative():
            return Piece(_derivative(expr), Level.DERIVED)
        case Adjoint(by=by, sign=sign):
            return Piece({"d": "d", "\\nabla": "∇"}.get(sign, "∂") + _differentiated(by))
        case Indicator(left=left, sign=sign, right=right):
            return Piece(f"[{letter(left)} {SIGNS[sign]} {letter(right)}]")
        case Transposed(body=body):
            return Piece(f"{_base(body)}ᵀ")
        case Norm(body=body):
            return Piece(f"‖{plain(body)}‖")
        case Evaluated(body=body, held=held):
            return Piece(f"{_inside(body, Level.DERIVED)}|{_held(held)}", Level.DERIVED)
        case CaseRows(rows=rows):
            return Piece(f"{{ {'; '.join(map(_row, rows))} }}")
        case Call(name=name, arguments=arguments, index=index):
            return Piece(f"{_name(name)}({', '.join(map(plain, arguments))}){_low(joined(index))}")
        case Ellipsis():
            return Piece("…")
        case Unreadable(why=why, latex=latex):
            return Piece(latex or f"[{why}]")
        case _:
            assert_never(expr)


def _inside(expr: Expr, least: Level) -> str:
    piece = _piece(expr)
    return piece.text if piece.level >= least else f"({piece.text})"


# -- sums and products


def _added(terms: Sequence[Expr]) -> str:
    text = plain(terms[0])
    for term in terms[1:]:
        text += f" − {_inside(term.body, Level.SUMMED)}" if isinstance(term, Negative) else f" + {plain(term)}"
    return text


def _product(factors: Sequence[Expr]) -> Piece:
    pieces = [_piece(factor) for factor in factors]
    texts = [*map(_factor, pieces[:-1]), _last_factor(pieces[-1])]
    row = texts[0]
    for (before, factor), text in zip(pairwise(factors), texts[1:], strict=True):
        row += f" · {text}" if _needs_dot(before, factor, text) else f" {text}"
    return Piece(row, Level.SUMMED if pieces[-1].level is Level.SUMMED else Level.MULTIPLIED)


def _numerator(above: Expr) -> str:
    """A row of letters needs no brackets above the line: a b/c is one number, however it is read."""
    piece = _piece(above)
    bare = piece.level is Level.ATOM or (piece.level is Level.MULTIPLIED and "/" not in piece.text)
    return piece.text if bare else f"({piece.text})"


def _factor(piece: Piece) -> str:
    """A quotient in a row of factors stands in brackets, as what is looser than a product does."""
    bare = piece.level >= Level.DERIVED or piece.level is Level.MULTIPLIED
    return piece.text if bare else f"({piece.text})"


def _last_factor(piece: Piece) -> str:
    return piece.text if piece.level is Level.SUMMED else _factor(piece)


def _needs_dot(before: Expr, factor: Expr, text: str) -> bool:
    """Behind a derivative or an open root, whose end one would not see, and before a number or a sign."""
    open_root = isinstance(before, Root) and not isinstance(before.body, Group) and _is_closed(before.body)
    ended = isinstance(before, Evaluated) or (isinstance(before, Derivative) and before.of is not None)
    return ended or open_root or isinstance(factor, Negative) or text[0].isdigit()


def _bounds(bounds: Bounds) -> str:
    """`Σ_j`, `Σ_(j=1..n)`, `Σ_(j≠i)`, as much as was written."""
    under = ",".join(bounds.indices)
    upper = "" if bounds.upper is None else plain(bounds.upper)
    apart = f"{bounds.indices[0]}≠{','.join(bounds.unequal)}" if bounds.unequal else ""
    if bounds.lower is None and not bounds.within:
        under = f"{under}: {apart}" if apart and len(bounds.indices) > 1 else apart or under
        return _low(under) + (f"^{upper}" if upper else "")
    if bounds.within:
        under += f"∈{_set(bounds.within)}"
    if bounds.lower is not None:
        under += f"={plain(bounds.lower)}" + (f"..{upper}" if upper else "")
    return _low(f"{under}, {apart}" if apart else under) + (f"^{upper}" if upper and bounds.lower is None else "")


def _set(written: str) -> str:
    return plain(parse(scan(written, Span(0, len(written)))))


def _low(text: str) -> str:
    if not text:
        return ""
    return f"_{text}" if text.isalnum() else f"_({text})"


# -- powers and roots

HIGH = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _base(base: Expr) -> str:
    closed = _is_closed(base) or isinstance(base, Call)
    raised = isinstance(base, Name) and base.superscripts
    return plain(base) if closed and not raised else f"({plain(base)})"


def _is_closed(expr: Expr) -> bool:
    """A single letter or number, or something in visible brackets."""
    return isinstance(expr, (Name, Digits)) or (isinstance(expr, Group) and expr.opening != ".")


def _exponent(exponent: Expr) -> str:
    """Whole numbers as small digits, everything else behind `^`."""
    minus = isinstance(exponent, Negative)
    size = exponent.body if isinstance(exponent, Negative) else exponent
    if isinstance(size, Digits) and size.text.isdigit():
        return f"{'-' if minus else ''}{size.text}".translate(HIGH)
    return f"^{plain(exponent)}" if _is_closed(exponent) else f"^({plain(exponent)})"


def _root_sign(degree: Expr | None) -> str:
    if degree is None:
        return "√"
    return f"{plain(degree).translate(HIGH)}√"


OPENERS = {"<": "⟨"}
CLOSERS = {"(": ")", "[": "]", "{": "}", "|": "|", "<": "⟩"}


# -- derivatives


def _derivative(derivative: Derivative) -> str:
    sign = "∂" if derivative.sign == "\\partial" else "d"
    above = _differentiated(derivative.of) if derivative.of is not None else ""
    return f"{sign if derivative.complete else ''}{above}/{sign}{_differentiated(derivative.by)}"


def _differentiated(expr: Expr) -> str:
    bare = isinstance(expr, (Call, Raised, CaseRows)) or _is_closed(expr)
    return plain(expr) if bare else f"({plain(expr)})"


def _held(held: str) -> str:
    """What stands at the foot of the bar: quantities, or a word."""
    parts = [parse(scan(part, Span(0, len(part)))) for part in held.split(",")]
    if any(isinstance(part, Unreadable) for part in parts):
        return f"_({held})"
    return _low(", ".join(plain(part) for part in parts))


# -- cases


def _row(row: Row) -> str:
    value = " = ".join(plain(part) for part in row.values)
    if row.otherwise:
        return f"{value} otherwise"
    return f"{value} if {', '.join(map(_condition, row.conditions))}"


def _condition(condition: Relation) -> str:
    return f"{letter(condition.left)} {SIGNS[condition.sign]} {letter(condition.right)}"


# -- letters

SIGNS = {command: sign for sign, command in UNICODE.items()} | {
    "=": "=", "\\mu": "μ", "\\epsilon": "ε", "\\varphi": "φ", "\\vartheta": "ϑ", "\\varrho": "ϱ", "\\varsigma": "ς",
    "\\iota": "ι", "\\upsilon": "υ", "\\Xi": "Ξ", "\\Pi": "Π", "\\Upsilon": "Υ", "\\hbar": "ħ",
    "\\neq": "≠", "\\ne": "≠", "\\leq": "≤", "\\le": "≤", "\\geq": "≥", "\\ge": "≥", "\\in": "∈", "\\sim": "∼",
    "\\approx": "≈", "\\propto": "∝", "\\to": "→", "\\mathbf{1}": "𝟏",
}  # fmt: skip
ALPHABET = pattern(r"\\(?:mathcal|mathbb|mathfrak|mathscr|text)\{(.*)\}")
MARKS = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307", "check": "\u030c", "breve": "\u0306"}


def _name(name: Name) -> str:
    text = letter(name.letter)
    for accent in name.accents:
        text += "'" if accent == "'" else MARKS[accent]
    below = [letter(part) for part in name.subscripts]
    text += _low(joined(below))
    return text + "".join(f"^({index})" for index in name.superscripts)


def letter(written: str) -> str:
    """`\\gamma` is γ, `\\mathcal{B}` is B, `\\text{dout}` is dout."""
    if written in SIGNS:
        return SIGNS[written]
    framed = ALPHABET.fullmatch(written)
    return framed.group(1) if framed else written


# -- whole formulas

INDICES = frozenset("ijkl")
SILENT = pattern(r"\\(?:begin|end)\s*\{[^{}]*\}|\\boxed|[.,;{}()\s]*")
"""What may be left out: wrappers and final punctuation."""


def equations(latex: str) -> list[list[str]]:
    """The equations of a formula, each as its parts: the head, then every relation sign with its side.

    A formula that cannot be read, or that holds words, comes back as its LaTeX source on one line.
    """
    rows = structure(scan(latex, Span(0, len(latex))), INDICES)
    if len(rows.conditions) == 1:
        return [[_condition(rows.conditions[0])]]
    if not _is_read(rows) or not all(SILENT.fullmatch(latex[span.start : span.end]) for span in _left_out(rows)):
        return [[" ".join(latex.split())]]
    shown = [[_side(side) for side in statement.sides] for statement in rows.statements]
    sizes = [latex[one.span.start : one.span.end] for one in rows.shapes]
    shown[-1][-1] = "  ".join([shown[-1][-1], *sizes])
    return shown


def _is_read(rows: Rows) -> bool:
    sides = [side for statement in rows.statements for side in statement.sides]
    trees = [parse(side.tokens) for side in sides if side.tokens]
    unread = any(isinstance(node, Unreadable) for tree in trees for node in inside(tree))
    return bool(trees) and not unread and not any(side.trouble for side in sides)


def _left_out(rows: Rows) -> Iterator[Span]:
    """The characters that no side holds; a condition is shown behind its side."""
    sides = (side for statement in rows.statements for side in statement.sides)
    shown = [condition.span for side in sides for condition in side.conditions]
    if len(rows.statements) == 1 and all(one.whole and not one.quantity for one in rows.shapes):
        shown += [one.span for one in rows.shapes]  # behind the equation
    for span in rows.annotations:
        if not any(one.start <= span.start and span.end <= one.end for one in shown):
            yield span


def _side(side: Side) -> str:
    sign = [SIGNS.get(side.relation.text, side.relation.text)] if side.relation else []
    body = [plain(parse(side.tokens))] if side.tokens else []
    return " ".join(sign + body) + "".join(f", {_condition(one)}" for one in side.conditions)
