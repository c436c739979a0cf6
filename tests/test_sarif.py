"""SARIF: valid, its regions and repairs are those of the file, and what is set aside is suppressed."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest
from markdown_it import MarkdownIt

from bnverify.codes import CODES, WITHOUT_PAGE
from bnverify.diagnostic import Severity
from bnverify.ignores import with_ignored_codes
from bnverify.record import Report, Trouble
from bnverify.report.found import found_in
from bnverify.report.sarif import render
from tests.conftest import FLIPPED, HOSTILE, ROOT, SLIPS, derivations_report, judge, notebook_report, report_of

SCHEMA = json.loads((ROOT / "tests" / "schemas" / "sarif-2.1.0-rtm.5.json").read_text(encoding="utf-8"))
VALID = jsonschema.Draft4Validator(SCHEMA)


def run_of(report: Report) -> dict[str, Any]:
    document = json.loads(render(report))
    VALID.validate(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[one["ruleIndex"]]["id"] == one["ruleId"] for one in run["results"])
    return run


def physical(location: dict[str, Any]) -> dict[str, Any]:
    return location["physicalLocation"]


def cut(text: str, region: dict[str, int]) -> str:
    """The characters of a region, by its lines and columns."""
    lines = text.split("\n")[region["startLine"] - 1 : region["endLine"]]
    lines[-1] = lines[-1][: region["endColumn"] - 1]
    lines[0] = lines[0][region["startColumn"] - 1 :]
    return "\n".join(lines)


def replaced(text: str, change: dict[str, Any]) -> str:
    """The text after the replacements of a change, from the last one to the first."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    for one in reversed(change["replacements"]):
        region = one["deletedRegion"]
        start = starts[region["startLine"] - 1] + region["startColumn"] - 1
        end = starts[region["endLine"] - 1] + region["endColumn"] - 1
        text = text[:start] + one["insertedContent"]["text"] + text[end:]
    return text


def test_the_notes_of_the_repository_are_suppressed_where_they_expect_it() -> None:
    report = derivations_report()
    results = run_of(report)["results"]
    expected = [one for one in results if one["suppressions"]]
    assert len(expected) == sum(len(record.expected) + len(record.expected_findings) for record in report.notes)
    assert {one["suppressions"][0]["kind"] for one in expected} == {"inSource"}
    assert {one["level"] for one in results if one not in expected} <= {"note"}


def test_who_ignores_a_finding_is_told() -> None:
    (own,) = run_of(report_of(("n.md", FLIPPED + "<!-- bnverify: ignore[sign-flip] known -->\n")))["results"]
    assert own["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "ignored: line 2: known"}
    ]
    report = report_of(("n.md", FLIPPED))
    asked = replace(report, notes=(with_ignored_codes(report.notes[0], {"sign-flip": "--ignore"}),))
    (other,) = run_of(asked)["results"]
    assert [one["kind"] for one in other["suppressions"]] == ["external"]


def test_regions_are_the_characters_of_the_findings() -> None:
    report = report_of(("003.md", SLIPS))
    found = found_in(report.notes[0])
    results = run_of(report)["results"]
    assert len(results) == len(found) == 7
    for result, one in zip(results, found, strict=True):
        (location,) = result["locations"]
        span = one.diagnostic.primary.span
        assert cut(SLIPS, physical(location)["region"]) == SLIPS[span.start : span.end]
        assert result["partialFingerprints"] == {"findingHash/v1": one.fingerprint}
        assert result["suppressions"] == []
        sides = [SLIPS[label.span.start : label.span.end] for label in one.diagnostic.context]
        assert [cut(SLIPS, physical(near)["region"]) for near in result.get("relatedLocations", [])] == sides
    assert sum(len(one.get("relatedLocations", [])) for one in results) == 3


def test_a_fix_makes_its_step_right() -> None:
    results = run_of(report_of(("003.md", SLIPS)))["results"]
    fixed = [one for one in results if "fixes" in one]
    assert [one["ruleId"] for one in fixed] == ["missing-path", "wrong-count", "missing-factor", "mixed-variance"]
    for one in fixed:
        ((change,),) = (fix["artifactChanges"] for fix in one["fixes"])
        after = run_of(report_of(("003.md", replaced(SLIPS, change))))["results"]
        line = physical(one["locations"][0])["region"]["startLine"]
        assert line not in [
            physical(left["locations"][0])["region"]["startLine"] for left in after if left["level"] == "error"
        ]


def test_every_code_has_a_rule_with_its_title_and_its_page() -> None:
    seen = {}
    for rule in run_of(report_of(("003.md", SLIPS)))["tool"]["driver"]["rules"]:
        seen[rule["id"]] = rule
    titles = {one.name: one.title for one in CODES}
    assert {key: rule["shortDescription"]["text"] for key, rule in seen.items()} == {key: titles[key] for key in seen}
    assert seen["wrong-step"]["help"]["markdown"].startswith("# wrong-step: ")
    assert not any("<!--" in rule["help"]["markdown"] for rule in seen.values())


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FLIPPED + "<!-- expect: lost-hat -->\n", "expectation"),
        ("---\nbnverify: {colour: red}\n---\n" + FLIPPED, "bad-setting"),
        (FLIPPED + "\nThis is never closed: $$\\mu = 1\n", "joined"),
    ],
)
def test_what_is_said_of_the_note_as_a_whole_has_a_rule(text: str, code: str) -> None:
    assert code in [one["ruleId"] for one in run_of(report_of(("note.md", text)))["results"]]


def test_names_of_codes_are_told_once() -> None:
    names = [one.name for one in (*CODES, *WITHOUT_PAGE)]
    assert len(names) == len(set(names))
    assert {one.severity for one in WITHOUT_PAGE} <= set(Severity)


def test_a_cell_has_no_region_and_no_fix(tmp_path: Path) -> None:
    (result,) = run_of(notebook_report(tmp_path, "words", FLIPPED))["results"]
    (location,) = result["locations"]
    assert physical(location).keys() == {"artifactLocation"}
    column = FLIPPED.index("-") + 1
    assert [one["name"] for one in location["logicalLocations"]] == [f"cell 2, line 1, column {column}"]
    assert f"cell 2, line 1, column {column}" in result["message"]["text"]
    assert "fixes" not in result


@pytest.mark.parametrize(
    ("path", "uri"),
    [("a b#c%ü.md", "a%20b%23c%25%C3%BC.md"), ("x/../n.md", "n.md"), ("a\udcffb.md", "a%FFb.md"), ("<stdin>", "%3Cstdin%3E")],
)  # fmt: skip
def test_paths_become_uris_of_the_root(path: str, uri: str) -> None:
    (result,) = run_of(report_of((path, FLIPPED)))["results"]
    assert physical(result["locations"][0])["artifactLocation"] == {"uri": uri, "uriBaseId": "%SRCROOT%"}


def test_what_lies_elsewhere_has_its_whole_path(tmp_path: Path) -> None:
    path = tmp_path / "n 1.md"
    (result,) = run_of(report_of((str(path), FLIPPED)))["results"]
    found = physical(result["locations"][0])["artifactLocation"]
    assert found.keys() == {"uri"}
    assert unquote(found["uri"]) == f"file://{os.path.abspath(path)}"


def test_troubles_are_notifications() -> None:
    run = run_of(report_of(("note.md", FLIPPED), troubles=(Trouble("no.md", "there is no such file", "name another"),)))
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (told,) = invocation["toolExecutionNotifications"]
    assert told["message"]["text"] == "there is no such file\nhelp: name another"
    assert physical(told["locations"][0])["artifactLocation"]["uri"] == "no.md"


def test_columns_count_code_points() -> None:
    text = "𝔐𝔐 " + FLIPPED
    (result,) = run_of(report_of(("note.md", text)))["results"]
    assert physical(result["locations"][0])["region"]["startColumn"] == text.index("-") + 1
    assert judge(text).note.line(0) == 1


def test_hostile_text_is_no_link() -> None:
    for result in run_of(report_of(("note.md", HOSTILE)))["results"]:
        assert "](" not in result["message"]["text"]
        shown = MarkdownIt("commonmark").render(result["message"]["markdown"])
        assert not re.search(r"<(a|img|script)\b", shown)
