"""`bnverify variants`: the convention under which a note is right, its signs, and the formulas under each."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bnverify.cli.main import main
from bnverify.judge.asked import Options
from bnverify.model.conventions import PARTS, USUAL, VARIED, Convention, every_convention
from bnverify.source import Note
from bnverify.variation.answer import Answer, answer_of
from bnverify.variation.matrix import Held, Matrix, matrix_of
from bnverify.variation.words import sentence
from tests.conftest import share
from tests.test_convention_notes import KEY

NOTES = Path(__file__).parent / "notes" / "conventions"
DERIVATIONS = Path(__file__).parent.parent / "derivations"
LAYER = r"""
$$\mu = \frac{1}{n} \sum_j x_j, \quad \sigma^2 = \frac{1}{n} \sum_j (x_j - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$

"""
"""Eight lines, of which the first formula is on line 2."""
FINAL = (
    r"\frac{\partial L}{\partial x_i} = \frac{\gamma}{n \sqrt{\sigma^2 + \epsilon}} \left( n \frac{\partial L}{\partial y_i}"
    r" - \sum_j \frac{\partial L}{\partial y_j} - \hat{x}_i \sum_j \frac{\partial L}{\partial y_j} \hat{x}_j \right)"
)


def matrix(text: str, steps: bool = False, name: str = "note.md", **forced: str) -> Matrix:
    return matrix_of(Note(name, text), Options(("proof",), forced), steps)


def answer(text: str, **forced: str) -> tuple[Matrix, Answer]:
    found = matrix(text, **forced)
    said = answer_of(found)
    assert said is not None
    return found, said


def said(text: str, **forced: str) -> str:
    found = matrix(text, **forced)
    return sentence(found, answer_of(found))


def run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(main, ["variants", "--isolated", *arguments], input=text, standalone_mode=False)


# -- which convention


@pytest.mark.parametrize("name", sorted(KEY))
def test_each_note_holds_under_the_one_convention_of_its_key(name: str) -> None:
    found, said = answer((NOTES / f"{name}.md").read_text(encoding="utf-8"))
    everywhere = [one for one in found.conventions if all(row.holds(one) for row in found.finals)]
    assert [tuple(one.choices[part].value for part in VARIED) for one in everywhere] == [KEY[name]]
    assert said.best == everywhere[0]
    assert set(said.matters) == set(VARIED)


def test_all_conventions_are_tried() -> None:
    found = matrix(LAYER + f"$${FINAL}$$")
    sizes = [len(PARTS[part]) for part in VARIED]
    assert len(found.conventions) == len(set(found.conventions)) == sizes[0] * sizes[1] * sizes[2] * sizes[3] == 24
    assert all(set(row.cells) == set(found.conventions) for row in found.finals)


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (
            "000-unbiased-by-hand.md",
            "right under the unbiased variance if dL/dx-hat is read as dL/dy from line 94 on",
        ),
        ("004-one-shot-jacobian.md", "right under the biased variance"),
        ("right-biased.md", "right under the biased variance"),
        ("right-unbiased.md", "right under the unbiased variance"),
        ("002-computational-graph.md", "right under every convention"),
    ],
)
def test_the_sentence_of_a_derivation(note: str, words: str) -> None:
    assert said((DERIVATIONS / note).read_text(encoding="utf-8")).startswith(words)


def test_a_note_that_mixes_two_variances_is_told_the_lines() -> None:
    words = said((DERIVATIONS / "003-two-variances.md").read_text(encoding="utf-8"))
    assert words.startswith("right under no single convention: line 22 uses 1/n, lines 80 to 152 use 1/(n-1)")
    assert "the final formulas are right under the unbiased variance, but for line 56" in words


def test_what_is_wrong_everywhere_is_repaired() -> None:
    found, told = answer((DERIVATIONS / "001-with-a-quotient-rule-attempt.md").read_text(encoding="utf-8"))
    lines = [found.note.line(row.place) for row in told.never]
    assert lines == [116, 122, 272, 278]
    assert [found.note.line(one.row.place) for one in told.mended] == lines
    assert told.mended[0].mend.latex == r"\sum_{i=1}^M \frac{\partial f}{\partial y_i} \circ \hat{x}_i"
    assert all(one.convention == found.base for one in told.mended)


def test_formulas_that_need_different_conventions() -> None:
    unbiased = FINAL.replace(r"\hat{x}_i \sum", r"\frac{n}{n-1} \hat{x}_i \sum")
    text = f"$${FINAL}$$\n\nand again\n\n$${unbiased}$$\n\n$${unbiased}$$"
    found, told = answer(text)
    assert [found.note.line(row.place) for row in told.right] == [5, 7]
    assert [(found.note.line(row.place), one.variance.value) for row, one in told.elsewhere] == [(1, "biased")]
    assert said(text).startswith("right under no single convention: line 1 uses 1/n, lines 5 to 7 use 1/(n-1)")


def test_epsilon_outside_the_root_alone() -> None:
    text = r"$$\frac{\partial L}{\partial \mu} = -\frac{\gamma}{\sqrt{v} + \epsilon} \sum_j \frac{\partial L}{\partial y_j}$$"
    final = (
        r"$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{n (\sqrt{v} + \epsilon)} \left( n \frac{\partial L}{\partial y_i}"
        r" - \sum_j \frac{\partial L}{\partial y_j} - \frac{x_i - \mu}{\sqrt{v}} \sum_j \frac{\partial L}{\partial y_j}"
        r" \frac{x_j - \mu}{\sqrt{v} + \epsilon} \right)$$"
    )
    assert said(f"{text}\n\n{final}") == "right under the biased variance with epsilon outside the root"


def test_nothing_to_compare_is_said() -> None:
    assert said(LAYER) == "there is no final formula in it: no dL/dx, dL/dgamma or dL/dbeta that is worked out"


def test_a_formula_that_cannot_be_read_is_told_and_not_passed_over() -> None:
    text = LAYER + r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" + "\n\n"
    unread = r"$$\frac{\partial L}{\partial x_i} = \left| \frac{\partial L}{\partial y_i} \right|$$"
    assert said(text) == "right under every convention"
    assert said(text + unread).endswith("line 8 is undecided: absolute values are not worked out")
    assert run("-", text=text).return_value == 0
    assert run("-", text=text + unread).return_value == 3
    other = r"$$\frac{\partial v}{\partial x_i} = \left| x_i \right|$$"
    assert said(text + other).endswith("line 8 could not be read or decided, and may say otherwise")
    assert run("-", text=text + other).return_value == 3


def test_the_three_paths_are_a_final_formula() -> None:
    paths = (
        r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_i} \frac{1}{\sqrt{\sigma^2 + \epsilon}}"
        r" + \frac{\partial L}{\partial \sigma^2} \frac{2 (x_i - \mu)}{n} + \frac{1}{n} \frac{\partial L}{\partial \mu}$$"
    )
    assert said(LAYER + paths) == "right under the biased variance, as line 2 declares"
    assert said(LAYER + paths, variance="unbiased").startswith("right under no convention that was tried")


def test_a_letter_without_a_meaning_is_named() -> None:
    text = LAYER + r"$$\frac{\partial L}{\partial \beta} = \sum_i q_i$$"
    assert said(text).endswith("line 6 has q, which the note never defines")


def test_front_matter_that_is_wrong_is_told() -> None:
    text = "---\nbnverify:\n  variance: biasd\n---\n" + LAYER + f"$${FINAL}$$"
    shown = run("-", text=text)
    assert shown.return_value == 1
    assert "front matter: `variance: biasd` is not known; did you mean `biased`?" in shown.output


def test_what_a_note_says_of_its_hat_contradicts_the_other_meaning() -> None:
    doubled = FINAL.replace(r"\partial y_", r"\partial \hat{x}_")
    plain = LAYER + f"$${doubled}$$"
    own = (
        LAYER
        + r"$$\frac{\partial L}{\partial \hat{x}_i} = \gamma \frac{\partial L}{\partial y_i}$$"
        + f"\n\n$${doubled}$$"
    )
    assert said(plain) == "right under the biased variance if dL/dx-hat is read as dL/dy from line 6 on"
    assert run("-", text=plain).return_value == 0
    assert said(own) == "right under the biased variance if dL/dx-hat is read as dL/dy from line 8 on"
    assert run("-", text=own).return_value == 1


def test_no_sentence_has_a_gap() -> None:
    for name in share(3, sorted(KEY)):
        assert "  " not in said((NOTES / f"{name}.md").read_text(encoding="utf-8"))


def test_a_sign_that_is_wrong_in_one_term_is_told_as_such() -> None:
    wrong = FINAL.replace(
        r" - \sum_j \frac{\partial L}{\partial y_j} -", r" + \sum_j \frac{\partial L}{\partial y_j} -"
    )
    assert signs(LAYER + f"$${wrong}$$") == [("dL/dx", 6, "flipped-part", False)]


def test_a_hidden_sign_with_another_factor_is_told() -> None:
    text = LAYER + r"$$\frac{\partial \sigma^2}{\partial \mu} = \frac{3}{n} \sum_i (x_i - \mu)$$"
    assert signs(text) == [("dv/dmu", 6, "flipped-hidden", False)]


# -- cells


def test_refuted_cells_have_the_difference_and_proved_ones_have_none() -> None:
    row = matrix(LAYER + f"$${FINAL}$$").finals[0]
    for convention, cell in row.cells.items():
        right = (convention.variance.value, convention.epsilon.value, convention.residual.value) == (
            "biased",
            "inside",
            "x-mu",
        )
        assert (cell.held is Held.PROVED) is right
        assert (cell.gap is None) is right
        assert right or (cell.gap is not None and cell.gap > 1e-4)


def test_one_sample_is_undefined_where_the_variance_divides_by_none() -> None:
    row = matrix("$$N = 1$$\n\n" + LAYER + f"$${FINAL}$$").finals[0]
    for convention, cell in row.cells.items():
        undefined = convention.variance.value == "unbiased" or convention.epsilon.value == "none"
        assert (cell.held is Held.UNDEFINED) is undefined
        assert cell.why or not undefined


def test_a_formula_that_divides_by_zero_is_undefined() -> None:
    text = (
        r"$$\frac{\partial L}{\partial \beta} = \frac{1}{\sum_j (x_j - \mu)} \sum_i \frac{\partial L}{\partial y_i}$$"
    )
    cell = matrix(LAYER + text).finals[0].cells[USUAL]
    assert (cell.held, cell.why) == (Held.UNDEFINED, "a division by zero")


def test_what_is_forced_is_not_varied() -> None:
    found = matrix(LAYER + f"$${FINAL}$$", variance="unbiased")
    assert {one.variance.value for one in found.conventions} == {"unbiased"}
    assert found.base == Convention(PARTS["variance"].named("unbiased"))  # type: ignore[arg-type]


def test_with_steps_every_step_has_its_row() -> None:
    text = (DERIVATIONS / "right-biased.md").read_text(encoding="utf-8")
    found = matrix(text, steps=True)
    assert len(found.rows) == 30
    assert all(row.cells[found.base].held is Held.PROVED for row in found.rows)


# -- signs

SIGNS = r"""
$$\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{n} \sum_i (\mu - x_i)$$

$$\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{n} \sum_i (x_i - \mu)$$

$$\frac{\partial \sigma^2}{\partial \mu} = -\frac{2}{n} \sum_i (x_i - \mu)$$

$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (\mu - x_i) = \frac{2}{n} (x_i - \mu)$$

$$\frac{\partial L}{\partial \sigma^2} = \frac{1}{2} \sum_i \frac{\partial L}{\partial \hat{x}_i} (x_i - \mu) (\sigma^2 + \epsilon)^{-3/2}$$

$$\frac{\partial \hat{x}_i}{\partial \mu} = \frac{1}{n \sqrt{\sigma^2 + \epsilon}}$$

"""


def signs(text: str) -> list[tuple[str, int, str, bool]]:
    found = json.loads(run("--signs", "--output-format", "json", "-", text=text).output)
    return [
        (one["derivative"], step["line"], step["sign"], step["wrong_otherwise"])
        for one in found["notes"][0]["signs"]
        for step in one["steps"]
    ]


def test_the_signs_of_each_derivative() -> None:
    assert signs(LAYER + SIGNS + f"$${FINAL}$$") == [
        ("dxhat/dmu", 17, "flipped", True),
        ("dv/dmu", 7, "same-written-mu-x", False),
        ("dv/dmu", 9, "flipped-hidden", False),
        ("dv/dmu", 11, "same", False),
        ("dv/dx", 13, "flipped", False),
        ("dv/dx", 13, "same", False),
        ("dL/dv", 15, "flipped", False),
        ("dL/dx", 19, "same", False),
    ]


def test_a_sign_that_is_lost_and_found_again_is_told() -> None:
    shown = run("--signs", "-", text=LAYER + SIGNS + f"$${FINAL}$$").output
    words = " ".join(shown.split())
    assert "the sign of dsigma^2/dx_i is flipped on line 13, found again on line 13" in words
    assert "the sign of dL/dsigma^2 is flipped on line 15, and right again in dL/dx_i on line 19" in words
    assert "flipped on line 9, where sum(x - mu) = 0 hides it" in words


def test_the_signs_of_a_derivation_by_hand() -> None:
    text = (DERIVATIONS / "000-unbiased-by-hand.md").read_text(encoding="utf-8")
    found = {(name, line): sign for name, line, sign, _ in signs(text)}
    assert found["dv/dmu", 125] == "same-written-mu-x"
    assert found["dv/dmu", 129] == "flipped-hidden"
    assert [found["dL/dv", line] for line in (62, 70, 78)] == ["flipped", "same", "flipped"]


def test_a_sign_in_front_of_a_sum_over_the_sample_itself_is_told() -> None:
    text = (
        LAYER
        + r"$$\frac{\partial \sigma^2}{\partial x_i} = -\frac{2}{n-1} \sum_{i=1}^n (x_i - \mu)$$"
        + f"\n\n$${FINAL}$$"
    )
    assert signs(text) == [("dv/dx", 6, "flipped", True), ("dL/dx", 8, "same", False)]
    words = " ".join(run("--signs", "-", text=text).output.split())
    assert "the sign of dsigma^2/dx_i is flipped on line 6, and right again in dL/dx_i on line 8" in words


# -- formulas


def test_the_formulas_need_no_note_and_are_all_proved() -> None:
    shown = run("--formulas")
    assert shown.return_value == 0
    assert "60 of 60 formulas proved for every n" in shown.output


def test_the_formulas_of_one_convention_in_the_letters_of_a_note() -> None:
    text = LAYER.replace("n}", "m}") + FINAL.replace("n ", "m ")
    shown = run(
        "--formulas", "--variance", "unbiased", "--epsilon", "inside", "--sign-convention", "x-mu",
        "--output-format", "json", "-", text=text,
    )  # fmt: skip
    found = json.loads(shown.output)["notes"][0]["formulas"]
    assert len(found) == 5
    assert r"\frac{m}{m - 1} \hat{x}_i" in found[0]["latex"]
    assert all(one["proved"] for one in found)


# -- the command


def test_the_json_document_tells_everything() -> None:
    text = (DERIVATIONS / "000-unbiased-by-hand.md").read_text(encoding="utf-8")
    shown = run("--output-format", "json", "-", "--stdin-filename", "mine.md", text=text)
    document = json.loads(shown.output)
    note = document["notes"][0]
    assert (document["schema_version"], document["errors"], note["path"]) == (1, [], "mine.md")
    assert note["declared"]["variance"] == {"choice": "unbiased", "place": "line 32"}
    expected = {"variance": "unbiased", "epsilon": "inside", "residual": "x-mu", "upstream": "y"}
    assert (note["right_under"], note["reads_dxhat_as_dy_from"]) == (expected, 94)
    proved = [cell["convention"] for cell in note["formulas"][0]["cells"] if cell["verdict"] == "proved"]
    assert proved == [expected]


def test_markdown_is_a_table_that_a_page_can_show() -> None:
    shown = run("--output-format", "markdown", "-", text=LAYER + f"$${FINAL}$$").output
    lines = shown.splitlines()
    assert lines[0] == "## \\<stdin\\>"
    rows = [line for line in lines if line.startswith("|")]
    assert len({row.count("|") for row in rows}) == 1
    assert rows[1] == "|---|---|"
    assert lines[-1] == "**right under the biased variance, as line 2 declares**"


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (LAYER + f"$${FINAL}$$", 0),
        (LAYER + f"$${FINAL.replace('n ', '2 n ')}$$", 1),
        (LAYER, 3),
    ],
)
def test_the_exit_status(text: str, status: int) -> None:
    assert run("-", text=text).return_value == status


def test_a_wrong_path_is_an_error() -> None:
    shown = run("nowhere.md")
    assert shown.return_value == 2
    assert "there is no such file" in shown.output


def test_no_number_is_nan() -> None:
    for name in share(3, sorted(KEY)):
        shown = run(str(NOTES / f"{name}.md"), "--output-format", "json").output
        assert "NaN" not in shown
        assert "Infinity" not in shown


def test_every_convention_differs_from_every_other() -> None:
    found = list(every_convention(USUAL))
    assert len(set(found)) == len(found)
    assert all(one.count is USUAL.count for one in found)
