"""A note -> its formulas under every convention: which holds where, and by how much the others miss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property

from bnverify.frozen import frozen
from bnverify.judge.asked import Options, Understood
from bnverify.judge.case import as_read, truths_of, under_both_readings
from bnverify.judge.judgement import Judgement, Verdicts, is_final_formula
from bnverify.judge.open_sides import with_open_sides
from bnverify.judge.resolved import ResolvedChain
from bnverify.model.conventions import PARTS, Convention, every_convention, with_choices
from bnverify.model.terms import Partial, walk
from bnverify.pipeline import case_of, judge_under, understand
from bnverify.read.accounting import account
from bnverify.record import Kind, Standing
from bnverify.source import Note, Span
from bnverify.truth.panel import glance
from bnverify.truth.verdict import Identity, Undecided


class Held(StrEnum):
    """What is known of a formula under a convention."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDEFINED = "undefined"
    """The convention has no forward pass for the batch of the note, or the formula divides by zero."""
    UNDECIDED = "undecided"


@frozen
class Cell:
    """One formula under one convention; `gap` is the largest relative difference found by NumPy."""

    held: Held
    gap: float | None = None
    why: str = ""


@frozen
class Row:
    """One step, the verdict on it under each convention, and how it was judged under the first one."""

    judgement: Judgement
    cells: Mapping[Convention, Cell]

    @property
    def relation(self) -> Span:
        return self.judgement.step.relation

    @property
    def place(self) -> int:
        return self.relation.start

    @property
    def final(self) -> bool:
        return is_closed(self.judgement)

    def holds(self, convention: Convention) -> bool:
        return self.cells[convention].held is Held.PROVED


class Readings:
    """The chains of a note as they are read under each convention, each worked out once."""

    def __init__(self, understood: Understood, verdicts: Verdicts) -> None:
        self.understood, self.verdicts = understood, verdicts
        self.case = cache(lambda convention: case_of(understood, convention, ("proof",)))
        self.chain = cache(self._chain)

    def _chain(self, convention: Convention, place: int) -> ResolvedChain:
        case = self.case(convention)
        chains = under_both_readings(case, place)
        truths = {reading: truths_of(one) for reading, one in chains.items()}
        return with_open_sides(case, as_read(chains, truths, self.verdicts.reading))

    def of(self, one: Judgement, convention: Convention) -> ResolvedChain:
        """The chain of a step."""
        return self.chain(convention, self.understood.script.chains.index(one.chain))


@dataclass(frozen=True)
class Matrix:
    """`base` is the convention of the note, with what is forced; `rows` are in reading order."""

    note: Note
    understood: Understood
    options: Options
    base: Convention
    verdicts: Verdicts
    """Under the first of the conventions."""
    conventions: tuple[Convention, ...]
    rows: tuple[Row, ...]
    readings: Readings

    def read(self, convention: Convention) -> Sequence[ResolvedChain]:
        """All chains of the note as they are read under a convention, in reading order."""
        return [self.readings.chain(convention, place) for place in range(len(self.understood.script.chains))]

    @cached_property
    def unread(self) -> Sequence[Span]:
        """What could not be read or decided, and is in no row of a final formula."""
        rows = {row.relation for row in self.finals}
        steps = [one for one in self.verdicts.judgements if one.step.relation not in rows]
        found = [
            one.step.relation for one in steps if one.kind is Kind.UNREADABLE or one.standing is Standing.UNDECIDED
        ]
        return sorted([*found, *account(self.understood.script).lost])

    @cached_property
    def finals(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.final)


def matrix_of(note: Note, options: Options, steps: bool) -> Matrix:
    """Final formulas under every combination of choices; with `steps` all steps, under single changes only.

    Raises Disagreement where a proof and the numbers contradict each other.
    """
    understood = understand(note, options.assumed)
    base = with_choices(understood.declared.convention, options.forced)
    return matrix_from(note, options, understood, judge_under(understood, base, ("proof",)), steps)


def matrix_from(note: Note, options: Options, understood: Understood, verdicts: Verdicts, steps: bool) -> Matrix:
    """The same of a note that has been judged, by the proof at least, under the convention that it is read in."""
    base, readings = verdicts.convention, Readings(understood, verdicts)
    conventions = tuple(_nearest_first(base, options))
    near = (base, *single_changes(base, conventions))
    judged = [one for one in verdicts.judgements if _has_value(one) and (steps or is_closed(one))]
    given = understood.notation.size
    size = int(given.value) if given else None
    rows = tuple(
        Row(one, {each: _cell(one, each, readings, size) for each in (conventions if is_closed(one) else near)})
        for one in judged
    )
    return Matrix(note, understood, options, base, verdicts, conventions, rows, readings)


def is_closed(one: Judgement) -> bool:
    """The last side for the gradient of an input or a parameter that is no chain rule still to be worked out."""
    return is_final_formula(one) and not any(isinstance(part, Partial) for part in walk(one.side.term))


def _has_value(one: Judgement) -> bool:
    return one.kind in (Kind.CLAIM, Kind.DEFINITION, Kind.UNREADABLE) and not one.setting


def _nearest_first(base: Convention, options: Options) -> list[Convention]:
    """All conventions that agree with what is forced, the fewest changes first."""
    return sorted(every_convention(base, tuple(options.forced)), key=lambda one: _distance(one, base))


def _distance(one: Convention, base: Convention) -> tuple[int, list[tuple[int, int]]]:
    """How many parts differ; of equally many the earlier part, and of one part the earlier choice."""
    changed = one.differs_from(base)
    places = [(list(PARTS).index(part), list(PARTS[part]).index(one.choices[part])) for part in changed]
    return len(changed), places


def single_changes(base: Convention, conventions: Sequence[Convention]) -> list[Convention]:
    """The conventions that differ from the base in one part."""
    return [one for one in conventions if len(one.differs_from(base)) == 1]


# -- one cell


def _cell(one: Judgement, convention: Convention, readings: Readings, size: int | None) -> Cell:
    if size is not None and size < convention.smallest_n:
        return Cell(Held.UNDEFINED, why=convention.undefined_for(size))
    chain = readings.of(one, convention)
    place = chain.chain.steps.index(one.step)
    trouble = chain.head.trouble or chain.sides[place].trouble
    if trouble:
        return Cell(Held.UNDECIDED, why=trouble)
    found = glance(Identity(chain.head.term, chain.sides[place].term, chain.conditions), chain.forward)
    if isinstance(found.verdict, Undecided):
        return Cell(Held.UNDEFINED if found.verdict.undefined else Held.UNDECIDED, why=found.verdict.why)
    return Cell(Held.PROVED) if found.holds else Cell(Held.REFUTED, found.gap)
