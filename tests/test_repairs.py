"""Causes and repairs: at the exact characters, proved, ranked, and never a name by force."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bnverify.codes import CODES, source
from bnverify.diagnostic import Severity
from bnverify.edits import edited
from bnverify.judge.findings import TELLING
from bnverify.record import FALSE, WRONG, NoteRecord, Repair, Standing, StepRecord, Target
from bnverify.report.found import each_slip_once
from tests.conftest import DERIVATIONS, ROOT, judge, share

LAYER = r"""
$$\mu = \frac{1}{n} \sum_j x_j, \quad \sigma^2 = \frac{1}{n} \sum_j (x_j - \mu)^2, \quad \hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$
"""
NOTES = sorted((ROOT / "tests" / "notes").glob("*.md"))
FAMILY = sorted((Path(__file__).parent / "notes" / "family").glob("*.md"))


def wrong_steps(text: str, variance: str = "declared") -> list[StepRecord]:
    return [step for step in judge(LAYER + text, variance).steps if step.standing in WRONG]


def only(text: str) -> StepRecord:
    (step,) = wrong_steps(text)
    return step


def cut(text: str, step: StepRecord) -> str:
    """The characters that the finding of a step speaks of."""
    assert step.finding is not None
    return (LAYER + text)[step.finding.span.start : step.finding.span.end]


# -- codes, pages, notes


def test_codes_and_causes_are_the_same_in_the_same_order() -> None:
    errors = [code.name for code in CODES if code.severity is Severity.ERROR]
    assert errors == [cause.code for cause in TELLING]


def test_every_code_is_expected_in_a_note_and_has_a_page() -> None:
    expected = {
        code.strip()
        for path in (*NOTES, *FAMILY, *DERIVATIONS)
        for found in re.findall(r"expect(?:\[\w+\])?: ([a-z, -]+?) *-->", path.read_text(encoding="utf-8"))
        for code in found.split(",")
    }
    names = {code.name for code in CODES}
    assert expected <= names
    assert names - expected == {"overridden"}  # only where a variance is forced
    assert all(source(code) for code in CODES)


# -- every repair


def records() -> list[tuple[Path, str]]:
    return [(path, path.read_text(encoding="utf-8")) for path in (*NOTES, *DERIVATIONS)]


def repaired_step(record: NoteRecord, step: StepRecord, repair: Repair) -> StepRecord:
    """The same step after the edits of one repair have been made in the text."""
    after = judge(edited(record.note.text, repair.edits))
    place = [one.relation for one in record.steps].index(step.relation)
    assert len(after.steps) == len(record.steps)
    return after.steps[place]


def misfits(text: str) -> int:
    """How many brackets LaTeX would refuse or a reader stumble over: `\\left(` without `\\right)`, or with `\\bigr)`."""
    found = 0
    for paragraph in text.split("\n\n"):
        waiting = []
        for size, bracket in BRACKETS.findall(paragraph):
            if bracket in "([":
                waiting.append(PARTNERS[size])
            else:
                found += not waiting or waiting.pop() != size
        found += len(waiting)
    return found


BRACKETS = re.compile(r"(\\left|\\right|\\bigl|\\bigr|\\Bigl|\\Bigr|\\big|\\Big|)\s*([()\[\]])")
PARTNERS = {"": "", "\\left": "\\right", "\\bigl": "\\bigr", "\\Bigl": "\\Bigr", "\\big": "\\big", "\\Big": "\\Big"}


@pytest.mark.parametrize(("path", "text"), records(), ids=lambda one: one.stem if isinstance(one, Path) else "")
def test_the_first_repair_of_a_step_makes_it_right(path: Path, text: str) -> None:
    """Of a few of the steps that have one: each repair judges a whole note."""
    record = judge(text)
    wrong = [step for step in record.steps if step.standing in FALSE]
    mended = [(step, one) for step in wrong for one in step.repairs if one.target is Target.TRUTH]
    for one in (one for step in record.steps for one in step.repairs):
        assert misfits(edited(text, one.edits)) <= misfits(text), (path.name, one.latex)
    first = {step.relation: (step, one) for step, one in reversed(mended)}
    for _, (step, best) in share(30, sorted(first.items())):
        after = repaired_step(record, step, best)
        assert after.standing in (Standing.HOLDS, Standing.COMPENSATED), (path.name, step.side, best.latex)


@pytest.mark.parametrize(("path", "text"), records(), ids=lambda one: one.stem if isinstance(one, Path) else "")
def test_a_step_repair_makes_a_new_error_follow_from_the_side_before(path: Path, text: str) -> None:
    record = judge(text)
    found = [(step, one) for step in record.steps for one in step.repairs if one.target is Target.STEP]
    assert all(step.standing is Standing.WRONG_AGAIN for step, _ in found)
    first = {step.relation: (step, one) for step, one in reversed(found)}
    for _, (step, best) in share(15, sorted(first.items())):
        assert repaired_step(record, step, best).follows, (path.name, step.side, best.latex)


# -- places


@pytest.mark.parametrize(
    ("formula", "code", "marked", "repaired"),
    [
        (r"\frac{\partial L}{\partial \gamma} = \sum_j \frac{\partial L}{\partial y_j} x_j", "lost-hat", "x", r"\sum_j \frac{\partial L}{\partial y_j} \hat{x}_j"),
        (r"\frac{\partial L}{\partial \mu} = -\frac{1}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial y_j}", "wrong-upstream", "y", r"-\frac{1}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial \hat{x}_j}"),
        (r"\frac{\partial \sigma^2}{\partial x_i} = 2 (x_i - \mu)", "wrong-count", "2", r"\frac{2}{n} (x_i - \mu)"),
        (r"\frac{\partial \hat{x}_i}{\partial \sigma^2} = -\frac12 (x_i-\mu) (\sigma^2+\epsilon)^{-1/2}", "wrong-exponent", "1", r"-\frac12 (x_i-\mu) (\sigma^2+\epsilon)^{-3/2}"),
        (r"\frac{\partial \mu}{\partial x_i} = \frac{l}{n}", "misread-symbol", "l", r"\frac{1}{n}"),
        (r"\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (x_i + \mu)", "sign-flip", "+", r"\frac{2}{n} (x_i - \mu)"),
    ],
)  # fmt: skip
def test_the_finding_marks_the_characters_that_change(formula: str, code: str, marked: str, repaired: str) -> None:
    text = f"$${formula}$$"
    step = only(text)
    assert step.finding is not None
    assert (step.finding.code, cut(text, step), step.repairs[0].latex) == (code, marked, repaired)


def test_a_repair_keeps_what_does_not_change_as_it_is_written() -> None:
    text = (
        "$$\\begin{aligned}\\frac{\\partial L}{\\partial x_i} &= \\tfrac{\\gamma}{n} \\bigl(\\sigma^2+\\epsilon\\bigr)^{-1/2} \\Bigl( n \\frac{\\partial L}{\\partial y_i} % mine\n"
        "\\\\ &\\qquad - \\sum_j \\frac{\\partial L}{\\partial y_j} + \\hat x_i \\sum_j \\frac{\\partial L}{\\partial y_j} \\hat x_j \\Bigr)\\end{aligned}$$"
    )
    step = only(text)
    (edit,) = step.repairs[0].edits
    assert ((LAYER + text)[edit.span.start : edit.span.end], edit.replacement) == ("+", "-")


@pytest.mark.parametrize(
    ("formula", "repaired"),
    [
        (
            r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\frac{\partial L}{\partial y_i}-\frac1n \frac{\partial L}{\partial \beta}+\frac{\partial L}{\partial \gamma}\hat{x}_i\right)",
            r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\left(\frac{\partial L}{\partial y_i}-\frac1n \left(\frac{\partial L}{\partial \beta}+\frac{\partial L}{\partial \gamma}\hat{x}_i\right)\right)",
        ),
        (
            r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Bigl(\nabla_{y_i} L-\frac1n(\nabla_\beta L)+(\nabla_\gamma L)\hat{x}_i\Bigr)",
            r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2+\epsilon}}\Bigl(\nabla_{y_i} L-\frac1n((\nabla_\beta L)+(\nabla_\gamma L)\hat{x}_i)\Bigr)",
        ),
    ],
)  # fmt: skip
def test_brackets_that_are_put_in_have_one_size_and_close_before_those_around_them(formula: str, repaired: str) -> None:
    step = only(f"$${formula}$$")
    assert edited(LAYER + f"$${formula}$$", step.repairs[0].edits) == LAYER + f"$${repaired}$$"


# -- what belongs together


def test_two_slips_in_one_step_are_both_named_the_more_telling_first() -> None:
    step = only(r"$$\frac{\partial L}{\partial \gamma} = -\sum_j \frac{\partial L}{\partial y_j} x_j$$")
    assert step.finding is not None
    assert (step.finding.code, step.finding.also) == ("lost-hat", ("sign-flip",))
    assert step.repairs[0].latex == r"\sum_j \frac{\partial L}{\partial y_j} \hat{x}_j"


def test_a_second_error_has_a_repair_of_its_own_and_one_for_the_whole_line() -> None:
    text = r"$$\frac{\partial \hat{x}_i}{\partial \mu} = \frac{1}{\sqrt{\sigma^2+\epsilon}} = \frac{1}{\sigma^2+\epsilon}$$"
    first, second = wrong_steps(text)
    assert first.finding is not None
    assert first.finding.code == "sign-flip"
    assert second.finding is not None
    assert (second.standing, second.finding.code) == (Standing.WRONG_AGAIN, "wrong-exponent")
    assert next(one.target for one in second.repairs) is Target.STEP
    truth = next(one for one in second.repairs if one.target is Target.TRUTH)
    assert truth.codes == ("sign-flip", "wrong-exponent")


def test_a_repair_lists_the_steps_that_follow_and_their_edits() -> None:
    text = r"""$$\frac{\partial L}{\partial \mu} = \frac{1}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial \hat{x}_j}$$

$$= \frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial y_j}$$"""
    record = judge(LAYER + text)
    first, second = record.steps[-2:]
    best = first.repairs[0]
    assert best.mends == (first.relation, second.relation)
    after = judge(edited(record.note.text, best.edits))
    assert [one.standing for one in after.steps[-2:]] == [Standing.HOLDS, Standing.HOLDS]


def test_a_new_head_mends_the_whole_chain_with_one_edit() -> None:
    text = r"$$\frac{\partial L}{\partial x_i} = \gamma \frac{\partial L}{\partial y_i} = \frac{\partial L}{\partial y_i} \gamma$$"
    step = only(text)
    best = step.repairs[0]
    assert best.codes == ("lost-hat",)
    assert len(best.edits) == 1
    assert len(best.mends) == 2


def test_the_same_slip_in_many_places_is_reported_once_with_its_lines() -> None:
    text = r"""$$\frac{\partial L}{\partial \gamma} = \sum_j \frac{\partial L}{\partial y_j} x_j$$

$$\sum_j \frac{\partial L}{\partial y_j} \hat{x}_j = \sum_j \frac{\partial L}{\partial y_j} x_j$$"""
    record = judge(LAYER + text)
    (told,) = each_slip_once(record, record.diagnostics)
    assert told.code == "lost-hat"
    assert any("the same slip again: line 5" in fact for fact in told.notes)
    assert any(one.target is Target.NOTE for step in record.steps for one in step.repairs)


def test_a_healed_error_names_the_line_that_it_undoes() -> None:
    text = r"""$$\frac{\partial L}{\partial \mu} = \frac{1}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial \hat{x}_j}$$

$$= -\frac{\gamma}{\sqrt{\sigma^2+\epsilon}} \sum_j \frac{\partial L}{\partial y_j}$$"""
    healed = judge(LAYER + text).diagnostics[-1]
    assert healed.code == "compensated"
    assert "it undoes the error of line 3" in healed.notes


def test_another_variance_is_one_repair_for_the_note() -> None:
    text = r"""$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$"""
    step = only(text)
    whole = next(one for one in step.repairs if one.target is Target.NOTE)
    after = judge(edited(LAYER + text, whole.edits))
    assert after.choice("variance") == "unbiased"
    assert {one.standing for one in after.steps} == {Standing.HOLDS}


# -- never by force


@pytest.mark.parametrize(
    "formula",
    [
        r"\frac{\partial \hat{x}_i}{\partial \sigma^2} = \frac{1 - \mu^3}{x_i + 17}",
        r"\frac{\partial L}{\partial \mu} = \sum_j \frac{\partial L}{\partial y_j} (x_j^3 - \hat{x}_j) + 5",
    ],
)
def test_what_no_small_edit_mends_is_a_wrong_step_with_its_example(formula: str) -> None:
    step = only(f"$${formula}$$")
    assert step.finding is not None
    assert step.finding.code == "wrong-step"
    assert not step.repairs
    assert step.example is not None


def test_a_letter_without_a_meaning_is_never_repaired_by_leaving_it_out() -> None:
    step = only(r"$$\frac{\partial \sigma^2}{\partial x_i} = \phi \frac{2}{n} (x_i - \mu)$$")
    assert step.finding is not None
    assert step.finding.code == "undefined-symbol"
    assert not step.repairs


def test_of_two_equally_small_repairs_neither_is_to_be_applied() -> None:
    step = only(
        r"$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{n \sqrt{\sigma^2+\epsilon}} \left( n \frac{\partial L}{\partial \hat{x}_i}"
        r" - \sum_j \frac{\partial L}{\partial \hat{x}_j} - \hat{x}_i \sum_j \frac{\partial L}{\partial \hat{x}_j} \hat{x}_j \right)$$"
    )
    codes = {one.codes for one in step.repairs if not one.unique}
    assert codes >= {("wrong-upstream",), ("extra-factor",)}
    assert not any(one.unique for one in step.repairs)


def test_zero_is_not_repaired_by_what_happens_to_be_zero() -> None:
    """The derivative is zero because the deviations add up to zero: not every zero is what was meant."""
    step = only(r"$$\frac{\partial \sigma^2}{\partial \mu} = -\frac{2}{n} (x_i - \mu)$$")
    assert step.finding is not None
    assert step.finding.code == "dropped-sum"
    assert all(r"\sum_{i=1}^{n}" in one.latex for one in step.repairs)


def test_a_derivative_is_not_mended_by_taking_it_of_nothing() -> None:
    line = (
        r"$$\frac{\partial L}{\partial x_j} = \frac{\partial L}{\partial\hat{x}_j}\frac{d\hat{x}_j}{dx_j}"
        r"+\sum_i\frac{\partial L}{\partial\hat{x}_i}\frac{d\hat{x}_i}{dx_j}$$"
    )
    finding = judge(line).steps[0].finding
    assert finding is not None
    assert finding.code == "extra-term"


def test_epsilon_beside_a_deviation_belongs_under_the_root() -> None:
    layer = (
        r"$\mu = \frac{1}{N}\sum_i x_i$, $\sigma^2 = \frac{1}{N}\sum_i (x_i-\mu)^2$, "
        r"$\hat{x}_i = \frac{x_i-\mu}{\sqrt{\sigma^2+\epsilon}}$."
    )
    finding = judge(layer + r"$$\hat{x}_i = \frac{x_i-\mu}{\sigma+\epsilon}$$").steps[-1].finding
    assert finding is not None
    assert finding.code == "eps-placement"


# -- what people lose, in ways of writing that were once missed: the code, and what the first repair leaves

ROOT_OF = r"$s=\sqrt{\sigma^2+\epsilon}$, $g_i=\frac{\partial L}{\partial y_i}$."
OUTSIDE = (
    r"$\mu=\frac1n\sum_i x_i$, $v=\frac1n\sum_i (x_i-\mu)^2$, $\hat{x}_i=\frac{x_i-\mu}{\sqrt{v}+\epsilon}$, $y_i=\gamma\hat{x}_i+\beta$."
    "\n\n"
)
UNBIASED = (
    r"$\mu=\frac1n\sum_i x_i$, $v=\frac{1}{n-1}\sum_i(x_i-\mu)^2$, $\hat{x}_i=\frac{x_i-\mu}{\sqrt{v}}$, $y_i=\gamma\hat{x}_i+\beta$."
    "\n\n"
)
BY_HAT = r"\frac{\partial L}{\partial\hat{x}_i}"
FOUND = {
    "a command before the letter that is exchanged": (
        LAYER, rf"\frac{{\partial L}}{{\partial\gamma}}=\sum_i{BY_HAT}\hat{{x}}_i", "wrong-upstream",
        r"\sum_i\frac{\partial L}{\partial y_i}\hat{x}_i",
    ),
    "a count inside a bracket behind a minus": (
        LAYER + ROOT_OF, r"\frac{\partial L}{\partial x_i}=-\frac{\gamma}{ns}\left(\sum_j g_j+\hat{x}_i\sum_j g_j\hat{x}_j-g_i\right)",
        "wrong-count", r"-\frac{\gamma}{ns}\left(\sum_j g_j+\hat{x}_i\sum_j g_j\hat{x}_j-n g_i\right)",
    ),
    "epsilon beside the root": (
        OUTSIDE, r"\frac{\partial L}{\partial \mu}=-\frac{\gamma}{\sqrt{v}}\sum_i\frac{\partial L}{\partial y_i}", "eps-placement",
        r"-\frac{\gamma}{\sqrt{v} + \epsilon}\sum_i\frac{\partial L}{\partial y_i}",
    ),
    "the slope of a root beside epsilon": (
        OUTSIDE, r"\frac{\partial \hat{x}_i}{\partial v}=-\frac{x_i-\mu}{2(\sqrt{v}+\epsilon)^2}", "missing-factor",
        r"-\frac{x_i-\mu}{2 \sqrt{v}(\sqrt{v}+\epsilon)^2}",
    ),
    "a power of an unbiased variance": (
        UNBIASED, r"\frac{\partial L}{\partial v}=-\frac12 v^{-1/2}\sum_i\gamma\frac{\partial L}{\partial y_i}(x_i-\mu)", "wrong-exponent",
        r"-\frac12 v^{-3/2}\sum_i\gamma\frac{\partial L}{\partial y_i}(x_i-\mu)",
    ),
    "a path beside one that is worked out": (
        LAYER + ROOT_OF, rf"\frac{{\partial L}}{{\partial x_i}}={BY_HAT}\frac{{1}}{{s}}+\frac{{\partial L}}{{\partial\sigma^2}}\frac{{2(x_i-\mu)}}{{n}}",
        "missing-path",
        rf"{BY_HAT}\frac{{1}}{{s}}+\frac{{\partial L}}{{\partial\sigma^2}}\frac{{2(x_i-\mu)}}{{n}} + \frac{{\partial L}}{{\partial \mu}} \frac{{\partial \mu}}{{\partial x_i}}",
    ),
    "a factor that stands there once too often": (
        LAYER + r"$a=\frac{1}{\sqrt{\sigma^2+\epsilon}}$, $g_i=\frac{\partial L}{\partial y_i}$.",
        r"\frac{\partial L}{\partial x_k}=\gamma a\left(g_k-\frac1n\sum_j g_j-\frac{a}{n}\hat x_k\sum_j g_j\hat x_j\right)", "extra-factor",
        r"\gamma a\left(g_k-\frac1n\sum_j g_j-\frac{1}{n}\hat x_k\sum_j g_j\hat x_j\right)",
    ),
    "an index of the head that a sum binds": (
        LAYER, rf"\frac{{\partial L}}{{\partial x_j}}=\sum_{{j=1}}^n{BY_HAT}\frac{{\partial\hat x_i}}{{\partial x_j}}", "bound-index",
        rf"\sum_{{i=1}}^{{n}} {BY_HAT}\frac{{\partial\hat x_i}}{{\partial x_j}}",
    ),
    "brackets that make a zero": (
        LAYER + ROOT_OF, rf"\frac{{\partial L}}{{\partial\mu}}=-\frac1s\sum_{{i=1}}^n{BY_HAT}+\frac{{\partial L}}{{\partial\sigma^2}}\frac{{\sum_{{i=1}}^n -2x_i-\mu}}{{n}}",
        "missing-parentheses",
        rf"-\frac1s\sum_{{i=1}}^n{BY_HAT}+\frac{{\partial L}}{{\partial\sigma^2}}\frac{{\sum_{{i=1}}^n -2 (x_i - \mu)}}{{n}}",
    ),
    "a digit for a letter": (
        r"$s_i = \frac{e^{z_i}}{\sum_k e^{z_k}}$ ", r"\frac{\partial s_i}{\partial z_j} = s_i(\delta_{ij} - 5_j)", "misread-symbol",
        r"s_i(\delta_{ij} - s_j)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("forward", "line", "code", "repaired"), FOUND.values(), ids=FOUND)
def test_what_was_lost_is_named_and_put_back(forward: str, line: str, code: str, repaired: str) -> None:
    (step,) = [one for one in judge(f"{forward}\n\n$${line}$$\n").steps if one.standing in WRONG]
    assert step.finding is not None
    assert step.finding.code == code
    first = next(one for one in step.repairs if one.target is Target.TRUTH)
    assert first.proved
    assert re.sub(r"\s+", " ", first.latex) == repaired


def test_true_in_one_case_alone_beside_a_delta() -> None:
    step = only(
        r"$$\frac{\partial\hat x_i}{\partial x_j}=\frac{1}{n\sqrt{\sigma^2+\epsilon}}\left(n\delta_{ij}-1-\hat x_j^2\right)$$"
    )
    assert step.finding is not None
    assert step.finding.code == "case-condition"


def test_a_written_out_deviation_may_be_that_of_the_other_variance() -> None:
    forward = r"$\mu=\frac1n\sum_{k} x_k$, $\sigma=\sqrt{\frac{1}{n-1}\sum_{k}(x_k-\mu)^2}$, $\hat{x}_i=\frac{x_i-\mu}{\sigma}$, $y_i=\gamma\hat x_i+\beta$."
    line = r"$$\frac{\partial L}{\partial x_j}=\frac{\gamma}{\sigma}\left(\frac{\partial L}{\partial y_j}-\frac1n\sum_i\frac{\partial L}{\partial y_i}-\frac{\hat{x}_j}{n}\sum_i\frac{\partial L}{\partial y_i}\hat{x}_i\right)$$"
    (step,) = [one for one in judge(forward + line).steps if one.standing in WRONG]
    assert step.finding is not None
    assert step.finding.code == "mixed-variance"
