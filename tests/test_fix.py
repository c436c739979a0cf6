"""Repairs in the text: which are applied together, that they do no harm, and how a file is written.

Most tests bring repairs of their own: a table says which piece of a false side is to be replaced by what.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bnverify import fix as room
from bnverify.cli.main import main
from bnverify.edits import clash, edited, in_order, moved
from bnverify.fix import fix_note
from bnverify.judge.asked import Options
from bnverify.pipeline import check_note
from bnverify.record import FALSE, Edit, Fixed, NoteRecord, Repair, Standing, StepRecord, Target
from bnverify.report.fixes import header_name, patch, summary
from bnverify.report.pieces import text_of
from bnverify.run import options_from
from bnverify.source import Note, Span
from bnverify.write import write_note

SHIFT = r"""Words in front.

$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$

$$= -\sum_k \frac{\partial L}{\partial y_k}$$
"""
SHIFT_RIGHT = SHIFT.replace("-", "")
CLAIM = r"""
$$\frac{\partial L}{\partial \hat{x}_m} = \frac{\partial L}{\partial y_m}$$

$$\frac{\partial L}{\partial \sigma^2} = \sum_i \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial \sigma^2}
= -\frac{1}{2} \sum_i \frac{\partial L}{\partial y_i} (x_i - \mu) (\sigma^2 + \epsilon)^{-3/2}$$
"""
SCALE = r"""
$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} x_i$$
"""
HAT = (" x_i", r" \hat{x}_i")
MINUS = {"-\\sum": "\\sum"}
GAMMA = {r" \frac{\partial L}{\partial y_m}": r" \gamma \frac{\partial L}{\partial y_m}"}

Search = Callable[[Note, StepRecord], tuple[Repair, ...]]


def replacing(table: Mapping[str, str], **more: object) -> Search:
    """A search that replaces each piece of the table that stands behind the relation sign of a false step."""

    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        end = step.side_span.end + 1
        edits = []
        for old, new in table.items():
            place = note.text.find(old, step.relation.start, end)
            edits += [Edit(Span(place, place + len(old)), new)] if place >= 0 else []
        made = Repair(Target.TRUTH, tuple(edits), "", ("wrong-step",))
        return (replace(made, **more),) if edits else ()  # type: ignore[arg-type]

    return search


@pytest.fixture
def repairs(monkeypatch: pytest.MonkeyPatch) -> Callable[[Search], None]:
    """Put a search of the test's own in place."""

    def put(search: Search) -> None:
        def checked(note: Note, options: Options) -> NoteRecord:
            record = check_note(note, options)
            steps = [replace(one, repairs=search(note, one) if one.standing in FALSE else ()) for one in record.steps]
            return replace(record, steps=tuple(steps))

        monkeypatch.setattr(room, "check_note", checked)

    return put


def fixed(text: str, include_expected: bool = False) -> Fixed:
    return fix_note(Note("note.md", text), options_from("declared", "proof"), include_expected)


def reasons(one: Fixed) -> list[str]:
    return [waiting.why for waiting in one.waiting]


# -- what is applied


def test_a_wrong_step_and_those_that_follow_from_it_are_repaired_together(repairs: Callable[[Search], None]) -> None:
    repairs(replacing(MINUS))
    one = fixed(SHIFT)
    assert one.after.note.text == SHIFT_RIGHT
    assert [step.standing for step in one.after.steps] == [Standing.HOLDS] * 2
    assert text_of(summary(one, True)) == "repaired 2 steps in note.md (lines 3, 5); no error is left\n"


def test_a_step_that_repeats_an_earlier_claim_is_repaired_with_it(repairs: Callable[[Search], None]) -> None:
    repairs(replacing(GAMMA | {r"-\frac{1}{2}": r"-\frac{\gamma}{2}"}))
    one = fixed(CLAIM)
    assert not one.waiting
    assert [step.standing for step in one.after.steps] == [Standing.HOLDS] * 3


@pytest.mark.parametrize("text", [SHIFT, CLAIM])
def test_nothing_is_repaired_where_a_following_step_cannot_be(text: str, repairs: Callable[[Search], None]) -> None:
    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        return replacing(MINUS | GAMMA)(note, step) if step.standing is not Standing.CARRIED else ()

    repairs(search)
    one = fixed(text)
    assert one.after is one.before
    (why,) = reasons(one)
    assert why.endswith("would then be wrong")
    line = text.rstrip().count("\n") + 1
    assert f"line {line} " in why


def test_one_group_that_cannot_be_repaired_does_not_keep_the_others_from_it(repairs: Callable[[Search], None]) -> None:
    repairs(replacing(MINUS | GAMMA | dict([HAT])))
    one = fixed(SHIFT + CLAIM + SCALE)
    assert one.after.note.text == SHIFT_RIGHT + CLAIM + SCALE.replace(*HAT)
    assert [waiting.why for waiting in one.waiting] == ["line 10 would then be wrong"]
    assert one.after.note.line(one.waiting[0].relation.start) == 7
    said = text_of(summary(one, False))
    assert said.startswith("note.md: 3 steps would be repaired (lines 3, 5, 12); 1 error is left\n")
    assert "  line 7 has a repair that is not applied: line 10 would then be wrong\n" in said


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"unique": False}, "several repairs are equally small: choose one"),
        ({"proved": False}, "its repair is not proved"),
        ({"target": Target.STEP}, "no repair of this line alone makes it right"),
        ({"target": Target.NOTE}, "no repair of this line alone makes it right"),
    ],
)
def test_only_proved_and_unique_repairs_for_the_truth_are_applied(
    more: dict[str, object], why: str, repairs: Callable[[Search], None]
) -> None:
    repairs(replacing(MINUS, **more))
    one = fixed(SHIFT)
    assert one.after is one.before
    assert reasons(one) == [why]


def test_a_repair_behind_another_that_is_as_small_is_not_applied(repairs: Callable[[Search], None]) -> None:
    one, other = replacing(MINUS, unique=False), replacing({"-": "+"})
    repairs(lambda note, step: one(note, step) + other(note, step))
    assert fixed(SHIFT).after.note.text == SHIFT


def test_a_repair_that_breaks_another_line_is_left_out(repairs: Callable[[Search], None]) -> None:
    """The repair of the scale also puts a sign into the right line above."""
    good = SHIFT_RIGHT + SCALE

    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        place = note.text.index("\\sum")
        found = replacing(dict([HAT]))(note, step)
        return tuple(replace(one, edits=(*one.edits, Edit(Span(place, place), "-"))) for one in found)

    repairs(search)
    one = fixed(good)
    assert one.after is one.before
    assert reasons(one) == ["line 3 would then be wrong"]


def test_a_repair_after_which_the_step_is_not_right_is_left_out(repairs: Callable[[Search], None]) -> None:
    repairs(replacing({" x_i": r" x_i^2"}))
    one = fixed(SCALE)
    assert one.after is one.before
    assert reasons(one) == ["line 2 would then not be proved"]


def test_a_repair_that_changes_how_the_note_is_read_is_left_out(repairs: Callable[[Search], None]) -> None:
    repairs(replacing({" x_i": r" \hat{x}_i = 0 "}))
    one = fixed(SCALE)
    assert one.after is one.before
    assert reasons(one) == ["the note would then be read in another way"]


def test_the_same_edit_in_two_repairs_is_made_once(repairs: Callable[[Search], None]) -> None:
    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        (repair,) = replacing(MINUS)(note, step)
        return (replace(repair, edits=(Edit(Span(0, 0), "More words. "), *repair.edits)),)

    repairs(search)
    assert fixed(SHIFT).after.note.text == "More words. " + SHIFT_RIGHT


def test_of_two_repairs_that_clash_the_later_one_waits_for_the_next_round(repairs: Callable[[Search], None]) -> None:
    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        front = Edit(Span(0, 5), f"Line{note.line(step.relation.start)}")
        found = replacing(MINUS | dict([HAT]))(note, step)
        return tuple(replace(one, edits=(front, *one.edits)) for one in found)

    def judge(note: Note) -> NoteRecord:
        return room.check_note(note, options_from("declared", "proof"))

    repairs(search)
    text = SHIFT.split("\n\n$$= ")[0] + "\n" + SCALE
    first = room.Round(judge(Note("note.md", text)), judge, False)
    assert first.run().note.text == text.replace("-", "").replace("Words", "Line3")
    assert [one.why for one in first.waiting()] == ["its repair changes the same characters as that of line 3"]
    assert fixed(text).after.note.text == text.replace("-", "").replace(*HAT).replace("Words", "Line5")


def test_what_comes_to_light_later_is_repaired_in_a_further_round(repairs: Callable[[Search], None]) -> None:
    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        if "= -" in note.text and step.relation.start > note.text.index("= -") + 1:
            return ()
        return replacing(MINUS | dict([HAT]))(note, step)

    repairs(search)
    one = fixed(SHIFT.split("\n\n$$= ")[0] + "\n" + SCALE)
    assert [step.standing for step in one.after.steps] == [Standing.HOLDS] * 2
    assert len(one.repaired) == 2


def test_rounds_come_to_an_end(repairs: Callable[[Search], None]) -> None:
    """A search that finds one repair at a time is heard five times."""
    lines = [SCALE.replace(" x_i", f" {k} x_i") for k in range(2, 9)]

    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        is_first = " x_i" not in note.text[: step.relation.start]
        return replacing({f" {k} x_i": r" \hat{x}_i" for k in range(2, 9)})(note, step) if is_first else ()

    repairs(search)
    one = fixed("".join(lines))
    assert len(one.repaired) == room.MOST_ROUNDS == 5
    assert one.after.note.text == 5 * SCALE.replace(*HAT) + "".join(lines[5:])


# -- expected errors

EXPECTED = SHIFT.replace("\n\n$$=", "\n<!-- expect: sign-flip -->\n\n$$=") + SCALE


def test_expected_errors_are_left_alone(repairs: Callable[[Search], None]) -> None:
    repairs(replacing(MINUS | dict([HAT])))
    one = fixed(EXPECTED)
    assert one.after.note.text == EXPECTED.replace(*HAT)
    assert not one.waiting
    said = text_of(summary(one, True))
    assert said == "repaired 1 step in note.md (line 8); no error is left, beside 1 that the note expects\n"


def test_expected_errors_are_repaired_when_asked_for_and_the_comments_stay(repairs: Callable[[Search], None]) -> None:
    repairs(replacing(MINUS | dict([HAT])))
    one = fixed(EXPECTED, include_expected=True)
    assert one.after.note.text == EXPECTED.replace(*HAT).replace("-\\sum", "\\sum")
    assert len(one.after.unmet) == 1
    assert "the note still expects errors that it does not hold any more (line 4)" in text_of(summary(one, True))


def test_a_repair_that_would_break_an_expectation_is_left_out(repairs: Callable[[Search], None]) -> None:
    """The second line is expected to be right again, which it is only while the first is wrong."""
    repairs(replacing(MINUS))
    text = SHIFT.replace("$$= -", "$$= ") + "<!-- expect: compensated -->\n"
    one = fixed(text)
    assert one.after is one.before
    assert reasons(one) == ["an expectation of the note would then not be met"]


# -- edits

SPANS = st.tuples(st.integers(0, 12), st.integers(0, 4), st.text("ab", max_size=2)).map(
    lambda one: Edit(Span(min(one[0], 12), min(one[0] + one[1], 12)), one[2])
)


@given(st.lists(SPANS, max_size=4))
def test_what_no_edit_touches_keeps_its_characters(edits: list[Edit]) -> None:
    kept: list[Edit] = []
    for edit in edits:
        if not any(clash(edit, other) for other in kept):
            kept.append(edit)
    text = "0123456789AB"
    new = edited(text, kept)
    for place, letter in enumerate(text):
        there = moved(place, kept)
        assert (there is None) is any(edit.span.start <= place < edit.span.end for edit in kept)
        assert there is None or new[there] == letter
    assert len(new) == len(text) + sum(len(edit.replacement) - len(edit.span) for edit in in_order(kept))


def test_edits_clash_where_they_overlap_or_insert_different_words_at_one_place() -> None:
    def edit(start: int, end: int, words: str) -> Edit:
        return Edit(Span(start, end), words)

    assert clash(edit(1, 3, "a"), edit(2, 4, "a"))
    assert clash(edit(1, 3, "a"), edit(1, 3, "b"))
    assert clash(edit(2, 2, "a"), edit(1, 3, "b"))
    assert clash(edit(2, 2, "a"), edit(2, 2, "b"))
    assert not clash(edit(1, 3, "a"), edit(1, 3, "a"))
    assert not clash(edit(1, 3, "a"), edit(3, 5, "b"))
    assert not clash(edit(1, 1, "a"), edit(1, 3, "b"))


# -- files


def run(*words: str) -> int:
    return int(main(list(words), standalone_mode=False))


def test_fix_writes_the_file_and_reports_what_is_left(
    tmp_path: Path, repairs: Callable[[Search], None], capsys: pytest.CaptureFixture[str]
) -> None:
    repairs(replacing(MINUS))
    path = tmp_path / "note.md"
    path.write_text(SHIFT + SCALE)
    assert run("check", "--fix", "--witness", "proof", str(path)) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"repaired 2 steps in {path} (lines 3, 5); 1 error is left"
    assert said[1] == f"{path}: 1 step is wrong, on line 7"
    assert path.read_text() == SHIFT_RIGHT + SCALE
    assert os.listdir(tmp_path) == ["note.md"]


def test_line_endings_the_byte_order_mark_and_the_mode_are_kept(
    tmp_path: Path, repairs: Callable[[Search], None]
) -> None:
    repairs(replacing({"-\\sum": "\n\\sum"}))
    path = tmp_path / "note.md"
    data = b"\xef\xbb\xbf" + SHIFT.replace("\n", "\r\n").encode()
    path.write_bytes(data)
    path.chmod(0o640)
    assert run("check", "--fix", "--witness", "proof", str(path)) == 0
    assert path.read_bytes() == data.replace(b"-", b"\r\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_followed_to_its_file(tmp_path: Path, repairs: Callable[[Search], None]) -> None:
    repairs(replacing(MINUS))
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "note.md", tmp_path / "link.md"
    real.write_text(SHIFT)
    link.symlink_to(real)
    assert run("check", "--fix", "--witness", "proof", str(link)) == 0
    assert link.is_symlink()
    assert real.read_text() == SHIFT_RIGHT


def test_a_file_that_was_changed_meanwhile_is_not_touched(
    tmp_path: Path, repairs: Callable[[Search], None], capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "note.md"
    path.write_text(SHIFT)
    other = SHIFT + "\nSomebody writes this while the note is judged.\n"

    def search(note: Note, step: StepRecord) -> tuple[Repair, ...]:
        path.write_text(other)
        return replacing(MINUS)(note, step)

    repairs(search)
    assert run("check", "--fix", "--witness", "proof", str(path)) == 2
    said = capsys.readouterr().out
    assert "nothing was repaired in" in said
    assert "the file was changed while it was checked: nothing was written" in said
    assert path.read_text() == other
    assert os.listdir(tmp_path) == ["note.md"]


@pytest.mark.parametrize("call", ["fsync", "replace", "chmod"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "note.md"
    path.write_text("old")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, call, full)
    trouble = write_note(str(path), "old", "new")
    assert trouble is not None
    assert trouble.message == "the repaired note cannot be written: No space left on device"
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["note.md"]


def test_an_interrupt_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "note.md"
    path.write_text("old")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_note(str(path), "old", "new")
    assert os.listdir(tmp_path) == ["note.md"]
    assert path.read_text() == "old"


def test_a_file_or_a_folder_without_permission_is_a_clear_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "note.md"
    path.write_text("old")
    with monkeypatch.context() as patched:
        patched.setattr(os, "access", lambda *_: False)
        trouble = write_note(str(path), "old", "new")
        assert trouble is not None
        assert "no permission to write this file" in trouble.message
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        tmp_path.chmod(0o500)
        trouble = write_note(str(path), "old", "new")
        tmp_path.chmod(0o700)
        assert trouble is not None
        assert "Permission denied" in trouble.message
    assert path.read_text() == "old"


def test_a_text_that_is_the_same_is_not_written(tmp_path: Path) -> None:
    assert write_note(str(tmp_path / "missing.md"), "same", "same") is None


# -- the patch


def test_diff_prints_a_patch_and_nothing_else_and_writes_nothing(
    tmp_path: Path, repairs: Callable[[Search], None], capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    repairs(replacing(MINUS))
    path = tmp_path / "note.md"
    path.write_text(SHIFT)
    assert run("check", "--diff", "--witness", "proof", str(path), str(tmp_path / "missing.md")) == 2
    said = capfdbinary.readouterr()
    assert said.out.startswith(f"--- {header_name('a', str(path))}\n+++ ".encode())
    assert said.out.count(b"\n-") == 2
    assert b"2 steps would be repaired (lines 3, 5); no error is left" in said.err
    assert b"missing.md: there is no such file" in said.err
    assert path.read_text() == SHIFT
    assert run("check", "--diff", "--witness", "proof", str(path)) == 1


def test_diff_of_a_right_note_is_empty(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = tmp_path / "note.md"
    path.write_text(SHIFT_RIGHT)
    assert run("check", "--diff", "--witness", "proof", str(path)) == 0
    assert capfdbinary.readouterr().out == b""


TEXTS = {
    "plain": SHIFT,
    "no end of line": SHIFT.rstrip("\n"),
    "CRLF": SHIFT.replace("\n", "\r\n"),
    "odd separators": SHIFT.replace("Words", "A\x0cB\u2028C\x85D\rE"),
}
TOOLS = {"git": ["git", "apply", "--whitespace=nowarn"], "patch": ["patch", "-p1", "--quiet", "-i"]}


@pytest.mark.parametrize("name", ["note.md", "sub/a note.md", "ü.md", 'a"quote.md'])
@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("tool", TOOLS)
def test_the_patch_can_be_applied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, text: str, name: str, repairs: Callable[[Search], None]
) -> None:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    repairs(replacing(MINUS))
    monkeypatch.chdir(tmp_path)
    path = Path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    one = fix_note(Note(name, text), options_from("declared", "proof"))
    (tmp_path / "change.patch").write_bytes(patch(one).encode())
    done = subprocess.run([*TOOLS[tool], "change.patch"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert path.read_bytes() == text.replace("-", "").encode()


def test_the_patch_names_a_file_relative_to_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert header_name("a", "./note.md") == "a/note.md"
    assert header_name("b", str(tmp_path / "sub" / "note.md")) == "b/note.md"
    assert header_name("b", "<stdin>") == "b/<stdin>"
    assert header_name("a", "../note.md") == f"a{tmp_path}/note.md"


# -- wrong use


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--fix", "-"], "use --diff, or name the file"),
        (["--fix", "-e", "x = y"], "for a formula use --diff"),
        (["--fix", "--diff", "note.md"], "choose one"),
        (["--fix", "--variance", "unbiased", "note.md"], "leave the flags of the convention away"),
        (["--diff", "--output-format", "json", "note.md"], "leave --output-format and -o away"),
        (["--include-expected", "note.md"], "--diff or --fix"),
    ],
)
def test_wrong_use_is_refused_with_a_sentence(words: list[str], message: str) -> None:
    import click

    with pytest.raises(click.UsageError, match=message):
        run("check", *words)


# -- with the search of the program itself


def test_a_wrong_sign_is_repaired_from_end_to_end(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(SHIFT)
    if not any(step.repairs for step in check_note(Note("note.md", SHIFT), options_from("declared", "proof")).steps):
        pytest.skip("the search for repairs is not part of the program yet")
    assert run("check", "--diff", str(path)) == 1
    assert run("check", "--fix", str(path)) == 0
    assert "-" not in path.read_text()
    assert run("check", str(path)) == 0
