"""True for the wrong reason: which facts of the forward pass a step uses, and what a zero hides."""

from __future__ import annotations

from bnverify.model.quantities import MEAN, VARIANCE
from bnverify.model.terms import (
    ZERO,
    Condition,
    Partial,
    Plus,
    Sum,
    Term,
    Times,
    multiplied_out,
    plus,
    swapped,
    times,
    walk,
)
from bnverify.truth.every_n import Prover
from bnverify.truth.verdict import Identity

MEAN_FACT = "sum(x - mu) = 0"
VARIANCE_FACT = "sum((x - mu)^2) = N v"
SQUARES_FACT = "sum(x^2) = N v"
"""What v is where no mean is taken away."""
BOTH = frozenset((MEAN, VARIANCE))


def facts_used(before: Term, side: Term, conditions: tuple[Condition, ...], prover: Prover) -> tuple[str, ...]:
    """The facts without which a true step from `before` to `side` would not follow."""
    identity = Identity(before, side, conditions)
    if prover.equal_with(identity, BOTH) is not False:
        return ()
    if not prover.forward.layer.centred:
        return (SQUARES_FACT,)
    if prover.equal_with(identity, frozenset((VARIANCE,))):
        return (MEAN_FACT,)
    if prover.equal_with(identity, frozenset((MEAN,))):
        return (VARIANCE_FACT,)
    return (MEAN_FACT, VARIANCE_FACT)


def is_hidden(head: Term, side: Term, conditions: tuple[Condition, ...], prover: Prover) -> bool:
    """Whether a true side is wrong but for a factor that happens to be zero on the forward pass.

    With the statistics free, side = A + B * Z for a sum Z that vanishes on the forward pass. It is a slip
    where head = A + r B Z with a factor r other than 0 and 1 that samples and gradients do not change:
    a sign, a count, a power.
    Where no such r exists, the terms were regrouped by means of the zero; r = 0 is a zero term more.
    Neither is a slip.
    """
    if prover.equal_with(Identity(head, side, conditions), BOTH) is not False:
        return False
    return any(_hides(head, one, conditions, prover) for one in dict.fromkeys((side, _parted(side))))


def _hides(head: Term, side: Term, conditions: tuple[Condition, ...], prover: Prover) -> bool:
    zeros = {part for part in walk(side) if isinstance(part, (Sum, Plus, Partial)) and prover.vanishes(part, BOTH)}
    return any(_is_scaled(head, side, zero, conditions, prover) for zero in zeros)


def _parted(term: Term) -> Term:
    """The term with a sum for each summand of what is summed: `\\sum_i (a_i + b_i)` may hide a zero."""
    match term:
        case Sum(index=index, body=body):
            return plus(*(Sum(index, one) for one in multiplied_out(_parted(body))))
        case Plus(terms=terms):
            return plus(*map(_parted, terms))
        case Times(factors=factors):
            return times(*map(_parted, factors))
        case _:
            return term


def _is_scaled(head: Term, side: Term, zero: Term, conditions: tuple[Condition, ...], prover: Prover) -> bool:
    without = swapped(side, zero, ZERO)
    ratios = {prover.ratio(head, side, without, conditions, BOTH, variant) for variant in range(2)}
    return len(ratios) == 1 and not ratios & {None, 0}
