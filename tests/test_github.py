"""Annotations of GitHub: what its runner reads in the lines is what was meant, and nothing else is an order."""

from __future__ import annotations

import re
from pathlib import Path

from bnverify.record import Report, Trouble
from bnverify.report.github import render
from tests.conftest import FLIPPED, HOSTILE, SLIPS, derivations_report, notebook_report, report_of

TROUBLE = Trouble("a,b:c%.md", "there is no such file\n::error::boom")


def unescaped(text: str, properties: bool) -> str:
    """As the runner does it: the per cent sign last."""
    for written, meant in (("%0D", "\r"), ("%0A", "\n"), *((("%3A", ":"), ("%2C", ",")) if properties else ())):
        text = text.replace(written, meant)
    return text.replace("%25", "%")


def commands(report: Report) -> tuple[list[tuple[str, dict[str, str], str]], str]:
    """The commands that a runner finds, and the last line."""
    *lines, last, end = render(report).split("\n")
    assert end == ""
    found = []
    for line in lines:
        kind, _, rest = line.removeprefix("::").partition(" ")
        told, _, message = rest.partition("::")
        pairs = (one.split("=", 1) for one in told.split(","))
        found.append((kind, {key: unescaped(value, True) for key, value in pairs}, unescaped(message, False)))
    return found, last


def test_an_annotation_stands_at_the_characters_of_the_finding() -> None:
    ((kind, told, message),), last = commands(report_of(("notes/note.md", "Words.\n\n" + FLIPPED)))
    sign = FLIPPED.index("-") + 1
    assert kind == "error"
    assert told == {"file": "notes/note.md", "line": "3", "endLine": "3", "col": str(sign), "endColumn": str(sign + 1),
                    "title": "sign-flip"}  # fmt: skip
    assert message.splitlines()[0] == f"notes/note.md:3:{sign}: a sign is wrong here"
    assert "for n = 1, g = (1): dL/dbeta is 1, this side is -1" in message.splitlines()
    assert last == "1 step: 0 right, 1 wrong"


def test_errors_come_first_and_the_first_of_every_note_before_any_second() -> None:
    found, _ = commands(report_of(("a.md", SLIPS), ("b.md", SLIPS), ("c.md", FLIPPED)))
    assert [kind for kind, _, _ in found] == ["error"] * 13 + ["warning"] * 2
    assert [told["file"] for _, told, _ in found[:5]] == ["a.md", "b.md", "c.md", "a.md", "b.md"]
    assert [told["line"] for _, told, _ in found[:2]] == ["55", "55"]


def test_what_is_left_out_is_counted() -> None:
    expected = FLIPPED + "<!-- expect: sign-flip -->\n"
    found, last = commands(report_of(("a.md", expected), ("b.md", SLIPS), ("c.md", SLIPS)))
    assert "a.md" not in [told["file"] for _, told, _ in found]
    assert last.endswith(
        "1 finding is not annotated: the note expects it; GitHub shows 10 of 12 annotations that are errors"
    )


def test_what_is_ignored_is_counted_together() -> None:
    comment = "<!-- bnverify: ignore[sign-flip] known -->\n\n"
    text = FLIPPED + comment + r"$$\frac{\partial y_i}{\partial \beta} = -1$$" + "\n" + comment
    found, last = commands(report_of(("a.md", text)))
    assert found == []
    assert last.endswith("; 2 findings are not annotated: ignored")


def test_a_hostile_text_gives_no_order() -> None:
    report = report_of(("a,b:c%.md", HOSTILE), troubles=(TROUBLE,))
    found, last = commands(report)
    assert {kind for kind, _, _ in found} == {"error", "warning"}
    assert {told["file"] for _, told, _ in found} == {"a,b:c%.md"}
    assert {told["title"] for _, told, _ in found} == {"sign-flip", "undecided", "expectation", "not checked"}
    assert any("%0A::error::boom" in message for _, _, message in found), "the text of the note comes back as it was"
    for line in render(report).splitlines():
        assert re.match(r"::(error|warning) [^:]*::", line) or line == last
        assert "##[" not in line
    assert not last.lstrip().startswith("::")


def test_a_cell_has_no_line_of_its_file(tmp_path: Path) -> None:
    ((_, told, message),), _ = commands(notebook_report(tmp_path, "words", FLIPPED))
    assert told.keys() == {"file", "title"}
    assert "nb.ipynb:cell 2:1:" in message


def test_standard_input_has_no_file() -> None:
    ((_, told, message),), _ = commands(report_of(("<stdin>", FLIPPED)))
    assert told == {"title": "sign-flip"}
    assert message.startswith("<stdin>:1:")


def test_a_finding_of_several_lines_has_no_columns() -> None:
    found, _ = commands(derivations_report())
    told = [one for _, one, _ in found]
    assert any(one["line"] != one["endLine"] for one in told)
    assert all(("col" in one) == (one["line"] == one["endLine"]) for one in told)
