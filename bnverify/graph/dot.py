"""A page -> a graph in the language of Graphviz; every text is quoted."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.graph.page import Arrow, Box, Page

FONT = 'fontname="DejaVu Sans Mono,monospace"'


def dot(page: Page) -> str:
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield "digraph {"
    yield f'    graph [label="{_joined([page.title, *page.remarks])}", labelloc=t, labeljust=l, rankdir=TB, {FONT}]'
    yield f'    node [shape=box, style=filled, fillcolor="#f3f6fb", {FONT}]'
    yield f"    edge [fontsize=11, {FONT}]"
    for place, box in enumerate(page.boxes):
        yield f'    n{place} [label="{_box(box)}"]'
    for arrow in page.arrows:
        style = "" if arrow.flows else ", style=dashed"
        yield f'    n{arrow.parent} -> n{arrow.child} [label="{_arrow(arrow)}"{style}]'
    yield "}"


def _box(box: Box) -> str:
    return _joined([f"{box.symbol}  {box.shape}", box.formula, *box.gradient])


def _arrow(arrow: Arrow) -> str:
    """A little to the right of the edge."""
    lines = [*([arrow.local] if arrow.local else []), f"← {arrow.message}"]
    return _joined([f"  {line}  " for line in lines])


def _joined(lines: list[str]) -> str:
    """Lines flush left."""
    return "".join(f"{escaped(line)}\\l" for line in lines)


def escaped(text: str) -> str:
    """Backslashes and quotes end or change a string; an ampersand begins the name of a character."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")
