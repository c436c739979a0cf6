"""JUnit XML: valid, and with the verdict of every step."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
import xmlschema

from bnverify.record import Report, Trouble
from bnverify.report.counts import exit_status
from bnverify.report.junit import render
from bnverify.report.look import Look
from tests.conftest import FLIPPED, HOSTILE, ROOT, SLIPS, derivations_report, notebook_report, report_of

SCHEMA = xmlschema.XMLSchema(ROOT / "tests" / "schemas" / "junit-10.xsd")
TROUBLE = Trouble("a\x00\ud800.md", "no such file", "name another")


def suites(report: Report, strict: bool = False) -> dict[str, dict[str, ElementTree.Element]]:
    """The cases of each suite by name; the document is valid, and its counts are those of its cases."""
    text = render(report, Look(strict=strict))
    text.encode("utf-8")
    SCHEMA.validate(text)
    whole = ElementTree.fromstring(text)
    for one in (whole, *whole.iter("testsuite")):
        assert int(one.get("tests", "")) == len(list(one.iter("testcase")))
        assert int(one.get("failures", "")) == len(list(one.iter("failure")))
        assert int(one.get("errors", "")) == len(list(one.iter("error")))
        assert int(one.get("skipped", "-1")) in (-1, len(list(one.iter("skipped"))))
    found = {suite.get("name", ""): {case.get("name", ""): case for case in suite} for suite in whole}
    assert sum(map(len, found.values())) == len(list(whole.iter("testcase"))), "names tell the cases of a suite apart"
    return found


def outcomes(cases: dict[str, ElementTree.Element]) -> dict[str, str]:
    return {name: case[0].tag if len(case) else "" for name, case in cases.items()}


def test_the_notes_of_the_repository_have_no_failure() -> None:
    report = derivations_report()
    found = suites(report)
    assert len(found) == len(report.notes) > 2
    assert {outcome for cases in found.values() for outcome in outcomes(cases).values()} == {"", "skipped"}
    slip = found[str(ROOT / "derivations" / "003-two-variances.md")]["line 55: dL/dx_i"][0]
    assert slip.get("message") == "missing-path: the note expects it"


def test_without_its_expectations_a_wrong_step_is_a_failure_and_what_follows_is_skipped() -> None:
    (cases,) = suites(report_of(("003.md", SLIPS))).values()
    failed = {name.split(":")[0] for name, outcome in outcomes(cases).items() if outcome == "failure"}
    assert failed == {f"line {line}" for line in (55, 56, 78, 87, 143, 144)}
    skipped = {name.split(":")[0] for name, outcome in outcomes(cases).items() if outcome == "skipped"}
    assert skipped == {"line 79", "line 88"}
    wrong = cases["line 78: dsigma^2/dx_i"][0]
    assert wrong.get("type") == "wrong-step"
    assert "for n = 2, x = (0, 2), i = 1: dsigma^2/dx_i is -1, this side is 0" in (wrong.text or "").splitlines()


def test_strict_makes_failures_of_warnings() -> None:
    report = report_of(("003.md", SLIPS))
    name = "line 115: dsigma^2/dmu"
    (calm,), (strict,) = suites(report).values(), suites(report, strict=True).values()
    assert (outcomes(calm)[name], outcomes(strict)[name]) == ("", "failure")


@pytest.mark.parametrize(
    ("text", "outcome", "said"),
    [
        ("$$a = f(x)$$\n", "skipped", "this is not decided"),
        ("$$\\mu = \\oint x$$\n", "skipped", "this cannot be read"),
        ("no mathematics\n", "skipped", "there is no equation in it"),
        ("$$N = 4$$\n", "skipped", "it sets a number, and is not judged"),
        ("---\nbnverify: {colour: red}\n---\n" + FLIPPED.replace("-", ""), "failure", "colour"),
        (FLIPPED + "<!-- expect: lost-hat -->\n", "failure", "was expected to have: lost-hat"),
    ],
)  # fmt: skip
def test_what_is_open_is_no_pass(text: str, outcome: str, said: str) -> None:
    report = report_of(("note.md", text))
    (cases,) = suites(report).values()
    found = [one for case in cases.values() for one in case if said in one.get("message", "")]
    assert [one.tag for one in found][:1] == [outcome], render(report)
    assert exit_status(report) == {"skipped": 3, "failure": 1}[outcome]


def test_cells_and_troubles(tmp_path: Path) -> None:
    (cases,) = suites(notebook_report(tmp_path, "words", FLIPPED)).values()
    assert outcomes(cases) == {"line 1 of cell 2: dL/dbeta": "failure"}
    found = suites(report_of(troubles=(TROUBLE,)))
    assert outcomes(found["a\\u0000\\ud800.md"]) == {"the note": "error"}


def test_hostile_text_stays_text() -> None:
    report = report_of(("a\x00\ufffe<&>.md", HOSTILE))
    (cases,) = suites(report).values()
    assert "failure" in outcomes(cases).values()
    told = [one.get("message", "") for case in cases.values() for one in case]
    assert any("<img src=x onerror=alert(1)>" in one and "]]>" in one for one in told)
    assert not any(line.lstrip().startswith("::") for line in render(report).splitlines())


def test_equal_names_are_told_apart() -> None:
    (cases,) = suites(report_of(("note.md", "$$a = f(x) = g(x)$$\n"))).values()
    assert list(cases)[:2] == ["line 1: a", "line 1: a (2)"]
