"""The language server, as an editor meets it: everything goes through its standard input and output."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.editor import Editor

pytest.importorskip("pygls", reason="the extra `lsp` is not installed")

from bnverify.batch.codec import decoded, encoded
from bnverify.config.checked import KEYS
from bnverify.lsp import colleague as colleagues
from bnverify.lsp.asked import OTHERS, name_of, options_of
from bnverify.lsp.colleague import ENDED, NEVER, Colleague
from bnverify.lsp.judging import Order, Sheet
from bnverify.lsp.markdown import in_words
from bnverify.lsp.page import Page
from bnverify.lsp.pages import address_of
from bnverify.lsp.positions import Lines
from bnverify.lsp.worker import Desk
from bnverify.record import RIGHT, NoteRecord
from bnverify.report.found import found_in
from bnverify.run import check_paths, options_from
from bnverify.truth.work import ask

ERROR, WARNING, HINT = 1, 2, 4
FORWARD = r"""$$\mu = \frac1n\sum_i x_i$$

$$v = \frac1n\sum_i(x_i-\mu)^2$$

$$\hat x_i = \frac{x_i-\mu}{\sqrt{v+\epsilon}}$$

$$y_i = \gamma\hat x_i+\beta$$

"""
BETA = r"\frac{\partial L}{\partial \beta}"
SUM = r"\sum_i \frac{\partial L}{\partial y_i}"
FLIPPED = f"$${BETA} = -{SUM}$$\n"
MENDED = f"$${BETA} = {SUM}$$\n"
SESSION = Path(__file__).parent / "pages" / "lsp-session.json"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("notes")


@pytest.fixture(scope="module")
def editor(home: Path) -> Iterator[Editor]:
    made = Editor(home)
    yield made
    made.kill()


def told_by_check(path: Path, text: str, **words: Any) -> list[tuple[int, int, int, str, str]]:
    """Line, column, severity, code and first sentence of all that a run of `check` finds, in UTF-16."""
    path.write_bytes(text.encode())
    (record,) = check_paths((str(path),), options_from(witness="proof", **words)).notes
    severities = {"error": ERROR, "warning": WARNING, "notice": HINT}
    found = []
    for one in found_in(record):
        row, start = record.note.row(one.diagnostic.primary.span.start), one.diagnostic.primary.span.start
        before = text[text.rfind("\n", 0, start) + 1 : start]
        severity = HINT if one.aside else severities[one.diagnostic.severity]
        message = f"{one.aside}: {one.diagnostic.message}" if one.aside else one.diagnostic.message
        found.append((row - 1, len(before.encode("utf-16-le")) // 2, severity, one.diagnostic.code, message))
    return sorted(found)


def told(diagnostics: list[dict[str, Any]]) -> list[tuple[int, int, int, str, str]]:
    return sorted(
        (
            one["range"]["start"]["line"],
            one["range"]["start"]["character"],
            one["severity"],
            one["code"],
            one["message"].split("\n")[0],
        )
        for one in diagnostics
    )


def applied(text: str, action: dict[str, Any], encoding: str = "utf-16-le", size: int = 2) -> str:
    """The text after an action, its positions counted here and by nothing of the program."""

    def offset(place: dict[str, int]) -> int:
        lines = text.split("\n")
        units = lines[place["line"]].encode(encoding)[: size * place["character"]]
        return sum(len(one) + 1 for one in lines[: place["line"]]) + len(units.decode(encoding))

    (change,) = action["edit"]["documentChanges"]
    edits = sorted(change["edits"], key=lambda one: offset(one["range"]["start"]), reverse=True)
    for one in edits:
        text = text[: offset(one["range"]["start"])] + one["newText"] + text[offset(one["range"]["end"]) :]
    return text


def record_of(path: Path, text: str) -> NoteRecord:
    path.write_bytes(text.encode())
    (record,) = check_paths((str(path),), options_from(witness="proof")).notes
    return record


# -- what is shown


def test_a_wrong_step_is_underlined_where_it_is_wrong(editor: Editor) -> None:
    uri = editor.open("wrong.md", FORWARD + FLIPPED)
    (one,) = editor.settled(uri)
    column = FLIPPED.index("-")
    assert one["range"] == {"start": {"line": 8, "character": column}, "end": {"line": 8, "character": column + 1}}
    assert (one["severity"], one["code"], one["source"]) == (ERROR, "sign-flip", "bnverify")
    assert one["message"].startswith("a sign is wrong here\nread as: dL/dbeta = ")
    page = Path(one["codeDescription"]["href"].removeprefix("file://"))
    assert page.read_text().startswith("# ")
    published = next(each for each in editor.published if each["uri"] == uri)
    assert published["version"] == 1


def test_the_side_before_is_related(editor: Editor) -> None:
    uri = editor.open("chain.md", FORWARD + f"$${BETA} = {SUM}$$\n\n$$= -{SUM}$$\n")
    (one,) = editor.settled(uri)
    (related,) = one["relatedInformation"]
    assert related["message"] == "the side before"
    assert related["location"]["uri"] == uri
    assert related["location"]["range"]["start"]["line"] == 8
    assert one["range"]["start"]["line"] == 10


def test_what_the_note_expects_is_no_more_than_a_hint(editor: Editor) -> None:
    uri = editor.open("expected.md", FORWARD + FLIPPED + "<!-- expect: sign-flip -->\n")
    (one,) = editor.settled(uri)
    assert one["severity"] == HINT
    assert one["message"] == "the note expects it: a sign is wrong here"
    other = editor.open("vain.md", FORWARD + MENDED + "<!-- expect: sign-flip -->\n")
    assert [each["severity"] for each in editor.settled(other)] == [ERROR]


def test_what_is_ignored_is_no_more_than_a_hint_and_ignoring_in_vain_is_said(editor: Editor) -> None:
    text = FORWARD + FLIPPED + "<!-- bnverify: ignore[sign-flip] the book has it so -->\n"
    (one,) = editor.settled(editor.open("ignored.md", text))
    assert (one["severity"], one["code"]) == (HINT, "sign-flip")
    assert "the book has it so" in one["message"].split("\n")[0]
    uri = editor.open("ignored-in-vain.md", text.replace(FLIPPED, MENDED))
    assert [each["code"] for each in editor.settled(uri)] == ["unused-ignore"]


def test_what_cannot_be_judged_is_a_warning(editor: Editor) -> None:
    uri = editor.open("open.md", FORWARD + "$$\\mu = \\frac{1}{n}}$$\n\n$$a = f(x)$$\n")
    assert {(one["severity"], one["code"]) for one in editor.settled(uri)} == {
        (WARNING, "unreadable"),
        (WARNING, "undecided"),
    }


@pytest.mark.parametrize(("encoding", "size"), [("utf-16", 2), ("utf-32", 4)])
def test_places_are_counted_as_agreed(home: Path, editor: Editor, encoding: str, size: int) -> None:
    """Letters beyond the first 65,536 stand in front of the step, on its line and above."""
    other = editor if encoding == "utf-16" else Editor(home, encodings=(encoding, "utf-16"), options={"varience": 1})
    try:
        assert other.capabilities["positionEncoding"] == encoding
        text = FORWARD + f"\U0001d6fd \U0001d707\U0001d707\n\nBehind \U0001f600\U0001f600 é: {FLIPPED}"
        uri = other.open(f"astral-{encoding}.md", text)
        (one,) = other.settled(uri)
        line = text.split("\n")[one["range"]["start"]["line"]]
        before = line[: line.index("-\\sum")]
        codec = f"{encoding}-le" if size > 1 else encoding
        assert one["range"]["start"]["character"] == len(before.encode(codec)) // size
        first = other.actions(uri, one["range"])[0]
        assert applied(text, first, codec, size) == text.replace("= -", "= ")
        there = one["range"]["start"]
        hover = other.ask_at("textDocument/hover", uri, there["line"], there["character"])
        assert hover["range"]["end"]["character"] == len(line[: line.rindex("$$")].encode(codec)) // size
        if other is not editor:
            # What an editor cannot ask for is said, and the usual holds.
            said = next(each for each in other.asked if each["method"] == "window/showMessage")["params"]
            assert said["type"] == 1
            assert "'varience'" in said["message"]
            assert "did you mean 'variance'" in said["message"]
    finally:
        if other is not editor:
            assert other.leave() == 0
            other.kill()


@given(st.text(alphabet="ab\n\r\U0001f600é\u2028\x0c", max_size=30), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_a_place_and_back_is_the_same_character(text: str, encoding: str) -> None:
    """Lines end as the protocol says, and not where Python ends them."""
    lines = Lines(text, encoding)
    marked = text.replace("\r\n", "\n\n").replace("\r", "\n")
    for offset in range(len(text) + 1):
        line, column = lines.position(offset)
        if offset and text[offset - 1 : offset + 1] == "\r\n":
            continue
        assert line == marked[:offset].count("\n") - text[:offset].count("\r\n")
        assert lines.offset(line, column) == offset


# -- what is said of a step


def test_pointing_at_a_step_shows_how_it_was_read_and_why_it_is_wrong(editor: Editor) -> None:
    uri = editor.open("hover.md", FORWARD + FLIPPED + "\n" + MENDED)
    editor.settled(uri)
    wrong = editor.ask_at("textDocument/hover", uri, 8, 40)["contents"]
    assert wrong["kind"] == "markdown"
    for words in (
        "**wrong**: a sign is wrong here",
        "read as `dL/dbeta = -sum_i[ dL/dy_i ]`",
        "for n = ",
        "help: ",
        "variance 1/n (declared, line 3)",
    ):
        assert words in wrong["value"], words
    right = editor.ask_at("textDocument/hover", uri, 10, 40)["contents"]["value"]
    assert right.startswith("**right, for every n**")
    assert editor.ask_at("textDocument/hover", uri, 9, 0) is None


def test_a_right_step_names_the_facts_that_it_uses(editor: Editor) -> None:
    step = r"$$\frac{\partial v}{\partial \mu} = -\frac2n \sum_i (x_i-\mu) = 0$$" + "\n"
    uri = editor.open("facts.md", FORWARD + step)
    assert editor.settled(uri) == []
    words = editor.ask_at("textDocument/hover", uri, 8, step.index("= 0") + 2)["contents"]["value"]
    assert "uses " in words


HOSTILE = [
    "<img src=x onerror=alert(1)>", "[click](command:run)", "![](http://x/y)", "`a` <b> `c", "``` x", "a\n\n# b", "$x$",
    "http://example.org", "*a* _b_", "\\`", "| a |", "<!-- a -->",
    "www.example.org", "somebody@example.org",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_of_a_note_is_an_order_of_markdown(text: str) -> None:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"linkify": False}).enable("table")
    blocks = [
        one for one in parser.parse("- " + in_words(text)) if one.type not in {"inline"} and "list" not in one.type
    ]
    assert {one.type for one in blocks} <= {"paragraph_open", "paragraph_close"}
    inline = [child for one in parser.parse("- " + in_words(text)) for child in one.children or ()]
    assert {one.type for one in inline} <= {"text", "code_inline", "text_special"}
    shown = "".join(one.content for one in inline)
    assert shown.replace("\\u000a", "\n").replace("\u200b", "") == text or "`" in text
    # Editors make links of these by themselves, wherever they stand in one piece.
    assert not re.search(r"://|www\.|\w@\w", shown)


def test_code_in_a_hover_keeps_its_bars_and_no_html_stands_around_it() -> None:
    from markdown_it import MarkdownIt

    (inline,) = (one for one in MarkdownIt("commonmark").parse(in_words("take `||a|` as it is")) if one.children)
    assert [(one.type, one.content) for one in inline.children or ()] == [
        ("text", "take "),
        ("code_inline", "||a|"),
        ("text", " as it is"),
    ]


# -- repairs


def test_a_repair_makes_the_step_right(editor: Editor, home: Path) -> None:
    text = FORWARD + FLIPPED
    uri = editor.open("repair.md", text)
    (one,) = editor.settled(uri)
    first, *_ = [each for each in editor.actions(uri, one["range"]) if "edit" in each]
    assert (first["kind"], first["isPreferred"]) == ("quickfix", True)
    (change,) = first["edit"]["documentChanges"]
    assert change["textDocument"] == {"uri": uri, "version": 1}
    repaired = applied(text, first)
    assert all(step.standing in RIGHT for step in record_of(home / "repair-check.md", repaired).steps)
    editor.change(uri, repaired)
    assert editor.settled(uri) == []


def test_a_repair_belongs_to_the_newest_text_or_is_not_offered(editor: Editor) -> None:
    uri = editor.open("moved.md", FORWARD + FLIPPED)
    editor.settled(uri)
    editor.change(uri, "One more line.\n\n" + FORWARD + FLIPPED)
    place = {"line": 10, "character": FLIPPED.index("-")}
    first, *_ = editor.actions(uri, {"start": place, "end": place})
    (change,) = first["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == 2
    assert change["edits"][0]["range"]["start"] == place
    nothing = {"line": 0, "character": 0}
    assert editor.actions(uri, {"start": nothing, "end": nothing}) == []
    assert editor.actions(uri, {"start": place, "end": place}, only=["refactor"]) == []


def test_the_page_of_a_code_opens_in_the_editor(editor: Editor) -> None:
    uri = editor.open("explain.md", FORWARD + FLIPPED)
    (one,) = editor.settled(uri)
    last = editor.actions(uri, one["range"])[-1]
    assert last["title"] == "Show what sign-flip means"
    editor.request("workspace/executeCommand", last["command"])
    shown = editor.asked[-1]
    assert shown["method"] == "window/showDocument"
    assert shown["params"]["uri"] == one["codeDescription"]["href"]


# -- while the text moves on


def test_ten_quick_edits_end_in_the_diagnostics_of_the_last_one(editor: Editor) -> None:
    uri = editor.open("quick.md", FORWARD)
    editor.settled(uri)
    before = len(editor.published)
    for number in range(10):
        editor.change(uri, FORWARD + "Some words.\n\n" * number + (MENDED if number < 9 else FLIPPED))
    (one,) = editor.settled(uri)
    assert one["range"]["start"]["line"] == 8 + 18
    mine = [each for each in editor.published[before:] if each["uri"] == uri]
    assert {each["version"] for each in mine} == {11}


def test_a_dear_step_does_not_keep_newer_text_waiting(home: Path) -> None:
    """With these limits the first text takes a good part of a minute."""
    dear = r"\sum_i\sum_j\sum_k\sum_l x_i x_j x_k x_l (x_i-x_j)^4(x_k-x_l)^4(x_i+x_k)^3(x_j-x_l+x_k)^4"
    editor = Editor(home, options={"limits": {"work": 1_000_000_000, "terms": 200_000}, "variance": "unbiased"})
    try:
        # Otherwise the variance is 1/n.
        step = r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$" + "\n"
        assert editor.settled(editor.open("small.md", step)) == []
        uri = editor.open("dear.md", FORWARD + f"$${BETA} = {dear}$$\n")
        time.sleep(0.3)
        begin = time.monotonic()
        editor.change(uri, FORWARD + FLIPPED)
        assert [one["severity"] for one in editor.first(uri)] == [ERROR]
        assert time.monotonic() - begin < 10
        assert {each["version"] for each in editor.published if each["uri"] == uri} == {2}
    finally:
        editor.kill()


LETTERS = ("+", "-", "2", "x_i", r"\mu", "n", "{", "$", "\n\n", " ", r"\hat{x}_i", "(")


def random_edit(text: str, chance: random.Random) -> str:
    """A few characters more, fewer, or others."""
    place = chance.randrange(len(text))
    removed = chance.choice((0, 0, 1, 1, 2, 8))
    return text[:place] + chance.choice(("", *LETTERS)) + text[place + removed :]


def test_at_rest_an_edited_document_is_told_what_a_fresh_check_says(editor: Editor, home: Path) -> None:
    """What is kept between two versions saves time and changes nothing."""
    chance = random.Random(7)
    text = (ROOT / "derivations" / "002-computational-graph.md").read_text() + "\n" + FORWARD + FLIPPED + MENDED
    uri = editor.open("edited.md", text)
    compared = different = 0
    for _ in range(8):
        for _ in range(3):
            edited = random_edit(text, chance)
            editor.change(uri, edited)
        expected = told_by_check(home / "edited-check.md", edited)
        assert told(editor.settled(uri)) == expected
        compared += 1
        different += expected != told_by_check(home / "edited-check.md", text)
        text = edited if len(expected) < 8 else text
    assert compared == 8
    assert different >= 2


def test_a_cause_is_shown_before_everything_is_judged_anew(editor: Editor) -> None:
    """The first answer to an edit beside a known error has that error in full."""
    uri = editor.open("known.md", FORWARD + FLIPPED)
    (before,) = editor.settled(uri)
    editor.change(uri, "Words.\n\n" + FORWARD + FLIPPED)
    (first,) = editor.first(uri)
    assert (first["code"], first["message"]) == ("sign-flip", before["message"])
    assert first["range"]["start"]["line"] == before["range"]["start"]["line"] + 2


# -- documents


def test_a_document_that_is_no_note_is_left_alone(editor: Editor) -> None:
    uri = editor.open("program.py", FLIPPED, "python")
    assert editor.ask_at("textDocument/hover", uri, 0, 40) is None
    editor.change(uri, FORWARD)
    assert not any(one["uri"] == uri for one in editor.published)


def test_a_document_without_formulas_and_an_empty_one_are_silent(editor: Editor) -> None:
    for name, text in (("words.md", "Only words.\n"), ("empty.md", "")):
        assert editor.settled(editor.open(name, text)) == []


def test_a_closed_document_has_no_diagnostics_any_more(editor: Editor) -> None:
    uri = editor.open("closed.md", FORWARD + FLIPPED)
    assert editor.settled(uri)
    editor.close(uri)
    last = editor.until(
        lambda one: one.get("method") == "textDocument/publishDiagnostics" and one["params"]["uri"] == uri
    )
    assert last["params"]["diagnostics"] == []
    assert editor.settled(editor.open("closed.md", FORWARD + MENDED)) == []


def test_what_was_never_saved_is_judged(editor: Editor) -> None:
    uri = editor.open("untitled:Untitled-1", "\\begin{document}\n" + FORWARD + FLIPPED + "\\end{document}\n", "latex")
    assert [one["code"] for one in editor.settled(uri)] == ["sign-flip"]


def test_unsaved_text_is_judged_and_what_it_puts_in_is_read_from_disk(editor: Editor, home: Path) -> None:
    (home / "part.tex").write_text(FLIPPED)
    main = "\\documentclass{article}\n\\begin{document}\n" + FORWARD + "\\input{part}\n\\end{document}\n"
    uri = editor.open("main.tex", main, "latex")
    (one,) = editor.settled(uri)
    line = main.split("\n").index("\\input{part}")
    assert one["range"] == {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 12}}
    assert one["message"].endswith(f"{home / 'part.tex'}:1: a sign is wrong here\n" + one["message"].split("\n", 1)[1])
    assert one["relatedInformation"][0]["location"]["uri"] == (home / "part.tex").as_uri()
    assert [each for each in editor.actions(uri, one["range"]) if "edit" in each] == []
    (home / "part.tex").write_text(MENDED)
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": (home / "part.tex").as_uri(), "type": 2}]})
    editor.until(
        lambda each: (
            each.get("method") == "textDocument/publishDiagnostics"
            and each["params"]["uri"] == uri
            and not each["params"]["diagnostics"]
        )
    )


def test_settings_of_the_project_hold_and_are_looked_at_again(editor: Editor, home: Path) -> None:
    folder = home / "project"
    folder.mkdir()
    settings = folder / "pyproject.toml"
    settings.write_text('[tool.bnverify]\nvariance = "unbiased"\n')
    step = r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$" + "\n"
    uri = editor.open("project/note.md", step)
    assert editor.settled(uri) == []
    settings.write_text('[tool.bnverify]\nvariance = "biased"\n')
    editor.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": settings.as_uri(), "type": 2}]})
    assert [one["code"] for one in editor.settled(uri)] == ["mixed-variance"]
    settings.write_text("[tool.bnverify]\nvarianse = 1\n")
    editor.change(uri, step + "\n")
    (one,) = editor.settled(uri)
    assert one["severity"] == WARNING
    assert "varianse" in one["message"]


@pytest.mark.parametrize("given", [[], {"variance": "none"}, {"witness": 3}, {"isolated": "yes"}, {"limits": {"x": 1}}])
def test_options_that_are_none_are_refused(given: Any) -> None:
    with pytest.raises(ValueError, match=r"."):
        options_of(given)


def test_the_kind_of_a_note_is_that_of_its_name_or_else_of_its_language() -> None:
    assert name_of("file:///a/b%20c.md", "markdown", "/home") == "/a/b c.md"
    assert name_of("file:///a/notes.qmd", "quarto", "/home") == "/a/notes.qmd.md"
    assert name_of("untitled:Untitled-1", "latex", "/home") == os.path.join("/home", "Untitled-1.tex")
    assert name_of("file:///a/b.py", "python", "/home") is None
    assert name_of("git:/a/b.md?ref", "markdown", "/home") is None
    assert name_of(address_of("sign-flip"), "markdown", "/home") is None
    assert address_of("") == address_of("no-such-code") == ""


def test_the_settings_that_the_documentation_shows_are_taken() -> None:
    page = (ROOT / "docs" / "editors.md").read_text()
    settings = json.loads(page.split("```json\n")[1].split("```")[0])
    options = settings["glspc.server.initializationOptions"]
    assert options_of(options) == options_of({})
    assert [settings["glspc.server.command"], *settings["glspc.server.commandArguments"]] == ["bnverify", "lsp"]
    for language in settings["glspc.server.languageId"]:
        assert name_of("untitled:Untitled-1", language, "/home") is not None
    line = next(one for one in page.split("\n") if "`initializationOptions`: " in one)
    words = line.split("`initializationOptions`: ")[1]
    named = {word for word in words.split("`")[1::2] if word not in ("proof", "symbolic", "numeric", "all")}
    assert named == {*KEYS, *OTHERS}


# -- the process that judges


def with_colleague(work: Any) -> None:
    async def run() -> None:
        pages: asyncio.Queue[tuple[str, Page]] = asyncio.Queue()
        one = Colleague(lambda *page: pages.put_nowait(page))
        try:
            await asyncio.wait_for(work(one, pages), 60)
        finally:
            one.end()
            if one.process is not None:
                await one.process.wait()

    asyncio.run(run())


async def whole(pages: asyncio.Queue[tuple[str, Page]], uri: str) -> Page:
    while True:
        name, page = await pages.get()
        if name == uri and page.whole:
            return page


def order(uri: str, text: str, number: int = 0) -> Order:
    return Order(uri, "note.md", text, options_of({"isolated": True}), number)


def test_a_process_that_is_ended_costs_no_more_than_the_version_that_it_had() -> None:
    async def work(one: Colleague, pages: asyncio.Queue[tuple[str, Page]]) -> None:
        one.order(order("a", FORWARD + FLIPPED))
        assert [each.code for each in (await whole(pages, "a")).remarks] == ["sign-flip"]
        one.order(order("a", (FORWARD + MENDED) * 40))
        while one.begun is None:
            await asyncio.sleep(0.001)
        assert one.process is not None
        one.process.kill()
        (remark,) = (await whole(pages, "a")).remarks
        assert remark.message == ENDED
        one.order(order("a", FORWARD + FLIPPED))
        assert [each.code for each in (await whole(pages, "a")).remarks] == ["sign-flip"]

    with_colleague(work)


def test_a_process_that_does_not_start_is_said_and_not_tried_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colleagues, "PROGRAM", "raise SystemExit(3)")

    async def work(one: Colleague, pages: asyncio.Queue[tuple[str, Page]]) -> None:
        one.order(order("a", FORWARD))
        (remark,) = (await whole(pages, "a")).remarks
        assert remark.message == NEVER
        assert one.task is None

    with_colleague(work)


def test_a_fault_in_one_note_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    said = io.BytesIO()
    desk = Desk(said)

    def fault(sheet: Sheet) -> Page:
        raise ZeroDivisionError("a fault of ours")

    for text, version in ((FORWARD + FLIPPED, 1), (FORWARD + MENDED, 2)):
        with monkeypatch.context() as patched:
            if version == 1:
                patched.setattr(Sheet, "glance", fault)
            desk.receive({"order": encoded(order("a", text, version))})
            while desk.sheets:
                desk.heard = 0.0
                desk.work()
    pages = [message for message in map(json.loads, said.getvalue().splitlines()) if "page" in message]
    assert [one["number"] for one in pages] == [1, 2, 2]
    (remark,) = decoded(Page, pages[0]["page"]).remarks
    assert remark.message == "internal error: ZeroDivisionError: a fault of ours"
    assert decoded(Page, pages[-1]["page"]).remarks == ()


def test_a_fault_of_the_server_does_not_end_the_judging_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    async def work(one: Colleague, pages: asyncio.Queue[tuple[str, Page]]) -> None:
        def fault(*page: object) -> None:
            raise ZeroDivisionError("a fault of ours")

        with monkeypatch.context() as patched:
            patched.setattr(one, "deliver", fault)
            one.order(order("a", FORWARD + FLIPPED))
            assert one.task is not None
            await asyncio.wait([one.task])
            assert isinstance(one.task.exception(), ZeroDivisionError)
        first = one.process
        assert first is not None
        one.order(order("b", FORWARD + FLIPPED))
        for uri in ("b", "a"):
            assert [each.code for each in (await whole(pages, uri)).remarks] == ["sign-flip"]
        assert await first.wait() < 0

    with_colleague(work)


def test_a_first_glance_makes_way_for_a_newer_document_and_for_no_older_one(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, begun, glance = Desk(io.BytesIO()), [], Sheet.glance

    def glanced(sheet: Sheet) -> Page:
        begun.append(sheet.order.uri)
        if len(begun) == 1:
            desk.receive({"order": encoded(order("new", FORWARD))})
        ask()
        return glance(sheet)

    monkeypatch.setattr(Sheet, "glance", glanced)
    desk.receive({"order": encoded(order("old", FORWARD))})
    while any(one.is_urgent for one in desk.sheets.values()):
        desk.work()
    assert begun == ["old", "new", "old"]


def test_work_that_cannot_be_called_off_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading asks nobody whether it is still wanted; this text takes seconds to read."""
    monkeypatch.setattr(colleagues, "PATIENCE", 0.2)

    async def work(one: Colleague, pages: asyncio.Queue[tuple[str, Page]]) -> None:
        one.order(order("a", FORWARD))
        await whole(pages, "a")
        first = one.process
        one.order(order("a", FORWARD + ("$$" + "\\mu = x + " * 1_800 + "1$$\n\n") * 40))
        while one.begun is None:
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)
        one.order(order("a", FORWARD + FLIPPED))
        assert [each.code for each in (await whole(pages, "a")).remarks] == ["sign-flip"]
        assert one.process is not first

    with_colleague(work)


# -- the beginning and the end


def test_a_session_goes_as_recorded(tmp_path: Path) -> None:
    """`BNVERIFY_WRITE_SESSION=1` writes it anew: read it by eye before it is kept."""
    editor = Editor(tmp_path)
    uri = editor.open("note.md", FORWARD + FLIPPED)
    (one,) = editor.settled(uri)
    editor.ask_at("textDocument/hover", uri, 8, 40)
    first, *_ = editor.actions(uri, one["range"])
    editor.change(uri, applied(FORWARD + FLIPPED, first))
    editor.settled(uri)
    editor.close(uri)
    assert editor.leave() == 0
    editor.kill()
    shown = normalised(editor.log, tmp_path)
    if os.environ.get("BNVERIFY_WRITE_SESSION"):
        SESSION.write_text(shown)
    assert shown == SESSION.read_text()


def normalised(log: list[tuple[str, dict[str, Any]]], folder: Path) -> str:
    """The conversation without what differs from run to run: paths, and provisional diagnostics."""
    kept: list[Any] = []
    for number, (side, message) in enumerate(log):
        later = [
            each["params"] for _, each in log[number + 1 :] if each.get("method") == "textDocument/publishDiagnostics"
        ]
        parameters = message.get("params")
        if message.get("method") == "textDocument/publishDiagnostics" and any(
            (each["uri"], each.get("version")) == (parameters["uri"], parameters.get("version")) for each in later
        ):
            continue
        if "capabilities" in (message.get("result") or ()):
            # What the library offers of its own depends on its version.
            own = {key: value for key, value in message["result"]["capabilities"].items() if key != "workspace"}
            message = {**message, "result": {"capabilities": own}}
        kept.append({side: message})
    text = json.dumps(kept, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    names = {folder.as_uri(): "FOLDER", (ROOT / "bnverify").as_uri(): "BNVERIFY"}
    for long, short in names.items():
        text = text.replace(long, short)
    return text


def test_an_editor_that_leaves_without_a_word_leaves_nothing_behind(home: Path) -> None:
    editor = Editor(home)
    editor.notify("exit", None)
    assert editor.process.wait(20) == 1
    editor.kill()


def test_without_pygls_the_command_says_what_to_install() -> None:
    program = "import sys; sys.modules['pygls'] = None; sys.argv = ['bnverify', 'lsp']; from bnverify.__main__ import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 2
    assert "pip install 'bnverify[lsp]'" in done.stderr
    assert done.stdout == ""
