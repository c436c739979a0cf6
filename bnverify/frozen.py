"""A class with annotated fields -> a frozen class with slots, whose objects are compared by their fields.

It stands for `@dataclass(frozen=True, slots=True)`, which took a fifth of the start of the program: the standard
library writes six methods of every class as text and compiles them. Here it writes `__init__` alone, and the others
are made of the names of the fields.
That nothing is assigned to a field is a promise which mypy keeps. While the program runs nobody asks again, so an
object is made in a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def frozen(cls: type[T]) -> type[T]:
    """The class with the methods of a frozen dataclass that it does not define itself."""
    own = vars(cls)
    # Without a text the standard library would work out a signature for it.
    cls.__doc__ = cls.__doc__ or cls.__name__
    made: Any = dataclass(repr=False, eq=False, slots=True)(cls)
    compared = tuple(one.name for one in fields(made) if one.compare)
    for name, method in (("__eq__", _equality(compared)), ("__hash__", _hash(compared)), ("__repr__", _text)):
        if name not in own:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _equality(names: Sequence[str]) -> Callable[[Any, Any], Any]:
    values = attrgetter(*names) if names else type

    def equal(self: object, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(names: Sequence[str]) -> Callable[[Any], int]:
    values = attrgetter(*names) if names else type

    def hashed(self: object) -> int:
        return hash((values(self),))

    return hashed


def _text(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"
