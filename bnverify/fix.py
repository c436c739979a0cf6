"""A note and the repairs of its steps -> the note repaired: what is applied together, and nothing that does harm.

Only repairs are applied after which a step is proved equal to its head, and beside which there is no other as small.
The repaired text is judged again: repairs after which anything else is worse than it was are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bnverify.diagnostic import Severity
from bnverify.edits import clash, edited_note, leaves_its_piece, moved, with_endings_of
from bnverify.files.back import files_after
from bnverify.files.loaded import CannotRead, File, Loaded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.lineage import sources_of
from bnverify.pipeline import check_note
from bnverify.record import (
    RIGHT,
    Edit,
    Fixed,
    NoteRecord,
    Repair,
    Rewritten,
    StepRecord,
    Target,
    Trouble,
    Unrepaired,
)
from bnverify.run import Progress, with_note
from bnverify.source import Note, Span
from bnverify.write import UNCHANGED, write_note

MOST_ROUNDS = 5
MOST_TRIALS = 60
"""How often a note is judged again in one round; repairs that are not tried by then are not applied."""

Judge = Callable[[Note], NoteRecord]


@frozen
class Wanted:
    """What may be changed, and whether the files are."""

    include_expected: bool = False
    """Errors that a note expects are repaired as well."""
    write: bool = False


def fix_notes(
    notes: Iterable[Loaded], options: Options, wanted: Wanted, progress: Progress = lambda _: None
) -> tuple[list[Fixed], list[Trouble]]:
    """Repair every note, one after another; one that cannot be repaired does not keep the others from it."""
    done: list[Fixed] = []
    troubles: list[Trouble] = []
    for loaded in notes:
        progress(loaded.path)
        fixed = with_note(loaded, options, repairing(loaded.files, wanted.include_expected))
        if isinstance(fixed, Trouble):
            troubles.append(fixed)
            continue
        trouble = write_files(fixed.files) if wanted.write else None
        troubles += [trouble] if trouble else []
        done.append(Fixed(fixed.before, fixed.before) if trouble else fixed)
    return done, troubles


def repairing(files: Sequence[File], include_expected: bool) -> Callable[[Note, Options], Fixed | Trouble]:
    """How a note that was made of these files is repaired."""

    def repaired(note: Note, options: Options) -> Fixed | Trouble:
        try:
            return fix_note(note, options, include_expected, files)
        except CannotRead as trouble:
            return Trouble(note.name, f"this note cannot be repaired in its file: {trouble}", UNCHANGED)

    return repaired


def write_files(files: Sequence[Rewritten]) -> Trouble | None:
    """Write all files of a note; where one cannot be written, those before it get their old text back."""
    for place, one in enumerate(files):
        trouble = write_note(one.path, one.old, one.new)
        if trouble:
            for written in files[:place]:
                write_note(written.path, written.new, written.old)
            return trouble
    return None


def fix_note(note: Note, options: Options, include_expected: bool = False, files: Sequence[File] = ()) -> Fixed:
    """Repair a note, made of `files`, as far as its repairs go.

    Raises Disagreement where the witnesses contradict each other, CannotRead where a file cannot be changed.
    """
    before = check_note(note, options)
    quick = replace(options, witnesses=("proof",))
    after, waiting = before, tuple[Unrepaired, ...]()
    for _ in range(MOST_ROUNDS):
        one = Round(after, lambda new: check_note(new, quick), include_expected)
        after = one.run()
        waiting = one.waiting()
        if after is one.record:
            break
    if after is not before and options != quick:
        after = check_note(after.note, options)
    return Fixed(before, after, waiting, files_after(files, note, after.note))


# -- what belongs together


@frozen
class Group:
    """A wrong step with a repair, and the carried steps that follow from it: they are repaired together."""

    root: StepRecord
    members: tuple[StepRecord, ...]


def groups_of(steps: Sequence[StepRecord]) -> list[Group]:
    """One for each wrong step that has a repair to apply, in the order of the note."""
    sources = sources_of(steps)
    return [
        Group(step, tuple(other for other in steps if belongs(other, step, repair, sources)))
        for step in steps
        if step.is_wrong and (repair := repair_of(step)) is not None
    ]


def belongs(other: StepRecord, root: StepRecord, repair: Repair, sources: Mapping[Span, Collection[Span]]) -> bool:
    """Whether a step follows from a wrong one and needs more than the repair of that one, or is that one."""
    mended = other.relation in repair.mends and other is not root
    return root.relation in sources.get(other.relation, ()) and not mended


def repair_of(step: StepRecord) -> Repair | None:
    """The repair to apply: the best one that makes the step true, if it is proved and the only one of its size."""
    best = next((one for one in step.repairs if one.target is Target.TRUTH), None)
    return best if best is not None and best.proved and best.unique else None


# -- one round


@frozen
class Applied:
    """Groups whose repairs are made in a text: the edits, the steps they repair, and those that have to wait."""

    edits: tuple[Edit, ...]
    steps: frozenset[Span]
    clashing: dict[Span, Span]
    """A step whose repair touches the same characters as the repair of an earlier one, and that one."""


@dataclass
class Round:
    """All repairs of one record at once, as far as that does no harm."""

    record: NoteRecord
    judge: Judge
    include_expected: bool
    trials: int = 0
    harmful: dict[Span, str] = field(default_factory=dict)
    """The groups that were left out, by their wrong step, and why."""
    kept: tuple[Group, ...] = ()
    result: NoteRecord | None = None

    def run(self) -> NoteRecord:
        """The record of the repaired text; where nothing is repaired, the very one that came in."""
        groups = [one for one in groups_of(self.record.steps) if self.may_change(one.root)]
        self.add(groups)
        return self.result or self.record

    def may_change(self, step: StepRecord) -> bool:
        return self.include_expected or step.relation not in self.record.set_aside

    def add(self, groups: Sequence[Group]) -> None:
        """Keep these groups beside those that are kept already: all of them, or what goes of each half."""
        if not groups or self.trials >= MOST_TRIALS:
            return
        self.trials += 1
        together = (*self.kept, *groups)
        applied = self.applied(together)
        after = self.judge(edited_note(self.record.note, applied.edits))
        harm = self.astray(applied) or self.harm(applied, after)
        if not harm:
            self.kept, self.result = together, after
        elif len(groups) == 1:
            self.harmful[groups[0].root.relation] = harm
        else:
            half = len(groups) // 2
            self.add(groups[:half])
            self.add(groups[half:])

    def applied(self, groups: Sequence[Group]) -> Applied:
        members = {step.relation: step for group in groups for step in group.members}
        edits: dict[Edit, Span] = {}
        clashing: dict[Span, Span] = {}
        for place in sorted(members):
            repair = repair_of(members[place])
            wanted = [with_endings_of(self.record.note.text, one) for one in repair.edits] if repair else []
            other = next((edits[old] for old in edits for new in wanted if clash(old, new)), None)
            if other is not None:
                clashing[place] = other
                continue
            edits.update({one: edits.get(one, place) for one in wanted})
        made = [place for place in members if place not in clashing]
        repairs = [(place, repair) for place in made if (repair := repair_of(members[place])) is not None]
        done = frozenset(one for place, repair in repairs for one in (place, *repair.mends))
        return Applied(tuple(edits), done, clashing)

    # -- whether the repaired note is worse in any place

    def astray(self, applied: Applied) -> str:
        """That an edit changes two files or cells at once, in words."""
        crossing = any(leaves_its_piece(self.record.note, one) for one in applied.edits)
        return "its repair goes beyond the end of a cell or a file" if crossing else ""

    def harm(self, applied: Applied, after: NoteRecord) -> str:
        """What is worse than before, in words; nothing: the repairs may stay."""
        before = self.record
        places = [moved(step.relation.start, applied.edits) for step in before.steps]
        if places != [step.relation.start for step in after.steps] or count_errors(after) > count_errors(before):
            return "the note would then be read in another way"
        for old, new in zip(before.steps, after.steps, strict=True):
            line = after.note.lines([new.relation.start])
            if new.is_wrong and not old.is_wrong:
                return f"{line} would then be wrong"
            if new.standing not in RIGHT and (old.standing in RIGHT or old.relation in applied.steps):
                return f"{line} would then not be proved"
        if not self.include_expected and len(after.unmet) > len(before.unmet):
            return "an expectation of the note would then not be met"
        return ""

    # -- what is left

    def waiting(self) -> tuple[Unrepaired, ...]:
        """The wrong steps with repairs that were not applied."""
        applied = self.applied(self.kept)
        reasons = {
            step.relation: self.reason(step, applied)
            for step in self.record.steps
            if step.is_wrong and step.repairs and step.relation not in applied.steps and self.may_change(step)
        }
        found = [(moved(place.start, applied.edits), why) for place, why in reasons.items()]
        return tuple(Unrepaired(Span(start, start), why) for start, why in found if start is not None)

    def reason(self, step: StepRecord, applied: Applied) -> str:
        if step.relation in applied.clashing:
            line = self.record.note.lines([applied.clashing[step.relation].start])
            return f"its repair changes the same characters as that of {line}"
        if step.relation in self.harmful:
            return self.harmful[step.relation]
        best = next((one for one in step.repairs if one.target is Target.TRUTH), None)
        if best is None:
            return "no repair of this line alone makes it right"
        if not best.unique:
            return "several repairs are equally small: choose one"
        return "its repair is not proved" if not best.proved else "it was not tried"


def count_errors(record: NoteRecord) -> int:
    """Findings of the note as a whole that are more than notices."""
    return sum(one.severity is not Severity.NOTICE for one in record.note_findings)
