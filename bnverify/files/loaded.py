"""What became of a path: a note, or the reason why there is none."""

from __future__ import annotations

from bnverify.frozen import frozen
from bnverify.record import Trouble
from bnverify.source import Note


@frozen
class File:
    """A file as it was read."""

    path: str
    text: str


@frozen
class Loaded:
    """A note with the files that it was made of, where it is not the text of one; or why there is none."""

    path: str
    note: Note | None
    trouble: Trouble | None = None
    files: tuple[File, ...] = ()


class CannotRead(Exception):
    """Why a file is no note, in words; `help` says what to do."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


def failed(path: str, trouble: CannotRead) -> Loaded:
    return Loaded(path, None, Trouble(path, str(trouble), trouble.help))
