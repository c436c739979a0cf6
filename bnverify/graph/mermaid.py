"""A page -> a Mermaid flowchart, as GitHub renders it; every text is quoted and harmless."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.graph.page import Arrow, Box, Page

WIDEST = 900
"""Pixels of a label; formulas are broken at the default of 200."""
DOLLAR = "＄"
"""Two dollars begin a formula of KaTeX even where they are written as numbers, so a wider one stands for each."""
PLAIN = frozenset(" ()=+-,./^'")
"""Punctuation that means nothing inside of a quoted label."""


def mermaid(page: Page) -> str:
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield from ("---", f'title: "{_in_yaml("; ".join((page.title, *page.remarks)))}"')
    yield from ("config:", "  flowchart:", f"    wrappingWidth: {WIDEST}", "---")
    yield "flowchart TB"
    for place, box in enumerate(page.boxes):
        yield f'    n{place}["{_box(box)}"]'
    for arrow in page.arrows:
        line = "-->" if arrow.flows else "-.->"
        yield f'    n{arrow.parent} {line}|"{_arrow(arrow)}"| n{arrow.child}'


def _box(box: Box) -> str:
    lines = [f"<b>{escaped(box.symbol)}</b> {escaped(box.shape)}", escaped(box.formula)]
    return "<br/>".join([*lines, *map(escaped, box.gradient)])


def _arrow(arrow: Arrow) -> str:
    local = [escaped(arrow.local)] if arrow.local else []
    return "<br/>".join([*local, f"← {escaped(arrow.message)}"])


def escaped(text: str) -> str:
    """Letters as they are, and all punctuation that could be markup as the number of its character."""
    return "".join(one if _is_plain(one) else f"#{ord(one)};" for one in text.replace("$", DOLLAR))


def _is_plain(letter: str) -> bool:
    return letter.isalnum() or letter in PLAIN or not letter.isascii()


def _in_yaml(text: str) -> str:
    """The inside of a double-quoted string; Mermaid looks for its directives there as well."""
    return "".join(one if _is_plain(one) or one in ":;" else f"\\u{ord(one):04x}" for one in text)
