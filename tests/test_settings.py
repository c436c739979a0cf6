"""`[tool.bnverify]`: what is checked, which findings count, and what differs from note to note."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bnverify.cli.main import main
from bnverify.config.found import find_config

FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
RIGHT = FLIPPED.replace("-", "")
OPEN = "$$a = f(x)$$\n"


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), standalone_mode=False)


def check(*words: str) -> Result:
    return run("check", "--no-cache", "--witness", "proof", "-q", *words)


def names(done: Result) -> list[str]:
    """The notes that a report of one line for each names."""
    return [line.partition(":")[0] for line in done.output.splitlines() if line.startswith(("notes", "other"))]


Project = Callable[[str], None]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with four notes, three of them wrong, that we are in; what it is given are its settings."""
    for name, text in {"notes/a.md": RIGHT, "notes/old/b.md": FLIPPED, "notes/old/c.md": FLIPPED, "other.md": FLIPPED}.items():  # fmt: skip
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    find_config.cache_clear()

    def write(settings: str) -> None:
        (tmp_path / "pyproject.toml").write_text(f"[tool.bnverify]\n{settings}\n", encoding="utf-8")
        find_config.cache_clear()

    return write


def test_without_a_name_the_paths_of_the_settings_are_checked(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project('paths = ["notes/a.md", "other.md"]')
    assert names(check()) == ["notes/a.md", "other.md"]
    monkeypatch.chdir("notes")
    assert "../other.md: 1 step is wrong" in check().output
    assert "a.md" in check("a.md").output
    assert "other.md" not in check("a.md").output


def test_what_the_settings_exclude_is_left_out_of_folders_and_not_of_what_is_named(project: Project) -> None:
    project('exclude = ["old/", "other.md"]')
    assert names(check("notes")) == ["notes/a.md"]
    assert names(check("notes", "other.md")) == ["notes/a.md", "other.md"]
    assert names(check("--isolated", "notes")) == ["notes/a.md", "notes/old/b.md", "notes/old/c.md"]


def test_an_excluded_path_is_one_of_the_folder_of_the_settings(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project('exclude = ["/notes/old/c.md"]')
    monkeypatch.chdir("notes/old")
    assert "b.md" in check(".").output
    assert "c.md" not in check(".").output


def test_codes_that_are_ignored_do_not_count(project: Project) -> None:
    project('ignore = ["sign-flip"]')
    done = run("check", "--no-cache", "--witness", "proof", "other.md")
    assert done.return_value == 0
    assert "ignored:\n  line   1  sign-flip  pyproject.toml\n" in done.output
    assert check("--isolated", "other.md").return_value == 1


def test_codes_that_are_not_selected_do_not_count(project: Project) -> None:
    project('select = ["lost-hat"]')
    done = run("check", "--no-cache", "--witness", "proof", "other.md")
    assert done.return_value == 0
    assert "sign-flip  not selected (pyproject.toml)" in done.output


def test_what_the_command_line_selects_counts_whatever_the_settings_say(project: Project) -> None:
    project('ignore = ["sign-flip"]')
    assert check("--select", "sign-flip,lost-hat", "other.md").return_value == 1
    assert check("--select", "sign-flip", "--ignore", "sign-flip", "other.md").return_value == 0
    assert check("--ignore", "lost-hat", "other.md").return_value == 0


def test_a_table_for_some_files_stands_above_the_rest_and_a_later_one_above_it(project: Project) -> None:
    project(
        '[tool.bnverify.per-file."old/"]\nignore = ["sign-flip"]\n[tool.bnverify.per-file."c.md"]\nselect = ["sign-flip"]'
    )
    assert [check(name).return_value for name in ("notes/old/b.md", "notes/old/c.md", "other.md")] == [0, 1, 1]


def test_a_table_for_some_files_may_settle_the_convention(project: Project) -> None:
    project('variance = "biased"\n[tool.bnverify.per-file."notes/old/*"]\nvariance = "unbiased"')
    first = r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2 (x_i - \mu)}{n - 1}$$" + "\n"
    Path("notes/old/b.md").write_text(first, encoding="utf-8")
    Path("notes/a.md").write_text(first, encoding="utf-8")
    assert (check("notes/old/b.md").return_value, check("notes/a.md").return_value) == (0, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('exclud = ["a"]', "key 'exclud' is not known: did you mean 'exclude'?"),
        ('paths = "notes"', '`paths` is a list of texts, such as ["notes"]'),
        ('ignore = ["sign-flop"]', "`ignore`: the code 'sign-flop' is not known: did you mean 'sign-flip'?"),
        ("select = [1]", '`select` is a list of texts, such as ["notes"]'),
        ("select = []", "`select` names no code: nothing would count"),
        ('exclude = ["!"]', "'!' is not a pattern"),
        ("per-file = 1", "`tool.bnverify.per-file` takes keys and values"),
        ('[tool.bnverify.per-file."a.md"]\npaths = ["b"]', "per-file key 'paths' is not known"),
        ('[tool.bnverify.per-file."a.md"]\nvariance = "bias"', "did you mean 'biased'?"),
    ],
)
def test_a_mistake_in_the_settings_ends_with_2_and_names_it(project: Project, settings: str, message: str) -> None:
    project(settings)
    done = check("notes/a.md")
    assert done.return_value == 2
    assert message in done.output
    shown = run("config")
    assert isinstance(shown.exception, click.ClickException)
    assert message in shown.exception.message


def test_config_shows_each_setting_and_what_says_so(project: Project) -> None:
    project(
        'variance = "unbiased"\nignore = ["undecided"]\n[tool.bnverify.limits]\nsteps = 9\n[tool.bnverify.per-file."old/"]\nvariance = "biased"'
    )

    def shown(*words: str) -> dict[str, tuple[object, object]]:
        done = run("config", "--output-format", "json", *words)
        return {one["name"]: (one["value"], one["source"]) for one in json.loads(done.output)["settings"]}

    here, there = shown(), shown("notes/old/b.md")
    assert here["variance"] == ("unbiased", "pyproject.toml")
    assert there["variance"] == ("biased", 'pyproject.toml, per-file "old/"')
    assert here["epsilon"] == ("inside", None)
    assert here["ignore"] == (["undecided"], "pyproject.toml")
    assert here["limits.steps"] == (9, "pyproject.toml")
    assert shown("--isolated")["variance"] == ("biased", None)
    assert ["variance", "unbiased", "pyproject.toml"] in [line.split() for line in run("config").output.splitlines()]


def test_what_config_shows_is_what_a_check_assumes(project: Project) -> None:
    project('epsilon = "outside"\nsign-convention = "mu-x"')
    note = json.loads(run("check", "--output-format", "json", "--no-cache", "--witness", "proof", "notes/a.md").output)[
        "notes"
    ][0]
    shown = {
        one["name"]: one["value"] for one in json.loads(run("config", "--output-format", "json").output)["settings"]
    }
    named = {"residual" if name == "sign-convention" else name: value for name, value in shown.items()}
    assert {part: named[part] for part in note["convention"]} == note["convention"]


def test_config_shows_no_code_as_ignored_that_counts(project: Project) -> None:
    project('ignore = ["sign-flip"]\n[tool.bnverify.per-file."c.md"]\nselect = ["sign-flip"]')
    shown = {
        one["name"]: one
        for one in json.loads(run("config", "--output-format", "json", "notes/old/c.md").output)["settings"]
    }
    assert (shown["ignore"]["value"], shown["select"]["value"]) == ([], ["sign-flip"])
    assert check("notes/old/c.md").return_value == 1


def test_settings_bring_no_control_characters_to_the_terminal(project: Project) -> None:
    project(
        '[tool.bnverify.per-file."*.md\\u001b[31m*"]\nvariance = "biased"\n[tool.bnverify.per-file."*"]\nignore = ["sign-flip"]'
    )
    assert "\x1b" not in run("config", "notes/a.md").output
    project("varianc\u001b = 1")
    assert "\x1b" not in check("notes/a.md").output
