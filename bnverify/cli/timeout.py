"""`--timeout` -> when the run has to end, and a signal that ends it where looking at the clock was not enough."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

GRACE = 5.0
"""Seconds in which a run whose time is over says what it knows."""


class RunTooLong(BaseException):
    """The time of the run was over, and it did not end by itself."""


@contextmanager
def end_of_run(seconds: float | None) -> Iterator[float | None]:
    """The moment, on the clock `time.monotonic`; from then on steps are left undecided, and notes unread.

    What is not noticed in the grace behind it, such as the reading of a very large note, is ended by a signal where
    the system has one.
    """
    if seconds is None:
        yield None
        return
    has_signal = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if has_signal:
        before = signal.signal(signal.SIGALRM, _end)
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
    try:
        yield monotonic() + seconds
    finally:
        if has_signal:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


def _end(*_: object) -> None:
    raise RunTooLong
