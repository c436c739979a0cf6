"""A report -> JSON with a line for each note, which can be printed as soon as the note is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bnverify import __version__
from bnverify.record import NoteRecord, Report, Trouble
from bnverify.report.counts import Totals, totals_of
from bnverify.report.jsons import SCHEMA_VERSION, note_document, trouble_document
from bnverify.report.look import PLAIN, Look


def render(report: Report, look: Look = PLAIN) -> str:
    """The report as lines: a note each, what went wrong, the totals."""
    lines = [*map(line_of, report.notes), *map(line_of, report.troubles)]
    return "\n".join([*lines, last_line(totals_of(report, look.strict), report.framework), ""])


def line_of(outcome: NoteRecord | Trouble) -> str:
    """`{"note": {...}}`, as it stands in the document, or `{"error": {...}}`."""
    if isinstance(outcome, NoteRecord):
        return _line({"note": note_document(outcome)})
    return _line({"error": trouble_document(outcome)})


def last_line(totals: Totals, framework: Sequence[str] = ()) -> str:
    """`{"totals": {...}}`: without this line there is more than was printed."""
    shown = {
        "schema_version": SCHEMA_VERSION,
        "bnverify": __version__,
        **({"framework": list(framework)} if framework else {}),
        "notes": totals.notes,
        "errors": totals.troubles,
        "summary": totals.steps.as_dict(),
        "exit_status": totals.exit_status,
    }
    return _line({"totals": shown})


LINE_ENDS = {ord(one): f"\\u{ord(one):04x}" for one in "\x85\u2028\u2029"}
"""What JSON leaves as it is and some readers take for the end of a line."""


def _line(shown: dict[str, Any]) -> str:
    return json.dumps(shown, ensure_ascii=False).translate(LINE_ENDS)
