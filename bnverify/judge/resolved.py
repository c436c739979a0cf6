"""A chain -> terms under one reading: its head and sides as mathematics, with the choices that were made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of
from bnverify.model.conventions import Upstream
from bnverify.model.forward import Forward
from bnverify.model.graph import named_nodes
from bnverify.model.layers import Layer
from bnverify.model.matrices import has_matrices, term_of
from bnverify.model.notation import Notation, Symbol
from bnverify.model.places import is_generic, same_axis
from bnverify.model.resolve import condition_of
from bnverify.model.scope import Dots, Scope, letters_in
from bnverify.model.terms import (
    ZERO,
    Condition,
    Count,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    children,
    free_indices,
    nesting,
    rename,
    walk,
)
from bnverify.read.chains import Chain
from bnverify.read.losses import has_gradient, is_gradient
from bnverify.read.syntax import Derivative, Expr, Product, Summation, bare, inside
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

DEEPEST_SUMS = 4
SHORTHAND = "a chain rule without its sum: the sum is understood, a later side has it"


@frozen
class Resolved:
    """One expression as a term; `trouble` says why it has no value."""

    term: Term
    assumptions: tuple[str, ...] = ()
    undefined: tuple[str, ...] = ()
    shorthand: bool = False
    features: frozenset[str] = frozenset()

    @property
    def trouble(self) -> str:
        return next((part.why for part in walk(self.term) if isinstance(part, Unknown)), "")


@frozen
class ResolvedChain:
    """`conditions` hold for every step of the chain."""

    chain: Chain
    head: Resolved
    sides: tuple[Resolved, ...]
    conditions: tuple[Condition, ...]
    reading: Reading
    sensitive: bool
    """Whether the reading can matter: a derivative of one forward quantity by another occurs."""
    forward: Forward
    """The graph of the chain: helpers by which it differentiates are nodes."""
    scope: Scope
    """What its expressions are read against."""
    may_understand: tuple[bool, ...] = ()
    """For each side whether a sum may be understood in it, as a later side has it."""

    def resolved(self, place: int, side: Expr) -> Resolved:
        """Another expression in the place of a side."""
        made = _resolve(side, replace(self.scope, place=self.chain.steps[place].relation.start))
        made = _of_the_same_feature(made, self.head)
        made = replace(made, term=_beside_head(made.term, self.head.term, self.scope.layer))
        if self.may_understand[place] and not sums_gradients(side, self.scope.notation.losses):
            made = _with_understood_sum(made, free_indices(self.head.term))
        return made

    def resolved_head(self, head: Expr) -> Resolved:
        """Another expression in the place of the head."""
        return _resolve(head, self.scope)


@frozen
class Page:
    """What a chain is resolved in; `promoted` holds the helpers that are nodes of its graph."""

    notation: Notation
    forward: Forward
    upstream: Upstream
    promoted: frozenset[Symbol] = frozenset()
    gate: bool = False
    """Whether the chain is read as the rule of one gate."""
    by_sign: bool = False
    """Whether the signs of differentiation tell in this note what is held fixed."""


def resolve_chain(
    chain: Chain, page: Page, reading: Reading, rebound: Mapping[Symbol, tuple[str, Term]], next_has_sum: bool
) -> ResolvedChain:
    """Both sides of every step as terms."""
    scope = Scope(
        page.notation,
        page.forward,
        reading,
        chain.head_span.start,
        rebound,
        promoted=page.promoted,
        upstream=page.upstream,
        named=named_nodes(chain, page.notation),
        gate=page.gate,
        matrices=has_matrices(chain, page.notation),
        mixed=page.by_sign or len(signs_of([chain], page.notation.losses)) > 1,
        letters=letters_in((chain.head, *(step.side for step in chain.steps)), page.notation, page.forward.layer),
    )
    head = _head(chain, scope)
    row = _row_of(head.term, page.forward.layer)
    dots = Dots.PRODUCT if page.notation.dot_products else Dots.UNDER_SCALAR
    scope = replace(scope, head=free_indices(head.term), row=row, dots=dots)
    sums = [sums_gradients(step.side, page.notation.losses) for step in chain.steps]
    later = tuple(any(sums[place + 1 :]) or next_has_sum for place in range(len(sums)))
    frame = ResolvedChain(chain, head, (), (), reading, False, page.forward, scope, later)
    sides = tuple(frame.resolved(place, step.side) for place, step in enumerate(chain.steps))
    terms = [head.term, *(side.term for side in sides)]
    free = frozenset().union(*(free_indices(term) for term in terms))
    stated = (condition_of(written, scope) for written in chain.conditions)
    conditions = tuple(one for one in stated if {one.left, one.right} <= free)
    sensitive = any(isinstance(part, Partial) for term in terms for part in walk(term))
    return replace(frame, sides=sides, conditions=conditions, sensitive=sensitive)


def _head(chain: Chain, scope: Scope) -> Resolved:
    """The head; `a \\cdot b` of two vectors is their dot product where every side is one number."""
    head = _resolve(chain.head, scope)
    product = bare(chain.head)
    if not isinstance(product, Product) or not product.dots or not any(map(is_generic, free_indices(head.term))):
        return head
    dotted = _resolve(product, replace(scope, dots=Dots.PRODUCT))
    if dotted.trouble or free_indices(dotted.term):
        return head
    inner = replace(scope, dots=Dots.PRODUCT)
    sides = [_resolve(step.side, inner) for step in chain.steps]
    return head if any(one.trouble or free_indices(one.term) for one in sides) else dotted


def signs_of(chains: Iterable[Chain], losses: frozenset[str]) -> frozenset[str]:
    """The signs with which quantities of the forward pass are differentiated by one another."""
    exprs = (expr for chain in chains for expr in (chain.head, *(step.side for step in chain.steps)))
    inner = (node for expr in exprs for node in inside(expr) if isinstance(node, Derivative))
    signs = {True: "\\partial", False: "d"}
    return frozenset(
        signs[node.sign == "\\partial"] for node in inner if node.of is not None and not is_gradient(node, losses)
    )


def sums_gradients(expr: Expr, losses: frozenset[str]) -> bool:
    """Whether a sum over derivatives of the loss is written."""
    return any(isinstance(node, Summation) and has_gradient(node.body, losses) for node in inside(expr))


def _resolve(expr: Expr, scope: Scope) -> Resolved:
    own = replace(
        scope,
        assumptions=[],
        undefined=set(),
        features=set(),
        misindexed=set(),
        missing=[],
        written=set(),
        divisors=[],
    )
    term = term_of(expr, own)
    if sum(1 for part in walk(term) if isinstance(part, Sum)) > DEEPEST_SUMS and nesting(term) > DEEPEST_SUMS:
        return Resolved(Unknown(f"sums nested deeper than {DEEPEST_SUMS} are not worked out"))
    partly = (
        f"{name} has an index fewer than what stands beside it" for name, axis in own.missing if axis in own.written
    )
    own.misindexed.update(partly)
    if own.misindexed:
        return Resolved(Unknown(min(own.misindexed)))
    features = frozenset(own.features)
    if len(features) > 1:
        return Resolved(Unknown("several features in one expression are not worked out"))
    if divides_by_zero(term, own.divisors, scope.forward):
        return Resolved(Unknown("a division by zero"))
    return Resolved(term, tuple(own.assumptions), tuple(sorted(own.undefined)), features=features)


def divides_by_zero(term: Term, divisors: Sequence[Term], forward: Forward) -> bool:
    """Whether one of the divisors that were written, and that the term does not show any more, is always zero."""
    return any(prover(forward).equal(Identity(one, ZERO)) for one in _hidden_divisors(term, divisors))


def _hidden_divisors(term: Term, divisors: Sequence[Term]) -> Iterator[Term]:
    """What is divided by and can be zero, but for what the term shows, which is found out when it is worked out.

    A factor or a power zero takes a divisor away, and so may differentiation.
    """
    shown = {part.base for part in _evaluated(term) if isinstance(part, Power) and part.exponent < 0}
    for one in dict.fromkeys(divisors):
        base = one.base if isinstance(one, Power) else one
        if (
            base not in shown
            and not isinstance(base, Count | Unknown)
            and (base == ZERO or not isinstance(base, Number))
        ):
            yield base


def _evaluated(term: Term) -> Iterator[Term]:
    """The parts of a term that are worked out as they stand, and not differentiated before."""
    yield term
    if not isinstance(term, LossBy | Partial):
        for part in children(term):
            yield from _evaluated(part)


def _beside_head(side: Term, head: Term, layer: Layer) -> Term:
    """A gain that is written without an index belongs to the place that the head names."""
    if layer.rank == 1:
        return side
    names: dict[str, str] = {}
    for index in free_indices(side) - free_indices(head):
        along = [one for one in free_indices(head) if same_axis(one, index)]
        if is_generic(index) and len(along) == 1:
            names[index] = along[0]
    return rename(side, names)


def _row_of(head: Term, layer: Layer) -> Mapping[int, str]:
    """The index that the head names along each axis that the statistics keep: what is written without one is there."""
    target = head.value if isinstance(head, LossBy) else head.by if isinstance(head, Partial) else head
    known = [*(target.index if isinstance(target, Value) else ()), *sorted(free_indices(head))]
    return {axis_of(index): index for index in reversed(known) if axis_of(index) in layer.kept}


def _of_the_same_feature(side: Resolved, head: Resolved) -> Resolved:
    """A side that speaks of another feature than its head has no verdict."""
    if head.features and side.features - head.features:
        return Resolved(Unknown("the side speaks of another feature than the head"))
    return side


def _with_understood_sum(side: Resolved, head: frozenset[str]) -> Resolved:
    """Sum each product of derivatives that meet in an indexed family over an index that the head does not have."""
    terms = side.term.terms if isinstance(side.term, Plus) else (side.term,)
    summed = tuple(_understood(term, head) for term in terms)
    if summed == terms:
        return side
    term = Plus(summed) if len(summed) > 1 else summed[0]
    return replace(side, term=term, assumptions=(*side.assumptions, SHORTHAND), shorthand=True)


def _understood(term: Term, head: frozenset[str]) -> Term:
    factors = term.factors if isinstance(term, Times) else (term,)
    met = {
        index
        for first in factors
        if isinstance(first, (LossBy, Partial))
        for second in factors
        if isinstance(second, Partial) and second is not first
        for index in _target(first).index
        if second.of == _target(first)
    }
    for index in sorted(met - head):
        term = Sum(index, term)
    return term


def _target(derivative: LossBy | Partial) -> Value:
    return derivative.value if isinstance(derivative, LossBy) else derivative.by
