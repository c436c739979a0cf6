"""`bnverify derive` on the command line: wrong use is refused in a sentence, and a file is written whole or not at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bnverify.cli.main import main
from bnverify.derivation import sizes
from bnverify.model.conventions import Convention, Epsilon
from bnverify.model.forward import batch_norm
from bnverify.model.terms import negative
from bnverify.truth import concrete
from tests.conftest import ROOT


def run(*words: str, cwd: Path = ROOT, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bnverify", *words]
    return subprocess.run(command, cwd=cwd, input=stdin, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--n", "0"], "a batch of 0 samples has no mean"),
        (["--n", "-3"], "a batch of -3 samples has no mean"),
        (["--n", "1", "--variance", "unbiased"], "which is 0 for one sample"),
        (["--n", "many"], "'many' is no size"),
        (["--n", "1" * 40], "is no size"),
        (["--n", "300"], "1.2 times the work of n = 256"),
        (["--layer", "btach"], "batch"),
        (["--layer", "rms", "--variance", "unbiased"], "no other form than 1/D"),
        (["--layer", "rms", "--wrt", "mean"], "RMS norm has no mean"),
        (["--style", "quick"], "'quick'"),
        (["--n", "4", "--format", "numpy"], "holds for every n"),
        (["--format", "torch", "--wrt", "x"], "leave --wrt out"),
        (["--x", "1,2"], "add its size"),
        (["--n", "3", "--x", "1,2"], "x has 2 numbers, and n is 3"),
        (["--n", "2", "--x", "1,1/0"], "--x takes numbers"),
        (["--upstream", "y"], "the derivation is the same"),
    ],
)
def test_wrong_use_is_refused_in_a_sentence(words: list[str], said: str) -> None:
    done = run("derive", *words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_force_derives_beyond_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "LARGEST_N", 4)

    assert main(["derive", "--n", "5", "--force"], standalone_mode=False) == 0


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "derived.md"
    assert run("derive", "--format", "markdown", "-o", str(path)).returncode == 0
    assert run("check", "--witness", "proof", str(path)).returncode == 0
    old = path.read_text(encoding="utf-8")
    assert run("derive", "--n", "0", "--format", "markdown", "-o", str(path)).returncode == 2
    assert path.read_text(encoding="utf-8") == old
    missing = run("derive", "-o", str(tmp_path / "no" / "folder.md"))
    assert missing.returncode == 2
    assert "cannot be written" in missing.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["derived.md"]


def test_markdown_with_a_batch_goes_through_a_pipe_into_check() -> None:
    written = run("derive", "--format", "markdown", "--n", "3", "--epsilon", "none").stdout
    assert "One batch" in written
    done = run("check", "-", stdin=written)
    assert done.returncode == 0
    assert "every step is proved" in done.stdout


@pytest.mark.parametrize("epsilon", [Epsilon.OUTSIDE, Epsilon.NONE])
def test_sympy_differs_from_a_closed_form_of_another_convention(
    epsilon: Epsilon, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, other = concrete.closed_form, batch_norm(Convention(epsilon=epsilon))
    monkeypatch.setattr(concrete, "closed_form", lambda value, _: right(value, other))
    assert not concrete.derive_first.__wrapped__(3, batch_norm(Convention())).agrees


def test_sympy_differs_from_a_closed_form_with_another_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    right = concrete.closed_form
    monkeypatch.setattr(concrete, "closed_form", lambda value, forward: negative(right(value, forward)))
    assert not concrete.derive_first.__wrapped__(3, batch_norm(Convention())).agrees
