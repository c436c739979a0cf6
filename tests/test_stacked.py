"""Sums inside one another beyond all use are refused before any work is done."""

from __future__ import annotations

import time

import pytest

from bnverify.read.stacked import MOST_SUMS
from tests.conftest import judge


@pytest.mark.parametrize("count", [MOST_SUMS + 1, 100])
def test_too_many_sums_are_not_read(count: int) -> None:
    before = time.perf_counter()
    sums = "\\sum_i " * count
    text = rf"$$\frac{{\partial L}}{{\partial \beta}} = {sums} \frac{{\partial L}}{{\partial y_i}}$$"
    (step,) = judge(text).steps
    assert step.finding is not None
    assert step.finding.message == f"this cannot be read: more than {MOST_SUMS} sums stand inside one another"
    assert time.perf_counter() - before < 10


def test_sums_beside_one_another_are_read() -> None:
    text = " + ".join([r"\sum_i \frac{\partial L}{\partial y_i}"] * (2 * MOST_SUMS))
    (step,) = judge(rf"$$\frac{{\partial L}}{{\partial \beta}} = \frac{{1}}{{{2 * MOST_SUMS}}} ( {text} )$$").steps
    assert step.finding is None
