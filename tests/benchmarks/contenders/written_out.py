"""Batch norm with the sums written out for n samples, in fresh SymPy symbols: the loss, and the final formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

SIGNS = {"right": -1, "wrong": 1}
"""The sign before the last term of the final formula."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The letters carry the number of the run, so that no cache of SymPy knows them.

    Real letters make rings quicker, and the functions that people type slower.
    """

    n: int
    run: int
    real: bool | None = None

    def family(self, letter: str) -> tuple[Any, ...]:
        return sympy.symbols(f"{letter}{self.run}_1:{self.n + 1}", real=self.real)

    @property
    def x(self) -> tuple[Any, ...]:
        return self.family("x")

    @property
    def g(self) -> tuple[Any, ...]:
        return self.family("g")

    @property
    def gamma(self) -> Any:
        return sympy.Symbol(f"gamma{self.run}", real=self.real)

    @property
    def eps(self) -> Any:
        return sympy.Symbol(f"eps{self.run}", real=self.real)

    @property
    def centred(self) -> list[Any]:
        mean = sympy.Add(*self.x) / self.n
        return [x - mean for x in self.x]

    @property
    def variance(self) -> Any:
        return sympy.Add(*(c**2 for c in self.centred)) / self.n

    @property
    def other_variance(self) -> Any:
        """The mean of the squares less the square of the mean."""
        return sympy.Add(*(x**2 for x in self.x)) / self.n - (sympy.Add(*self.x) / self.n) ** 2

    def loss(self, root: Any) -> Any:
        """sum g_k y_k; beta does not matter."""
        return sympy.Add(*(g * self.gamma * c / root for g, c in zip(self.g, self.centred, strict=True)))

    def formula(self, root: Any, which: str) -> Any:
        """The final formula at i = 1."""
        hats = [c / root for c in self.centred]
        along = sympy.Add(*(g * hat for g, hat in zip(self.g, hats, strict=True)))
        inner = self.n * self.g[0] - sympy.Add(*self.g) + SIGNS[which] * hats[0] * along
        return self.gamma / (self.n * root) * inner
