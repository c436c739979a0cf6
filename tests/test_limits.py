"""What is too large ends at its place, in a sentence of its own, and is never called right or wrong."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnverify.cli.main import main
from bnverify.limits import LIMITS, checked, exceeded, limited, most
from bnverify.record import Kind, NoteRecord, Report, Standing, StepRecord
from bnverify.run import check_text, options_from
from bnverify.truth import work
from bnverify.truth.verdict import Undecidable

ROOT = Path(__file__).parent.parent
FORWARD = r"""$$\mu = \frac1n\sum_i x_i$$

$$v = \frac1n\sum_i(x_i-\mu)^2$$

$$\hat x_i = \frac{x_i-\mu}{\sqrt{v+\epsilon}}$$

$$y_i = \gamma\hat x_i+\beta$$

"""
RIGHT = r"\frac{\partial L}{\partial\gamma} = \sum_i \frac{\partial L}{\partial y_i}\hat x_i"
RIGHT_BUT_LONG = (
    r"\sum_i \frac{\partial L}{\partial y_i} \frac{(x_i-\mu)(x_1+x_2+\mu)^3}{\sqrt{v+\epsilon}(x_1+x_2+\mu)^3}"
)
LARGE = {
    "formulas": (2, "$$\\mu = \\frac1n\\sum_i x_i$$\n\n$$n = 3$$\n\n$$\\mu = 4$$\n"),
    "mathematics": (30, "$$\\mu = \\frac1n\\sum_i x_i$$\n\n$$\\mu = \\frac1n\\sum_j x_j$$\n\n$$\\mu = 4$$\n"),
    "steps": (4, FORWARD + f"$${RIGHT} = 0$$\n"),
    "formula": (40, FORWARD + f"$${RIGHT}$$\n"),
    "nesting": (
        3,
        FORWARD + "$$\\frac{\\partial L}{\\partial\\beta} = ((((\\sum_i \\frac{\\partial L}{\\partial y_i}))))$$\n",
    ),
    "digits": (3, FORWARD + "$$\\frac{\\partial L}{\\partial\\beta} = 1000$$\n"),
    "exponent": (3, FORWARD + "$$\\frac{\\partial L}{\\partial\\beta} = x_1^4$$\n"),
    "terms": (6, FORWARD + f"$${RIGHT} = {RIGHT_BUT_LONG}$$\n"),
    "work": (20, FORWARD + f"$${RIGHT}$$\n"),
}
"""For each limit a small one, and a note that is above it."""
DEAR = {
    "sums in one another with powers of differences": r"\sum_i\sum_j\sum_k\sum_l x_i x_j x_k x_l (x_i-x_j)^4(x_k-x_l)^4(x_i+x_k)^3(x_j-x_l+x_k)^4",
    "fractions with forty different denominators": "+".join(rf"\frac{{x_{1 + k % 4}}}{{x_{1 + (k + 1) % 4}+\gamma+{k}}}" for k in range(40)),
    "thirty chain rules multiplied": r"\frac{\partial \hat x_i}{\partial x_j}\frac{\partial L}{\partial x_j}" * 30,
    "fractions forty deep": "".join(rf"\frac{{1}}{{x_{1 + k % 4}+\gamma+" for k in range(40)) + "1" + "}" * 40,
    "a product of two long sums": "(" + "+".join(rf"x_1^{{{a % 13}}}x_2^{{{a % 7}}}" for a in range(100)) + ")(" + "+".join(rf"\gamma^{{{a % 17}}}\beta^{{{a % 11}}}" for a in range(150)) + ")",
    "a power of 64 inside a sum": r"\sum_i (x_i+\mu+\gamma+\frac{\partial L}{\partial y_i})^{64}",
    "roots of several kinds": r"\sqrt{x_1^2+\gamma^2+1}\sqrt{x_2^2+\gamma^2+2}+\sqrt{\sum_i x_i^2}+\sqrt{\beta^2+3}",
}  # fmt: skip
MOST_SECONDS = 20.0
"""For a note with one dear step, of which a quiet machine of 2024 needs less than two; loose, since others may be busy."""


def of_text(text: str, chosen: Mapping[str, int]) -> NoteRecord:
    with limited(chosen):
        return of(check_text(text, "note.md", options_from(witness="proof")))


def of(report: Report) -> NoteRecord:
    assert not report.troubles, report.troubles
    return report.notes[0]


def sentences(record: NoteRecord) -> list[str]:
    """Everything that is said of what is open, with the place that it is said of."""
    steps = [step.why for step in record.steps]
    findings = [one.message for one in (*record.diagnostics, *record.note_findings)]
    return [*steps, *findings]


@pytest.mark.parametrize("name", [name for name, limit in LIMITS.items() if limit.ends != "error"])
def test_what_is_above_a_limit_is_said_in_its_sentence_and_nothing_is_made_of_it(name: str) -> None:
    small, text = LARGE[name]
    record = of_text(text, {name: small})
    with limited({name: small}):
        sentence = exceeded(name)
    assert any(sentence in one for one in sentences(record)), sentences(record)
    kinds = {step.kind for step in record.steps if sentence in step.why}
    assert kinds <= ({Kind.UNREADABLE} if LIMITS[name].ends == "unreadable" else {Kind.CLAIM, Kind.DEFINITION})
    assert not any(step.true for step in record.steps if sentence in step.why)
    assert not any(sentence in one for one in sentences(of_text(text, {})))


def test_every_limit_that_ends_in_a_note_is_tried() -> None:
    assert set(LARGE) == {name for name, limit in LIMITS.items() if limit.ends != "error"}


def command(*arguments: str, cwd: Path | None = None) -> Result:
    before = os.getcwd()
    try:
        os.chdir(cwd or before)
        return CliRunner().invoke(main, list(arguments), standalone_mode=False)
    finally:
        os.chdir(before)


@pytest.mark.parametrize(("name", "file"), [("file", "note.md"), ("notebook", "note.ipynb")])
def test_a_file_above_its_limit_is_an_error(name: str, file: str, tmp_path: Path) -> None:
    (tmp_path / file).write_text(json.dumps({"cells": []}) if name == "notebook" else FORWARD)
    ended = command("check", "--limit", f"{name}=10", str(tmp_path / file))
    assert ended.return_value == 2
    assert LIMITS[name].message in ended.output


@pytest.mark.parametrize(
    "written", ["stps=3", "steps=0", "steps=x", "steps", "steps=1e3", f"nesting={LIMITS['nesting'].highest + 1}"]
)
def test_a_limit_that_is_none_is_refused(written: str, tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(FORWARD)
    ended = command("check", "--limit", written, str(tmp_path / "note.md"))
    assert ended.exception is not None
    assert "--limit" in str(ended.exception)


def test_a_project_sets_limits_and_the_command_line_stands_above_it(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(FORWARD + f"$${RIGHT}$$\n")
    (tmp_path / "pyproject.toml").write_text("[tool.bnverify.limits]\nsteps = 2\n")
    assert command("check", "note.md", cwd=tmp_path).return_value == 3
    assert command("check", "--limit", "steps=50", "note.md", cwd=tmp_path).return_value == 0
    assert command("check", "--isolated", "note.md", cwd=tmp_path).return_value == 0


@pytest.mark.parametrize("written", ["stps = 2", "steps = '2'", "file = 7"])
def test_a_limit_of_a_project_that_is_none_is_an_error(written: str, tmp_path: Path) -> None:
    folder = tmp_path / written.split()[0] / written.split()[-1].strip("'")
    folder.mkdir(parents=True)
    (folder / "note.md").write_text(FORWARD)
    (folder / "pyproject.toml").write_text(f"[tool.bnverify.limits]\n{written}\n")
    ended = command("check", "note.md", cwd=folder)
    assert ended.return_value == 2
    assert "limit" in ended.output


def test_limits_hold_where_they_are_set_and_nowhere_else() -> None:
    with limited({"steps": 7}):
        with limited({"digits": 3}):
            assert (most("steps"), most("digits")) == (7, 3)
        assert most("digits") == LIMITS["digits"].most
    with pytest.raises(RuntimeError, match="on the way"), limited({"steps": 7}):
        raise RuntimeError("on the way")
    assert most("steps") == LIMITS["steps"].most


def test_no_limit_may_be_set_above_what_the_program_holds() -> None:
    for name, limit in LIMITS.items():
        assert checked(name, limit.highest) == limit.highest
        with pytest.raises(ValueError, match=name):
            checked(name, limit.highest + 1)
    nested = "(" * LIMITS["nesting"].highest + "x_1" + ")" * LIMITS["nesting"].highest
    record = of_text(
        FORWARD + f"$$\\frac{{\\partial L}}{{\\partial\\beta}} = {nested}$$\n", {"nesting": LIMITS["nesting"].highest}
    )
    assert record.steps[-1].standing is Standing.INTRODUCED


# -- the work of one step


@pytest.mark.parametrize("name", DEAR)
def test_a_step_that_would_take_long_ends_soon_and_is_called_right_by_nobody(name: str) -> None:
    start = time.process_time()
    record = of_text(FORWARD + f"$$\\frac{{\\partial L}}{{\\partial\\gamma}} = {DEAR[name]}$$\n", {})
    assert time.process_time() - start < MOST_SECONDS
    assert record.steps[-1].standing in (Standing.INTRODUCED, Standing.UNDECIDED)


NOTES = ("derivations/000-unbiased-by-hand.md", "derivations/family/softmax-cross-entropy-wrong.md", "derivations/family/layer-norm-wrong.md")  # fmt: skip


@pytest.mark.parametrize("path", NOTES)
def test_with_less_work_a_verdict_is_left_open_and_never_turned(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    whole = of_text(text, {})
    opened = 0
    for granted in (30, 300, 1_000, 4_000):
        cut = of_text(text, {"work": granted})
        for with_all, with_less in zip(whole.steps, cut.steps, strict=True):
            opened += is_open(with_less) and not is_open(with_all)
            if with_all.true is not None and with_less.true is not None:
                assert with_less.true is with_all.true, (granted, with_less.side)
            if is_open(with_all):
                assert is_open(with_less)
    assert opened


def is_open(step: StepRecord) -> bool:
    return step.standing in (None, Standing.UNDECIDED)


def test_a_refuted_step_keeps_its_counterexample_where_its_true_sizes_are_too_dear() -> None:
    text = (
        FORWARD
        + "$$\\frac{\\partial L}{\\partial\\gamma} = "
        + DEAR["sums in one another with powers of differences"]
        + "$$\n"
    )
    step = of_text(text, {"work": 60_000}).steps[-1]
    assert step.standing is Standing.INTRODUCED
    assert step.example is not None
    assert step.example.head != step.example.side


def test_an_allowance_inside_another_never_grants_more() -> None:
    with work.allowance(100):
        with pytest.raises(work.TooMuch), work.allowance(10_000):
            work.spend(101)
        with pytest.raises(Undecidable):
            work.spend(1)
    work.spend(10**9)


def test_what_is_spent_inside_is_gone_outside() -> None:
    with work.allowance(100):
        with work.allowance(60):
            work.spend(60)
        assert work.remaining() == 40


# -- the time of a run


def test_a_run_whose_time_is_over_leaves_the_rest_open_and_says_so(tmp_path: Path) -> None:
    now = time.monotonic()
    text = FORWARD + "".join(f"$${RIGHT}$$\n\n" for _ in range(3))
    with work.time_limit(now - 1):
        record = of_under_way(text)
    assert record.cut_short
    assert {step.standing for step in record.steps} == {Standing.UNDECIDED}
    assert all("time" in step.why for step in record.steps)


def of_under_way(text: str) -> NoteRecord:
    from bnverify.pipeline import check_note
    from bnverify.source import Note

    return check_note(Note("note.md", text), options_from(witness="proof"))


def test_notes_that_are_not_begun_in_time_are_named(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.md").write_text(FORWARD + "".join(f"$${RIGHT}$$\n\n" for _ in range(60)))
    start = time.monotonic()
    ended = command("check", "--timeout", "0.1", "--output-format", "json", str(tmp_path))
    assert time.monotonic() - start < MOST_SECONDS
    found = json.loads(ended.stdout)
    assert ended.return_value == 2
    assert len(found["notes"]) + len(found["errors"]) == 3
    assert all("the time of this run was over" in one["message"] for one in found["errors"])
