"""Terms -> text for a pen: the note's own letters beyond ASCII, or the same with a number for every letter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from bnverify.model.arrange import index_names
from bnverify.model.conventions import HALF
from bnverify.model.letters import DEVIATION, UPSTREAM, Spelling
from bnverify.model.notation import Symbol
from bnverify.model.quantities import EPSILON, VARIANCE
from bnverify.model.terms import (
    Count,
    Delta,
    LossBy,
    Partial,
    Power,
    Reading,
    Term,
    Value,
    negative,
    plus,
    walk,
)
from bnverify.model.writing import Level, Piece, Plain

ROOT = Power(plus(Value(VARIANCE), Value(EPSILON)), HALF)
WORKED = ("#",)
SPARE = {UPSTREAM: ("g", "G", "u", "U"), DEVIATION: ("s", "S", "q", "Q")}


def with_short_letters(spelling: Spelling, terms: Iterable[Term]) -> Spelling:
    """A letter for the gradient from above and one for the root of variance and epsilon, which mean nothing else."""
    parts = [part for term in terms for part in walk(term)]
    taken = {symbol.letter for name, symbol in spelling.symbols.items() if name not in SPARE}
    taken |= {part.name for part in parts if isinstance(part, Value)} | {i for part in parts for i in index_names(part)}
    short = {name: Symbol(next(one for one in spare if one not in taken)) for name, spare in SPARE.items()}
    return replace(spelling, symbols={**spelling.symbols, **short}, beyond_ascii=True)


class Pen(Plain):
    """Letters as in the note. A total derivative has a straight d: `dx̂ᵢ/dxⱼ` beside `∂x̂ᵢ/∂xⱼ`."""

    def __call__(self, term: Term) -> str:
        return self.whole(term)

    def piece(self, term: Term) -> Piece:
        if isinstance(term, Partial) and term.reading is Reading.TOTAL:
            sign, self.sign = self.sign, "d"
            written = super().piece(term)
            self.sign = sign
            return written
        return super().piece(term)

    def is_bare(self, base: Term) -> bool:
        return super().is_bare(base) or (base == ROOT and DEVIATION in self.spelling.symbols)


class InNumbers(Pen):
    """The same with the value of every letter and of every derivative in its place, and a dot between all factors."""

    def __init__(self, spelling: Spelling, value: Callable[[Term], Fraction]) -> None:
        super().__init__(spelling)
        self.value = value

    def __call__(self, term: Term) -> str:
        return self.piece(term).text

    def piece(self, term: Term) -> Piece:
        if isinstance(term, Value) and term.index == WORKED:
            return figure(Fraction(term.name))
        if isinstance(term, (Value, Count, Delta, LossBy, Partial)):
            return figure(self.value(ROOT if term == Value(DEVIATION) else term))
        return super().piece(term)

    def is_bare(self, base: Term) -> bool:
        return self.piece(base).level is Level.ATOM and (base == ROOT or not isinstance(base, Power))

    def juxtaposed(self, parts: Sequence[Piece]) -> str:
        least = Level.ATOM if len(parts) > 1 else Level.ADDED
        return " · ".join(self.inside(part, least) for part in parts)


def worked(value: Fraction) -> Term:
    """A number in place of a longer part: like a letter it stays where that part stood."""
    letter = Value(str(abs(value)), WORKED)
    return negative(letter) if value < 0 else letter


def figure(value: Fraction) -> Piece:
    """A number as it stands in a formula."""
    level = Level.ADDED if value < 0 else Level.DIVIDED if value.denominator != 1 else Level.ATOM
    return Piece(show(value), level)


def show(value: Fraction) -> str:
    return str(value).replace("-", "−")
