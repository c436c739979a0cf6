"""A LaTeX file -> a note with the files that it names by \\input and \\include in their places.

Nothing outside of the folder of the note is opened, and what is not put in is a part of the note that is not read.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bnverify.files.loaded import CannotRead, File, Loaded
from bnverify.limits import most
from bnverify.pattern import pattern
from bnverify.source import Note, Piece, Span, Unread

MOST_FILES = 50
DEEPEST = 10
LONGEST_VERB = 10_000
INPUT = pattern(
    r"\\(?:input|include)(?![A-Za-z@])[ \t]*(?:\{(?P<braced>[^{}\n]*)\}|(?P<bare>[^\s{}\\%$&#~^]+))"
    r"|(?P<comment>%)"
    r"|\\verb(?![A-Za-z])\*?(?P<mark>[^\s])"
    r"|\\begin\{(?P<verbatim>verbatim\*?|Verbatim|lstlisting|minted|comment)\}"
    r"|\\."
)
OUTSIDE = "it leads out of the folder of this note"

Reader = Callable[[str], str]
"""The text of a file; raises CannotRead."""


def composed(path: str, text: str, read: Reader) -> Loaded:
    """The note at a path with what it puts in. A file that puts nothing in is a note of one piece."""
    book = Book(path, read)
    book.add(File(path, text), text, (os.path.realpath(path),))
    pieces = tuple(book.pieces) if len(book.files) > 1 else ()
    return Loaded(path, Note(path, "".join(book.texts), pieces, tuple(book.unread)), files=tuple(book.files))


def inputs(text: str) -> Iterator[tuple[Span, str]]:
    """Where a LaTeX text puts files in, and their names; comments and verbatim text name none."""
    place = 0
    while (found := INPUT.search(text, place)) is not None:
        place = found.end()
        if found["comment"]:
            place = _behind(text, "\n", place)
        elif found["mark"]:
            place = _behind_verb(text, found["mark"], place)
        elif found["verbatim"]:
            place = _behind(text, f"\\end{{{found['verbatim']}}}", place)
        elif (name := found["bare"] or found["braced"]) is not None and "#" not in name:
            yield Span(found.start(), found.end()), name.strip().strip('"')


def _behind(text: str, mark: str, start: int) -> int:
    """Behind the next mark; what is never closed ends with the text."""
    found = text.find(mark, start)
    return len(text) if found < 0 else found + len(mark)


def _behind_verb(text: str, mark: str, start: int) -> int:
    """Behind the next mark on the same line; without one nothing is verbatim."""
    found = text.find(mark, start, start + LONGEST_VERB)
    return start if found < 0 or "\n" in text[start:found] else found + 1


@dataclass(slots=True)
class Book:
    """A note while it is put together."""

    path: str
    read: Reader
    texts: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    put_in: set[str] = field(default_factory=set)
    size: int = 0

    def add(self, file: File, text: str, opened: tuple[str, ...]) -> None:
        """What is read of a file, and in it the files that it names; `opened` are those that it stands in, and it."""
        self.files.append(file)
        self.put_in.add(opened[-1])
        begin, left_out = 0, ""
        for span, name in inputs(text):
            try:
                part, real = self.part(name, opened)
            except CannotRead as trouble:
                at = self.size + span.start - begin
                why = f"`{text[span.start : span.end]}` is not read: {trouble}"
                self.unread.append(Unread(Span(at, at + len(span)), why))
                continue
            self.piece(file, text[begin : span.start], left_out)
            begin, left_out = span.end, text[span.start : span.end]
            ends_line = re.match(r"\r?\n", text[span.end : span.end + 2]) is not None
            self.add(part, _without_end(part.text) if ends_line else part.text, (*opened, real))
        self.piece(file, text[begin:], left_out)

    def piece(self, file: File, text: str, left_out: str) -> None:
        self.pieces.append(Piece(self.size, file.path, None, left_out))
        self.texts.append(text)
        self.size += len(text)

    def part(self, name: str, opened: tuple[str, ...]) -> tuple[File, str]:
        """The file of this name, and its real path. Raises CannotRead."""
        shown, real = self.find(name)
        if real in opened:
            raise CannotRead("the file would be put into itself")
        if real in self.put_in:
            raise CannotRead("the file is a part of this note already")
        if len(opened) > DEEPEST:
            raise CannotRead(f"more than {DEEPEST} files stand in one another")
        if len(self.files) > MOST_FILES:
            raise CannotRead(f"a note is made of no more than {MOST_FILES} further files")
        text = self.read(real)
        if sum(len(file.text) for file in self.files) + len(text) > most("file"):
            raise CannotRead("the note would be too large with it")
        return File(shown, text), real

    def find(self, name: str) -> tuple[str, str]:
        """The path of a named file as it is shown, and its real one. Raises CannotRead."""
        if not name or "\0" in name:
            raise CannotRead("there is no name of a file")
        if os.path.isabs(name) or os.path.splitdrive(name)[0] or ".." in re.split(r"[/\\]", name):
            raise CannotRead(OUTSIDE)
        folder = os.path.dirname(self.path)
        for file in (f"{name}.tex", name):
            shown = os.path.join(folder, os.path.normpath(file))
            real = os.path.realpath(shown)
            if not _is_below(real, os.path.realpath(folder)):
                raise CannotRead(OUTSIDE)
            if os.path.exists(real):
                return shown, real
        raise CannotRead("there is no such file in the folder of this note")


def _without_end(text: str) -> str:
    """Without the end of its last line: TeX reads that, and the end of the line of the command, as a single one."""
    return text[:-1].removesuffix("\r") if text.endswith("\n") else text


def _is_below(path: str, folder: str) -> bool:
    try:
        return os.path.commonpath((path, folder)) == folder and path != folder
    except ValueError:
        return False
