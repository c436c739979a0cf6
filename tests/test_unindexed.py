"""Formulas with all, some or none of their indices, over every layer: whatever they say, there is a report."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from tests.conftest import judge, share

LAYERS = {
    "batch norm": r"""\mu = \frac{1}{m} \sum_{i=1}^{m} x_i, \quad \sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2,
\quad \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta""",
    "vectors": r"""\mu = \frac{1}{D} \mathbf{1}^\top x, \quad \sigma^2 = \frac{1}{D} \|x - \mu \mathbf{1}\|^2,
\quad \hat{x} = \frac{x - \mu \mathbf{1}}{\sqrt{\sigma^2 + \epsilon}}, \quad y = \gamma \odot \hat{x} + \beta""",
    "layer norm": r"""\mu = \frac{1}{D} \sum_{j=1}^{D} x_j, \quad \sigma^2 = \frac{1}{D} \sum_{j=1}^{D} (x_j - \mu)^2,
\quad \hat{x}_j = \frac{x_j - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_j = \gamma_j \hat{x}_j + \beta_j""",
    "tokens": r"""\mu_i = \frac{1}{D} \sum_{j=1}^{D} x_{ij},
\quad \sigma_i^2 = \frac{1}{D} \sum_{j=1}^{D} (x_{ij} - \mu_i)^2,
\quad \hat{x}_{ij} = \frac{x_{ij} - \mu_i}{\sqrt{\sigma_i^2 + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j""",
    "features": r"""\mu_j = \frac{1}{N} \sum_{i=1}^{N} x_{ij},
\quad \sigma_j^2 = \frac{1}{N} \sum_{i=1}^{N} (x_{ij} - \mu_j)^2,
\quad \hat{x}_{ij} = \frac{x_{ij} - \mu_j}{\sqrt{\sigma_j^2 + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j""",
    "RMS norm": r"""r = \sqrt{\frac{1}{D} \sum_{j=1}^{D} x_j^2 + \epsilon}, \quad \hat{x}_j = \frac{x_j}{r},
\quad y_j = \gamma_j \hat{x}_j""",
    "channels": r"""\mu_{nc} = \frac{1}{S} \sum_{s=1}^{S} x_{ncs},
\quad \sigma_{nc}^2 = \frac{1}{S} \sum_{s=1}^{S} (x_{ncs} - \mu_{nc})^2,
\quad \hat{x}_{ncs} = \frac{x_{ncs} - \mu_{nc}}{\sqrt{\sigma_{nc}^2 + \epsilon}},
\quad y_{ncs} = \gamma_c \hat{x}_{ncs} + \beta_c""",
    "softmax": r"y_i = \frac{e^{x_i}}{\sum_{k=1}^{K} e^{x_k}}",
}
WRITTEN = {
    "batch norm": "i",
    "vectors": "j",
    "layer norm": "j",
    "tokens": "ij",
    "features": "ij",
    "RMS norm": "j",
    "channels": "ncs",
    "softmax": "i",
}
QUANTITIES = ("x", r"\hat{x}", "y", r"\gamma", r"\beta", r"\mu", r"\sigma^2")
SIGNS = ("", "-", r"\frac{1}{2} ", r"\sum ")


def written(name: str, letters: str, draw: random.Random) -> str:
    """A quantity with all of these letters, some, or none."""
    kept = "".join(one for one in letters if draw.random() < draw.choice((0, 0.5, 1)))
    return f"{name}_{{{kept}}}" if kept else name


def side(letters: str, draw: random.Random) -> str:
    """A product, or a sum of two, of what such sides are made of."""
    gradient = rf"\frac{{\partial L}}{{\partial {written(draw.choice(QUANTITIES[:3]), letters, draw)}}}"
    factors = [written(draw.choice(QUANTITIES), letters, draw) for _ in range(draw.randrange(3))]
    spread = written(QUANTITIES[-1], letters, draw)
    root = rf"\frac{{1}}{{\sqrt{{{spread} + \epsilon}}}}"
    made = draw.choice(SIGNS) + r" \odot ".join([*factors, *draw.choice(((), (root,))), gradient])
    return made if draw.random() < 0.7 else f"{made} - {side(letters, draw)}"


def note(layer: str, seed: int) -> str:
    draw, letters = random.Random(seed), WRITTEN[layer]
    lines = [
        rf"$$\frac{{\partial L}}{{\partial {written(quantity, letters, draw)}}} = {side(letters, draw)}$$"
        for quantity in QUANTITIES
    ]
    return "\n\n".join([f"$${LAYERS[layer]}$$", *lines]) + "\n"


@pytest.mark.parametrize("layer", list(LAYERS))
def test_there_is_a_report_whatever_indices_are_left_out(layer: str) -> None:
    for seed in share(3, range(3)):
        record = judge(note(layer, seed))
        assert len(record.steps) >= len(QUANTITIES)


# The verdicts on vectors, against a complex step of the loss in plain NumPy.

RANDOM = np.random.default_rng(3)
X, GAMMA, G = RANDOM.normal(size=5), RANDOM.normal(size=5), RANDOM.normal(size=5)
EPS, STEP = 0.3, 1e-30
SCALE = np.sqrt(X.var() + EPS)
XHAT = (X - X.mean()) / SCALE


def loss(x: np.ndarray, mean: complex = 0, spread: complex = 0) -> complex:
    """L = sum g y; what is given is added to the mean and to the variance."""
    mu = x.mean() + mean
    return complex((G * GAMMA * (x - mu) / np.sqrt(((x - mu) ** 2).mean() + spread + EPS)).sum())


def slope_by_x() -> np.ndarray:
    return np.array([loss(X + 1j * STEP * one).imag / STEP for one in np.eye(5)])


UPSTREAM = r"\gamma \odot \frac{\partial L}{\partial y}"
ROOT = r"\frac{1}{\sqrt{\sigma^2 + \epsilon}}"
LINES = {
    rf"\frac{{\partial L}}{{\partial x}} = {ROOT} {UPSTREAM}": np.allclose(GAMMA * G / SCALE, slope_by_x()),
    rf"\frac{{\partial L}}{{\partial \mu}} = -{ROOT} {UPSTREAM}": np.allclose(
        -GAMMA * G / SCALE, loss(X, mean=1j * STEP).imag / STEP
    ),
    rf"\frac{{\partial L}}{{\partial \mu}} = -{ROOT} \sum {UPSTREAM}": np.allclose(
        -(GAMMA * G).sum() / SCALE, loss(X, mean=1j * STEP).imag / STEP
    ),
    r"\frac{\partial L}{\partial \sigma^2} = -\frac{1}{2 (\sigma^2 + \epsilon)} \sum \hat{x} \odot " + UPSTREAM: (
        np.allclose(-(XHAT * GAMMA * G).sum() / 2 / SCALE**2, loss(X, spread=1j * STEP).imag / STEP)
    ),
}


PROJECTION = r"\left( I - \frac{1}{D} \mathbf{1} \mathbf{1}^\top - \frac{1}{D} \hat{x} \hat{x}^\top \right)"
DIAGONAL, UP = r"\operatorname{diag}(\gamma)", r"\frac{\partial L}{\partial y}"
MATRIX = np.eye(5) - 1 / 5 - np.outer(XHAT, XHAT) / 5
BY_X = r"\frac{\partial L}{\partial x} = "
LINES |= {
    BY_X + f"{ROOT} {PROJECTION} {DIAGONAL} {UP}": np.allclose(MATRIX @ (GAMMA * G) / SCALE, slope_by_x()),
    BY_X + f"{ROOT} {DIAGONAL} {PROJECTION} {UP}": np.allclose(GAMMA * (MATRIX @ G) / SCALE, slope_by_x()),
    BY_X + f"{ROOT} {DIAGONAL} {UP}": np.allclose(GAMMA * G / SCALE, slope_by_x()),
}

SETS = r"""\mu_i = \frac{1}{m} \sum_{k \in \mathcal{S}_i} x_k, \quad
\sigma_i^2 = \frac{1}{m} \sum_{k \in \mathcal{S}_i} (x_k - \mu_i)^2, \quad
\hat{x}_i = \frac{x_i - \mu_i}{\sqrt{\sigma_i^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta"""
BY_MEAN = r"\frac{\partial L}{\partial \mu_i} = -\frac{\gamma}{\sqrt{\sigma_i^2 + \epsilon}} "
OF_SETS = {
    BY_MEAN + r"\sum_{k \in \mathcal{S}_i} \frac{\partial L}{\partial y_k}": -(1.7 * G).sum() / SCALE,
    BY_MEAN + r"\frac{\partial L}{\partial y_i}": -1.7 * G[0] / SCALE,
}


@pytest.mark.parametrize("line", list(OF_SETS))
def test_a_line_about_a_set_with_a_name_is_right_exactly_where_numpy_says_so(line: str) -> None:
    def nudged(step: complex) -> complex:
        rest = X - X.mean() - step
        return complex((1.7 * G * rest / np.sqrt((rest**2).mean() + EPS)).sum())

    right = np.allclose(OF_SETS[line], nudged(1j * STEP).imag / STEP)
    assert judge(f"$${SETS}$$\n\n$${line}$$\n").steps[-1].true is bool(right)


@pytest.mark.parametrize("line", list(LINES), ids=lambda line: re.sub(r"[^a-z]+", " ", line))
def test_a_line_of_vectors_is_right_exactly_where_numpy_says_so(line: str) -> None:
    assert judge(f"$${LAYERS['vectors']}$$\n\n$${line}$$\n").steps[-1].true is bool(LINES[line])


def test_lines_of_vectors_are_right_and_wrong() -> None:
    assert {bool(one) for one in LINES.values()} == {True, False}


# Root mean square norm in vectors, by a complex step too.

SQUARES = (r"\frac{1}{d} x^\top x", r"\frac{1}{d} \|x\|^2", r"\frac{x^T x}{d}", r"\frac{1}{d} \sum_{j=1}^{d} x_j^2")
OUTPUTS = (r"\gamma \odot \frac{x}{r}", r"\frac{\gamma \odot x}{r}", r"\frac{1}{r} \gamma \odot x")
LENGTH = np.sqrt((X**2).mean() + EPS)


def rms(x: np.ndarray, gamma: np.ndarray) -> complex:
    return complex((G * gamma * x / np.sqrt((x**2).mean() + EPS)).sum())


BY_GAIN = np.array([rms(X, GAMMA + 1j * STEP * one).imag / STEP for one in np.eye(5)])
BY_ENTRY = np.array([rms(X + 1j * STEP * one, GAMMA).imag / STEP for one in np.eye(5)])
ABOUT_VECTORS = {
    r"\frac{\partial L}{\partial \gamma} = \frac{x}{r} \odot \frac{\partial L}{\partial y}": (X / LENGTH * G, BY_GAIN),
    r"\frac{\partial L}{\partial \gamma} = x \odot \frac{\partial L}{\partial y}": (X * G, BY_GAIN),
    r"\frac{\partial L}{\partial x} = \frac{1}{r} \gamma \odot \frac{\partial L}{\partial y}": (
        GAMMA * G / LENGTH,
        BY_ENTRY,
    ),
    r"\frac{\partial L}{\partial x} = \frac{1}{r} \left( \gamma \odot \frac{\partial L}{\partial y} - \frac{x}{d r^2}"
    r" x^\top \left( \gamma \odot \frac{\partial L}{\partial y} \right) \right)": (
        (GAMMA * G - X * (X @ (GAMMA * G)) / (5 * LENGTH**2)) / LENGTH,
        BY_ENTRY,
    ),
}


@pytest.mark.parametrize("squares", SQUARES)
@pytest.mark.parametrize("output", OUTPUTS)
def test_a_vector_over_its_length_is_differentiated_as_numpy_does(squares: str, output: str) -> None:
    lines = "\n\n".join(f"$${line}$$" for line in ABOUT_VECTORS)
    record = judge(rf"$$r = \sqrt{{{squares} + \epsilon}}, \quad y = {output}$$" + f"\n\n{lines}\n")
    found = [step.true for step in record.steps[-len(ABOUT_VECTORS) :]]
    assert found == [bool(np.allclose(*pair)) for pair in ABOUT_VECTORS.values()]


def quotient(above: str, below: str) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}"


def through(*nodes: str) -> str:
    """The chain rule from x through some quantities, without an index."""
    return " + ".join(quotient("L", node) + quotient(node, "x") for node in nodes)


@pytest.mark.parametrize(
    ("layer", "nodes", "standing"),
    [
        ("batch norm", ("y",), "holds"),
        ("RMS norm", ("y",), "holds"),
        ("batch norm", (r"\hat x", r"\mu", r"\sigma^2"), "holds"),
        ("batch norm", (r"\hat x", r"\mu"), "introduced"),
        ("batch norm", (r"\hat x", r"\hat x"), "introduced"),
    ],
)
def test_a_chain_rule_of_vectors_keeps_what_it_ends_in_free(layer: str, nodes: tuple[str, ...], standing: str) -> None:
    """A Jacobian times a gradient: the quantity in the middle is summed over, and the last one is not."""
    head = {
        "batch norm": r"$\mu=\frac1n\sum_i x_i$, $\sigma^2=\frac1n\sum_i(x_i-\mu)^2$, $\hat x_i=\frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i=\gamma\hat x_i+\beta$.",
        "RMS norm": r"$r=\sqrt{\frac1d\sum_i x_i^2+\epsilon}$, $y_i=\gamma_i\frac{x_i}{r}$.",
    }[layer]
    assert judge(f"{head}\n\n$${quotient('L', 'x')} = {through(*nodes)}$$").steps[-1].standing == standing
