"""Right and mutated claims as trees: what the numbers say, what the proof says."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from bnverify.truth.every_n import Prover
from bnverify.truth.verdict import Proved, Refuted
from tests.fuzz.fusing import LONGEST, Equation, equations, fused, length
from tests.fuzz.planting import slipped
from tests.fuzz.tally import Tally
from tests.mutation.bridge import forward_of, identity_of
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.notation import Unprintable, latex
from tests.mutation.operators import Scope
from tests.mutation.rewrites import rewritten
from tests.mutation.trees import NoValue, Tree, Unclear, equal, free_indices

RIGHT = 0.05
"""The share of claims without a slip."""
SLIPS = 6
"""How many slips are planted in one right equation, each alone."""
WHOLE = 0.002
"""The share of claims that are worked out to a verdict, with its proof for every n or its counterexample."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A head and a side, how the right one was made, and which slips were planted in it: none where it is right."""

    derivation: str
    head: Tree
    side: Tree
    way: tuple[str, ...]
    slips: tuple[str, ...]

    def words(self) -> str:
        """The claim in LaTeX, or as trees where it cannot be written."""
        try:
            head, side = (latex(one, DERIVATIONS[self.derivation].notation) for one in (self.head, self.side))
        except Unprintable:
            head, side = str(self.head), str(self.side)
        return f"{self.derivation} [{', '.join(self.way)}] ({', '.join(self.slips)}): {head} = {side}"


def random_claims(pick: random.Random, count: int) -> Iterator[Claim]:
    """So many different claims."""
    names = list(DERIVATIONS)
    seen: set[Claim] = set()
    while len(seen) < count:
        for one in claims_of(DERIVATIONS[pick.choice(names)], pick):
            if one not in seen and len(seen) < count:
                seen.add(one)
                yield one


def claims_of(derivation: Derivation, pick: random.Random) -> Iterator[Claim]:
    """A right equation, fused and rewritten, now and then; and with a slip or two in one side, several times."""
    one = right_equation(derivation, pick)
    if pick.random() < RIGHT * SLIPS:
        yield Claim(derivation.name, one.left, one.right, one.way, ())
    scope = Scope(free_indices(one.left), derivation.unbiased)
    for _ in range(SLIPS):
        made = slipped(one.right, scope, pick, 1 if pick.random() < 0.7 else 2)
        if made is not None:
            yield Claim(derivation.name, one.left, made[0], one.way, made[1])


def right_equation(derivation: Derivation, pick: random.Random) -> Equation:
    kind = pick.random()
    if kind < 0.2:
        return pick.choice(equations(derivation.name))
    one = fused(derivation, pick, pick.randrange(1, 4))
    if kind < 0.85 or length(one.right) > LONGEST * 2 // 3:
        return one
    used: list[str] = []
    side = rewritten(one.right, derivation, pick, 1, used)
    return Equation(one.left, side, (*one.way, *used))


# -- judging


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many claims, compared with the numbers. A wrong one that is accepted is the worst that can be found."""
    pick = random.Random(f"trees {seed} {number}")
    provers = {unbiased: Prover(forward_of(unbiased)) for unbiased in (False, True)}
    tally = Tally()
    for claim in random_claims(pick, size):
        try:
            started = perf_counter()
            _compare(claim, provers[DERIVATIONS[claim.derivation].unbiased], pick.random() < WHOLE, tally)
            if (seconds := perf_counter() - started) > tally.slowest:
                tally.took(seconds, claim.words())
        except (NoValue, Unclear) as trouble:
            tally.count("without a value" if isinstance(trouble, NoValue) else "unclear in numbers")
    return tally


def _compare(claim: Claim, prover: Prover, whole: bool, tally: Tally) -> None:
    derivation = DERIVATIONS[claim.derivation]
    true = equal(claim.head, claim.side, derivation.batches)
    kind = "mutated" if claim.slips else "right"
    tally.count(kind)
    if not claim.slips and not true:
        tally.report("a fusion is not right", claim.words())
    if claim.slips and true:
        tally.count("mutated and still equal")
    own = identity_of(claim.head, claim.side, derivation)
    said = prover.equal(own)
    if whole:
        verdict = prover.examine(own)
        tally.count("with a whole verdict")
        if isinstance(verdict, Proved) and not true:
            tally.report("a wrong claim is proved", claim.words())
        if isinstance(verdict, Refuted) and true:
            tally.report("a right claim is refuted", claim.words())
        if isinstance(verdict, Proved | Refuted) and said is not None and said is not isinstance(verdict, Proved):
            tally.report("the quick and the whole verdict differ", claim.words())
    if said is None:
        tally.count("undecided")
        tally.reasons[getattr(prover.examine(own), "why", "decided by the whole verdict")] += 1
    elif said is not true:
        tally.report("a wrong claim is accepted" if said else "a right claim is refuted", claim.words())
