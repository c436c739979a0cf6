"""Notes with one slip: each step must stand as the numbers say, by the proof alone; repairs are not looked for."""

from __future__ import annotations

import random
from dataclasses import replace
from time import process_time

from bnverify.truth.panel import Disagreement
from tests.fuzz.dressing import Dressed, dressed_note, standings
from tests.fuzz.planting import planted
from tests.fuzz.tally import Tally
from tests.mutation.judging import UNREAD, WRONG, check, expected
from tests.mutation.notation import Chain, Place, Unprintable, Written
from tests.mutation.operators import OPERATORS, Scope
from tests.mutation.trees import NoValue, Unclear, free_indices

HEADS = tuple(one for one in OPERATORS if one.in_head)
IN_HEAD = 0.08
RIGHT = ("holds", "compensated")
SLOW = 20.0
"""Seconds of processor time for one note; more is a finding."""


def with_slip(note: Dressed, pick: random.Random) -> tuple[Chain, str] | None:
    """The claim of a note with one slip, and the name of the slip."""
    chain, unbiased = note.chain, note.derivation.unbiased
    if pick.random() < IN_HEAD:
        operator = pick.choice(HEADS)
        found = operator.mutants(chain.head, Scope(free_indices(chain.head), unbiased))
        return (replace(chain, head=pick.choice(found)), operator.name) if found else None
    step = pick.randrange(len(chain.sides))
    made = planted(chain.sides[step], Scope(free_indices(chain.head), unbiased), pick)
    if made is None:
        return None
    return replace(chain, sides=(*chain.sides[:step], made[0], *chain.sides[step + 1 :])), made[1]


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many notes with a slip each."""
    pick = random.Random(f"notes {seed} {number}")
    tally = Tally()
    while tally.counts["notes"] < size:
        note = dressed_note(pick)
        try:
            made = with_slip(note, pick)
            if made is None:
                continue
            must = expected(made[0], note.derivation.batches)
            written = note.written(made[0])
        except (NoValue, Unclear, Unprintable):
            continue
        started = process_time()
        _judge(note, made[0], made[1], written, must, tally)
        seconds = process_time() - started
        tally.took(seconds, written.text)
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {written.text}")
    return tally


def _judge(note: Dressed, chain: Chain, slip: str, written: Written, must: list[str], tally: Tally) -> None:
    tally.count("notes")
    try:
        found = standings(written.text)
    except Disagreement as trouble:
        tally.report("a disagreement", f"{trouble}: {written.text}")
        return
    except Exception as trouble:
        tally.report("an exception", f"{type(trouble).__name__} {trouble}: {written.text}")
        return
    own = {place: must[place.step] if place.chain == note.place else "holds" for place in written.places}
    said = {place: found.get(place.relation, "missing") for place in written.places}
    tally.count("steps", len(own))
    tally.count("wrong steps", sum(one not in RIGHT for one in own.values()))
    tally.count("notes with a wrong step", any(one not in RIGHT for one in own.values()))
    tally.count("exact", said == own)
    for place in written.places:
        if said[place] in UNREAD:
            tally.count(said[place])
    worst = next((place for place in written.places if _kind(own[place], said[place])), None)
    if worst is not None:
        _classify(note, chain, slip, written, worst, own, said, tally)
    elif said != own:
        tally.count("right and wrong as they must be, other words for it")


def _kind(must: str, said: str) -> str:
    """What is wrong with a standing; nothing where it is right, or not decided."""
    if said == "missing":
        return "a lost step"
    if must in RIGHT and said in WRONG:
        return "a false alarm"
    if must not in RIGHT and said in RIGHT:
        return "a wrong step is proved"
    return ""


def _classify(
    note: Dressed, chain: Chain, slip: str, written: Written, place: Place,
    must: dict[Place, str], said: dict[Place, str], tally: Tally,
) -> None:  # fmt: skip
    """A second look: the same text may be right where a derivative means the other thing, or a sum is understood."""
    kind = _kind(must[place], said[place])
    if place.chain == note.place and _fits_otherwise(note, chain, must, said):
        tally.count("read with the other meaning of its derivatives, under which it is as it was said")
        return
    record = check(written.text)
    step = None if isinstance(record, str) else next(s for s in record.steps if s.relation.start == place.relation)
    if step is not None and any(code == "shorthand-sum" for code, _ in step.notices):
        tally.count("a sum is understood")
        return
    shown = f"{written.text[slice(*place.head)]} = {written.text[slice(*place.side)]}"
    tally.report(kind, f"{slip}: {shown} must be {must[place]}, is {said[place]}\n{written.text}")


def _fits_otherwise(note: Dressed, chain: Chain, must: dict[Place, str], said: dict[Place, str]) -> bool:
    """Whether all steps of the claim stand as they must under the other reading; front matter settles the reading."""
    if note.front:
        return False
    try:
        other = expected(chain, note.derivation.otherwise)
        return all(said[one] == other[one.step] for one in must if one.chain == note.place)
    except (NoValue, Unclear):
        return False
