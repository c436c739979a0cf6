"""NumPy's complex step at one n: dL/dx_i for every i by n forward passes at once, against the formula, on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders.written_out import SIGNS
from tests.benchmarks.timing import Prepare, Work

STEP = 1e-30
TOLERANCE = 1e-9
LARGEST_TABLE = 512
"""Samples that are nudged at once: a row for each."""


def forward(x: Any, eps: float) -> tuple[Any, Any]:
    """x-hat along the last axis, and s."""
    n = x.shape[-1]
    centred = x - x.sum(axis=-1, keepdims=True) / n
    s = np.sqrt((centred * centred).sum(axis=-1, keepdims=True) / n + eps)
    return centred / s, s


def derivative(x: Any, g: Any, gamma: float, eps: float) -> Any:
    n, found = len(x), []
    for first in range(0, n, LARGEST_TABLE):
        nudges = np.eye(min(LARGEST_TABLE, n - first), n, first) * (1j * STEP)
        found.append((forward(x + nudges, eps)[0] @ g).imag * (gamma / STEP))
    return np.concatenate(found)


def compare(which: str, size: str) -> Prepare:
    n, sign = int(size), SIGNS[which]

    def prepare(run: int) -> Work:
        random = np.random.default_rng(run)
        x, g = random.normal(size=n), random.normal(size=n)
        gamma, eps = 1.3, 0.7

        def work() -> str:
            hat, s = forward(x, eps)
            formula = gamma / (n * s) * (n * g - g.sum() + sign * hat * (g @ hat))
            return "equal" if abs(derivative(x, g, gamma, eps) - formula).max() < TOLERANCE else "not equal"

        return work

    return prepare
