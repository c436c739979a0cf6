"""The table of frameworks is right: our closed forms against the autograd of the layers themselves.

Layers that are not installed are skipped; `pip install -e '.[test,frameworks]'` brings them all.
Our side is worked out in extended precision where the machine has it, so that the error is theirs.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import product
from typing import Any

import numpy as np
import pytest

from bnverify.model import frameworks
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import batch_norm
from bnverify.model.frameworks import FRAMEWORKS, Framework
from bnverify.model.terms import Count, LossBy, Number, Plus, Power, Sum, Term, Times, Value
from bnverify.truth.closed import closed_form

Real = np.longdouble
CONVENTIONS = [Convention(variance=v, epsilon=e, residual=r) for v, e, r in product(Variance, Epsilon, Residual)]
SIZES = [3, 8, 64]
NEAR, FAR, FURTHER = 1.0, 30.0, 1000.0
"""Means of a batch whose standard deviation is 2."""
EXTRA = {"torch": "torch", "jax": "jax"}
"""The extra that brings a library; all others come with `frameworks`."""


# Our side.


@dataclass(frozen=True)
class Batch:
    """One feature of a batch, and the upstream gradient of each of its samples."""

    x: Any
    g: Any
    eps: float
    gamma: float = 1.7
    beta: float = -0.4

    @property
    def n(self) -> int:
        return len(self.x)


def drawn(n: int, eps: float, mean: float = NEAR) -> Batch:
    draw = np.random.default_rng((n, int(mean)))
    return Batch(draw.standard_normal(n) * 2 + mean, draw.standard_normal(n), eps)


def worth(term: Term, at: Mapping[str, Any], place: Mapping[str, Any]) -> Any:
    """A term on numbers; `place` has the samples that an index runs through, each index along its own axis."""
    match term:
        case Number(value=value):
            return Real(value.numerator) / value.denominator
        case Count():
            return Real(len(at["x"]))
        case Plus(terms=parts):
            return sum(worth(part, at, place) for part in parts)
        case Times(factors=parts):
            return np.prod(np.broadcast_arrays(*(worth(part, at, place) for part in parts)), axis=0)
        case Power(base=base, exponent=exponent):
            return worth(base, at, place) ** (Real(exponent.numerator) / exponent.denominator)
        case Sum(index=index, body=body):
            samples = np.arange(len(at["x"])).reshape(-1, *[1] * len(place))
            return (worth(body, at, {**place, index: samples}) + 0 * samples).sum(axis=0)
        case LossBy(value=Value(name="y", index=(i,))):
            return at["g"][place[i]]
        case Value(name=name, index=index):
            return at[name][tuple(place[i] for i in index)]
        case _:
            raise AssertionError(term)


def ours(batch: Batch, convention: Convention) -> dict[str, Any]:
    """The output, and the closed forms of the derivatives of the loss."""
    forward, every = batch_norm(convention), np.arange(batch.n)
    at = {name: np.asarray(getattr(batch, name), dtype=Real) for name in ("x", "g", "gamma", "beta", "eps")}
    for node in forward.nodes:
        at[node.name] = np.asarray(worth(node.value, at, dict.fromkeys(node.index, every)))
    closed = {name: closed_form(value, forward) for name, value in BY.items()}
    found = {name: worth(term, at, dict.fromkeys(BY[name].index, every)) for name, term in closed.items()}
    return {"y": at["y"], "v": at["v"], **found}


BY = {"x": Value("x", ("i",)), "gamma": Value("gamma"), "beta": Value("beta")}


def error(found: Any, true: Any) -> float:
    return float(np.abs(np.asarray(found, dtype=Real).reshape(np.shape(true)) - true).max() / np.abs(true).max())


# Their side: the output, the gradients, and what is kept of the variance after one batch.


def needed(module: str) -> Any:
    extra = EXTRA.get(module.partition(".")[0], "frameworks")
    return pytest.importorskip(module, reason=f"needs the extra `{extra}` of pyproject.toml")


@pytest.fixture(scope="module", autouse=True)
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Before the first import: Keras on a backend that is there, and no file in the home directory."""
    there = [name for name in ("tensorflow", "torch", "jax") if find_spec(name)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KERAS_BACKEND", os.environ.get("KERAS_BACKEND", there[0] if there else "tensorflow"))
        patch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
        patch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
        yield


def jax64() -> Any:
    jax = needed("jax")
    jax.config.update("jax_enable_x64", True)
    return jax


def images(n: int, dimensions: int) -> tuple[int, ...]:
    """A shape of n values of one channel: samples, and positions where n can be divided."""
    if dimensions and n % 4 == 0:
        return (n // 4, 1, 2, 2) if dimensions == 2 else (n // 4, 1, 2, 1, 2)
    return (n, 1, *[1] * dimensions)


def torch_grads(batch: Batch, normalise: Callable[[Any, Any, Any], Any], shape: tuple[int, ...]) -> dict[str, Any]:
    torch = needed("torch")
    leaves = [
        torch.tensor(of, dtype=torch.float64, requires_grad=True) for of in (batch.x, [batch.gamma], [batch.beta])
    ]
    y = normalise(leaves[0].reshape(shape), *leaves[1:])
    y.backward(torch.tensor(batch.g).reshape(shape))
    return {"y": y.detach(), **{name: leaf.grad for name, leaf in zip(BY, leaves, strict=True)}}


def torch_function(batch: Batch) -> dict[str, Any]:
    function = needed("torch").nn.functional.batch_norm
    mean, variance = needed("torch").zeros(2, 1, dtype=needed("torch").float64)
    kept = {"training": True, "momentum": 1.0, "eps": batch.eps}
    found = torch_grads(batch, lambda x, w, b: function(x, mean, variance, w, b, **kept), (batch.n, 1))
    return {**found, "kept": variance}


def torch_layer(dimensions: int) -> Callable[[Batch], dict[str, Any]]:
    def run(batch: Batch) -> dict[str, Any]:
        torch = needed("torch")
        kind = getattr(torch.nn, f"BatchNorm{dimensions or 1}d")
        layer = kind(1, eps=batch.eps, momentum=1.0, dtype=torch.float64)

        def call(x: Any, weight: Any, bias: Any) -> Any:
            return torch.func.functional_call(layer, {"weight": weight, "bias": bias}, (x,))

        return {**torch_grads(batch, call, images(batch.n, dimensions)), "kept": layer.running_var}

    return run


def jax_grads(batch: Batch, normalise: Callable[[Any, Any, Any], Any]) -> dict[str, Any]:
    """`normalise` gives the output, and with it the variance that is kept."""
    jax = jax64()
    leaves = [jax.numpy.asarray(of) for of in (batch.x[:, None], [batch.gamma], [batch.beta])]
    y, back, kept = jax.vjp(normalise, *leaves, has_aux=True)
    return {"y": y, "kept": kept, **dict(zip(BY, back(jax.numpy.asarray(batch.g)[:, None]), strict=True))}


def jax_numpy(batch: Batch) -> dict[str, Any]:
    jnp = jax64().numpy

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        return gamma * (x - jnp.mean(x, 0)) / jnp.sqrt(jnp.var(x, 0) + batch.eps) + beta, None

    return jax_grads(batch, call)


def jax_standardize(batch: Batch) -> dict[str, Any]:
    jax = jax64()

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        return gamma * jax.nn.standardize(x, axis=0, epsilon=batch.eps) + beta, None

    return jax_grads(batch, call)


def flax_linen(fast: bool) -> Callable[[Batch], dict[str, Any]]:
    def run(batch: Batch) -> dict[str, Any]:
        jax, linen = jax64(), needed("flax.linen")
        kinds = {"dtype": "float64", "param_dtype": "float64", "use_fast_variance": fast}
        layer = linen.BatchNorm(use_running_average=False, momentum=0.0, epsilon=batch.eps, **kinds)
        start = layer.init(jax.random.key(0), batch.x[:, None])

        def call(x: Any, gamma: Any, beta: Any) -> Any:
            variables = {**start, "params": {"scale": gamma, "bias": beta}}
            y, after = layer.apply(variables, x, mutable=["batch_stats"])
            return y, after["batch_stats"]["var"]

        return jax_grads(batch, call)

    return run


def flax_nnx(batch: Batch) -> dict[str, Any]:
    jax, nnx = jax64(), needed("flax.nnx")
    kinds = {"dtype": "float64", "param_dtype": "float64", "use_fast_variance": False}

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        layer = nnx.BatchNorm(1, momentum=0.0, epsilon=batch.eps, rngs=nnx.Rngs(0), **kinds)
        layer.scale, layer.bias = nnx.Param(gamma), nnx.Param(beta)
        layer.mean, layer.var = (nnx.BatchStat(jax.numpy.zeros(1)) for _ in range(2))
        return layer(x, use_running_average=False), layer.var[...]

    return jax_grads(batch, call)


def keras_layer(backend: str) -> Callable[[Batch], dict[str, Any]]:
    def run(batch: Batch) -> dict[str, Any]:
        if find_spec("keras") and os.environ["KERAS_BACKEND"] != backend:
            pytest.skip("Keras takes one backend a process; the variable KERAS_BACKEND says which")
        keras = needed("keras")
        if backend == "jax":
            jax64()
        layer = keras.layers.BatchNormalization(epsilon=batch.eps, momentum=0.0, dtype="float64")
        layer.build((None, 1))
        layer.gamma.assign([batch.gamma])
        layer.beta.assign([batch.beta])
        found = KERAS_GRADS[backend](layer, batch.x[:, None], batch.g[:, None])
        return {name: keras.ops.convert_to_numpy(value) for name, value in found.items()}

    return run


def keras_on_tensorflow(layer: Any, x: Any, g: Any) -> dict[str, Any]:
    tf = needed("tensorflow")
    leaves = [tf.Variable(x), layer.gamma.value, layer.beta.value]
    with tf.GradientTape() as tape:
        y = layer(leaves[0].value(), training=True)
    return {"y": y, "kept": layer.moving_variance, **dict(zip(BY, tape.gradient(y, leaves, g), strict=True))}


def keras_on_torch(layer: Any, x: Any, g: Any) -> dict[str, Any]:
    torch = needed("torch")
    leaves = [torch.tensor(x, requires_grad=True), layer.gamma.value, layer.beta.value]
    y = layer(leaves[0], training=True)
    y.backward(torch.tensor(g))
    return {"y": y, "kept": layer.moving_variance, **{by: one.grad for by, one in zip(BY, leaves, strict=True)}}


def keras_on_jax(layer: Any, x: Any, g: Any) -> dict[str, Any]:
    still = [one.value for one in layer.non_trainable_variables]

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        y, after = layer.stateless_call([gamma, beta], still, x, training=True)
        return y, after[1]

    y, back, kept = jax64().vjp(call, x, layer.gamma.value, layer.beta.value, has_aux=True)
    return {"y": y, "kept": kept, **dict(zip(BY, back(jax64().numpy.asarray(g)), strict=True))}


KERAS_GRADS = {"tensorflow": keras_on_tensorflow, "torch": keras_on_torch, "jax": keras_on_jax}


def tensorflow_grads(batch: Batch, dtype: str, normalise: Callable[[Any, Any, Any], Any]) -> dict[str, Any]:
    tf = needed("tensorflow")
    leaves = [tf.Variable(of, dtype=dtype) for of in (batch.x.reshape(-1, 1, 1, 1), [batch.gamma], [batch.beta])]
    with tf.GradientTape() as tape:
        y, kept = normalise(*(leaf.value() for leaf in leaves))
    back = tape.gradient(y, leaves, tf.constant(batch.g.reshape(-1, 1, 1, 1), dtype=dtype))
    return {"y": y.numpy(), "kept": kept.numpy(), **dict(zip(BY, (one.numpy() for one in back), strict=True))}


def tensorflow_moments(batch: Batch) -> dict[str, Any]:
    tf = needed("tensorflow")

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        mean, variance = tf.nn.moments(x, [0, 1, 2])
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, batch.eps), variance

    return tensorflow_grads(batch, "float64", call)


def tensorflow_fused(batch: Batch) -> dict[str, Any]:
    fused = needed("tensorflow").compat.v1.nn.fused_batch_norm

    def call(x: Any, gamma: Any, beta: Any) -> Any:
        y, _, variance = fused(x, gamma, beta, epsilon=batch.eps)
        return y, variance

    return tensorflow_grads(batch, "float32", call)


# What is compared.


DOUBLE = {NEAR: 1e-12, FURTHER: 1e-12}
SQUARES = {NEAR: 1e-12, FURTHER: 1e-9}
"""Double precision with the variance as the mean of the squares less the square of the mean.

That loses as many digits as (mean / standard deviation)^2 has.
"""
SINGLE = {NEAR: 1e-5, FAR: 1e-3}
"""Single precision, where a larger mean would leave too few digits to tell the two variances apart."""


@dataclass(frozen=True)
class Layer:
    """A layer, or a function that does its work, and what a framework's entry says about it."""

    name: str
    framework: str
    run: Callable[[Batch], dict[str, Any]]
    tolerance: Mapping[float, float]
    """For each mean that it is tried at."""
    keeps: Variance | None = None


LAYERS = [
    Layer("torch.nn.functional.batch_norm", "pytorch", torch_function, DOUBLE, Variance.UNBIASED),
    Layer("torch.nn.BatchNorm1d", "pytorch", torch_layer(0), DOUBLE, Variance.UNBIASED),
    Layer("torch.nn.BatchNorm2d", "pytorch", torch_layer(2), DOUBLE, Variance.UNBIASED),
    Layer("torch.nn.BatchNorm3d", "pytorch", torch_layer(3), DOUBLE, Variance.UNBIASED),
    Layer("tf.nn.moments", "tensorflow", tensorflow_moments, DOUBLE, Variance.BIASED),
    Layer("fused_batch_norm", "tensorflow", tensorflow_fused, SINGLE, Variance.UNBIASED),
    Layer("keras-tensorflow", "keras", keras_layer("tensorflow"), DOUBLE, Variance.BIASED),
    Layer("keras-torch", "keras", keras_layer("torch"), SINGLE, Variance.BIASED),
    Layer("keras-jax", "keras", keras_layer("jax"), SINGLE, Variance.BIASED),
    Layer("jax.numpy", "jax", jax_numpy, DOUBLE),
    Layer("jax.nn.standardize", "jax", jax_standardize, SQUARES),
    Layer("flax.linen.BatchNorm", "jax", flax_linen(fast=False), DOUBLE, Variance.BIASED),
    Layer("flax.linen.BatchNorm-fast", "jax", flax_linen(fast=True), SQUARES, Variance.BIASED),
    Layer("flax.nnx.BatchNorm", "jax", flax_nnx, DOUBLE, Variance.BIASED),
]
"""The fused kernel knows no double precision, nor does Keras 3.15 outside of TensorFlow, whatever its dtype."""
every_layer = pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
every_convention = pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")


@pytest.mark.parametrize("eps", [0.3, 1e-5])
@pytest.mark.parametrize("n", SIZES)
@every_layer
def test_autograd_of_the_layer_gives_our_closed_forms(layer: Layer, n: int, eps: float) -> None:
    for mean, tolerance in layer.tolerance.items():
        batch = drawn(n, eps, mean)
        found, true = layer.run(batch), ours(batch, FRAMEWORKS[layer.framework].convention)
        errors = {name: error(found[name], true[name]) for name in ("y", *BY)}
        assert max(errors.values()) < tolerance, (mean, errors)


@every_layer
def test_no_other_convention_would_do(layer: Layer) -> None:
    batch = drawn(8, 0.3)
    found = layer.run(batch)["x"]
    fitting = [c for c in CONVENTIONS if error(found, ours(batch, c)["x"]) < 1e-2]
    assert fitting == [FRAMEWORKS[layer.framework].convention]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("layer", [one for one in LAYERS if one.keeps], ids=lambda layer: layer.name)
def test_the_layer_keeps_the_variance_that_the_table_says(layer: Layer, n: int) -> None:
    batch = drawn(n, 0.3)
    kept, true = layer.run(batch)["kept"], ours(batch, Convention(variance=layer.keeps or Variance.BIASED))["v"]
    assert error(kept, true.reshape(1)) < layer.tolerance[NEAR]


def by_hand(c: Convention, batch: Batch) -> Callable[[Any, Any, Any], Any]:
    """The forward pass as one would write it, for tensors of any library."""

    def normalise(x: Any, gamma: Any, beta: Any) -> Any:
        r = x - x.sum() / batch.n if c.residual is Residual.X_MINUS_MU else x.sum() / batch.n - x
        v = (r * r).sum() / (batch.n if c.variance is Variance.BIASED else batch.n - 1)
        match c.epsilon:
            case Epsilon.INSIDE:
                s = (v + batch.eps) ** 0.5
            case Epsilon.OUTSIDE:
                s = v**0.5 + batch.eps
            case Epsilon.NONE:
                s = v**0.5
        return gamma * r / s + beta

    return normalise


HANDS: Mapping[str, Callable[[Batch, Convention], dict[str, Any]]] = {
    "torch": lambda batch, c: torch_grads(batch, by_hand(c, batch), (batch.n, 1)),
    "jax": lambda batch, c: jax_grads(batch, lambda *leaves: (by_hand(c, batch)(*leaves), None)),
}


@pytest.mark.parametrize("n", SIZES)
@every_convention
@pytest.mark.parametrize("library", HANDS)
def test_autograd_of_a_forward_pass_by_hand_gives_our_closed_forms(library: str, c: Convention, n: int) -> None:
    batch = drawn(n, 0.3)
    found, true = HANDS[library](batch, c), ours(batch, c)
    errors = {name: error(found[name], true[name]) for name in ("y", *BY)}
    assert max(errors.values()) < 1e-12, errors


@pytest.mark.parametrize("n", SIZES)
def test_a_step_of_sgd_moves_what_we_say_and_as_far(n: int) -> None:
    torch = needed("torch")
    layer = torch.nn.BatchNorm1d(1, eps=0.3, dtype=torch.float64)
    batch = Batch(drawn(n, 0.3).x, drawn(n, 0.3).g, 0.3, gamma=1.0, beta=0.0)
    layer(torch.tensor(batch.x[:, None])).backward(torch.tensor(batch.g[:, None]))
    torch.optim.SGD(layer.parameters(), lr=0.5).step()
    true, kept = ours(batch, FRAMEWORKS["pytorch"].convention), ours(batch, Convention(variance=Variance.UNBIASED))["v"]
    assert error(layer.weight.detach(), (1 - true["gamma"] / 2).reshape(1)) < 1e-12
    assert error(layer.bias.detach(), (-true["beta"] / 2).reshape(1)) < 1e-12
    assert error(layer.running_var, (Real(9) / 10 + kept / 10).reshape(1)) < 1e-12


# The table itself.


def test_every_framework_of_the_module_is_in_the_table() -> None:
    entries = [one for one in vars(frameworks).values() if isinstance(one, Framework)]
    assert list(FRAMEWORKS.values()) == entries
    assert {layer.framework for layer in LAYERS} == set(FRAMEWORKS)


@pytest.mark.parametrize("one", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_an_entry_reads_well(one: Framework) -> None:
    assert FRAMEWORKS[one.name] is one
    assert re.fullmatch("[a-z]+", one.name)
    assert one.source.startswith("https://")
    assert not one.running.endswith(".")
    assert "\n" not in one.running


@pytest.mark.parametrize("one", FRAMEWORKS.values(), ids=FRAMEWORKS)
def test_the_sentence_names_every_variance_that_the_layers_keep(one: Framework) -> None:
    kept = {layer.keeps.value for layer in LAYERS if layer.framework == one.name and layer.keeps}
    assert kept <= set(re.findall(r"\b(?:un)?biased\b", one.running))
