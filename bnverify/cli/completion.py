"""`bnverify completion`: what a shell needs to complete commands, options, codes and files."""

from __future__ import annotations

import os
import shutil

import click

from bnverify.cli.screen import emit

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_BNVERIFY_COMPLETE"


@click.command(short_help="Print what a shell needs to complete commands.")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def completion(shell: str | None) -> int:
    """Print a script for a shell; without a name, for the one that is in use.

    bash: `bnverify completion bash > ~/.local/share/bash-completion/completions/bnverify`

    zsh: `bnverify completion zsh > ~/.zfunc/_bnverify`, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc

    fish: `bnverify completion fish > ~/.config/fish/completions/bnverify.fish`
    """
    from click.shell_completion import get_completion_class

    name = shell or os.path.basename(os.environ.get("SHELL", ""))
    if name not in SHELLS:
        raise click.UsageError(f"name a shell: {', '.join(SHELLS)}")
    made = get_completion_class(name)
    assert made is not None
    if name == "bash" and shutil.which("bash") is None:
        raise click.ClickException("bash is not installed here")
    emit(made(click.get_current_context().find_root().command, {}, "bnverify", VARIABLE).source(), None)
    return 0
