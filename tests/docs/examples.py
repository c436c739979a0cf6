"""The blocks of a page, run one after another in an empty folder, as a reader would who copies them.

A line `$ COMMAND` in a `console` block is run, and what follows it is what the terminal shows; a line `...` in it
stands for any number of lines. `bnverify` runs within this process, everything else in a shell.
"""

from __future__ import annotations

import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from click.testing import CliRunner

from bnverify.cli.main import main
from bnverify.cli.screen import complain
from bnverify.config.found import find_config
from tests.conftest import ROOT
from tests.docs.blocks import Block

HOME = "/home/me/notes"
"""What the pages call the folder."""
SETTINGS = "pyproject.toml"
ASKING = "echo $?"
ROUNDING = re.compile(r"(?<=error )(0|\de-1\d)$")
"""A relative error that is nothing but rounding, which depends on the machine."""
IN_SHELL = re.compile(r"[|<>;&]|^(?!bnverify )")


@dataclass
class Reader:
    """Somebody who copies the blocks of one page; `names` is what the blocks of Python have defined."""

    folder: Path
    names: dict[str, object] = field(default_factory=lambda: {"__name__": "__main__"})
    texts: dict[str, str] = field(default_factory=dict)
    """What stands in each file, by its name."""
    commands: list[str] = field(default_factory=list)
    """What was typed, in the shell and in Python."""
    problems: list[str] = field(default_factory=list)
    status: int = 0
    """Of the last command."""

    @property
    def files(self) -> list[str]:
        return list(self.texts)

    def follow(self, block: Block) -> list[str]:
        """Do what a block says; its lines as they have to be."""
        if "not run" in block.orders:
            return list(block.lines)
        if "with" in block.orders:
            beside = block.page.parent / block.orders["with"]
            self.write(beside.name, beside.read_text(encoding="utf-8"), "file")
        for order in ("file", "top of", "add to"):
            if order in block.orders:
                self.write(block.orders[order], block.text, order)
                return list(block.lines)
        if block.kind == "console":
            return self.type_in(block)
        if block.kind == "pycon":
            self.ask_python(block)
        elif block.kind == "python":
            exec(compile(block.text, block.place, "exec"), self.names)
        return list(block.lines)

    def write(self, name: str, text: str, order: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        there = path.read_text(encoding="utf-8") if order != "file" else ""
        self.texts[name] = text + there if order == "top of" else there + text
        path.write_text(self.texts[name], encoding="utf-8")

    def uses(self, file: str) -> bool:
        """Whether a command or another file names a file or its folder; settings are found by themselves."""
        said = "\n".join([*self.commands, *(text for name, text in self.texts.items() if name != file)])
        names = [file, *(str(folder) for folder in Path(file).parents if folder.name)]
        return file == SETTINGS or any(re.search(rf"(?<![\w./]){re.escape(name)}(?![\w/])", said) for name in names)

    def type_in(self, block: Block) -> list[str]:
        """The block with what its commands really show, where it says something else."""
        found: list[str] = []
        announced = int(block.orders.get("status", 0))
        commands = list(commands_of(block))
        for number, (command, expected) in enumerate(commands):
            shown = self.run(command)
            told = commands[number + 1 :] and commands[number + 1][0] == ASKING
            if command != ASKING and not told and self.status != announced:
                self.problems.append(f"{block.place}: `{command}` ends with {self.status}: {shown}")
            found += [f"$ {command}", *(expected if is_like(shown, expected) else shown)]
        return found

    def run(self, command: str) -> list[str]:
        """What a command shows; its exit status is kept."""
        if command == ASKING:
            return [str(self.status)]
        self.commands.append(command)
        shown, self.status = in_shell(command) if IN_SHELL.search(command) else in_process(shlex.split(command)[1:])
        return shown.replace(str(self.folder), HOME).rstrip("\n").split("\n") if shown else []

    def ask_python(self, block: Block) -> None:
        self.commands.append(block.text)
        test = doctest.DocTestParser().get_doctest(block.text, self.names, block.place, str(block.page), block.first)
        said = io.StringIO()
        failed, tried = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.write, clear_globs=False)
        if failed or not tried:
            self.problems.append(said.getvalue())
        self.names.update(test.globs)


def in_process(words: list[str]) -> tuple[str, int]:
    find_config.cache_clear()
    done = CliRunner().invoke(main, words, standalone_mode=False, prog_name="bnverify")
    if done.exception is not None and hasattr(done.exception, "show"):
        said = io.StringIO()
        stderr, sys.stderr = sys.stderr, said
        try:
            complain(done.exception)  # type: ignore[arg-type]
        finally:
            sys.stderr = stderr
        return done.output + said.getvalue(), 2
    if done.exception is not None:
        raise done.exception
    return done.output, done.return_value or 0


def in_shell(command: str) -> tuple[str, int]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, shell=True, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.stdout, done.returncode


def commands_of(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with the lines that it is said to show."""
    assert "".join(block.lines[:1]).startswith("$ "), f"{block.place}: a console block begins with a command"
    starts = [number for number, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        yield block.lines[start].removeprefix("$ "), list(block.lines[start + 1 : end])


def is_like(shown: list[str], expected: list[str]) -> bool:
    """Whether lines are as expected, where `...` stands for any number of them, and rounding may be another one."""
    parts = ["(?:.*\n)*" if line == "..." else f"{re.escape(ROUNDING.sub('', line))}\n" for line in expected]
    return re.fullmatch("".join(parts), "".join(f"{ROUNDING.sub('', line)}\n" for line in shown)) is not None
