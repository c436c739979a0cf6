"""The functions that `derive` writes: against a complex step of the tests' own, and against torch where it is installed."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bnverify.derivation.code import numpy_module, torch_module
from bnverify.derivation.derivation import asked
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.standard import STANDARD

EPS, GROUPS = 0.7, 3
SHAPES = {"batch": (7, 5), "layer": (6, 7), "rms": (6, 7), "instance": (3, 4, 5, 2), "group": (2, 6, 3, 2)}
"""As a caller has them."""
ALL = [(layer, convention) for layer, standard in STANDARD.items() for convention in standard.conventions()]
IDS = [f"{layer}-{c.variance}-{c.epsilon}-{c.residual}" for layer, c in ALL]
NEEDS_TORCH = pytest.mark.skipif(
    importlib.util.find_spec("torch") is None, reason="needs the extra `torch` of pyproject.toml"
)


def loaded(text: str, folder: Path) -> Any:
    path = folder / "derived.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(f"derived_{abs(hash(text))}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def drawn(layer: str, mean: float = 1.0) -> dict[str, Any]:
    shape = SHAPES[layer]
    draw = np.random.default_rng(len(layer))
    return {
        "x": draw.standard_normal(shape) * 2 + mean,
        "dy": draw.standard_normal(shape),
        "gamma": draw.standard_normal(shape[1]) + 2,
        "beta": draw.standard_normal(shape[1]),
    }


def over(layer: str) -> tuple[int, ...]:
    return {"batch": (0,), "layer": (1,), "rms": (1,), "instance": (2, 3), "group": (2, 3, 4)}[layer]


def output(layer: str, c: Convention, x: Any, gamma: Any, beta: Any) -> Any:
    """The layer as its definition says, in the shapes of a caller."""
    whole = x.shape
    x = x.reshape(whole[0], GROUPS, whole[1] // GROUPS, *whole[2:]) if layer == "group" else x
    axes, centred = over(layer), layer != "rms"
    count = np.prod([x.shape[axis] for axis in axes])
    away = x - x.mean(axis=axes, keepdims=True) if centred else x
    v = (away**2).sum(axis=axes, keepdims=True) / (count - (c.variance is Variance.UNBIASED))
    root = {Epsilon.INSIDE: np.sqrt(v + EPS), Epsilon.OUTSIDE: np.sqrt(v) + EPS, Epsilon.NONE: np.sqrt(v)}[c.epsilon]
    xhat = ((1 if c.residual is Residual.X_MINUS_MU else -1) * away / root).reshape(whole)
    along = (-1, *(1,) * (len(whole) - 2))
    return gamma.reshape(along) * xhat + (beta.reshape(along) if centred else 0)


def true_gradients(layer: str, c: Convention, at: dict[str, Any]) -> list[Any]:
    found = []
    for name in ("x", "gamma", "beta") if layer != "rms" else ("x", "gamma"):
        base = at[name].astype(complex)
        slope = np.empty(base.shape)
        for place in np.ndindex(*base.shape):
            nudged = base.copy()
            nudged[place] += 1e-30j
            arguments = {key: at[key] for key in ("x", "gamma", "beta")} | {name: nudged}
            slope[place] = (at["dy"] * output(layer, c, **arguments)).sum().imag / 1e-30
        found.append(slope)
    return found


def called(function: Any, layer: str, c: Convention, at: dict[str, Any]) -> Any:
    groups = {"groups": GROUPS} if layer == "group" else {}
    eps = {} if c.epsilon is Epsilon.NONE else {"eps": EPS}
    return function(at["dy"], at["x"], at["gamma"], **groups, **eps)


@pytest.mark.parametrize(("layer", "convention"), ALL, ids=IDS)
def test_the_numpy_function_returns_the_derivatives(layer: str, convention: Convention, tmp_path: Path) -> None:
    module = loaded(numpy_module(asked(STANDARD[layer], convention)), tmp_path)
    (function,) = [one for name, one in vars(module).items() if name.endswith("_backward")]
    at = drawn(layer)
    kept = {name: value.copy() for name, value in at.items()}
    found = called(function, layer, convention, at)
    for one, true in zip(found, true_gradients(layer, convention, at), strict=True):
        assert one.shape == true.shape
        assert np.abs(one - true).max() < 1e-12 * np.abs(true).max()
    assert all((at[name] == kept[name]).all() for name in at)
    assert function.__doc__ is not None
    assert "Shapes: x, y and dy (N," in function.__doc__
    assert "Source: the chain rule" in function.__doc__


@NEEDS_TORCH
@pytest.mark.parametrize(("layer", "convention"), ALL, ids=IDS)
def test_the_torch_function_passes_gradcheck(layer: str, convention: Convention, tmp_path: Path) -> None:
    import torch

    module = loaded(torch_module(asked(STANDARD[layer], convention)), tmp_path)
    (function,) = [
        one for one in vars(module).values() if isinstance(one, type) and issubclass(one, torch.autograd.Function)
    ]
    at = {name: torch.tensor(value, requires_grad=name != "dy") for name, value in drawn(layer).items()}
    others = [*([GROUPS] if layer == "group" else []), *([] if convention.epsilon is Epsilon.NONE else [EPS])]
    arguments = [at["x"], at["gamma"], *([at["beta"]] if layer != "rms" else []), *others]
    assert torch.autograd.gradcheck(function.apply, arguments)


@NEEDS_TORCH
@pytest.mark.parametrize("layer", SHAPES)
def test_the_numpy_function_agrees_with_the_layer_of_torch(layer: str, tmp_path: Path) -> None:
    import torch
    from torch.nn import functional

    at = {name: torch.tensor(value, requires_grad=name != "dy") for name, value in drawn(layer).items()}
    x, gamma, beta = at["x"], at["gamma"], at["beta"]
    y = {
        "batch": lambda: functional.batch_norm(x, None, None, gamma, beta, training=True, eps=EPS),
        "layer": lambda: functional.layer_norm(x, x.shape[1:], gamma, beta, eps=EPS),
        "rms": lambda: functional.rms_norm(x, x.shape[1:], gamma, eps=EPS),
        "instance": lambda: functional.instance_norm(x, weight=gamma, bias=beta, eps=EPS),
        "group": lambda: functional.group_norm(x, GROUPS, gamma, beta, eps=EPS),
    }[layer]()
    y.backward(at["dy"])
    module = loaded(numpy_module(asked(STANDARD[layer], Convention())), tmp_path)
    (function,) = [one for name, one in vars(module).items() if name.endswith("_backward")]
    found = called(function, layer, Convention(), drawn(layer))
    for one, leaf in zip(found, (x, gamma, beta), strict=False):
        true = leaf.grad.numpy()
        assert np.abs(one - true).max() < 1e-12 * np.abs(true).max()
