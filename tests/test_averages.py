"""Averages that a note announces in its text: bars, angle brackets, and letters for the mean of something."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

FORWARD = r"""
$$\mu = \frac{1}{N} \sum_i x_i, \quad v = \frac{1}{N} \sum_i (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$

$$g_i = \frac{\partial L}{\partial y_i}$$
"""
FINAL = r"$$\frac{{\partial L}}{{\partial x_i}} = \frac{{\gamma}}{{\sqrt{{v + \epsilon}}}} \left( g_i - {} - \hat{{x}}_i {} \right)$$"


WAYS = {
    "bars": ("A bar denotes the mean over the batch.", r"\bar{g}", r"\overline{g \hat{x}}"),
    "bars, the other way round": ("Batch means are written with a bar.", r"\overline{g}", r"\overline{g_j \hat{x}_j}"),
    "angle brackets": (
        r"Write $\langle \cdot \rangle$ for the batch average.", r"\langle g \rangle", r"\left\langle g \hat{x} \right\rangle",
    ),
    "angle brackets in words": ("Angle brackets stand for averages over the batch.", "⟨g⟩", r"⟨\hat{x} g⟩"),
    "letters": (
        r"Let $a$ be the mean of $g$ and let $b$ denote the batch average of $g_i \hat{x}_i$.", "a", "b",
    ),
    "letters, the other way round": (
        r"We denote the mean of $g_i$ over the batch by $\bar{g}$, and $q$ is the average of $\hat{x} \odot g$.", r"\bar{g}", "q",
    ),
    "a usual letter for a count": (
        r"Here $m$ is the sample mean of $g$ and $M$ is the mean over all $g_j \hat{x}_j$.", "m", "M",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("said", "first", "second"), WAYS.values(), ids=WAYS)
def test_the_final_formula_in_averages_is_right(said: str, first: str, second: str) -> None:
    assert judge("\n\n".join((FORWARD, said, FINAL.format(first, second)))).steps[-1].standing == "holds"


@pytest.mark.parametrize(("said", "first", "second"), WAYS.values(), ids=WAYS)
def test_a_slip_beside_an_average_is_found(said: str, first: str, second: str) -> None:
    wrong = FINAL.format(first, second).replace(r"- \hat{x}_i", r"+ \hat{x}_i")
    step = judge("\n\n".join((FORWARD, said, wrong))).steps[-1]
    assert step.finding is not None
    assert step.finding.code == "sign-flip"


@pytest.mark.parametrize(("said", "first", "second"), WAYS.values(), ids=WAYS)
def test_averages_that_are_exchanged_are_wrong(said: str, first: str, second: str) -> None:
    step = judge("\n\n".join((FORWARD, said, FINAL.format(second, first)))).steps[-1]
    assert step.finding is not None
    assert step.finding.severity == "error"


NOT_READ = {
    "a letter in words that are no mean": (r"Here $a$ is some correction.", "a", "a", "undecided"),
    "what a mean is of is said in words": (r"Let $a$ be the mean of the gradients.", "a", "a", "undecided"),
    "angle brackets of Unicode without a word": ("", "⟨g⟩", "0", "undecided"),
    "double brackets around no condition": ("", "⟦g⟧", "0", "undecided"),
    "angle brackets without a word": ("", r"\langle g \rangle", "0", "undecided"),
    "angle brackets for an inner product": (
        r"The inner product $\langle g, \hat{x} \rangle$ is a mean but for a factor.", "0", r"\langle g, \hat{x} \rangle", "unreadable",
    ),
    "a bar without a word": ("", r"\bar{g}", "0", "undefined-symbol"),
    "a letter that nobody explains": ("Here is $a$, as usual.", "a", "a", "undefined-symbol"),
}  # fmt: skip


@pytest.mark.parametrize(("said", "first", "second", "expected"), NOT_READ.values(), ids=NOT_READ)
def test_what_is_not_read_is_not_guessed(said: str, first: str, second: str, expected: str) -> None:
    step = judge("\n\n".join((FORWARD, said, FINAL.format(first, second)))).steps[-1]
    assert (step.finding.code if step.finding else step.standing) == expected


def test_a_bar_with_an_equation_of_its_own_means_what_that_says() -> None:
    """`\\bar{g}` is the sum here, whatever bars are elsewhere: then 1/N is missing in the formula without it."""
    sum_ = r"$$\bar{g} = \sum_i g_i$$"
    said = "A bar denotes the mean over the batch."
    right = FINAL.format(r"\frac{1}{N} \bar{g}", r"\overline{g \hat{x}}")
    steps = judge("\n\n".join((FORWARD, said, sum_, right, FINAL.format(r"\bar{g}", r"\overline{g \hat{x}}")))).steps
    assert steps[-2].standing == "holds"
    assert steps[-1].finding is not None


def test_the_forward_pass_may_be_written_in_averages() -> None:
    text = r"""
Write $\langle \cdot \rangle$ for the batch average.

$$\mu = \langle x \rangle, \quad v = \langle (x - \mu)^2 \rangle, \quad \hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}$$

$$\langle \hat{x} \rangle = 0, \quad \langle \hat{x}^2 \rangle = \frac{v}{v + \epsilon}, \quad \langle \hat{x}^2 \rangle = 1$$
"""
    assert [step.standing for step in judge(text).steps] == ["holds"] * 5 + ["introduced"]


def test_a_count_to_the_minus_one_divides() -> None:
    note = r"""
$$\bar{x} = n^{-1} \sum_{i=1}^n x_i$$

$$s^2 = n^{-1} \sum_{i=1}^n (x_i - \bar{x})^2$$

$$z_i = \frac{x_i - \bar{x}}{\sqrt{s^2 + \varepsilon}}$$

$$y_i = \gamma z_i + \beta$$

$$\frac{\partial L}{\partial s^2} = -\frac{\gamma}{2} (s^2+\varepsilon)^{-3/2} \sum_{i=1}^n \frac{\partial L}{\partial y_i} (x_i-\bar{x})$$
"""
    assert standings(note) == ["holds"] * 5
    assert standings(note.replace(r"= -\frac{\gamma}", r"= \frac{\gamma}"))[-1] == "introduced"
    unbiased = note.replace("s^2 = n^{-1}", "s^2 = (n-1)^{-1}")
    assert standings(unbiased) == ["holds"] * 5
