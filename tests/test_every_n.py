"""The proof for every n against keys made by hand: at which sizes a false identity is true, and why.

The keys are theorems about deviations d_j = x_j - mu, which add up to zero. Newton's identities give the sums of their
powers: of two deviations one is the opposite of the other, of three sum d^4 = (sum d^2)^2 / 2, and up to four of them
sum d^5 = 5/6 sum d^2 sum d^3.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from bnverify.limits import exceeded
from bnverify.model.conventions import Convention, Epsilon, Variance
from bnverify.model.forward import Forward, Node, batch_norm, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    ONE,
    ZERO,
    Cases,
    Condition,
    Count,
    Delta,
    LossBy,
    Partial,
    Reading,
    Sum,
    Term,
    Value,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.truth import panel
from bnverify.truth.domain import Point
from bnverify.truth.every_n import LARGEST_EXAMPLE, Prover, forget, prover
from bnverify.truth.verdict import Counterexample, Identity, Proved, Refuted, Undecided
from bnverify.truth.work import allowance, remaining

BIASED, UNBIASED = batch_norm(Convention()), batch_norm(Convention(Variance.UNBIASED))
ROWS = normalisation(Convention(), Layer("layer", "layer norm", rank=2, over=(1,), gains=(1,)))
N, MU, V, EPS, GAMMA, BETA = Count(), Value("mu"), Value("v"), Value("eps"), Value("gamma"), Value("beta")
HALF = Fraction(1, 2)
APART = (Condition("i", "k", same=False),)


def x(index: str) -> Value:
    return Value("x", (index,))


def g(index: str) -> Term:
    return LossBy(Value("y", (index,)))


def minus(left: Term, right: Term) -> Term:
    return plus(left, negative(right))


def d(index: str) -> Term:
    return minus(x(index), MU)


def total(exponent: int) -> Term:
    """sum_j d_j^k"""
    return Sum("j", power(d("j"), exponent))


def root(term: Term) -> Term:
    return power(term, HALF)


def from_zero(*roots: int) -> Term:
    """A polynomial in n with these roots."""
    return times(*(minus(N, number(one)) for one in roots))


G = Sum("j", g("j"))
BY_BETA = LossBy(BETA)
TRUE_AT = {
    "two roots in n": (Identity(BY_BETA, plus(G, from_zero(1, 2))), {1, 2}, 3),
    "a large root in n": (Identity(BY_BETA, plus(G, from_zero(9, 3))), {3, 9}, 1),
    "a double root in n": (Identity(BY_BETA, plus(G, from_zero(4, 4))), {4}, 1),
    "a root in n that is no whole number": (
        Identity(BY_BETA, plus(G, minus(times(number(2), N), number(5)))),
        set(),
        1,
    ),
    "a negative root in n": (Identity(BY_BETA, plus(G, plus(N, number(3)))), set(), 1),
    "common roots of two coefficients": (
        Identity(BY_BETA, plus(G, times(from_zero(2, 5), GAMMA), times(from_zero(5, 7), BETA))),
        {5},
        1,
    ),
    "one sample is its mean": (Identity(x("i"), MU), {1}, 2),
    "of one sample all derivatives are known": (Identity(Partial(MU, x("i"), Reading.TOTAL), ONE), {1}, 2),
    "two deviations are opposite": (Identity(plus(d("i"), d("k")), ZERO, APART), {2}, 3),
    "two samples are different": (Identity(x("i"), x("k"), APART), set(), 2),
    "three samples add up": (
        Identity(
            plus(d("i"), d("k"), d("l")),
            ZERO,
            (*APART, Condition("i", "l", same=False), Condition("k", "l", same=False)),
        ),
        {3},
        4,
    ),
    "a common root beside a root of v + eps": (
        Identity(BY_BETA, plus(G, times(from_zero(2), root(plus(V, EPS)), GAMMA), times(from_zero(2, 5), GAMMA))),
        {2},
        1,
    ),
    "a root of a polynomial with small coefficients": (
        Identity(BY_BETA, plus(G, times(number(Fraction(1, 100)), N), number(Fraction(-9, 4)))),
        {225},
        1,
    ),
    "third powers beside other sums": (
        Identity(times(total(3), Sum("j", times(g("j"), d("j")))), ZERO),
        {1, 2},
        3,
    ),
    "third powers": (Identity(total(3), ZERO), {1, 2}, 3),
    "fourth powers": (Identity(total(4), times(number(HALF), power(total(2), 2))), {1, 2, 3}, 4),
    "fifth powers": (Identity(total(5), times(number(Fraction(5, 6)), total(2), total(3))), {1, 2, 3, 4}, 5),
    "the variance of two": (
        Identity(V, times(number(Fraction(1, 4)), power(minus(x("1"), x("2")), 2))),
        {2},
        3,
    ),
    "a factor with a root of another form of v + eps": (
        Identity(BY_BETA, plus(G, times(from_zero(2), root(plus(times(power(N, -1), total(2)), EPS))))),
        {2},
        1,
    ),
    # An example has a rational root of v: of three samples none that is simple.
    "a factor with a root of another form of v": (
        Identity(BY_BETA, plus(G, times(from_zero(2), root(times(power(N, -1), total(2)))))),
        {1, 2},
        4,
    ),
    # For one sample both are zero; of two samples the distances are opposite, and their squares equal.
    "the square of a single deviation": (Identity(power(minus(x("i"), MU), 2), V), {1, 2}, 3),
    "opposite deviations, which the indices of one sample have not": (
        Identity(minus(x("j"), MU), minus(MU, x("i"))),
        {1},
        2,
    ),
    "a number as an index": (Identity(x("3"), x("1")), set(), 3),
}


@pytest.mark.parametrize("name", TRUE_AT)
def test_a_false_identity_is_true_at_known_sizes_and_refuted_at_the_next_one(name: str) -> None:
    identity, sizes, first = TRUE_AT[name]
    verdict = prover(BIASED).examine(identity)
    assert isinstance(verdict, Refuted)
    assert (verdict.true_at, verdict.complete) == (frozenset(sizes), True)
    assert verdict.counterexample.n == first
    assert verdict.counterexample.left != verdict.counterexample.right


def test_a_quotient_that_cancels_under_a_sum_is_worked_out() -> None:
    for base, total_of_squares in ((d("j"), times(N, V)), (x("j"), Sum("j", power(x("j"), 2)))):
        identity = Identity(Sum("j", times(power(base, 3), power(base, -1))), total_of_squares)
        assert prover(BIASED).examine(identity) == Proved()


def test_sizes_below_the_smallest_batch_are_no_sizes() -> None:
    verdict = prover(UNBIASED).examine(Identity(BY_BETA, plus(G, from_zero(1, 2, 4))))
    assert isinstance(verdict, Refuted)
    assert (verdict.true_at, verdict.counterexample.n) == (frozenset({2, 4}), 3)


def test_no_example_is_larger_than_what_a_reader_checks() -> None:
    verdict = prover(BIASED).examine(Identity(BY_BETA, plus(G, from_zero(*range(1, LARGEST_EXAMPLE)))))
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.n == LARGEST_EXAMPLE == 8
    beyond = prover(BIASED).examine(Identity(BY_BETA, plus(G, from_zero(*range(1, LARGEST_EXAMPLE + 1)))))
    assert isinstance(beyond, Undecided)
    assert "n up to 8" in beyond.why


def test_sizes_that_no_numerator_bounds_are_not_claimed_to_be_known() -> None:
    """A sum of 1/x_j has no numerator here: tried sizes would say nothing of n = 64, where this is true."""
    quotients = minus(Sum("j", power(x("j"), -1)), power(x("i"), -1))
    wrong = Identity(times(from_zero(64), quotients), ZERO)
    verdict = prover(BIASED).examine(wrong)
    assert isinstance(verdict, Refuted)
    assert (verdict.complete, verdict.true_at, verdict.counterexample.n) == (False, frozenset(), 2)
    numbers = panel.examine(wrong, BIASED, ("proof", "numeric")).numeric
    assert numbers is not None
    assert dict(numbers.differs) == {3: True, 8: True, 64: False}


def test_a_case_with_a_numerator_bounds_the_sizes_of_one_without() -> None:
    quotients = minus(Sum("j", power(x("j"), -1)), power(x("i"), -1))
    same = (Condition("i", "k", same=True),)
    sides = Cases(((APART, times(from_zero(3, 4), GAMMA)), (same, times(from_zero(4, 5), quotients))))
    verdict = prover(BIASED).examine(Identity(sides, ZERO))
    assert isinstance(verdict, Refuted)
    assert (verdict.complete, verdict.true_at) == (True, frozenset({1, 4}))


def values_of(found: Counterexample) -> tuple[list[Fraction], list[Fraction]]:
    samples, gradients = found.values["x"], found.values["dL/dy"]
    assert isinstance(samples, tuple)
    assert isinstance(gradients, tuple)
    return list(samples), list(gradients)  # type: ignore[arg-type]


def test_a_counterexample_is_worked_out_by_hand() -> None:
    wrong = Identity(Sum("j", times(g("j"), x("j"))), plus(Sum("j", times(g("j"), x("j"))), times(MU, g("i"))))
    verdict = prover(UNBIASED).examine(wrong)
    assert isinstance(verdict, Refuted)
    found = verdict.counterexample
    samples, gradients = values_of(found)
    assert found.n == len(samples) == len(gradients) == 2
    left = sum(a * b for a, b in zip(samples, gradients, strict=True))
    assert found.left == left
    assert found.right == left + sum(samples) / 2 * gradients[found.indices["i"] - 1]


def test_a_counterexample_shows_what_is_used_and_nothing_else() -> None:
    verdict = prover(BIASED).examine(Identity(times(GAMMA, x("1")), x("1")))
    assert isinstance(verdict, Refuted)
    assert set(verdict.counterexample.values) == {"gamma", "x"}
    assert verdict.counterexample.indices == {}


def test_a_counterexample_has_a_rational_deviation() -> None:
    verdict = prover(BIASED).examine(Identity(Value("xhat", ("i",)), d("i")))
    assert isinstance(verdict, Refuted)
    samples, epsilon = verdict.counterexample.values["x"], verdict.counterexample.values["eps"]
    assert isinstance(samples, tuple)
    assert isinstance(epsilon, Fraction)
    mean = sum(samples) / Fraction(len(samples))  # type: ignore[arg-type]
    variance = sum((one - mean) ** 2 for one in samples) / Fraction(len(samples))  # type: ignore[operator]
    deviation = samples[verdict.counterexample.indices["i"] - 1] - mean  # type: ignore[operator]
    assert verdict.counterexample.right == deviation
    assert verdict.counterexample.left**2 * (variance + epsilon) == deviation**2
    assert verdict.counterexample.left * deviation > 0
    assert epsilon > 0


# -- proved, undecided


PROVED = {
    "deviations add up to zero": Identity(Sum("j", d("j")), ZERO),
    "the variance by its squares": Identity(V, minus(times(power(N, -1), Sum("j", power(x("j"), 2))), power(MU, 2))),
    "a product of sums": Identity(times(G, MU), times(power(N, -1), Sum("i", Sum("j", times(g("i"), x("j")))))),
    "a root of another form of v + eps": Identity(
        root(plus(times(power(N, -1), total(2)), EPS)), root(plus(V, EPS))
    ),
    "a root of another form of v": Identity(root(times(power(N, -1), total(2))), root(V)),
    "a root that cancels": Identity(times(root(plus(ONE, power(x("1"), 2))), root(plus(ONE, power(x("1"), 2)))), plus(ONE, power(x("1"), 2))),
    "a delta": Identity(Sum("j", times(Delta("i", "j"), x("j"))), x("i")),
    "a delta beside another index": Identity(
        Sum("j", times(Delta("k", "j"), x("j"), x("i"))), times(x("k"), x("i"))
    ),
    "a delta that the sum does not touch": Identity(
        Sum("j", times(Delta("i", "k"), x("j"))), times(N, MU, Delta("i", "k"))
    ),
    "deltas under two sums": Identity(
        Sum("j", Sum("l", times(Delta("j", "l"), x("j"), g("l"), x("i")))), times(Sum("j", times(x("j"), g("j"))), x("i"))
    ),
    "a delta of two letters": Identity(times(Delta("i", "k"), x("i")), times(Delta("i", "k"), x("k"))),
    "equal by condition": Identity(Delta("i", "k"), ONE, (Condition("i", "k", same=True),)),
}  # fmt: skip


@pytest.mark.parametrize("name", PROVED)
def test_what_algebra_says_is_proved(name: str) -> None:
    own = prover(BIASED)
    assert own.examine(PROVED[name]) == Proved()
    assert own.proves(PROVED[name])
    assert own.equal(PROVED[name]) is True


def test_the_other_denominator_of_the_variance_is_another_variance() -> None:
    squares = Identity(times(N, V), total(2))
    assert prover(BIASED).examine(squares) == Proved()
    assert isinstance(prover(UNBIASED).examine(squares), Refuted)
    assert prover(UNBIASED).examine(Identity(times(minus(N, ONE), V), total(2))) == Proved()


def test_what_is_false_for_some_indices_only_is_false() -> None:
    for one in (Identity(Delta("i", "k"), ONE), Identity(Delta("i", "k"), ZERO)):
        assert isinstance(prover(BIASED).examine(one), Refuted)
        assert prover(BIASED).equal(one) is False
        assert not prover(BIASED).proves(one)


OPEN = {
    "a division by zero": (Identity(power(Sum("j", d("j")), -1), ONE), "division by zero", True),
    "a large power": (Identity(power(V, 65), V), exceeded("exponent"), False),
    "a cube root": (Identity(power(V, Fraction(1, 3)), V), "whole and half powers", False),
    "no indices": (
        Identity(x("i"), x("k"), (*APART, Condition("i", "k", same=True))),
        "no indices meet the conditions",
        False,
    ),
    "a second derivative of the loss": (
        Identity(Partial(g("i"), x("i"), Reading.TOTAL), ZERO),
        "derivative",
        False,
    ),
    "an index too many": (Identity(Value("mu", ("i",)), MU), "another number of indices", False),
    "an index of a leaf": (Identity(Value("gamma", ("i",)), GAMMA), "another number of indices", False),
    "a leaf without its index": (Identity(Value("x"), MU), "another number of indices", False),
    "five free indices": (Identity(plus(*map(x, "abcde")), plus(*map(x, "abcdf"))), "more than 4 free indices", False),
}


@pytest.mark.parametrize("name", OPEN)
def test_what_cannot_be_told_says_why(name: str) -> None:
    identity, why, undefined = OPEN[name]
    verdict = prover(BIASED).examine(identity)
    assert isinstance(verdict, Undecided)
    assert why in verdict.why
    assert verdict.undefined is undefined
    assert not prover(BIASED).proves(identity)
    assert prover(BIASED).equal(identity) is None or name == "no indices"


def test_a_case_that_divides_by_zero_does_not_save_a_wrong_one() -> None:
    apart = Identity(power(minus(x("i"), x("k")), -1), Delta("i", "k"))
    verdict = prover(BIASED).examine(apart)
    assert isinstance(verdict, Refuted)
    assert (verdict.true_at, verdict.counterexample.n) == (frozenset(), 2)
    same = (Condition("i", "k", same=True),)
    for other in (power(minus(x("i"), x("k")), -1), power(V, Fraction(1, 3))):
        sides = Cases(((APART, from_zero(3)), (same, other)))
        verdict = prover(BIASED).examine(Identity(sides, ZERO))
        assert isinstance(verdict, Refuted)
        assert verdict.true_at == frozenset()


def test_sizes_that_are_too_dear_to_find_are_not_claimed_to_be_known() -> None:
    """To look for whole roots up to 900 costs as many units, and half of what is left may be spent on it."""
    wrong = Identity(BY_BETA, plus(G, N, number(-900)))
    with allowance(1_500):
        verdict = Prover(BIASED).examine(wrong)
    assert isinstance(verdict, Refuted)
    assert (verdict.complete, verdict.true_at, verdict.counterexample.n) == (False, frozenset(), 1)
    known = Prover(BIASED).examine(wrong)
    assert isinstance(known, Refuted)
    assert (known.complete, known.true_at) == (True, frozenset({900}))


def test_what_was_too_much_once_is_asked_again() -> None:
    own, identity = Prover(BIASED), Identity(V, plus(V, times(ONE, V)))
    with allowance(5):
        assert isinstance(own.examine(identity), Undecided)
        assert own.equal(identity) is None
        assert not own.proves(identity)
    assert isinstance(own.examine(identity), Refuted)


# -- roots of other things


def test_a_root_of_unknown_sign_is_refuted_by_an_example_and_its_sizes_stay_open() -> None:
    verdict = prover(BIASED).examine(Identity(root(power(GAMMA, 2)), GAMMA))
    assert isinstance(verdict, Refuted)
    assert not verdict.complete
    assert verdict.true_at == frozenset()
    gamma = verdict.counterexample.values["gamma"]
    assert isinstance(gamma, Fraction)
    assert gamma < 0
    assert (verdict.counterexample.left, verdict.counterexample.right) == (-gamma, gamma)
    assert prover(BIASED).equal(Identity(root(power(GAMMA, 2)), GAMMA)) is False


def test_a_root_without_rational_examples_is_left_open() -> None:
    one = Identity(plus(root(number(2)), root(number(3))), root(number(10)))
    verdict = prover(BIASED).examine(one)
    assert isinstance(verdict, Undecided)
    assert "roots" in verdict.why
    assert prover(BIASED).equal(one) is None


def test_a_root_that_is_wrong_in_one_case_of_the_indices_is_wrong() -> None:
    same = (Condition("i", "k", same=True),)
    left, right = (Cases(((APART, ZERO), (same, one))) for one in (root(power(GAMMA, 2)), GAMMA))
    assert isinstance(prover(BIASED).examine(Identity(left, right)), Refuted)
    assert not prover(BIASED).proves(Identity(left, right))


def roots_of(count: int) -> Identity:
    one = root(plus(ONE, power(x("1"), 2)))
    return Identity(
        plus(*(times(number(k + 1), one) for k in range(count - 1))), times(number(count * (count - 1) // 2), one)
    )


def test_thirty_roots_are_worked_out_and_one_more_is_not() -> None:
    assert prover(BIASED).examine(roots_of(30)) == Proved()
    more = prover(BIASED).examine(roots_of(31))
    assert isinstance(more, Undecided)
    assert "more than 30 roots" in more.why


def test_of_roots_the_largest_example_has_four_samples() -> None:
    beyond = minus(root(power(GAMMA, 2)), GAMMA)
    verdict = prover(BIASED).examine(Identity(times(beyond, from_zero(1, 2, 3)), ZERO))
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.n == 4
    assert isinstance(prover(BIASED).examine(Identity(times(beyond, from_zero(1, 2, 3, 4)), ZERO)), Undecided)


@pytest.mark.parametrize(
    "factor", [N, power(N, 3), root(plus(V, EPS)), times(N, root(V)), times(N, root(plus(V, EPS)))]
)
def test_what_is_positive_may_be_taken_out_of_a_root_of_anything(factor: Term) -> None:
    inside = plus(ONE, power(GAMMA, 2))
    one = Identity(root(times(power(factor, 2), inside)), times(factor, root(inside)))
    assert prover(BIASED).examine(one) == Proved()
    assert prover(BIASED).proves(one)
    assert prover(BIASED).equal(one) is True


def with_node(name: str, value: Term) -> Forward:
    """Batch norm with one more quantity, between the others."""
    *nodes, output = BIASED.nodes
    return replace(BIASED, nodes=(*nodes, Node(name, (), value), output))


def test_a_root_inside_a_letter_of_the_note_is_tried_until_it_exists() -> None:
    inside = plus(ONE, power(GAMMA, 2))
    own, q = prover(with_node("q", root(inside))), Value("q")
    assert own.equal(Identity(power(q, 2), inside)) is True
    assert own.equal(Identity(power(q, 2), GAMMA)) is False
    assert own.examine(Identity(power(q, 2), inside)) == Proved()


def test_three_has_no_root_among_the_residues() -> None:
    """The prime is 7 modulo 12, so 3 is no square."""
    own, q = prover(with_node("q", root(number(3)))), Value("q")
    verdict = own.examine(Identity(q, ONE))
    assert isinstance(verdict, Undecided)
    assert "root" in verdict.why
    assert own.equal(Identity(q, ONE)) is None
    assert own.ratio(q, ONE, ZERO, (), frozenset(), 0) is None


# -- the proof behind the hint


def test_what_agrees_at_random_points_alone_is_not_proved() -> None:
    quotients = [Sum(index, power(x(index), -1)) for index in "jl"]
    apart, same = APART, (Condition("i", "k", same=True),)
    in_one_case = [Cases(((apart, ZERO), (same, one))) for one in quotients]
    for left, right in (quotients, in_one_case):
        one = Identity(left, right)
        assert prover(BIASED).equal(one) is True
        assert not prover(BIASED).proves(one)
        verdict = prover(BIASED).examine(one)
        assert isinstance(verdict, Undecided)
        assert "denominator changes" in verdict.why


def test_a_variant_has_other_samples_and_gradients_and_the_same_n_and_s() -> None:
    own, at = prover(BIASED), {"i": Point(1, 1)}
    for seed in range(1, 13):
        first, other = own.freeing(frozenset(), seed), own.freeing(frozenset(), seed, 1)
        assert own.freeing(frozenset(), seed) is first
        for shared in (N, GAMMA, root(plus(V, EPS))):
            assert first.value(shared, {}) == other.value(shared, {})
        for own_of_each in (x("i"), g("i")):
            assert first.value(own_of_each, at) != other.value(own_of_each, at)
        assert own.freeing(frozenset(), seed + 1).value(N, {}) != first.value(N, {})


def test_a_question_whose_answer_is_known_is_not_free() -> None:
    own, one = prover(BIASED), Identity(MU, MU)
    own.equal(one)
    with allowance(1000):
        own.equal(one)
        assert remaining() <= 980


# -- with a free mean or variance


def test_only_what_needs_the_mean_is_lost_where_it_is_free() -> None:
    own, mean = prover(BIASED), frozenset({"mu"})
    zero, squares = Sum("j", d("j")), minus(times(N, V), total(2))
    assert own.equal_with(Identity(zero, ZERO), mean) is False
    assert own.equal_with(Identity(zero, minus(Sum("j", x("j")), times(N, MU))), mean) is True
    assert own.vanishes(zero, mean)
    assert not own.vanishes(squares, frozenset())
    assert own.vanishes(squares, frozenset({"v"}))
    assert not own.vanishes(minus(x("i"), x("i")), mean)
    assert not own.vanishes(x("i"), mean)
    assert own.equal_with(Identity(root(power(GAMMA, 2)), GAMMA), mean) is None
    assert own.equal_with(Identity(power(V, 65), V), mean) is None


def test_a_zero_that_was_not_worked_out_is_shown_in_numbers() -> None:
    found = prover(BIASED).unlinked_example(Identity(Sum("j", d("j")), ZERO))
    assert found is not None
    samples, mean = found.values["x"], found.values["mu"]
    assert isinstance(samples, tuple)
    assert isinstance(mean, Fraction)
    assert (found.n, found.right) == (2, 0)
    assert found.left == sum(samples) - 2 * mean != 0  # type: ignore[arg-type]
    assert prover(BIASED).unlinked_example(Identity(x("i"), x("i"))) is None
    later = prover(BIASED).unlinked_example(Identity(times(x("i"), Sum("j", d("j"))), ZERO))
    assert later is not None
    assert later.left != 0 == later.right
    spread = prover(UNBIASED).unlinked_example(Identity(root(plus(V, EPS)), root(V)))
    assert spread is not None
    assert spread.left**2 == spread.values["v"] + spread.values["eps"]  # type: ignore[operator]
    assert spread.right**2 == spread.values["v"]


def test_factors_that_no_sample_changes_are_told_from_those_that_do() -> None:
    own = prover(BIASED)
    assert own.are_proportional(times(number(3), N, x("i")), x("i"), ())
    assert own.are_proportional(times(root(plus(V, EPS)), x("i")), x("i"), ()) is True
    assert not own.are_proportional(times(x("1"), x("i")), x("i"), ())
    assert not own.are_proportional(g("i"), x("i"), ())
    assert not own.are_proportional(x("i"), ZERO, ())


def test_the_ratio_of_what_two_sides_have_beyond_a_part() -> None:
    own, rest = prover(BIASED), times(MU, GAMMA)
    head, side = plus(rest, times(number(6), x("i"))), plus(rest, times(number(2), x("i")))
    assert own.ratio(head, side, rest, (), frozenset(), 0) == 3
    assert own.ratio(head, rest, rest, (), frozenset(), 0) is None
    both = (*APART, Condition("i", "k", same=True))
    assert own.ratio(plus(x("i"), x("k")), x("i"), ZERO, both, frozenset(), 0) is None
    for open_ in (power(V, Fraction(1, 3)), Partial(g("i"), x("i"), Reading.TOTAL)):
        assert own.ratio(open_, x("i"), ZERO, (), frozenset(), 0) is None


# -- several axes


def place(i: str, j: str) -> tuple[str, str]:
    return (i, f"1.{j}")


def test_of_rows_the_sizes_at_which_a_false_identity_is_true_are_not_worked_out() -> None:
    value, mean = Value("x", place("i", "j")), Value("mu", ("i",))
    verdict = prover(ROWS).examine(Identity(value, mean))
    assert isinstance(verdict, Refuted)
    assert (verdict.complete, verdict.true_at) == (False, frozenset())
    found = verdict.counterexample
    rows = found.values["x"]
    assert isinstance(rows, tuple)
    row = rows[found.indices["i"] - 1]
    assert isinstance(row, tuple)
    assert found.left == row[found.indices["1.j"] - 1]
    assert found.right == sum(row) / Fraction(len(row))  # type: ignore[arg-type]
    deviations = Sum("1.j", minus(value, mean))
    assert prover(ROWS).examine(Identity(deviations, ZERO)) == Proved()


# -- what is kept


def test_a_forward_pass_has_one_prover_until_it_is_forgotten() -> None:
    first = prover(BIASED)
    assert prover(BIASED) is first
    forget()
    assert prover(BIASED) is not first


def test_epsilon_beside_the_root_is_another_denominator() -> None:
    outside: Forward = batch_norm(Convention(epsilon=Epsilon.OUTSIDE))
    side = times(d("i"), power(plus(root(V), EPS), -1))
    assert prover(outside).examine(Identity(Value("xhat", ("i",)), side)) == Proved()
    assert isinstance(prover(BIASED).examine(Identity(Value("xhat", ("i",)), side)), Refuted)
