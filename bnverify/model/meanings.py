"""A name -> the term that it stands for in its note: a quantity, a count, a helper written out, a gradient."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Rational
from itertools import islice

from bnverify.model.adjoints import one_everywhere
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.counts import Counting
from bnverify.model.deltas import DELTA, NOT_CLEAR, is_kronecker
from bnverify.model.forward import in_row
from bnverify.model.messages import Edge, message
from bnverify.model.notation import FAMILIES, Contribution, Definition, Role, Symbol
from bnverify.model.places import GENERIC, along, is_generic, placed
from bnverify.model.quantities import LOSS
from bnverify.model.scope import Resolve, Scope, own_name
from bnverify.model.terms import (
    ONE,
    Count,
    Delta,
    LossBy,
    Term,
    Unknown,
    Value,
    free_indices,
    plus,
    power,
    rename,
    times,
    walk,
)
from bnverify.read.syntax import Name

IDENTITIES = frozenset(("I", "\\mathbb{I}", "\\mathbb{1}"))
"""Letters that with two indices are 1 where both are the same sample."""
LONGEST_HELPER = 2_000
"""Parts of a helper's definition, other helpers written out."""


def name_term(name: Name, scope: Scope, resolve: Resolve) -> Term:
    """What a letter with its subscripts stands for."""
    symbol, index = scope.notation.split(name)
    if symbol in scope.rebound and index:
        letter, term = scope.rebound[symbol]
        return rename(term, {letter: index[0]})
    role = scope.notation.role(symbol)
    part = _part_of_count(symbol, index, scope.notation.counting) if scope.layer.rank == 1 else None
    if part is not None:
        return part
    if symbol.letter in scope.notation.losses and role is None and not index:
        if scope.forward.node(LOSS) is not None:
            return Value(LOSS)
        if (defined := defined_loss(scope)) is not None:
            return defined
        return Unknown(f"the loss {symbol} itself has no value here")
    kronecker = symbol.letter == "\\delta" or (role is None and symbol.letter in IDENTITIES)
    if kronecker and len(index) == 2 and not symbol.accents:
        of_kronecker = symbol != DELTA or _is_kronecker(index, scope)
        if of_kronecker is not False:
            return delta_term(*index, scope) if of_kronecker else Unknown(NOT_CLEAR)
    if role is None and (one := one_everywhere(symbol.letter, index, scope)) is not None:
        return one
    if role is Role.SIZE and index and symbol in scope.notation.helpers:
        role = Role.HELPER
    return symbol_term(symbol, index, role, scope, resolve)


def _is_kronecker(index: tuple[str, ...], scope: Scope) -> bool | None:
    head = frozenset(map(letter_of, scope.head))
    return is_kronecker(index, scope.notation, scope.layer, scope.letters, head)


def delta_term(left: str, right: str, scope: Scope) -> Term:
    """1 where two indices name the same place of their axis."""
    if left == right:
        return ONE
    axes = {axis for one in (left, right) if (axis := scope.letters.get(one)) is not None} or {scope.layer.over[0]}
    if len(axes) > 1:
        return Unknown(f"{left} and {right} do not run over the same axis")
    axis = axes.pop()
    return Delta(on_axis(left, axis), on_axis(right, axis))


def _part_of_count(symbol: Symbol, index: tuple[str, ...], counting: Counting) -> Term | None:
    """A dimension, the first of them n over the others; the number of devices, or the batch size of one."""
    if index:
        return Value(own_name(symbol), index) if symbol == Symbol(counting.shard) else None
    if symbol not in map(Symbol, counting.parts):
        return None
    first, *others = counting.parts
    if counting.dimensions and symbol == Symbol(first):
        return times(Count(), *(power(Value(own_name(Symbol(letter))), -1) for letter in others))
    return Value(own_name(symbol))


def symbol_term(symbol: Symbol, index: tuple[str, ...], role: Role | None, scope: Scope, resolve: Resolve) -> Term:
    """What a symbol stands for in the part that it plays; none: it is free."""
    written = scope.notation.written.get(role) if index and role is not None and role in FAMILIES else None
    if written is not None and written.letter != symbol.letter and written.letter.lower() == symbol.letter.lower():
        scope.assume(f"{symbol} and {written} are one quantity")
    match role:
        case Role.SIZE if not index:
            return _size(symbol, scope)
        case Role.DEVIATION:
            scope.assume(f"{symbol} is the denominator of x-hat")
            return of_row(scope.forward.convention.epsilon.term, index, scope)
        case Role.ROOT:
            scope.assume(f"{symbol} is the root of the variance")
            return of_row(power(Value(Role.VARIANCE.value), Rational(1, 2)), index, scope)
        case Role.UPSTREAM:
            return gradient_term(_quantity(Role.OUTPUT.value, index, scope), scope)
        case Role.HELPER:
            return helper_term(symbol, index, scope, resolve)
        case None | Role.LOSS | Role.SIZE:
            if symbol not in scope.notation.data:
                scope.undefined.add(str(symbol))
            return Value(own_name(symbol), _known_axes(index, scope))
        case _ if index and scope.notation.is_tagged_otherwise(symbol):
            scope.undefined.add(f"{symbol}_{{{''.join(index)}}}")
            return Value(f"{symbol}_{''.join(index)}")
        case _:
            return _quantity(role.value, index, scope)


def _quantity(name: str, index: tuple[str, ...], scope: Scope) -> Value:
    own = scope.place_of(name, index)
    note_feature(index[len(own) :], scope)
    samples = {letter_of(one) for one in scope.head} if scope.layer.rank == 1 else set()
    if len(index) > len(own) and (scope.layer.rank > 1 or samples & set(index[len(own) :])):
        scope.misindexed.add(f"{name} has an index more than its definition")
    return Value(name, own)


def of_row(term: Term, index: tuple[str, ...], scope: Scope) -> Term:
    """A term in the statistics, at the indices that a note writes on it."""
    return in_row(term, scope.forward, _quantity(Role.VARIANCE.value, index, scope).index)


def _size(symbol: Symbol, scope: Scope) -> Term:
    """A count: of the places of its axes, or of all samples that share their statistics."""
    shape = scope.notation.shape
    axes = shape.along.get(symbol.letter, scope.layer.over)
    if scope.layer.rank == shape.layer.rank > 1 and symbol.letter not in shape.along and shape.along:
        return Unknown(f"what {symbol} counts is not said")
    if symbol.letter in shape.unlike:
        return Unknown(f"{symbol} counts something else than the sums run over")
    return times(*(Count(axis) for axis in axes if axis < scope.layer.rank))


def _known_axes(index: tuple[str, ...], scope: Scope) -> tuple[str, ...]:
    return tuple(on_axis(one, scope.letters.get(one, 0)) for one in index)


def note_feature(index: tuple[str, ...], scope: Scope) -> None:
    """An index more than the forward pass has: the feature, which has to be the same everywhere."""
    if index:
        scope.features.add("".join(index))


def helper_term(symbol: Symbol, index: tuple[str, ...], scope: Scope, resolve: Resolve) -> Term:
    """The helper's definition in force at this place, or the first one where it is used before."""
    definitions = scope.notation.helpers.get(symbol, ())
    if (part := scope.notation.contributions.get(symbol)) is not None and part.through:
        return _contribution(symbol, part, index, scope)
    if symbol in scope.promoted:
        return Value(own_name(symbol), _helper_index(symbol, index, scope, resolve))
    if not definitions or symbol in scope.expanding:
        scope.undefined.add(str(symbol))
        return Value(own_name(symbol), index)
    chosen = in_force(symbol, scope)
    assert chosen is not None
    known = (symbol, chosen.place)
    if known not in scope.written_out:
        inner = inside_definition(symbol, chosen, scope)
        made = _definition(chosen, inner, resolve)
        scope.written_out[known] = _shortened(made, symbol), tuple(inner.divisors)
    made, divisors = scope.written_out[known]
    scope.divisors.extend(divisors)
    term = _at_index(made, chosen.index, index, scope)
    generics = [one for one in free_indices(term) if is_generic(one)] if scope.row else []
    return rename(term, dict(zip(generics, scope.in_row(tuple(generics)), strict=True)))


def in_force(symbol: Symbol, scope: Scope) -> Definition | None:
    """The definition of a helper that holds at this place, or the first one where it is used before."""
    definitions = scope.notation.helpers.get(symbol, ())
    current = [one for one in definitions if one.place <= scope.place] or list(definitions[:1])
    return current[-1] if current else None


def inside_definition(symbol: Symbol, meant: Definition, scope: Scope) -> Scope:
    """What the definition of a helper is read against."""
    return replace(
        scope,
        place=meant.place,
        expanding=scope.expanding | {symbol},
        assumptions=[],
        features=set(),
        divisors=[],
        row={},
    )


def _definition(meant: Definition, scope: Scope, resolve: Resolve) -> Term:
    # The two readings of an expression need each other.
    from bnverify.model.matrices import column_of, is_in_matrices

    written = not meant.index and is_in_matrices(meant.value, scope.notation)
    return column_of(meant.value, scope) if written else resolve(meant.value, scope)


def _contribution(symbol: Symbol, part: Contribution, index: tuple[str, ...], scope: Scope) -> Term:
    """What comes back from some nodes to a quantity."""
    by = _quantity(part.by.value, index, scope)
    written = (str(scope.notation.written.get(one, one.value)) for one in part.through)
    scope.assume(
        f"{symbol} is what comes back to {scope.notation.written.get(part.by, by.name)} from {', '.join(written)}"
    )
    return plus(*(message(Edge(by, one.value), scope.forward) for one in part.through))


def _at_index(term: Term, own: tuple[str, ...], index: tuple[str, ...], scope: Scope) -> Term:
    """A helper's meaning with the indices that it carries here; those of its definition keep their axes."""
    free = free_indices(term)
    if not own:
        generics = sorted(one for one in free if is_generic(one))
        return rename(term, {old: on_axis(new, axis_of(old)) for old, new in zip(generics, index, strict=False)})
    names: dict[str, str] = {}
    for old, new in zip(own, index or (GENERIC,) * len(own), strict=False):
        names |= {one: on_axis(new, axis_of(one)) for one in along(old, free, scope.letters)}
    return rename(term, names)


def _shortened(term: Term, symbol: Symbol) -> Term:
    """A helper's meaning; one that is too long, or that has a part without a value, is unknown as a whole."""
    if next(islice(walk(term), LONGEST_HELPER, None), None) is not None:
        return Unknown(f"{symbol} is too long when it is written out")
    return next((part for part in walk(term) if isinstance(part, Unknown)), term)


def _helper_index(symbol: Symbol, index: tuple[str, ...], scope: Scope, resolve: Resolve) -> tuple[str, ...]:
    """The sample index of a helper that is a node; GENERIC where it is written without one."""
    node = scope.forward.node(own_name(symbol))
    if node is None:
        definition = scope.notation.helpers[symbol][0]
        if not definition.index:
            inner = inside_definition(symbol, definition, replace(scope, promoted=frozenset()))
            general = sorted(one for one in free_indices(_definition(definition, inner, resolve)) if is_generic(one))
            return _known_axes(index, scope)[: len(general)] if index else tuple(general)
        return _known_axes(index or (GENERIC,) * len(definition.index), scope)[: len(definition.index)]
    return placed(index, [axis_of(one) for one in node.index], scope.letters)


def gradient_term(value: Value, scope: Scope) -> Term:
    """The gradient of the loss: of the one that the note defines, or of any."""
    return LossBy(value, defined_loss(scope))


def defined_loss(scope: Scope) -> Term | None:
    """The loss of the note, where the chain has as many indices as its definition."""
    return scope.notation.loss if scope.layer.rank == scope.notation.shape.layer.rank else None
