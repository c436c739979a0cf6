"""Right and mutated claims through all three witnesses, and the evaluator of the mutation test beside them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from math import isfinite
from time import process_time

from bnverify.model.forward import Forward
from bnverify.truth.panel import Disagreement, Panel, examine, is_true_at
from bnverify.truth.verdict import Identity, Opinion, Proved, Refuted, Sampled
from tests.fuzz.claims import Claim, random_claims
from tests.fuzz.tally import Tally
from tests.fuzz.terms import SETTINGS, lines, mutated, right_identity
from tests.mutation.bridge import forward_of, identity_of
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.trees import DIFFERENT, EQUAL, NoValue, World, distance, worlds_of

OWN_SIZES = (2, 3, 4, 8)
SHARES = {"trees": 70, "layer": 10, "rms": 9, "batch": 6, "instance": 3, "group": 2}
"""Of claims as trees, which the evaluator knows, and of lines of `derive`; several indices take SymPy longest."""
RIGHT = 0.25
SLOW = 60.0
"""Seconds of processor time for one identity; more is a finding."""


@cache
def batches(unbiased: bool, total: bool, name: str) -> tuple[World, ...]:
    return worlds_of(OWN_SIZES, unbiased, total, DERIVATIONS[name].helpers)


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many identities; each is one comparison of all witnesses that do not abstain."""
    pick = random.Random(f"witnesses {seed} {number}")
    tally = Tally()
    for what, own, forward, claim in _identities(pick, size):
        started = process_time()
        try:
            _compare(what, own, forward, claim, tally)
        except NoValue:
            tally.count("without a value")
        seconds = process_time() - started
        tally.took(seconds, f"{what}: {own}")
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {what}: {own}")
    return tally


def _identities(pick: random.Random, size: int) -> Iterator[tuple[str, Identity, Forward, Claim | None]]:
    claims = random_claims(pick, size)
    while size:
        kind = pick.choices(list(SHARES), list(SHARES.values()))[0]
        if kind != "trees":
            name, convention = pick.choice([one for one in SETTINGS if one[0] == kind])
            own: Identity | None = right_identity(name, convention, pick)
            if pick.random() >= RIGHT and own is not None:
                own = mutated(own, lines(name, convention)[0].layer.rank, pick)
            if own is None:
                continue
            yield name, own, lines(name, convention)[0], None
        else:
            claim = next(claims)
            derivation = DERIVATIONS[claim.derivation]
            try:
                own = identity_of(claim.head, claim.side, derivation)
            except NoValue:
                continue
            yield "batch by trees", own, forward_of(derivation.unbiased), claim
        size -= 1


def _compare(what: str, own: Identity, forward: Forward, claim: Claim | None, tally: Tally) -> None:
    tally.count("identities")
    tally.count(what)
    try:
        panel = examine(own, forward)
    except Disagreement as trouble:
        tally.report(
            "a disagreement", f"{trouble}: {what} {forward.convention}: {claim.words() if claim else ''} {own}"
        )
        return
    except Exception as trouble:
        tally.report("an exception", f"{type(trouble).__name__} {trouble}: {what} {forward.convention}: {own}")
        return
    spoke = [type(panel.verdict) in (Proved, Refuted), *(_speaks(one) for one in (panel.symbolic, panel.numeric))]
    for name, speaks in zip(("proof", "SymPy", "NumPy"), spoke, strict=True):
        tally.count(f"{name} spoke" if speaks else f"{name} abstained", 1)
    tally.count(type(panel.verdict).__name__.lower())
    tally.count("all three spoke" if all(spoke) else "not all spoke")
    if not spoke[0]:
        tally.reasons[getattr(panel.verdict, "why", "")] += 1
    if claim is not None:
        _beside(panel, claim, DERIVATIONS[claim.derivation], tally)


def _speaks(sampled: Sampled | None) -> bool:
    return sampled is not None and sampled.opinion is not Opinion.ABSTAINS


def _beside(panel: Panel, claim: Claim, derivation: Derivation, tally: Tally) -> None:
    """What the trees are worth at each size, beside what each witness says of that size."""
    for world in batches(derivation.unbiased, derivation.total, derivation.name):
        gap = distance(claim.head, claim.side, world)
        if not isfinite(gap) or EQUAL <= gap <= DIFFERENT:
            tally.count("unclear in our own numbers")
            continue
        same = gap < EQUAL
        said = {
            "the proof": is_true_at(panel.verdict, world.n),
            "SymPy": _agrees(panel.symbolic, world.n),
            "NumPy": _agrees(panel.numeric, world.n),
        }
        for name, one in said.items():
            if one is not None:
                tally.count("compared with our own numbers")
                if one is not same:
                    tally.report("our own numbers disagree", f"{name} at n = {world.n}, gap {gap:.3g}: {claim.words()}")


def _agrees(sampled: Sampled | None, n: int) -> bool | None:
    if sampled is None or n not in sampled.differs:
        return None
    return not sampled.differs[n]
