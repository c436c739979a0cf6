"""Which letter plays which part in a note."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from bnverify.frozen import frozen
from bnverify.model.counts import Counting
from bnverify.model.forms import is_statistic_call
from bnverify.model.given import Given
from bnverify.model.hypotheses import Hypothesis
from bnverify.model.quantities import EPSILON, INPUT, LOSS, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, TARGET, VARIANCE
from bnverify.model.shapes import Shape
from bnverify.model.terms import Term
from bnverify.pattern import pattern
from bnverify.read.commands import SAMPLE_WORDS
from bnverify.read.latex import latex
from bnverify.read.syntax import (
    Adjoint,
    Call,
    Derivative,
    Digits,
    Expr,
    Name,
    Raised,
    bare,
    inside,
)

if TYPE_CHECKING:
    from bnverify.model.made_losses import MadeLoss


class Role(StrEnum):
    """What a symbol means. The values of the first eight are the names of the forward graph."""

    INPUT = INPUT
    MEAN = MEAN
    VARIANCE = VARIANCE
    NORMALISED = NORMALISED
    OUTPUT = OUTPUT
    SCALE = SCALE
    SHIFT = SHIFT
    EPSILON = EPSILON
    ROOT = "root"
    """The root of the variance, never defined: a sigma to which epsilon is added, or in a note without epsilon."""
    DEVIATION = "deviation"
    """The denominator of x-hat, where the note never defines it."""
    SIZE = "size"
    UPSTREAM = "upstream"
    """The gradient of the loss by the output."""
    TARGET = TARGET
    """The label of a classifier."""
    LOSS = LOSS
    HELPER = "helper"


BUILT_IN = frozenset((Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT, Role.DEVIATION, Role.ROOT))
"""The parts that have a definition of their own: a note that uses one without defining it gets the usual one."""
FAMILIES = frozenset((Role.INPUT, Role.NORMALISED, Role.OUTPUT))


@frozen
class Symbol:
    """A name without its indices; `square` where the square is part of the name, as in sigma^2."""

    letter: str
    accents: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    square: bool = False

    def __str__(self) -> str:
        stem = latex(Name(self.letter, self.accents, self.tags))
        return f"{stem}^2" if self.square else stem


Slot = tuple[str, tuple[str, ...], str, int]
"""A place at a letter: the letter, its accents, `_` or `^`, and the number of the place."""


@frozen
class Definition:
    """A helper's meaning from `place` (an offset of the note) on; `index` is what its head carries."""

    place: int
    index: tuple[str, ...]
    value: Expr


@frozen
class Contribution:
    """A part of the gradient by a quantity: what comes back from these nodes; what its line says, if there are none."""

    by: Role
    through: tuple[Role, ...]


@dataclass(frozen=True)
class Notation:
    """The parts that the symbols of one note play."""

    roles: Mapping[Symbol, Role]
    losses: frozenset[str]
    helpers: Mapping[Symbol, tuple[Definition, ...]] = field(default_factory=dict)
    written: Mapping[Role, Symbol] = field(default_factory=dict)
    """How the note writes each part, for printing."""
    built_in: tuple[Symbol, ...] = ()
    """Symbols that the note uses and never defines."""
    sizes: tuple[Symbol, ...] = ()
    """The letters for the number of samples that the note uses."""
    tops: frozenset[str] = frozenset()
    """The letters that its sums run up to."""
    squares: frozenset[str] = frozenset()
    """Letters whose square is a symbol of its own."""
    unsquared: frozenset[Symbol] = frozenset()
    """Names of these letters that the note defines themselves, `\\sigma_\\epsilon`: their squares are powers."""
    tags: frozenset[str] = frozenset()
    """Subscripts that belong to a name, like the B of mu_B."""
    numbered: frozenset[tuple[str, tuple[str, ...]]] = frozenset()
    """Letters and accents whose subscripts are part of the name: helpers a_1, a_2, a count B_s."""
    marked: frozenset[Slot] = frozenset()
    """Where a letter carries a number that is part of the name: helpers a^{(1)}, a_{i,2}."""
    counting: Counting = field(default_factory=Counting)
    """What the number of samples is made of."""
    given: tuple[Given, ...] = ()
    """Numbers that the note gives for the scale, the shift or epsilon."""
    size: Given | None = None
    """The number of samples that it gives."""
    adjoints: bool = False
    """Whether dx stands for the gradient of the loss by x."""
    dot_products: bool = False
    """Whether the note says that a dot between vectors is their dot product."""
    loss: Term | None = None
    """The loss that the note defines, where it is no node of the graph."""
    open_loss: str = ""
    """Why nothing is known of its loss, where that matters."""
    made_losses: tuple[MadeLoss, ...] = ()
    """The losses that it makes of others, or of parameters."""
    targets_assumed: bool = False
    """Whether the note does not say that the targets add up to one."""
    data: frozenset[Symbol] = frozenset()
    """Letters of its definition that mean nothing else: given numbers."""
    constants: frozenset[Symbol] = frozenset()
    """The mean and the variance of inference."""
    calls: Mapping[str, bool] = field(default_factory=dict)
    """Statistics that the note defines itself, `\\operatorname{RMS}(x)`; whether the index of the letter is its own."""
    indexing: frozenset[str] = frozenset()
    """Letters that are an index somewhere, alone."""
    of_sets: frozenset[Symbol] = frozenset()
    """Statistics over a set with a name, `\\mu_i` over S_i: the index tells which set, and all places are of one."""
    shape: Shape = field(default_factory=Shape)
    """Its layer, and what its index letters and counts run along."""
    hypotheses: tuple[Hypothesis, ...] = ()
    """Numbers that are supposed for a sentence, or from a place on."""
    restated: frozenset[int] = frozenset()
    """Where equations with a helper at their head are claims."""
    sums_repeated: bool = False
    """Whether the note says that repeated indices are summed over."""
    contributions: Mapping[Symbol, Contribution] = field(default_factory=dict)
    """The helpers that are parts of a gradient."""

    def role(self, symbol: Symbol) -> Role | None:
        return role_among(self.roles, symbol)

    def is_tagged_otherwise(self, symbol: Symbol) -> bool:
        """Whether this part is written with a tag in the note and here without one: mu_b beside mu_B."""
        tagged = (other for other, role in self.roles.items() if other.tags and role is self.roles.get(symbol))
        return not symbol.tags and any(other.letter == symbol.letter for other in tagged)

    def symbol(self, expr: Expr) -> tuple[Symbol, tuple[str, ...]] | None:
        """The symbol that an expression is, with its indices; None where it is not a symbol."""
        expr = bare(expr)
        if isinstance(expr, Name):
            return self.split(expr)
        if isinstance(expr, Raised) and isinstance(base := bare(expr.base), Name) and base.letter in self.squares:
            if isinstance(expr.exponent, Digits) and expr.exponent.text == "2":
                symbol, index = self.split(base)
                return None if symbol in self.unsquared else (replace(symbol, square=True), index)
        if isinstance(expr, Call) and expr.name == Name(expr.name.letter) and expr.name.letter in self.losses:
            return Symbol(expr.name.letter), ()
        return self.called(expr) if self.calls and is_statistic_call(expr) else None

    def called(self, call: Call) -> tuple[Symbol, tuple[str, ...]] | None:
        """A statistic that the note defines itself is a letter of its own."""
        written = without_index(call)
        if written not in self.calls:
            return None
        letter = bare(call.arguments[0])
        index = self.split(letter)[1] if isinstance(letter, Name) and self.calls[written] else ()
        return Symbol(written), index

    @cached_property
    def by_helpers(self) -> Mapping[Symbol, tuple[Expr, ...]]:
        """The definitions in which something is differentiated by a helper."""
        found = {}
        for symbol, definitions in self.helpers.items():
            values = (one.value for one in definitions)
            if kept := tuple(value for value in values if any(map(self._is_by_helper, inside(value)))):
                found[symbol] = kept
        return found

    def _is_by_helper(self, node: Expr) -> bool:
        named = self.symbol(node.by) if isinstance(node, (Adjoint, Derivative)) else None
        return named is not None and self.role(named[0]) is Role.HELPER

    def split(self, name: Name) -> tuple[Symbol, tuple[str, ...]]:
        """The symbol and the indices that a letter with all that belongs to it is made of."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._split(name)
        return found

    @cached_property
    def _known(self) -> dict[Name, tuple[Symbol, tuple[str, ...]]]:
        """What was split before: every phase asks for the same few letters again and again."""
        return {}

    def _split(self, name: Name) -> tuple[Symbol, tuple[str, ...]]:
        marks: tuple[str, ...] = ()
        if self.marked:
            name, marks = without_marks(name, self.marked)
        whole = (name.letter, name.accents) in self.numbered
        below = tuple(one for sub in name.subscripts for one in self.apart(sub))
        tags = tuple(sub for sub in below if whole or sub in self.tags or not is_index(sub))
        index = tuple(sub for sub in (*name.superscripts, *below) if sub not in tags)
        symbol = Symbol(name.letter, name.accents, (*tags, *marks))
        return symbol, () if symbol in self.of_sets else index

    def indices_in(self, expr: Expr) -> frozenset[str]:
        """Every index that a letter of an expression carries."""
        names = (node for node in inside(expr) if isinstance(node, Name))
        return frozenset(one for name in names for one in self.split(name)[1])

    def apart(self, subscript: str) -> tuple[str, ...]:
        """`ncp` is three indices where each letter of it is an index elsewhere, and else a word.

        So is `tijk` where two letters are, and the others are usual ones.
        """
        if len(subscript) < 3 or not subscript.isalpha() or subscript in WORDS:
            return (subscript,)
        letters = set(subscript)
        left = letters - self.indexing
        usual = len(letters - left) > 1 and len(letters) == len(subscript) and len(left - SAMPLE_WORDS) <= 1
        return tuple(subscript) if usual or len(left) <= 1 else (subscript,)


def slots_of(name: Name) -> Iterator[tuple[Slot, str]]:
    """Where a letter carries something, and what."""
    for sign, items in (("_", name.subscripts), ("^", name.superscripts)):
        for place, item in enumerate(items):
            yield (name.letter, name.accents, sign, place), item


def without_marks(name: Name, marked: Set[Slot]) -> tuple[Name, tuple[str, ...]]:
    """A name without the numbers that belong to it, and these: a_i and (2) of a_{i,2}."""
    slots = list(slots_of(name))
    marks = tuple(f"({item})" for slot, item in slots if slot in marked)
    below, above = (
        tuple(item for slot, item in slots if slot[2] == sign and slot not in marked) for sign in ("_", "^")
    )
    return (replace(name, subscripts=below, superscripts=above), marks) if marks else (name, ())


def role_among(roles: Mapping[Symbol, Role], symbol: Symbol) -> Role | None:
    """The part of a symbol: its own, that of the same one in another style, or that of its small letter."""
    found = roles.get(symbol)
    if found is None and symbol.tags:
        return next((role for other, role in roles.items() if _is_same_but_for_style(symbol, other)), None)
    if found is None and symbol.letter.isupper() and len(symbol.letter) == 1:
        found = roles.get(Symbol(symbol.letter.lower(), symbol.accents, symbol.tags))
        return found if found in FAMILIES or found is Role.TARGET else None
    return found


def _is_same_but_for_style(symbol: Symbol, other: Symbol) -> bool:
    """mu with a calligraphic B below is mu with a B below."""
    if (symbol.letter, symbol.accents, symbol.square) != (other.letter, other.accents, other.square):
        return False
    return [STYLE.sub(r"\1", tag) for tag in symbol.tags] == [STYLE.sub(r"\1", tag) for tag in other.tags]


def without_index(call: Call) -> str:
    """`E[x]` of `E[x_i]`, as text."""
    letter = bare(call.arguments[0])
    stem = replace(letter, subscripts=(), superscripts=()) if isinstance(letter, Name) else letter
    return latex(replace(call, arguments=(stem,)))


def is_index(subscript: str) -> bool:
    """Whether a subscript can name a sample or a feature."""
    return subscript.isdigit() or (len(subscript.rstrip("'")) == 1 and subscript[0].isascii())


WORDS = frozenset("max min new old out std var dim inf run avg opt tot".split())
"""Subscripts of three letters that are no indices."""
STYLE = pattern(r"\\math[a-z]+\{([A-Za-z])\}")
LETTERS: Mapping[Symbol, Role] = {
    Symbol("\\mu"): Role.MEAN,
    Symbol("\\sigma", square=True): Role.VARIANCE,
    Symbol("v"): Role.VARIANCE,
    Symbol("\\sigma"): Role.DEVIATION,
    Symbol("\\gamma"): Role.SCALE,
    Symbol("\\beta"): Role.SHIFT,
    Symbol("\\epsilon"): Role.EPSILON,
    Symbol("\\varepsilon"): Role.EPSILON,
    Symbol("x"): Role.INPUT,
    Symbol("x", ("hat",)): Role.NORMALISED,
    Symbol("x", ("bar",)): Role.MEAN,
    Symbol("y"): Role.OUTPUT,
    Symbol("\\text{out}"): Role.OUTPUT,
    Symbol("\\text{dout}"): Role.UPSTREAM,
    Symbol("\\text{eps}"): Role.EPSILON,
}
"""What a letter means where the note does not say."""
