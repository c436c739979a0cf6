"""A notebook as text -> a note of its Markdown cells; and edits of a cell -> edits of that text. Nothing runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from bnverify.files.loaded import CannotRead
from bnverify.pattern import pattern
from bnverify.record import Edit
from bnverify.source import BETWEEN_CELLS, Note, Piece, Span

EXPORT = "save it again in its editor, or write the note as .md"
HALVES = pattern("[\ud800-\udfff]")
"""Half a character, which JSON can hold and no text can."""


def note_of(path: str, raw: str) -> Note:
    """The Markdown cells, joined. Raises CannotRead for what is not a notebook."""
    texts: list[str] = []
    pieces: list[Piece] = []
    start = 0
    for number, text in markdown_cells(raw):
        pieces.append(Piece(start, path, number))
        texts.append(HALVES.sub("\ufffd", text))
        start += len(text) + len(BETWEEN_CELLS)
    return Note(path, BETWEEN_CELLS.join(texts), tuple(pieces))


def markdown_cells(raw: str) -> list[tuple[int, str]]:
    """The number of each Markdown cell, counted over all cells from 1, and its text. Raises CannotRead."""
    found = []
    for number, cell in enumerate(_cells(_json(raw)), 1):
        if not isinstance(cell, dict):
            raise CannotRead(f"this is not a notebook: cell {number} has no keys", EXPORT)
        if cell.get("cell_type") == "markdown":
            found.append((number, _source(cell.get("source"), number)))
    return found


def _json(raw: str) -> Any:
    try:
        return json.loads(_without_mark(raw))
    except json.JSONDecodeError as trouble:
        words = trouble.msg[:1].lower() + trouble.msg[1:]
        message = f"this is not a notebook: line {trouble.lineno}, column {trouble.colno} is not JSON ({words})"
        raise CannotRead(message, EXPORT) from trouble
    except (ValueError, RecursionError) as trouble:
        what = "its brackets are nested too deep" if isinstance(trouble, RecursionError) else "a number is too long"
        raise CannotRead(f"this is not a notebook: {what}", EXPORT) from trouble


def _without_mark(raw: str) -> str:
    """The text with a blank for its byte order mark, which JSON does not know: offsets stay."""
    return f" {raw[1:]}" if raw.startswith("\ufeff") else raw


def _cells(found: Any) -> list[Any]:
    """All cells; notebooks before version 4 keep them in worksheets."""
    if isinstance(found, dict) and isinstance(found.get("cells"), list):
        return list(found["cells"])
    sheets = found.get("worksheets") if isinstance(found, dict) else None
    if isinstance(sheets, list) and all(isinstance(one, dict) and isinstance(one.get("cells"), list) for one in sheets):
        return [cell for one in sheets for cell in one["cells"]]
    raise CannotRead("this is not a notebook: it has no list of cells", EXPORT)


def _source(source: Any, number: int) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, list) and all(isinstance(one, str) for one in source):
        return "".join(source)
    raise CannotRead(f"this is not a notebook: the source of cell {number} is no text", EXPORT)


# -- the way back

TOKEN = pattern(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
LETTER = pattern(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL)
Path = tuple[str | int, ...]


def edits_in_file(raw: str, changes: Mapping[int, Sequence[Edit]]) -> list[Edit]:
    """Edits of cells, in the characters of each cell -> the same in the characters of the file.

    Only the strings that change are touched. Raises CannotRead where a cell cannot be found in the file.
    """
    strings = _strings_of_cells(raw)
    texts = dict(markdown_cells(raw))
    found: list[Edit] = []
    for number, edits in changes.items():
        literals = strings.get(number, [])
        if "".join(json.loads(raw[one.start : one.end]) for one in literals) != texts[number]:
            raise CannotRead(f"cell {number} cannot be changed: its source stands there twice")
        letters = [letter for one in literals for letter in _letters(raw, one)]
        found += [one for edit in edits for one in _in_strings(edit, letters, raw.isascii())]
    return found


def _strings_of_cells(raw: str) -> dict[int, list[Span]]:
    """Where the strings of each cell's source stand in the file."""
    found: dict[Path, Span] = {path: span for path, span in _strings(_without_mark(raw)) if "source" in path[-2:]}
    numbers: dict[Path, int] = {}
    cells: dict[int, list[Span]] = {}
    for path in _cell_paths(json.loads(_without_mark(raw))):
        numbers[path] = len(numbers) + 1
    for path, span in found.items():
        cell = path[: path.index("source")]
        if cell in numbers:
            cells.setdefault(numbers[cell], []).append(span)
    return cells


def _cell_paths(found: Any) -> Iterator[Path]:
    """The way to each cell, in the order in which cells are counted."""
    if isinstance(found.get("cells"), list):
        yield from (("cells", place) for place in range(len(found["cells"])))
        return
    for sheet, one in enumerate(found["worksheets"]):
        yield from (("worksheets", sheet, "cells", place) for place in range(len(one["cells"])))


def _strings(raw: str) -> Iterator[tuple[Path, Span]]:
    """Every string of valid JSON that is a value, with the keys and places that lead to it."""
    kinds: list[str] = []
    path: list[str | int] = []
    awaits_key = False
    for token in TOKEN.finditer(raw):
        sign = token[0]
        if sign in ("{", "["):
            kinds.append(sign)
            path.append("" if sign == "{" else 0)
        elif sign in ("}", "]"):
            kinds.pop()
            path.pop()
        elif sign == "," and kinds[-1] == "[":
            path[-1] = int(path[-1]) + 1
        elif sign[0] == '"' and awaits_key:
            path[-1] = json.loads(sign)
        elif sign[0] == '"':
            yield tuple(path), Span(token.start(), token.end())
        awaits_key = sign in ("{", ",") and kinds[-1] == "{"


def _letters(raw: str, literal: Span) -> Iterator[tuple[int, Span]]:
    """The characters of a string as they stand in the file, each with where its string begins."""
    for one in LETTER.finditer(raw, literal.start + 1, literal.end - 1):
        yield literal.start, Span(one.start(), one.end())


def _in_strings(edit: Edit, letters: Sequence[tuple[int, Span]], ascii: bool) -> Iterator[Edit]:
    """One edit of a cell in its strings: what is new goes into the first of them."""
    new = json.dumps(edit.replacement, ensure_ascii=ascii)[1:-1]
    touched = letters[edit.span.start : edit.span.end]
    if not touched:
        behind = edit.span.start == len(letters)
        place = letters[-1][1].end if behind else letters[edit.span.start][1].start
        yield Edit(Span(place, place), new)
    for _, group in groupby(touched, key=lambda one: one[0]):
        spans = [span for _, span in group]
        yield Edit(Span(spans[0].start, spans[-1].end), new)
        new = ""
