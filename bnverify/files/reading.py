"""One path or some bytes -> a note: its kind is told by the ending of its name.

What only notebooks and LaTeX need is imported for them: most notes are neither, and start sooner.
"""

from __future__ import annotations

import os
import stat

from bnverify.files.loaded import CannotRead, File, Loaded, failed
from bnverify.limits import exceeded, most
from bnverify.source import Note

NOTEBOOK, LATEX = ".ipynb", ".tex"
NO_TEXT = (".pdf", ".png", ".jpg", ".docx")


def load(path: str) -> Loaded:
    """Read one file. What is wrong with it is a Trouble, never an exception."""
    try:
        return decode(path, _bytes(path))
    except CannotRead as trouble:
        return failed(path, trouble)


def decode(path: str, data: bytes) -> Loaded:
    """Bytes as the note that the ending of their name says they are; what they are not is a Trouble at its line."""
    try:
        _refuse_kind_and_size(path, len(data))
        text = _text(data)
        if _kind(path) == NOTEBOOK:
            return _of_notebook(path, text)
        if _kind(path) == LATEX:
            from bnverify.files.parts import composed

            return composed(path, text, lambda part: _text(_bytes(part)))
        return Loaded(path, Note(path, text))
    except CannotRead as trouble:
        return failed(path, trouble)


def _of_notebook(path: str, raw: str) -> Loaded:
    from bnverify.files.notebook import note_of

    note = note_of(path, raw)
    if len(note.text) > most("file"):
        size = _limit(len(note.text), most("file"))
        raise CannotRead(f"the text of this notebook is too large to be a note ({size})")
    return Loaded(path, note, files=(File(path, raw),))


def _limit(size: int, most: int) -> str:
    return f"{size / 1e6:.3g} MB; the limit is {most / 1e6:g} MB"


def _kind(path: str) -> str:
    return os.path.splitext(path)[1].lower()


def _bytes(path: str) -> bytes:
    """What a file holds. Raises CannotRead."""
    try:
        about = os.stat(path)
        if not stat.S_ISREG(about.st_mode):
            raise CannotRead("this is not a file")
        _refuse_kind_and_size(path, about.st_size)
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError as trouble:
        raise CannotRead("there is no such file or folder", _line_named(path)) from trouble
    except (OSError, ValueError) as trouble:
        reason = getattr(trouble, "strerror", None) or str(trouble)
        raise CannotRead(f"this file cannot be read: {reason}") from trouble


def _refuse_kind_and_size(path: str, size: int) -> None:
    limit = "notebook" if _kind(path) == NOTEBOOK else "file"
    if size > most(limit):
        raise CannotRead(f"{exceeded(limit)} ({_limit(size, most(limit))})")
    if _kind(path) in NO_TEXT:
        raise CannotRead("this kind of file is not read", "write the note as .md, .tex, .ipynb or .txt")


def _line_named(path: str) -> str:
    """What to do where a line is named that only one option knows."""
    name, _, line = path.rpartition(":")
    return "a line is named for --explain alone" if line.isdigit() and os.path.isfile(name) else ""


def _text(data: bytes) -> str:
    """Raises CannotRead with the line where bytes are not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as trouble:
        line = data.count(b"\n", 0, trouble.start) + 1
        message = f"this file is not UTF-8: line {line} holds the byte 0x{data[trouble.start]:02x}"
        raise CannotRead(message, "save it as UTF-8") from trouble
