"""The square roots that an identity holds: those of the forward pass, and others."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from bnverify.model.roots import unknown_roots
from bnverify.model.terms import Power, Term, free_indices, walk
from bnverify.truth.verdict import Identity


def count_roots(identity: Identity) -> int:
    halves = (part for side in (identity.left, identity.right) for part in walk(side) if isinstance(part, Power))
    return sum(part.exponent.denominator == 2 for part in halves)


def other_roots(identity: Identity) -> bool:
    """Whether a root of something else than v + eps or v occurs."""
    return any(_others(identity))


def roots_apart(identity: Identity) -> tuple[Term, ...]:
    """Such roots that have one value: outside every sum, or of what its index does not occur in."""
    outside = free_indices(identity.left) | free_indices(identity.right)
    return tuple(dict.fromkeys(part for part in _others(identity) if free_indices(part) <= outside))


def _others(identity: Identity) -> Iterator[Power]:
    return chain(unknown_roots(identity.left), unknown_roots(identity.right))
