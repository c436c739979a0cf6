"""Orders in, answers out, through an Executor: what a worker that was ended takes with it is found out note by note."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass

from bnverify.batch.wire import fulfil
from bnverify.batch.workers import MakeExecutor, end

GLANCE = 1.0
"""Seconds between two looks at whether anybody still works."""


ENDED = "the process that checked this note was ended"
ALONE = "it had this note alone: too little memory, most likely"


class Ended(Exception):
    """There will be no answer; the message says why, and `help` what that may mean."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that was given to the crew."""

    text: str
    future: Future[str]

    @property
    def is_lost(self) -> bool:
        """Whether the pool broke while it had the order: its worker may be the one that was ended."""
        future = self.future
        return future.done() and not future.cancelled() and isinstance(future.exception(), BrokenExecutor)


@dataclass(slots=True)
class Crew:
    """An Executor, or how to make one: one that was brought along is neither replaced nor shut down.

    `watch` says why no answer can come any more, in words; nothing, as long as one can.
    """

    executor: Executor | None
    in_flight: int
    """How many orders may wait for their answers at once."""
    make: MakeExecutor | None = None
    jobs: int = 1
    watch: Callable[[], str] = str
    gone: str = ""
    """What `watch` has said: from then on no order is placed any more."""

    def place(self, text: str) -> Placed:
        try:
            return Placed(text, Future() if self.gone else self._own().submit(fulfil, text))
        except Exception as trouble:
            # An Executor that is broken or shut down says so here: the order is treated like one that it had.
            failed: Future[str] = Future()
            failed.set_exception(trouble)
            return Placed(text, failed)

    def _own(self) -> Executor:
        if self.executor is None:
            assert self.make is not None
            self.executor = self.make(self.jobs)
        return self.executor

    def wait(self, placed: Placed) -> str:
        """The answer to an order. Raises Ended."""
        try:
            return self._wait(placed.future)
        except (BrokenExecutor, CancelledError) as trouble:
            if self.make is None:
                raise Ended(f"{ENDED}, or another one beside it", _words(trouble)) from trouble
            return self._again(placed.text, self.make)

    def _again(self, text: str, make: MakeExecutor) -> str:
        """One suspect by itself: if its worker is ended once more, it was this note."""
        self.end()
        alone = make(1)
        try:
            return self._wait(alone.submit(fulfil, text))
        except (BrokenExecutor, CancelledError) as trouble:
            raise Ended(ENDED, ALONE) from trouble
        finally:
            end(alone)

    def _wait(self, future: Future[str]) -> str:
        while True:
            try:
                return future.result(0 if self.gone else GLANCE)
            except (BrokenExecutor, CancelledError):
                raise
            except TimeoutError as trouble:
                if future.done():
                    raise Ended(ENDED, _words(trouble)) from trouble
                self.gone = self.gone or self.watch()
                if self.gone:
                    raise Ended(f"no answer came for this note: {self.gone}") from None
            except Exception as trouble:
                raise Ended(ENDED, _words(trouble)) from trouble

    def end(self) -> None:
        """End the workers of an Executor of our own, with what they are doing; the next order gets new ones."""
        if self.executor is not None and self.make is not None:
            end(self.executor)
            self.executor = None


def _words(trouble: BaseException) -> str:
    return f"{type(trouble).__name__}: {trouble}" if str(trouble) else type(trouble).__name__
