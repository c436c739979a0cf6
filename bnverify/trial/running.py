"""A list of calls -> what the function returned for each, from a child process that is ended when it takes too long."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Any

import numpy as np

from bnverify.frozen import frozen
from bnverify.trial.signature import Subject, Unusable
from bnverify.trial.values import Array

CHILD = Path(__file__).with_name("child.py")
SLOWEST_START = 120.0
"""Seconds until Python and its libraries must be there; the time of the user's own code counts from then on."""
TICK = 0.01
MOST_SAID = 4000
"""Characters that are kept of each stream of the child."""


@frozen
class Call:
    """Arguments for the function, and for the forward pass before it: (name, part, kind, value)."""

    function: tuple[tuple[str, str, Any], ...]
    forward: tuple[tuple[str, str, Any], ...] = ()
    upstream: Array | None = None
    """Given to an autograd.Function from behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Returned:
    """What came back from one call: the gradients by name, or why there are none."""

    arrays: Mapping[str, Array] = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    wrote: tuple[str, ...] = ()
    trouble: str = ""


class Pool:
    """All arrays of a plan in one, each of them once."""

    def __init__(self) -> None:
        self.keys: dict[tuple[tuple[int, ...], bytes], int] = {}
        self.arrays: list[Array] = []

    def key(self, array: Array) -> int:
        name = (array.shape, array.tobytes())
        if name not in self.keys:
            self.keys[name] = len(self.arrays)
            self.arrays.append(array)
        return self.keys[name]

    def places(self) -> list[tuple[int, tuple[int, ...]]]:
        ends = np.cumsum([0, *(one.size for one in self.arrays)])
        return [(int(at), one.shape) for at, one in zip(ends, self.arrays, strict=False)]

    def flat(self) -> Array:
        return np.concatenate([*(one.reshape(-1) for one in self.arrays), np.zeros(0)])


def run(subject: Subject, calls: Sequence[Call], timeout: float, tensors: bool) -> tuple[list[Returned], str]:
    """Run all calls in one child process; what it returned, and the last that it printed.

    Raises Unusable where there is no answer.
    """
    with tempfile.TemporaryDirectory(prefix="bnverify-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        asked = _write_plan(folder, subject, calls, tensors)
        said = _run_child(folder, timeout, subject)
        answer = _answer(folder, said)
        if "raised" in answer:
            raise Unusable(f"{subject.file} cannot be loaded: {_words(answer['raised'])}", _said(said))
        numbers = np.load(folder / "results.npy", allow_pickle=False)
    found = _in_order(answer["calls"], numbers)
    return [found[one] for one in asked], _said(said)


def _write_plan(folder: Path, subject: Subject, calls: Sequence[Call], tensors: bool) -> list[int]:
    """The plan with each different call once; which of these each call is."""
    pool, different, asked = Pool(), dict[str, int](), []
    for call in calls:
        written = {
            "function": [_argument(one, pool) for one in call.function],
            "forward": [_argument(one, pool) for one in call.forward],
            "upstream": None if call.upstream is None else pool.key(call.upstream),
        }
        asked.append(different.setdefault(json.dumps(written), len(different)))
    plan = {
        "file": os.path.realpath(subject.file),
        "function": subject.function.name,
        "forward": subject.forward.name if subject.forward else None,
        "kind": "autograd" if subject.function.autograd else "function",
        "torch": tensors,
        "pool": pool.places(),
        "calls": [json.loads(one) for one in different],
    }
    (folder / "plan.json").write_text(json.dumps(plan), "utf-8")
    np.save(folder / "inputs.npy", pool.flat(), allow_pickle=False)
    return asked


def _argument(one: tuple[str, str, Any], pool: Pool) -> tuple[str, str, str, Any]:
    name, role, value = one
    if isinstance(value, np.ndarray):
        return name, role, "array", pool.key(value)
    return name, role, "cache" if role == "cache" else "plain", value


# -- the process


@dataclass
class Stream:
    """What the child says on one of its streams: the beginning is kept, the rest read and forgotten."""

    source: IO[bytes]
    kept: bytes = b""

    def __post_init__(self) -> None:
        self.thread = Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        with suppress(OSError, ValueError):
            while piece := self.source.read1(65536):  # type: ignore[attr-defined]
                self.kept += piece[: MOST_SAID - len(self.kept)]

    def text(self) -> str:
        self.thread.join(1)
        return self.kept.decode("utf-8", "replace")


def _run_child(folder: Path, timeout: float, subject: Subject) -> tuple[int, str, str]:
    """Its exit status and what it said. Raises Unusable where it does not end."""
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-P", str(CHILD), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    out, err = Stream(process.stdout), Stream(process.stderr)
    try:
        place = _wait(process, folder / "progress", timeout)
    finally:
        _end(process)
    if place is not None:
        where = f"{subject.file} is not loaded" if place == "loading" else f"{subject.function.name} does not return"
        raise Unusable(f"{where} within {timeout:g} s", "a longer time is --timeout SECONDS")
    return process.returncode, out.text(), err.text()


def _wait(process: subprocess.Popen[bytes], progress: Path, timeout: float) -> str | None:
    """Wait for the end; where it takes too long, what the child was about."""
    deadline, started = time.monotonic() + SLOWEST_START, False
    while process.poll() is None:
        if not started and progress.exists():
            started, deadline = True, time.monotonic() + timeout
        if time.monotonic() > deadline:
            with suppress(OSError):
                return progress.read_text("utf-8").strip() or "loading"
            return "loading"
        time.sleep(TICK)
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    with suppress(OSError):
        process.kill()
    process.wait()


# -- the answer


def _answer(folder: Path, said: tuple[int, str, str]) -> dict[str, Any]:
    try:
        return dict(json.loads((folder / "answer.json").read_text("utf-8")))
    except (OSError, ValueError) as trouble:
        status = said[0]
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise Unusable(f"the child process {how} before it answered", _said(said)) from trouble


def _said(said: tuple[int, str, str]) -> str:
    """The last words of the child."""
    lines = [line.strip() for text in said[1:] for line in text.splitlines() if line.strip()]
    return f"it printed: {lines[-1][:200]}" if lines else ""


def _in_order(answers: Sequence[Mapping[str, Any]], numbers: Array) -> list[Returned]:
    """The numbers stand in the order in which they came back."""
    found, at = [], 0
    for one in answers:
        if "returned" not in one:
            trouble = one["refused"] if "refused" in one else f"it raises {_words(one['raised'])}"
            found.append(Returned(trouble=trouble))
            continue
        arrays = {}
        for name, part in one["returned"].items():
            size = int(np.prod(part["shape"]))
            arrays[name] = numbers[at : at + size].reshape(part["shape"])
            at += size
        kinds = {name: part["kind"] for name, part in one["returned"].items()}
        found.append(Returned(arrays, kinds, tuple(one["wrote"])))
    return found


def _words(raised: Mapping[str, Any]) -> str:
    text = " ".join(str(raised["text"]).split())
    where = f" (line {raised['line']}: {raised['source']})" if raised["line"] else ""
    return f"{raised['kind']}{': ' + text if text else ''}{where}"
