"""A gradient in parts that a note names, `dx = dx_1 + dx_2`, in each way of writing them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.conftest import judge
from tests.test_gates import codes, steps_of

D = r"\frac{\partial L}{\partial x_i}"
WAYS: Mapping[str, tuple[str, str, str, str]] = {
    "a number below": ("dx", "dx_1", "dx_2", "dx_3"),
    "a letter below": ("dx", "dx_a", "dx_b", "dx_c"),
    "a number above": ("dx", "dx^{(1)}", "dx^{(2)}", "dx^{(3)}"),
    "a number behind the index": ("dx_i", "dx_{i,1}", "dx_{i,2}", "dx_{i,3}"),
    "a number above the index": ("dx_i", "dx_i^{(1)}", "dx_i^{(2)}", "dx_i^{(3)}"),
    "words": ("dx", r"dx_{\text{direct}}", r"dx_{\text{mean}}", r"dx_{\text{var}}"),
    "the quantity above": ("dx_i", r"dx_i^{\hat{x}}", r"dx_i^{\mu}", "dx_i^{v}"),
    "a number below, beside a head with an index": ("dx_i", "dx_1", "dx_2", "dx_3"),
    "a number above, beside a head with an index": ("dx_i", "dx^{(1)}", "dx^{(2)}", "dx^{(3)}"),
    "a number behind, as in code": ("dx", "dx1", "dx2", "dx3"),
    "a number at a quotient": (D, f"{D}^{{(1)}}", f"{D}^{{(2)}}", f"{D}^{{(3)}}"),
    "a number at a bar": (D, rf"\left.{D}\right|_{{1}}", rf"\left.{D}\right|_{{2}}", rf"\left.{D}\right|_{{3}}"),
}
"""The gradient by x and its parts."""
BY_HAT = r"d\hat{x}_i \frac{1}{\sqrt{v + \epsilon}}"
BY_MEAN = r"\frac{1}{N} d\mu"
BY_VARIANCE = r"\frac{2}{N} (x_i - \mu) dv"


def note(way: str, *sides: str) -> list[str]:
    """Lines that give each part one of these sides, and add them up."""
    head, *names = WAYS[way]
    known = names[: len(sides)]
    lines = [f"$${name} = {side}$$" for name, side in zip(known, sides, strict=True)]
    return spelled(head, [*lines, f"$${head} = {' + '.join(known)}$$"])


def spelled(head: str, lines: list[str]) -> list[str]:
    """In quotients throughout where the head is one."""
    if head != D:
        return lines
    return [re.sub(r"(?<![a-z])d(\\hat\{x\}_[ij]|\\mu|v)", r"\\frac{\\partial L}{\\partial \1}", one) for one in lines]


@pytest.mark.parametrize("way", WAYS)
def test_right_parts_are_right(way: str) -> None:
    assert codes(*note(way, BY_HAT, BY_MEAN, BY_VARIANCE)) == ["holds"] * 4


@pytest.mark.parametrize("way", WAYS)
def test_a_wrong_part_is_wrong_in_its_own_line_and_nowhere_else(way: str) -> None:
    found = codes(*note(way, BY_HAT, f"-{BY_MEAN}", BY_VARIANCE))
    assert found == ["holds", "sign-flip", "holds", "holds"]


@pytest.mark.parametrize("way", WAYS)
def test_the_gradient_by_the_mean_may_be_made_of_the_parts(way: str) -> None:
    """The mean feeds x - mu alone: its gradient is minus the sum of what comes back to x over that difference."""
    head, one, two, _ = WAYS[way]
    lines = [f"$${one} = {BY_HAT} + {BY_VARIANCE}$$", rf"$$d\mu = -\sum_{{i=1}}^N {one}$$"]
    lines = spelled(head, [*lines, f"$${two} = {BY_MEAN}$$", f"$${head} = {one} + {two}$$"])
    assert codes(*lines) == ["holds"] * 4
    lines[1] = lines[1].replace("= -", "= ")
    assert codes(*lines) == ["holds", "sign-flip", "holds", "holds"]
    lines[0] = lines[0].replace("{2}{N}", "{1}{N}")
    assert codes(*lines) == ["missing-factor", "sign-flip", "holds", "holds"]


def test_a_part_that_has_no_line_or_is_forgotten_leaves_the_sum_wrong() -> None:
    *lines, _ = note("a number below", BY_HAT, BY_MEAN, BY_VARIANCE)
    assert codes(*lines, "$$dx = dx_1 + dx_2$$")[:3] == ["holds"] * 3
    for last in ("dx_1 + dx_2", "dx_1 + dx_2 - dx_3", "dx_1 + dx_2 + 2 dx_3", "dx_1 + dx_2 + dx_3 + dx_3"):
        assert codes(*lines, f"$$dx = {last}$$")[3] not in ("holds", "undecided"), last
    assert "holds" not in codes(lines[0], "$$dx = dx_1 + dx_2$$")[1:]


DIRECT = r"\frac{1}{\sqrt{v + \epsilon}} d\hat{x}_i"
CENTRED = r"-\frac{1}{N \sqrt{v + \epsilon}} \sum_j d\hat{x}_j"
SCALED = r"-\frac{\hat{x}_i}{N \sqrt{v + \epsilon}} \sum_j d\hat{x}_j \hat{x}_j"


@pytest.mark.parametrize("way", WAYS)
def test_parts_of_one_and_the_same_gradient_are_what_their_lines_say(way: str) -> None:
    """Three terms of the final formula, which are no edges of the graph: right as a sum, and no line is wrong alone."""
    assert codes(*note(way, DIRECT, CENTRED, SCALED)) == ["holds"] * 4
    wrong = codes(*note(way, DIRECT, CENTRED, SCALED.removeprefix("-")))
    assert wrong[:3] == ["holds"] * 3
    assert wrong[3] not in ("holds", "undecided")


def test_what_a_part_stands_for_is_said() -> None:
    steps = steps_of(*note("a number above the index", BY_HAT, BY_MEAN, BY_VARIANCE))
    assert r"dx^{(2)} is what comes back to x from \mu" in steps[1].assumptions


def test_an_index_is_no_mark() -> None:
    """`dx_j` and `dx_k` are the gradients by two samples where j and k are indices elsewhere."""
    lines = (rf"$$dx_{k} = {BY_HAT.replace('_i', '_' + k)} + {BY_MEAN}$$" for k in "jk")
    found = codes(*lines, "$$dx_i = dx_j + dx_k$$")
    assert "holds" not in found


def test_a_line_of_the_whole_gradient_is_judged_beside_parts() -> None:
    lines = note("a number below", BY_HAT, BY_MEAN, BY_VARIANCE)
    wrong = rf"$$dx_i = {BY_HAT} + {BY_MEAN} - {BY_VARIANCE}$$"
    assert codes(*lines, wrong) == ["holds"] * 4 + ["sign-flip"]


def test_a_part_may_hold_what_comes_back_over_a_node_that_it_does_not_name() -> None:
    """The first part is that of x - mu, with the gradient by the mean written out: no part names the mean."""
    centred = r"$$dx_1 = \frac{1}{\sqrt{v + \epsilon}} \left( d\hat{x}_i - \frac{1}{N} \sum_j d\hat{x}_j \right)$$"
    lines = [centred, f"$$dx_2 = {BY_VARIANCE}$$", "$$dx = dx_1 + dx_2$$"]
    assert codes(*lines) == ["holds"] * 3
    wrong = codes(centred.replace(r"- \frac{1}{N}", r"+ \frac{1}{N}"), *lines[1:])
    assert any(one not in ("holds", "undecided") for one in wrong)


def test_sides_of_a_part_are_compared_where_it_is_a_definition() -> None:
    first, *rest = note("a number below", DIRECT, CENTRED, SCALED)
    assert codes(first.replace("$$", "", 2).join(("$$", f" = {DIRECT}$$")), *rest) == ["holds"] * 5
    assert codes(first.replace("$$", "", 2).join(("$$", f" = -{DIRECT}$$")), *rest)[1] == "sign-flip"


def test_a_whole_gradient_as_a_quotient_has_parts_that_are_written_as_in_code() -> None:
    text = r"""
$$\mu = \frac1N\sum_i x_i, \quad \sigma^2=\frac1N\sum_i(x_i-\mu)^2, \quad \hat x_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$$

$$dx_i^{(1)} = \frac{1}{\sqrt{\sigma^2+\epsilon}}\frac{\partial L}{\partial\hat x_i}, \quad dx_i^{(2)} = \frac1N\frac{\partial L}{\partial\mu}$$

$$dx_i^{(3)} = \frac{2(x_i-\mu)}{N}\frac{\partial L}{\partial \sigma^2}, \quad \frac{\partial L}{\partial x_i} = dx_i^{(1)}+dx_i^{(2)}+dx_i^{(3)}$$
"""
    assert [step.standing for step in judge(text).steps] == ["holds"] * 7
    wrong = [step.side for step in judge(text.replace(r"\frac{2(", r"\frac{(")).steps if step.standing != "holds"]
    assert len(wrong) == 1
