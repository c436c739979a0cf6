"""The true formula behind a wrong one: in letters that the note has, and right when it is read back."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

TOKENS = r"""
$$\mu_i=\frac1D\sum_{j=1}^D x_{ij},\quad\sigma_i^2=\frac1D\sum_{j=1}^D(x_{ij}-\mu_i)^2$$
$$\hat x_{ij}=\frac{x_{ij}-\mu_i}{\sqrt{\sigma_i^2+\epsilon}},\quad y_{ij}=\gamma_j\hat x_{ij}+\beta_j$$
"""
BY_GAIN = r"\frac{\partial L}{\partial\gamma_j}"
BY_X = r"\frac{\partial L}{\partial x_i}"
RMS = r"$$r=\sqrt{\frac1n\sum_{k=1}^n x_k^2},\quad u_i=\frac{x_i}{r},\quad y_i=w_iu_i$$"
RMS_WITH_EPSILON = RMS.replace("x_k^2}", r"x_k^2+\epsilon}")
IN_ONE = r"$$y_i=\frac{w_ix_i}{\sqrt{\frac1n\sum_{k=1}^n x_k^2+\epsilon}}$$"
CENTRED_IN_ONE = r"""
$$\mu=\frac1n\sum_{i=1}^n x_i,\quad v=\frac1n\sum_{i=1}^n(x_i-\mu)^2,\quad u=\frac{1}{\sqrt{v+\epsilon}}$$
$$y_i=\gamma u(x_i-\mu)+\beta$$
"""


@pytest.mark.parametrize(
    ("forward", "head", "unwanted"),
    [
        (TOKENS, BY_GAIN, "^{D}"),
        (RMS, BY_X, "sigma"),
        (RMS_WITH_EPSILON, BY_X, "sigma"),
        (IN_ONE, BY_X, "sigma"),
        (CENTRED_IN_ONE, BY_X, "hat"),
    ],
)
def test_the_true_formula_has_the_letters_of_the_note_and_reads_back_right(
    forward: str, head: str, unwanted: str
) -> None:
    wrong = judge(rf"{forward} $${head}=7$$").steps[-1]
    assert wrong.closed_form
    assert unwanted not in wrong.closed_form
    assert standings(rf"{forward} $${head}={wrong.closed_form}$$")[-1] == "holds"


def test_a_sum_that_is_put_in_runs_as_far_as_the_note_says() -> None:
    step = judge(rf"{TOKENS} $${BY_GAIN}=\frac{{\partial L}}{{\partial y_{{ij}}}}\hat x_{{ij}}$$").steps[-1]
    assert step.repairs[0].latex.startswith(r"\sum_{i} ")


def test_a_bound_that_is_known_is_printed() -> None:
    forward = r"For $i = 1, \dots, N$ tokens: " + TOKENS
    assert r"\sum_{i=1}^{N}" in judge(rf"{forward} $${BY_GAIN}=7$$").steps[-1].closed_form
