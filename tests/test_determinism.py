"""The same notes give the same bytes: whatever the seed of hashes, the number of processes, and the cache."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTES = (
    "derivations/003-two-variances.md",
    "tests/notes/warnings-and-notices.md",
)
"""Errors with repairs and rivals, letters and readings that have to be chosen, warnings."""
SEEDS = range(1, 10)
"""Beside 0, under which all others run."""


def run(notes: tuple[str, ...], *words: str, seed: int = 0, folder: Path | None = None) -> bytes:
    variables = {**os.environ, "PYTHONHASHSEED": str(seed), "BNVERIFY_CACHE_DIR": str(folder or os.devnull)}
    done = subprocess.run(
        [sys.executable, "-m", "bnverify", "check", *notes, "--output-format", "json", *words],
        cwd=ROOT, env=variables, capture_output=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode in (0, 1, 3), done.stderr
    return done.stdout


@cache
def by_proof() -> bytes:
    return run(NOTES, "--witness", "proof")


def test_the_notes_have_what_could_be_told_in_another_order() -> None:
    document = by_proof()
    for word in (b'"repairs": [\n', b'"unique": false', b'"counterexample": {', b'"notices": [\n', b'"also": [\n'):
        assert word in document, word


@pytest.mark.parametrize("seed", SEEDS)
def test_the_seed_of_hashes_changes_no_byte(seed: int) -> None:
    assert run(NOTES, "--witness", "proof", seed=seed) == by_proof()


def test_two_processes_say_what_one_says() -> None:
    assert run(NOTES, "--witness", "proof", "--jobs", "2") == by_proof()


def test_a_warm_cache_says_what_a_cold_one_says(tmp_path: Path) -> None:
    found = [run(NOTES, "--witness", "proof", *words, seed=seed, folder=tmp_path / "cache")
             for seed, words in enumerate(((), (), ("--jobs", "2")))]  # fmt: skip
    assert found == [by_proof()] * 3
    assert any((tmp_path / "cache").rglob("*"))


def test_notes_that_come_before_change_no_verdict() -> None:
    alone = json.loads(run(NOTES[1:], "--witness", "proof"))
    assert json.loads(by_proof())["notes"][1:] == alone["notes"]


def test_all_witnesses_say_the_same_under_every_seed_with_every_number_of_processes() -> None:
    one, *others = (run(NOTES[1:], "--jobs", jobs, seed=seed) for seed, jobs in ((0, "1"), (1, "2"), (2, "1")))
    assert others == [one] * 2
