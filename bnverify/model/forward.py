"""The forward pass as a graph of terms: built in for a layer and a convention, or as a note declares it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, reduce

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.conventions import SAMPLE, Convention, Residual, Samples, Upstream, Variance
from bnverify.model.layers import BATCH, Layer
from bnverify.model.quantities import EPSILON, INPUT, LOSS, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, TARGET, VARIANCE
from bnverify.model.terms import (
    ONE,
    Count,
    Exp,
    Power,
    Sum,
    Term,
    Value,
    negative,
    plus,
    power,
    rename,
    swapped,
    times,
    walk,
)


@frozen
class Leaf:
    """A quantity that the forward pass takes as given; `index` is what it carries, for its axes."""

    name: str
    index: tuple[str, ...] = ()


@frozen
class Node:
    """A quantity with a defining expression in leaves and earlier nodes; `index` is free in `value`."""

    name: str
    index: tuple[str, ...]
    value: Term

    @property
    def is_statistic(self) -> bool:
        """Made of a sum along axes that it does not carry an index for: the mean, the variance."""
        if self.name == LOSS:
            return False
        axes = {axis_of(part.index) for part in walk(self.value) if isinstance(part, Sum)}
        return bool(axes) and not axes & {axis_of(index) for index in self.index}


@frozen
class Forward:
    """The graph, in topological order. The loss is any differentiable function of the last node.

    All leaves are real; eps is positive. Nodes that are made of sums are the statistics of the batch
    (or helpers that a note differentiates the loss by).
    """

    convention: Convention
    leaves: tuple[Leaf, ...]
    nodes: tuple[Node, ...]
    layer: Layer = BATCH

    @property
    def output(self) -> Node:
        return self.nodes[-1]

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def leaf(self, name: str) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.name == name), None)

    def index_of(self, name: str) -> tuple[str, ...]:
        """The indices that a quantity of the graph carries; none for what is no part of it."""
        found = self.node(name) or self.leaf(name)
        return found.index if found else ()

    def sizes(self, n: int) -> tuple[int, ...]:
        """How many places each axis has in a small example with n along the first that the statistics run over."""
        others = OTHER_SIZES if n < UNEQUAL_FROM else UNEQUAL_SIZES
        return tuple(n if axis == self.layer.over[0] else others[axis] for axis in range(self.layer.rank))


USUAL_NODES = frozenset((MEAN, VARIANCE, NORMALISED, OUTPUT, LOSS))
OTHER_SIZES = (3, 2, 3, 2, 2)
"""Places along the axes that an example does not vary, for the smallest examples."""
UNEQUAL_FROM, UNEQUAL_SIZES = 5, (3, 2, 4, 1, 9)
"""From this size on no two axes are of one size, so that one count is not taken for another."""
OWN, BOUND = "ikpqs", "jlrtu"
"""Letters of the indices that a quantity carries, and of those that are summed over, for each axis."""


def residual(forward: Forward, index: Sequence[str]) -> Term:
    """The numerator of x-hat at an index of the input."""
    return _placed(forward.convention.residual.term, forward.layer, index)


def denominator(forward: Forward, index: Sequence[str] = ()) -> Term:
    """What the residual is divided by; `index` is one of the input, and needed where there are several statistics."""
    return _placed(forward.convention.epsilon.term, forward.layer, index)


def in_row(term: Term, forward: Forward, row: tuple[str, ...]) -> Term:
    """A term of a convention that holds statistics alone, for the samples that share these."""
    return swapped(swapped(term, Value(MEAN), Value(MEAN, row)), Value(VARIANCE), Value(VARIANCE, row))


def _placed(term: Term, layer: Layer, index: Sequence[str]) -> Term:
    """A term of a convention, which speaks of one sample, with the indices that the quantities of a layer carry."""
    row = tuple(index[axis] for axis in layer.kept) if layer.kept else ()
    term = rename(term, {SAMPLE: index[layer.over[0]]}) if index else term
    placed = {Value(MEAN): Value(MEAN, row), Value(VARIANCE): Value(VARIANCE, row)}
    if layer.rank > 1:
        placed[Value(INPUT, (index[layer.over[0]],))] = Value(INPUT, tuple(index))
    return reduce(lambda made, pair: swapped(made, *pair), placed.items(), term)


def without_helpers(term: Term, forward: Forward) -> Term:
    """A term without the helpers that are nodes of this one graph; derivatives by them stay as they are."""
    for node in reversed(forward.nodes):
        if node.name in USUAL_NODES:
            continue
        for part in {one for one in walk(term) if isinstance(one, Value) and one.name == node.name}:
            term = swapped(term, part, rename(node.value, dict(zip(node.index, part.index, strict=True))))
    return term


def inverse(term: Term) -> Term:
    return power(term.base, -term.exponent) if isinstance(term, Power) else power(term, -1)


def batch_norm(convention: Convention) -> Forward:
    """Batch normalisation of one feature over n samples: x -> (mu, v) -> x-hat -> y."""
    return normalisation(convention, BATCH)


@lru_cache(maxsize=64)
def normalisation(convention: Convention, layer: Layer) -> Forward:
    """The forward pass of a normalisation layer: x -> (mu, v) -> x-hat -> y.

    What a note means by a letter is no part of it, nor is the sign of a residual where no mean is taken away:
    conventions that differ only in that have one forward pass.
    """
    convention = replace(convention, upstream=Upstream.usual(), count=Samples.usual())
    if not layer.centred:
        convention = replace(convention, residual=Residual.usual())
    if layer.exponential:
        return _softmax(convention, layer)
    own = tuple(on_axis(OWN[axis], axis) for axis in range(layer.rank))
    row, gains = layer.at_kept(own), layer.at_gains(own)
    bare = Forward(convention, (), (), layer)
    gain = plus(ONE, Value(SCALE, gains)) if layer.from_one else Value(SCALE, gains)
    scaled = times(gain, Value(NORMALISED, own))
    normalised = Node(NORMALISED, own, times(_residual(bare, own), inverse(denominator(bare, own))))
    output = Node(OUTPUT, own, plus(scaled, Value(SHIFT, gains)) if layer.shifted else scaled)
    leaves = [Leaf(INPUT, own), Leaf(SCALE, gains), Leaf(SHIFT, gains), Leaf(EPSILON)]
    statistics = [Node(name, row, value) for name, value in _statistics(convention, layer, own)]
    if layer.constant:
        leaves += [Leaf(node.name, row) for node in statistics]
        statistics = []
    return Forward(convention, tuple(leaves), (*statistics, normalised, output), layer)


def _softmax(convention: Convention, layer: Layer) -> Forward:
    """Scores -> probabilities, and the loss where the note has one: x -> exp(x_i) / sum_j exp(x_j) -> L."""
    own = tuple(on_axis(OWN[axis], axis) for axis in range(layer.rank))
    each = _bound_along(layer, own)
    total: Term = Exp(Value(INPUT, each))
    for axis in reversed(layer.over):
        total = Sum(each[axis], total)
    output = Node(OUTPUT, own, times(Exp(Value(INPUT, own)), power(total, -1)))
    loss = () if layer.loss is None else (Node(LOSS, (), layer.loss),)
    return Forward(convention, (Leaf(INPUT, own), Leaf(TARGET, own)), (output, *loss), layer)


def _bound_along(layer: Layer, own: Sequence[str]) -> tuple[str, ...]:
    """An index of the input with a fresh letter along the axes that are summed over."""
    return tuple(on_axis(BOUND[axis], axis) if axis in layer.over else own[axis] for axis in range(layer.rank))


def _residual(forward: Forward, index: Sequence[str]) -> Term:
    return residual(forward, index) if forward.layer.centred else Value(INPUT, tuple(index))


def divisor(variance: Variance, layer: Layer) -> Term:
    """What the sum of the squares is divided by."""
    if layer.length:
        return ONE
    size = times(*(Count(axis) for axis in layer.over))
    return swapped(variance.term, Count(), size) if layer.over != (0,) else variance.term


def _statistics(convention: Convention, layer: Layer, own: Sequence[str]) -> list[tuple[str, Term]]:
    """The mean, where the layer takes it away, and the mean of the squares of what is left."""
    each = _bound_along(layer, own)
    bound = [each[axis] for axis in layer.over]
    size = times(*(Count(axis) for axis in layer.over))

    def total(body: Term) -> Term:
        return reduce(lambda made, index: Sum(index, made), reversed(bound), body)

    mean = (MEAN, times(power(size, -1), total(Value(INPUT, each))))
    rest = plus(Value(INPUT, each), negative(Value(MEAN, layer.at_kept(own)))) if layer.centred else Value(INPUT, each)
    weight = ONE if layer.length else power(divisor(convention.variance, layer), -1)
    variance = (VARIANCE, times(weight, total(power(rest, 2))))
    return [mean, variance] if layer.centred else [variance]
