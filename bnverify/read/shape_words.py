"""The text between formulas -> the shapes that it says of them: `of shape (N, D)`, and `(D,)` under an arrow."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from bnverify.pattern import pattern
from bnverify.read.documents import Formula, Layout
from bnverify.read.shapes import COUNTS, Written
from bnverify.source import Note, Span

ENTRY = rf"(?:[{''.join(sorted(COUNTS))}]|\d+)"
BRACKET = rf"\(\s*{ENTRY}\s*,\s*(?:{ENTRY}(?:\s*,\s*{ENTRY})*\s*,?\s*)?\)"
SHAPE = pattern(BRACKET)
AT_ONCE = pattern(rf"(?:\$\$?|\\\)|\\\])?[^\S\n]*(?:#|:|--|—|–)?[^\S\n]*(?P<shape>{BRACKET})")
"""A shape directly behind a formula, on its line."""
IN_WORDS = pattern(
    rf"(?:\$\$?|\\\)|\\\])?(?P<lead>[^.;$\n]{{0,60}}?)\bshape\s*(?:is|of|=|:)?\s*\$?(?P<shape>{BRACKET})"
)
UNDER = pattern(rf"[^\S\n]*{BRACKET}(?:[^\S\n]+{BRACKET})*[^\S\n]*")
ARROWS = pattern(r"[↑^|⇑](?:[^\S\n]*[↑^|⇑])*")
LEAD = pattern(
    r"[\s,/]*(?:(?:is|are|which|that|known|available|given|again|also|then|thus|therefore|itself)[\s,/]+)*"
    r"(?:(?:is\s+|are\s+)?an?\s+(?:array|tensor|matrix|vector)\s+(?:of|with)\s+"
    r"|(?:has|have|having|of|with)\s+)?(?:the\s+|its\s+|an?\s+)?",
    re.IGNORECASE,
)
"""What may stand between a quantity and the word for its shape; anything else may speak of something else."""
IN_A_ROW = 12
"""Formulas on one line that a line of shapes may speak of."""
FILLING = pattern(r"\s*(?:\$\$?|\\\)|\\\]|\\end\{[a-z*]+\})?\s*")


def spoken_shapes(note: Note, layout: Layout) -> Iterator[Written]:
    """The shapes outside formulas, each with the formula that it speaks of."""
    hidden = sorted(span.start for span in layout.hidden)
    formulas = [one for one in layout.formulas if not SHAPE.fullmatch(note.cut(one.span).strip())]
    for place, formula in enumerate(formulas):
        behind = formulas[place + 1 : place + 2]
        end = behind[0].span.start if behind else len(note.text)
        at = bisect_left(hidden, formula.span.end)
        text = note.text[formula.span.end : min([end, *hidden[at : at + 1]])]
        yield from _behind(text, formula)
        yield from _under(note, text, formulas[max(0, place + 1 - IN_A_ROW) : place + 1])


def _behind(text: str, formula: Formula) -> Iterator[Written]:
    """`$x$ (N, D)`, `$x$ is known, of shape (N, D)`."""
    found = AT_ONCE.match(text) if not formula.display else None
    found = found or IN_WORDS.match(text)
    lead = found.groupdict().get("lead") or "" if found else ""
    if found is not None and LEAD.fullmatch(lead):
        yield _written(found["shape"], formula.span.end + found.start("shape"), formula)


def _under(note: Note, text: str, formulas: Sequence[Formula]) -> Iterator[Written]:
    """A line of shapes under a line of formulas: with an arrow, or with as many shapes as formulas."""
    start = FILLING.match(text)
    offset = formulas[-1].span.end
    lines = text.split("\n")
    place, arrows = 0, False
    for number, line in enumerate(lines):
        content = line.strip()
        if number == 0 and start is not None and not content.strip("$\\])}.,; "):
            content = ""
        if content and ARROWS.fullmatch(content):
            arrows = True
        elif content and UNDER.fullmatch(content):
            yield from _in_line(note, line, offset + place, formulas, arrows)
            return
        elif content:
            return
        place += len(line) + 1


def _in_line(note: Note, line: str, offset: int, formulas: Sequence[Formula], arrows: bool) -> Iterator[Written]:
    found = list(SHAPE.finditer(line))
    row = note.row(formulas[-1].span.start)
    own = [formulas[-1]] if formulas[-1].display else [one for one in formulas if note.row(one.span.start) == row]
    if len(own) == len(found) and (arrows or len(own) > 1):
        for one, formula in zip(found, own, strict=True):
            yield _written(one[0], offset + one.start(), formula)
    elif arrows and len(own) == 1:
        for number, one in enumerate(found):
            yield _written(one[0], offset + one.start(), own[0], (number, len(found)))


def _written(text: str, start: int, formula: Formula, among: tuple[int, int] = (0, 1)) -> Written:
    entries = tuple(re.findall(ENTRY, text))
    return Written(Span(start, start + len(text)), entries, formula=formula.span, among=among)
