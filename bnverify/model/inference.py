"""A script -> its notation: roles inferred from the note's own definitions, whatever the letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bnverify.model.counts import counting_of
from bnverify.model.extent import layer_of
from bnverify.model.given import Given, number_of
from bnverify.model.layers import Layer
from bnverify.model.lettering import Lettering
from bnverify.model.notation import (
    BUILT_IN,
    FAMILIES,
    LETTERS,
    Definition,
    Notation,
    Role,
    Symbol,
)
from bnverify.model.recognition import Recognition
from bnverify.model.restated import find_restated
from bnverify.pattern import pattern
from bnverify.read.announced import says
from bnverify.read.chains import Chain, Script
from bnverify.read.losses import LOSSES
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Derivative,
    Digits,
    Expr,
    Name,
    Raised,
    Root,
    bare,
    inside,
)

SAYS = pattern(
    r"\b(let|take|set|suppose|assume|choose|use|using|consider|batch\s+of|batch\s+size|for\s+(?:concreteness|illustration))\b",
    re.IGNORECASE,
)
"""Words behind which a number is meant for all that follows."""


def infer(
    script: Script,
    losses: frozenset[str],
    declared: Mapping[str, Role] | None = None,
    count: str = "",
    layer: Layer | None = None,
) -> Notation:
    """The notation of a note: its declarations, then its definitions, then what letters usually mean.

    `count` is what the front matter says that n counts, `layer` the layer that it names.
    """
    page = Lettering(script, losses)
    counting = counting_of(script.chains, count)
    known = Recognition(page, declared or {}, counting, layer is not None and layer.exponential)
    given = dict(find_given(page, known))
    definitions = [one for one in page.definitions() if one[1] not in given]
    known.read(definitions)
    restated = frozenset(find_restated(page))
    roots = find_roots(page, known)
    unread = {symbol: (one,) for symbol, one in known.others.items() if one is not None}
    helpers = {**find_helpers(page, known, restated), **roots, **unread}
    known.roles.update(dict.fromkeys(roots, Role.HELPER))
    known.roles.update((symbol, Role.HELPER) for symbol in helpers if symbol not in known.roles)
    shape = layer_of(page, known, definitions, layer)
    known.roles.update((Symbol(letter), Role.SIZE) for letter in shape.along)
    return replace(
        page.frame,
        roles=known.roles,
        helpers=helpers,
        written=find_written(page, known),
        built_in=find_built_in(page, known, {symbol for _, symbol, _, _ in definitions}),
        sizes=tuple(sorted((one for one in page.used if known.roles.get(one) is Role.SIZE), key=str)),
        tops=frozenset(top.letter for _, top in page.tops),
        counting=counting,
        given=tuple(one for symbol, one in given.items() if known.roles.get(symbol) == one.role),
        size=next(find_size(page, known), None),
        adjoints=has_adjoints(page, known),
        dot_products=says(DOT_PRODUCT, page.script.note.text),
        constants=frozenset(known.constant_symbols),
        shape=shape,
        hypotheses=page.hypotheses,
        restated=restated,
    )


def find_helpers(
    page: Lettering, known: Recognition, restated: frozenset[int]
) -> Mapping[Symbol, tuple[Definition, ...]]:
    """What the note defines beside the parts of the forward pass; a count with an index is one too."""
    found: dict[Symbol, list[Definition]] = {}
    for place, symbol, index, side in page.definitions():
        counted = known.role_of(symbol) is Role.SIZE and bool(index)
        free = (known.role_of(symbol) or Role.HELPER) is Role.HELPER
        if (free or counted) and place not in restated and not page.mentions_itself(symbol, side):
            found.setdefault(symbol, []).append(Definition(place, index, side))
    return {symbol: tuple(definitions) for symbol, definitions in found.items()}


def find_roots(page: Lettering, known: Recognition) -> Mapping[Symbol, tuple[Definition, ...]]:
    """sigma beside sigma^2, never defined, where the note differentiates by it: the root of the variance."""
    found: dict[Symbol, tuple[Definition, ...]] = {}
    variances = [symbol for symbol, role in known.roles.items() if role is Role.VARIANCE and symbol in page.used]
    epsilons = [symbol for symbol, role in known.roles.items() if role is Role.EPSILON and symbol in page.at_work]
    for symbol in page.differentiated:
        role = known.roles.get(symbol)
        if role not in (Role.ROOT, Role.DEVIATION) or len(variances) != 1:
            continue
        body: Expr = _name_of(variances[0])
        if role is Role.DEVIATION and epsilons:
            body = Addition((body, _name_of(epsilons[0])))
        found[symbol] = (Definition(0, (), Root(body)),)
    return found


def _name_of(symbol: Symbol) -> Expr:
    name = Name(symbol.letter, symbol.accents, symbol.tags)
    return Raised(name, Digits("2")) if symbol.square else name


def find_given(page: Lettering, known: Recognition) -> Iterator[tuple[Symbol, Given]]:
    """Parameters whose only definition is a number; epsilon = 0 is no number for it, it leaves epsilon out."""
    definitions = list(page.definitions())
    symbols = [symbol for _, symbol, _, _ in definitions]
    for place, symbol, index, side in definitions:
        role = known.roles.get(symbol) or LETTERS.get(symbol)
        value = number_of(side)
        if role in (Role.SCALE, Role.SHIFT, Role.EPSILON) and value is not None and not index:
            if symbols.count(symbol) == 1 and (value or role is not Role.EPSILON):
                yield symbol, Given(str(symbol), role, value, place)


def find_size(page: Lettering, known: Recognition) -> Iterator[Given]:
    """`N = 32`, in a formula of its own or behind a word that says so; "with n = 1" may be a remark."""
    for place, symbol, index, side in page.definitions():
        value = number_of(side)
        if known.roles.get(symbol) is Role.SIZE and value is not None and not index and is_said(page, place):
            yield Given(str(symbol), Role.SIZE, value, place)


def is_said(page: Lettering, place: int) -> bool:
    """Whether a formula is displayed, or stands behind `let`, `take`, `set` or `suppose` in its sentence."""
    text = page.script.note.text
    formula = next(one for one in page.script.layout.formulas if one.span.start <= place < one.span.end)
    if text[: formula.span.start].endswith(("$$", "\\[")):
        return True
    sentence = text[: formula.span.start].rpartition("\n")[2].rpartition(". ")[2]
    return bool(SAYS.search(sentence))


def find_built_in(page: Lettering, known: Recognition, defined: set[Symbol]) -> tuple[Symbol, ...]:
    """The symbols whose part has a definition, which the note nowhere gives."""
    given = {known.role_of(symbol) for symbol in defined}
    used = sorted(page.used - defined, key=str)
    return tuple(symbol for symbol in used if (role := known.roles.get(symbol)) in BUILT_IN and role not in given)


def find_written(page: Lettering, known: Recognition) -> dict[Role, Symbol]:
    """The first spelling of each part in reading order, capitals only where a part has no other letter."""
    written: dict[Role, Symbol] = {}
    capitals: dict[Role, Symbol] = {}
    for node in page.names:
        if isinstance(node, (Name, Raised)) and (found := page.frame.symbol(node)):
            role = known.roles.get(found[0])
            if role is not None and role is not Role.HELPER:
                written.setdefault(role, found[0])
            elif role is None and (large := known.role_of(found[0])) is not None and large in FAMILIES:
                capitals.setdefault(large, found[0])
    written = capitals | written
    if page.losses:
        written[Role.LOSS] = Symbol(first_loss(page))
    return written


def first_loss(page: Lettering) -> str:
    for node in page.names:
        if isinstance(node, Derivative) and node.of is not None and isinstance(of := bare(node.of), Name):
            if of.letter in page.losses:
                return of.letter
    return min(page.losses)


DOT_PRODUCT = pattern(
    r"(?:\\cdot|·|⋅|\bdots?)[\s$)\\}`'\"]*(?:(?:here|always)\s+)?(?:denotes?|means?|is|stands? for|for)\s+"
    r"(?:(?:the|a)\s+)?(?:usual\s+)?(?:dot|inner|scalar)[- ]product",
    re.IGNORECASE,
)
"""Words that say what a dot between vectors is."""


def has_adjoints(page: Lettering, known: Recognition) -> bool:
    """dx alone before a relation is a gradient, unless the note has dL, or goes from dx to dmu: a differential."""
    written = [head for chain in page.script.chains if isinstance(head := bare(chain.head), Adjoint)]
    heads = [head for head in written if head.sign != "\\nabla"]
    losses = any(
        isinstance(node, Adjoint) and isinstance(node.by, Name) and node.by.letter in page.losses | LOSSES
        for node in page.names
    )
    return bool(heads) and not losses and sum(direction(page, known, chain) for chain in page.script.chains) >= 0


def direction(page: Lettering, known: Recognition, chain: Chain) -> int:
    """1 where a line goes from what is computed later to what is computed earlier, as gradients do; -1, or 0."""
    head = order(page, known, bare(chain.head))
    inner = [node for step in chain.steps for node in inside(step.side)]
    others = [place for node in inner if (place := order(page, known, node)) is not None and place != head]
    if head is None or not others:
        return 0
    return 1 if max(others) > head else -1


def order(page: Lettering, known: Recognition, expr: Expr) -> int | None:
    """Where in the forward pass the letter of a differential is computed."""
    named = page.frame.symbol(expr.by) if isinstance(expr, Adjoint) else None
    role = known.role_of(named[0]) if named is not None else None
    return COMPUTED.index(role) if role in COMPUTED else None


COMPUTED = (Role.INPUT, Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT)
"""In the order of the forward pass."""
