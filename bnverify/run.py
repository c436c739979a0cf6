"""Paths or text -> a report."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from time import monotonic
from typing import NamedTuple, TypeVar

from bnverify.files.finding import Notes, find_notes
from bnverify.files.folders import NOTHING, Excluded
from bnverify.files.loaded import Loaded
from bnverify.judge.asked import Options
from bnverify.limits import limited
from bnverify.model.conventions import NAMES
from bnverify.record import NoteRecord, Report, Trouble
from bnverify.source import Note
from bnverify.truth.witnesses import ALL
from bnverify.words.conventions import framework_words

sys.setrecursionlimit(max(sys.getrecursionlimit(), 12_000))
"""A formula may hold 200 brackets in one another, and each costs a few calls in every phase."""

WITNESSES = ("all", *ALL)
DECLARED = "declared"
"""The word that leaves a part of the convention to the note."""

Progress = Callable[[str], None]
T = TypeVar("T")


def options_from(variance: str = DECLARED, witness: str = "all", framework: str = "", **others: str) -> Options:
    """Options from the words of the command line; `others` are further parts of the convention.

    Raises ValueError for words that are not known, and for a part that the framework fills otherwise.
    """
    if witness not in WITNESSES:
        raise ValueError(f"witness is one of {', '.join(WITNESSES)}, not {witness!r}")
    witnesses = ALL if witness == "all" else tuple(dict.fromkeys(("proof", witness)))
    forced = {part: name for part, name in {"variance": variance, **others}.items() if name != DECLARED}
    for part, name in forced.items():
        if name not in NAMES[part]:
            raise ValueError(f"{part} is one of {', '.join((DECLARED, *NAMES[part]))}, not {name!r}")
    return Options(witnesses, _with_framework(framework, forced), framework=framework)


def _with_framework(name: str, forced: Mapping[str, str]) -> Mapping[str, str]:
    if not name:
        return forced
    from bnverify.model.frameworks import FRAMEWORKS

    if name not in FRAMEWORKS:
        raise ValueError(f"framework is one of {', '.join(FRAMEWORKS)}, not {name!r}")
    return FRAMEWORKS[name].with_choices(forced)


def check_text(text: str, name: str, options: Options) -> Report:
    """The report on one note that is given as text. Raises TypeError for what is no text."""
    if not isinstance(text, str):
        raise TypeError(f"the note is a text, not {type(text).__name__}: give what the file holds")
    one = check_loaded(Loaded(name, Note(name, text)), options)
    notes, troubles = ((one,), ()) if isinstance(one, NoteRecord) else ((), (one,))
    return Report(notes, troubles, framework_words(options.framework))


def left_out_by_project(folder: str) -> Excluded:
    """What the settings that hold in a folder leave out; of settings that are wrong each note speaks itself."""
    from bnverify.config.checked import BadConfig
    from bnverify.config.found import find_config

    try:
        config = find_config(os.path.abspath(folder))
    except BadConfig:
        return NOTHING
    return Excluded(os.path.dirname(config.path), config.exclude)


def find(
    paths: Sequence[str],
    isolated: bool,
    exclude: Sequence[str] = (),
    stdin: Callable[[], Loaded] | None = None,
) -> Notes:
    """The files named, and the notes of the folders named; `isolated`: whatever their projects leave out."""
    return find_notes(paths, exclude, stdin, (lambda _: NOTHING) if isolated else left_out_by_project)


def check_paths(paths: Sequence[str], options: Options, progress: Progress = lambda _: None) -> Report:
    """The report on the files named and the notes of the folders named."""
    return check_notes(find(paths, options.isolated), options, progress)


def check_notes(loaded: Iterable[Loaded], options: Options, progress: Progress = lambda _: None) -> Report:
    """Check every note; a file that cannot be judged does not keep the others from it."""
    notes: list[NoteRecord] = []
    troubles: list[Trouble] = []
    for each in loaded:
        progress(each.path)
        one = check_loaded(each, options)
        if isinstance(one, NoteRecord):
            notes.append(one)
        else:
            troubles.append(one)
    return Report(tuple(notes), tuple(troubles), framework_words(options.framework))


def check_loaded(loaded: Loaded, options: Options) -> NoteRecord | Trouble:
    """The record of a note, or why there is none."""
    return with_note(loaded, options, _record_of)


def with_note(
    loaded: Loaded, options: Options, work: Callable[[Note, Options], T], until: float | None = None
) -> T | Trouble:
    """What `work` makes of a note under the settings of its project, or the trouble: no file, or a fault of ours.

    `until` is when the run has to end, on the clock `time.monotonic`.
    """
    if loaded.note is None:
        assert loaded.trouble is not None
        return loaded.trouble
    found = with_settings(loaded.path, options)
    return found if isinstance(found, Trouble) else _guarded(loaded.note, found, work, until)


def check_settled(note: Note, options: Options, until: float | None = None) -> NoteRecord | Trouble:
    """The record of a note under options to which no settings are added any more, or the trouble."""
    return _guarded(note, options, _record_of, until)


def _record_of(note: Note, options: Options) -> NoteRecord:
    # A run whose verdicts are all remembered judges nothing, and starts without what judges.
    from bnverify.pipeline import check_note

    return check_note(note, options)


def _guarded(
    note: Note, options: Options, work: Callable[[Note, Options], T], until: float | None = None
) -> T | Trouble:
    """What `work` makes of a note. A fault of ours in one note must not cost the verdicts on the others."""
    from bnverify.truth.every_n import forget
    from bnverify.truth.panel import Disagreement
    from bnverify.truth.work import time_limit

    if until is not None and monotonic() > until:
        return time_was_over(note.name)
    forget()
    try:
        with limited(options.limits), time_limit(until):
            return work(note, options)
    except Disagreement as trouble:
        return _bug(note.name, str(trouble))
    except RecursionError:
        return _bug(note.name, "this note is nested too deep")
    except Exception as trouble:
        return _bug(note.name, f"{type(trouble).__name__}: {trouble}")


def with_settings(path: str, options: Options) -> Options | Trouble:
    """The options with what the project of a note assumes."""
    if options.isolated:
        return options
    from bnverify.config.checked import BadConfig
    from bnverify.config.found import find_config
    from bnverify.config.in_force import with_config

    try:
        return with_config(options, find_config(os.path.abspath(os.path.dirname(path))), path)
    except BadConfig as trouble:
        return Trouble(path, f"the settings of its project are wrong: {trouble}")


def time_was_over(path: str) -> Trouble:
    return Trouble(path, "the time of this run was over before this note was read", "give it more --timeout")


def _bug(path: str, message: str) -> Trouble:
    return Trouble(path, f"internal error: {message}", "please report this note as a bug")


class Named(NamedTuple):
    """A line of a note, or of a cell of a notebook."""

    path: str
    line: int
    cell: int | None


def note_and_line(written: str) -> Named:
    """`NOTE:LINE`, or `NOTE:LINE:COLUMN` as it stands in a report; a colon may be part of the name.

    In a notebook `NOTE:cell 2:LINE`. Raises ValueError where there is no line.
    """
    name, _, last = written.rpartition(":")
    shorter, _, middle = name.rpartition(":")
    if _is_number(last) and _is_number(middle) and not os.path.exists(name):
        name, last = shorter, middle
    if not name or not _is_number(last) or (os.path.exists(written) and not os.path.exists(name)):
        raise ValueError(f"a line is needed behind the name of the note, as in `{written}:12`")
    note, _, cell = name.rpartition(":cell ")
    if note and _is_number(cell) and not os.path.exists(name):
        return Named(note, int(last), int(cell))
    return Named(name, int(last), None)


def _is_number(written: str) -> bool:
    return written.isascii() and written.isdigit() and len(written) < 10
