r"""A word or a number in front of `&=` in a later row is a label: what stands behind it is a side of the chain above."""

from __future__ import annotations

import pytest

from tests.conftest import standings
from tests.test_broken_lines import DIRECT, FORWARD, HEAD, VALUE

WRONG = VALUE.replace(r"\sqrt{\sigma^2+\epsilon}", r"(\sigma^2+\epsilon)")
LABELS = [
    r"\text{Therefore }",
    r"\text{finally}",
    r"\textbf{Thus}",
    r"\text{daher}",
    r"\mbox{donc} \quad",
    r"\text{step 2}",
    r"(a)",
    r"(1)\;",
    r"(ii)",
    r"\shortintertext{also} ",
    r"\intertext{this shows} ",
]


def rows(label: str, value: str) -> str:
    return FORWARD + rf"$$\begin{{align*}} {HEAD} &= {DIRECT} \\ {label} &= {value} \end{{align*}}$$"


@pytest.mark.parametrize("label", LABELS)
def test_a_label_before_the_sign_of_equality_is_no_head(label: str) -> None:
    assert standings(rows(label, VALUE))[4:] == ["holds", "holds"]
    assert standings(rows(label, WRONG))[4:] == ["holds", "introduced"]


def test_an_unknown_word_that_is_used_nowhere_is_not_read() -> None:
    assert standings(rows(r"\text{entretanto}", WRONG))[4:] == ["holds", "unreadable"]
    assert standings(rows(r"(x)", WRONG))[4:] == ["holds", "unreadable"]


def test_a_word_that_is_used_is_a_name() -> None:
    used = rows(r"\text{factor}", r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}")
    used += rf" $${HEAD} = -\text{{factor}} \sum_i \frac{{\partial L}}{{\partial y_i}}$$"
    assert standings(used)[4:] == ["holds", "holds", "holds"]
    assert standings(rows(r"\text{ivar}", r"\frac{1}{\sqrt{\sigma^2+\epsilon}}"))[4:] == ["holds", "holds"]


def test_numbers_of_terms_stay_what_they_were() -> None:
    terms = r"$$\begin{aligned} (1) &= \frac{\partial L}{\partial \hat{x}_i} \\ (2) &= \gamma \end{aligned}$$"
    assert standings(FORWARD + terms)[4:] != ["holds", "holds"]
