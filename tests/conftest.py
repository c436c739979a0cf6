"""Shared by all tests: a way to check a text, and the derivation files of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bnverify.record import NoteRecord
from bnverify.run import check_text, options_from

os.environ["BNVERIFY_CACHE_DIR"] = os.devnull
"""No test is answered from the cache of whoever runs it; those of the cache name a folder of their own."""
ROOT = Path(__file__).parent.parent
DERIVATIONS = sorted((ROOT / "derivations").glob("*.md"))


def judge(text: str, variance: str = "declared", witness: str = "proof") -> NoteRecord:
    """The record of a note given as text."""
    report = check_text(text, "note.md", options_from(variance, witness))
    assert not report.troubles, report.troubles
    return report.notes[0]


def standings(text: str, variance: str = "declared") -> list[str | None]:
    """The standing of each step, or its kind where it has none."""
    return [step.standing.value if step.standing else step.kind.value for step in judge(text, variance).steps]


@pytest.fixture(params=DERIVATIONS, ids=lambda path: path.stem)
def derivation(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)
