"""Which findings count: codes by name, a baseline of what is known, and statistics over all of them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bnverify.cli.main import main

FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
DOUBLED = FLIPPED.replace("-", "2")
OPEN = "$$a = f(x)$$\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.md").write_text(FLIPPED + "\n" + OPEN, encoding="utf-8")
    (tmp_path / "b.md").write_text(FLIPPED.replace("-", ""), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def check(*words: str) -> Result:
    return CliRunner().invoke(main, ["check", "--no-cache", "--witness", "proof", *words], standalone_mode=False)


def test_what_is_in_the_baseline_does_not_count_and_what_is_new_does(folder: Path) -> None:
    made = check("--baseline", "known.json", "--update-baseline", "a.md", "b.md")
    assert made.return_value == 0
    assert "sign-flip  known (known.json)" in made.output
    assert check("--baseline", "known.json", "a.md", "b.md").return_value == 0
    (folder / "a.md").write_text("A new line.\n\n" + OPEN + "\n" + FLIPPED, encoding="utf-8")
    moved = check("--baseline", "known.json", "a.md")
    assert (moved.return_value, moved.stderr) == (0, "")
    (folder / "a.md").write_text(FLIPPED + "\n" + DOUBLED, encoding="utf-8")
    new = check("--baseline", "known.json", "a.md")
    assert new.return_value == 1
    assert "a.md: 2 steps are wrong, the first on line 3 (1 ignored)" in new.output
    assert "1 finding of known.json is not there any more: --update-baseline removes it" in new.stderr


def test_the_baseline_names_notes_from_its_own_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    check("--baseline", "sub/known.json", "--update-baseline", "a.md")
    assert list(json.loads((folder / "sub/known.json").read_text())["notes"]) == ["../a.md"]
    monkeypatch.chdir("sub")
    assert check("--baseline", "known.json", "../a.md").return_value == 0


def test_a_broken_expectation_is_in_no_baseline(folder: Path) -> None:
    (folder / "a.md").write_text(FLIPPED + "<!-- expect: lost-hat -->\n", encoding="utf-8")
    assert check("--baseline", "known.json", "--update-baseline", "a.md").return_value == 1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (None, "there is no such file: --update-baseline makes it"),
        ("{", "this is no JSON"),
        ("[]", "this is no baseline of version 1"),
        ('{"baseline_version": 2, "notes": {}}', "this is no baseline of version 1"),
        (
            '{"baseline_version": 1, "notes": {"a.md": [{}]}}',
            "a note needs a list of findings with their `fingerprint`",
        ),
    ],
)
def test_what_is_no_baseline_is_refused_with_a_sentence(folder: Path, written: str | None, message: str) -> None:
    if written is not None:
        (folder / "known.json").write_text(written, encoding="utf-8")
    done = CliRunner().invoke(main, ["check", "--baseline", "known.json", "b.md"])
    assert done.exit_code == 2
    assert message in done.output


def test_wrong_uses_of_a_baseline_are_refused(folder: Path) -> None:
    for words, message in (
        (["--update-baseline", "a.md"], "--update-baseline writes the file that --baseline names"),
        (["--baseline", "k.json", "--diff", "a.md"], "leave --fix, --diff and --explain away"),
    ):
        done = CliRunner().invoke(main, ["check", *words])
        assert done.exit_code == 2
        assert message in done.output


def test_a_baseline_that_cannot_be_written_ends_with_2(folder: Path) -> None:
    (folder / "known.json").mkdir()
    done = CliRunner().invoke(main, ["check", "--baseline", "known.json", "--update-baseline", "a.md"])
    assert done.exit_code == 2
    assert "--baseline known.json: Is a directory" in done.output


def test_json_lines_know_the_baseline_too(folder: Path) -> None:
    check("--baseline", "known.json", "--update-baseline", "a.md")
    done = check("--baseline", "known.json", "--output-format", "json-lines", "a.md")
    assert json.loads(done.stdout.splitlines()[-1])["totals"]["exit_status"] == 0


def test_exit_zero_hides_findings_and_no_trouble(folder: Path) -> None:
    assert check("--exit-zero", "a.md").return_value == 0
    assert check("--exit-zero", "b.md", "--ignore", "undecided").return_value == 0
    assert check("--exit-zero", "none.md").return_value == 2


def test_a_code_that_is_not_known_is_told_the_nearest(folder: Path) -> None:
    done = CliRunner().invoke(main, ["check", "--ignore", "sing-flip", "a.md"])
    assert done.exit_code == 2
    assert "'sing-flip' is no code: did you mean 'sign-flip'?" in done.output


def test_statistics_count_each_code_once_for_each_finding(folder: Path) -> None:
    (folder / "b.md").write_text(
        FLIPPED + "\n" + FLIPPED.replace("_i", "_k") + "<!-- bnverify: ignore[undecided] -->\n"
    )
    done = check("--statistics", "a.md", "b.md")
    lines = [line.split(maxsplit=2) for line in done.output.splitlines()[:-1]]
    counted = [(int(number), code) for number, code, _ in lines]
    assert counted == [(2, "sign-flip"), (1, "undecided"), (1, "unused-ignore")]
    assert done.return_value == 1
    ignored = check("--statistics", "--ignore", "sign-flip", "a.md")
    assert ignored.output.endswith("1 finding in 1 of 1 note; 1 more is ignored\n")


def test_statistics_are_a_format_of_their_own(folder: Path) -> None:
    done = CliRunner().invoke(main, ["check", "--statistics", "--output-format", "json", "a.md"])
    assert done.exit_code == 2
    assert "leave --output-format away" in done.output


LOST = r"$$\frac{\partial L}{\partial \gamma} = \sum_j \frac{\partial L}{\partial y_j} x_j$$" + "\n"
AGAIN = r"$$\sum_j \frac{\partial L}{\partial y_j} \hat{x}_j = \sum_j \frac{\partial L}{\partial y_j} x_j$$" + "\n"


@pytest.mark.parametrize("form", ["full", "concise", "github", "markdown"])
def test_a_slip_that_is_known_in_one_place_is_reported_in_another(folder: Path, form: str) -> None:
    (folder / "a.md").write_text(LOST, encoding="utf-8")
    check("--baseline", "known.json", "--update-baseline", "a.md")
    (folder / "a.md").write_text(LOST + "\n" + AGAIN, encoding="utf-8")
    new = check("--baseline", "known.json", "--output-format", form, "a.md")
    assert new.return_value == 1
    assert "lost-hat" in new.stdout
    assert "a hat is missing here" in new.stdout


def test_what_a_baseline_knows_of_other_notes_stays(folder: Path) -> None:
    (folder / "c.md").write_text(FLIPPED, encoding="utf-8")
    check("--baseline", "known.json", "--update-baseline", "a.md", "c.md")
    (folder / "a.md").write_text(DOUBLED, encoding="utf-8")
    assert check("--baseline", "known.json", "--update-baseline", "a.md").return_value == 0
    assert check("--baseline", "known.json", "a.md", "c.md").return_value == 0
    done = CliRunner().invoke(
        main, ["check", "--baseline", "known.json", "--update-baseline", "--select", "lost-hat", "a.md"]
    )
    assert (done.exit_code, "leave --select and --ignore away" in done.output) == (2, True)


def test_nothing_that_is_written_takes_the_place_of_a_note(folder: Path) -> None:
    (folder / "latin.md").write_bytes(b"caf\xe9 $x = 1$")
    for flags in (
        ["-o", "latin.md"],
        ["--certificate", "latin.md"],
        ["--baseline", "latin.md", "--update-baseline"],
        ["--output-format", "json", "-o", "latin.md", "a.md"],
    ):
        with contextlib.suppress(click.exceptions.Exit, click.UsageError):
            assert check(*flags, "latin.md").return_value in (2, None)
        assert (folder / "latin.md").read_bytes() == b"caf\xe9 $x = 1$"
    with contextlib.suppress(click.exceptions.Exit, click.UsageError):
        check("--baseline", "a.md", "--update-baseline", "a.md")
    assert (folder / "a.md").read_text(encoding="utf-8") == FLIPPED + "\n" + OPEN


def test_under_strict_the_last_line_says_why(folder: Path) -> None:
    (folder / "b.md").write_text(FLIPPED.replace("-", "") + "<!-- bnverify: ignore[sign-flip] -->\n", encoding="utf-8")
    done = check("--strict", "b.md")
    assert done.return_value == 1
    assert done.output.endswith("what is found above counts as an error\n")
