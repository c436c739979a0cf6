"""Constant factors that a term can have too many or too few: a table of single slips, and their products."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement

from bnverify.frozen import frozen
from bnverify.model.conventions import HALF, Epsilon, Variance
from bnverify.model.forward import Forward, denominator, normalisation
from bnverify.model.quantities import NORMALISED, SCALE, VARIANCE
from bnverify.model.terms import (
    Count,
    Power,
    Term,
    Times,
    Value,
    number,
    plus,
    power,
    swapped,
    times,
)
from bnverify.trial.inputs import Setting

Product = tuple[tuple[str, int], ...]
"""Powers of a few symbols, sorted: (("gamma", -1), ("n", 1))."""
MINUS, TWO, SIZE, LESS, GAIN, ROOT, BARE, OTHER = "-1", "2", "n", "n-1", "gamma", "s", "root v", "other"
OUTSIDE, INSIDE = "outside", "inside"
MOST_MOVES = 3


@frozen
class Said:
    """How a slip is told: behind `equals the true dx`, and behind `the third term`."""

    whole: str
    term: str


FACTORS: Mapping[Product, Said] = {
    ((MINUS, 1),): Said("with the opposite sign", "has the opposite sign"),
    ((GAIN, -1),): Said("without gamma", "lacks gamma"),
    ((GAIN, 1),): Said("with gamma twice", "has gamma twice"),
    ((TWO, 1),): Said("times 2", "is twice as large"),
    ((TWO, -1),): Said("divided by 2", "is half as large (a 2 is lost, as of the derivative of a square)"),
    ((SIZE, 1),): Said("not divided by n", "is not divided by n (a sum where a mean belongs)"),
    ((SIZE, -1),): Said("divided by n once more", "is divided by n once more (a mean where a sum belongs)"),
    ((SIZE, 1), (LESS, -1)): Said("with 1/(n-1) for 1/n", "uses 1/(n-1) in place of 1/n"),
    ((SIZE, -1), (LESS, 1)): Said("with 1/n for 1/(n-1)", "uses 1/n in place of 1/(n-1)"),
    ((LESS, -1),): Said("divided by n-1 once more", "is divided by n-1 once more"),
    ((ROOT, 1),): Said("not divided by s", "lacks a division by s"),
    ((ROOT, 2),): Said("not divided by s^2", "lacks a division by s^2"),
    ((ROOT, -1),): Said("divided by s once more (a root is missing)", "is divided by s once more (a root is missing)"),
    ((ROOT, -2),): Said("divided by s^2 once more", "is divided by s^2 once more"),
    ((BARE, -1), (ROOT, 1)): Said("without epsilon in front: sqrt(v) for s", "lacks epsilon: sqrt(v) in place of s"),
    ((BARE, -2), (ROOT, 2)): Said("without epsilon: v for s^2", "lacks epsilon: v in place of s^2"),
    ((BARE, -3), (ROOT, 3)): Said("without epsilon: v^(3/2) for s^3", "lacks epsilon: v^(3/2) in place of s^3"),
    ((BARE, 1), (ROOT, -1)): Said("times sqrt(v)/s", "lacks the factor s/sqrt(v)"),
    ((OUTSIDE, -1), (ROOT, 1)): Said(
        "with epsilon outside the root in front",
        "has epsilon outside the root: sqrt(v) + eps in place of sqrt(v + eps)",
    ),
    ((INSIDE, -1), (ROOT, 1)): Said(
        "with epsilon inside the root in front",
        "has epsilon inside the root: sqrt(v + eps) in place of sqrt(v) + eps",
    ),
    ((OTHER, -1), (ROOT, 1)): Said("with the other variance in front", "uses the other variance in s"),
    ((OTHER, -2), (ROOT, 2)): Said("with the other variance in s^2", "uses the other variance in s^2"),
}  # fmt: skip
"""The words for a constant factor; one that is not here is told as a formula."""
MOVES: tuple[Product, ...] = (
    ((MINUS, 1),), ((TWO, 1),), ((TWO, -1),), ((SIZE, 1),), ((SIZE, -1),), ((LESS, -1),),
    ((SIZE, 1), (LESS, -1)), ((SIZE, -1), (LESS, 1)), ((GAIN, 1),), ((GAIN, -1),), ((ROOT, 1),), ((ROOT, -1),),
    ((BARE, -1), (ROOT, 1)), ((BARE, 1), (ROOT, -1)), ((OUTSIDE, -1), (ROOT, 1)), ((INSIDE, -1), (ROOT, 1)),
    ((OTHER, -1), (ROOT, 1)),
)  # fmt: skip
"""Single slips of a constant; products of a few of them are tried."""


def products(known: frozenset[str], most: int = MOST_MOVES) -> Mapping[Product, int]:
    """Every product of up to a few moves in the symbols that a layer has, with the least number of moves."""
    moves = [one for one in MOVES if all(symbol in known for symbol, _ in one)]
    found: dict[Product, int] = {(): 0}
    for count in range(1, most + 1):
        for some in combinations_with_replacement(moves, count):
            found.setdefault(multiplied(some), count)
    return found


def multiplied(some: Sequence[Product]) -> Product:
    powers: dict[str, int] = {}
    for one in some:
        for symbol, exponent in one:
            powers[symbol] = powers.get(symbol, 0) + exponent
    if MINUS in powers:
        powers[MINUS] %= 2
    return tuple(sorted((symbol, exponent) for symbol, exponent in powers.items() if exponent))


def cost(product: Product, moves: int) -> float:
    """What has words of its own is one slip."""
    return 1.0 if product in FACTORS and moves == 1 else moves - 0.25 * (product in FACTORS)


def symbols(setting: Setting, forward: Forward, of: str, index: tuple[str, ...]) -> Mapping[str, Term]:
    """What each symbol of a factor stands for, at the index that a gradient carries."""
    layer = forward.layer
    summed = layer.over if of == "dx" else tuple(axis for axis in range(layer.rank) if axis not in layer.gains)
    size = times(*(Count(axis) for axis in summed))
    found: dict[str, Term] = {MINUS: number(-1), TWO: number(2), SIZE: size, LESS: plus(size, number(-1))}
    if of == "dx":
        found[GAIN] = Value(SCALE, layer.at_gains(index))
    elif len(index) == len(layer.gains):
        found[GAIN] = Value(SCALE, index)
    if of == "dx":
        return found | _roots(setting, forward, index)
    if set(layer.kept) <= set(layer.gains):
        return found | _roots(setting, forward, _own_index(forward, index))
    return found


def _own_index(forward: Forward, gains: tuple[str, ...]) -> tuple[str, ...]:
    """An index of the input with that of the gains in it."""
    own = list(forward.index_of(NORMALISED))
    for axis, one in zip(forward.layer.gains, gains, strict=True):
        own[axis] = one
    return tuple(own)


def _roots(setting: Setting, forward: Forward, index: tuple[str, ...]) -> dict[str, Term]:
    """The denominator, as it is and as it would be by other conventions."""
    convention, layer = setting.convention, forward.layer
    root = denominator(forward, index)
    found: dict[str, Term] = {ROOT: root}
    if convention.epsilon is not Epsilon.NONE:
        elsewhere, symbol = (
            (Epsilon.OUTSIDE, OUTSIDE) if convention.epsilon is Epsilon.INSIDE else (Epsilon.INSIDE, INSIDE)
        )
        found[BARE] = power(Value(VARIANCE, layer.at_kept(index)), HALF)
        found[symbol] = denominator(normalisation(replace(convention, epsilon=elsewhere), layer), index)
    if layer.centred:
        size = times(*(Count(axis) for axis in layer.over))
        biased = convention.variance is Variance.BIASED
        ratio = (
            times(size, power(plus(size, number(-1)), -1)) if biased else times(plus(size, number(-1)), power(size, -1))
        )
        variance = Value(VARIANCE, layer.at_kept(index))
        found[OTHER] = swapped(root, variance, times(ratio, variance))
    return found


def product_term(product: Product, known: Mapping[str, Term]) -> Term:
    return times(*(power(known[symbol], exponent) for symbol, exponent in product))


def collected(term: Term) -> Term:
    """A product with the powers of each factor gathered."""
    if not isinstance(term, Times):
        return term
    powers: dict[Term, object] = {}
    for one in term.factors:
        base, exponent = (one.base, one.exponent) if isinstance(one, Power) else (one, 1)
        powers[base] = powers.get(base, 0) + exponent  # type: ignore[operator]
    return times(*(power(base, exponent) for base, exponent in powers.items()))  # type: ignore[arg-type]
