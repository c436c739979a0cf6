"""`bnverify check --watch`, as a process that is looked at from outside."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bnverify.cli.main import main
from tests.conftest import ROOT

RIGHT = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
WRONG = RIGHT.replace("= ", "= -")
SECONDS = 40.0


class Watch:
    """A process that watches, with what it has printed so far."""

    def __init__(self, folder: Path, *words: str, terminal: bool = False) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "BNVERIFY_CACHE_DIR": str(folder.parent / "cache")}
        command = [sys.executable, "-m", "bnverify", "check", "--watch", "--witness", "proof", *words]
        self.mine, theirs = pty.openpty() if terminal else os.pipe()
        self.process = subprocess.Popen(
            command, stdout=theirs, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, cwd=folder, env=environment
        )
        os.close(theirs)
        self.printed = ""
        self.seen = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        try:
            while some := os.read(self.mine, 65_536):
                self.printed += some.decode()
        except OSError:
            return

    def until(self, words: str) -> str:
        """What was printed up to these words, behind what was looked at before."""
        return self._wait(lambda new: words in new, words)

    def round(self) -> str:
        """The next report, whole."""
        return self.until("Ctrl-C ends")

    def shows(self, words: str) -> str:
        """The first report from here on that holds these words: a file may be seen between two changes."""
        while words not in (said := " ".join(self.round().split())):
            pass
        return said

    def _wait(self, holds: Callable[[str], bool], words: str) -> str:
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            new = self.printed[self.seen :]
            if holds(new):
                place = new.index(words) + len(words)
                self.seen += place
                return new[:place]
            time.sleep(0.02)
        raise AssertionError(f"{words!r} is not said: {self.printed[self.seen :]!r}")

    def interrupt(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SECONDS)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Watch]]:
    begun: list[Watch] = []

    def started(*words: str, terminal: bool = False) -> Watch:
        begun.append(Watch(tmp_path / "notes", *words, terminal=terminal))
        return begun[-1]

    (tmp_path / "notes").mkdir()
    yield started
    for one in begun:
        one.process.kill()
        one.process.wait(SECONDS)
        os.close(one.mine)


def put(path: Path, text: str) -> None:
    """A file with this text, which nobody sees half written."""
    other = path.with_suffix(".new")
    other.write_text(text)
    other.replace(path)


def replace(path: Path, text: str) -> None:
    """As some editors do it: a new file takes the place of the old one, which is gone for a moment."""
    path.unlink(missing_ok=True)
    time.sleep(0.05)
    put(path, text)


def test_a_note_is_checked_again_when_it_changes_and_ctrl_c_ends_it(
    tmp_path: Path, start: Callable[..., Watch]
) -> None:
    notes = tmp_path / "notes"
    (notes / "a.md").write_text(RIGHT)
    (notes / "b.md").write_text(RIGHT)
    one = start(".")
    first = one.round()
    assert "every step is proved for every n" in first
    assert "watching 2 files" in first
    replace(notes / "a.md", WRONG)
    second = one.shows("error[sign-flip]")
    assert "1 of 2 notes from the cache" in second
    (notes / "c.md").write_text(WRONG)
    one.shows("watching 3 files")
    (notes / "a.md").unlink()
    (notes / "c.md").unlink()
    one.shows("watching 1 file;")
    assert "\x1b" not in one.printed
    assert one.interrupt() == 130


def test_a_named_note_may_go_and_come_back(tmp_path: Path, start: Callable[..., Watch]) -> None:
    note = tmp_path / "notes" / "a.md"
    note.write_text(RIGHT)
    one = start("a.md")
    one.round()
    note.unlink()
    one.shows("there is no such file or folder")
    note.write_text(WRONG)
    one.shows("error[sign-flip]")


def test_parts_and_settings_are_watched_too(tmp_path: Path, start: Callable[..., Watch]) -> None:
    notes = tmp_path / "notes"
    ratio = r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$"
    (notes / "main.tex").write_text(f"\\begin{{document}}\n{ratio}\n\\input{{part}}\n\\end{{document}}\n")
    (notes / "pyproject.toml").write_text('[tool.bnverify]\nvariance = "unbiased"\n')
    one = start("main.tex")
    one.shows("is not read: there is no such file")
    (notes / "part.tex").write_text(WRONG)
    one.shows("error[sign-flip]")
    (notes / "part.tex").write_text(RIGHT)
    one.shows("every step is proved")
    (notes / "pyproject.toml").write_text('[tool.bnverify]\nvariance = "biased"\n')
    one.shows("error[mixed-variance]")
    (notes / "pyproject.toml").write_text("[tool.bnverify]\nvarianse = 3\n")
    one.shows("'varianse' is not known")
    (notes / "pyproject.toml").write_text('[tool.bnverify]\nvariance = "unbiased"\n')
    one.shows("every step is proved")


def test_what_the_project_leaves_out_is_not_watched_and_the_baseline_is(
    tmp_path: Path, start: Callable[..., Watch]
) -> None:
    notes, known = tmp_path / "notes", tmp_path / "known.json"
    settings = notes / "pyproject.toml"
    (notes / "a.md").write_text(WRONG)
    (notes / "draft.md").write_text(WRONG)
    settings.write_text('[tool.bnverify]\nexclude = ["draft.md"]\n')
    words = ["check", "--no-cache", "--witness", "proof", "--baseline", str(known), "--update-baseline"]
    CliRunner().invoke(main, [*words, str(notes)])
    with_finding = known.read_text()
    (notes / "a.md").write_text(RIGHT)
    CliRunner().invoke(main, [*words, str(notes)])
    (notes / "a.md").write_text(WRONG)
    one = start(".", "--baseline", str(known))
    first = one.round()
    assert "error[sign-flip]" in first
    assert "watching 1 file;" in first
    put(known, with_finding)
    assert "error[sign-flip]" not in one.round()
    settings.write_text('[tool.bnverify]\nexclude = ["*.md"]\n')
    one.shows("watching 0 files")
    settings.write_text("[tool.bnverify]\nexclude = []\n")
    one.shows("watching 2 files")


def test_a_terminal_is_cleared_before_each_report(tmp_path: Path, start: Callable[..., Watch]) -> None:
    (tmp_path / "notes" / "a.md").write_text(RIGHT)
    one = start("a.md", terminal=True)
    one.round()
    replace(tmp_path / "notes" / "a.md", WRONG)
    assert "\x1b[2J" in one.round()
    assert one.interrupt() == 130


def test_a_report_for_programs_is_written_anew_into_its_file(tmp_path: Path, start: Callable[..., Watch]) -> None:
    note, report = tmp_path / "notes" / "a.md", tmp_path / "report.json"
    note.write_text(RIGHT)
    one = start("a.md", "--output-format", "json", "-o", str(report))
    one.round()
    assert json.loads(report.read_text())["notes"][0]["summary"]["wrong"] == 0
    put(note, WRONG)
    one.round()
    assert json.loads(report.read_text())["notes"][0]["summary"]["wrong"] == 1


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--fix"], "--watch checks"),
        (["--diff"], "--watch checks"),
        (["--explain"], "--watch checks"),
        (["--certificate", "c.json"], "--watch checks"),
        (["--baseline", "b.json", "--update-baseline"], "--watch checks"),
        (["--timeout", "3"], "does not end by itself"),
        (["--output-format", "json"], "add -o FILE"),
        (["--output-format", "json-lines"], "add -o FILE"),
    ],
)
def test_what_makes_no_sense_with_it_is_refused(tmp_path: Path, words: list[str], sentence: str) -> None:
    (tmp_path / "a.md").write_text(RIGHT)
    done = CliRunner().invoke(main, ["check", str(tmp_path / "a.md"), "--watch", *words])
    assert done.exit_code == 2
    assert sentence in done.output


@pytest.mark.parametrize("words", [["-e", "x"], ["-"]])
def test_what_is_no_file_is_not_watched(words: list[str]) -> None:
    done = CliRunner().invoke(main, ["check", "--watch", *words])
    assert done.exit_code == 2
    assert "--watch looks at files" in done.output
