"""Arithmetic modulo a prime, against fractions."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

import pytest

from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    ONE,
    ZERO,
    Log,
    LossBy,
    Sum,
    Term,
    Value,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.domain import Point
from bnverify.truth.every_n import prover
from bnverify.truth.residues import PRIME, Residues, ResiduesAt, residues, small_root
from bnverify.truth.verdict import Identity, Undecidable, Undefined
from bnverify.truth.work import TooMuch, allowance
from tests.letters import BIASED, EPS, GAMMA, HALF, MU, UNBIASED, N, V, layer, x


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
    domain = ResiduesAt(BIASED, n)
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
        assert residues(softmax, frozenset(), 1, 0).value(total, points) == 1
        if rank == 1:
            assert [ResiduesAt(softmax, n).value(total, {}) for n in (1, 2, 4)] == [1, 1, 1]


def test_what_has_no_residue_says_so() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    with pytest.raises(Undefined):
        domain.value(power(Sum("j", plus(x("j"), times(number(-1), MU))), -1), {})
    with pytest.raises(Undecidable):
        domain.value(power(GAMMA, Fraction(1, 3)), {})


def hankel(index: str, one: Term) -> Term:
    """The determinant of the sums of the powers 0 to 4 of one quantity: zero for two values, and not for three."""
    p0, p1, p2, p3, p4 = (Sum(index, power(one, k)) for k in range(5))
    less = lambda left, right: plus(left, times(number(-1), right))  # noqa: E731
    return plus(
        times(p0, less(times(p2, p4), power(p3, 2))),
        times(number(-1), p1, less(times(p1, p4), times(p3, p2))),
        times(p2, less(times(p1, p3), power(p2, 2))),
    )


def of_rank(rank: int, *over: int) -> Forward:
    return normalisation(Convention(), Layer("layer", "layer norm", rank=rank, over=over, gains=over[:1]))


@pytest.mark.parametrize(
    ("forward", "index", "of"),
    [
        (BIASED, "i", Value("x", ("i",))),
        (of_rank(2, 1), "i", Value("mu", ("i",))),
        (of_rank(2, 1), "1.j", Value("x", ("i", "1.j"))),
        (of_rank(3, 0, 2), "2.k", Value("x", ("i", "1.j", "2.k"))),
        (of_rank(4, 0, 2, 3), "i", Value("x", ("i", "1.j", "2.k", "3.l"))),
    ],
)
def test_a_determinant_of_three_sums_is_not_zero(forward: Forward, index: str, of: Value) -> None:
    """With two places along an axis it would be, and the quick and the full verdict would differ."""
    assert prover(forward).equal(Identity(hankel(index, of), ZERO)) is False


def test_roots_of_products_of_v_and_v_plus_epsilon_are_positive() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    s, t = (domain.value(power(base, HALF), {}) for base in (plus(V, EPS), V))
    for scale in (1, 4, 9):
        product = domain.value(power(times(number(scale), V, plus(V, EPS)), HALF), {})
        assert product == isqrt(scale) * s * t % PRIME
        for base, root in ((plus(V, EPS), s), (V, t)):
            cube = domain.value(power(times(number(scale), power(base, 3)), HALF), {})
            assert cube == isqrt(scale) * pow(root, 3, PRIME) % PRIME


def test_a_single_sample_has_no_variance_and_small_squares_have_roots_all_the_same() -> None:
    domain = ResiduesAt(BIASED, 1)
    assert domain.value(V, {}) == 0
    assert domain.power(0, HALF) == 0
    assert domain.power(4, HALF) == 2


def test_no_two_quantities_are_the_same_number_at_any_place() -> None:
    domain = residues(BIASED, frozenset(), 1, 0)
    values = [
        domain.value(one, {"i": Point(1, -1 - place)})
        for place in range(5)
        for one in (x("i"), LossBy(Value("y", ("i",))))
    ]
    assert len(set(values)) == 10
    logarithms = [domain.value(Log(one), {}) for one in (Value("a"), Value("b"), plus(Value("a"), Value("b")))]
    assert len(set(logarithms)) == 3
    assert prover(BIASED).equal(Identity(times(Value("t"), Value("t")), power(Value("t"), 2))) is True


def test_a_free_mean_changes_with_the_samples_of_a_variant_and_a_free_variance_does_not() -> None:
    for name, count in (("mu", 3), ("v", 1)):
        freed = frozenset({name})
        drawn = [residues(BIASED, freed, 1, variant).value(Value(name), {}) for variant in range(3)]
        assert len(set(drawn)) == count


def test_a_quantity_with_an_index_too_many_has_no_value() -> None:
    for name in ("mu", "x"):
        with pytest.raises(Undecidable, match="another number of indices"):
            Residues(BIASED).quantity(name, (Point(0, -1), Point(1, -2)))


def test_a_row_that_is_not_drawn_to_its_end_is_drawn_anew() -> None:
    rows, points = of_rank(2, 1), {"i": Point(1, 1), "j": Point(2, 2, 1)}
    whole = residues(rows, frozenset(), 1, 0).value(Value("x", ("i", "j")), points)
    domain = residues(rows, frozenset(), 1, 0)
    for units in (2, 5, 10):
        with allowance(units), pytest.raises(TooMuch):
            domain.value(Value("x", ("i", "j")), points)
    assert domain.value(Value("x", ("i", "j")), points) == whole


def test_a_free_variance_of_a_row_has_roots() -> None:
    rows = of_rank(2, 1)
    domain = residues(rows, frozenset({"v"}), 1, 0)
    drawn = []
    for place in range(1, 6):
        points = {"i": Point(1, place)}
        v = domain.value(Value("v", ("i",)), points)
        for base in (Value("v", ("i",)), plus(Value("v", ("i",)), EPS)):
            root = domain.value(power(base, HALF), points)
            assert root * root % PRIME == domain.value(base, points)
        drawn.append(v)
    assert len(set(drawn)) == 5
