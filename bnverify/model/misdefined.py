"""A divisor of x-hat that a note defines wrongly, `\\sigma = \\sqrt{\\sum_i (x_i - \\mu)^2}` -> the one that is meant.

Its definition is judged against the denominator of the built-in x-hat, which takes its place in all other lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bnverify.model.declarations import Agree, Declared, NodeDefinition, is_right, node_definitions
from bnverify.model.graph import promoted_by
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.read.chains import Script
from bnverify.read.syntax import Name, Root, bare, inside


def with_meant_divisors(script: Script, notation: Notation, declared: Declared, agree: Agree) -> Notation:
    """The notation in which such a letter is the denominator of x-hat.

    It is one where x-hat, or the output without it, is wrong as the letter is defined, and right with what is meant.
    """
    # What something is differentiated by has to keep its place in the graph.
    nodes = frozenset[Symbol]().union(*(promoted_by(chain, notation) for chain in script.chains))
    for definition in node_definitions(script, notation):
        divisors = [one for one in _divisors(definition, notation) if one not in nodes]
        normalises = definition.role in (Role.NORMALISED, Role.OUTPUT)
        if not normalises or not divisors or is_right(definition, notation, declared.convention, agree):
            continue
        for symbol in divisors:
            meant = _as_divisor(notation, symbol)
            if is_right(definition, meant, declared.convention, agree):
                return meant
    return notation


def _divisors(definition: NodeDefinition, notation: Notation) -> list[Symbol]:
    """The letters in a definition that a note defines once, with a root."""
    found = []
    for node in inside(definition.chain.steps[0].side):
        symbol = notation.split(node)[0] if isinstance(node, Name) else None
        meanings = notation.helpers.get(symbol, ()) if symbol is not None else ()
        if symbol is not None and len(meanings) == 1 and isinstance(bare(meanings[0].value), Root):
            found.append(symbol)
    return found


def _as_divisor(notation: Notation, symbol: Symbol) -> Notation:
    roles: Mapping[Symbol, Role] = {**notation.roles, symbol: Role.DEVIATION}
    helpers = {one: meanings for one, meanings in notation.helpers.items() if one != symbol}
    return replace(notation, roles=roles, helpers=helpers)
