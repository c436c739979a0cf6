"""A line `dx = \\frac{1}{N} d\\mu` -> the message along one edge of the graph, where the note says that it is one.

Literal first: a line that is right as the whole gradient is read so. And where nothing says that one edge is meant,
what is left out is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.judge.case import Case, truths_of
from bnverify.judge.contributed import adds_parts
from bnverify.judge.gate_words import around, says_one_gate, says_whole
from bnverify.judge.resolved import Resolved, ResolvedChain, resolve_chain
from bnverify.model.adjoints import look_alike_node
from bnverify.model.forward import Forward
from bnverify.model.messages import Edge, message
from bnverify.model.notation import Role
from bnverify.model.terms import (
    LossBy,
    Unknown,
    Value,
    walk,
)
from bnverify.read.chains import Chain
from bnverify.read.coded import INCREASE
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Adjoint, bare, inside

NOT_ONE_EDGE = "what is added to a gradient is judged where it is the message along one edge, and nowhere else"


def through_gate(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """The chain, with the message along one edge for its head where the note has it so."""
    chain = resolved.chain
    if adds_parts(chain, case):
        return resolved
    if resolved.head.trouble or not isinstance(resolved.head.term, LossBy) or not _may_be_gate(case, chain):
        return resolved
    if any(truths_of(resolved)):
        return resolved
    edge = _edge(case, resolved)
    why = _why(case, chain, edge) if edge is not None else ""
    if edge is None or not why:
        return _left_open(resolved) if _adds(case, chain) else resolved
    page = replace(case.page(chain), gate=True)
    read = resolve_chain(chain, page, resolved.reading, resolved.scope.rebound, False)
    choice = f"the message along the edge {_named(case, edge.child)} -> {_named(case, edge.parent.name)} alone: {why}"
    head = Resolved(message(edge, read.forward), (*read.head.assumptions, choice), read.head.undefined)
    return replace(read, head=head)


def _may_be_gate(case: Case, chain: Chain) -> bool:
    return isinstance(bare(chain.head), Adjoint) or _adds(case, chain)


def _adds(case: Case, chain: Chain) -> bool:
    return any(case.script.note.cut(step.relation) == INCREASE for step in chain.steps)


def _left_open(resolved: ResolvedChain) -> ResolvedChain:
    unknown = Resolved(Unknown(NOT_ONE_EDGE))
    return replace(resolved, sides=tuple(unknown for _ in resolved.sides))


def _named(case: Case, name: str) -> str:
    written = {role.value: str(symbol) for role, symbol in case.notation.written.items()}
    return written.get(name, name)


# -- the edge


def _edge(case: Case, resolved: ResolvedChain) -> Edge | None:
    """The edge whose message the sides could be: they hold the gradient of one node, which the head feeds directly."""
    head = resolved.head.term
    assert isinstance(head, LossBy)
    fed = fed_by(head.value.name, resolved.forward)
    met = set(_sources(case, resolved))
    if len(fed) < 2 or len(met) != 1 or not met <= set(fed) or head.of is not None:
        return None
    return Edge(head.value, met.pop())


def fed_by(name: str, forward: Forward) -> tuple[str, ...]:
    """The nodes whose definition names a quantity."""
    named = ((node, (part for part in walk(node.value) if isinstance(part, Value))) for node in forward.nodes)
    return tuple(node.name for node, values in named if any(value.name == name for value in values))


def _sources(case: Case, resolved: ResolvedChain) -> Iterator[str]:
    """The quantities by which the sides have gradients; of a letter without meaning what it looks like."""
    for step, side in zip(resolved.chain.steps, resolved.sides, strict=True):
        if not side.trouble:
            yield from (part.value.name for part in walk(side.term) if isinstance(part, LossBy))
            continue
        for node in inside(step.side):
            if is_gradient(node, case.notation.losses) and isinstance(node, Adjoint):
                yield _source(case, node)


def _source(case: Case, node: Adjoint) -> str:
    named = case.notation.symbol(node.by)
    role = case.notation.role(named[0]) if named is not None else None
    if role is None and named is not None:
        return look_alike_node(named[0], case.notation) or str(named[0])
    return role.value if role is not None and role is not Role.HELPER else str(named)


# -- what says that it is one edge


def _why(case: Case, chain: Chain, edge: Edge) -> str:
    """What in the note says that a line is the rule of one gate, in words; nothing where nothing does."""
    text = around(case.script, chain.head_span.start)
    if _adds(case, chain) or _is_added_to(case, chain):
        return "the note adds up what comes back, with `+=`"
    if says_whole(text):
        return ""
    if (line := _summing_line(case, chain, edge)) is not None:
        return f"{case.script.note.lines([line])} adds up several of them"
    if says_one_gate(text, edge.child, graph=not _has_others(case, chain, edge)):
        return "the note speaks of one gate of the graph here"
    return ""


def _has_others(case: Case, chain: Chain, edge: Edge) -> bool:
    """Whether the note has worked out another gradient that the head needs: then it may mean to be complete."""
    before = [one for one in case.script.chains if one.head_span.start < chain.head_span.start]
    found = {_source(case, head) for one in before if isinstance(head := bare(one.head), Adjoint)}
    return bool(found & set(fed_by(edge.parent.name, case.forward)) - {edge.child})


def _is_added_to(case: Case, chain: Chain) -> bool:
    """Whether a later line goes on with `+=` for the same head."""
    same = (one for one in case.script.chains if bare(one.head) == bare(chain.head))
    return any(_adds(case, one) for one in same if one.head_span.start > chain.head_span.start)


def _summing_line(case: Case, chain: Chain, edge: Edge) -> int | None:
    """The place of a later line for the same head that holds this gradient and that of another earlier line."""
    same = [one for one in case.script.chains if bare(one.head) == bare(chain.head)]
    single = {one.head_span.start: met for one in same if len(met := _adjoints_in(case, one)) == 1}
    others = {name for place, met in single.items() for name in met if place != chain.head_span.start}
    for one in same:
        met = _adjoints_in(case, one)
        if one.head_span.start > chain.head_span.start and edge.child in met and met & (others - {edge.child}):
            return one.head_span.start
    return None


def _adjoints_in(case: Case, chain: Chain) -> set[str]:
    """The quantities by which the sides of a chain have adjoints, as they are written."""
    nodes = (node for step in chain.steps for node in inside(step.side) if isinstance(node, Adjoint))
    return {_source(case, node) for node in nodes}
