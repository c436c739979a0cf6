"""Many notes -> what became of each, in their order, as it comes: remembered, judged here, or by a crew of workers.

Only so many notes are in memory at once as may be in flight, however many there are.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from bnverify.batch.checked import Asked, Checked, Means, asked_of, kept
from bnverify.files.loaded import Loaded
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord, Report, Trouble
from bnverify.run import Progress, check_settled, find
from bnverify.words.conventions import framework_words

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from bnverify.batch.crew import Crew

IN_FLIGHT = 8
"""Notes in flight for each worker: enough that a long one at the head of the line does not leave the others idle."""


def check_many(
    paths: Sequence[str],
    options: Options,
    executor: Executor | None = None,
    jobs: int = 1,
    in_flight: int = 0,
    cache: bool = False,
) -> Iterator[NoteRecord | Trouble]:
    """The records of the files named and of the notes of the folders named; the last step to a public function."""
    from bnverify.batch.cache import Cache, default_folder

    means = Means(crew_of(executor, jobs, in_flight), Cache(default_folder()) if cache else None)
    return (one.outcome for one in check_each(find(paths, options.isolated), options, means))


def crew_of(executor: Executor | None = None, jobs: int = 1, in_flight: int = 0) -> Crew | None:
    """Who checks: an Executor, so many processes of our own, or nobody but us. Raises ValueError."""
    if jobs < 0 or in_flight < 0:
        raise ValueError(f"{'jobs' if jobs < 0 else 'in_flight'} is a number of at least 0")
    if executor is None and jobs == 1:
        return None
    from bnverify.batch.crew import Crew
    from bnverify.batch.workers import cores, processes

    if executor is not None:
        if jobs != 1:
            raise ValueError("an executor has workers of its own: leave jobs away")
        return Crew(executor, in_flight or IN_FLIGHT * cores())
    jobs = jobs or cores()
    return Crew(None, in_flight or IN_FLIGHT * jobs, processes, jobs) if jobs > 1 else None


def _judged(asked: Asked, until: float | None) -> NoteRecord | Trouble:
    return check_settled(asked.note, asked.options, until)


def check_each(
    notes: Iterable[Loaded], options: Options, means: Means, progress: Progress = lambda _: None
) -> Generator[Checked, None, None]:
    """Check every note; `progress` is told the one that is waited for. Workers end when this ends, or is closed."""
    crew, cache = means.crew, means.cache
    if crew is None:
        for loaded in notes:
            progress(loaded.path)
            asked = asked_of(loaded, options, cache)
            yield asked if isinstance(asked, Checked) else kept(_judged(asked, means.until), asked, cache)
        return
    try:
        # One process needs nothing of what moves notes between several.
        from bnverify.batch.by_crew import by_crew

        yield from by_crew(notes, options, crew, means, progress)
    finally:
        crew.end()


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
