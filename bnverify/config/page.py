"""The settings in force -> the screen."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.config.checked import Config
from bnverify.config.in_force import Setting
from bnverify.report.pieces import Line, line, pad, printable, width, wrapped

RANKS = (
    "Stronger than all of these are the flags of the command line; of the convention, the front matter of a note and "
    "its own definitions come in between."
)


def page(config: Config, note: str, settings: Sequence[Setting]) -> list[Line]:
    """A line for each setting: name, value, and the table that says so."""
    where = f"settings of {config.path}" if config.path else "no settings: everything is as usual"
    of_note = f", for {note}" if note else ""
    shown = [(one.name, _words(one.value), one.source) for one in settings]
    names, values = (max(width(row[column]) for row in shown) for column in (0, 1))
    rows = [
        line(
            f"  {pad(name, names)}  ",
            (f"{pad(value, min(values, 40))}  ", ""),
            (printable(source) or "usual", "gutter"),
        )
        for name, value, source in shown
    ]
    return [line((printable(where + of_note), "path")), line(), *rows, line(), *wrapped("", RANKS)]


def _words(value: str | int | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return printable(", ".join(value)) or "none"
    return printable(f"{value:,}" if isinstance(value, int) else value)
