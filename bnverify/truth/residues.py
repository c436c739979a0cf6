"""Values modulo a prime at a few weighted places: what differs here differs for almost every n."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from hashlib import blake2b

from bnverify.model.forward import Forward
from bnverify.model.quantities import EPSILON, MEAN, VARIANCE
from bnverify.truth.domain import Integrating, Point, Undecidable, Undefined

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

    def count(self) -> int:
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
        if square == 0:
            return 0
        if square not in self.roots:
            self.roots[square] = self.find_root(square)
        return self.roots[square]

    def find_root(self, square: int) -> int:
        v = self.variance()
        s, t = self.random("s"), pow(v, (PRIME + 1) // 4, PRIME)
        for radicand, root in ((s * s, s), (v, t), (1, 1), (s**6, s**3), (v**3, v * t), (s * s * v, s * t)):
            small = small_root(square * pow(radicand, -1, PRIME) % PRIME) if radicand % PRIME else None
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
        varies = points or name == MEAN
        return self.random((name, tuple(point.place for point in points), (self.variant, self.salt) if varies else 0))

    def integral(self, body: Callable[[Point], int], kind: int) -> int:
        return sum(weight * body(Point(kind, -1 - place)) for place, weight in enumerate(self.weights)) % PRIME


class ResiduesAt(Residues):
    """Values modulo PRIME at one batch size n; the place of a point is its sample, 0-based."""

    def __init__(self, forward: Forward, n: int) -> None:
        self.size = n
        super().__init__(forward)

    def count(self) -> int:
        return self.size

    def total(self, body: Callable[[Point], int], scope: frozenset[Point], apart: bool) -> int:
        return sum(body(Point(place, place)) for place in range(self.size)) % PRIME


def small_root(residue: int) -> int | None:
    """The positive root modulo PRIME of the square of a small rational number, or None."""
    for below in range(1, 13):
        above = residue * below * below % PRIME
        root = round(above**0.5) if above < 20_000 else 0
        if root and root * root == above:
            return root * pow(below, -1, PRIME) % PRIME
    return None
