"""SymPy's polynomial rings at one n, at i = 1, with t = 1/sqrt(v + eps) as a generator.

Epsilon occurs through t alone, so t is as free as epsilon is: both sides are polynomials in x, g, gamma and t, and
dt/dx_1 = -t^3/2 dv/dx_1. Without roots and fractions this is the quickest form that we found.
"""

from __future__ import annotations

import sympy
from sympy.polys.domains import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from tests.benchmarks.contenders.written_out import SIGNS, Batch
from tests.benchmarks.timing import Prepare, Work


def elements(which: str, size: str) -> Prepare:
    """Both sides as elements of the ring, differentiated there."""
    n, sign = int(size), SIGNS[which]
    names = [*(f"x{k}" for k in range(n)), *(f"g{k}" for k in range(n)), "gamma", "t"]

    def work() -> str:
        ring = PolyRing(names, QQ, lex)
        x, g, (gamma, t) = ring.gens[:n], ring.gens[n : 2 * n], ring.gens[2 * n :]
        mean = sum(x, ring.zero) * QQ(1, n)
        centred = [one - mean for one in x]
        variance = sum((one**2 for one in centred), ring.zero) * QQ(1, n)
        along = sum((one * other for one, other in zip(g, centred, strict=True)), ring.zero)
        left = gamma * (along.diff(x[0]) * t - along * variance.diff(x[0]) * t**3 * QQ(1, 2))
        right = gamma * t * QQ(1, n) * (n * g[0] - sum(g, ring.zero) + sign * centred[0] * along * t**2)
        return "equal" if left == right else "not equal"

    return lambda _: work


def expressions(which: str, size: str, known: str = "") -> Prepare:
    """Both sides as SymPy's expressions first, differentiated by `diff` with t a symbol, then taken into the ring.

    If `known`, all runs use the same letters, and SymPy remembers the derivative and parts of the formula.
    """

    def prepare(run: int) -> Work:
        batch = Batch(int(size), 0 if known else run, real=True)
        t = sympy.Symbol(f"t{batch.run}", positive=True)

        def work() -> str:
            loss, x = batch.loss(1 / t), batch.x[0]
            left = sympy.diff(loss, x) - sympy.diff(loss, t) * t**3 / 2 * sympy.diff(batch.variance, x)
            ring = PolyRing([*batch.x, *batch.g, batch.gamma, t], QQ, lex)
            same = ring.from_expr(left) == ring.from_expr(batch.formula(1 / t, which))
            return "equal" if same else "not equal"

        return work

    return prepare
