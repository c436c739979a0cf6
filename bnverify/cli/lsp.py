"""`bnverify lsp`: the server that an editor starts and talks to."""

from __future__ import annotations

import click

INSTALL = "pip install 'bnverify[lsp]'"


@click.command(short_help="Serve an editor: errors, explanations and repairs while typing.")
@click.option("--stdio", is_flag=True, help="What it does anyway; some editors say it.")
def lsp(stdio: bool) -> int:
    """A language server for Markdown, LaTeX and plain text, on standard input and output.

    An editor starts it: docs/editors.md has the settings for VS Code, Neovim and Emacs.
    """
    import signal

    try:
        import pygls.lsp.server  # noqa: F401
    except ImportError as trouble:
        raise click.ClickException(f"the language server needs pygls ({trouble}): {INSTALL}") from trouble
    from bnverify.lsp.server import serve

    # The library waits for its input before it ends, and nothing has to be put away.
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, signal.SIG_DFL)
    return serve()
