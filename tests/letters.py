"""Terms and forward passes in short, for tests that write mathematics down by hand."""

from __future__ import annotations

from fractions import Fraction

from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import Forward, batch_norm, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import Count, Value

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
HALF = Fraction(1, 2)
N, MU, V, EPS, GAMMA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma")


def x(index: str) -> Value:
    return Value("x", (index,))


def layer(**more: object) -> Forward:
    shape = {"rank": 2, "over": (1,), "gains": (1,), **more}
    return normalisation(Convention(), Layer("layer", "layer norm", **shape))  # type: ignore[arg-type]
