"""NumPy's complex step at one n: dL/dx_i for every i by n forward passes at once, against the formula, on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders.written_out import SIGNS
from tests.benchmarks.timing import Prepare, Work

STEP = 1e-30
LARGEST_TABLE = 512
"""Samples that are nudged at once: a row for each."""


def forward(x: Any, gamma: float, eps: float) -> tuple[Any, Any]:
    """x-hat times gamma along the last axis, and s."""
    centred = x - x.mean(axis=-1, keepdims=True)
    s = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    return gamma * centred / s, s


def derivative(x: Any, g: Any, gamma: float, eps: float) -> Any:
    n, found = len(x), []
    for first in range(0, n, LARGEST_TABLE):
        rows = np.arange(first, min(first + LARGEST_TABLE, n))
        nudged = np.tile(x.astype(complex), (len(rows), 1))
        nudged[np.arange(len(rows)), rows] += 1j * STEP
        found.append((forward(nudged, gamma, eps)[0] @ g).imag / STEP)
    return np.concatenate(found)


def compare(which: str, size: str) -> Prepare:
    n, sign = int(size), SIGNS[which]

    def prepare(run: int) -> Work:
        random = np.random.default_rng(run)
        x, g = random.normal(size=n), random.normal(size=n)
        gamma, eps = 1.3, 0.7

        def work() -> str:
            y, s = forward(x, gamma, eps)
            hat = y / gamma
            formula = gamma / (n * s) * (n * g - g.sum() + sign * hat * (g @ hat))
            return "equal" if np.allclose(derivative(x, g, gamma, eps), formula, rtol=1e-9) else "not equal"

        return work

    return prepare
