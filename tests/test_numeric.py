"""The witness in numbers, against an evaluator of its own and a forward pass written by hand."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from bnverify.model.axes import on_axis
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward
from bnverify.model.standard import STANDARD
from bnverify.model.terms import (
    ONE,
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Partial,
    Plus,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    free_indices,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.truth import numeric
from bnverify.truth.numeric import Amount, Gap, Scope
from bnverify.truth.verdict import Identity, Opinion
from tests import test_graph_numbers as hand
from tests.test_graph_numbers import Numbers, by_hand, every_place

HALF = Fraction(1, 2)
LOCAL, TOTAL = Reading.LOCAL, Reading.TOTAL
LAYERS_BY_HAND = {
    "batch": Convention(),
    "batch unbiased": Convention(Variance.UNBIASED, Epsilon.OUTSIDE, Residual.MU_MINUS_X),
    "layer": Convention(),
    "rms": Convention(),
    "instance": Convention(Variance.UNBIASED),
    "group": Convention(),
}


class Linear(Numbers):
    """The loss that the witness has: the outputs, each times what comes from above."""

    def __init__(self, forward: Forward, n: int, makers: Any) -> None:
        sizes, table = forward.sizes(n), numeric.values(forward, n)
        self.above = numeric.drawn("upstream", numeric.sizes_of(forward.output.index, sizes), max(sizes)).amount.value
        given = {leaf.name: table[leaf.name].amount.value for leaf in forward.leaves}
        super().__init__(given, makers, sizes)

    def _loss(self, at: Any) -> Any:
        return (self.above * at[list(self.makers)[-1]]).sum()


def world(name: str, n: int, monkeypatch: pytest.MonkeyPatch) -> tuple[Forward, Linear]:
    convention, layer = LAYERS_BY_HAND[name], name.split(maxsplit=1)[0]
    forward = STANDARD[layer].forward(convention)
    monkeypatch.setattr(hand, "EPS", float(numeric.values(forward, n)["eps"].amount.value))
    _, makers = by_hand(layer, convention, forward.sizes(n))
    return forward, Linear(forward, n, makers)


def scope(forward: Forward, n: int, *indices: str) -> Scope:
    axes = {index: axis for axis, index in enumerate(indices)}
    return Scope(forward, forward.sizes(n), numeric.values(forward, n), axes, len(indices))


def check(term: Term, forward: Forward, n: int, numbers: Linear, *indices: str) -> None:
    """The same value at every place, and a size that is no smaller."""
    indices = (*indices, *sorted(free_indices(term) - set(indices)))
    found = numeric.evaluate(term, scope(forward, n, *indices))
    shape = tuple(numbers.sizes[numeric.axis_of(index)] for index in indices)
    values, sizes = (np.broadcast_to(array, shape[::-1]).T for array in (found.value, found.size))
    for places in every_place(indices, numbers):
        expected = hand.value(term, numbers, numbers.at, places)
        place = tuple(places[index] for index in indices)
        assert values[place] == pytest.approx(expected, rel=1e-9, abs=1e-11)
        assert sizes[place] >= abs(values[place]) * (1 - 1e-9)


@pytest.mark.parametrize("name", [name for name in LAYERS_BY_HAND if name != "group"])
def test_a_forward_pass_and_its_slopes_are_those_by_hand(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    n = 4 if name.startswith("batch") else 3
    forward, numbers = world(name, n, monkeypatch)
    table = numeric.values(forward, n)
    for quantity, value in numbers.at.items():
        assert table[quantity].amount.value == pytest.approx(value, rel=1e-12)
    quantities = [*forward.nodes, *(leaf for leaf in forward.leaves if leaf.name not in ("eps", "dL/dy"))]
    for one in quantities:
        check(LossBy(Value(one.name, one.index)), forward, n, numbers)
    for node in forward.nodes:
        for parent in ("x", "v"):
            by = next(one for one in quantities if one.name == parent)
            other = tuple(index.replace("i", "p").replace("j", "q").replace("k", "r") for index in by.index)
            if node.name != parent:
                check(Partial(Value(node.name, node.index), Value(parent, other), LOCAL), forward, n, numbers)


# -- terms

GAMMA, MU, V, EPS, N = Value("gamma"), Value("mu"), Value("v"), Value("eps"), Count()
J = on_axis("j", 1)


def x(*index: str) -> Value:
    return Value("x", index)


TERMS = {
    "numbers": times(number(Fraction(-3, 4)), N, plus(N, ONE)),
    "powers": plus(power(x("i"), 3), power(x("k"), -2), power(V, HALF), power(V, Fraction(-3, 2)), power(x("i"), 0)),
    "functions": times(Exp(times(negative(HALF_X := x("i")), HALF_X)), Log(plus(V, EPS)), Log(power(GAMMA, 2))),
    "sums": Sum("j", times(x("j"), x("i"), Sum("k", times(x("k"), x("j"))))),
    "a sum of what does not change": Sum("j", plus(x("i"), GAMMA)),
    "a sum of a number": Sum("j", Sum("k", number(3))),
    "deltas": plus(Delta("i", "k"), times(Sum("j", times(Delta("i", "j"), x("j"))), Delta("k", "k"))),
    "a free letter twice": times(x("i"), x("i"), x("k")),
    "a local slope": Partial(Value("xhat", ("i",)), x("k"), LOCAL),
    "a slope at one place": Partial(Value("xhat", ("i",)), x("i"), LOCAL),
    "a sum of slopes": Sum("j", times(LossBy(Value("xhat", ("j",))), Partial(Value("xhat", ("j",)), MU, LOCAL))),
}
OF_ROWS = {
    "sizes": times(Count(0), plus(Count(1), number(2))),
    "rows": times(x("i", J), Value("mu", ("i",)), Value("gamma", (J,))),
    "two axes": Sum("i", Sum(J, times(x("i", J), x("k", J), x("i", on_axis("l", 1))))),
    "turned": Sum(J, times(x("k", J), x("i", J))),
    "deltas of features": times(Delta(J, on_axis("l", 1)), Delta("i", "k"), x("i", J)),
    "a slope": Partial(Value("y", ("i", J)), Value("v", ("k",)), LOCAL),
    "a slope by a gain": Sum("i", Partial(Value("y", ("i", J)), Value("gamma", (on_axis("l", 1),)), LOCAL)),
}


@pytest.mark.parametrize("name", TERMS)
def test_terms_have_the_values_of_another_evaluator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("batch", 4, monkeypatch)
    check(TERMS[name], forward, 4, numbers)
    check(TERMS[name], forward, 4, numbers, "k", "i")


@pytest.mark.parametrize("name", OF_ROWS)
def test_terms_of_several_axes_have_the_values_of_another_evaluator(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("layer", 3, monkeypatch)
    check(OF_ROWS[name], forward, 3, numbers)
    check(OF_ROWS[name], forward, 3, numbers, on_axis("l", 1), "k", J, "i")


def test_a_total_slope_of_an_expression_follows_all_that_comes_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """d/dx_k of x_i^2 + mu v, by a complex step of our own."""
    forward, numbers = world("batch", 4, monkeypatch)
    written = plus(power(x("i"), 2), times(MU, V))
    expected, held = np.zeros((2, 4, 4))
    for k in range(4):
        stepped = numbers.at["x"].astype(complex)
        stepped[k] += 1e-30j
        mu = stepped.mean()
        expected[:, k] = (stepped**2 + mu * ((stepped - mu) ** 2).mean()).imag / 1e-30
        held[:, k] = (stepped**2).imag / 1e-30
    for reading, right in ((TOTAL, expected), (LOCAL, held)):
        found = numeric.evaluate(Partial(written, x("k"), reading), scope(forward, 4, "i", "k"))
        assert pytest.approx(right, rel=1e-12) == np.broadcast_to(found.value, (4, 4)).T
    by_mu = numeric.evaluate(Partial(written, MU, TOTAL), scope(forward, 4, "i"))
    centred = numbers.at["x"] - numbers.at["mu"]
    assert by_mu.value == pytest.approx(float(numbers.at["v"] - 2 * numbers.at["mu"] * centred.mean()), rel=1e-12)


# -- how far rounding may go: first-order rules, as in any book on numerical analysis


def amount(value: Any, size: Any) -> Amount:
    return Amount(np.asarray(value), np.asarray(size))


def test_sizes_follow_the_rules_for_errors() -> None:
    a, b = amount(-3.0, 5.0), amount(0.5, 2.0)
    assert numeric.add(a, b).size == 7
    assert numeric.add(a, b).value == -2.5
    assert numeric.multiply(a, b).size == 3 * 2 + 0.5 * 5
    assert numeric.raised(a, Fraction(2)).size == 2 * 3 * 5
    assert numeric.raised(a, Fraction(-1)).size == pytest.approx(5 / 9)
    assert numeric.raised(a, Fraction(-2)).size == pytest.approx(2 * 5 / 27)
    assert numeric.raised(b, HALF).size == pytest.approx(2 / np.sqrt(0.5))
    assert numeric.raised(b, Fraction(3, 2)).size == pytest.approx(1.5 * np.sqrt(0.5) * 2)
    assert numeric.raised(a, Fraction(0)).size == numeric.raised(a, Fraction(0)).value == 1
    assert numeric.exponential(a).size == pytest.approx(5 * np.exp(-3))
    assert numeric.exponential(amount(0.1, 0.2)).size == pytest.approx(np.exp(0.1))
    assert numeric.logarithm(b).size == pytest.approx(np.log(2) + 2 / 0.5)
    assert numeric.exact(np.asarray(-4.0)).size == 4


def test_sizes_of_slopes_follow_them_as_well() -> None:
    """The imaginary part is the slope times the step, with a size of its own."""
    step = numeric.STEP
    a, b = amount(-3 - 2j * step, 5 + 4j * step), amount(0.5 + 3j * step, 2 + 6j * step)
    product = numeric.multiply(a, b)
    assert product.value.imag / step == pytest.approx(-3 * 3 - 2 * 0.5)
    assert product.size.imag / step == pytest.approx(3 * 6 + 2 * 2 + 0.5 * 4 + 3 * 5)
    assert numeric.add(a, b).size.imag / step == 10
    square = numeric.raised(a, Fraction(2))
    assert square.size.imag / step == pytest.approx(2 * (3 * 4 + 2 * 5))
    assert numeric.slope(product).value == pytest.approx(-10)
    assert numeric.slope(product).size == pytest.approx(39)


@np.errstate(all="ignore")
def test_what_is_zero_but_for_rounding_is_no_divisor() -> None:
    nothing = amount([1e-7, 1e-5, -1e-5], [1.0, 1.0, 1.0])
    for exponent, defined in (
        (Fraction(-1), [False, True, True]), (HALF, [False, True, False]), (Fraction(-3, 2), [False, True, False]),
        (Fraction(3), [True, True, True]),
    ):  # fmt: skip
        found = numeric.raised(nothing, exponent)
        assert np.isfinite(found.value).tolist() == defined
        assert np.isfinite(found.size).tolist() == defined
    with np.errstate(all="ignore"):
        assert np.isnan(numeric.logarithm(amount([0.0, -1.0], [1.0, 1.0])).value).all()


def test_a_root_of_what_is_negative_is_no_number_although_it_is_nudged() -> None:
    """NumPy knows a root of it, once it is complex."""
    for value in (-0.5, -4.0):
        found = numeric.raised(amount(value + 1j * numeric.STEP, abs(value) + 0j), HALF)
        assert np.isnan(found.value)


def test_the_first_power_of_zero_is_zero() -> None:
    assert numeric.raised(amount(0.0, 1.0), Fraction(1)).value == 0


def test_powers_that_are_too_much_are_refused() -> None:
    for exponent, why in ((Fraction(65), "too large"), (Fraction(-65), "too large"), (Fraction(1, 3), "neither whole")):
        with pytest.raises(numeric.Abstain, match=why):
            numeric.raised(amount(2.0, 2.0), exponent)
    assert numeric.raised(amount(1.0, 1.0), Fraction(64)).size == 64
    assert numeric.raised(amount(1.0, 1.0), Fraction(-64)).value == 1


# -- what is said of the differences


def test_small_gaps_agree_large_ones_differ_and_nothing_is_said_between() -> None:
    small, between, large = Gap(1e-14, 0.0), Gap(1e-9, 0.0), Gap(1e-3, 0.25)
    agrees = numeric.opinion({3: small, 8: Gap(1e-13, 0.0)}, "")
    assert (agrees.opinion, agrees.differs, agrees.error) == (Opinion.AGREES, {3: False, 8: False}, 1e-13)
    mixed = numeric.opinion({3: small, 8: large, 64: Gap(1e-2, 0.125)}, "")
    assert (mixed.opinion, mixed.differs, mixed.error) == (Opinion.REFUTED, {3: False, 8: True, 64: True}, 0.25)
    partly = numeric.opinion({3: small, 8: between}, "")
    assert (partly.opinion, partly.differs, partly.error) == (Opinion.AGREES, {3: False}, 1e-9)
    open_ = numeric.opinion({3: between}, "a reason")
    assert (open_.opinion, open_.differs, open_.error) == (Opinion.ABSTAINS, {}, 1e-9)
    assert "neither rounding nor clearly more" in open_.why
    none = numeric.opinion({}, "a reason")
    assert (none.opinion, none.why, none.error) == (Opinion.ABSTAINS, "a reason", None)


@np.errstate(all="ignore")
def test_the_gap_is_the_largest_over_the_assignments_that_count(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("batch", 4, monkeypatch)
    samples = numbers.at["x"]
    apart = (Condition("i", "k", same=False),)
    pairs = [(samples[i], samples[k]) for i in range(4) for k in range(4) if i != k]
    gap = numeric.compare(Identity(x("i"), x("k"), apart), forward, 4)
    assert gap is not None
    assert gap.against_terms == pytest.approx(max(abs(a - b) / max(abs(a), abs(b)) for a, b in pairs))
    assert gap.against_values == pytest.approx(max(abs(a - b) for a, b in pairs) / max(abs(samples)))
    small = numeric.compare(Identity(*(times(x(i), number(Fraction(1, 10**6))) for i in "ik"), apart), forward, 4)
    assert small is not None
    assert small.against_values == pytest.approx(gap.against_values)
    equal = numeric.compare(Identity(x("i"), x("k"), (Condition("i", "k", same=True),)), forward, 4)
    assert equal == Gap(0.0, 0.0)
    assert numeric.compare(Identity(number(0), number(0)), forward, 4) == Gap(0.0, 0.0)
    assert numeric.compare(Identity(MU, MU, apart), forward, 1) is None
    inside = Identity(power(plus(Delta("i", "k"), negative(ONE)), -1), number(-1), apart)
    assert numeric.compare(inside, forward, 4) == Gap(0.0, 0.0)
    with pytest.raises(numeric.Abstain, match="no finite value"):
        numeric.compare(replace(inside, conditions=()), forward, 4)


def test_the_first_row_that_applies_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("batch", 4, monkeypatch)
    same, apart = ((Condition("i", "k", same=one),) for one in (True, False))
    found = numeric.evaluate(Cases(((same, x("i")), (apart, GAMMA), ((), MU))), scope(forward, 4, "i", "k"))
    right = np.where(np.eye(4), numbers.at["x"][:, None], numbers.at["gamma"])
    assert pytest.approx(right) == found.value.T
    assert pytest.approx(abs(right)) == found.size.T
    partly = numeric.evaluate(Cases(((same, x("i")),)), scope(forward, 4, "i", "k"))
    assert np.isnan(partly.value[~np.eye(4, dtype=bool)]).all()
    assert np.diagonal(partly.value) == pytest.approx(numbers.at["x"])


# -- what is drawn


def test_numbers_are_drawn_anew_for_each_name_and_size_and_the_same_again() -> None:
    one, again, other, larger = (
        numeric.drawn(name, (7,), seed).amount.value for name, seed in (("x", 7), ("x", 7), ("y", 7), ("x", 8))
    )
    assert (one == again).all()
    assert not (one == other).any()
    assert not (one == larger).any()
    assert (numeric.drawn("x", (500,), 3, positive=True).amount.value > 0).all()
    many = numeric.drawn("x", (500,), 3).amount.value
    assert (many < 0).any()
    assert 0.5 < many.mean() < 0.9
    for seed in range(20):
        scalar, positive = (float(numeric.drawn("a", (), seed, sure).amount.value) for sure in (False, True))
        assert 0.4 <= positive <= 1.6
        assert scalar == (positive if seed % 2 == 0 else -positive)


def test_the_targets_of_every_row_add_up_to_one() -> None:
    table = numeric.values(with_targets("tests/notes/family/softmax-of-a-batch.md"), 6)
    target = table["t"].amount.value
    assert target.ndim == 2
    assert target.sum(axis=1) == pytest.approx(np.ones(len(target)))
    assert (target > 0).all()


def test_what_needs_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, _ = world("batch", 4, monkeypatch)
    monkeypatch.setattr(numeric, "MOST_ELEMENTS", 64)
    numeric.compare(Identity(times(x("i"), x("k"), x("l")), number(0)), forward, 4)
    numeric.evaluate(Sum("j", x("j")), scope(forward, 4, "i", "k"))
    with pytest.raises(numeric.Abstain, match="too many indices"):
        numeric.compare(Identity(times(x("i"), x("k"), x("l"), x("m")), number(0)), forward, 4)
    with pytest.raises(numeric.Abstain, match="too many indices"):
        numeric.evaluate(Sum("j", x("j")), scope(forward, 4, "i", "k", "l"))
    numeric.nudge(forward, 8, "x", (0,), LOCAL)
    with pytest.raises(numeric.Abstain, match="too many indices"):
        numeric.drawn("x", (65,), 1)
    with pytest.raises(numeric.Abstain, match="too many indices"):
        numeric.nudge(forward, 9, "x", (0,), LOCAL)
    numeric.drawn("x", (64,), 1)
    monkeypatch.setattr(numeric, "MOST_ELEMENTS", 200)
    with pytest.raises(numeric.Abstain, match="too many indices"):
        numeric.evaluate(Sum("j", x("j")), scope(forward, 4, "i", "k", "l"))
    monkeypatch.setattr(numeric, "MOST_WORK", 32)
    numeric.compare(Identity(x("i"), x("k")), forward, 4)
    with pytest.raises(numeric.Abstain, match="all its parts together"):
        numeric.compare(Identity(x("i"), times(x("i"), x("k"))), forward, 4)
    with pytest.raises(numeric.Abstain, match="all its parts together"):
        numeric.compare(Identity(times(x("i"), x("i"), x("k")), number(0)), forward, 4)


def test_work_counts_the_elements_of_all_parts() -> None:
    assert numeric.work(x("i"), (4,), ("i",)) == 4
    assert numeric.work(times(x("i"), x("k")), (4,), ("i", "k")) == 3 * 16
    assert numeric.work(Sum("j", x("j")), (4,), ("i",)) == 2 * 16
    assert numeric.work(Sum(J, x("i", J)), (4, 3), ("i",)) == 2 * 12


def test_a_quantity_has_as_many_indices_as_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, _ = world("batch", 4, monkeypatch)
    at = scope(forward, 4, "i", "k")
    for term in (x(), x("i", "k"), Value("mu", ("i",)), Partial(MU, x("i", "k"), LOCAL), LossBy(Value("mu", ("i",)))):
        with pytest.raises(numeric.Abstain, match="another number of indices"):
            numeric.evaluate(term, at)
    with pytest.raises(numeric.Abstain, match="another number of indices"):
        numeric.evaluate(Partial(Value("xhat"), x("i"), LOCAL), at)
    with pytest.raises(numeric.Abstain, match="not bound"):
        numeric.evaluate(x("l"), at)
    for term in (LossBy(V), Partial(V, x("k"), LOCAL)):
        with pytest.raises(numeric.Abstain, match="derivative"):
            numeric.evaluate(Partial(term, x("i"), LOCAL), at)
    layers, _ = world("layer", 4, monkeypatch)
    with pytest.raises(numeric.Abstain, match="different axes"):
        numeric.evaluate(Delta("i", J), scope(layers, 4, "i", J))


def test_dimensions_are_laid_along_axes_from_the_end() -> None:
    array = np.arange(24).reshape(2, 3, 4)
    laid = numeric.place(array, (2, 0, 3))
    assert laid.shape == (4, 2, 1, 3)
    for i, j, k in np.ndindex(2, 3, 4):
        assert laid[k, i, 0, j] == array[i, j, k]
    square = np.arange(18).reshape(3, 2, 3)
    diagonal = numeric.place(square, (0, 1, 0))
    for i, j in np.ndindex(3, 2):
        assert diagonal[j, i] == square[i, j, i]
    cube = np.arange(27).reshape(3, 3, 3)
    assert numeric.place(cube, (0, 0, 0)).tolist() == [0, 13, 26]
    assert numeric.place(np.asarray(5), ()).shape == ()


def test_free_letters_are_numbers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, _ = world("batch", 4, monkeypatch)
    at = scope(forward, 4, "i")
    letter, family = numeric.evaluate(Value("q"), at), numeric.evaluate(Value("q", ("i",)), at)
    assert letter.value == numeric.drawn("free q", (), 4).amount.value
    assert family.value.shape == (4,)
    for reading in (LOCAL, TOTAL):
        assert numeric.evaluate(Partial(times(Value("q"), V), Value("q"), reading), at).value == pytest.approx(
            float(numeric.values(forward, 4)["v"].amount.value)
        )
    assert (numeric.evaluate(LossBy(Value("q", ("i",))), at).value == np.zeros(4)).all()


def test_targets_that_are_left_open_are_numbers_like_others() -> None:
    forward = with_targets()
    open_ = replace(forward, layer=replace(forward.layer, targets=None))
    found = numeric.values(open_, 5)["t"].amount.value
    assert (found == numeric.drawn("t", (5,), 5).amount.value).all()


def with_targets(path: str = "derivations/family/softmax-cross-entropy.md") -> Forward:
    understood = hand.understand(hand.Note("", (hand.ROOT / path).read_text(encoding="utf-8")))
    return hand.declared_forward(understood, understood.declared.convention)


def test_a_slope_by_what_is_differentiated_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, _ = world("batch", 4, monkeypatch)
    at = scope(forward, 4, "i", "k")
    for reading in (LOCAL, TOTAL):
        assert numeric.evaluate(Partial(V, V, reading), at).value == pytest.approx(1)
        assert numeric.evaluate(Partial(x("i"), x("k"), reading), at).value == pytest.approx(np.eye(4))


def test_the_slope_of_a_loss_of_the_note_is_a_total_one(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("batch", 4, monkeypatch)
    found = numeric.evaluate(LossBy(MU, of=times(MU, V, MU)), scope(forward, 4))
    assert found.value == pytest.approx(float(2 * numbers.at["mu"] * numbers.at["v"]))


def test_a_layer_with_statistics_over_two_axes_has_its_own_size(monkeypatch: pytest.MonkeyPatch) -> None:
    forward, numbers = world("group", 3, monkeypatch)
    places = next(one.index for one in forward.nodes if one.name == "xhat")
    check(LossBy(Value("v", tuple(places[axis] for axis in forward.layer.kept))), forward, 3, numbers)


# -- the whole


def test_three_sizes_are_compared_unless_others_are_asked_for() -> None:
    """The report has a column for n = 3, 8, 64."""
    forward = STANDARD["batch"].forward(Convention())
    true, false = Identity(Sum("j", plus(x("j"), negative(MU))), number(0)), Identity(MU, V)
    assert numeric.examine(true, forward).differs == {3: False, 8: False, 64: False}
    assert numeric.examine(false, forward).differs == {3: True, 8: True, 64: True}
    assert numeric.examine(false, forward, (2, 5)).differs == {2: True, 5: True}


def test_a_size_that_is_too_small_for_the_variance_says_nothing() -> None:
    forward = STANDARD["batch"].forward(Convention(Variance.UNBIASED))
    assert numeric.compare(Identity(MU, MU), forward, 1) is None
    assert numeric.compare(Identity(MU, MU), forward, 2) == Gap(0.0, 0.0)
    assert numeric.examine(Identity(MU, MU), forward, (1,)).opinion is Opinion.ABSTAINS


def test_what_has_no_value_is_said() -> None:
    forward = STANDARD["batch"].forward(Convention())
    deep: Term = V
    for k in range(sys.getrecursionlimit()):
        deep = Plus((deep, ONE)) if k % 2 else Times((deep, GAMMA))
    for term, why in ((Unknown("a blot"), "a blot"), (number(10**400), "too large"), (deep, "too large")):
        found = numeric.examine(Identity(term, ONE), forward)
        assert (found.opinion, found.differs) == (Opinion.ABSTAINS, {})
        assert why in found.why


def test_errors_that_may_be_anything_prove_nothing() -> None:
    """The sum is zero, and was added up from numbers whose sum no computer number holds."""
    forward = STANDARD["batch"].forward(Convention())
    large = number(10**308)
    found = numeric.examine(Identity(Plus((large, negative(large))), ONE), forward)
    assert found.opinion is Opinion.ABSTAINS
    assert "no finite value" in found.why


@pytest.mark.parametrize("n", [3, 4])
def test_a_loss_that_a_note_defines_is_differentiated_itself(n: int) -> None:
    forward = with_targets()
    table = numeric.values(forward, n)
    x_, t = table["x"].amount.value, table["t"].amount.value
    assert t.sum() == pytest.approx(1)
    assert (t > 0).all()
    soft = np.exp(x_) / np.exp(x_).sum()
    assert table["loss"].amount.value == pytest.approx(-(t * np.log(soft)).sum())
    assert numeric.evaluate(LossBy(x("i")), scope(forward, n, "i")).value == pytest.approx(soft - t)


def summed(index: str, body: Term) -> Term:
    return Sum(on_axis(index, 0), body)


X = Value("x", ("i",))
INNER = summed("i", X)
CONSTANT_SUMS = {
    "of a sum": (summed("j", INNER), times(Count(), INNER)),
    "of a sum times a number": (summed("j", times(number(HALF), INNER)), times(number(HALF), Count(), INNER)),
    "of a mean": (summed("j", Value("mu")), times(Count(), Value("mu"))),
    "of a sum with a free index": (
        summed("j", times(INNER, Value("x", ("k",)))),
        times(Count(), INNER, Value("x", ("k",))),
    ),
    "in three sums": (summed("k", summed("j", INNER)), times(power(Count(), Fraction(2)), INNER)),
    "of the square of a sum": (summed("j", power(INNER, Fraction(2))), times(Count(), power(INNER, Fraction(2)))),
}


@pytest.mark.parametrize(("total", "product"), CONSTANT_SUMS.values(), ids=CONSTANT_SUMS)
@pytest.mark.parametrize("n", [2, 3, 8])
def test_a_sum_of_what_its_index_does_not_change_is_n_times_that(total: Term, product: Term, n: int) -> None:
    """sum_j c = n c; without the n both sides differ at every other size than one."""
    forward = STANDARD["batch"].forward(Convention())
    same = numeric.compare(Identity(total, product, ()), forward, n)
    assert same is not None
    assert same.against_terms < 1e-12
    other = numeric.compare(Identity(total, times(product, power(Count(), Fraction(-1))), ()), forward, n)
    assert other is not None
    assert other.against_values > 0.1
