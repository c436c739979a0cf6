"""A code -> the address of its page, a Markdown file that belongs to the program."""

from __future__ import annotations

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "explain"


@cache
def address_of(code: str) -> str:
    """A `file:` address; empty for what has no page."""
    from bnverify.codes import CODES

    return (FOLDER / f"{code}.md").as_uri() if code in {one.name for one in CODES} else ""
