"""Notes that hold under one convention only: each final formula copied by hand into NumPy, and tried under all 24.

Nothing here knows the program. Per sample: x, g = dL/dy, xhat, gxhat = what the note calls dL/dxhat.
For the batch: mu, v, t = sqrt(v), s = the denominator of xhat; v, t, s, xhat and gxhat are those of the convention.
"""

from __future__ import annotations

from collections import Counter
from inspect import signature
from itertools import product
from pathlib import Path

import numpy as np
import pytest

S, sqrt = np.sum, np.sqrt
FOLDER = Path(__file__).parent / "notes" / "conventions"
CHOICES = (("biased", "unbiased"), ("inside", "outside", "none"), ("x-mu", "mu-x"), ("as-written", "y"))

KEY = {
    "homework-all-stages": ("biased", "inside", "x-mu", "as-written"),
    "cheat-sheet-for-the-exam": ("biased", "inside", "x-mu", "as-written"),
    "exercise-sheet-against-the-solution": ("biased", "inside", "x-mu", "as-written"),
    "notes-from-the-statistics-course": ("unbiased", "inside", "x-mu", "as-written"),
    "definitions-copied-from-the-paper": ("unbiased", "inside", "x-mu", "y"),
    "layer-above-hands-down-the-hat": ("biased", "inside", "x-mu", "y"),
    "guard-against-flat-batches": ("biased", "outside", "x-mu", "as-written"),
    "port-to-another-framework": ("unbiased", "outside", "x-mu", "as-written"),
    "whiteboard-after-lunch": ("biased", "none", "x-mu", "as-written"),
    "pencil-in-the-margin": ("unbiased", "none", "x-mu", "y"),
    "distance-below-the-mean": ("biased", "inside", "mu-x", "as-written"),
    "log-book-of-a-sensor": ("unbiased", "none", "mu-x", "as-written"),
    "two-authors-one-page": ("biased", "outside", "mu-x", "y"),
    "sign-from-the-gradient-check": ("unbiased", "inside", "mu-x", "y"),
    "slides-with-a-shorter-last-line": ("biased", "none", "mu-x", "y"),
    "mail-with-the-answer-only": ("unbiased", "outside", "mu-x", "as-written"),
}

# fmt: off
FORMULAS = {
    "homework-all-stages": (
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("beta", lambda g: S(g)),
        ("x", lambda n, v, eps, xhat, gxhat: 1 / (n * sqrt(v + eps)) * (n * gxhat - S(gxhat) - xhat * S(gxhat * xhat))),
    ),
    "cheat-sheet-for-the-exam": (
        ("beta", lambda g: S(g)),
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("x", lambda n, v, eps, gamma, g, xhat: gamma / sqrt(v + eps) * (g - 1 / n * S(g) - xhat / n * S(g * xhat))),
        ("x", lambda n, v, eps, xhat, gxhat: 1 / sqrt(v + eps) * (gxhat - 1 / n * S(gxhat) - xhat / n * S(gxhat * xhat))),
    ),
    "exercise-sheet-against-the-solution": (
        ("x", lambda n, v, eps, x, mu, gxhat: 1 / sqrt(v + eps) * (gxhat - 1 / n * S(gxhat) - (x - mu) / (n * (v + eps)) * S(gxhat * (x - mu)))),
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("beta", lambda g: S(g)),
    ),
    "notes-from-the-statistics-course": (
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("beta", lambda g: S(g)),
        ("x", lambda n, v, eps, xhat, gxhat: 1 / sqrt(v + eps) * (gxhat - 1 / n * S(gxhat) - xhat / (n - 1) * S(gxhat * xhat))),
    ),
    "definitions-copied-from-the-paper": (
        ("beta", lambda gxhat: S(gxhat)),
        ("gamma", lambda gxhat, xhat: S(gxhat * xhat)),
        ("x", lambda n, v, eps, gamma, xhat, gxhat: gamma / sqrt(v + eps) * (gxhat - 1 / n * S(gxhat) - xhat / (n - 1) * S(gxhat * xhat))),
    ),
    "layer-above-hands-down-the-hat": (
        ("beta", lambda gxhat: S(gxhat)),
        ("gamma", lambda gxhat, xhat: S(gxhat * xhat)),
        ("x", lambda n, v, eps, gamma, xhat, gxhat: gamma / sqrt(v + eps) * (gxhat - 1 / n * S(gxhat) - xhat / n * S(gxhat * xhat))),
        ("x", lambda n, v, eps, gamma, xhat, gxhat: gamma / (n * sqrt(v + eps)) * (n * gxhat - S(gxhat) - xhat * S(gxhat * xhat))),
    ),
    "guard-against-flat-batches": (
        ("x", lambda n, v, eps, xhat, gxhat: 1 / (sqrt(v) + eps) * (gxhat - 1 / n * S(gxhat)) - xhat / (n * sqrt(v)) * S(gxhat * xhat)),
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("beta", lambda g: S(g)),
    ),
    "port-to-another-framework": (
        ("x", lambda n, t, eps, xhat, gxhat: 1 / (t + eps) * (gxhat - 1 / n * S(gxhat) - (t + eps) / t * xhat / (n - 1) * S(gxhat * xhat))),
    ),
    "whiteboard-after-lunch": (
        ("x", lambda n, v, xhat, gxhat: v ** (-1 / 2) * (gxhat - 1 / n * S(gxhat) - 1 / n * xhat * S(gxhat * xhat))),
    ),
    "pencil-in-the-margin": (
        ("gamma", lambda gxhat, xhat: S(gxhat * xhat)),
        ("beta", lambda gxhat: S(gxhat)),
        ("x", lambda n, v, gamma, x, mu, xhat, gxhat: gamma / sqrt(v) * (gxhat - 1 / n * S(gxhat)) - gamma * (x - mu) / ((n - 1) * v) * S(gxhat * xhat)),
    ),
    "distance-below-the-mean": (
        ("x", lambda n, v, eps, xhat, gxhat: 1 / sqrt(v + eps) * (1 / n * S(gxhat) + xhat / n * S(gxhat * xhat) - gxhat)),
        ("gamma", lambda v, eps, g, x, mu: 1 / sqrt(v + eps) * S(g * (mu - x))),
    ),
    "log-book-of-a-sensor": (
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("beta", lambda g: S(g)),
        ("x", lambda n, v, xhat, gxhat: -1 / sqrt(v) * (gxhat - 1 / n * S(gxhat) - 1 / (n - 1) * xhat * S(gxhat * xhat))),
    ),
    "two-authors-one-page": (
        ("beta", lambda gxhat: S(gxhat)),
        ("gamma", lambda gxhat, xhat: S(gxhat * xhat)),
        ("x", lambda n, t, eps, gamma, xhat, gxhat: gamma / (t + eps) * (1 / n * S(gxhat) - gxhat) + gamma * xhat / (n * t) * S(gxhat * xhat)),
    ),
    "sign-from-the-gradient-check": (
        ("x", lambda n, v, eps, gamma, x, mu, gxhat: -gamma / sqrt(v + eps) * (
            gxhat - 1 / n * S(gxhat) - 1 / (n - 1) * (x - mu) / sqrt(v + eps) * S(gxhat * (x - mu) / sqrt(v + eps)))),
        ("gamma", lambda v, eps, gxhat, x, mu: -1 / sqrt(v + eps) * S(gxhat * (x - mu))),
        ("beta", lambda gxhat: S(gxhat)),
    ),
    "slides-with-a-shorter-last-line": (
        ("gamma", lambda gxhat, xhat: S(gxhat * xhat)),
        ("beta", lambda gxhat: S(gxhat)),
        ("x", lambda n, v, gamma, xhat, gxhat: -gamma / (n * sqrt(v)) * (n * gxhat - S(gxhat) - xhat * S(gxhat * xhat))),
    ),
    "mail-with-the-answer-only": (
        ("beta", lambda g: S(g)),
        ("gamma", lambda g, xhat: S(g * xhat)),
        ("x", lambda n, t, eps, xhat, gxhat: -1 / (t + eps) * (gxhat - 1 / n * S(gxhat)) + xhat / ((n - 1) * t) * S(gxhat * xhat)),
    ),
}
# fmt: on
"""The last side of each chain whose head is the gradient by the input, the scale or the shift, in the note's order."""


def forward(convention, x, eps):  # type: ignore[no-untyped-def]
    """The layer up to xhat; x may be complex."""
    variance, epsilon, residual, _ = convention
    n, mu = len(x), S(x) / len(x)
    v = S((x - mu) ** 2) / (n if variance == "biased" else n - 1)
    t = sqrt(v)
    s = {"inside": sqrt(v + eps), "outside": t + eps, "none": t}[epsilon]
    xhat = (x - mu if residual == "x-mu" else mu - x) / s
    return {"n": n, "x": x, "eps": eps, "mu": mu, "v": v, "t": t, "s": s, "xhat": xhat}


def gradients(convention, x, g, gamma, beta, eps, step=1e-30):  # type: ignore[no-untyped-def]
    """By the complex step; the loss is the sum of g_i y_i."""

    def slope(dx=0, dgamma=0, dbeta=0):  # type: ignore[no-untyped-def]
        xhat = forward(convention, x + 1j * step * dx, eps)["xhat"]
        return S(g * ((gamma + 1j * step * dgamma) * xhat + beta + 1j * step * dbeta)).imag / step

    return {"x": np.array([slope(dx=row) for row in np.eye(len(x))]), "gamma": slope(dgamma=1), "beta": slope(dbeta=1)}


def worst(stem, convention, n):  # type: ignore[no-untyped-def]
    """The largest relative difference between a final formula of the note and the true gradient."""
    random = np.random.default_rng(n)
    x, g, gamma, beta, eps = random.normal(size=n), random.normal(size=n), 1.7, 0.4, 0.9
    gxhat = gamma * g if convention[3] == "as-written" else g
    values = forward(convention, x, eps) | {"g": g, "gamma": gamma, "gxhat": gxhat}
    true = gradients(convention, x, g, gamma, beta, eps)
    differences = []
    for head, formula in FORMULAS[stem]:
        written = formula(**{name: values[name] for name in signature(formula).parameters})
        differences.append(np.max(np.abs(written - true[head])) / np.max(np.abs(true[head])))
    return max(differences)


def test_every_note_has_a_key() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(KEY) == set(FORMULAS)
    assert len(KEY) >= 12


def test_every_choice_is_made_several_times() -> None:
    assert len(set(KEY.values())) >= 10
    for part, choices in enumerate(CHOICES):
        made = Counter(key[part] for key in KEY.values())
        assert set(made) == set(choices)
        assert min(made.values()) >= 3
    assert Counter(KEY.values())["biased", "inside", "x-mu", "as-written"] >= 3


@pytest.mark.parametrize("n", [3, 8])
@pytest.mark.parametrize("stem", KEY)
def test_the_final_formulas_hold_under_the_key_and_under_nothing_else(stem: str, n: int) -> None:
    assert worst(stem, KEY[stem], n) < 1e-10
    others = {other: worst(stem, other, n) for other in product(*CHOICES) if other != KEY[stem]}
    assert len(others) == 23
    assert min(others.values()) > 1e-6, min(others, key=others.get)
