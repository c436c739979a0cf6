"""The square roots that an identity holds: those of the forward pass, and others."""

from __future__ import annotations

from bnverify.model.roots import is_known
from bnverify.model.terms import Power, walk
from bnverify.truth.verdict import Identity


def count_roots(identity: Identity) -> int:
    halves = (part for side in (identity.left, identity.right) for part in walk(side) if isinstance(part, Power))
    return sum(part.exponent.denominator == 2 for part in halves)


def other_roots(identity: Identity) -> bool:
    """Whether a root of something else than v + eps or v occurs."""
    return any(
        isinstance(part, Power) and part.exponent.denominator == 2 and not is_known(part.base)
        for side in (identity.left, identity.right)
        for part in walk(side)
    )
