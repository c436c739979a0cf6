"""A repaired note -> the difference as a patch, and a few words about what was repaired and what was not."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import unified_diff

from bnverify.record import Fixed, NoteRecord, Rewritten
from bnverify.report.paths import from_here, octets
from bnverify.report.pieces import Line, line, printable, wrapped
from bnverify.source import Span

STYLES = {"+": "right", "-": "error", "@": "help"}
ESCAPES = {"\\": "\\\\", '"': '\\"', "\t": "\\t", "\n": "\\n", "\r": "\\r"}


# -- the patch


def patch(fixed: Fixed) -> str:
    """The unified difference as `git apply` and `patch -p1` take it; empty where nothing changes."""
    return "".join(map(_patch, fixed.files))


def _patch(one: Rewritten) -> str:
    old, new = (header_name(side, one.path) for side in "ab")
    lines = unified_diff(lines_of(one.old), lines_of(one.new), old, new)
    return "".join(one if one.endswith("\n") else f"{one}\n\\ No newline at end of file\n" for one in lines)


def lines_of(text: str) -> list[str]:
    """Lines with their ends; a carriage return is a character of its line, as it is for the tools that read patches."""
    parts = text.split("\n")
    return [f"{one}\n" for one in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def header_name(side: str, name: str) -> str:
    """`a/NAME`, relative where it can be; a tab ends a name with blanks, and quotes stand around odd characters."""
    path = f"{side}/{from_here(name).lstrip('/')}"
    if any(letter in '"\\' or not letter.isprintable() for letter in path):
        return f'"{"".join(map(_quoted, path))}"'
    return f"{path}\t" if " " in path else path


def _quoted(letter: str) -> str:
    """A letter of a path as git writes it between quotes: what cannot be shown by the numbers of its bytes."""
    if letter in ESCAPES or letter.isprintable():
        return ESCAPES.get(letter, letter)
    return "".join(f"\\{byte:03o}" for byte in octets(letter))


def styled(text: str) -> list[Line]:
    """A patch for a terminal."""
    return [line((printable(one), STYLES.get(one[:1], ""))) for one in text.split("\n")[:-1]]


# -- the words


def summary(fixed: Fixed, written: bool) -> list[Line]:
    """`repaired 3 steps in NOTE (lines 12, 14, 40); 1 error is left`, and below it why repairs were not applied."""
    note, lines = fixed.after.note, [line(f"{_repaired(fixed, written)}; {_left(fixed.after)}")]
    for one in fixed.waiting:
        lines += wrapped("  ", f"{note.lines([one.relation.start])} has a repair that is not applied: {one.why}")
    if len(fixed.after.unmet) > len(fixed.before.unmet):
        where = _lines(fixed.after, [one.primary.span for one in fixed.after.unmet])
        lines += wrapped("  ", f"the note still expects errors that it does not hold any more ({where})")
    return lines


def _repaired(fixed: Fixed, written: bool) -> str:
    name = printable(fixed.before.note.name)
    steps = fixed.repaired
    if not steps:
        return f"nothing {'was repaired' if written else 'to repair'} in {name}"
    many = "1 step" if len(steps) == 1 else f"{len(steps)} steps"
    where = _lines(fixed.before, [step.relation for step in steps])
    return f"repaired {many} in {name} ({where})" if written else f"{name}: {many} would be repaired ({where})"


def _lines(record: NoteRecord, places: Sequence[Span]) -> str:
    return record.note.lines(place.start for place in places)


def _left(record: NoteRecord) -> str:
    wrong = {step.relation for step in record.steps if step.is_wrong}
    expected, ignored = len(wrong & record.expected), len(wrong & record.set_aside - record.expected)
    left = len(wrong) - expected - ignored
    words = {0: "no error is left", 1: "1 error is left"}.get(left, f"{left} errors are left")
    words += f", beside {expected} that the note expects" if expected else ""
    return f"{words}, beside {ignored} that {'is' if ignored == 1 else 'are'} ignored" if ignored else words
