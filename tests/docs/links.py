"""The links of a page: whether what they name is there, files and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from tests.docs.blocks import without_fences

LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")


def broken_links(page: Path) -> Iterator[str]:
    """Relative links that lead nowhere."""
    for target in LINK.findall(without_code(page)):
        if ELSEWHERE.match(target):
            continue
        name, _, heading = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        if not file.exists() or (heading and heading not in slugs(file)):
            yield target


def without_code(page: Path) -> str:
    return re.sub(r"`[^`\n]*`", "", without_fences(page))


def slugs(page: Path) -> set[str]:
    """What GitHub calls the headings of a page."""
    return {slug(line.lstrip("# ")) for line in without_fences(page).split("\n") if line.startswith("#")}


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
