"""Inputs on standard input, a line of JSON each -> how the program ended, a line of JSON each.

One process imports the whole program and judges one note; each input runs in a fork of it, under limits and watched.
So an input costs its own work and not the start, which is measured once and added.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import resource
import runpy
import signal
import sys
import traceback
from typing import Any, NoReturn

os.environ["OPENBLAS_NUM_THREADS"] = "1"

from tests.hostile.watch import watch

CPU_SECONDS = 10
"""After which an input is killed: what hangs has to end."""
MEMORY = 2_000_000_000
"""Addresses, most of which NumPy only reserves; the 300 MB are measured."""
LARGEST_FILE = 100_000_000


def serve() -> None:
    """Answer until there are no more inputs."""
    import bnverify.__main__  # noqa: F401

    _warm()
    for line in sys.stdin:
        print(json.dumps(_run(json.loads(line))), flush=True)


def _warm() -> None:
    """Import what a run imports, and judge one note: no input pays for that again."""
    import io

    import bnverify.cli.main
    import bnverify.files.notebook
    import bnverify.files.parts
    import bnverify.fix
    import bnverify.graph.drawing
    import bnverify.proof.steps
    import bnverify.variation.views  # noqa: F401
    from bnverify.cli.main import main

    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        main(["check", "-e", r"\mu = \sum_i x_i"], prog_name="bnverify", standalone_mode=False)
    assert "wrong" in said.getvalue(), said.getvalue()
    gc.collect()
    gc.freeze()


def _run(asked: dict[str, Any]) -> dict[str, Any]:
    if asked["cold"]:
        child = _started(asked)
    else:
        child = os.fork()
        if child == 0:
            _child(asked)
    _, status, used = os.wait4(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "cpu": used.ru_utime + used.ru_stime, "peak": used.ru_maxrss}


def _started(asked: dict[str, Any]) -> int:
    """A process of its own. It is started from here because the peak of a process includes that of its parent."""
    command = [sys.executable, "-m", "tests.hostile.serve", json.dumps(asked)]
    return os.posix_spawn(sys.executable, command, {**os.environ, **asked["environment"]})


def _child(asked: dict[str, Any]) -> NoReturn:
    """The program on the files of one input."""
    status = 70
    try:
        settle(asked)
        sys.argv = ["bnverify", *asked["command"]]
        sys.stdout = open(1, "w", encoding=asked["encoding"], closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding=asked["encoding"], errors="backslashreplace", closefd=False)  # noqa: SIM115
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        from bnverify.__main__ import run

        run()
    except SystemExit as leave:
        status = leave.code if isinstance(leave.code, int) else 70
    except BaseException:
        os.write(2, traceback.format_exc().encode("utf-8", "backslashreplace"))
    with contextlib.suppress(ValueError):
        sys.stdout.flush()
    os._exit(status)


def settle(asked: dict[str, Any]) -> None:
    """The folder, the streams, the limits and the watch of one input."""
    os.chdir(asked["folder"])
    os.environ.update(asked["environment"])
    for stream, path, flags in (
        (0, asked["stdin"], os.O_RDONLY),
        (1, asked["out"], os.O_WRONLY),
        (2, asked["err"], os.O_WRONLY),
    ):
        opened = os.open(path, flags)
        os.dup2(opened, stream)
        os.close(opened)
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    report = os.open(asked["report"], os.O_WRONLY | os.O_APPEND)
    watch(report, [asked["folder"]], asked["writes"], asked["cache"])


def alone(asked: dict[str, Any]) -> None:
    """The same in a process of its own."""
    settle(asked)
    sys.argv = ["bnverify", *asked["command"]]
    runpy.run_module("bnverify.__main__", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        alone(json.loads(sys.argv[1]))
    else:
        serve()
