"""The hostile corpus: every input ends with the status worked out for it, within its bounds, and touches nothing."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import share
from tests.hostile.corpus import TABLE
from tests.hostile.inputs import Input

SECONDS, STARTS = 2.0, 6
"""Of the processor, for a whole command; on a slow or busy machine as many times what the start takes."""
KILOBYTES = 300_000
ROOT = Path(__file__).parent.parent
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TO_A_RUNNER = re.compile(r"^\s*::(?!:)|##\[", re.MULTILINE)
"""What a runner of continuous integration takes for an order: it skips blanks, and finds the other one anywhere."""


class Server:
    """A process that has imported everything, and forks for each input."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        environment = {k: v for k, v in environment.items() if not k.startswith(("COV", "BNVERIFY"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hostile.serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=ROOT, env=environment,
        )  # fmt: skip
        formula = ("check", "-e", r"\mu = \sum_i x_i")
        starts = [
            self.run(Input("start", lambda _: None, 1, "it is wrong", command=formula, cold=True)) for _ in range(3)
        ]
        assert {one["status"] for one in starts} == {1}
        self.start = min(one["cpu"] for one in starts)
        self.seconds = max(SECONDS, STARTS * self.start)

    def run(self, one: Input) -> dict:
        self.number += 1
        home = self.folder / str(self.number)
        inside = home / "in"
        inside.mkdir(parents=True)
        one.build(inside)
        paths = {name: home / name for name in ("out", "err", "report", "typed")}
        for path in paths.values():
            path.write_bytes(b"")
        if isinstance(one.stdin, bytes):
            paths["typed"].write_bytes(one.stdin)
        cache = home / "cache"
        asked = {
            "folder": str(inside),
            "command": one.command,
            "stdin": str(paths["typed"]) if isinstance(one.stdin, bytes) else one.stdin,
            "out": str(paths["out"]),
            "err": str(paths["err"]),
            "report": str(paths["report"]),
            "environment": {"BNVERIFY_CACHE_DIR": str(cache), **one.environment},
            "encoding": one.environment.get("PYTHONIOENCODING", "utf-8"),
            "writes": [str(inside / name) for name in one.writes],
            "cache": str(cache),
            "cold": one.cold,
        }
        before = _listed(inside)
        found = self._answer(asked)
        found["out"], found["err"] = (paths[name].read_bytes() for name in ("out", "err"))
        found["report"] = paths["report"].read_text()
        found["new"] = sorted(_listed(inside) - before - set(one.writes))
        return found

    def _answer(self, asked: dict) -> dict:
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def _listed(folder: Path) -> set[str]:
    return {
        os.path.join(place, name)[len(str(folder)) + 1 :]
        for place, folders, names in os.walk(folder)
        for name in (*folders, *names)
    }


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    found = Server(tmp_path_factory.mktemp("hostile"))
    yield found
    found.close()


def test_there_are_a_hundred_inputs_with_names_of_their_own() -> None:
    assert len(TABLE) >= 100
    assert len({one.name for one in TABLE}) == len(TABLE)


@pytest.mark.parametrize("one", share(4, TABLE), ids=lambda one: one.name)
def test_a_hostile_input_ends_as_it_has_to(one: Input, server: Server) -> None:
    found = server.run(one)
    for _ in range(2):  # the machine may be busy with something else: the least of three is what the work costs
        if found["cpu"] + (0 if one.cold else server.start) >= server.seconds and found["status"] in one.statuses:
            found = min(found, server.run(one), key=lambda each: each["cpu"])
    out, err = (found[name].decode("utf-8", "replace") for name in ("out", "err"))
    shown = f"start {server.start:.2f}, {found['cpu']:.2f} seconds, {found['peak'] / 1000:.0f} MB\n{one.because}\n{found['report']}\n{out[-3000:]}\n{err[-3000:]}"
    cpu = found["cpu"] + (0 if one.cold else server.start)
    wrong = []
    if found["status"] not in one.statuses:
        wrong.append(f"status {found['status']}, not {one.statuses}")
    if cpu >= server.seconds:
        wrong.append(f"{cpu:.2f} seconds")
    if found["peak"] >= KILOBYTES:
        wrong.append(f"{found['peak'] / 1000:.0f} MB")
    wrong += [f"out of place: {line}" for line in found["report"].splitlines()[:5]]
    wrong += [f"made: {name!r}" for name in found["new"]]
    wrong += [f"not said: {words!r}" for words in one.says if words not in _flat(out) + "\n" + _flat(err)]
    wrong += [f"said: {words!r}" for words in one.unsaid if words in out + err]
    if "Traceback" in out + err or "internal error" in out + err:
        wrong.append("a fault of the program")
    if not one.exact and (found_ := CONTROL.search(out + err)):
        wrong.append(f"a control character: {found_.group()!r}")
    if not one.exact and (found_ := TO_A_RUNNER.search(out + err)):
        wrong.append(f"an order to a runner: {found_.group()!r}")
    assert not wrong, "\n".join([*wrong, shown])


def _flat(text: str) -> str:
    """What is said, without the breaks of its lines."""
    return re.sub(r"\s+", " ", text)
