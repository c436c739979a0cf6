"""Sides that stay open because the note defines its output in a way that is not understood."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.kinds import is_in_words
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.declarations import NodeDefinition, forward_for, node_definitions, scope_for
from bnverify.model.matrices import term_of
from bnverify.model.notation import Role
from bnverify.model.quantities import OUTPUT, SCALE, SHIFT
from bnverify.model.terms import LossBy, Partial, Term, Unknown, Value, walk
from bnverify.read.commands import FUNCTIONS
from bnverify.read.syntax import Call, Expr, bare

NOT_UNDERSTOOD = "how the note defines its output is not understood"
BEHIND = frozenset((OUTPUT, SCALE, SHIFT))
"""What only the definition of the output connects with the rest."""


def with_open_output(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Derivatives that lead through an output of unknown form are those of the built-in one, and not of the note's."""
    own = {part for one in (resolved.head, *resolved.sides) for part in _named(one.term)}
    if not own & BEHIND or case.output_is_understood:
        return resolved
    sides = (
        Resolved(Unknown(NOT_UNDERSTOOD))
        if not side.trouble and _leads_through(resolved.head.term, side.term)
        else side
        for side in resolved.sides
    )
    return replace(resolved, sides=tuple(sides))


def with_look_at_output(case: Case) -> Case:
    """The case, knowing whether the definition of its output is understood."""
    return replace(case, output_is_understood=_is_understood(case))


def _is_understood(case: Case) -> bool:
    """Whether a formula that defines the output has a value, in letters that mean something; or there is none."""
    if case.forward.layer.exponential:
        return True
    found = [one for one in node_definitions(case.script, case.notation) if one.role is Role.OUTPUT]
    formulas = [one for one in found if _is_formula(one.chain.steps[0].side)]
    return not formulas or any(_has_value(one, case) for one in formulas)


def _is_formula(side: Expr) -> bool:
    """Whether a side says more than the name of a layer: `\\text{BN}(x_i)`, `f(x_i)`."""
    named = isinstance(call := bare(side), Call) and call.name.letter not in FUNCTIONS.values()
    return not named and not is_in_words(side)


def _has_value(definition: NodeDefinition, case: Case) -> bool:
    forward = forward_for(definition.chain, case.notation, case.convention)
    scope = scope_for(definition.chain, case.notation, forward)
    term = term_of(definition.chain.steps[0].side, scope)
    return not scope.undefined and not any(isinstance(part, Unknown) for part in walk(term))


def _leads_through(head: Term, side: Term) -> bool:
    parts = [part for term in (head, side) for part in walk(term)]
    named = {name for term in (head, side) for name in _named(term)}
    return bool(named & BEHIND) and any(isinstance(part, (LossBy, Partial)) for part in parts)


def _named(term: Term) -> Iterator[str]:
    """Every quantity of a term, those by which it differentiates included."""
    for part in walk(term):
        match part:
            case Value(name=name) | LossBy(value=Value(name=name)):
                yield name
            case Partial(by=by):
                yield by.name
            case _:
                pass
