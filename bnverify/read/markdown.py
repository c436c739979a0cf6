"""Markdown, HTML and plain text: where formulas begin, and what holds none."""

from __future__ import annotations

import re

from bnverify.pattern import pattern
from bnverify.read import extents
from bnverify.read.extents import ENVIRONMENTS, FORMULA_SIGNS, PROSE, Extent
from bnverify.read.macros import DEFINITION, definitions
from bnverify.read.outside import says_equal
from bnverify.source import Span

FRONT_MATTER = pattern(r"\A\ufeff?---[ \t]*\r?\n(?P<body>.*?\n)??---[ \t]*\r?(?:\n|\Z)", re.DOTALL)
TOML = pattern(r"\A\ufeff?\+\+\+[ \t]*\r?\n(?:.*?\n)??\+\+\+[ \t]*\r?(?:\n|\Z)", re.DOTALL)
YAML_LINE = pattern(r"\s*(?:#[^\n]*\n\s*)*[\w\"'.-]+\s*:(?:\s|$)")
ITEM = r"(?:[-*+]|\d{1,9}[.)])[ \t]++"
MOST_TICKS = 100
SOURCES = frozenset(("latex", "tex", "katex", "mathjax", "{=latex}", "{=tex}"))
"""What a fence is called that shows the source of mathematics."""
OPTIONS = pattern(r"(?:[ \t>]*:[A-Za-z][\w-]*:[^\n]*\n)+(?:[ \t>]*\n)?")
"""`:label: eq-mean`, the options of a directive."""
OWN_DOLLARS = pattern(r"[\s>]*\$\$(?P<inner>(?:[^$]|\\\$)*)\$\$\s*")
IMAGE = r"https?://(?:render\.githubusercontent\.com/render/math\?math=|latex\.codecogs\.com/(?:svg|png|gif)\.(?:latex|image)\?)"
TAGS = "p|div|center|span|table|thead|tbody|tr|t[dh]|ul|ol|li|a|b|i|em|strong|br|hr|h[1-6]|sup|sub|details|summary"


FIRST = r"[<$`\\{]|https?://|^"
"""What all of them begin with: of a page of words nothing else is tried."""


def beginnings(environments: str = "", shorthands: str = "") -> re.Pattern[str]:
    """What may begin at an offset; the note's own environments and commands for them are added."""
    return re.compile(
        rf"(?={FIRST})(?:"
        r"(?P<comment><!--)"
        rf"|(?P<fence>^[ \t>]*+(?:{ITEM})*+[ \t>]*+(?P<marks>`{{3,}}+|~{{3,}}+)[^\n]*\n)"
        r"|(?P<colons>^[ \t>]*+(?P<fence_colons>:{3,})[ \t]*+\{math\}[^\n]*\n)"
        r"|(?P<ticked>\$(?P<ticks>`{1,3})(?=[^`]))"
        r"|(?P<code>`+)"
        r"|(?P<script><script\b[^<>]*>)"
        r"|(?P<html><(?P<tag>pre|code|style|textarea|svg)\b[^<>]*>)"
        r"|(?P<liquid>\{%-?\s*(?P<block>highlight|comment)\b[^%\n]*%\})"
        r"|(?P<other>\{%[^%\n]*%\})"
        rf"|(?P<image>{IMAGE})"
        r"|(?P<picture><img\b[^<>]*>)"
        rf"|(?P<element></?(?:{TAGS})\b[^<>$]*>)"
        r"|(?P<doubled>\\\\(?P<sign>[\[(]))"
        r"|(?P<bracket>\\(?P<mark>[\[(]))"
        rf"|(?P<definition>{named_apart(DEFINITION.pattern)})"
        rf"|(?P<env>\\begin\s*\{{(?P<name>{ENVIRONMENTS}{environments})\*?\}})"
        rf"|(?P<short>(?:{shorthands or '(?!)'})(?![A-Za-z]))"
        r"|(?P<escaped>\\[\\$`])"
        r"|(?P<display>\$\$)"
        r"|(?P<inline>\$))",
        re.MULTILINE,
    )


def named_apart(pattern: str) -> str:
    """A pattern without the names of its groups."""
    return re.sub(r"\(\?P<\w+>", "(?:", pattern)


def front_matter(text: str) -> tuple[Span | None, int]:
    """The body of YAML front matter, and where the document begins behind any front matter."""
    toml = TOML.match(text)
    if toml:
        return None, toml.end()
    front = FRONT_MATTER.match(text)
    if front is None or (front.group("body") and not YAML_LINE.match(front.group("body"))):
        return None, 0  # a rule, then text, then another rule
    return (Span(front.start("body"), front.end("body")) if front.group("body") else None), front.end()


def extent(text: str, match: re.Match[str], shorthands: dict[str, tuple[str, ...]]) -> Extent:
    """What begins at a match of `beginnings`."""
    begin = match.end()
    match match.lastgroup or "":
        case "comment":
            close = text.find("-->", begin)
            return Extent(None, close + 3 if close >= 0 else len(text), close >= 0, hidden=True)
        case "fence":
            return _fence(text, match)
        case "colons":
            return _colons(text, match)
        case "ticked":
            return _ticked(text, match)
        case "code":
            return _code(text, match)
        case "script":
            return _script(text, match)
        case "html":
            return extents.enclosed(text, match, rf"</{match.group('tag').lower()}\s*>")
        case "liquid":
            return extents.enclosed(text, match, rf"\{{%-?\s*end{match.group('block')}\s*-?%\}}")
        case "image":
            return _image(text, match)
        case "doubled":
            return _doubled(text, match)
        case "picture":
            address = re.compile(IMAGE).search(text, match.start(), begin)
            return _image(text, address) if address else Extent(None, begin)
        case "bracket":
            closing = r"\\\]" if match.group("mark") == "[" else r"\\\)"
            return (extents.display if match.group("mark") == "[" else extents.inline)(text, begin, closing)
        case "env":
            return extents.environment(text, match, match.group("name"), shorthands.get(match.group("name"), ()))
        case "short":
            return extents.environment(text, match, *_shorthand(match.group("short"), shorthands))
        case "definition":
            found = definitions(text).get(match.start())
            return Extent(None, found.end if found else begin)
        case "inline":
            return _inline(text, begin)
        case _:
            return Extent(None, begin)


def _shorthand(command: str, shorthands: dict[str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    """The environment that a command opens, and the commands that close it."""
    name = shorthands[command][0]
    return name, shorthands.get(name, ())


def _fence(text: str, match: re.Match[str]) -> Extent:
    marks = match.group("marks")
    close = re.compile(rf"^[ \t>]*{marks[0]}{{{len(marks)},}}[ \t]*\r?$", re.MULTILINE).search(text, match.end())
    end = close.end() if close else len(text)
    info = text[match.end("marks") : match.end()].strip()
    if info == "math" or info.startswith("{math}"):
        return _directive(text, Span(match.end(), close.start() if close else len(text)), end, close is not None)
    return Extent(None, end, close is not None, hidden=True)


def is_source(text: str, match: re.Match[str], end: int) -> bool:
    """Whether code shows mathematics: it is not read, and what it says should not go unnoticed."""
    if match.lastgroup not in ("fence", "code"):
        return False
    language = text[match.end("marks") : match.end()].strip().lower() if match.lastgroup == "fence" else ""
    return language in SOURCES or (not language and says_equal(text, match.end(), end))


def is_role(text: str, match: re.Match[str], end: int) -> bool:
    """Whether code is an equation of reStructuredText, `:math:`a = b``: it is not read either."""
    return match.lastgroup == "code" and text.endswith(":math:", 0, match.start()) and "=" in text[match.end() : end]


def _colons(text: str, match: re.Match[str]) -> Extent:
    marks = len(match.group("fence_colons"))
    close = re.compile(rf"^[ \t>]*:{{{marks},}}[ \t]*\r?$", re.MULTILINE).search(text, match.end())
    limit = close.start() if close else extents.paragraph_end(text, match.end())
    return _directive(text, Span(match.end(), limit), close.end() if close else limit, close is not None)


def _directive(text: str, content: Span, end: int, closed: bool) -> Extent:
    """A block of mathematics, without the options at its top and without dollars of its own."""
    options = OPTIONS.match(text, content.start, content.end)
    start = options.end() if options else content.start
    own = OWN_DOLLARS.fullmatch(text, start, content.end)
    inner = Span(own.start("inner"), own.end("inner")) if own else Span(start, content.end)
    return Extent(inner, end, closed, display=True)


def _code(text: str, match: re.Match[str]) -> Extent:
    ticks, begin = match.group(), match.end()
    if len(ticks) > MOST_TICKS:
        return Extent(None, begin)
    close = extents.first_place(text, rf"(?<!`){ticks}(?!`)", begin, extents.paragraph_end(text, begin))
    return Extent(None, close[1] if close else begin, hidden=close is not None)


def _ticked(text: str, match: re.Match[str]) -> Extent:
    """A dollar and a backtick, the formula, a backtick and a dollar."""
    close = extents.first_place(
        text, match.group("ticks") + r"\$", match.end(), extents.paragraph_end(text, match.end())
    )
    if close is None:
        return Extent(None, match.start() + 1)
    return Extent(Span(match.end(), close[0]), close[1])


def _script(text: str, match: re.Match[str]) -> Extent:
    found = extents.enclosed(text, match, r"</script\s*>")
    kind = re.search(r"type\s*=\s*[\"']?\s*math/tex", match.group(), re.IGNORECASE)
    if kind is None:
        return found
    close = text.rfind("</", match.end(), found.end) if found.hidden else len(text)
    shown = "mode=display" in match.group().replace(" ", "")
    return Extent(Span(match.end(), close), max(found.end, close), found.hidden, display=shown)


def _image(text: str, match: re.Match[str]) -> Extent:
    """The rest of an address: up to its quote or its bracket, or to the next parameter."""
    quote = text[match.start() - 1 : match.start()]
    ending = rf"[{quote}\n]" if quote in ("'", '"') and quote else r"[\s<>\"']"
    close = re.compile(ending).search(text, match.end())
    end = close.start() if close else len(text)
    if quote == "(":
        end = _closing_round(text, match.end(), end)
    further = re.compile(r"&(?:amp;)?[a-z]+=").search(text, match.end(), end)
    return Extent(Span(match.end(), further.start() if further else end), end, display=True, encoded=True)


def _closing_round(text: str, begin: int, limit: int) -> int:
    depth = 0
    for place in range(begin, limit):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if depth < 0:
            return place
    return limit


def _doubled(text: str, match: re.Match[str]) -> Extent:
    """`\\\\(` and `\\\\[`, as written for a renderer that takes one backslash away; else a line break."""
    is_display = match.group("sign") == "["
    limit = len(text) if is_display else extents.paragraph_end(text, match.end())
    close = extents.first_place(text, r"\\\\\]" if is_display else r"\\\\\)", match.end(), limit)
    if close is None:
        return Extent(None, match.start() + 2)
    return Extent(Span(match.end(), close[0]), close[1], display=is_display)


def _inline(text: str, begin: int) -> Extent:
    """A pair of dollars in one paragraph whose content looks like mathematics; prices do not."""
    limit = extents.paragraph_end(text, begin)
    close = extents.closing_mark(text, r"\$", begin, limit, comments=False)
    if close is None:
        rest = text[begin:limit].split("\n", 1)[0]
        if "\\" in rest and FORMULA_SIGNS.search(rest) and not rest[:1].isspace():
            return Extent(Span(begin, begin + len(rest)), begin + len(rest), closed=False)
        return Extent(None, begin)
    content = text[begin : close.start()]
    if text[close.end() : close.end() + 1].isdigit() and "\\" not in content:
        return Extent(None, begin)  # `$5 and $6`
    tight = content == content.strip() and not PROSE.search(content) and not content[:1].isdigit()
    if content.strip() and (tight or FORMULA_SIGNS.search(content)):
        return Extent(Span(begin, close.start()), close.end())
    return Extent(None, begin)
