"""The report to paste into a review: what a reader sees, and that no text of a note is seen as anything but text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from bnverify.record import Report, Trouble
from bnverify.report.markdown import render
from bnverify.report.sentences import block, code, sentence
from tests.conftest import FLIPPED, HOSTILE, SLIPS, notebook_report, report_of

READER = MarkdownIt("gfm-like", {"linkify": False})
"""GitHub's dialect, but for links in plain text, which `plain` looks for itself."""
FOLLOWED = re.compile(r"(?<!\w)@\w|#\d|\bGH-\d|\bwww\.|://", re.IGNORECASE)
"""What GitHub makes a mention, a reference, or a link of."""
RIGHT = FLIPPED.replace("-", "")


def html(text: str) -> str:
    return READER.render(text)


def plain(text: str) -> str:
    """The words that a reader sees, without what stands as code, where GitHub follows nothing."""
    without_code = re.sub(r"<(code|pre)\b.*?</\1>", "", html(text), flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", without_code)


def rows(text: str) -> list[list[str]]:
    """The cells of all rows of all tables, each as HTML."""
    return [
        re.findall(r"<td>(.*?)</td>", row, re.DOTALL)
        for row in re.findall(r"<tr>\s*<td>.*?</tr>", html(text), re.DOTALL)
    ]


def test_the_verdict_comes_first_and_then_a_row_for_each_finding() -> None:
    text = render(report_of(("003.md", SLIPS)))
    assert text.splitlines()[0] == "**bnverify: 6 errors, 1 warning**"
    found = rows(text)
    assert [row[0] for row in found] == [f"line {line}" for line in (55, 56, 78, 87, 115, 143, 144)]
    assert found[1][1:3] == [
        "<code>missing-factor</code>",
        r"a factor is missing here: <code>\frac{1}{\sqrt{\sigma^2 + \epsilon}}</code>",
    ]
    assert found[1][3].startswith(r"insert <code>\frac{1}{\sqrt{\sigma^2 + \epsilon}}</code>; ")
    assert html(text).count("<details>") == 7
    assert "for n = 2, x = (0, 2), i = 1: dsigma^2/dx_i is -1, this side is 0" in text


@pytest.mark.parametrize(
    ("text", "first"),
    [
        (RIGHT, "**bnverify: every step is proved for every n**"),
        (FLIPPED + "<!-- expect: sign-flip -->\n", "**bnverify: every error is one that its note expects**"),
        (FLIPPED, "**bnverify: 1 error**"),
        (
            "$$a = f(x)$$\n",
            "**bnverify: nothing wrong was found, but not every step could be judged: see below for what to change**",
        ),
        ("words\n", "**bnverify: nothing was checked: write equations between $...$ or $$...$$**"),
    ],
)
def test_the_first_line_is_the_verdict(text: str, first: str) -> None:
    said = render(report_of(("note.md", text))).splitlines()[0]
    assert said.replace("&#36;", "$") == first


def test_what_is_expected_is_folded_away() -> None:
    text = render(report_of(("note.md", FLIPPED + "<!-- expect: sign-flip -->\n")))
    assert "1 step is wrong, expected (1 step: " in text
    before, _, after = text.partition("<summary>1 finding does not count</summary>")
    assert rows(before) == []
    assert [row[-1] for row in rows(after)] == ["the note expects it"]


def test_of_many_notes_those_that_are_right_are_counted() -> None:
    text = render(report_of(*((f"{number}.md", RIGHT) for number in range(5)), ("wrong.md", FLIPPED)))
    assert "Nothing is to be done about 5 notes." in text
    assert "`wrong.md`: 1 step is wrong" in text
    assert "`1.md`" not in text


def test_cells_and_troubles(tmp_path: Path) -> None:
    assert [row[0] for row in rows(render(notebook_report(tmp_path, "words", FLIPPED)))] == ["line 1 of cell 2"]
    trouble = report_of(("note.md", RIGHT), troubles=(Trouble("no.md", "there is no such file"),))
    assert render(trouble).splitlines()[:3] == [
        "**bnverify: 1 of 2 notes not checked**",
        "",
        "`no.md` was not checked: there is no such file",
    ]


def hostile() -> Report:
    return report_of(("a|b`@octocat #1<b>.md", HOSTILE), troubles=(Trouble("|`@x` <img>", "@octocat *a* #12 <b>|"),))


def test_hostile_text_is_seen_as_it_is_and_calls_nobody() -> None:
    text = render(hostile())
    shown = html(text)
    assert not re.search(r"<(img|script|b|a)\b", shown)
    assert not FOLLOWED.search(plain(text)), plain(text)
    assert "octocat/a" in plain(text)
    assert all(len(row) == 4 for row in rows(text))
    assert not any(line.lstrip().startswith("::") or "##[" in line for line in text.splitlines())


@pytest.mark.parametrize("text", ["a", "`", "a`b", "``", " x ", "a|b", r"\|x\|", "|`<b>&amp;*_[$", "@x|"])
def test_code_is_seen_letter_by_letter_even_in_a_table(text: str) -> None:
    shown = READER.render(f"| a |\n| --- |\n| {code(text)} |\n")
    (cell,) = re.findall(r"<td><code>(.*?)</code></td>", shown)
    for entity, letter in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        cell = cell.replace(entity, letter)
    assert cell == text


def test_a_block_ends_where_it_ends() -> None:
    shown = READER.render(block("a\n```\n<b>\n````\nc") + "\n\nafter *it*\n")
    assert shown.count("<pre>") == 1
    assert shown.endswith("<p>after <em>it</em></p>\n")


def test_an_odd_backtick_opens_no_code() -> None:
    assert READER.render(sentence("a `b` c ` @octocat <b>")).count("<code>") == 0
