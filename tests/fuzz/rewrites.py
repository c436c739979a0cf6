"""Right notes in other words: every step must hold, by the proof alone."""

from __future__ import annotations

import random
from time import process_time

from bnverify.truth.panel import Disagreement
from tests.fuzz.dressing import dressed_note, rewritten_chain, standings
from tests.fuzz.notes import SLOW
from tests.fuzz.tally import Tally
from tests.mutation.judging import UNREAD, check
from tests.mutation.notation import Unprintable, Written


def chunk(seed: int, number: int, size: int) -> Tally:
    """Notes with so many rewritten steps; a step counts where its side is not as its derivation has it."""
    pick = random.Random(f"rewrites {seed} {number}")
    tally = Tally()
    while tally.counts["rewritten steps"] < size:
        note = dressed_note(pick)
        chain = rewritten_chain(note.chain, note.derivation, pick, 1.0)
        try:
            written = note.written(chain)
        except Unprintable:
            continue
        tally.count("notes")
        # Letters and layout change in every note; what the side says changes in those that a rule was used on.
        tally.count("rewritten steps", sum(one != old for one, old in zip(chain.sides, note.chain.sides, strict=True)))
        started = process_time()
        _judge(written, tally)
        seconds = process_time() - started
        tally.took(seconds, written.text)
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {written.text}")
    return tally


def _judge(written: Written, tally: Tally) -> None:
    try:
        found = standings(written.text)
    except Disagreement as trouble:
        tally.report("a disagreement", f"{trouble}: {written.text}")
        return
    except Exception as trouble:
        tally.report("an exception", f"{type(trouble).__name__} {trouble}: {written.text}")
        return
    for place in written.places:
        said = found.get(place.relation, "missing")
        tally.count("steps")
        tally.count(said)
        if said in UNREAD:
            tally.reasons[_why(written.text, place.relation)] += 1
        elif said != "holds":
            shown = f"{written.text[slice(*place.head)]} = {written.text[slice(*place.side)]}"
            tally.report("a lost step" if said == "missing" else "a false alarm", f"{said}: {shown}\n{written.text}")


def _why(text: str, relation: int) -> str:
    record = check(text)
    if isinstance(record, str):
        return record
    return next(step.why for step in record.steps if step.relation.start == relation)
