"""Printed formulas read back, and a layer of fractions to read them with: the pen that follows a page of proof.

Nothing here knows the program but for the rows of a page: the characters are read, the numbers worked out by hand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import product
from math import isqrt

from bnverify.proof.parts import Row

# -- a reader of printed formulas

LOW = "ᵢⱼₖₗₘₚ₁₂₃₄"
TOKEN = re.compile(
    rf"(?P<derivative>[∂d][^\s()·/]+/[∂d][^\s()·/]+)|(?P<sum>Σ[{LOW}])|(?P<number>\d+)|(?P<delta>δ[{LOW}]{{2}})"
    rf"|(?P<power>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?P<name>σ²|[^\W\d_]\u0302?(?:[{LOW}]+)?)|(?P<sign>[+−·/()√])|\s+"
)
HIGH = {letter: str(place) for place, letter in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}
Places = Mapping[str, int]


def root(square: Fraction) -> Fraction:
    found = Fraction(isqrt(square.numerator), isqrt(square.denominator))
    assert found**2 == square
    return found


def places_in(name: str) -> tuple[str, str]:
    """A name without its indices, and its indices."""
    return re.sub(f"[{LOW}]", "#", name), "".join(re.findall(f"[{LOW}]", name))


@dataclass
class Reader:
    """Values of printed formulas, for numbers given to the letters; a derivative is known once its row was read."""

    values: dict[str, object]
    n: int
    known: dict[tuple[str, tuple[int, ...]], Fraction] = field(default_factory=dict)

    def read(self, formula: str, places: Places) -> Fraction:
        tokens = []
        position = 0
        for found in TOKEN.finditer(formula):
            assert found.start() == position, (formula, formula[position:])
            position = found.end()
            if found.lastgroup:
                tokens.append((found.lastgroup, found.group()))
        assert position == len(formula), (formula, formula[position:])
        value, rest = self.added(tokens, places)
        assert not rest, (formula, rest)
        return value

    def added(self, tokens, places):  # type: ignore[no-untyped-def]
        total, sign = Fraction(0), 1
        if tokens[0] == ("sign", "−"):
            sign, tokens = -1, tokens[1:]
        while True:
            value, tokens = self.multiplied(tokens, places)
            total += sign * value
            if not tokens or tokens[0][1] not in ("+", "−"):
                return total, tokens
            sign, tokens = (1 if tokens[0][1] == "+" else -1), tokens[1:]

    def multiplied(self, tokens, places):  # type: ignore[no-untyped-def]
        value = Fraction(1)
        while tokens and tokens[0][1] not in ("+", "−", ")"):
            if tokens[0][1] == "·":
                tokens = tokens[1:]
            factor, tokens = self.factor(tokens, places)
            while tokens and tokens[0][1] == "/":
                below, tokens = self.factor(tokens[1:], places)
                factor /= below
            value *= factor
        return value, tokens

    def factor(self, tokens, places):  # type: ignore[no-untyped-def]
        (kind, text), tokens = tokens[0], tokens[1:]
        if kind == "sum":
            return self.summed(text[1], tokens, places)
        if text == "√":
            inner, tokens = self.factor(tokens, places)
            return root(inner), tokens
        if text == "(":
            value, tokens = self.added(tokens, places)
            tokens = tokens[1:]
        elif kind == "number":
            value = Fraction(int(text))
        elif kind == "delta":
            value = Fraction(places[text[1]] == places[text[2]])
        else:
            value = self.named(text, places)
        if tokens and tokens[0][0] == "power":
            value **= int("".join(HIGH[letter] for letter in tokens[0][1]))
            tokens = tokens[1:]
        return value, tokens

    def summed(self, index, tokens, places):  # type: ignore[no-untyped-def]
        results = [self.factor(tokens, {**places, index: place}) for place in range(self.n)]
        return sum((value for value, _ in results), Fraction(0)), results[0][1]

    def named(self, name: str, places: Places) -> Fraction:
        stem, index = places_in(name)
        where = tuple(places[letter] for letter in index)
        if (stem, where) in self.known:
            return self.known[stem, where]
        value = self.values[stem]
        return value[where[0]] if where else value  # type: ignore[index,return-value]

    def equation(self, row: Row) -> int:
        """All forms of a row are equal, for all choices of its indices; from now on its name is known."""
        letters = sorted(set(re.findall(f"[{LOW}]", row.name)) - set("₁₂₃₄"))
        stem, index = places_in(row.name)
        is_name = re.fullmatch(r"[∂d]\S+/[∂d]\S+|\S", stem.replace("#", "")) is not None
        for chosen in product(range(self.n), repeat=len(letters)):
            places = {**NUMBERED, **dict(zip(letters, chosen, strict=True))}
            values = {self.read(form, places) for form in row.forms if form != row.name}
            assert len(values) == 1, (row, values)
            if row.name == "together":
                continue
            if is_name and ("/" in stem or stem not in self.values):
                self.known[stem, tuple(places[letter] for letter in index)] = next(iter(values))
            assert self.read(row.name, places) in values, row
        return len(row.forms)


NUMBERED = {"₁": 0, "₂": 1, "₃": 2, "₄": 3}


# -- numbers for the letters, by the definitions


@dataclass(frozen=True)
class Layer:
    """Batch norm in fractions; `s` is what x-hat divides by."""

    x: tuple[Fraction, ...]
    g: tuple[Fraction, ...]
    gamma: Fraction
    epsilon: Fraction
    unbiased: bool = False
    outside: bool = False

    @property
    def n(self) -> int:
        return len(self.x)

    @property
    def mu(self) -> Fraction:
        return sum(self.x, Fraction(0)) / self.n

    @property
    def v(self) -> Fraction:
        return sum(((x - self.mu) ** 2 for x in self.x), Fraction(0)) / (self.n - self.unbiased)

    @property
    def s(self) -> Fraction:
        return root(self.v) + self.epsilon if self.outside else root(self.v + self.epsilon)

    @property
    def xhat(self) -> list[Fraction]:
        return [(x - self.mu) / self.s for x in self.x]

    def by_x(self, i: int) -> Fraction:
        """dL/dx_i: gamma/s (g_i - mean of g - xhat_i sum g xhat/(n or n-1) times ds/dv 2 s), by hand."""
        slope = 1 / (2 * (root(self.v) if self.outside else self.s))
        by_s = -self.gamma * sum(g * h for g, h in zip(self.g, self.xhat, strict=True)) / self.s
        by_v = by_s * slope
        direct = self.gamma * self.g[i] / self.s
        mean = self.gamma * sum(self.g, Fraction(0)) / self.s / self.n
        return direct - mean + by_v * 2 * (self.x[i] - self.mu) / (self.n - self.unbiased)

    def by_gamma(self) -> Fraction:
        return sum((g * h for g, h in zip(self.g, self.xhat, strict=True)), Fraction(0))

    def reader(self) -> Reader:
        values: dict[str, object] = {
            "x#": self.x, "g#": self.g, "x\u0302#": self.xhat, "μ": self.mu, "σ²": self.v, "v": self.v, "s": self.s,
            "γ": self.gamma, "β": Fraction(1), "ε": self.epsilon, "n": Fraction(self.n),
            "y#": [self.gamma * h + 1 for h in self.xhat],
        }  # fmt: skip
        return Reader(values, self.n)


BIASED = Layer(
    (Fraction(1), Fraction(2), Fraction(3), Fraction(6)),
    tuple(map(Fraction, (1, 0, 2, 1))),
    Fraction(3),
    Fraction(1, 2),
)
UNBIASED = Layer((Fraction(0), Fraction(2)), (Fraction(5), Fraction(1)), Fraction(-3), Fraction(7), unbiased=True)


def outside(layer: Layer) -> Layer:
    return Layer(
        (Fraction(0), Fraction(0), Fraction(4), Fraction(4)), layer.g, layer.gamma, Fraction(3), layer.unbiased, True
    )
