"""Section `cold`: whole commands against the imports of the libraries that they need, cold; for Unix.

Every command runs in turns with the imports that it is compared with; modules are compiled before.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks import THREADS
from tests.benchmarks.tables import Table, figure, ratio, span
from tests.benchmarks.timing import ROOT, Timed, in_turns

STEPS = 50
DEFINED = r"\sigma^2+\epsilon"
LINES = (
    r"\frac{\partial L}{\partial \hat{x}_i} = \gamma \frac{\partial L}{\partial y_i}",
    rf"\frac{{\partial \hat{{x}}_i}}{{\partial \mu}} = -\frac{{1}}{{\sqrt{{{DEFINED}}}}}",
    r"\frac{\partial L}{\partial \sigma^2} = \sum_{i=1}^n \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial \sigma^2}"
    rf" = -\frac{{\gamma}}{{2}} ({DEFINED})^{{-\frac32}} \sum_{{i=1}}^n \frac{{\partial L}}{{\partial y_i}} (x_i - \mu)",
    rf"\frac{{\partial L}}{{\partial \mu}} = \frac{{-\gamma}}{{\sqrt{{{DEFINED}}}}} \sum_{{i=1}}^n \frac{{\partial L}}{{\partial y_i}}",
    r"\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial x_i}"
    r" + \frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i} + \frac{\partial L}{\partial \mu} \frac{\partial \mu}{\partial x_i}"
    rf" = \frac{{\gamma}}{{n\sqrt{{{DEFINED}}}}} \left(n \frac{{\partial L}}{{\partial y_i}} - \sum_{{j=1}}^n \frac{{\partial L}}{{\partial y_j}}"
    r" - \hat{x}_i \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j\right)",
    r"\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (x_i - \mu)",
    r"\frac{\partial L}{\partial \gamma} = \sum_{i=1}^n \frac{\partial L}{\partial y_i} \hat{x}_i",
    r"\frac{\partial L}{\partial \beta} = \sum_{i=1}^n \frac{\partial L}{\partial y_i}",
)
MOST = 300.0
"""Seconds that all runs of one command may take."""
MEMORY = "import resource; print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"


@dataclass(frozen=True, slots=True)
class Command:
    """What is run, the imports that it is measured by, the ratio that is aimed at, and the memory in MB."""

    arguments: tuple[str, ...]
    imports: str
    aim: float
    memory: int | None = None


COMMANDS = {
    "check --witness proof": Command(
        ("check", "NOTE", "--no-cache", "--witness", "proof"), "import click, lark, flint", 2.5, 48
    ),
    "check": Command(("check", "NOTE", "--no-cache"), "import sympy, numpy", 2.5),
    "check, remembered": Command(("check", "NOTE"), "import sympy, numpy", 1.0),
    "--help": Command(("--help",), "import click", 1.5),
}
"""A command that finds something from an earlier run is one more entry here."""


def note_text() -> str:
    """A note of fifty formulas, some of two steps."""
    return "".join(f"$${LINES[k % len(LINES)]}$$\n\n" for k in range(STEPS))


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole process: its seconds of the processor, beside those of the clock on the wall."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    walls: list[float] = field(default_factory=list)

    def run(self, number: int) -> tuple[float, str]:
        start = time.perf_counter()
        process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, env=self.environment, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        self.walls.append(time.perf_counter() - start)
        process.returncode = os.waitstatus_to_exitcode(status)
        return used.ru_utime + used.ru_stime, f"exit status {process.returncode}"

    @property
    def wall(self) -> Timed:
        """Without the first run, which compiles."""
        return Timed(tuple(self.walls[1:]))

    def close(self) -> None:
        pass


def compiled(folder: str) -> dict[str, str]:
    """An environment in which modules are compiled once, as in an installed package."""
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONDONTWRITEBYTECODE", *THREADS}}
    return {**kept, "PYTHONPYCACHEPREFIX": folder}


def peak_megabytes(command: tuple[str, ...], environment: Mapping[str, str]) -> float:
    """The peak memory of one command, measured in a child of its own."""
    program = f"import subprocess; subprocess.run({command!r}, capture_output=True); {MEMORY}"
    asked = [sys.executable, "-c", program]
    found = subprocess.run(asked, capture_output=True, text=True, check=True, env=environment, cwd=ROOT)
    return int(found.stdout) / 1024


def tables(runs: int) -> list[Table]:
    with tempfile.TemporaryDirectory() as folder:
        note = Path(folder) / "note.md"
        note.write_text(note_text(), encoding="utf-8")
        environment = compiled(os.path.join(folder, "compiled"))
        rows = []
        for name, one in COMMANDS.items():
            arguments = (str(note) if part == "NOTE" else part for part in one.arguments)
            command = (sys.executable, "-m", "bnverify", *arguments)
            imports = (sys.executable, "-c", one.imports)
            works = {"ours": Whole(command, environment), "imports": Whole(imports, environment)}
            times = in_turns(works, runs, most=MOST)
            assert all(found.found == "exit status 0" for found in times.values()), times
            compared = Compared(times["ours"], times["imports"], works["ours"].wall, works["imports"].wall)
            rows.append(row(name, one, compared, peak_megabytes(command, environment)))
    return [
        Table(
            f"Whole commands, a note of {STEPS} formulas, cold: seconds, median (range)",
            ("command", "processor", "compared with", "processor", "ratio", "aim", "wall", "ratio", "MB", "aim"),
            tuple(rows),
            ("Modules are compiled, and the files are in the memory of the system. Both ratios are to the imports.",),
        )
    ]


@dataclass(frozen=True, slots=True)
class Compared:
    ours: Timed
    imports: Timed
    our_wall: Timed
    wall_of_imports: Timed


def row(name: str, one: Command, found: Compared, memory: float) -> tuple[str, ...]:
    compared = (f"`{one.imports}`", span(found.imports, 1), ratio(found.ours, found.imports), figure(one.aim))
    wall = (span(found.our_wall, 1), ratio(found.our_wall, found.wall_of_imports))
    return (f"`{name}`", span(found.ours, 1), *compared, *wall, f"{memory:.0f}", str(one.memory or "-"))
