"""The address of a Dask scheduler -> a crew that hands notes to its workers; nothing else knows Dask."""

from __future__ import annotations

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

from bnverify.batch.code import Code, our_code
from bnverify.batch.crew import Crew
from bnverify.batch.wire import introduced, introduction

T = TypeVar("T")
PATIENCE = 5.0
"""Seconds in which a scheduler has to answer, and a first worker to be there."""
GRACE = 20.0
"""Seconds without any worker after which no answer is waited for; a worker that is started anew takes a few."""
IN_FLIGHT = 4
"""Notes in flight for each thread of a worker."""
INSTALL = "pip install 'bnverify[dask]'"


class Unreachable(Exception):
    """Why no notes can be handed to a cluster, in words."""


@contextmanager
def crew_at(address: str) -> Iterator[Crew]:
    """The workers of the cluster at an address, as long as this lasts. Raises Unreachable."""
    with _client(address) as client:
        from distributed import KilledWorker

        threads = _threads_of_ours(client, address)
        executor = client.get_executor(pure=False)
        try:
            yield Crew(
                executor,
                IN_FLIGHT * threads,
                watch=_watch(client),
                busy=_busy(client),
                lost=(KilledWorker,),
                survives=True,
            )
        finally:
            with contextlib.suppress(Exception):
                executor.shutdown(wait=False)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as trouble:
        raise Unreachable(f"--scheduler needs the package distributed: {INSTALL}") from trouble
    # What it has to say about connections, we say ourselves; and one that found no scheduler has nothing to close.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    closed_by_us: Any = type("Client", (Client,), {"__del__": lambda _: None})
    try:
        _knock(address)
        client = _in_time(lambda: closed_by_us(address, timeout=PATIENCE, set_as_default=False))
    except Exception as trouble:
        raise Unreachable(f"there is no Dask scheduler at {address}: {trouble}") from trouble
    try:
        yield client
    finally:
        with contextlib.suppress(Exception):
            client.close(timeout=PATIENCE)


def _knock(address: str) -> None:
    """Raises OSError at once where nobody listens: a client would ask again until its time is over."""
    kind, _, rest = address.rpartition("://")
    host, _, port = rest.rpartition(":")
    if kind in ("", "tcp", "tls") and host and port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), PATIENCE).close()


def _in_time(connect: Callable[[], T]) -> T:
    """What listens may be no scheduler at all, and then a client waits for ever. Raises TimeoutError."""
    made: Queue[T | Exception] = Queue()

    def make() -> None:
        try:
            made.put(connect())
        except Exception as trouble:
            made.put(trouble)

    Thread(target=make, daemon=True).start()
    try:
        found = made.get(timeout=PATIENCE + 1)
    except Empty as trouble:
        raise TimeoutError(f"what listens there did not answer within {PATIENCE:g} seconds") from trouble
    if isinstance(found, Exception):
        raise found
    return found


def _threads_of_ours(client: Any, address: str) -> int:
    """How many threads the workers have, all of which run the same program as we do. Raises Unreachable."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE)
        found: dict[str, Any] = client.run(introduction, on_error="return")
        threads = sum(client.nthreads().values())
    except TimeoutError as trouble:
        raise Unreachable(f"the cluster at {address} has no workers") from trouble
    except Exception as trouble:
        raise Unreachable(f"the cluster at {address} does not answer: {trouble}") from trouble
    for worker, said in found.items():
        if words := _refused(said, our_code()):
            raise Unreachable(f"the worker {worker} {words}")
    return max(int(threads), 1)


def _refused(said: Any, here: Code) -> str:
    """Why a worker that introduces itself like this gets no notes; empty: it does."""
    if not isinstance(said, str):
        return f"has no bnverify that we know: {said}"
    try:
        there = introduced(said)
    except ValueError:
        return "has no bnverify that we know"
    return "" if there.is_program(here) else f"runs another bnverify: {there} there, {here} here"


def _busy(client: Any) -> Callable[[], bool]:
    """Tells whether any worker has anything to do; where that cannot be told, one may have."""

    def busy() -> bool:
        try:
            return any(client.processing().values())
        except Exception:
            return True

    return busy


def _watch(client: Any) -> Callable[[], str]:
    """Tells how long there is nobody left who could answer."""
    seen = time.monotonic()

    def watch() -> str:
        nonlocal seen
        if client.status != "running":
            return "the scheduler is gone"
        with contextlib.suppress(Exception):
            if client.nthreads():
                seen = time.monotonic()
        return "" if time.monotonic() - seen < GRACE else "the cluster has no worker left"

    return watch
