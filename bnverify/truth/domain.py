"""The walk that gives a term its value in a domain, for the proof for every n.

Three domains:

- `Residues` (residues.py): numbers modulo a prime at a few weighted places. sum_j f(j) := sum_m w_m f(place m) and
  n := sum_m w_m, so that n is a symbol; a residue that is not zero proves that an identity is false.
- `Fractions` (fractions_at.py): fractions at one n and one batch, for counterexamples.
- `RationalFunctions` (rational.py): exact numerators and denominators in n and the moments of the batch.

An index stands for a point: a class (which indices are the same sample) and a place (where its values are).
sum_j F = integral of F at a fresh class + sum over the classes k in scope of F(j = k) - F(j fresh, at the place of k).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Generic, NamedTuple, TypeVar, assert_never

from bnverify.limits import exceeded, most
from bnverify.model.axes import axis_of
from bnverify.model.calculus import expand
from bnverify.model.forward import Forward
from bnverify.model.quantities import LOSS
from bnverify.model.terms import (
    ZERO,
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
    free_indices,
    is_derivative_of_known,
    rename,
    walk,
)
from bnverify.truth.verdict import Undecidable
from bnverify.truth.work import METER, ask

E = TypeVar("E")
EQUAL = Fraction(1)
DIFFERENT = Fraction(0)
MINUS = Fraction(-1)


class Point(NamedTuple):
    """A place along an axis, a sample: `kind` tells which indices are the same one, `place` where its values are taken.

    No two axes share a kind or a place.
    """

    kind: int
    place: int
    axis: int = 0


Points = Mapping[str, Point]


class Domain(ABC, Generic[E]):
    """Where terms take their values. Subclasses supply the arithmetic.

    The statistics named in `freed` are free symbols: they no longer know that they come from x.
    """

    def __init__(self, forward: Forward, freed: frozenset[str] = frozenset()) -> None:
        self.forward = forward
        self.freed = freed
        self.known: dict[object, E] = {}
        self.nodes = {node.name: node for node in forward.nodes}
        self.ranks = {leaf.name: len(leaf.index) for leaf in forward.leaves}
        self.ranks |= {name: len(node.index) for name, node in self.nodes.items()}
        """How many indices each quantity of the forward pass has."""

    @abstractmethod
    def number(self, value: Fraction) -> E: ...
    @abstractmethod
    def count(self, axis: int) -> E: ...
    @abstractmethod
    def add(self, parts: Sequence[E]) -> E: ...
    @abstractmethod
    def multiply(self, parts: Sequence[E]) -> E: ...
    @abstractmethod
    def power(self, base: E, exponent: Fraction) -> E: ...
    @abstractmethod
    def leaf(self, name: str, points: tuple[Point, ...]) -> E:
        """A given quantity, an upstream gradient (`dL/dy`), a freed statistic or a free symbol."""

    @abstractmethod
    def total(self, body: Callable[[Point], E], axis: int, scope: frozenset[Point], apart: bool) -> E:
        """The sum of `body` along an axis; `apart` where the body tells places apart by more than values."""

    # -- the walk

    def value(self, term: Term, points: Points) -> E:
        METER.left -= 1
        if METER.left < METER.stop:
            ask()
        match term:
            case Number(value=value):
                return self.number(value)
            case Count(axis=axis):
                return self.count(axis)
            case Value(name=name, index=index):
                return self.quantity(name, tuple(points[i] for i in index))
            case Delta(left=left, right=right):
                return self.number(EQUAL if points[left].kind == points[right].kind else DIFFERENT)
            case Plus(terms=parts):
                return self.add([self.value(part, points) for part in parts])
            case Times(factors=parts):
                return self.multiply([self.value(part, points) for part in parts])
            case Exp(body=body):
                return self.exponential(body, points)
            case Log(body=body):
                return self.remembered(term, points, lambda: self.logarithm(body, points))
            case Power():
                if free_indices(term):
                    return self.raised(term, points)
                return self.remembered(term, points, lambda: self.raised(term, points))
            case Sum():
                return self.sum(term, points)
            case LossBy(value=value, of=None):
                return self.gradient(value, points)
            case Partial() | LossBy():
                return self.remembered(term, points, lambda: self.value(expand(term, self.forward), points))
            case Cases(rows=rows):
                return self.value(self.row(rows, points), points)
            case Unknown(why=why):
                raise Undecidable(why)
            case _:
                assert_never(term)

    def exponential(self, body: Term, points: Points) -> E:
        """exp of a sum of leaves with whole coefficients: a product of their exponentials, which are leaves too."""
        parts = body.terms if isinstance(body, Plus) else (body,)
        return self.multiply([self.power(*self.exponential_of(part, points)) for part in parts if part != ZERO])

    def exponential_of(self, part: Term, points: Points) -> tuple[E, Fraction]:
        """What is raised to which power."""
        factors = part.factors if isinstance(part, Times) else (part,)
        scale = prod((one.value for one in factors if isinstance(one, Number)), start=Fraction(1))
        rest = [one for one in factors if not isinstance(one, Number)]
        if len(rest) == 1 and isinstance(rest[0], Log):
            return self.value(rest[0].body, points), scale
        if len(rest) == 1 and isinstance(rest[0], Value) and rest[0].name not in self.nodes:
            return self.leaf(f"exp {rest[0].name}", tuple(points[i] for i in rest[0].index)), scale
        raise Undecidable("the exponential of an expression is not worked out")

    def logarithm(self, body: Term, points: Points) -> E:
        """log of products and powers as sums; what cannot be taken apart is a symbol of its own."""
        match body:
            case Number(value=value) if value == 1:
                return self.number(Fraction(0))
            case Times(factors=factors):
                return self.add([self.logarithm(factor, points) for factor in factors])
            case Power(base=base, exponent=exponent):
                return self.multiply([self.number(exponent), self.logarithm(base, points)])
            case Exp(body=inner):
                return self.value(inner, points)
            case Value(name=name, index=index) if (node := self.nodes.get(name)) is not None:
                names = dict(zip(node.index, index, strict=True))
                return self.logarithm(rename(node.value, names), points)
            case _:
                return self.logarithm_of(self.value(body, points))

    def logarithm_of(self, value: E) -> E:
        raise Undecidable("the logarithm of an expression is not worked out")

    def raised(self, term: Power, points: Points) -> E:
        if abs(term.exponent) > most("exponent"):
            raise Undecidable(exceeded("exponent"))
        return self.power(self.value(term.base, points), term.exponent)

    def sum(self, term: Sum, points: Points) -> E:
        index, body = term.index, term.body
        scope = frozenset(points[name] for name in free_indices(term))

        def at(point: Point) -> E:
            return self.value(body, {**points, index: point})

        return self.remembered(term, points, lambda: self.total(at, axis_of(index), scope, tells_apart(body, index)))

    def remembered(self, term: Term, points: Points, work: Callable[[], E]) -> E:
        key = (term, tuple([(name, points[name]) for name in sorted(free_indices(term))]))
        if key not in self.known:
            self.known[key] = work()
        return self.known[key]

    def gradient(self, value: Value, points: Points) -> E:
        if value.name == self.forward.output.name and value.name != LOSS:
            return self.leaf("dL/dy", tuple(points[i] for i in value.index))
        term = LossBy(value)
        return self.remembered(term, points, lambda: self.value(expand(term, self.forward), points))

    def quantity(self, name: str, points: tuple[Point, ...]) -> E:
        if self.ranks.get(name, len(points)) != len(points):
            raise Undecidable(f"{name} has another number of indices")
        node = self.nodes.get(name)
        if node is None or name in self.freed:
            return self.leaf(name, points)
        place = tuple(Point(0, point.place, point.axis) for point in points)
        if (name, place) not in self.known:
            self.known[name, place] = self.value(node.value, dict(zip(node.index, place, strict=True)))
        return self.known[name, place]

    def row(self, rows: tuple[tuple[tuple[Condition, ...], Term], ...], points: Points) -> Term:
        for conditions, value in rows:
            if all(holds(condition, points) for condition in conditions):
                return value
        raise Undecidable("no row of the cases covers this combination of indices")


def holds(condition: Condition, points: Points) -> bool:
    return (points[condition.left].kind == points[condition.right].kind) is condition.same


def tells_apart(body: Term, index: str) -> bool:
    """Whether a term depends on which sample an index is, beyond the values at its place."""
    apart = (part for part in walk(body) if isinstance(part, (Delta, Cases)) or is_derivative_of_known(part))
    return any(index in free_indices(part) for part in apart)


class Integrating(Domain[E]):
    """A domain in which a sum over all samples is an integral, so that n can be a symbol."""

    @abstractmethod
    def integral(self, body: Callable[[Point], E], kind: int, axis: int) -> E: ...

    def total(self, body: Callable[[Point], E], axis: int, scope: frozenset[Point], apart: bool) -> E:
        fresh = 1 + max((point.kind for point in scope), default=0)
        parts = [self.integral(body, fresh, axis)]
        if apart:
            for point in sorted(scope, key=lambda point: point.kind):
                if point.axis == axis:
                    correction = self.multiply([self.number(MINUS), body(Point(fresh, point.place, axis))])
                    parts += [body(point), correction]
        return self.add(parts)
