"""What the targets of a classifier add up to: every verdict is held against a complex step in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from bnverify.model.targets import ASSUMED
from tests.conftest import judge, standings

Array = np.ndarray
STEP = 1e-30
RANDOM = np.random.default_rng(8)
Z, RAW = RANDOM.normal(size=4), RANDOM.uniform(0.5, 2, size=4)
P = np.exp(Z) / np.exp(Z).sum()
SOFTMAX = r"$$p_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}$$"
HEAD = r"\frac{\partial L}{\partial z_i}"
CROSS, DIVERGENCE = r"L = -\sum_{i=1}^{K} t_i \log p_i", r"L = \sum_{i=1}^{K} t_i \log \frac{t_i}{p_i}"


@dataclass(frozen=True)
class Told:
    """What a note says of its targets, such targets, and lines with what they give."""

    said: str
    targets: Array
    lines: dict[str, Array]
    loss: str = CROSS


ONE = RAW / RAW.sum()
USUAL = {"p_i - t_i": P - ONE, r"\left( \sum_{k=1}^{K} t_k \right) p_i - t_i": P - ONE, "t_i - p_i": ONE - P}
TOLD = {
    "nothing": Told("", ONE, USUAL),
    "one": Told(r"with $\sum_i t_i = 1$", ONE, USUAL),
    "one, at its end": Told(r"with $1 = \sum_{i=1}^{K} t_i$", ONE, USUAL),
    "two": Told(r"with $\sum_{i=1}^{K} t_i = 2$", 2 * ONE, {"p_i - t_i": P - 2 * ONE, "2 p_i - t_i": 2 * P - 2 * ONE}),
    "a half": Told(
        r"with $\sum_i t_i = \frac{1}{2}$", ONE / 2, {"p_i - t_i": P - ONE / 2, r"\frac{p_i}{2} - t_i": P / 2 - ONE / 2}
    ),
    "a letter": Told(r"with $M = \sum_{i=1}^{K} t_i$", RAW, {"p_i - t_i": P - RAW, "M p_i - t_i": RAW.sum() * P - RAW}),
    "a letter, at its end": Told(
        r"with $\sum_{i=1}^{K} t_i = T$", RAW, {"p_i - t_i": P - RAW, "T p_i - t_i": RAW.sum() * P - RAW}
    ),
    "divergence": Told(r"with $\sum_i t_i = 1$", ONE, USUAL, DIVERGENCE),
    "divergence of masses": Told(
        r"with $S = \sum_i t_i$", RAW, {"p_i - t_i": P - RAW, "S p_i - t_i": RAW.sum() * P - RAW}, DIVERGENCE
    ),
    "divergence in two logarithms": Told("", ONE, USUAL, r"L = \sum_{i=1}^{K} t_i (\log t_i - \log p_i)"),
}
LINES = [(name, line) for name, told in TOLD.items() for line in told.lines]


def slopes(loss: Callable[[Array], complex], z: Array) -> Array:
    return np.array([np.imag(loss(z + 1j * STEP * one)) / STEP for one in np.eye(len(z))])


def cross_entropy(targets: Array) -> Callable[[Array], complex]:
    """-sum t log p; its divergence differs by what does not depend on the scores."""
    return lambda z: complex(-(targets * (z - np.log(np.exp(z).sum()))).sum())


def written(told: Told, line: str) -> str:
    return f"{SOFTMAX}\n\n$${told.loss}$$\n\n{told.said}\n\n$${HEAD} = {line}$$\n"


@pytest.mark.parametrize(("name", "line"), LINES)
def test_a_gradient_is_right_exactly_where_numpy_says_so(name: str, line: str) -> None:
    told = TOLD[name]
    right = np.allclose(told.lines[line], slopes(cross_entropy(told.targets), Z))
    record = judge(written(told, line), witness="all")
    assert [step.true for step in record.steps[:-1]] == [True] * (len(record.steps) - 1)
    assert record.steps[-1].true is bool(right)


@pytest.mark.parametrize(("name", "line"), LINES)
def test_the_sum_is_an_assumption_only_where_a_step_rests_on_it_and_nothing_is_said(name: str, line: str) -> None:
    record = judge(written(TOLD[name], line))
    rests = not TOLD[name].said and line == "p_i - t_i"
    assert (ASSUMED in record.steps[-1].assumptions) is rests
    assert (ASSUMED in record.assumed) is rests


def test_words_say_it_too() -> None:
    record = judge(written(Told("The label is one-hot.", ONE, {}), "p_i - t_i"))
    assert record.steps[-1].true is True
    assert ASSUMED not in record.steps[-1].assumptions


def test_a_sum_that_is_not_understood_leaves_what_rests_on_it_open() -> None:
    told = Told(r"with $\sum_{i=1}^{K} t_i = K - 1$", ONE, {})
    record = judge(written(told, "p_i - t_i"))
    assert record.steps[-1].standing == "undecided"
    assert not any(step.true is False for step in record.steps)
    assert judge(written(told, r"\left( \sum_{k=1}^{K} t_k \right) p_i - t_i")).steps[-1].true is True


def test_targets_of_which_one_is_left_out_say_nothing_of_the_sum() -> None:
    told = Told(r"so that $\sum_{j \neq i} t_j = 1 - t_i$", ONE, {})
    assert judge(written(told, "p_i - t_i")).steps[-1].true is True


ROWS = (
    r"$$p_{nk} = \frac{e^{z_{nk}}}{\sum_j e^{z_{nj}}}, \qquad L = -\frac1N \sum_{n=1}^N \sum_{k=1}^K t_{nk} \log p_{nk}$$"
    "\n\nThe targets are one-hot.\n\n"
    r"$$\frac{\partial L}{\partial Z} = \frac{1}{N}(P - T)$$"
)


def test_a_matrix_of_targets_has_the_capital_of_their_letter() -> None:
    assert standings(ROWS) == ["holds"] * 3
    assert standings(ROWS.replace("P - T", "T - P")) == ["holds", "holds", "introduced"]
    named = ROWS.replace("p_", r"\hat{y}_").replace("t_", "y_").replace("P - T", r"\hat{Y} - Y")
    assert standings(named) == ["holds"] * 3


SMOOTHED = (
    r"$$p_i = \frac{e^{z_i}}{\sum_{j=1}^K e^{z_j}}, \qquad L = -\sum_i y_i \log p_i,"
    r" \qquad y_i = (1-\alpha)\delta_{ic} + \frac{\alpha}{K}$$" + "\n\n"
    r"$$\frac{\partial L}{\partial z_i} = p_i - (1 - \alpha) \delta_{ic} - \frac{\alpha}{K}$$"
)


def test_smoothed_targets_of_one_class_are_what_the_note_says() -> None:
    assert standings(SMOOTHED) == ["holds"] * 4
    for slip in (r"p_i - (1 - \alpha) \delta_{ic} + \frac{\alpha}{K}", r"p_i - \delta_{ic}"):
        wrong = SMOOTHED.replace(r"p_i - (1 - \alpha) \delta_{ic} - \frac{\alpha}{K}", slip)
        assert standings(wrong) == ["holds"] * 3 + ["introduced"]


@pytest.mark.parametrize("label", ["c", "y"])
def test_a_unit_vector_may_carry_its_class_below(label: str) -> None:
    note = (
        r"$$p_i = \frac{e^{z_i}}{\sum_j e^{z_j}}, \qquad L = -\log p_c$$" + "\n\n"
        "With the one-hot vector $e_c$:\n\n"
        r"$$\nabla_z L = p - e_c$$"
    ).replace("_c", f"_{label}")
    assert standings(note) == ["holds"] * 3
    assert standings(note.replace("p - e", "p + e")) == ["holds", "holds", "introduced"]
