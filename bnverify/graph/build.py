"""A forward pass -> its graph: local derivatives on the edges, messages back along them, gradients on the nodes.

Every formula is derived here and proved equal to the derivative that it stands for; none is typed in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from functools import reduce

from bnverify.frozen import frozen
from bnverify.graph.simplest import simplest_gradient, simplest_local
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.calculus import expand, total
from bnverify.model.forward import OWN, Forward, Node
from bnverify.model.quantities import EPSILON, LOSS, MEAN, TARGET, VARIANCE
from bnverify.model.terms import (
    ONE,
    ZERO,
    Delta,
    LossBy,
    Partial,
    Plus,
    Reading,
    Sum,
    Term,
    Times,
    Value,
    fresh_index,
    plus,
    rename,
    times,
    walk,
)
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity


class Flow(StrEnum):
    """What flows back along an edge."""

    MESSAGE = "message"
    ZERO = "zero"
    """The local derivative is zero for every input."""
    GIVEN = "given"
    """The upstream gradient, from a loss that is any function of the output."""
    NOTHING = "nothing"
    """The parent is a constant."""


@frozen
class Edge:
    """From a quantity to one that is made of it; the message is summed over what the parent has no index for."""

    parent: Value
    child: Value
    flow: Flow
    local: Term = ZERO
    summed: tuple[str, ...] = ()

    @property
    def slope(self) -> Term:
        """The local derivative as it is called."""
        return Partial(self.child, self.parent, Reading.LOCAL)

    @property
    def upstream(self) -> Term:
        """The gradient of the child, which is 1 for the loss itself."""
        return ONE if self.child.name == LOSS else LossBy(self.child)

    @property
    def chain(self) -> Term:
        """The message as the chain rule has it: the gradient of the child times the local derivative."""
        return (
            LossBy(self.parent) if self.child.name == LOSS else _summed(self.summed, times(self.upstream, self.slope))
        )

    @property
    def message(self) -> Term:
        """The message with the local derivative worked out."""
        if self.flow is Flow.GIVEN:
            return LossBy(self.parent)
        return ZERO if self.flow is not Flow.MESSAGE else self.carrying(self.upstream)

    @property
    def residuals_add_up_to_zero(self) -> bool:
        """Whether this is why nothing flows back."""
        return self.flow is Flow.ZERO and (self.parent.name, self.child.name) == (MEAN, VARIANCE)

    def carrying(self, gradient: Term) -> Term:
        """The message, for a gradient of the child at its indices."""
        return reduce(lambda body, index: total(index, body), reversed(self.summed), times(gradient, self.local))


def _summed(indices: Sequence[str], body: Term) -> Term:
    return reduce(lambda made, index: Sum(index, made), reversed(indices), body)


@frozen
class Quantity:
    """A node of the graph; without a definition it is given from outside."""

    value: Value
    definition: Term | None
    gradient: Term | None
    """The derivative of the loss by it, in the upstream gradients; none for constants and the loss itself."""

    @property
    def axes(self) -> tuple[int, ...]:
        return tuple(axis_of(index) for index in self.value.index)


@frozen
class Graph:
    """In topological order, the loss last."""

    quantities: tuple[Quantity, ...]
    edges: tuple[Edge, ...]

    @property
    def output(self) -> Value:
        """What the loss is a function of."""
        return self.edges[-1].parent

    def back_to(self, name: str) -> tuple[Edge, ...]:
        """The edges along which messages come back to a quantity."""
        return tuple(edge for edge in self.edges if edge.parent.name == name)


def build(forward: Forward) -> Graph:
    """The graph of a forward pass, its indices the letters of forward.OWN. Raises Undifferentiable."""
    forward = replace(forward, nodes=tuple(map(_with_own_letters, forward.nodes)))
    definitions = dict(_ordered(forward))
    edges = tuple(_edges(forward, definitions))
    gradients = _gradients(forward, definitions, edges)
    quantities = tuple(Quantity(value, term, gradients.get(value)) for value, term in definitions.items())
    return Graph(quantities, edges)


def _with_own_letters(node: Node) -> Node:
    """A helper of a note with the letters that the other nodes have along its axes."""
    own = tuple(on_axis(OWN[axis_of(index)], axis_of(index)) for index in node.index)
    if len(set(own)) < len(own):
        return node
    return Node(node.name, own, rename(node.value, dict(zip(node.index, own, strict=True))))


def _ordered(forward: Forward) -> Iterator[tuple[Value, Term | None]]:
    """Every node behind the leaves that it is the first to name, and the loss; epsilon is part of the formulas."""
    seen: set[str] = {EPSILON}
    for node in forward.nodes:
        named = {part.name for part in walk(node.value) if isinstance(part, Value)}
        for leaf in forward.leaves:
            if leaf.name in named - seen:
                seen.add(leaf.name)
                yield Value(leaf.name, leaf.index), None
        yield Value(node.name, node.index), node.value
    if forward.output.name != LOSS:
        yield Value(LOSS), None


# -- edges


def _edges(forward: Forward, definitions: Mapping[Value, Term | None]) -> Iterator[Edge]:
    for child, definition in definitions.items():
        if definition is None:
            continue
        named = {part.name for part in walk(definition) if isinstance(part, Value)}
        yield from (_edge(parent, child, forward) for parent in definitions if parent.name in named)
    if forward.output.name != LOSS:
        output = forward.output
        yield Edge(Value(output.name, output.index), Value(LOSS), Flow.GIVEN)


def _edge(parent: Value, child: Value, forward: Forward) -> Edge:
    child = _placed(child, parent, forward)
    if is_constant(parent, forward):
        return Edge(parent, child, Flow.NOTHING)
    slope = Partial(child, parent, Reading.LOCAL)
    local, summed = expand(slope, forward), tuple(index for index in child.index if index not in parent.index)
    if prover(forward).proves(Identity(slope, ZERO)):
        return Edge(parent, child, Flow.ZERO, local, summed)
    return Edge(parent, child, Flow.MESSAGE, simplest_local(slope, forward), summed)


def is_constant(value: Value, forward: Forward) -> bool:
    """The labels, and the statistics of inference."""
    return forward.leaf(value.name) is not None and value.name in (TARGET, MEAN, VARIANCE)


def _placed(child: Value, parent: Value, forward: Forward) -> Value:
    """The child at the indices of the parent, wherever it depends on nothing but the parent there."""
    fresh = {index: fresh_index(f"{index}'", {*parent.index, *child.index}) for index in child.index}
    apart = {own: f"{other}'" for own, other in fresh.items() if own in parent.index}
    at = Value(child.name, tuple(apart.get(index, index) for index in child.index))
    slope = expand(Partial(at, parent, Reading.LOCAL), forward)
    free = {own: other for own, other in apart.items() if not _pinned(slope, {own, other})}
    return Value(child.name, tuple(free.get(index, index) for index in child.index))


def _pinned(term: Term, pair: set[str]) -> bool:
    """Whether a term is zero unless both indices are the same."""
    match term:
        case Delta(left=left, right=right):
            return {left, right} == pair
        case Plus(terms=terms):
            return all(_pinned(part, pair) for part in terms)
        case Times(factors=factors):
            return any(_pinned(part, pair) for part in factors)
        case Sum(body=body):
            return _pinned(body, pair)
        case _:
            return term == ZERO


# -- gradients


def _gradients(forward: Forward, definitions: dict[Value, Term | None], edges: Sequence[Edge]) -> Mapping[Value, Term]:
    """The derivative of the loss by each quantity, from the loss upwards."""
    found: dict[Value, Term] = {}
    for value in reversed(definitions):
        if value.name != LOSS and not is_constant(value, forward):
            outgoing = [edge for edge in edges if edge.parent == value]
            found[value] = simplest_gradient(value, _collected(outgoing, found), forward)
    return found


def _collected(outgoing: Sequence[Edge], known: Mapping[Value, Term]) -> Term:
    """The sum of the messages, with the gradients of the children put in."""
    gradients = {value.name: (value, term) for value, term in known.items()}
    messages: list[Term] = []
    for edge in outgoing:
        if edge.flow is Flow.MESSAGE and edge.child.name in gradients:
            own, term = gradients[edge.child.name]
            messages.append(edge.carrying(rename(term, dict(zip(own.index, edge.child.index, strict=True)))))
        else:
            messages.append(edge.message)
    return plus(*messages)
