"""The derivative at one batch size in lines, against a complex step, and that it disagrees with what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from sympy import Rational

from bnverify.model.conventions import HALF, Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import Layer
from bnverify.model.terms import (
    Count,
    Log,
    LossBy,
    Plus,
    Power,
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
from bnverify.truth import concrete
from bnverify.truth.closed import closed_form
from bnverify.truth.concrete import Concrete
from tests.arrays import AXES, EPS, Case, case

NAMES = ("batch", "layer of one sample", "rms of one sample")
CONVENTIONS = [Convention(*one) for one in product(Variance, Epsilon, Residual)]
LOW = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
X = Value("x", ("i",))


def forward(name: str, convention: Convention) -> Forward:
    rank, over, gains, centred = AXES[name]
    return normalisation(convention, Layer(name, "", rank, over, gains, centred))


def first(n: int, of: Forward, told: Callable[[int], None] = lambda _: None) -> Concrete:
    found: Concrete = concrete.derive_first.__wrapped__(n, of, told)
    return found


def worth(text: str, letters: dict[str, Any]) -> Any:
    """A line with numbers in it: a space between two factors is a product."""
    text = text.replace("²", "**2").replace("³", "**3").replace("−", "-").translate(LOW)
    return eval(re.sub(r"(?<=[\w)]) (?=[\w(])", "*", text), {"__builtins__": {}}, letters)


def letters_of(numbers: Case) -> dict[str, Any]:
    known, n = numbers.forward(), len(numbers.x)
    v = known["v"].item()
    root = {Epsilon.INSIDE: (v + EPS) ** 0.5, Epsilon.OUTSIDE: v**0.5 + EPS, Epsilon.NONE: v**0.5}
    found = {"s": root[numbers.convention.epsilon], "t": v**0.5, "v": v, "ε": EPS, "μ": known["mu"][0]}
    families = {"x": numbers.x, "g": numbers.g, "γ": np.broadcast_to(numbers.gamma, n)}
    return (
        found
        | {"γ": numbers.gamma[0]}
        | {f"{name}{k + 1}": all_[k] for name, all_ in families.items() for k in range(n)}
    )


def by_parts(numbers: Case, name: str, letters: dict[str, Any]) -> float:
    """The derivative of the loss by s or mu, where the other one is held."""
    at = {"s": letters["s"] + 0j, "μ": letters["μ"] + 0j}
    at[name] += 1e-30j
    centred = AXES[numbers.layer][3]
    away = numbers.x - at["μ"] if centred else numbers.x
    sign = -1 if centred and numbers.convention.residual is Residual.MU_MINUS_X else 1
    return float((numbers.g * numbers.gamma * sign * away / at["s"]).sum().imag / 1e-30)


@pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")
@pytest.mark.parametrize("name", NAMES)
def test_each_line_is_a_derivative_of_the_numbers(name: str, c: Convention) -> None:
    n, told = 3, list[int]()
    numbers, found = case(name, c, n), first(n, forward(name, c), told.append)
    letters, lines = letters_of(numbers), dict(found.lines)
    heads = ["c₁ = ∂L/∂s", "c₂ = ∂L/∂μ", "∂L/∂x₁"]
    assert list(lines) == (heads if AXES[name][3] else [heads[0], heads[2]])
    wanted = {"c₁ = ∂L/∂s": by_parts(numbers, "s", letters), "c₂ = ∂L/∂μ": by_parts(numbers, "μ", letters)}
    parts = {"c1": wanted["c₁ = ∂L/∂s"], "c2": wanted["c₂ = ∂L/∂μ"]}
    wanted["∂L/∂x₁"] = numbers.true("x")[0]
    for head, text in lines.items():
        assert worth(text, letters | parts) == pytest.approx(wanted[head], rel=1e-9), head
    assert found.agrees
    assert told == [1, 2, 3]


@pytest.mark.parametrize("n", [1, 5])
def test_every_sample_agrees_with_the_closed_form(n: int) -> None:
    assert first(n, forward("batch", Convention())).agrees


LONG = {
    (5, "batch"): [
        ("c₁ = ∂L/∂s", "−γ (g₁ (x₁ − μ) + g₂ (x₂ − μ) + g₃ (x₃ − μ) + g₄ (x₄ − μ) + g₅ (x₅ − μ))/s²"),
        ("c₂ = ∂L/∂μ", "−γ (g₁ + g₂ + g₃ + g₄ + g₅)/s"),
        ("∂L/∂x₁", "c₁ (x₁ − μ)/(5 s) + c₂/5 + g₁ γ/s"),
    ],
    (6, "batch"): [
        ("c₁ = ∂L/∂s", "−γ (g₁ (x₁ − μ) + g₂ (x₂ − μ) + … + g₆ (x₆ − μ))/s²"),
        ("c₂ = ∂L/∂μ", "−γ (g₁ + g₂ + … + g₆)/s"),
        ("∂L/∂x₁", "c₁ (x₁ − μ)/(6 s) + c₂/6 + g₁ γ/s"),
    ],
    (12, "rms of one sample"): [
        ("c₁ = ∂L/∂s", "−(g₁ x₁ γ₁ + g₂ x₂ γ₂ + … + g₁₂ x₁₂ γ₁₂)/s²"),
        ("∂L/∂x₁", "c₁ x₁/(12 s) + g₁ γ₁/s"),
    ],
}


@pytest.mark.parametrize("key", LONG, ids=str)
def test_of_a_long_sum_the_first_two_terms_are_shown_and_the_last(key: tuple[int, str]) -> None:
    assert list(first(key[0], forward(key[1], Convention())).lines) == LONG[key]


def slips(term: Term) -> Iterator[Term]:
    """The term with a part lost, turned upside down, or doubled."""
    match term:
        case Plus(terms=parts) | Times(factors=parts):
            made = plus if isinstance(term, Plus) else times
            for k, part in enumerate(parts):
                yield made(*parts[:k], *parts[k + 1 :])
                yield from (made(*parts[:k], one, *parts[k + 1 :]) for one in slips(part))
        case Power(base=base, exponent=exponent):
            yield power(base, -exponent)
            yield from (power(one, exponent) for one in slips(base))
        case Sum(index=index, body=body):
            yield from (Sum(index, one) for one in slips(body))
        case _:
            yield times(number(2), term)


WRONG = [
    (name, c)
    for name in NAMES
    for c in (Convention(), Convention(Variance.UNBIASED, Epsilon.OUTSIDE, Residual.MU_MINUS_X))
]


def agreed(wrong: Term, graph: concrete._Graph, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The samples that agree with a closed form."""
    told: list[int] = []
    monkeypatch.setattr(concrete, "closed_form", lambda *_: wrong)
    found = concrete.agrees(graph, graph.by(graph.s), graph.by(graph.mu), told.append)
    assert found is (len(told) == graph.n)
    return told


@pytest.mark.parametrize(("name", "c"), WRONG, ids=[f"{name}, {c.variance}" for name, c in WRONG])
def test_a_closed_form_with_a_slip_is_not_agreed_with(
    name: str, c: Convention, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = concrete._Graph(3, forward(name, c))
    right = closed_form(X, graph.forward)
    found = [negative(right), plus(right, number(1)), *list(dict.fromkeys(slips(right)))[::4]]
    assert len(found) > 5
    assert agreed(right, graph, monkeypatch) == [1, 2, 3]
    for wrong in found:
        try:
            assert not agreed(wrong, graph, monkeypatch), wrong
        except TypeError as trouble:
            assert "no closed form holds" in str(trouble)  # noqa: PT017


def test_a_mean_that_acts_through_the_variance_is_not_agreed_with() -> None:
    """sum_k (x_k - m)^2 is flat in m at the mean of the samples, and nowhere else."""
    graph = concrete._Graph(3, forward("batch", Convention()))
    assert not graph.mean_acts_through_variance()
    assert concrete.agrees(graph, graph.by(graph.s), graph.by(graph.mu), lambda _: None)
    graph.mean = Rational(1, 2) * graph.mean
    assert graph.mean_acts_through_variance()
    assert not concrete.agrees(graph, graph.by(graph.s), graph.by(graph.mu), lambda _: None)


def test_a_gradient_that_all_samples_add_to_is_a_multiple_of_a_sum() -> None:
    graph = concrete._Graph(3, forward("batch", Convention()))
    comparison = concrete._Comparison(graph, closed_form(X, graph.forward))
    for parts in (graph.by(graph.s), graph.by(graph.mu)):
        assert comparison.shared(parts) is not None
        for k in range(3):
            assert comparison.shared([*parts[:k], 2 * parts[k], *parts[k + 1 :]]) is None


@pytest.mark.parametrize("exponent", [Fraction(1, 2), Fraction(-3, 2), Fraction(-1), Fraction(2)])
def test_a_power_of_what_s_is_the_root_of_is_one_of_s(exponent: Fraction) -> None:
    graph = concrete._Graph(3, forward("batch", Convention()))
    comparison = concrete._Comparison(graph, closed_form(X, graph.forward))
    found = comparison.term(power(plus(Value("v"), Value("eps")), exponent), {"i"})
    assert found == comparison.field.from_expr(graph.s ** Rational(2 * exponent.numerator, exponent.denominator))


@pytest.mark.parametrize("residual", Residual)
def test_a_normalised_sample_has_the_sign_of_its_residual(residual: Residual) -> None:
    graph = concrete._Graph(3, forward("batch", Convention(residual=residual)))
    comparison = concrete._Comparison(graph, closed_form(X, graph.forward))
    away = comparison.at[0] - graph.mu if residual is Residual.X_MINUS_MU else graph.mu - comparison.at[0]
    assert comparison.term(Value("xhat", ("i",)), {"i"}) == comparison.field.from_expr(away / graph.s)


@pytest.mark.parametrize("epsilon", [Epsilon.INSIDE, Epsilon.OUTSIDE])
def test_epsilon_and_the_variance_make_what_the_residual_is_divided_by(epsilon: Epsilon) -> None:
    graph = concrete._Graph(3, forward("batch", Convention(epsilon=epsilon)))
    comparison = concrete._Comparison(graph, closed_form(X, graph.forward))
    v, eps = power(Value("v"), HALF), Value("eps")
    made = plus(power(v, 2), eps) if epsilon is Epsilon.INSIDE else plus(v, eps)
    s = comparison.field.from_expr(graph.s)
    assert comparison.term(made, {"i"}) == (s**2 if epsilon is Epsilon.INSIDE else s)


def test_a_form_that_holds_something_else_is_an_error_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    of = forward("batch", Convention(epsilon=Epsilon.NONE))
    right = closed_form(X, of)
    for other in (Log(Value("gamma")), LossBy(X), Value("q"), Value("eps"), power(Count(), HALF)):
        monkeypatch.setattr(concrete, "closed_form", lambda *_, other=other: times(right, other))
        with pytest.raises(TypeError, match="no closed form holds"):
            first(2, of)
