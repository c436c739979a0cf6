"""A report -> one JSON document, version 1."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bnverify import __version__
from bnverify.diagnostic import Diagnostic
from bnverify.record import (
    Edit,
    Example,
    Finding,
    Ignored,
    NoteRecord,
    Numbers,
    Part,
    Repair,
    Report,
    StepRecord,
    Trouble,
    Witnesses,
)
from bnverify.report.counts import count_steps
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import printable
from bnverify.source import Note, Span

SCHEMA_VERSION = 1


def render(report: Report, look: Look = PLAIN) -> str:
    """The whole report as one JSON document; it looks the same however it is asked for."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "bnverify": __version__,
        **({"framework": list(report.framework)} if report.framework else {}),
        "notes": [note_document(record) for record in report.notes],
        "errors": [trouble_document(one) for one in report.troubles],
    }
    return written(document) + "\n"


def written(document: Any) -> str:
    """JSON in which nothing is harmful to a terminal: such characters stand in strings, and are escaped there."""
    return "\n".join(map(printable, json.dumps(document, indent=1, ensure_ascii=False).split("\n")))


def trouble_document(one: Trouble) -> dict[str, str]:
    return {"path": one.path, "message": one.message}


def note_document(record: NoteRecord) -> dict[str, Any]:
    return {
        "path": record.note.name,
        "declared": {part.name: part.place for part in record.convention if part.declared and not part.instead_of},
        "assumed": [*(part.words for part in record.convention if _is_assumed(part)), *record.assumed],
        "variance": record.choice("variance"),
        "layer": record.layer,
        "convention": {part.name: part.choice for part in record.convention},
        "forced": record.forced or None,
        "changed_verdicts": record.changed_verdicts,
        "reading": record.reading,
        "reading_evidence": record.reading_evidence,
        "steps": [_step(record.note, step, step.relation in record.expected) for step in record.steps],
        "findings": [_of_note(record, one) for one in (*record.note_findings, *record.unmet)],
        "ignored": [_ignored(record.note, one) for one in record.ignored],
        "bytes": dict(record.bytes),
        "summary": count_steps(record).as_dict(),
    }


def _ignored(note: Note, one: Ignored) -> dict[str, Any]:
    place = place_document(note, one.span.start)
    return {"code": one.code, "span": _span(note, one.span), **place, "why": one.why}


def _is_assumed(part: Part) -> bool:
    """Whether nobody says so: of what is as usual the variance alone is worth a word."""
    return not part.instead_of and not part.declared and (part.name == "variance" or not part.usual)


def _of_note(record: NoteRecord, one: Diagnostic) -> dict[str, Any]:
    note = record.note
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "span": _span(note, one.primary.span),
        **place_document(note, one.primary.span.start),
        "expected": one.primary.span in record.expected_findings,
    }


def place_document(note: Note, offset: int) -> dict[str, Any]:
    """The cell of a notebook, line and column, and the file where it is not the one that the note is named after."""
    place = note.place(offset)
    path = {} if place.path == note.name else {"path": place.path}
    return {**path, "cell": place.cell, "line": place.line, "column": place.column}


def _step(note: Note, step: StepRecord, expected: bool) -> dict[str, Any]:
    return {
        **place_document(note, step.relation.start),
        "side_line": note.line(step.side_span.start),
        "head": step.head,
        "side": step.side,
        "read_as": step.read_as,
        "assumptions": list(step.assumptions),
        "kind": step.kind.value,
        "standing": step.standing.value if step.standing else None,
        "true": step.true,
        "follows": step.follows,
        "reading": step.reading,
        "uses": list(step.uses),
        "witnesses": _witnesses(step.witnesses) if step.witnesses else None,
        "counterexample": _example(step.example) if step.example else None,
        "true_at": list(step.true_at),
        "why": step.why or None,
        **_lines(note, "comes_from", step.comes_from),
        "true_with_variance": step.true_otherwise or None,
        "finding": _finding(note, step.finding) if step.finding else None,
        "expected": expected,
        "notices": [{"code": code, "message": message} for code, message in step.notices],
        "repairs": [_repair(note, one) for one in step.repairs],
    }


def _witnesses(said: Witnesses) -> dict[str, Any]:
    shown: dict[str, Any] = {"proof": {"verdict": said.proof, "for": "every n"}}
    shown["symbolic"] = {"verdict": said.symbolic or "abstains", "n": list(said.symbolic_sizes)}
    shown["numeric"] = {
        "verdict": said.numeric or "abstains",
        "n": list(said.numeric_sizes),
        "max_relative_error": said.error,
    }
    return shown


def _example(example: Example) -> dict[str, Any]:
    values = {name: _numbers(value) for name, value in example.values.items()}
    return {
        "n": example.n,
        "values": values,
        "indices": dict(example.indices),
        "head": str(example.head),
        "side": str(example.side),
    }


def _numbers(value: Numbers) -> Any:
    return [_numbers(one) for one in value] if isinstance(value, tuple) else str(value)


def _finding(note: Note, finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "span": _span(note, finding.span),
        "also": list(finding.also),
    }


def _repair(note: Note, repair: Repair) -> dict[str, Any]:
    return {
        "target": repair.target.value,
        "edits": [edit_document(note, edit) for edit in repair.edits],
        "latex": repair.latex,
        "proved": repair.proved,
        "codes": list(repair.codes),
        "message": repair.message,
        "unique": repair.unique,
        **_lines(note, "mends", repair.mends),
    }


def edit_document(note: Note, edit: Edit) -> dict[str, Any]:
    """What is replaced, in characters of the file, or of the cell of a notebook."""
    place = place_document(note, edit.span.start) if note.pieces else {}
    home = {key: place[key] for key in ("path", "cell") if place.get(key) is not None}
    return {**home, **_span(note, edit.span), "replacement": edit.replacement}


def _lines(note: Note, key: str, spans: Sequence[Span]) -> dict[str, Any]:
    """The lines of some steps; a note of several pieces needs more than a number to name one."""
    places = [note.place(span.start) for span in spans]
    more = {f"{key}_places": [str(place) for place in places]} if note.pieces else {}
    return {key: [place.line for place in places], **more}


def _span(note: Note, span: Span) -> dict[str, int]:
    start = note.place(span.start).offset
    return {"start": start, "end": start + len(span)}
