"""A letter that stands for a derivative of the loss keeps its meaning until words give it another one."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

LAYER = (
    r"$\mu = \frac{1}{N}\sum_i x_i$, $\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
    r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$, $y_i = \gamma\hat{x}_i+\beta$." + "\n\n"
)
FIRST = r"Let $g_i = \frac{\partial L}{\partial\hat{x}_i}$. "
OTHER = r"g_i = \frac{\partial L}{\partial y_i}"
FINAL = (
    r"$$\frac{\partial L}{\partial x_i} = \frac{1}{N\sqrt{\sigma^2+\epsilon}}"
    r"\left(Ng_i-\sum_j g_j-\hat{x}_i\sum_j g_j\hat{x}_j\right)$$"
)
HOLDS, WRONG = "holds", "introduced"


@pytest.mark.parametrize("words", ["We have", "Clearly", "Since the output is linear,", "Hence", ""])
def test_a_false_equation_is_wrong_and_later_lines_keep_the_first_meaning(words: str) -> None:
    assert standings(f"{LAYER}{FIRST}{words} ${OTHER}$. {FINAL}")[4:] == [HOLDS, WRONG, HOLDS]


def test_a_right_equation_holds() -> None:
    assert (
        standings(rf"{LAYER}{FIRST}We have $g_i = \gamma\frac{{\partial L}}{{\partial y_i}}$. {FINAL}")[4:]
        == [HOLDS] * 3
    )


@pytest.mark.parametrize("words", ["Redefine", "Now let", "From now on", "We write instead", "## Second way\n\nHere"])
def test_words_and_headings_give_another_meaning(words: str) -> None:
    record = judge(f"{LAYER}{FIRST}\n\n{words} ${OTHER}$. {FINAL}")
    assert [str(step.standing) for step in record.steps[4:]] == [HOLDS, HOLDS, WRONG]
    assert [one.code for one in record.diagnostics] == ["redefined-symbol", "missing-factor"]
