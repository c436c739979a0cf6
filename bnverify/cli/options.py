"""What several commands take: where notes come from, and the convention to judge under."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from bnverify.nearest import hint

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from bnverify.files.loaded import Loaded
    from bnverify.judge.asked import Options

COLOR = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True,
    help="Colours: `auto` on a terminal, unless NO_COLOR is set.",
)  # fmt: skip
STDIN_NAME = click.option(
    "--stdin-filename", metavar="NAME", help="The name of the note from standard input: what to show, and its kind."
)
EXCLUDE = click.option(
    "--exclude", multiple=True, metavar="PATTERN", help="Leave these out of folders, as in .gitignore."
)
DECLARED = "declared"
STDIN = "-"


class Files(click.ParamType[str]):
    """A path, as it is typed; a shell completes the names of files."""

    name = "path"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="file")]


FILE = Files()


def codes_like(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The codes that begin as it is typed, behind what stands before the last comma."""
    from bnverify.codes import NAMES

    before, comma, last = incomplete.rpartition(",")
    return [f"{before}{comma}{name}" for name in NAMES if name.startswith(last)]


class Named(click.ParamType[str]):
    """One of a few names, which are looked up when they are needed; a wrong one is told the nearest."""

    name = "choice"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(name) for name in self.names() if name.startswith(incomplete)]

    def __init__(self, names: Callable[[], Sequence[str]]) -> None:
        self.names = names

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return f"[{'|'.join(self.names())}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.names():
            self.fail(f"{value!r} is not known: {hint(value, self.names())}", param, ctx)
        return str(value)


def choices_of(part: str) -> Named:
    """The names of the choices of a part of the convention, or `declared`."""

    def names() -> Sequence[str]:
        from bnverify.model.conventions import NAMES

        return (DECLARED, *NAMES[part])

    return Named(names)


def framework_names() -> Sequence[str]:
    from bnverify.model.frameworks import FRAMEWORKS

    return tuple(FRAMEWORKS)


def layer_names() -> Sequence[str]:
    from bnverify.model.standard import STANDARD

    return tuple(STANDARD)


LIMIT = click.option(
    "--limit", "limits", multiple=True, metavar="NAME=N", help="How much is worked on, such as steps=10000; see README."
)
OUTPUT = click.option("-o", "--output", metavar="FILE", help="Write it into this file, as a whole or not at all.")
FLAGS = {
    "variance": ("--variance", "The variance to judge under."),
    "epsilon": ("--epsilon", "Where epsilon stands."),
    "residual": ("--sign-convention", "The numerator of x-hat."),
    "upstream": ("--upstream", "What dL/dx-hat means: itself, or `y`: it stands for dL/dy."),
}
"""The flag of each part of a convention on which verdicts depend."""


class Asked(NamedTuple):
    """The convention that the command line asks for; what it leaves open is for notes and settings to say."""

    chosen: dict[str, str]
    framework: str | None
    isolated: bool
    limits: tuple[str, ...] = ()
    """Each as it is written: `steps=10000`."""

    @property
    def forces(self) -> bool:
        return bool(self.framework) or any(name != DECLARED for name in self.chosen.values())

    def options(self, witness: str) -> Options:
        """What is asked for. Raises click.UsageError."""
        from bnverify.run import options_from

        try:
            options = options_from(witness=witness, framework=self.framework or "", **self.chosen)
        except ValueError as trouble:
            raise click.UsageError(str(trouble)) from trouble
        return replace(options, isolated=self.isolated, limits=dict(map(limit_of, self.limits)))


def limit_of(written: str) -> tuple[str, int]:
    """A limit as the command line sets it. Raises click.UsageError."""
    from bnverify.limits import checked

    name, _, most = written.partition("=")
    try:
        return name, checked(name, int(most) if most.isascii() and most.isdigit() and len(most) < 20 else most)
    except ValueError as trouble:
        raise click.UsageError(f"--limit: {trouble}") from trouble


def with_convention(command: Callable[..., int]) -> Callable[..., int]:
    """Add the flags of the convention to a command, which gets them as one argument `asked`."""

    @wraps(command)
    def wrapped(*, framework: str | None, isolated: bool, limits: tuple[str, ...], **given: Any) -> int:
        from bnverify.limits import limited

        chosen = {part: given.pop(part) for part in FLAGS}
        with limited(dict(map(limit_of, limits))):
            return command(asked=Asked(chosen, framework, isolated, limits), **given)

    for part, (flag, help) in reversed(FLAGS.items()):
        option = click.option(
            flag, part, type=choices_of(part), default=DECLARED, show_default=True, help=help,
        )  # fmt: skip
        wrapped = option(wrapped)
    framework = click.option(
        "--framework", type=Named(framework_names), help="Judge under the convention of this framework."
    )
    isolated = click.option("--isolated", is_flag=True, help="Ignore the settings in pyproject.toml.")
    return isolated(framework(LIMIT(wrapped)))


class Sources(NamedTuple):
    """Where the notes come from: formulas of the command line, or files, folders and standard input."""

    paths: tuple[str, ...]
    formulas: tuple[str, ...] = ()
    stdin_name: str | None = None
    exclude: tuple[str, ...] = ()
    isolated: bool = False

    def wrong(self) -> Iterator[str]:
        """What cannot be asked for, as sentences."""
        from bnverify.files.folders import refuse_bad_patterns

        if self.stdin_name is not None and STDIN not in self.paths:
            yield "--stdin-filename names the note from standard input: add `-`"
        try:
            refuse_bad_patterns(self.exclude)
        except ValueError as trouble:
            yield f"--exclude: {trouble}"

    def notes(self) -> Iterable[Loaded]:
        from bnverify.files.loaded import Loaded
        from bnverify.run import find
        from bnverify.source import Note

        if self.formulas:
            text = "\n\n".join(f"$${_whole(formula)}$$" for formula in self.formulas)
            return (Loaded("<formula>", Note("<formula>", text)),)
        return find(self.named(), self.isolated, self.exclude, self._stdin)

    def named(self) -> tuple[str, ...]:
        """The files and folders. Raises click.UsageError where none is named and there is no usual one."""
        return self.paths or _default_paths(self.isolated)

    def _stdin(self) -> Loaded:
        from bnverify.files.reading import decode
        from bnverify.limits import most

        # No more than what is refused anyhow: it may have no end, or be closed.
        read = sys.stdin.buffer.read(most("notebook") + 1) if sys.stdin is not None else b""
        return decode(self.stdin_name or "<stdin>", read)


def _whole(typed: str) -> str:
    """What was typed, with a sign for bytes that are no characters."""
    return typed.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _default_paths(isolated: bool) -> tuple[str, ...]:
    """What the settings name where nobody names anything, or the folder `derivations`. Raises click.UsageError."""
    if not isolated and (paths := _paths_of_project()):
        return paths
    if os.path.isdir("derivations"):
        return ("derivations",)
    command = click.get_current_context().info_name
    raise click.UsageError(
        "there is no folder `derivations` here, and no note was named\n"
        f"Type `bnverify {command} NOTE.md`, or `bnverify demo` to see what it does."
    )


def _paths_of_project() -> tuple[str, ...]:
    from bnverify.config.checked import BadConfig
    from bnverify.config.found import find_config

    try:
        config = find_config(os.getcwd())
    except BadConfig as trouble:
        raise click.UsageError(f"the settings of this project are wrong: {trouble}") from trouble
    return tuple(os.path.relpath(os.path.join(os.path.dirname(config.path), path)) for path in config.paths)


def refuse(sentences: Iterator[str]) -> None:
    """The first of the sentences is why this cannot be asked for."""
    for sentence in sentences:
        raise click.UsageError(sentence)
