"""The table of the grammar is the one that lark makes of `formula.lark`; BNVERIFY_WRITE_TABLE=1 writes it anew."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from lark import Lark
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Reduce

from bnverify.read import grammar
from bnverify.read.grammar import PASSED_ON, Rule, Table, Token, Unfitting, follow, made_table, table
from bnverify.read.rules import ACTIONS
from bnverify.source import Span


class _Tokens(Lexer):
    def __init__(self, _: object) -> None: ...

    def lex(self, data: Any) -> Any:
        return iter(data)


def table_of(text: str) -> Table:
    """The LALR(1) table that lark makes of a grammar; states are counted as they are met from the start."""
    lark = Lark(text, parser="lalr", lexer=_Tokens)
    made = lark.parser.parser._parse_table
    rules = sorted(lark.rules, key=lambda rule: (rule.origin.name == "start", lark.rules.index(rule)))
    number = {rule: k for k, rule in enumerate(rules, 1)}
    (first,) = made.start_states.values()
    places, waiting, states = {first: 0}, deque([first]), []
    while waiting:
        row = {}
        for symbol, (action, behind) in sorted(made.states[waiting.popleft()].items()):
            if action is Reduce:
                row[symbol] = -number[behind]
                continue
            if behind not in places:
                places[behind] = len(places)
                waiting.append(behind)
            row[symbol] = places[behind]
        states.append(row)
    return made_table([Rule(rule.origin.name, len(rule.expansion), _action(rule)) for rule in rules], states)


def _action(rule: Any) -> str:
    if rule.options.expand1 and len(rule.expansion) == 1 and not rule.alias:
        return PASSED_ON
    return str(rule.alias or rule.origin.name)


def written(made: Table) -> str:
    """One rule on each line, and one state behind an empty line, with its number in front."""
    rules = [" ".join(map(str, (k, *rule))) for k, rule in enumerate(made.rules, 1)]
    states = [" ".join([str(k), *(f"{a}:{b}" for a, b in row.items())]) for k, row in enumerate(made.states)]
    return "\n".join([*rules, "", *states, ""])


def test_the_table_is_the_one_of_the_grammar() -> None:
    path = Path(grammar.TABLE)
    made = table_of(path.with_suffix(".lark").read_text(encoding="utf-8"))
    if os.environ.get("BNVERIFY_WRITE_TABLE"):
        path.write_text(written(made), encoding="utf-8")
        table.cache_clear()
    assert table() == made, "formula.lark has changed: BNVERIFY_WRITE_TABLE=1 pytest -n 0 tests/test_grammar.py"
    assert path.read_text(encoding="utf-8") == written(made)
    assert len(made.states) > 50


def test_every_rule_has_an_action_and_every_action_a_rule() -> None:
    assert {rule.action for rule in table().rules} - {PASSED_ON} == set(ACTIONS)


SUMS = """
?start: sum
?sum: NUMBER | sum PLUS NUMBER -> added | LEFT sum RIGHT -> inner
%declare NUMBER PLUS LEFT RIGHT
"""
KINDS = {"+": "PLUS", "(": "LEFT", ")": "RIGHT"}


def worked_out(text: str) -> Any:
    tokens = [Token(KINDS.get(letter, "NUMBER"), letter, Span(k, k + 1)) for k, letter in enumerate(text)]
    actions = {"added": lambda left, _, right: (left, right.value), "inner": lambda _, inside, __: ["in", inside]}
    return follow(table_of(SUMS), tokens, actions)


def test_actions_are_called_with_their_parts_from_the_inside_out() -> None:
    assert worked_out("((1+2)+3)+4") == (["in", (["in", (Token("NUMBER", "1", Span(2, 3)), "2")], "3")], "4")


@pytest.mark.parametrize(("text", "place"), [("1+", 2), ("1+)", 2), ("", 0), ("(1", 2), ("1)", 1), ("11", 1)])
def test_the_first_token_that_does_not_fit_is_named(text: str, place: int) -> None:
    with pytest.raises(Unfitting) as refused:
        worked_out(text)
    assert refused.value.token.span.start == place
