"""Exact rational functions in n, the moments of the batch and the values at the free indices.

A value is a numerator and a factored denominator. sqrt(v + eps) = s and sqrt(v) = t are free generators with
eps = s^2 - t^2; a sum of monomials in the values of one sample is a moment P_ab = sum_j x_j^a g_j^b; the moments
that the statistics define are eliminated (P_10 = n mu, P_20 = (n or n-1) v + n mu^2). What is left is independent,
so a numerator that is zero proves an identity for every n, and one that is not refutes it for almost every n.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from math import isqrt
from typing import Any, TypeVar

from flint import Ordering, fmpq, fmpq_mpoly_ctx

from bnverify.frozen import frozen
from bnverify.limits import exceeded, most
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, TARGET, VARIANCE
from bnverify.truth.domain import Integrating, Point
from bnverify.truth.verdict import Undecidable, Undefined
from bnverify.truth.work import spend

PRODUCTS_PER_UNIT = 8
"""Products of terms that take as long as the value of one node (`truth/work.py`)."""

T = TypeVar("T")
Denominator = tuple[tuple[int, int], ...]
"""Pairs of a factor's number in `RationalFunctions.factors` and its exponent, sorted."""


@frozen
class Ratio:
    above: Any
    below: Denominator = ()


class MissingGenerator(Exception):
    """A generator was met for which the polynomial ring has no place."""


class RationalFunctions(Integrating[Ratio]):
    """A generator that is met takes a place in the ring; where none is left, all is done again in a larger one."""

    ROOM = 32
    """Generators of the first ring."""
    POSITIVE = ("n", "s", "t")

    def __init__(self, forward: Forward) -> None:
        super().__init__(forward)
        self.names: list[str] = ["n", "s", "t"]
        self.room = self.ROOM
        self.moments: dict[str, dict[str, int]] = {}
        self.rebuild()

    def rebuild(self) -> None:
        self.ring = fmpq_mpoly_ctx.get([f"q{k}" for k in range(self.room)], Ordering.degrevlex)
        self.start_anew()

    def start_anew(self) -> None:
        """Nothing is worked out in a new ring."""
        self.generators = dict(zip(self.names, self.ring.gens(), strict=False))
        self.one = self.ring.constant(1)
        self.factors: list[Any] = []
        self.factor_numbers: dict[str, int] = {}
        self.known.clear()
        self.ready = False
        self.solved: dict[str, Ratio] = {}
        self.squares: dict[str, Any] = {}
        self.logarithms: dict[str, Any] = {}

    def work_out(self, work: Callable[[], T]) -> T:
        """Run `work`, with a larger ring as often as it meets a new generator."""
        while True:
            try:
                if not self.ready:
                    self.solve_statistics()
                    self.ready = True
                return work()
            except MissingGenerator:
                self.room *= 2
                self.rebuild()

    def is_positive(self, name: str) -> bool:
        return name in self.POSITIVE

    def variable(self, name: str) -> str:
        """What the ring calls a generator."""
        return f"q{self.names.index(name)}"

    def written(self, poly: Any) -> str:
        """A polynomial in the names of the generators."""
        return re.sub(r"q(\d+)", lambda found: self.names[int(found[1])], str(poly))

    def used_in(self, poly: Any) -> list[str]:
        """The generators that occur in a polynomial."""
        return [name for name, degree in zip(self.names, poly.degrees(), strict=False) if degree > 0]

    def generator(self, name: str) -> Ratio:
        if name not in self.generators:
            if len(self.names) == self.room:
                raise MissingGenerator(name)
            self.generators[name] = self.ring.gen(len(self.names))
            self.names.append(name)
        return Ratio(self.generators[name])

    # -- the statistics as generators

    def solve_statistics(self) -> None:
        """Take each statistic as free and eliminate the highest moment of its definition instead."""
        if self.forward.leaf(TARGET) is not None and self.forward.layer.targets is not None:
            self.solved[f"sum {TARGET}^1"] = self.number(self.forward.layer.targets)
        for node in self.forward.nodes:
            if not node.is_statistic:
                continue
            value = self.value(node.value, {})
            moment = self.linear_moment(value)
            if moment is None:
                raise Undecidable(f"the definition of {node.name} cannot be solved for a moment of the batch")
            self.solved[moment] = self.solve(value, moment, self.statistic(node.name))
            self.known.clear()

    def statistic(self, name: str, points: tuple[Point, ...] = ()) -> Ratio:
        if name == VARIANCE:
            root = self.generator("t")
            return self.multiply([root, root])
        return self.generator(name)

    def linear_moment(self, value: Ratio) -> str | None:
        degrees = dict(zip(self.names, value.above.degrees(), strict=False))
        found = [name for name in self.moments if degrees.get(name) == 1]
        return max(found, key=lambda name: sum(self.moments[name].values()), default=None)

    def solve(self, value: Ratio, moment: str, statistic: Ratio) -> Ratio:
        """The moment P from statistic = (c P + rest) / below."""
        generator = self.generators[moment]
        coefficient = value.above.derivative(self.variable(moment))
        rest = Ratio(value.above - coefficient * generator)
        scaled = self.multiply([statistic, Ratio(self.denominator(value.below))])
        return self.multiply([self.add([scaled, self.negative(rest)]), self.power(Ratio(coefficient), Fraction(-1))])

    def quantity(self, name: str, points: tuple[Point, ...]) -> Ratio:
        node = self.nodes.get(name)
        if node is not None and node.is_statistic:
            return self.statistic(name, points)
        return super().quantity(name, points)

    # -- arithmetic

    def number(self, value: Fraction) -> Ratio:
        return Ratio(self.ring.constant(fmpq(value.numerator, value.denominator)))

    def count(self, axis: int) -> Ratio:
        return self.generator("n")

    def negative(self, value: Ratio) -> Ratio:
        return Ratio(-value.above, value.below)

    def add(self, parts: Sequence[Ratio]) -> Ratio:
        common: dict[int, int] = {}
        for part in parts:
            for factor, exponent in part.below:
                common[factor] = max(common.get(factor, 0), exponent)
        above = self.ring.constant(0)
        for part in parts:
            spend(1 + len(above) // PRODUCTS_PER_UNIT)
            above += self.scaled(part, common)
        return self.checked(above, tuple(sorted(common.items())))

    def scaled(self, part: Ratio, common: dict[int, int]) -> Any:
        above, own = part.above, dict(part.below)
        for factor, exponent in common.items():
            lacking = exponent - own.get(factor, 0)
            if lacking:
                above = self.product(above, self.raised_poly(self.factors[factor], lacking))
        return above

    def product(self, left: Any, right: Any) -> Any:
        """left * right. Raises Undecidable before the work where it is too much, and TooMuch."""
        terms = len(left) * len(right)
        spend(1 + terms // PRODUCTS_PER_UNIT)
        return self.bounded(left * right)

    def raised_poly(self, base: Any, exponent: int) -> Any:
        """base ** exponent, in steps of which each is bounded."""
        if len(base) < 2:
            return base**exponent
        power = self.one
        for _ in range(exponent):
            power = self.product(power, base)
        return power

    @staticmethod
    def bounded(poly: Any) -> Any:
        if len(poly) > most("terms"):
            raise Undecidable(exceeded("terms"))
        return poly

    def multiply(self, parts: Sequence[Ratio]) -> Ratio:
        above, below = self.one, dict[int, int]()
        for part in parts:
            above = self.product(above, part.above)
            for factor, exponent in part.below:
                below[factor] = below.get(factor, 0) + exponent
        return self.checked(above, tuple(sorted(below.items())))

    def checked(self, above: Any, below: Denominator) -> Ratio:
        return Ratio(self.bounded(above), below if above else ())

    def power(self, base: Ratio, exponent: Fraction) -> Ratio:
        if exponent.denominator == 2:
            base, exponent = self.root(base), 2 * exponent
        if exponent.denominator != 1:
            raise Undecidable("only whole and half powers are worked out")
        if exponent < 0:
            base, exponent = self.inverse(base), -exponent
        below = tuple((factor, e * exponent.numerator) for factor, e in base.below)
        return self.checked(self.raised_poly(base.above, exponent.numerator), below)

    def inverse(self, value: Ratio) -> Ratio:
        """The monomial part of the numerator becomes powers of generators, the rest one factor."""
        if not value.above:
            raise Undefined("a division by zero")
        least = [min(powers) for powers in zip(*value.above.monoms(), strict=True)]
        below = [
            (self.factor_number(self.generators[name]), exponent)
            for name, exponent in zip(self.names, least, strict=False)
            if exponent
        ]
        monomial = self.ring.from_dict({tuple(least): 1})
        rest, _ = divmod(value.above, monomial)
        scale = rest.leading_coefficient()
        if not rest.is_constant():
            below.append((self.factor_number(rest / scale), 1))
        return Ratio(self.denominator(value.below) / scale, tuple(sorted(below)))

    def factor_number(self, factor: Any) -> int:
        key = str(factor)
        if key not in self.factor_numbers:
            self.factor_numbers[key] = len(self.factors)
            self.factors.append(factor)
        return self.factor_numbers[key]

    def denominator(self, below: Denominator) -> Any:
        product = self.one
        for factor, exponent in below:
            product = self.product(product, self.raised_poly(self.factors[factor], exponent))
        return product

    def root(self, value: Ratio) -> Ratio:
        """The root of a square of positive generators."""
        if not value.above:
            return value
        value = self.reduced(value)
        try:
            return Ratio(self.monomial_root(value.above), tuple(self.factor_root(*one) for one in value.below))
        except Undecidable:
            return self.radical(value)

    def radical(self, value: Ratio) -> Ratio:
        """sqrt(a/b) = sqrt(a b)/b for b > 0, with sqrt(a b) a generator of its own whose square is known."""
        names = [self.written(self.factors[factor]) for factor, _ in value.below]
        if not all(self.is_positive(name) or name == "n - 1" for name in names):
            raise Undecidable("a root over something that may be negative is not worked out")
        square = value.above * self.denominator(value.below)
        outside, square = self.split_square(square)
        name = f"sqrt({self.written(square)})"
        root = self.generator(name)
        self.squares[name] = square
        return Ratio(outside * root.above, value.below)

    def split_square(self, square: Any) -> tuple[Any, Any]:
        """The largest monomial in positive generators whose square divides, and what is left under the root."""
        least = [min(powers) for powers in zip(*square.monoms(), strict=True)]
        named = zip(least, [*self.names, *[""] * (len(least) - len(self.names))], strict=True)
        halves = [int(e) // 2 if self.is_positive(name) else 0 for e, name in named]
        outside = self.ring.from_dict({tuple(halves): 1})
        return outside, divmod(square, outside**2)[0]

    def has_radicals(self, above: Any) -> bool:
        degrees = above.degrees()
        return any(degrees[self.names.index(name)] for name in self.squares)

    def without_squares(self, above: Any) -> Any:
        """A numerator with every square of a radical replaced by what it is the square of."""
        for name, square in reversed(self.squares.items()):
            place = self.names.index(name)
            while above and above.degrees()[place] > 1:
                spend(len(above))
                low, high = self.ring.constant(0), self.ring.constant(0)
                for powers, coefficient in above.to_dict().items():
                    if powers[place] > 1:
                        lowered = (*powers[:place], powers[place] - 2, *powers[place + 1 :])
                        high += self.ring.from_dict({lowered: coefficient})
                    else:
                        low += self.ring.from_dict({powers: coefficient})
                above = low + self.product(high, square)
        return above

    def reduced(self, value: Ratio) -> Ratio:
        """The same value with the factors of the denominator divided out as often as they fit."""
        above, below = value.above, list[tuple[int, int]]()
        for factor, exponent in value.below:
            while exponent and not (quotient := self.divided(above, self.factors[factor]))[1]:
                above, exponent = quotient[0], exponent - 1
            if exponent:
                below.append((factor, exponent))
        return Ratio(above, tuple(below))

    def divided(self, above: Any, factor: Any) -> tuple[Any, Any]:
        """Quotient and remainder."""
        spend(1 + len(above) * len(factor) // PRODUCTS_PER_UNIT)
        quotient, rest = divmod(above, factor)
        return quotient, rest

    def monomial_root(self, square: Any) -> Any:
        why = Undecidable("a root of anything but the variance (plus epsilon) is not worked out")
        terms = list(square.terms())
        if len(terms) != 1:
            raise why
        powers, coefficient = terms[0]
        above, below = int(coefficient.p), int(coefficient.q)
        exact = above > 0 and isqrt(above) ** 2 == above and isqrt(below) ** 2 == below
        positive = all(self.is_positive(name) for name, e in zip(self.names, powers, strict=False) if e)
        if not exact or not positive or any(e % 2 for e in powers):
            raise why
        halves = tuple(int(e) // 2 for e in powers)
        return self.ring.from_dict({halves: fmpq(isqrt(above), isqrt(below))})

    def factor_root(self, factor: int, exponent: int) -> tuple[int, int]:
        name = self.written(self.factors[factor])
        if exponent % 2 or not (self.is_positive(name) or name == "n - 1"):
            raise Undecidable("a root of anything but the variance (plus epsilon) is not worked out")
        return factor, exponent // 2

    def logarithm_of(self, value: Ratio) -> Ratio:
        """The logarithms of the numerator and of the factors below are symbols of their own."""
        if not value.above:
            raise Undefined("the logarithm of zero")
        value = self.reduced(value)
        parts = [self.logarithm_of_polynomial(value.above)]
        for factor, exponent in value.below:
            below = self.logarithm_of_polynomial(self.factors[factor])
            parts.append(self.multiply([self.number(Fraction(-int(exponent))), below]))
        return self.add(parts)

    def logarithm_of_polynomial(self, poly: Any) -> Ratio:
        if poly == self.one:
            return self.number(Fraction(0))
        name = f"log({self.without_place(poly)}"
        self.logarithms[name] = poly
        return self.generator(name)

    def without_place(self, poly: Any) -> str:
        """The inside of a logarithm; of one that speaks of one sample alone the place stands behind it."""
        written, used = self.written(poly), self.used_in(poly)
        ends = {"@".join(name.split("@")[1:]) for name in used if "@" in name}
        if len(ends) != 1 or "@" in (end := ends.pop()) or any(name in self.squares for name in used):
            return f"{written})"
        return f"{written.replace(f'@{end}', '')})@{end}"

    # -- leaves and sums

    def leaf(self, name: str, points: tuple[Point, ...]) -> Ratio:
        if name == EPSILON:
            s, v = self.generator("s"), self.statistic(VARIANCE)
            return self.add([self.multiply([s, s]), self.negative(v)])
        if name == VARIANCE:
            return self.statistic(name)
        return self.generator("@".join((name, *(str(point.place) for point in points))))

    def integral(self, body: Callable[[Point], Ratio], kind: int, axis: int) -> Ratio:
        value = body(Point(kind, -kind))
        spend(len(value.above))
        suffix = f"@{-kind}"
        if any(suffix in name for factor, _ in value.below for name in self.used_in(self.factors[factor])):
            value = self.reduced(value)
        self.refuse_hidden(value, str(-kind), suffix)
        own = [place for place, name in enumerate(self.names) if name.endswith(suffix)]
        if any(any(self.factors[factor].degrees()[place] for place in own) for factor, _ in value.below):
            raise Undecidable("a sum over a quotient whose denominator changes from sample to sample is not worked out")
        groups: dict[tuple[int, ...], dict[tuple[int, ...], Any]] = {}
        for powers, coefficient in value.above.to_dict().items():
            moment = tuple(powers[place] for place in own)
            rest = list(powers)
            for place in own:
                rest[place] = 0
            groups.setdefault(moment, {})[tuple(rest)] = coefficient
        named = [self.names[place].removesuffix(suffix) for place in own]
        parts = [
            self.multiply(
                [Ratio(self.ring.from_dict(rest), value.below), self.moment(dict(zip(named, powers, strict=True)))]
            )
            for powers, rest in groups.items()
        ]
        return self.add(parts)

    def refuse_hidden(self, value: Ratio, place: str, suffix: str) -> None:
        """Radicals and symbols with several indices that depend on the sample summed over are no monomials in it."""
        used = [value.above, *(self.factors[factor] for factor, _ in value.below)]
        for position, name in enumerate(self.names):
            own = name.startswith("log(") and name.endswith(suffix) and name.count("@") == 1
            inside = (name in self.squares or name.startswith("log(")) and suffix in name and not own
            several = name.count("@") > 1 and place in name.split("@")[1:]
            if (inside or several) and any(part.degrees()[position] for part in used):
                raise Undecidable("a sum over roots or symbols of several indices is not worked out")

    def moment(self, powers: dict[str, int]) -> Ratio:
        """sum_j of a monomial in the values of sample j; without any it is n."""
        powers = {name: exponent for name, exponent in sorted(powers.items()) if exponent}
        if not powers:
            return self.count(0)
        name = "sum " + " ".join(f"{leaf}^{exponent}" for leaf, exponent in powers.items())
        if name in self.solved:
            return self.solved[name]
        self.moments[name] = powers
        return self.generator(name)
