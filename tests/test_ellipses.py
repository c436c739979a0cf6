"""Sums with an ellipsis: read where the pattern shows, and only there."""

from __future__ import annotations

import pytest

from tests.conftest import standings

PASS = r"$$\mu = \frac{1}{m} \sum_{i=1}^m x_i, \quad y_i = \gamma x_i + \beta$$ "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$$\mu = \frac{x_1 + x_2 + \dots + x_m}{m}$$", "holds"),
        (r"$$\mu = \frac{x_1 + \dots + x_m}{m}$$", "holds"),
        (r"$$m \mu = x_1 + x_2 + x_3 + \cdots + x_m$$", "holds"),
        (r"$$\mu = x_1 + x_2 + \dots + x_m$$", "introduced"),
        (r"$$m \mu = 2x_1 + 2x_2 + \dots + 2x_m$$", "introduced"),
        (r"$$m \mu = x_1 + x_3 + \dots + x_m$$", "undecided"),
        (r"$$m \mu = x_1 + x_2^2 + \dots + x_m$$", "undecided"),
        (r"$$m \mu = x_1 + x_2 + \dots$$", "undecided"),
    ],
)
def test_a_sum_with_an_ellipsis(text: str, expected: str) -> None:
    assert standings(PASS + text)[-1] == expected
