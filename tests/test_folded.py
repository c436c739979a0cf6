"""Folding a layer into the one before it: its weights and its bias get their meaning from their own definitions."""

from __future__ import annotations

import pytest

from tests.conftest import standings

BIAS = r"\frac{\gamma}{\sqrt{\sigma^2+\epsilon}}(b-\mu)+\beta"
FOLDED = (
    r"$$x = Wu + b$$" + "\n\n"
    r"$$@W = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}} W, \qquad @b = " + BIAS + "$$\n\n"
    r"$$y = @W u + @b$$"
)


@pytest.mark.parametrize("mark", [r"\hat ", r"\tilde ", ""])
@pytest.mark.parametrize("words", ["", "At inference time the statistics are constants.\n\n"])
def test_a_folded_bias_is_a_definition(mark: str, words: str) -> None:
    note = FOLDED.replace("@W", f"{mark}W" if mark else "W'").replace("@b", f"{mark}b" if mark else "b'")
    *definitions, output = standings(words + note)
    assert definitions == ["holds"] * 3
    assert output == "undecided"  # what stands before the input is not worked out


def test_a_hat_over_the_input_itself_is_still_the_normalised_input() -> None:
    note = (
        "At inference time the statistics are constants.\n\n"
        r"$$z = Wu + b$$" + "\n\n"
        r"$$\hat{z} = \frac{z - \mu}{\sqrt{\sigma^2+\epsilon}}$$"
    )
    assert standings(note) == ["holds", "holds"]
    assert standings(note.replace(r"\sqrt{\sigma^2+\epsilon}", r"\sigma^2+\epsilon"))[1] == "introduced"
