"""True for the wrong reason: which facts of the forward pass a step uses, and what a zero hides."""

from __future__ import annotations

from bnverify.model.forward import MEAN, VARIANCE
from bnverify.model.terms import Condition, Sum, Term, walk
from bnverify.truth.every_n import Prover
from bnverify.truth.verdict import Identity

MEAN_FACT = "sum(x - mu) = 0"
VARIANCE_FACT = "sum((x - mu)^2) = N v"
BOTH = frozenset((MEAN, VARIANCE))


def facts_used(before: Term, side: Term, conditions: tuple[Condition, ...], prover: Prover) -> tuple[str, ...]:
    """The facts without which a true step from `before` to `side` would not follow."""
    identity = Identity(before, side, conditions)
    if prover.equal_with(identity, BOTH) is not False:
        return ()
    if prover.equal_with(identity, frozenset((VARIANCE,))):
        return (MEAN_FACT,)
    if prover.equal_with(identity, frozenset((MEAN,))):
        return (VARIANCE_FACT,)
    return (MEAN_FACT, VARIANCE_FACT)


def is_hidden(head: Term, side: Term, conditions: tuple[Condition, ...], prover: Prover) -> bool:
    """Whether a true side is wrong but for a factor that happens to be zero on the forward pass."""
    if prover.equal_with(Identity(head, side, conditions), BOTH) is not False:
        return False
    return any(isinstance(part, Sum) and prover.vanishes(part, BOTH) for part in walk(side))
