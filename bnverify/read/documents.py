"""A document -> where its mathematics stands: formulas with spans, front matter, expectations, its own commands.

The scan is linear and keeps every offset, which no Markdown parser does for inline mathematics.
Code, comments and front matter hold no formulas. What is not called `.tex` is read as Markdown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from bnverify.read import markdown, tex
from bnverify.read.extents import NOT_SPACE
from bnverify.read.macros import Macros, collect
from bnverify.source import Span


@dataclass(frozen=True, slots=True)
class Formula:
    """One piece of mathematics: the span of its content, and of the prose between it and the formula before."""

    span: Span
    lead: Span
    display: bool
    closed: bool = True
    quoted: int = 0
    """How many `>` stand before each of its lines."""
    encoded: bool = False
    """Part of an address, with `%5C` for a backslash."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """`<!-- expect[tag]: code, code -->` behind a formula, or `% expect: code` on a source line inside one."""

    span: Span
    tag: str
    codes: tuple[str, ...]
    inline: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a document keeps its mathematics."""

    front_matter: Span | None
    formulas: tuple[Formula, ...]
    expectations: tuple[Expectation, ...]
    unread: Span | None = None
    """What stands behind the last formula that is read, where there are too many."""
    is_tex: bool = False
    macros: Macros = field(default_factory=Macros)
    hidden: tuple[Span, ...] = ()
    """Comments and code."""

    def formula_at(self, place: int) -> Formula | None:
        """The formula that holds an offset."""
        found = bisect_right(self.formulas, place, key=lambda one: one.span.start) - 1
        return self.formulas[found] if found >= 0 and place <= self.formulas[found].span.end else None


MOST_FORMULAS = 5_000
EXPECT = re.compile(r"<!--\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^>]*?)-->")
EXPECT_IN_LINE = re.compile(r"%\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^\n]*)")
PREFIX = re.compile(r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*")


def lay_out(text: str, name: str = "") -> Layout:
    """Find the formulas of a document, in reading order."""
    is_tex = name.lower().endswith((".tex", ".latex", ".ltx"))
    front, start = (None, 0) if is_tex else markdown.front_matter(text)
    found = _Scan(text, is_tex).run(start)
    macros = collect(text, found.hidden)
    opening, own = macros.shorthands("begin"), macros.environments
    if opening or own:
        found = _Scan(text, is_tex, opening, macros.shorthands("end"), own).run(start)
    formulas = tuple(found.formulas)
    unread = Span(formulas[-1].span.end, len(text)) if len(formulas) >= MOST_FORMULAS else None
    comments = [span for span in found.hidden if is_tex and text[span.start] == "%"]
    expectations = _expectations(text, formulas, found.hidden_code, comments)
    return Layout(front, formulas, expectations, unread, is_tex, macros, tuple(found.hidden))


class _Scan:
    """One pass over a document."""

    def __init__(
        self,
        text: str,
        is_tex: bool,
        opening: dict[str, str] | None = None,
        closing: dict[str, str] | None = None,
        own: dict[str, str] | None = None,
    ) -> None:
        self.text = text
        self.is_tex = is_tex
        self.kind = tex if is_tex else markdown
        self.shorthands: dict[str, tuple[str, ...]] = {
            name: (environment,) for name, environment in (opening or {}).items()
        }
        for environment in set((opening or {}).values()):
            ends = tuple(name for name, closed in (closing or {}).items() if closed == environment)
            self.shorthands[environment] = ends
        environments = "".join(f"|{name}" for name in own or ())
        shorthands = "|".join(re.escape(name) for name in opening or ())
        self.beginnings = self.kind.beginnings(environments, shorthands)
        self.formulas: list[Formula] = []
        self.hidden: list[Span] = []
        self.hidden_code: list[Span] = []

    def run(self, start: int) -> _Scan:
        begin, limit = tex.body(self.text) if self.is_tex else (start, len(self.text))
        if begin > start:
            self.scan(start, begin)
            self.formulas.clear()
        self.scan(begin, limit)
        return self

    def scan(self, start: int, limit: int) -> None:
        place = lead = start
        while len(self.formulas) < MOST_FORMULAS:
            match = self.beginnings.search(self.text, place, limit)
            if match is None:
                return
            found = self.kind.extent(self.text, match, self.shorthands)
            content, end = found.content, min(found.end, limit)
            if content is not None and NOT_SPACE.search(self.text, content.start, min(content.end, limit)):
                span = Span(content.start, min(content.end, limit))
                quoted = 0 if self.is_tex else self.quoted(match.start())
                one = Formula(span, Span(lead, match.start()), found.display, found.closed, quoted, found.encoded)
                self.formulas.append(one)
                lead = end
            elif found.hidden:
                self.hidden.append(Span(match.start(), end))
                if match.lastgroup != "comment":
                    self.hidden_code.append(self.hidden[-1])
            place = max(end, match.end())

    def quoted(self, place: int) -> int:
        line = self.text.rfind("\n", 0, place) + 1
        found = PREFIX.match(self.text, line)
        return found.group().count(">") if found else 0


def _expectations(
    text: str, formulas: tuple[Formula, ...], code: Sequence[Span], comments: Sequence[Span]
) -> tuple[Expectation, ...]:
    """Those of HTML comments, those of LaTeX comments between the formulas, and those inside one."""
    outside = (m for m in EXPECT.finditer(text) if not any(span.start <= m.start() < span.end for span in code))
    found = [_expectation(match, inline=False) for match in outside]
    between = (EXPECT_IN_LINE.match(text, span.start, span.end) for span in comments)
    found += [_expectation(match, inline=False) for match in between if match]
    for formula in formulas:
        lines = EXPECT_IN_LINE.finditer(text, formula.span.start, formula.span.end)
        found.extend(_expectation(match, inline=True) for match in lines)
    return tuple(sorted(found, key=lambda one: one.span))


def _expectation(match: re.Match[str], inline: bool) -> Expectation:
    codes = tuple(code for code in re.split(r"[,\s]+", match.group("codes").strip()) if code)
    return Expectation(Span(match.start(), match.end()), (match.group("tag") or "").strip(), codes, inline)
