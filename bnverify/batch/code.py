"""The files of the package -> which program gives the verdicts: nothing that another one said is taken for its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from hashlib import blake2b

from bnverify import __version__
from bnverify.frozen import frozen

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
INSTALLED = ("site-packages", "dist-packages")
"""How a folder ends in which libraries are installed; the others of the path are not looked into."""
LIBRARIES = ("click", "mpmath", "numpy", "pathspec", "python_flint", "pyyaml", "sympy")


@frozen
class Code:
    """The program that judges: its version, a digest of its own sources, and what it is built on."""

    version: str
    sources: str
    surroundings: str

    def is_program(self, other: Code) -> bool:
        """Whether both are the same program, whatever libraries they are built on."""
        return (self.version, self.sources) == (other.version, other.sources)

    def __str__(self) -> str:
        return f"{self.version} ({self.sources[:8]})"


@cache
def our_code() -> Code:
    """The program as it stood on the disk when it was first asked: a worker asks before it has judged anything."""
    return Code(__version__, digest_of(HOME), _surroundings())


def digest_of(folder: str) -> str:
    """A digest of all files below a folder but what Python makes of them: times and sizes may stay as they were."""
    found = blake2b(digest_size=16)
    for path in sorted(_sources(folder)):
        with open(path, "rb") as file:
            text = file.read()
        found.update(f"{os.path.relpath(path, folder)}\0{len(text)}\0".replace(os.sep, "/").encode())
        found.update(text)
    return found.hexdigest()


def stamp_of(folder: str) -> str:
    """Changes where a source is edited while we run; cheap enough to be asked for each note, unlike the digest."""
    about = ((path, os.stat(path)) for path in sorted(_sources(folder)))
    lines = (f"{path} {one.st_size} {one.st_mtime_ns} {one.st_ino}\n" for path, one in about)
    return blake2b("".join(lines).encode(), digest_size=16).hexdigest()


def _sources(folder: str) -> Iterator[str]:
    for one in os.scandir(folder):
        if one.is_dir():
            yield from _sources(one.path)
        elif not one.name.endswith(".pyc"):
            yield one.path


def _surroundings() -> str:
    """The Python that runs, and the versions of the libraries, as the folders of their installation are called."""
    found = [f"{sys.implementation.name} {sys.version} {sys.platform}"]
    for folder in [one for one in sys.path if one.endswith(INSTALLED)]:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        found += sorted(name for name in names if name.endswith(".dist-info") and _library(name) in LIBRARIES)
    return blake2b("\n".join(found).encode(), digest_size=16).hexdigest()


def _library(folder: str) -> str:
    return folder.split("-")[0].lower()
