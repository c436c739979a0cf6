"""What is too large to be worked on: one table. Each entry ends at its place in a sentence of its own, before the work.

Most of them hold for the note that is worked on, so they are looked up and not handed through every phase: see
`limited`. A limit that is reached is never silent, and what lies behind it is never called right or wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from bnverify.frozen import frozen


@frozen
class Limit:
    most: int
    """What is allowed where nobody says otherwise."""
    highest: int
    """What may be asked for: beyond it the program itself would not hold."""
    counts: str
    """What is counted, for a table: `characters of one formula`."""
    message: str
    """What is said where it is exceeded; `{most}` is the limit."""
    ends: str
    """How it ends: `error` (the file is not read), `unreadable` or `undecided`."""


LIMITS: Mapping[str, Limit] = {
    "file": Limit(
        5_000_000, 1_000_000_000, "bytes of a file, and characters of a note with all that it puts in",
        "this file is too large to be a note", "error",
    ),
    "notebook": Limit(
        25_000_000, 1_000_000_000, "bytes of a notebook, its pictures included",
        "this file is too large to be a note", "error",
    ),
    "formulas": Limit(
        5_000, 1_000_000, "formulas of a note", "a note of more than {most} formulas is read no further", "unreadable",
    ),
    "mathematics": Limit(
        1_000_000, 100_000_000, "characters of all formulas of a note",
        "a note with more than {most} characters of mathematics is read no further", "unreadable",
    ),
    "steps": Limit(
        5_000, 1_000_000, "steps of a note", "a note of more than {most} steps is read no further", "unreadable",
    ),
    "formula": Limit(
        20_000, 1_000_000, "characters of one formula",
        "a formula of more than {most} characters is not read", "unreadable",
    ),
    "nesting": Limit(
        200, 500, "brackets, braces and fractions inside one another",
        "brackets are nested deeper than {most}", "unreadable",
    ),
    "digits": Limit(100, 1_000, "digits of one number", "a number of more than {most} digits", "undecided"),
    "exponent": Limit(64, 1_000, "size of an exponent", "a power above {most} is not worked out", "undecided"),
    "terms": Limit(
        3_000, 200_000, "terms of one polynomial", "more than {most} terms are not worked out", "undecided",
    ),
    "work": Limit(
        600_000, 1_000_000_000, "units of work for one step, each about a microsecond",
        "this takes more work than one step may cost ({most} units)", "undecided",
    ),
}  # fmt: skip

_CHOSEN: ContextVar[Mapping[str, int] | None] = ContextVar("limits", default=None)


def most(name: str) -> int:
    """How much is allowed of what a limit counts."""
    chosen = _CHOSEN.get()
    return LIMITS[name].most if chosen is None else chosen.get(name, LIMITS[name].most)


def exceeded(name: str) -> str:
    """What is said where there is more."""
    return LIMITS[name].message.format(most=most(name))


@contextmanager
def limited(chosen: Mapping[str, int]) -> Iterator[None]:
    """Inside, these limits hold in place of the usual ones; those that are not named stay as they are around it."""
    token = _CHOSEN.set({**(_CHOSEN.get() or {}), **chosen})
    try:
        yield
    finally:
        _CHOSEN.reset(token)


def checked(name: str, value: object) -> int:
    """A limit as it may be set. Raises ValueError, with the reason, for a name or a number that is none."""
    from bnverify.nearest import hint

    if name not in LIMITS:
        raise ValueError(f"no limit is called {name!r}: {hint(name, tuple(LIMITS))}")
    highest = LIMITS[name].highest
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
        raise ValueError(f"the limit {name!r} is a whole number from 1 to {highest}, not {value!r}")
    return value
