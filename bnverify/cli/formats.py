"""The formats of a report, and where it goes: the terminal, standard output, or a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bnverify.cli.options import COLOR, OUTPUT
from bnverify.cli.outputs import inputs_of, write_beside
from bnverify.cli.screen import failed, show

if TYPE_CHECKING:
    from bnverify.record import Report
    from bnverify.report.look import Look
    from bnverify.report.pieces import Line

LINES = "json-lines"
STATISTICS = "statistics"
FOR_PEOPLE: Mapping[str, str] = {
    "full": "bnverify.report.full",
    "concise": "bnverify.report.concise",
    STATISTICS: "bnverify.report.statistics",
}
"""Each with the module whose `render(report, look)` makes lines of it."""
FOR_PROGRAMS: Mapping[str, str] = {
    "json": "bnverify.report.jsons",
    LINES: "bnverify.report.json_lines",
    "github": "bnverify.report.github",
    "junit": "bnverify.report.junit",
    "sarif": "bnverify.report.sarif",
    "markdown": "bnverify.report.markdown",
    "html": "bnverify.html.page",
}
"""Each with the module whose `render(report, look)` makes one text of it."""


class Form(NamedTuple):
    """What the command line says of the report: its format, the file that it goes to, and how it is to look."""

    name: str
    output: str | None
    look: Look
    color: str

    @property
    def for_programs(self) -> bool:
        return self.name in FOR_PROGRAMS

    @property
    def is_streamed(self) -> bool:
        """Whether each note is printed as it comes."""
        return self.name == LINES and self.output is None

    def ending(self, until: float | None) -> Form:
        """The same for a run that has to end at a moment, on the clock `time.monotonic`."""
        return self._replace(look=replace(self.look, until=until))


def with_form(command: Callable[..., int]) -> Callable[..., int]:
    """Add the flags of the report to a command, which gets them as one argument `form`."""

    @wraps(command)
    def wrapped(
        *,
        output_format: str,
        statistics: bool,
        output: str | None,
        verbose: bool,
        quiet: bool,
        strict: bool,
        color: str,
        **given: Any,
    ) -> int:
        from bnverify.report.look import Look

        if statistics and output_format not in ("full", STATISTICS):
            raise click.UsageError("--statistics is a format of its own: leave --output-format away")
        name = STATISTICS if statistics else output_format
        return command(form=Form(name, output, Look(verbose, quiet, strict), color), **given)

    formats = click.Choice([*FOR_PEOPLE, *FOR_PROGRAMS])
    for option in (
        COLOR,
        click.option("--strict", is_flag=True, help="Warnings count as errors."),
        click.option("-q", "--quiet", is_flag=True, help="One line for each note."),
        click.option("-v", "--verbose", is_flag=True, help="Every step as it was read, and expected errors in full."),
        OUTPUT,
        click.option("--statistics", is_flag=True, help="How often each code was found, and nothing else."),
        click.option(
            "--output-format", type=formats, default="full", show_default=True, help="For people or programs."
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def deliver(report: Report, form: Form) -> int:
    """Print a report or write it into its file; the exit status."""
    from bnverify.report.counts import exit_status

    if form.output is None:
        _print(report, form)
    elif (trouble := write_beside(form.output, _text(report, form), inputs_of(report), "report")) is not None:
        return failed(trouble)
    else:
        from bnverify.report.ending import end

        show(end(report, form.look.strict), "never", on_error=True)
    return exit_status(report, form.look.strict)


def _print(report: Report, form: Form) -> None:
    if form.for_programs:
        # As bytes: these formats are UTF-8 whatever the terminal or the pipe is set to.
        click.echo(_text(report, form).encode("utf-8", "backslashreplace"), nl=False)
    else:
        show(_lines(report, form), form.color)


def _text(report: Report, form: Form) -> str:
    if not form.for_programs:
        from bnverify.report.pieces import text_of

        return text_of(_lines(report, form))
    text: str = import_module(FOR_PROGRAMS[form.name]).render(report, form.look)
    return text


def _lines(report: Report, form: Form) -> list[Line]:
    lines: list[Line] = import_module(FOR_PEOPLE[form.name]).render(report, form.look)
    return lines
