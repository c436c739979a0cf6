"""The flags of `bnverify check` that say which findings count."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import wraps
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bnverify.cli.options import codes_like
from bnverify.cli.outputs import inputs_of, write_beside
from bnverify.cli.screen import failed
from bnverify.nearest import hint

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bnverify.baseline import Baseline
    from bnverify.judge.asked import Options
    from bnverify.record import Report


class Codes(click.ParamType[tuple[str, ...]]):
    """One code or several, with commas between them."""

    name = "CODES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        from bnverify.codes import NAMES

        codes = tuple(code.strip() for code in value.split(",")) if isinstance(value, str) else tuple(value)
        for code in codes:
            if code not in NAMES:
                self.fail(f"{code!r} is no code: {hint(code, NAMES)}", param, ctx)
        return codes

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(one) for one in codes_like(ctx, param, incomplete)]


CODES = Codes()


class Selection(NamedTuple):
    """What the command line says of the findings that count."""

    select: tuple[str, ...]
    ignore: tuple[str, ...]
    exit_zero: bool
    baseline: str | None
    update: bool

    def wrong(self, repairing: bool) -> Iterator[str]:
        """What cannot be asked for, as sentences; `repairing`: notes are repaired or explained."""
        if self.update and self.baseline is None:
            yield "--update-baseline writes the file that --baseline names"
        if self.update and (self.select or self.ignore):
            yield "--update-baseline takes all that is found: leave --select and --ignore away"
        if repairing and self.baseline is not None:
            yield "--baseline goes with a report: leave --fix, --diff and --explain away"

    def applied(self, options: Options) -> Options:
        from bnverify.codes import ignored_codes

        ignored = ignored_codes(self.select or None, (), "--select") if self.select else {}
        by_name = ignored_codes(None, self.ignore, "--ignore")
        return replace(options, ignored={**ignored, **by_name}, selects=bool(self.select))

    def status(self, status: int) -> int:
        """The exit status of a run that ends with this one."""
        return 0 if self.exit_zero and status in (1, 3) else status


def with_selection(command: Callable[..., int]) -> Callable[..., int]:
    """Add these flags to a command, which gets them as one argument `selection`."""

    @wraps(command)
    def wrapped(
        *,
        select: tuple[tuple[str, ...], ...],
        ignore: tuple[tuple[str, ...], ...],
        exit_zero: bool,
        baseline: str | None,
        update_baseline: bool,
        **given: Any,
    ) -> int:
        selection = Selection(tuple(chain(*select)), tuple(chain(*ignore)), exit_zero, baseline, update_baseline)
        return selection.status(command(selection=selection, **given))

    for option in (
        click.option("--exit-zero", is_flag=True, help="End with 0 whatever is found; trouble still ends with 2."),
        click.option("--update-baseline", is_flag=True, help="Write what is found into the file of --baseline."),
        click.option("--baseline", metavar="FILE", help="Findings in this file are known, and do not count."),
        click.option(
            "--ignore",
            multiple=True,
            type=Codes(),
            shell_complete=codes_like,
            help="Findings of these codes do not count.",
        ),
        click.option(
            "--select",
            multiple=True,
            type=Codes(),
            shell_complete=codes_like,
            help="Only findings of these codes count.",
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def with_known(report: Report, selection: Selection) -> Report:
    """The report in which what the baseline knows does not count; the file is written before, if that is asked for.

    Raises click.UsageError for a file that is no baseline, and click.exceptions.Exit where it cannot be written.
    """
    if selection.baseline is None:
        return report
    from bnverify.baseline import baseline_of, with_baseline

    if selection.update:
        old = _read(selection.baseline) if os.path.exists(selection.baseline) else None
        text = baseline_of(report.notes, selection.baseline, old)
        trouble = write_beside(selection.baseline, text, inputs_of(report), "baseline")
        if trouble is not None:
            raise click.exceptions.Exit(failed(trouble))
        click.echo(f"wrote {selection.baseline}", err=True)
    known = _read(selection.baseline)
    _tell_what_is_gone(known, report)
    return replace(report, notes=tuple(with_baseline(record, known) for record in report.notes))


def _read(path: str) -> Baseline:
    from bnverify.baseline import BadBaseline, read_baseline

    try:
        return read_baseline(path)
    except BadBaseline as trouble:
        raise click.UsageError(f"--baseline {path}: {trouble}") from trouble


def _tell_what_is_gone(known: Baseline, report: Report) -> None:
    from bnverify.baseline import gone

    if left := gone(known, report.notes):
        many = "1 finding" if left == 1 else f"{left} findings"
        is_are, it_them = ("is", "it") if left == 1 else ("are", "them")
        words = f"{many} of {known.path} {is_are} not there any more: --update-baseline removes {it_them}"
        click.echo(words, err=True)
