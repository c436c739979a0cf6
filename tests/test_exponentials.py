"""Exponentials and logarithms in the domains of the proof, by their laws and by the textbook of the softmax."""

from __future__ import annotations

from fractions import Fraction

import pytest

from bnverify.model.conventions import Convention
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import Layer
from bnverify.model.quantities import LOSS
from bnverify.model.terms import (
    ONE,
    ZERO,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Partial,
    Reading,
    Sum,
    Term,
    Times,
    Value,
    negative,
    number,
    plus,
    power,
    times,
)
from bnverify.truth import numeric, symbolic
from bnverify.truth.domain import Point, tells_apart
from bnverify.truth.every_n import prover
from bnverify.truth.fractions_at import Batch, Fractions
from bnverify.truth.verdict import Identity, Opinion, Proved, Refuted, Undecidable, Undecided
from bnverify.truth.work import TooMuch, allowance, remaining


def softmax(rank: int = 1, targets: Fraction | None = Fraction(1), loss: Term | None = None) -> Forward:
    layer = Layer("softmax", "softmax", rank=rank, over=(rank - 1,), exponential=True, loss=loss, targets=targets)
    return normalisation(Convention(), layer)


ROW, ROWS, N, HALF = softmax(), softmax(2), Count(), Fraction(1, 2)


def x(*index: str) -> Value:
    return Value("x", index)


def p(*index: str) -> Value:
    return Value("y", index)


def t(*index: str) -> Value:
    return Value("t", index)


def g(*index: str) -> Term:
    return LossBy(p(*index))


def minus(left: Term, right: Term) -> Term:
    return plus(left, negative(right))


CROSS_ENTROPY = negative(Sum("j", times(t("j"), Log(p("j")))))
POINTS = {"i": Point(1, 0), "k": Point(2, 1)}
BATCH: Batch = {
    "x": (Fraction(9), Fraction(8)),
    "exp x": (Fraction(2), Fraction(3)),
    "t": (Fraction(1, 4), Fraction(3, 4)),
    "dL/dy": (Fraction(5), Fraction(7)),
    "a": Fraction(4),
}
"""The exponential of a score is a number of its own: 2 and 3."""


@pytest.mark.parametrize(
    ("term", "value"),
    [
        (Exp(x("i")), 2),
        (Exp(ZERO), 1),
        (Exp(plus(x("i"), x("k"))), 6),
        (Exp(minus(times(number(2), x("i")), x("k"))), Fraction(4, 3)),
        (Exp(times(number(3), x("k"))), 27),
        (Exp(times(number(2), number(HALF), x("i"))), 2),
        (Exp(Times((number(2), number(3), x("i")))), 64),
        (Exp(Log(Value("a"))), 4),
        (Exp(times(number(-2), Log(Value("a")))), Fraction(1, 16)),
        (Exp(plus(Log(Value("a")), x("i"))), 8),
        (Sum("j", Exp(x("j"))), 5),
        (p("k"), Fraction(3, 5)),
        (Log(ONE), 0),
        (Log(Exp(x("k"))), 8),
        (Log(times(Exp(x("i")), power(Exp(x("k")), 2))), 25),
        (Log(power(Exp(x("i")), HALF)), Fraction(9, 2)),
    ],
)
def test_exponentials_and_logarithms_have_their_laws(term: Term, value: Fraction) -> None:
    assert Fractions(ROW, 2, BATCH).value(term, POINTS) == value


@pytest.mark.parametrize(
    "term",
    [
        Exp(p("i")),
        Exp(ONE),
        Exp(times(x("i"), x("k"))),
        Exp(times(x("i"), Log(Value("a")))),
        Exp(times(Log(Value("a")), Log(Value("b")))),
        Exp(Count()),
        Log(Value("a")),
        Log(number(2)),
        Log(p("i")),
    ],
)
def test_what_is_no_product_of_exponentials_has_no_fraction(term: Term) -> None:
    with pytest.raises(Undecidable, match="is not worked out"):
        Fractions(ROW, 2, BATCH).value(term, POINTS)


TRUE: dict[str, tuple[Forward, Identity]] = {
    "probabilities add up": (ROW, Identity(Sum("j", p("j")), ONE)),
    "targets add up": (ROW, Identity(Sum("j", t("j")), ONE)),
    "targets add up to what the note says": (softmax(targets=Fraction(3)), Identity(Sum("j", t("j")), number(3))),
    "the slope of a softmax": (
        ROW,
        Identity(Partial(p("i"), x("k"), Reading.TOTAL), times(p("i"), minus(Delta("i", "k"), p("k")))),
    ),
    "what flows back": (ROW, Identity(LossBy(x("i")), times(p("i"), minus(g("i"), Sum("j", times(g("j"), p("j"))))))),
    "cross-entropy": (softmax(loss=CROSS_ENTROPY), Identity(LossBy(x("i")), minus(p("i"), t("i")))),
    "cross-entropy without a sum of targets": (
        softmax(targets=None, loss=CROSS_ENTROPY),
        Identity(LossBy(x("i")), minus(times(p("i"), Sum("j", t("j"))), t("i"))),
    ),
    "the loss by itself": (softmax(loss=CROSS_ENTROPY), Identity(LossBy(Value(LOSS)), ONE)),
    "the logarithm of a probability": (ROW, Identity(Log(p("i")), minus(x("i"), Log(Sum("j", Exp(x("j"))))))),
    "the logarithm of a quotient": (ROW, Identity(Log(times(p("i"), power(p("k"), -1))), minus(x("i"), x("k")))),
    "probabilities of rows": (ROWS, Identity(Sum("1.j", p("i", "1.j")), ONE)),
    "targets of rows": (ROWS, Identity(Sum("1.j", t("i", "1.j")), ONE)),
    "what flows back in rows": (
        ROWS,
        Identity(
            LossBy(x("i", "1.k")),
            times(p("i", "1.k"), minus(g("i", "1.k"), Sum("1.j", times(g("i", "1.j"), p("i", "1.j"))))),
        ),
    ),
    "the logarithm of a quotient in a row": (
        ROWS,
        Identity(Log(times(p("i", "1.j"), power(p("i", "1.k"), -1))), minus(x("i", "1.j"), x("i", "1.k"))),
    ),
}
FALSE: dict[str, tuple[Forward, Identity]] = {
    "targets add up to another number": (ROW, Identity(Sum("j", t("j")), number(2))),
    "open targets do not add up": (softmax(targets=None), Identity(Sum("j", t("j")), ONE)),
    "the sign of cross-entropy": (softmax(loss=CROSS_ENTROPY), Identity(LossBy(x("i")), minus(t("i"), p("i")))),
    "the delta is lost": (
        ROW,
        Identity(Partial(p("i"), x("k"), Reading.TOTAL), negative(times(p("i"), p("k")))),
    ),
    "a row of its own is lost": (
        ROWS,
        Identity(Sum("j", p("j", "1.k")), ONE),
    ),
    "the sum is lost": (ROW, Identity(LossBy(x("i")), times(p("i"), g("i")))),
    "two logarithms": (ROW, Identity(Log(Sum("j", Exp(x("j")))), Log(plus(ONE, Sum("j", Exp(x("j"))))))),
    "the logarithm of a sum is no sum": (ROW, Identity(Log(Sum("j", Exp(x("j")))), Sum("j", x("j")))),
}


@pytest.mark.parametrize("name", TRUE)
def test_the_textbook_of_the_softmax_is_proved(name: str) -> None:
    forward, identity = TRUE[name]
    assert prover(forward).examine(identity) == Proved()
    assert prover(forward).equal(identity) is True
    for witness in (symbolic, numeric):
        assert witness.examine(identity, forward, (2, 3)).opinion is not Opinion.REFUTED


@pytest.mark.parametrize("name", FALSE)
def test_what_the_textbook_denies_is_never_proved(name: str) -> None:
    forward, identity = FALSE[name]
    assert not isinstance(prover(forward).examine(identity), Proved)
    assert prover(forward).equal(identity) is False
    assert numeric.examine(identity, forward, (2, 3)).opinion is Opinion.REFUTED


def test_a_false_slope_of_the_softmax_has_an_example() -> None:
    forward, identity = FALSE["the delta is lost"]
    verdict = prover(forward).examine(identity)
    assert isinstance(verdict, Refuted)
    powers = verdict.counterexample.values["exp x"]
    assert isinstance(powers, tuple)
    i, k = (verdict.counterexample.indices[letter] - 1 for letter in "ik")
    share = [one / sum(powers) for one in powers]  # type: ignore[operator, arg-type]
    assert verdict.counterexample.left == share[i] * ((i == k) - share[k])
    assert verdict.counterexample.right == -share[i] * share[k]


def test_an_exponential_of_a_node_is_left_open() -> None:
    verdict = prover(ROW).examine(Identity(Exp(p("i")), ONE))
    assert isinstance(verdict, Undecided)
    assert "exponential" in verdict.why


def test_a_derivative_tells_samples_apart() -> None:
    assert tells_apart(Partial(x("i"), x("j"), Reading.LOCAL), "j")
    assert not tells_apart(LossBy(x("j")), "j")


def test_each_node_of_a_term_costs_a_unit() -> None:
    domain, term = Fractions(ROW, 2, BATCH), plus(Value("a"), N)
    with allowance(3):
        domain.value(term, {})
        assert remaining() == 0
    with allowance(2), pytest.raises(TooMuch):
        Fractions(ROW, 2, BATCH).value(term, {})


def test_conditions_hold_in_rows_too() -> None:
    apart = (Condition("i", "k", same=False),)
    assert prover(ROWS).examine(Identity(Delta("i", "k"), ZERO, apart)) == Proved()
    assert prover(ROWS).equal(Identity(p("i", "1.j"), p("k", "1.j"), apart)) is False
