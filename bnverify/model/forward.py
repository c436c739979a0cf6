"""The forward pass as a graph of terms: built in for a convention, or as a note declares it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.terms import Count, Power, Sum, Term, Value, negative, number, plus, power, times, walk

HALF = Fraction(1, 2)

INPUT, MEAN, VARIANCE, NORMALISED, OUTPUT = "x", "mu", "v", "xhat", "y"
SCALE, SHIFT, EPSILON = "gamma", "beta", "eps"


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


def variance_count(variance: Variance) -> Term:
    """What the sum of squares is divided by: n, or n - 1."""
    return Count() if variance is Variance.BIASED else plus(Count(), number(-1))


def residual(convention: Convention, index: str) -> Term:
    """The numerator of x-hat."""
    difference = plus(Value(INPUT, (index,)), negative(Value(MEAN)))
    return difference if convention.residual is Residual.X_MINUS_MU else negative(difference)


def denominator(convention: Convention) -> Term:
    """What the residual is divided by."""
    match convention.epsilon:
        case Epsilon.INSIDE:
            return power(plus(Value(VARIANCE), Value(EPSILON)), HALF)
        case Epsilon.OUTSIDE:
            return plus(power(Value(VARIANCE), HALF), Value(EPSILON))
        case Epsilon.NONE:
            return power(Value(VARIANCE), HALF)


def inverse(term: Term) -> Term:
    return power(term.base, -term.exponent) if isinstance(term, Power) else power(term, -1)


def batch_norm(convention: Convention) -> Forward:
    """Batch normalisation of one feature over n samples: x -> (mu, v) -> x-hat -> y."""
    square = power(plus(Value(INPUT, ("j",)), negative(Value(MEAN))), 2)
    mean = times(power(Count(), -1), Sum("j", Value(INPUT, ("j",))))
    variance = times(power(variance_count(convention.variance), -1), Sum("j", square))
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
