"""One note of many: what is asked of whoever judges it, and what became of it; what is remembered is not asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord, Trouble
from bnverify.run import with_settings
from bnverify.source import Note

if TYPE_CHECKING:
    from bnverify.batch.cache import Cache
    from bnverify.batch.crew import Crew


@frozen
class Checked:
    """What became of one note; `remembered`: its record comes from the cache."""

    outcome: NoteRecord | Trouble
    remembered: bool = False


@frozen
class Means:
    """How many notes are checked: by whom, and whether what was found is kept."""

    crew: Crew | None = None
    """Nobody: this process does it itself."""
    cache: Cache | None = None
    until: float | None = None
    """When the run has to end, on the clock `time.monotonic`."""


@frozen
class Asked:
    """A note that has to be judged, under options to which nothing is added any more."""

    note: Note
    options: Options


def asked_of(loaded: Loaded, options: Options, cache: Cache | None) -> Checked | Asked:
    if loaded.note is None:
        assert loaded.trouble is not None
        return Checked(loaded.trouble)
    settled = with_settings(loaded.path, options)
    if isinstance(settled, Trouble):
        return Checked(settled)
    known = cache.find(loaded.note, settled) if cache else None
    return Checked(known, remembered=True) if known else Asked(loaded.note, settled)


def kept(outcome: NoteRecord | Trouble, asked: Asked, cache: Cache | None) -> Checked:
    if cache and isinstance(outcome, NoteRecord):
        cache.keep(outcome, asked.options)
    return Checked(outcome)
