"""How many steps of a note stand where, and what exit status that means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from functools import reduce

from bnverify.diagnostic import Severity
from bnverify.frozen import frozen
from bnverify.record import Kind, NoteRecord, Report, Standing, StepRecord, Trouble


@frozen
class Counts:
    """Steps of one note or of several."""

    steps: int = 0
    right: int = 0
    hidden: int = 0
    wrong: int = 0
    carried: int = 0
    compensated: int = 0
    undecided: int = 0
    unreadable: int = 0
    prose: int = 0
    replaced: int = 0
    compared: int = 0
    expected: int = 0
    ignored: int = 0
    settings: int = 0

    def as_dict(self) -> dict[str, int | float | None]:
        return {**asdict(self), "share_judged": self.share_judged}

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    @property
    def share_judged(self) -> float | None:
        """How much of what says something was judged: between 0 and 1; None where nothing does."""
        told = self.right + self.wrong + self.carried + self.compensated
        open_steps = self.undecided + self.unreadable
        return round(told / (told + open_steps), 4) if told + open_steps else None

    @property
    def judged(self) -> int:
        return self.right + self.wrong + self.carried + self.compensated - self.settings


def count_steps(record: NoteRecord) -> Counts:
    steps = record.steps
    return Counts(
        steps=len(steps),
        right=sum(step.standing is Standing.HOLDS and not step.is_wrong for step in steps),
        hidden=sum(bool(step.finding and step.finding.code == "hidden-slip") for step in steps),
        wrong=sum(step.is_wrong for step in steps),
        carried=_standing(steps, Standing.CARRIED),
        compensated=_standing(steps, Standing.COMPENSATED),
        undecided=_standing(steps, Standing.UNDECIDED),
        unreadable=sum(step.kind is Kind.UNREADABLE for step in steps),
        prose=sum(step.kind is Kind.PROSE for step in steps),
        replaced=sum(step.replaced for step in steps),
        compared=len(record.compared),
        expected=len(record.expected),
        ignored=len(record.ignored),
        settings=sum(step.setting for step in steps),
    )


def _standing(steps: Sequence[StepRecord], standing: Standing) -> int:
    return sum(step.standing is standing for step in steps)


@frozen
class Totals:
    """What is left of many notes when each of them is forgotten: all that the end of a report needs."""

    notes: int = 0
    troubles: int = 0
    steps: Counts = Counts()
    statuses: frozenset[int] = frozenset()

    def with_outcome(self, outcome: NoteRecord | Trouble, strict: bool) -> Totals:
        if isinstance(outcome, Trouble):
            return replace(self, troubles=self.troubles + 1)
        statuses = self.statuses | {_note_status(outcome, strict)}
        return Totals(self.notes + 1, self.troubles, self.steps + count_steps(outcome), statuses)

    @property
    def exit_status(self) -> int:
        """2 trouble; 1 a wrong step or an expectation not met; 3 undecided, unreadable or nothing judged; 0."""
        if self.troubles:
            return 2
        return next((one for one in (1, 3) if one in self.statuses), 0 if self.statuses else 3)


def exit_status(report: Report, strict: bool = False) -> int:
    """The exit status of a run with this report."""
    return totals_of(report, strict).exit_status


def totals_of(report: Report, strict: bool = False) -> Totals:
    outcomes: tuple[NoteRecord | Trouble, ...] = (*report.notes, *report.troubles)
    return reduce(lambda totals, one: totals.with_outcome(one, strict), outcomes, Totals())


def _warned(record: NoteRecord) -> bool:
    return any(one.severity is Severity.WARNING for one in record.open_findings)


def _note_status(record: NoteRecord, strict: bool) -> int:
    aside = record.set_aside
    open_steps = [step for step in record.steps if step.relation not in aside]
    if record.unmet or any(step.is_wrong for step in open_steps):
        return 1
    if any(one.severity is Severity.ERROR for one in record.open_findings):
        return 1
    if strict and (any(step.finding is not None for step in open_steps) or _warned(record)):
        return 1
    if any(step.standing is Standing.UNDECIDED or step.kind is Kind.UNREADABLE for step in open_steps):
        return 3
    if any(one.code in ("unreadable", "undecided") for one in record.open_findings):
        return 3
    return 0 if count_steps(record).judged else 3
