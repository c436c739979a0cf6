"""Notes that say themselves what is wrong with them: `tests/notes`, all three witnesses.

`layouts/` has a section for each way of writing that was met in public derivations (`ROWS.txt` lists them),
`family/` has notes on every layer.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from bnverify.batch.codec import decoded, encoded
from bnverify.record import NoteRecord, Report
from bnverify.report.counts import exit_status
from bnverify.report.full import render
from bnverify.report.pieces import text_of
from bnverify.run import check_paths, options_from

HERE = Path(__file__).parent / "notes"
LAYOUTS = sorted(path for path in (HERE / "layouts").iterdir() if path.suffix in (".md", ".tex", ".ipynb"))
FAMILY = sorted((HERE / "family").glob("*.md"))
NOTES = [*sorted(HERE.glob("*.md")), *LAYOUTS, *FAMILY]


def test_there_are_notes() -> None:
    assert len(NOTES) >= 10
    assert len(LAYOUTS) >= 10
    assert len(FAMILY) >= 10


@cache
def checked(path: Path) -> Report:
    return check_paths((str(path),), options_from("declared", "all"))


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_the_note_holds_exactly_what_it_expects(path: Path) -> None:
    report = checked(path)
    assert exit_status(report) == 0, text_of(render(report))


def the_same(one: Any, other: Any) -> bool:
    """Whether all parts are equal, those that `==` passes over as well."""
    if is_dataclass(one):
        return type(one) is type(other) and all(
            the_same(getattr(one, part.name), getattr(other, part.name)) for part in fields(one)
        )
    if isinstance(one, tuple):
        return isinstance(other, tuple) and len(one) == len(other) and all(map(the_same, one, other))
    return bool(one == other)


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_the_record_survives_as_text(path: Path) -> None:
    (record,) = checked(path).notes
    text = json.dumps(encoded(record))
    back = decoded(NoteRecord, json.loads(text))
    assert back == record
    assert the_same(record, back)
    assert json.dumps(encoded(back)) == text


# Every row of the census has a section that uses it.

HEADING = re.compile(r"^#{2,3} (.+)$|^% row: (.+)$", re.MULTILINE)


def text_of_note(path: Path) -> str:
    """The text of a note; of a notebook its Markdown cells."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")


def rows() -> list[str]:
    lines = (HERE / "layouts" / "ROWS.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not re.fullmatch(r"\[B\d\]", line)]


def test_every_way_of_writing_has_a_section_of_its_own() -> None:
    titles = [(found[1] or found[2]).strip() for path in LAYOUTS for found in HEADING.finditer(text_of_note(path))]
    assert len(rows()) >= 120
    assert sorted(set(rows()) - set(titles)) == []
    assert [row for row in rows() if titles.count(row) > 1] == []


def test_a_section_holds_mathematics() -> None:
    for path in LAYOUTS:
        text = text_of_note(path)
        marks = [found.start() for found in HEADING.finditer(text)]
        for start, end in zip(marks, [*marks[1:], len(text)], strict=True):
            section = text[start:end]
            if HEADING.match(section) and any(row in section.split("\n", 1)[0] for row in rows()):
                assert re.search(r"[$=]", section.split("\n", 1)[1]), section[:60]
