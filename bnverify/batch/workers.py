"""How many processes -> an Executor of our own, whose workers end with us, however we end.

Workers are forked from a server that holds the program and nothing else (forkserver), and are started anew where the
system has no such thing: a fork of this process would copy locks that threads of it hold, of the progress on the
screen, of a cluster's client, of a test.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

PROGRAM = ("bnverify.pipeline", "bnverify.repair.diagnose", "bnverify.batch.wire")
MakeExecutor = Callable[[int], Executor]


def cores() -> int:
    """The cores that we may use."""
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processes(jobs: int) -> ProcessPoolExecutor:
    """An Executor with so many processes."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_all_start_methods, get_context

    has_server = "forkserver" in get_all_start_methods()
    context = get_context("forkserver" if has_server else "spawn")
    if has_server:
        context.set_forkserver_preload(list(PROGRAM))
    return ProcessPoolExecutor(jobs, context, prepare)


def prepare() -> None:
    """Make a process a worker of ours: Ctrl-C is for who started us, and we end when that process does."""
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(200_000, 50, 50)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def end(executor: Executor) -> None:
    """End an Executor of ours now, with what its workers are doing."""
    # From Python 3.14 on this is `kill_workers`; before, the processes of an executor are not public.
    workers = list((getattr(executor, "_processes", None) or {}).values())
    executor.shutdown(wait=False, cancel_futures=True)
    for worker in workers:
        with contextlib.suppress(OSError, ValueError):
            worker.kill()
    for worker in workers:
        with contextlib.suppress(OSError, ValueError, AssertionError):
            worker.join(5)
