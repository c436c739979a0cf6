"""Markdown or plain text -> formulas with spans, front matter and expectations.

The scan is linear and keeps every offset, which no Markdown parser does for inline mathematics.
Code, comments and front matter hold no formulas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bnverify.source import Span

ENVIRONMENTS = "equation|align|aligned|alignat|gather|gathered|multline|eqnarray|split|displaymath|flalign|math"


@dataclass(frozen=True, slots=True)
class Formula:
    """One piece of mathematics: the span of its content, and of the prose between it and the formula before."""

    span: Span
    lead: Span
    display: bool
    closed: bool = True


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


NEXT = re.compile(
    r"(?P<comment><!--)"
    r"|(?P<fence>^[ \t>]*(?P<marks>`{3,}+|~{3,}+)[^\n]*\n)"
    r"|(?P<code>`+)"
    r"|(?P<escaped>\\[\\$`])"
    r"|(?P<bracket>\\\[|\\\()"
    rf"|(?P<env>\\begin\{{(?P<name>{ENVIRONMENTS})\*?\}})"
    r"|(?P<display>\$\$)"
    r"|(?P<inline>\$)",
    re.MULTILINE,
)
BLANK_LINE = re.compile(r"\n[ \t>]*\r?(?=\n|\Z)")
EXPECT = re.compile(r"<!--\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^>]*?)-->")
EXPECT_IN_LINE = re.compile(r"%\s*expect(?:\[(?P<tag>[^\]\n]*)\])?:(?P<codes>[^\n]*)")
FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<body>.*?\n)??---[ \t]*\r?(?:\n|\Z)", re.DOTALL)
CLOSING_DOLLARS = re.compile(r"(?<!\\)\$\$")
NOT_SPACE = re.compile(r"\S")
MOST_TICKS = 100
MOST_FORMULAS = 5_000
YAML_LINE = re.compile(r"\s*(?:#[^\n]*\n\s*)*[\w\"'.-]+\s*:(?:\s|$)")
PROSE = re.compile(r"(?<![\\A-Za-z{])[A-Za-z]{3,}(?:[ ,]+[A-Za-z]{2,}){2,}")
FORMULA_SIGNS = re.compile(r"[\\_^=]")


def lay_out(text: str) -> Layout:
    """Find the formulas of a document, in reading order."""
    front = FRONT_MATTER.match(text)
    if front and front.group("body") and not YAML_LINE.match(front.group("body")):
        front = None  # a rule, then text, then another rule
    code: list[Span] = []
    formulas = tuple(_formulas(text, front.end() if front else 0, code))
    body = Span(front.start("body"), front.end("body")) if front and front.group("body") else None
    unread = Span(formulas[-1].span.end, len(text)) if len(formulas) >= MOST_FORMULAS else None
    return Layout(body, formulas, _expectations(text, formulas, code), unread)


def _formulas(text: str, start: int, code: list[Span]) -> list[Formula]:
    """The formulas behind `start`; what is code is added to `code`."""
    found: list[Formula] = []
    place = lead = start
    while len(found) < MOST_FORMULAS and (match := NEXT.search(text, place)) is not None:
        kind = match.lastgroup or ""
        content, end, closed = _extent(text, kind, match)
        if content is not None and NOT_SPACE.search(text, content.start, content.end):
            display = kind in ("display", "env") or match.group() == "\\["
            found.append(Formula(content, Span(lead, match.start()), display, closed))
            lead = end
        elif kind in ("fence", "code"):
            code.append(Span(match.start(), end))
        place = max(end, match.end())
    return found


def _extent(text: str, kind: str, match: re.Match[str]) -> tuple[Span | None, int, bool]:
    """The content of what begins here, the offset behind it, and whether it was closed."""
    begin = match.end()
    match kind:
        case "comment":
            return None, _behind(text, "-->", begin), True
        case "fence":
            return _fence(text, match)
        case "code":
            ticks = match.group()
            if len(ticks) > MOST_TICKS:
                return None, begin, True
            close = re.compile(rf"(?<!`){ticks}(?!`)").search(text, begin, _paragraph_end(text, begin))
            return None, close.end() if close else begin, True
        case "bracket":
            return _delimited(text, begin, "\\]" if match.group() == "\\[" else "\\)")
        case "env":
            name = match.group("name")
            close = re.compile(rf"\\end\{{{name}\*?\}}").search(text, begin)
            end = close.end() if close else _paragraph_end(text, begin)
            return Span(match.start(), end), end, close is not None
        case "display":
            return _display(text, begin)
        case "inline":
            return _inline(text, begin)
        case _:
            return None, begin, True


def _fence(text: str, match: re.Match[str]) -> tuple[Span | None, int, bool]:
    marks = match.group("marks")
    close = re.compile(rf"^[ \t>]*{marks[0]}{{{len(marks)},}}[ \t]*\r?$", re.MULTILINE).search(text, match.end())
    end = close.end() if close else len(text)
    if match.group().strip("> \t\r\n`~") == "math":
        return Span(match.end(), close.start() if close else len(text)), end, close is not None
    return None, end, True


def _behind(text: str, mark: str, start: int) -> int:
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _paragraph_end(text: str, start: int) -> int:
    blank = BLANK_LINE.search(text, start)
    return blank.start() if blank else len(text)


def _delimited(text: str, begin: int, mark: str) -> tuple[Span, int, bool]:
    close = text.find(mark, begin)
    if close < 0:
        end = _paragraph_end(text, begin)
        return Span(begin, end), end, False
    return Span(begin, close), close + len(mark), True


def _display(text: str, begin: int) -> tuple[Span, int, bool]:
    """Up to the next `$$`, unless prose stands behind a blank line: then this one was never closed."""
    close = CLOSING_DOLLARS.search(text, begin)
    limit = close.start() if close else len(text)
    written = NOT_SPACE.search(text, begin, limit)
    blank = BLANK_LINE.search(text, written.start() if written else begin, limit)
    if close is None:
        end = blank.start() if blank else limit
        return Span(begin, end), end, False
    if blank and (PROSE.search(text, blank.start(), limit) or "$" in text[blank.start() : limit]):
        return Span(begin, blank.start()), blank.start(), False
    return Span(begin, limit), close.end(), True


def _inline(text: str, begin: int) -> tuple[Span | None, int, bool]:
    """A pair of dollars in one paragraph whose content looks like mathematics; prices do not."""
    limit = _paragraph_end(text, begin)
    close = re.compile(r"(?<!\\)\$").search(text, begin, limit)
    if close is None:
        rest = text[begin:limit].split("\n", 1)[0]
        if "\\" in rest and FORMULA_SIGNS.search(rest) and not rest[:1].isspace():
            return Span(begin, begin + len(rest)), begin + len(rest), False
        return None, begin, True
    content = text[begin : close.start()]
    tight = content == content.strip() and not PROSE.search(content) and not content[:1].isdigit()
    if content.strip() and (tight or FORMULA_SIGNS.search(content)):
        return Span(begin, close.start()), close.end(), True
    return None, begin, True


def _expectations(text: str, formulas: tuple[Formula, ...], code: list[Span]) -> tuple[Expectation, ...]:
    outside = (m for m in EXPECT.finditer(text) if not any(span.start <= m.start() < span.end for span in code))
    found = [_expectation(match, inline=False) for match in outside]
    for formula in formulas:
        lines = EXPECT_IN_LINE.finditer(text, formula.span.start, formula.span.end)
        found.extend(_expectation(match, inline=True) for match in lines)
    return tuple(sorted(found, key=lambda one: one.span))


def _expectation(match: re.Match[str], inline: bool) -> Expectation:
    codes = tuple(code for code in re.split(r"[,\s]+", match.group("codes").strip()) if code)
    return Expectation(Span(match.start(), match.end()), (match.group("tag") or "").strip(), codes, inline)
