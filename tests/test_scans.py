r"""What scans, slides and Chinese notes write around mathematics: braces, tildes, wide marks, numbers, highlighting.

The gradients by the scale and the shift are $\sum_i g_i \hat{x}_i$ and $\sum_i g_i$.
"""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings
from tests.test_broken_lines import DIRECT, FORWARD, HEAD, VALUE
from tests.test_row_labels import WRONG

BETA = r"\frac{\partial L}{\partial \beta}"
GAMMA = r"\frac{\partial L}{\partial \gamma}"
G = r"\frac{\partial L}{\partial y_i}"
DRESSED = [
    r"SIDE \tag{$*$}",
    r"SIDE \tag{$\star$}",
    r"SIDE \eqno(3)",
    r"SIDE \eqno{ ( 3a ) }",
    r"SIDE, \quad ( 3 . 1 4 )",
    r"SIDE \ldots\ldots(3)",
    r"SIDE ……（3）",
    r"SIDE。",
    r"SIDE ；",
    r"SIDE \ （1）",
    r"\alert{SIDE}",
    r"\structure{SIDE}",
    r"\hl{SIDE}",
    r"\only<1>{SIDE}",
    r"\uncover<2->{SIDE}",
    r"\htmlClass{a b}{SIDE}",
    r"\colorbox{yellow}{$\displaystyle SIDE$}",
    r"SIDE \mathrm { ~ w h e r e ~ } y_i = \gamma \hat{x}_i + \beta",
    r"SIDE \mathrm{~for~all~} i",
]


@pytest.mark.parametrize("dressed", DRESSED)
def test_what_dresses_a_side_is_no_part_of_it(dressed: str) -> None:
    side, slip = rf"\sum_i {G}", rf"\frac{{1}}{{N}} \sum_i {G}"
    right, wrong = (standings(FORWARD + f"$${BETA} = {dressed.replace('SIDE', one)}$$") for one in (side, slip))
    assert (right[4], wrong[4]) == ("holds", "introduced")
    assert set(right[5:]) <= {"holds"}


def test_a_wide_comma_and_a_word_in_roman_part_two_equations() -> None:
    for between in ("，\\quad ", r" \mathrm { ~ a n d ~ } ", r" \quad \mathrm{~and~} \quad "):
        for last, expected in ((r" \hat{x}_i", "holds"), ("", "introduced")):
            text = f"$${BETA} = \\sum_i {G}{between}{GAMMA} = \\sum_i {G}{last}。$$"
            assert standings(FORWARD + text)[4:] == ["holds", expected]


def test_wide_brackets_are_brackets() -> None:
    right = rf"$${GAMMA} = \sum_i \frac{{（x_i - \mu）}}{{\sqrt{{\sigma^2+\epsilon}}}} {G}$$"
    assert standings(FORWARD + right)[4:] == ["holds"]
    assert standings(FORWARD + right.replace("-", "+"))[4:] == ["introduced"]


def test_what_is_shown_instead_of_something_else_is_not_read() -> None:
    text = rf"$${BETA} = \only<1>{{\sum_i {G}}}\only<2>{{\sum_j \frac{{\partial L}}{{\partial y_j}}}}$$"
    assert standings(FORWARD + text)[4:] == ["unreadable"]


def test_a_differential_in_roman_behind_a_tilde_is_no_word() -> None:
    plain = judge(FORWARD + rf"$$\frac{{\mathrm{{~d}} L}}{{\mathrm{{~d}} \beta}} = \sum_i {G}$$")
    assert [step.standing for step in plain.steps[4:]] == ["holds"]


ROWS = {
    "l": r"\begin{array} { l } { HEAD = DIRECT } \\ { = VALUE } \end{array}",
    "rl": r"\begin{array} { r l } { HEAD } & { = DIRECT } \\ & { = VALUE } \end{array}",
    "c": r"\begin{array} { c } { { HEAD = DIRECT } } \\ { { = VALUE } } \end{array}",
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=list(ROWS))
def test_rows_of_an_array_may_stand_in_braces(rows: str) -> None:
    for value, expected in ((VALUE, "holds"), (WRONG, "introduced")):
        text = rows.replace("HEAD", HEAD).replace("DIRECT", DIRECT).replace("VALUE", value)
        assert standings(FORWARD + f"$${text}$$")[4:] == ["holds", expected]


def test_a_side_goes_on_from_what_is_not_read_and_never_from_before_it() -> None:
    above = rf"$${HEAD} = {DIRECT}$$ $$\frac{{\partial \mu}}{{\partial x_i}} = \frac{{1}}{{N}}$$"
    unread = rf"{above} $$\begin{{pmatrix}} {BETA} = 1 \end{{pmatrix}}$$"
    for side in (rf"\sum_i {G}", VALUE):
        assert standings(FORWARD + f"{unread} $$= {side}$$")[4:] == ["holds", "holds", "unreadable", "undecided"]


SUMS = ["Σᵢ ∂L/∂yᵢ", rf"\Sigma_i {G}", rf"\Sigma_{{i=1}}^N {G}", rf"Σ_{{i}} {G}"]


@pytest.mark.parametrize("written", SUMS)
def test_a_capital_sigma_with_its_index_is_a_sum(written: str) -> None:
    assert standings(FORWARD + f"$${BETA} = {written}$$")[4:] == ["holds"]
    assert standings(FORWARD + f"$${BETA} = 2 {written}$$")[4:] == ["introduced"]


def test_a_capital_sigma_that_the_note_defines_is_a_quantity() -> None:
    text = rf"$$\Sigma_i = \sum_i {G}$$ $${BETA} = 2 \Sigma_i {G}$$"
    assert "holds" not in standings(FORWARD + text)[5:]


@pytest.mark.parametrize("square", [r"\sigma^2", r"\sigma ^ { 2 }", r"{\sigma}^{2}"])
def test_an_operator_at_the_end_of_a_block_waits_however_its_square_is_written(square: str) -> None:
    for sign, expected in (("-", "holds"), ("", "introduced")):
        text = (
            rf"$$\frac{{\partial \hat{{x}}_i}}{{\partial \sigma^2}} = (x_i - \mu) \frac{{\partial}}{{\partial {square}}}$$"
            + "\n\n"
        )
        text += r"$$(\sigma^2 + \epsilon)^{-\frac{1}{2}}$$" + "\n\n"
        text += rf"$$= {sign}\frac{{1}}{{2}} (x_i - \mu) (\sigma^2 + \epsilon)^{{-\frac{{3}}{{2}}}}$$"
        assert standings(FORWARD + text)[4:] == ["holds", expected]
