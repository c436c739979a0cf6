"""`frozen` does what a frozen dataclass with slots of the standard library does, except for the refusal at run time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass, replace
from typing import Any

import pytest

from bnverify.frozen import frozen

library = dataclass(frozen=True, slots=True)


def made_by(decorator: Callable[[Any], Any]) -> tuple[Any, ...]:
    """The same classes under either decorator: inherited and hidden fields, one field, none, an order of its own."""

    class Placed:
        place: int = field(default=0, kw_only=True, compare=False, repr=False)

    placed = decorator(Placed)

    class Leaf(placed):
        text: str
        more: tuple[int, ...] = ()

    class Inner(placed):
        """A node with one field."""

        body: object

    class Nothing(placed):
        pass

    class Own:
        name: str
        parts: list[int] = field(default_factory=list, hash=False)

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, str)

    return tuple(decorator(one) for one in (Leaf, Inner, Nothing, Own))


def objects(decorator: Callable[[Any], Any]) -> list[Any]:
    leaf, inner, nothing, own = made_by(decorator)
    return [
        leaf("a"),
        leaf("a", (1, 2), place=3),
        leaf(text="a", more=(1, 2)),
        inner(leaf("b"), place=1),
        inner(inner(leaf("b"))),
        inner(leaf("b"), place=2),
        nothing(),
        nothing(place=5),
        own("x"),
        own("x", [1]),
    ]


def test_objects_are_compared_hashed_and_printed_as_the_library_does() -> None:
    ours, theirs = objects(frozen), objects(library)
    assert [repr(one) for one in ours] == [repr(one) for one in theirs]
    assert [[one == other for other in ours] for one in ours] == [[one == other for other in theirs] for one in theirs]
    assert ours[1] == ours[2]
    assert ours[0] != ours[1]
    alike = [[hash(one) == hash(other) for other in ours] for one in ours]
    assert alike == [[hash(one) == hash(other) for other in theirs] for one in theirs]


def test_fields_patterns_and_replacement_are_those_of_the_library() -> None:
    for mine, other in zip(objects(frozen), objects(library), strict=True):
        assert is_dataclass(mine)
        assert [one.name for one in fields(mine)] == [one.name for one in fields(other)]
        assert type(mine).__match_args__ == type(other).__match_args__
        assert not hasattr(mine, "__dict__")
    leaf = objects(frozen)[1]
    assert (replace(leaf, text="z").text, replace(leaf, text="z").more, replace(leaf, text="z").place) == (
        "z",
        (1, 2),
        3,
    )


def test_what_is_no_field_is_refused() -> None:
    leaf, *_ = made_by(frozen)
    with pytest.raises(TypeError):
        leaf("a", colour="red")
    with pytest.raises(AttributeError):
        leaf("a").colour = "red"
