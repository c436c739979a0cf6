"""Findings that a note sets aside by a comment: they are counted and listed, and count towards no exit status."""

from __future__ import annotations

import json

import pytest

from bnverify.codes import ignored_codes
from bnverify.ignores import with_ignored_codes
from bnverify.record import NoteRecord, Report
from bnverify.report.concise import render as concise
from bnverify.report.counts import exit_status
from bnverify.report.full import render
from bnverify.report.jsons import render as as_json
from bnverify.report.pieces import text_of
from tests.conftest import judge

FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
RIGHT = FLIPPED.replace("-", "")
OPEN = "$$a = f(x)$$\n"
ROWS = r"""$$y_i = \gamma \hat{x}_i + \beta$$

$$\begin{aligned}
\frac{\partial L}{\partial \beta} &= \sum_i \frac{\partial L}{\partial y_i} \\
\frac{\partial L}{\partial \gamma} &= \sum_i \frac{\partial L}{\partial y_i} x_i % bnverify: ignore[lost-hat] later
\end{aligned}$$
"""


def status(record: NoteRecord, strict: bool = False) -> int:
    return exit_status(Report((record,)), strict)


def ignored(record: NoteRecord) -> list[tuple[str, str]]:
    return [(one.code, one.why) for one in record.ignored]


def codes(record: NoteRecord) -> list[str]:
    return [one.code for one in record.note_findings]


def test_an_error_that_is_ignored_does_not_count_and_is_listed_with_its_reason() -> None:
    record = judge(FLIPPED + "<!-- bnverify: ignore[sign-flip] the author knows -->\n\n" + RIGHT)
    assert ignored(record) == [("sign-flip", "line 2: the author knows")]
    assert (status(record), status(record, strict=True)) == (0, 0)
    shown = text_of(render(Report((record,))))
    assert "ignored:\n  line   1  sign-flip  line 2: the author knows\n" in shown
    assert "1 wrong" in shown
    assert shown.endswith("no error is left; 1 finding is ignored\n")
    assert "sign-flip" not in text_of(concise(Report((record,))))


def test_a_step_that_is_ignored_is_no_less_wrong_in_the_report_for_programs() -> None:
    note = json.loads(as_json(Report((judge(FLIPPED + "<!-- bnverify: ignore[sign-flip] -->\n"),))))["notes"][0]
    assert note["steps"][0]["standing"] == "introduced"
    assert [(one["code"], one["line"], one["why"]) for one in note["ignored"]] == [("sign-flip", 1, "line 2")]
    assert note["summary"]["ignored"] == 1


def test_of_a_line_inside_a_formula_the_comment_at_its_end_speaks() -> None:
    record = judge(ROWS)
    assert ignored(record) == [("lost-hat", "line 5: later")]
    assert status(record) == 0
    elsewhere = judge(
        ROWS.replace(" % bnverify: ignore[lost-hat] later", "").replace(r" \\", r" \\ % bnverify: ignore[lost-hat]")
    )
    assert status(elsewhere) == 1
    assert codes(elsewhere) == ["unused-ignore"]


def test_what_is_undecided_and_what_cannot_be_read_may_be_ignored() -> None:
    assert status(judge(RIGHT + "\n" + OPEN)) == 3
    assert status(judge(RIGHT + "\n" + OPEN + "<!-- bnverify: ignore[undecided] beside the point -->\n")) == 0
    unread = RIGHT + "\n" + r"$$a = \langle x, y \rangle$$" + "\n"
    assert status(judge(unread)) == 3
    assert status(judge(unread + "<!-- bnverify: ignore[unreadable] -->\n")) == 0


@pytest.mark.parametrize(
    ("comment", "message", "help"),
    [
        ("<!-- bnverify: ignore[lost-hat] -->", "nothing is ignored here: this formula has no finding `lost-hat`", "remove the comment"),
        ("<!-- bnverify: ignore[sing-flip] -->", "no finding is called `sing-flip`", "did you mean `sign-flip`?"),
        ("<!-- bnverify: ignore -->", "this comment ignores nothing: it names no code", "write `ignore[code] reason`, with the code of a finding"),
        ("<!-- bnverify: ignore[] -->", "this comment ignores nothing: it names no code", "write `ignore[code] reason`, with the code of a finding"),
        ("<!-- bnverify ignore sign-flip -->", "this comment ignores nothing: it names no code", "write `ignore[code] reason`, with the code of a finding"),
    ],
)  # fmt: skip
def test_a_comment_that_ignores_nothing_is_a_finding(comment: str, message: str, help: str) -> None:
    record = judge(FLIPPED + comment + "\n")
    assert [(one.code, one.message, one.help) for one in record.note_findings] == [("unused-ignore", message, help)]
    assert status(record) == 1
    mended = judge(RIGHT + comment + "\n")
    assert (status(mended), status(mended, strict=True)) == (0, 1)


def test_a_comment_speaks_of_the_formula_before_it_alone() -> None:
    record = judge(FLIPPED + "\n" + RIGHT + "<!-- bnverify: ignore[sign-flip] -->\n")
    assert status(record) == 1
    assert codes(record) == ["unused-ignore"]


def test_under_a_forced_convention_no_comment_is_called_unused() -> None:
    text = r"$$v = \frac{1}{n-1} \sum_i (x_i - \mu)^2$$" + "\n\n" + RIGHT + "<!-- bnverify: ignore[wrong-count] -->\n"
    assert codes(judge(text)) == ["unused-ignore"]
    assert codes(judge(text, "biased")) == []


def test_a_comment_in_code_is_an_example_and_no_comment() -> None:
    record = judge(RIGHT + "\n```html\n<!-- bnverify: ignore[sign-flip] -->\n```\n")
    assert (ignored(record), codes(record)) == ([], [])


def test_what_is_expected_is_not_counted_as_ignored_too() -> None:
    record = judge(FLIPPED + "<!-- bnverify: ignore[sign-flip] -->\n<!-- expect: sign-flip -->\n")
    assert (len(record.expected), ignored(record), codes(record)) == (1, [], [])


def test_an_expected_finding_of_the_note_as_a_whole_stays_in_the_report() -> None:
    record = judge(RIGHT + "<!-- bnverify: ignore[sign-flip] -->\n<!-- expect: unused-ignore -->\n")
    assert codes(record) == ["unused-ignore"]
    assert (status(record), status(record, strict=True)) == (0, 0)
    assert "as the note expects:\n  line   2  unused-ignore" in text_of(render(Report((record,))))


TWICE = (
    r"$$y_i = \gamma \hat{x}_i + \beta$$"
    + "\n\n"
    + r"$$\frac{\partial L}{\partial \gamma} = -\sum_i \frac{\partial L}{\partial y_i} x_i$$"
    + "\n"
)
"""A lost hat and a flipped sign in one step."""


def test_a_step_with_two_slips_is_set_aside_for_both_or_not_at_all() -> None:
    (step,) = (step for step in judge(TWICE).steps if step.finding)
    assert step.finding is not None
    assert step.finding.codes == {"lost-hat", "sign-flip"}
    half = judge(TWICE + "<!-- bnverify: ignore[lost-hat] -->\n")
    assert status(half) == 1
    assert [one.message for one in half.note_findings] == ["nothing is ignored here: the same step has `sign-flip` too"]
    both = judge(TWICE + "<!-- bnverify: ignore[lost-hat, sign-flip] -->\n")
    assert (status(both), codes(both)) == (0, [])


def test_codes_of_a_run_set_a_step_aside_for_all_of_its_slips_or_not_at_all() -> None:
    record = judge(TWICE)
    assert status(with_ignored_codes(record, {"lost-hat": "--ignore"})) == 1
    assert status(with_ignored_codes(record, {"lost-hat": "--ignore", "sign-flip": "pyproject.toml"})) == 0
    assert status(with_ignored_codes(record, ignored_codes(["sign-flip"], (), "--select"))) == 1


@pytest.mark.parametrize("reason", ["it holds for n -> infinity", "over\ntwo lines", "a > b, and <b>more</b>"])
def test_a_reason_may_hold_what_it_likes(reason: str) -> None:
    record = judge(FLIPPED + f"<!-- bnverify: ignore[sign-flip] {reason} -->\n")
    assert [one.why for one in record.ignored] == [f"line 2: {' '.join(reason.split())}"]


@pytest.mark.parametrize(
    "comment",
    ["<!-- bnverify: ignore[sign-flip] without an end", f"<!-- bnverify: ignore[sign-flip] {'long ' * 200} -->"],
)
def test_a_comment_that_is_not_understood_is_a_finding(comment: str) -> None:
    record = judge(FLIPPED + comment + "\n")
    assert ignored(record) == []
    assert "unused-ignore" in codes(record)
