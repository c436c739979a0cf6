"""What a run loads: a check starts with what an ordinary note needs, and gets the rest where a note asks for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

RIGHT = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
WRONG = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
LIBRARIES = (
    "sympy",
    "numpy",
    "rich",
    "yaml",
    "pathspec",
    "lark",
    "json",
    "html",
    "urllib.parse",
    "logging",
    "pickle",
    "asyncio",
    "pygls",
)
ROOMS = tuple(
    f"bnverify.{name}"
    for name in (
        "trial.judging derivation.derivation explain.page files.notebook files.parts fix graph.build proof.page "
        "repair.diagnose repair.search batch.cache batch.crew batch.wire report.concise report.jsons truth.numeric truth.symbolic variation.matrix write"
    ).split()
)


def loaded(note: Path, *options: str) -> set[str]:
    """The modules of a process that has checked a note and written its report into a pipe."""
    program = (
        "import sys, bnverify.__main__ as m\n"
        f"sys.argv = ['bnverify', 'check', {str(note)!r}, *{options!r}]\n"
        "try: m.run()\n"
        "except SystemExit: print('\\n' + ' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return set(done.stdout.decode("utf-8").splitlines()[-1].split())


def written(folder: Path, text: str) -> Path:
    path = folder / "note.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_right_note_is_proved_by_what_it_needs_alone(tmp_path: Path) -> None:
    modules = loaded(written(tmp_path, RIGHT), "--witness", "proof", "--no-cache")
    assert "bnverify.truth.every_n" in modules
    assert not modules & {*LIBRARIES, *ROOMS}


@pytest.mark.parametrize(
    ("text", "options", "needed"),
    [
        (WRONG, ("--witness", "proof"), "bnverify.repair.search"),
        (f"---\nbnverify:\n  layer: batch\n---\n\n{RIGHT}", ("--witness", "proof"), "yaml"),
        (RIGHT, ("--witness", "proof", "--no-cache", "--output-format", "json"), "json"),
        (RIGHT, ("--witness", "proof"), "bnverify.batch.cache"),
        (RIGHT.replace("=", "&#61;"), ("--witness", "proof"), "html"),
        (RIGHT, ("--witness", "symbolic"), "sympy"),
        (RIGHT, ("--witness", "numeric"), "numpy"),
    ],
)
def test_what_a_note_asks_for_is_loaded_for_it(
    tmp_path: Path, text: str, options: tuple[str, ...], needed: str
) -> None:
    assert needed in loaded(written(tmp_path, text), *options)
