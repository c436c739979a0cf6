"""A page -> a picture that needs nothing else: no fonts, scripts or links, readable on white and on dark."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from bnverify.graph.layout import Line, Picture, Rectangle, Text, lay_out
from bnverify.graph.page import Page

STYLE = """
    text { font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace; fill: #1f2430 }
    .ground { fill: #ffffff }
    .box { fill: #f3f6fb; stroke: #8a97ad }
    .way { fill: none; stroke: #5b6678; stroke-width: 1.5 }
    .return { fill: none; stroke: #b3441e; stroke-width: 1.5; stroke-dasharray: 5 3 }
    .head { fill: #5b6678 }
    .returning { fill: #b3441e }
    .title, .symbol { font-weight: bold }
    .shape, .none { fill: #5b6678 }
    .back { fill: #a33a16 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e4e8ef }
      .ground { fill: #12161d }
      .box { fill: #1c2330; stroke: #5d6b82 }
      .way { stroke: #9aa7bb }
      .return { stroke: #f0976f }
      .head { fill: #9aa7bb }
      .returning { fill: #f0976f }
      .shape, .none { fill: #9aa7bb }
      .back { fill: #f5a582 }
    }
"""
ABOUT = (
    "The computational graph from the inputs at the top to the loss at the bottom: each box with its shape and its "
    "formula, each edge with its local derivative and with what flows back along it."
)


def svg(page: Page) -> str:
    return "\n".join(_lines(page, lay_out(page))) + "\n"


def _lines(page: Page, picture: Picture) -> Iterator[str]:
    width, height = _number(picture.width), _number(picture.height)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        'role="img" aria-labelledby="title desc">'
    )
    yield f'  <title id="title">{escape(page.title)}</title>'
    yield f'  <desc id="desc">{escape(ABOUT)}</desc>'
    yield f"  <style>{STYLE}  </style>"
    yield "  <defs>"
    yield from (f"    {_head(name, kind)}" for name, kind in (("to", "head"), ("fro", "returning")))
    yield "  </defs>"
    yield f'  <rect class="ground" width="{width}" height="{height}"/>'
    yield from (_way(line) for line in picture.lines)
    yield from (_rectangle(one) for one in picture.rectangles)
    yield from (_text(one) for one in picture.texts)
    yield "</svg>"


def _head(name: str, kind: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path class="{kind}" d="M0 0 8 4 0 8z"/></marker>'
    )


def _way(line: Line) -> str:
    there = f'  <path class="way" d="{_path(line.points)}" marker-end="url(#to)"/>'
    back = f'\n  <path class="return" d="{_path(line.back)}" marker-end="url(#fro)"/>' if line.flows else ""
    return there + back


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _rectangle(one: Rectangle) -> str:
    place = f'x="{_number(one.x)}" y="{_number(one.y)}" width="{_number(one.width)}" height="{_number(one.height)}"'
    return f'  <rect class="box" {place} rx="5"/>'


def _text(one: Text) -> str:
    place = f'x="{_number(one.x)}" y="{_number(one.y)}" font-size="{one.size}"'
    return f'  <text class="{one.kind}" {place} xml:space="preserve">{escape(one.words)}</text>'


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
