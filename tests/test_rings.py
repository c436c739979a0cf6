"""The exact rings against the laws of fractions, roots and logarithms."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bnverify.limits import limited
from bnverify.model.conventions import Convention, Epsilon, Variance
from bnverify.model.forward import Forward, Node, batch_norm, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    ONE,
    Count,
    Log,
    LossBy,
    Sum,
    Term,
    Value,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.truth.every_n import Prover, prover
from bnverify.truth.patterns import index_patterns
from bnverify.truth.rational import RationalFunctions
from bnverify.truth.tensors import TensorFunctions
from bnverify.truth.verdict import Identity, Proved, Refuted, Undecidable, Undefined
from bnverify.truth.work import TooMuch, allowance, remaining

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
HALF = Fraction(1, 2)
N, MU, V, EPS, GAMMA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma")


def x(index: str) -> Value:
    return Value("x", (index,))


def layer(**more: object) -> Forward:
    shape = {"rank": 2, "over": (1,), "gains": (1,), **more}
    return normalisation(Convention(), Layer("layer", "layer norm", **shape))  # type: ignore[arg-type]


def differs(ring: RationalFunctions, left: Term, right: Term) -> bool:
    found = ring.work_out(lambda: ring.add([ring.value(left, {}), ring.negative(ring.value(right, {}))]))
    return bool(found.above)


@pytest.mark.parametrize("ring", [RationalFunctions(BIASED), TensorFunctions(layer())])
def test_a_sum_of_fractions_is_over_the_common_denominator(ring: RationalFunctions) -> None:
    a, b = Value("a"), Value("b")
    over = lambda above, below: times(above, power(below, -1))  # noqa: E731
    cases = [
        (plus(over(ONE, a), over(ONE, b)), over(plus(a, b), times(a, b))),
        (plus(over(ONE, power(a, 2)), over(ONE, a)), over(plus(ONE, a), power(a, 2))),
        (over(ONE, plus(a, b)), over(number(3), plus(times(number(3), a), times(number(3), b)))),
        (power(over(plus(a, b), times(number(2), a)), -2), over(times(number(4), power(a, 2)), power(plus(a, b), 2))),
        (over(over(a, b), over(b, a)), over(power(a, 2), power(b, 2))),
        (over(times(a, b), times(a, a)), over(b, a)),
    ]
    for left, right in cases:
        assert differs(ring, left, right) is False
        assert differs(ring, left, plus(right, ONE)) is True
    with pytest.raises(Undefined):
        ring.work_out(lambda: ring.value(power(plus(a, times(number(-1), a)), -1), {}))


def test_logarithms_of_products_are_sums() -> None:
    ring, a, b = RationalFunctions(BIASED), Value("a"), Value("b")
    left = Log(times(power(a, 3), power(b, -1), power(plus(a, b), HALF)))
    right = plus(times(number(3), Log(a)), times(number(-1), Log(b)), times(number(HALF), Log(plus(a, b))))
    assert not differs(ring, left, right)
    with pytest.raises(Undefined):
        ring.work_out(lambda: ring.value(Log(plus(a, times(number(-1), a))), {}))
    assert not ring.work_out(lambda: ring.value(Log(ONE), {})).above


def test_the_logarithm_of_a_quotient_is_a_difference() -> None:
    ring, a, b = RationalFunctions(BIASED), Value("a"), Value("b")
    below = power(b, -1)
    assert not differs(ring, Log(plus(ONE, times(a, below))), plus(Log(plus(a, b)), negative(Log(b))))
    one_over = plus(times(plus(a, ONE), below), times(number(-1), a, below))
    assert not differs(ring, Log(one_over), negative(Log(b)))
    squared = plus(ONE, times(a, power(b, -2)))
    assert not differs(ring, Log(squared), plus(Log(plus(a, power(b, 2))), times(number(-2), Log(b))))
    assert differs(ring, Log(one_over), Log(b))


def test_epsilon_outside_the_root_has_a_variance_whose_root_is_free() -> None:
    ring = RationalFunctions(batch_norm(Convention(epsilon=Epsilon.OUTSIDE)))
    assert not differs(ring, power(power(V, HALF), 2), V)
    assert differs(ring, power(V, HALF), V)


# -- radicals and further statistics


def with_node(name: str, value: Term) -> Forward:
    """Batch norm with one more quantity, between the others."""
    *nodes, output = BIASED.nodes
    return replace(BIASED, nodes=(*nodes, Node(name, (), value), output))


Q, INSIDE = Value("q"), plus(ONE, power(GAMMA, 2))
ROOT = with_node("q", power(INSIDE, HALF))


def apart(left: Term, right: Term) -> bool:
    """Whether the proof, which knows the squares of radicals, has a numerator for the difference."""
    return bool(prover(ROOT).difference(Identity(left, right), {}).above)


@pytest.mark.parametrize("exponent", range(-3, 8))
def test_powers_of_a_radical_are_powers_of_what_is_inside_and_at_most_one_root(exponent: int) -> None:
    whole, odd = divmod(exponent, 2)
    side = times(power(INSIDE, whole), Q) if odd else power(INSIDE, whole)
    assert not apart(power(Q, exponent), side)
    assert apart(power(Q, exponent), times(side, number(2)))
    assert apart(power(Q, exponent), times(side, Q))


def test_two_radicals_do_not_mix() -> None:
    other = power(plus(number(2), power(MU, 2)), HALF)
    assert not apart(power(times(Q, other), 2), times(INSIDE, power(other, 2)))
    assert not apart(times(plus(Q, other), plus(Q, negative(other))), plus(INSIDE, negative(power(other, 2))))
    assert apart(Q, other)


def test_the_sizes_of_a_wrong_step_with_a_radical_are_not_claimed_to_be_known() -> None:
    by_beta, total = LossBy(Value("beta")), Sum("j", LossBy(Value("y", ("j",))))
    forward = with_node("q", power(power(GAMMA, 2), HALF))
    verdict = prover(forward).examine(Identity(by_beta, plus(total, times(plus(N, number(-2)), Q))))
    assert isinstance(verdict, Refuted)
    assert (verdict.complete, verdict.true_at, verdict.counterexample.n) == (False, frozenset(), 1)


LESS, S = plus(N, number(-1)), power(plus(V, EPS), HALF)


def root(term: Term) -> Term:
    return power(term, HALF)


def over(above: Term, below: Term) -> Term:
    return times(above, power(below, -1))


ROOTS_OF_QUOTIENTS = [
    (power(times(INSIDE, power(N, -1)), HALF), times(power(times(INSIDE, N), HALF), power(N, -1)), True),
    (power(times(INSIDE, power(LESS, -1)), HALF), times(power(times(INSIDE, LESS), HALF), power(LESS, -1)), True),
    (times(GAMMA, power(times(x("1"), power(GAMMA, -1)), HALF)), power(times(x("1"), GAMMA), HALF), False),
    (power(times(power(GAMMA, 2), INSIDE), HALF), times(GAMMA, power(INSIDE, HALF)), False),
    (power(times(number(4), INSIDE), HALF), times(number(-2), power(INSIDE, HALF)), False),
    (power(power(MU, 2), HALF), MU, False),
    (root(over(power(V, 2), power(S, 4))), over(V, power(S, 2)), True),
    (root(over(V, power(S, 2))), over(root(V), S), True),
    (root(times(V, power(LESS, -2))), over(root(V), LESS), True),
    (root(times(V, power(LESS, -2))), times(root(V), power(LESS, -2)), False),
    (root(times(number(Fraction(4, 9)), V)), times(number(Fraction(2, 3)), root(V)), True),
    (root(times(number(Fraction(9, 2)), V)), times(number(3), root(V)), False),
    (root(times(number(Fraction(2, 9)), V)), times(number(Fraction(1, 3)), root(V)), False),
    (root(times(number(-4), V)), times(number(2), root(V)), False),
    (root(over(V, power(S, 3))), over(root(V), S), False),
    (root(root(V)), ONE, False),
    (root(plus(power(V, 2), GAMMA)), V, False),
    (root(plus(V, ONE)), root(V), False),
    (root(times(power(MU, 2), V)), times(MU, root(V)), False),
    (root(over(power(V, 2), power(GAMMA, 2))), over(V, GAMMA), False),
    (root(plus(V, power(V, 2))), plus(root(V), V), False),
    (power(power(LESS, 2), HALF), LESS, False),
]


@pytest.mark.parametrize(("left", "right", "is_true"), ROOTS_OF_QUOTIENTS)
def test_only_what_is_positive_leaves_a_root(left: Term, right: Term, is_true: bool) -> None:
    """Of a letter nobody knows the sign, so no root of its square is the letter."""
    assert prover(UNBIASED).proves(Identity(left, right)) is is_true


def test_a_statistic_that_is_a_multiple_of_a_sum_is_divided_by_its_factor() -> None:
    third = with_node("q", times(number(3), Sum("j", power(x("j"), 3))))
    assert prover(third).examine(Identity(Sum("j", power(x("j"), 3)), times(number(Fraction(1, 3)), Q))) == Proved()
    assert isinstance(prover(third).examine(Identity(Sum("j", power(x("j"), 3)), Q)), Refuted)
    both = with_node("q", times(N, plus(Sum("j", power(x("j"), 3)), times(number(2), Sum("j", power(x("j"), 4))))))
    side = plus(times(power(N, -1), Q), times(number(-2), Sum("j", power(x("j"), 4))))
    assert prover(both).examine(Identity(Sum("j", power(x("j"), 3)), side)) == Proved()


def test_polynomials_are_bounded_by_their_terms() -> None:
    ring, base = RationalFunctions(BIASED), plus(Value("a"), Value("b"))
    with limited({"terms": 3}):
        assert len(ring.work_out(lambda: ring.value(power(base, 2), {})).above) == 3
        with pytest.raises(Undecidable, match="more than 3 terms"):
            RationalFunctions(BIASED).work_out(lambda: ring.value(power(base, 3), {}))


def test_other_powers_have_no_rational_function() -> None:
    ring = RationalFunctions(BIASED)
    for exponent in (Fraction(1, 3), Fraction(-2, 3), Fraction(1, 4)):
        with pytest.raises(Undecidable):
            ring.work_out(lambda power_of=exponent: ring.value(power(GAMMA, power_of), {}))  # type: ignore[misc]
    with pytest.raises(Undecidable, match="may be negative"):
        ring.work_out(lambda: ring.value(power(times(INSIDE, power(GAMMA, -1)), HALF), {}))


def test_products_cost_by_their_terms() -> None:
    """(a + b)^40 has 41 terms, and its products some hundreds."""
    ring = RationalFunctions(BIASED)
    ring.work_out(lambda: ring.value(plus(Value("a"), Value("b")), {}))
    with allowance(10_000):
        ring.work_out(lambda: ring.value(power(plus(Value("a"), Value("b")), 40), {}))
        assert 100 < 10_000 - remaining() < 1_000
    with allowance(100), pytest.raises(TooMuch):
        RationalFunctions(BIASED).work_out(lambda: ring.value(power(plus(Value("a"), Value("b")), 41), {}))


# -- sums over what is no monomial


R = power(plus(ONE, power(x("j"), 2)), HALF)
W = Value("W", ("i", "j"))
SEVERAL = {
    "a radical of the sample": R,
    "the logarithm of a sample": Log(x("j")),
    "the logarithm of two samples": Log(plus(x("i"), x("j"))),
    "the logarithm of a sum with a sample": Log(plus(x("j"), GAMMA)),
    "a symbol of two indices": W,
    "a symbol of two indices, the other way round": Value("W", ("j", "i")),
    "a quotient": power(plus(x("j"), GAMMA), -1),
    "a radical of two samples": power(plus(ONE, power(x("j"), 2), power(x("i"), 2)), HALF),
}


@pytest.mark.parametrize("name", SEVERAL)
def test_what_changes_from_sample_to_sample_is_no_constant_in_a_sum(name: str) -> None:
    """sum_j f_j x_j is not mu sum_j f_j, whatever f_j is called."""
    one = SEVERAL[name]
    own = prover(BIASED)
    assert not own.proves(Identity(Sum("j", times(one, x("j"))), times(MU, Sum("j", one))))
    assert not own.proves(Identity(Sum("j", one), times(N, one)))
    assert own.equal(Identity(Sum("j", times(one, x("j"))), times(MU, Sum("j", one)))) is not True


def test_sums_of_logarithms_are_moments() -> None:
    logs = Sum("j", times(Log(x("j")), x("j")))
    assert prover(BIASED).proves(Identity(logs, Sum("l", times(x("l"), Log(x("l"))))))
    assert prover(BIASED).proves(Identity(Sum("j", times(Log(x("i")), x("j"))), times(N, MU, Log(x("i")))))
    assert not prover(BIASED).proves(Identity(logs, times(Log(x("i")), Sum("l", x("l")))))


def test_sums_of_logarithms_are_moments_although_they_hold_a_letter() -> None:
    inside = plus(power(GAMMA, 2), power(x("j"), 2))
    left = Sum("j", times(number(2), Log(inside)))
    assert Prover(BIASED).proves(Identity(left, times(number(2), Sum("j", Log(inside)))))
    assert not Prover(BIASED).proves(Identity(left, Sum("j", Log(inside))))


def test_sums_of_logarithms_are_moments_beside_a_root() -> None:
    root = power(plus(ONE, power(x("i"), 2)), HALF)
    inside = plus(ONE, power(x("j"), 2))
    left = times(root, Sum("j", times(number(2), Log(inside))))
    assert Prover(BIASED).proves(Identity(left, times(number(2), root, Sum("j", Log(inside)))))
    assert not Prover(BIASED).proves(Identity(left, times(root, Sum("j", Log(inside)))))


def test_a_symbol_of_two_indices_is_a_constant_in_a_sum_over_a_third() -> None:
    one = Value("W", ("i", "k"))
    assert prover(BIASED).proves(Identity(Sum("j", times(one, x("j"))), times(N, MU, one)))
    assert not prover(BIASED).proves(Identity(one, Value("W", ("k", "i"))))


def unequal(left: Term, right: Term) -> bool:
    """Whether the exact ring alone, without random points before it, refuses to call two terms equal."""
    identity = Identity(left, right)
    try:
        return bool(prover(BIASED).difference(identity, next(index_patterns(identity))).above)
    except Undecidable:
        return True


@pytest.mark.parametrize("name", SEVERAL)
def test_the_exact_ring_alone_takes_no_changing_factor_out_of_a_sum(name: str) -> None:
    one = SEVERAL[name]
    assert unequal(Sum("j", times(one, x("j"))), times(MU, Sum("j", one)))
    assert unequal(Sum("j", times(one, x("j"), Value("a"))), times(MU, Value("a"), Sum("j", one)))


def test_logarithms_of_different_things_are_different_in_the_exact_ring() -> None:
    a, b = Value("a"), Value("b")
    for left, right in ((a, b), (x("i"), x("k")), (a, x("i")), (plus(a, x("i")), plus(a, x("k"))), (plus(a, b), a)):
        assert unequal(Log(left), Log(right))
    pairs = plus(x("i"), times(number(2), x("k"))), plus(x("k"), times(number(2), x("i")))
    assert unequal(*map(Log, pairs))
    assert unequal(Sum("j", times(Log(x("j")), a)), Sum("j", times(Log(plus(x("j"), ONE)), a)))
