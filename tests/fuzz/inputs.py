"""Any bytes -> whether the readers fail, lose something, or take too long; nothing is judged."""

from __future__ import annotations

import random
import signal
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time

import bnverify.run  # noqa: F401  it raises the limit of nested calls, as every command does
from bnverify.files.reading import decode
from bnverify.model.conventions import NAMES
from bnverify.model.layers import LAYERS
from bnverify.read.accounting import account
from bnverify.read.chains import read
from bnverify.read.settings import read_settings
from bnverify.read.syntax import Unreadable, inside
from bnverify.source import Note
from tests.fuzz.mutators import file
from tests.fuzz.soundness import faults
from tests.fuzz.tally import Tally

SLOW, HANGS = 5.0, 60.0
"""Seconds of processor time: more is a finding, and after the second it is given up."""


class Hangs(BaseException):
    """It took too long."""


@contextmanager
def given_up_after(seconds: float) -> Iterator[None]:
    def give_up(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def place_of(trouble: BaseException) -> str:
    """Where in the package it was raised."""
    frames = [one for one in traceback.extract_tb(trouble.__traceback__) if "bnverify" in one.filename]
    last = frames[-1] if frames else None
    return (
        f"{type(trouble).__name__}: {trouble} in {last.filename.rsplit('bnverify/', 1)[-1]}:{last.lineno}"
        if last
        else repr(trouble)
    )


def chunk(seed: int, number: int, size: int) -> Tally:
    """So many inputs, read."""
    pick = random.Random(f"inputs {seed} {number}")
    tally = Tally()
    for _ in range(size):
        name, raw = file(pick)
        started = process_time()
        try:
            with given_up_after(HANGS):
                look_at(name, raw, tally)
        except Hangs:
            tally.report("it does not end", f"{name} {raw!r}")
        except Exception as trouble:
            tally.report("an exception", f"{place_of(trouble)}: {name} {raw!r}")
        seconds = process_time() - started
        tally.took(seconds, f"{name} {raw[:2000]!r}")
        tally.count(f"input {name.rpartition('.')[2]}")
        if seconds > SLOW:
            tally.report("slow", f"{seconds:.1f} s: {name} {raw!r}")
    return tally


def look_at(name: str, raw: bytes, tally: Tally) -> None:
    if name == "<expression>":
        note = Note(name, raw.decode())
    else:
        loaded = decode(name, raw)
        if loaded.note is None:
            tally.count("refused")
            return
        note = loaded.note
    script = read(note)
    read_settings(note, script.layout.front_matter, NAMES, tuple(LAYERS))
    for fault in faults(script, account(script)):
        tally.report(fault.partition(":")[0], f"{fault}: {name} {raw!r}")
    steps = [step for chain in script.chains for step in chain.steps]
    tally.count("formulas", len(script.layout.formulas))
    tally.count("steps", len(steps))
    for step in steps:
        broken = next((one for one in inside(step.side) if isinstance(one, Unreadable)), None)
        if broken is not None:
            tally.count("unreadable steps")
            tally.reasons["".join(broken.why.split("`")[::2])] += 1
