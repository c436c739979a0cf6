"""Any bytes -> the whole check, by the proof alone, with causes and repairs: it neither fails nor contradicts itself."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from time import process_time
from typing import Any

from bnverify.files.loaded import Loaded
from bnverify.files.reading import decode
from bnverify.record import NoteRecord, Report
from bnverify.report import jsons
from bnverify.run import check_loaded, options_from
from bnverify.source import Note
from tests.fuzz.inputs import HANGS, Hangs, given_up_after
from tests.fuzz.mutators import as_formula, as_note, as_notebook, changed, paragraphs, with_front_matter
from tests.fuzz.tally import Tally

OPTIONS = options_from("declared", "proof")
SLOW = 30.0
"""Seconds of processor time for one input; more is a finding."""


def input_of(pick: random.Random) -> tuple[str, bytes]:
    """Half of the inputs are a few paragraphs of real notes, hardly touched: most of their steps are judged."""
    kind = pick.random()
    if kind < 0.5:
        text = "\n\n".join(pick.choices(paragraphs(), k=pick.randrange(1, 5)))
        return pick.choice(("note.md", "note.md", "note.tex")), changed(text, pick, pick.randrange(3)).encode(
            errors="replace"
        )
    made = pick.choice((as_note(".md"), as_note(".tex"), as_formula, as_notebook, with_front_matter))(pick)
    return made


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many inputs, checked."""
    pick = random.Random(f"checks {seed} {number}")
    tally = Tally()
    for _ in range(size):
        name, raw = input_of(pick)
        started = process_time()
        tally.count("inputs")
        try:
            with given_up_after(HANGS):
                _look_at(name, raw, tally)
        except Hangs:
            tally.report("it does not end", f"{name} {raw!r}")
        except Exception as trouble:
            tally.report("an exception", f"{type(trouble).__name__} {trouble}: {name} {raw!r}")
        seconds = process_time() - started
        tally.took(seconds, f"{name} {raw[:2000]!r}")
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {name} {raw!r}")
    return tally


def _look_at(name: str, raw: bytes, tally: Tally) -> None:
    loaded = Loaded(name, Note(name, raw.decode())) if name == "<expression>" else decode(name, raw)
    if loaded.note is None:
        tally.count("refused")
        return
    found = check_loaded(loaded, OPTIONS)
    if not isinstance(found, NoteRecord):
        tally.report("internal error", f"{found.message}: {name} {raw!r}")
        return
    report = Report((found,))
    for fault in (*faults(found), *_faults_of_json(json.loads(jsons.render(report)))):
        tally.report("a contradiction", f"{fault}: {name} {raw!r}")
    for step in found.steps:
        tally.count(step.standing.value if step.standing else step.kind.value)
        if step.why and not step.standing:
            tally.reasons["".join(step.why.split("`")[::2])] += 1


def faults(record: NoteRecord) -> Iterator[str]:
    """What a record must not say, whatever the note is."""
    text = record.note.text
    for step in record.steps:
        for span in (step.relation, step.side_span, *(edit.span for one in step.repairs for edit in one.edits)):
            if span.end > len(text):
                yield f"a place behind the end: {span}"
        if any(not one.proved for one in step.repairs):
            yield "a repair that is not proved"
        proof = step.witnesses.proof if step.witnesses else ""
        if step.true is True and proof == "refuted" and step.standing and step.standing.value == "holds":
            yield "a step holds that the proof refutes"
    for one in (*record.diagnostics, *record.note_findings, *record.unmet):
        if one.primary.span.end > len(text):
            yield f"a finding behind the end: {one.code}"
    if min(record.bytes.values(), default=0) < 0 or sum(record.bytes.values()) > len(text):
        yield f"the count of characters: {dict(record.bytes)} of {len(text)}"


def _faults_of_json(document: dict[str, Any]) -> Iterator[str]:
    note = document["notes"][0]
    if sum(value for key, value in note["summary"].items() if key == "steps") not in (0, len(note["steps"])):
        yield "the summary counts other steps than there are"
