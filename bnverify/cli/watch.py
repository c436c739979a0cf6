"""`bnverify check --watch`: once, and again whenever a note, a file that it puts in, or the settings change."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from bnverify.cli.formats import Form
from bnverify.cli.options import STDIN, Sources
from bnverify.cli.screen import complain

if TYPE_CHECKING:
    from bnverify.files.loaded import Loaded

LOOK, REST = 0.5, 0.1
"""Seconds between two looks; and without a change before a file that is being written is read."""
LONGEST_REST = 3.0
Stamp = tuple[int, int, int] | None
"""When a file was last changed, how large it is, and which one it is; None: there is none."""


def wrong_to_watch(sources: Sources, form: Form, once: bool, timeout: float | None) -> Iterator[str]:
    """What cannot be asked for together with --watch, as sentences; `once`: what is done once, such as a repair."""
    if once:
        yield "--watch checks: leave --fix, --diff, --explain, --certificate and --update-baseline away"
    if sources.formulas or STDIN in sources.paths:
        yield "--watch looks at files: name them"
    if timeout is not None:
        yield "--watch does not end by itself: leave --timeout away"
    if form.for_programs and form.output is None:
        yield f"with --watch a report in {form.name} goes into a file: add -o FILE"


def watch(sources: Sources, check: Callable[[Sources], int], beside: Iterable[str] = ()) -> int:
    """Check again and again; Ctrl-C ends it. `beside` are files that are no notes, on which the report depends."""
    from bnverify.config.found import find_config

    asked, sources = sources, sources._replace(paths=sources.named())
    while True:
        find_config.cache_clear()
        with suppress(click.ClickException):
            # The settings may name other folders than before; where they are wrong each note says so.
            sources = asked._replace(paths=asked.named())
        seen = look(sources, watched := files_of(sources).union(beside))
        click.clear()
        try:
            check(sources)
        except click.ClickException as trouble:
            # A cluster, or a file for the report, may be there the next time.
            complain(trouble)
        many = len(notes_among(seen))
        click.echo(f"watching {many} {'file' if many == 1 else 'files'}; Ctrl-C ends", err=True)
        while look(sources, watched) == seen:
            time.sleep(LOOK)
        rest(sources, watched)


def rest(sources: Sources, watched: frozenset[str]) -> None:
    """Wait until nothing changes any more: editors write a file in several steps, or put another in its place."""
    end = time.monotonic() + LONGEST_REST
    before = look(sources, watched)
    while time.monotonic() < end:
        time.sleep(REST)
        now = look(sources, watched)
        if now == before:
            return
        before = now


def look(sources: Sources, watched: frozenset[str]) -> Mapping[str, Stamp]:
    """The files on which the report depends, as they are now; new notes in the folders are among them."""
    return {path: stamp(path) for path in sorted(watched | listed(sources))}


def notes_among(seen: Mapping[str, Stamp]) -> list[str]:
    from bnverify.files.folders import NOTE_ENDINGS

    return [path for path, found in seen.items() if found is not None and path.lower().endswith(NOTE_ENDINGS)]


def stamp(path: str) -> Stamp:
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def listed(sources: Sources) -> frozenset[str]:
    """The files that are named, and those that stand in the folders that are, without what the check leaves out."""
    from bnverify.files.folders import NOTHING, notes_in
    from bnverify.run import left_out_by_project

    found: set[str] = set()
    for path in sources.named():
        if os.path.isdir(path):
            by_project = NOTHING if sources.isolated else left_out_by_project(path)
            found.update(notes_in(path, sources.exclude, by_project))
        else:
            found.add(path)
    return frozenset(found)


def files_of(sources: Sources) -> frozenset[str]:
    """What the notes are made of, what they name and is not there, and where their settings may stand."""
    return frozenset(file for loaded in sources.notes() for file in _files(loaded))


def _files(loaded: Loaded) -> Iterator[str]:
    from bnverify.config.found import FILE

    yield loaded.path
    for file in loaded.files:
        yield file.path
    if loaded.note is not None and loaded.path.lower().endswith(".tex"):
        yield from _missing(loaded.path, loaded.note.text)
    path = os.path.abspath(loaded.path)
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    while True:
        yield os.path.join(folder, FILE)
        if folder == (folder := os.path.dirname(folder)):
            return


def _missing(path: str, text: str) -> Iterator[str]:
    """Where the files would stand that a note names and that were not put in."""
    from bnverify.files.parts import inputs

    for _, name in inputs(text):
        if name and "\0" not in name and not os.path.isabs(name):
            yield from (os.path.join(os.path.dirname(path), one) for one in (f"{name}.tex", name))
