"""The table of codes -> the list on the screen, and the code that a word names."""

from __future__ import annotations

from difflib import get_close_matches

from bnverify.codes import CODES, WITHOUT_PAGE, Code
from bnverify.diagnostic import Severity
from bnverify.report.pieces import Line, line

MEANING = {
    Severity.ERROR: "the step is wrong",
    Severity.WARNING: "look at this, although nothing is known to be wrong",
    Severity.NOTICE: "this is how it was read",
}


def contents() -> list[Line]:
    """All codes under their severity, with their short names."""
    width = max(len(code.name) for code in CODES) + 2
    lines: list[Line] = []
    for severity, meaning in MEANING.items():
        lines.append(line((severity.value, severity.value), f": {meaning}"))
        lines += [line(f"  {one.name:<{width}}{one.title}") for one in CODES if one.severity is severity]
        lines.append(line())
    return [*lines, line("`bnverify explain CODE` shows an example, why it happens, and what to write instead.")]


def find(word: str) -> Code | None:
    """The code that is meant, in capitals, with underscores, or as `error[sign-flip]` too."""
    return next((code for code in (*CODES, *WITHOUT_PAGE) if code.name == _plain(word)), None)


def nearest(word: str) -> list[str]:
    """The names that look most like the word."""
    return get_close_matches(_plain(word), [code.name for code in (*CODES, *WITHOUT_PAGE)], cutoff=0.5)


def _plain(word: str) -> str:
    return word.strip().rpartition("[")[2].rstrip("]").lower().replace("_", "-")
