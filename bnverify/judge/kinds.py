"""Steps that are not judged against their head: prose, settings, definitions that are replaced, numbers in use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.judge.case import Case, truths_of, under_both_readings
from bnverify.judge.resolved import ResolvedChain
from bnverify.model.declarations import is_upstream_definition
from bnverify.model.forms import is_ones
from bnverify.model.forward import normalisation
from bnverify.model.notation import Role
from bnverify.model.quantities import LOSS
from bnverify.model.shapes import is_made_of_counts
from bnverify.model.targets import UNREAD, is_total
from bnverify.model.terms import Number, Value, walk
from bnverify.read.chains import Chain, Step
from bnverify.read.coded import INCREASE
from bnverify.read.commands import FUNCTIONS, UPDATES
from bnverify.read.syntax import (
    Call,
    Derivative,
    Evaluated,
    Expr,
    Group,
    Name,
    Product,
    Summation,
    Transposed,
    Unreadable,
    Words,
    bare,
    inside,
    parts,
)
from bnverify.record import Kind
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity


def is_in_words(side: Expr) -> bool:
    """A side that is text alone, or the name of a layer applied to something: `\\text{BN}_{\\gamma}(x_i)`."""
    if isinstance(side, Product) and len(side.factors) == 2 and isinstance(side.factors[1], Group):
        side = side.factors[0]
    return isinstance(side.body if isinstance(side, Evaluated) else side, Words)


def is_general_rule(chain: Chain, step: Step) -> bool:
    """A rule of calculus about functions that are defined nowhere: both sides call them and hold nothing else."""
    exprs = (chain.head, step.side)
    calls = [[node.name.letter for node in inside(expr) if isinstance(node, Call)] for expr in exprs]
    if any(not letters or any(letter in FUNCTIONS.values() for letter in letters) for letters in calls):
        return False
    return not any(isinstance(node, Name) for expr in exprs for node in _outside_calls(expr))


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


PARAMETERS = frozenset((Role.SIZE, Role.EPSILON, Role.SCALE, Role.SHIFT, Role.INPUT, Role.TARGET))


def _is_said_of_unknown(resolved: ResolvedChain, place: int) -> bool:
    """`\\sum_i t_i = 1`, of letters that mean nothing else here: the note says what it assumes of them."""
    head, side = resolved.head, resolved.sides[place]
    summed = isinstance(_summed(bare(resolved.chain.head)), Name)
    return summed and place == 0 and bool(head.undefined) and isinstance(side.term, Number)


def _summed(head: Expr) -> Expr | None:
    """t of `\\sum_i t_i` and of `\\mathbf{1}^\\top t`."""
    if isinstance(head, Summation):
        return bare(head.body)
    first, *others = head.factors if isinstance(head, Product) and len(head.factors) == 2 else (head,)
    ones = isinstance(row := bare(first), Transposed) and is_ones(bare(row.body))
    return bare(others[0]) if ones and others else None


def _is_said_of_targets(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """`\\sum_i t_i = K - 1`: what the targets add up to, where that is not worked out."""
    open_sum = case.notation.shape.layer.targets is None and case.notation.open_loss == UNREAD
    return open_sum and place == 0 and is_total(resolved.chain.head, case.notation)


def _is_made_before(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """`z_k = \\sum_d W_{kd} u_d`: what inputs and targets are made of, in letters that mean nothing in the layer."""
    named, side = case.notation.symbol(resolved.chain.head), resolved.sides[place]
    role = case.notation.role(named[0]) if named is not None else None
    if place or role not in (Role.INPUT, Role.TARGET) or not side.undefined:
        return False
    own = {node.name for node in resolved.forward.nodes}
    return not any(isinstance(part, Value) and part.name in own for part in walk(side.term))


def is_update(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """`\\gamma \\leftarrow \\gamma - \\eta d\\gamma`: a new value, made of the old one; it claims nothing.

    That of a running average says that it is a constant in the lines that use it.
    """
    step, named = resolved.chain.steps[place], case.notation.symbol(resolved.chain.head)
    if named is not None and named[0] in case.notation.constants:
        return False
    sign = case.script.note.cut(step.relation).strip()
    if sign == INCREASE and named is not None:
        return True
    exact = (case.notation.symbol(node) for node in _outermost(step.side, case))
    return sign in UPDATES and named is not None and named in exact


def _outermost(expr: Expr, case: Case) -> Iterator[Expr]:
    """The letters of an expression; of `\\sigma^2`, where that is a letter, no sigma."""
    if case.notation.symbol(expr) is not None and not isinstance(expr, Group):
        yield expr
        return
    for part in parts(expr):
        yield from _outermost(part, case)


def is_setting(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """`N = 32`, `\\epsilon = 10^{-5}`: a number for a count or a parameter; `m = N H W = 1568`: what is counted."""
    if _is_said_of_unknown(resolved, place) or _is_made_before(case, resolved, place):
        return True
    if _is_said_of_targets(case, resolved, place):
        return True
    counting, side = case.notation.counting, resolved.sides[place].term
    named = case.notation.symbol(resolved.chain.head)
    if named is not None and named[0] in case.notation.constants and place == 0:
        return any(case.notation.symbol(node) == named for node in inside(resolved.chain.steps[0].side))
    if place == 0 and resolved.chain.head_span.start in (counting.place, *places_of_numbers(case)):
        return True
    if named is None:
        return False
    unknown = resolved.sides[0].trouble or resolved.sides[0].undefined
    if place == 0 and case.notation.role(named[0]) is Role.SIZE and unknown:
        # `M = \\frac{C}{G} H W`, `K = C/G`, of letters that count nothing else here
        return is_made_of_counts(resolved.chain.steps[0].side)
    if not isinstance(side, Number):
        return False
    role, before = case.notation.role(named[0]), resolved.sides[place - 1].term if place else None
    if isinstance(before, Number):
        return before == side and is_setting(case, resolved, place - 1)
    return (role is Role.SIZE if place else role in PARAMETERS) or str(named[0]) in counting.parts


def is_replaced(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """A definition that is right under the note's own convention and not under the one that is forced.

    What the note says of dL/dx-hat defines which gradient it means by it.
    """
    parts = case.declared.differs_from(case.convention)
    if not parts or resolved.head.trouble or resolved.sides[place].trouble:
        return False
    identity = Identity(resolved.head.term, resolved.sides[place].term, resolved.conditions)
    if prover(resolved.forward).equal(identity) is not False:
        return False
    if "upstream" in parts and is_upstream_definition(resolved.chain, case.notation):
        return _is_right_as_declared(case, resolved, place)
    if kind_of(case, resolved, place) is not Kind.DEFINITION:
        return False
    return prover(normalisation(case.declared, resolved.forward.layer)).equal(identity) is True


def _is_right_as_declared(case: Case, resolved: ResolvedChain, place: int) -> bool:
    """Read anew, as the terms themselves change with the meaning of dL/dx-hat."""
    own = replace(case, convention=case.declared, forward=normalisation(case.declared, case.forward.layer))
    number = case.script.chains.index(resolved.chain)
    return any(truths_of(chain)[place] is True for chain in under_both_readings(own, number).values())


DEFINED = frozenset((Role.MEAN, Role.VARIANCE, Role.DEVIATION, Role.NORMALISED, Role.OUTPUT, Role.HELPER))


def kind_of(case: Case, resolved: ResolvedChain, place: int) -> Kind:
    """A first side that gives a symbol of the forward pass its meaning is a definition, all else a claim."""
    named = case.notation.symbol(resolved.chain.head)
    role = case.notation.role(named[0]) if named else None
    meaningful = role in DEFINED
    meaningful = meaningful or resolved.head.term == Value(LOSS)
    claimed = resolved.chain.case or resolved.chain.head_span.start in case.notation.restated
    return Kind.DEFINITION if place == 0 and meaningful and not claimed else Kind.CLAIM


def places_of_numbers(case: Case) -> list[int]:
    size = case.notation.size
    return [one.place for one in (*case.notation.given, *([size] if size else []))]
