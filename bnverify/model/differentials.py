"""Derivatives and adjoints -> terms: what is differentiated by what, and what a gradient of the loss stands for."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from bnverify.model.adjoints import free_adjoint
from bnverify.model.axes import axis_of, letter_of, on_axis
from bnverify.model.conventions import Upstream
from bnverify.model.forward import Forward
from bnverify.model.meanings import gradient_term, helper_term, note_feature
from bnverify.model.messages import Edge, message
from bnverify.model.notation import Role, Symbol
from bnverify.model.places import CONTRACTED, GENERIC, axes_of, is_generic, same_axis
from bnverify.model.quantities import EXTREMES, INPUT, NORMALISED
from bnverify.model.scope import Resolve, Scope
from bnverify.model.terms import (
    Delta,
    LossBy,
    Partial,
    Reading,
    Term,
    Unknown,
    Value,
    free_indices,
    rename,
    swapped,
    times,
    values_in,
    walk,
)
from bnverify.read.latex import latex
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Derivative, Expr, Name

DIFFERENTIAL = Name("d")


def read_by_sign(sign: str, scope: Scope) -> Scope:
    """Where a chain has both signs, d lets the mean and the variance follow, and the round one holds them."""
    if not scope.mixed:
        return scope
    scope.assume("d lets the mean and the variance follow, and the round one holds them fixed")
    return replace(scope, reading=Reading.LOCAL if sign == "\\partial" else Reading.TOTAL)


def adjoint_term(by: Expr, sign: str, scope: Scope, resolve: Resolve) -> Term:
    """The gradient of the loss by a quantity, where the note writes it so; else d times a name, if d is a count."""
    if scope.notation.adjoints or sign == "\\nabla":
        target, features = _target(by, scope, resolve)
        if isinstance(target, Unknown):
            return free_adjoint(by, scope) or target
        note_feature(features, scope)
        scope.assume(f"{sign} before a letter is the gradient of the loss by it")
        return gradient_term(_stands_for(target, scope), scope)
    if sign == "d" and scope.notation.role(Symbol("d")) is not None:
        return times(resolve(DIFFERENTIAL, scope), resolve(by, scope))
    return Unknown("a differential outside a fraction is not worked out")


def with_statistics_held(term: Term, scope: Scope) -> Term:
    """A gradient of the loss by the input, if it is one, along the one path that leads around the statistics."""
    if not isinstance(term, LossBy) or term.value.name != INPUT or scope.layer.exponential:
        return term
    return message(Edge(term.value, NORMALISED), scope.forward)


def derivative_term(of: Expr | None, by: Expr, scope: Scope, resolve: Resolve) -> Term:
    """A derivative of one quantity by another, or of the loss."""
    if of is None:
        return Unknown("an operator of differentiation has nothing to act on")
    target, target_features = _target(by, scope, resolve)
    if isinstance(target, Unknown):
        return target
    if is_gradient(Derivative(of, by), scope.notation.losses) and not _is_family(of, scope):
        note_feature(target_features, scope)
        return gradient_term(_stands_for(target, scope), scope)
    source_features: tuple[str, ...] = ()
    named = scope.notation.symbol(of)
    if named is not None and named[0] not in scope.rebound:
        role = scope.notation.role(named[0])
        if role is not None and role not in (Role.HELPER, Role.SIZE):
            source_features = named[1][len(axes_of(role.value, scope.layer)) :]
        if role is Role.SIZE and not named[1]:
            return Unknown(f"{named[0]} is a count, and a count is not differentiated")
    inner = replace(scope, features=set() if source_features and target_features else scope.features, undefined=set())
    term = resolve(of, inner)
    if isinstance(term, Unknown):
        return term
    if any(part.name in _with_extremes(scope.forward) for part in values_in(term)):
        return Unknown("a derivative of the largest or smallest entry is not worked out")
    if inner.undefined:
        return Unknown(f"{min(inner.undefined)} is never defined, so its derivative is not known")
    if isinstance(term, Value) and named is not None and named[0] in scope.promoted and term.name != target.name:
        term = _expanded(term, scope)
    term, target = _share_index(term, target)
    made = Partial(term, target, scope.reading)
    if source_features and target_features and source_features != target_features:
        scope.assume("a second index is the feature: features do not mix")
        return times(*(Delta(a, b) for a, b in zip(source_features, target_features, strict=False)), made)
    return made


@lru_cache(maxsize=16)
def _with_extremes(forward: Forward) -> frozenset[str]:
    """The largest and the smallest entry of the input, and the nodes that are made of them."""
    found = set(EXTREMES.values())
    for node in forward.nodes:
        if any(part.name in found for part in values_in(node.value)):
            found.add(node.name)
    return frozenset(found)


def _stands_for(target: Value, scope: Scope) -> Value:
    """What a gradient of the loss is the gradient by: under a convention dL/dx-hat stands for dL/dy."""
    upstream = scope.upstream
    if target.name != NORMALISED or upstream is Upstream.AS_WRITTEN:
        return target
    scope.assume(upstream.words)
    return Value(upstream.quantity, target.index)


def _expanded(value: Value, scope: Scope) -> Term:
    """A helper that has become a node, by its definition, with the nodes that its chain does not name expanded."""
    node = scope.forward.node(value.name)
    assert node is not None
    if scope.reading is Reading.TOTAL:
        return value
    return _with_unnamed(rename(node.value, dict(zip(node.index, value.index, strict=False))), scope)


def _with_unnamed(term: Term, scope: Scope) -> Term:
    for part in walk(term):
        node = scope.forward.node(part.name) if isinstance(part, Value) else None
        if isinstance(part, Value) and node is not None and node.name not in scope.named:
            value = rename(node.value, dict(zip(node.index, part.index, strict=False)))
            return _with_unnamed(swapped(term, part, value), scope)
    return term


def _is_family(of: Expr, scope: Scope) -> bool:
    named = scope.notation.symbol(of)
    return named is not None and scope.notation.role(named[0]) is not None


def _target(by: Expr, scope: Scope, resolve: Resolve) -> tuple[Value | Unknown, tuple[str, ...]]:
    """The quantity that a derivative differentiates by, and its feature index."""
    named = scope.notation.symbol(by)
    if named is None:
        return _no_quantity(by), ()
    symbol, index = named
    role = scope.notation.role(symbol)
    if symbol in scope.rebound or role is None:
        return _no_quantity(by), ()
    if role is Role.HELPER:
        term = helper_term(symbol, index, scope, resolve)
        return (term if isinstance(term, Value) else _no_quantity(by)), ()
    if role in (Role.SIZE, Role.DEVIATION, Role.ROOT, Role.LOSS):
        return _no_quantity(by), ()
    own = scope.place_of(role.value, index)
    return Value(role.value, own), index[len(own) :]


def _no_quantity(by: Expr) -> Unknown:
    return Unknown(f"{latex(by)} is not a quantity that one can differentiate by here")


def _share_index(of: Term, by: Value) -> tuple[Term, Value]:
    """In a quotient the unindexed part takes the index of the other, along each axis, but for that of a chain rule."""
    free = free_indices(of)
    changed: list[str] = []
    for index in by.index:
        general = on_axis(GENERIC, axis_of(index))
        own = [one for one in free if same_axis(one, index) and not _is_contracted(one)]
        if not is_generic(index) and not _is_contracted(index) and general in free:
            of = rename(of, {general: index})
        changed.append(own[0] if is_generic(index) and len(own) == 1 else index)
    return of, Value(by.name, tuple(changed))


def _is_contracted(index: str) -> bool:
    return letter_of(index).startswith(CONTRACTED)
