"""Exact rational functions where the input has several indices: samples and features, groups, positions in space.

As in rational.py, but a statistic has a value for each row that it is taken over, and a sum runs along one axis.
A sum of products of values is kept as what it is, a set of factors whose indices are bound together:
sum_i g_ik x_ik / s_i, or sum_i (sum_j x_ij)^2. Two such sums are the same where a renaming of bound indices makes
them equal. The mean and the mean square of every row are eliminated as in one row (P_10 = n mu_i, ...), with
v_i = s_i^2 - eps.

What is left is independent only as far as sums over rows do not hide in one another, so a difference that is zero
proves an identity for every size; one that is not is left to the residues.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, permutations, product
from typing import Any

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of
from bnverify.model.conventions import Epsilon
from bnverify.model.forward import Forward, Node
from bnverify.model.quantities import EPSILON, TARGET, VARIANCE
from bnverify.truth.divisors import Divisor, linear, taken_apart
from bnverify.truth.domain import Point
from bnverify.truth.rational import Denominator, Ratio, RationalFunctions
from bnverify.truth.verdict import Undecidable
from bnverify.truth.work import spend

MOST_BOUND = 4
"""Indices of one axis that a sum binds together."""
TEMPLATE = 900
"""Where the row stands at which the definitions of the statistics are solved; no index of an identity is there."""

Place = int | str
"""Where an index stands; a bound one has a name that tells its axis: `*1.0`."""
Factor = tuple[str, tuple[Place, ...], int]
"""A quantity, the places of its indices, and its power."""


@frozen
class Bound:
    """A sum of a product, over the indices that its factors share."""

    factors: tuple[Factor, ...]

    @property
    def name(self) -> str:
        return "sum " + " ".join(
            f"{'@'.join(map(str, (leaf, *places)))}^{power}" for leaf, places, power in self.factors
        )

    @property
    def free(self) -> frozenset[int]:
        return frozenset(place for _, places, _ in self.factors for place in places if isinstance(place, int))


class TensorFunctions(RationalFunctions):
    """The ring of a forward pass with several axes."""

    ROOM = 32

    def __init__(self, forward: Forward) -> None:
        self.bound: dict[str, Bound] = {}
        self.atoms: dict[str, tuple[Any, tuple[int, ...]]] = {}
        """The polynomial that such a quantity stands for, and its places."""
        self.placed: dict[str, tuple[str, tuple[int, ...]]] = {}
        self.waiting: set[str] = set()
        super().__init__(forward)

    def is_positive(self, name: str) -> bool:
        stem = name.partition("@")[0]
        return stem in ("s", "t") or (stem[:1] == "n" and stem[1:].isdigit()) or stem == "n"

    def count(self, axis: int) -> Ratio:
        return self.generator("n" if axis == self.forward.layer.over[0] else f"n{axis}")

    # -- the statistics

    def solve_statistics(self) -> None:
        """Find which moments the definitions of the statistics eliminate."""
        self.patterns: dict[tuple[Factor, ...], Node] = {}
        for node in self.forward.nodes:
            if node.is_statistic:
                points = {index: self.template(index) for index in node.index}
                moment = self.moment_of(node, points)
                self.patterns[self.pattern(self.bound[moment])] = node

    @staticmethod
    def template(index: str) -> Point:
        place = TEMPLATE + axis_of(index)
        return Point(place, place, axis_of(index))

    def moment_of(self, node: Node, points: dict[str, Point]) -> str:
        """The highest moment of a statistic at a row, solved for."""
        value = self.value(node.value, points)
        moment = self.linear_moment(value)
        if moment is None:
            raise Undecidable(f"the definition of {node.name} cannot be solved for a moment of the batch")
        row = tuple(points[index] for index in node.index)
        self.solved[moment] = self.solve(value, moment, self.statistic(node.name, row))
        self.known.clear()
        return moment

    def linear_moment(self, value: Ratio) -> str | None:
        degrees = dict(zip(self.names, value.above.degrees(), strict=False))
        found = [name for name in self.bound if degrees.get(name) == 1]
        return max(found, key=lambda name: sum(power for *_, power in self.bound[name].factors), default=None)

    @staticmethod
    def pattern(moment: Bound) -> tuple[Factor, ...]:
        """A moment without its row."""
        return tuple(
            (leaf, tuple("row" if isinstance(place, int) else place for place in places), power)
            for leaf, places, power in moment.factors
        )

    def statistic(self, name: str, points: tuple[Point, ...] = ()) -> Ratio:
        places = tuple(point.place for point in points)
        if name != VARIANCE:
            return self.placed_generator(name, places)
        inside = self.forward.convention.epsilon is Epsilon.INSIDE
        root = self.placed_generator("s" if inside else "t", places)
        square = self.multiply([root, root])
        return self.add([square, self.negative(self.generator(EPSILON))]) if inside else square

    def leaf(self, name: str, points: tuple[Point, ...]) -> Ratio:
        return self.statistic(name, points)

    def placed_generator(self, leaf: str, places: tuple[int, ...]) -> Ratio:
        return self.generator(self.placed_name(leaf, places))

    def placed_name(self, leaf: str, places: tuple[int, ...]) -> str:
        name = "@".join((leaf, *map(str, places)))
        self.placed[name] = (leaf, places)
        return name

    # -- sums

    def integral(self, body: Callable[[Point], Ratio], kind: int, axis: int) -> Ratio:
        place = -kind
        value = body(Point(kind, place, axis))
        spend(len(value.above))
        outside, divided, divisors = self.parted(value, place)
        parts: list[Ratio] = []
        touched = [self.names.index(name) for name in self.used_in(value.above) if self.mentions(name, place)]
        for powers, coefficient in value.above.to_dict().items():
            rest = list(powers)
            for k in touched:
                rest[k] = 0
            own = dict(divided)
            for k in touched:
                own[self.names[k]] = own.get(self.names[k], 0) + int(powers[k])
            left = Ratio(self.ring.from_dict({tuple(rest): coefficient}), outside)
            for weight, finished in taken_apart(self, own, divisors):
                factors = [(name, power) for name, power in finished.items() if power]
                total = self.sum_of(factors, place, axis) if factors else self.count(axis)
                parts.append(self.multiply([left, weight, total]))
        return self.add(parts)

    def parted(self, value: Ratio, place: int) -> tuple[Denominator, dict[str, int], list[tuple[Divisor, int]]]:
        """The factors of a denominator that a sum does not touch, single quantities as negative powers, the others."""
        outside: list[tuple[int, int]] = []
        divided: dict[str, int] = {}
        divisors: list[tuple[Divisor, int]] = []
        for number, exponent in value.below:
            factor = self.factors[number]
            touched = [name for name in self.used_in(factor) if self.mentions(name, place)]
            if not touched:
                outside.append((number, exponent))
            elif (name := self.written(factor)) in self.placed:
                divided[name] = -exponent
            else:
                atom = self.placed_name(*self.atom(factor))
                divisors.append((linear(self, atom, factor, touched), exponent))
        return tuple(outside), divided, divisors

    def logarithm_of_polynomial(self, poly: Any) -> Ratio:
        if poly == self.one:
            return super().logarithm_of_polynomial(poly)
        return self.placed_generator(*self.atom(poly, "log"))

    def atom(self, poly: Any, of: str = "") -> tuple[str, tuple[int, ...]]:
        """A polynomial, or a function of it, as a quantity of its own: its name with numbered places, and these."""
        used = self.used_in(poly)
        if any(name in self.squares for name in used):
            raise Undecidable("a sum over roots is not worked out")
        places = tuple(sorted({place for name in used for place in self.places_of(name)}))
        slots = {place: f"#{slot}" for slot, place in enumerate(places)}
        monomials = (
            (str(coefficient), *(f"{self.slotted(self.names[k], slots)}^{e}" for k, e in enumerate(powers) if e))
            for powers, coefficient in poly.to_dict().items()
        )
        name = f"{of}({' + '.join(sorted(' '.join(one) for one in monomials))})"
        self.atoms.setdefault(name, (poly, places))
        return name, places

    def places_of(self, name: str) -> tuple[int, ...]:
        """Where a generator stands, its bound indices apart."""
        return tuple(self.bound[name].free) if name in self.bound else self.placed.get(name, ("", ()))[1]

    def slotted(self, name: str, slots: Mapping[int, str]) -> str:
        """The name of a generator with its places numbered."""
        factors = self.bound[name].factors if name in self.bound else ((*self.placed.get(name, (name, ())), 1),)
        marked = (
            (leaf, tuple(slots[one] if isinstance(one, int) else one for one in at), power)
            for leaf, at, power in factors
        )
        return f"({Bound(tuple(marked)).name})"

    def mentions(self, name: str, place: int) -> bool:
        if name in self.squares:
            return any(self.mentions(one, place) for one in self.used_in(self.squares[name]))
        if name in self.bound:
            return place in self.bound[name].free
        return place in self.placed.get(name, ("", ()))[1]

    def sum_of(self, factors: Sequence[tuple[str, int]], place: int, axis: int) -> Ratio:
        """The sum of a product along an axis, with the sums inside it bound together."""
        fresh = (f"*{number}" for number in count())
        own = f"*{axis}.own"
        opened = [
            (leaf, tuple(own if one == place else one for one in places), power)
            for name, exponent in factors
            for leaf, places, power in self.opened(name, exponent, fresh)
        ]
        return self.bound_generator(canonical(opened))

    def opened(self, name: str, exponent: int, fresh: Iterator[str]) -> Iterator[Factor]:
        """The factors of a generator; a sum to a power is written as often, each time with indices of its own."""
        if name in self.squares:
            raise Undecidable("a sum over roots is not worked out")
        if name in self.placed:
            leaf, places = self.placed[name]
            yield leaf, places, exponent
            return
        if exponent < 0:
            raise Undecidable("a sum over a quotient of sums is not worked out")
        for _ in range(exponent):
            copy = next(fresh)
            for leaf, bound_places, power in self.bound[name].factors:
                yield leaf, tuple(f"{one}{copy}" if isinstance(one, str) else one for one in bound_places), power

    def bound_generator(self, moment: Bound) -> Ratio:
        if moment.name in self.solved:
            return self.solved[moment.name]
        if self.is_all_targets(moment) and self.forward.layer.targets is not None:
            return self.number(self.forward.layer.targets)
        self.bound[moment.name] = moment
        node = self.patterns.get(self.pattern(moment))
        if node is not None and moment.name not in self.waiting and (row := self.row_of(moment)) is not None:
            self.waiting.add(moment.name)
            try:
                self.moment_of(node, {index: row[axis_of(index)] for index in node.index})
            finally:
                self.waiting.discard(moment.name)
            return self.solved[moment.name]
        return self.generator(moment.name)

    def is_all_targets(self, moment: Bound) -> bool:
        """Whether these are the targets of one row, added up."""
        if len(moment.factors) != 1:
            return False
        leaf, places, power = moment.factors[0]
        bound = tuple(axis for axis, place in enumerate(places) if isinstance(place, str))
        return leaf == TARGET and power == 1 and bound == self.forward.layer.over

    def row_of(self, moment: Bound) -> dict[int, Point] | None:
        """The point on each axis where a moment stands; None where two of one axis differ."""
        found: dict[int, Point] = {}
        for leaf, places, _ in moment.factors:
            for place, index in zip(places, self.forward.index_of(leaf), strict=False):
                if isinstance(place, int):
                    point = Point(abs(place), place, axis_of(index))
                    if found.setdefault(point.axis, point) != point:
                        return None
        return found


def canonical(factors: Sequence[Factor]) -> Bound:
    """The sum with its bound indices named so that equal sums have equal names."""
    names: dict[str, list[str]] = {}
    for _, places, _ in factors:
        for place in places:
            if isinstance(place, str) and place not in names.setdefault(place[1], []):
                names[place[1]].append(place)
    if any(len(found) > MOST_BOUND for found in names.values()):
        raise Undecidable(f"more than {MOST_BOUND} indices that are bound together are not worked out")
    orders = product(*(permutations(found) for found in names.values()))
    return Bound(min((_renamed(factors, list(names), order) for order in orders), key=_sorting))


def _renamed(factors: Sequence[Factor], axes: list[str], order: Sequence[Sequence[str]]) -> tuple[Factor, ...]:
    new = {
        name: f"*{axis}.{number}" for axis, found in zip(axes, order, strict=True) for number, name in enumerate(found)
    }
    made = ((leaf, tuple(new.get(str(one), one) for one in places), power) for leaf, places, power in factors)
    return tuple(sorted(made, key=_factor_key))


def _factor_key(factor: Factor) -> tuple[str, tuple[str, ...], int]:
    return factor[0], tuple(map(str, factor[1])), factor[2]


def _sorting(factors: tuple[Factor, ...]) -> Any:
    return tuple(map(_factor_key, factors))
