"""Notes on images whose statistics are not defined: the scale has the index that the output writes beside it."""

from __future__ import annotations

import pytest

from tests.conftest import standings

OUTPUT = r"$$y_{nchw} = \gamma_c \hat{x}_{nchw} + \beta_c$$" + "\n\n"
GAINS = (
    r"$$\frac{\partial L}{\partial \beta_c} = \sum_{n,h,w} \frac{\partial L}{\partial y_{nchw}}$$" + "\n\n"
    r"$$\frac{\partial L}{\partial \gamma_c} = \sum_{n,h,w} \frac{\partial L}{\partial y_{nchw}} \hat{x}_{nchw}$$"
    + "\n\n"
)
UNREADABLE = (
    r"$$\mu_{ng} = \frac{1}{m}\sum_{(c,h,w) \in \mathcal{S}_g} x_{nchw}$$",
    r"$$\mu_c = \operatorname{mean}_{n,h,w}(x_{nchw})$$",
)
TITLES = ("# BatchNorm2d", "# Instance norm", "# Layer norm", "# Group norm", "# Images", *UNREADABLE)


@pytest.mark.parametrize("title", TITLES)
def test_gradients_by_the_scale_and_the_shift_are_the_same_for_all_statistics(title: str) -> None:
    assert standings(f"{title}\n\n{OUTPUT}{GAINS}")[-3:] == ["holds"] * 3
    slips = standings(f"{title}\n\n{OUTPUT}{GAINS.replace('n,h,w', 'n,h')}")
    assert slips[-3:] == ["holds", "introduced", "introduced"]


def test_an_input_with_a_length_has_three_indices() -> None:
    note = (
        r"$$y_{ncl} = \gamma_c \hat{x}_{ncl} + \beta_c$$" + "\n\n"
        r"$$\frac{\partial L}{\partial \beta_c} = \sum_{n,l} \frac{\partial L}{\partial y_{ncl}}$$"
    )
    assert standings("# 1D batch norm\n\n" + note) == ["holds", "holds"]
    assert standings("# 1D batch norm\n\n" + note.replace("{n,l}", "n")) == ["holds", "introduced"]


def input_gradient(row: str, count: str) -> str:
    """The gradient by the input, with the statistics of a row and its sums of the upstream gradient in this count."""
    sums = "n,h,w" if row == "c" else "h,w"
    bound = sums.replace("n", "m").replace("h", "p").replace("w", "q")
    at = ("m" if row == "c" else "n") + "cpq"
    return (
        rf"$$\frac{{\partial L}}{{\partial x_{{nchw}}}} = \frac{{\gamma_c}}{{\sqrt{{\sigma_{{{row}}}^2 + \epsilon}}}}"
        rf" (\frac{{\partial L}}{{\partial y_{{nchw}}}}"
        rf" - \frac{{1}}{{{count}}} \sum_{{{bound}}} \frac{{\partial L}}{{\partial y_{{{at}}}}}"
        rf" - \frac{{1}}{{{count}}} \hat{{x}}_{{nchw}}"
        rf" \sum_{{{bound}}} \frac{{\partial L}}{{\partial y_{{{at}}}}} \hat{{x}}_{{{at}}})$$"
    )


@pytest.mark.parametrize(("title", "row", "count"), [("Batch norm", "c", "NHW"), ("Instance norm", "nc", "HW")])
def test_the_index_of_the_mean_tells_what_it_is_taken_over(title: str, row: str, count: str) -> None:
    normalised = (
        rf"$$\hat{{x}}_{{nchw}} = \frac{{x_{{nchw}} - \mu_{{{row}}}}}{{\sqrt{{\sigma_{{{row}}}^2 + \epsilon}}}}$$"
        + "\n\n"
    )
    start = f"# {title}\n\n{normalised}{OUTPUT}"
    assert standings(start + input_gradient(row, count)) == ["holds"] * 3
    assert standings(start + input_gradient(row, count[:-1])) == ["holds", "holds", "introduced"]


def test_what_depends_on_statistics_that_are_not_said_is_open() -> None:
    claims = (
        r"$$\sum_{n,h,w} \hat{x}_{nchw} = 0$$" + "\n\n"
        r"$$\frac{\partial L}{\partial x_{nchw}} = 0$$" + "\n\n"
        r"$$\frac{\partial L}{\partial \gamma_c}"
        r" = \sum_{n,h,w} (\frac{\partial L}{\partial y_{nchw}} + 5) \hat{x}_{nchw}$$"
    )
    assert standings(f"# Images\n\n{OUTPUT}{claims}") == ["holds"] + ["undecided"] * 3


def test_a_run_of_indices_beside_another_one_is_one() -> None:
    note = (
        r"$$\mu_{ti} = \frac{1}{HW} \sum_{l=1}^W \sum_{m=1}^H x_{tilm}, \qquad"
        r" \sigma_{ti}^2 = \frac{1}{HW} \sum_{l=1}^W \sum_{m=1}^H (x_{tilm} - \mu_{ti})^2$$" + "\n\n"
        r"$$y_{tijk} = \frac{x_{tijk} - \mu_{ti}}{\sqrt{\sigma_{ti}^2 + \epsilon}}$$"
    )
    assert standings(note) == ["holds"] * 3
    assert standings(note.replace("tijk", "tihw")) == ["holds"] * 3
    assert standings(note.replace(r"{tijk} - \mu", r"{tijk} + \mu")) == ["holds", "holds", "introduced"]


def test_a_scale_without_any_index_may_be_one_number() -> None:
    note = (
        r"$$y_{nchw} = \gamma \hat{x}_{nchw} + \beta$$" + "\n\n"
        r"$$\frac{\partial L}{\partial \beta} = \sum_{n,c,h,w} \frac{\partial L}{\partial y_{nchw}}$$"
    )
    assert standings("# Batch norm\n\n" + note) == ["holds", "undecided"]


MEANS = (
    r"$$\mu_c = \mathrm{E}[x], \quad \sigma_c^2 = \mathrm{Var}[x]$$",
    r"$$\hat{x} = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}}$$",
    r"$$y = \frac{x - \mathrm{E}[x]}{\sqrt{\mathrm{Var}[x] + \epsilon}} \gamma + \beta$$",
)


@pytest.mark.parametrize("means", MEANS)
def test_statistics_of_a_letter_without_an_index_tell_nothing_of_the_axes(means: str) -> None:
    note = f"# BatchNorm2d\n\n{means}\n\n{OUTPUT}{GAINS}"
    assert set(standings(note)) == {"holds"}
    assert standings(note.replace("n,h,w", "n,h"))[-2:] == ["introduced"] * 2
