"""Notation and definitions of a note -> the convention that it declares, and its forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, batch_norm
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.model.resolve import GENERIC, Scope, resolve
from bnverify.model.terms import Reading, Term, Value
from bnverify.read.chains import Chain, Script
from bnverify.read.settings import Settings
from bnverify.source import Span

Agree = Callable[[Term, Term, Forward], bool]
"""Whether two terms are equal on a forward pass; the truth room supplies it."""


@dataclass(frozen=True, slots=True)
class Declared:
    """`places`: where the note declares each part of its convention; empty: it is assumed."""

    convention: Convention
    places: Mapping[str, Span | None]


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    """A step that defines a node of the graph."""

    role: Role
    symbol: Symbol
    index: tuple[str, ...]
    chain: Chain


def declare(script: Script, notation: Notation, settings: Settings, agree: Agree) -> Declared:
    """The convention under which the note's own definitions are right; front matter overrules them."""
    chosen = Convention()
    places: dict[str, Span | None] = {}
    definitions = list(node_definitions(script, notation))
    for part, role, candidates in TABLE:
        for definition in definitions:
            if definition.role is not role or part in places:
                continue
            found = next((c for c in candidates(chosen) if _is_right(definition, notation, c, agree)), None)
            if found is not None:
                chosen = found
                places[part] = definition.chain.steps[0].relation
                if part == "epsilon":
                    places["residual"] = places[part]
    for part in ("variance", "epsilon", "residual"):
        if getattr(settings, part):
            places[part] = None
    return Declared(_overruled(chosen, settings), places)


def _overruled(convention: Convention, settings: Settings) -> Convention:
    """What the front matter says stands above what the definitions declare."""
    return Convention(
        Variance(settings.variance) if settings.variance else convention.variance,
        Epsilon(settings.epsilon) if settings.epsilon else convention.epsilon,
        Residual(settings.residual) if settings.residual else convention.residual,
    )


def _variances(base: Convention) -> Iterator[Convention]:
    return (replace(base, variance=variance) for variance in Variance)


def _epsilons(base: Convention) -> Iterator[Convention]:
    return (replace(base, epsilon=epsilon, residual=residual) for epsilon in Epsilon for residual in Residual)


TABLE = (("variance", Role.VARIANCE, _variances), ("epsilon", Role.NORMALISED, _epsilons))
"""Which definition declares which part of a convention, and what it may declare."""


def node_definitions(script: Script, notation: Notation) -> Iterator[NodeDefinition]:
    """The chains whose head is a node of the graph."""
    for chain in script.chains:
        found = notation.symbol(chain.head)
        role = notation.role(found[0]) if found else None
        if (
            found
            and role in (Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT)
            and chain.steps
            and not chain.case
        ):
            yield NodeDefinition(role, *found, chain)


def _is_right(definition: NodeDefinition, notation: Notation, convention: Convention, agree: Agree) -> bool:
    forward = batch_norm(convention)
    scope = Scope(notation, forward, Reading.LOCAL, definition.chain.head_span.start)
    side = resolve(definition.chain.steps[0].side, scope)
    role = definition.role
    index = (definition.index[:1] or (GENERIC,)) if role in (Role.NORMALISED, Role.OUTPUT) else ()
    return agree(Value(role.value, index), side, forward)
