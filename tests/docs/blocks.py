"""A page of the documentation -> its blocks in fences, each with what the comment above it says.

On the line above a fence may stand:

- `<!-- file: NAME -->`: the block is this file of the reader.
- `<!-- top of: NAME -->`, `<!-- add to: NAME -->`: the block is put before it, or behind it.
- `<!-- with: PATH -->`: the block needs this file, which stands beside the page.
- `<!-- status: N -->`: the last command of the block ends with this exit status, and not with 0.
- `<!-- not run: REASON -->`: a test cannot run the block.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import ROOT

DOCS = ROOT / "docs"
GENERATED = DOCS / "reference"
ORDERS = ("file", "top of", "add to", "with", "status", "not run")


@dataclass(frozen=True)
class Block:
    """`first` and `last` are the lines of its content, counted from 0; `last` is the line of the closing fence."""

    page: Path
    kind: str
    orders: dict[str, str] = field(hash=False)
    first: int
    last: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def place(self) -> str:
        return f"{os.path.relpath(self.page, ROOT)}:{self.first}"


def pages() -> list[Path]:
    """The pages that people write."""
    return [path for path in sorted(DOCS.rglob("*.md")) if GENERATED not in path.parents]


def blocks_of(page: Path) -> list[Block]:
    lines = page.read_text(encoding="utf-8").split("\n")
    found, opened = [], None
    for number, line in enumerate(lines):
        if opened is None and line.startswith("```"):
            opened = number
        elif opened is not None and line == lines[opened].rstrip("abcdefghijklmnopqrstuvwxyz"):
            kind = lines[opened].lstrip("`")
            found.append(
                Block(page, kind, _orders(lines, opened), opened + 1, number, tuple(lines[opened + 1 : number]))
            )
            opened = None
    assert opened is None, f"{page}: the fence on line {opened} is not closed"
    return found


def _orders(lines: list[str], fence: int) -> dict[str, str]:
    orders: dict[str, str] = {}
    number = fence - 1
    while number >= 0 and (said := re.fullmatch(r"<!-- ([a-z ]+): (.+) -->", lines[number])):
        assert said[1] in ORDERS, f"{said[1]!r} is no order for a block"
        orders[said[1]] = said[2]
        number -= 1
    return orders


def without_fences(page: Path) -> str:
    """The text of a page around its blocks, with empty lines in their places."""
    lines = page.read_text(encoding="utf-8").split("\n")
    for block in blocks_of(page):
        lines[block.first - 1 : block.last + 1] = [""] * (block.last - block.first + 2)
    return "\n".join(lines)
