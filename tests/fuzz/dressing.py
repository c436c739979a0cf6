"""A right derivation -> short right notes: one claim, fused and rewritten, among as few definitions as it can have."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

from bnverify.pipeline import judge_under, understand
from bnverify.source import Note
from tests.fuzz.fusing import right_chains
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.judging import notations_for
from tests.mutation.notation import LAYOUTS, Chain, Notation, Unprintable, Written
from tests.mutation.rewrites import rewritten
from tests.mutation.trees import Add, Cases, Mul, Size, Sym, Tree, minus, num, walk

BARE, NEXT, FUSED, SCALED, REWRITTEN = 0.6, 0.15, 0.3, 0.12, 0.25
"""The shares of notes without the usual definitions, with the next claim, and so on; the last one is of sides."""


@dataclass(frozen=True)
class Dressed:
    """A note without its slip: where its claim stands among the chains, and the text that settles the convention."""

    derivation: Derivation
    place: int
    front: str = ""

    @property
    def chain(self) -> Chain:
        return self.derivation.chains[self.place]

    def written(self, chain: Chain) -> Written:
        """The note with another chain in place of its claim. Raises Unprintable."""
        note = self.derivation.with_chain(self.place, chain).written()
        by = len(self.front)
        moved = tuple(
            replace(
                one,
                relation=one.relation + by,
                head=(one.head[0] + by, one.head[1] + by),
                side=(one.side[0] + by, one.side[1] + by),
            )
            for one in note.places
        )
        return Written(self.front + note.text, moved)


def dressed_note(pick: random.Random) -> Dressed:
    """A right note with one claim, or two."""
    source = DERIVATIONS[pick.choice(list(DERIVATIONS))]
    place = pick.choice(source.claims())
    chain = rewritten_chain(fused_chain(source, place, pick), source, pick, REWRITTEN)
    further = tuple(one for one in source.chains[place + 1 : place + 2] if pick.random() < NEXT)
    deviations = any(name == "t" for name, _, _ in source.helpers)
    notation = pick.choice(notations_for(deviations))
    layouts = tuple(pick.choice(LAYOUTS) for _ in range(3))
    bare = pick.random() < BARE and is_understood(source.name, notation.name)
    kept = needed(source) if bare else tuple(one for one in source.chains if one.definition)
    note = replace(source, chains=(*kept, chain, *further), notation=notation, layouts=layouts)
    return Dressed(note, len(kept), front_matter(source) if bare else "")


def fused_chain(source: Derivation, place: int, pick: random.Random) -> Chain:
    """A claim of the derivation, behind another one with the same head, or with all of it multiplied."""
    chain = source.chains[place]
    if pick.random() < FUSED:
        same = [one for one in right_chains(source.name)[len(source.chains) :] if one.head == chain.head]
        chain = pick.choice(same) if same else chain
    if pick.random() < SCALED and not any(isinstance(one, Cases) for side in chain.sides for one in walk(side)):
        chain = pick.choice((scaled, beside))(chain, source, pick)
    return chain


def scaled(chain: Chain, source: Derivation, pick: random.Random) -> Chain:
    factor: Tree = pick.choice((Size(), num(2), num(3), Sym("gamma")))
    return Chain(Mul((factor, chain.head)), tuple(Mul((factor, side)) for side in chain.sides), chain.sentence)


def beside(chain: Chain, source: Derivation, pick: random.Random) -> Chain:
    """Two claims in one: their heads and their sides are added up, or taken from one another."""
    other = pick.choice([source.chains[one] for one in source.claims()])
    if any(isinstance(one, Cases) for side in other.sides for one in walk(side)):
        return chain
    join = pick.choice((lambda left, right: Add((left, right)), minus))
    count = max(len(chain.sides), len(other.sides))
    longer = [(*one.sides, *[one.sides[-1]] * (count - len(one.sides))) for one in (chain, other)]
    return Chain(join(chain.head, other.head), tuple(join(*pair) for pair in zip(*longer, strict=True)), chain.sentence)


def rewritten_chain(chain: Chain, source: Derivation, pick: random.Random, share: float) -> Chain:
    sides = tuple(
        rewritten(side, source, pick, pick.randrange(1, 3), []) if pick.random() < share else side
        for side in chain.sides
    )
    return replace(chain, sides=sides)


# -- notes without the usual definitions


def needed(source: Derivation) -> tuple[Chain, ...]:
    """The definitions of letters that nobody could guess."""
    own = {name for name, _, _ in source.helpers}
    return tuple(one for one in source.chains if one.definition and isinstance(one.head, Sym) and one.head.name in own)


def front_matter(source: Derivation) -> str:
    variance = "unbiased" if source.unbiased else "biased"
    reading = "total" if source.total else "local"
    return f"---\nbnverify: {{variance: {variance}, derivatives: {reading}}}\n---\n"


@cache
def is_understood(name: str, notation: str) -> bool:
    """Whether all claims of a right derivation hold in these letters where the usual definitions are left out."""
    by = next(one for one in notations_for(False) if one.name == notation)
    return all(standing == "holds" for standing in _standings(DERIVATIONS[name], by))


def _standings(source: Derivation, notation: Notation) -> Iterator[str]:
    kept = needed(source)
    for place in source.claims():
        note = replace(source, chains=(*kept, source.chains[place]), notation=notation)
        try:
            written = Dressed(note, len(kept), front_matter(source)).written(source.chains[place])
        except Unprintable:
            continue
        yield from standings(written.text).values()


def standings(text: str) -> dict[int, str]:
    """The standing of each step by the offset of its relation sign, by the proof alone and without repairs."""
    understood = understand(Note("note.md", text))
    verdicts = judge_under(understood, understood.declared.convention, ("proof",))
    return {
        one.step.relation.start: (one.standing.value if one.standing else one.kind.value) for one in verdicts.judgements
    }
