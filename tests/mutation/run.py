"""The table of the mutation test: `python -m tests.mutation.run --notes 2000 --trees 50000 --rewrites 500 --seed 1`."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from bnverify.record import Repair
from tests.mutation.bridge import says
from tests.mutation.derivations import DERIVATIONS
from tests.mutation.judging import READ, Outcome, try_slip
from tests.mutation.mending import Mended, evaluate
from tests.mutation.notation import Unprintable, latex
from tests.mutation.operators import OPERATORS
from tests.mutation.rewrites import Rewritten, rewritten_note
from tests.mutation.slips import Claim, claims, sampled, true_in_numbers
from tests.mutation.trees import NoValue

CODES = {one.name: one.codes for one in OPERATORS}
SHOWN = 40


# -- notes


@dataclass
class Tally:
    """What became of the slips of one operator."""

    verdicts: Counter[str] = field(default_factory=Counter)
    caused: int = 0
    """Findings that name a cause at all."""
    acceptable: int = 0
    repaired: int = 0
    repairs: int = 0
    true: int = 0
    untold: int = 0
    """Repairs that the numbers cannot judge."""

    @property
    def wrong(self) -> int:
        """Slips that make the step wrong and were read."""
        return sum(self.verdicts[one] for one in READ)

    @property
    def line(self) -> int:
        """Those whose first wrong step was found."""
        return self.verdicts["exact"] + self.verdicts["standing"]

    def add(self, other: Tally) -> None:
        self.verdicts.update(other.verdicts)
        for name in ("caused", "acceptable", "repaired", "repairs", "true", "untold"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True)
class Tried:
    """One slip with its repairs evaluated."""

    outcome: Outcome
    repairs: tuple[tuple[Repair, Mended], ...] = ()

    @property
    def acceptable(self) -> bool:
        return self.outcome.code in CODES[self.outcome.slip.operator]

    def tally(self) -> Tally:
        outcome = self.outcome
        one = Tally(Counter((outcome.verdict,)))
        if outcome.verdict not in ("exact", "standing"):
            return one
        one.caused = int(outcome.code not in ("", "wrong-step"))
        one.acceptable = int(self.acceptable)
        one.repairs = len(self.repairs)
        one.repaired = int(any(repair.proved for repair, _ in self.repairs))
        one.true = sum(mended.true is True for _, mended in self.repairs)
        one.untold = sum(mended.true is None for _, mended in self.repairs)
        return one

    def misses(self) -> Iterator[str]:
        """What is not as it must be, in words."""
        outcome = self.outcome
        if outcome.verdict in (
            "turned",
            "accepted",
            "elsewhere",
            "standing",
            "trouble",
            "alarm",
            "otherwise",
            "unread",
        ):
            yield f"{outcome.verdict}: {outcome.detail}"
        if outcome.verdict in ("exact", "standing"):
            if not self.acceptable:
                yield f"cause: {outcome.code}, acceptable: {', '.join(sorted(CODES[outcome.slip.operator]))}"
            for repair, mended in self.repairs:
                if mended.true is not True:
                    yield f"repair ({repair.target}) {'untold' if mended.true is None else 'false'}: {mended.formula} {mended.why}"


def try_with_repairs(outcome: Outcome) -> Tried:
    slip, step = outcome.slip, outcome.step
    if outcome.verdict not in ("exact", "standing") or step is None or not step.repairs:
        return Tried(outcome)
    note = outcome.source
    assert note is not None
    place = next(one for one in outcome.note.places if one.relation == step.relation.start)
    chain = slip.planted()
    before = chain.sides[place.step - 1] if place.step else None
    judged = tuple((one, evaluate(one, outcome.note, place, before, note)) for one in step.repairs)
    # An excerpt may not show what its derivatives mean: a repair is true where it is so under either meaning.
    other = replace(note, total=not note.total)
    return Tried(
        outcome,
        tuple(
            (one, mended if mended.true is not False else evaluate(one, outcome.note, place, before, other))
            for one, mended in judged
        ),
    )


def try_notes(count: int, seed: int, whole: bool = False) -> list[Tried]:
    """So many slips, each in a note of its own."""
    return [try_with_repairs(try_slip(slip, whole=whole, seed=seed)) for slip in sampled(count, seed)]


def by_operator(tried: Iterable[Tried]) -> dict[str, Tally]:
    found = {one.name: Tally() for one in OPERATORS}
    for one in tried:
        found[one.outcome.slip.operator].add(one.tally())
    return found


def total(tallies: Iterable[Tally]) -> Tally:
    whole = Tally()
    for one in tallies:
        whole.add(one)
    return whole


# -- trees


@dataclass(frozen=True, slots=True)
class Compared:
    """One mutated claim: what the numbers say, what the proof says."""

    claim: Claim
    numbers: bool | None
    proof: bool | None

    @property
    def is_wrong_and_accepted(self) -> bool:
        return self.numbers is False and self.proof is True

    @property
    def is_right_and_refuted(self) -> bool:
        return self.numbers is True and self.proof is False

    def words(self) -> str:
        derivation = DERIVATIONS[self.claim.derivation]
        try:
            head, side = (latex(one, derivation.notation) for one in (self.claim.head, self.claim.side))
        except Unprintable:
            head, side = str(self.claim.head), str(self.claim.side)
        return f"{derivation.name}, {' and '.join(self.claim.operators)}: {head} = {side}"


def try_trees(count: int, seed: int) -> Iterator[Compared]:
    """Mutated claims, judged by the numbers and by the proof; those without a value are left out."""
    for claim in claims(count, seed):
        numbers = true_in_numbers(claim)
        if numbers is not None:
            yield Compared(claim, numbers, _proof(claim))


def _proof(claim: Claim) -> bool | None:
    try:
        return says(claim.head, claim.side, DERIVATIONS[claim.derivation])
    except NoValue:
        return None


# -- printing

COLUMNS = ("slips", "rewrites", "wrong", "line exact", "cause named", "cause fits", "repaired", "repairs", "true")


def row(name: str, one: Tally) -> str:
    numbers = (
        sum(one.verdicts.values()), one.verdicts["rewrite"], one.wrong, one.line, one.caused, one.acceptable,
        one.repaired, one.repairs, one.true,
    )  # fmt: skip
    return f"{name:32}" + "".join(f"{number:>12}" for number in numbers)


def show_notes(tried: Sequence[Tried], limit: int) -> None:
    print(f"{'slips in notes':32}" + "".join(f"{name:>12}" for name in COLUMNS))
    tallies = by_operator(tried)
    for name, one in tallies.items():
        print(row(name, one))
    whole = total(tallies.values())
    print(row("all", whole))
    print(f"\nverdicts: {', '.join(f'{name} {count}' for name, count in whole.verdicts.most_common())}")
    share = lambda part, of: f"{part}/{of}" + (f" = {100 * part / of:.1f} %" if of else "")  # noqa: E731
    print(f"first wrong step exact: {share(whole.line, whole.wrong)}")
    print(f"cause acceptable: {share(whole.acceptable, whole.line)}; named at all: {share(whole.caused, whole.line)}")
    print(f"repaired: {share(whole.repaired, whole.line)}; repairs true: {share(whole.true, whole.repairs)}")
    missed = [(one, words) for one in tried for words in one.misses()]
    print(f"\nmisses: {len(missed)}")
    for one, words in missed[:limit]:
        show_miss(one, words)


def show_miss(one: Tried, words: str) -> None:
    slip, step = one.outcome.slip, one.outcome.step
    print(f"- {slip.operator}, {slip.derivation} chain {slip.chain} step {slip.step}: {words}")
    if step is not None:
        print(f"    {step.head} = {step.side}")


def show_trees(found: Sequence[Compared], limit: int) -> None:
    counts = Counter((one.numbers, one.proof) for one in found)
    print(f"\nmutated claims with a value: {len(found)}")
    for (numbers, proof), count in sorted(counts.items(), key=str):
        print(f"  numbers {'equal' if numbers else 'different':9}  proof {proof!s:5}  {count:>7}")
    for one in [one for one in found if one.is_wrong_and_accepted or one.is_right_and_refuted][:limit]:
        print(f"- {one.words()}")


def show_rewrites(found: Sequence[Rewritten], limit: int) -> None:
    wrong, unread = [[words for one in found for words in getattr(one, name)] for name in ("wrong", "open")]
    steps, trouble = sum(one.steps for one in found), [one.trouble for one in found if one.trouble]
    print(f"\nrewritten notes: {len(found)} with {steps} steps")
    print(f"  false alarms {len(wrong)}, undecided or unread {len(unread)}, internal errors {len(trouble)}")
    for words in (*wrong, *unread, *trouble)[:limit]:
        print(f"- {words}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notes", type=int, default=2000, help="slips planted in notes")
    parser.add_argument("--trees", type=int, default=50000, help="mutated claims without text")
    parser.add_argument("--rewrites", type=int, default=500, help="right notes in other words")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", choices=["all"], help="all misses, not the first forty")
    parser.add_argument("--whole", action="store_true", help="whole notes, not a claim with its neighbours")
    options = parser.parse_args(arguments)
    limit = 10**9 if options.show else SHOWN
    started = perf_counter()
    show_notes(try_notes(options.notes, options.seed, options.whole), limit)
    print(f"{perf_counter() - started:.0f} s")
    show_trees(list(try_trees(options.trees, options.seed)), limit)
    print(f"{perf_counter() - started:.0f} s")
    numbers = range(options.rewrites)
    show_rewrites([rewritten_note(number, options.seed, options.whole) for number in numbers], limit)
    print(f"{perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
