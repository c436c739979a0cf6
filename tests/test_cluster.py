"""Notes on a Dask cluster: the same bytes, a lost worker is trouble for its note, and what cannot be reached says so."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bnverify import check_many
from bnverify.batch import cluster as cluster_module
from bnverify.batch import crew as crew_module
from bnverify.batch.checked import Means
from bnverify.batch.cluster import Unreachable, _refused, crew_at
from bnverify.batch.code import our_code
from bnverify.batch.many import check_each
from bnverify.batch.wire import introduction
from bnverify.files.finding import find_notes
from bnverify.record import NoteRecord, Trouble
from bnverify.run import options_from
from tests.batch import workers
from tests.conftest import ROOT

HAS_DASK = importlib.util.find_spec("distributed") is not None
DASK = pytest.mark.skipif(not HAS_DASK, reason="distributed is not installed: pip install 'bnverify[dask]'")
GOOD = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" "\n"
WRONG = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" "\n"


def bnverify(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bnverify", "check", "--witness", "proof", *words],
        capture_output=True, cwd=ROOT, timeout=60, check=False, text=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import dask
    from distributed import LocalCluster

    # A note is given up with the second worker that it ends, and not with the fourth: the test need not wait for those.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as one,
    ):
        yield one


def kinds(found: list[NoteRecord | Trouble]) -> list[str]:
    return [one.message if isinstance(one, Trouble) else str(one.steps[0].standing) for one in found]


@DASK
def test_a_cluster_says_the_same_bytes(cluster: Any, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    (tmp_path / "b.md").write_text(WRONG)
    words = (str(tmp_path), str(tmp_path / "missing.md"), "--output-format", "json")
    here, there = bnverify(*words), bnverify(*words, "--scheduler", cluster.scheduler_address)
    assert there.stdout == here.stdout
    assert (there.returncode, there.stderr) == (here.returncode, here.stderr) == (2, "")


@DASK
def test_its_executor_is_one_like_any_other(cluster: Any, tmp_path: Path) -> None:
    from distributed import Client

    (tmp_path / "a.md").write_text(WRONG)
    with Client(cluster.scheduler_address, set_as_default=False) as client:
        found = list(check_many([str(tmp_path)], executor=client.get_executor(), witness="proof"))
    assert kinds(found) == ["introduced"]


@DASK
def test_a_note_that_ends_its_workers_is_trouble_and_the_others_are_checked(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "fulfil", workers.obey)
    for number, text in enumerate((GOOD, "END-THE-WORKER", WRONG, GOOD)):
        (tmp_path / f"{number}.md").write_text(text)
    with crew_at(cluster.scheduler_address) as crew:
        checked = check_each(find_notes([str(tmp_path)]), options_from(witness="proof"), Means(crew))
        found = [one.outcome for one in checked]
    expected = ["holds", "the process that checked this note was ended", "introduced", "holds"]
    assert kinds(found) == expected
    assert isinstance(found[1], Trouble)
    assert "KilledWorker" in found[1].help


@DASK
def test_a_cluster_without_workers_is_refused(tmp_path: Path) -> None:
    from distributed import LocalCluster

    (tmp_path / "a.md").write_text(GOOD)
    with LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty:
        done = bnverify(str(tmp_path), "--scheduler", empty.scheduler_address)
    assert done.returncode == 2
    assert "has no workers" in done.stderr


@DASK
def test_workers_that_go_leave_trouble_and_no_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from distributed import LocalCluster

    monkeypatch.setattr(crew_module, "fulfil", workers.obey)
    monkeypatch.setattr(cluster_module, "GRACE", 1.0)
    for number, text in enumerate((GOOD, "WAIT 60", GOOD)):
        (tmp_path / f"{number}.md").write_text(text)
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as small,
        crew_at(small.scheduler_address) as crew,
    ):
        checked = check_each(find_notes([str(tmp_path)]), options_from(witness="proof"), Means(crew))
        first = next(checked).outcome
        small.scale(0)
        rest = [one.outcome for one in checked]
    assert kinds([first]) == ["holds"]
    assert kinds(rest) == ["no answer came for this note: the cluster has no worker left"] * 2


@DASK
@pytest.mark.parametrize("listens", [False, True], ids=["nobody listens", "what listens is no scheduler"])
def test_what_is_no_scheduler_is_told_within_seconds(tmp_path: Path, listens: bool) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        if listens:
            door.listen()
        started = time.monotonic()
        done = bnverify(str(tmp_path), "--scheduler", f"tcp://127.0.0.1:{door.getsockname()[1]}")
    assert time.monotonic() - started < 40
    assert done.returncode == 2
    assert done.stderr.startswith("Error: there is no Dask scheduler at tcp://127.0.0.1:")
    assert "Traceback" not in done.stderr


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Unreachable, match=r"pip install 'bnverify\[dask\]'"), crew_at("tcp://127.0.0.1:1"):
        pass


def test_a_worker_that_is_not_the_same_program_is_refused() -> None:
    here = our_code()
    assert _refused(introduction(), here) == ""
    older = introduction().replace(here.version, "0.0.9")
    assert "runs another bnverify: 0.0.9" in _refused(older, here)
    assert "runs another bnverify" in _refused(introduction().replace(here.sources, "0" * 32), here)
    assert "has no bnverify" in _refused(ModuleNotFoundError("No module named 'bnverify'"), here)
    assert "has no bnverify" in _refused("hello", here)
