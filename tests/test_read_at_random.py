"""Pieces of containers, commands and layout in any order: the reader neither fails nor loses a character."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnverify.read.accounting import account
from bnverify.read.chains import read
from bnverify.source import Note
from tests.fuzz.soundness import faults

PIECES = [
    r"\newcommand{\a}[1]{\frac{#1}{2}} ", r"\def\b{=}", r"\newcommand{\c}[2]{#2 #1}", r"\let\x\a", r"\a{x}", r"\b", r"\a",
    r"\c{x_i}{y}", r"\c xy", r"\newenvironment{e}{\begin{equation}}{\end{equation}}", r"\begin{e}", r"\end{e}",
    r"\newcommand{\be}{\begin{equation}}\newcommand{\ee}{\end{equation}}", r"\be ", r"\ee ", r"\begin{document}",
    r"\end{document}", r"\iffalse", r"\fi", r"\begin{align}", r"\end{align}", r"\begin{cases}", r"\end{cases}", "$", "$$",
    r"\[", r"\]", r"\(", r"\)", r"\\(", r"\\)", "`", "```math\n", "```\n", "> ", "<p>", "&lt;", "{%raw%}", "\n", "\n\n", " ",
    "%", "{", "}", "(", ")", r"\left(", r"\right)", r"\left.", r"\right.", "|", "x", "_i", "^2", "=", "+", "-", ",", "&",
    r"\\", r"\sum", r"\partial", r"\frac", r"\hat", r"\sigma^2_B", "1", r"\text{a b}", r"\text{std}", r"\quad",
    r"(\text{let } t = 2)", "we get ", r"\Rightarrow", r"\color{red}", r"\boxed{", r"i \neq j", "(i=j)", r"\tag{1}",
]  # fmt: skip


@pytest.mark.parametrize("name", ["note.md", "note.tex"])
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=300, deadline=None)
def test_no_order_of_pieces_makes_the_reader_fail_or_lose_anything(name: str, text: str) -> None:
    for whole in (text, f"${text}$"):
        assert account(read(Note(name, whole))).lost == ()


@pytest.mark.parametrize(
    "text",
    [
        "$$$$\n= ac{2}{n-1} \\cdot \\sum_$$\\frac{\\partial L\\sum_$$$$$\\frac{\\partial L$$",
        "$$$$\n\\begin{align}\\text{where\\rangle \\qu$$\\mu = \\frac1Mad \\tag{1}\n$$\n \\\\\\frac{\\partial\n$$$$",
        "\\def\\b{=}$(i=j)> \\b$",
        "\\def\\b{=}(i=j)> \\b",
        "$$The label is, $t_i \\in \\#0, 1\\}$ with $\\sum_{i=1}^{C} t_i = 1$, and the loss is {x}_i} - \\frac{\\part$$",
    ],
)
def test_signs_that_do_not_pair_are_counted_once(text: str) -> None:
    """Met by the long run over inputs: a step at the place of another one, and characters that were counted twice."""
    script = read(Note("note.md", text))
    assert list(faults(script, account(script))) == []
