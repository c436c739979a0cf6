"""Many notes -> what became of each, in their order, as it comes: remembered, judged here, or by a crew of workers.

Only so many notes are in memory at once as may be in flight, however many there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from time import monotonic

from bnverify.batch.cache import Cache, default_folder
from bnverify.batch.code import our_code
from bnverify.batch.crew import Crew, Ended, Placed
from bnverify.batch.wire import answer, of_note, order
from bnverify.batch.workers import cores, processes
from bnverify.files.finding import find_notes
from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord, Report, Trouble
from bnverify.run import Progress, check_settled, time_was_over, with_settings
from bnverify.source import Note
from bnverify.words.conventions import framework_words

IN_FLIGHT = 8
"""Notes in flight for each worker: enough that a long one at the head of the line does not leave the others idle."""


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


def check_many(
    paths: Sequence[str],
    options: Options,
    executor: Executor | None = None,
    jobs: int = 1,
    in_flight: int = 0,
    cache: bool = False,
) -> Iterator[NoteRecord | Trouble]:
    """The records of the files named and of the notes of the folders named; the last step to a public function."""
    means = Means(crew_of(executor, jobs, in_flight), Cache(default_folder()) if cache else None)
    return (one.outcome for one in check_each(find_notes(paths), options, means))


def crew_of(executor: Executor | None = None, jobs: int = 1, in_flight: int = 0) -> Crew | None:
    """Who checks: an Executor, so many processes of our own, or nobody but us. Raises ValueError."""
    if jobs < 0 or in_flight < 0:
        raise ValueError(f"{'jobs' if jobs < 0 else 'in_flight'} is a number of at least 0")
    if executor is not None:
        if jobs != 1:
            raise ValueError("an executor has workers of its own: leave jobs away")
        return Crew(executor, in_flight or IN_FLIGHT * cores())
    jobs = jobs or cores()
    return Crew(None, in_flight or IN_FLIGHT * jobs, processes, jobs) if jobs > 1 else None


def check_each(
    notes: Iterable[Loaded], options: Options, means: Means, progress: Progress = lambda _: None
) -> Generator[Checked, None, None]:
    """Check every note; `progress` is told the one that is waited for. Workers end when this ends, or is closed."""
    crew, cache = means.crew, means.cache
    if crew is None:
        for loaded in notes:
            progress(loaded.path)
            asked = _asked(loaded, options, cache)
            yield asked if isinstance(asked, Checked) else _kept(_judged(asked, means.until), asked, cache)
        return
    try:
        yield from _by_crew(notes, options, crew, means, progress)
    finally:
        crew.end()


@frozen
class Asked:
    """A note that has to be judged, under options to which nothing is added any more."""

    note: Note
    options: Options


def _asked(loaded: Loaded, options: Options, cache: Cache | None) -> Checked | Asked:
    if loaded.note is None:
        assert loaded.trouble is not None
        return Checked(loaded.trouble)
    settled = with_settings(loaded.path, options)
    if isinstance(settled, Trouble):
        return Checked(settled)
    known = cache.find(loaded.note, settled) if cache else None
    return Checked(known, remembered=True) if known else Asked(loaded.note, settled)


def _judged(asked: Asked, until: float | None) -> NoteRecord | Trouble:
    return check_settled(asked.note, asked.options, until)


def _kept(outcome: NoteRecord | Trouble, asked: Asked, cache: Cache | None) -> Checked:
    if cache and isinstance(outcome, NoteRecord):
        cache.keep(outcome, asked.options)
    return Checked(outcome)


# -- by workers


@frozen
class Begun:
    """A note on its way: what became of it, or what was asked and of whom."""

    path: str
    state: Checked | tuple[Asked, Placed]

    def is_suspect(self, crew: Crew) -> bool:
        return not isinstance(self.state, Checked) and crew.is_suspect(self.state[1])


def _by_crew(
    notes: Iterable[Loaded], options: Options, crew: Crew, means: Means, progress: Progress
) -> Iterator[Checked]:
    cache = means.cache
    waiting: deque[Begun] = deque()
    coming = iter(notes)
    while True:
        # While there are suspects nothing new is begun: each of them gets the machine for itself.
        while len(waiting) < crew.in_flight and not any(one.is_suspect(crew) for one in waiting):
            loaded = next(coming, None)
            if loaded is None:
                break
            asked = _asked(loaded, options, cache)
            begun = asked if isinstance(asked, Checked) else _placed(asked, crew, means.until)
            waiting.append(Begun(loaded.path, begun))
        if not waiting:
            return
        progress(waiting[0].path)
        yield _finished(waiting.popleft(), crew, cache)


def _placed(asked: Asked, crew: Crew, until: float | None) -> Checked | tuple[Asked, Placed]:
    """A note on its way; the clock of a worker may be another one, so it is told how many seconds are left."""
    left = None if until is None else until - monotonic()
    if left is not None and left < 0:
        return Checked(time_was_over(asked.note.name))
    return asked, crew.place(order(asked.note, asked.options, left))


def _finished(begun: Begun, crew: Crew, cache: Cache | None) -> Checked:
    if isinstance(begun.state, Checked):
        return begun.state
    asked, placed = begun.state
    try:
        found = answer(crew.wait(placed))
    except Ended as trouble:
        return Checked(Trouble(begun.path, str(trouble), trouble.help))
    except ValueError:
        return Checked(Trouble(begun.path, "what the worker sent for this note is no answer"))
    if found.record is not None:
        # What was judged on other libraries is not kept as if ours had said it.
        return _kept(of_note(found.record, asked.note), asked, cache if found.code == our_code() else None)
    return Checked(found.trouble or Trouble(begun.path, "the worker sent nothing for this note"))


# -- all of it at once


def gathered(checked: Iterable[Checked], framework: str) -> Report:
    """One report on all of them, for what has to see the whole."""
    notes: list[NoteRecord] = []
    troubles: list[Trouble] = []
    remembered: list[str] = []
    for one in checked:
        if isinstance(one.outcome, NoteRecord):
            notes.append(one.outcome)
            remembered += [one.outcome.note.name] if one.remembered else []
        else:
            troubles.append(one.outcome)
    return Report(tuple(notes), tuple(troubles), framework_words(framework), frozenset(remembered))
