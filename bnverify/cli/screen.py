"""Lines -> the terminal: colours, progress, and what goes to which stream."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sized
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from bnverify.record import Trouble
    from bnverify.report.pieces import Line

COLOURS = {
    "error": "bold red",
    "warning": "yellow",
    "notice": "cyan",
    "right": "green",
    "path": "bold",
    "primary": "bold red",
    "secondary": "blue",
    "gutter": "bright_black",
    "help": "cyan",
}
"""What the styles of report/pieces.py look like on a terminal."""


def show(lines: Iterable[Line], color: str, on_error: bool = False) -> None:
    """Styles on a terminal, plain text elsewhere; NO_COLOR wins."""
    if on_error or not styles_wanted(color):
        from bnverify.report.pieces import text_of

        click.echo(text_of(lines), nl=False, err=on_error)
        return
    from rich.console import Console
    from rich.text import Text

    from bnverify.report.pieces import guarded

    console = Console(markup=False, highlight=False, soft_wrap=True, force_terminal=True)
    for one in map(guarded, lines):
        console.print(Text.assemble(*((text, COLOURS.get(style, "")) for text, style in one)))


def emit(text: str, output: str | None) -> Trouble | None:
    """Print a text, or write it into a file; what keeps us from it is a Trouble."""
    if output is None:
        from bnverify.report.pieces import without_orders

        click.echo("\n".join(map(without_orders, text.split("\n"))), nl=False)
        return None
    from bnverify.write import write_output

    return write_output(output, text)


def complain(trouble: click.ClickException) -> None:
    """Say on standard error what is wrong with a command line; what it repeats may come from anywhere."""
    import io

    from bnverify.report.pieces import harmless

    said = io.StringIO()
    trouble.show(said)
    click.echo(harmless(said.getvalue()), nl=False, err=True)


def failed(trouble: Trouble) -> int:
    """Say it on standard error; the exit status for it."""
    from bnverify.report.full import trouble_lines

    show(trouble_lines(trouble), "never", on_error=True)
    return 2


def styles_wanted(color: str) -> bool:
    wanted = color == "always" or (color == "auto" and sys.stdout.isatty())
    return wanted and not os.environ.get("NO_COLOR")


class Silent:
    """No progress: output is not a terminal."""

    def __enter__(self) -> Callable[[str], None]:
        return lambda _: None

    def __exit__(self, *_: object) -> None: ...


class Spinner(Silent):
    """What is looked at, on a terminal, on standard error; of several notes also how many are done, and the time left.

    Who is told names what comes next: everything named before is done.
    """

    def __init__(self, notes: int) -> None:
        self.notes = notes

    def __enter__(self) -> Callable[[str], None]:
        from rich import progress as rich
        from rich.console import Console

        from bnverify.report.pieces import printable

        of_many = (
            (rich.MofNCompleteColumn(), rich.BarColumn(bar_width=20), rich.TimeRemainingColumn())
            if self.notes > 1
            else ()
        )
        words = rich.TextColumn("{task.fields[words]}", markup=False)
        console = Console(stderr=True)
        self.shown = rich.Progress(rich.SpinnerColumn(), *of_many, words, console=console, transient=True)
        self.shown.start()
        task = self.shown.add_task("", total=self.notes or None, completed=-1, words="reading")

        def told(path: str) -> None:
            self.shown.update(task, advance=1, words=f"checking {printable(path)}")

        return told

    def __exit__(self, *_: object) -> None:
        self.shown.stop()


def progress(silent: bool, notes: Iterable[object] = ()) -> Silent:
    """Who is told what is looked at; `notes` are counted if they can be."""
    if silent or not sys.stderr.isatty():
        return Silent()
    return Spinner(len(notes) if isinstance(notes, Sized) else 0)
