"""The derivation files: right as they are, and no flipped sign goes unnoticed."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from bnverify.read.documents import Formula, lay_out
from bnverify.record import Kind, Report, Standing, StepRecord
from bnverify.report.counts import exit_status
from bnverify.run import check_text, options_from
from tests.conftest import DERIVATIONS, share

VARIANCES = share(3, ("declared", "biased", "unbiased"))
"""`.ci/run` checks the files under the other two itself."""
RIGHT = (Standing.HOLDS, Standing.COMPENSATED)


def check(text: str, variance: str) -> Report:
    return check_text(text, "note.md", options_from(variance, "proof"))


@cache
def as_it_is(path: Path, variance: str) -> Report:
    return check(path.read_text(encoding="utf-8"), variance)


def test_there_are_derivations() -> None:
    assert len(DERIVATIONS) >= 7


@pytest.mark.parametrize("variance", VARIANCES)
def test_every_finding_is_expected(derivation: Path, variance: str) -> None:
    assert exit_status(as_it_is(derivation, variance)) == 0


def flipped(text: str, step: StepRecord) -> str:
    """The text with the sign of one side changed."""
    start = step.side_span.start
    return text[:start] + (text[start + 1 :] if text[start] == "-" else "-" + text[start:])


def by_formula(text: str, steps: tuple[StepRecord, ...]) -> Iterator[tuple[Formula, list[StepRecord]]]:
    for formula in lay_out(text).formulas:
        own = [step for step in steps if formula.span.start <= step.relation.start < formula.span.end]
        if own:
            yield formula, own


def stays_as_it_was(step: StepRecord, after: Report) -> bool:
    """Whether flipping has not made the line false: it is zero, or the sign of the residual is a convention."""
    same = next(one for one in after.notes[0].steps if abs(one.relation.start - step.relation.start) <= 1)
    return same.standing in RIGHT


@pytest.mark.parametrize("variance", VARIANCES)
def test_one_flipped_sign_in_any_formula_is_noticed(derivation: Path, variance: str) -> None:
    """In a few formulas with a right line: each flip judges a whole note.

    A line that is expected to be wrong may keep the name of its first slip when its sign changes as well.
    """
    text = derivation.read_text(encoding="utf-8")
    (record,) = as_it_is(derivation, variance).notes
    flips = 0
    for formula, steps in share(90, list(by_formula(text, record.steps))):
        for step in steps:
            if step.standing not in RIGHT or step.kind is Kind.PROSE:
                continue
            after = check(flipped(text, step), variance)
            if stays_as_it_was(step, after):
                continue
            flips += 1
            assert exit_status(after) == 1, (text[formula.span.start : formula.span.end], step.side)
            break
    assert flips >= 1
