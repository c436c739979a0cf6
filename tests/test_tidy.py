"""Tidy forms are those of the textbooks, and what has none stays as the calculus leaves it."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from bnverify.model.calculus import expand
from bnverify.model.conventions import HALF, Convention, Epsilon, Residual
from bnverify.model.forward import Forward, Node, batch_norm, normalisation
from bnverify.model.layers import LAYERS, Layer
from bnverify.model.terms import (
    Count,
    Log,
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
    walk,
)
from bnverify.model.writing import Spelling, plain
from bnverify.truth.closed import closed_form, closed_gradient, tidy
from bnverify.truth.verdict import Undecidable
from tests.arrays import EPS, case

Y, X, XHAT, V, MU = Value("y", ("i",)), Value("x", ("i",)), Value("xhat", ("i",)), Value("v"), Value("mu")
BY_K = Value("x", ("k",))
INSIDE, FLIPPED = batch_norm(Convention()), batch_norm(Convention(residual=Residual.MU_MINUS_X))
OUTSIDE = batch_norm(Convention(epsilon=Epsilon.OUTSIDE))
NONE = batch_norm(Convention(epsilon=Epsilon.NONE))
GAINS, RMS = (normalisation(Convention(), LAYERS[name]) for name in ("layer", "rms"))


def slope(of: Value, by: Value) -> Term:
    return Partial(of, by, Reading.TOTAL)


def softmax(**more: Any) -> Forward:
    return normalisation(Convention(), Layer("softmax", "softmax", exponential=True, **more))


def cross_entropy(*index: str) -> Term:
    return negative(times(Value("t", index), Log(Value("y", index))))


ENTROPY = Sum("j", cross_entropy("j"))
MEAN_ENTROPY = times(power(Count(0), -1), Sum("a", Sum("1.j", cross_entropy("a", "1.j"))))
ALL_ENTROPY = Sum("a", Sum("1.j", cross_entropy("a", "1.j")))
S, T = "sqrt(sigma^2 + eps)", "sqrt(sigma^2)"
TEXTBOOK = [
    (INSIDE, slope(Y, BY_K), f"(gamma/(N {S})) (N delta_ik - 1 - xhat_i xhat_k)"),
    (INSIDE, slope(XHAT, BY_K), f"(N delta_ik - 1 - xhat_i xhat_k)/(N {S})"),
    (FLIPPED, slope(XHAT, BY_K), f"-(N delta_ik - 1 - xhat_i xhat_k)/(N {S})"),
    (NONE, slope(XHAT, BY_K), f"(N delta_ik - 1 - xhat_i xhat_k)/(N {T})"),
    (OUTSIDE, slope(XHAT, BY_K), f"(N delta_ik - 1 - (({T} + eps)/{T}) xhat_i xhat_k)/(N ({T} + eps))"),
    (INSIDE, slope(V, X), f"((2 {S})/N) xhat_i"),
    (FLIPPED, slope(V, X), f"-((2 {S})/N) xhat_i"),
    (INSIDE, LossBy(V), "-(gamma/(2 (sigma^2 + eps))) sum_j[ dL/dy_j * xhat_j ]"),
    (OUTSIDE, LossBy(V), f"-(gamma/(2 ({T} + eps) {T})) sum_j[ dL/dy_j * xhat_j ]"),
    (INSIDE, LossBy(MU), f"-(gamma/{S}) sum_j[ dL/dy_j ]"),
    (FLIPPED, LossBy(MU), f"(gamma/{S}) sum_j[ dL/dy_j ]"),
    (INSIDE, slope(MU, X), "1/N"),
    (INSIDE, times(LossBy(MU), slope(MU, X)), f"-(gamma/(N {S})) sum_j[ dL/dy_j ]"),
    (INSIDE, times(number(2), slope(XHAT, BY_K)), f"(2/(N {S})) (N delta_ik - 1 - xhat_i xhat_k)"),
    (INSIDE, slope(V, MU), "0"),
    (
        GAINS,
        LossBy(X),
        f"(1/(N {S})) (N gamma_i dL/dy_i - sum_j[ gamma_j dL/dy_j ] - xhat_i sum_j[ gamma_j dL/dy_j * xhat_j ])",
    ),
    (GAINS, slope(Y, BY_K), f"(1/(N {S})) gamma_i (N delta_ik - 1 - xhat_i xhat_k)"),
    (GAINS, LossBy(Value("gamma", ("i",))), "dL/dy_i * xhat_i"),
    (GAINS, slope(Y, Value("gamma", ("k",))), "delta_ik xhat_i"),
    (RMS, LossBy(X), f"(1/(N {S})) (N gamma_i dL/dy_i - xhat_i sum_j[ gamma_j dL/dy_j * xhat_j ])"),
    (RMS, slope(Y, BY_K), f"(1/(N {S})) gamma_i (N delta_ik - xhat_i xhat_k)"),
    (softmax(), LossBy(X), "y_i (dL/dy_i - sum_j[ dL/dy_j * y_j ])"),
    (softmax(), LossBy(Value("x", ("j",))), "y_j (dL/dy_j - sum_i[ dL/dy_i * y_i ])"),
    (softmax(loss=ENTROPY), LossBy(X), "y_i - t_i"),
    (softmax(loss=ENTROPY, targets=Fraction(2)), LossBy(X), "2 y_i - t_i"),
    (softmax(loss=ENTROPY, targets=None), LossBy(X), "sum_j[ t_j ] y_i - t_i"),
    (softmax(rank=2, over=(1,), loss=MEAN_ENTROPY), LossBy(Value("x", ("i", "1.k"))), "(y_ik - t_ik)/N"),
    (softmax(rank=2, over=(1,), loss=ALL_ENTROPY), LossBy(Value("x", ("i", "1.k"))), "y_ik - t_ik"),
    (softmax(rank=2, over=(1,)), LossBy(Value("x", ("i", "1.k"))), "y_ik (dL/dy_ik - sum_j[ dL/dy_ij * y_ij ])"),
    (softmax(rank=2, over=(0,)), LossBy(Value("x", ("i", "1.k"))), "y_ik (dL/dy_ik - sum_j[ dL/dy_jk * y_jk ])"),
]


@pytest.mark.parametrize(("forward", "term", "text"), TEXTBOOK, ids=[text for *_, text in TEXTBOOK])
def test_a_tidy_form_is_that_of_the_textbooks(forward: Forward, term: Term, text: str) -> None:
    assert plain(tidy(term, forward), Spelling.default()) == text


def test_a_tidy_form_of_many_rows_has_the_indices_of_its_row() -> None:
    rows = normalisation(Convention(), Layer("layer", "", 2, (1,), (1,)))
    found = plain(tidy(LossBy(Value("x", ("i", "1.k"))), rows), Spelling.default())
    direct, through_mean = "N gamma_k dL/dy_ik", "sum_j[ gamma_j dL/dy_ij ]"
    through_variance = "xhat_ik sum_j[ gamma_j dL/dy_ij * xhat_ij ]"
    assert found == f"(1/(N sqrt(sigma_i^2 + eps))) ({direct} - {through_mean} - {through_variance})"


def test_a_loss_of_the_inputs_has_no_closed_gradient() -> None:
    head = LossBy(X, Sum("j", power(Value("x", ("j",)), 2)))
    with pytest.raises(Undecidable):
        closed_gradient(head, INSIDE)
    of_outputs = LossBy(X, Sum("j", power(Value("y", ("j",)), 2)))
    assert closed_gradient(of_outputs, INSIDE) == closed_gradient(LossBy(X), INSIDE) == closed_form(X, INSIDE)


def with_helper(helper: Term, of: Forward = INSIDE, index: tuple[str, ...] = ()) -> Forward:
    *nodes, output = of.nodes
    return replace(of, nodes=(*nodes, Node("q", index, helper), output))


CUBES = Sum("j", power(Value("x", ("j",)), 3))
Q, Q_I = Value("q"), Value("q", ("i",))
PLAIN = {
    "three indices": (INSIDE, times(slope(Y, BY_K), Value("x", ("m",)))),
    "a slope of a softmax": (softmax(), slope(Y, BY_K)),
    "another root": (with_helper(power(plus(V, number(3)), HALF)), slope(Q, X)),
    "a root with epsilon, which stands beside the root": (
        with_helper(power(plus(V, Value("eps")), HALF), OUTSIDE),
        slope(Q, X),
    ),
    "epsilon where there is none": (with_helper(power(plus(V, Value("eps")), 2), NONE), slope(Q, X)),
    "a statistic that is solved for nothing": (with_helper(power(CUBES, 2)), LossBy(X)),
    "a division by zero": (with_helper(times(X, power(plus(V, negative(V)), -1)), index=("i",)), slope(Q_I, BY_K)),
    "a symbol with an index": (with_helper(times(Value("W", ("i",)), X), index=("i",)), slope(Q_I, BY_K)),
    "a letter called delta": (with_helper(times(Value("delta"), X), index=("i",)), slope(Q_I, BY_K)),
    "the gradient by an output": (softmax(loss=ENTROPY), LossBy(Y)),
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_has_no_tidy_form_stays_as_the_calculus_leaves_it(name: str) -> None:
    forward, term = PLAIN[name]
    assert tidy(term, forward) == expand(term, forward)


def test_an_even_power_of_another_root_is_tidy() -> None:
    """d(v + eps)^2/dx_i = 2 (v + eps) 2 (x_i - mu)/n, where s = sqrt(v) + eps."""
    forward = with_helper(power(plus(V, Value("eps")), 2), OUTSIDE)
    found = tidy(slope(Q, X), forward)
    numbers = case("batch", forward.convention, 4)
    names = {part.name for part in walk(found) if isinstance(part, Value)}
    assert names == {"v", "eps", "xhat"}
    v, mu = numbers.forward()["v"].item(), numbers.forward()["mu"].item()
    for i in range(4):
        true = 4 * (v + EPS) * (numbers.x[i] - mu) / 4
        assert numbers.value_at(found, {"i": i}) == pytest.approx(true, rel=1e-9)
