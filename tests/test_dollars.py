"""One lost or doubled sign around a formula costs that formula at most, and nothing is dropped in silence."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from bnverify.read.documents import lay_out
from tests.conftest import judge

FORMULAS = (
    r"\mu = \frac{1}{n} \sum_{i=1}^{n} x_i",
    r"\sigma^2 = \frac{1}{n} \sum_{i=1}^{n} (x_i - \mu)^2",
    r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}",
    r"y_i = \gamma \hat{x}_i + \beta",
    r"\frac{\partial L}{\partial \beta} = \sum_{i=1}^{n} \frac{\partial L}{\partial y_i}",
    r"\frac{\partial L}{\partial \gamma} = \sum_{i=1}^{n} \frac{\partial L}{\partial y_i} \hat{x}_i",
)
STYLES = {
    "one line each": ("$${}$$\n\n", ""),
    "lines of their own": ("$$\n{}\n$$\n\n", ""),
    "with prose between": ("So we get the next result:\n\n$${}$$\n\n", "as wanted.\n"),
    "with a word between": ("$${}$$\n\nand\n\n", ""),
    "with formulas in the prose": ("For every $x_i$ of the batch\n\n$$\n{}\n$$\n\n", "where $n > 1$.\n"),
}


def text_of(style: str) -> str:
    formula, end = STYLES[style]
    return "".join(formula.format(one) for one in FORMULAS) + end


def found(text: str) -> list[str]:
    return [text[one.span.start : one.span.end].strip() for one in lay_out(text).formulas if one.display]


def damaged(text: str) -> Iterator[tuple[int, str]]:
    """The text with each `$$` lost, and with each of them doubled; and which formula it belongs to."""
    for number, mark in enumerate(re.finditer(r"\$\$", text)):
        yield number // 2, text[: mark.start()] + text[mark.end() :]
        yield number // 2, text[: mark.start()] + "$$" + text[mark.start() :]


@pytest.mark.parametrize("style", STYLES)
def test_a_lost_or_a_doubled_mark_costs_one_formula_at_most(style: str) -> None:
    text = text_of(style)
    assert found(text) == list(FORMULAS)
    for hit, broken in damaged(text):
        layout = lay_out(broken)
        others = [one for number, one in enumerate(FORMULAS) if number != hit]
        assert [one for one in found(broken) if one in others] == others, broken
        assert layout.outside or any(one.startswith(FORMULAS[hit]) for one in found(broken)), broken


@pytest.mark.parametrize("style", STYLES)
def test_two_marks_may_be_lost(style: str) -> None:
    text = text_of(style)
    marks = [found.start() for found in re.finditer(r"\$\$", text)]
    for first, second in ((1, 3), (1, 5), (3, 9), (3, 5)):
        broken = text[: marks[first]] + text[marks[first] + 2 : marks[second]] + text[marks[second] + 2 :]
        assert [one for one in FORMULAS if any(shown.startswith(one) for shown in found(broken))] == list(FORMULAS)


STRAY = {
    "a price": "The cost is 5$$.\n\n$$a = \\frac{b}{c}$$\n\n$$d = \\frac{e}{f}$$",
    "a doubled mark": "$$$$\na = \\frac{b}{c}\n$$\n\n$$\nd = \\frac{e}{f}\n$$",
    "a mark at the end": "$$a = \\frac{b}{c}$$\n\n$$d = \\frac{e}{f}$$\n\n$$",
}


@pytest.mark.parametrize("text", STRAY.values(), ids=STRAY)
def test_a_mark_too_many_is_said(text: str) -> None:
    layout = lay_out(text)
    assert found(text) == [r"a = \frac{b}{c}", r"d = \frac{e}{f}"]
    assert [text[span.start : span.end] for span in layout.stray] == ["$$"]
    assert [one.code for one in judge(text).note_findings] == ["missing-bracket"]


WHOLE = {
    "two in a row": ("$$a = b$$$$c = d$$", ["a = b", "c = d"]),
    "a blank line within": ("$$\na = b\n\n= c\n$$\n\nmore words follow here\n\n$$d = e$$", ["a = b\n\n= c", "d = e"]),
    "blank lines around": ("$$\n\na = \\frac{b}{c}\n\n$$\n\n$$d = e$$", ["a = \\frac{b}{c}", "d = e"]),
    "an environment": ("$$\\begin{aligned}a &= b\\end{aligned}$$ so $$c = d$$", [r"\begin{aligned}a &= b\end{aligned}", "c = d"]),
    "run into the next": ("$$a = b_i\n$$c = d_i$$", ["a = b_i", "c = d_i"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "formulas"), WHOLE.values(), ids=WHOLE)
def test_marks_that_belong_together(text: str, formulas: list[str]) -> None:
    assert found(text) == formulas
    assert lay_out(text).stray == ()


ENDED = {
    "a display": ("$$a = b_i\n\nand\n\n$$c = d_i$$", ["a = b_i", "c = d_i"]),
    "words in the line": ("$$a = b_i and then we have\n\n$$c = d_i$$", ["a = b_i", "c = d_i"]),
    "a formula in the line": ("We have $a = \\frac{b}{c} and then\n\nmore", ["a = \\frac{b}{c}"]),
    "words in a text": ("$$a = b_i \\text{ if and only if } i = j", ["a = b_i \\text{ if and only if } i = j"]),
}


@pytest.mark.parametrize(("text", "formulas"), ENDED.values(), ids=ENDED)
def test_words_end_a_formula_that_is_never_closed(text: str, formulas: list[str]) -> None:
    assert [text[one.span.start : one.span.end].strip() for one in lay_out(text).formulas] == formulas


BLOCKS = {
    "options": ("```{math}\n:label: eq-foo\n:nowrap:\n\na = b\n```", ["a = b"]),
    "an option in a quote": ("> ```{math}\n> :label: eq-foo\n> a = b\n> ```", ["> a = b"]),
    "colons": (":::{math}\n:label: foo\na = b\n:::\n\nmore", ["a = b"]),
    "dollars of its own": ("```math\n$$a = b$$\n```", ["a = b"]),
    "a colon that is no option": ("```{math}\n: a = b\n```", [": a = b"]),
    "a bracket that is never closed": ("\\[ a = b\n\n\\[ c = d \\]", ["a = b", "c = d"]),
}


@pytest.mark.parametrize(("text", "formulas"), BLOCKS.values(), ids=BLOCKS)
def test_blocks_of_mathematics(text: str, formulas: list[str]) -> None:
    assert found(text) == formulas


@pytest.mark.parametrize(("end", "read"), [("}", False), ("\n", False), ("}\n", True), ("}\n\n", True)])
def test_a_file_that_ends_in_a_formula_leaves_its_last_side_unread(end: str, read: bool) -> None:
    text = f"$${FORMULAS[0]}$$\n\n$$\\frac{{\\partial \\mu}}{{\\partial x_i}} = \\frac{{1}}{{n{end}"
    *_, last = judge(text).steps
    assert (last.finding is None) is read
    assert last.finding is None or last.finding.code == "unreadable"


OUTSIDE = {
    "the source of a formula": "\n~~~latex\n\\frac{a}{b} = c\n~~~\n",
    "a line": "\n\\frac{\\partial L}{\\partial \\beta} = 3 \\sum_i g_i\n",
    "a sentence": "and \\frac{\\partial L}{\\partial \\beta} = 3 \\sum_i g_i.",
    "one sum": "so \\sum_{i=1}^n x_i is zero",
    "a block of code by its indent": "text\n\n    \\hat{x}_i = 3\n",
}
NOTHING_OUTSIDE = {
    "a span of code": "write `\\frac{a}{b}` for a fraction",
    "a fence": "```\n\\frac{a}{b} = \\sum_i c\n```",
    "a comment": "<!-- \\frac{a}{b} -->",
    "commands by name": "use \\frac, \\partial and \\sum here",
    "escaped": "a \\\\frac{a}{b}",
    "an own command": "\\newcommand{\\d}[2]{\\frac{\\partial #1}{\\partial #2}}",
    "references": "see \\ref{eq:a} and \\cite{b} in \\section{c}",
}


@pytest.mark.parametrize("text", OUTSIDE.values(), ids=OUTSIDE)
def test_mathematics_outside_any_formula_is_reported(text: str) -> None:
    note = f"$\\epsilon = 1$ {text}"
    (span,) = lay_out(note).outside
    (one,) = judge(note).note_findings
    assert (one.code, one.primary.span) == ("unreadable", span)


@pytest.mark.parametrize("text", NOTHING_OUTSIDE.values(), ids=NOTHING_OUTSIDE)
def test_talk_of_latex_is_no_mathematics(text: str) -> None:
    assert lay_out(text).outside == ()


TEX = r"""\documentclass{article}
\usepackage{amsmath}
\DeclareMathOperator{\tr}{tr}
\newcommand{\hx}{\hat{x}}
\begin{document}
\section{The layer}
\begin{verbatim}
\frac{a}{b}
\end{verbatim}
% \frac{a}{b}
\verb|\frac{a}{b}| and \(a = \frac{b}{c}\)
\end{document}
"""


def test_a_document_in_latex_hides_what_is_no_mathematics() -> None:
    assert lay_out(TEX, "note.tex").outside == ()
    assert len(lay_out(TEX.replace("\\section", "\\frac{a}{b} \\section"), "note.tex").outside) == 1


def test_marks_are_paired_in_time() -> None:
    text = "$$a = \\frac{b}{c}\n\n" * 10_000
    before = time.perf_counter()
    lay_out(text)
    assert time.perf_counter() - before < 10
