"""A frozen dataclass <-> what JSON can hold, as its annotations say.

Only what the annotations name is ever made of what was read, so a text from elsewhere opens no door; what does not
fit them raises Unfit. A field that has the value of its default is left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, ForwardRef, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")
Decoder = Callable[[Any], Any]
PLAIN = (str, int, bool, float, NoneType)


class Unfit(ValueError):
    """What was read is not what the annotation asks for."""


def encoded(value: Any) -> Any:
    """The value as objects, lists, strings and numbers; a set is sorted, so the same value gives the same text."""
    if type(value) in PLAIN:
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        # A float of NumPy is one, and prints as one.
        return float(value)
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, frozenset):
        return [encoded(one) for one in sorted(value)]
    if isinstance(value, tuple):
        return [encoded(one) for one in value]
    if isinstance(value, Mapping):
        assert all(type(key) is str for key in value)
        return {key: encoded(one) for key, one in value.items()}
    if is_dataclass(value):
        kind: Any = type(value)
        return {name: encoded(one) for name, usual in _usual(kind) if (one := getattr(value, name)) != usual}
    raise TypeError(f"{type(value).__name__} is not put into text")


def decoded(kind: type[T], shown: Any) -> T:
    """The value of this type that `encoded` was given. Raises Unfit."""
    whole: Any = kind
    value: T = _decoder(whole, "")(shown)
    return value


@cache
def _usual(kind: Any) -> tuple[tuple[str, Any], ...]:
    """The fields of a dataclass, each with its default; MISSING equals nothing."""
    return tuple((one.name, _default(one)) for one in fields(kind))


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


@cache
def _decoder(kind: Any, home: str) -> Decoder:
    """How a value of a type is read; `home` is the module whose names the type may use."""
    arguments = get_args(kind)
    if isinstance(kind, ForwardRef | str):
        # An alias that is a part of itself: looked up when it is met, so that making this ends.
        name = kind if isinstance(kind, str) else kind.__forward_arg__
        return lambda shown: _decoder(getattr(sys.modules[home], name), home)(shown)
    if kind in PLAIN:
        return _of_type(kind)
    match get_origin(kind) or kind:
        case origin if origin is Union or origin is UnionType:
            return _first_of([_decoder(one, home) for one in arguments if one is not NoneType], NoneType in arguments)
        case origin if origin is tuple:
            return _tuple([_decoder(one, home) for one in arguments if one is not Ellipsis], arguments[-1] is Ellipsis)
        case origin if origin is frozenset:
            item = _decoder(arguments[0], home)
            return lambda shown: frozenset(map(item, _of_type(list)(shown)))
        case origin if origin is Mapping:
            item = _decoder(arguments[1], home)
            return lambda shown: {key: item(one) for key, one in _of_type(dict)(shown).items()}
        case origin if origin is Fraction:
            return _fraction
        case origin if isinstance(origin, type) and issubclass(origin, Enum):
            return _named(origin)
        case origin if is_dataclass(origin):
            return _dataclass(origin)
    raise TypeError(f"{kind} is not read from text")


def _of_type(kind: type) -> Decoder:
    fitting = (int, float) if kind is float else (kind,)

    def read(shown: Any) -> Any:
        if type(shown) not in fitting:
            raise Unfit(f"{kind.__name__} expected, not {type(shown).__name__}")
        return shown

    return read


def _first_of(decoders: list[Decoder], or_none: bool) -> Decoder:
    def read(shown: Any) -> Any:
        if shown is None and or_none:
            return None
        for one in decoders[:-1]:
            try:
                return one(shown)
            except Unfit:
                continue
        return decoders[-1](shown)

    return read


def _tuple(items: list[Decoder], is_open: bool) -> Decoder:
    def read(shown: Any) -> Any:
        listed = _of_type(list)(shown)
        if is_open:
            return tuple(map(items[0], listed))
        if len(listed) != len(items):
            raise Unfit(f"{len(items)} parts expected, not {len(listed)}")
        return tuple(item(one) for item, one in zip(items, listed, strict=True))

    return read


def _fraction(shown: Any) -> Fraction:
    above, _, below = _of_type(str)(shown).partition("/")
    try:
        return Fraction(int(above), int(below))
    except (ValueError, ZeroDivisionError) as trouble:
        raise Unfit("a fraction expected") from trouble


def _named(kind: type[Enum]) -> Decoder:
    def read(shown: Any) -> Any:
        try:
            return kind(_of_type(str)(shown))
        except ValueError as trouble:
            raise Unfit(f"{kind.__name__} has no such member") from trouble

    return read


def _dataclass(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    read_field = {one.name: _decoder(hints[one.name], kind.__module__) for one in fields(kind)}

    def read(shown: Any) -> Any:
        given = _of_type(dict)(shown)
        if not given.keys() <= read_field.keys():
            raise Unfit(f"these are not the fields of {kind.__name__}")
        values = {name: read_field[name](one) for name, one in given.items()}
        try:
            return kind(**values)
        except (TypeError, AssertionError) as trouble:
            raise Unfit(f"this is no {kind.__name__}") from trouble

    return read
