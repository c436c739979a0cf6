"""The first minute of somebody new: a note to begin with, completion in the shell, a list of commands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnverify.cli.main import ORDER, main
from bnverify.model.standard import STANDARD

LAYERS = tuple(STANDARD)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), standalone_mode=False)


def check(*words: str) -> Result:
    return run("check", "--no-cache", "--witness", "proof", *words)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_note_to_begin_with_is_found_and_accepted_by_check() -> None:
    made = run("init")
    assert made.return_value == 0
    assert made.output.startswith("wrote derivations/batch-norm.md\n")
    done = check()
    assert done.return_value == 0
    assert "1 step is wrong, expected" in done.output


@pytest.mark.parametrize("layer", LAYERS)
def test_there_is_one_for_each_layer_and_its_error_is_reported_without_the_comment(layer: str) -> None:
    assert run("init", "note.md", "--layer", layer).return_value == 0
    assert check("note.md").return_value == 0
    text = Path("note.md").read_text(encoding="utf-8")
    Path("note.md").write_text(text.replace("<!-- expect: sign-flip -->\n", ""), encoding="utf-8")
    done = check("note.md", "--output-format", "concise")
    assert done.return_value == 1
    assert done.output.count("error[sign-flip]") == 1


@pytest.mark.parametrize("flags", [("--variance", "unbiased"), ("--epsilon", "outside"), ("--sign-convention", "mu-x")])
def test_it_has_the_convention_that_is_asked_for(flags: tuple[str, ...]) -> None:
    run("init", "new/note.md", *flags)
    assert check("new/note.md").return_value == 0
    assert f": {flags[1]}\n" in Path("new/note.md").read_text(encoding="utf-8")


def test_a_file_that_is_there_stays_as_it_is() -> None:
    Path("note.md").write_text("mine", encoding="utf-8")
    done = CliRunner().invoke(main, ["init", "note.md"])
    assert done.exit_code == 2
    assert "note.md is there already: name another file" in done.output
    assert Path("note.md").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("note.tex",), "the note is written in Markdown"),
        (("file/note.md",), "file cannot be made"),
        (("a.md", "--layer", "rms", "--variance", "unbiased"), "RMS norm"),
        (("a.md", "--upstream", "y"), "--upstream says what a note means by a letter"),
    ],
)
def test_what_cannot_be_begun_is_refused_with_a_sentence(words: tuple[str, ...], message: str) -> None:
    Path("file").touch()
    done = CliRunner().invoke(main, ["init", *words])
    assert done.exit_code != 0
    assert message in done.output
    assert not [name for name in os.listdir() if name.endswith((".md", ".tex"))]


def completed(words: str) -> list[str]:
    """What bash is offered behind these words."""
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split(" ")) - 1), "_BNVERIFY_COMPLETE": "bash_complete"}
    program = "import sys; sys.argv = ['bnverify']; from bnverify.__main__ import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, **asked}, capture_output=True, text=True, check=False
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("bnverify che", ["plain,check"]),
        ("bnverify explain lost", ["plain,lost-hat"]),
        ("bnverify check --ignore sign-flip,lost", ["plain,sign-flip,lost-hat"]),
        ("bnverify check --variance unb", ["plain,unbiased"]),
        ("bnverify check no", ["file,no"]),
        ("bnverify init --layer gr", ["plain,group"]),
    ],
)
def test_a_shell_completes_commands_codes_choices_and_files(words: str, offered: list[str]) -> None:
    assert completed(words) == offered


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_asks_the_program(shell: str) -> None:
    done = run("completion", shell)
    assert done.return_value == 0
    assert f"_BNVERIFY_COMPLETE={shell}_complete" in done.output


def test_a_shell_that_is_not_known_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert CliRunner().invoke(main, ["completion"]).exit_code == 2


def test_every_command_is_listed_with_a_line_of_its_own() -> None:
    shown = run("--help").output
    assert sorted(ORDER) == sorted(main.commands)
    for name in ORDER:
        assert main.commands[name].get_short_help_str(100) in shown
