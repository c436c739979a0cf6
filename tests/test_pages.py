"""What the terminal shows, word for word. The pages were read by eye before they were kept.

`BNVERIFY_WRITE_PAGES=1 pytest tests/test_pages.py` writes them anew: read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bnverify.report.pieces import width
from tests.conftest import ROOT

PAGES = Path(__file__).parent / "pages"
SOME = [f"derivations/{name}.md" for name in ("002-computational-graph", "003-two-variances", "right-unbiased")]
COMMANDS = {
    "check": (["check", *SOME], 0),
    "check-family": (["check", "derivations/family/layer-norm.md", "derivations/family/layer-norm-wrong.md"], 0),
    "check-biased": (["check", "--variance", "biased", "derivations/003-two-variances.md"], 0),
    "check-unbiased": (["check", "--variance", "unbiased", "derivations/003-two-variances.md"], 0),
    "check-003-as-found": (["check", "-", "--stdin-filename", "003.md"], 1),
    "read-004": (["read", "derivations/004-one-shot-jacobian.md"], 0),
    "derive-n4": (["derive", "--n", "4"], 0),
    "derive-every": (["derive"], 0),
    "derive-layer-jacobian": (
        ["derive", "--layer", "layer", "--style", "jacobian", "--epsilon", "outside", "--n", "3"],
        0,
    ),
    "derive-group-one-shot": (["derive", "--layer", "group", "--style", "one-shot", "--wrt", "x"], 0),
    "derive-numpy": (["derive", "--format", "numpy"], 0),
    "derive-torch": (["derive", "--format", "torch", "--layer", "instance"], 0),
    "derive-n3-unbiased": (["derive", "--n", "3", "--variance", "unbiased"], 0),
    "graph": (["graph"], 0),
    "graph-002": (["graph", "derivations/002-computational-graph.md"], 0),
    "graph-group": (["graph", "--layer", "group", "--epsilon", "outside"], 0),
    "demo": (["demo"], 0),
    "explain": (["explain"], 0),
    "explain-case-condition": (["explain", "case-condition"], 0),
    "explain-missing-parentheses": (["explain", "missing-parentheses"], 0),
    "explain-right": (["check", "derivations/right-unbiased.md:112", "--explain"], 0),
    "explain-wrong": (["check", "derivations/000-unbiased-by-hand.md:219", "--explain"], 0),
    "explain-jacobian": (["check", "derivations/004-one-shot-jacobian.md:96", "--explain"], 0),
    "help": (["--help"], 0),
    "variants": (["variants", *SOME], 1),
    "explain-several-indices": (["check", "derivations/family/layer-norm-tokens.md:53", "--explain"], 0),
    "variants-steps": (["variants", "--steps", "derivations/003-two-variances.md"], 1),
    "variants-signs": (["variants", "--signs", "derivations/000-unbiased-by-hand.md"], 1),
    "variants-formulas": (["variants", "--formulas"], 0),
    "variants-framework": (["variants", "--framework", "pytorch", "derivations/right-unbiased.md"], 1),
    "check-epsilon-outside": (["check", "--epsilon", "outside", "-q", "derivations/right-biased.md"], 1),
}


def without_expectations(path: Path) -> str:
    return re.sub(r"<!-- expect.*?-->\n", "", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_is_what_the_terminal_shows(name: str) -> None:
    words, status = COMMANDS[name]
    stdin = without_expectations(ROOT / "derivations" / "003-two-variances.md")
    done = subprocess.run(
        [sys.executable, "-m", "bnverify", *words], cwd=ROOT, input=stdin.encode(), capture_output=True, check=False
    )
    shown = done.stdout.decode("utf-8")
    page = PAGES / f"{name}.txt"
    if os.environ.get("BNVERIFY_WRITE_PAGES"):
        page.write_text(shown, encoding="utf-8")
    assert done.returncode == status, done.stderr.decode()
    assert shown == page.read_text(encoding="utf-8")


def test_every_page_has_its_command() -> None:
    assert {page.stem for page in PAGES.glob("*.txt")} == set(COMMANDS)


def test_no_line_of_a_page_is_too_wide() -> None:
    for page in PAGES.glob("*.txt"):
        for line in page.read_text(encoding="utf-8").splitlines():
            assert width(line) <= 100, (page.name, line)
