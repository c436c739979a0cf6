"""Tokens of the grammar -> what an action for each rule makes of them, by the table that belongs to `formula.lark`.

Lark works the table out, in `tests/test_grammar.py`; the program follows it, and loads neither lark nor the grammar.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from bnverify.source import Span

TABLE = os.path.join(os.path.dirname(__file__), "formula.table")
END = "$END"
PASSED_ON = "-"
"""The action of a rule that has one part and changes nothing."""


class Token(NamedTuple):
    kind: str
    value: Any
    span: Span


class Unfitting(Exception):
    """A token that no rule expects where it stands."""

    def __init__(self, token: Token) -> None:
        super().__init__(token)
        self.token = token


class Rule(NamedTuple):
    """`origin` is made of `length` parts by the action with this name."""

    origin: str
    length: int
    action: str


class Table(NamedTuple):
    """What follows in each state on a kind of token or an origin: the next state, or -k for the k-th rule, from 1.

    The first state is the start, and the formula is complete where the origin of the last rule has led from there.
    """

    rules: tuple[Rule, ...]
    states: tuple[Mapping[str, int], ...]
    last: int


@cache
def table() -> Table:
    with open(TABLE, encoding="utf-8") as file:
        rules, states = ([line.split()[1:] for line in part.splitlines()] for part in file.read().split("\n\n"))
    return made_table(
        [Rule(origin, int(length), action) for origin, length, action in rules],
        [dict(map(_entry, entries)) for entries in states],
    )


def made_table(rules: Sequence[Rule], states: Sequence[Mapping[str, int]]) -> Table:
    return Table(tuple(rules), tuple(states), states[0][rules[-1].origin])


def _entry(written: str) -> tuple[str, int]:
    symbol, _, behind = written.partition(":")
    return symbol, int(behind)


def follow(grammar: Table, tokens: Sequence[Token], actions: Mapping[str, Callable[..., Any]]) -> Any:
    """What the actions make of all tokens. Raises Unfitting."""
    rules, states, last = grammar
    behind = tokens[-1].span.end if tokens else 0
    stack, values = [0], list[Any]()
    for token in (*tokens, Token(END, "", Span(behind, behind))):
        while (found := states[stack[-1]].get(token.kind)) is not None and found < 0:
            origin, length, action = rules[-found - 1]
            if action != PASSED_ON:
                values[-length:] = [actions[action](*values[-length:])]
            del stack[-length:]
            stack.append(states[stack[-1]][origin])
        if found is None:
            if token.kind == END and stack[-1] == last:
                return values[-1]
            raise Unfitting(token)
        stack.append(found)
        values.append(token)
    raise AssertionError("the end is either complete or does not fit")
