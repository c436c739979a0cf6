"""Terms -> text in a note's own letters: plain mathematics on one line, or LaTeX that reads back as the same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise
from typing import assert_never

from bnverify.frozen import frozen
from bnverify.model.arrange import Product, arranged, signed, with_letters
from bnverify.model.axes import axis_of, letter_of
from bnverify.model.letters import DEVIATION, HIGH, LOSS, UPSTREAM, Spelling, lowered, spelling_of
from bnverify.model.quantities import EPSILON, OUTPUT, VARIANCE
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    plus,
)

__all__ = ["Plain", "Spelling", "latex", "plain", "spelling_of"]

CALLABLE = frozenset("fghxyFG")
"""Letters that a bracket behind them would make the name of a function."""
HALF = Fraction(1, 2)
DEVIATION_SQUARED = plus(Value(VARIANCE), Value(EPSILON))


def plain(term: Term, spelling: Spelling) -> str:
    """One line of plain mathematics with every scope in brackets."""
    return Plain(spelling).whole(term)


def latex(term: Term, spelling: Spelling, apart: frozenset[str] = frozenset()) -> str:
    """LaTeX that reads back as the same mathematics; no sum binds a letter of `apart`."""
    return _Latex(spelling).whole(term, apart)


class Level(IntEnum):
    """How tightly a text holds together: what is looser than its surroundings needs brackets."""

    ADDED = 0
    SUMMED = 1
    """A product that ends in a sum, which would reach over what comes behind it."""
    MULTIPLIED = 2
    DIVIDED = 3
    ATOM = 4
    """May stand under a power."""


@frozen
class Piece:
    text: str
    level: Level


class Writer(ABC):
    """The walk that both alphabets share."""

    minus = "-"

    def __init__(self, spelling: Spelling) -> None:
        self.spelling = spelling

    def whole(self, term: Term, apart: frozenset[str] = frozenset()) -> str:
        return self.piece(with_letters(term, self.taken() | apart)).text

    def taken(self) -> frozenset[str]:
        return frozenset(symbol.letter for symbol in self.spelling.symbols.values())

    def piece(self, term: Term) -> Piece:
        match term:
            case Number(value=value):
                return self.product(arranged((term,))) if value < 0 else self.number(value)
            case Count(axis=axis):
                return self.atom(self.spelling.size(axis))
            case Value(name=name, index=index):
                return self.atom(name, tuple(map(letter_of, index)))
            case Delta(left=left, right=right):
                return self.delta(letter_of(left), letter_of(right))
            case Exp(body=body):
                return self.exponential(body)
            case Log(body=body):
                return self.logarithm(body)
            case Sum(index=index, body=body):
                return self.sum(index, body)
            case Plus(terms=terms):
                return self.power(term, Fraction(1)) if self.is_square(term) else Piece(self.added(terms), Level.ADDED)
            case Times(factors=factors):
                return self.product(arranged(factors))
            case Power(base=base, exponent=exponent):
                return self.product(arranged((term,))) if exponent < 0 else self.power(base, exponent)
            case LossBy(value=value):
                return self.loss_by(value)
            case Partial(of=Value() as of, by=by):
                return self.derivative(self.piece(of).text, by)
            case Partial(of=of, by=by):
                return self.operator(of, by)
            case Cases(rows=rows):
                return self.cases(rows)
            case Unknown(why=why):
                return self.unknown(why)
            case _:
                assert_never(term)

    def added(self, terms: Sequence[Term]) -> str:
        text = ""
        for place, term in enumerate(terms):
            minus, rest = signed(term)
            written = self.inside(self.piece(rest), Level.SUMMED)
            if place:
                text += f" {self.minus} " if minus else " + "
            elif minus:
                text += self.minus
            text += written
        return text

    def product(self, product: Product) -> Piece:
        lone = len(product.above) + len(product.behind) == 1 and not product.below
        if lone and not product.minus:
            return self.piece((*product.above, *product.behind)[0])
        parts = self.factors(product)
        text = self.juxtaposed(parts) if len(parts) > 1 else self.inside(parts[0], Level.SUMMED)
        if product.minus:
            return Piece(self.minus + text, Level.ADDED)
        if len(parts) == 1:
            return parts[0]
        return Piece(text, Level.SUMMED if parts[-1].level is Level.SUMMED else Level.MULTIPLIED)

    def factors(self, product: Product) -> list[Piece]:
        if product.below:
            front = [self.quotient(product.above, product.below)]
        else:
            front = [self.piece(factor) for factor in product.above]
        return front + [self.piece(factor) for factor in product.behind]

    def row(self, factors: Sequence[Term]) -> Piece:
        """Factors beside each other, for one side of a quotient."""
        pieces = [self.piece(factor) for factor in factors] or [self.number(Fraction(1))]
        return pieces[0] if len(pieces) == 1 else Piece(self.juxtaposed(pieces), Level.MULTIPLIED)

    def loss_by(self, value: Value) -> Piece:
        if value.name == OUTPUT and UPSTREAM in self.spelling.symbols:
            return self.atom(UPSTREAM, tuple(map(letter_of, value.index)))
        if self.spelling.adjoints:
            return Piece(f"d{self.piece(value).text}", Level.ATOM)
        return self.derivative(self.piece(Value(LOSS)).text, value)

    def power(self, base: Term, exponent: Fraction) -> Piece:
        named = DEVIATION in self.spelling.symbols and base == DEVIATION_SQUARED and exponent.denominator == 2
        if named or self.is_square(base):
            base, exponent = Value(DEVIATION), 2 * exponent
            if exponent == 1:
                return self.piece(base)
        return self.root(base) if exponent == HALF else self.raised(base, exponent)

    def is_square(self, term: Term) -> bool:
        """Whether to write s^2; in a note's own letters it might be read as the variance."""
        squared = self.spelling.rooted or UPSTREAM in self.spelling.symbols
        return squared and DEVIATION in self.spelling.symbols and term == DEVIATION_SQUARED

    def is_bare(self, base: Term) -> bool:
        """Whether a power can be set behind it without brackets."""
        if isinstance(base, Value):
            return not self.spelling.symbol(base.name).square
        return isinstance(base, Count) or (isinstance(base, Number) and base.value >= 0 == base.value % 1)

    def inside(self, piece: Piece, least: Level) -> str:
        return piece.text if piece.level >= least else self.bracketed(piece.text)

    @abstractmethod
    def atom(self, name: str, index: tuple[str, ...] = ()) -> Piece: ...
    @abstractmethod
    def number(self, value: Fraction) -> Piece: ...
    @abstractmethod
    def delta(self, left: str, right: str) -> Piece: ...
    @abstractmethod
    def sum(self, index: str, body: Term) -> Piece: ...
    @abstractmethod
    def juxtaposed(self, parts: Sequence[Piece]) -> str: ...
    @abstractmethod
    def quotient(self, above: Sequence[Term], below: Sequence[Term]) -> Piece: ...
    @abstractmethod
    def exponential(self, body: Term) -> Piece: ...
    @abstractmethod
    def logarithm(self, body: Term) -> Piece: ...
    @abstractmethod
    def root(self, base: Term) -> Piece: ...
    @abstractmethod
    def raised(self, base: Term, exponent: Fraction) -> Piece: ...
    @abstractmethod
    def derivative(self, of: str, by: Value) -> Piece: ...
    @abstractmethod
    def operator(self, of: Term, by: Value) -> Piece: ...
    @abstractmethod
    def cases(self, rows: Sequence[tuple[tuple[Condition, ...], Term]]) -> Piece: ...
    @abstractmethod
    def unknown(self, why: str) -> Piece: ...
    @abstractmethod
    def bracketed(self, text: str) -> str: ...


class Plain(Writer):
    """`dv/dx_i = (2/n) (mu - x_i)`, or the same beyond ASCII."""

    def __init__(self, spelling: Spelling) -> None:
        super().__init__(spelling)
        wide = spelling.beyond_ascii
        self.minus = "−" if wide else "-"
        self.dot, self.sign, self.sigma, self.unequal = ("·", "∂", "Σ", "≠") if wide else ("*", "d", "sum", "!=")

    def atom(self, name: str, index: tuple[str, ...] = ()) -> Piece:
        return Piece(self.spelling.plain(name, index), Level.ATOM)

    def number(self, value: Fraction) -> Piece:
        return Piece(str(value), Level.ATOM if value.denominator == 1 else Level.DIVIDED)

    def delta(self, left: str, right: str) -> Piece:
        wide = self.spelling.beyond_ascii
        return Piece(("δ" if wide else "delta") + lowered((left, right), wide), Level.ATOM)

    def sum(self, index: str, body: Term) -> Piece:
        piece = self.piece(body)
        if not self.spelling.beyond_ascii:
            return Piece(f"{self.sigma}_{letter_of(index)}[ {piece.text} ]", Level.ATOM)
        short = piece.level is Level.ATOM and "/" not in piece.text
        text = piece.text if short else self.bracketed(piece.text)
        return Piece(f"{self.sigma}{lowered((letter_of(index),), True)} {text}", Level.ATOM)

    def juxtaposed(self, parts: Sequence[Piece]) -> str:
        """A derivative or a quotient in a row of factors ends with a visible dot or stands in brackets."""
        if len(parts) == 1:
            return parts[0].text
        least = Level.DIVIDED if self.spelling.beyond_ascii else Level.ATOM
        texts = [self.inside(part, least) for part in parts]
        row = texts[0]
        for before, last, text in zip(parts, texts, texts[1:], strict=False):
            slash = "/" in last and not last.endswith((")", "]"))
            dotted = slash or before.level is Level.DIVIDED is least or text[0].isdigit()
            row += f" {self.dot} {text}" if dotted else f" {text}"
        return row

    def quotient(self, above: Sequence[Term], below: Sequence[Term]) -> Piece:
        top, bottom = self.row(above), self.row(below)
        return Piece(f"{self.inside(top, Level.ATOM)}/{self.inside(bottom, Level.ATOM)}", Level.DIVIDED)

    def exponential(self, body: Term) -> Piece:
        return Piece(f"exp({self.piece(body).text})", Level.ATOM)

    def logarithm(self, body: Term) -> Piece:
        return Piece(f"log({self.piece(body).text})", Level.ATOM)

    def root(self, base: Term) -> Piece:
        text = self.piece(base).text
        if not self.spelling.beyond_ascii:
            return Piece(f"sqrt({text})", Level.ATOM)
        return Piece("√" + (text if self.is_bare(base) else self.bracketed(text)), Level.ATOM)

    def raised(self, base: Term, exponent: Fraction) -> Piece:
        text = self.piece(base).text if self.is_bare(base) else self.bracketed(self.piece(base).text)
        if self.spelling.beyond_ascii and exponent.denominator == 1:
            return Piece(text + "".join(HIGH[digit] for digit in str(exponent)), Level.ATOM)
        return Piece(f"{text}^{exponent}" if exponent.denominator == 1 else f"{text}^({exponent})", Level.ATOM)

    def derivative(self, of: str, by: Value) -> Piece:
        return Piece(f"{self.sign}{of}/{self.sign}{self.piece(by).text}", Level.ATOM)

    def operator(self, of: Term, by: Value) -> Piece:
        return Piece(f"{self.sign}/{self.sign}{self.piece(by).text}[ {self.piece(of).text} ]", Level.ATOM)

    def cases(self, rows: Sequence[tuple[tuple[Condition, ...], Term]]) -> Piece:
        texts = [f"{self.piece(value).text} {self.conditions(conditions)}" for conditions, value in rows]
        return Piece(f"{{ {'; '.join(texts)} }}", Level.ATOM)

    def conditions(self, conditions: Sequence[Condition]) -> str:
        texts = (f"{letter_of(c.left)} {'=' if c.same else self.unequal} {letter_of(c.right)}" for c in conditions)
        return f"if {', '.join(texts)}" if conditions else "otherwise"

    def unknown(self, why: str) -> Piece:
        return Piece(f"[{why}]", Level.ATOM)

    def bracketed(self, text: str) -> str:
        return f"({text})"


class _Latex(Writer):
    """`\\frac{2}{N} \\left( \\mu - x_i \\right)`."""

    def atom(self, name: str, index: tuple[str, ...] = ()) -> Piece:
        return Piece(self.spelling.latex(name, index), Level.ATOM)

    def number(self, value: Fraction) -> Piece:
        if value.denominator == 1:
            return Piece(str(value), Level.ATOM)
        return Piece(f"\\frac{{{value.numerator}}}{{{value.denominator}}}", Level.DIVIDED)

    def delta(self, left: str, right: str) -> Piece:
        joint = left + right if len(left) == len(right) == 1 else f"{left},{right}"
        return Piece(f"\\delta_{{{joint}}}", Level.ATOM)

    def sum(self, index: str, body: Term) -> Piece:
        text = self.inside(self.piece(body), Level.SUMMED)
        if self.spelling.counted is not None and axis_of(index) not in self.spelling.counted:
            return Piece(f"\\sum_{{{letter_of(index)}}} {text}", Level.SUMMED)
        upper = self.spelling.latex(self.spelling.size(axis_of(index)))
        return Piece(f"\\sum_{{{letter_of(index)}=1}}^{{{upper}}} {text}", Level.SUMMED)

    def juxtaposed(self, parts: Sequence[Piece]) -> str:
        """A sum reaches to the end of its product: only the last one goes without brackets."""
        last = len(parts) - 1
        texts = [
            self.inside(part, Level.SUMMED if place == last else Level.MULTIPLIED) for place, part in enumerate(parts)
        ]
        row = texts[0]
        for before, text in pairwise(texts):
            called = before.split()[-1] in CALLABLE and text.startswith("\\left")
            row += f" \\cdot {text}" if called or text[0].isdigit() else f" {text}"
        return row

    def quotient(self, above: Sequence[Term], below: Sequence[Term]) -> Piece:
        top, bottom = self.row(above).text, self.row(below).text
        if bottom.startswith("d "):  # the size d, not the sign of differentiation
            bottom = self.row([*below[1:], below[0]]).text
        return Piece(f"\\frac{{{top}}}{{{bottom}}}", Level.DIVIDED)

    def exponential(self, body: Term) -> Piece:
        return Piece(f"e^{{{self.piece(body).text}}}", Level.DIVIDED)

    def logarithm(self, body: Term) -> Piece:
        return Piece(f"\\log {self.bracketed(self.piece(body).text)}", Level.DIVIDED)

    def root(self, base: Term) -> Piece:
        return Piece(f"\\sqrt{{{self.piece(base).text}}}", Level.DIVIDED)

    def raised(self, base: Term, exponent: Fraction) -> Piece:
        text = self.piece(base).text if self.is_bare(base) else self.bracketed(self.piece(base).text)
        power = str(exponent)
        return Piece(f"{text}^{power}" if len(power) == 1 else f"{text}^{{{power}}}", Level.DIVIDED)

    def derivative(self, of: str, by: Value) -> Piece:
        sign = f"{self.spelling.sign} " if self.spelling.sign.startswith("\\") else self.spelling.sign
        return Piece(f"\\frac{{{sign}{of}}}{{{sign}{self.piece(by).text}}}", Level.DIVIDED)

    def operator(self, of: Term, by: Value) -> Piece:
        front = self.derivative("", by).text.replace(" }", "}")
        return Piece(f"{front} {self.bracketed(self.piece(of).text)}", Level.MULTIPLIED)

    def cases(self, rows: Sequence[tuple[tuple[Condition, ...], Term]]) -> Piece:
        texts = [f"{self.piece(value).text} & {self.conditions(conditions)}" for conditions, value in rows]
        return Piece("\\begin{cases} " + " \\\\ ".join(texts) + " \\end{cases}", Level.DIVIDED)

    def conditions(self, conditions: Sequence[Condition]) -> str:
        signs = {True: "=", False: "\\neq"}
        texts = (f"{letter_of(c.left)} {signs[c.same]} {letter_of(c.right)}" for c in conditions)
        return ", ".join(texts) if conditions else "\\text{otherwise}"

    def unknown(self, why: str) -> Piece:
        return Piece(f"\\text{{{why}}}", Level.ATOM)

    def bracketed(self, text: str) -> str:
        return f"\\left( {text} \\right)"
