"""Where people work with others: the hook for pre-commit, and the action for GitHub."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

RECORDED = Path(__file__).parent / "ci" / "pre-commit.txt"
"""What pre-commit printed when it ran the hook of this repository on two notes."""
COMMENT = re.compile(r"<!-- expect.*-->|% expect.*")


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one right note, and one as it was found."""
    (tmp_path / "derivations").mkdir()
    for name in ("right-biased.md", "002-computational-graph.md"):
        text = (ROOT / "derivations" / name).read_text(encoding="utf-8")
        kept = text if name.startswith("right") else COMMENT.sub("", text)
        (tmp_path / "derivations" / name).write_text(kept, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_hook_prints_what_it_printed_under_pre_commit(project: Path) -> None:
    (hook,) = read(".pre-commit-hooks.yaml")
    names = sorted(str(path.relative_to(project)) for path in project.rglob("*.md"))
    assert all(re.search(hook["files"], name) for name in names)
    program, *words = hook["entry"].split()
    assert (program, hook["language"]) == ("bnverify", "python")
    done = subprocess.run(
        [sys.executable, "-m", "bnverify", *words, *names], capture_output=True, text=True, check=False
    )
    head, printed = RECORDED.read_text(encoding="utf-8").split("\n\n", 1)
    assert f"- hook id: {hook['id']}\n- exit code: {done.returncode}" in head
    assert printed.strip() == done.stdout.strip()


def action_script() -> str:
    (step,) = (one for one in read("action.yml")["runs"]["steps"] if one.get("id") == "check")
    return str(step["run"])


def run_action(project: Path, **inputs: str) -> tuple[subprocess.CompletedProcess[str], str, str]:
    """The script of the action, what it wrote into the summary, and what it gave as outputs."""
    tools = project / "tools"
    tools.mkdir()
    (tools / "bnverify").write_text(f'#!/bin/sh\nexec {sys.executable} -m bnverify "$@"\n')
    (tools / "bnverify").chmod(0o755)
    given = {"PATHS": "", "ARGUMENTS": "--witness proof", "SARIF": "", **inputs}
    files = {name: str(project / name) for name in ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", action_script()],
        env={**os.environ, **given, **files, "PATH": f"{tools}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done, *(Path(path).read_text(encoding="utf-8") for path in files.values())


needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the action is a script of bash")


@needs_bash
def test_the_action_annotates_summarises_and_ends_as_the_check_does(project: Path) -> None:
    done, summary, outputs = run_action(project, SARIF="found.sarif")
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=derivations/002-computational-graph.md,line=53,")
    assert "**bnverify: 1 error**" in summary
    assert outputs == "status=1\n"
    (result,) = json.loads((project / "found.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["ruleId"] == "misread-symbol"


@needs_bash
def test_the_action_passes_where_every_step_is_right(project: Path) -> None:
    done, summary, outputs = run_action(project, PATHS="derivations/right-biased.md")
    assert (done.returncode, outputs) == (0, "status=0\n")
    assert "::error" not in done.stdout
    assert "right-biased.md" in summary


def test_the_example_of_a_workflow_asks_for_what_the_action_has() -> None:
    steps = read("docs/examples/derivations.yml")["jobs"]["check"]["steps"]
    (ours,) = (one for one in steps if one["uses"].startswith("OWNER/bnverify@"))
    assert set(ours["with"]) <= set(read("action.yml")["inputs"])
    (upload,) = (one for one in steps if "upload-sarif" in one["uses"])
    assert upload["with"]["sarif_file"] == ours["with"]["sarif"]


def test_inputs_of_the_action_reach_its_script_as_values_and_never_as_text_of_it() -> None:
    for step in read("action.yml")["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
