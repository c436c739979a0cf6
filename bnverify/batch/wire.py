"""A note and its options -> text for a worker; in the worker the text becomes a record, and the record text again.

What is given to an executor and what comes back is text: a worker needs no files of ours, and its answer becomes a
record by the annotations of `record.py` alone. How an executor moves the text is its own business.
"""

from __future__ import annotations

import json
from dataclasses import replace
from time import monotonic

from bnverify.batch.code import Code, our_code
from bnverify.batch.codec import decoded, encoded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord, Trouble
from bnverify.source import Note

NO_NOTE = Note("", "")


@frozen
class Order:
    """What a worker is asked: to judge this note, if it is the same program as we are."""

    code: Code
    note: Note
    options: Options
    seconds: float | None = None
    """How long the run may still take."""


@frozen
class Answer:
    """What came of it. The record says which note it is of by an empty one: who asked has the text."""

    code: Code
    record: NoteRecord | None = None
    trouble: Trouble | None = None


def order(note: Note, options: Options, seconds: float | None = None) -> str:
    return json.dumps(encoded(Order(our_code(), note, options, seconds)))


def fulfil(text: str) -> str:
    """What a worker does with an order; it runs in the worker."""
    from bnverify.run import check_settled

    asked, here = decoded(Order, json.loads(text)), our_code()
    if not here.is_program(asked.code):
        words = f"the worker that got this note runs another bnverify: {here} there, {asked.code} here"
        return json.dumps(encoded(Answer(here, trouble=Trouble(asked.note.name, words, SAME))))
    until = None if asked.seconds is None else monotonic() + asked.seconds
    found = check_settled(asked.note, asked.options, until)
    record, trouble = (bare(found), None) if isinstance(found, NoteRecord) else (None, found)
    return json.dumps(encoded(Answer(here, record, trouble)))


SAME = "install the same version on both sides; if a source was edited while it ran, run the command again"


def answer(text: str) -> Answer:
    """What a worker sent back. Raises ValueError for what is no answer."""
    return decoded(Answer, json.loads(text))


def introduction() -> str:
    """Which program a worker runs."""
    return json.dumps(encoded(our_code()))


def introduced(text: str) -> Code:
    """Raises ValueError for what is no introduction."""
    return decoded(Code, json.loads(text))


def bare(record: NoteRecord) -> NoteRecord:
    """The record without the text of its note."""
    return replace(record, note=NO_NOTE)


def of_note(record: NoteRecord, note: Note) -> NoteRecord:
    """The record of this note, which was left out of it."""
    return replace(record, note=note)
