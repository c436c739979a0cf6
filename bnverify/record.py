"""The frozen record of one run: all that a rendering may see beside the source and the diagnostics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from fractions import Fraction

from bnverify.diagnostic import Diagnostic, Severity
from bnverify.frozen import frozen
from bnverify.source import Note, Span


class Kind(StrEnum):
    DEFINITION = "definition"
    CLAIM = "claim"
    PROSE = "prose"
    UNREADABLE = "unreadable"


class Standing(StrEnum):
    """Where a step stands in its chain."""

    HOLDS = "holds"
    INTRODUCED = "introduced"
    CARRIED = "carried"
    COMPENSATED = "compensated"
    WRONG_AGAIN = "wrong-again"
    UNDECIDED = "undecided"


WRONG = frozenset((Standing.INTRODUCED, Standing.WRONG_AGAIN))
FALSE = WRONG | {Standing.CARRIED}
RIGHT = frozenset((Standing.HOLDS, Standing.COMPENSATED))


Numbers = Fraction | tuple["Numbers", ...]
"""One number, or one for each place, nested where there are several indices."""


@frozen
class Example:
    """A counterexample: both sides as exact fractions at one small batch; indices count from 1."""

    n: int
    values: Mapping[str, Numbers]
    indices: Mapping[str, int]
    head: Fraction
    side: Fraction


@frozen
class Witnesses:
    """What each of the three said: `proof` proved, refuted or abstains; the others agrees, refuted or abstains."""

    proof: str
    symbolic: str = ""
    symbolic_sizes: tuple[int, ...] = ()
    numeric: str = ""
    numeric_sizes: tuple[int, ...] = ()
    error: float | None = None
    error_words: str = ""


@frozen
class Finding:
    """A cause, with the place that it speaks of; `also` holds the codes of further slips in the same step."""

    code: str
    severity: str
    message: str
    span: Span
    also: tuple[str, ...] = ()

    @property
    def codes(self) -> frozenset[str]:
        """Of every slip in the step: it is set aside for all of them, or not at all."""
        return frozenset((self.code, *self.also))


@frozen
class Ignored:
    """A finding that does not count, because a comment of the note or whoever runs the program says so."""

    code: str
    span: Span
    why: str
    """In words: `line 12: known to the author`."""


class Target(StrEnum):
    """What holds after a repair."""

    STEP = "step"
    """The side equals the side before: the new slip alone is mended."""
    TRUTH = "truth"
    """The side equals the true value of the head."""
    NOTE = "note"
    """One change that mends several steps of the note."""


@frozen
class Edit:
    """These characters of the note are replaced; an empty span inserts."""

    span: Span
    replacement: str


@frozen
class Repair:
    """A change of the written formula after which the step is proved for every n."""

    target: Target
    edits: tuple[Edit, ...]
    latex: str
    """The whole side after the change, or `head = side` where the head changes."""
    codes: tuple[str, ...]
    """What kind of slip each edit undoes, the most telling first."""
    message: str = ""
    mends: tuple[Span, ...] = ()
    """The relation signs of all steps that the edits mend."""
    unique: bool = True
    """Whether no repair with another meaning is as small: only then may it be applied."""
    proved: bool = True


@frozen
class StepRecord:
    """One relation sign with the side after it, and everything that was found out about it."""

    relation: Span
    side_span: Span
    head: str
    side: str
    kind: Kind
    standing: Standing | None
    read_as: str = ""
    head_as: str = ""
    """The head in plain letters."""
    assumptions: tuple[str, ...] = ()
    true: bool | None = None
    follows: bool | None = None
    reading: str = "either"
    uses: tuple[str, ...] = ()
    witnesses: Witnesses | None = None
    example: Example | None = None
    true_at: tuple[int, ...] = ()
    why: str = ""
    """Why it is undecided or unreadable, or what an earlier error it comes from."""
    finding: Finding | None = None
    notices: tuple[tuple[str, str], ...] = ()
    setting: bool = False
    """A number for a count or a parameter, which is not judged."""
    chain: int = 0
    """Where the head of its chain begins."""
    replaced: bool = False
    """A definition that a forced convention sets aside."""
    comes_from: tuple[Span, ...] = ()
    """The relation signs of the earlier wrong steps that a carried step repeats."""
    final: bool = False
    """The last side of a chain for the gradient of an input or a parameter."""
    true_otherwise: str = ""
    """The other variance, in words, where a wrong side is right under it."""
    repairs: tuple[Repair, ...] = ()
    """The smallest changes that make the step right, the best one first."""
    closed_form: str = ""
    """The true value of the head in the note's letters, for a wrong final formula."""

    @property
    def is_wrong(self) -> bool:
        """Whether an error is found here: in its value, or in the shape that it is said to have."""
        return self.standing in WRONG or (self.finding is not None and self.finding.severity == Severity.ERROR)


@frozen
class Part:
    """One part of the convention under which a note was judged."""

    name: str
    choice: str
    words: str
    place: str
    """The line, `front matter`, or the file of settings that says so for the note; empty: assumed."""
    declared: bool
    """Whether the note itself says so."""
    instead_of: str = ""
    """What it would be otherwise, in words, where it is forced."""
    usual: bool = True
    """Whether it is what is assumed where nobody says anything."""


@frozen
class NoteRecord:
    """One note, and the convention under which it was judged."""

    note: Note
    convention: tuple[Part, ...]
    assumed: tuple[str, ...]
    reading: str
    reading_evidence: str
    forced: str = ""
    changed_verdicts: int = 0
    steps: tuple[StepRecord, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    """One for each finding of a step."""
    compared: tuple[Span, ...] = ()
    """The signs of claims that are not judged because they are no equations."""
    alike: tuple[tuple[Span, ...], ...] = ()
    """The places of findings that are the same slip again."""
    note_findings: tuple[Diagnostic, ...] = ()
    """What is wrong with the note as a whole: its front matter, formulas that are never closed."""
    unmet: tuple[Diagnostic, ...] = ()
    expected: frozenset[Span] = frozenset()
    """The relation signs of the steps whose findings the note expects."""
    expected_findings: frozenset[Span] = frozenset()
    """The places of the findings of the note as a whole that the note expects."""
    ignored: tuple[Ignored, ...] = ()
    """In the order of the text."""
    layer: str = ""
    """What the layer is and what its statistics run over; nothing for batch norm of one feature."""
    has_variance: bool = True
    bytes: Mapping[str, int] = field(default_factory=dict)
    """How many characters of mathematics were read, are annotation, could not be read."""
    cut_short: bool = False
    """Whether the time of the run was over before every step was judged."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """What held in place of the usual limits: whoever reads the note again reads as much of it."""

    @property
    def set_aside(self) -> frozenset[Span]:
        """The relation signs of the steps whose findings do not count: they are expected, or ignored."""
        ignored = {(one.code, one.span) for one in self.ignored}
        found = (step for step in self.steps if ignored and step.finding is not None)
        return self.expected | {step.relation for step in found if _key(step) in ignored}

    @property
    def open_diagnostics(self) -> tuple[Diagnostic, ...]:
        """The findings of steps that are neither expected nor ignored."""
        aside = self.set_aside
        places = {step.finding.span for step in self.steps if step.finding and step.relation in aside}
        return tuple(one for one in self.diagnostics if one.primary.span not in places)

    @property
    def open_findings(self) -> tuple[Diagnostic, ...]:
        """What is wrong with the note as a whole, and neither expected nor ignored."""
        ignored = {(one.code, one.span) for one in self.ignored}
        counted = (one for one in self.note_findings if one.primary.span not in self.expected_findings)
        return tuple(one for one in counted if (one.code, one.primary.span) not in ignored)

    def choice(self, part: str) -> str:
        """How one part of the convention was filled: `unbiased` for the variance."""
        return next(one.choice for one in self.convention if one.name == part)


def _key(step: StepRecord) -> tuple[str, Span] | None:
    return (step.finding.code, step.finding.span) if step.finding else None


@frozen
class Trouble:
    """A note that could not be judged at all: no such file, not text, a disagreement of the witnesses."""

    path: str
    message: str
    help: str = ""


@frozen
class Report:
    notes: tuple[NoteRecord, ...]
    troubles: tuple[Trouble, ...] = ()
    framework: tuple[str, ...] = ()
    """What the framework does whose convention is forced, in sentences."""
    remembered: frozenset[str] = frozenset()
    """The names of the notes whose verdicts come from the cache."""


@frozen
class Unrepaired:
    """A false step that has a repair which is not applied, and why."""

    relation: Span
    why: str


@frozen
class Rewritten:
    """A file before and after the repairs of a note."""

    path: str
    old: str
    new: str


@frozen
class Fixed:
    """One note before and after its repairs; both have the same steps in the same order."""

    before: NoteRecord
    after: NoteRecord
    waiting: tuple[Unrepaired, ...] = ()
    """Places in the text after the repairs."""
    files: tuple[Rewritten, ...] = ()
    """The files that change, where the note came from any."""

    @property
    def repaired(self) -> tuple[StepRecord, ...]:
        """The steps, as they were, that were false and are not false any more."""
        pairs = zip(self.before.steps, self.after.steps, strict=True)
        return tuple(old for old, new in pairs if _is_false(old) and not _is_false(new))


def _is_false(step: StepRecord) -> bool:
    return step.standing in FALSE or step.is_wrong
