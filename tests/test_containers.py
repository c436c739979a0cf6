"""Notes as people have them: notebooks, LaTeX in several files, folders with ignored files, standard input."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from bnverify import fix
from bnverify.cli.main import main
from bnverify.edits import edited, edited_note, leaves_its_piece
from bnverify.files.back import differences
from bnverify.files.notebook import edits_in_file
from bnverify.record import Edit, Trouble
from bnverify.source import Note, Piece, Span

GOOD = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$"
WRONG = GOOD.replace("= ", "= -")
AGAIN = r"$$= -\sum_k \frac{\partial L}{\partial y_k}$$"
AT = len(r"$$\frac{\partial L}{\partial \beta} ") + 1
"""The column of the relation sign in GOOD and WRONG."""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that every test works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")


def run(*words: str, stdin: str | bytes = b"") -> Result:
    return CliRunner().invoke(main, words, input=stdin, standalone_mode=False)


def check(*words: str, stdin: str | bytes = b"") -> Result:
    return run("check", "--witness", "proof", *words, stdin=stdin)


def document(*words: str, stdin: str | bytes = b"") -> Any:
    return json.loads(check("--output-format", "json", *words, stdin=stdin).stdout)


def paths(*words: str) -> list[str]:
    """The notes that a run looks at."""
    return [note["path"] for note in document(*words)["notes"]]


def cell(*lines: str, kind: str = "markdown") -> dict[str, Any]:
    source = [f"{line}\n" for line in lines[:-1]] + [lines[-1]]
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "metadata": {}, **more, "source": source}


def notebook(*cells: Any) -> str:
    found = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


CODE = cell(f"s = r'{WRONG}'", kind="code")
THREE = notebook(cell("# Title", "", GOOD), CODE, cell("Ü", WRONG, "", AGAIN))


# -- notebooks


def test_places_in_a_notebook_name_the_cell_and_count_within_it() -> None:
    write({"nb.ipynb": THREE})
    done = check("--output-format", "concise", "nb.ipynb")
    assert done.return_value == 1
    assert done.stdout.splitlines()[0].startswith(f"nb.ipynb:cell 3:2:{AT + 2}: error[sign-flip]")
    steps = document("nb.ipynb")["notes"][0]["steps"]
    assert [(one["cell"], one["line"], one["column"]) for one in steps] == [(1, 3, AT), (3, 2, AT), (3, 4, 3)]
    assert "path" not in steps[0]


def test_spans_and_edits_count_the_characters_of_the_cell() -> None:
    write({"nb.ipynb": notebook(cell("# Title", "", GOOD), CODE, cell("Ü", WRONG))})
    step = document("nb.ipynb")["notes"][0]["steps"][1]
    text = f"Ü\n{WRONG}"
    (edit,) = step["repairs"][0]["edits"]
    assert edit["cell"] == 3
    assert text[: edit["start"]] + edit["replacement"] + text[edit["end"] :] == f"Ü\n{GOOD}"
    assert text[step["finding"]["span"]["start"] :].startswith("-")


def test_a_chain_goes_on_over_cells_and_the_side_before_is_shown_with_its_place() -> None:
    write({"nb.ipynb": notebook(cell("Words", GOOD), CODE, cell(AGAIN))})
    shown = check("nb.ipynb").stdout
    assert "--> nb.ipynb:cell 3:1:5" in shown
    assert f"::: nb.ipynb:cell 1:2:{AT + 2}" in shown
    assert "the side before" in shown
    assert "mend nb.ipynb:cell 3:1" in shown


def test_later_steps_are_named_by_line_and_cell() -> None:
    write({"nb.ipynb": notebook(cell(WRONG), cell("Words", "", AGAIN))})
    assert "1 later step follows from it (line 3 of cell 2)" in check("nb.ipynb").stdout
    later = document("nb.ipynb")["notes"][0]["steps"][1]
    assert (later["standing"], later["cell"], later["line"]) == ("carried", 2, 3)


def test_what_a_cell_leaves_open_ends_with_it() -> None:
    for opened in ("```python", "<!-- a remark", "words $$"):
        write({"nb.ipynb": notebook(cell(opened), cell(WRONG))})
        found = document("nb.ipynb")["notes"][0]["steps"]
        assert [(one["cell"], one["standing"]) for one in found] == [(2, "introduced")]


def test_front_matter_stands_in_the_first_markdown_cell_alone() -> None:
    front = cell("---", "bnverify:", "  variance: unbiased", "---")
    write({"nb.ipynb": notebook(CODE, front, cell(GOOD))})
    assert document("nb.ipynb")["notes"][0]["variance"] == "unbiased"
    write({"nb.ipynb": notebook(cell(GOOD), cell("---", "a: b", WRONG, "---"))})
    assert [one["cell"] for one in document("nb.ipynb")["notes"][0]["steps"]] == [1, 2]


def test_a_mistake_in_front_matter_has_its_place_in_the_cell() -> None:
    write({"nb.ipynb": notebook(CODE, cell("---", "bnverify:", "  varianze: biased", "---"), cell(GOOD))})
    assert "--> nb.ipynb:cell 2:3:3" in check("nb.ipynb").stdout


def test_expectations_speak_of_the_formula_in_their_own_or_an_earlier_cell() -> None:
    write({"nb.ipynb": notebook(cell(GOOD), cell(WRONG), cell("<!-- expect: sign-flip -->"))})
    assert check("nb.ipynb").return_value == 0
    rows = (
        "$$",
        r"\frac{\partial L}{\partial \beta}",
        r"= -\sum_i \frac{\partial L}{\partial y_i} % expect: sign-flip",
        "$$",
    )
    write({"nb.ipynb": notebook(cell("Words", "", GOOD), cell(*rows))})
    assert check("nb.ipynb").return_value == 0


def test_a_source_may_be_one_string_and_old_notebooks_have_worksheets() -> None:
    old = {"nbformat": 3, "worksheets": [{"cells": [CODE]}, {"cells": [{**cell(""), "source": f"\n{WRONG}"}]}]}
    write({"nb.ipynb": json.dumps(old)})
    (step,) = document("nb.ipynb")["notes"][0]["steps"]
    assert (step["cell"], step["line"]) == (2, 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1 is not JSON"),
        ('{\n "cells": [}', "line 2, column 12 is not JSON"),
        ("[]", "it has no list of cells"),
        ('{"cells": {}}', "it has no list of cells"),
        ('{"worksheets": [3]}', "it has no list of cells"),
        ('{"cells": [3]}', "cell 1 has no keys"),
        ('{"cells": [{}, {"cell_type": "markdown"}]}', "the source of cell 2 is no text"),
        ('{"cells": [{"cell_type": "markdown", "source": ["a", 3]}]}', "the source of cell 1 is no text"),
        ("[" * 500_000, "nested too deep"),
        ('{"cells": [' + "9" * 5_000 + "]}", "a number is too long"),
    ],
)
def test_what_is_not_a_notebook_is_named_with_its_place(text: str, message: str) -> None:
    write({"nb.ipynb": text, "note.md": GOOD})
    done = check("nb.ipynb", "note.md")
    assert done.return_value == 2
    assert done.exception is None
    assert "nb.ipynb: this is not a notebook: " in done.stdout
    assert message in done.stdout
    assert "note.md: its one step is right" in done.stdout


def test_odd_notebooks_are_read_as_their_editor_reads_them() -> None:
    twice = '{"cells": [], "cells": [{"cell_type": "code", "cell_type": "markdown", "source": TEXT}]}'
    twice = twice.replace("TEXT", json.dumps(GOOD))
    half = notebook(cell("half: HALF", "", GOOD)).replace("HALF", "\\ud83d")
    for text in (twice, half, f"\ufeff{notebook(cell(GOOD))}"):
        write({"nb.ipynb": text})
        assert check("-v", "nb.ipynb").return_value == 0
    write({"nb.ipynb": notebook(CODE)})
    assert check("nb.ipynb").return_value == 3


def test_one_line_of_a_cell_is_explained_as_a_report_names_it() -> None:
    write({"nb.ipynb": THREE})
    for name in ("nb.ipynb:cell 3:2", f"nb.ipynb:cell 3:2:{AT}"):
        assert check("--explain", name).stdout.startswith(f"nb.ipynb:cell 3:2:{AT}: wrong")
    missed = check("--explain", "nb.ipynb:2")
    assert "no step begins on line 2: the nearest steps are on line 3 of cell 1, lines 2, 4 of cell 3" in str(
        missed.exception
    )


def test_the_other_commands_name_cells_too() -> None:
    write({"nb.ipynb": THREE})
    assert "line    2 of cell 3" in run("read", "nb.ipynb").stdout
    assert "line 4 of cell 3" in " ".join(run("variants", "nb.ipynb").stdout.split())
    found = json.loads(run("variants", "--steps", "--output-format", "json", "nb.ipynb").stdout)
    assert [(one["cell"], one["line"]) for one in found["notes"][0]["formulas"]] == [(1, 3), (3, 2), (3, 4)]


@pytest.mark.parametrize("style", [{"indent": 1, "ensure_ascii": False}, {}, {"indent": "\t"}])
def test_repairs_change_nothing_of_a_notebook_but_the_strings_they_repair(style: Mapping[str, Any]) -> None:
    found = json.loads(THREE)
    found["cells"][2]["metadata"] = {"source": [WRONG], "note": "é\\"}
    raw = json.dumps(found, **style)
    write({"nb.ipynb": raw})
    assert check("--fix", "nb.ipynb").return_value == 0
    old, new = (json.dumps(line, **{**style, "indent": None})[1:-1] for line in (WRONG, GOOD))
    assert raw.count(old) == 3, "in the code, in what is kept beside the cell, and in its source"
    head, tail = raw.rsplit(old, 1)
    expected = head + new + tail.replace("= -\\\\sum_k", "= \\\\sum_k")
    assert Path("nb.ipynb").read_bytes() == expected.encode()


def test_repairs_in_one_string_keep_its_escapes() -> None:
    raw = '{"cells": [{"source": "\\u00dc \\ud83d\\ude00\\n%s", "cell_type": "markdown"}]}'
    write({"nb.ipynb": raw % json.dumps(WRONG)[1:-1]})
    assert check("--fix", "nb.ipynb").return_value == 0
    assert Path("nb.ipynb").read_text() == raw % json.dumps(GOOD)[1:-1]


def test_a_cell_whose_source_stands_there_twice_is_not_changed() -> None:
    raw = '{"cells": [{"cell_type": "markdown", "source": ["a", "b"], "source": [TEXT]}]}'
    raw = raw.replace("TEXT", json.dumps(WRONG))
    write({"nb.ipynb": raw})
    done = check("--fix", "nb.ipynb")
    assert done.return_value == 2
    assert "cell 1 cannot be changed: its source stands there twice" in done.stdout
    assert Path("nb.ipynb").read_text() == raw


def test_the_patch_of_a_notebook_is_one_of_its_file() -> None:
    write({"nb.ipynb": notebook(cell("Words", WRONG))})
    added = [line for line in run("check", "--diff", "nb.ipynb").stdout.splitlines() if line.startswith("+ ")]
    assert added == ["+    " + json.dumps(GOOD)]


# -- LaTeX in several files

PARTS = {"main.tex": f"{GOOD}\n\\input{{parts/backward}}\n{GOOD}\n", "parts/backward.tex": f"Words.\n\n{WRONG}\n"}


@pytest.mark.parametrize("second", ["$$L = 2$$", "$L = 2$", "\\(L = 2\\)", "```math\nL = 2\n```"])
def test_a_formula_that_a_cell_leaves_open_ends_with_it_whatever_sign_the_next_cell_begins_with(second: str) -> None:
    cells = [{"cell_type": "markdown", "source": source} for source in ("$$\\frac{1}{N", second)]
    write({"a.ipynb": json.dumps({"cells": cells, "nbformat": 4})})
    [step] = document("a.ipynb")["notes"][0]["steps"]
    assert (step["cell"], step["side"]) == (2, "2")


def test_places_in_latex_are_those_of_the_file_that_they_stand_in() -> None:
    write(PARTS)
    found = document("main.tex")["notes"]
    assert [note["path"] for note in found] == ["main.tex"]
    steps = [(one.get("path"), one["cell"], one["line"], one["column"]) for one in found[0]["steps"]]
    assert steps == [(None, None, 1, AT), ("parts/backward.tex", None, 3, AT), (None, None, 3, AT)]
    edit = found[0]["steps"][1]["repairs"][0]["edits"][0]
    assert edit["path"] == "parts/backward.tex"
    assert PARTS["parts/backward.tex"][edit["start"] : edit["end"]] == "-"
    shown = check("main.tex")
    assert f"--> parts/backward.tex:3:{AT + 2}" in shown.stdout
    assert "1 step is wrong, on line 3 of parts/backward.tex" in shown.stdout
    assert shown.return_value == 1


def test_what_stands_behind_an_input_on_its_line_keeps_its_column() -> None:
    write({"main.tex": f"ab \\input{{part}} {WRONG}", "part.tex": "one\ntwo"})
    (step,) = document("main.tex")["notes"][0]["steps"]
    assert (step["line"], step["column"]) == (1, len("ab \\input{part} ") + AT)
    assert f"1 |  {WRONG[:60]}" in check("main.tex").stdout


def test_files_are_put_in_by_either_command_with_and_without_their_ending_and_one_in_another() -> None:
    write(
        {
            "main.tex": "\\input{a.tex}\n\\include{b}\n\\input c\n",
            "a.tex": GOOD,
            "b.tex": "\\input{deep/d}",
            "c.tex": GOOD,
            "deep/d.tex": f"\n{GOOD}",
        }
    )
    steps = document("main.tex")["notes"][0]["steps"]
    assert [(one["path"], one["line"]) for one in steps] == [("a.tex", 1), ("deep/d.tex", 2), ("c.tex", 1)]
    assert check("main.tex").return_value == 0


def test_a_formula_may_go_on_in_another_file() -> None:
    write({"main.tex": "\\begin{align}\n\\input{rows}\n\\end{align}\n", "rows.tex": GOOD.strip("$") + "\n"})
    (step,) = document("main.tex")["notes"][0]["steps"]
    assert (step["path"], step["line"], step["standing"]) == ("rows.tex", 1, "holds")


@pytest.mark.parametrize(
    "line",
    ["% \\input{part}", "\\verb|\\input{part}|", "\\begin{verbatim}\n\\input{part}\n\\end{verbatim}", "\\inputs{part}"],
)
def test_what_is_no_command_puts_nothing_in(line: str) -> None:
    write({"main.tex": f"{GOOD}\n{line}\n", "part.tex": WRONG})
    assert check("main.tex").return_value == 0


def outside(tmp_path: Path) -> None:
    write({"notes/main.tex": "", "secret.tex": WRONG, "notes-2/near.tex": WRONG})
    os.symlink(tmp_path / "secret.tex", "notes/link.tex")
    os.symlink(tmp_path / "notes-2", "notes/folder")
    os.mkfifo("notes/pipe.tex")
    write({"notes/self.tex": "\\input{main}", "notes/latin.tex": ""})
    Path("notes/latin.tex").write_bytes(b"a\n\xe9")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../secret", "it leads out of the folder of this note"),
        ("sub/../../secret", "it leads out of the folder of this note"),
        ("{tmp}/secret.tex", "it leads out of the folder of this note"),
        ("link", "it leads out of the folder of this note"),
        ("folder/near", "it leads out of the folder of this note"),
        ("missing", "there is no such file in the folder of this note"),
        ("main", "the file would be put into itself"),
        ("self", "the file would be put into itself"),
        ("pipe", "this is not a file"),
        ("latin", "this file is not UTF-8: line 2 holds the byte 0xe9"),
    ],
)
def test_what_is_not_put_in_is_told_at_its_place_and_the_status_says_so(
    name: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside(tmp_path)
    write({"notes/main.tex": f"{GOOD}\nSee \\input{{{name.replace('{tmp}', str(tmp_path))}}}.\n"})
    opened: list[str] = []
    usual = open

    def watched(path: Any, *others: Any, **more: Any) -> Any:
        opened.append(os.path.realpath(path) if isinstance(path, str) else "")
        return usual(path, *others, **more)

    monkeypatch.setattr("builtins.open", watched)
    done = check("notes/main.tex")
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert done.return_value == 3
    assert why in " ".join(done.stdout.split())
    assert "but a part of the note was not read" in done.stdout
    assert str(tmp_path / "notes" / "main.tex") in opened
    assert not {str(tmp_path / "secret.tex"), str(tmp_path / "notes-2" / "near.tex")} & set(opened)
    (finding,) = document("notes/main.tex")["notes"][0]["findings"]
    place = (1, 1) if name == "self" else (2, 5)
    assert (finding["code"], finding["severity"]) == ("unreadable", "warning")
    assert (finding["line"], finding["column"]) == place


def test_a_missing_part_is_told_by_the_other_commands_too() -> None:
    write({"main.tex": f"{GOOD}\n\\input{{part}}\n"})
    for words in (["read"], ["variants"], ["variants", "--signs"]):
        done = run(*words, "main.tex")
        assert done.return_value == 3
        assert "there is no such file in the folder of this note" in " ".join(done.stdout.split())


def test_a_file_is_put_in_once_and_no_more_than_ten_stand_in_one_another() -> None:
    write({"main.tex": "\\input{a}\n\\input{a}\n", "a.tex": GOOD})
    (finding,) = document("main.tex")["notes"][0]["findings"]
    assert "a part of this note already" in finding["message"]
    assert finding["line"] == 2
    write(
        {"main.tex": "\\input{p1}"} | {f"p{place}.tex": f"{place}\n\\input{{p{place + 1}}}" for place in range(1, 13)}
    )
    (finding,) = document("main.tex")["notes"][0]["findings"]
    assert (finding["path"], finding["line"]) == ("p10.tex", 2)


def test_no_more_than_fifty_files_are_put_in() -> None:
    write({"main.tex": "\n".join(f"\\input{{p{place}}}" for place in range(52))})
    write({f"p{place}.tex": "words" for place in range(52)})
    found = document("main.tex")["notes"][0]["findings"]
    assert [one["line"] for one in found] == [51, 52]


def test_all_files_together_may_be_as_large_as_one() -> None:
    write({"main.tex": "\\input{a}\n\\input{b}\n", "a.tex": "a" * 3_000_000, "b.tex": "b" * 3_000_000})
    (finding,) = document("main.tex")["notes"][0]["findings"]
    assert (finding["line"], "too large" in finding["message"]) == (2, True)


def test_repairs_of_latex_are_written_into_the_file_that_they_belong_to() -> None:
    write({**PARTS, "main.tex": f"{WRONG}\n\\input{{parts/backward}}\n{WRONG}\n"})
    assert "+++ b/parts/backward.tex" in run("check", "--diff", "main.tex").stdout
    assert check("--fix", "main.tex").return_value == 0
    assert Path("main.tex").read_text() == f"{GOOD}\n\\input{{parts/backward}}\n{GOOD}\n"
    assert Path("parts/backward.tex").read_text() == f"Words.\n\n{GOOD}\n"


def test_files_that_are_repaired_together_are_written_together_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {**PARTS, "main.tex": f"{WRONG}\n\\input{{parts/backward}}\n"}
    write(files)
    usual = fix.write_note

    def failing(path: str, old: str, new: str) -> Trouble | None:
        return Trouble(path, "the disk is full") if path == "parts/backward.tex" else usual(path, old, new)

    monkeypatch.setattr(fix, "write_note", failing)
    done = check("--fix", "main.tex")
    assert done.return_value == 2
    assert "parts/backward.tex: the disk is full" in done.stdout
    assert {name: Path(name).read_text() for name in files} == files


def test_no_edit_reaches_over_the_end_of_a_cell_or_a_file() -> None:
    cells = Note("nb.ipynb", "ab\n\ncd", (Piece(0, "nb.ipynb", 1), Piece(4, "nb.ipynb", 2)))
    parts = Note("main.tex", "abcd", (Piece(0, "main.tex"), Piece(2, "part.tex")))
    inside = {cells: ((0, 2), (2, 2), (4, 4), (4, 6)), parts: ((0, 2), (2, 2), (2, 4))}
    over = {cells: ((1, 3), (3, 3), (3, 5), (0, 6)), parts: ((1, 3), (0, 4))}
    for spans, leaves in ((inside, False), (over, True)):
        for note, pairs in spans.items():
            assert [leaves_its_piece(note, Edit(Span(*pair), "x")) for pair in pairs] == [leaves] * len(pairs)
            after = [edited_note(note, [Edit(Span(*pair), "xyz")]) for pair in pairs if not leaves]
            assert all("xyz" in "".join(text for _, text in one.contents) for one in after)


# -- folders

FOLDER = {
    "a.md": GOOD,
    "b.markdown": GOOD,
    "c.tex": GOOD,
    "d.ipynb": notebook(cell(GOOD)),
    "e.txt": GOOD,
    "deep/f.md": GOOD,
    "g.rst": GOOD,
    ".hidden.md": WRONG,
    ".hidden/h.md": WRONG,
    ".ipynb_checkpoints/d-checkpoint.ipynb": notebook(cell(WRONG)),
}


def test_a_folder_holds_notes_of_every_kind_but_no_hidden_ones() -> None:
    write({f"notes/{name}": text for name, text in FOLDER.items()})
    os.symlink(".", "notes/loop")
    names = ["a.md", "b.markdown", "c.tex", "d.ipynb", "deep/f.md", "e.txt"]
    assert paths("notes") == [f"notes/{name}" for name in names]
    assert check("notes").return_value == 0


def test_a_named_file_is_read_as_text_whatever_its_ending() -> None:
    write({"note.rst": GOOD, "note.pdf": GOOD})
    assert check("note.rst").return_value == 0
    assert check("note.pdf").return_value == 2


def test_files_that_another_note_puts_in_are_not_notes_of_their_own_unless_they_are_named() -> None:
    write({f"notes/{name}": text for name, text in PARTS.items()} | {"notes/alone.tex": GOOD})
    assert paths("notes") == ["notes/alone.tex", "notes/main.tex"]
    assert paths("notes/main.tex", "notes/parts", "notes/alone.tex") == ["notes/main.tex", "notes/alone.tex"]
    assert paths("notes", "notes/parts/backward.tex")[-1] == "notes/parts/backward.tex"


def test_of_files_that_put_each_other_in_one_is_left() -> None:
    write({"notes/a.tex": f"{GOOD}\\input{{b}}", "notes/b.tex": f"{WRONG}\\input{{a}}"})
    assert paths("notes") == ["notes/a.tex"]
    assert check("notes").return_value == 1


def test_ignored_files_are_left_out_and_the_nearest_patterns_have_the_word() -> None:
    names = ("a.md", "draft-b.md", "old/c.md", "deep/draft-d.md", "deep/draft-keep.md", "deep/e.md", "build/keep.md")
    write({f"notes/{name}": GOOD for name in names})
    write(
        {
            "notes/.gitignore": "# drafts\ndraft-*\n/old\nbuild/\n!build/keep.md\n!\n",
            "notes/deep/.gitignore": "!draft-keep.md\n/e.md\n",
        }
    )
    assert paths("notes") == ["notes/a.md", "notes/deep/draft-keep.md"]
    assert paths("notes/draft-b.md", "notes/old") == ["notes/draft-b.md", "notes/old/c.md"]


def test_patterns_above_a_folder_hold_up_to_the_top_of_the_repository() -> None:
    write({".gitignore": "*.md\n", "repo/.gitignore": "no.md\n/notes/not.md\n", "repo/.git/HEAD": ""})
    write({f"repo/notes/{name}": GOOD for name in ("yes.md", "no.md", "not.md")})
    assert paths("repo/notes") == ["repo/notes/yes.md"]
    os.remove("repo/.git/HEAD")
    os.rmdir("repo/.git")
    assert paths("repo/notes") == ["repo/notes/no.md", "repo/notes/not.md", "repo/notes/yes.md"]


def test_a_folder_that_is_named_is_read_even_if_its_repository_ignores_it() -> None:
    write(
        {".git/HEAD": "", ".gitignore": "notes/\n", "notes/a.md": GOOD, "notes/b.md": GOOD, "notes/.gitignore": "b.md"}
    )
    assert paths("notes") == ["notes/a.md"]
    assert document(".")["errors"][0]["message"].startswith("this folder holds no notes")


def test_patterns_of_the_command_line_leave_more_out() -> None:
    names = ("notes/a.md", "notes/b.md", "notes/deep/a.md", "notes/deep/c.txt")
    write(dict.fromkeys(names, GOOD))
    assert paths("notes", "--exclude", "a.md") == ["notes/b.md", "notes/deep/c.txt"]
    assert paths("notes", "--exclude", "notes/a.md") == ["notes/b.md", "notes/deep/a.md", "notes/deep/c.txt"]
    assert paths("notes", "--exclude", "deep/") == ["notes/a.md", "notes/b.md"]
    assert paths("notes", "--exclude", "*.md", "--exclude", "!b.md") == ["notes/b.md", "notes/deep/c.txt"]
    assert paths("notes/a.md", "notes/deep", "--exclude", "a.md") == ["notes/a.md", "notes/deep/c.txt"]
    done = check("notes", "--exclude", "notes")
    assert done.return_value == 2
    assert "this folder holds no notes" in done.stdout
    assert "named in .gitignore is left out" in done.stdout
    assert (
        json.loads(run("variants", "--output-format", "json", "notes", "--exclude", "a.md").stdout)["notes"][0]["path"]
        == "notes/b.md"
    )


def test_patterns_speak_of_a_folder_that_stands_elsewhere_as_if_we_were_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"notes/a.md": GOOD, "notes/deep/a.md": GOOD, "other/x": ""})
    monkeypatch.chdir(tmp_path / "other")
    assert paths("../notes", "--exclude", "/a.md") == ["../notes/deep/a.md"]


def test_a_pattern_that_is_none_is_wrong_use() -> None:
    done = check(".", "--exclude", "!")
    assert "--exclude: '!' is not a pattern" in str(done.exception)


# -- standard input


def test_the_name_of_standard_input_tells_its_kind_and_is_shown() -> None:
    assert document("-", "--stdin-filename", "mine.ipynb", stdin=THREE)["notes"][0]["steps"][1]["cell"] == 3
    write({"notes/part.tex": WRONG})
    found = document("-", "--stdin-filename", "notes/mine.tex", stdin=f"{GOOD}\n\\input{{part}}\n")["notes"][0]
    assert found["path"] == "notes/mine.tex"
    assert found["steps"][1]["path"] == "notes/part.tex"
    broken = check("-", "--stdin-filename", "mine.ipynb", stdin="{")
    assert broken.return_value == 2
    assert "mine.ipynb: this is not a notebook: line 1, column 2" in broken.stdout
    assert document("-", stdin=GOOD)["notes"][0]["path"] == "<stdin>"


def test_the_settings_of_standard_input_are_those_of_the_folder_of_its_name() -> None:
    write({"notes/pyproject.toml": '[tool.bnverify]\nvariance = "unbiased"\n'})
    named = document("-", "--stdin-filename", "notes/mine.md", stdin=GOOD)["notes"][0]
    assert (named["variance"], document("-", stdin=GOOD)["notes"][0]["variance"]) == ("unbiased", "biased")


@pytest.mark.parametrize("command", ["check", "variants"])
def test_a_name_for_standard_input_without_it_is_wrong_use(command: str) -> None:
    write({"note.md": GOOD})
    done = run(command, "note.md", "--stdin-filename", "mine.md")
    assert "--stdin-filename names the note from standard input: add `-`" in str(done.exception)


# -- the way back into a notebook

STRINGS = st.lists(st.text(alphabet='ab"\\\n\u2028é😀{[,:', max_size=6), min_size=1, max_size=4)


@st.composite
def notebooks(draw: st.DrawFn) -> tuple[str, str, Edit]:
    """A notebook, the text of its second cell, and an edit of it; what stands around the cell looks like one."""
    source = draw(STRINGS)
    text = "".join(source)
    start, end = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 2)))
    other = {"cell_type": "markdown", "metadata": {"source": source}, "source": source}
    found = {"source": source, "cells": [{**other, "cell_type": "code"}, other, other], "metadata": {"cells": [other]}}
    raw = json.dumps(found, indent=draw(st.sampled_from([None, 1])), ensure_ascii=draw(st.booleans()))
    return raw, text, Edit(Span(start, end), draw(st.text(alphabet='xy"\\\né', max_size=3)))


@given(notebooks())
def test_an_edit_of_a_cell_changes_the_text_of_this_cell_and_nothing_else(made: tuple[str, str, Edit]) -> None:
    raw, text, edit = made
    if not text:
        return
    new = edited(raw, edits_in_file(raw, {2: [edit]}))
    old, found = json.loads(raw), json.loads(new)
    assert "".join(found["cells"][1]["source"]) == text[: edit.span.start] + edit.replacement + text[edit.span.end :]
    old["cells"][1]["source"] = found["cells"][1]["source"] = []
    assert old == found


@given(st.text(alphabet="ab\n", max_size=12), st.text(alphabet="ab\n", max_size=12))
def test_differences_make_one_text_of_another(old: str, new: str) -> None:
    assert edited(old, differences(old, new)) == new


def test_long_files_are_looked_through_in_time() -> None:
    start = time.monotonic()
    for line in ("\\begin{verbatim}", "\\verb|", "\\input", "%", "\\\\input{a}", "\\input{a}"):
        write({"main.tex": line * (200_000 // len(line))})
        assert check("main.tex").return_value == 3
    write({"nb.ipynb": notebook(*[cell("a")] * 10_000)})
    assert check("nb.ipynb").return_value == 3
    assert time.monotonic() - start < 20
