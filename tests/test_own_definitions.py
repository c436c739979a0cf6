"""What a note's own definitions make true, compared with a complex step through the same definitions in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import standings

Loss = Callable[[np.ndarray], complex]
STEP = 1e-30
N, EPS = 5, 0.3
RANDOM = np.random.default_rng(11)
X, G, GAMMA, BETA = (RANDOM.standard_normal(N) for _ in range(4))


def slope(loss: Loss, at: np.ndarray | float) -> np.ndarray:
    """The derivative of a loss by each entry of an array."""
    at = np.asarray(at)
    found = np.zeros(at.shape)
    for place in np.ndindex(*at.shape):
        stepped = at.astype(complex)
        stepped[place] += 1j * STEP
        found[place] = complex(loss(stepped)).imag / STEP
    return found


# The variance as the mean of the squares less the square of the mean.

MEAN_OF_SQUARES = r"""
$$\mu=\frac1m\sum_{i=1}^m x_i,\quad v=\frac1m\sum_{i=1}^m x_i^2-\mu^2$$
$$\hat x_i=\frac{x_i-\mu}{\sqrt{v+\epsilon}},\quad y_i=\gamma\hat x_i+\beta$$
"""
BY_Y, BY_V = r"\frac{\partial L}{\partial y_i}", r"\frac{\partial L}{\partial v}"
ONE_PATH = rf"-\frac{{\gamma}}{{\sqrt{{v+\epsilon}}}}\sum_{{i=1}}^m {BY_Y}"


def spread(x: np.ndarray, mu: np.ndarray | complex) -> complex:
    return complex((x**2).mean() - mu**2)


def loss_by_mean(mu: np.ndarray) -> complex:
    return complex((G * 1.7 * (X - mu) / np.sqrt(spread(X, mu) + EPS)).sum())


def test_the_numbers_know_both_paths_through_the_mean() -> None:
    mean = X.mean()
    v = spread(X, mean).real
    by_v = slope(lambda one: complex((G * 1.7 * (X - mean) / np.sqrt(one + EPS)).sum()), v)
    one_path = -1.7 / np.sqrt(v + EPS) * G.sum()
    assert slope(loss_by_mean, mean) == pytest.approx(one_path - 2 * mean * by_v)
    assert slope(loss_by_mean, mean) != pytest.approx(one_path)
    assert slope(lambda x: spread(x, mean), X) == pytest.approx(2 * X / N)


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (rf"$$\frac{{\partial L}}{{\partial\mu}}={ONE_PATH}-2\mu{BY_V}$$", "holds"),
        (rf"$$\frac{{\partial L}}{{\partial\mu}}={ONE_PATH}$$", "introduced"),
        (r"$$\frac{\partial v}{\partial\mu}=-2\mu$$", "holds"),
        (r"$$\frac{\partial v}{\partial\mu}=0$$", "introduced"),
        (r"$$\frac{\partial v}{\partial x_i}=\frac{2x_i}{m}$$", "holds"),
        (r"$$\frac{\partial v}{\partial x_i}=\frac{2x_i}{m-1}$$", "introduced"),
    ],
)
def test_the_mean_of_squares_is_differentiated_as_it_is_written(line: str, standing: str) -> None:
    assert standings(MEAN_OF_SQUARES + line)[-1] == standing


@pytest.mark.parametrize(
    "form",
    [
        r"\sigma_j^2=\frac1N\sum_{i=1}^N x_{ij}^2-\mu_j^2",
        r"q_j=\frac1N\sum_{i=1}^N x_{ij}^2,\quad\sigma_j^2=q_j-\mu_j^2",
        r"\sigma_j^2=-\mu_j^2+\frac1N\sum_{i=1}^N x_{ij}^2",
    ],
)
def test_so_is_that_of_each_feature_and_behind_a_letter_of_its_own(form: str) -> None:
    forward = rf"$$\mu_j=\frac1N\sum_{{i=1}}^N x_{{ij}},\quad {form}$$"
    forward += (
        r"$$\hat x_{ij}=\frac{x_{ij}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}},\quad y_{ij}=\gamma_j\hat x_{ij}+\beta_j$$"
    )
    derived = r"$$\frac{\partial\sigma_j^2}{\partial\mu_j}=-2\mu_j$$"
    wrong = r"$$\frac{\partial\sigma_j^2}{\partial\mu_j}=0$$"
    found = standings(forward + derived + wrong)
    assert found[:-1] == ["holds"] * (len(found) - 1)
    assert found[-1] == "introduced"


def test_a_forced_variance_keeps_the_form_of_the_note() -> None:
    right = r"$$\frac{\partial v}{\partial\mu}=-\frac{2m}{m-1}\mu$$"
    assert standings(MEAN_OF_SQUARES + right, variance="unbiased")[-1] == "holds"
