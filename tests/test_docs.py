"""The pages under `docs/`: every example is run, every link resolves, the reference is made from the program.

`BNVERIFY_WRITE_DOCS=1 pytest -n 0 tests/test_docs.py` writes the reference anew, and what the commands of the pages
show where it has changed: read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml

from bnverify.config.checked import checked_config
from tests.conftest import ROOT
from tests.docs.blocks import DOCS, GENERATED, Block, blocks_of, pages
from tests.docs.examples import Reader, in_process
from tests.docs.links import broken_links, without_code
from tests.docs.reference import PAGES, text_of

WRITING = bool(os.environ.get("BNVERIFY_WRITE_DOCS"))
WRITTEN = pages()
NAMES = [path.relative_to(DOCS).as_posix() for path in WRITTEN]
PRINTED = ("benchmarks.md",)
"""Pages that a program prints, in lines of its own."""
RUN = ("console", "pycon", "python")
SHOWN = {"toml", "yaml", "json", "markdown", "latex", "text", "diff", "lua", "elisp"}
"""Kinds of blocks that are no commands: files of the reader, settings, and what is only looked at."""


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_a_page_do_what_it_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / name
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BNVERIFY_CACHE_DIR", str(tmp_path / ".cache"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    reader, lines = Reader(tmp_path), page.read_text(encoding="utf-8").split("\n")
    moved = 0
    for block in blocks_of(page):
        shown = reader.follow(block)
        if not WRITING and shown != list(block.lines):
            reader.problems.append(f"{block.place} shows\n" + "\n".join(shown))
        lines[block.first + moved : block.last + moved] = shown
        moved += len(shown) - len(block.lines)
    if WRITING:
        page.write_text("\n".join(lines), encoding="utf-8")
    assert not reader.problems, "\n".join(reader.problems)
    unused = {file for file in reader.files if not reader.uses(file)}
    assert not unused, f"nothing is done with {unused}"


@pytest.mark.parametrize("name", [name for name in NAMES if "$$" in without_code(DOCS / name)])
def test_the_formulas_of_a_page_are_right_or_expected_to_be_wrong(name: str) -> None:
    shown, status = in_process(["check", "--isolated", "--no-cache", "--witness", "proof", str(DOCS / name)])
    assert status == 0, shown


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        ("```console\n$ bnverify explain sign-flip\nerror[lost-hat]: a sign is wrong\n...\n```", ""),
        ("```console\n$ bnverify explain nothing\n...\n```", "ends with 2"),
        ("<!-- status: 1 -->\n```console\n$ bnverify explain sign-flip\n...\n```", "ends with 0"),
        ("```pycon\n>>> 1 + 1\n3\n```", "Expected:\n    3\nGot:\n    2\n"),
    ],
)
def test_an_example_that_is_not_true_is_noticed(block: str, problem: str, tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(block, encoding="utf-8")
    reader, (one,) = Reader(tmp_path), blocks_of(page)
    assert reader.follow(one) != list(one.lines) or reader.problems
    assert problem in "".join(reader.problems)


def test_a_broken_link_is_noticed(tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text("# A heading\n[a](#a-heading) [b](#b) [c](c.md)", encoding="utf-8")
    assert list(broken_links(page)) == ["#b", "c.md"]


@pytest.mark.parametrize(
    "block",
    [one for path in WRITTEN for one in blocks_of(path)],
    ids=lambda block: block.place,
)
def test_every_block_is_run_or_says_why_not(block: Block) -> None:
    assert block.kind in RUN or block.kind in SHOWN or "not run" in block.orders or "file" in block.orders
    if block.kind == "toml":
        ours = tomllib.loads(block.text)["tool"]["bnverify"]
        assert checked_config(ours, "pyproject.toml").path == "pyproject.toml"
    if block.kind == "yaml":
        assert all(yaml.safe_load_all(block.text.removesuffix("---\n")))


@pytest.mark.parametrize("name", [*NAMES, "../README.md", "../CONTRIBUTING.md"])
def test_every_link_of_a_page_leads_somewhere(name: str) -> None:
    assert not list(broken_links(DOCS / name))


@pytest.mark.parametrize("name", PAGES)
def test_the_reference_is_what_the_program_says(name: str) -> None:
    page, text = GENERATED / name, text_of(name)
    if WRITING:
        page.write_text(text, encoding="utf-8")
    assert page.read_text(encoding="utf-8") == text
    assert not list(broken_links(page))


def test_every_page_can_be_found_from_the_map() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    assert [
        path
        for path in sorted(DOCS.rglob("*.md"))
        if path.name != "index.md" and path.relative_to(DOCS).as_posix() not in index
    ] == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in PRINTED])
def test_a_page_has_one_sentence_on_a_line(name: str) -> None:
    lines = [line for line in without_code(DOCS / name).split("\n") if not line.startswith(("|", "<!--", "$$"))]
    assert [line for line in lines if re.search(r"[a-z)][.?] [A-Z]", line)] == []
