"""`bnverify variants`: notes -> the convention under which each is right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from bnverify.cli.options import COLOR, EXCLUDE, FILE, STDIN_NAME, Asked, Sources, refuse, with_convention
from bnverify.cli.screen import progress, show

if TYPE_CHECKING:
    from bnverify.variation.views import Shown


@click.command(short_help="Say under which convention a note is right.")
@click.argument("paths", nargs=-1, type=FILE, metavar="[NOTE]...")
@click.option(
    "-e", "--expression", "formulas_given", multiple=True, metavar="FORMULA", help="Try this formula, given as LaTeX."
)
@click.option("--steps", is_flag=True, help="Every step, not only the final formulas.")
@click.option("--signs", is_flag=True, help="The signs of each derivative, against the true ones.")
@click.option("--formulas", is_flag=True, help="The true formulas under each convention; needs no note.")
@with_convention
@click.option("--output-format", type=click.Choice(["full", "json", "markdown"]), default="full", show_default=True)
@COLOR
@EXCLUDE
@STDIN_NAME
def variants(
    paths: tuple[str, ...],
    formulas_given: tuple[str, ...],
    steps: bool,
    signs: bool,
    formulas: bool,
    asked: Asked,
    output_format: str,
    color: str,
    exclude: tuple[str, ...],
    stdin_filename: str | None,
) -> int:
    """Try the final formulas of notes under every convention: which variance, where epsilon stands, the sign of the
    residual, and whether dL/dx-hat stands for dL/dy.

    A flag of the convention settles that part, and the others are tried.

    Exit status: 0 the final formulas of each note hold under one convention that the note does not contradict; 1 they
    do not; 3 there is none, or one is not decided; 2 wrong use or an unreadable file.
    """
    from bnverify.variation.views import shown

    refuse(_wrong_mixtures(steps, signs, formulas))
    view = "steps" if steps else "signs" if signs else "formulas" if formulas else "finals"
    options, sources = asked.options("proof"), Sources(paths, formulas_given, stdin_filename, exclude, asked.isolated)
    refuse(sources.wrong())
    loaded = () if formulas and not paths and not formulas_given else sources.notes()
    with progress(output_format == "json" or "-" in paths, loaded) as told:
        found = shown(loaded, view, options, told)
    _print(found, output_format, color)
    return found.status


def _wrong_mixtures(steps: bool, signs: bool, formulas: bool) -> Iterator[str]:
    if steps + signs + formulas > 1:
        yield "--steps, --signs and --formulas are three tables: choose one"


def _print(found: Shown, output_format: str, color: str) -> None:
    if output_format == "json":
        click.echo(found.json())
    elif output_format == "markdown":
        click.echo(found.markdown(), nl=False)
    else:
        show(found.terminal(), color)
