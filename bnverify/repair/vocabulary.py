"""The quantities of the forward pass as expressions in a note's own letters: what repairs are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction as Rational
from string import ascii_lowercase

from bnverify.judge.named_roots import with_named_root
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.layers import Layer
from bnverify.model.notation import FAMILIES, Notation, Role, Symbol, is_index, slots_of
from bnverify.model.places import GENERIC, axes_of
from bnverify.model.powers import constant
from bnverify.model.resolve import resolve
from bnverify.model.scope import Scope
from bnverify.model.terms import Count, Delta, LossBy, Term, Value, free_indices, power, rename
from bnverify.model.writing import Spelling, latex, spelling_of
from bnverify.read.latex import parse
from bnverify.read.syntax import (
    Addition,
    Derivative,
    Digits,
    Expr,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Summation,
    Unreadable,
    inside,
)
from bnverify.read.tokens import scan
from bnverify.repair.trees import exchange, unplaced
from bnverify.source import Span

ONE = Digits("1")
ROOT = power(Value(Role.VARIANCE.value), Rational(1, 2))


@dataclass
class Vocabulary:
    """Expressions in the letters of one note; `indices` are the free ones of the head."""

    scope: Scope
    indices: tuple[str, ...] = ()
    sign: str = "\\partial"
    """The sign of differentiation."""
    letters: tuple[str, ...] = ()
    """Index letters of the note."""
    made: dict[Term, Expr | None] = field(default_factory=dict)
    roles: dict[Expr, Role | None] = field(default_factory=dict)
    helpers: dict[Expr, Term] = field(default_factory=dict)
    exponents: dict[Expr, Rational | None] = field(default_factory=dict)

    @property
    def notation(self) -> Notation:
        return self.scope.notation

    def __post_init__(self) -> None:
        own = with_named_root(spelling_of(self.notation, self.scope.layer.constant), self.scope)
        self.spelling: Spelling = replace(own, sign=self.sign)

    def expr(self, term: Term) -> Expr | None:
        """A term as the note would write it; None where that cannot be read back."""
        if term not in self.made:
            self.made[term] = self.unindexed(term) if GENERIC in self.indices else self.written(term)
        return self.made[term]

    def written(self, term: Term) -> Expr | None:
        return read_back(latex(term, self.spelling, frozenset(self.indices)))

    def unindexed(self, term: Term) -> Expr | None:
        """A term without the index that its head does not write either."""
        spare = next(one for one in reversed(ascii_lowercase) if one not in self.letters)
        made = self.written(rename(term, {GENERIC: spare}))
        own = [node for node in inside(made) if isinstance(node, Name) and spare in node.subscripts] if made else []
        if made is None or any(node.subscripts != (spare,) for node in own):
            return None
        return exchange(made, {id(node): replace(node, subscripts=()) for node in own})

    def role(self, expr: Expr) -> Role | None:
        if not isinstance(expr, (Name, Raised, Group)):
            return None
        if expr not in self.roles:
            named = self.notation.symbol(expr)
            self.roles[expr] = self.notation.role(named[0]) if named else None
        return self.roles[expr]

    def squared(self, expr: Expr) -> Expr | None:
        """The variance of a sigma that is its root."""
        return self.value(Role.VARIANCE.value, self.index(expr)) if self.role(expr) is Role.ROOT else None

    def is_root_of_variance(self, expr: Expr) -> bool:
        """A sigma that is the root of the variance, without epsilon."""
        return isinstance(expr, Name) and (self.role(expr) is Role.ROOT or self.helper(expr) == ROOT)

    def is_divisor(self, expr: Expr) -> bool:
        """A letter for the denominator of x-hat."""
        divisor = self.scope.forward.convention.epsilon.term
        return isinstance(expr, Name) and (self.role(expr) is Role.DEVIATION or self.helper(expr) == divisor)

    def divides_without_epsilon(self) -> bool:
        return self.scope.forward.convention.epsilon.term == ROOT

    def helper(self, expr: Name) -> Term | None:
        """What a helper stands for, also where it is a node."""
        if self.role(expr) is not Role.HELPER:
            return None
        if expr not in self.helpers:
            scope = replace(self.scope, promoted=frozenset(), assumptions=[], undefined=set())
            self.helpers[expr] = resolve(expr, scope)
        return self.helpers[expr]

    def exponent(self, expr: Expr) -> Rational | None:
        """An exponent, where it is a number."""
        if expr not in self.exponents:
            self.exponents[expr] = constant(resolve(expr, self.scope))
        return self.exponents[expr]

    def index(self, expr: Expr) -> tuple[str, ...]:
        named = self.notation.symbol(expr)
        return named[1] if named else ()

    def beside(self, expr: Expr) -> tuple[str, ...]:
        """The letters of a gain that stands at the place of this family; none where not all of them are written."""
        index, layer = self.index(expr), self.scope.forward.layer
        return layer.at_gains(index) if len(index) == layer.rank else ()

    def is_size(self, expr: Expr) -> bool:
        return self.role(expr) is Role.SIZE and not self.index(expr)

    def adopt(self, side: Expr) -> None:
        """Write the number of samples as this side does, where the note has several letters for it."""
        symbol = own_size(side, self.notation)
        if symbol is not None:
            self.spelling = replace(self.spelling, symbols={**self.spelling.symbols, Role.SIZE.value: symbol})

    def size(self) -> Expr | None:
        return self.expr(Count())

    def count(self, axis: int) -> Expr | None:
        """The number of places of an axis; None where the note has no letter for it."""
        known = self.scope.forward.layer.rank == 1 or self.spelling.size(axis) != Role.SIZE.value
        return self.expr(Count(axis)) if known else None

    def value(self, name: str, index: tuple[str, ...] = ()) -> Expr | None:
        return self.expr(Value(name, index))

    def gradient(self, name: str, index: tuple[str, ...] = ()) -> Expr | None:
        return self.expr(LossBy(Value(name, index)))

    def delta(self, left: str, right: str) -> Expr | None:
        return self.expr(Delta(left, right))

    def in_row(self, name: str, written: Sequence[str] = ()) -> Expr | None:
        """A quantity with these letters along its axes, and the letters of the head along the others.

        None where an axis has no letter.
        """
        letters = self.scope.letters
        row = {letters[one]: one for one in (*self.indices, *reversed(written)) if one in letters}
        axes = axes_of(name, self.scope.layer)
        if not row.keys() >= set(axes):
            return None
        return self.value(name, tuple(on_axis(row[axis], axis) for axis in axes))

    def like(self, expr: Expr, role: Role) -> Expr | None:
        """Another quantity in the place of one: a family with its indices, a statistic without."""
        if self.scope.layer.rank > 1:
            return self.in_row(role.value, self.index(expr))
        if role not in FAMILIES:
            return self.value(role.value)
        index = self.index(expr)
        new = self.value(role.value, index[:1] or ("i",))
        is_generic = not index and self.role(expr) in FAMILIES
        if isinstance(new, Name) and (len(index) > 1 or is_generic):
            return replace(new, subscripts=tuple(sub for sub in new.subscripts if not is_index(sub)) + index)
        return new


def own_index(head: Term, layer: Layer) -> tuple[str | None, ...]:
    """The index of the head along each axis, where it has one there."""
    along = [sorted(one for one in free_indices(head) if axis_of(one) == axis) for axis in range(layer.rank)]
    return tuple(found[0] if len(found) == 1 else None for found in along)


def own_size(side: Expr, notation: Notation) -> Symbol | None:
    """The letter for the number of samples in a side."""
    for node in inside(side):
        written = node.bounds.upper if isinstance(node, Summation) else node
        if isinstance(written, Name):
            symbol, index = notation.split(written)
            if notation.role(symbol) is Role.SIZE and not index:
                return symbol
    return None


def own_sign(*exprs: Expr) -> str:
    """The sign of differentiation in some expressions."""
    signs = (node.sign for expr in exprs for node in inside(expr) if isinstance(node, Derivative))
    return next(signs, "\\partial")


def read_back(written: str) -> Expr | None:
    expr = parse(scan(written, Span(0, len(written))))
    return None if isinstance(expr, Unreadable) else unplaced(expr)


def negated(expr: Expr) -> Expr:
    return expr.body if isinstance(expr, Negative) else Negative(expr)


def grouped(expr: Expr) -> Expr:
    """The expression as one factor."""
    return Group(expr) if isinstance(expr, (Addition, Negative)) else expr


def factors_of(expr: Expr) -> tuple[Expr, ...]:
    """The factors that an expression is as part of a product."""
    return expr.factors if isinstance(expr, Product) else (grouped(expr),)


def product_of(factors: tuple[Expr, ...]) -> Expr:
    """The product of some factors; of a single one, that factor."""
    return factors[0] if len(factors) == 1 else Product(factors)


def indexed(name: Name, index: tuple[str, ...], notation: Notation) -> Name | None:
    """The name with other indices in the places of its own."""
    _, own = notation.split(name)
    if len(own) != len(index):
        return None
    new = iter(index)
    kept = {slot[2:] for slot, _ in slots_of(name) if slot in notation.marked}
    superscripts = tuple(one if ("^", k) in kept else next(new) for k, one in enumerate(name.superscripts))
    below = [
        (one, ("_", k) in kept)
        for k, sub in enumerate(name.subscripts)
        for one in ((sub,) if ("_", k) in kept else notation.apart(sub))
    ]
    subscripts = tuple(next(new) if one in own and not keep else one for one, keep in below)
    return Name(name.letter, name.accents, subscripts, superscripts)
