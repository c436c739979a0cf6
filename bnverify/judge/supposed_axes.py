"""Sides that stay open because a note with several indices does not say over which of them its statistics run."""

from __future__ import annotations

from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.forward import Forward, normalisation
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Term, Unknown, Value, walk
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

OF_STATISTICS = frozenset((INPUT, MEAN, VARIANCE))
ALONG_WHAT = "along which axes the scale and the shift differ is not said"
OVER_WHAT = "over which axes the statistics run is not said"


def with_supposed_axes(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """The chain without verdicts that a layer which the note does not spell out would need."""
    return _with_plain_gains(case, _with_statistics(case, resolved))


def _with_plain_gains(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """A gradient by a scale without any index may be that of one number: what is false for several is left open."""
    by = {part.value.name for part in walk(resolved.head.term) if isinstance(part, LossBy)}
    if not case.notation.shape.plain_gains or not by & {SCALE, SHIFT} or resolved.head.trouble:
        return resolved
    unknown = Resolved(Unknown(ALONG_WHAT))
    own = prover(resolved.forward)

    def is_false(side: Resolved) -> bool:
        return own.equal(Identity(resolved.head.term, side.term, resolved.conditions)) is False

    sides = (unknown if not one.trouble and is_false(one) else one for one in resolved.sides)
    return replace(resolved, sides=tuple(sides))


def _with_statistics(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """What depends on the statistics of a layer that is not said is neither right nor wrong."""
    if not case.notation.shape.supposed or resolved.head.trouble:
        return resolved
    # With constants for the statistics nothing is known of x-hat but its definition.
    free = normalisation(case.convention, replace(resolved.forward.layer, constant=True))
    whole = _depends(resolved.head.term) or _is_of_normalised(resolved)
    unknown = Resolved(Unknown(OVER_WHAT))
    sides = (
        unknown if not one.trouble and (whole or _depends(one.term) or _uses_facts(resolved, one, free)) else one
        for one in resolved.sides
    )
    return replace(resolved, sides=tuple(sides))


def _depends(term: Term) -> bool:
    """Whether the input or a statistic occurs, or is differentiated by, or something but the loss is."""
    inner = (part.value if isinstance(part, LossBy) else part for part in walk(term))
    return any(isinstance(one, Partial) or (isinstance(one, Value) and one.name in OF_STATISTICS) for one in inner)


def _is_of_normalised(resolved: ResolvedChain) -> bool:
    """`\\sum_i \\hat{x}_i = 0`: a claim about x-hat itself, and no definition of the output by it."""
    head = resolved.head.term
    parts = tuple(walk(head))
    names = {part.name for part in parts if isinstance(part, Value)}
    if any(isinstance(part, LossBy) for part in parts):
        return False
    return NORMALISED in names or (OUTPUT in names and not isinstance(head, Value))


def _uses_facts(resolved: ResolvedChain, side: Resolved, free: Forward) -> bool:
    """Whether a side is true for what the statistics are, and for nothing else."""
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    return prover(resolved.forward).equal(identity) is not prover(free).equal(identity)
