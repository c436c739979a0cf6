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
SHORT = (
    MEANS + r"v = \frac1N\sum_i (x_i-\mu)^2,\quad s = \sqrt{v+\epsilon},\quad "
    r"\hat x_i = \frac{x_i-\mu}{s},\quad y_i = \gamma\hat x_i+\beta$$"
)
OUTSIDE = INSIDE.replace(r"\sqrt{\sigma^2+\epsilon}", r"\sigma + \epsilon")
VECTORS = (
    r"$$\mu = \frac{1}{m}\mathbf{1}^\top x,\quad \sigma^2 = \frac1m\|x-\mu\mathbf{1}\|^2,\quad "
    r"\hat x = \frac{x-\mu\mathbf{1}}{\sqrt{\sigma^2+\epsilon}},\quad y = \gamma\hat x+\beta$$"
)
NAMED_ROOT = (
    r"$$\mu = \frac{1}{N}\sum_i X_i,\quad \sigma = \sqrt{\frac1N\sum_i (X_i-\mu)^2+\epsilon},\quad "
    r"Z_i = \frac{X_i-\mu}{\sigma},\quad Y_i = \gamma Z_i+\beta$$"
)


D_MU, D_X = r"\frac{\partial L}{\partial\mu} = ", r"\frac{\partial L}{\partial x_i} = "
SUM = r"\sum_i\frac{\partial L}{\partial\hat x_i}"
G_I, G_J = r"\frac{\partial L}{\partial y_i}", r"\frac{\partial L}{\partial y_j}"


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


# -- epsilon and powers


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (rf"\frac{{\partial L}}{{\partial \sigma}} = -\frac{{1}}{{\sigma^2}} {SUM} (x_i-\mu)", rf"\frac{{\partial L}}{{\partial \sigma}} = -\frac{{1}}{{(\sigma + \epsilon)^2}} {SUM} (x_i-\mu)"),
        (rf"\frac{{\partial L}}{{\partial \sigma}} = -{SUM} \frac{{x_i-\mu}}{{\sigma^2 + \epsilon}}", rf"\frac{{\partial L}}{{\partial \sigma}} = -{SUM} \frac{{x_i-\mu}}{{(\sigma + \epsilon)^2}}"),
        (rf"{D_MU}-\frac{{1}}{{\sigma}}{SUM}", rf"{D_MU}-\frac{{1}}{{\sigma + \epsilon}}{SUM}"),
    ],
)  # fmt: skip
def test_epsilon_is_missing_beside_a_sigma_that_the_note_differentiates_by(line: str, right: str) -> None:
    layer = (
        OUTSIDE
        + f"\n\n$$\\frac{{\\partial L}}{{\\partial \\sigma}} = -\\frac{{1}}{{(\\sigma+\\epsilon)^2}} {SUM}(x_i-\\mu)$$"
    )
    assert repaired(layer, line) == ("eps-placement", right)


@pytest.mark.parametrize(
    ("layer", "wrong", "right"),
    [
        (INSIDE, rf"-(\sigma^2+\epsilon){SUM}", rf"-(\sigma^2+\epsilon)^{{-\frac{{1}}{{2}}}}{SUM}"),
        (SHORT, rf"-(v+\epsilon){SUM}", rf"-(v+\epsilon)^{{-\frac{{1}}{{2}}}}{SUM}"),
        (SHORT.replace(r"+\epsilon", ""), rf"-v{SUM}", rf"-v^{{-\frac{{1}}{{2}}}}{SUM}"),
        (SHORT, rf"-s{SUM}", rf"-s^{{-1}}{SUM}"),
    ],
)
def test_a_power_that_is_missing_altogether_is_put_in(layer: str, wrong: str, right: str) -> None:
    assert repaired(layer, D_MU + wrong) == ("wrong-exponent", D_MU + right)


def test_a_power_below_a_stroke_or_of_three_halves_is_put_in_as_well() -> None:
    head = r"\frac{\partial L}{\partial\sigma^2} = "
    lines = {
        rf"-\frac12(\sigma^2+\epsilon){SUM}(x_i-\mu)": rf"-\frac12(\sigma^2+\epsilon)^{{-\frac{{3}}{{2}}}}{SUM}(x_i-\mu)",
        rf"-\frac{{1}}{{2(\sigma^2+\epsilon)}}{SUM}(x_i-\mu)": rf"-\frac{{1}}{{2(\sigma^2+\epsilon)^{{\frac{{3}}{{2}}}}}}{SUM}(x_i-\mu)",
    }
    for wrong, right in lines.items():
        assert repaired(INSIDE, head + wrong) == ("wrong-exponent", head + right)


# -- places


@pytest.mark.parametrize(
    ("layer", "line", "code", "marked"),
    [
        (INSIDE, rf"{D_X}\frac{{1}}{{\sqrt{{\sigma^2+\epsilon}}}}\frac{{\partial L}}{{\partial\hat{{x}}_i}} + \frac{{2}}{{N}}\frac{{\partial L}}{{\partial\sigma^2}} + \frac1N\frac{{\partial L}}{{\partial\mu}}", "missing-factor", r"\frac{2}{N}\frac{\partial L}{\partial\sigma^2}"),
        (INSIDE, rf"{D_MU}-\frac{{1}}{{\sqrt{{\sigma^2}}}}{SUM}", "eps-placement", r"\sigma^2"),
        (SHORT, rf"\frac{{\partial L}}{{\partial v}} = -\frac{{1}}{{2s}}{SUM}(x_i-\mu)", "wrong-exponent", "s"),
        (INSIDE, rf"{D_MU}-(\sigma^2+\epsilon){SUM}", "wrong-exponent", r"(\sigma^2+\epsilon)"),
        (INSIDE, rf"{D_MU}-{SUM}", "missing-factor", SUM),
        (INSIDE, rf"\frac{{\partial L}}{{\partial\gamma}} = \sum_i{G_I}\hat x_j", "index-slip", "j"),
    ],
)  # fmt: skip
def test_what_lacks_something_is_marked_and_not_what_stands_behind_it(
    layer: str, line: str, code: str, marked: str
) -> None:
    text, step = only(layer, line)
    assert step.finding is not None
    assert (step.finding.code, text[step.finding.span.start : step.finding.span.end]) == (code, marked)


# -- one repair, in one spelling


@pytest.mark.parametrize(
    ("line", "right"),
    [
        (
            rf"{D_X}\frac{{\gamma}}{{s}}\left({G_I} - \frac{{1}}{{N}}{G_I} - \frac{{\hat x_i}}{{N}}\sum_j{G_J}\hat x_j\right)",
            rf"{D_X}\frac{{\gamma}}{{s}}\left({G_I} - \frac{{1}}{{N}}\sum_{{k=1}}^{{N}} \frac{{\partial L}}{{\partial y_k}} - \frac{{\hat x_i}}{{N}}\sum_j{G_J}\hat x_j\right)",
        ),
        (rf"\frac{{\partial L}}{{\partial s}} = -\frac{{1}}{{s}}{SUM}(x_i-\mu)", rf"\frac{{\partial L}}{{\partial s}} = -\frac{{1}}{{s^2}}{SUM}(x_i-\mu)"),
    ],
)  # fmt: skip
def test_two_spellings_of_one_repair_are_one_that_may_be_made(line: str, right: str) -> None:
    _, step = only(SHORT, line)
    assert [one.unique for one in step.repairs] == [True]
    assert repaired(SHORT, line)[1] == right


def test_two_repairs_that_mean_different_things_are_both_shown() -> None:
    _, step = only(SHORT, r"\frac{\partial L}{\partial\mu} = -\frac{1}{s}\sum_i\frac{\partial L}{\partial y_i}")
    assert {one.codes for one in step.repairs} == {("wrong-upstream",), ("missing-factor",)}


def test_a_summand_that_is_put_in_binds_no_index_of_the_head() -> None:
    line = (
        rf"{D_X}\frac{{\gamma}}{{N s}}\left(N{G_I} - \hat x_i\sum_k\frac{{\partial L}}{{\partial y_k}}\hat x_k\right)"
    )
    code, after = repaired(SHORT, line)
    assert code == "missing-term"
    assert rf"\sum_{{j=1}}^{{N}} {G_J}" in after


# -- vectors


@pytest.mark.parametrize(
    ("wrong", "code", "right"),
    [
        (r"-\frac1m\mathbf{1}\mathbf{1}^\top \nabla_y L-\hat{x}\hat{x}^\top \nabla_y L", "wrong-count", r"-\frac1m\mathbf{1}\mathbf{1}^\top \nabla_y L-\frac{1}{m} \hat{x}\hat{x}^\top \nabla_y L"),
        (r"-\mathbf{1}\mathbf{1}^\top \nabla_y L-\frac1m\hat{x}\hat{x}^\top \nabla_y L", "wrong-count", r"-\frac{1}{m} \mathbf{1}\mathbf{1}^\top \nabla_y L-\frac1m\hat{x}\hat{x}^\top \nabla_y L"),
    ],
)  # fmt: skip
def test_a_count_lost_in_a_summand_of_vectors_is_put_in(wrong: str, code: str, right: str) -> None:
    line = r"\nabla_{x} L = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\nabla_y L%s\right)"
    assert repaired(VECTORS, line % wrong) == (code, line % right)
