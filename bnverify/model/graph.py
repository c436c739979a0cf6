"""A chain -> its forward pass: helpers by which it differentiates become nodes of the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bnverify.model.declarations import Agree, NodeDefinition, node_definitions, scope_for
from bnverify.model.forward import Forward, Node
from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.model.places import along, is_generic
from bnverify.model.resolve import resolve
from bnverify.model.roots import with_known_roots
from bnverify.model.scope import Scope, letters_in, own_name
from bnverify.model.terms import (
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    free_indices,
    plus,
    power,
    rename,
    times,
    walk,
)
from bnverify.read.chains import Chain, Script
from bnverify.read.syntax import Adjoint, Derivative, Expr, Name, bare, inside


def promoted_by(chain: Chain, notation: Notation) -> frozenset[Symbol]:
    """The helpers by which a chain differentiates."""
    nodes = (node for expr in _exprs_of(chain, notation) for node in inside(expr))
    named = (notation.symbol(bare(node.by)) for node in nodes if isinstance(node, (Adjoint, Derivative)))
    return frozenset(found[0] for found in named if found and notation.role(found[0]) is Role.HELPER)


def _exprs_of(chain: Chain, notation: Notation) -> list[Expr]:
    """What a chain writes, with the definitions of its helpers in which something is differentiated by a helper."""
    found = [chain.head, *(step.side for step in chain.steps)]
    if not notation.by_helpers:
        return found
    met: set[Symbol] = set()
    looked_at = list(found)
    for expr in looked_at:  # grows
        names = (notation.split(node)[0] for node in inside(expr) if isinstance(node, Name))
        for symbol in [one for one in names if one in notation.helpers and one not in met]:
            met.add(symbol)
            looked_at += [one.value for one in notation.helpers[symbol]]
    return [*found, *(one for symbol in notation.by_helpers if symbol in met for one in notation.by_helpers[symbol])]


def named_nodes(chain: Chain, notation: Notation) -> frozenset[str]:
    """The nodes that stand above or below a derivative of the chain."""
    found: set[str] = set()
    for expr in _exprs_of(chain, notation):
        for node in inside(expr):
            if isinstance(node, (Adjoint, Derivative)):
                parts: list[Expr] = [node.by]
                if isinstance(node, Derivative) and node.of is not None:
                    parts.append(node.of)
                symbols = (notation.symbol(bare(part)) for part in parts)
                found |= {_node_name(one[0], notation) for one in symbols if one}
    return frozenset(found)


def _node_name(symbol: Symbol, notation: Notation) -> str:
    role = notation.role(symbol)
    return own_name(symbol) if role is None or role is Role.HELPER else role.value


def forward_of(
    chain: Chain, definitions: Sequence[NodeDefinition], notation: Notation, base: Forward, agree: Agree
) -> tuple[Forward, frozenset[Symbol]]:
    """The graph of a chain in a note with these definitions, and the helpers that are nodes of it."""
    return _with_helpers(promoted_by(chain, notation), chain.head_span.start, definitions, notation, base, agree)


def forward_of_note(script: Script, notation: Notation, base: Forward, agree: Agree) -> Forward:
    """The graph of a whole note: the helpers by which any of its chains differentiates, as they stand at its end."""
    promoted = frozenset[Symbol]().union(*(promoted_by(chain, notation) for chain in script.chains))
    definitions = node_definitions(script, notation)
    return _with_helpers(promoted, len(script.note.text), definitions, notation, base, agree)[0]


def _with_helpers(
    promoted: frozenset[Symbol],
    place: int,
    definitions: Sequence[NodeDefinition],
    notation: Notation,
    base: Forward,
    agree: Agree,
) -> tuple[Forward, frozenset[Symbol]]:
    """The graph with some helpers as nodes, by their definitions in force at a place of the note."""
    helpers: dict[Symbol, Node] = {}
    for symbol in sorted(promoted, key=str):
        node = _node_of(symbol, place, notation, base, promoted - {symbol}, agree)
        if node is not None:
            helpers[symbol] = node
    if not helpers:
        return base, frozenset()
    rewritten = _declared_nodes(definitions, notation, base, frozenset(helpers), agree)
    nodes = [_through_helpers(node, rewritten, helpers) for node in base.nodes]
    waiting = [helper for helper in helpers.values() if _is_used(helper, nodes, helpers)]
    while waiting:
        names = {helper.name for helper in waiting}
        ready = next((helper for helper in waiting if not names & _names_in(helper.value)), None)
        if ready is None:
            return base, frozenset()
        nodes.insert(_place_of(ready, nodes), ready)
        waiting.remove(ready)
    present = {node.name for node in nodes}
    kept = frozenset(symbol for symbol, helper in helpers.items() if helper.name in present)
    return replace(base, nodes=tuple(nodes)), kept


def _names_in(term: Term) -> set[str]:
    return {part.name for part in walk(term) if isinstance(part, Value)}


def _is_used(helper: Node, nodes: list[Node], helpers: Mapping[Symbol, Node]) -> bool:
    """Whether the output depends on a helper; a gradient by one that it does not depend on is not known."""
    others = [other for other in helpers.values() if helper.name in _names_in(other.value)]
    return any(helper.name in _names_in(node.value) for node in nodes) or any(
        _is_used(other, nodes, helpers) for other in others
    )


def _node_of(
    symbol: Symbol, place: int, notation: Notation, base: Forward, others: frozenset[Symbol], agree: Agree
) -> Node | None:
    definition = _in_force(notation.helpers.get(symbol, ()), place)
    if definition is None:
        return None
    own = frozenset((symbol,))
    letters = letters_in((definition.value,), notation, base.layer)
    scope = Scope(notation, base, Reading.LOCAL, definition.place, promoted=others, expanding=own, letters=letters)
    value = with_known_roots(resolve(definition.value, scope), base, agree)
    if any(isinstance(part, Unknown) for part in walk(value)) or scope.undefined:
        return None
    free = free_indices(value)
    index = tuple(one for letter in definition.index for one in along(letter, free, scope.letters))
    if not definition.index:
        general = sorted(one for one in free if is_generic(one))
        index = tuple(general)
    return Node(own_name(symbol), index, value)


def _in_force(definitions: tuple[Definition, ...], place: int) -> Definition | None:
    earlier = [one for one in definitions if one.place <= place]
    return earlier[-1] if earlier else definitions[0] if definitions else None


def _declared_nodes(
    definitions: Sequence[NodeDefinition],
    notation: Notation,
    base: Forward,
    promoted: frozenset[Symbol],
    agree: Agree,
) -> dict[str, Term]:
    """The note's own right definitions in which a promoted helper occurs, with the helper as a quantity."""
    names = {own_name(symbol) for symbol in promoted}
    found: dict[str, Term] = {}
    for definition in definitions:
        node = base.node(definition.role.value)
        side = definition.chain.steps[0].side
        scope = scope_for(definition.chain, notation, base)
        through = with_known_roots(resolve(side, replace(scope, promoted=promoted, written_out={})), base, agree)
        if node is None or not any(isinstance(part, Value) and part.name in names for part in walk(through)):
            continue
        index = scope.place_of(node.name, definition.index)
        plain = resolve(side, scope)
        if agree(Value(node.name, index), plain, base):
            found.setdefault(node.name, rename(through, dict(zip(index, node.index, strict=True))))
    return found


def _through_helpers(node: Node, rewritten: Mapping[str, Term], helpers: Mapping[Symbol, Node]) -> Node:
    """A node by the note's own definition, or with the powers of its denominator written as powers of a helper."""
    value = rewritten.get(node.name)
    if value is None:
        value = node.value
        for helper in helpers.values():
            value = _as_power_of(value, helper)
    return Node(node.name, node.index, value)


def _as_power_of(term: Term, helper: Node) -> Term:
    if isinstance(helper.value, Power) and isinstance(term, Power) and term.base == helper.value.base:
        return power(Value(helper.name), term.exponent / helper.value.exponent)
    match term:
        case Plus(terms=parts):
            return plus(*(_as_power_of(part, helper) for part in parts))
        case Times(factors=factors):
            return times(*(_as_power_of(factor, helper) for factor in factors))
        case Sum(index=index, body=body):
            return Sum(index, _as_power_of(body, helper))
        case _:
            return term


def _place_of(helper: Node, nodes: list[Node]) -> int:
    """Behind the last node that the helper's definition names."""
    used = _names_in(helper.value)
    return max((place + 1 for place, node in enumerate(nodes) if node.name in used), default=0)
