"""Orders in, answers out, through an Executor: what a worker that was ended takes with it is found out note by note."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future
from dataclasses import dataclass

from bnverify.batch.wire import fulfil
from bnverify.batch.workers import MakeExecutor, end
from bnverify.frozen import frozen

GLANCE = 1.0
"""Seconds between two looks at whether anybody still works."""
MOST_QUIET = 15
"""Looks in a row at which nobody does, after which an order is lost."""


ENDED = "the process that checked this note was ended"
ALONE = "it had this note alone: too little memory, most likely"


class Ended(Exception):
    """There will be no answer; the message says why, and `help` what that may mean."""

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.help = help


@frozen
class Placed:
    """An order that was given to the crew."""

    text: str
    future: Future[str]


@dataclass(slots=True)
class Crew:
    """An Executor, or how to make one: one that was brought along is neither replaced nor shut down.

    `watch` says why no answer can come any more, in words; nothing, as long as one can. `busy` tells whether anybody
    works on anything.
    """

    executor: Executor | None
    in_flight: int
    """How many orders may wait for their answers at once."""
    make: MakeExecutor | None = None
    jobs: int = 1
    watch: Callable[[], str] = str
    busy: Callable[[], bool] = lambda: True
    lost: tuple[type[Exception], ...] = (BrokenExecutor,)
    """What an Executor says of an order whose worker was ended, or of one beside it."""
    survives: bool = False
    """Whether the Executor takes orders all the same when it has said so."""
    gone: str = ""
    """What `watch` has said: from then on no order is placed any more."""

    @property
    def _endings(self) -> tuple[type[BaseException], ...]:
        return (*self.lost, CancelledError)

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

    def is_suspect(self, placed: Placed) -> bool:
        """Whether a worker was ended while this order was on its way: it may be the one that it had."""
        future = placed.future
        return future.done() and not future.cancelled() and isinstance(future.exception(), self.lost)

    def wait(self, placed: Placed) -> str:
        """The answer to an order. Raises Ended."""
        try:
            return self._wait(placed.future)
        except self._endings as trouble:
            if self.make is None and not self.survives:
                raise Ended(f"{ENDED}, or another one beside it", _words(trouble)) from trouble
            return self._again(placed.text)

    def _again(self, text: str) -> str:
        """One suspect by itself: if its worker is ended once more, it was this note."""
        self.end()
        alone = self.make(1) if self.make else self._own()
        try:
            return self._wait(alone.submit(fulfil, text))
        except self._endings as trouble:
            raise Ended(ENDED, ALONE if self.make else _words(trouble)) from trouble
        finally:
            if self.make:
                end(alone)

    def _wait(self, future: Future[str]) -> str:
        quiet = 0
        while True:
            try:
                return future.result(0 if self.gone else GLANCE)
            except self._endings:
                raise
            except TimeoutError as trouble:
                if future.done():
                    raise Ended(ENDED, _words(trouble)) from trouble
                self.gone = self.gone or self.watch()
                if self.gone:
                    raise Ended(f"no answer came for this note: {self.gone}") from None
                # A cluster may lose the word that an order has failed: then it is not waited for, but given once more.
                quiet = 0 if self.busy() else quiet + 1
                if quiet >= MOST_QUIET:
                    raise CancelledError(f"nobody works on it, for {MOST_QUIET * GLANCE:g} seconds") from None
            except Exception as trouble:
                raise Ended(ENDED, _words(trouble)) from trouble

    def end(self) -> None:
        """End the workers of an Executor of our own, with what they are doing; the next order gets new ones."""
        if self.executor is not None and self.make is not None:
            end(self.executor)
            self.executor = None


def _words(trouble: BaseException) -> str:
    return f"{type(trouble).__name__}: {trouble}" if str(trouble) else type(trouble).__name__
