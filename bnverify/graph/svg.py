"""A page -> a picture that needs nothing else: no fonts, scripts or links, readable on white and on dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.elements import Element, element, in_lines
from bnverify.graph.layout import Line, Picture, Rectangle, Text, lay_out
from bnverify.graph.page import Page

LIGHT = (
    'text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; '
    "fill: #1f2430 }",
    ".ground { fill: #ffffff }",
    ".box { fill: #f3f6fb; stroke: #8a97ad }",
    ".way { fill: none; stroke: #5b6678; stroke-width: 1.5 }",
    ".return { fill: none; stroke: #b3441e; stroke-width: 1.5; stroke-dasharray: 5 3 }",
    ".head { fill: #5b6678 }",
    ".returning { fill: #b3441e }",
    ".title, .symbol { font-weight: bold }",
    ".shape, .none { fill: #5b6678 }",
    ".back { fill: #a33a16 }",
)
DARK = (
    "text { fill: #e4e8ef }",
    ".ground { fill: #12161d }",
    ".box { fill: #1c2330; stroke: #5d6b82 }",
    ".way { stroke: #9aa7bb }",
    ".return { stroke: #f0976f }",
    ".head { fill: #9aa7bb }",
    ".returning { fill: #f0976f }",
    ".shape, .none { fill: #9aa7bb }",
    ".back { fill: #f5a582 }",
)
ABOUT = (
    "The computational graph from the inputs at the top to the loss at the bottom: each box with its shape and its "
    "formula, each edge with its local derivative and with what flows back along it."
)


def svg(page: Page) -> str:
    root = picture(page)
    named = (("xmlns", "http://www.w3.org/2000/svg"), *root.attributes)
    first, *others = in_lines(Element(root.tag, named, root.children))
    return "\n".join([first, *others[:2], *_style(), *others[2:]]) + "\n"


def _style() -> Iterator[str]:
    yield "  <style>"
    yield from (f"    {rule}" for rule in LIGHT)
    yield "    @media (prefers-color-scheme: dark) {"
    yield from (f"      {rule}" for rule in DARK)
    yield "    }"
    yield "  </style>"


def scoped(rules: Sequence[str], scope: str) -> Iterator[str]:
    """The rules for pictures that stand in a page, below what the selector names."""
    for rule in rules:
        selectors, behind = rule.split(" {", 1)
        yield ", ".join(f"{scope} {one}" for one in selectors.split(", ")) + " {" + behind


def picture(page: Page, mark: str = "") -> Element:
    """The picture without its style; `mark` tells its names from those of other pictures in the same page."""
    found = lay_out(page)
    width, height = _number(found.width), _number(found.height)
    named = {
        "width": width,
        "height": height,
        "viewBox": f"0 0 {width} {height}",
        "role": "img",
        "aria-labelledby": f"{mark}title {mark}desc",
    }
    return element("svg", *_parts(page, found, mark), attributes=named)


def _parts(page: Page, found: Picture, mark: str) -> Iterator[Element]:
    yield element("title", page.title, id=f"{mark}title")
    yield element("desc", ABOUT, id=f"{mark}desc")
    yield element("defs", *(_head(mark + name, kind) for name, kind in (("to", "head"), ("fro", "returning"))))
    yield element("rect", class_="ground", width=_number(found.width), height=_number(found.height))
    for one in found.lines:
        yield from _way(one, mark)
    yield from map(_rectangle, found.rectangles)
    yield from map(_text, found.texts)


def _head(name: str, kind: str) -> Element:
    way = element("path", class_=kind, d="M0 0 8 4 0 8z")
    size = {"viewBox": "0 0 8 8", "refX": "8", "refY": "4", "markerWidth": "7", "markerHeight": "7", "orient": "auto"}
    return element("marker", way, attributes={"id": name, **size})


def _way(line: Line, mark: str) -> Iterator[Element]:
    yield element("path", class_="way", d=_path(line.points), marker_end=f"url(#{mark}to)")
    if line.flows:
        yield element("path", class_="return", d=_path(line.back), marker_end=f"url(#{mark}fro)")


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _rectangle(one: Rectangle) -> Element:
    place = {"x": _number(one.x), "y": _number(one.y), "width": _number(one.width), "height": _number(one.height)}
    return element("rect", attributes={"class": "box", **place, "rx": "5"})


def _text(one: Text) -> Element:
    place = {"x": _number(one.x), "y": _number(one.y), "font-size": str(one.size), "xml:space": "preserve"}
    return element("text", one.words, attributes={"class": one.kind, **place})


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
