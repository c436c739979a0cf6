"""Sides in which their own head stands: right, and no repair."""

from __future__ import annotations

from bnverify.model.terms import LossBy, Partial, Term, Value, walk


def is_circular(head: Term, side: Term) -> bool:
    """Whether a derivative is given in terms of itself."""
    return isinstance(head, (LossBy, Partial)) and any(part == head for part in walk(side))


def names_head(head: Term, side: Term) -> bool:
    """Whether a quantity is given in terms of itself."""
    return isinstance(head, Value) and any(part == head for part in walk(side))
