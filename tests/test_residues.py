"""Arithmetic modulo a prime, against fractions."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import pytest

from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import Forward, batch_norm, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    ONE,
    ZERO,
    Count,
    Sum,
    Value,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.domain import Point
from bnverify.truth.residues import PRIME, Residues, residues, residues_at, small_root
from bnverify.truth.verdict import Undecidable, Undefined

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
HALF = Fraction(1, 2)
N, MU, V, EPS, GAMMA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma")


def x(index: str) -> Value:
    return Value("x", (index,))


def layer(**more: object) -> Forward:
    shape = {"rank": 2, "over": (1,), "gains": (1,), **more}
    return normalisation(Convention(), Layer("layer", "layer norm", **shape))  # type: ignore[arg-type]


def modulo(value: Fraction) -> int:
    return value.numerator * pow(value.denominator, -1, PRIME) % PRIME


@pytest.mark.parametrize(
    "root", [Fraction(1), Fraction(7), Fraction(100), Fraction(3, 4), Fraction(12, 11), Fraction(5, 12)]
)
def test_the_root_of_a_small_square_is_the_positive_one(root: Fraction) -> None:
    assert small_root(modulo(root**2)) == modulo(root)


@pytest.mark.parametrize(
    "value", [Fraction(2), Fraction(0), Fraction(1, 13) ** 2, Fraction(1_000_003), Fraction(142) ** 2]
)
def test_what_is_no_small_square_has_no_small_root(value: Fraction) -> None:
    assert small_root(modulo(value)) is None


@pytest.mark.parametrize("forward", [BIASED, UNBIASED, layer()])
def test_residues_know_the_positive_roots_of_v_and_v_plus_epsilon(forward: Forward) -> None:
    domain = residues(forward, frozenset(), 1, 0)
    points = {"i": Point(-1, -1)}
    v = Value("v", ("i",)) if forward.layer.rank > 1 else V
    for base in (plus(v, EPS), v):
        root = domain.value(power(base, HALF), points)
        assert root * root % PRIME == domain.value(base, points)
        for scale in (Fraction(4), Fraction(9, 4), Fraction(1, 25)):
            scaled = domain.value(power(times(number(scale), base), HALF), points)
            assert scaled == modulo(Fraction(isqrt(scale.numerator), isqrt(scale.denominator))) * root % PRIME
        cube = domain.value(power(power(base, 3), HALF), points)
        assert cube == pow(root, 3, PRIME)
    assert domain.value(power(ZERO, HALF), points) == 0


def test_a_sum_of_residues_has_n_for_its_weights() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    one, n = domain.value(Sum("j", ONE), {}), domain.value(N, {})
    assert one == n
    assert domain.value(Sum("j", x("j")), {}) == n * domain.value(MU, {}) % PRIME
    assert isinstance(domain, Residues)
    assert len(set(domain.weights)) == 5


@pytest.mark.parametrize("n", [1, 2, 5])
def test_residues_at_a_size_are_sums_over_so_many_samples(n: int) -> None:
    domain = residues_at(BIASED, n)
    samples = [domain.value(x("i"), {"i": Point(place, place)}) for place in range(n)]
    assert len(set(samples)) == n
    assert domain.value(Sum("j", x("j")), {}) == sum(samples) % PRIME
    assert domain.value(N, {}) == n
    assert domain.value(MU, {}) * n % PRIME == sum(samples) % PRIME


def test_targets_add_up_to_one_modulo_a_prime() -> None:
    for rank, over in ((1, (0,)), (2, (1,))):
        softmax = normalisation(Convention(), Layer("softmax", "softmax", rank=rank, over=over, exponential=True))
        names = ("i", "1.j")[:rank]
        total = Sum(names[-1], Value("t", names))
        points = {"i": Point(0, 0)} if rank > 1 else {}
        for domain in (residues_at(softmax, 2), residues_at(softmax, 4), residues(softmax, frozenset(), 1, 0)):
            assert domain.value(total, points) == 1


def test_what_has_no_residue_says_so() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    with pytest.raises(Undefined):
        domain.value(power(Sum("j", plus(x("j"), times(number(-1), MU))), -1), {})
    with pytest.raises(Undecidable):
        domain.value(power(GAMMA, Fraction(1, 3)), {})
