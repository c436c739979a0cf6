"""`bnverify config`: the settings that are in force for a note, and where each comes from."""

from __future__ import annotations

import os

import click

from bnverify.cli.options import FILE
from bnverify.cli.screen import show


@click.command(short_help="Show the settings in force, and where they come from.")
@click.argument("path", required=False, default="", type=FILE, metavar="[NOTE]")
@click.option("--isolated", is_flag=True, help="Ignore the settings in pyproject.toml.")
@click.option("--output-format", type=click.Choice(["full", "json"]), default="full", show_default=True)
def config(path: str, isolated: bool, output_format: str) -> int:
    """Show every setting that holds for a note, or for the current folder, and what says so.

    A flag on the command line is stronger than all of them; of the convention, front matter and the definitions of a
    note are stronger too. A key that is not known is an error.
    """
    from bnverify.config.checked import BadConfig, Config
    from bnverify.config.found import find_config
    from bnverify.config.in_force import in_force

    folder = path if os.path.isdir(path) else os.path.dirname(path)
    try:
        found = Config() if isolated else find_config(os.path.abspath(folder))
    except BadConfig as trouble:
        raise click.ClickException(str(trouble)) from trouble
    settings = in_force(found, path)
    if output_format == "json":
        import json

        shown = [{"name": one.name, "value": one.value, "source": one.source or None} for one in settings]
        click.echo(json.dumps({"file": found.path or None, "settings": shown}, indent=1))
    else:
        from bnverify.config.page import page

        show(page(found, path, settings), "auto")
    return 0
