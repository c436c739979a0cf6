"""Terms -> expressions over whole arrays, in NumPy or torch: a sum is a reduction along the axis of its index.

A quantity is an array that broadcasts against the input; indices are checked and then left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from fractions import Fraction

from bnverify.frozen import frozen
from bnverify.model.arrange import arranged, signed
from bnverify.model.axes import axis_of
from bnverify.model.conventions import HALF
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value

NAMES: Mapping[str, str] = {
    INPUT: "x", MEAN: "mu", VARIANCE: "var", NORMALISED: "x_hat", OUTPUT: "y",
    SCALE: "gamma", SHIFT: "beta", EPSILON: "eps",
}  # fmt: skip


class NotArrays(Exception):
    """The term is no expression over whole arrays."""


@frozen
class Library:
    """How a library of arrays spells what both have."""

    root: str
    axis: str
    keep: str


NUMPY, TORCH = Library("np.sqrt", "axis", "keepdims"), Library("torch.sqrt", "dim", "keepdim")


class Level(IntEnum):
    ADDED = 0
    MULTIPLIED = 1
    RAISED = 2
    ATOM = 3
    """May have a method called on it."""


@frozen
class Piece:
    text: str
    level: Level

    def inside(self, least: Level) -> str:
        return self.text if self.level >= least else f"({self.text})"


@frozen
class Arrays:
    """The expressions of one forward pass.

    `sizes` are the names of the sizes, `divisor` what x-hat is divided by, `known` the names of terms.
    """

    library: Library
    sizes: Sequence[str]
    divisor: Term
    known: Mapping[Term, str]

    def write(self, term: Term, own: Sequence[str], kept: bool = True) -> str:
        """An expression at the index `own` of the input; `kept`: the outermost sum keeps its axes. Raises NotArrays."""
        at = {axis_of(index): index for index in own}
        return self.piece(term, at, kept).text

    def piece(self, term: Term, at: Mapping[int, str], kept: bool = True) -> Piece:
        if term in self.known:
            return Piece(self.known[term], Level.ATOM)
        match term:
            case Number(value=value):
                return Piece(_number(value), Level.ATOM if value >= 0 == value.denominator - 1 else Level.MULTIPLIED)
            case Count(axis=axis):
                return Piece(self.sizes[axis], Level.ATOM)
            case Value(name=name, index=index):
                return self.named(NAMES[name], index, at)
            case LossBy(value=Value(name=name, index=index)):
                return self.named(f"d{NAMES[name]}", index, at)
            case Sum():
                return self.total(term, at, kept)
            case Plus(terms=terms):
                return self.added(terms, at)
            case Times(factors=factors):
                return self.product(factors, at)
            case Power(base=base, exponent=exponent):
                return self.product((term,), at) if exponent < 0 else self.power(base, exponent, at)
            case _:
                raise NotArrays

    def named(self, name: str, index: Sequence[str], at: Mapping[int, str]) -> Piece:
        if any(at[axis_of(one)] != one for one in index):
            raise NotArrays
        return Piece(name, Level.ATOM)

    def total(self, term: Sum, at: Mapping[int, str], kept: bool) -> Piece:
        """Sums directly inside one another are one reduction."""
        axes, body = [axis_of(term.index)], term.body
        at = {**at, axes[0]: term.index}
        while isinstance(body, Sum):
            at = {**at, axis_of(body.index): body.index}
            axes.append(axis_of(body.index))
            body = body.body
        along = str(axes[0]) if len(axes) == 1 else str(tuple(sorted(axes)))
        keep = f", {self.library.keep}=True" if kept else ""
        return Piece(f"{self.piece(body, at).inside(Level.ATOM)}.sum({self.library.axis}={along}{keep})", Level.ATOM)

    def added(self, terms: Sequence[Term], at: Mapping[int, str]) -> Piece:
        text = ""
        for place, term in enumerate(terms):
            minus, rest = signed(term)
            sign = ("-" if minus else "") if not place else (" - " if minus else " + ")
            text += sign + self.piece(rest, at).inside(Level.MULTIPLIED)
        return Piece(text, Level.ADDED)

    def product(self, factors: Sequence[Term], at: Mapping[int, str]) -> Piece:
        made = arranged(factors)
        above = [self.piece(factor, at).inside(Level.MULTIPLIED) for factor in (*made.above, *made.behind)]
        below = [self.piece(factor, at).inside(Level.RAISED) for factor in made.below]
        if len(above) > 1 and above[0] == "1":
            above = above[1:]
        text = " * ".join(above or ["1"])
        if below:
            text += f" / ({' * '.join(below)})" if len(below) > 1 else f" / {below[0]}"
        return Piece(f"-{text}" if made.minus else text, Level.MULTIPLIED)

    def power(self, base: Term, exponent: Fraction, at: Mapping[int, str]) -> Piece:
        """Powers of what x-hat is divided by are powers of its name."""
        if self.divisor in self.known and isinstance(self.divisor, Power) and base == self.divisor.base:
            base, exponent = self.divisor, exponent / HALF
        if exponent == 1:
            return self.piece(base, at)
        if exponent == HALF:
            return Piece(f"{self.library.root}({self.piece(base, at).text})", Level.ATOM)
        if exponent.denominator != 1:
            raise NotArrays
        return Piece(f"{self.piece(base, at).inside(Level.ATOM)}**{exponent}", Level.RAISED)


def _number(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"
