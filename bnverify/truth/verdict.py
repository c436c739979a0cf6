"""What a witness says of one identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from fractions import Fraction
from itertools import combinations
from math import ceil, log10

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, letter_of
from bnverify.model.terms import Condition, Term, free_indices


class Undecidable(Exception):
    """A domain cannot give the value; the message says why in plain English."""


class Undefined(Exception):
    """The expression has no value here: a division by zero."""


@frozen
class Identity:
    """The claim `left = right` for every assignment of its free indices that meets the conditions."""

    left: Term
    right: Term
    conditions: tuple[Condition, ...] = ()


def with_numbered(identity: Identity) -> tuple[Condition, ...]:
    """The conditions of an identity, and that two numbers are two different samples: x_1 and x_2."""
    names = sorted(free_indices(identity.left) | free_indices(identity.right))
    numbered = [name for name in names if letter_of(name).isdigit()]
    apart = (
        Condition(one, other, same=False) for one, other in combinations(numbered, 2) if axis_of(one) == axis_of(other)
    )
    return (*identity.conditions, *apart)


Numbers = Fraction | tuple["Numbers", ...]
"""One number, or as many as an axis has places, nested."""


@frozen
class Counterexample:
    """Small rational values at which the two sides differ; `values` in print order, indices 1-based."""

    n: int
    values: Mapping[str, Numbers]
    indices: Mapping[str, int]
    left: Fraction
    right: Fraction


@frozen
class Proved:
    """Both sides agree at every n at which they are defined."""


@frozen
class Refuted:
    """The sides differ; `true_at` holds every batch size at which they agree all the same."""

    counterexample: Counterexample
    true_at: frozenset[int] = frozenset()
    complete: bool = True
    """Whether `true_at` is known to hold every such size; otherwise only the size of the counterexample is known."""


@frozen
class Undecided:
    why: str
    undefined: bool = False
    """Whether it has no value anywhere: it divides by zero on every batch."""


Verdict = Proved | Refuted | Undecided


class Opinion(StrEnum):
    """The verdict of a witness that looks at single batch sizes."""

    AGREES = "agrees"
    REFUTED = "refuted"
    ABSTAINS = "abstains"


@frozen
class Sampled:
    """What one witness found at each batch size; `error` is the largest relative difference (numeric only)."""

    opinion: Opinion
    differs: Mapping[int, bool] = field(default_factory=dict)
    error: float | None = None
    why: str = ""

    @property
    def error_words(self) -> str:
        """`< 1e-15`: of a rounding error the power of ten above it, which is the same on every machine."""
        if self.error is None or self.opinion is Opinion.ABSTAINS:
            return ""
        if self.opinion is Opinion.REFUTED:
            return f"{self.error:.2g}"
        return f"< 1e{max(-15, ceil(log10(self.error))) if self.error else -15}"
