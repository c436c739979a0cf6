"""Checks -> which lines of the mutated files each of them reaches, and how long it takes."""

from __future__ import annotations

import ast
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.mutants.swap import forget

Line = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Check:
    """Raises, where something is not as it must be."""

    name: str
    call: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Reached:
    seconds: float
    lines: frozenset[Line]


class TooLong(BaseException):
    """A check takes longer than it may."""


def measured(checks: Sequence[Check], files: Sequence[str], most: float, memory: Path | None) -> dict[str, Reached]:
    """What each check reaches: nothing where it takes longer than `most` seconds, or fails, which is said."""
    known = _read(memory)
    missing = [one for one in checks if one.name not in known]
    if missing:
        known |= _in_child(missing, files, most, memory, known)
    return {one.name: known[one.name] for one in checks if one.name in known}


def _read(memory: Path | None) -> dict[str, Reached]:
    if memory is None or not memory.exists():
        return {}
    found = {}
    for text in memory.read_text().splitlines():
        name, seconds, functions = json.loads(text)
        lines = (
            (file, starts(file)[owner] + offset)
            for file, owners in functions.items()
            for owner, offsets in owners.items()
            if owner in starts(file)
            for offset in offsets
        )
        found[name] = Reached(seconds, frozenset(lines))
    return found


def _written(name: str, one: Reached) -> str:
    """Lines are counted from the beginning of their function, so that they stay where others move."""
    functions: dict[str, dict[str, list[int]]] = {}
    for file, line in sorted(one.lines):
        owner = owner_of(file, line)
        functions.setdefault(file, {}).setdefault(owner, []).append(line - starts(file)[owner])
    return json.dumps([name, one.seconds, functions])


@cache
def spans(file: str) -> dict[str, tuple[int, int]]:
    """First and last line of each function and method."""
    found = {"": (0, 0)}
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    for scope, prefix in [(tree, ""), *((one, f"{one.name}.") for one in tree.body if isinstance(one, ast.ClassDef))]:
        for one in scope.body:  # type: ignore[attr-defined]
            if isinstance(one, ast.FunctionDef):
                found[prefix + one.name] = (one.lineno, one.end_lineno or one.lineno)
    return found


@cache
def starts(file: str) -> dict[str, int]:
    return {owner: first for owner, (first, _) in spans(file).items()}


def owner_of(file: str, line: int) -> str:
    return next((owner for owner, (first, last) in spans(file).items() if owner and first <= line <= last), "")


def _in_child(
    checks: Sequence[Check], files: Sequence[str], most: float, memory: Path | None, known: dict[str, Reached]
) -> dict[str, Reached]:
    with tempfile.TemporaryDirectory() as folder:
        path = memory or Path(folder) / "reach.jsonl"
        child = os.fork()
        if child == 0:
            with path.open("a", encoding="utf-8") as out:
                for one in checks:
                    print(_written(one.name, _measure(one, set(files), most)), file=out, flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        return _read(path)


def _measure(check: Check, files: set[str], most: float) -> Reached:
    found: dict[CodeType, set[int]] = {}
    every: dict[CodeType, set[int]] = {}

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if code.co_filename not in files:
            return None
        lines = found.setdefault(code, set())
        if code not in every:
            every[code] = {line for _, _, line in code.co_lines() if line is not None}
        lines.add(frame.f_lineno)
        return local if lines < every[code] else None

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            found[frame.f_code].add(frame.f_lineno)
        return local

    def over(*_: object) -> None:
        raise TooLong

    forget()
    signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, most)
    start = time.process_time()
    late = 0.0
    sys.settrace(trace)
    try:
        check.call()
    except TooLong:
        found, late = {}, most
    except BaseException as trouble:
        sys.settrace(None)
        print(f"left out: {check.name}: {type(trouble).__name__} {str(trouble)[:200]}", file=sys.stderr)
        found = {}
    finally:
        sys.settrace(None)
        signal.setitimer(signal.ITIMER_PROF, 0)
    lines = frozenset((code.co_filename, line) for code, numbers in found.items() for line in numbers)
    return Reached(max(late, time.process_time() - start), lines)


def limit_resources(seconds: float) -> None:
    """A mutant that never ends, or grows for ever, is ended."""
    spent = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(spent + seconds) + 1, int(spent + seconds) + 2))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
