"""What happens when a run is killed, interrupted, or cannot write: the right status, no traceback, nothing lost."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from bnverify import __main__ as program
from bnverify.cli.main import main
from tests.faults.killed import OLD, WRITINGS, in_child, invoke, kill, leftovers_after_the_next_run

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals and limits of a process differ on Windows")
MOMENTS = {"--fix": 20, "-o": 20, "--certificate": 10}


@pytest.mark.parametrize("name", WRITINGS)
def test_a_command_that_is_killed_leaves_the_old_file_or_the_new_one(name: str) -> None:
    seen, _ = kill(name, MOMENTS[name], seed=7)
    assert seen["broken"] == 0
    assert seen["old"] + seen["new"] == MOMENTS[name]
    assert seen["old"], "a kill that always comes too late shows nothing"


@pytest.mark.parametrize("name", WRITINGS)
def test_what_a_killed_run_left_behind_is_gone_after_the_next_one(name: str) -> None:
    assert leftovers_after_the_next_run(WRITINGS[name]) == []


def test_an_unfinished_file_that_somebody_still_writes_is_not_touched(tmp_path: Path) -> None:
    import fcntl

    held = tmp_path / ".bnverify-held.part"
    held.write_text("more is coming")
    os.utime(held, (1, 1))
    (tmp_path / "note.md").write_text(OLD)
    with held.open("rb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        before = os.getcwd()
        os.chdir(tmp_path)
        try:
            invoke(WRITINGS["--fix"].words)
        finally:
            os.chdir(before)
        assert held.read_text() == "more is coming"


def start(
    *words: str, cwd: Path, limit: Callable[[], None] | None = None, stdout: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "bnverify", *words]
    path = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    return subprocess.Popen(command, cwd=cwd, stdout=stdout, stderr=subprocess.PIPE, preexec_fn=limit, env=path)


def hearing() -> None:
    """A shell starts what runs in the background deaf to this signal, and a child inherits that."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_end_says_so_and_leaves_the_note_alone(sent: signal.Signals, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    os.mkfifo(tmp_path / "never.md")
    note.write_text(OLD)
    many = tmp_path / "many.md"
    many.write_text(OLD * 200)
    child = start("check", "--fix", "many.md", "note.md", cwd=tmp_path, limit=hearing)
    time.sleep(1.0)
    child.send_signal(sent)
    _, error = child.communicate(timeout=60)
    if child.returncode == -sent:
        pytest.skip("this machine was too slow: the signal came before the program had begun")
    assert child.returncode == 130
    assert b"interrupted" in error
    assert b"Traceback" not in error
    assert note.read_text() == OLD
    assert sorted(one.name for one in tmp_path.iterdir()) == ["many.md", "never.md", "note.md"]


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_status_two_without_a_traceback(
    unbuffered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python keeps what could not be written, and tries once more while it exits, unless it keeps nothing at all."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    (tmp_path / "note.md").write_text(OLD)
    with open("/dev/full", "wb") as full:
        child = start("check", "--witness", "proof", "note.md", cwd=tmp_path, stdout=full.fileno())
        _, error = child.communicate(timeout=60)
    assert child.returncode == 2
    assert b"the output cannot be written" in error
    assert b"Traceback" not in error
    assert b"Exception ignored" not in error


@pytest.mark.parametrize("name", WRITINGS)
def test_a_disk_that_is_full_leaves_the_old_file(name: str, tmp_path: Path) -> None:
    """The system refuses what goes beyond a size, as it refuses what goes beyond a disk."""
    writing = WRITINGS[name]
    (tmp_path / "note.md").write_text(OLD)
    if writing.old is not None:
        (tmp_path / writing.file).write_text(writing.old)
    child = start(*writing.words, cwd=tmp_path, limit=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500)))
    out, error = child.communicate(timeout=60)
    assert child.returncode == 2
    assert b"cannot be written" in out + error
    assert b"Traceback" not in error
    path = tmp_path / writing.file
    assert (path.read_text() if path.exists() else None) == writing.old
    assert not [one for one in tmp_path.iterdir() if one.name.startswith(".bnverify-")]


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder in which nobody but its owner may write, outside of folders that nobody else may enter."""
    with tempfile.TemporaryDirectory(prefix="bnverify-closed-", dir="/tmp") as name:
        folder = Path(name)
        (folder / "note.md").write_text(OLD)
        (folder / "note.md").chmod(0o666)
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)


NOBODY = 65534


def fixed_by_nobody(folder: Path) -> tuple[int, str]:
    """The status and the words of a run in a child that is not the owner of the folder; the program is loaded."""
    reading, writing = os.pipe()

    def work() -> None:
        if os.geteuid() == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        ended = CliRunner().invoke(main, list(WRITINGS["--fix"].words), standalone_mode=False)
        os.write(writing, f"{ended.return_value}\n{ended.output}".encode())

    os.waitpid(in_child(folder, work), 0)
    os.close(writing)
    with os.fdopen(reading) as said:
        status, _, words = said.read().partition("\n")
    return int(status), words


def test_a_folder_that_may_not_be_written_into_is_a_clear_message(closed: Path, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(OLD)
    with pytest.MonkeyPatch.context() as here:
        here.chdir(tmp_path)
        invoke(WRITINGS["--fix"].words)  # loads all that the child may not read
    status, words = fixed_by_nobody(closed)
    assert status == 2
    assert "Permission denied" in words
    assert (closed / "note.md").read_text() == OLD


def test_a_fault_of_ours_is_status_two_and_asks_for_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> int:
        raise LookupError("of ours")

    monkeypatch.setattr(program, "_main", broken)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with pytest.raises(SystemExit) as ended:
        program.run()
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("internal error: LookupError: of ours\n")
    assert "report" in said
