"""A document -> where its mathematics stands: formulas with spans, front matter, expectations, its own commands.

The scan is linear and keeps every offset, which no Markdown parser does for inline mathematics.
Code, comments and front matter hold no formulas. What is not called `.tex` is read as Markdown.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import field

from bnverify.frozen import frozen
from bnverify.limits import exceeded, most
from bnverify.pattern import pattern
from bnverify.read import markdown, tex
from bnverify.read.dollars import Pairing, pair
from bnverify.read.extents import NOT_SPACE, Extent
from bnverify.read.macros import Macros, collect
from bnverify.read.outside import hides_mathematics, stretches
from bnverify.read.unclosed import ended
from bnverify.source import Span, Unread


@frozen
class Formula:
    """One piece of mathematics: the span of its content, and of the prose between it and the formula before."""

    span: Span
    lead: Span
    display: bool
    closed: bool = True
    opened: bool = True
    quoted: int = 0
    """How many `>` stand before each of its lines."""
    encoded: bool = False
    """Part of an address, with `%5C` for a backslash."""
    end: int = 0
    """Behind the sign that closes it."""


@frozen
class Expectation:
    """`<!-- expect[tag]: code, code -->` behind a formula, or `% expect: code` on a source line inside one."""

    span: Span
    tag: str
    codes: tuple[str, ...]
    inline: bool


@frozen
class Order:
    """`<!-- bnverify: ... -->` behind a formula, or `% bnverify: ...` on a source line inside one."""

    span: Span
    words: str
    inline: bool


@frozen
class Layout:
    """Where a document keeps its mathematics."""

    front_matter: Span | None
    formulas: tuple[Formula, ...]
    expectations: tuple[Expectation, ...]
    orders: tuple[Order, ...] = ()
    unread: Unread | None = None
    """What stands behind the last formula that is read, where there are too many."""
    is_tex: bool = False
    macros: Macros = field(default_factory=Macros)
    hidden: tuple[Span, ...] = ()
    """Comments and code."""
    outside: tuple[Span, ...] = ()
    """Mathematics that stands in no formula."""
    stray: tuple[Span, ...] = ()
    """Every `$$` that neither opens nor closes a formula."""
    unended: tuple[Span, ...] = ()
    """A comment or code without an end that hides mathematics."""

    def formula_at(self, place: int) -> Formula | None:
        """The formula that holds an offset."""
        found = bisect_right(self.formulas, place, key=lambda one: one.span.start) - 1
        return self.formulas[found] if found >= 0 and place <= self.formulas[found].span.end else None


RULE = pattern(r"\${5,}")
"""So many dollars in a row are no sign of anything."""
INNER = frozenset("aligned alignedat gathered split".split())
"""Environments that stand inside a formula."""
EXPECT = pattern(r"<!--\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^>]*?)-->")
EXPECT_IN_LINE = pattern(r"%\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^\n]*)")
ORDER = pattern(r"<!--\s*bnverify(?::|\s+(?=ignore))(?P<words>(?:(?!-->)[\s\S]){0,500})(?P<end>-->)?")
"""A longer one, and one without an end, is one all the same, and says nothing that is understood."""
ORDER_IN_LINE = pattern(r"%\s*bnverify(?::|\s+(?=ignore))(?P<words>[^\n]*)")
PREFIX = pattern(r"(?:[ \t>]|[-*+][ \t]|\d{1,9}[.)][ \t])*")


def limit_reached(formulas: Sequence[Formula], characters: int) -> str:
    """The limit at which a note is read no further, or nothing."""
    if len(formulas) >= most("formulas"):
        return "formulas"
    return "mathematics" if characters > most("mathematics") else ""


def worked_on(span: Span) -> int:
    """How many characters of a formula are looked at: of one that is too long none."""
    return len(span) if len(span) <= most("formula") else 0


def unread_behind(formulas: Sequence[Formula], text: str) -> Unread | None:
    """What stands behind the last formula, where no further one is looked for."""
    reached = limit_reached(formulas, sum(worked_on(one.span) for one in formulas))
    return Unread(Span(formulas[-1].span.end, len(text)), exceeded(reached)) if reached else None


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
    unread = unread_behind(formulas, text)
    comments = [span for span in found.hidden if is_tex and text[span.start] == "%"]
    said = tuple(_said(text, formulas, found.hidden_code, comments))
    expectations = tuple(one for one in said if isinstance(one, Expectation))
    orders = tuple(one for one in said if isinstance(one, Order))
    outside = tuple(found.outside()) if unread is None else ()
    stray = found.displays.stray
    return Layout(
        front,
        formulas,
        expectations,
        orders,
        unread,
        is_tex,
        macros,
        tuple(found.hidden),
        outside,
        stray,
        tuple(found.unended),
    )


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
        self.characters = 0
        """Of all of them."""
        self.hidden: list[Span] = []
        self.hidden_code: list[Span] = []
        self.body = Span(0, len(text))
        self.passed: list[Span] = []
        """What is no prose, as it is found: what turns out to be closed without being opened comes late."""
        self.roles: list[Span] = []
        """Equations in code that is mathematics elsewhere."""
        self.displays = Pairing({}, ())
        self.unended: list[Span] = []

    def run(self, start: int) -> _Scan:
        begin, limit = tex.body(self.text) if self.is_tex else (start, len(self.text))
        if begin > start:
            self.scan(start, begin)
            self.formulas.clear()
        self.body = Span(begin, limit)
        self.unended.clear()
        self.passed.clear()
        self.displays = self.paired(begin, limit)
        self.scan(begin, limit)
        return self

    def outside(self) -> Iterator[Span]:
        """Mathematics in no formula, no code and no comment."""
        found = stretches(self.text, self.body, sorted(self.passed))
        return iter(sorted([*found, *(one for one in self.roles if self.body.start <= one.start < self.body.end)]))

    def paired(self, start: int, limit: int) -> Pairing:
        """What each `$$` does: all of them are found first, outside code, comments and other formulas."""
        if "$$" not in self.text[start:limit]:
            return self.displays
        marks: list[int] = []
        covered: list[Span] = []
        place = start
        while (match := self.beginnings.search(self.text, place, limit)) is not None:
            place = match.end()
            if match.lastgroup == "display":
                rule = RULE.match(self.text, match.start(), limit)
                marks += [] if rule else [match.start()]
                place = rule.end() if rule else place
                continue
            found = self.kind.extent(self.text, match, self.shorthands)
            end = min(found.end, limit)
            whole = found.closed or match.lastgroup == "inline"
            whole = whole and not (match.lastgroup == "env" and match["name"] in INNER)
            if whole and (found.hidden or "$$" not in self.text[match.end() : end]):
                covered.append(Span(match.start(), end))
                place = max(place, end)
        return pair(self.text, marks, start, limit, covered)

    def extent(self, match: re.Match[str]) -> Extent:
        """What begins at a match."""
        if match.lastgroup == "display":
            rule = RULE.match(self.text, match.start())
            return self.displays.formulas.get(match.start(), Extent(None, (rule or match).end()))
        found: Extent = self.kind.extent(self.text, match, self.shorthands)
        return found

    def scan(self, start: int, limit: int) -> None:
        place = lead = start
        while not limit_reached(self.formulas, self.characters):
            match = self.beginnings.search(self.text, place, limit)
            if match is None:
                return
            found = ended(self.text, self.extent(match))
            content, end = found.content, min(found.end, limit)
            begin = match.start() if found.opened or content is None else content.start
            role = not self.is_tex and markdown.is_role(self.text, match, end)
            self.roles += [Span(match.end(), end)] if role else []
            shown = not self.is_tex and not role and markdown.is_source(self.text, match, end)
            self.passed.append(Span(begin, match.end() if shown else max(end, match.end())))
            if content is not None and NOT_SPACE.search(self.text, content.start, min(content.end, limit)):
                span = Span(content.start, min(content.end, limit))
                quoted = 0 if self.is_tex else self.quoted(match.start())
                before = Span(lead, max(lead, begin))
                how = (found.display, found.closed, found.opened, quoted, found.encoded, end)
                self.formulas.append(Formula(span, before, *how))
                self.characters += worked_on(span)
                lead = end
            elif found.hidden:
                self.hidden.append(Span(match.start(), end))
                if not found.closed and hides_mathematics(self.text, match.end(), end):
                    self.unended.append(self.hidden[-1])
                if match.lastgroup != "comment":
                    self.hidden_code.append(self.hidden[-1])
            place = max(end, match.end())

    def quoted(self, place: int) -> int:
        line = self.text.rfind("\n", 0, place) + 1
        found = PREFIX.match(self.text, line)
        return found.group().count(">") if found else 0


def _said(
    text: str, formulas: tuple[Formula, ...], code: Sequence[Span], comments: Sequence[Span]
) -> list[Expectation | Order]:
    """What HTML comments say to us, LaTeX comments between the formulas, and those inside one."""
    found: list[Expectation | Order] = []
    for outside, in_line, made in ((EXPECT, EXPECT_IN_LINE, _expectation), (ORDER, ORDER_IN_LINE, _order)):
        shown = (m for m in outside.finditer(text) if not any(span.start <= m.start() < span.end for span in code))
        between = (in_line.match(text, span.start, span.end) for span in comments)
        inside = (m for one in formulas for m in in_line.finditer(text, one.span.start, one.span.end))
        found += [made(match, inline=False) for match in shown]
        found += [made(match, inline=False) for match in between if match]
        found += [made(match, inline=True) for match in inside]
    return sorted(found, key=lambda one: one.span)


def _expectation(match: re.Match[str], inline: bool) -> Expectation:
    codes = tuple(code for code in re.split(r"[,\s]+", match.group("codes").strip()) if code)
    return Expectation(Span(match.start(), match.end()), (match.group("tag") or "").strip(), codes, inline)


def _order(match: re.Match[str], inline: bool) -> Order:
    whole = match.groupdict(default="").get("end", "-->")
    return Order(Span(match.start(), match.end()), match.group("words").strip() if whole else "", inline)
