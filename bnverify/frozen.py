"""A class with annotated fields -> a frozen class with slots, whose objects are compared by their fields.

It stands for `@dataclass(frozen=True, slots=True)`, which took a fifth of the start of the program: the standard
library writes six methods of every class as text and compiles them. Here it writes `__init__` alone, and the others
are made of the names of the fields.
That nothing is assigned to a field is a promise which mypy keeps. While the program runs nobody asks again, so an
object is made in a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable
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
    compared = _values(*(one.name for one in fields(made) if one.compare))
    for name, method in (("__eq__", _equality(compared)), ("__hash__", _hash(compared)), ("__repr__", _text)):
        if name not in own:
            setattr(made, name, method)
    return made  # type: ignore[no-any-return]


def _values(*names: str) -> Callable[[Any], tuple[Any, ...]]:
    """What gives the values of the fields with these names."""
    if len(names) > 1:
        return attrgetter(*names)

    def at_most_one(of: Any) -> tuple[Any, ...]:
        return (getattr(of, names[0]),) if names else ()

    return at_most_one


def _equality(compared: Callable[[Any], tuple[Any, ...]]) -> Callable[[object, object], bool]:
    def equal(self: object, other: object) -> bool:
        return compared(self) == compared(other) if other.__class__ is self.__class__ else NotImplemented

    return equal


def _hash(compared: Callable[[Any], tuple[Any, ...]]) -> Callable[[object], int]:
    def hashed(self: object) -> int:
        return hash(compared(self))

    return hashed


def _text(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"
