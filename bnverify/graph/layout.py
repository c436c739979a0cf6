"""A page -> places in a picture: one spine of boxes, a row of its own for every label, lanes for edges that skip.

Above a box stand the labels of the edges into it, one below the other, each right of the place where its edge turns
down. The edge from the box before comes first and straight; the others come from lanes left of the spine, the
inner ones first, each turning down further left. So no label meets another or an edge of its row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.frozen import frozen
from bnverify.graph.page import Arrow, Box, Page

FONT_SIZE, TITLE_SIZE = 14, 17
LINE = 20
CHARACTER = 0.66
"""Width of a character in sizes of the font: more than any common monospaced font has."""
MARGIN, PADDING, GAP = 24, 12, 14
LANE, PORT = 24, 26
"""From lane to lane, and from one place where edges enter a box to the next."""
APART = 6
"""Between an edge and the way back along it."""
LEGEND = "solid: forwards, with the local derivative; dashed, ←: what flows back"


@frozen
class Text:
    """One line; `x` is its left end and `y` its base line."""

    x: float
    y: float
    words: str
    kind: str
    size: int = FONT_SIZE

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom, estimated generously."""
        return self.x, self.y - self.size, self.x + wide(self.words, self.size), self.y + 0.3 * self.size


@frozen
class Rectangle:
    x: float
    y: float
    width: float
    height: float


@frozen
class Line:
    """A way from parent to child in straight pieces, and the way back beside it."""

    points: tuple[tuple[float, float], ...]
    back: tuple[tuple[float, float], ...]
    flows: bool


@frozen
class Picture:
    width: float
    height: float
    rectangles: tuple[Rectangle, ...]
    lines: tuple[Line, ...]
    texts: tuple[Text, ...]


def wide(words: str, size: int = FONT_SIZE) -> float:
    return len(words) * CHARACTER * size


def lay_out(page: Page) -> Picture:
    lanes = lanes_of(page.arrows)
    left = MARGIN + LANE * (max(lanes.values(), default=0) + 1)
    texts = list(_heading(page))
    y = max((text.box[3] for text in texts), default=MARGIN) + MARGIN
    box_width = max(_box_width(box) for box in page.boxes)
    rectangles: list[Rectangle] = []
    turns: dict[Arrow, tuple[float, float]] = {}
    for place, box in enumerate(page.boxes):
        arrows = incoming(page.arrows, place, lanes)
        for port, arrow in enumerate(arrows):
            x = left + PORT * (len(arrows) - port)
            label = list(_label(arrow, left + PORT * (len(arrows) + 1), y))
            turns[arrow] = (x, label[0].y - 0.35 * FONT_SIZE)
            texts += label
            y += LINE * len(label) + GAP
        y += GAP if arrows else 0
        rectangles.append(Rectangle(left, y, box_width, LINE * (2 + len(box.gradient)) + PADDING))
        texts += _inside(box, left + PADDING, y)
        y += rectangles[-1].height + GAP
    ways = tuple(_line(arrow, rectangles, lanes, turns[arrow]) for arrow in page.arrows)
    right = max([left + box_width, *(text.box[2] for text in texts)])
    return Picture(right + MARGIN, y + MARGIN - GAP, tuple(rectangles), ways, tuple(texts))


# -- texts


def _heading(page: Page) -> Iterator[Text]:
    yield Text(MARGIN, MARGIN + TITLE_SIZE, page.title, "title", TITLE_SIZE)
    y = MARGIN + TITLE_SIZE + 6.0
    for remark in (*page.remarks, LEGEND):
        y += LINE
        yield Text(MARGIN, y, remark, "shape")


def _label(arrow: Arrow, x: float, y: float) -> Iterator[Text]:
    back = ("back", f"← {arrow.message}") if arrow.flows else ("none", arrow.message)
    words = [("local", arrow.local), back] if arrow.local else [back]
    for place, (kind, text) in enumerate(words):
        yield Text(x, y + LINE * (place + 1) - 5, text, kind)


def _inside(box: Box, x: float, y: float) -> Iterator[Text]:
    top = y + LINE
    yield Text(x, top, box.symbol, "symbol")
    yield Text(x + wide(box.symbol) + PADDING, top, box.shape, "shape")
    for place, (kind, words) in enumerate([("formula", box.formula), *(("back", one) for one in box.gradient)], 1):
        yield Text(x, top + LINE * place, words, kind)


def _box_width(box: Box) -> float:
    first = wide(box.symbol) + PADDING + wide(box.shape)
    return max([first, *map(wide, (box.formula, *box.gradient))]) + 2 * PADDING


# -- edges


def lanes_of(arrows: Sequence[Arrow]) -> dict[Arrow, int]:
    """The lane of each edge that skips a box, short ones inside; edges that share a stretch never share a lane."""
    lanes: dict[Arrow, int] = {}
    skipping = (arrow for arrow in arrows if arrow.child - arrow.parent > 1)
    for arrow in sorted(skipping, key=lambda one: (one.child - one.parent, one.parent)):
        taken = {lane for other, lane in lanes.items() if other.parent < arrow.child and arrow.parent < other.child}
        lanes[arrow] = next(lane for lane in range(1, len(arrows) + 1) if lane not in taken)
    return lanes


def incoming(arrows: Sequence[Arrow], place: int, lanes: dict[Arrow, int]) -> list[Arrow]:
    """The edges into a box: the straight one first, then from the inner to the outer lanes."""
    return sorted((one for one in arrows if one.child == place), key=lambda one: lanes.get(one, 0))


def _line(arrow: Arrow, boxes: Sequence[Rectangle], lanes: dict[Arrow, int], turn: tuple[float, float]) -> Line:
    parent, child = boxes[arrow.parent], boxes[arrow.child]
    x, y = turn
    lane = lanes.get(arrow, 0)
    if not lane:
        start, end = parent.y + parent.height, child.y
        return Line(((x, start), (x, end)), ((x + APART, end), (x + APART, start)), arrow.flows)
    # Outer lanes leave the box higher up, so that they do not cross the beginning of the inner ones.
    own = sorted(one for other, one in lanes.items() if other.parent == arrow.parent)
    leave = parent.y + parent.height * (len(own) - own.index(lane)) / (len(own) + 1)
    down = parent.x - LANE * lane
    points = ((parent.x, leave), (down, leave), (down, y), (x, y), (x, child.y))
    turned = (
        (x + APART, child.y),
        (x + APART, y - APART),
        (down + APART, y - APART),
        (down + APART, leave + APART),
        (parent.x, leave + APART),
    )
    return Line(points, turned, arrow.flows)
