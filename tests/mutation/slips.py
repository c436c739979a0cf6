"""Derivations and operators -> slips: single ones for notes, single and double ones for trees. Seeds are fixed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.notation import Chain
from tests.mutation.operators import OPERATORS, Operator, Scope, is_spread
from tests.mutation.trees import Cases, NoValue, Pow, Root, Sym, Tree, Unclear, equal, free_indices, walk

FOREIGN = 8
"""How many slips with a root of something else are taken into a sample."""
PAIRS = 3
"""How many second slips of one kind are taken for one first slip."""


@dataclass(frozen=True)
class Slip:
    """One mutant of one step: `before` became `after`, in the head of the chain or in the side of the step."""

    derivation: str
    chain: int
    step: int
    operator: str
    after: Tree
    in_head: bool = False

    @property
    def source(self) -> Derivation:
        return DERIVATIONS[self.derivation]

    @property
    def right(self) -> Chain:
        return self.source.chains[self.chain]

    def planted(self) -> Chain:
        """The chain with the slip."""
        right = self.right
        if self.in_head:
            return replace(right, head=self.after)
        return replace(right, sides=(*right.sides[: self.step], self.after, *right.sides[self.step + 1 :]))


def has_foreign_root(tree: Tree) -> bool:
    """A root of anything but v + eps and v: the proof may leave such a step undecided, and takes its time."""
    return any(_foreign(one) for one in walk(tree))


def _foreign(tree: Tree) -> bool:
    match tree:
        case Root(body):
            return not is_spread(body) and body != Sym("v")
        case Pow(base, exponent) if exponent.denominator == 2:
            return not is_spread(base) and base != Sym("v")
        case Sym("sigma"):
            return True
    return False


class _Quota:
    """Lets through every tree without foreign roots, and so many with one."""

    def __init__(self, foreign: int) -> None:
        self.left = foreign

    def admits(self, tree: Tree) -> bool:
        if not has_foreign_root(tree):
            return True
        self.left -= 1
        return self.left >= 0


@cache
def all_slips() -> tuple[Slip, ...]:
    """Every single slip of every operator in every claim."""
    return tuple(slip for one in OPERATORS for slip in _of_operator(one, in_definitions=False))


@cache
def definition_slips() -> tuple[Slip, ...]:
    """Every single slip in a definition."""
    found = (slip for one in OPERATORS if not one.in_head for slip in _of_operator(one, in_definitions=True))
    return tuple(slip for slip in found if not has_foreign_root(slip.after))


def _of_operator(one: Operator, in_definitions: bool) -> Iterator[Slip]:
    for derivation in DERIVATIONS.values():
        for place, chain in enumerate(derivation.chains):
            if chain.definition is not in_definitions:
                continue
            scope = Scope(free_indices(chain.head), derivation.unbiased)
            if one.in_head:
                for after in one.mutants(chain.head, scope):
                    yield Slip(derivation.name, place, 0, one.name, after, in_head=True)
                continue
            for step, side in enumerate(chain.sides):
                for after in one.mutants(side, scope):
                    yield Slip(derivation.name, place, step, one.name, after)


def sampled(count: int, seed: int) -> list[Slip]:
    """So many slips, the operators in turn, so that rare ones have their share."""
    shuffle, quota = random.Random(seed), _Quota(FOREIGN)
    queues: dict[str, list[Slip]] = {}
    for slip in all_slips():
        queues.setdefault(slip.operator, []).append(slip)
    for queue in queues.values():
        shuffle.shuffle(queue)
    found: list[Slip] = []
    while len(found) < count and any(queues.values()):
        for queue in queues.values():
            if queue and len(found) < count and quota.admits((slip := queue.pop()).after):
                found.append(slip)
    return found


def is_right(chain: Chain, step: int, derivation: Derivation) -> bool:
    """Whether the side equals the head in NumPy. Raises NoValue, Unclear."""
    return equal(chain.head, chain.sides[step], derivation.batches)


@dataclass(frozen=True, slots=True)
class Claim:
    """A head and a side as trees, and which operators made the side wrong."""

    derivation: str
    head: Tree
    side: Tree
    operators: tuple[str, ...]


NO_TREES = ("condition repeated",)
"""Overlapping cases are seen by their rows, not by their value."""


def claims(count: int, seed: int) -> Iterator[Claim]:
    """So many different mutated claims: all single slips, then pairs of slips."""
    seen: set[tuple[str, Tree, Tree]] = set()
    quota = _Quota(FOREIGN)
    for one in _endless(seed):
        key = (one.derivation, one.head, one.side)
        if key not in seen and quota.admits(one.side):
            seen.add(key)
            yield one
        if len(seen) >= count:
            return


def _endless(seed: int) -> Iterator[Claim]:
    shuffle = random.Random(seed)
    singles = [slip for slip in all_slips() if slip.operator not in NO_TREES]
    for slip in singles:
        chain = slip.planted()
        for side in chain.sides if slip.in_head else (slip.after,):
            yield Claim(slip.derivation, chain.head, side, (slip.operator,))
    sides = [slip for slip in singles if not slip.in_head and not isinstance(slip.after, Cases)]
    while True:
        slip, second = shuffle.choice(sides), shuffle.choice(OPERATORS)
        scope = Scope(free_indices(slip.right.head), slip.source.unbiased)
        if second.in_head or second.name in NO_TREES:
            continue
        after = second.mutants(slip.after, scope)
        for one in shuffle.sample(after, min(len(after), PAIRS)):
            yield Claim(slip.derivation, slip.right.head, one, (slip.operator, second.name))


def true_in_numbers(claim: Claim) -> bool | None:
    """Whether head and side have the same value; None where one has none."""
    try:
        return equal(claim.head, claim.side, DERIVATIONS[claim.derivation].batches)
    except (NoValue, Unclear):
        return None
