"""Every node of a written side, worked out once at one weighted point, and what an edit there does to the side.

One sweep down gives each node its value for every combination of summed places, one sweep up how much the side
moves when the node moves. The effect of an edit is then the value of what is new, and one scalar product; only
below a power or a root the nodes above are worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction as Rational

from bnverify.limits import most
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.calculus import Undifferentiable
from bnverify.model.conventions import HALF
from bnverify.model.powers import constant
from bnverify.model.resolve import condition_of, resolve
from bnverify.model.scope import Scope
from bnverify.model.terms import Sum, Term, Unknown, walk
from bnverify.read.syntax import (
    Addition,
    CaseRows,
    Derivative,
    Digits,
    Expr,
    Fraction,
    Group,
    Name,
    Negative,
    Product,
    Raised,
    Root,
    Summation,
    bare,
    inside,
    parts,
)
from bnverify.repair.trees import exchange
from bnverify.truth.domain import Point, Points, holds
from bnverify.truth.residues import PRIME, NoRoot, Residues
from bnverify.truth.verdict import Undecidable, Undefined
from bnverify.truth.work import spend

NO_VALUE = (Undecidable, Undefined, Undifferentiable, NoRoot, KeyError)
"""What an expression raises that has no value at this point."""
MOST_FRAMES = 400
TOO_MANY_SUMS = "too many sums in one another"
RESOLVING = 10
"""Units of work for each node of an expression whose meaning is found."""


class Frames:
    """The combinations of summed places at which a node has a value; `of` and `weights` lead to the frames around."""

    __slots__ = ("of", "points", "weights")

    def __init__(self, points: Sequence[Points], of: Sequence[int] = (), weights: Sequence[int] = ()) -> None:
        self.points = points
        self.of = of
        self.weights = weights


@dataclass(slots=True, eq=False)
class Part:
    """A node with its values in each frame; `pull` is how much the side moves with it, None below a power."""

    expr: Expr
    frames: Frames
    values: list[int]
    children: tuple[Part, ...] = ()
    parent: Part | None = None
    pull: list[int] | None = None


@dataclass(slots=True)
class Weighed:
    """A side at one weighted point of a domain. Raises one of NO_VALUE where the side has no value there."""

    side: Expr
    scope: Scope
    domain: Residues
    points: Points
    whole: Callable[[Expr], Term]
    """The meaning of a whole side, a sum that is understood included."""
    parts: dict[int, Part] = field(default_factory=dict)
    holders: dict[int, Expr] = field(default_factory=dict)
    known: dict[tuple[Expr, int], list[int]] = field(default_factory=dict)
    terms: dict[Expr, Term] = field(default_factory=dict)
    exponents: dict[Expr, Rational | None] = field(default_factory=dict)
    bound: dict[Summation, tuple[str, ...]] = field(default_factory=dict)
    inner: dict[tuple[int, tuple[str, ...], tuple[str, ...]], Frames | None] = field(default_factory=dict)
    value: int = 0

    def __post_init__(self) -> None:
        frames = Frames([self.points])
        self._note_holders(self.side)
        meaning = self.domain.value(self.whole(self.side), self.points) % PRIME
        try:
            root = self._part(self.side, frames, None)
        except NO_VALUE:
            root = None
        if root is None or root.values != [meaning]:
            # What the tree alone does not show (a sum that is understood): the side is one piece.
            self.parts.clear()
            root = Part(self.side, frames, [meaning])
            self.parts[id(self.side)] = root
        self.value = meaning
        self._pull(root, [1])

    def _note_holders(self, expr: Expr) -> None:
        for part in parts(expr):
            self.holders[id(part)] = expr
            self._note_holders(part)

    # -- down: values

    def _part(self, expr: Expr, frames: Frames, parent: Part | None) -> Part:
        part = Part(expr, frames, [], parent=parent)
        inner = self._opened(expr, frames)
        if inner is None:
            part.values = self._leaf(expr, frames)
        else:
            exprs, within = inner
            part.children = tuple(self._part(one, within, part) for one in exprs)
            part.values = self._combined(expr, [child.values for child in part.children], within)
        self.parts[id(expr)] = part
        return part

    def _opened(self, expr: Expr, frames: Frames) -> tuple[tuple[Expr, ...], Frames] | None:
        """The nodes that a node is computed from, and their frames; None for one that is resolved as a whole."""
        if self.scope.matrices:  # what a factor means depends on the shapes of those beside it
            return None
        match expr:
            case Group(opening="|"):
                return None
            case Negative(body=body) | Group(body=body):
                return (body,), frames
            case Addition(terms=inner):
                return inner, frames
            case Product(factors=inner):
                waits = any(isinstance(factor, Derivative) and factor.of is None for factor in inner)
                return None if waits else (inner, frames)
            case Fraction(above=above, below=below):
                return (above, below), frames
            case Raised(base=base):
                return ((base,), frames) if self._is_plain_power(expr) else None
            case Root(body=body, degree=None):
                return (body,), frames
            case Summation(body=body):
                within = self._summed(expr, frames)
                return ((body,), within) if within is not None else None
            case CaseRows(rows=rows) if all(len(row.values) == 1 for row in rows):
                return tuple(row.values[0] for row in rows), frames
            case _:
                return None

    def _is_plain_power(self, expr: Raised) -> bool:
        base = bare(expr.base)
        squared = isinstance(base, Name) and base.letter in self.scope.notation.squares
        return not squared and self._exponent(expr) is not None

    def _exponent(self, expr: Raised) -> Rational | None:
        if expr.exponent not in self.exponents:
            self.exponents[expr.exponent] = exponent_of(expr, self.scope)
        return self.exponents[expr.exponent]

    def _indices(self, expr: Summation) -> tuple[str, ...]:
        """The indices that a sum over all of the batch binds; none where it is resolved as a whole."""
        if expr not in self.bound:
            spend_for(expr)
            self.bound[expr] = bound_indices(resolve(expr, self.scope), len(expr.bounds.indices))
        return self.bound[expr]

    def _summed(self, expr: Summation, frames: Frames) -> Frames | None:
        """The frames inside a sum: every weighted place, and a correction for each sample in scope."""
        bounds = expr.bounds
        names = self._indices(expr) if bounds.indices else ()
        if not names:
            return None
        key = (id(frames), names, bounds.unequal)
        if key not in self.inner:
            self.inner[key] = None
            made = Frames(frames.points, range(len(frames.points)), [1] * len(frames.points))
            for place, name in enumerate(names):
                made = self._bound(made, name, bounds.unequal if place == 0 else ())
            self.inner[key] = made
        within = self.inner[key]
        if within is None:  # tried before, and too many
            raise Undecidable(TOO_MANY_SUMS)
        return within

    def _bound(self, frames: Frames, name: str, unequal: tuple[str, ...]) -> Frames:
        """One more index bound: every frame is split, and still leads to the frame around the whole sum."""
        spend(len(frames.points) * (5 + 2 * len(frames.points[0])))
        made: list[tuple[Points, int, int]] = [
            ({**around, name: point}, of, weight * more)
            for around, of, weight in zip(frames.points, frames.of, frames.weights, strict=True)
            for point, more in self._places(around, axis_of(name))
            if all(around[on_axis(other, point.axis)].kind != point.kind for other in unequal)
        ]
        if len(made) > MOST_FRAMES:
            raise Undecidable(TOO_MANY_SUMS)
        points, places, weights = zip(*made, strict=True)
        return Frames(points, places, weights)

    def _places(self, around: Points, axis: int) -> Iterator[tuple[Point, int]]:
        fresh = 1 + max((point.kind for point in around.values()), default=0)
        for place, weight in enumerate(self.domain.weights_of(axis)):
            yield Point(fresh, -1 - place, axis), weight
        for point in {point for point in around.values() if point.axis == axis}:
            yield point, 1
            yield Point(fresh, point.place, axis), -1

    def _leaf(self, expr: Expr, frames: Frames) -> list[int]:
        key = (expr, id(frames))
        if key not in self.known:
            if isinstance(expr, Digits) and len(expr.text) < 9:
                self.known[key] = [self.domain.number(Rational(expr.text))] * len(frames.points)
            else:
                term = self._meaning(expr)
                self.known[key] = [self.domain.value(term, points) % PRIME for points in frames.points]
        return self.known[key]

    def _meaning(self, expr: Expr) -> Term:
        if expr not in self.terms:
            spend_for(expr)
            whole = expr is self.side or self.scope.matrices
            self.terms[expr] = self.whole(expr) if whole else resolve(expr, self.scope)
        term = self.terms[expr]
        if any(isinstance(part, Unknown) for part in walk(term)):
            raise Undecidable("no value")
        return term

    # -- up: how much the side moves

    def _pull(self, part: Part, pull: list[int] | None) -> None:
        part.pull = pull
        if not part.children:
            return
        for child, down in zip(part.children, self._pulls(part, pull), strict=True):
            self._pull(child, down)

    def _pulls(self, part: Part, pull: list[int] | None) -> Sequence[list[int] | None]:
        if pull is None:
            return [None] * len(part.children)
        match part.expr:
            case Negative():
                return [[-one % PRIME for one in pull]]
            case Group() | Addition():
                return [pull] * len(part.children)
            case Product():
                return [
                    [one * other % PRIME for one, other in zip(pull, others, strict=True)]
                    for others in products_of_others([child.values for child in part.children])
                ]
            case Fraction():
                below = inverses(part.children[1].values)
                return [[one * under % PRIME for one, under in zip(pull, below, strict=True)], None]
            case Summation():
                within = part.children[0].frames
                return [[pull[of] * weight % PRIME for of, weight in zip(within.of, within.weights, strict=True)]]
            case CaseRows():
                chosen = [self._row_at(part.expr, points) for points in part.frames.points]
                return [
                    [one if row == place else 0 for one, row in zip(pull, chosen, strict=True)]
                    for place in range(len(part.children))
                ]
            case _:
                return [None] * len(part.children)

    # -- edits

    def effect(self, old: Expr, new: Expr) -> int:
        """How much the side moves when `old`, a node of it, becomes `new`. Raises one of NO_VALUE."""
        while id(old) not in self.parts or isinstance(self.holders.get(id(old)), Raised):
            # A power may be a letter of its own, and a piece that is resolved as a whole has no inner values.
            holder = self.holders[id(old)]
            new = exchange(holder, {id(old): new})
            old = holder
        part = self.parts[id(old)]
        values = self.evaluated(new, part.frames)
        while part.pull is None:
            parent = part.parent
            assert parent is not None
            inner = [values if child is part else child.values for child in parent.children]
            values = self._combined(parent.expr, inner, part.frames)
            part = parent
        return sum((new - old) * pull for new, old, pull in zip(values, part.values, part.pull, strict=True)) % PRIME

    def weight(self, expr: Expr) -> int | None:
        """How much of the side is this node, pull times value; None below a power."""
        part = self.parts.get(id(expr))
        if part is None or part.pull is None:
            return None
        return sum(value * pull for value, pull in zip(part.values, part.pull, strict=True)) % PRIME

    def size(self) -> int:
        """How many values the nodes of the side have together."""
        return sum(len(part.values) for part in self.parts.values())

    def needed(self, expr: Expr, want: int) -> int | None:
        """What added to this node would move the side by `want`; None inside a sum, or below a power."""
        part = self.parts.get(id(expr))
        if part is None or part.pull is None or len(part.pull) != 1 or not part.pull[0] % PRIME:
            return None
        return want * inverse(part.pull[0]) % PRIME

    def holds_minus(self, expr: Expr, value: int) -> bool:
        """Whether a summand of this node is minus a value: then it is that one which is too many."""
        part = self.parts[id(expr)]
        return any((child.values[0] + value) % PRIME == 0 for child in (part, *part.children))

    def evaluated(self, expr: Expr, frames: Frames) -> list[int]:
        """The values of an expression; what stands in the side already is not worked out again."""
        spend(1 + len(frames.points))
        part = self.parts.get(id(expr))
        if part is not None and part.frames is frames:
            return part.values
        inner = self._opened(expr, frames)
        if inner is None:
            return self._leaf(expr, frames)
        exprs, within = inner
        return self._combined(expr, [self.evaluated(one, within) for one in exprs], within)

    def _combined(self, expr: Expr, inner: Sequence[Sequence[int]], within: Frames) -> list[int]:
        """The values of a node from those of the nodes in it; `within` are the frames of these."""
        match expr:
            case Negative():
                return [-value % PRIME for value in inner[0]]
            case Group():
                return list(inner[0])
            case Addition():
                return [sum(column) % PRIME for column in zip(*inner, strict=True)]
            case Product():
                return products(inner)
            case Fraction():
                return [above * below % PRIME for above, below in zip(inner[0], inverses(inner[1]), strict=True)]
            case Raised():
                return self._powers(inner[0], self._exponent(expr))
            case Root():
                return self._powers(inner[0], HALF)
            case Summation():
                sums = [0] * (1 + max(within.of, default=0))
                for value, of, weight in zip(inner[0], within.of, within.weights, strict=True):
                    sums[of] += value * weight
                return [value % PRIME for value in sums]
            case CaseRows():
                return [inner[self._row_at(expr, points)][place] for place, points in enumerate(within.points)]
            case _:
                raise AssertionError(type(expr))

    def _row_at(self, expr: CaseRows, points: Points) -> int:
        """Which row of the cases holds."""
        for place, row in enumerate(expr.rows):
            if all(holds(condition_of(written, self.scope), points) for written in row.conditions):
                return place
        raise Undecidable("no row of the cases covers this combination of indices")

    def _powers(self, values: Sequence[int], exponent: Rational | None) -> list[int]:
        if exponent is None or abs(exponent) > most("exponent") or exponent.denominator > 2:
            raise Undecidable("no power")
        whole = exponent.numerator
        if exponent.denominator == 2:
            values = [self.domain.root(value % PRIME) for value in values]
        if whole < 0 and not all(value % PRIME for value in values):
            raise Undefined("a division by zero")
        return [pow(value, whole, PRIME) for value in values]


def spend_for(expr: Expr) -> None:
    """What it costs to find the meaning of an expression."""
    spend(RESOLVING * sum(1 for _ in inside(expr)))


def exponent_of(expr: Raised, scope: Scope) -> Rational | None:
    """The exponent of a power, where it is a number."""
    return constant(resolve(expr.exponent, scope))


def inverses(values: Sequence[int]) -> list[int]:
    """The inverses of many residues for the price of one; all of them differ from zero."""
    before = [1]
    for value in values:
        before.append(before[-1] * value % PRIME)
    behind = inverse(before[-1])
    made = []
    for place in range(len(values) - 1, -1, -1):
        made.append(before[place] * behind % PRIME)
        behind = behind * values[place] % PRIME
    return made[::-1]


def inverse(value: int) -> int:
    if value % PRIME == 0:
        raise Undefined("a division by zero")
    return pow(value, -1, PRIME)


def products(columns: Sequence[Sequence[int]]) -> list[int]:
    made = list(columns[0])
    for column in columns[1:]:
        made = [a * b % PRIME for a, b in zip(made, column, strict=True)]
    return made


def products_of_others(columns: Sequence[list[int]]) -> list[list[int]]:
    """For each column the product of all other columns."""
    size = len(columns[0])
    before = [[1] * size]
    for column in columns[:-1]:
        before.append([a * b % PRIME for a, b in zip(before[-1], column, strict=True)])
    behind = [1] * size
    made = []
    for place in range(len(columns) - 1, -1, -1):
        made.append([a * b % PRIME for a, b in zip(before[place], behind, strict=True)])
        behind = [a * b % PRIME for a, b in zip(behind, columns[place], strict=True)]
    return made[::-1]


def bound_indices(term: Term, count: int) -> tuple[str, ...]:
    """The indices of as many sums that stand directly inside one another; none where there are fewer."""
    found: list[str] = []
    while isinstance(term, Sum) and len(found) < count:
        found.append(term.index)
        term = term.body
    return tuple(found) if len(found) == count else ()
