"""Nothing behind a side is dropped in silence: words and symbols that would change a claim leave it open."""

from __future__ import annotations

import pytest

from bnverify.read.operation_words import works_on
from tests.conftest import standings

LAYER = (
    "$$\\mu = \\frac{1}{N} \\sum_{i=1}^N x_i$$\n\n$$\\sigma^2 = \\frac{1}{N} \\sum_{i=1}^N (x_i - \\mu)^2$$\n\n"
    "$$\\hat{x}_i = \\frac{x_i - \\mu}{\\sqrt{\\sigma^2 + \\epsilon}}$$\n\n$$y_i = \\gamma \\hat{x}_i + \\beta$$\n\n"
)
HEAD = "\\frac{\\partial L}{\\partial \\beta}"
SUM = "\\sum_i \\frac{\\partial L}{\\partial y_i}"
CLAIM = f"{HEAD} = {SUM}"
"""It is right; with anything that works with its side it is not."""


def judged(text: str) -> list[str | None]:
    return standings(LAYER + text)[4:]


CHANGING = (
    r"\text{ multiplied by } \hat{x}_i",
    r"\text{ times } \hat{x}_i",
    r"\text{ plus } \hat{x}_i",
    r"\text{ divided by } N",
    r"\text{ over } N",
    r"\text{ over the batch size}",
    r"\text{ times the scale } \gamma",
    r"\text{ averaged over the batch}",
    r"\text{, and then divided by } N",
    r"\text{ geteilt durch } N",
    r"\text{ durch } N",
    r"\text{ fois } \gamma",
    r"\quad \text{plus a constant}",
    r"\quad \text{(up to a constant)}",
    r"\quad \text{up to errors of order } 1/N",
    r"\quad \text{up to a numerical factor}",
    r"\text{ dot } \hat{x}_i",
    r"\quad (\text{times } N)",
    r": N",
    r"\mid N",
    r"\quad \hat{x}_i",
    r"\quad \gamma",
    r"\quad N",
    r", \hat{x}_i",
)


@pytest.mark.parametrize("behind", CHANGING)
def test_what_would_change_the_claim_leaves_its_side_unread(behind: str) -> None:
    assert judged(f"$${CLAIM} {behind}$$\n") == ["unreadable"]


EXPLAINING = (
    r"\quad \text{by the chain rule}",
    r"\text{ where } N \text{ is the size of the batch}",
    r"\quad \text{since each } y_i \text{ holds it}",
    r"\quad \text{(upstream times one)}",
    r"\quad \text{over the batch}",
    r"\quad \text{summed over the batch}",
    r"\quad \text{durch die Kettenregel}",
    r"\quad \text{per feature}",
    r"\quad \text{up to rounding errors}",
    r"\quad \text{apart from numerical errors}",
    r"\quad \text{(minus signs cancel)}",
    r", \quad i = 1, \dots, N",
    r"\quad (2)",
    r"\quad i",
)


@pytest.mark.parametrize("behind", EXPLAINING)
def test_what_explains_a_side_is_a_label(behind: str) -> None:
    assert judged(f"$${CLAIM} {behind}$$\n") == ["holds"]
    assert judged(f"$${HEAD} = -{SUM} {behind}$$\n") == ["introduced"]


@pytest.mark.parametrize(
    ("prose", "expected"),
    [
        (f"We have ${CLAIM}$ divided by $N$.", "unreadable"),
        (f"We have ${CLAIM}$, multiplied by $N$.", "unreadable"),
        (f"We have ${CLAIM}$ plus a constant.", "unreadable"),
        (f"$${CLAIM}$$\ntimes $N$.", "unreadable"),
        (
            "So $\\frac{\\partial L}{\\partial \\hat{x}_i} = \\frac{\\partial L}{\\partial y_i}$ times $\\gamma$.",
            "unreadable",
        ),
        (f"We have ${CLAIM}$ / $N$.", "unreadable"),
        (f"We have ${CLAIM}$ · $\\hat{{x}}_i$.", "unreadable"),
        (f"We have ${CLAIM}$ $N$.", "unreadable"),
        (f"We have ${CLAIM}$ $(1)$.", "holds"),
        (f"We have ${CLAIM}$ $\\square$", "holds"),
        (f"| a | b |\n|---|---|\n| ${CLAIM}$ | $\\gamma$ |", "holds"),
        (f"We have ${CLAIM}$ over the batch.", "holds"),
        (f"We have ${CLAIM}$ over $N$ samples.", "holds"),
        (f"We have ${CLAIM}$ over $N$.", "unreadable"),
        (f"We have ${CLAIM}$ by the chain rule, divided by nothing.", "holds"),
        (f"We have ${CLAIM}$.\nTimes change.", "holds"),
    ],
)
def test_words_behind_a_formula_may_work_with_its_last_side(prose: str, expected: str) -> None:
    assert judged(prose + "\n") == [expected]


@pytest.mark.parametrize("ahead", [r"\text{minus }", r"\text{Twice }", r"N \text{ times }", r"\text{N mal }"])
def test_words_that_work_with_the_head_leave_the_claim_unread(ahead: str) -> None:
    assert judged(f"$${ahead} {CLAIM}$$\n") == ["unreadable"]


@pytest.mark.parametrize(
    "ahead", [r"\text{Then }", r"\text{Without the minus: }", r"\text{by the chain rule}", "i, j: ", "i,"]
)
def test_words_that_introduce_a_claim_are_labels(ahead: str) -> None:
    assert judged(f"$${ahead} {CLAIM}$$\n") == ["holds"]
    assert judged(f"$${ahead} {HEAD} = -{SUM}$$\n") == ["introduced"]


@pytest.mark.parametrize("between", ["\n\n", "\n"])
def test_a_display_that_begins_with_a_factor_goes_on_with_the_one_before(between: str) -> None:
    behind = f"$${between}$$\\cdot \\hat{{x}}_i$$\n"
    assert judged(f"$${HEAD} = {SUM}{behind}") == ["introduced"]
    assert judged(f"$$\\frac{{\\partial L}}{{\\partial \\gamma}} = {SUM}{behind}") == ["holds"]


@pytest.mark.parametrize("between", [",", ";", r"\text{ and }", r"\text{ and also }", r"\text{ und }"])
def test_two_heads_before_one_sign_are_not_read(between: str) -> None:
    gamma = "\\frac{\\partial L}{\\partial \\gamma}"
    assert judged(f"$${gamma}{between} {HEAD} = {SUM}$$\n") == ["unreadable"]
    assert judged(f"$${gamma} = {SUM} \\hat{{x}}_i{between} {HEAD} = {SUM}$$\n") == ["holds", "holds"]


@pytest.mark.parametrize(
    ("words", "operand", "expected"),
    [("over", "N", True), ("over", "i", False), ("over N", "", True), ("over i", "", False), ("pro Kanal", "", False)],
)
def test_what_a_quantity_is_divided_by_is_no_index(words: str, operand: str, expected: bool) -> None:
    assert works_on(words, operand, "ij") is expected
