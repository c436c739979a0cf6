"""A built-in forward pass -> the same one with the note's own form of the variance: the mean of the squares less mu^2.

Both forms have one value, but not one derivative by mu, or by one sample, where the other nodes are held fixed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bnverify.model.conventions import Variance
from bnverify.model.declarations import Agree, NodeDefinition, scope_for
from bnverify.model.forward import Forward, Node, divisor
from bnverify.model.layers import Layer
from bnverify.model.notation import Notation, Role
from bnverify.model.quantities import INPUT, VARIANCE
from bnverify.model.resolve import resolve
from bnverify.model.terms import Power, Term, Value, free_indices, power, rename, times, walk
from bnverify.read.syntax import Expr

Definitions = Sequence[NodeDefinition]


def with_own_variance(
    base: Forward, definitions: Sequence[NodeDefinition], notation: Notation, agree: Agree
) -> Forward:
    """The forward pass in which the variance has the form that the note writes, if that is right and another one."""
    return next(with_each_variance(base, definitions, notation, agree), base)


def with_each_variance(base: Forward, definitions: Definitions, notation: Notation, agree: Agree) -> Iterator[Forward]:
    """The forward pass with each form of the variance that is right, in reading order."""
    node = base.node(VARIANCE)
    if node is None or not base.layer.centred:
        return
    for definition in definitions:
        sides = [step.side for step in definition.chain.steps if definition.role is Role.VARIANCE]
        for written in (_written(side, definition, node, notation, base) for side in sides):
            value = _right(written, node, base, agree)
            if value is not None:
                own = replace(node, value=value)
                yield replace(base, nodes=tuple(own if one is node else one for one in base.nodes))


def _written(side: Expr, definition: NodeDefinition, node: Node, notation: Notation, base: Forward) -> Term:
    """A side of the definition, helpers written out, with the indices of the node."""
    scope = scope_for(definition.chain, notation, base)
    value = resolve(side, scope)
    return rename(value, dict(zip(scope.place_of(VARIANCE, definition.index), node.index, strict=True)))


def _right(written: Term, node: Node, base: Forward, agree: Agree) -> Term | None:
    """What is written as it defines the node: the node's own form where no square of the input occurs."""
    if not any(isinstance(part, Power) and _is_input(part.base) for part in walk(written)):
        return node.value
    forms = (one for one in _as_divided(written, base.layer) if free_indices(one) <= set(node.index))
    return next((one for one in forms if agree(Value(VARIANCE, node.index), one, base)), None)


def _as_divided(written: Term, layer: Layer) -> Iterator[Term]:
    """A form, then the same with the divisor of the other variance, which may be forced."""
    biased, unbiased = (divisor(one, layer) for one in Variance)
    yield written
    yield times(biased, power(unbiased, -1), written)
    yield times(unbiased, power(biased, -1), written)


def _is_input(term: Term) -> bool:
    return isinstance(term, Value) and term.name == INPUT
