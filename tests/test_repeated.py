"""Sums that a note leaves out where it says that repeated indices are summed over."""

from __future__ import annotations

import pytest

from bnverify.model.repeated import says_so
from tests.conftest import judge

FORWARD = r"""
$$\mu = \frac{1}{n} \sum_i x_i, \quad \sigma^2 = \frac{1}{n} \sum_i (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$
"""
SAID = "We use Einstein's summation convention: repeated indices are summed over."
BY_SCALE = r"$$\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y_i} \hat{x}_i$$"
CHAIN_RULE = r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_j} \frac{\partial \hat{x}_j}{\partial x_i}$$"
IN_BRACKETS = (
    r"$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \left( \frac{\partial L}{\partial y_i}"
    r" - \frac{1}{n} \sum_k \frac{\partial L}{\partial y_k} - \frac{1}{n} \hat{x}_i \hat{x}_j \frac{\partial L}{\partial y_j} \right)$$"
)
BY_VARIANCE = r"$$\frac{\partial L}{\partial \sigma^2} = -\frac{1}{2} \frac{\partial L}{\partial \hat{x}_j} (x_j - \mu) (\sigma^2 + \epsilon)^{-3/2}$$"
JACOBIAN = r"$$\frac{\partial \hat{x}_j}{\partial x_i} = \frac{1}{\sqrt{\sigma^2 + \epsilon}} \left(\delta_{ij} - \frac{1}{n} - \frac{1}{n} \hat{x}_i \hat{x}_j \right)$$"
OVER_ALL = r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_k} \left( \frac{\partial y_k}{\partial \hat{x}_j} \frac{\partial \hat{x}_j}{\partial x_i} \right)$$"
SQUARES = r"$$1 = \frac{1}{n (\sigma^2 + \epsilon)} \left( (x_j - \mu)^2 + n \epsilon \right)$$"
RIGHT = {
    "the scale": BY_SCALE,
    "the chain rule": CHAIN_RULE,
    "a sum in brackets beside a written one": IN_BRACKETS,
    "the variance": BY_VARIANCE,
    "two indices of the head, where nothing is summed": JACOBIAN,
    "an index inside and one outside of brackets": OVER_ALL,
    "a square": SQUARES,
}


def standings(*lines: str) -> list[str]:
    steps = judge("\n\n".join(lines)).steps[4:]
    return [step.finding.code if step.finding else step.standing or "" for step in steps]


@pytest.mark.parametrize("line", RIGHT.values(), ids=RIGHT)
def test_a_right_line_is_right_where_the_note_says_so(line: str) -> None:
    assert standings(SAID, FORWARD, line) == ["holds"]


@pytest.mark.parametrize("line", [BY_SCALE, BY_VARIANCE], ids=["the scale", "the variance"])
def test_it_is_an_error_where_the_note_does_not(line: str) -> None:
    assert standings(FORWARD, line)[0] not in ("holds", "undecided")
    assert standings("We avoid the summation convention.", FORWARD, line)[0] not in ("holds", "undecided")


@pytest.mark.parametrize(
    ("line", "before", "after", "code"),
    [
        (BY_SCALE, "= ", "= -", "sign-flip"),
        (BY_VARIANCE, r"-\frac{1}{2}", r"-\frac{1}{3}", "missing-factor"),
        (IN_BRACKETS, r"- \frac{1}{n} \hat", r"+ \frac{1}{n} \hat", "sign-flip"),
    ],
)
def test_a_slip_is_found_and_named(line: str, before: str, after: str, code: str) -> None:
    assert line.replace(before, after) != line
    assert standings(SAID, FORWARD, line.replace(before, after)) == [code]


def test_the_sum_is_said() -> None:
    step = judge("\n\n".join((SAID, FORWARD, BY_SCALE))).steps[4]
    assert ("shorthand-sum", "summed over i: the note sums over repeated indices") in step.notices


def test_the_forward_pass_may_leave_its_sums_out() -> None:
    short = FORWARD.replace(r"\frac{1}{n} \sum_i (x_i - \mu)^2", r"\frac{1}{n} (x_j - \mu) (x_j - \mu)")
    steps = judge("\n\n".join((SAID, short, BY_VARIANCE))).steps
    assert [step.standing for step in steps] == ["holds"] * 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("using the Einstein summation convention", True),
        ("We sum over repeated indices throughout.", True),
        ("Repeated indices imply a sum.", True),
        ("A summation over doubled\nindices is understood.", True),
        ("We do not use the Einstein convention.", False),
        ("There is no sum over repeated indices here.", False),
        ("Unlike in Einstein notation, every sum is written.", False),
        ("The indices run over the batch and are summed.", False),
        ("Sums over repeated indices are written out.", False),
        ("In the appendix we sum over repeated indices.", False),
        ("We sum over repeated Greek indices.", False),
        ("Repeated use. Indices start at one.", False),
    ],
)
def test_what_says_so(text: str, said: bool) -> None:
    assert says_so(text) is said


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (r"(x_i - \mu)(x_i - \mu) = n \sigma^2", r"(x_i - \mu)(x_i - \mu) = \sigma^2"),
        (
            r"\frac{\partial L}{\partial \hat{x}_i} \hat{x}_i = \gamma \frac{\partial L}{\partial \gamma}",
            r"\frac{\partial L}{\partial \hat{x}_i} \hat{x}_i = \frac{\partial L}{\partial \gamma}",
        ),
        (r"(x_i - \mu)^2 = \sum_j (x_j - \mu)^2", r"(x_i - \mu)^2 = \frac{1}{n} \sum_j (x_j - \mu)^2"),
        (
            r"\hat{x}_i (x_k - \mu)(x_k - \mu) = n \sigma^2 \hat{x}_i",
            r"\hat{x}_i (x_k - \mu)(x_k - \mu) = \sigma^2 \hat{x}_i",
        ),
    ],
)
def test_a_head_is_summed_over_what_stands_in_it_twice(right: str, wrong: str) -> None:
    assert standings(SAID, FORWARD, f"$${right}$$") == ["holds"]
    assert standings(SAID, FORWARD, f"$${wrong}$$")[0] not in ("holds", "undecided")


@pytest.mark.parametrize("sign", ["=", "= -"])
def test_what_stands_once_on_the_other_side_has_a_value_for_each_index(sign: str) -> None:
    line = rf"$$\frac{{\partial L}}{{\partial y_i}} \hat{{x}}_i {sign} \hat{{x}}_i \frac{{\partial L}}{{\partial y_i}} (1 + 0 x_i)$$"
    by_input = rf"$$\hat{{x}}_i \sqrt{{\sigma^2 + \epsilon}} {sign} x_i - \mu$$"
    assert (standings(SAID, FORWARD, by_input) == ["holds"]) is (sign == "=")
    assert (standings(SAID, FORWARD, line) == ["holds"]) is (sign == "=")


@pytest.mark.parametrize(
    "denied",
    [
        "Wir benutzen die Einsteinsche Summenkonvention nicht.",
        "Es gilt keine Einsteinsche Summenkonvention.",
        "La convention d'Einstein summation n'est pas utilisée.",
        "No usamos la Einstein summation convention.",
        "Nunca usamos Einstein summation.",
        "我们不使用 Einstein summation convention.",
    ],
)
def test_a_denial_in_another_language_is_one(denied: str) -> None:
    assert not says_so(denied)
    assert says_so("Wir benutzen die Einsteinsche Summenkonvention.") or "Einsteinsche" not in denied
