"""Derivative symbols of a step -> the rule that gives each, and what it is worth, inner ones first.

dL/dq is the sum over the quantities that q enters: what arrives there times the local derivative.
A total derivative is the direct path and the paths through the mean, the variance and the helpers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.judge.claims import Claim, replaced
from bnverify.judge.facts import BOTH
from bnverify.model.calculus import expand
from bnverify.model.forward import Forward, Node
from bnverify.model.terms import (
    ZERO,
    LossBy,
    Partial,
    Reading,
    Sum,
    Term,
    Value,
    children,
    fresh_index,
    plus,
    rename,
    swapped,
    times,
    walk,
)
from bnverify.source import Span
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

Symbol = LossBy | Partial
Shape = Callable[[Term], Term]
NOWHERE = Span(0, 0)


@frozen
class Worked:
    """A derivative symbol with its rule in other symbols (None: there is none), and what it is worth.

    `is_zero` where the value is zero on the forward pass without looking like it.
    """

    symbol: Symbol
    rule: Term | None
    value: Term
    is_zero: bool


def worked_out(terms: Iterable[Term], forward: Forward) -> list[Worked]:
    """Every symbol that the terms need, each behind those that its rule needs."""
    done: list[Worked] = []
    known: list[Claim] = []
    equal = prover(forward).equal
    for symbol in needed(terms, forward):
        rule = rule_of(symbol, forward)
        value = expand(symbol if rule is None else replaced(rule, known), forward)
        if equal(Identity(symbol, value)) is not True:
            value = expand(symbol, forward)
        is_zero = value != ZERO and equal(Identity(symbol, ZERO)) is True
        done.append(Worked(symbol, rule, value, is_zero))
        known.append(Claim(symbol, ZERO if is_zero else value, NOWHERE))
        known.sort(key=lambda claim: len(set(indices_of(claim.head))))
    return done


def needed(terms: Iterable[Term], forward: Forward, shape: Shape = lambda term: term) -> list[Symbol]:
    """The symbols of the terms and of their rules, inner ones first; `shape` prepares a term to be looked at.

    Of symbols that differ in letters alone the first one is kept.
    """
    found: dict[Term, Symbol] = {}
    seen: set[Term] = set()

    def visit(term: Term) -> None:
        for symbol in symbols_in(shape(term), forward):
            pattern = pattern_of(symbol)
            if pattern not in seen:
                seen.add(pattern)
                visit(rule_of(symbol, forward) or ZERO)
                found[pattern] = symbol

    for term in terms:
        visit(term)
    return list(found.values())


def symbols_in(term: Term, forward: Forward) -> Iterator[Symbol]:
    """The derivatives that a term names, without those inside an operator; the gradients from above are given."""
    if isinstance(term, Partial) or (isinstance(term, LossBy) and term.value.name != forward.output.name):
        yield term
    elif not isinstance(term, LossBy):
        for part in children(term):
            yield from symbols_in(part, forward)


def pattern_of(symbol: Symbol) -> Term:
    """The symbol with letters of its own for its indices; numbered samples keep their numbers."""
    letters = dict.fromkeys(name for name in indices_of(symbol) if not name.isdigit())
    return rename(symbol, {name: f"#{place}" for place, name in enumerate(letters)})


def indices_of(symbol: Term) -> tuple[str, ...]:
    match symbol:
        case LossBy(value=value):
            return value.index
        case Partial(of=Value() as of, by=by):
            return (*of.index, *by.index)
        case _:
            return ()


# -- rules


def rule_of(symbol: Symbol, forward: Forward) -> Term | None:
    """The chain rule for a symbol, where there is one and it is true."""
    match symbol:
        case LossBy(value=value):
            rule = _messages(value, forward)
        case Partial(of=Value() as of, by=by, reading=Reading.TOTAL):
            rule = _paths(of, by, forward)
        case _:
            return None
    is_true = rule not in (ZERO, symbol) and prover(forward).equal(Identity(symbol, rule)) is True
    return with_few_total(rule, forward) if is_true else None


def with_few_total(term: Term, forward: Forward) -> Term:
    """Total derivatives that are plainly local ones, without any fact of the forward pass, written as such."""
    for part in list(walk(term)):
        if isinstance(part, Partial) and part.reading is Reading.TOTAL and isinstance(part.of, Value):
            same = Identity(part, local := replace(part, reading=Reading.LOCAL))
            if prover(forward).equal(same) is True and prover(forward).equal_with(same, BOTH) is True:
                term = swapped(term, part, local)
    return term


def _messages(value: Value, forward: Forward) -> Term:
    """Over the quantities that it enters: the gradient there times the local derivative."""
    if value.name == forward.output.name:
        return ZERO
    return plus(*(_message(node, value) for node in reversed(forward.nodes) if value.name in named_by(node)))


def _message(node: Node, value: Value) -> Term:
    apart = bool(node.index) and not _is_elementwise(node, value)
    index = (fresh_index("j", set(value.index)),) if apart else value.index if node.index else ()
    here = Value(node.name, index)
    product = times(LossBy(here), Partial(here, value, Reading.LOCAL))
    return Sum(index[0], product) if apart else product


def _paths(of: Value, by: Value, forward: Forward) -> Term:
    """The direct path, and one through each quantity on the way that moves with `by`."""
    own = forward.node(of.name)
    if own is None or own.name == by.name:
        return ZERO
    through = [node for node in forward.nodes if node.name in named_by(own) and _follows(node, by.name, forward)]
    if not through or any(node.index and not _is_elementwise(own, Value(node.name, of.index)) for node in through):
        return ZERO
    steps = (Value(node.name, of.index if node.index else ()) for node in through)
    paths = [times(Partial(of, step, Reading.LOCAL), Partial(step, by, Reading.TOTAL)) for step in steps]
    direct = [Partial(of, by, Reading.LOCAL)] if by.name in named_by(own) else []
    return plus(*direct, *paths)


def named_by(node: Node) -> frozenset[str]:
    """The quantities in a node's own definition."""
    return frozenset(part.name for part in walk(node.value) if isinstance(part, Value))


def _is_elementwise(node: Node, value: Value) -> bool:
    """Whether a sample of the node depends on no other sample of the quantity."""
    used = {part.index for part in walk(node.value) if isinstance(part, Value) and part.name == value.name}
    return bool(node.index) and used == {node.index}


def _follows(node: Node, name: str, forward: Forward) -> bool:
    """Whether a node moves when the quantity of this name is nudged."""
    inner = named_by(node)
    others = (forward.node(other) for other in inner)
    return name in inner or any(_follows(other, name, forward) for other in others if other is not None)
