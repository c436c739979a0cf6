"""Where the time of a cold `check --witness proof` goes: `python tests/benchmarks/phases.py NOTE [RUNS]`.

The CPU time of each phase in percent, in fresh processes with compiled modules, of each phase the least of all runs.
The machine may be shared: compare the shares of one run, never the times of two.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

PHASES = ("read", "understand", "judge_under", "describe")
CHILD = "--child"


def spent_in(note: str) -> dict[str, float]:
    """The seconds of each phase of this process, which has loaded nothing yet that is measured."""
    spent = {"the interpreter": time.process_time()}

    def timed(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            start = time.process_time()
            try:
                return work(*arguments)
            finally:
                spent[name] = spent.get(name, 0.0) + time.process_time() - start

        return run

    timed("click and flint", _libraries)()
    command, pipeline = timed("our modules", _modules)()
    for name in PHASES:
        setattr(pipeline, name, timed(name, getattr(pipeline, name)))
    timed("the rest", command)(["check", note, "--witness", "proof"], "bnverify", None, False)
    spent["understand"] -= spent["read"]
    spent["the rest"] -= sum(spent[name] for name in PHASES)
    return spent


def _libraries() -> None:
    import click  # noqa: F401
    import flint  # noqa: F401


def _modules() -> tuple[Any, Any]:
    import gc

    import bnverify.cli.main
    import bnverify.report.full
    import bnverify.run

    gc.set_threshold(200_000, 50, 50)
    return bnverify.cli.main.main.main, bnverify.pipeline


def main(note: str, runs: int) -> None:
    import os
    import subprocess
    import tempfile

    least: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment = {**kept, "PYTHONPYCACHEPREFIX": folder}
        for _ in range(runs + 1):  # the first one compiles
            command = [sys.executable, __file__, note, CHILD]
            child = subprocess.run(command, capture_output=True, check=True, env=environment, text=True)
            for line in child.stderr.splitlines():
                name, _, seconds = line.partition("\t")
                least[name] = min(float(seconds), least.get(name, float(seconds)))
    for name, seconds in least.items():
        print(f"{name:<16} {100 * seconds / sum(least.values()):5.1f} %")


if __name__ == "__main__":
    if sys.argv[-1] == CHILD:
        for phase, seconds in spent_in(sys.argv[1]).items():
            print(phase, seconds, sep="\t", file=sys.stderr)
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9)
