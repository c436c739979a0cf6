"""A batch of fractions -> every number of the forward and the backward pass, exact."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import isqrt

from bnverify.model.conventions import Convention
from bnverify.model.forward import batch_norm, denominator
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Reading, Term, Value
from bnverify.truth.domain import Point
from bnverify.truth.fractions_at import Fractions

Numbers = tuple[Fraction, ...]
GAMMA, BETA = Fraction(2), Fraction(1)


@dataclass(frozen=True, slots=True)
class Worked:
    """One batch, forwards and backwards; eps is chosen so that s is rational."""

    eps: Fraction
    mu: Fraction
    v: Fraction
    s: Fraction
    by_v: Fraction
    by_mu: Fraction
    by_gamma: Fraction
    by_beta: Fraction
    x: Numbers
    xhat: Numbers
    y: Numbers
    g: Numbers
    by_xhat: Numbers
    by_x: Numbers
    jacobian: tuple[Numbers, ...]
    """dy_i / dx_j, empty for a large batch."""


LARGEST_JACOBIAN = 4


def work_out(convention: Convention, x: Numbers, g: Numbers) -> Worked:
    """All numbers with gamma = 2 and beta = 1, from the definitions and the derivatives of the graph."""
    forward, n = batch_norm(convention), len(x)
    leaves: dict[str, Fraction | Numbers] = {INPUT: x, "dL/dy": g, SCALE: GAMMA, SHIFT: BETA}
    eps = gap_to_square(Fractions(forward, n, {**leaves, EPSILON: Fraction(1)}).quantity(VARIANCE, ()))
    domain = Fractions(forward, n, {**leaves, EPSILON: eps})

    def at(term: Term, *places: int) -> Fraction:
        return domain.value(term, {name: Point(k, k) for name, k in zip("ij", places, strict=False)})

    def family(term: Term) -> Numbers:
        return tuple(at(term, k) for k in range(n))

    own, slope = Value(NORMALISED, ("i",)), Partial(Value(OUTPUT, ("i",)), Value(INPUT, ("j",)), Reading.TOTAL)
    size = n if n <= LARGEST_JACOBIAN else 0
    mean, variance, s = (at(term) for term in (Value(MEAN), Value(VARIANCE), denominator(forward)))
    by_v, by_mu, by_gamma, by_beta = (at(LossBy(Value(name))) for name in (VARIANCE, MEAN, SCALE, SHIFT))
    return Worked(
        eps,
        mean,
        variance,
        s,
        by_v,
        by_mu,
        by_gamma,
        by_beta,
        x,
        family(own),
        family(Value(OUTPUT, ("i",))),
        g,
        family(LossBy(own)),
        family(LossBy(Value(INPUT, ("i",)))),
        tuple(tuple(at(slope, i, j) for j in range(size)) for i in range(size)),
    )


def gap_to_square(variance: Fraction) -> Fraction:
    """eps > 0 that makes variance + eps the square of the least possible whole number."""
    root = isqrt(variance.numerator // variance.denominator) + 1
    return root * root - variance
