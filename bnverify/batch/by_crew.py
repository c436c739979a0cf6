"""Notes and a crew of workers -> what became of each note, in their order; so many are on their way as may be."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from time import monotonic
from typing import TYPE_CHECKING

from bnverify.batch.checked import Asked, Checked, Means, asked_of, kept
from bnverify.batch.code import our_code
from bnverify.batch.crew import Crew, Ended, Placed
from bnverify.batch.wire import answer, of_note, order
from bnverify.files.loaded import Loaded
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.record import Trouble
from bnverify.run import Progress, time_was_over

if TYPE_CHECKING:
    from bnverify.batch.cache import Cache


@frozen
class Begun:
    """A note on its way: what became of it, or what was asked and of whom."""

    path: str
    state: Checked | tuple[Asked, Placed]

    def is_suspect(self, crew: Crew) -> bool:
        return not isinstance(self.state, Checked) and crew.is_suspect(self.state[1])


def by_crew(
    notes: Iterable[Loaded], options: Options, crew: Crew, means: Means, progress: Progress
) -> Iterator[Checked]:
    """What became of each note, in their order."""
    cache = means.cache
    waiting: deque[Begun] = deque()
    coming = iter(notes)
    while True:
        # While there are suspects nothing new is begun: each of them gets the machine for itself.
        while len(waiting) < crew.in_flight and not any(one.is_suspect(crew) for one in waiting):
            loaded = next(coming, None)
            if loaded is None:
                break
            asked = asked_of(loaded, options, cache)
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
        return kept(of_note(found.record, asked.note), asked, cache if found.code == our_code() else None)
    return Checked(found.trouble or Trouble(begun.path, "the worker sent nothing for this note"))
