"""The findings of a note in the order of its text, each with the step that it is in and a name that outlives edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.frozen import frozen
from bnverify.record import Finding, NoteRecord, StepRecord


@frozen
class Found:
    """One finding; `step` is None where it speaks of the note as a whole, or of an expectation that is not met."""

    diagnostic: Diagnostic
    step: StepRecord | None
    aside: str
    """Why it does not count, in words; nothing where it does."""
    fingerprint: str
    """The same as long as its formula and its code are the same, wherever it stands in its file: 16 hex digits."""


def found_in(record: NoteRecord) -> list[Found]:
    """All findings of a note, those that do not count among them, and each repetition of a slip by itself."""
    told = {one.primary.span: one for one in record.diagnostics}
    pairs = [(told.get(step.finding.span) or _bare(step.finding), step) for step in record.steps if step.finding]
    others = [(one, None) for one in (*record.note_findings, *record.unmet)]
    ordered = sorted((*pairs, *others), key=lambda pair: pair[0].primary.span)
    names = fingerprints([_identity(record, one, step) for one, step in ordered])
    ignored = {(one.code, one.span): f"ignored: {one.why}" for one in record.ignored}
    return [
        Found(one, step, _expected(record, one, step) or ignored.get((one.code, one.primary.span), ""), name)
        for (one, step), name in zip(ordered, names, strict=True)
    ]


def _bare(finding: Finding) -> Diagnostic:
    """Of a slip that was explained in full where it stands first."""
    return Diagnostic(finding.code, Severity(finding.severity), finding.message, Label(finding.span))


def _expected(record: NoteRecord, one: Diagnostic, step: StepRecord | None) -> str:
    of_note = step is None and one.primary.span in record.expected_findings
    return "the note expects it" if of_note or (step is not None and step.relation in record.expected) else ""


def _identity(record: NoteRecord, one: Diagnostic, step: StepRecord | None) -> tuple[str, ...]:
    """What makes it this finding: no line, no column, no sentence."""
    if step is None:
        return (one.code, record.note.cut(one.primary.span))
    return (one.code, step.head, step.side)


def fingerprints(identities: Sequence[tuple[str, ...]]) -> list[str]:
    """A name for each; equal ones are told apart by their order."""
    seen: Counter[tuple[str, ...]] = Counter()
    names = []
    for identity in identities:
        spaceless = tuple(" ".join(part.split()) for part in identity)
        names.append(sha256("\0".join((*spaceless, str(seen[spaceless]))).encode("utf-8", "replace")).hexdigest()[:16])
        seen[spaceless] += 1
    return names
