"""Sentences about a note -> text with code and with links to the lines that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bnverify.elements import Node, element
from bnverify.pattern import pattern
from bnverify.report.pieces import printable
from bnverify.source import Note

LINES = pattern(r"(?<![\w-])lines? (?P<numbers>\d+(?:(?:, | to | and )\d+)*)(?P<cell> of cell \d+)?")
NUMBER = pattern(r"\d+")
CODE = pattern(r"`(?P<code>[^`]+)`")

Anchors = Mapping[str, str]
"""Where the steps of each line stand in the page: `12`, `3 of cell 2`."""


def line_key(note: Note, offset: int) -> str:
    return f"{note.line(offset)}{note.of_piece(offset)}"


def rich(text: str, anchors: Anchors) -> list[Node]:
    made: list[Node] = []
    place = 0
    for found in CODE.finditer(text):
        made += [*_linked(text[place : found.start()], anchors), element("code", printable(found["code"]))]
        place = found.end()
    return [*made, *_linked(text[place:], anchors)]


def _linked(text: str, anchors: Anchors) -> Iterator[Node]:
    place = 0
    for found in LINES.finditer(text):
        begin = found.start("numbers")
        for number in NUMBER.finditer(text, begin, found.end("numbers")):
            target = anchors.get(number.group() + (found["cell"] or ""))
            if target is not None:
                yield printable(text[place : number.start()])
                yield element("a", number.group(), href=f"#{target}")
                place = number.end()
    yield printable(text[place:])
