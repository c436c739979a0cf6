"""Values modulo a prime at a few weighted places: what differs here differs for almost every n."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from hashlib import blake2b
from itertools import count

from bnverify.model.axes import axis_of
from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, INPUT, MEAN, TARGET, VARIANCE
from bnverify.truth.domain import Integrating, Point
from bnverify.truth.verdict import Undecidable, Undefined

PRIME = 2**61 - 1
"""A Mersenne prime, 3 modulo 4: a square root of a square a is a ** ((p + 1) / 4)."""


class NoRoot(Exception):
    """A number without a square root was met; another seed may do better."""


class Residues(Integrating[int]):
    """Values modulo PRIME at weighted places; `seed` chooses them, `variant` other samples and gradients only.

    s = sqrt(v + eps) and t = sqrt(v) are free, eps = s^2 - v; the places are drawn again until v is a square.
    """

    PLACES = 5

    def __init__(self, forward: Forward, freed: frozenset[str] = frozenset(), seed: int = 1, variant: int = 0) -> None:
        super().__init__(forward, freed)
        self.variant = variant
        self.salt = 0
        """Drawn again in a variant: the samples alone, as n and s are those of the first variant."""
        self.drawn: dict[object, int] = {}
        self.roots: dict[int, int] = {}
        self.seed = seed
        self.draw_places()
        while not self.variance_is_square():
            if variant:
                self.salt += 1
            else:
                self.seed += 1_000_003
            self.draw_places()

    def draw_places(self) -> None:
        self.known.clear()
        self.drawn.clear()
        self.weights = [self.random(("weight", place)) for place in range(self.PLACES)]
        self.n = sum(self.weights) % PRIME

    def weights_of(self, axis: int) -> Sequence[int]:
        """The weights of the places along an axis."""
        return self.weights

    def variance_is_square(self) -> bool:
        return pow(self.variance(), (PRIME - 1) // 2, PRIME) != PRIME - 1

    def variance(self) -> int:
        return self.quantity(VARIANCE, ())

    def random(self, key: object) -> int:
        """A number that depends on the key and the seed alone."""
        if key not in self.drawn:
            words = repr((self.seed, key)).encode()
            self.drawn[key] = 2 + int.from_bytes(blake2b(words, digest_size=8).digest(), "big") % (PRIME - 4)
        return self.drawn[key]

    def number(self, value: Fraction) -> int:
        if value.denominator == 1:
            return value.numerator % PRIME
        return value.numerator * pow(value.denominator, -1, PRIME) % PRIME

    def count(self, axis: int) -> int:
        return self.n

    def add(self, parts: Sequence[int]) -> int:
        return sum(parts) % PRIME

    def multiply(self, parts: Sequence[int]) -> int:
        product = 1
        for part in parts:
            product = product * part % PRIME
        return product

    def power(self, base: int, exponent: Fraction) -> int:
        if exponent.denominator == 2:
            base, exponent = self.root(base), 2 * exponent
        if exponent.denominator != 1:
            raise Undecidable("only whole and half powers are worked out")
        if base == 0 and exponent < 0:
            raise Undefined("a division by zero")
        return pow(base, exponent.numerator, PRIME)

    def root(self, square: int) -> int:
        """The residue of the positive root of a small multiple of v + eps, v, their cubes, or 1."""
        if square not in self.roots:
            self.roots[square] = self.find_root(square)
        return self.roots[square]

    def known_roots(self) -> Iterator[tuple[int, int]]:
        """s and t: the roots of v + eps and of v."""
        yield self.random("s"), self.any_root(self.variance())

    def find_root(self, square: int) -> int:
        for s, t in self.known_roots():
            for root in (s, t, 1, s**3, t**3, s * t):
                small = small_root(square * pow(root * root, -1, PRIME) % PRIME) if root % PRIME else None
                if small is not None:
                    return root * small % PRIME
        return self.any_root(square)

    def any_root(self, square: int) -> int:
        """A root of unknown sign: what rests on it is a hint, never a verdict."""
        root = pow(square, (PRIME + 1) // 4, PRIME)
        if root * root % PRIME != square:
            raise NoRoot
        return root

    def leaf(self, name: str, points: tuple[Point, ...]) -> int:
        if name == EPSILON:
            s = self.random("s")
            return (s * s - self.variance()) % PRIME
        total = self.forward.layer.targets
        if name == TARGET and points and total is not None and points[0].place == self.last_place:
            return self.rest_of_target(self.number(total))
        varies = points or name == MEAN
        return self.random((name, tuple(point.place for point in points), (self.variant, self.salt) if varies else 0))

    last_place = -1
    """The place whose target is what the others leave of the sum."""

    def rest_of_target(self, total: int) -> int:
        others = sum(
            weight * self.leaf(TARGET, (Point(0, -1 - place),)) for place, weight in enumerate(self.weights) if place
        )
        return (total - others) * pow(self.weights[0], -1, PRIME) % PRIME

    def logarithm_of(self, value: int) -> int:
        return self.random(("log", value))

    def integral(self, body: Callable[[Point], int], kind: int, axis: int) -> int:
        return sum(weight * body(Point(kind, -1 - place)) for place, weight in enumerate(self.weights)) % PRIME


class ResiduesAt(Residues):
    """Values modulo PRIME at one batch size n, for inputs with one index; the place of a point is its sample."""

    last_place = 0

    def __init__(self, forward: Forward, n: int) -> None:
        self.size = n
        super().__init__(forward)

    def rest_of_target(self, total: int) -> int:
        return (total - sum(self.leaf(TARGET, (Point(0, place),)) for place in range(1, self.size))) % PRIME

    def count(self, axis: int) -> int:
        return self.size

    def total(self, body: Callable[[Point], int], axis: int, scope: frozenset[Point], apart: bool) -> int:
        return sum(body(Point(place, place, axis)) for place in range(self.size)) % PRIME


PLACES_ALONG = {1: (5,), 2: (4, 3)}
"""Places along the axes that a statistic runs over, by their number."""
OTHER_PLACES = 3
"""Along each of more, and of the others: with two of them every determinant of three sums would be zero."""


class ResiduesOfRows(Residues):
    """The same where the input has several axes: each row of samples has a mean and a variance of its own.

    eps is free; the samples of a row are drawn again until its v and its v + eps are squares. The signs of their
    roots are chosen at random, which a true identity survives: each root may be replaced by its opposite.
    """

    def draw_places(self) -> None:
        super().draw_places()
        self.salts: dict[tuple[int, ...], int] = {}
        self.variances: dict[tuple[int, ...], int] = {}
        """Of rows whose variance is free."""
        self.weights_along = [
            [self.random(("weight", axis, place)) for place in range(self.places(axis))]
            for axis in range(self.forward.layer.rank)
        ]

    def places(self, axis: int) -> int:
        over = self.forward.layer.over
        places = PLACES_ALONG.get(len(over), (OTHER_PLACES,) * len(over))
        return places[over.index(axis)] if axis in over else OTHER_PLACES

    def weights_of(self, axis: int) -> Sequence[int]:
        return self.weights_along[axis]

    def variance_is_square(self) -> bool:
        return True

    def count(self, axis: int) -> int:
        return sum(self.weights_along[axis]) % PRIME

    def integral(self, body: Callable[[Point], int], kind: int, axis: int) -> int:
        weights = enumerate(self.weights_along[axis])
        return sum(weight * body(Point(kind, -1 - place, axis)) for place, weight in weights) % PRIME

    def leaf(self, name: str, points: tuple[Point, ...]) -> int:
        if name == EPSILON:
            return self.random(EPSILON)
        total = self.forward.layer.targets
        if name == TARGET and total is not None and points[self.forward.layer.over[0]].place == self.last_place:
            return self.rest_of_targets(points, self.number(total))
        places = tuple(point.place for point in points)
        if name == VARIANCE:
            return self.free_variance(places)
        row = tuple(places[axis] for axis in self.forward.layer.kept) if name == INPUT else ()
        salt = self.salt_of(row) if name == INPUT else 0
        return self.random((name, places, self.variant if places else 0, salt))

    def rest_of_targets(self, points: tuple[Point, ...], total: int) -> int:
        """What the other targets of a row leave of their sum."""
        axis = self.forward.layer.over[0]
        first, *weights = self.weights_along[axis]
        others = 0
        for place, weight in enumerate(weights, 1):
            others += weight * self.leaf(TARGET, (*points[:axis], Point(0, -1 - place, axis), *points[axis + 1 :]))
        return (total - others) * pow(first, -1, PRIME) % PRIME

    def free_variance(self, row: tuple[int, ...]) -> int:
        """The variance of a row where it is a free symbol: a square, as v + eps is one."""
        if row not in self.variances:
            self.variances[row] = next(v for k in count() if self.has_roots(v := self.random((VARIANCE, row, k))))
        return self.variances[row]

    def has_roots(self, v: int) -> bool:
        squares = (v, v + self.random(EPSILON))
        return all(pow(one, (PRIME - 1) // 2, PRIME) != PRIME - 1 for one in squares)

    def salt_of(self, row: tuple[int, ...]) -> int:
        node = self.nodes.get(VARIANCE)
        if row not in self.salts and node is not None:
            index = zip(node.index, row, strict=True)
            points = {name: Point(0, place, axis_of(name)) for name, place in index}
            known = self.known
            try:
                for self.salts[row] in count():
                    self.known = {}
                    if self.has_roots(self.value(node.value, points)):
                        break
            except BaseException:  # what was granted is spent
                del self.salts[row]
                raise
            finally:
                self.known = known
        return self.salts.get(row, 0)

    def known_roots(self) -> Iterator[tuple[int, int]]:
        axes = self.forward.layer.kept
        rows = {
            row: self.quantity(VARIANCE, tuple(Point(0, place, axis) for place, axis in zip(row, axes, strict=True)))
            for row in list(self.salts)
        }
        for v in {**rows, **self.variances}.values():
            yield self.any_root((v + self.random(EPSILON)) % PRIME), self.any_root(v)


def residues(forward: Forward, freed: frozenset[str], seed: int, variant: int) -> Residues:
    """The residues of a forward pass, with some statistics free."""
    return (ResiduesOfRows if forward.layer.rank > 1 else Residues)(forward, freed, seed, variant)


def small_root(residue: int) -> int | None:
    """The positive root modulo PRIME of the square of a small rational number, or None."""
    for below in range(1, 13):
        above = residue * below * below % PRIME
        root = round(above**0.5) if above < 20_000 else 0
        if root and root * root == above:
            return root * pow(below, -1, PRIME) % PRIME
    return None
