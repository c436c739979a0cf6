"""What an input of the corpus is: how it is made, what is typed, and how the program has to end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

Build = Callable[[Path], None]
"""Puts the files of an input into an empty folder, which is then the current one."""


@dataclass(frozen=True, slots=True)
class Input:
    """A name, what it is made of, the command line, the exit status with its reason, and what has to be said."""

    name: str
    build: Build
    status: int | tuple[int, ...]
    because: str
    """Why this is the status: worked out by hand, from what the input says."""
    says: tuple[str, ...] = ()
    """What the output has to hold."""
    command: tuple[str, ...] = ("check", "note.md")
    stdin: bytes | str = b""
    """Bytes, or the path of what is read."""
    environment: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[str, ...] = ()
    """The files that the command was asked to write."""
    unsaid: tuple[str, ...] = ()
    """What the output must not hold."""
    exact: bool = False
    """Whether the output is a patch or an escape sequence that was asked for: its bytes are those of the note."""
    cold: bool = False
    """Whether a process of its own is started for it, as a user's shell does."""

    @property
    def statuses(self) -> tuple[int, ...]:
        return (self.status,) if isinstance(self.status, int) else self.status


def note(text: str | bytes, name: str = "note.md") -> Build:
    """A folder with one file."""
    return files({name: text})


def files(contents: Mapping[str, str | bytes]) -> Build:
    """A folder with these files."""

    def build(folder: Path) -> None:
        for name, text in contents.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8") if isinstance(text, str) else text)

    return build


RIGHT = "\n\n$$\\mu = \\frac{1}{n} \\sum_{i=1}^n x_i$$\n"
"""A right step, which what stands around it must not hide."""
WRONG = "\n\n$$\\frac{\\partial L}{\\partial \\beta} = - \\sum_i \\frac{\\partial L}{\\partial y_i}$$\n"
"""A wrong step, which nothing may hide either."""
