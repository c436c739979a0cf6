r"""A side that goes on in the next row or display: what stands before the first sign of equality there belongs to it.

The gradient by the mean is $-\frac{1}{s} \sum_i g_i \gamma$: the path through the variance is zero, and the rest is not.
"""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings

FORWARD = r"""
$$\mu = \frac{1}{N} \sum_{i=1}^N x_i$$
$$\sigma^2 = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$
$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$
$$y_i = \gamma \hat{x}_i + \beta$$

"""
HEAD = r"\frac{\partial L}{\partial \mu}"
DIRECT = r"-\frac{1}{\sqrt{\sigma^2+\epsilon}} \sum_i \frac{\partial L}{\partial \hat{x}_i}"
THROUGH = r"\frac{\partial L}{\partial \sigma^2} \cdot \frac{-2}{N} \sum_i (x_i - \mu)"
VALUE = r"-\frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \sum_i \frac{\partial L}{\partial y_i}"
BROKEN = {
    "multline": r"$$\begin{multline} HEAD = DIRECT \\ + THROUGH = LAST \end{multline}$$",
    "multline after a product": r"$$\begin{multline} HEAD = 1 \cdot \\ (DIRECT + THROUGH) \\ = LAST \end{multline}$$",
    "gathered": r"$$\begin{gathered} HEAD = DIRECT \\ {} + THROUGH = LAST \end{gathered}$$",
    "aligned behind the mark": r"$$\begin{aligned} HEAD &= DIRECT \\ & + THROUGH = LAST \end{aligned}$$",
    "aligned before the mark": r"$$\begin{split} HEAD &= DIRECT \\ + THROUGH &= LAST \end{split}$$",
    "bare": r"$$HEAD = DIRECT \\ + THROUGH = LAST$$",
    "displays": "$$HEAD = DIRECT$$\n\n$$+ THROUGH = LAST$$",
    "minus": r"$$\begin{gathered} HEAD = DIRECT \\ - (-THROUGH) = LAST \end{gathered}$$",
}


def written(pattern: str, last: str) -> str:
    for name, latex in (("HEAD", HEAD), ("DIRECT", DIRECT), ("THROUGH", THROUGH), ("LAST", last)):
        pattern = pattern.replace(name, latex)
    return FORWARD + pattern


@pytest.mark.parametrize("pattern", BROKEN.values(), ids=list(BROKEN))
def test_a_row_that_begins_with_a_sign_goes_on_before_its_sign_of_equality(pattern: str) -> None:
    assert standings(written(pattern, VALUE))[4:] == ["holds", "holds"]
    assert standings(written(pattern, "0"))[4:] == ["holds", "introduced"]


UNCLEAR = {
    "a negative head with its mark": r"$$\begin{split} HEAD &= DIRECT \\ - THROUGH &= 0 \end{split}$$",
    "a display that begins with a minus": "$$HEAD = DIRECT$$\n\n$$- THROUGH = 0$$",
    "a display that goes on behind words": "$$HEAD = DIRECT$$\n\nand\n\n$$+ THROUGH = 0$$",
}


@pytest.mark.parametrize("pattern", UNCLEAR.values(), ids=list(UNCLEAR))
def test_what_may_go_on_or_begin_anew_is_not_read(pattern: str) -> None:
    assert standings(written(pattern, ""))[4:] == ["holds", "unreadable"]


def test_rows_of_multline_without_a_sign_between_them_are_not_read() -> None:
    note = judge(written(r"$$\begin{multline} HEAD = -\frac{1}{s} \\ \sum_i g_i = 0 \end{multline}$$", ""))
    assert [step.kind.value for step in note.steps[4:]] == ["unreadable", "unreadable"]
    two = r"$$\begin{multline} HEAD = DIRECT, \\ \frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i} \end{multline}$$"
    assert standings(written(two, ""))[4:] == ["holds", "holds"]
