"""Findings have a name that outlives edits around them."""

from __future__ import annotations

from bnverify.report.found import each_slip_once, found_in
from tests.conftest import judge

FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
LOST = r"$$\frac{\partial L}{\partial \gamma} = \sum_j \frac{\partial L}{\partial y_j} x_j$$" + "\n"


def names(text: str) -> list[tuple[str, str]]:
    return [(one.diagnostic.code, one.fingerprint) for one in found_in(judge(text))]


def test_what_moves_keeps_its_name_and_what_changes_does_not() -> None:
    (first,) = names(FLIPPED)
    assert names("Some words.\n\n" + LOST + "\n\nMore.\n\n" + FLIPPED)[1] == first
    assert names(FLIPPED.replace("= -", "=\n   -")) == [first]
    assert names(FLIPPED.replace("-", "-2")) != [first]


def test_two_equal_formulas_have_two_names() -> None:
    open_one = "$$a = f(x)$$\n"
    first, second = names(open_one + "\nOnce more:\n\n" + open_one)
    assert first == names(open_one)[0]
    assert first != second


def test_an_expected_finding_says_so() -> None:
    (found,) = found_in(judge(FLIPPED + "<!-- expect: sign-flip -->\n"))
    assert found.aside == "the note expects it"
    (counts,) = found_in(judge(FLIPPED))
    assert counts.aside == ""


def test_a_slip_that_is_expected_once_is_reported_where_it_is_not() -> None:
    again = r"$$\sum_j \frac{\partial L}{\partial y_j} \hat{x}_j = \sum_j \frac{\partial L}{\partial y_j} x_j$$" + "\n"
    both = judge(LOST + "\n" + again)
    told = each_slip_once(both, both.open_diagnostics)
    assert [both.note.line(one.primary.span.start) for one in told] == [1]
    assert told[0].notes[-1] == "the same slip again: line 3"
    assert len(found_in(both)) == 2
    one = judge(LOST + "<!-- expect: lost-hat -->\n\n" + again)
    told = each_slip_once(one, one.open_diagnostics)
    assert [one.note.line(found.primary.span.start) for found in told] == [4]
    assert [found.aside for found in found_in(one)] == ["the note expects it", ""]
