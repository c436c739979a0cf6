"""`x_1 + x_2 + \\dots + x_m` -> the sum over all samples that is meant, where the written summands show the pattern."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from bnverify.model.notation import Notation, Role
from bnverify.read.syntax import Addition, Bounds, Digits, Ellipsis, Expr, Name, Summation, Written, inside

SPARE = "jkilpq"


def filled_in(addition: Addition, notation: Notation) -> tuple[Expr, ...] | None:
    """The summands with the pattern as one sum; None where the summands show none."""
    terms = addition.terms
    place = next((k for k, term in enumerate(terms) if isinstance(term, Ellipsis)), None)
    if place is None or not 0 < place < len(terms) - 1:
        return None
    shown, last, rest = terms[:place], terms[place + 1], terms[place + 2 :]
    for count in sorted(_counts(last, notation)):
        index = next(one for one in SPARE if not any(one in name.subscripts for name in _names(addition)))
        pattern = with_index(last, count, index)
        if all(with_index(pattern, index, str(k)) == term for k, term in enumerate(shown, 1)):
            return (Summation(Bounds((index,), Digits("1"), Name(count)), pattern, span=addition.span), *rest)
    return None


def _names(expr: Expr) -> list[Name]:
    return [node for node in inside(expr) if isinstance(node, Name)]


def _counts(last: Expr, notation: Notation) -> set[str]:
    """The counts that stand as an index in the last summand."""
    below = {one for name in _names(last) for one in (*name.subscripts, *name.superscripts)}
    symbols = {symbol.letter for symbol, role in notation.roles.items() if role is Role.SIZE}
    return below & symbols


def with_index(expr: Expr, old: str, new: str) -> Expr:
    """The expression with one index for another, throughout."""
    if isinstance(expr, Name):
        below, above = (_renamed(index, old, new) for index in (expr.subscripts, expr.superscripts))
        return replace(expr, subscripts=below, superscripts=above)
    changes = {field.name: _inside(getattr(expr, field.name), old, new) for field in fields(expr) if field.init}
    return replace(expr, **changes)


def _inside(value: Any, old: str, new: str) -> Any:
    if isinstance(value, tuple):
        return tuple(_inside(one, old, new) for one in value)
    return with_index(value, old, new) if isinstance(value, Written) and not isinstance(value, Bounds) else value  # type: ignore[arg-type]


def _renamed(index: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    return tuple(new if one == old else one for one in index)
