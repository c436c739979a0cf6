"""The combinations of free indices that an identity speaks of: which of them are the same place of an axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count, product

from bnverify.model.axes import axis_of, letter_of
from bnverify.model.forward import Forward
from bnverify.model.terms import Cases, Delta, Term, free_indices, is_derivative_of_known, walk
from bnverify.truth.domain import Point, holds
from bnverify.truth.verdict import Identity, Undecidable

MOST_INDICES = 4
"""Free indices along one axis."""
MOST_OF_ALL = 8
MOST_NUMBERED = 6
"""A sample with a larger number is taken for one of the first, so that a small batch has it."""


def index_patterns(identity: Identity, every: bool = False) -> Iterator[dict[str, Point]]:
    """Which free indices are the same sample: the combinations that meet the conditions.

    What holds for different samples at every size holds for equal ones, so these are left out where nothing tells them
    apart, unless `every` combination is asked for.
    """
    names = sorted(free_indices(identity.left) | free_indices(identity.right) | condition_names(identity))
    along = [[name for name in names if axis_of(name) == axis] for axis in sorted({axis_of(name) for name in names})]
    if any(len(group) > MOST_INDICES for group in along) or len(names) > MOST_OF_ALL:
        raise Undecidable(f"more than {MOST_INDICES} free indices are not worked out")
    apart = every or _can_differ(identity)
    for kinds in product(*(tuple(equality_patterns(len(group))) for group in along)):
        if not apart and any(len(set(one)) < len(one) for one in kinds):
            continue
        points = _points(along, kinds)
        numbered = [(point.axis, point.kind) for name, point in points.items() if letter_of(name).isdigit()]
        if len(set(numbered)) == len(numbered) and all(holds(condition, points) for condition in identity.conditions):
            yield points


def _points(along: list[list[str]], kinds: tuple[tuple[int, ...], ...]) -> dict[str, Point]:
    """A point for each index; those of different axes never share a kind."""
    points: dict[str, Point] = {}
    used = 0
    for group, own in zip(along, kinds, strict=True):
        points |= {name: Point(used + kind, used + kind, axis_of(name)) for name, kind in zip(group, own, strict=True)}
        used += max(own, default=0)
    return points


def condition_names(identity: Identity) -> frozenset[str]:
    return frozenset(name for c in identity.conditions for name in (c.left, c.right))


def _can_differ(identity: Identity) -> bool:
    """Whether equal indices must be tested apart: without deltas they are a special case of different ones."""
    if identity.conditions:
        return True
    parts = (part for side in (identity.left, identity.right) for part in walk(side))
    return any(isinstance(part, (Delta, Cases)) or is_derivative_of_known(part) for part in parts)


def equality_patterns(count: int) -> Iterator[tuple[int, ...]]:
    """All ways to make `count` indices equal or different, as restricted growth strings from 1; all different first."""
    strings: list[tuple[int, ...]] = [()]
    for _ in range(count):
        strings = [(*one, kind) for one in strings for kind in range(max(one, default=0) + 1, 0, -1)]
    yield from strings


def assignments(identity: Identity, forward: Forward, n: int) -> Iterator[dict[str, Point]]:
    """Every combination at a concrete size, where different samples alone tell too little: places count from 0."""
    sizes = forward.sizes(n)
    for points in index_patterns(identity, every=True):
        places = _places(points, sizes)
        if all(place < sizes[axis_of(name)] for name, place in places.items()):
            yield {name: Point(place, place, axis_of(name)) for name, place in places.items()}


def _places(points: dict[str, Point], sizes: Sequence[int]) -> dict[str, int]:
    """A place for each index: x_3 is the third sample, the others take the first places that are left."""
    places: dict[str, int] = {}
    for axis in range(len(sizes)):
        own = {name: point.kind for name, point in points.items() if point.axis == axis}
        numbers = {kind: int(letter_of(name)) for name, kind in own.items() if letter_of(name).isdigit()}
        first = 0 if 0 in numbers.values() else 1
        taken = {kind: number - first for kind, number in numbers.items()}
        if max(taken.values(), default=0) >= MOST_NUMBERED:
            taken = {kind: place for place, kind in enumerate(sorted(numbers, key=numbers.__getitem__))}
        left = (place for place in count() if place not in taken.values())
        taken |= {kind: next(left) for kind in sorted(set(own.values()) - taken.keys())}
        places |= {name: taken[kind] for name, kind in own.items()}
    return places


def malformed_cases(term: Term, identity: Identity) -> str:
    """What is wrong with the rows of the cases in a term, or nothing: some combination has no row, or two."""
    counts = {
        sum(all(holds(c, points) for c in conditions) for conditions, _ in part.rows if conditions)
        or not all(conditions for conditions, _ in part.rows)
        for part in walk(term)
        if isinstance(part, Cases)
        for points in index_patterns(replace(identity, right=part))
    }
    wrong = ["two rows of the cases hold at the same time"] if max(counts, default=1) > 1 else []
    wrong += ["no row says what holds otherwise"] if 0 in counts else []
    return ", and ".join(wrong)
