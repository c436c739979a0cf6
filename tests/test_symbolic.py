"""The exact witness at small batches: its fractions at points, against a forward pass and slopes written by hand."""

from __future__ import annotations

import sys
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod, sqrt
from typing import Any

import numpy as np
import pytest

from bnverify.model.axes import on_axis
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, Node
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
    Power,
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
from bnverify.truth import symbolic
from bnverify.truth.surds import Abstain, Ratio
from bnverify.truth.surds import Numbers as Surds
from bnverify.truth.symbolic import Graph
from bnverify.truth.verdict import Identity, Opinion
from tests import test_graph_numbers as hand
from tests.test_graph_numbers import Numbers, by_hand, every_place

HALF = Fraction(1, 2)
LOCAL, TOTAL = Reading.LOCAL, Reading.TOTAL
PLAIN = Convention()
GAMMA, MU, V, EPS, N = Value("gamma"), Value("mu"), Value("v"), Value("eps"), Count()
J = on_axis("j", 1)


def x(*index: str) -> Value:
    return Value("x", index)


class Linear(Numbers):
    """The loss that the witness has: the outputs, each times what comes from above."""

    def _loss(self, at: Any) -> Any:
        return (self.weights * at[list(self.makers)[-1]]).sum()


@cache
def world(name: str, convention: Convention = PLAIN, n: int = 3) -> tuple[Forward, Linear, Graph]:
    forward = STANDARD[name].forward(convention)
    numbers = Linear(*by_hand(name, convention, forward.sizes(n)), forward.sizes(n))
    return forward, numbers, symbolic.concrete(forward, n, ())


def point(forward: Forward, numbers: Linear, own: Surds) -> list[float]:
    """A value for each generator: samples, what comes from above, the denominator of x-hat, and roots."""
    given = {"beta": np.zeros(numbers.at["gamma"].shape), **numbers.at, "eps": np.asarray(hand.EPS)}
    values = [float(one) for leaf in forward.leaves for one in given[leaf.name].flat]
    values += [float(one) for one in numbers.weights.flat]
    v = float(numbers.at["v"].flat[0])
    values.append(sqrt(v) + hand.EPS if forward.convention.epsilon is Epsilon.OUTSIDE else sqrt(v + hand.EPS))
    values += [0.0] * symbolic.SPARE_ROOTS
    for root, radicand in own.roots.items():
        values[own.ring.gens.index(root)] = sqrt(poly_at(radicand, values))
    return values


def poly_at(poly: Any, values: list[float]) -> float:
    return sum(float(c) * prod(v**e for v, e in zip(values, powers, strict=True)) for powers, c in poly.items())


def ratio_at(ratio: Ratio, values: list[float]) -> float:
    return poly_at(ratio.top, values) / prod(poly_at(factor, values) ** e for factor, e in ratio.bottom.items())


def check(term: Term, forward: Forward, numbers: Linear, graph: Graph) -> None:
    """The same value at every place."""
    own = graph.numbers.copy()
    to = symbolic.fractions(graph, own)
    indices = tuple(sorted(free_indices(term)))
    for places in every_place(indices, numbers):
        found = symbolic.interpret(term, {index: place + 1 for index, place in places.items()}, to)
        expected = hand.value(term, numbers, numbers.at, places)
        assert ratio_at(found, point(forward, numbers, own)) == pytest.approx(expected, rel=1e-8, abs=1e-9)


INSIDE, OUTSIDE, NONE = (Convention(epsilon=one) for one in Epsilon)
WORLDS = {
    "inside": ("batch", INSIDE),
    "outside": ("batch", OUTSIDE),
    "none": ("batch", NONE),
    "unbiased": ("batch", Convention(Variance.UNBIASED, Epsilon.INSIDE, Residual.MU_MINUS_X)),
    "rows": ("layer", INSIDE),
    "rows unbiased": ("layer", Convention(Variance.UNBIASED)),
    "no mean": ("rms", INSIDE),
}


@pytest.mark.parametrize("name", WORLDS)
def test_a_forward_pass_and_its_slopes_are_those_by_hand(name: str) -> None:
    forward, numbers, graph = world(*WORLDS[name], 2 if "rows" in name or name == "no mean" else 3)
    quantities = [*forward.nodes, *(leaf for leaf in forward.leaves if leaf.name in numbers.at)]
    for one in quantities:
        check(Value(one.name, one.index), forward, numbers, graph)
        check(LossBy(Value(one.name, one.index)), forward, numbers, graph)
    for node in forward.nodes:
        for parent in quantities:
            if parent.name in ("x", "v", "mu", "gamma") and node.name != parent.name:
                other = tuple(
                    index[:-1] + {"i": "p", "j": "q", "k": "r"}.get(index[-1], index[-1]) for index in parent.index
                )
                check(Partial(Value(node.name, node.index), Value(parent.name, other), LOCAL), forward, numbers, graph)


TERMS = {
    "numbers": times(number(Fraction(-3, 4)), N, plus(N, ONE)),
    "powers": plus(
        power(x("i"), 3), power(x("k"), -2), power(V, HALF), power(x("i"), 0), power(plus(V, EPS), Fraction(-3, 2))
    ),
    "sums": Sum("j", times(x("j"), x("i"), Sum("k", times(x("k"), x("j"))))),
    "a sum of what does not change": Sum("j", plus(x("i"), GAMMA)),
    "deltas": plus(Delta("i", "k"), times(Sum("j", times(Delta("i", "j"), x("j"))), Delta("k", "k"))),
    "an own root": times(power(plus(power(x("i"), 2), ONE), HALF), x("i")),
    "a local slope": Partial(Value("xhat", ("i",)), x("k"), LOCAL),
    "a slope at one place": Partial(Value("xhat", ("i",)), x("i"), LOCAL),
    "a sum of slopes": Sum("j", times(LossBy(Value("xhat", ("j",))), Partial(Value("xhat", ("j",)), MU, LOCAL))),
}
OF_ROWS = {
    "sizes": times(Count(0), plus(Count(1), number(2))),
    "rows": times(x("i", J), Value("mu", ("i",)), Value("gamma", (J,))),
    "two axes": Sum("i", Sum(J, times(x("i", J), x("k", J), x("i", on_axis("l", 1))))),
    "deltas of features": times(Delta(J, on_axis("l", 1)), Delta("i", "k"), x("i", J)),
    "a slope": Partial(Value("y", ("i", J)), Value("v", ("k",)), LOCAL),
}


@pytest.mark.parametrize("name", TERMS)
def test_terms_have_the_values_of_another_evaluator(name: str) -> None:
    check(TERMS[name], *world("batch"))
    check(TERMS[name], *world("batch", INSIDE, 2))


@pytest.mark.parametrize("name", OF_ROWS)
def test_terms_of_several_axes_have_the_values_of_another_evaluator(name: str) -> None:
    check(OF_ROWS[name], *world("layer", INSIDE, 2))


def test_the_first_row_that_applies_is_taken() -> None:
    forward, numbers, graph = world("batch")
    same, apart = ((Condition("i", "k", same=one),) for one in (True, False))
    to = symbolic.fractions(graph, graph.numbers)
    rows = Cases(((same, x("i")), (apart, GAMMA), ((), MU)))
    for i, k in product((1, 2, 3), repeat=2):
        found = symbolic.interpret(rows, {"i": i, "k": k}, to)
        expected = numbers.at["x"][i - 1] if i == k else numbers.at["gamma"]
        assert ratio_at(found, point(forward, numbers, graph.numbers)) == pytest.approx(float(expected))
    with pytest.raises(Abstain, match="no case"):
        symbolic.interpret(Cases(((same, MU),)), {"i": 1, "k": 2}, to)


def test_a_total_slope_follows_all_that_comes_after_and_a_local_one_nothing() -> None:
    forward, numbers, graph = world("batch")
    written = plus(power(x("i"), 2), times(MU, V))
    for k in range(3):
        stepped = numbers.at["x"].astype(complex)
        stepped[k] += 1e-30j
        mu = stepped.mean()
        after = mu * ((stepped - mu) ** 2).mean()
        for reading, right in ((TOTAL, stepped**2 + after), (LOCAL, stepped**2)):
            for i in range(3):
                own = graph.numbers.copy()
                to = symbolic.fractions(graph, own)
                found = symbolic.interpret(Partial(written, x("k"), reading), {"i": i + 1, "k": k + 1}, to)
                assert ratio_at(found, point(forward, numbers, own)) == pytest.approx(right[i].imag / 1e-30)
    by_loss = symbolic.interpret(LossBy(MU, of=times(MU, V, MU)), {}, symbolic.fractions(graph, graph.numbers))
    right = 2 * numbers.at["mu"] * numbers.at["v"]  # v does not change with mu: the deviations add up to zero
    assert ratio_at(by_loss, point(forward, numbers, graph.numbers)) == pytest.approx(float(right))


def test_a_derivative_of_a_derivative_is_a_second_one() -> None:
    forward, numbers, graph = world("batch")
    second = Partial(Partial(V, x("i"), LOCAL), x("k"), LOCAL)
    for i, k in product((1, 2, 3), repeat=2):
        found = symbolic.interpret(second, {"i": i, "k": k}, symbolic.fractions(graph, graph.numbers))
        assert ratio_at(found, point(forward, numbers, graph.numbers)) == pytest.approx(2 / 3 * (i == k))


# -- which assignments are compared


def test_one_assignment_for_each_pattern_of_equal_indices() -> None:
    """As many as there are partitions of the indices: the Bell numbers, of parts that fit into the axis."""
    for count, expected in ((0, 1), (1, 1), (2, 2), (3, 5), (4, 15), (5, 52)):
        found = [dict(one) for one in symbolic.patterns("abcde"[:count], (5,))]
        assert len(found) == expected
        kinds = {tuple(one[a] == one[b] for a in one for b in one) for one in found}
        assert len(kinds) == expected
    assert len(list(symbolic.patterns("abc", (2,)))) == 4
    apart = [dict(one) for one in symbolic.patterns(["a", J, "b", on_axis("k", 1)], (3, 2))]
    assert len(apart) == 4
    assert all(one["a"] == 1 and one[J] == 1 for one in apart)


def test_nesting_counts_sums_inside_one_another() -> None:
    assert symbolic.nesting(x("i")) == 0
    assert symbolic.nesting(Sum("j", plus(x("j"), Sum("k", x("k")), Sum("l", x("l"))))) == 2
    assert symbolic.nesting(plus(Sum("j", x("j")), Sum("k", x("k")))) == 1


def test_conditions_choose_the_assignments_and_numbers_are_different_samples() -> None:
    forward = world("batch")[0]
    first, second = x("1"), x("2")
    apart = (Condition("i", "k", same=False),)
    jacobian = Partial(x("i"), x("k"), LOCAL)
    assert symbolic.compare(Identity(jacobian, number(0), apart), forward, 3) is False
    assert symbolic.compare(Identity(jacobian, number(0)), forward, 3) is True
    assert symbolic.compare(Identity(jacobian, ONE, (Condition("i", "k", same=True),)), forward, 3) is False
    assert symbolic.compare(Identity(Partial(first, second, LOCAL), number(0)), forward, 3) is False
    assert symbolic.compare(Identity(MU, MU, apart), forward, 1) is None
    assert symbolic.compare(Identity(MU, MU, apart), forward, 2) is False
    unbiased = STANDARD["batch"].forward(Convention(Variance.UNBIASED))
    assert symbolic.compare(Identity(MU, MU), unbiased, 1) is None
    assert symbolic.compare(Identity(MU, MU), unbiased, 2) is False


def test_an_assignment_without_a_value_does_not_hide_behind_one_that_differs() -> None:
    forward = world("batch")[0]
    inside = Identity(power(plus(Delta("i", "k"), negative(ONE)), -1), number(5))
    with pytest.raises(Abstain, match="division by zero"):
        symbolic.compare(inside, forward, 3)


def test_three_sizes_are_compared_unless_others_are_asked_for() -> None:
    """The report has a column for n = 2, 3, 4."""
    forward = world("batch")[0]
    true = Identity(Sum("j", plus(x("j"), negative(MU))), number(0))
    two = Identity(x("1"), plus(times(number(2), MU), negative(x("2"))))
    assert symbolic.examine(true, forward).differs == {2: False, 3: False, 4: False}
    found = symbolic.examine(two, forward)
    assert (found.opinion, found.differs) == (Opinion.REFUTED, {2: False, 3: True, 4: True})
    assert symbolic.examine(two, forward, (2,)).opinion is Opinion.AGREES
    one = symbolic.examine(Identity(MU, MU), STANDARD["batch"].forward(Convention(Variance.UNBIASED)), (1,))
    assert (one.opinion, one.why) == (Opinion.ABSTAINS, "no batch size has indices that meet the conditions")


UNKNOWN = {
    "a blot": (Unknown("a blot"), "a blot"),
    "a large power": (power(V, 65), "too large"),
    "a large negative power": (power(V, -65), "too large"),
    "a cube root": (power(V, Fraction(1, 3)), "neither whole nor half"),
    "an index of a scalar": (Value("mu", ("i",)), "another number of indices"),
    "no index of samples": (x(), "another number of indices"),
    "a logarithm": (Log(V), "logarithm"),
    "an exponential": (Exp(V), "letter whose value|exponential"),
    "too many indices": (times(*(x(i) for i in "abcdef")), "too many indices"),
    "too many sums": (Sum("a", Sum("b", Sum("c", Sum("d", Sum("e", Sum("f", Sum("g", x("g")))))))), "too many indices"),
    "a second slope of the loss": (Partial(LossBy(x("i")), x("i"), LOCAL), "second derivative"),
    "a total slope inside": (Partial(Partial(V, x("i"), TOTAL), x("k"), LOCAL), "total derivative inside"),
    "a slope of what is no number": (
        Partial(times(x("i"), Power(number(0), Fraction(-1))), x("i"), LOCAL),
        "not a real number",
    ),
    "a slope of nothing known": (Partial(V, Value("mu", ("i",)), LOCAL), "another number of indices"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_beyond_it_is_said(name: str) -> None:
    term, why = UNKNOWN[name]
    for identity in (Identity(term, ONE), Identity(ONE, term)):
        with pytest.raises(Abstain, match=why):
            symbolic.compare(identity, world("batch")[0], 2)
    found = symbolic.examine(Identity(term, ONE), world("batch")[0], (2,))
    assert found.opinion is Opinion.ABSTAINS
    assert not found.differs


def test_what_is_nested_too_deep_is_said() -> None:
    deep: Term = V
    for k in range(sys.getrecursionlimit()):
        deep = Plus((deep, ONE)) if k % 2 else Times((deep, GAMMA))
    assert symbolic.examine(Identity(deep, ONE), world("batch")[0]).why == "an expression is nested too deeply"


def test_an_expression_that_python_cannot_follow_is_said_to_be_too_deep(monkeypatch: pytest.MonkeyPatch) -> None:
    def follow(*_: object) -> bool:
        raise RecursionError

    monkeypatch.setattr(symbolic, "compare", follow)
    found = symbolic.examine(Identity(MU, MU), world("batch")[0])
    assert (found.opinion, found.why) == (Opinion.ABSTAINS, "an expression is nested too deeply")


def test_an_index_that_nothing_binds_is_said() -> None:
    graph = world("batch")[2]
    with pytest.raises(Abstain, match="not bound"):
        symbolic.interpret(x("l"), {"i": 1}, symbolic.fractions(graph, graph.numbers))


def test_the_slope_of_a_quantity_by_itself_is_one() -> None:
    forward = world("batch")[0]
    for reading in (LOCAL, TOTAL):
        assert symbolic.compare(Identity(Partial(V, V, reading), ONE), forward, 2) is False
        assert symbolic.compare(Identity(Partial(x("i"), x("i"), reading), ONE), forward, 2) is False


def test_the_root_of_the_square_of_epsilon_is_epsilon() -> None:
    """It is positive, where a gain may have either sign."""
    rows, batch = world("layer", INSIDE, 2)[0], world("batch")[0]
    assert symbolic.compare(Identity(power(power(EPS, 2), HALF), EPS), rows, 2) is False
    assert symbolic.compare(Identity(power(power(GAMMA, 2), HALF), GAMMA), batch, 2) is True


def test_a_divisor_that_may_be_negative_is_not_taken_for_positive() -> None:
    """The root of (mu + eps)^2 is not mu + eps, where mu is below zero."""
    plain = world("batch")[0]
    mean, divisor = plain.nodes[0], plus(MU, EPS)
    forward = replace(plain, nodes=(mean, Node("y", ("i",), times(x("i"), power(divisor, -1)))))
    found = symbolic.examine(Identity(power(power(divisor, 2), HALF), divisor), forward, (2,))
    assert found.opinion is not Opinion.AGREES
    assert symbolic.compare(Identity(times(Value("y", ("i",)), divisor), x("i")), forward, 2) is False


def test_five_indices_and_six_sums_are_not_too_many() -> None:
    forward = world("batch")[0]
    five = times(*(x(i) for i in "abcde"))
    assert symbolic.compare(Identity(five, five), forward, 2) is False
    six = Sum("a", Sum("b", Sum("c", Sum("d", Sum("e", Sum("f", x("f")))))))
    assert symbolic.compare(Identity(six, times(power(N, 6), MU)), forward, 2) is False
    assert symbolic.compare(Identity(power(GAMMA, 64), times(power(GAMMA, 32), power(GAMMA, 32))), forward, 2) is False
    assert (
        symbolic.compare(Identity(power(GAMMA, -64), times(power(GAMMA, -32), power(GAMMA, -32))), forward, 2) is False
    )


def test_free_letters_are_letters_that_nothing_depends_on() -> None:
    forward = world("batch")[0]
    letter, family = Value("q"), Value("w", ("i",))
    identity = Identity(times(letter, power(family, 2)), ONE)
    assert symbolic.free_letters(identity, forward) == (("q", ()), ("w", (0,)))
    assert symbolic.compare(Identity(times(letter, family), times(family, letter)), forward, 2) is False
    assert symbolic.compare(Identity(letter, GAMMA), forward, 2) is True
    slope = Partial(times(letter, power(family, 2)), Value("w", ("k",)), TOTAL)
    assert symbolic.compare(Identity(slope, times(number(2), letter, family, Delta("i", "k"))), forward, 2) is False
    assert symbolic.compare(Identity(LossBy(letter), number(0)), forward, 2) is False


def with_targets(path: str = "derivations/family/softmax-cross-entropy.md") -> Forward:
    understood = hand.understand(hand.Note("", (hand.ROOT / path).read_text(encoding="utf-8")))
    return hand.declared_forward(understood, understood.declared.convention)


def test_of_a_softmax_the_slopes_of_the_loss_are_outputs_less_targets() -> None:
    """The textbook: targets that add up to one, and a loss whose logarithm is gone once it is differentiated."""
    forward, y, t = with_targets(), Value("y", ("i",)), Value("t", ("i",))
    assert symbolic.examine(Identity(LossBy(x("i")), plus(y, negative(t))), forward).opinion is Opinion.AGREES
    assert symbolic.examine(Identity(LossBy(x("i")), plus(t, negative(y))), forward).opinion is Opinion.REFUTED
    assert symbolic.examine(Identity(Sum("j", Value("t", ("j",))), ONE), forward).opinion is Opinion.AGREES
    assert symbolic.examine(Identity(LossBy(y), negative(times(t, power(y, -1)))), forward).opinion is Opinion.AGREES
    softmax = times(Exp(x("i")), power(Sum("j", Exp(x("j"))), -1))
    assert symbolic.examine(Identity(y, softmax), forward).opinion is Opinion.AGREES
    shifted = times(Exp(times(number(2), x("i"))), power(Exp(x("i")), -2))
    assert symbolic.examine(Identity(shifted, ONE), forward).opinion is Opinion.AGREES
    slope = times(y, plus(Delta("i", "k"), negative(Value("y", ("k",)))))
    assert symbolic.examine(Identity(Partial(y, x("k"), TOTAL), slope), forward).opinion is Opinion.AGREES
    for term, why in (
        (Value("loss"), "loss"),
        (Partial(y, t, TOTAL), "target"),
        (Exp(times(x("i"), x("i"))), "exponential"),
    ):
        found = symbolic.examine(Identity(term, ONE), forward, (2,))
        assert found.opinion is Opinion.ABSTAINS
        assert why in found.why
    exp = [Exp(x(i)) for i in "ik"]
    assert symbolic.examine(Identity(Exp(plus(x("i"), x("k"))), times(*exp)), forward, (2,)).opinion is Opinion.AGREES
    for wrong in (exp[0], ONE):
        assert symbolic.examine(Identity(Exp(plus(x("i"), x("k"))), wrong), forward, (2,)).opinion is Opinion.REFUTED
    for term in (LossBy(t), Exp(times(number(HALF), x("i"))), Partial(power(Value("loss"), 2), Value("loss"), LOCAL)):
        assert symbolic.examine(Identity(term, ONE), forward, (2,)).opinion is Opinion.ABSTAINS
    open_ = replace(forward, layer=replace(forward.layer, targets=None))
    assert symbolic.examine(Identity(Sum("j", Value("t", ("j",))), ONE), open_).opinion is Opinion.REFUTED


def test_more_roots_than_it_has_letters_for_are_not_begun() -> None:
    def roots_of_squares(k: int) -> Identity:
        positive = [plus(power(GAMMA, 2), number(more)) for more in range(1, k + 1)]
        return Identity(plus(*(power(power(one, 2), HALF) for one in positive)), plus(*positive))

    forward = world("batch")[0]
    assert symbolic.compare(roots_of_squares(8), forward, 2) is False
    with pytest.raises(Abstain, match="too many square roots"):
        symbolic.compare(roots_of_squares(9), forward, 2)


def test_the_targets_of_every_row_add_up_to_one() -> None:
    forward = with_targets("tests/notes/family/softmax-of-a-batch.md")
    row = Sum(J, Value("t", ("i", J)))
    assert symbolic.examine(Identity(row, ONE), forward, (2,)).opinion is Opinion.AGREES
    column = Sum("i", Value("t", ("i", J)))
    assert symbolic.examine(Identity(column, ONE), forward, (2,)).opinion is Opinion.REFUTED


def test_layers_with_too_many_places_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    forward = STANDARD["layer"].forward(Convention())
    monkeypatch.setattr(symbolic, "MOST_PLACES", 6)
    assert symbolic.compare(Identity(Count(1), Count(1)), forward, 2) is False
    with pytest.raises(Abstain, match="too many places"):
        symbolic.compare(Identity(Count(1), Count(1)), forward, 3)
    monkeypatch.setattr(symbolic, "MOST_PLACES", 2)
    assert symbolic.compare(Identity(MU, MU), world("batch")[0], 3) is False
    monkeypatch.setattr(symbolic, "MOST_LETTERS", 8)
    assert symbolic.compare(Identity(Value("w", tuple("abc")), ONE), world("batch")[0], 2) is True
    with pytest.raises(Abstain, match="too many indices"):
        symbolic.compare(Identity(Value("w", tuple("abc")), ONE), world("batch")[0], 3)
