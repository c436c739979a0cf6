"""The pages of the codes: each example has the page's finding, each repair none; what `bnverify explain` shows."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass

import pytest

from bnverify.codes import CODES, WITHOUT_PAGE, Code, source
from bnverify.diagnostic import Severity
from bnverify.explain.contents import contents, find, nearest
from bnverify.explain.page import page
from bnverify.record import NoteRecord
from bnverify.report.pieces import text_of
from bnverify.run import check_text, options_from
from tests.conftest import ROOT

PAGES = ROOT / "bnverify" / "explain"
SHOWN_AS_SOURCE = {"unreadable", "missing-bracket"}
"""Pages with a formula that cannot be printed in plain letters: that is what they are about."""

EXPECTED = re.compile(r"<!-- expect(?:\[(\w+)\])?: ([\w, -]+) -->")
each_code = pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)


@dataclass(frozen=True)
class Notes:
    """The two notes of a page, what the wrong one is expected to have, and the variance to check it under."""

    wrong: str
    right: str
    expected: list[str]
    variance: str


def notes_of(code: Code) -> Notes:
    """The rule of CONTRIBUTING: the last paragraph in words before the first heading opens the wrong lines."""
    example, *sections = re.split(r"^## ", source(code).partition("\n")[2], flags=re.MULTILINE)
    written = next(section.partition("\n")[2] for section in sections if section.startswith("What to write\n"))
    blocks = re.split(r"\n\s*\n", example.strip())
    opens = max(k for k, block in enumerate(blocks) if not block.startswith(("$$", "<!--")))
    tag, codes = EXPECTED.search(example).groups()  # type: ignore[union-attr]
    right = "\n\n".join([*blocks[:opens], written])
    return Notes(example, right, codes.split(", "), tag or "declared")


@pytest.mark.parametrize("code", WITHOUT_PAGE, ids=lambda code: code.name)
def test_a_code_that_is_not_about_mathematics_is_explained_in_a_few_words(code: Code) -> None:
    assert find(f"{code.severity.value}[{code.name}]") is code
    assert not PAGES.joinpath(f"{code.name}.md").exists()
    heading, gap, *sentences = text_of(page(code)).splitlines()
    assert (heading, gap) == (f"{code.severity.value}[{code.name}]: {code.title}", "")
    assert " ".join(one.strip() for one in sentences) == code.about


def judged(text: str, variance: str) -> NoteRecord:
    report = check_text(text, "page.md", options_from(variance, "all"))
    assert not report.troubles, report.troubles
    return report.notes[0]


def codes_of(record: NoteRecord) -> list[str]:
    """Everything that is said about a note, in reading order, each notice once."""
    findings = [step.finding.code for step in record.steps if step.finding]
    notices = [code for step in record.steps for code, _ in step.notices]
    return findings + list(dict.fromkeys(notices + [one.code for one in record.note_findings]))


# -- the pages are true


@each_code
def test_the_example_has_exactly_the_code_of_its_page(code: Code) -> None:
    notes = notes_of(code)
    record = judged(notes.wrong, notes.variance)
    assert codes_of(record) == notes.expected
    assert not record.unmet


@each_code
def test_the_example_has_one_finding_of_the_right_kind(code: Code) -> None:
    """What holds even before a cause has its rule: nothing else is wrong with the example."""
    notes = notes_of(code)
    assert notes.expected[-1] == code.name
    assert len(notes.expected) == (2 if code.name == "compensated" else 1)
    record = judged(notes.wrong, notes.variance)
    assert len(codes_of(record)) == len(notes.expected)
    of_note = [one.severity.value for one in record.note_findings if one.severity is not Severity.NOTICE]
    last = [*(step.finding.severity for step in record.steps if step.finding), *of_note][-1:]
    assert last == ([] if code.severity is Severity.NOTICE else [code.severity.value])


@each_code
def test_what_to_write_is_right(code: Code) -> None:
    notes = notes_of(code)
    record = judged(notes.right, notes.variance)
    assert codes_of(record) == []
    assert record.steps
    assert all(step.standing == "holds" for step in record.steps)


# -- the pages are complete


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    pages = {path.stem for path in (ROOT / "bnverify" / "explain").glob("*.md")}
    assert pages == {code.name for code in CODES}
    assert len(pages) == len(CODES) > 30


@each_code
def test_a_page_has_its_title_and_its_sections(code: Code) -> None:
    text = source(code)
    assert text.startswith(f"# {code.name}: {code.title}\n")
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Why it happens", "What to write", "How we know"]


@each_code
def test_a_page_has_one_sentence_a_line(code: Code) -> None:
    prose = re.sub(r"\$[^$]*\$|`[^`]*`", "", re.sub(r"\$\$.*?\$\$", "", source(code), flags=re.DOTALL))
    assert not re.search(r"[.!?][ \t]+[A-Z]", prose)


# -- the screen


@each_code
def test_a_page_is_shown_in_plain_letters(code: Code) -> None:
    lines = text_of(page(code)).splitlines()
    assert lines[0] == f"{code.severity.value}[{code.name}]: {code.title}"
    assert all(len(line) <= 100 for line in lines)
    assert not [line for line in lines if "$" in line or "<!--" in line]
    raw = [line for line in lines if "\\" in line]
    assert len(raw) == (1 if code.name in SHOWN_AS_SOURCE else 0), raw


def test_the_list_holds_every_code_with_its_name() -> None:
    lines = text_of(contents()).splitlines()
    for code in CODES:
        assert any(line.split() == [code.name, *code.title.split()] for line in lines)


@pytest.mark.parametrize("word", ["sign-flip", "SIGN-FLIP", "sign_flip", " Sign_Flip ", "error[sign-flip]"])
def test_a_code_may_be_written_in_several_ways(word: str) -> None:
    found = find(word)
    assert found is not None
    assert found.name == "sign-flip"


def test_the_nearest_names_are_offered() -> None:
    assert nearest("sgn-flip")[0] == "sign-flip"
    assert nearest("Lost_Hats")[0] == "lost-hat"
    assert nearest("qqqq") == []


def explain(*words: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "bnverify", "explain", *words], capture_output=True, check=False)
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


def test_an_unknown_code_is_status_two_with_a_suggestion() -> None:
    done = explain("sgn-flip")
    assert done.returncode == 2
    assert "there is no code 'sgn-flip'" in done.stderr
    assert "sign-flip" in done.stderr
    assert not done.stdout


def test_colours_are_on_a_terminal_or_when_asked_for() -> None:
    plain, coloured = explain("lost-hat"), explain("lost-hat", "--color", "always")
    assert plain.returncode == coloured.returncode == 0
    assert "\x1b" not in plain.stdout
    assert "\x1b" in coloured.stdout
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured.stdout) == plain.stdout


def test_explain_loads_nothing_that_computes() -> None:
    program = (
        "import sys, bnverify.__main__ as m\n"
        "sys.argv = ['bnverify', 'explain', 'sign-flip']\n"
        "try: m.run()\n"
        "except SystemExit: pass\n"
        "print(sorted({'sympy', 'numpy', 'flint', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.decode("utf-8").splitlines()[-1] == "[]"


def test_the_table_of_codes_loads_no_library() -> None:
    program = (
        "import sys, bnverify.codes\n"
        "print(sorted({'sympy', 'numpy', 'flint', 'rich', 'lark', 'click'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
