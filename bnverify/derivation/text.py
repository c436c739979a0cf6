"""A derivation -> plain text for a terminal, a section a block."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from bnverify.derivation.derivation import Derivation, Line, Section
from bnverify.model.writing import Spelling, plain
from bnverify.report.pieces import width

WIDTH = 100


def text_blocks(derivation: Derivation) -> Iterator[list[str]]:
    """Each section: its title, its words, and its chains down the rows."""
    spelling = derivation.asked.standard.spelling(beyond_ascii=True)
    return (_block(section, spelling) for section in derivation.sections)


def _block(section: Section, spelling: Spelling) -> list[str]:
    words = textwrap.wrap(section.words.replace("$", ""), WIDTH - 2, initial_indent="  ", subsequent_indent="  ")
    return [section.title, *words, *(row for line in section.lines for row in chain(line, spelling))]


def chain(line: Line, spelling: Spelling) -> Iterator[str]:
    """The head with its first side, and every other side below."""
    head, *sides = (plain(term, spelling) for term in (line.head, *line.sides))
    first, *others = sides
    yield from _wrapped(f"    {head} = ", first)
    for side in others:
        yield from _wrapped(f"    {' ' * width(head)} = ", side)


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=start, subsequent_indent=" " * (width(start) + 2))
