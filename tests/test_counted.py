"""Where a note counts up to d, the letter before a factor is a number; in a quotient it still differentiates."""

from __future__ import annotations

import pytest

from bnverify.read.chains import read
from bnverify.read.plain import plain
from bnverify.source import Note
from tests.conftest import standings

MEAN = r"$$\mu = \frac{1}{d} \sum_{i=1}^{d} x_i$$"
COUNTED = {
    "before a delta": (r"$$a = d \delta_{ij} - 1$$", "d δ_ij − 1"),
    "in a bracket": (r"$$a = (d \delta_{ij} - 1)$$", "(d δ_ij − 1)"),
    "below a line": (r"$$a = \frac{1}{d s}$$", "1/(d s)"),
    "before a name": (r"$$a = d x_i - b$$", "d x_i − b"),
    "in an operator": (r"$$a = \frac{d}{d s} b$$", None),
    "in a quotient": (r"$$a = \frac{d L}{d s}$$", None),
    "in a row": (r"$$a = dL/ds$$", None),
}


def side(text: str) -> str:
    *_, last = read(Note("note.md", text)).chains
    return plain(last.steps[-1].side)


@pytest.mark.parametrize(("text", "meant"), COUNTED.values(), ids=COUNTED)
def test_d_counts_where_sums_end_at_it(text: str, meant: str | None) -> None:
    assert side(f"{MEAN}\n\n{text}") == (meant if meant is not None else side(text))


def test_d_is_a_differential_where_no_sum_ends_at_it() -> None:
    differentials = MEAN.replace("d", "n") + "\n\n"
    assert side(f"{differentials}$$a = d x_i - b$$") != side(f"{MEAN}\n\n$$a = d x_i - b$$")
    assert side(f"{MEAN}\n\n$$dx_i = d y_i - b$$") == side(f"{differentials}$$dx_i = d y_i - b$$")


def test_below_a_line_d_counts_beside_gradients_that_are_written_with_d() -> None:
    note = (
        r"$$r_t = \sqrt{\frac{1}{d}\sum_{i=1}^d x_{ti}^2 + \epsilon}, \quad \hat{x}_{ti} = \frac{x_{ti}}{r_t},"
        r" \quad y_{ti} = \gamma_i \hat{x}_{ti}$$" + "\n\n"
        r"$$dx_{ti} = \frac{\gamma_i}{r_t}\frac{\partial L}{\partial y_{ti}}"
        r" + \frac{\partial L}{\partial r_t} \frac{x_{ti}}{d r_t}$$"
    )
    assert standings(note) == ["holds"] * 4
    assert standings(note.replace(r"\frac{x_{ti}}{d r_t}", r"\frac{2 x_{ti}}{d r_t}"))[-1] == "introduced"
    quotients = note.replace("\\partial", "d ")
    assert standings(quotients) == ["holds"] * 4
