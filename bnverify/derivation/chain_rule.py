"""A quantity of the graph -> the chain rule over the quantities that are made of it, and its local derivatives."""

from __future__ import annotations

from functools import reduce

from bnverify.derivation.derivation import Asked
from bnverify.frozen import frozen
from bnverify.model.axes import axis_of
from bnverify.model.calculus import expand, total
from bnverify.model.forward import Node
from bnverify.model.quantities import NORMALISED, SCALE
from bnverify.model.terms import ZERO, LossBy, Partial, Reading, Sum, Term, Value, plus, times, walk
from bnverify.truth.closed import tidy


@frozen
class Edge:
    """From a quantity to a node that is made of it; `bound` are the indices of the node that are summed over."""

    child: Value
    local: Partial
    bound: tuple[str, ...]

    def message(self, slope: Term, upstream: Term) -> Term:
        """What flows back along the edge: the gradient by the node times a form of the local derivative."""
        return reduce(lambda body, index: Sum(index, body), reversed(self.bound), times(upstream, slope))

    def worked(self, slope: Term, upstream: Term) -> Term:
        """The same with what does not depend on a bound index in front of its sum."""
        scaled = isinstance(slope, Value) and slope.name == SCALE
        behind = scaled or any(isinstance(part, Sum) for part in walk(upstream))
        product = times(slope, upstream) if behind else times(upstream, slope)
        return reduce(lambda body, index: total(index, body), reversed(self.bound), product)


def edges(name: str, asked: Asked) -> tuple[Edge, ...]:
    """The edges that leave a quantity, to nodes in the order of the graph."""
    nodes = (node for node in asked.forward.nodes if any(_is(part, name) for part in walk(node.value)))
    return tuple(_edge(name, node, asked) for node in reversed(tuple(nodes)))


def _is(part: Term, name: str) -> bool:
    return isinstance(part, Value) and part.name == name


def _edge(name: str, node: Node, asked: Asked) -> Edge:
    """Along the axes that both have, a node depends on the quantity at its own place alone, in a normalisation."""
    standard, forward = asked.standard, asked.forward
    by, child = standard.value(name, forward), standard.value(node.name, forward)
    own = {axis_of(index) for index in by.index}
    bound = tuple(index for index in child.index if axis_of(index) not in own)
    return Edge(child, Partial(child, by, Reading.LOCAL), bound)


def slope(edge: Edge, asked: Asked) -> Term:
    """The local derivative, as the definition of the node gives it, or zero where the forward pass makes it so."""
    return ZERO if tidy(edge.local, asked.forward) == ZERO else expand(edge.local, asked.forward)


def local_forms(edge: Edge, asked: Asked) -> tuple[Term, ...]:
    """The local derivative as it comes out, and in x-hat, or as zero, where that is another form of it."""
    plain, tidied = expand(edge.local, asked.forward), tidy(edge.local, asked.forward)
    return (plain, tidied) if tidied != plain and (edge.child.name == NORMALISED or tidied == ZERO) else (plain,)


def gradient_forms(name: str, asked: Asked) -> tuple[Term, ...]:
    """The chain rule, with the local derivatives, where there are several nodes with the gradients by them, tidied."""
    leaving, forward = edges(name, asked), asked.forward
    chain = plus(*(edge.message(edge.local, LossBy(edge.child)) for edge in leaving))
    local = plus(*(edge.worked(slope(edge, asked), LossBy(edge.child)) for edge in leaving))
    acting = [edge for edge in leaving if slope(edge, asked) != ZERO]
    whole = plus(*(edge.worked(slope(edge, asked), tidy(LossBy(edge.child), forward)) for edge in acting))
    closed = tidy(LossBy(asked.standard.value(name, forward)), forward)
    return (chain, local, whole, closed) if len(acting) > 1 else (chain, local, closed)
