"""The proof of one step on paper: every printed formula is read back and worked out again by other means."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest

from bnverify.pipeline import judge_note
from bnverify.proof.page import render
from bnverify.proof.parts import Part, Row
from bnverify.proof.steps import Explained, Line, Proof, explain, proof_of
from bnverify.record import FALSE, RIGHT
from bnverify.report.pieces import text_of, width
from bnverify.run import note_and_line, options_from
from bnverify.source import Note
from tests.conftest import DERIVATIONS, ROOT
from tests.paper import BIASED, LOW, NUMBERED, UNBIASED, Layer, Reader, outside
from tests.test_command_line import bnverify


def checked(proof: Proof, layer: Layer) -> int:
    """How many printed formulas of a right step were read and found equal."""
    reader, count = layer.reader(), 0
    for part in proof.parts:
        if part.title.startswith(("What the letters", "The derivatives", "Facts")):
            count += sum(reader.equation(plain(row)) for row in part.rows if row.forms and readable(row))
        if part.title.startswith(("Numerators", "Both sides worked out")):
            count += sum(numerator(reader, part, row) for row in part.rows if readable(row))
    return count


def readable(row: Row) -> bool:
    """Not a sentence, an operator, or what is given."""
    text = row.name + "".join(row.forms)
    return not any(one in text for one in ("[", "given from above", "where i and j", "{", "together"))


def plain(row: Row) -> Row:
    """A fact without its reason."""
    return Row(row.name, tuple(form.split(", as ")[0] for form in row.forms))


def numerator(reader: Reader, part: Part, row: Row) -> int:
    """A term is its numerator over the denominator of the part, for all samples that the case of the part speaks of."""
    found = re.search(r"denominator (.*?)(?:, for (.*))?$", part.title)
    below, case = (found[1], found[2]) if found else ("1", None)
    letters = sorted(set(re.findall(f"[{LOW}]", row.name + row.forms[0])) - set("₁₂₃₄"))
    for chosen in product(range(reader.n), repeat=len(letters)):
        if case and "≠" in case and len(set(chosen)) < len(chosen):
            continue
        places = {**NUMBERED, **dict(zip(letters, chosen, strict=True))}
        assert reader.read(row.name, places) * reader.read(below, places) == reader.read(row.forms[0], places), row
    return 1


# -- notes

LAYER = r"""$$\mu = \frac{1}{n} \sum_i x_i, \quad \sigma^2 = \frac{1}{n} \sum_i (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$

"""
CLOSED = r"""$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{n \sqrt{\sigma^2 + \epsilon}} \left( n \frac{\partial L}{\partial y_i}
- \sum_{j=1}^n \frac{\partial L}{\partial y_j} - \hat{x}_i \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j \right)$$
"""
PATHS = r"""$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial \hat{x}_i} \frac{\partial \hat{x}_i}{\partial x_i}
+ \frac{\partial L}{\partial \sigma^2} \frac{\partial \sigma^2}{\partial x_i} + \frac{\partial L}{\partial \mu} \frac{\partial \mu}{\partial x_i}$$
"""
JACOBIAN = r"""$$\frac{\partial \hat{x}_i}{\partial x_j} = \begin{cases}
\frac{1}{\sqrt{\sigma^2+\epsilon}} (1 - \frac{1}{n} - \frac{\hat{x}_i^2}{n}) & i = j \\
-\frac{1}{n\sqrt{\sigma^2+\epsilon}} (1 + \hat{x}_i \hat{x}_j) & i \neq j \end{cases}$$
"""
SHIFT = r"""$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$

$$= -\sum_k \frac{\partial L}{\partial y_k}$$
"""


def unbiased(text: str) -> str:
    return text.replace(r"\sigma^2 = \frac{1}{n}", r"\sigma^2 = \frac{1}{n-1}")


def proofs(text: str, line: int, variance: str = "declared") -> tuple[Proof, ...]:
    return explain(Note("note.md", text), line, options_from(variance, "proof")).proofs


def proof(text: str, line: int = 5) -> Proof:
    (one,) = proofs(text, line)
    return one


def page(text: str, line: int = 5) -> str:
    return text_of(render(explain(Note("note.md", text), line, options_from("declared", "proof"))))


# -- right steps


@pytest.mark.parametrize("text", [CLOSED, PATHS], ids=["closed form", "three paths"])
def test_every_formula_of_a_proof_holds_in_numbers(text: str) -> None:
    one = proof(LAYER + text)
    assert one.verdict == "right, for every n"
    assert checked(one, BIASED) >= 25
    assert "the two sides agree for every n at which they are defined" in one.conclusion


def test_the_derivatives_of_a_proof_lead_to_the_gradient_worked_out_by_hand() -> None:
    reader = BIASED.reader()
    parts = {part.title.split(" (")[0]: part for part in proof(LAYER + CLOSED).parts}
    for row in parts["The derivatives"].rows:
        reader.equation(row)
    for i in range(BIASED.n):
        assert reader.known["∂L/∂x#", (i,)] == BIASED.by_x(i)


def test_the_unbiased_variance_is_proved_for_n_from_two() -> None:
    text = unbiased(LAYER) + PATHS
    one = proof(text)
    assert one.verdict == "right, for every n"
    assert "for every n ≥ 2" in one.conclusion
    assert checked(one, UNBIASED) >= 25
    assert "σ² = 1/(n − 1) · Σⱼ (xⱼ − μ)²" in page(text)


def test_epsilon_outside_the_root() -> None:
    text = LAYER.replace(r"\sqrt{\sigma^2 + \epsilon}", r"\sqrt{\sigma^2} + \epsilon") + PATHS
    assert checked(proof(text), outside(BIASED)) >= 25
    assert "common denominator n (√(σ²) + ε)² √(σ²)" in page(text) or "√(σ²) (√(σ²) + ε)²" in page(text)


def test_helper_letters_are_nodes_of_the_graph() -> None:
    text = r"""$$h_i = x_i - \mu, \quad S = \frac{1}{\sqrt{\sigma^2+\epsilon}}, \quad \hat{x}_i = S h_i$$

$$\frac{\partial L}{\partial S} = \sum_i \gamma h_i \frac{\partial L}{\partial y_i}$$
"""
    one = proof(LAYER + text, 7)
    reader = BIASED.reader()
    reader.values |= {"S": 1 / BIASED.s, "h#": [x - BIASED.mu for x in BIASED.x]}
    rows = [row for part in one.parts[1:3] for row in part.rows if readable(row)]
    assert sum(reader.equation(row) for row in rows) >= 8
    by_s = BIASED.gamma * sum(g * (x - BIASED.mu) for g, x in zip(BIASED.g, BIASED.x, strict=True))
    assert reader.known["∂L/∂S", ()] == by_s


def test_cases_are_proved_one_by_one() -> None:
    one = proof(LAYER + JACOBIAN)
    titles = [part.title for part in one.parts]
    assert any(title.endswith("for i = j") for title in titles)
    assert any(title.endswith("for i ≠ j") for title in titles)
    assert checked(one, BIASED) >= 20


def test_a_sum_in_a_sum() -> None:
    text = LAYER + r"$$\sum_i (x_i - \mu) \sum_j (x_j - x_i) = -n^2 \sigma^2$$"
    one = proof(text)
    assert checked(one, BIASED) >= 6
    shown = page(text)
    assert "Σⱼ xⱼ  = n μ, as μ is the mean: Σⱼ (xⱼ − μ) = 0" in shown
    assert "Σⱼ xⱼ² = n σ² + n μ², as σ² is the variance: Σⱼ (xⱼ − μ)² = n σ²" in shown
    assert "without Σⱼ (xⱼ − μ)² = n σ² the two sides would differ" in shown


def test_a_step_that_needs_no_fact_names_none() -> None:
    text = LAYER + r"$$\frac{\partial L}{\partial \gamma} = \sum_i \frac{\partial L}{\partial y_i} \hat{x}_i$$"
    assert "Facts of the forward pass" not in page(text)


def test_a_zero_that_hides_a_slip_is_named() -> None:
    text = LAYER + r"$$\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{n} \sum_i (x_i - \mu)$$"
    assert "only because a sum that is zero hides a wrong factor" in proof(text).conclusion
    assert "without Σⱼ (xⱼ − μ) = 0 the two sides would differ" in page(text)


def test_short_letters_mean_nothing_else() -> None:
    text = (LAYER + CLOSED).replace(r"\gamma", "g").replace(r"\mu", "s")
    shown = page(text)
    assert "Gᵢ = ∂L/∂yᵢ, given from above" in shown
    assert "S  = √(σ² + ε)" in shown


# -- wrong steps


def given(one: Proof) -> dict[str, Fraction | tuple[Fraction, ...]]:
    """The batch as the page prints it."""
    (row,) = one.parts[1].rows
    found = re.findall(r"(\S+) = (\([^)]*\)|[^,(=]+)(?:,|$)", row.name)
    return {name: numbers(text) for name, text in found}


def numbers(text: str) -> Fraction | tuple[Fraction, ...]:
    text = text.replace("−", "-")
    return tuple(map(Fraction, text.strip("()").split(", "))) if text.startswith("(") else Fraction(text)


def batch_of(one: Proof, **more: bool) -> Layer:
    values = given(one)
    x, g = (values.get(name, ()) for name in ("x", "g"))
    assert isinstance(x, tuple)
    assert isinstance(g, tuple)
    variance = Layer(x, g, Fraction(1), Fraction(1), **more).v
    gamma, epsilon = values.get("γ", Fraction(2)), values.get("ε", 100 - variance)
    assert isinstance(gamma, Fraction)
    assert isinstance(epsilon, Fraction)
    return Layer(x, g or (Fraction(1),) * len(x), gamma, epsilon, **more)


def wrong_rows(one: Proof) -> Iterator[Row]:
    for part in one.parts[2:]:
        yield from (row for row in part.rows if row.forms and "[" not in row.name)


def results(one: Proof) -> tuple[Fraction, Fraction]:
    found = re.search(r"the head is (\S+) and this side is ([^:;]+): they differ", one.conclusion)
    assert found
    head, side = (Fraction(text.replace("−", "-")) for text in found.groups())
    return head, side


WRONG_CLOSED = CLOSED.replace(r"- \hat{x}_i \sum", r"+ \hat{x}_i \sum")


@pytest.mark.parametrize("is_unbiased", [False, True])
def test_every_number_of_a_counterexample_is_right(is_unbiased: bool) -> None:
    text = (unbiased(LAYER) if is_unbiased else LAYER) + WRONG_CLOSED
    one = proof(text)
    assert one.verdict == "wrong"
    layer = batch_of(one, unbiased=is_unbiased)
    reader = layer.reader()
    assert sum(reader.equation(row) for row in wrong_rows(one)) >= 40
    i = int(given(one)["i"]) - 1  # type: ignore[arg-type]
    head, side = results(one)
    factor = layer.gamma / (layer.n * layer.s)
    gradients = layer.n * layer.g[i] - sum(layer.g)
    assert head == layer.by_x(i) == reader.known["∂L/∂x#", (i,)]
    assert side == factor * (gradients + layer.xhat[i] * layer.by_gamma())


def test_sums_are_written_out_term_by_term() -> None:
    shown = page(unbiased(LAYER) + SHIFT)
    assert "−Σᵢ gᵢ = −(1 + 2) = −3" in shown
    assert "The head is 3 and this side is −3: they differ" in shown


def test_a_carried_step_names_the_line_that_it_comes_from() -> None:
    one = proof(LAYER + SHIFT, 7)
    assert one.verdict == "wrong: it follows from the error on line 5"
    assert results(one) == (1, -1)


def test_another_variance_than_the_declared_one_is_named() -> None:
    text = LAYER + r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$"
    one = proof(text)
    layer = batch_of(one)
    reader = layer.reader()
    assert sum(reader.equation(row) for row in wrong_rows(one)) >= 5
    deviation = layer.x[0] - layer.mu
    assert results(one) == (2 * deviation / layer.n, 2 * deviation / (layer.n - 1))
    assert "under variance 1/(n-1) the side is right" in one.conclusion


def test_a_wrong_case_is_shown_at_the_samples_for_which_it_speaks() -> None:
    one = proof(LAYER + JACOBIAN.replace(r"(1 + \hat{x}_i \hat{x}_j)", r"(1 - \hat{x}_i \hat{x}_j)"))
    assert given(one)["i"] != given(one)["j"]
    layer = batch_of(one)
    reader = layer.reader()
    assert sum(reader.equation(row) for row in wrong_rows(one)) >= 15
    left, right = layer.xhat[0], layer.xhat[1]
    factor = -1 / (layer.n * layer.s)
    assert results(one) == (factor * (1 + left * right), factor * (1 - left * right))


def test_a_wrong_sum_in_a_sum() -> None:
    one = proof(
        LAYER
        + r"$$\frac{\partial L}{\partial \gamma} = \sum_i \sum_j \frac{\partial L}{\partial y_i} (x_j - \mu)^2 \hat{x}_i$$"
    )
    layer = batch_of(one)
    reader = layer.reader()
    assert sum(reader.equation(row) for row in wrong_rows(one)) >= 10
    assert results(one) == (layer.by_gamma(), layer.by_gamma() * layer.n * layer.v)


def test_a_step_that_is_true_for_some_sizes_only_says_for_which() -> None:
    one = proof(LAYER + r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i} + (n-1)(n-2)$$")
    assert "the two sides agree only for n = 1, 2" in one.conclusion
    assert given(one)["n"] == 3


# -- neither right nor wrong


@pytest.mark.parametrize(
    ("step", "verdict", "why"),
    [
        ("n = 32", "right", "there is nothing to prove"),
        (r"a = \text{see below}", "not judged", "it is in words"),
        ("a = f(x)", "not decided", "the function f is never defined"),
        (r"a = 2(x + b \cdot (-1)", "not judged", "it cannot be read"),
        (r"a_{ij} = \begin{cases} 1 & i = j \\ 2 & i = j \end{cases}", "wrong", "two rows of the cases hold"),
    ],
)
def test_what_is_not_judged_says_why(step: str, verdict: str, why: str) -> None:
    one = proof(f"{LAYER}$${step}$$")
    assert one.verdict == verdict
    assert why in one.conclusion


# -- all steps of the derivation files


@pytest.mark.parametrize(
    "path", [*DERIVATIONS, *sorted((ROOT / "tests" / "notes").glob("*.md"))], ids=lambda path: path.stem
)
def test_every_step_of_a_note_has_its_page(path: Path) -> None:
    judged = judge_note(Note(path.name, path.read_text(encoding="utf-8")), options_from("declared", "proof"))
    for place, step in enumerate(judged.record.steps):
        one = proof_of(judged, place)
        shown = text_of(render(Explained(judged.record, Line(0), (one,))))
        assert all(width(line) <= 100 for line in shown.splitlines()), shown
        assert one.verdict.startswith("right") is (step.standing in RIGHT)
        assert one.verdict.startswith("wrong") is (step.standing in FALSE)
        if step.example is not None:
            assert results(one) == (step.example.head, step.example.side)


# -- the command line


def test_the_line_stands_behind_the_last_colon(tmp_path: Path) -> None:
    odd = tmp_path / "a:12"
    odd.write_text(LAYER)
    assert note_and_line(f"{odd}:3") == (str(odd), 3, None)
    assert note_and_line("missing.md:3") == ("missing.md", 3, None)
    note = tmp_path / "note.md"
    note.write_text(LAYER)
    assert note_and_line(f"{note}:3:14") == (str(note), 3, None)
    for written in (str(odd), str(note), "note.md", ":3", "note.md:", "note.md:x", "note.md:-1"):
        with pytest.raises(ValueError, match="a line is needed"):
            note_and_line(written)


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (CLOSED, 0),
        (WRONG_CLOSED, 1),
        ("$$a = f(x)$$", 3),
        (WRONG_CLOSED + "<!-- expect: sign-flip -->\n", 0),
    ],
)
def test_exit_status_of_one_line(tmp_path: Path, text: str, status: int) -> None:
    path = tmp_path / "note.md"
    path.write_text(LAYER + text)
    done = bnverify("check", "--witness", "proof", "--explain", f"{path}:5")
    assert done.returncode == status, done.stderr
    assert done.stdout.startswith(f"{path}:5:")


def test_a_carried_line_is_wrong_for_the_exit_status(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(LAYER + SHIFT)
    assert bnverify("check", "--witness", "proof", "--explain", f"{path}:7").returncode == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["{}:4"], "no step begins on line 4: the nearest steps are on lines 1, 3, 5"),
        (["{}"], "a line is needed"),
        (["{}:5", "{}:7"], "one note and one line"),
        (["-e", "x = y"], "one note and one line"),
        (["{}:5", "--fix"], "leave --diff and --fix away"),
        (["{}:5", "--output-format", "json"], "leave --output-format and -o away"),
        (["missing.md:5"], "no such file"),
        ([".:5"], "is not a file"),
    ],
)
def test_wrong_use_of_explain_is_status_two(tmp_path: Path, words: list[str], message: str) -> None:
    path = tmp_path / "note.md"
    path.write_text(LAYER + SHIFT)
    done = bnverify("check", "--explain", *(word.format(path) for word in words))
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stdout == ""
