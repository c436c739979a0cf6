"""The truth that functions are compared with is right: against a complex step of forward passes written here."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.trial.factors import FACTORS, MOVES, products
from bnverify.trial.inputs import EPS, EVERYTHING, SHAPES, Setting, Trial, conventions, table_of
from bnverify.trial.naming import applied, pieces
from bnverify.trial.values import UPSTREAM, gradient_term, spread

SETTINGS = [
    Setting(shape.name, layer, convention, EPS)
    for shape in SHAPES.values()
    for layer in shape.layers
    for convention in conventions(layer)
]
AXES = {
    ("n,d", "batch"): 0, ("n,d", "layer"): 1, ("n,d", "rms"): 1, ("n,d", "inference"): 0, ("n,d", EVERYTHING): (0, 1),
    ("n,c,h,w", "batch"): (0, 2, 3), ("n,c,h,w", "instance"): (2, 3), ("n,c,h,w", "group"): (2, 3, 4),
    ("n,c,h,w", "layer"): (1, 2, 3), ("n", "batch"): 0, ("n", "layer"): 0, ("n", "rms"): 0,
}  # fmt: skip
GAINS = {("n,d", ""): (1, -1), ("n,c,h,w", ""): (1, -1, 1, 1), ("n,c,h,w", "group"): (1, 2, -1, 1, 1), ("n", ""): (-1,)}


def named(setting: Setting) -> str:
    c = setting.convention
    return f"{setting.layer.name}-{setting.shape}-{c.variance}-{c.epsilon}-{c.residual}"


def y_of(setting: Setting, x: Any, gamma: Any, beta: Any, statistics: tuple[Any, Any] | None = None) -> Any:
    """The output, and the statistics that it was made with."""
    home, c = (setting.shape, setting.layer.name), setting.convention
    axes = AXES[home]
    count = np.prod([x.shape[axis] for axis in np.atleast_1d(axes)])
    mu = x.mean(axis=axes, keepdims=True) if setting.layer.name != "rms" else 0
    v = ((x - mu) ** 2).sum(axis=axes, keepdims=True) / (count - (c.variance is Variance.UNBIASED))
    mu, v = statistics or (mu, v)
    s = {Epsilon.INSIDE: np.sqrt(v + EPS), Epsilon.OUTSIDE: np.sqrt(v) + EPS, Epsilon.NONE: np.sqrt(v)}[c.epsilon]
    hat = (x - mu) / s if c.residual is Residual.X_MINUS_MU else (mu - x) / s
    return gamma * hat + beta, (mu, v)


@pytest.mark.parametrize("setting", SETTINGS, ids=named)
def test_a_gradient_is_the_complex_step_of_the_forward_pass(setting: Setting) -> None:
    trial = SHAPES[setting.shape].trials[1]
    table, sizes = table_of(setting, trial, False), setting.sizes(trial)
    shaped = GAINS.get((setting.shape, setting.layer.name), GAINS[setting.shape, ""])
    if (setting.shape, setting.layer.name) == ("n,c,h,w", "layer"):
        shaped = (1, *trial.shape[1:])
    x, g = table["x"], table[UPSTREAM]
    gamma, beta = (table[name].reshape(shaped) for name in ("gamma", "beta"))
    _, statistics = y_of(setting, x, gamma, beta)
    held = statistics if setting.layer.constant else None
    for name, leaf in (("dx", x), ("dgamma", gamma), ("dbeta", beta)):
        found = []
        for place in range(leaf.size):
            step = np.zeros(leaf.size, dtype=complex)
            step[place] = 1e-30j
            moved = {"dx": x, "dgamma": gamma, "dbeta": beta} | {name: leaf + step.reshape(leaf.shape)}
            y, _ = y_of(setting, moved["dx"], moved["dgamma"], moved["dbeta"], held)
            found.append(float((g * y).sum().imag / 1e-30))
        term, index = gradient_term(name, setting.forward)
        ours = spread(term, index, table, sizes).reshape(-1)
        assert np.abs(ours - found).max() <= 1e-12 * np.abs(found).max()


def test_the_trials_hide_nothing() -> None:
    for shape in SHAPES.values():
        near = [one for one in shape.trials if not one.is_far]
        assert sum(one.is_far for one in shape.trials) == sum(one.fresh for one in shape.trials) == 1
        for setting in (Setting(shape.name, layer, Convention(), EPS) for layer in shape.layers):
            for trial in near:
                table = table_of(setting, trial, False)
                assert np.ptp(table[UPSTREAM]) > 0.1
                assert np.abs(np.abs(table["gamma"]) - 1).min() > 0.1
                assert EPS / table["v"].max() > 0.01


def test_the_counts_of_a_shape_are_all_different_where_it_matters() -> None:
    assert all(n != d for n, d in (one.shape for one in SHAPES["n,d"].trials))
    assert all(one.shape[1] != one.shape[3] != 1 for one in SHAPES["n,c,h,w"].trials)


def test_products_of_slips_are_found_with_the_least_number_of_moves() -> None:
    known = frozenset(("-1", "2", "n", "n-1", "gamma", "s", "root v", "outside", "other"))
    found = products(known)
    assert found[()] == 0
    assert all(found[one] == 1 for one in MOVES if {symbol for symbol, _ in one} <= known)
    assert set(FACTORS) <= set(products(known | {"inside"}))


def test_a_closed_form_without_slips_is_itself() -> None:
    setting = SETTINGS[0]
    term, index = gradient_term("dx", setting.forward)
    trial = Trial((3, 5))
    table = table_of(setting, trial, False)
    again = applied((), setting, "dx", (setting.forward, term, index))
    assert again is not None
    assert len(pieces(term)) == 3
    assert np.allclose(spread(again, index, table, (3, 5)), spread(term, index, table, (3, 5)), rtol=1e-13)
