"""Tokens of the grammar -> syntax, and syntax -> LaTeX again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import assert_never, cast

from bnverify.limits import exceeded, most
from bnverify.read.assemble import Assembler
from bnverify.read.brackets import covering, deepest, split
from bnverify.read.cursor import Misshapen
from bnverify.read.grammar import END, Token, Unfitting, follow, table
from bnverify.read.names import primed, write_name
from bnverify.read.rules import ACTIONS
from bnverify.read.stacked import not_too_deep
from bnverify.read.stance import as_said, stance_among, words_of
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
    depth,
    parts,
)
from bnverify.read.tokens import Raw
from bnverify.source import Span

DEEPEST_TREE = 1_000
"""Parts inside one another, with and without brackets: `1/1/1/...` nests as well."""


def parse(raw: Sequence[Raw], span: Span | None = None) -> Expr:
    """The expression that the tokens write, or an `Unreadable` that covers them with the reason."""
    if not raw:
        return Unreadable("there is nothing here to read", span=span or Span(0, 0))
    span = span or covering(raw)
    if deepest(raw) > most("nesting"):
        return Unreadable(exceeded("nesting"), span=span)
    try:
        tokens = Assembler(raw, parse, parse_cases).run()
        found = cast(Expr, follow(table(), tokens, ACTIONS))
        if len(tokens) > DEEPEST_TREE and depth(found) > DEEPEST_TREE:
            return Unreadable(f"its parts are nested deeper than {DEEPEST_TREE}", span=span)
        return not_too_deep(found, raw)
    except Misshapen as trouble:
        return Unreadable(str(trouble), span=span)
    except Unfitting as trouble:
        return Unreadable(_what_is_wrong(trouble.token), span=span)


def _what_is_wrong(found: Token) -> str:
    if found.kind == END:
        return "the formula breaks off"
    named = {"CLOSE": "a closing bracket", "RBRACE": "a closing brace", "COMMA": "a comma", "SUP": "a power"}
    shown = named.get(found.kind) or f"`{found.value}`"
    return f"{shown} does not fit here"


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
    beside = [piece for cell in rest for piece in cell]
    found = [one for cell in rest for one in conditions_in(cell)]
    read = tuple(one for one in found if one is not None)
    words = words_of(beside).lower()
    otherwise = "otherwise" in words or "else" in words
    said = as_said(read, stance_among(beside)) if len(read) == len(found) else ()
    return Row(values, said, otherwise, span=span)


def conditions_in(raw: Sequence[Raw]) -> tuple[Relation | None, ...]:
    """The conditions `i = j` and `i \\neq j` among the tokens; None for one that is not read."""
    cells = [[piece for piece in cell if piece.kind not in UNCONDITIONAL] for cell in cut_at(primed(raw), (",",))]
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

CLOSERS = {"(": ")", "[": "]", "{": "\\}", "|": "|", "<": "\\rangle ", ".": "."}
OPENERS = {"{": "\\{", "<": "\\langle "}


def latex(expr: Expr) -> str:
    """LaTeX that reads back as the same tree."""
    match expr:
        case Digits(text=text):
            return text
        case Name():
            return write_name(expr)
        case Negative(body=body):
            return f"-{_braced(body, Addition, Negative)}"
        case Addition(terms=terms):
            return _write_sum(terms)
        case Product(factors=factors):
            return _write_product(factors)
        case Fraction(above=above, below=below, slash=True):
            return f"{_braced(above, *LOOSE)} / {_braced(below, *LOOSE, Product, Fraction)}"
        case Fraction(above=above, below=below):
            return f"\\frac{{{_guarded(above)}}}{{{_guarded(below)}}}"
        case Raised(base=base, exponent=exponent):
            return f"{_braced_base(base)}^{{{latex(exponent)}}}"
        case Root(body=body, degree=degree):
            return f"\\sqrt{f'[{latex(degree)}]' if degree else ''}{{{latex(body)}}}"
        case Group(body=body, opening=opening):
            return f"\\left{OPENERS.get(opening, opening)}{latex(body)}\\right{CLOSERS[opening]}"
        case Summation(bounds=bounds, body=body):
            return f"\\sum{write_bounds(bounds)} {_braced(body, Addition)}"
        case Derivative():
            return _write_derivative(expr)
        case Adjoint(by=by, sign=sign):
            return ADJOINTS[sign] % latex(by)
        case Indicator(left=left, sign=sign, right=right):
            return f"\\mathbb{{1}}_{{{left} {sign} {right}}}"
        case Transposed(body=body):
            return f"{_braced_base(body)}^{{\\top}}"
        case Norm(body=body):
            return f"\\left\\|{latex(body)}\\right\\|"
        case Evaluated(body=body, held=held):
            return f"{_braced(body, *LOOSE, Product)}_{{{held}}}"
        case CaseRows(rows=rows):
            return "\\begin{cases} " + " \\\\ ".join(_write_row(row) for row in rows) + " \\end{cases}"
        case Call():
            return _write_call(expr)
        case Words(text=text):
            return f"\\text{{{text}}}"
        case Ellipsis():
            return "\\dots"
        case Unreadable(latex=written):
            return written
        case _:
            assert_never(expr)


LOOSE = (Addition, Negative, Summation)
"""What a factor behind it would change."""


def _braced(expr: Expr, *loose: type[Expr]) -> str:
    """The LaTeX of a part, in braces where it is of one of these kinds."""
    return f"{{{latex(expr)}}}" if isinstance(expr, loose) else latex(expr)


def _write_sum(terms: Sequence[Expr]) -> str:
    written = latex(terms[0])
    for term in terms[1:]:
        minus = isinstance(term, Negative)
        body = term.body if isinstance(term, Negative) else term
        written += f" {'-' if minus else '+'} {_braced(body, Addition, Negative)}"
    return written


def _write_product(factors: Sequence[Expr]) -> str:
    """Factors side by side, with a dot where they would run together; a sum stands last or in braces."""
    written = _braced(factors[0], *LOOSE)
    last = len(factors) - 1
    for place, (before, factor) in enumerate(pairwise(factors), 1):
        negative = isinstance(factor, Negative)
        body = factor.body if isinstance(factor, Negative) else factor
        inner = _braced(body, Addition, Negative, Product, *([] if place == last else [Summation]))
        dotted = negative or isinstance(factor, DOTTED) or _would_take(before, factor)
        written += (" \\cdot " if dotted else " ") + ("-" if negative else "") + inner
    return written


ADJOINTS = {"d": "d%s", "\\partial": "\\partial %s", "\\nabla": "\\nabla_{%s}"}
"""How the gradient of the loss by something is written."""
DOTTED = (Digits, Fraction, Name, Raised, Transposed, Adjoint, Indicator, Norm)


def _would_take(before: Expr, factor: Expr) -> bool:
    """Whether a letter would take what stands right behind it for its argument: `d f(x)`, `E[x]`."""
    if isinstance(before, Adjoint):
        return isinstance(factor, Group)
    if not isinstance(before, Name):
        return False
    if before.letter == "d":
        return not isinstance(factor, (Summation, Derivative))
    if not isinstance(factor, Group):
        return False
    called = before.letter in "fghyxFG" and not (before.subscripts or before.superscripts) and factor.opening == "("
    if called and set(before.accents) <= {"'"}:
        return bool(before.accents) or (before.letter in "fgh" and isinstance(factor.body, Name))
    return before.letter in TAKES_BRACKET or before.letter.startswith("\\text{")


TAKES_BRACKET = frozenset(("E", "\\mathbb{E}", "\\mathbb{V}"))


def _guarded(part: Expr) -> str:
    """One part of a fraction; a differential at its head stands in braces, so that it is no derivative."""
    written, head = latex(part), part
    while isinstance(head, (Product, Addition, Raised, Fraction, Evaluated)) and not (
        isinstance(head, Fraction) and not head.slash
    ):
        head = parts(head)[0]
    if head is part or not isinstance(head, Adjoint) or not written.startswith(start := latex(head)):
        return written
    return f"{{{start}}}{written[len(start) :]}"


def _write_call(call: Call) -> str:
    """`f'(x)`; a function with a name of several letters stands upright."""
    name = call.name
    upright = name.letter.isalpha() and (len(name.letter) > 1 or name.letter == "E")
    head = write_name(replace(name, letter=f"\\operatorname{{{name.letter}}}")) if upright else write_name(name)
    index = f"_{{{','.join(call.index)}}}" if call.index else ""
    return f"{head}({', '.join(map(latex, call.arguments))}){index}"


def _braced_base(base: Expr) -> str:
    return latex(base) if isinstance(base, (Name, Digits, Group)) else f"{{{latex(base)}}}"


def write_bounds(bounds: Bounds) -> str:
    under = ",".join(bounds.indices)
    if bounds.lower is not None:
        under += f"={latex(bounds.lower)}"
    if bounds.within:
        under += f" \\in {bounds.within}"
    if bounds.unequal:
        under = _with_unequal(under, bounds)
    return (f"_{{{under}}}" if under else "") + (f"^{{{latex(bounds.upper)}}}" if bounds.upper is not None else "")


def _with_unequal(under: str, bounds: Bounds) -> str:
    """`j \\neq i`, `j=1, j \\neq i`, `i,j: i \\neq j`."""
    apart = f"{bounds.indices[0]} \\neq {','.join(bounds.unequal)}"
    if under == bounds.indices[0]:
        return apart
    joint = ": " if len(bounds.indices) > 1 else ", "
    return f"{under}{joint}{apart}"


def _write_derivative(derivative: Derivative) -> str:
    sign = "\\partial " if derivative.sign == "\\partial" else "d"
    above = latex(derivative.of) if derivative.of is not None else ""
    return f"\\frac{{{sign if derivative.complete else ''}{above}}}{{{sign}{latex(derivative.by)}}}"


def _write_row(row: Row) -> str:
    value = " = ".join(latex(part) for part in row.values)
    if row.otherwise:
        return f"{value} & \\text{{otherwise}}"
    return f"{value} & " + ", ".join(f"{c.left} {c.sign} {c.right}" for c in row.conditions)
