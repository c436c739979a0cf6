"""The rows of a note -> arcs in its margin, from each wrong step to those that follow from it.

They are boxes of the grid that the rows stand in, so they fit whatever the rows come to, and need no script.
"""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.elements import Element, element
from bnverify.frozen import frozen
from bnverify.html.body import Body, Read

MOST_LANES = 6
"""Arcs beside each other; where more would be needed, the words alone tell."""


@frozen
class Arc:
    """From the row of a wrong step to the rows of those that follow from it, in a lane counted from the text."""

    row: int
    followers: tuple[int, ...]
    lane: int = 0


@frozen
class Drawn:
    """The boxes of all arcs of a note, the rules that place them, and how many lanes they take."""

    boxes: tuple[Element, ...]
    rules: tuple[str, ...]
    lanes: int


def arcs_of(read: Read, body: Body) -> Drawn:
    arcs = list(_in_lanes(_arcs(read, body)))
    lanes = max((arc.lane for arc in arcs), default=-1) + 1
    boxes: list[Element] = []
    rules: list[str] = []
    for arc in arcs:
        for kind, first, behind in _boxes(arc):
            name = f"{read.mark}-a{len(boxes) + 1}"
            boxes.append(element("i", class_=f"arc {kind}", id=name, aria_hidden="true"))
            rules.append(f"#{name} {{ grid-row: {first} / {behind}; grid-column: {lanes - arc.lane} / {lanes + 1} }}")
    return Drawn(tuple(boxes), tuple(rules), lanes)


def _arcs(read: Read, body: Body) -> Iterator[Arc]:
    followers: dict[int, set[int]] = {}
    for follower, sources in read.sources.items():
        for source in sources - {follower}:
            followers.setdefault(body.row_of[source.start], set()).add(body.row_of[follower.start])
    for row, found in sorted(followers.items()):
        later = tuple(sorted(one for one in found if one > row))
        if later:
            yield Arc(row, later)


def _in_lanes(arcs: Iterator[Arc]) -> Iterator[Arc]:
    """Short arcs inside; arcs that share a stretch never share a lane."""
    placed: list[Arc] = []
    for arc in sorted(arcs, key=lambda one: (one.followers[-1] - one.row, one.row)):
        taken = {one.lane for one in placed if one.row <= arc.followers[-1] and arc.row <= one.followers[-1]}
        lane = next((lane for lane in range(MOST_LANES) if lane not in taken), None)
        if lane is not None:
            placed.append(Arc(arc.row, arc.followers, lane))
            yield placed[-1]


def _boxes(arc: Arc) -> Iterator[tuple[str, int, int]]:
    """The halves of the first and the last row, what lies between them, and an arrow for every follower."""
    *between, last = arc.followers
    yield "first", arc.row, arc.row + 1
    if last > arc.row + 1:
        yield "between", arc.row + 1, last
    yield "last", last, last + 1
    yield from (("tick", one, one + 1) for one in between)


def column_rule(read: Read, lanes: int) -> str:
    return (
        f"#{read.mark}-body {{ grid-template-columns: repeat({lanes}, var(--lane)) minmax(0, 1fr) }}" if lanes else ""
    )
