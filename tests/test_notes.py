"""Notes that say themselves what is wrong with them: `tests/notes/*.md`, all three witnesses."""

from __future__ import annotations

from pathlib import Path

import pytest

from bnverify.report.counts import exit_status
from bnverify.report.full import render
from bnverify.report.pieces import text_of
from bnverify.run import check_paths, options_from

NOTES = sorted((Path(__file__).parent / "notes").glob("*.md"))


def test_there_are_notes() -> None:
    assert len(NOTES) >= 10


@pytest.mark.parametrize("path", NOTES, ids=lambda path: path.stem)
def test_the_note_holds_exactly_what_it_expects(path: Path) -> None:
    report = check_paths((str(path),), options_from("declared", "all"))
    assert exit_status(report) == 0, text_of(render(report))
