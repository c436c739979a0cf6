"""`bnverify check --certificate FILE`: notes -> a report, and what another program needs to prove each step again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from bnverify.cli.options import Sources
from bnverify.cli.outputs import write_beside
from bnverify.cli.screen import progress

if TYPE_CHECKING:
    from bnverify.files.loaded import Loaded
    from bnverify.judge.asked import Options
    from bnverify.record import NoteRecord, Report, Trouble


def wrong_with_certificate(sources: Sources, otherwise: bool) -> Iterator[str]:
    """What a certificate cannot be asked for together with, as sentences."""
    if otherwise:
        yield "--certificate speaks of notes as they are: leave --diff, --fix and --explain away"
    if sources.formulas or "-" in sources.paths:
        yield "a certificate names the bytes of files: write the formula, or the note, into a file"


def checked_with_certificate(
    sources: Sources, options: Options, path: str, silent: bool, until: float | None
) -> Report:
    """The report; a certificate that cannot be written is a trouble beside those of the notes."""
    from bnverify.record import Report, Trouble
    from bnverify.words.conventions import framework_words

    records: list[NoteRecord] = []
    entries: list[dict[str, Any]] = []
    troubles: list[Trouble] = []
    files: set[str] = set()
    with progress(silent) as told:
        for loaded in sources.notes():
            told(loaded.path)
            files |= {loaded.path, *_files(loaded)}
            judged = _judged(loaded, options, until)
            if isinstance(judged, Trouble):
                troubles.append(judged)
            else:
                records.append(judged[0])
                entries.append(judged[1])
    from bnverify.certificate.document import certificate

    if (trouble := write_beside(path, certificate(entries), sorted(files), "certificate")) is not None:
        troubles.append(trouble)
    return Report(tuple(records), tuple(troubles), framework_words(options.framework))


def _judged(loaded: Loaded, options: Options, until: float | None) -> tuple[NoteRecord, dict[str, Any]] | Trouble:
    """The record of a note and its part of the certificate, or why there is none."""
    from bnverify.certificate.document import note_entry
    from bnverify.pipeline import judge_note
    from bnverify.run import with_note
    from bnverify.source import Note

    def work(note: Note, own: Options) -> tuple[NoteRecord, dict[str, Any]]:
        judged = judge_note(note, own)
        return judged.record, note_entry(judged, _files(loaded))

    return with_note(loaded, options, work, until)


def _files(loaded: Loaded) -> dict[str, str]:
    """The texts that a note was read from, by their paths."""
    if loaded.files:
        return {one.path: one.text for one in loaded.files}
    return {loaded.path: loaded.note.text} if loaded.note is not None else {}
