"""The cache of verdicts: the same bytes cold and warm, never a stale one, and never an error."""

from __future__ import annotations

import ast
import errno
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from bnverify.batch import cache as cache_module
from bnverify.batch import code as code_module
from bnverify.batch.cache import PARTS, SHARE, Cache, default_folder
from bnverify.batch.checked import Means
from bnverify.batch.code import digest_of
from bnverify.batch.codec import Unfit, decoded, encoded
from bnverify.batch.many import check_each
from bnverify.files.loaded import Loaded
from bnverify.record import Example, Kind, NoteRecord, Span, Standing, StepRecord, Trouble
from bnverify.run import check_text, options_from
from bnverify.source import Note
from tests.conftest import ROOT

GOOD = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" "\n"
WRONG = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" "\n"
PROOF = options_from(witness="proof")
NOTE = Note("note.md", WRONG)
HERE = Path(__file__).parent


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def record() -> NoteRecord:
    return check_text(WRONG, "note.md", PROOF).notes[0]


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.parent.name != PARTS)


def parts(folder: Path) -> list[Path]:
    return list(folder.glob(f"*/{PARTS}/*"))


def bnverify(folder: Path | str, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bnverify", "check", "--witness", "proof", *words], capture_output=True, text=True,
        encoding="utf-8", env={**os.environ, "BNVERIFY_CACHE_DIR": str(folder)}, timeout=60, check=False, cwd=cwd,
    )  # fmt: skip


# -- what is remembered


def test_what_was_kept_is_found_again_and_is_the_same(folder: Path, record: NoteRecord) -> None:
    Cache(str(folder)).keep(record, PROOF)
    assert Cache(str(folder)).find(NOTE, PROOF) == record


@pytest.mark.parametrize(
    ("note", "options"),
    [
        (Note("note.md", WRONG + "\n"), PROOF),
        (Note("note.tex", WRONG), PROOF),
        (replace(NOTE, unread=check_text("$$a", "n", PROOF).notes[0].note.unread or ()), options_from()),
        (NOTE, options_from(witness="symbolic")),
        (NOTE, options_from("unbiased", "proof")),
        (NOTE, options_from(witness="proof", epsilon="outside")),
        (NOTE, options_from(witness="proof", framework="pytorch")),
        (NOTE, replace(PROOF, assumed_from="pyproject.toml")),
        (NOTE, replace(PROOF, limits={"work": 1_000})),
        (NOTE, replace(PROOF, assumed_parts=("variance",))),
        (NOTE, replace(PROOF, assumed=replace(PROOF.assumed, variance=type(PROOF.assumed.variance).UNBIASED))),
    ],
)
def test_another_note_or_another_option_is_not_answered(
    folder: Path, record: NoteRecord, note: Note, options: Any
) -> None:
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    assert cache.find(note, options) is None


def test_every_field_of_the_options_and_of_a_note_is_in_the_key() -> None:
    """A field that is added to them is in the key without a word: all of them are written."""
    changed = {name: object() for name in PROOF.__dataclass_fields__}
    assert set(changed) == {*encoded(replace(PROOF, forced={"a": "b"}, framework="f", isolated=False, assumed=replace(
        PROOF.assumed, variance=type(PROOF.assumed.variance).UNBIASED), assumed_parts=("p",), assumed_from="x",
        witnesses=("proof", "numeric"), limits={"steps": 7}, ignored={"undecided": "--ignore"}, selects=True))}  # fmt: skip
    assert encoded(NOTE) == {"name": "note.md", "text": WRONG}


def test_another_version_another_source_or_another_library_is_not_answered(folder: Path, record: NoteRecord) -> None:
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    for part in ("version", "sources", "surroundings"):
        cache.code = replace(Cache(str(folder)).code, **{part: "another"})
        assert cache.find(NOTE, PROOF) is None


def test_an_edit_of_a_source_is_seen_even_if_its_time_and_size_stay(tmp_path: Path) -> None:
    source = tmp_path / "room" / "module.py"
    source.parent.mkdir()
    source.write_text("SIGN = 1\n")
    about, before = source.stat(), digest_of(str(tmp_path))
    source.write_text("SIGN = 2\n")
    os.utime(source, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert digest_of(str(tmp_path)) != before
    source.write_text("SIGN = 1\n")
    assert digest_of(str(tmp_path)) == before


def test_nothing_is_kept_once_the_program_was_edited_while_it_ran(
    folder: Path, record: NoteRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(str(folder))
    monkeypatch.setattr(cache_module, "stamp_of", lambda _: "edited")
    cache.keep(record, PROOF)
    assert entries(folder) == []
    assert "edited" in cache.trouble


def test_a_record_that_was_cut_short_and_a_trouble_are_not_kept(folder: Path, record: NoteRecord) -> None:
    cache = Cache(str(folder))
    cache.keep(replace(record, cut_short=True), PROOF)
    list(check_each([Loaded("a.md", None, Trouble("a.md", "no such file"))], PROOF, Means(cache=cache)))
    assert entries(folder) == []


def test_a_note_is_judged_once_and_its_record_says_nothing_else(folder: Path) -> None:
    notes = [Loaded("note.md", NOTE)]
    cold, warm = (list(check_each(notes, PROOF, Means(cache=Cache(str(folder))))) for _ in range(2))
    assert [one.remembered for one in (*cold, *warm)] == [False, True]
    assert cold[0].outcome == warm[0].outcome


# -- entries that are none


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda entry: b"",
        lambda entry: entry[:-1],
        lambda entry: entry[:20],
        lambda entry: bytes([entry[0] ^ 1]) + entry[1:],
        lambda entry: entry[:-1] + bytes([entry[-1] ^ 1]),
        lambda entry: entry + b"x",
        lambda entry: b"\x80\x04\x95" + entry,
        lambda entry: b"x" * (SHARE + 10),
    ],
)
def test_an_entry_that_is_not_whole_is_ignored_and_replaced(folder: Path, record: NoteRecord, spoilt: Any) -> None:
    Cache(str(folder)).keep(record, PROOF)
    (path,) = entries(folder)
    whole = path.read_bytes()
    path.write_bytes(spoilt(whole))
    cache = Cache(str(folder))
    assert cache.find(NOTE, PROOF) is None
    cache.keep(record, PROOF)
    assert path.read_bytes() == whole


@pytest.mark.parametrize(
    "shown", [[], {"note": 1}, {"steps": [{"relation": {"start": 2, "end": 1}}]}, {"more": 1}, "x"]
)
def test_a_whole_entry_that_holds_no_record_is_none(folder: Path, record: NoteRecord, shown: Any) -> None:
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    (path,) = entries(folder)
    path.write_bytes(cache_module._closed(path.name, shown))
    assert cache.find(NOTE, PROOF) is None


def test_an_entry_under_the_key_of_another_note_is_none(folder: Path, record: NoteRecord) -> None:
    cache, other = Cache(str(folder)), Note("note.md", GOOD)
    cache.keep(record, PROOF)
    (path,) = entries(folder)
    place = Path(cache._path(cache.key(other, PROOF)))
    place.parent.mkdir(exist_ok=True)
    shutil.copy(path, place)
    assert cache.find(other, PROOF) is None


# -- folders that cannot be used


def test_the_folder_is_the_users_own(folder: Path, record: NoteRecord) -> None:
    Cache(str(folder)).keep(record, PROOF)
    (path,) = entries(folder)
    assert {stat.S_IMODE(one.stat().st_mode) for one in (folder, path.parent)} == {0o700}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_into_which_others_may_write_is_not_used(folder: Path, record: NoteRecord) -> None:
    folder.mkdir()
    folder.chmod(0o777)
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    assert "others may write" in cache.trouble
    assert cache.find(NOTE, PROOF) is None
    assert list(folder.iterdir()) == []


def test_what_others_have_put_there_is_not_believed(folder: Path, record: NoteRecord) -> None:
    Cache(str(folder)).keep(record, PROOF)
    folder.chmod(0o777)
    assert Cache(str(folder)).find(NOTE, PROOF) is None


def test_where_the_folder_is(tmp_path: Path) -> None:
    home = str(Path.home())
    assert default_folder({}, "linux") == f"{home}/.cache/bnverify"
    assert default_folder({"XDG_CACHE_HOME": "/x"}, "linux") == "/x/bnverify"
    assert default_folder({"XDG_CACHE_HOME": "relative"}, "linux") == f"{home}/.cache/bnverify"
    assert default_folder({}, "darwin") == f"{home}/Library/Caches/bnverify"
    assert default_folder({"BNVERIFY_CACHE_DIR": "/mine", "XDG_CACHE_HOME": "/x"}, "darwin") == "/mine"


def test_a_file_in_place_of_the_folder_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(WRONG)
    (tmp_path / "cache").write_text("")
    done = bnverify(tmp_path / "cache", str(tmp_path / "note.md"), "--verbose")
    assert done.returncode == 1
    assert done.stderr.startswith("the cache is not used: ")
    assert bnverify(tmp_path / "cache", str(tmp_path / "note.md")).stderr == ""


def test_a_folder_that_cannot_be_written_still_answers(
    folder: Path, record: NoteRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The user of the tests may be root, who may write everywhere: so the system says no itself."""
    Cache(str(folder)).keep(record, PROOF)

    def refused(*_: Any, **__: Any) -> int:
        raise PermissionError(errno.EROFS, "Read-only file system")

    cache = Cache(str(folder))
    monkeypatch.setattr(os, "open", refused)
    cache.keep(replace(record, note=Note("other.md", WRONG)), PROOF)
    assert cache.trouble == "Read-only file system"
    assert cache.find(NOTE, PROOF) == record
    assert len(entries(folder)) == 1


@pytest.mark.parametrize("after", [0, 10, 100])
def test_a_full_disk_leaves_no_part_of_an_entry(
    folder: Path, record: NoteRecord, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    cache, real, left = Cache(str(folder)), os.write, [after]

    def full(handle: int, text: bytes) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done = real(handle, text[: left[0]])
        left[0] -= done
        return done

    monkeypatch.setattr(os, "write", full)
    cache.keep(record, PROOF)
    assert cache.trouble == "No space left on device"
    assert entries(folder) == parts(folder) == []
    assert cache.find(NOTE, PROOF) is None


# -- bounds


def test_the_oldest_entries_leave_when_it_is_too_much(
    folder: Path, record: NoteRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    size = entries(folder)[0].stat().st_size
    entries(folder)[0].unlink()  # it may stand in the drawer that the others go into
    monkeypatch.setattr(cache_module, "SHARE", 3 * size + 100)
    monkeypatch.setattr(cache_module, "DRAWERS", 1)
    for number in range(6):
        cache.keep(replace(record, note=Note(f"{number}.md", WRONG)), PROOF)
        os.utime(cache._path(cache.key(Note(f"{number}.md", WRONG), PROOF)), (number, number))
    kept = [number for number in range(6) if cache.find(Note(f"{number}.md", WRONG), PROOF)]
    assert kept == [3, 4, 5]


def test_a_record_that_is_larger_than_a_drawer_is_not_kept(
    folder: Path, record: NoteRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "SHARE", 100)
    cache = Cache(str(folder))
    cache.keep(record, PROOF)
    assert entries(folder) == []
    assert cache.trouble == ""


# -- several runs, and runs that end


WRITER = """
import sys
from dataclasses import replace
from bnverify.batch.cache import Cache
from bnverify.run import check_text, options_from
options = options_from(witness="proof")
record = check_text(sys.argv[2], "note.md", options).notes[0]
cache = Cache(sys.argv[1])
print("ready", flush=True)
for number in range(int(sys.argv[3])):
    cache.keep(replace(record, reading_evidence=f"{number} {'x' * 40_000}"), options)
print(cache.trouble, flush=True)
"""


def writer(folder: Path, times: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), WRONG, str(times)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_runs_on_one_cache_leave_whole_entries(folder: Path) -> None:
    both = [writer(folder, 60) for _ in range(2)]
    seen = 0
    cache = Cache(str(folder))
    while any(process.poll() is None for process in both):
        found = cache.find(NOTE, PROOF)
        seen += found is not None
        assert bool(found) or not entries(folder) or seen == 0
    assert [process.communicate()[0] for process in both] == ["\n", "\n"]
    assert seen
    assert cache.find(NOTE, PROOF)
    assert parts(folder) == []


MOMENTS = 50


def write_for_ever(folder: Path, record: NoteRecord, pick: random.Random, dies_writing: bool) -> None:
    """Write one entry again and again; `dies_writing`: be killed in the middle of one of the first writes."""
    real, last = os.write, pick.randrange(4)

    def killed(handle: int, text: bytes) -> int:
        nonlocal last
        last -= 1
        if last < 0:
            real(handle, text[: pick.randrange(len(text))])
            os.kill(os.getpid(), signal.SIGKILL)
        return real(handle, text)

    if dies_writing:
        os.write = killed
    cache = Cache(str(folder))
    for number in range(10**6):
        cache.keep(replace(record, reading_evidence=f"{number} {pick.random()} {'x' * 3000}"), PROOF)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the run that is killed is a fork")
def test_a_run_that_is_killed_while_it_writes_leaves_an_entry_old_new_or_none(folder: Path, record: NoteRecord) -> None:
    """Every second one is killed from outside, at any moment, the others in the middle of a write."""
    pick, left = random.Random(1), 0
    for moment in range(MOMENTS):
        child = os.fork()
        if not child:
            write_for_ever(folder, record, random.Random(moment), bool(moment % 2))
            os._exit(0)
        if moment % 2 == 0:
            time.sleep(pick.uniform(0.001, 0.03))
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left += len(parts(folder))
        for path in entries(folder):
            assert cache_module._opened(path.name, path.read_bytes())
        assert len(entries(folder)) <= 1
        cache = Cache(str(folder))
        assert parts(folder) == [], "what was half written is gone after the next run"
        assert cache.find(NOTE, PROOF) is not None or not entries(folder)
    assert left >= MOMENTS // 2
    assert entries(folder)


# -- the command line


def test_a_remembered_verdict_says_so_and_a_document_says_it_beside(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.md").write_text(GOOD)
    (tmp_path / "b.md").write_text(WRONG)
    cold = bnverify(folder, str(tmp_path / "a.md"))
    assert "cache" not in cold.stdout + cold.stderr
    warm = bnverify(folder, str(tmp_path))
    assert "a.md: its one step is right\n  from the cache, judged before by the same version" in warm.stdout
    assert "1 of 2 notes from the cache\n" in warm.stdout
    assert "from the cache" not in bnverify(folder, str(tmp_path), "--no-cache").stdout
    for form in ("json", "json-lines", "concise"):
        done = bnverify(folder, str(tmp_path), "--output-format", form)
        assert "from the cache" not in done.stdout
        assert done.stderr == "2 of 2 notes from the cache; --no-cache judges anew\n"


def test_only_checks_of_files_are_remembered(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "b.md").write_text(WRONG)
    path = str(tmp_path / "b.md")
    for words in (("-e", "a = b"), ("--no-cache", path), ("--diff", path), (f"{path}:1", "--explain"), ("--fix", path)):
        assert bnverify(folder, *words).returncode in (0, 1, 3)
    assert not folder.exists()


def test_a_project_brings_no_verdicts_along(tmp_path: Path, folder: Path) -> None:
    """What stands in the folder of a project is no cache, whatever it is called there."""
    (tmp_path / "a.md").write_text(WRONG)
    bnverify(folder, "a.md", cwd=tmp_path)
    for name in (".cache/bnverify", ".bnverify_cache", "bnverify"):
        shutil.copytree(folder, tmp_path / "project" / name)
    (tmp_path / "project" / "a.md").write_text(WRONG)
    done = bnverify(tmp_path / "empty", "a.md", cwd=tmp_path / "project")
    assert "from the cache" not in done.stdout


NOT_NEEDED = ("lark", "flint", "sympy", "numpy", "bnverify.pipeline", "bnverify.read", "bnverify.repair")
NEEDED_OF = {"bnverify.truth": {"witnesses"}, "bnverify.judge": {"asked"}}
NEEDED_OF["bnverify.model"] = {"conventions", "terms", "quantities", "frameworks"}


def test_a_run_whose_verdicts_are_all_remembered_imports_nothing_that_judges(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "a.md").write_text(WRONG)
    bnverify(folder, str(tmp_path))
    run = "import sys; from bnverify.cli.main import main; main(['check','--witness','proof',sys.argv[1]],standalone_mode=False)"
    done = subprocess.run(
        [sys.executable, "-c", f"{run}; print(sorted(sys.modules), file=sys.stderr)", str(tmp_path)], cwd=ROOT,
        env={**os.environ, "BNVERIFY_CACHE_DIR": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "1 of 1 note from the cache" in done.stdout
    names = ast.literal_eval(done.stderr)
    assert "bnverify.batch.cache" in names
    assert [name for name in names if name in NOT_NEEDED] == []
    for room, needed in NEEDED_OF.items():
        assert {name.removeprefix(f"{room}.") for name in names if name.startswith(f"{room}.")} <= needed


# -- records as text


def test_every_kind_of_value_comes_back() -> None:
    nested: Any = (Fraction(1, 3), (Fraction(-2), (Fraction(0),)))
    example = Example(2, {"x": nested, "g": Fraction(7)}, {"i": 1}, Fraction(1, 7), Fraction(-3))
    step = StepRecord(
        Span(1, 2), Span(2, 3), "h", "s", Kind.CLAIM, Standing.CARRIED, example=example, true=False, true_at=(1, 2)
    )
    record = NoteRecord(NOTE, (), (), "local", "", steps=(step,), expected=frozenset((Span(3, 4), Span(1, 2))))
    text = json.dumps(encoded(record))
    assert decoded(NoteRecord, json.loads(text)) == record
    assert text == json.dumps(encoded(decoded(NoteRecord, json.loads(text))))
    assert decoded(NoteRecord, json.loads(text)).steps[0].standing is Standing.CARRIED


@pytest.mark.parametrize(
    "shown",
    [
        None, 3, [], {"start": 1}, {"start": 1, "end": "2"}, {"start": True, "end": 2}, {"start": 3, "end": 2},
        {"start": 1, "end": 2, "__class__": "x"}, {"start": 1.0, "end": 2},
    ],
)  # fmt: skip
def test_what_is_no_span_is_refused(shown: Any) -> None:
    with pytest.raises(Unfit):
        decoded(Span, shown)


def test_nothing_is_unpickled() -> None:
    for path in (Path(code_module.HOME) / "batch").glob("*.py"):
        words = path.read_text(encoding="utf-8")
        assert "import pickle" not in words
        assert "marshal" not in words
