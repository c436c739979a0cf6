"""A file to be written -> whether it would take the place of something that was read."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bnverify.record import Report, Trouble


def inputs_of(report: Report) -> Iterator[str]:
    """The files that were read, or named and could not be: the parts of the notes, and what is in trouble."""
    yield from (path for record in report.notes for path in record.note.paths)
    yield from (trouble.path for trouble in report.troubles)


def write_beside(path: str, text: str, inputs: Iterable[str], what: str) -> Trouble | None:
    """Write a file, `what` in words, if it is none of the inputs; what keeps us from it is a Trouble."""
    from bnverify.record import Trouble
    from bnverify.write import write_output

    if any(_is_same(path, one) for one in inputs):
        return Trouble(path, f"the {what} would take the place of a note", "name another file")
    return write_output(path, text)


def _is_same(path: str, other: str) -> bool:
    return os.path.exists(path) and os.path.exists(other) and os.path.samefile(path, other)
