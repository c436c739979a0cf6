"""Notes on layers with several indices, with one slip: what the text is judged to say, beside what NumPy finds.

The numbers are those of the terms that the note was written from, so a misreading shows.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import cache
from time import process_time

from bnverify.derivation.derivation import Derivation, Line, Section, Style, asked
from bnverify.derivation.styles import derive, lettered
from bnverify.derivation.written import markdown
from bnverify.model.conventions import Convention
from bnverify.model.standard import STANDARD
from bnverify.model.terms import Term
from bnverify.truth import numeric
from bnverify.truth.panel import Disagreement
from bnverify.truth.verdict import Identity, Opinion
from tests.fuzz.dressing import standings
from tests.fuzz.notes import RIGHT, SLOW
from tests.fuzz.tally import Tally
from tests.fuzz.terms import SETTINGS, index_slips, slips
from tests.mutation.judging import UNREAD, WRONG, check

SHARES = {"layer": 4, "rms": 4, "batch": 3, "instance": 2, "group": 1}
UNTOUCHED = 0.15
"""The share of right notes."""
SIZES = (3, 8)


@dataclass(frozen=True)
class Written:
    """A note with one line behind the definitions, and the terms of the line."""

    text: str
    derivation: Derivation
    line: Line
    slip: int | None

    @property
    def relations(self) -> list[int]:
        """Where the signs of the line stand."""
        start = self.text.rindex("\n## ")
        signs = [place for place in range(start, len(self.text)) if self.text[place - 1 : place + 2] in (" = ", "&= ")]
        return signs


@cache
def derivation(name: str, convention: Convention, style: Style) -> Derivation:
    return derive(asked(STANDARD[name], convention, style))


def written_note(pick: random.Random) -> Written | None:
    """One line of a derivation under a convention, in one of its styles, with a slip in one side or none."""
    kind = pick.choices(list(SHARES), list(SHARES.values()))[0]
    name, convention = pick.choice([one for one in SETTINGS if one[0] == kind])
    whole = derivation(name, convention, pick.choice(list(Style)))
    forward, *sections = whole.sections
    line = pick.choice([one for section in sections for one in section.lines])
    slip = None if pick.random() < UNTOUCHED else pick.randrange(len(line.sides))
    if slip is not None:
        side = slipped(line.sides[slip], line.head, whole.asked.forward.layer.rank, pick)
        if side is None:
            return None
        line = replace(line, sides=(*line.sides[:slip], side, *line.sides[slip + 1 :]))
    section = lettered(Section("A line", "", (line,)), whole.asked)
    line = section.lines[0]
    return Written(markdown(replace(whole, sections=(forward, section))), whole, line, slip)


def slipped(side: Term, head: Term, rank: int, pick: random.Random) -> Term | None:
    found = [one for one in (*slips(side, rank), *index_slips(side, head)) if one != side]
    return pick.choice(found) if found else None


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many notes."""
    pick = random.Random(f"family {seed} {number}")
    tally = Tally()
    while tally.counts["notes"] < size:
        note = written_note(pick)
        if note is None or len(note.relations) != len(note.line.sides):
            continue
        started = process_time()
        _judge(note, tally)
        seconds = process_time() - started
        tally.took(seconds, note.text)
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {note.text}")
    return tally


def _judge(note: Written, tally: Tally) -> None:
    forward = note.derivation.asked.forward
    sampled = [numeric.examine(Identity(note.line.head, side), forward, SIZES) for side in note.line.sides]
    tally.count("notes")
    tally.count(note.derivation.asked.standard.layer.name)
    try:
        found = standings(note.text)
    except Disagreement as trouble:
        tally.report("a disagreement", f"{trouble}: {note.text}")
        return
    except Exception as trouble:
        tally.report("an exception", f"{type(trouble).__name__} {trouble}: {note.text}")
        return
    for place, one in zip(note.relations, sampled, strict=True):
        said = found.get(place, "missing")
        tally.count("steps")
        if said in UNREAD:
            tally.count(said)
            tally.reasons[_why(note.text, place)] += 1
        elif one.opinion is Opinion.ABSTAINS:
            tally.count("no numbers")
        elif (one.opinion is Opinion.AGREES) is (said in RIGHT):
            tally.count("right" if said in RIGHT else "wrong")
        elif said in RIGHT and _is_shorthand(note.text, place):
            tally.count("a sum is understood")
        else:
            kind = "a false alarm" if said in WRONG else "a wrong step is proved" if said in RIGHT else "a lost step"
            tally.report(kind, f"{said} at {place}, NumPy {one.opinion} {one.error}\n{note.text}")


def _is_shorthand(text: str, place: int) -> bool:
    record = check(text)
    if isinstance(record, str):
        return False
    return any(
        code == "shorthand-sum" for step in record.steps if step.relation.start == place for code, _ in step.notices
    )


def _why(text: str, place: int) -> str:
    record = check(text)
    if isinstance(record, str):
        return record
    return next(step.why for step in record.steps if step.relation.start == place)
