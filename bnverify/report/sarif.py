"""A report -> SARIF 2.1.0, which code scanning and editors read.

A line of a cell is no line of the notebook's file: what is found in a notebook has the file for its place, without a
region, and the cell in words; and no repair, since those are told by regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bnverify import __version__
from bnverify.codes import CODES, WITHOUT_PAGE, Code, source
from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.pattern import pattern
from bnverify.record import Edit, Repair, Report, Target, Trouble
from bnverify.report.found import Found, found_in
from bnverify.report.jsons import written
from bnverify.report.look import PLAIN, Look
from bnverify.report.paths import uri
from bnverify.report.pieces import printable
from bnverify.report.sentences import sentence
from bnverify.source import Note, Place, Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
ROOT = "%SRCROOT%"
WHERE = "the folder in which bnverify was run: that of the repository, where its places are to be found again"
IN_NOTE = ("the note expects it", "ignored: line")
"""How the reasons begin that stand in a note."""
COMMENT = pattern(r"\n<!--.*?-->\n")
"""What a page says to the tests."""


def render(report: Report, look: Look = PLAIN) -> str:
    """One run; rules are those of which something was found."""
    found = [(record.note, one) for record in report.notes for one in found_in(record)]
    told = {one.diagnostic.code for _, one in found}
    rules = [code for code in (*CODES, *WITHOUT_PAGE) if code.name in told]
    places = {code.name: place for place, code in enumerate(rules)}
    run = {
        "tool": {"driver": {"name": "bnverify", "version": __version__, "rules": [_rule(one) for one in rules]}},
        "invocations": [_invocation(report, look)],
        "originalUriBaseIds": {ROOT: {"description": {"text": WHERE}}},
        "artifacts": [{"location": _artifact(path), "roles": ["analysisTarget"]} for path in _paths(report)],
        "columnKind": "unicodeCodePoints",
        "results": [_result(note, one, places) for note, one in found],
    }
    return written({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _paths(report: Report) -> list[str]:
    return list(dict.fromkeys(path for record in report.notes for path in record.note.paths))


def _invocation(report: Report, look: Look) -> dict[str, Any]:
    told = [_notification(one) for one in report.troubles]
    return {"executionSuccessful": not told, "toolExecutionNotifications": told}


def _notification(one: Trouble) -> dict[str, Any]:
    message = _plain([one.message, *([f"help: {one.help}"] if one.help else [])])
    place = {"physicalLocation": {"artifactLocation": _artifact(one.path)}}
    return {"level": "error", "message": {"text": message}, "locations": [place]}


# -- rules


def _rule(code: Code) -> dict[str, Any]:
    rule = {
        "id": code.name,
        "shortDescription": {"text": code.title},
        "defaultConfiguration": {"level": LEVELS[code.severity]},
    }
    return {**rule, "help": _help(code)} if code in CODES else rule


def _help(code: Code) -> dict[str, str]:
    """The page of the code, for those who cannot ask `explain`."""
    text = f"bnverify explain {code.name} shows an example, why it happens, and what to write instead."
    return {"text": text, "markdown": COMMENT.sub("", source(code))}


# -- results


def _result(note: Note, found: Found, places: Mapping[str, int]) -> dict[str, Any]:
    one = found.diagnostic
    repairs = found.step.repairs if found.step is not None else ()
    best = next((repair for repair in repairs if repair.target is Target.TRUTH), None)
    fix = _fix(note, best) if best is not None else None
    return {
        "ruleId": one.code,
        "ruleIndex": places[one.code],
        "level": LEVELS[one.severity],
        "message": _message(note, one),
        "locations": [_location(note, one.primary)],
        **({"relatedLocations": _related(note, one.context)} if one.context else {}),
        "partialFingerprints": {"findingHash/v1": found.fingerprint},
        **({"fixes": [fix]} if fix else {}),
        "suppressions": [_suppression(found.aside)] if found.aside else [],
    }


def _suppression(why: str) -> dict[str, str]:
    """Who sets a finding aside: a comment of the note, or whoever runs the program."""
    kind = "inSource" if why.startswith(IN_NOTE) else "external"
    return {"kind": kind, "status": "accepted", "justification": why}


def _message(note: Note, one: Diagnostic) -> dict[str, str]:
    cell = _in_cell(note.place(one.primary.span.start))
    facts = [*([cell] if cell else []), *one.notes, *([f"help: {one.help}"] if one.help else [])]
    shown = [sentence(one.message), *(f"- {sentence(fact)}" for fact in facts)]
    return {"text": _plain([one.message, *facts]), "markdown": "\n".join([shown[0], "", *shown[1:]]).rstrip()}


def _plain(lines: Sequence[str]) -> str:
    """Text in which a viewer finds no link: `[words](place)` would be one."""
    return "\n".join(printable(one).replace("](", "] (") for one in lines)


def _location(note: Note, label: Label) -> dict[str, Any]:
    place = note.place(label.span.start)
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    message = {"message": {"text": label.text}} if label.text else {}
    if place.cell is None:
        return {"physicalLocation": {**physical, "region": _region(note, label.span)}, **message}
    return {"physicalLocation": physical, "logicalLocations": [{"name": _in_cell(place), "kind": "cell"}], **message}


def _in_cell(place: Place) -> str:
    return "" if place.cell is None else f"cell {place.cell}, line {place.line}, column {place.column}"


def _related(note: Note, labels: Sequence[Label]) -> list[dict[str, Any]]:
    return [{"id": number, **_location(note, one)} for number, one in enumerate(labels, 1)]


def _region(note: Note, span: Span) -> dict[str, Any]:
    """Lines and columns from 1, the last column one behind the end; nothing in between is a place to insert."""
    start = note.place(span.start)
    last = note.place(max(span.start, span.end - 1))
    end = last.column + (len(span) > 0)
    return {"startLine": start.line, "startColumn": start.column, "endLine": last.line, "endColumn": end}


def _artifact(path: str) -> dict[str, str]:
    found = uri(path)
    return {"uri": found} if found.startswith("file:") else {"uri": found, "uriBaseId": ROOT}


# -- repairs


def _fix(note: Note, repair: Repair) -> dict[str, Any] | None:
    """The repair that `--fix` would make; what only follows from a wrong side before is for people to judge."""
    homes = [note.place(edit.span.start) for edit in repair.edits]
    if not (repair.proved and repair.unique) or any(one.cell is not None for one in homes):
        return None
    paths = dict.fromkeys(one.path for one in homes)
    changes = [
        {
            "artifactLocation": _artifact(path),
            "replacements": [
                _replacement(note, edit) for edit, home in zip(repair.edits, homes, strict=True) if home.path == path
            ],
        }
        for path in paths
    ]
    return {"description": {"text": f"{repair.message} (proved for every n)"}, "artifactChanges": changes}


def _replacement(note: Note, edit: Edit) -> dict[str, Any]:
    return {"deletedRegion": _region(note, edit.span), "insertedContent": {"text": edit.replacement}}
