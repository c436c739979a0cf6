"""The forward pass as a graph of terms: built in for a convention, or as a note declares it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bnverify.model.conventions import SAMPLE, Convention, Samples, Upstream
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import Count, Power, Sum, Term, Value, negative, plus, power, rename, times, walk


@dataclass(frozen=True, slots=True)
class Leaf:
    """A quantity that the forward pass takes as given; `indexed` where every sample has its own."""

    name: str
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A quantity with a defining expression in leaves and earlier nodes; `index` is free in `value`."""

    name: str
    index: tuple[str, ...]
    value: Term

    @property
    def is_statistic(self) -> bool:
        """Shared by all samples and made of a sum over them: the mean, the variance."""
        return not self.index and any(isinstance(part, Sum) for part in walk(self.value))


@dataclass(frozen=True, slots=True)
class Forward:
    """The graph, in topological order. The loss is any differentiable function of the last node.

    All leaves are real; eps is positive. Nodes without an index are the statistics of the batch
    (or helpers that a note differentiates the loss by).
    """

    convention: Convention
    leaves: tuple[Leaf, ...]
    nodes: tuple[Node, ...]

    @property
    def output(self) -> Node:
        return self.nodes[-1]

    def node(self, name: str) -> Node | None:
        return next((node for node in self.nodes if node.name == name), None)

    def leaf(self, name: str) -> Leaf | None:
        return next((leaf for leaf in self.leaves if leaf.name == name), None)


def residual(convention: Convention, index: str) -> Term:
    """The numerator of x-hat."""
    return rename(convention.residual.term, {SAMPLE: index})


def denominator(convention: Convention) -> Term:
    """What the residual is divided by."""
    return convention.epsilon.term


def inverse(term: Term) -> Term:
    return power(term.base, -term.exponent) if isinstance(term, Power) else power(term, -1)


def batch_norm(convention: Convention) -> Forward:
    """Batch normalisation of one feature over n samples: x -> (mu, v) -> x-hat -> y.

    What a note means by a letter is no part of it: conventions that differ only in that have one forward pass.
    """
    convention = replace(convention, upstream=Upstream.usual(), count=Samples.usual())
    square = power(plus(Value(INPUT, ("j",)), negative(Value(MEAN))), 2)
    mean = times(power(Count(), -1), Sum("j", Value(INPUT, ("j",))))
    variance = times(power(convention.variance.term, -1), Sum("j", square))
    return Forward(
        convention,
        leaves=(Leaf(INPUT, indexed=True), Leaf(SCALE), Leaf(SHIFT), Leaf(EPSILON)),
        nodes=(
            Node(MEAN, (), mean),
            Node(VARIANCE, (), variance),
            Node(NORMALISED, ("i",), times(residual(convention, "i"), inverse(denominator(convention)))),
            Node(OUTPUT, ("i",), plus(times(Value(SCALE), Value(NORMALISED, ("i",))), Value(SHIFT))),
        ),
    )
