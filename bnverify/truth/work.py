"""How much work a question may cost, in units that no clock counts: the same note gives the same bytes everywhere.

A unit is about what the value of one node of a term takes, a microsecond. The domains of the proof spend as they walk,
and before each call that cannot be interrupted, so that what is granted bounds the time. Without an allowance around
it nothing is bounded. The time that a whole run may take is looked up on the way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic

from bnverify.limits import exceeded, most
from bnverify.truth.verdict import Undecidable

ENDLESS = 1 << 62
LOOK = 20_000
"""Units between two looks at the clock."""


class TooMuch(Undecidable):
    """What was granted is spent."""


class TimeIsOver(TooMuch):
    """The time that the run may take is over."""


class CalledOff(BaseException):
    """Nobody waits for the answer any more; what was worked out so far stays right."""


class Meter(threading.local):
    """What may still be spent by the question that is worked on; `stop` is where the next unit has to ask."""

    left = ENDLESS
    stop = 0
    until: float | None = None
    """When the run has to end, on the clock `time.monotonic`."""
    ran_out = False
    """Whether that moment has come."""
    is_called_off: Callable[[], bool] = bool
    """Whether nobody waits for the answer any more."""

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to ask for before all is spent."""
        return self.until is None and self.is_called_off is bool

    def ask_at_the_next_unit(self) -> None:
        """Whether there is anything to ask for, or what there is, has changed."""
        self.stop = 0 if self.is_quiet else self.left


METER = Meter()


@contextmanager
def allowance(units: int) -> Iterator[None]:
    """What is done inside may spend so much, and not more than an allowance around it has left."""
    outer = METER.left
    granted = min(units, max(outer, 0))
    METER.left = granted
    METER.ask_at_the_next_unit()
    try:
        yield
    finally:
        spent = granted - METER.left
        METER.left = outer - spent
        METER.ask_at_the_next_unit()


def for_one_step() -> AbstractContextManager[None]:
    """What one question about a step may cost: whether it is true, where it stands, what mends it."""
    return for_steps(1)


def for_steps(count: int) -> AbstractContextManager[None]:
    """The same for so many steps together."""
    return allowance(count * most("work"))


@contextmanager
def time_limit(until: float | None) -> Iterator[None]:
    """What is done inside ends soon after this moment; None: it may take as long as it takes."""
    METER.until, METER.ran_out = until, False
    METER.ask_at_the_next_unit()
    try:
        yield
    finally:
        METER.until, METER.ran_out = None, False
        METER.ask_at_the_next_unit()


@contextmanager
def until_called_off(is_called_off: Callable[[], bool]) -> Iterator[None]:
    """What is done inside ends with CalledOff soon after nobody waits for it any more."""
    METER.is_called_off = is_called_off
    METER.ask_at_the_next_unit()
    try:
        yield
    finally:
        METER.is_called_off = bool
        METER.ask_at_the_next_unit()


def remaining() -> int:
    return max(METER.left, 0)


def spend(units: int) -> None:
    """Raises TooMuch where less is left, and TimeIsOver."""
    METER.left -= units
    if METER.left < METER.stop:
        ask()


def afford(units: int) -> bool:
    """Spend where so much is left: for a search, which then ends with what it has found."""
    try:
        spend(units)
    except TooMuch:
        return False
    return True


def ask() -> None:
    """The slow way: whether anybody waits for the answer, and whether anything is left, of units and of time."""
    if METER.is_called_off():
        raise CalledOff
    if time_is_over():
        raise TimeIsOver(why_too_much())
    if METER.left < 0:
        raise TooMuch(why_too_much())
    METER.stop = max(0, METER.left - LOOK)


def why_too_much() -> str:
    """Why a question is not worked out to its end."""
    return "the time that was given for this run is over" if time_is_over() else exceeded("work")


def time_is_over() -> bool:
    if METER.until is not None and not METER.ran_out:
        METER.ran_out = monotonic() > METER.until
    return METER.ran_out
