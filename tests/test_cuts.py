"""A side that is cut over two displays is read as one, or is said to be unread; it is never two halves."""

from __future__ import annotations

import pytest

from bnverify.read.chains import read
from bnverify.read.plain import plain
from bnverify.source import Note
from tests.conftest import judge

CUT = {
    "before a minus": ("$$a = b$$\n\n$$- c$$", [["b − c"]]),
    "before a plus": ("\\[ a = b \\]\n\\[ + c \\]", [["b + c"]]),
    "in a bracket with invisible halves": (
        "$$a = d \\left( b \\right.$$\n\n$$\\left. - c \\right)$$",
        [["d (b − c)"]],
    ),
    "in a bracket that is left open": ("$$a = d ( b$$\n\n$$- c ) = e$$", [["d (b − c)", "e"]]),
    "a case of its own": (
        "$$a_i = b_j \\quad i = j$$\n\n$$- c_i \\quad i \\neq j$$",
        [["{ b_j if i = j; −c_i if i ≠ j }"]],
    ),
    "an equation of its own": ("$$a = b$$\n\n$$- c = d$$", [["b"], ["d"]]),
}


@pytest.mark.parametrize(("text", "sides"), CUT.values(), ids=CUT)
def test_a_side_goes_on_in_the_next_display(text: str, sides: list[list[str]]) -> None:
    chains = read(Note("note.md", text)).chains
    assert [[plain(step.side) for step in chain.steps] for chain in chains] == sides


def test_a_display_that_goes_on_from_nothing_is_not_read() -> None:
    found = judge("$$\\epsilon = 1$$\n\nOn the other hand there is\n\n$$- \\frac{a}{b}$$").steps
    assert [step.finding.code for step in found if step.finding] == ["unreadable"]


MARKS = ("(Z)", "(2a)", "(*)", r"(\star)", r"(\star) \quad \checkmark", "[a]", "(a')")


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_behind_an_equation_is_no_factor(mark: str) -> None:
    (chain,) = read(Note("note.md", rf"$$a = b \quad {mark}$$")).chains
    assert [plain(step.side) for step in chain.steps] == ["b"]
