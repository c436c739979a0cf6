"""LaTeX documents: where formulas begin, and what holds none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from bnverify.pattern import pattern
from bnverify.read import extents
from bnverify.read.extents import ENVIRONMENTS, Extent
from bnverify.read.macros import DEFINITION, definitions, is_commented
from bnverify.read.markdown import named_apart
from bnverify.source import Span

BODY = pattern(r"\\begin\s*\{document\}")
END = pattern(r"\\end\s*\{document\}")
VERBATIM = "verbatim|Verbatim|lstlisting|minted|comment|filecontents|tikzpicture|alltt"
CONDITIONAL = pattern(r"%[^\n]*|(?P<open>\\if[a-zA-Z]*)|(?P<close>\\fi(?![A-Za-z]))|(?P<other>\\else(?![A-Za-z]))")


def beginnings(environments: str = "", shorthands: str = "") -> re.Pattern[str]:
    """What may begin at an offset; the note's own environments and commands for them are added."""
    return re.compile(
        r"(?=[%\\$])(?:"
        r"(?P<comment>%[^\n]*)"
        r"|(?P<verb>\\(?:verb|lstinline)\*?(?P<delimiter>[^A-Za-z\s*]))"
        rf"|(?P<verbatim>\\begin\s*\{{(?P<kind>{VERBATIM})\*?\}})"
        r"|(?P<iffalse>\\iffalse(?![A-Za-z]))"
        r"|(?P<bracket>\\(?P<mark>[\[(]))"
        rf"|(?P<definition>{named_apart(DEFINITION.pattern)})"
        rf"|(?P<env>\\begin\s*\{{(?P<name>{ENVIRONMENTS}{environments})\*?\}})"
        rf"|(?P<short>(?:{shorthands or '(?!)'})(?![A-Za-z]))"
        r"|(?P<escaped>\\[^A-Za-z])"
        r"|(?P<display>\$\$)"
        r"|(?P<inline>\$))",
        re.DOTALL,
    )


def body(text: str) -> tuple[int, int]:
    """Where the text of the document begins and ends."""
    begins = (found.end() for found in BODY.finditer(text) if not is_commented(text, found.start()))
    begin = next(begins, 0)
    ends = (found.start() for found in END.finditer(text, begin) if not is_commented(text, found.start()))
    return begin, next(ends, len(text))


def extent(text: str, match: re.Match[str], shorthands: dict[str, tuple[str, ...]]) -> Extent:
    """What begins at a match of `beginnings`."""
    begin = match.end()
    match match.lastgroup or "":
        case "comment":
            return Extent(None, begin, hidden=True)
        case "verb":
            line = text.find("\n", begin)
            close = text.find(match.group("delimiter"), begin, line if line >= 0 else len(text))
            return Extent(None, close + 1 if close >= 0 else begin, hidden=close >= 0)
        case "verbatim":
            return extents.enclosed(text, match, rf"\\end\s*\{{{match.group('kind')}\*?\}}")
        case "iffalse":
            return _left_out(text, match)
        case "bracket":
            closing = r"\\\]" if match.group("mark") == "[" else r"\\\)"
            return (extents.display if match.group("mark") == "[" else extents.inline)(text, begin, closing, True)
        case "env":
            return extents.environment(text, match, match.group("name"), shorthands.get(match.group("name"), ()))
        case "short":
            name = shorthands[match.group("short")][0]
            return extents.environment(text, match, name, shorthands.get(name, ()))
        case "definition":
            found = definitions(text).get(match.start())
            return Extent(None, found.end if found else begin)
        case "inline":
            return _inline(text, begin)
        case _:
            return Extent(None, begin)


def _left_out(text: str, match: re.Match[str]) -> Extent:
    """`\\iffalse ... \\fi`, with conditions inside it; what stands behind an `\\else` counts."""
    end = _ends_of_conditions(text).get(match.start())
    return Extent(None, match.end() if end is None else end, hidden=end is not None)


@lru_cache(maxsize=4)
def _ends_of_conditions(text: str) -> Mapping[int, int]:
    """For each condition of a text the offset behind its `\\else`, or behind its `\\fi`: found in one pass."""
    ends: dict[int, int] = {}
    opened: list[int] = []
    for found in CONDITIONAL.finditer(text):
        if found.lastgroup == "open":
            opened.append(found.start())
        elif found.lastgroup in ("other", "close") and opened:
            ends.setdefault(opened[-1], found.end())
            if found.lastgroup == "close":
                opened.pop()
    return ends


def _inline(text: str, begin: int) -> Extent:
    found = extents.inline(text, begin, r"\$", comments=True)
    if found.closed or found.content is None:
        return found
    line = text[begin : found.end].split("\n", 1)[0]
    end = begin + len(line)
    return Extent(Span(begin, end), end, closed=False) if line.strip() else Extent(None, begin)
