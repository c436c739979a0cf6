"""Paths as they are named -> the notes that they lead to, each once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

from bnverify.files.folders import NOTE_ENDINGS, NOTHING, Excluded, notes_in
from bnverify.files.loaded import Loaded
from bnverify.files.reading import LATEX, load
from bnverify.frozen import frozen
from bnverify.record import Trouble

STDIN = "-"
LEFT_OUT = "what is hidden, excluded or named in .gitignore is left out: name such a file itself"
LEADS_OUT = "this link leads out of the folder that was named, and is not followed"


@frozen
class Found:
    """A path that was named, or found in a folder that was."""

    path: str
    named: bool = True
    empty: bool = False
    """Whether it is a folder without notes."""
    outside: bool = False
    """Whether it is a link that leads out of the folder in which it was found."""

    @property
    def is_own(self) -> bool:
        """Whether something is said of it in any case, even where another note puts it in."""
        return self.named or self.empty or self.outside


@frozen
class Notes:
    """Notes that are read one after another; there may be more of them than fit into memory."""

    found: tuple[Found, ...]
    stdin: Callable[[], Loaded] | None

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Loaded]:
        for one in self.found:
            if self.stdin and one.path == STDIN:
                yield self.stdin()
            elif one.empty:
                words = f"this folder holds no notes ({', '.join(NOTE_ENDINGS)})"
                yield Loaded(one.path, None, Trouble(one.path, words, LEFT_OUT))
            elif one.outside:
                yield Loaded(one.path, None, Trouble(one.path, LEADS_OUT, "name the file itself"))
            else:
                yield load(one.path)


def find_notes(
    paths: Sequence[str],
    exclude: Sequence[str] = (),
    stdin: Callable[[], Loaded] | None = None,
    by_project: Callable[[str], Excluded] = lambda _: NOTHING,
) -> Notes:
    """The files named, and the notes of the folders named, in sorted order; `stdin` is the note that `-` names.

    `by_project` says what the project of a folder leaves out.

    Files that another of these notes puts in are found in it, and not once more by themselves unless they are named.
    """
    found = [one for path in paths for one in _found(path, exclude, by_project)]
    inside = _put_in([one for one in found if not (stdin and one.path == STDIN) and not one.outside])
    own = (one for one in found if one.is_own or not inside or os.path.realpath(one.path) not in inside)
    return Notes(tuple(own), stdin)


def _found(path: str, exclude: Sequence[str], by_project: Callable[[str], Excluded]) -> list[Found]:
    if not os.path.isdir(path):
        return [Found(path)]
    home = os.path.join(os.path.realpath(path), "")
    notes = notes_in(path, exclude, by_project(path))
    found = [Found(one, named=False, outside=_leads_out(one, home)) for one in notes]
    return found or [Found(path, empty=True)]


def _leads_out(path: str, home: str) -> bool:
    return os.path.islink(path) and not os.path.realpath(path).startswith(home)


def _put_in(found: Sequence[Found]) -> set[str]:
    """The files found in folders that are read as parts of other notes."""
    notes = [one for one in found if one.path.lower().endswith(LATEX)]
    if len(notes) < 2 or all(one.named for one in notes):
        return set()
    parts = {os.path.realpath(one.path): _parts(one.path) for one in notes}
    named = {os.path.realpath(one.path) for one in notes if one.named}
    somewhere = {part for own in parts.values() for part in own}
    roots = [path for path in parts if path in named or path not in somewhere]
    inside = {part for path in roots for part in parts[path]}
    for path, own in parts.items():
        # Of files that put each other in the first one stands for all.
        if path not in inside and path not in roots:
            inside |= own
    return inside


def _parts(path: str) -> frozenset[str]:
    return frozenset(os.path.realpath(file.path) for file in load(path).files[1:])
