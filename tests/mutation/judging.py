"""One planted slip -> a note, what the numbers say of its steps, and what the package says."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from bnverify.record import NoteRecord, StepRecord
from bnverify.run import check_text, options_from
from tests.mutation.derivations import Derivation
from tests.mutation.notation import LAYOUTS, NOTATIONS, Chain, Notation, Place, Unprintable, Written
from tests.mutation.slips import Slip
from tests.mutation.trees import NoValue, Unclear, World, equal

OPTIONS = options_from("declared", "proof")
WRONG = ("introduced", "wrong-again", "carried")
UNREAD = ("undecided", "unreadable", "prose")


def check(text: str) -> NoteRecord | str:
    """The record of a note, or the trouble that there was."""
    report = check_text(text, "note.md", OPTIONS)
    return report.troubles[0].message if report.troubles else report.notes[0]


# -- which note


@cache
def notations_for(has_deviations: bool) -> tuple[Notation, ...]:
    """Letters that nobody expects are inferred from definitions, and not through a letter for x - mu."""
    return tuple(one for one in NOTATIONS.values() if not (has_deviations and one.name == "other"))


def dressed(derivation: Derivation, seed: str, own_letters: bool = False) -> Derivation:
    """The derivation in letters and layouts that the seed picks."""
    pick = random.Random(seed)
    deviations = any(name == "t" for name, _, _ in derivation.helpers)
    notation = derivation.notation if own_letters else pick.choice(notations_for(deviations))
    layouts = derivation.layouts if own_letters else tuple(pick.choice(LAYOUTS) for _ in range(3))
    return replace(derivation, notation=notation, layouts=layouts)


# -- what the numbers say


def expected(chain: Chain, batches: tuple[World, ...]) -> list[str]:
    """The standing of each step, from values alone. Raises NoValue, Unclear."""
    found: list[str] = []
    true_before, sides = True, [chain.head]
    for side in chain.sides:
        true = equal(chain.head, side, batches)
        follows = equal(sides[-1], side, batches)
        if true:
            found.append("holds" if true_before else "compensated")
        elif true_before:
            found.append("introduced")
        else:
            known = follows or any(equal(one, side, batches) for one in sides[1:])
            found.append("carried" if known else "wrong-again")
        true_before = true
        sides.append(side)
    return found


# -- what the package says


@dataclass(frozen=True)
class Outcome:
    """What became of one slip in one note. `verdict` is the first of VERDICTS that fits."""

    slip: Slip
    note: Written
    verdict: str
    step: StepRecord | None = None
    detail: str = ""
    source: Derivation | None = None
    """The derivation as it was written, the slip in it."""

    @property
    def code(self) -> str:
        return self.step.finding.code if self.step and self.step.finding else ""


VERDICTS = {
    "valueless": "the slip has no value, or no letter in this notation",
    "rewrite": "the slip changes no value, and the step is judged right",
    "alarm": "the slip changes no value, and a step is judged wrong",
    "trouble": "an internal error",
    "unread": "the step is undecided or unreadable",
    "shorthand": "a chain rule without its sum, which a later side has",
    "otherwise": "the whole chain is right where derivatives mean the other thing",
    "turned": "the step is right where derivatives mean the other thing, and right steps of its chain are wrong there",
    "accepted": "a wrong step is judged right",
    "elsewhere": "the first wrong step is another one",
    "standing": "the right step is found, and another step of the note stands wrongly",
    "exact": "the step is found, and every step of the note stands as it must",
}
READ = ("turned", "accepted", "elsewhere", "standing", "exact")
"""The verdicts on wrong steps that were read as written."""


def try_slip(slip: Slip, whole: bool = False, own_letters: bool = False, seed: int = 0) -> Outcome:
    """Plant the slip in a note and look at every step."""
    chain = slip.planted()
    source = slip.source if whole else slip.source.excerpt(slip.chain)
    place = source.chains.index(slip.right)
    note = dressed(source, f"{seed} {slip}", own_letters).with_chain(place, chain)
    try:
        must = expected(chain, note.batches)
        written = note.written()
    except (NoValue, Unclear, Unprintable) as trouble:
        return Outcome(slip, Written("", ()), "valueless", detail=str(trouble))
    record = check(written.text)
    if isinstance(record, str):
        return Outcome(slip, written, "trouble", detail=record)
    return _outcome(slip, note, written, record, place, must)


def _outcome(
    slip: Slip, note: Derivation, written: Written, record: NoteRecord, chain: int, must: Sequence[str]
) -> Outcome:
    steps = {step.relation.start: step for step in record.steps}
    wanted = {p: must[p.step] if p.chain == chain else "holds" for p in written.places}
    first = next((p for p, standing in wanted.items() if standing == "introduced"), None)
    if first is None:
        return _of_a_rewrite(slip, written, steps, wanted)
    step = steps.get(first.relation)
    verdict, detail = _verdict(note, chain, first, step, steps, wanted)
    return Outcome(slip, written, verdict, step, detail, note)


def standing(step: StepRecord | None) -> str:
    if step is None:
        return "missing"
    return step.standing.value if step.standing else step.kind.value


def _of_a_rewrite(slip: Slip, written: Written, steps: dict[int, StepRecord], wanted: dict[Place, str]) -> Outcome:
    found = [standing(steps.get(place.relation)) for place in wanted]
    verdict = "alarm" if any(one in WRONG for one in found) else "rewrite" if set(found) == {"holds"} else "unread"
    wrong = next((steps[p.relation] for p in wanted if standing(steps.get(p.relation)) in WRONG), None)
    return Outcome(slip, written, verdict, wrong, " ".join(found) if verdict != "rewrite" else "")


def _verdict(
    note: Derivation, chain: int, first: Place, step: StepRecord | None,
    steps: dict[int, StepRecord], wanted: dict[Place, str],
) -> tuple[str, str]:  # fmt: skip
    found = {place: standing(steps.get(place.relation)) for place in wanted}
    wrong = [place for place, one in found.items() if one in WRONG]
    if wrong and wrong[0].relation < first.relation:
        return "elsewhere", f"wrong: {differences(found, wanted)}"
    if found[first] == "introduced":
        right = found == wanted
        return "exact" if right else "standing", differences(found, wanted)
    if found[first] in UNREAD or step is None:
        return "unread", step.why if step else "missing"
    if any(code == "shorthand-sum" for code, _ in step.notices):
        return "shorthand", ""
    other = _right_otherwise(note, note.chains[chain])
    if other[first.step]:
        return ("otherwise" if all(other) else "turned"), differences(found, wanted)
    return ("elsewhere" if wrong else "accepted"), differences(found, wanted)


def _right_otherwise(note: Derivation, chain: Chain) -> list[bool]:
    """Which sides are right under the other reading of the derivatives."""
    try:
        return [equal(chain.head, side, note.otherwise) for side in chain.sides]
    except (NoValue, Unclear):
        return [False] * len(chain.sides)


def differences(found: dict[Place, str], wanted: dict[Place, str]) -> str:
    """Where a step stands otherwise than it must."""
    return "; ".join(_differences(found, wanted))


def _differences(found: dict[Place, str], wanted: dict[Place, str]) -> Iterator[str]:
    for place, one in found.items():
        if one != wanted[place]:
            yield f"chain {place.chain} step {place.step}: {one}, must be {wanted[place]}"
