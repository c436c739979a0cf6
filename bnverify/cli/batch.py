"""The flags of `bnverify check` for many notes: who checks, what is remembered, and lines as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bnverify.cli.formats import Form
from bnverify.cli.options import STDIN, Sources
from bnverify.cli.screen import progress

if TYPE_CHECKING:
    from bnverify.batch.checked import Checked, Means
    from bnverify.batch.crew import Crew
    from bnverify.judge.asked import Options
    from bnverify.record import Report
    from bnverify.report.look import Look


class Jobs(click.ParamType[int]):
    """A number of processes; 0 or `auto`: one for each core."""

    name = "N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if value == "auto":
            return 0
        if not (isinstance(value, int) or (value.isascii() and value.isdigit())) or not 0 <= int(value) <= 1024:
            self.fail(f"{value!r} is no number of processes: give one from 1 to 1024, or auto", param, ctx)
        return int(value)


class How(NamedTuple):
    """What the command line says of the way in which notes are checked."""

    jobs: int
    scheduler: str | None
    cache: bool
    watch: bool = False

    def wrong(self, one_by_one: bool) -> Iterator[str]:
        """What cannot be asked for, as sentences; `one_by_one`: notes are repaired or explained."""
        if self.scheduler is not None and self.jobs != 1:
            yield "--scheduler names workers that are there already: leave --jobs away"
        if one_by_one and (self.scheduler is not None or self.jobs != 1):
            yield "--fix, --diff and --explain take one note after another: leave --jobs and --scheduler away"


def with_how(command: Callable[..., int]) -> Callable[..., int]:
    """Add these flags to a command, which gets them as one argument `how`."""

    @wraps(command)
    def wrapped(*, jobs: int, scheduler: str | None, no_cache: bool, watch: bool, **given: Any) -> int:
        return command(how=How(jobs, scheduler, not no_cache, watch), **given)

    for option in (
        click.option("--watch", is_flag=True, help="Check again whenever a note or a file that it needs changes."),
        click.option("--no-cache", is_flag=True, help="Judge anew what was judged before, and remember nothing."),
        click.option("--scheduler", metavar="ADDRESS", help="Let the workers of this Dask cluster check the notes."),
        click.option("-j", "--jobs", type=Jobs(), default=1, show_default=True, help="Processes; `auto`: all cores."),
    ):
        wrapped = option(wrapped)
    return wrapped


def report_of(sources: Sources, options: Options, how: How, form: Form, until: float | None) -> Report:
    """Check all notes, and keep every record."""
    from bnverify.batch.many import gathered

    with _checking(sources, options, how, form.for_programs, form.look.verbose, until) as checked:
        report = gathered(checked, options.framework)
    if form.name != "full" and form.output is None:
        _admit(len(report.remembered), len(report.notes))
    return report


def print_lines(sources: Sources, options: Options, how: How, look: Look, until: float | None) -> int:
    """Print each note as it comes and forget it; the exit status."""
    from bnverify.report.counts import Totals
    from bnverify.report.json_lines import last_line, line_of
    from bnverify.words.conventions import framework_words

    totals, remembered = Totals(), 0
    # Lines that go to the terminal themselves leave no room for more.
    with _checking(sources, options, how, sys.stdout.isatty(), look.verbose, until) as checked:
        for one in checked:
            click.echo(line_of(one.outcome))
            remembered += one.remembered
            totals = totals.with_outcome(one.outcome, look.strict)
    click.echo(last_line(totals, framework_words(options.framework)))
    _admit(remembered, totals.notes)
    return totals.exit_status


def _admit(remembered: int, notes: int) -> None:
    """A document is the same whether it was judged now or before: that it was before is said beside it."""
    if remembered:
        from bnverify.report.ending import remembered_words

        click.echo(f"{remembered_words(remembered, notes)}; --no-cache judges anew", err=True)


@contextmanager
def _checking(
    sources: Sources, options: Options, how: How, silent: bool, verbose: bool, until: float | None
) -> Iterator[Iterable[Checked]]:
    """The notes as they come; workers end with it, and why nothing was remembered is told those who ask for more."""
    from bnverify.batch.many import check_each

    with ExitStack() as stack:
        means = _means(sources, how, stack, until)
        notes = sources.notes()
        told = stack.enter_context(progress(silent or STDIN in sources.paths, notes))
        yield stack.enter_context(closing(check_each(notes, options, means, told)))
    if verbose and means.cache and means.cache.trouble:
        click.echo(f"the cache is not used: {means.cache.trouble}", err=True)


def _means(sources: Sources, how: How, stack: ExitStack, until: float | None) -> Means:
    from bnverify.batch.checked import Means
    from bnverify.batch.many import crew_of

    crew = crew_of(jobs=how.jobs) if how.scheduler is None else _cluster(how.scheduler, stack)
    if not how.cache or sources.formulas or STDIN in sources.paths:
        return Means(crew, until=until)
    from bnverify.batch.cache import Cache, default_folder

    return Means(crew, Cache(default_folder()), until)


def _cluster(address: str, stack: ExitStack) -> Crew:
    from bnverify.batch.cluster import Unreachable, crew_at

    try:
        return stack.enter_context(crew_at(address))
    except Unreachable as trouble:
        raise click.ClickException(str(trouble)) from trouble
