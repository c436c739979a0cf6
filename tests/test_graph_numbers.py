"""Every formula of the graph against numbers: a forward pass by hand, and the complex step through it.

Nothing that the package computes with is used here, but for the terms that are tested.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from bnverify.graph.build import Edge, Flow, Graph, build
from bnverify.graph.drawing import declared_forward
from bnverify.model.axes import axis_of
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import normalisation
from bnverify.model.layers import LAYERS
from bnverify.model.standard import STANDARD
from bnverify.model.terms import (
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Value,
    free_indices,
)
from bnverify.pipeline import understand
from bnverify.source import Note
from tests.conftest import ROOT

STEP = 1e-30
EPS = 0.3
OVER = {"batch": (0,), "layer": (1,), "rms": (1,), "instance": (2,), "group": (2, 3)}
GAINS = {"batch": (), "layer": (1,), "rms": (1,), "instance": (1,), "group": (1, 2)}
CASES = [(name, convention) for name, one in STANDARD.items() for convention in one.conventions()]
Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
Makers = Mapping[str, Callable[[Arrays], Array]]
"""How each quantity is made of the others, in topological order."""


# -- a forward pass by hand


def by_hand(name: str, convention: Convention, sizes: tuple[int, ...]) -> tuple[Arrays, Makers]:
    over, gains = OVER[name], GAINS[name]
    kept = tuple(axis for axis in range(len(sizes)) if axis not in over)

    def spread(array: Array, axes: tuple[int, ...]) -> Array:
        return array.reshape(tuple(size if axis in axes else 1 for axis, size in enumerate(sizes)))

    def mean(at: Arrays) -> Array:
        return at["x"].mean(axis=over)

    def residual(at: Arrays) -> Array:
        if name == "rms":
            return at["x"]
        found = at["x"] - spread(at["mu"], kept)
        return found if convention.residual is Residual.X_MINUS_MU else -found

    def variance(at: Arrays) -> Array:
        places = prod(sizes[axis] for axis in over)
        return (residual(at) ** 2).sum(axis=over) / (places - (convention.variance is Variance.UNBIASED))

    def normalised(at: Arrays) -> Array:
        v = spread(at["v"], kept)
        divisor = {
            Epsilon.INSIDE: np.sqrt(v + EPS), Epsilon.OUTSIDE: np.sqrt(v) + EPS, Epsilon.NONE: np.sqrt(v),
        }  # fmt: skip
        return residual(at) / divisor[convention.epsilon]

    def output(at: Arrays) -> Array:
        scaled = spread(at["gamma"], gains) * at["xhat"]
        return scaled if name == "rms" else scaled + spread(at["beta"], gains)

    rng = np.random.default_rng(len(sizes) * 100 + sum(sizes))
    of_gains = tuple(sizes[axis] for axis in gains)
    given = {"x": rng.normal(size=sizes), "gamma": rng.normal(size=of_gains), "beta": rng.normal(size=of_gains)}
    makers = {"mu": mean, "v": variance, "xhat": normalised, "y": output}
    if name == "rms":
        del makers["mu"], given["beta"]
    return {key: np.asarray(one) for key, one in given.items()}, makers


def sizes_of(name: str, n: int) -> tuple[int, ...]:
    first = OVER[name][0]
    return tuple(n if axis == first else (2, 3, 2, 2)[axis] for axis in range(STANDARD[name].layer.rank))


# -- the complex step


class Numbers:
    """The values of all quantities, and their derivatives by the complex step through the makers."""

    def __init__(self, given: Arrays, makers: Makers, sizes: tuple[int, ...], loss: str = "") -> None:
        self.makers, self.sizes, self.loss = makers, sizes, loss
        self.at = self.followed(given)
        last = list(makers)[-1]
        self.weights = np.random.default_rng(7).normal(size=self.at[last].shape)
        self.slopes = cache(self._slopes)
        self.gradient = cache(self._gradient)

    def followed(self, given: Arrays, fixed: frozenset[str] = frozenset()) -> Arrays:
        at = dict(given)
        for name, maker in self.makers.items():
            if name not in fixed:
                at[name] = np.asarray(maker(at))
        return at

    def _slopes(self, child: str, parent: str) -> Array:
        """The local derivatives of each place of the child by each of the parent, all else held."""
        found = np.zeros(self.at[child].shape + self.at[parent].shape)
        for place in np.ndindex(self.at[parent].shape):
            at = self.at | {parent: nudged(self.at[parent], place)}
            found[(..., *place)] = np.asarray(self.makers[child](at)).imag / STEP
        return found

    def _gradient(self, name: str) -> Array:
        """The derivative of the loss by each place of a quantity, everything downstream following."""
        found = np.zeros(self.at[name].shape)
        for place in np.ndindex(found.shape):
            at = self.followed(self.at | {name: nudged(self.at[name], place)}, frozenset((name,)))
            found[place] = self._loss(at).imag / STEP
        return found

    def _loss(self, at: Arrays) -> Any:
        """A loss that is not linear in the output."""
        if self.loss:
            return at[self.loss]
        y = at[list(self.makers)[-1]]
        return (self.weights * y + y**3 / 3).sum()


def nudged(array: Array, place: tuple[int, ...]) -> Array:
    found = array.astype(complex)
    found[place] += STEP * 1j
    return found


# -- terms as numbers


def value(term: Term, numbers: Numbers | SimpleNamespace, at: Arrays, places: Mapping[str, int]) -> Any:
    def inner(part: Term) -> Any:
        return value(part, numbers, at, places)

    match term:
        case Number(value=number):
            return float(number)
        case Count(axis=axis):
            return numbers.sizes[axis]
        case Value(name="eps"):
            return EPS
        case Value(name=name, index=index):
            return at[name][tuple(places[one] for one in index)]
        case Delta(left=left, right=right):
            return float(places[left] == places[right])
        case Sum(index=index, body=body):
            size = numbers.sizes[axis_of(index)]
            return sum(value(body, numbers, at, {**places, index: k}) for k in range(size))
        case Plus(terms=terms):
            return sum(map(inner, terms))
        case Times(factors=factors):
            return prod(map(inner, factors))
        case Power(base=base, exponent=exponent):
            return inner(base) ** float(exponent)
        case Exp(body=body):
            return np.exp(inner(body))
        case Log(body=body):
            return np.log(inner(body))
        case LossBy(value=by):
            return numbers.gradient(by.name)[tuple(places[one] for one in by.index)]
        case Partial(of=Value() as of, by=by):
            return numbers.slopes(of.name, by.name)[tuple(places[one] for one in (*of.index, *by.index))]
    raise AssertionError(term)


def every_place(indices: tuple[str, ...], numbers: Numbers) -> list[dict[str, int]]:
    ranges = [range(numbers.sizes[axis_of(one)]) for one in indices]
    return [dict(zip(indices, places, strict=True)) for places in product(*ranges)]


def close(found: Any, expected: Any) -> bool:
    return bool(abs(found - expected) <= 1e-9 * (1 + abs(expected)))


def check(graph: Graph, numbers: Numbers) -> None:
    """Definitions, local derivatives, messages and gradients, at every place."""
    for edge in graph.edges:
        if edge.flow not in (Flow.GIVEN, Flow.NOTHING):
            check_local(edge, numbers)
            check_message(edge, numbers)
    for one in graph.quantities:
        for places in every_place(one.value.index, numbers):
            at = tuple(places[index] for index in one.value.index)
            if one.definition is not None:
                assert close(value(one.definition, numbers, numbers.at, places), numbers.at[one.value.name][at])
            if one.gradient is not None:
                assert close(value(one.gradient, numbers, numbers.at, places), numbers.gradient(one.value.name)[at])


def check_local(edge: Edge, numbers: Numbers) -> None:
    """Where the formula speaks, it is right; between the places that it does not speak of, nothing depends."""
    slopes = numbers.slopes(edge.child.name, edge.parent.name)
    told = np.zeros(slopes.shape, dtype=bool)
    indices = tuple(dict.fromkeys((*edge.child.index, *edge.parent.index)))
    assert free_indices(edge.local) <= set(indices)
    for places in every_place(indices, numbers):
        at = tuple(places[one] for one in (*edge.child.index, *edge.parent.index))
        told[at] = True
        assert close(value(edge.local, numbers, numbers.at, places), slopes[at])
        assert edge.flow is not Flow.ZERO or close(slopes[at], 0)
    assert np.allclose(slopes[~told], 0)


def check_message(edge: Edge, numbers: Numbers) -> None:
    """The message is all that comes back to a place from all places of the child."""
    slopes, gradient = numbers.slopes(edge.child.name, edge.parent.name), numbers.gradient(edge.child.name)
    expected = np.tensordot(gradient, slopes, axes=gradient.ndim)
    for places in every_place(edge.parent.index, numbers):
        at = tuple(places[one] for one in edge.parent.index)
        for term in (edge.message, edge.chain):
            assert close(value(term, numbers, numbers.at, places), expected[at])


# -- the tests


@pytest.mark.parametrize("n", [3, 4, 5])
@pytest.mark.parametrize(("name", "convention"), CASES, ids=lambda one: one if isinstance(one, str) else "")
def test_every_formula_of_a_layer_is_what_the_complex_step_finds(name: str, convention: Convention, n: int) -> None:
    sizes = sizes_of(name, n)
    check(graph_of(name, convention), Numbers(*by_hand(name, convention, sizes), sizes))


@cache
def graph_of(name: str, convention: Convention) -> Graph:
    return build(STANDARD[name].forward(convention))


def by_definition(graph: Graph, n: int) -> Numbers:
    """The forward pass of a graph with one axis, node by node as it is defined."""
    rng = np.random.default_rng(n)
    quantities = [one for one in graph.quantities if one.value.name != "loss" or one.definition is not None]
    given = {
        one.value.name: np.asarray(rng.uniform(0.5, 2, size=(n,) * len(one.value.index)))
        for one in quantities
        if one.definition is None
    }
    if "t" in given:
        given["t"] = given["t"] / given["t"].sum()
    made = [one for one in quantities if one.definition is not None]
    alone = SimpleNamespace(sizes=(n,))

    def maker(term: Term, index: tuple[str, ...]) -> Callable[[Arrays], Array]:
        def make(at: Arrays) -> Array:
            places = [dict(zip(index, place, strict=True)) for place in np.ndindex((n,) * len(index))]
            found = [value(term, alone, at, one) for one in places]
            return np.asarray(found).reshape((n,) * len(index))

        return make

    makers = {one.value.name: maker(one.definition, one.value.index) for one in made if one.definition is not None}
    return Numbers(given, makers, (n,), "loss" if "loss" in makers else "")


@pytest.mark.parametrize("n", [3, 4, 5])
@pytest.mark.parametrize("name", ["softmax", "inference"])
def test_the_other_layers_are_right_as_well(name: str, n: int) -> None:
    graph = build(normalisation(Convention(), LAYERS[name]))
    check(graph, by_definition(graph, n))


@pytest.mark.parametrize("n", [3, 5])
@pytest.mark.parametrize(
    "path",
    [
        "tests/notes/helper-s-as-node.md",
        "tests/notes/helpers-as-nodes.md",
        "derivations/001-with-a-quotient-rule-attempt.md",
        "derivations/family/softmax-cross-entropy.md",
        "tests/notes/family/squared-error-behind-it.md",
    ],
)
def test_the_graphs_of_notes_with_helpers_and_losses_are_right(path: str, n: int) -> None:
    understood = understand(Note(path, (ROOT / path).read_text(encoding="utf-8")))
    graph = build(declared_forward(understood, understood.declared.convention))
    check(graph, by_definition(graph, n))


def test_a_wrong_formula_would_be_found() -> None:
    """The check itself is no rubber stamp."""
    graph = graph_of("batch", Convention())
    sizes = sizes_of("batch", 4)
    other = Convention(variance=Variance.UNBIASED)
    with pytest.raises(AssertionError):
        check(graph, Numbers(*by_hand("batch", other, sizes), sizes))
