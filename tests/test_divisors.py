"""Sums over rows, each with a denominator of its own: held against a complex step of the loss in plain NumPy."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from bnverify.model.conventions import Convention, Epsilon
from bnverify.model.forward import denominator, normalisation
from bnverify.model.layers import Layer
from bnverify.model.quantities import EPSILON
from bnverify.model.terms import ONE, Count, LossBy, Sum, Term, Value, negative, number, plus, power, times
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Proved
from tests.conftest import judge

Array = np.ndarray
STEP = 1e-30
RANDOM = np.random.default_rng(11)
EPS = 0.3


@dataclass(frozen=True)
class Rows:
    """A layer with several rows as a note has it, the axes of its statistics, and that of its gains."""

    forward: str
    shape: tuple[int, ...]
    over: tuple[int, ...]
    gains: tuple[int, ...]
    centred: bool = True
    lines: tuple[str, ...] = ()
    """Right and wrong gradients by the scale."""
    sides: tuple[str, ...] = ()
    """The same in NumPy, by `einsum`."""


TOKENS = (
    r"\mu_i = \frac{1}{D} \sum_{j=1}^{D} x_{ij}, \quad \sigma_i^2 = \frac{1}{D} \sum_{j=1}^{D} (x_{ij} - \mu_i)^2, \quad"
    r"\hat{x}_{ij} = \frac{x_{ij} - \mu_i}{\sqrt{\sigma_i^2} + \epsilon}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j"
)
ROOTS = (
    r"r_i = \sqrt{\frac{1}{D} \sum_{j=1}^{D} x_{ij}^2} + \epsilon, \quad"
    r"\hat{x}_{ij} = \frac{x_{ij}}{r_i}, \quad y_{ij} = \gamma_j \hat{x}_{ij}"
)
CHANNELS = (
    r"\mu_{nc} = \frac{1}{S} \sum_{s=1}^{S} x_{ncs}, \quad v_{nc} = \frac{1}{S} \sum_{s=1}^{S} (x_{ncs} - \mu_{nc})^2,"
    r"\quad \hat{x}_{ncs} = \frac{x_{ncs} - \mu_{nc}}{\sqrt{v_{nc}} + \epsilon}, \quad"
    r"y_{ncs} = \gamma_c \hat{x}_{ncs} + \beta_c"
)
LAYERS = {
    "layer norm": Rows(
        TOKENS,
        (3, 4),
        (1,),
        (1,),
        lines=(
            r"\frac{\partial L}{\partial \gamma_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial y_{ij}} \hat{x}_{ij}",
            r"\frac{\partial L}{\partial \gamma_j} = \frac{1}{N} \sum_{i=1}^{N} \frac{\partial L}{\partial y_{ij}} \hat{x}_{ij}",
            r"\frac{\partial L}{\partial \gamma_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial y_{ij}} \frac{x_{ij}}{\sqrt{\sigma_i^2} + \epsilon}",
        ),
        sides=("ij,ij->j", "ij,ij->j/3", "mean kept"),
    ),
    "RMS norm": Rows(
        ROOTS,
        (3, 4),
        (1,),
        (1,),
        centred=False,
        lines=(
            r"\frac{\partial L}{\partial \gamma_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial y_{ij}} \hat{x}_{ij}",
            r"\frac{\partial L}{\partial \gamma_j} = \sum_{i=1}^{N} \frac{\partial L}{\partial y_{ij}} \frac{x_{ij}}{r_i}",
            r"\frac{\partial L}{\partial \gamma_j} = \sum_{k=1}^{D} \frac{\partial L}{\partial y_{ik}} \hat{x}_{ik}",
        ),
        sides=("ij,ij->j", "ij,ij->j", "ij,ij->i"),
    ),
    "instance norm": Rows(
        CHANNELS,
        (2, 3, 4),
        (2,),
        (1,),
        lines=(
            r"\frac{\partial L}{\partial \gamma_c} = \sum_{n=1}^{N} \sum_{s=1}^{S} \frac{\partial L}{\partial y_{ncs}} \hat{x}_{ncs}",
            r"\frac{\partial L}{\partial \gamma_c} = \sum_{s=1}^{S} \frac{\partial L}{\partial y_{ncs}} \hat{x}_{ncs}",
        ),
        sides=("ncs,ncs->c", "ncs,ncs->nc"),
    ),
}
LINES = [(name, place) for name, one in LAYERS.items() for place in range(len(one.lines))]


def normalised(rows: Rows, x: Array) -> Array:
    residual = x - x.mean(axis=rows.over, keepdims=True) if rows.centred else x
    return residual / (np.sqrt((residual**2).mean(axis=rows.over, keepdims=True)) + EPS)


def by_gamma(rows: Rows, x: Array, upstream: Array) -> Array:
    """The gradient of L = sum g y by the scale, by a complex step of each of its entries."""
    gamma = np.ones([size if axis in rows.gains else 1 for axis, size in enumerate(rows.shape)])
    found = np.zeros(gamma.shape)
    for place in np.ndindex(*gamma.shape):
        stepped = gamma.astype(complex)
        stepped[place] += 1j * STEP
        found[place] = (upstream * stepped * normalised(rows, x)).sum().imag / STEP
    return found.squeeze()


def worth(rows: Rows, side: str, x: Array, upstream: Array) -> Array:
    if side == "mean kept":
        return (upstream * (normalised(rows, x) + x.mean(axis=1, keepdims=True) / divisor(rows, x))).sum(axis=0)
    signature, _, count = side.partition("/")
    return np.einsum(signature, upstream, normalised(rows, x)) / int(count or 1)


def divisor(rows: Rows, x: Array) -> Array:
    residual = x - x.mean(axis=rows.over, keepdims=True) if rows.centred else x
    return np.sqrt((residual**2).mean(axis=rows.over, keepdims=True)) + EPS


@pytest.mark.parametrize(("name", "place"), LINES)
def test_a_sum_over_rows_is_right_exactly_where_numpy_says_so(name: str, place: int) -> None:
    rows = LAYERS[name]
    x, upstream = RANDOM.normal(size=rows.shape), RANDOM.normal(size=rows.shape)
    expected = by_gamma(rows, x, upstream)
    found = worth(rows, rows.sides[place], x, upstream)
    right = found.shape == expected.shape and np.allclose(found, expected)
    record = judge(f"$${rows.forward}$$\n\n$${rows.lines[place]}$$\n")
    assert record.steps[-1].true is bool(right), record.steps[-1].read_as


# Identities between sums of quotients, apart from any note.

FORWARD = normalisation(Convention(epsilon=Epsilon.OUTSIDE), Layer("layer", "", 2, (1,), (1,)))


def deviation(row: str) -> Term:
    return power(Value("v", (row,)), number(1).value / 2)


def over(row: str, exponent: int) -> Term:
    return power(denominator(FORWARD, (row, "j'")), exponent)


def total(body: Term) -> Term:
    return Sum("i", body)


def slope(row: str) -> Term:
    return LossBy(Value("y", (row, "j'")))


IDENTITIES = {
    "the root over the denominator": (
        total(times(slope("i"), deviation("i"), over("i", -1))),
        plus(total(slope("i")), negative(times(Value(EPSILON), total(times(slope("i"), over("i", -1)))))),
        True,
    ),
    "one over both": (
        times(Value(EPSILON), total(times(power(deviation("i"), -1), over("i", -1)))),
        plus(total(power(deviation("i"), -1)), negative(total(over("i", -1)))),
        True,
    ),
    "the denominator cancels": (total(times(over("i", 2), over("i", -2))), Count(0), True),
    "sums of quotients do not multiply": (
        times(total(over("i", -1)), total(slope("i"))),
        times(Count(0), total(times(slope("i"), over("i", -1)))),
        False,
    ),
    "the root and the denominator are two things": (total(over("i", -1)), total(power(deviation("i"), -1)), False),
}


@pytest.mark.parametrize("name", list(IDENTITIES))
def test_quotients_are_taken_apart_and_nothing_else_is_proved(name: str) -> None:
    left, right, holds = IDENTITIES[name]
    assert (
        worth_of(left) == pytest.approx(worth_of(right)) if holds else worth_of(left) != pytest.approx(worth_of(right))
    )
    assert isinstance(prover(FORWARD).examine(Identity(left, right)), Proved) is holds
    assert prover(FORWARD).proves(Identity(left, right)) is holds


X, G = RANDOM.normal(size=(3, 4)), RANDOM.normal(size=(3, 4))


def worth_of(term: Term) -> float:
    """An identity in numbers: a small reader of terms that shares nothing with the program's."""
    text = repr(term)
    assert "Partial" not in text
    return _worth(term, {"j'": 0})


def _worth(term: Term, places: dict[str, int]) -> float:
    name = type(term).__name__
    if name == "Number":
        return float(term.value)  # type: ignore[union-attr]
    if name == "Count":
        return float(X.shape[term.axis])  # type: ignore[union-attr]
    if name == "Plus":
        return sum(_worth(one, places) for one in term.terms)  # type: ignore[union-attr]
    if name == "Times":
        return float(np.prod([_worth(one, places) for one in term.factors]))  # type: ignore[union-attr]
    if name == "Power":
        return _worth(term.base, places) ** float(term.exponent)  # type: ignore[union-attr]
    if name == "Sum":
        return sum(_worth(term.body, {**places, term.index: k}) for k in range(X.shape[0]))  # type: ignore[union-attr]
    if name == "LossBy":
        return float(G[tuple(places[one] for one in term.value.index)])  # type: ignore[union-attr]
    assert name == "Value"
    return EPS if term.name == EPSILON else float(X[places[term.index[0]]].var())  # type: ignore[union-attr]


# -- partial fractions, by hand

MU_I = Value("mu", ("i",))
ROWS_WITH_MEANS = normalisation(Convention(), Layer("layer", "layer norm", rank=2, over=(1,), gains=(1,)))


def summed(above: Term, exponent: int = 1, below: Term = plus(times(number(2), MU_I), number(3))) -> Term:  # noqa: B008
    """sum_i of a quotient; F_i = 2 mu_i + 3 stands below, unless another one is given."""
    return Sum("i", times(above, power(below, -exponent)))


OTHER = Value("w", ("i",))
WITH_LETTER = plus(times(Value("a"), MU_I), number(3))


def over_a(term: Term) -> Term:
    return times(power(Value("a"), -1), term)


ROWS_COUNT = Count(0)
FRACTIONS = {
    "p/F": (summed(MU_I), [(Fraction(1, 2), ROWS_COUNT), (Fraction(-3, 2), summed(ONE))]),
    "p^2/F^2": (
        summed(power(MU_I, 2), 2),
        [(Fraction(1, 4), ROWS_COUNT), (Fraction(-3, 2), summed(ONE)), (Fraction(9, 4), summed(ONE, 2))],
    ),
    "1/(p F)": (
        summed(power(MU_I, -1)),
        [(Fraction(1, 3), Sum("i", power(MU_I, -1))), (Fraction(-2, 3), summed(ONE))],
    ),
    "p^2/F": (
        summed(power(MU_I, 2)),
        [(Fraction(1, 2), Sum("i", MU_I)), (Fraction(-3, 4), ROWS_COUNT), (Fraction(9, 4), summed(ONE))],
    ),
    "F/F": (summed(plus(times(number(2), MU_I), number(3))), [(Fraction(1), ROWS_COUNT)]),
    "p/F where a letter stands before p": (
        summed(MU_I, below=WITH_LETTER),
        [(Fraction(1), over_a(ROWS_COUNT)), (Fraction(-3), over_a(summed(ONE, below=WITH_LETTER)))],
    ),
    "1/(p F) where a letter stands before p": (
        summed(power(MU_I, -1), below=WITH_LETTER),
        [
            (Fraction(1, 3), Sum("i", power(MU_I, -1))),
            (Fraction(-1, 3), times(Value("a"), summed(ONE, below=WITH_LETTER))),
        ],
    ),
    "two quantities of a row below": (
        summed(OTHER, below=plus(MU_I, OTHER)),
        [(Fraction(1), summed(OTHER, below=plus(OTHER, MU_I)))],
    ),
    "a square below": (
        summed(MU_I, below=plus(power(MU_I, 2), ONE)),
        [(Fraction(1), summed(MU_I, below=plus(ONE, power(MU_I, 2))))],
    ),
}


@pytest.mark.parametrize("name", FRACTIONS)
def test_partial_fractions_are_those_of_school(name: str) -> None:
    left, parts = FRACTIONS[name]
    own = prover(ROWS_WITH_MEANS)
    assert own.proves(Identity(left, plus(*(times(number(weight), one) for weight, one in parts))))
    for place in range(len(parts)):
        wrong = [(weight + (place == other), one) for other, (weight, one) in enumerate(parts)]
        assert not own.proves(Identity(left, plus(*(times(number(weight), one) for weight, one in wrong))))
