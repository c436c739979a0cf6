"""Mutants of the proof: how they are made, that a sample of them is killed, and that each survivor is argued.

All of them are tried by hand, not here: `python -m tests.mutants.run`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants.mutations import mutants
from tests.mutants.run import FILES, named_pairs
from tests.mutants.swap import ROOT

FOLDER = ROOT / "tests" / "mutants"
SAMPLE, SURVIVORS = FOLDER / "sample.txt", FOLDER / "SURVIVORS.md"
MADE = {
    "def f(a, b):\n    return a < b\n": {"a <= b", "a >= b", "return None"},
    "def f(a: int) -> int:\n    return -a\n": {"a", "return 0", "return None"},
    "def f(a) -> bool:\n    if a:\n        g(1)\n    return True\n": {
        "True", "False", "not a", "pass", "2", "0", "return False",
    },
    "def f(a):\n    return [one for one in range(a) if one and a]\n": {
        "range(a + 1)", "range(a - 1)", "True", "False", "one or a", "one", "a", "return None",
    },
    "def f(a):\n    raise Undecidable(f'{a + 1}')\n": {"pass"},
    "def f(a):\n    spend(a + 1)\n": {"pass"},
    "def f(a=1):\n    try:\n        g(a)\n    except (A, B):\n        h(a)\n": {
        "2", "0", "pass", "(A,)", "(B,)", "except (A, B): raise",
    },
    "SIZE = 3\n": {"4", "2"},
    "class C:\n    size: int = 3\n\n    def f(self) -> str:\n        return min(self.size, 2)\n": {
        "4", "2", "max(self.size, 2)", "3", "1", "return ''",
    },
    "Numbers = dict[int, int] | None\n": set(),
}  # fmt: skip


@pytest.mark.parametrize("text", MADE)
def test_every_node_has_its_mutants(text: str, tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(text)
    assert {one.after.removeprefix("except (A, B): h(a) -> ") for one in mutants(path)} == MADE[text]


def test_mutants_of_every_file_are_made_and_sampled() -> None:
    made = {path.name: {mutant.name for mutant in mutants(path)} for path in FILES}
    assert sum(map(len, made.values())) > 4_500
    text = SAMPLE.read_text(encoding="utf-8")
    sample = named_pairs(text)
    assert 2 * len(sample) == len(text.splitlines()) >= 80
    for one in sample:
        assert one in made[one.split()[0]], one


def test_a_sample_of_mutants_is_killed_by_checks_that_the_program_passes() -> None:
    command = [sys.executable, "-m", "tests.mutants.run", "--named", str(SAMPLE)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr[-2000:]


def test_every_survivor_exists_and_stands_under_an_argument() -> None:
    text = SURVIVORS.read_text(encoding="utf-8")
    made = {mutant.name for path in FILES for mutant in mutants(path)}
    argument, listed = "", []
    for line in text.splitlines():
        if line.startswith("#"):
            argument = ""
        elif line.startswith("- `"):
            name = line.removeprefix("- `").removesuffix("`")
            assert argument, f"no argument stands above {name}"
            assert name in made, f"no such mutant: {name}"
            listed.append(name)
        elif line.strip() and not line.startswith("|"):
            argument = line
            assert line.endswith((".", ":")), line
    assert len(listed) == len(set(listed))
    (count,) = re.findall(r"(\d+) names of survivors", text)
    assert int(count) == len(listed) > 0
