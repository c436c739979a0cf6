"""When a line is the rule of one gate, and when what it leaves out is an error."""

from __future__ import annotations

import pytest

from bnverify.judge.gate_words import Around, says_one_gate, says_whole
from bnverify.record import StepRecord
from tests.conftest import judge as check

FORWARD = r"""
$$\mu = \frac{1}{N} \sum_{i=1}^N x_i, \quad v = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$
"""
BY_MEAN = r"$$dx_i = \frac{1}{N} d\mu$$"
BY_HAT = r"$$dx_i = \frac{1}{\sqrt{v + \epsilon}} d\hat{x}_i$$"
BY_VARIANCE = r"$$dx_i = \frac{2}{N} (x_i - \mu) dv$$"
WHOLE = r"$$dx_i = \frac{1}{\sqrt{v + \epsilon}} d\hat{x}_i + \frac{1}{N} d\mu + \frac{2}{N} (x_i - \mu) dv$$"


def steps_of(*behind: str) -> tuple[StepRecord, ...]:
    """The steps behind the forward pass."""
    return check("\n\n".join((FORWARD, *behind))).steps[4:]


def codes(*behind: str) -> list[str]:
    return [step.finding.code if step.finding else step.standing or "" for step in steps_of(*behind)]


SAID = {
    "the heading": ("## The gate of the mean", BY_MEAN),
    "the sentence before": ("Backwards through the mean node each sample gets its share.", BY_MEAN),
    "the sentence behind": (BY_MEAN, "This is the branch of the mean."),
    "a computational graph": ("Here is the computational graph.", BY_HAT),
    "two lines under one sentence": ("Along the direct path and along that of the mean node:", BY_HAT, BY_MEAN),
}


@pytest.mark.parametrize("text", SAID.values(), ids=SAID.keys())
def test_a_line_is_one_edge_where_the_text_says_so(text: tuple[str, ...]) -> None:
    steps = steps_of(*text)
    assert [step.standing for step in steps] == ["holds"] * len(steps)
    assert all(any("along the edge" in one for one in step.assumptions) for step in steps)


NOT_SAID = {
    "nothing": (BY_MEAN,),
    "another gate": ("## The gate of the variance", BY_MEAN),
    "the whole gradient": ("All three paths of the graph, node by node, add up to", BY_HAT),
    "put together": ("## Putting the node and the path together", BY_HAT),
    "far above": ("## The gate of the mean", "Text.", "## The input", BY_MEAN),
    "the final one": ("Through the last node we get the final gradient:", BY_HAT),
    "a graph with all its other gradients": (
        "## Backwards through the computational graph",
        r"$$d\hat{x}_i = \gamma dy_i$$",
        r"$$d\mu = -\frac{1}{\sqrt{v + \epsilon}} \sum_i d\hat{x}_i$$",
        BY_MEAN,
    ),
    "an edge case": ("## An edge case", BY_HAT),
}


@pytest.mark.parametrize("text", NOT_SAID.values(), ids=NOT_SAID.keys())
def test_a_line_that_leaves_paths_out_is_wrong_elsewhere(text: tuple[str, ...]) -> None:
    assert codes(*text)[-1] == "missing-path"


def test_lines_that_a_later_line_sums_are_messages() -> None:
    assert codes(BY_HAT, BY_MEAN, BY_VARIANCE, WHOLE) == ["holds"] * 4


def test_one_line_before_the_sum_is_no_message() -> None:
    """A line that the next one mends."""
    assert codes(BY_HAT, WHOLE)[0] == "missing-path"


def test_what_is_added_up_as_in_code_is_a_message() -> None:
    assert codes(BY_HAT, BY_MEAN.replace("=", "+="), BY_VARIANCE.replace("=", "+=")) == ["holds"] * 3


def test_what_is_added_and_is_no_single_message_is_left_open() -> None:
    assert codes(r"$$dx_i += \frac{1}{N} d\mu + \frac{1}{N} dv$$") == ["undecided"]


def test_a_sum_of_too_few_paths_stays_wrong() -> None:
    two = r"$$dx_i = \frac{1}{\sqrt{v + \epsilon}} d\hat{x}_i + \frac{1}{N} d\mu$$"
    assert codes("## The gate of the mean", two) == ["missing-path"]


def test_the_whole_gradient_is_read_as_such() -> None:
    (step,) = steps_of("## The gate of the shift", r"$$d\beta = \sum_i dy_i$$")
    assert step.standing == "holds"
    assert not any("edge" in one for one in step.assumptions)


@pytest.mark.parametrize(
    ("side", "code"),
    [
        (r"-\frac{1}{N} d\mu", "sign-flip"),
        (r"d\mu", "wrong-count"),
        (r"\frac{1}{N} \sum_i d\mu", "extra-sum"),
    ],
)
def test_a_wrong_rule_is_compared_with_the_message(side: str, code: str) -> None:
    (step,) = steps_of("## The gate of the mean", f"$$dx_i = {side}$$")
    assert step.finding is not None
    assert step.finding.code == code
    assert step.head_as == "dmu dmu/dx_i"


ONES = (r"I", r"\mathbf{1}", r"\mathbf{1}_N", r"\text{ones}((N, D))", "ones((N, D))", r"\mathrm{ones}(N, D)")


@pytest.mark.parametrize("ones", ONES)
def test_ones_hand_a_gradient_to_each_sample(ones: str) -> None:
    assert codes("## The gate of the mean", rf"$$dx = \frac{{1}}{{N}} {ones} \, d\mu$$") == ["holds"]


def test_ones_mean_nothing_where_no_gate_is_spoken_of() -> None:
    assert codes(r"$$d\hat{x} = \gamma I dy$$") == ["misread-symbol"]


def test_a_shape_below_a_line_is_no_divisor() -> None:
    (step,) = steps_of("## The gate of the mean", r"$$\partial x = \frac{1}{N} I \frac{d\mu}{(D,)}$$")
    assert step.standing == "holds"
    assert step.read_as == "dmu dmu/dx_i = (1/N) dmu"
    assert any(one.startswith("(D,) is written as the shape of d\\mu") for one in step.assumptions)


def test_a_letter_for_mu_is_misread_in_a_gate() -> None:
    (step,) = steps_of("## The gate of the mean", r"$$\partial x = \frac{1}{N} I \frac{du}{(N, D)}$$")
    assert step.finding is not None
    assert step.finding.code == "misread-symbol"
    assert step.read_as == "dmu dmu/dx_i = du/N"
    assert [one.latex for one in step.repairs] == [r"\frac{1}{N} I \frac{d\mu}{(N, D)}"]


def test_a_letter_without_meaning_stays_open_elsewhere() -> None:
    assert codes(r"$$dx = \frac{1}{N} du$$") == ["undecided"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [("All paths together", True), ("both branches", True), ("summing over the paths", True), ("the mean path", False)],
)
def test_words_for_the_whole_gradient(text: str, whole: bool) -> None:
    assert says_whole(Around("", text, "")) is whole
    assert says_whole(Around(text, "", "")) is whole


def test_a_gate_is_named_by_what_it_computes() -> None:
    assert says_one_gate(Around("", "the gate of the mean", ""), "mu")
    assert not says_one_gate(Around("", "the gate of the mean", ""), "v")
    assert says_one_gate(Around("", "one gate", ""), "v")


NUMBERED = r"$$dx_2 = \frac{1}{N} d\mu$$"


def test_a_number_is_a_sample_where_no_parts_are_summed() -> None:
    assert codes(NUMBERED)[0] not in ("holds", "undecided")
