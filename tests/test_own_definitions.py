"""What a note's own definitions make true, compared with a complex step through the same definitions in NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import judge, standings

Loss = Callable[[np.ndarray], complex]
STEP = 1e-30
N, EPS = 5, 0.3
RANDOM = np.random.default_rng(11)
X, G, GAMMA, BETA = (RANDOM.standard_normal(N) for _ in range(4))


def slope(loss: Loss, at: np.ndarray | float) -> np.ndarray:
    """The derivative of a loss by each entry of an array."""
    at = np.asarray(at)
    found = np.zeros(at.shape)
    for place in np.ndindex(*at.shape):
        stepped = at.astype(complex)
        stepped[place] += 1j * STEP
        found[place] = complex(loss(stepped)).imag / STEP
    return found


# The variance as the mean of the squares less the square of the mean.

MEAN_OF_SQUARES = r"""
$$\mu=\frac1m\sum_{i=1}^m x_i,\quad v=\frac1m\sum_{i=1}^m x_i^2-\mu^2$$
$$\hat x_i=\frac{x_i-\mu}{\sqrt{v+\epsilon}},\quad y_i=\gamma\hat x_i+\beta$$
"""
BY_Y, BY_V = r"\frac{\partial L}{\partial y_i}", r"\frac{\partial L}{\partial v}"
ONE_PATH = rf"-\frac{{\gamma}}{{\sqrt{{v+\epsilon}}}}\sum_{{i=1}}^m {BY_Y}"


def spread(x: np.ndarray, mu: np.ndarray | complex) -> complex:
    return complex((x**2).mean() - mu**2)


def loss_by_mean(mu: np.ndarray) -> complex:
    return complex((G * 1.7 * (X - mu) / np.sqrt(spread(X, mu) + EPS)).sum())


def test_the_numbers_know_both_paths_through_the_mean() -> None:
    mean = X.mean()
    v = spread(X, mean).real
    by_v = slope(lambda one: complex((G * 1.7 * (X - mean) / np.sqrt(one + EPS)).sum()), v)
    one_path = -1.7 / np.sqrt(v + EPS) * G.sum()
    assert slope(loss_by_mean, mean) == pytest.approx(one_path - 2 * mean * by_v)
    assert slope(loss_by_mean, mean) != pytest.approx(one_path)
    assert slope(lambda x: spread(x, mean), X) == pytest.approx(2 * X / N)


@pytest.mark.parametrize(
    ("line", "standing"),
    [
        (rf"$$\frac{{\partial L}}{{\partial\mu}}={ONE_PATH}-2\mu{BY_V}$$", "holds"),
        (rf"$$\frac{{\partial L}}{{\partial\mu}}={ONE_PATH}$$", "introduced"),
        (r"$$\frac{\partial v}{\partial\mu}=-2\mu$$", "holds"),
        (r"$$\frac{\partial v}{\partial\mu}=0$$", "introduced"),
        (r"$$\frac{\partial v}{\partial x_i}=\frac{2x_i}{m}$$", "holds"),
        (r"$$\frac{\partial v}{\partial x_i}=\frac{2x_i}{m-1}$$", "introduced"),
    ],
)
def test_the_mean_of_squares_is_differentiated_as_it_is_written(line: str, standing: str) -> None:
    assert standings(MEAN_OF_SQUARES + line)[-1] == standing


@pytest.mark.parametrize(
    "form",
    [
        r"\sigma_j^2=\frac1N\sum_{i=1}^N x_{ij}^2-\mu_j^2",
        r"q_j=\frac1N\sum_{i=1}^N x_{ij}^2,\quad\sigma_j^2=q_j-\mu_j^2",
        r"\sigma_j^2=-\mu_j^2+\frac1N\sum_{i=1}^N x_{ij}^2",
    ],
)
def test_so_is_that_of_each_feature_and_behind_a_letter_of_its_own(form: str) -> None:
    forward = rf"$$\mu_j=\frac1N\sum_{{i=1}}^N x_{{ij}},\quad {form}$$"
    forward += (
        r"$$\hat x_{ij}=\frac{x_{ij}-\mu_j}{\sqrt{\sigma_j^2+\epsilon}},\quad y_{ij}=\gamma_j\hat x_{ij}+\beta_j$$"
    )
    derived = r"$$\frac{\partial\sigma_j^2}{\partial\mu_j}=-2\mu_j$$"
    wrong = r"$$\frac{\partial\sigma_j^2}{\partial\mu_j}=0$$"
    found = standings(forward + derived + wrong)
    assert found[:-1] == ["holds"] * (len(found) - 1)
    assert found[-1] == "introduced"


def test_a_forced_variance_keeps_the_form_of_the_note() -> None:
    right = r"$$\frac{\partial v}{\partial\mu}=-\frac{2m}{m-1}\mu$$"
    assert standings(MEAN_OF_SQUARES + right, variance="unbiased")[-1] == "holds"


# Outputs in one formula, with a name for one over the root.

MOMENTS = r"\mu=\frac1m\sum_{i=1}^m x_i,\quad v=\frac1m\sum_{i=1}^m(x_i-\mu)^2,\quad "
SQUARES = r"\frac1d\sum_{k=1}^d x_k^2+\epsilon"
CENTRED_OUTPUTS = [
    r"u=\frac{1}{\sqrt{v+\epsilon}},\quad y_i=\gamma u(x_i-\mu)+\beta",
    r"u=(v+\epsilon)^{-1/2},\quad c_i=x_i-\mu,\quad y_i=\gamma c_iu+\beta",
    r"s=\sqrt{v+\epsilon},\quad u=1/s,\quad y_i=\gamma u(x_i-\mu)+\beta",
    r"s=\sqrt{v+\epsilon},\quad y_i=\frac{\gamma}{s}(x_i-\mu)+\beta",
    r"s=\sqrt{v+\epsilon},\quad y_i=\gamma(x_i-\mu)s^{-1}+\beta",
]
PLAIN_OUTPUTS = [
    rf"\rho=\left({SQUARES}\right)^{{-1/2}},\quad y_i=w_i\rho x_i",
    rf"\rho=\frac{{1}}{{\sqrt{{{SQUARES}}}}},\quad y_i=\rho w_ix_i",
    rf"r=\sqrt{{{SQUARES}}},\quad y_i=w_ix_ir^{{-1}}",
    rf"r=\sqrt{{{SQUARES}}},\quad \rho=1/r,\quad y_i=w_i\rho x_i",
    rf"y_i=\frac{{w_ix_i}}{{\sqrt{{{SQUARES}}}}}",
]


def centred(x: np.ndarray, gamma: np.ndarray | float) -> complex:
    rest = x - x.mean()
    return complex((G * (gamma * rest / np.sqrt((rest**2).mean() + EPS) + BETA)).sum())


def plain(x: np.ndarray, w: np.ndarray) -> complex:
    return complex((G * w * x / np.sqrt((x**2).mean() + EPS)).sum())


def test_the_numbers_agree_with_the_lines_below() -> None:
    rest, s = X - X.mean(), np.sqrt(X.var() + EPS)
    by_x = 1.7 / s * (G - G.mean() - rest / s**2 * (G * rest).mean())
    assert slope(lambda x: centred(x, 1.7), X) == pytest.approx(by_x)
    assert slope(lambda x: centred(x, 1.7), X) != pytest.approx(by_x / 1.7)
    r = np.sqrt((X**2).mean() + EPS)
    assert slope(lambda x: plain(x, GAMMA), X) == pytest.approx(GAMMA * G / r - X / r**3 * (GAMMA * G * X).mean())
    assert slope(lambda w: plain(X, w), GAMMA) == pytest.approx(X / r * G)


@pytest.mark.parametrize("output", CENTRED_OUTPUTS)
def test_a_centred_output_in_one_formula_keeps_its_scale(output: str) -> None:
    inner = (
        rf"\frac{{1}}{{\sqrt{{v+\epsilon}}}}\left({BY_Y}-\frac1m\sum_j\frac{{\partial L}}{{\partial y_j}}"
        r"-\frac{x_i-\mu}{m(v+\epsilon)}\sum_j\frac{\partial L}{\partial y_j}(x_j-\mu)\right)"
    )
    head = r"\frac{\partial L}{\partial x_i}"
    found = standings(rf"$${MOMENTS}{output}$$ $${head}=\gamma{inner}$$ $${head}={inner}$$")
    assert found[:-1] == ["holds"] * (len(found) - 1)
    assert found[-1] == "introduced"


@pytest.mark.parametrize("output", PLAIN_OUTPUTS)
def test_so_does_one_without_a_mean(output: str) -> None:
    root = rf"\sqrt{{{SQUARES}}}"
    by_gain = rf"\frac{{\partial L}}{{\partial w_i}}=\frac{{x_i}}{{{root}}}{BY_Y}"
    lost = rf"\frac{{\partial L}}{{\partial x_i}}=\frac{{w_i}}{{{root}}}{BY_Y}"
    path = rf"-\frac{{x_i}}{{d({SQUARES})^{{3/2}}}}\sum_{{j=1}}^d w_jx_j\frac{{\partial L}}{{\partial y_j}}"
    found = standings(rf"$${output}$$ $${by_gain}$$ $${lost}{path}$$ $${lost}$$")
    assert found[:-1] == ["holds"] * (len(found) - 1)
    assert found[-1] == "introduced"


@pytest.mark.parametrize("output", [r"\tanh(w\hat x_i)", r"a\hat x_i^2+b", r"g_ih_i\hat x_i+b"])
def test_an_output_that_is_not_understood_is_not_the_built_in_one(output: str) -> None:
    forward = rf"$${MOMENTS}\hat x_i=\frac{{x_i-\mu}}{{\sqrt{{v+\epsilon}}}},\quad y_i={output}$$"
    claim = rf"$$\frac{{\partial L}}{{\partial\hat x_i}}=\gamma{BY_Y}$$"
    assert standings(forward + claim)[-1] == "undecided"


# One wrong index in a definition, against the rest of the note.

TOKENS = r"\hat x_{ij}=\frac{x_{ij}-\mu_i}{\sqrt{\sigma_i^2+\epsilon}},\quad y_{ij}=\gamma_j\hat x_{ij}+\beta_j"
BY_MEAN = r"\frac{\partial L}{\partial\mu_i}=-\frac{1}{\sqrt{\sigma_i^2+\epsilon}}\sum_{j=1}^D"
MEAN_OF_TOKEN, SPREAD_OF_TOKEN = r"\mu_i=\frac1D\sum_{j=1}^D x_{ij}", r"\sigma_i^2=\frac1D\sum_{j=1}^D(x_{ij}-\mu_i)^2"


def test_the_numbers_of_layer_norm_have_the_gain_in_the_sum() -> None:
    x, g = RANDOM.standard_normal((2, 3, N))
    mean, s = x.mean(axis=1), np.sqrt(x.var(axis=1) + EPS)

    def loss(mu: np.ndarray) -> complex:
        rest = x - mu[:, None]
        return complex((g * GAMMA * rest / np.sqrt((rest**2).mean(axis=1) + EPS)[:, None]).sum())

    assert slope(loss, mean) == pytest.approx(-(GAMMA * g).sum(axis=1) / s)


@pytest.mark.parametrize(
    "definitions",
    [
        (r"\mu_i=\frac1D\sum_{i=1}^D x_{ij}", SPREAD_OF_TOKEN),
        (r"\mu_j=\frac1N\sum_{i=1}^N x_{ij}", SPREAD_OF_TOKEN),
        (MEAN_OF_TOKEN, r"\sigma_i^2=\frac1D\sum_{i=1}^D(x_{ij}-\mu_i)^2"),
    ],
)
def test_one_wrong_index_in_a_definition_does_not_turn_the_layer(definitions: tuple[str, str]) -> None:
    mean, spread_of_row = definitions
    claim = rf"$${BY_MEAN}\gamma_j\frac{{\partial L}}{{\partial y_{{ij}}}}$$"
    found = standings(rf"$${mean},\quad {spread_of_row},\quad {TOKENS}$$" + claim)
    assert found.count("introduced") == 1
    assert found.index("introduced") < 2
    assert found[-1] == "holds"


# Repairs say something.

SAYS_NOTHING = [
    (r"$$r=\sqrt{\sum_{i=1}^d x_i^2+\epsilon}$$ $$\hat x_i=x_i/r$$ $$y_i=\gamma_i\hat x_i$$", r"\hat{x}_i"),
    (
        rf"$${MOMENTS}\hat x_i=\frac{{x_i-\mu}}{{\sqrt{{v+\epsilon}}}},\quad y_i=\gamma\hat x_i+\beta$$"
        r"$$\hat x_i=\frac{x_i}{\sqrt{\frac1m\sum_k x_k^2+\epsilon}}$$ $$y_i=\gamma\hat x_i$$",
        "y_i",
    ),
]


@pytest.mark.parametrize(("note", "head"), SAYS_NOTHING)
def test_no_repair_of_a_definition_is_its_head(note: str, head: str) -> None:
    record = judge(note)
    assert any(step.finding is not None for step in record.steps)
    for step in record.steps:
        assert not [one for one in step.repairs if one.latex.replace(" ", "") in (head, step.head.replace(" ", ""))]


# A dot between two vectors.

VECTORS = (
    r"$$\mu=\frac1D\mathbf 1^\top x,\quad\sigma^2=\frac1D\|x-\mu\mathbf 1\|^2,\quad"
    r"\hat x=\frac{x-\mu\mathbf 1}{\sqrt{\sigma^2+\epsilon}},\quad y=\gamma\odot\hat x+\beta$$"
)


def test_a_dot_between_vectors_under_a_scalar_head_adds_up() -> None:
    rest, v = X - X.mean(), X.var()
    by_v = slope(lambda one: complex((G * GAMMA * rest / np.sqrt(one + EPS)).sum()), v)
    dotted = (rest / np.sqrt(v + EPS)) @ (GAMMA * G)
    assert by_v == pytest.approx(-dotted / (2 * (v + EPS)))
    head, dot = r"\frac{\partial L}{\partial\sigma^2}", r"\hat x\cdot\frac{\partial L}{\partial\hat x}"
    lines = rf"$${head}=-\frac{{1}}{{2(\sigma^2+\epsilon)}}\,{dot}$$ $${head}=-\frac{{1}}{{\sigma^2+\epsilon}}\,{dot}$$"
    found = standings(VECTORS + lines)
    assert found[-2:] == ["holds", "introduced"]


# A gain that starts at one.


def test_a_gain_of_one_plus_a_letter_is_differentiated_by_the_letter() -> None:
    r = np.sqrt((X**2).mean() + EPS)

    def by_normalised(hat: np.ndarray) -> complex:
        return complex((G * (1 + GAMMA) * hat).sum())

    assert slope(by_normalised, X / r) == pytest.approx((1 + GAMMA) * G)
    assert slope(lambda w: complex((G * (1 + w) * X / r).sum()), GAMMA) == pytest.approx(X / r * G)
    forward = rf"$$r=\sqrt{{{SQUARES}}},\quad\hat x_i=\frac{{x_i}}{{r}},\quad y_i=(1+w_i)\hat x_i$$"
    by_hat, by_w = r"\frac{\partial L}{\partial\hat x_i}", r"\frac{\partial L}{\partial w_i}"
    claims = rf"$${by_hat}=(1+w_i){BY_Y}$$ $${by_w}=\hat x_i{BY_Y}$$ $${by_hat}=w_i{BY_Y}$$"
    assert standings(forward + claims) == ["holds"] * 5 + ["introduced"]


def test_no_repair_takes_a_letter_that_is_defined_further_down() -> None:
    forward = r"$$r=\sqrt{\frac1d\sum_{k=1}^d x_k^2+\epsilon}$$"
    claim = r"$$\frac{\partial}{\partial x_k}\frac1r=-\frac{x_k}{d\,r^2}$$"
    output = r"$$z_k=\frac{x_k}{r},\quad y_k=g_kz_k$$"
    wrong = judge(forward + claim + output).steps[1]
    assert [one.latex for one in wrong.repairs] == [r"-\frac{x_k}{d\,r^3}"]


# -- what x-hat is divided by, defined wrongly


DIVISORS = {
    "a lost count": (r"\sqrt{\sum_{i=1}^d (x_i-\mu)^2 + \epsilon}", "wrong-count"),
    "a wrong sign": (r"\sqrt{\frac1d\sum_{i=1}^d (x_i+\mu)^2 + \epsilon}", "sign-flip"),
    "a misread letter": (r"\sqrt{\frac1d\sum_{i=1}^d (x_i-M)^2 + \epsilon}", "misread-symbol"),
}


@pytest.mark.parametrize(("side", "code"), DIVISORS.values(), ids=DIVISORS)
def test_a_divisor_that_is_defined_wrongly_is_wrong_and_nothing_behind_it(side: str, code: str) -> None:
    forward = rf"$\mu = \frac{{1}}{{d}}\sum_{{i=1}}^d x_i$, $\sigma = {side}$, $\hat{{x}}_i = \frac{{x_i-\mu}}{{\sigma}}$, $y_i = \gamma_i\hat{{x}}_i+\beta_i$."
    claim = r"$$\frac{\partial L}{\partial\mu} = -\frac{1}{\sigma}\sum_{i=1}^d\gamma_i\frac{\partial L}{\partial y_i}$$"
    steps = judge(f"{forward}\n\n{claim}\n").steps
    assert [step.standing for step in steps] == ["holds", "introduced", "holds", "holds", "holds"]
    finding = steps[1].finding
    assert finding is not None
    assert finding.code == code
    slip = judge(f"{forward}\n\n{claim}\n".replace(r"= -\frac{1}{\sigma}", r"= \frac{1}{\sigma}")).steps
    assert slip[-1].standing == "introduced"


def test_a_root_with_the_wrong_sign_of_epsilon_is_refuted() -> None:
    forward = r"$\mu = \frac{1}{n}\sum_{i=1}^n x_i$, $v = \frac1n\sum_{i=1}^n (x_i-\mu)^2$, $s = \sqrt{v - \epsilon}$, $\hat{x}_i = \frac{x_i-\mu}{s}$."
    assert [step.standing for step in judge(forward).steps] == ["holds", "holds", "introduced", "holds"]
