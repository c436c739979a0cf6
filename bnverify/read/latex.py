"""Tokens of the grammar -> syntax, and syntax -> LaTeX again."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, assert_never, cast

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput
from lark.lexer import Lexer

from bnverify.read.assemble import Assembler, Misshapen
from bnverify.read.brackets import covering, split
from bnverify.read.syntax import (
    Addition,
    Bounds,
    Call,
    CaseRows,
    Derivative,
    Digits,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Relation,
    Root,
    Row,
    Summation,
    Unreadable,
    Words,
)
from bnverify.read.tokens import Raw
from bnverify.source import Span

GRAMMAR = os.path.join(os.path.dirname(__file__), "formula.lark")
DEEPEST = 200
"""Brackets inside one another; deeper formulas are unreadable, so that no recursion runs out of stack."""


class Ready(Lexer):
    """A lexer that has nothing left to do: the assembler made the tokens."""

    def __init__(self, _: object) -> None: ...

    def lex(self, data: Any) -> Iterator[Token]:  # type: ignore[override]
        return iter(data)


def parse(raw: Sequence[Raw], span: Span | None = None) -> Expr:
    """The expression that the tokens write, or an `Unreadable` that covers them with the reason."""
    if not raw:
        return Unreadable("there is nothing here to read", span=span or Span(0, 0))
    span = span or covering(raw)
    if deepest(raw) > DEEPEST:
        return Unreadable(f"brackets are nested deeper than {DEEPEST}", span=span)
    try:
        tokens = Assembler(raw, parse, parse_cases).run()
        return cast(Expr, _grammar().parse(cast(str, tokens)))
    except Misshapen as trouble:
        return Unreadable(str(trouble), span=span)
    except UnexpectedInput as trouble:
        return Unreadable(_what_is_wrong(trouble), span=span)


def deepest(raw: Sequence[Raw]) -> int:
    depth = most = 0
    for piece in raw:
        if piece.kind in ("{", "open", "begin"):
            depth += 1
            most = max(most, depth)
        elif piece.kind in ("}", "close", "end"):
            depth -= 1
    return most


def _what_is_wrong(trouble: UnexpectedInput) -> str:
    found = getattr(trouble, "token", None)
    if found is None or found.type == "$END":
        return "the formula breaks off"
    named = {"CLOSE": "a closing bracket", "RBRACE": "a closing brace", "COMMA": "a comma", "SUP": "a power"}
    shown = named.get(found.type) or f"`{found}`"
    return f"{shown} does not fit here"


@cache
def _grammar() -> Lark:
    with open(GRAMMAR, encoding="utf-8") as file:
        text = file.read()
    return Lark(text, parser="lalr", lexer=Ready, transformer=_Build())


def _span(*pieces: Any) -> Span:
    """What the pieces cover; in a macro's body the last one may end before the first does."""
    return Span(min(map(_start, pieces)), max(map(_end, pieces)))


def _start(piece: Any) -> int:
    return cast(int, piece.start_pos if isinstance(piece, Token) else piece.span.start)


def _end(piece: Any) -> int:
    return cast(int, piece.end_pos if isinstance(piece, Token) else piece.span.end)


@v_args(inline=True)
class _Build(Transformer[Any, Expr]):
    """One method for each rule of the grammar."""

    def start(self, expr: Expr) -> Expr:
        return expr

    def addition(self, *pieces: Any) -> Expr:
        if len(pieces) == 1:
            return cast(Expr, pieces[0])
        *before, last = pieces
        signs = [piece for piece in before if isinstance(piece, Token)]
        term: Expr = last
        if sum(sign.type == "MINUS" for sign in signs) % 2:
            term = Negative(last, span=_span(signs[0], last))
        if isinstance(before[0], Token):
            return term
        earlier = before[0].terms if isinstance(before[0], Addition) else (before[0],)
        return Addition((*earlier, term), span=_span(before[0], last))

    def product(self, *pieces: Any) -> Expr:
        if len(pieces) == 1:
            return cast(Expr, pieces[0])
        *before, last = pieces
        signs = [piece.type for piece in before if isinstance(piece, Token)]
        if "MINUS" in signs:
            last = Negative(last, span=_span(before[-1], last))
        first = before[0]
        factors = first.factors if isinstance(first, Product) else (first,)
        span = _span(first, last)
        if "SLASH" not in signs:
            return Product((*factors, last), span=span)
        quotient = Fraction(factors[-1], last, slash=True, span=_span(factors[-1], last))
        return Product((*factors[:-1], quotient), span=span) if factors[:-1] else quotient

    product_of_sum = product

    def summation(self, sign: Token, body: Expr) -> Expr:
        return Summation(sign.value, body, span=_span(sign, body))

    def negative(self, sign: Token, body: Expr) -> Expr:
        return Negative(body, span=_span(sign, body))

    def positive(self, sign: Token, body: Expr) -> Expr:
        return body

    def inner(self, opening: Token, expr: Expr, closing: Token) -> Expr:
        return replace(expr, span=_span(opening, closing))

    def exponent(self, _: Token, expr: Expr, __: Token) -> Expr:
        return expr

    def raised(self, base: Expr, sign: Token, exponent: Expr) -> Expr:
        # In `\\sigma^2_B` the index, which belongs to the name, stands behind the power.
        return Raised(base, exponent, span=base.span.until(_span(sign)))

    def evaluated(self, body: Expr, held: Token) -> Expr:
        return Evaluated(body, str(held.value), span=_span(body, held))

    def digits(self, token: Token) -> Expr:
        return Digits(str(token), span=_span(token))

    def name(self, token: Token) -> Expr:
        return cast(Expr, token.value)

    def given(self, token: Token) -> Expr:
        return cast(Expr, replace(token.value, span=_span(token)))

    def group(self, opening: Token, body: Expr, closing: Token) -> Expr:
        return Group(body, str(opening), span=_span(opening, closing))

    def fraction(self, sign: Token, _: Token, above: Expr, *rest: Any) -> Expr:
        return Fraction(above, rest[2], span=_span(sign))

    def derivative(self, sign: Token, _: Token, of: Expr, *rest: Any) -> Expr:
        letter, complete = sign.value
        return Derivative(of, rest[2], letter, complete, span=_span(sign))

    def operator(self, sign: Token, *rest: Any) -> Expr:
        return Derivative(None, rest[3], sign.value[0], span=_span(sign))

    def root(self, sign: Token, *rest: Any) -> Expr:
        degree = rest[0].value if rest[0].type == "DEGREE" else None
        return Root(rest[-2], degree, span=_span(sign))

    def call(self, name: Token, _: Token, *rest: Any) -> Expr:
        arguments = tuple(piece for piece in rest if not isinstance(piece, Token))
        return Call(name.value, arguments, span=_span(name, rest[-1]))


# -- cases

EQUAL, UNEQUAL = ("=",), ("\\neq", "\\ne")


def cut_at(raw: Sequence[Raw], signs: tuple[str, ...]) -> list[list[Raw]]:
    """The tokens between those of the given kinds or texts that stand outside all brackets."""
    return split(raw, lambda piece: piece.kind in signs or piece.text in signs)


def parse_cases(raw: Sequence[Raw]) -> Expr:
    if not raw:
        return Unreadable("there are no rows")
    rows = [_parse_row(row) for row in cut_at(raw, ("newline",)) if row]
    rows.sort(key=lambda row: row.otherwise)
    span = covering(raw)
    broken = [value for row in rows for value in row.values if isinstance(value, Unreadable)]
    if broken or not rows:
        why = broken[0].why if broken else "there are no rows"
        return Unreadable(f"in a row of cases: {why}", span=span)
    if any(bool(row.conditions) is row.otherwise for row in rows):
        return Unreadable("a row of cases has no condition that can be read", span=span)
    return CaseRows(tuple(rows), span=span)


def _parse_row(raw: Sequence[Raw]) -> Row:
    cells = cut_at(raw, ("&", "quad"))
    value, *rest = [cell for cell in cells if cell] or [[]]
    if not rest:
        value, *rest = [cell for cell in cut_at(value, (",",)) if cell] or [[]]
    value = value[:-1] if value and value[-1].kind in ",." else value
    values = tuple(parse(side) for side in cut_at(value, EQUAL))
    span = covering(raw)
    words = " ".join(piece.text for cell in rest for piece in cell if piece.kind == "text").lower()
    found = [one for cell in rest for one in conditions_in(cell)]
    read = tuple(one for one in found if one is not None)
    otherwise = "otherwise" in words or "else" in words
    return Row(values, read if len(read) == len(found) else (), otherwise, span=span)


def conditions_in(raw: Sequence[Raw]) -> tuple[Relation | None, ...]:
    """The conditions `i = j` and `i \\neq j` among the tokens; None for one that is not read."""
    cells = [[piece for piece in cell if piece.kind not in UNCONDITIONAL] for cell in cut_at(raw, (",",))]
    return tuple(condition(cell) for cell in cells if cell)


UNCONDITIONAL = ("text", ".", ",", ":", ";", "quad")
"""Words and punctuation, which say nothing about a condition."""


def condition(raw: Sequence[Raw]) -> Relation | None:
    """One condition between two index letters, or None."""
    kept = [piece for piece in raw if piece.kind not in UNCONDITIONAL]
    letters = [k for k, piece in enumerate(kept) if piece.kind == "letter"]
    if letters == [0, 2] and len(kept) == 3 and kept[1].text in EQUAL + UNEQUAL:
        sign = "=" if kept[1].text == "=" else "\\neq"
        return Relation(kept[0].text, sign, kept[2].text, span=kept[0].span.until(kept[2].span))
    texts = [piece.text for piece in kept]
    if len(kept) == 4 and letters == [0, 3] and texts[1:3] == ["\\not", "="]:
        return Relation(texts[0], "\\neq", texts[3], span=kept[0].span.until(kept[3].span))
    return None


# -- writing

ACCENT_COMMANDS = {name: f"\\{name}" for name in ("hat", "tilde", "bar", "dot", "check", "breve")}
CLOSERS = {"(": ")", "[": "]", "{": "\\}", "|": "|", "<": "\\rangle ", ".": "."}
OPENERS = {"{": "\\{", "<": "\\langle "}


def latex(expr: Expr) -> str:
    """LaTeX that reads back as the same tree."""
    match expr:
        case Digits(text=text):
            return text
        case Name():
            return _write_name(expr)
        case Negative(body=body):
            return f"-{latex(body)}"
        case Addition(terms=terms):
            return _write_sum(terms)
        case Product(factors=factors):
            return " ".join(_write_factor(factor, place > 0) for place, factor in enumerate(factors))
        case Fraction(above=above, below=below, slash=True):
            return f"{latex(above)} / {latex(below)}"
        case Fraction(above=above, below=below):
            return f"\\frac{{{latex(above)}}}{{{latex(below)}}}"
        case Raised(base=base, exponent=exponent):
            return f"{_braced_base(base)}^{{{latex(exponent)}}}"
        case Root(body=body, degree=degree):
            return f"\\sqrt{f'[{latex(degree)}]' if degree else ''}{{{latex(body)}}}"
        case Group(body=body, opening=opening):
            return f"\\left{OPENERS.get(opening, opening)}{latex(body)}\\right{CLOSERS[opening]}"
        case Summation(bounds=bounds, body=body):
            return f"\\sum{write_bounds(bounds)} {latex(body)}"
        case Derivative():
            return _write_derivative(expr)
        case Evaluated(body=body, held=held):
            return f"{latex(body)}_{{{held}}}"
        case CaseRows(rows=rows):
            return "\\begin{cases} " + " \\\\ ".join(_write_row(row) for row in rows) + " \\end{cases}"
        case Call(name=name, arguments=arguments):
            return f"{latex(name)}({', '.join(map(latex, arguments))})"
        case Words(text=text):
            return f"\\text{{{text}}}"
        case Unreadable(latex=written):
            return written
        case _:
            assert_never(expr)


def _write_name(name: Name) -> str:
    written = name.letter
    for accent in name.accents:
        written = f"{written}'" if accent == "'" else f"{ACCENT_COMMANDS[accent]}{{{written}}}"
    if name.subscripts:
        joint = ("" if all(len(sub) == 1 for sub in name.subscripts) else ",").join(name.subscripts)
        written += f"_{joint}" if len(joint) == 1 else f"_{{{joint}}}"
    return written + "".join(f"^{{({index})}}" for index in name.superscripts)


def _write_sum(terms: Sequence[Expr]) -> str:
    written = latex(terms[0])
    for term in terms[1:]:
        written += f" - {latex(term.body)}" if isinstance(term, Negative) else f" + {latex(term)}"
    return written


def _write_factor(factor: Expr, joined: bool) -> str:
    if isinstance(factor, Negative):
        return f"\\cdot {latex(factor)}"
    needs_dot = joined and isinstance(factor, (Digits, Fraction, Name, Raised))
    return f"\\cdot {latex(factor)}" if needs_dot else latex(factor)


def _braced_base(base: Expr) -> str:
    return latex(base) if isinstance(base, (Name, Digits, Group)) else f"{{{latex(base)}}}"


def write_bounds(bounds: Bounds) -> str:
    under = ",".join(bounds.indices)
    if bounds.lower is not None:
        under += f"={latex(bounds.lower)}"
    if bounds.unequal:
        under += " \\neq " + ",".join(bounds.unequal)
    return (f"_{{{under}}}" if under else "") + (f"^{{{latex(bounds.upper)}}}" if bounds.upper is not None else "")


def _write_derivative(derivative: Derivative) -> str:
    sign = "\\partial " if derivative.sign == "\\partial" else "d"
    above = latex(derivative.of) if derivative.of is not None else ""
    return f"\\frac{{{sign if derivative.complete else ''}{above}}}{{{sign}{latex(derivative.by)}}}"


def _write_row(row: Row) -> str:
    value = " = ".join(latex(part) for part in row.values)
    if row.otherwise:
        return f"{value} & \\text{{otherwise}}"
    return f"{value} & " + ", ".join(f"{c.left} {c.sign} {c.right}" for c in row.conditions)
