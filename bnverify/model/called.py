"""A script in which the output of a softmax is called by its function -> the same with its letter there instead."""

from __future__ import annotations

from dataclasses import replace

from bnverify.model.forms import SOFTMAX_LETTERS, named_softmax, sides
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.read.chains import Script, rewritten
from bnverify.read.exchange import exchange
from bnverify.read.syntax import Expr, Name, inside


def with_letters_for_calls(script: Script, notation: Notation) -> tuple[Script, Notation]:
    """`\\operatorname{softmax}(z)_i` is p_i, where z are the scores and p is the output."""
    output = notation.written.get(Role.OUTPUT)
    if not notation.shape.layer.exponential or output is None:
        return script, notation
    made = rewritten(script, lambda expr: _expr(expr, output, notation))
    exprs = (expr for chain in made.chains for expr in sides(chain))
    left = {notation.split(node)[0] for expr in exprs for node in inside(expr) if isinstance(node, Name)}
    built_in = tuple(one for one in notation.built_in if one in left or one.letter not in SOFTMAX_LETTERS)
    return made, replace(notation, built_in=built_in)


def _expr(expr: Expr, output: Symbol, notation: Notation) -> Expr:
    changes: dict[int, Expr] = {}
    for node in inside(expr):
        called = named_softmax(node)
        if called is not None and notation.role(notation.split(called[0])[0]) is Role.INPUT:
            changes[id(node)] = Name(output.letter, output.accents, (*output.tags, *called[1]), span=node.span)
    return exchange(expr, changes) if changes else expr
