"""Real notes and a dictionary -> texts that nobody would write, and the bytes of a file that holds them.

There is no wheel of atheris for the Python that the tests run on, so nothing here follows the coverage of the code.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

HOME = Path(__file__).parents[2]
FOLDERS = ("derivations", "tests/notes")
LONGEST_EXCERPT, LONGEST_PARAGRAPH = 90, 130
WHOLE, DEEP = 0.003, 0.002
"""The shares of whole notes, and of one token many times over."""

WORDS = (
    r"\frac{ } \frac12 \sqrt{ } \sqrt \sum \sum_{i=1}^n \sum_j \sum\limits_{ } \prod \int \partial \nabla \hat{x} \hat x "
    r"\bar{x} \tilde \vec \mathbf{x} \mathcal{L} \mathcal \mathbb{R} \boldsymbol \mathrm{d} \operatorname{Var} \text{ } "
    r"\text{where $a = b$} \mbox{ } \left( \right) \left. \right. \left[ \right] \bigl( \Bigr) \{ \} \langle \rangle \| | "
    r"\begin{align} \end{align} \begin{aligned} \end{aligned} \begin{cases} \end{cases} \begin{equation} \end{equation} "
    r"\begin{pmatrix} \end{pmatrix} \begin{array}{cc} \end{array} \begin{document} \end{document} \begin \end \\ \\[2pt] & "
    r"\quad \qquad \, \; \! \  ~ \tag{1} \label{a} \nonumber \boxed{ \color{red} \underbrace{ }_{ } \overbrace{ }^{ } "
    r"\cancel{ } \cancelto{0}{ } \stackrel{ }{=} \overset{!}{=} \mathrel{=} \doteq \coloneqq := \equiv \approx \neq \ne \le \in "
    r"\Rightarrow \rightarrow \to \iff \therefore \odot \circ \times \cdot \top ^\top ^T ^{-1} ^{1/2} ^2 ^ _ _i _{ij} _{i=1} "
    r"\delta_{ij} \mathbb{1}_{i=j} 1_{i=j} \mu \mu_B \sigma^2 \sigma \gamma \beta \epsilon \varepsilon \ell L n N x_i y_i g_i "
    r"\hat{x}_i (x_i-\mu) dx dout \frac{\partial L}{\partial x_i} \partial{L}/\partial{x} \frac{d}{dx} \exp \log \max \min "
    r"\newcommand{\a}[1]{#1} \def\b{=} \let\c\a \a \b \c #1 \DeclareMathOperator{\E}{E} \renewcommand \input{x} \include{y} "
    r"\iffalse \fi \verb|$| % %% $ $$ $$$ \( \) \[ \] \$ ` ``` ```math ~~~ <!-- --> <!--expect:sign-flip--> > >> - * # ## --- "
    r"<p> </p> <br> &lt; &amp; {{ }} {%raw%} {%endraw%} [a](b) ![a](https://x/?\frac{a}{b}) :::{math} ::: ::  = + - / ( ) [ ] "
    r"{ } { } == =? += \pm 0 1 2 3.14 1e9 1/0 0/0 ^{64} ^{99999999999} 10^{10^{10}} , . ; : ! ? ' '' \prime if for all where let "
    r"\mathop \nolimits \displaystyle \phantom{ } \hspace{1em} \rm {\bf } \hbox{ } \ensuremath{ } \over \atop \choose \ldots \cdots "
    r"\vdots \dots ... \infty \emptyset \forall \blacksquare \qed \checkmark \textcircled{1} (1) \circled expect: "
).split(" ")
ODD = (
    "\u200b", "\u00a0", "\u2028", "\u202e", "\ufeff", "\u0301", "\U0001d465", "\U0001f600", "\u00d7", "\u2212", "\u2202",
    "\u2211", "\u221a", "\u03bc", "\u03c3\u00b2", "\u00b2", "\u2081", "\u00e9", "\u4e2d", "\t", "\r\n", "\r", "\x00", "\x1b[31m",
    "\x0b", "\x0c", "\u0660", "\u2460", "\ufffd", "\u2060", "\u017f",
)  # fmt: skip
LINES = ("\n", "\n\n", "\n\n\n", " \n", "\n> ", "\n- ", "\n    ", "\n```\n", "\n$$\n", "\n\\\\\n", "\n&= ")
KEYS = (
    "bnverify:", "variance: biased", "variance: unbiased", "epsilon: outside", "residual: mu-x", "layer: rms", "layer: layer",
    "derivatives: total", "symbols:", "  s: deviation", "  x: input", "title: a", "- a", "a: &x 1", "b: *x", "? a", "!!python/name:os",
    "variance: [", "variance: {a: b}", "variance: 1e5", "upstream: y", "count: n", "{", "}", "'", '"', "|", ">", "#", ": :", "no", "~",
)  # fmt: skip


@cache
def corpus() -> tuple[str, ...]:
    """The notes of the repository, in a fixed order."""
    paths = sorted(path for folder in FOLDERS for path in (HOME / folder).rglob("*.md"))
    return tuple(path.read_text(encoding="utf-8") for path in paths)


@cache
def paragraphs() -> tuple[str, ...]:
    """Their short paragraphs: most are one formula."""
    found = dict.fromkeys(one.strip("\n") for text in corpus() for one in text.split("\n\n"))
    return tuple(one for one in found if 3 < len(one) <= LONGEST_PARAGRAPH)


# -- texts


def paragraph(pick: random.Random) -> str:
    return pick.choice(paragraphs())


def excerpt(pick: random.Random) -> str:
    """A stretch of a real note: from a line on, or from anywhere."""
    text = pick.choice(corpus())
    start = pick.randrange(len(text))
    if pick.random() < 0.6:
        start = text.rfind("\n", 0, start) + 1
    return text[start : start + pick.randrange(5, LONGEST_EXCERPT)]


def soup(pick: random.Random) -> str:
    """Words of the dictionary in any order, half of the time inside a formula."""
    words = "".join(word(pick) + pick.choice(("", " ")) for _ in range(pick.randrange(1, 14)))
    fence = pick.choice(("", "", "$", "$$", "$$\n"))
    return f"{fence}{words}{fence[::-1]}"


def noise(pick: random.Random) -> str:
    letters = pick.choice(("abcdef", "{}$\\", "\\{}[]()_^=+-&%$#~`<>|'\" \nxi12", "".join(map(chr, range(32, 127)))))
    return "".join(pick.choices(letters, k=pick.randrange(1, 60)))


def word(pick: random.Random) -> str:
    kind = pick.random()
    return pick.choice(WORDS if kind < 0.85 else ODD if kind < 0.93 else LINES)


def whole_note(pick: random.Random) -> str:
    return pick.choice(corpus())[:6000]


def deep(pick: random.Random) -> str:
    """One or two words many times over, with what closes them or not."""
    times, end = pick.choice((50, 150, 250, 1000)), pick.choice(("", "}", ")", "$", r"\end{cases}", "x"))
    inside = (pick.choice(WORDS) + pick.choice(("", "", pick.choice(WORDS)))) * times + end * pick.choice((1, times))
    fence = pick.choice(("", "$", "$$"))
    return f"{fence}{inside[:9000]}{fence}"


# -- mutations

Change = Callable[[str, random.Random], str]


def _range(text: str, pick: random.Random) -> tuple[int, int]:
    start = pick.randrange(len(text) + 1)
    return start, min(len(text), start + pick.choice((1, 1, 2, 3, 8, 30)))


def deleted(text: str, pick: random.Random) -> str:
    start, end = _range(text, pick)
    return text[:start] + text[end:]


def doubled(text: str, pick: random.Random) -> str:
    start, end = _range(text, pick)
    return text[:end] + text[start:]


def exchanged(text: str, pick: random.Random) -> str:
    start, end = _range(text, pick)
    other, last = _range(text, pick)
    if other < end:
        return text[:start] + text[start:end][::-1] + text[end:]
    return text[:start] + text[other:last] + text[end:other] + text[start:end] + text[last:]


def spliced(text: str, pick: random.Random) -> str:
    place, other = pick.randrange(len(text) + 1), excerpt(pick)
    return text[:place] + other[: pick.randrange(1, 60)] + (text[place:] if pick.random() < 0.6 else "")


def with_word(text: str, pick: random.Random) -> str:
    place = pick.randrange(len(text) + 1)
    return text[:place] + word(pick) + text[place:]


def with_other_letter(text: str, pick: random.Random) -> str:
    place = pick.randrange(len(text) + 1)
    return text[:place] + pick.choice("{}$\\()[]_^=&%|`<>#~ \nxin12.,") + text[place + 1 :]


CHANGES: tuple[Change, ...] = (deleted, doubled, exchanged, spliced, with_word, with_word, with_other_letter)


def text(pick: random.Random) -> str:
    """One input, before it becomes a file."""
    kind = pick.random()
    if kind < WHOLE + DEEP:
        made = whole_note(pick) if kind < WHOLE else deep(pick)
    else:
        made = pick.choices((paragraph, excerpt, soup, noise), (0.5, 0.17, 0.25, 0.08))[0](pick)
    return changed(made, pick, pick.choice((0, 1, 1, 1, 2, 2, 3, 5)))


def changed(made: str, pick: random.Random, times: int) -> str:
    for _ in range(times):
        made = pick.choice(CHANGES)(made, pick)
    return made


# -- files


def as_formula(pick: random.Random) -> tuple[str, bytes]:
    """As `-e` gives it."""
    return "<expression>", f"$${text(pick)}$$".encode(errors="replace")


def as_note(ending: str) -> Callable[[random.Random], tuple[str, bytes]]:
    return lambda pick: (f"note{ending}", text(pick).encode(errors="replace"))


def with_front_matter(pick: random.Random) -> tuple[str, bytes]:
    lines = [pick.choice(("", "  ", "    ")) + pick.choice(KEYS) for _ in range(pick.randrange(1, 6))]
    front = "\n".join(("---", pick.choice(("bnverify:", "", "title: a")), *lines, pick.choice(("---", "...", ""))))
    front = pick.choice(CHANGES)(front, pick) if pick.random() < 0.4 else front
    return "note.md", f"{front}\n{text(pick)}".encode(errors="replace")


def as_notebook(pick: random.Random) -> tuple[str, bytes]:
    cells = []
    for _ in range(pick.randrange(1, 4)):
        source = text(pick)
        kind = pick.choice(("markdown", "markdown", "markdown", "code", "raw"))
        cells.append({"cell_type": kind, "source": source if pick.random() < 0.5 else source.splitlines(keepends=True)})
    raw = json.dumps({"cells": cells, "nbformat": 4}, ensure_ascii=pick.random() < 0.5)
    return "note.ipynb", (pick.choice(CHANGES)(raw, pick) if pick.random() < 0.3 else raw).encode(errors="replace")


def as_bytes(pick: random.Random) -> tuple[str, bytes]:
    """Bytes that may be no text."""
    raw = bytearray(text(pick).encode(errors="replace"))
    for _ in range(pick.randrange(1, 4)):
        raw.insert(pick.randrange(len(raw) + 1), pick.randrange(256))
    return pick.choice(("note.md", "note.tex", "note.ipynb", "note.txt")), bytes(raw)


FILES = (as_note(".md"), as_note(".tex"), as_note(".txt"), as_formula, with_front_matter, as_notebook, as_bytes)
SHARES = (40, 20, 6, 14, 7, 9, 4)


def file(pick: random.Random) -> tuple[str, bytes]:
    """The name and the bytes of one input."""
    return pick.choices(FILES, SHARES)[0](pick)
