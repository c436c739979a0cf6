"""The formats of a report, each in the hands of the program that it is for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnverify.cli.formats import FOR_PEOPLE, FOR_PROGRAMS
from bnverify.cli.main import main

WRONG = r"""$$\mu = \frac{1}{n} \sum_i x_i$$

$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.md"
    path.write_text(WRONG, encoding="utf-8")
    return path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", "--no-cache", "--witness", "proof", *arguments], standalone_mode=False)


@pytest.mark.parametrize("form", [*FOR_PEOPLE, *FOR_PROGRAMS])
def test_a_file_gets_what_would_be_printed(form: str, note: Path, tmp_path: Path) -> None:
    printed = check("--output-format", form, str(note))
    written = check("--output-format", form, "-o", str(tmp_path / "report"), str(note))
    assert (printed.return_value, written.return_value) == (1, 1)
    assert (tmp_path / "report").read_text(encoding="utf-8") == printed.stdout
    assert written.stdout == ""
    assert "mend " in written.stderr


def test_a_report_does_not_take_the_place_of_a_note(note: Path) -> None:
    done = check("-o", str(note), str(note))
    assert done.return_value == 2
    assert "the report would take the place of a note" in done.stderr
    assert note.read_text(encoding="utf-8") == WRONG


def test_what_prints_a_page_of_its_own_refuses_a_file(note: Path, tmp_path: Path) -> None:
    for flag, named in (("--diff", str(note)), ("--explain", f"{note}:3")):
        done = CliRunner().invoke(main, ["check", flag, named, "-o", str(tmp_path / "report")])
        assert done.exit_code == 2
        assert "leave --output-format and -o away" in done.output


def test_json_lines_end_with_the_totals(note: Path) -> None:
    *_, last = check("--output-format", "json-lines", str(note)).stdout.splitlines()
    assert json.loads(last)["totals"]["exit_status"] == 1
