"""Steps that are not judged against their head: prose, settings, definitions that are replaced, numbers in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.calculus import Undifferentiable, expand
from bnverify.model.declarations import is_upstream_definition
from bnverify.model.forward import batch_norm
from bnverify.model.notation import Role
from bnverify.model.terms import Number, Unknown, Value, swapped
from bnverify.read.chains import Chain, Step
from bnverify.read.syntax import (
    Call,
    Derivative,
    Evaluated,
    Expr,
    Group,
    Name,
    Product,
    Unreadable,
    Words,
    inside,
    parts,
)
from bnverify.record import Kind
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.verdict import Identity


def is_in_words(side: Expr) -> bool:
    """A side that is text alone, or the name of a layer applied to something: `\\text{BN}_{\\gamma}(x_i)`."""
    if isinstance(side, Product) and len(side.factors) == 2 and isinstance(side.factors[1], Group):
        side = side.factors[0]
    return isinstance(side.body if isinstance(side, Evaluated) else side, Words)


def is_general_rule(chain: Chain, step: Step) -> bool:
    """A rule of calculus about functions that are defined nowhere: both sides call them and hold nothing else."""
    return all(any(isinstance(node, Call) for node in inside(expr)) for expr in (chain.head, step.side)) and not any(
        isinstance(node, Name) for expr in (chain.head, step.side) for node in _outside_calls(expr)
    )


def _outside_calls(expr: Expr) -> Iterator[Expr]:
    """The parts of an expression that are no argument of a function, and not what an operator differentiates by."""
    yield expr
    if not isinstance(expr, Call):
        for part in parts(expr):
            if not (isinstance(expr, Derivative) and part is expr.by):
                yield from _outside_calls(part)


def unreadable_in(chain: Chain, place: int) -> Unreadable | None:
    exprs = [chain.steps[place].side, *([chain.head] if place == 0 else [])]
    return next((node for expr in exprs for node in inside(expr) if isinstance(node, Unreadable)), None)


PARAMETERS = frozenset((Role.SIZE, Role.EPSILON, Role.SCALE, Role.SHIFT, Role.INPUT))


def is_setting(case: Case, resolved: ResolvedChain) -> bool:
    """`N = 32`, `\\epsilon = 10^{-5}`: a number for a count or a parameter; `m = N H W`: what is counted."""
    if resolved.chain.head_span.start in (case.notation.counting.place, *_places_of_numbers(case)):
        return True
    named = case.notation.symbol(resolved.chain.head)
    if named is None or case.notation.role(named[0]) not in PARAMETERS:
        return False
    return isinstance(resolved.sides[0].term, Number)


def is_replaced(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """A definition that is right under the note's own convention and not under the one that is forced.

    What the note says of dL/dx-hat defines which gradient it means by it.
    """
    parts = case.declared.differs_from(case.forward.convention)
    if not parts or resolved.head.trouble or resolved.sides[place].trouble:
        return False
    identity = Identity(resolved.head.term, resolved.sides[place].term, resolved.conditions)
    if "upstream" in parts and is_upstream_definition(resolved.chain, case.notation):
        return prover(resolved.forward).equal(identity) is False
    if kind_of(case, resolved, place) is not Kind.DEFINITION:
        return False
    own = prover(batch_norm(case.declared)).equal(identity)
    return own is True and prover(resolved.forward).equal(identity) is False


def kind_of(case: Case, resolved: ResolvedChain, place: int) -> Kind:
    """A first side that gives a symbol of the forward pass its meaning is a definition, all else a claim."""
    named = case.notation.symbol(resolved.chain.head)
    role = case.notation.role(named[0]) if named else None
    meaningful = role in (Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT, Role.HELPER)
    return Kind.DEFINITION if place == 0 and meaningful and not resolved.chain.case else Kind.CLAIM


def with_given(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Sides that are wrong in general and right for the numbers that the note gives are not decided.

    A number may be meant for all that follows, or as the first value of a parameter that is learned.
    """
    given = case.notation.given
    if not given or resolved.head.trouble or resolved.chain.head_span.start in _places_of_numbers(case):
        return resolved
    own = prover(resolved.forward)
    return replace(resolved, sides=tuple(_only_for_given(case, resolved, side, own) for side in resolved.sides))


def _only_for_given(case: Case, resolved: ResolvedChain, side: Resolved, own: Prover) -> Resolved:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    if side.trouble or own.equal(identity) is not False:
        return side
    try:
        left, right = (expand(term, resolved.forward) for term in (identity.left, identity.right))
    except Undifferentiable:
        return side
    for role, number in case.notation.given.items():
        left, right = (swapped(term, Value(role.value), Number(number.value)) for term in (left, right))
    if own.equal(Identity(left, right, resolved.conditions)) is not True:
        return side
    numbers = ", ".join(f"{case.notation.written[role]} = {one.value}" for role, one in case.notation.given.items())
    return Resolved(Unknown(f"it holds for {numbers}, which the note gives, and not in general"))


def _places_of_numbers(case: Case) -> list[int]:
    return [one.place for one in case.notation.given.values()]
