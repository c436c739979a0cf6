"""Many notes: in order, as they come, few at a time, whoever checks them and whatever happens to the workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from bnverify import check_many
from bnverify.batch import crew as crew_module
from bnverify.batch.checked import Means
from bnverify.batch.crew import Crew
from bnverify.batch.many import check_each
from bnverify.batch.workers import processes
from bnverify.files.finding import find_notes
from bnverify.files.loaded import Loaded
from bnverify.record import NoteRecord, Trouble
from bnverify.run import options_from
from bnverify.source import Note
from tests.batch import workers
from tests.conftest import ROOT

GOOD = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" "\n"
WRONG = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" "\n"
PROOF = options_from(witness="proof")
LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="the processes are looked up in /proc")


def written(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"{number:02}.md" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
    return paths


def kind(outcome: NoteRecord | Trouble) -> str:
    if isinstance(outcome, Trouble):
        return outcome.message
    return ",".join(str(step.standing) for step in outcome.steps)


class Inline(Executor):
    """Does the work when it is submitted, and says how much was submitted."""

    def __init__(self) -> None:
        self.submitted = 0

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        self.submitted += 1
        done: Future[str] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


# -- order and memory


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_became_of_each_note_comes_in_the_order_of_the_notes(tmp_path: Path, jobs: int) -> None:
    written(tmp_path, GOOD, WRONG, GOOD, "", WRONG)
    paths = [str(tmp_path), str(tmp_path / "missing.md"), str(tmp_path / "00.md")]
    found = list(check_many(paths, jobs=jobs, witness="proof"))
    assert [kind(one) for one in found] == [
        "holds", "introduced", "holds", "", "introduced", "there is no such file or folder", "holds",
    ]  # fmt: skip
    assert [one.path if isinstance(one, Trouble) else one.note.name for one in found[-2:]] == paths[1:]


def test_the_first_note_comes_before_the_last_one_is_read() -> None:
    read: list[str] = []

    def notes() -> Iterator[Loaded]:
        for number in range(30):
            read.append(str(number))
            yield Loaded(f"{number}.md", Note(f"{number}.md", GOOD))

    with closing(check_each(notes(), PROOF, Means(Crew(Inline(), in_flight=4)))) as checked:
        for number, one in enumerate(checked):
            assert isinstance(one.outcome, NoteRecord)
            assert one.outcome.note.name == f"{number}.md"
            assert len(read) <= number + 4
    assert len(read) == 30


def test_without_workers_one_note_is_read_at_a_time() -> None:
    read: list[int] = []

    def notes() -> Iterator[Loaded]:
        for number in range(5):
            read.append(number)
            yield Loaded("a.md", Note("a.md", GOOD))

    for number, _ in enumerate(check_each(notes(), PROOF, Means())):
        assert len(read) == number + 1


def test_workers_can_be_asked_for_in_a_thread(tmp_path: Path) -> None:
    """Where a fork would copy the locks that other threads hold."""
    written(tmp_path, GOOD, WRONG)
    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(lambda: list(check_many([str(tmp_path)], jobs=2, witness="proof"))) for _ in range(2)]
        found = [one.result(timeout=60) for one in asked]
    assert [[kind(one) for one in each] for each in found] == [["holds", "introduced"]] * 2


def test_an_executor_that_was_brought_along_does_the_work_and_stays_open(tmp_path: Path) -> None:
    written(tmp_path, GOOD, WRONG, GOOD)
    inline = Inline()
    assert len(list(check_many([str(tmp_path)], executor=inline, witness="proof"))) == 3
    assert inline.submitted == 3
    with ThreadPoolExecutor(2) as threads:
        found = list(check_many([str(tmp_path)], executor=threads, witness="proof"))
        assert threads.submit(len, "open").result() == 4
    assert [kind(one) for one in found] == ["holds", "introduced", "holds"]


def test_records_of_workers_equal_those_of_this_process(tmp_path: Path) -> None:
    paths = [str(ROOT / "derivations" / "family" / f"{name}.md") for name in ("layer-norm-wrong", "rms-norm-wrong")]
    assert list(check_many(paths, executor=Inline())) == list(check_many(paths))


def test_words_that_are_not_known_are_refused() -> None:
    with pytest.raises(ValueError, match="jobs"):
        check_many([], jobs=-1)
    with pytest.raises(ValueError, match="leave jobs away"):
        check_many([], jobs=2, executor=Inline())
    with pytest.raises(ValueError, match="variance"):
        check_many([], variance="both")


def test_settings_are_read_on_our_side(tmp_path: Path) -> None:
    written(tmp_path, r"$$\frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{\sqrt{v} + \epsilon}$$")
    (tmp_path / "pyproject.toml").write_text('[tool.bnverify]\nepsilon = "outside"\n')
    (record,) = check_many([str(tmp_path / "00.md")], executor=Inline(), witness="proof")
    assert isinstance(record, NoteRecord)
    assert record.choice("epsilon") == "outside"
    (tmp_path / "pyproject.toml").write_text('[tool.bnverify]\nepsilon = "elsewhere"\n')
    # Another folder: what was read of the settings of one is kept as long as the program runs.
    other = tmp_path / "other"
    other.mkdir()
    (trouble,) = check_many([str(*written(other, GOOD))], executor=Inline())
    assert "the settings of its project are wrong" in kind(trouble)


# -- what happens to workers


def by_workers(folder: Path, in_flight: int = 8) -> list[NoteRecord | Trouble]:
    means = Means(Crew(None, in_flight, processes, 2))
    with closing(check_each(find_notes([str(folder)]), PROOF, means)) as checked:
        return [one.outcome for one in checked]


def test_a_note_that_ends_its_worker_is_trouble_and_every_other_one_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.obey)
    texts = [GOOD, WRONG] * 6
    texts[3] = texts[8] = "END-THE-WORKER"
    paths = written(tmp_path, *texts)
    found = by_workers(tmp_path)
    expected = ["holds", "introduced"] * 6
    expected[3] = expected[8] = "the process that checked this note was ended"
    assert [kind(one) for one in found] == expected
    assert [one.path for one in found if isinstance(one, Trouble)] == [str(paths[3]), str(paths[8])]


def test_a_note_whose_worker_was_ended_by_somebody_else_is_checked_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.obey)
    notes = tmp_path / "notes"
    notes.mkdir()
    written(notes, GOOD, f"END-ONCE {tmp_path / 'once'}\n\n{WRONG}", GOOD)
    assert [kind(one) for one in by_workers(notes)] == ["holds", "introduced", "holds"]
    assert (tmp_path / "once").exists()


def test_a_broken_executor_that_was_brought_along_leaves_no_note_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.obey)
    written(tmp_path, GOOD, "END-THE-WORKER", GOOD, GOOD)
    with processes(1) as pool:
        found = list(check_many([str(tmp_path)], executor=pool, in_flight=1, witness="proof"))
    assert kind(found[0]) == "holds"
    assert all("was ended, or another one beside it" in kind(one) for one in found[1:])
    assert len(found) == 4


def test_what_is_no_answer_is_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.babble)
    written(tmp_path, GOOD)
    (one,) = check_many([str(tmp_path)], executor=Inline())
    assert kind(one) == "what the worker sent for this note is no answer"


def test_a_worker_with_another_program_gives_no_verdict(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.of_another_version)
    written(tmp_path, GOOD)
    (one,) = check_many([str(tmp_path)], executor=Inline())
    assert "runs another bnverify" in kind(one)


def test_nobody_who_could_answer_is_trouble_for_every_note_and_no_hang(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent(Executor):
        def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
            return Future()

    monkeypatch.setattr(crew_module, "GLANCE", 0.05)
    written(tmp_path, *[GOOD] * 5)
    crew = Crew(Silent(), 2, watch=lambda: "the cluster has no worker left")
    found = [one.outcome for one in check_each(find_notes([str(tmp_path)]), PROOF, Means(crew))]
    assert [kind(one) for one in found] == ["no answer came for this note: the cluster has no worker left"] * 5


class Forgetful(Executor):
    """Its first orders are never answered, as if the word of them had been lost."""

    def __init__(self, lost: int) -> None:
        self.lost = lost

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        future: Future[str] = Future()
        if self.lost:
            self.lost -= 1
        else:
            future.set_result(fn(*args, **kwargs))
        return future


def test_an_order_that_nobody_works_on_is_given_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew_module, "GLANCE", 0.02)
    written(tmp_path, GOOD, WRONG)

    def found(lost: int, busy: bool) -> list[str]:
        crew = Crew(Forgetful(lost), 2, busy=lambda: busy, survives=True)
        return [kind(one.outcome) for one in check_each(find_notes([str(tmp_path)]), PROOF, Means(crew))]

    assert found(0, busy=True) == found(1, busy=False) == found(2, busy=False) == ["holds", "introduced"]
    assert found(4, busy=False) == ["the process that checked this note was ended"] * 2


# -- the command line


def bnverify(*words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bnverify", "check", "--witness", "proof", *words],
        capture_output=True, cwd=cwd, timeout=120, check=False, text=True, encoding="utf-8",
    )  # fmt: skip


def test_lines_are_the_notes_of_the_document_and_the_totals(tmp_path: Path) -> None:
    written(tmp_path, GOOD, WRONG)
    words = (str(tmp_path), str(tmp_path / "missing.md"))
    document = json.loads(bnverify(*words, "--output-format", "json").stdout)
    done = bnverify(*words, "--output-format", "json-lines", "--jobs", "2")
    *lines, last = map(json.loads, done.stdout.splitlines())
    assert lines == [*({"note": one} for one in document["notes"]), *({"error": one} for one in document["errors"])]
    assert done.returncode == 2
    assert last["totals"]["exit_status"] == 2
    assert (last["totals"]["notes"], last["totals"]["errors"]) == (2, 1)
    assert last["totals"]["summary"]["wrong"] == 1
    assert last["totals"]["schema_version"] == document["schema_version"]


@pytest.mark.parametrize(("texts", "status"), [((GOOD,), 0), ((GOOD, WRONG), 1), ((GOOD, ""), 3), ((), 2)])
def test_the_exit_status_of_lines_is_that_of_a_check(tmp_path: Path, texts: tuple[str, ...], status: int) -> None:
    written(tmp_path, *texts)
    done = bnverify(str(tmp_path), "--output-format", "json-lines")
    assert done.returncode == status
    assert json.loads(done.stdout.splitlines()[-1])["totals"]["exit_status"] == status


def test_a_line_ends_where_every_reader_thinks_that_it_ends(tmp_path: Path) -> None:
    written(tmp_path, "$$a\u2028 = \x85f(x)$$")
    done = bnverify(str(tmp_path), "--output-format", "json-lines")
    assert len(done.stdout.splitlines()) == len(done.stdout.split("\n")) - 1 == 2


def test_a_line_is_printed_before_the_next_note_is_done(tmp_path: Path) -> None:
    written(tmp_path, GOOD)
    slow = ROOT / "derivations" / "000-unbiased-by-hand.md"
    process = subprocess.Popen(
        [sys.executable, "-m", "bnverify", "check", str(tmp_path), str(slow), "--output-format", "json-lines"],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert process.poll() is None, "the process has ended before its first line was read"
    process.kill()
    process.wait()
    process.stdout.close()
    assert first["note"]["path"].endswith("00.md")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--jobs", "many"), "is no number of processes"),
        (("--jobs", "2", "--fix"), "leave --jobs and --scheduler away"),
        (("--jobs", "2", "--scheduler", "tcp://127.0.0.1:1"), "leave --jobs away"),
    ],
)
def test_what_cannot_be_asked_for_together_is_refused(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    written(tmp_path, GOOD)
    done = bnverify(str(tmp_path), *words)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_terminal_sees_how_many_notes_are_done_and_which_one_is_looked_at(tmp_path: Path) -> None:
    pty = pytest.importorskip("pty", reason="a terminal is needed")
    written(tmp_path, GOOD, WRONG)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bnverify", "check", "--witness", "proof", str(tmp_path), "--output-format", "json-lines"],
        stdout=subprocess.DEVNULL, stderr=theirs, env={**os.environ, "TERM": "xterm", "COLUMNS": "300"}, cwd=ROOT,
    )  # fmt: skip
    os.close(theirs)
    said = b""
    while True:
        try:
            more = os.read(ours, 4096)
        except OSError:
            break
        if not more:
            break
        said += more
    os.close(ours)
    assert process.wait() == 1
    assert b"1/2" in said
    assert b"01.md" in said


# -- processes of the whole run


def below(number: int) -> set[int]:
    """All processes that a process has started, and those that these have."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            parents[int(folder.name)] = int(text.rpartition(")")[2].split()[1])
    found, more = set[int](), {number}
    while more:
        more = {one for one, parent in parents.items() if parent in more} - found
        found |= more
    return found


def lives(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def started(folder: Path) -> subprocess.Popen[bytes]:
    """A run with two workers, in a process group of its own, of which the first line has come."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bnverify", "check", str(folder), "-j", "2", "--output-format", "json-lines"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, cwd=ROOT,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


@pytest.fixture
def slow_notes(tmp_path: Path) -> Path:
    slow = (ROOT / "derivations" / "000-unbiased-by-hand.md").read_text(encoding="utf-8")
    written(tmp_path, GOOD, *[slow] * 6)
    return tmp_path


@LINUX
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, 130)])
def test_workers_end_with_the_run_however_it_ends(slow_notes: Path, sent: signal.Signals, status: int) -> None:
    """Ctrl-C goes to all processes of the terminal, the other signals to the run alone."""
    process = started(slow_notes)
    others = below(process.pid)
    assert len(others) >= 3, "a server and two workers"
    if sent is signal.SIGINT:
        os.killpg(process.pid, sent)
    else:
        process.send_signal(sent)
    _, said = process.communicate(timeout=20)
    assert process.returncode == status
    assert b"Traceback" not in said
    if sent is signal.SIGINT:
        assert said.strip() == b"interrupted"
    until = time.monotonic() + 10
    while any(map(lives, others)) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(map(lives, others))


@LINUX
def test_a_worker_that_is_killed_from_outside_costs_no_note(tmp_path: Path) -> None:
    slow = (ROOT / "derivations" / "right-biased.md").read_text(encoding="utf-8")
    written(tmp_path, GOOD, slow, slow, GOOD)
    process = started(tmp_path)
    grandchildren = [one for child in below(process.pid) for one in below(child)]
    assert grandchildren
    os.kill(grandchildren[0], signal.SIGKILL)
    rest, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")
    assert [*json.loads(rest.splitlines()[-1])["totals"].values()][2:4] == [4, 0]
