"""The page of one code -> lines for the screen: formulas in plain letters, the comments of the tests left out."""

from __future__ import annotations

import re
from textwrap import TextWrapper

from bnverify.codes import Code, source
from bnverify.pattern import pattern
from bnverify.read.plain import equations
from bnverify.report.pieces import WIDTH, Line, line

DISPLAY = pattern(r"\$\$(.*?)\$\$", re.DOTALL)
INLINE = pattern(r"\$([^$]+)\$|`[^`]*`")
INDENT = "    "
REPAIRED = "What to write"
LONGEST_KEPT_TOGETHER = 30
"""Letters of a formula in a sentence that is not broken over two lines."""


def page(code: Code) -> list[Line]:
    """The page as a terminal shows it; what stands under a heading is indented."""
    if code.about:
        heading = line((f"{code.severity.value}[{code.name}]", code.severity.value), f": {code.title}")
        return [heading, line(), *(line(one) for one in _wrapped(code.about, ""))]
    title, *blocks = re.split(r"\n\s*\n", source(code).strip())
    lines = [line((f"{code.severity.value}[{code.name}]", code.severity.value), f": {title.partition(': ')[2]}")]
    section = ""
    before = title
    for place, block in enumerate(blocks):
        if block.startswith("## "):
            section = block.removeprefix("## ")
        style = "right" if section == REPAIRED else code.severity.value if _is_expected(blocks[place:]) else ""
        shown = _block(block, "  " if section else "", style)
        gap = [line()] if shown and not before.startswith("## ") else []
        lines += gap + shown
        before = block
    return lines


def _block(block: str, margin: str, style: str) -> list[Line]:
    if block.startswith("<!--"):
        return []
    if block.startswith("## "):
        return [line((block.removeprefix("## "), "path"))]
    if block.startswith("$$"):
        return [one for match in DISPLAY.finditer(block) for one in _formula(match[1], margin + INDENT, style)]
    return [line(one) for one in _wrapped(INLINE.sub(_inline, block), margin)]


def _is_expected(blocks: list[str]) -> bool:
    """Whether an expectation follows, with nothing but formulas before it."""
    follows = next((block for block in blocks if not block.startswith("$$")), "")
    return follows.startswith("<!--")


def _formula(latex: str, lead: str, style: str) -> list[Line]:
    """Each equation on a line of its own; one that is too long is broken before its relation signs."""
    lines: list[Line] = []
    for parts in equations(latex):
        whole = " ".join(parts)
        rows = [whole] if len(lead + whole) <= WIDTH else [" ".join(parts[:2]), *parts[2:]]
        for place, row in enumerate(rows):
            texts = _wrapped(row, lead if place == 0 else lead + "  ", lead + INDENT)
            lines += [line((one, style)) for one in texts]
    return lines


def _inline(match: re.Match[str]) -> str:
    """A formula in a sentence, its spaces such that no line ends there; what stands in backticks stays."""
    if match.group(1) is None:
        return match.group()
    text = ", ".join(" ".join(parts) for parts in equations(match.group(1)))
    return text.replace(" ", HARD_SPACE) if len(text) <= LONGEST_KEPT_TOGETHER else text


HARD_SPACE = "\u00a0"


def _wrapped(text: str, first: str, later: str | None = None) -> list[str]:
    wrapper = TextWrapper(WIDTH, first, first if later is None else later, break_long_words=False)
    wrapper.break_on_hyphens = False
    return [one.replace(HARD_SPACE, " ") for one in wrapper.wrap(text)]
