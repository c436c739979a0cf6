"""Conventions as data: what the definitions of the forward pass may differ in without being wrong."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Variance(StrEnum):
    BIASED = "biased"
    """v = (1/n) sum_j (x_j - mu)^2"""
    UNBIASED = "unbiased"
    """v = (1/(n-1)) sum_j (x_j - mu)^2, defined for n >= 2"""


class Epsilon(StrEnum):
    INSIDE = "inside"
    """s = sqrt(v + eps)"""
    OUTSIDE = "outside"
    """s = sqrt(v) + eps"""
    NONE = "none"
    """s = sqrt(v)"""


class Residual(StrEnum):
    X_MINUS_MU = "x-mu"
    MU_MINUS_X = "mu-x"


@dataclass(frozen=True, slots=True)
class Convention:
    """One consistent set of choices; the forward pass is built from it."""

    variance: Variance = Variance.BIASED
    epsilon: Epsilon = Epsilon.INSIDE
    residual: Residual = Residual.X_MINUS_MU

    @property
    def smallest_n(self) -> int:
        """The least batch size at which the forward pass is defined."""
        return 2 if self.variance is Variance.UNBIASED else 1
