"""A file of findings that are known already, so that only new ones count: notes by their paths, findings by names.

A finding has the name that report/found.py gives it, which stays the same when its formula moves. The paths are
relative to the folder of the file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bnverify.diagnostic import Severity
from bnverify.frozen import frozen
from bnverify.ignores import in_order
from bnverify.record import Ignored, NoteRecord
from bnverify.report.found import Found, found_in

VERSION = 1
LARGEST = 50_000_000
"""Bytes."""


class BadBaseline(Exception):
    """A file that is no baseline; the message says why."""


@frozen
class Baseline:
    """The file, and the findings that are known in each note, as they are written in it."""

    path: str
    written: Mapping[str, Sequence[Mapping[str, str]]]

    def known(self, note: str) -> frozenset[str]:
        """The names of the findings of a note, which is named from the folder of the file."""
        return frozenset(one["fingerprint"] for one in self.written.get(note, ()))


def read_baseline(path: str) -> Baseline:
    """Read the file. Raises BadBaseline."""
    try:
        with open(path, "rb") as file:
            written = file.read(LARGEST + 1)
        if len(written) > LARGEST:
            raise BadBaseline(f"it is larger than {LARGEST // 1_000_000} MB")
        return Baseline(path, _known(json.loads(written)))
    except FileNotFoundError as trouble:
        raise BadBaseline("there is no such file: --update-baseline makes it") from trouble
    except OSError as trouble:
        raise BadBaseline(trouble.strerror or str(trouble)) from trouble
    except (ValueError, RecursionError) as trouble:
        raise BadBaseline("this is no JSON") from trouble


def _known(written: Any) -> Mapping[str, Sequence[Mapping[str, str]]]:
    if not isinstance(written, dict) or written.get("baseline_version") != VERSION:
        raise BadBaseline(f"this is no baseline of version {VERSION}")
    try:
        return {
            str(path): [
                {str(key): str(value) for key, value in {"fingerprint": one["fingerprint"], **one}.items()}
                for one in found
            ]
            for path, found in written["notes"].items()
        }
    except (AttributeError, KeyError, TypeError) as trouble:
        raise BadBaseline("a note needs a list of findings with their `fingerprint`") from trouble


def with_baseline(record: NoteRecord, baseline: Baseline) -> NoteRecord:
    """The record in which the findings that are known do not count."""
    known = baseline.known(_name(record, baseline.path))
    why = f"known ({os.path.basename(baseline.path)})"
    more = [
        Ignored(one.diagnostic.code, one.diagnostic.primary.span, why)
        for one in _counting(record)
        if one.fingerprint in known
    ]
    return replace(record, ignored=in_order((*record.ignored, *more)))


def gone(baseline: Baseline, records: Sequence[NoteRecord]) -> int:
    """How many findings of the baseline are not found any more in the notes that were checked."""
    left = 0
    for record in records:
        names = {one.fingerprint for one in _counting(record)}
        left += len(baseline.known(_name(record, baseline.path)) - names)
    return left


def baseline_of(records: Sequence[NoteRecord], path: str, old: Baseline | None = None) -> str:
    """The text of the file at this path after which none of the findings in these notes count.

    What the file held of other notes stays, and so does what it held of one whose time was over.
    """
    whole = [record for record in records if not record.cut_short]
    found = {_name(record, path): [_entry(one) for one in _counting(record)] for record in whole}
    notes = {**(old.written if old else {}), **found}
    shown = {"baseline_version": VERSION, "notes": {name: found for name, found in sorted(notes.items()) if found}}
    return json.dumps(shown, indent=1, ensure_ascii=True) + "\n"


def _entry(one: Found) -> dict[str, str]:
    """The sentence is there for whoever reads the file."""
    return {"fingerprint": one.fingerprint, "code": one.diagnostic.code, "message": one.diagnostic.message}


def _counting(record: NoteRecord) -> Iterator[Found]:
    """The findings that a baseline may hold: neither expected nor ignored, and no broken expectation."""
    unmet = set(map(id, record.unmet))
    for one in found_in(record):
        told = one.diagnostic
        if not one.aside and told.severity is not Severity.NOTICE and id(told) not in unmet:
            yield one


def _name(record: NoteRecord, path: str) -> str:
    """The path of a note as the baseline has it."""
    folder = os.path.dirname(os.path.abspath(path))
    return os.path.relpath(os.path.abspath(record.note.name), folder).replace(os.sep, "/")
