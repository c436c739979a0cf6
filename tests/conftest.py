"""Shared by all tests: a way to check a text, and the derivation files of the repository."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest

from bnverify.record import NoteRecord, Report, Trouble
from bnverify.run import check_paths, check_text, options_from

os.environ["BNVERIFY_CACHE_DIR"] = os.devnull
"""No test is answered from the cache of whoever runs it; those of the cache name a folder of their own."""
ROOT = Path(__file__).parent.parent
WHOLE = bool(os.environ.get("BNVERIFY_WHOLE"))
"""Whether nothing is left out of the tests that look at a share of what there is."""
T = TypeVar("T")
DERIVATIONS = sorted((ROOT / "derivations").glob("*.md"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: tests wait for the processes that they start."""
    return (os.cpu_count() or 1) + 1


def share(of: int, items: Sequence[T]) -> Sequence[T]:
    """The first of every so many; all of them with BNVERIFY_WHOLE=1."""
    return items if WHOLE else items[::of]


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


def unexpected(text: str) -> str:
    """A note without the expectations that it holds."""
    return re.sub(r"<!-- expect.*?-->\n?|[ \t]*% expect.*", "", text)


SLIPS = unexpected((ROOT / "derivations" / "003-two-variances.md").read_text(encoding="utf-8"))
"""A handwritten note with six wrong steps, one of which follows from the side before, and one hidden slip."""
FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
HOSTILE = (
    "$$\\mu = \\text{a</code><img src=x onerror=alert(1)>| @octocat #12 ``` `b` %0A::error::boom ]]> [a](http://evil.org)} x_i$$\n\n"
    + FLIPPED.replace("$$\n", "\\text{\n::error file=x::boom\n##[error]boom \ufffe\x00\x1b[31m}$$\n\n")
    + "<!-- expect: ::error::boom @octocat #12 octocat/a#3 www.evil.org http://evil.org GH-1 -->\n"
)
"""Words that would be orders, mentions, links or markup where somebody took them for their own."""


def report_of(*notes: tuple[str, str], troubles: tuple[Trouble, ...] = ()) -> Report:
    """The report on notes given as names and texts."""
    options = options_from(witness="proof")
    return Report(tuple(check_text(text, name, options).notes[0] for name, text in notes), troubles)


def notebook_report(folder: Path, *cells: str) -> Report:
    """The report on a notebook of Markdown cells."""
    made = [{"cell_type": "markdown", "metadata": {}, "source": one} for one in cells]
    path = folder / "nb.ipynb"
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return check_paths((str(path),), options_from(witness="proof"))


@cache
def derivations_report() -> Report:
    """The report on handwritten notes of the repository: 001, 003 and a right one."""
    return check_paths(tuple(map(str, share(2, DERIVATIONS[1:]))), options_from(witness="proof"))
