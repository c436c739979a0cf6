"""Notes with two layers: what is right of one of them is never called wrong, nor what is wrong of the other right."""

from __future__ import annotations

import numpy as np
import pytest

from tests.conftest import judge

LAYER = (
    r"$$\mu = \frac{1}{D} \sum_{j=1}^{D} x_j, \quad \sigma^2 = \frac{1}{D} \sum_{j=1}^{D} (x_j - \mu)^2, \quad"
    r"\hat{x}_j = \frac{x_j - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_j = \gamma_j \hat{x}_j + \beta_j$$"
)
RMS = {
    "in one formula": r"$$\hat{x}_j = \frac{x_j}{\sqrt{\frac{1}{D} \sum_{k=1}^{D} x_k^2 + \epsilon}}, \quad y_j = \gamma_j \hat{x}_j$$",
    "with a letter": r"$$r = \sqrt{\frac{1}{D} \sum_{k=1}^{D} x_k^2 + \epsilon}, \quad \hat{x}_j = \frac{x_j}{r}, \quad y_j = \gamma_j \hat{x}_j$$",
}
FEATURES = (
    r"$$\mu_j = \frac{1}{N} \sum_{i=1}^{N} x_{ij}, \quad \sigma_j^2 = \frac{1}{N} \sum_{i=1}^{N} (x_{ij} - \mu_j)^2, \quad"
    r"\hat{x}_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{\sigma_j^2 + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j$$"
)
TOKENS = (
    r"$$\mu_i = \frac{1}{D} \sum_{j=1}^{D} x_{ij}, \quad \sigma_i^2 = \frac{1}{D} \sum_{j=1}^{D} (x_{ij} - \mu_i)^2, \quad"
    r"\hat{x}_{ij} = \frac{x_{ij} - \mu_i}{\sqrt{\sigma_i^2 + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j$$"
)


@pytest.mark.parametrize("way", list(RMS))
@pytest.mark.parametrize("turned", [False, True])
def test_the_right_definitions_of_two_layers_are_not_called_wrong(way: str, turned: bool) -> None:
    parts = [LAYER, "RMSNorm drops the mean:", RMS[way]]
    record = judge("\n\n".join(parts[::-1] if turned else parts) + "\n")
    assert not any(step.true is False for step in record.steps)
    assert any(step.standing == "undecided" for step in record.steps)


@pytest.mark.parametrize("parts", [(FEATURES, TOKENS), (TOKENS, FEATURES)])
def test_nor_those_over_other_axes(parts: tuple[str, str]) -> None:
    record = judge("\n\nThe other way round:\n\n".join(parts) + "\n")
    assert not any(step.true is False for step in record.steps)


# L = sum g y in NumPy, with the mean taken away and without.

RANDOM = np.random.default_rng(4)
X, GAMMA, G = (RANDOM.normal(size=5) for _ in range(3))
EPS, STEP = 0.3, 1e-30
BY_X = r"\frac{\partial L}{\partial x_j}"
ROOT = r"\sqrt{\frac{1}{D} \sum_{k=1}^{D} x_k^2 + \epsilon}"
OF_LAYER = (
    r"\frac{1}{\sqrt{\sigma^2 + \epsilon}} \left( \gamma_j \frac{\partial L}{\partial y_j} - \frac{1}{D} \sum_k \gamma_k"
    r" \frac{\partial L}{\partial y_k} - \frac{\hat{x}_j}{D} \sum_k \gamma_k \frac{\partial L}{\partial y_k} \hat{x}_k \right)"
)


def slope(centred: bool) -> np.ndarray:
    def loss(x: np.ndarray) -> complex:
        rest = x - x.mean() if centred else x
        return complex((G * GAMMA * rest / np.sqrt((rest**2).mean() + EPS)).sum())

    return np.array([loss(X + 1j * STEP * one).imag / STEP for one in np.eye(5)])


def test_a_gradient_of_the_first_layer_behind_the_second_one_is_not_called_right() -> None:
    spread = np.sqrt(X.var() + EPS)
    xhat, g = (X - X.mean()) / spread, GAMMA * G
    written = (g - g.mean() - xhat * (g * xhat).mean()) / spread
    assert np.allclose(written, slope(True))
    assert not np.allclose(written, slope(False))
    line = f"$${BY_X} = {OF_LAYER}$$"
    assert judge(f"{LAYER}\n\n{line}\n").steps[-1].true is True
    assert judge(f"{LAYER}\n\nRMSNorm:\n\n{RMS['in one formula']}\n\n{line}\n").steps[-1].standing == "undecided"


def test_what_is_right_of_both_is_proved() -> None:
    line = r"$$\frac{\partial L}{\partial \hat{x}_j} = \gamma_j \frac{\partial L}{\partial y_j}$$"
    assert judge(f"{LAYER}\n\nRMSNorm:\n\n{RMS['in one formula']}\n\n{line}\n").steps[-1].true is True


def test_behind_the_own_definitions_the_own_layer_counts_again() -> None:
    line = f"$${BY_X} = {OF_LAYER}$$"
    record = judge(f"{LAYER}\n\nRMSNorm:\n\n{RMS['in one formula']}\n\nBack:\n\n{LAYER}\n\n{line}\n")
    assert record.steps[-1].true is True


def test_a_slip_in_a_definition_that_is_said_again_is_found() -> None:
    again = r"$$\hat{x}_j = \frac{x_j}{\sqrt{\sigma^2 + \epsilon}}$$"
    assert judge(f"{LAYER}\n\n{again}\n").steps[-1].true is False
