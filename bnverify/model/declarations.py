"""Notation and definitions of a note -> the convention that it declares, and its forward pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from itertools import product

from bnverify.frozen import frozen
from bnverify.model.conventions import PARTS, Convention, Epsilon, Upstream, with_choices
from bnverify.model.forward import Forward, normalisation
from bnverify.model.matrices import has_matrices, term_of
from bnverify.model.notation import FAMILIES, Notation, Role, Symbol
from bnverify.model.scope import Scope, letters_in
from bnverify.model.shapes import widened
from bnverify.model.terms import Reading, Term, Value
from bnverify.read.chains import Chain, Script
from bnverify.read.losses import is_gradient
from bnverify.read.settings import Settings
from bnverify.read.syntax import Adjoint, Derivative, Expr, Name, Raised, Root, Summation, bare, inside, parts
from bnverify.source import Span

Agree = Callable[[Term, Term, Forward], bool]
"""Whether two terms are equal on a forward pass; the truth room supplies it."""


@frozen
class Declared:
    """`places`: where the note declares each part of its convention; empty: it is assumed."""

    convention: Convention
    places: Mapping[str, Span | None]
    overruled: Mapping[str, Span] = field(default_factory=dict)
    """Definitions of the note that say something else about a part than its front matter."""


@frozen
class NodeDefinition:
    """A step that defines a node of the graph."""

    role: Role
    symbol: Symbol
    index: tuple[str, ...]
    chain: Chain


DEFINES = (
    (Role.VARIANCE, ("variance",)),
    (Role.NORMALISED, ("epsilon", "residual")),
    (Role.OUTPUT, ("epsilon", "residual")),
)
"""Which definition declares which parts of a convention; a later one builds on the earlier."""


def declare(script: Script, notation: Notation, settings: Settings, agree: Agree, assumed: Convention) -> Declared:
    """The convention under which the note's own definitions are right; front matter overrules them.

    What neither of them says is as in `assumed`.
    """
    chosen = assumed
    places: dict[str, Span] = {}
    definitions = node_definitions(script, notation)
    for role, named in DEFINES:
        if role is Role.NORMALISED and "variance" not in places:
            by_root, place = next(_by_deviation(script, notation, chosen, agree), (None, None))
            if by_root is not None and place is not None:
                chosen, places["variance"] = by_root, place
        own = [one for one in definitions if one.role is role and not _is_made_of_normalised(one, notation)]
        later = "epsilon" in named and _works_with_epsilon(script, notation, definitions)
        found, place = _declared_by(own if named[0] not in places else [], notation, chosen, named, agree, later)
        if found is not None and place is not None:
            chosen = found
            places |= dict.fromkeys(named, place)
    for chain in script.chains:
        if "upstream" not in places and is_upstream_definition(chain, notation):
            written = replace(chosen, upstream=Upstream.AS_WRITTEN)
            if _links(chain, notation, written, agree):
                chosen = written
                places["upstream"] = chain.steps[0].relation
    counting = notation.counting
    if counting.place is not None:
        chosen = replace(chosen, count=counting.meaning)
        places["count"] = next(c.steps[0].relation for c in script.chains if c.head_span.start == counting.place)
    final = with_choices(chosen, settings.convention)
    overruled = {part: places[part] for part in final.differs_from(chosen) if part in places}
    return Declared(final, {**places, **dict.fromkeys(settings.convention)}, overruled)


def _works_with_epsilon(script: Script, notation: Notation, definitions: Sequence[NodeDefinition]) -> bool:
    """Whether epsilon stands in what the note derives, and not in its definitions alone."""
    defining = {one.chain.head_span.start for one in definitions}
    derived = (one for one in script.chains if one.head_span.start not in defining)
    found = (symbol for one in derived for step in one.steps for symbol, _ in _symbols(step.side, notation))
    return any(notation.role(symbol) is Role.EPSILON for symbol in found)


def _declared_by(
    definitions: Sequence[NodeDefinition],
    notation: Notation,
    base: Convention,
    named: Sequence[str],
    agree: Agree,
    later: bool,
) -> tuple[Convention | None, Span | None]:
    """What the first definition declares that is right of any convention, and where.

    `later`: one that leaves epsilon out is the idea, and a later one that has it is what the note works with.
    """
    first: tuple[Convention | None, Span | None] = None, None
    for definition in definitions:
        found = next((c for c in _candidates(base, named) if is_right(definition, notation, c, agree)), None)
        place = definition.chain.steps[0].relation
        if found is not None and (found.epsilon is not Epsilon.NONE or not later):
            return found, place
        if found is not None and first[0] is None:
            first = found, place
    return first


def _by_deviation(
    script: Script, notation: Notation, base: Convention, agree: Agree
) -> Iterator[tuple[Convention, Span]]:
    """`\\sigma = \\sqrt{\\frac{1}{n-1} \\sum_i (x_i - \\mu)^2}`: a deviation, written out, declares its variance."""
    for chain in script.chains:
        named = notation.symbol(chain.head)
        step = next((one for one in chain.steps if _is_root_of_sum(bare(one.side))), None)
        if named is None or notation.role(named[0]) is not Role.HELPER or step is None:
            continue
        for candidate in _candidates(base, ("variance", "epsilon")):
            forward = forward_for(chain, notation, candidate)
            written = term_of(step.side, scope_for(chain, notation, forward))
            if agree(candidate.epsilon.term, written, forward):
                yield replace(base, variance=candidate.variance), step.relation


def _is_root_of_sum(side: Expr) -> bool:
    nodes = list(inside(side))
    return any(isinstance(node, Root) for node in nodes) and any(isinstance(node, Summation) for node in nodes)


def _is_made_of_normalised(definition: NodeDefinition, notation: Notation) -> bool:
    """Whether an output says nothing of its own about x-hat."""
    side = definition.chain.steps[0].side
    named = (notation.symbol(node) for node in inside(side) if isinstance(node, Name))
    return any(found is not None and notation.role(found[0]) is Role.NORMALISED for found in named)


def _candidates(base: Convention, parts: Sequence[str]) -> Iterator[Convention]:
    """The convention with these parts filled in every way."""
    for chosen in product(*(PARTS[part] for part in parts)):
        yield with_choices(base, dict(zip(parts, chosen, strict=True)))


def node_definitions(script: Script, notation: Notation) -> tuple[NodeDefinition, ...]:
    """The chains whose head is a node of the graph."""
    return tuple(_defining(script.chains, notation))


def _defining(chains: Sequence[Chain], notation: Notation) -> Iterator[NodeDefinition]:
    for chain in chains:
        found = notation.symbol(chain.head)
        role = notation.role(found[0]) if found else None
        if (
            found
            and role in (Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT)
            and chain.steps
            and not chain.case
        ):
            yield NodeDefinition(role, *found, chain)


def is_upstream_definition(chain: Chain, notation: Notation) -> bool:
    """Whether the head is the gradient of the loss by x-hat: then the note says what it means by it."""
    head = bare(chain.head)
    if not isinstance(head, (Adjoint, Derivative)) or not chain.steps or chain.case:
        return False
    if not is_gradient(head, notation.losses):
        return False
    found = notation.symbol(head.by)
    return found is not None and notation.role(found[0]) is Role.NORMALISED


def _links(chain: Chain, notation: Notation, convention: Convention, agree: Agree) -> bool:
    """Whether the first side is what dL/dx-hat is as written."""
    forward = forward_for(chain, notation, convention)
    scope = scope_for(chain, notation, forward)
    return agree(term_of(chain.head, scope), term_of(chain.steps[0].side, scope), forward)


def is_right(definition: NodeDefinition, notation: Notation, convention: Convention, agree: Agree) -> bool:
    """Whether the first side of a definition is what its head is under a convention."""
    forward = forward_for(definition.chain, notation, convention)
    scope = scope_for(definition.chain, notation, forward)
    side = term_of(definition.chain.steps[0].side, scope)
    name = definition.role.value
    return agree(Value(name, scope.place_of(name, definition.index)), side, forward)


def scope_for(chain: Chain, notation: Notation, forward: Forward) -> Scope:
    """What the expressions of a chain are read against, its derivatives local."""
    exprs = (chain.head, *(step.side for step in chain.steps))
    letters = letters_in(exprs, notation, forward.layer)
    start, matrices = chain.head_span.start, has_matrices(chain, notation)
    return Scope(notation, forward, Reading.LOCAL, start, letters=letters, matrices=matrices)


def forward_for(chain: Chain, notation: Notation, convention: Convention) -> Forward:
    """The built-in forward pass with as many axes as a chain writes indices, in inference where it speaks of that."""
    named = [found for one in (chain.head, *(step.side for step in chain.steps)) for found in _symbols(one, notation)]
    rank = max((len(index) for symbol, index in named if notation.role(symbol) in FAMILIES), default=0)
    layer = widened(notation.shape.layer, rank, next(_scaled_axes(named, notation, rank), None))
    constant = layer.constant or any(symbol in notation.constants for symbol, _ in named)
    return normalisation(convention, replace(layer, constant=constant))


def _scaled_axes(named: Sequence[tuple[Symbol, tuple[str, ...]]], notation: Notation, rank: int) -> Iterator[int]:
    """The places that the index of a scale or a shift has below the inputs and outputs beside it."""
    scales = {
        index[0] for symbol, index in named if notation.role(symbol) in (Role.SCALE, Role.SHIFT) and len(index) == 1
    }
    for symbol, index in named:
        if notation.role(symbol) in FAMILIES and len(index) == rank:
            yield from (place for place, letter in enumerate(index) if letter in scales)


def _symbols(expr: Expr, notation: Notation) -> Iterator[tuple[Symbol, tuple[str, ...]]]:
    found = notation.symbol(expr) if isinstance(expr, (Name, Raised)) else None
    if found is not None:
        yield found
        return
    for part in parts(expr):
        yield from _symbols(part, notation)
