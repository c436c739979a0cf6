"""The findings of a note in the order of its text, each with the step that it is in and a name that outlives edits."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bnverify.diagnostic import Diagnostic
from bnverify.frozen import frozen
from bnverify.record import NoteRecord, StepRecord


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
    """All findings of a note, those that do not count among them."""
    steps = {step.finding.span: step for step in record.steps if step.finding}
    pairs = [(one, steps[one.primary.span]) for one in record.diagnostics]
    others = [(one, None) for one in (*record.note_findings, *record.unmet)]
    ordered = sorted((*pairs, *others), key=lambda pair: pair[0].primary.span)
    names = fingerprints([_identity(record, one, step) for one, step in ordered])
    ignored = {(one.code, one.span): f"ignored: {one.why}" for one in record.ignored}
    return [
        Found(one, step, _expected(record, one, step) or ignored.get((one.code, one.primary.span), ""), name)
        for (one, step), name in zip(ordered, names, strict=True)
    ]


def each_slip_once(record: NoteRecord, findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """One cause, one complaint: the same letters changed in the same way are reported at the first of these places."""
    group = {place: places for places in record.alike for place in places}
    kept: dict[object, Diagnostic] = {}
    again: dict[object, list[int]] = defaultdict(list)
    for one in findings:
        key = group.get(one.primary.span, one.primary.span)
        if key in kept:
            again[key].append(one.primary.span.start)
        else:
            kept[key] = one
    return [_with_more(one, record.note.lines(again[key])) for key, one in kept.items()]


def _with_more(one: Diagnostic, lines: str) -> Diagnostic:
    return replace(one, notes=(*one.notes, f"the same slip again: {lines}")) if lines else one


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
    # A report for the terminal names no finding, and does not wait for this.
    from hashlib import sha256

    seen: Counter[tuple[str, ...]] = Counter()
    names = []
    for identity in identities:
        spaceless = tuple(" ".join(part.split()) for part in identity)
        names.append(sha256("\0".join((*spaceless, str(seen[spaceless]))).encode("utf-8", "replace")).hexdigest()[:16])
        seen[spaceless] += 1
    return names
