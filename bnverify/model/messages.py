"""What comes back along one edge of the graph, as a term."""

from __future__ import annotations

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.forward import Forward
from bnverify.model.terms import LossBy, Partial, Reading, Sum, Term, Unknown, Value, fresh_index, times


@frozen
class Edge:
    """What comes back from `child`, a node that is made of `parent`, by one way alone."""

    parent: Value
    child: str


def message(edge: Edge, forward: Forward) -> Term:
    """sum_j dL/dq_j * dq_j/dp, all other nodes held."""
    node = forward.node(edge.child)
    if node is None:
        return Unknown(f"{edge.child} is not computed here")
    index = tuple(fresh_index(on_axis("j", axis_of(own)), set(edge.parent.index)) for own in node.index)
    here = Value(edge.child, index)
    term: Term = times(LossBy(here), Partial(here, edge.parent, Reading.LOCAL))
    for one in reversed(index):
        term = Sum(one, term)
    return term
