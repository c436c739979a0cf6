"""What a slip is called, where it stands, and the edit that undoes it: one layer, one line, worked out by hand."""

from __future__ import annotations

import pytest

from bnverify.edits import edited
from bnverify.record import WRONG, StepRecord
from tests.conftest import judge

MEANS = r"$$\mu = \frac{1}{N}\sum_i x_i,\quad "
INSIDE = (
    MEANS + r"\sigma^2 = \frac1N\sum_i (x_i-\mu)^2,\quad "
    r"\hat x_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}},\quad y_i = \gamma\hat x_i+\beta$$"
)
CAPITALS = INSIDE.replace("x_i", "X_i").replace("y_i", "Y_i")
NAMED_ROOT = (
    r"$$\mu = \frac{1}{N}\sum_i X_i,\quad \sigma = \sqrt{\frac1N\sum_i (X_i-\mu)^2+\epsilon},\quad "
    r"Z_i = \frac{X_i-\mu}{\sigma},\quad Y_i = \gamma Z_i+\beta$$"
)


def only(layer: str, line: str) -> tuple[str, StepRecord]:
    """The text of a note of a layer and one line, and its only wrong step."""
    text = f"{layer}\n\n$${line}$$\n"
    (step,) = [step for step in judge(text).steps if step.standing in WRONG]
    return text, step


def repaired(layer: str, line: str) -> tuple[str, str]:
    """The code of the finding, and the line after the first repair."""
    text, step = only(layer, line)
    assert step.finding is not None
    after = edited(text, step.repairs[0].edits) if step.repairs else ""
    return step.finding.code, after.removeprefix(f"{layer}\n\n$$").removesuffix("$$\n")


# -- letters


@pytest.mark.parametrize(
    ("layer", "line", "code", "right"),
    [
        (CAPITALS, r"\frac{\partial L}{\partial\gamma} = \sum_i\frac{\partial L}{\partial Y_i}X_i", "lost-hat", r"\frac{\partial L}{\partial\gamma} = \sum_i\frac{\partial L}{\partial Y_i}\hat{X}_i"),
        (NAMED_ROOT, r"\frac{\partial L}{\partial\gamma} = \sum_i\frac{\partial L}{\partial Y_i}X_i", "lost-hat", r"\frac{\partial L}{\partial\gamma} = \sum_i\frac{\partial L}{\partial Y_i}Z_i"),
        (NAMED_ROOT, r"\frac{\partial L}{\partial\mu} = -\sum_i\frac{\partial L}{\partial Z_i}", "missing-factor", r"\frac{\partial L}{\partial\mu} = -\frac{1}{\sigma} \sum_i\frac{\partial L}{\partial Z_i}"),
        (NAMED_ROOT, r"\frac{\partial L}{\partial Z_i} = \frac{\partial L}{\partial Y_i}", "missing-factor", r"\frac{\partial L}{\partial Z_i} = \gamma \frac{\partial L}{\partial Y_i}"),
    ],
)  # fmt: skip
def test_a_repair_is_written_in_the_letters_of_its_note(layer: str, line: str, code: str, right: str) -> None:
    assert repaired(layer, line) == (code, right)


def test_the_true_formula_is_written_with_the_letter_for_the_root() -> None:
    _, step = only(NAMED_ROOT, r"\frac{\partial L}{\partial X_i} = \frac{1}{\sigma}\frac{\partial L}{\partial Y_i}")
    assert step.closed_form.startswith(r"\frac{\gamma}{N \sigma} \left( N \frac{\partial L}{\partial Y_i}")
