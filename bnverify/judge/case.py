"""What is judged, and its chains as terms under each reading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from bnverify.frozen import frozen
from bnverify.judge.reading import NoteReading, Truths, reading_of_chain
from bnverify.judge.resolved import Page, Resolved, ResolvedChain, resolve_chain, sums_gradients
from bnverify.model.conventions import Convention
from bnverify.model.declarations import NodeDefinition, forward_for
from bnverify.model.forward import Forward
from bnverify.model.graph import forward_of
from bnverify.model.layers import Layer
from bnverify.model.notation import Notation, Role, Symbol
from bnverify.model.own import with_each_variance
from bnverify.model.terms import ZERO, Reading, Sum, Term, rename, walk
from bnverify.read.chains import Chain, Rebinding, Script
from bnverify.read.losses import has_gradient
from bnverify.read.settings import Settings
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity
from bnverify.truth.work import for_one_step


@frozen
class SecondLayer:
    """Where a note turns to a layer, its own or another one, by a definition of this part."""

    place: int
    role: Role
    layer: Layer


@frozen
class Case:
    """What is judged: a script in its notation, under a convention; `declared` is what the note itself declares."""

    script: Script
    notation: Notation
    definitions: tuple[NodeDefinition, ...]
    settings: Settings
    convention: Convention
    forward: Forward
    """Of this convention."""
    declared: Convention
    witnesses: tuple[str, ...]
    turns: tuple[SecondLayer, ...] = ()
    """Where the note turns to another layer and back; empty where it has one."""
    by_sign: bool = False
    """Whether the signs of differentiation tell in this note what is held fixed."""
    output_is_understood: bool = True
    """Whether a formula that defines the output has a value; or there is none."""
    made: dict[Forward, tuple[Forward, ...]] = field(default_factory=dict, compare=False, repr=False)
    """The answers of `variances`: each chain asks for them again."""

    def page(self, chain: Chain) -> Page:
        base = self.base(chain, self.convention)
        forward, promoted = forward_of(chain, self.definitions, self.notation, base, agree)
        return Page(self.notation, forward, self.convention.upstream, promoted, by_sign=self.by_sign)

    def base(self, chain: Chain, convention: Convention) -> Forward:
        """The forward pass of a chain without its helpers."""
        return self.with_own_form(forward_for(chain, self.notation, convention))

    def with_own_form(self, built_in: Forward) -> Forward:
        """A forward pass with the variance as the note writes it first."""
        return next(iter(self.variances(built_in)), built_in)

    def variances(self, built_in: Forward) -> tuple[Forward, ...]:
        """A forward pass with each form in which the note writes the variance, in reading order."""
        if built_in not in self.made:
            self.made[built_in] = tuple(with_each_variance(built_in, self.definitions, self.notation, agree))
        return self.made[built_in]

    def other_forwards(self, chain: Chain) -> list[Forward]:
        """The forward passes of a chain by the further forms in which the note writes the variance."""
        if sum(len(one.chain.steps) for one in self.definitions if one.role is Role.VARIANCE) < 2:
            return []
        built_in = forward_for(chain, self.notation, self.convention)
        bases = list(dict.fromkeys(self.variances(built_in)))[1:]
        return [forward_of(chain, self.definitions, self.notation, base, agree)[0] for base in bases]


def as_read(
    chains: Mapping[Reading, ResolvedChain], truths: Mapping[Reading, Truths], note: NoteReading
) -> ResolvedChain:
    """The chain under the reading that is its own in a note with this reading."""
    if len(chains) < len(Reading):
        return chains[Reading.LOCAL]
    chosen = chains[reading_of_chain(note, truths)]
    total = chains[Reading.TOTAL]
    wrong = not note.settled and not any(side for one in truths.values() for side in one)
    return total if wrong and _is_of_nothing(chosen) and not _is_of_nothing(total) else chosen


def _is_of_nothing(chain: ResolvedChain) -> bool:
    """Whether the head is zero: nobody writes a wrong formula for what does not depend on its variable at all."""
    return not chain.head.trouble and prover(chain.forward).equal(Identity(chain.head.term, ZERO)) is True


def under_both_readings(case: Case, place: int) -> dict[Reading, ResolvedChain]:
    """The chain under each reading, or under one where the reading cannot matter."""
    chains = case.script.chains
    chain = chains[place]
    rebound = _rebound(case, chain)
    following = chains[place + 1] if place + 1 < len(chains) else None
    next_has_sum = following is not None and following.head == chain.head and _first_side_has_sum(case, following)
    page = case.page(chain)
    local = resolve_chain(chain, page, Reading.LOCAL, rebound, next_has_sum)
    if not local.sensitive:
        return {Reading.LOCAL: local}
    total = resolve_chain(chain, page, Reading.TOTAL, rebound, next_has_sum)
    return {Reading.LOCAL: local, Reading.TOTAL: total}


def _first_side_has_sum(case: Case, chain: Chain) -> bool:
    return bool(chain.steps) and sums_gradients(chain.steps[0].side, case.notation.losses)


def _rebound(case: Case, chain: Chain) -> Mapping[Symbol, tuple[str, Term]]:
    """The letters that the note has re-bound to a summand, until a gradient is next a head."""
    found: dict[Symbol, tuple[str, Term]] = {}
    for one in case.script.rebindings:
        if one.place < chain.head_span.start < _end_of_rebinding(case.script, one, case.notation.losses):
            symbol, index = case.notation.split(one.name)
            summand = _summand(case, one)
            if summand is not None and index:
                found[symbol] = (index[0], rename(summand.body, {summand.index: index[0]}))
    return found


def _end_of_rebinding(script: Script, one: Rebinding, losses: frozenset[str]) -> int:
    starts = (
        c.head_span.start for c in script.chains if c.head_span.start > one.place and has_gradient(c.head, losses)
    )
    return min(starts, default=len(script.note.text) + 1)


def _summand(case: Case, one: Rebinding) -> Sum | None:
    named = case.notation.symbol(one.source)
    node = case.forward.node(case.notation.role(named[0]) or "") if named else None
    return next((part for part in walk(node.value) if isinstance(part, Sum)), None) if node else None


def agree(left: Term, right: Term, forward: Forward) -> bool:
    with for_one_step():
        return prover(forward).equal(Identity(left, right)) is True


def truths_of(chain: ResolvedChain) -> Truths:
    """Whether each side equals the head; None where that is not decided."""
    if chain.head.trouble:
        return [None] * len(chain.sides)
    return [_is_true(chain, side) for side in chain.sides]


def _is_true(chain: ResolvedChain, side: Resolved) -> bool | None:
    if side.trouble:
        return None
    with for_one_step():
        return prover(chain.forward).equal(Identity(chain.head.term, side.term, chain.conditions))
