"""Ways to write a softmax and its loss: every verdict is held against a complex step in plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import judge

Array = np.ndarray
STEP = 1e-30
RANDOM = np.random.default_rng(21)
Z = RANDOM.normal(size=4)
LABEL = np.eye(4)[2]

WAYS = {
    "in one formula": r"p_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}",
    "the stages first": r"u_i = e^{z_i}, \quad S = \sum_{k=1}^{K} u_k, \quad p_i = \frac{u_i}{S}",
    "the stages behind": r"p_i = \frac{u_i}{S}, \quad u_i = e^{z_i}, \quad S = \sum_{k=1}^{K} u_k",
    "a sum without bounds": r"u_i = \exp(z_i), \quad S = \sum_k u_k, \quad p_i = u_i / S",
    "one stage": r"u_i = e^{z_i}, \quad p_i = \frac{u_i}{\sum_{k=1}^{K} u_k}",
    "the sum alone": r"Z = \sum_{k=1}^{K} e^{z_k}, \quad p_i = \frac{e^{z_i}}{Z}",
    "text": r"p_i = \text{softmax}(z)_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}",
    "an operator": r"p_i = \operatorname{softmax}(z_i) = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}",
    "sigma": r"p_i = \sigma(z)_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}",
    "bold": r"p_i = \mathrm{softmax}(\mathbf z)_i = \frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}",
    "the name alone": r"p_i = \operatorname{softmax}(z)_i",
}


def softmax(z: Array) -> Array:
    return np.exp(z) / np.exp(z).sum()


P = softmax(Z)
JACOBIAN, BY_LOSS = r"\frac{\partial p_i}{\partial z_j}", r"\frac{\partial L}{\partial z_i}"
LINES: dict[tuple[str, str], Array] = {
    (JACOBIAN, r"p_i (\delta_{ij} - p_j)"): P[:, None] * (np.eye(4) - P),
    (JACOBIAN, r"p_i (\delta_{ij} - p_i)"): P[:, None] * (np.eye(4) - P[:, None]),
    (JACOBIAN, r"p_i p_j"): np.outer(P, P),
    (BY_LOSS, r"p_i - \delta_{ic}"): P - LABEL,
    (BY_LOSS, r"p_c - \delta_{ic}"): P[2] - LABEL,
}


def slopes(head: str) -> Array:
    """The Jacobian of the softmax, or the gradient of -log p_c."""
    steps = [softmax(Z + 1j * STEP * one) for one in np.eye(4)]
    if head == JACOBIAN:
        return np.array([one.imag / STEP for one in steps]).T
    return np.array([-np.log(one[2]).imag / STEP for one in steps])


@pytest.mark.parametrize("way", list(WAYS))
def test_a_line_is_right_exactly_where_numpy_says_so(way: str) -> None:
    lines = "\n\n".join(f"$${head} = {side}$$" for head, side in LINES)
    record = judge(f"$${WAYS[way]}$$\n\n$$L = -\\log p_c$$\n\n{lines}\n")
    found = {one.read_as: one.true for one in record.steps[-len(LINES) :]}
    expected = [bool(np.allclose(value, slopes(head))) for (head, _), value in LINES.items()]
    assert list(found.values()) == expected, found


def test_a_softmax_behind_another_layer_is_not_taken_for_the_layer_of_the_note() -> None:
    norm = (
        r"\mu = \frac{1}{m} \sum_i x_i, \quad v = \frac{1}{m} \sum_i (x_i - \mu)^2, \quad"
        r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta"
    )
    right = r"\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}"
    record = judge(f"$${norm}$$\n\n$$q_i = \\operatorname{{softmax}}(h)_i$$\n\n$${right}$$\n")
    assert record.steps[-1].true is True


SCORES = {
    "a class": (
        r"L = -z_c + \log \sum_{k=1}^{K} e^{z_k}",
        {
            r"\frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}} - \delta_{ic}": P - LABEL,
            r"\frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}}": P,
            r"\frac{e^{z_i}}{\sum_{k=1}^{K} e^{z_k}} + \delta_{ic}": P + LABEL,
        },
        lambda z: np.log(np.exp(z).sum()) - z[2],
    ),
    "targets": (
        r"L = \log \sum_{k=1}^{K} \exp(z_k) - \sum_{k=1}^{K} t_k z_k",
        {
            r"\frac{\exp(z_i)}{\sum_{k=1}^{K} \exp(z_k)} - t_i": P - np.arange(4) / 3,
            r"\frac{\exp(z_i)}{\sum_{k=1}^{K} \exp(z_k)}": P,
            r"t_i - \frac{\exp(z_i)}{\sum_{k=1}^{K} \exp(z_k)}": np.arange(4) / 3 - P,
        },
        lambda z: np.log(np.exp(z).sum()) - (np.arange(4) / 3 * z).sum(),
    ),
}


@pytest.mark.parametrize("name", list(SCORES))
def test_a_loss_of_the_scores_needs_no_output(name: str) -> None:
    loss, sides, value = SCORES[name]
    slope = np.array([value(Z + 1j * STEP * one).imag / STEP for one in np.eye(4)])
    lines = "\n\n".join(f"$${BY_LOSS} = {side}$$" for side in sides)
    record = judge(f"$${loss}$$\n\n{lines}\n")
    assert [one.true for one in record.steps[1:]] == [bool(np.allclose(slope, one)) for one in sides.values()]
    assert not any(one.closed_form for one in record.steps)
