"""The benchmarks find what they claim to find, so that a table cannot outlive what it measures."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

from tests.benchmarks import cold, growth, handwritten, peers, repairs, steps
from tests.benchmarks.contenders import ours
from tests.benchmarks.timing import ROOT, Here, There, Timed, in_turns, prepared

PEERS = {"tensors": "tensorgrad", "texts": "pycodemath", "gradients": "torch"}


@pytest.mark.parametrize(
    "peer", dict.fromkeys((*peers.FAIR, *peers.TYPED)), ids=lambda one: one.asked("x", 1).arguments
)
@pytest.mark.parametrize("which", ["right", "wrong"])
def test_everyone_answers_what_the_table_says(peer: peers.Peer, which: str) -> None:
    child = peer.asked(which, 60)
    needed = PEERS.get(child.module)
    if needed and find_spec(needed) is None:
        pytest.skip(f"{needed} is not installed")
    if "two" in child.arguments and child.arguments[0] != "cancel":
        pytest.skip("takes four seconds; the benchmark itself asserts it")
    assert prepared(child.module, child.factory, child.arguments)(0)() == getattr(peer, which)


def test_a_peer_that_is_not_installed_or_too_slow_is_skipped_with_the_reason() -> None:
    slow = There("typed", "ask", ("simplify", "wrong", "5", "two"), limit=0.2)
    times = in_turns({"slow": slow, "quick": Here(lambda _: lambda: "found")}, runs=2)
    assert times["slow"] == Timed(why="> 0.2 s")
    assert len(times["quick"].taken) == 2


def test_notes_of_every_length_are_proved_step_by_step() -> None:
    (table, by_size) = growth.tables(runs=1, steps=(10, 20), sizes=2)
    assert [row[0] for row in table.rows] == ["reading", "check, proof alone"]
    assert len(by_size.rows) == 4


def test_a_whole_command_is_measured_beside_its_imports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cold, "COMMANDS", {"--help": cold.COMMANDS["--help"]})
    ((row,),) = [table.rows for table in cold.tables(runs=1)]
    assert row[0] == "`--help`"


def test_every_wrong_side_has_a_repair_and_its_candidates_can_be_typed() -> None:
    table = repairs.slips(runs=1)
    assert [row[0].split(", ")[1] for row in table.rows] == ["one slip", "two slips"] * 2
    bench = repairs.bench_of(repairs.FINAL)
    assert repairs.rings(bench, repairs.candidates(bench, 40)[:2])[1] == 2


def test_the_handwritten_notes_are_five() -> None:
    assert len(handwritten.notes()) == 5


def test_the_command_prints_every_row_and_asserts_what_it_finds() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "--only", "step", "--runs", "1"]
    found = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    lines = [line.strip() for line in found.stdout.splitlines()]
    for row in (*steps.ROWS, *ours.KNOWN):
        assert any(line.startswith(row + " ") for line in lines), row
