"""Losses that a note defines: every verdict is held against a complex step of the loss in plain NumPy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from tests.conftest import judge

Array = np.ndarray
STEP = 1e-30


def softmax(z: Array) -> Array:
    powers = np.exp(z)
    return powers / powers.sum(axis=-1, keepdims=True)


def normalised(x: Array) -> Array:
    residual = x - x.mean()
    return residual / np.sqrt((residual**2).mean() + 0.3)


def slopes(loss: Callable[[Array], complex], z: Array) -> Array:
    """The gradient of a loss, entry by entry."""
    found = np.zeros(z.shape)
    for place in np.ndindex(*z.shape):
        stepped = z.astype(complex)
        stepped[place] += 1j * STEP
        found[place] = np.imag(loss(stepped)) / STEP
    return found


@dataclass(frozen=True)
class Written:
    """A loss as a note has it, and in NumPy; formulas of its gradient, with what each of them gives."""

    forward: str
    head: str
    inputs: Array
    loss: Callable[[Array], complex]
    sides: dict[str, Array]


RANDOM = np.random.default_rng(5)
Z, ROWS, X = RANDOM.normal(size=4), RANDOM.normal(size=(3, 4)), RANDOM.normal(size=5)
P, P_ROWS, Y = softmax(Z), softmax(ROWS), 1.7 * normalised(X) + 0.4
T, T_ROWS, GOAL = softmax(RANDOM.normal(size=4)), softmax(RANDOM.normal(size=(3, 4))), RANDOM.normal(size=5)
LABEL = np.eye(4)[2]
SOFTMAX = r"p_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}"
ROWS_OF_SOFTMAX = r"p_{ik} = \frac{e^{z_{ik}}}{\sum_{j=1}^{K} e^{z_{ij}}}"
BATCH_NORM = (
    r"\mu = \frac{1}{m} \sum_{i=1}^{m} x_i, \quad v = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2, \quad"
    r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta"
)
S = np.sqrt(((X - X.mean()) ** 2).mean() + 0.3)
RESIDUAL, XHAT = Y - GOAL, normalised(X)


def through_batch_norm(upstream: Array) -> Array:
    return 1.7 / S * (upstream - upstream.mean() - XHAT * (upstream * XHAT).mean())


LOSSES = {
    "cross-entropy with targets": Written(
        SOFTMAX + r", \qquad L = -\sum_{i=1}^{K} t_i \log p_i, \qquad \sum_i t_i = 1",
        r"\frac{\partial L}{\partial z_i}",
        Z,
        lambda z: -(T * np.log(softmax(z))).sum(),
        {"p_i - t_i": P - T, "t_i - p_i": T - P, r"p_i (1 - t_i)": P * (1 - T)},
    ),
    "the class as an index": Written(
        SOFTMAX + r", \qquad L = -\log p_c",
        r"\frac{\partial L}{\partial z_i}",
        Z,
        lambda z: -np.log(softmax(z)[2]),
        {
            r"p_i - \mathbf{1}[i = c]": P - LABEL,
            r"p_i - \delta_{ic}": P - LABEL,
            r"p_i - p_c": P - P[2],
            r"p_i (1 - \delta_{ic})": P * (1 - LABEL),
        },
    ),
    "the mean over a batch": Written(
        ROWS_OF_SOFTMAX + r", \qquad L = -\frac{1}{N} \sum_{i=1}^{N} \sum_{k=1}^{K} t_{ik} \log p_{ik}, \qquad"
        r"\sum_k t_{ik} = 1",
        r"\frac{\partial L}{\partial z_{ik}}",
        ROWS,
        lambda z: -(T_ROWS * np.log(softmax(z))).sum() / 3,
        {
            r"\frac{1}{N} (p_{ik} - t_{ik})": (P_ROWS - T_ROWS) / 3,
            r"p_{ik} - t_{ik}": P_ROWS - T_ROWS,
            r"\frac{1}{K} (p_{ik} - t_{ik})": (P_ROWS - T_ROWS) / 4,
        },
    ),
    "the sum over a batch": Written(
        ROWS_OF_SOFTMAX + r", \qquad L = -\sum_{i=1}^{N} \sum_{k=1}^{K} t_{ik} \log p_{ik}, \qquad \sum_k t_{ik} = 1",
        r"\frac{\partial L}{\partial z_{ik}}",
        ROWS,
        lambda z: -(T_ROWS * np.log(softmax(z))).sum(),
        {
            r"\frac{1}{N} (p_{ik} - t_{ik})": (P_ROWS - T_ROWS) / 3,
            r"p_{ik} - t_{ik}": P_ROWS - T_ROWS,
        },
    ),
    "squared errors behind batch norm": Written(
        BATCH_NORM + r", \quad L = \frac{1}{2} \sum_{i=1}^{m} (y_i - t_i)^2",
        r"\frac{\partial L}{\partial x_i}",
        X,
        lambda x: 0.5 * ((1.7 * normalised(x) + 0.4 - GOAL) ** 2).sum(),
        {
            r"\frac{\gamma}{\sqrt{v + \epsilon}} \left( (y_i - t_i) - \frac{1}{m} \sum_j (y_j - t_j)"
            r" - \frac{\hat{x}_i}{m} \sum_j (y_j - t_j) \hat{x}_j \right)": through_batch_norm(RESIDUAL),
            r"\frac{\gamma}{\sqrt{v + \epsilon}} \left( (y_i - t_i) - \frac{\hat{x}_i}{m}"
            r" \sum_j (y_j - t_j) \hat{x}_j \right)": 1.7 / S * (RESIDUAL - XHAT * (RESIDUAL * XHAT).mean()),
        },
    ),
    "their mean": Written(
        BATCH_NORM + r", \quad L = \frac{1}{m} \sum_{i=1}^{m} (y_i - t_i)^2",
        r"\frac{\partial L}{\partial x_i}",
        X,
        lambda x: ((1.7 * normalised(x) + 0.4 - GOAL) ** 2).mean(),
        {
            r"\frac{2 \gamma}{m \sqrt{v + \epsilon}} \left( (y_i - t_i) - \frac{1}{m} \sum_j (y_j - t_j)"
            r" - \frac{\hat{x}_i}{m} \sum_j (y_j - t_j) \hat{x}_j \right)": through_batch_norm(2 * RESIDUAL / 5),
            r"\frac{2 \gamma}{\sqrt{v + \epsilon}} \left( (y_i - t_i) - \frac{1}{m} \sum_j (y_j - t_j)"
            r" - \frac{\hat{x}_i}{m} \sum_j (y_j - t_j) \hat{x}_j \right)": through_batch_norm(2 * RESIDUAL),
        },
    ),
}
LINES = [(name, side) for name, one in LOSSES.items() for side in one.sides]


@pytest.mark.parametrize(("name", "side"), LINES, ids=[f"{name}: {side[:30]}" for name, side in LINES])
def test_a_gradient_is_right_exactly_where_numpy_says_so(name: str, side: str) -> None:
    written = LOSSES[name]
    record = judge(f"$${written.forward}$$\n\n$${written.head} = {side}$$\n")
    step = record.steps[-1]
    expected = np.allclose(slopes(written.loss, written.inputs), written.sides[side], rtol=1e-9, atol=1e-12)
    assert step.true is bool(expected), (step.read_as, step.standing)


def test_each_loss_has_a_right_and_a_wrong_gradient() -> None:
    for written in LOSSES.values():
        verdicts = {bool(np.allclose(slopes(written.loss, written.inputs), one)) for one in written.sides.values()}
        assert verdicts == {True, False}


@pytest.mark.parametrize("loss", [r"L = -\sum_i t_i \log p_m", r"L = -\sum_i t_i \operatorname{erf}(p_i)"])
def test_of_a_loss_that_is_not_understood_no_gradient_is_called_wrong(loss: str) -> None:
    record = judge(f"$${SOFTMAX}, \\qquad {loss}$$\n\n$$\\frac{{\\partial L}}{{\\partial z_i}} = p_i - t_i$$\n")
    assert record.steps[-1].standing == "undecided"


def test_a_chain_rule_is_judged_whatever_the_loss_is() -> None:
    rule = r"\frac{\partial L}{\partial z_j} = \sum_i \frac{\partial L}{\partial p_i} \frac{\partial p_i}{\partial z_j}"
    record = judge(f"$${SOFTMAX}, \\qquad L = -\\sum_i t_i \\operatorname{{erf}}(p_i)$$\n\n$${rule}$$\n")
    assert record.steps[-1].true is True
