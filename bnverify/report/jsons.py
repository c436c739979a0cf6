"""A report -> JSON, version 1."""

from __future__ import annotations

import json
from typing import Any

from bnverify import __version__
from bnverify.diagnostic import Diagnostic
from bnverify.record import Example, Finding, NoteRecord, Numbers, Part, Repair, Report, StepRecord, Witnesses
from bnverify.report.counts import count_steps
from bnverify.source import Note, Span

SCHEMA_VERSION = 1


def render(report: Report) -> str:
    """The whole report as one JSON document."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "bnverify": __version__,
        **({"framework": list(report.framework)} if report.framework else {}),
        "notes": [_note(record) for record in report.notes],
        "errors": [{"path": one.path, "message": one.message} for one in report.troubles],
    }
    return json.dumps(document, indent=1, ensure_ascii=False)


def _note(record: NoteRecord) -> dict[str, Any]:
    return {
        "path": record.note.name,
        "declared": {part.name: part.place for part in record.convention if part.declared and not part.instead_of},
        "assumed": [*(part.words for part in record.convention if _is_assumed(part)), *record.assumed],
        "variance": record.choice("variance"),
        "convention": {part.name: part.choice for part in record.convention},
        "forced": record.forced or None,
        "changed_verdicts": record.changed_verdicts,
        "reading": record.reading,
        "reading_evidence": record.reading_evidence,
        "steps": [_step(record.note, step, step.relation in record.expected) for step in record.steps],
        "findings": [_diagnostic(record.note, one) for one in (*record.note_findings, *record.unmet)],
        "bytes": dict(record.bytes),
        "summary": count_steps(record).as_dict(),
    }


def _is_assumed(part: Part) -> bool:
    """Whether nobody says so: of what is as usual the variance alone is worth a word."""
    return not part.instead_of and not part.declared and (part.name == "variance" or not part.usual)


def _diagnostic(note: Note, one: Diagnostic) -> dict[str, Any]:
    return {
        "code": one.code,
        "severity": one.severity.value,
        "message": one.message,
        "span": _span(one.primary.span),
        "line": note.line(one.primary.span.start),
        "column": note.column(one.primary.span.start),
    }


def _step(note: Note, step: StepRecord, expected: bool) -> dict[str, Any]:
    return {
        "cell": None,
        "line": note.line(step.relation.start),
        "column": note.column(step.relation.start),
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
        "comes_from": [note.line(span.start) for span in step.comes_from],
        "true_with_variance": step.true_otherwise or None,
        "finding": _finding(step.finding) if step.finding else None,
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


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "span": _span(finding.span),
        "also": list(finding.also),
    }


def _repair(note: Note, repair: Repair) -> dict[str, Any]:
    return {
        "target": repair.target.value,
        "edits": [{**_span(edit.span), "replacement": edit.replacement} for edit in repair.edits],
        "latex": repair.latex,
        "proved": repair.proved,
        "codes": list(repair.codes),
        "message": repair.message,
        "unique": repair.unique,
        "mends": [note.line(span.start) for span in repair.mends],
    }


def _span(span: Span) -> dict[str, int]:
    return {"start": span.start, "end": span.end}
