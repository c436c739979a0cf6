"""Closed forms are right: against a complex step written here, that shares nothing with the engine."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy

from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import batch_norm
from bnverify.model.terms import Count, LossBy, Number, Partial, Plus, Power, Sum, Term, Times, Value, walk
from bnverify.model.writing import Spelling, plain
from bnverify.truth.closed import closed_form
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Proved

CONVENTIONS = [Convention(*one) for one in product(Variance, Epsilon, Residual)]
VALUES = [Value("x", ("i",)), Value("mu"), Value("v"), Value("xhat", ("i",)), Value("gamma"), Value("beta")]
GAMMA, BETA, EPS = 1.7, -0.4, 0.3


def forward(
    x: Any, c: Convention, mu: Any = None, v: Any = None, xhat: Any = None, gamma: Any = GAMMA, beta: Any = BETA
) -> Any:
    mu = x.mean() if mu is None else mu
    v = ((x - mu) ** 2).sum() / (len(x) - (c.variance is Variance.UNBIASED)) if v is None else v
    s = {"inside": np.sqrt(v + EPS), "outside": np.sqrt(v) + EPS, "none": np.sqrt(v)}[c.epsilon]
    r = x - mu if c.residual is Residual.X_MINUS_MU else mu - x
    xhat = r / s if xhat is None else xhat
    return gamma * xhat + beta, {"mu": mu, "v": v, "xhat": xhat, "gamma": GAMMA, "beta": BETA}


def true_gradient(name: str, x: Any, g: Any, c: Convention) -> Any:
    _, at = forward(x, c)
    base = np.asarray(x if name == "x" else at[name], dtype=complex)
    steps = np.eye(len(x)) if base.ndim else [1.0]
    found = []
    for step in steps:
        stepped = base + 1e-30j * step
        y, _ = forward(stepped, c) if name == "x" else forward(x, c, **{name: stepped})
        found.append((g * y).sum().imag / 1e-30)
    return np.array(found)


def number(term: Term, n: int, x: Any, g: Any, c: Convention) -> Any:
    """The closed form on numbers, for each sample i."""
    _, at = forward(x, c)
    scalars = {"gamma": GAMMA, "eps": EPS, "v": at["v"]}

    def walked(term: Term, place: dict[str, int]) -> Any:
        match term:
            case Number(value=value):
                return float(value)
            case Count():
                return n
            case Plus(terms=parts):
                return sum(walked(part, place) for part in parts)
            case Times(factors=parts):
                return np.prod([walked(part, place) for part in parts])
            case Power(base=base, exponent=exponent):
                return walked(base, place) ** float(exponent)
            case Sum(index=index, body=body):
                return sum(walked(body, {**place, index: k}) for k in range(n))
            case LossBy(value=Value(name="y", index=(i,))):
                return g[place[i]]
            case Value(name="xhat", index=(i,)):
                return at["xhat"][place[i]]
            case Value(name=name):
                return scalars[name]
            case _:
                raise AssertionError(term)

    return np.array([walked(term, {"i": i}) for i in range(n)])


@pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")
@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.name)
@pytest.mark.parametrize("n", [3, 8, 64])
def test_a_closed_form_is_the_derivative_of_the_numbers(n: int, value: Value, c: Convention) -> None:
    draw = np.random.default_rng(n)
    x, g = draw.standard_normal(n) * 2 + 1, draw.standard_normal(n)
    found = number(closed_form(value, batch_norm(c)), n, x, g, c)
    true = true_gradient(value.name, x, g, c)
    assert np.abs(found - true).max() < 1e-12 * np.abs(true).max()


@pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")
def test_a_closed_form_is_proved_and_holds_no_other_derivative(c: Convention) -> None:
    for value in VALUES:
        closed = closed_form(value, batch_norm(c))
        assert prover(batch_norm(c)).examine(Identity(closed, LossBy(value))) == Proved()
        assert not any(isinstance(part, Partial) for part in walk(closed))
        assert all(part.value.name == "y" for part in walk(closed) if isinstance(part, LossBy))


def exact_gradient(name: str, x: list[Any], g: list[Any], eps: Any, c: Convention) -> list[Any]:
    """SymPy's derivative of the written-out graph, at exact numbers."""
    n, count = len(x), len(x) - (c.variance is Variance.UNBIASED)
    xs, mu, v, gamma, beta = sympy.symbols(f"x:{n}"), *sympy.symbols("mu v gamma beta")
    s = {"inside": sympy.sqrt(v + eps), "outside": sympy.sqrt(v) + eps, "none": sympy.sqrt(v)}[c.epsilon]
    sign = 1 if c.residual is Residual.X_MINUS_MU else -1
    loss = sum(gk * (gamma * sign * (xk - mu) / s + beta) for xk, gk in zip(xs, g, strict=True))
    mean = sum(xs) / sympy.Integer(n)
    variance = sum((xk - mu) ** 2 for xk in xs) / sympy.Integer(count)
    if name != "v":
        loss = loss.subs(v, variance)
    if name == "x":
        loss = loss.subs(mu, mean)
    by = xs if name == "x" else [{"mu": mu, "v": v, "gamma": gamma, "beta": beta}[name]]
    at = dict(zip(xs, x, strict=True))
    numbers = {**at, mu: mean.subs(at), v: variance.subs({**at, mu: mean.subs(at)}), gamma: 3, beta: 5}
    return [sympy.diff(loss, one).subs(numbers) for one in by]


def exact_number(term: Term, place: int, x: list[Any], g: list[Any], eps: Any, c: Convention) -> Any:
    """The closed form at the same numbers."""
    n = len(x)
    mu = sum(x) / sympy.Integer(n)
    v = sum((one - mu) ** 2 for one in x) / sympy.Integer(n - (c.variance is Variance.UNBIASED))
    s = {"inside": sympy.sqrt(v + eps), "outside": sympy.sqrt(v) + eps, "none": sympy.sqrt(v)}[c.epsilon]
    sign = 1 if c.residual is Residual.X_MINUS_MU else -1

    def walked(term: Term, at: dict[str, int]) -> Any:
        match term:
            case Number(value=value):
                return sympy.Rational(value.numerator, value.denominator)
            case Count():
                return sympy.Integer(n)
            case Plus(terms=parts):
                return sum(walked(part, at) for part in parts)
            case Times(factors=parts):
                return sympy.prod([walked(part, at) for part in parts])
            case Power(base=base, exponent=exponent):
                return walked(base, at) ** sympy.Rational(exponent.numerator, exponent.denominator)
            case Sum(index=index, body=body):
                return sum(walked(body, {**at, index: k}) for k in range(n))
            case LossBy(value=Value(name="y", index=(i,))):
                return g[at[i]]
            case Value(name="xhat", index=(i,)):
                return sign * (x[at[i]] - mu) / s
            case Value(name=name):
                return {"gamma": sympy.Integer(3), "eps": eps, "v": v, "mu": mu}[name]
            case _:
                raise AssertionError(term)

    return walked(term, {"i": place})


@pytest.mark.parametrize("c", CONVENTIONS, ids=lambda c: f"{c.variance}-{c.epsilon}-{c.residual}")
@pytest.mark.parametrize("n", [2, 3, 4])
def test_a_closed_form_is_sympys_derivative_of_the_graph_exactly(n: int, c: Convention) -> None:
    x = [sympy.Integer(one) for one in (0, 1, 5, 2)[:n]]
    g = [sympy.Rational(one, 3) for one in (1, -2, 4, 7)[:n]]
    eps = sympy.Rational(7, 5)
    for name in ("x", "gamma", "beta", "mu", "v"):
        closed = closed_form(Value(name, ("i",)) if name == "x" else Value(name), batch_norm(c))
        for place, true in enumerate(exact_gradient(name, x, g, eps, c)):
            found = exact_number(closed, place, x, g, eps, c)
            zero = sympy.Symbol("z")
            assert sympy.minimal_polynomial(true - found, zero) == zero, (name, place)


def test_the_own_term_comes_first() -> None:
    biased, unbiased = (plain(closed_form(VALUES[0], batch_norm(Convention(v))), Spelling.default()) for v in Variance)
    front = "(gamma/(N sqrt(sigma^2 + eps))) (N dL/dy_i - sum_j[ dL/dy_j ] - "
    assert biased == front + "xhat_i sum_j[ dL/dy_j * xhat_j ])"
    assert unbiased == front + "(N/(N - 1)) xhat_i sum_j[ dL/dy_j * xhat_j ])"


def test_the_sum_does_not_capture_the_index_of_the_sample() -> None:
    closed = closed_form(Value("x", ("j",)), batch_norm(Convention()))
    assert plain(closed, Spelling.default()).count("dL/dy_j") == 1
