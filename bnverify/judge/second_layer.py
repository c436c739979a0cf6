"""A note with two layers: where the second one stands, and what is said there is true of both or left open.

Two definitions of one quantity may both be right, each of a layer of its own: `\\hat{x}` with the mean taken away, and
further down without. One of them is the layer of the note; what stands behind the other speaks of that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from bnverify.judge.case import Case, SecondLayer, agree
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.declarations import NodeDefinition, forward_for, scope_for
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import Layer
from bnverify.model.matrices import term_of
from bnverify.model.notation import Role
from bnverify.model.quantities import INPUT, MEAN, VARIANCE
from bnverify.model.terms import Sum, Term, Unknown, Value, walk
from bnverify.pattern import pattern
from bnverify.read.syntax import Name, inside
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

WHY = "a second layer in one note is not worked out"
RMS = pattern(r"\bRMS|root[- ]mean[- ]square", re.IGNORECASE)
"""Words that name a layer without a mean."""


def with_second_layer(case: Case) -> Case:
    """The case with the places where its note turns to another layer, and back."""
    definitions = case.definitions
    several = {role for role, count in Counter(one.role for one in definitions).items() if count > 1}
    if not several or case.forward.layer.exponential or case.forward.layer.constant:
        return case
    turns: list[SecondLayer] = []
    own_roles: set[Role] = set()
    for one in definitions:
        layer = _layer_of(case, one) if one.role in several else None
        if layer is not None:
            own_roles |= {one.role} if layer == case.forward.layer else set()
            turns.append(SecondLayer(one.chain.head_span.start, one.role, layer))
    turns = [one for one in turns if one.role in own_roles]
    if all(one.layer == case.forward.layer for one in turns):
        return case
    outputs = [one for one in definitions if one.role is Role.OUTPUT and one.role in several]
    turns += [made for one in outputs if (made := _with_other_shift(case, one)) is not None]
    return replace(case, turns=tuple(turns))


def _with_other_shift(case: Case, one: NodeDefinition) -> SecondLayer | None:
    """An output with a shift where that of the note has none, or the other way round."""
    layer = replace(case.forward.layer, shifted=not case.forward.layer.shifted)
    other = normalisation(case.convention, layer)
    right = not _is_right(one, case.forward, case) and _is_right(one, other, case)
    return SecondLayer(one.chain.head_span.start, one.role, layer) if right else None


def _layer_of(case: Case, one: NodeDefinition) -> Layer | None:
    """The layer of which this definition is right: that of the note before others; None: of none of them."""
    forward = forward_for(one.chain, case.notation, case.convention)
    if _is_right(one, forward, case):
        return case.forward.layer
    return next((other for other in _others(forward.layer) if _is_of(other, one, case)), None)


def _is_right(one: NodeDefinition, forward: Forward, case: Case) -> bool:
    return agree(*_sides(one, forward, case), forward)


def _sides(one: NodeDefinition, forward: Forward, case: Case) -> tuple[Value, Term]:
    """The quantity that is defined, and what it is defined as, read in a layer."""
    scope = scope_for(one.chain, case.notation, forward)
    name = one.role.value
    return Value(name, scope.place_of(name, one.index)), term_of(one.chain.steps[0].side, scope)


def _others(layer: Layer) -> Iterator[Layer]:
    """Layers with the same input: without a mean, or over other axes."""
    yield replace(layer, centred=not layer.centred)
    axes = range(layer.rank)
    for over in (chosen for size in range(1, layer.rank) for chosen in combinations(axes, size)):
        if over != layer.over:
            yield replace(layer, over=over)


def _is_of(layer: Layer, one: NodeDefinition, case: Case) -> bool:
    """Whether a definition that stands by itself is that of another layer."""
    forward = normalisation(case.convention, layer)
    _, side = _sides(one, forward, case)
    statistic = one.role in (Role.MEAN, Role.VARIANCE)
    by_itself = any(isinstance(part, Sum) for part in walk(side)) and not any(
        isinstance(part, Value) and part.name in (MEAN, VARIANCE) for part in walk(side)
    )
    if not by_itself or not any(isinstance(part, Value) and part.name == INPUT for part in walk(side)):
        return False
    if statistic and layer.over == case.forward.layer.over and not RMS.search(case.script.note.text):
        return False
    return _is_right(one, forward, case)


def with_both_layers(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Behind the definition of the other layer a side is kept where it is right of both."""
    layer = _layer_at(resolved.chain.head_span.start, case)
    if layer == case.forward.layer or resolved.head.trouble:
        return resolved
    other = normalisation(case.convention, layer)
    sides = tuple(
        side if side.trouble or _holds(resolved, side, other) else Resolved(Unknown(WHY)) for side in resolved.sides
    )
    return replace(resolved, sides=sides)


def _layer_at(place: int, case: Case) -> Layer:
    """The layer that the note speaks of: that of the last x-hat, with a shift as in the last output."""
    own = case.forward.layer
    before = sorted((one for one in case.turns if one.place <= place), key=lambda one: one.place)
    layers = [one.layer for one in before if one.role is not Role.OUTPUT or _is_more_than_shift(one.layer, own)]
    shifts = [one.layer.shifted for one in before if one.role is Role.OUTPUT]
    return replace((layers or [own])[-1], shifted=(shifts or [own.shifted])[-1])


def _is_more_than_shift(layer: Layer, own: Layer) -> bool:
    return replace(layer, shifted=own.shifted) != own


def _holds(resolved: ResolvedChain, side: Resolved, other: Forward) -> bool:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    if resolved.forward.layer.rank != other.layer.rank or len(resolved.forward.nodes) > len(other.nodes) + 1:
        return False
    return all(prover(one).equal(identity) is True for one in (resolved.forward, other))


OTHER_SCALE = (
    "the note writes the scale with an index and without one, and this is not the layer that most of it is about"
)


def with_other_scale(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """In a note with `\\gamma \\hat{x}_i` and `\\gamma_i \\hat{x}_i`, what has the scale in the other way is open."""
    if not case.notation.shape.two_scales or resolved.head.trouble:
        return resolved
    chain, usual = resolved.chain, len(resolved.forward.layer.gains)
    names = (node for expr in (chain.head, *(one.side for one in chain.steps)) for node in inside(expr))
    found = filter(None, (case.notation.symbol(node) for node in names if isinstance(node, Name)))
    scales = [index for symbol, index in found if case.notation.role(symbol) in (Role.SCALE, Role.SHIFT)]
    if all(len(index) == usual for index in scales):
        return resolved
    unknown = Resolved(Unknown(OTHER_SCALE))
    return replace(resolved, sides=tuple(one if one.trouble else unknown for one in resolved.sides))
