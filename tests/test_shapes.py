"""Which quantity a written shape belongs to, and when it contradicts the forward pass."""

from __future__ import annotations

import pytest

from bnverify.model.annotated import Annotated, annotated
from bnverify.pipeline import understand
from bnverify.record import NoteRecord
from bnverify.report.counts import exit_status
from bnverify.run import check_text, options_from
from bnverify.source import Note
from tests.conftest import judge as check

BATCH = r"""
$$\mu = \frac{1}{N} \sum_{i=1}^N x_i, \quad v = \frac{1}{N} \sum_{i=1}^N (x_i - \mu)^2$$

$$\hat{x} = \frac{x - \mu}{\sqrt{v + \epsilon}}, \quad y = \gamma \hat{x} + \beta$$
"""
SHIFT = r"\frac{\partial L}{\partial \beta} = \sum_{i=1}^N \frac{\partial L}{\partial y_i}"
GRADIENT = r"\frac{\partial L}{\partial \beta}"


def shapes(text: str, forward: str = BATCH) -> list[Annotated]:
    understood = understand(Note("note.md", f"{forward}\n{text}"))
    return list(annotated(understood.script, understood.notation))


def shown(text: str, forward: str = BATCH) -> list[tuple[tuple[str, ...], str, bool | None]]:
    return [(one.written.entries, one.name, one.fits) for one in shapes(text, forward)]


STYLES = (
    r"$$%s \quad (D,)$$",
    r"$$%s \quad (D)$$",
    r"$$%s, \quad (D,)$$",
    r"$$%s \text{ shape } (D,)$$",
    r"$$%s \quad \text{of shape } (D,)$$",
    r"$$%s : (D,)$$",
    r"$$%s \quad \# (D,)$$",
    r"$$%s \in \mathbb{R}^{D}$$",
    r"$$%s \in \mathbb{R}^D$$",
    r"$%s$ (D,)",
    "$%s$, of shape (D,)",
    "$%s$, of shape $(D,)$",
    "$$%s$$\n\n↑\n(D,)",
    "$$%s$$ \n↑  \n(D,)",
)


@pytest.mark.parametrize("style", STYLES)
def test_a_shape_behind_a_formula_is_that_of_its_head(style: str) -> None:
    assert shown(style % SHIFT) == [(("D",), GRADIENT, True)]


@pytest.mark.parametrize("style", STYLES)
def test_a_shape_is_never_a_factor(style: str) -> None:
    record = check(f"{BATCH}\n{style % SHIFT}")
    assert [step.standing for step in record.steps] == ["holds"] * 5
    assert f"(D,) is written as the shape of {GRADIENT}, and is no factor" in record.steps[-1].assumptions


def widened(style: str) -> str:
    """The same shape with the samples in it."""
    for old, new in (("(D,)", "(N, D)"), ("(D)", "(N, D)"), ("{D}", r"{N \times D}"), ("^D", r"^{N \times D}")):
        style = style.replace(old, new)
    return style


@pytest.mark.parametrize("style", [widened(style) for style in STYLES])
def test_a_shape_that_the_gradient_does_not_have_is_wrong(style: str) -> None:
    record = check(f"{BATCH}\n{style % SHIFT}")
    last = record.steps[-1]
    assert (last.standing, last.true) == ("holds", True)
    assert last.finding is not None
    assert last.finding.code == "wrong-shape"
    assert record.note.cut(last.finding.span) in ("(N, D)", r"\mathbb{R}^{N \times D}")
    assert [one.latex for one in last.repairs] == [
        r"\mathbb{R}^{D}" if "mathbb" in record.note.cut(last.finding.span) else "(D,)"
    ]


def test_a_right_step_with_a_wrong_shape_is_an_error() -> None:
    report = check_text(rf"{BATCH} $${SHIFT} \quad (N, D)$$", "note.md", options_from("declared", "proof"))
    assert exit_status(report) == 1


def test_a_wrong_shape_in_a_sentence_is_found_in_the_note() -> None:
    record = check(rf"{BATCH} $${SHIFT}$$ The gradient $\frac{{\partial L}}{{\partial x}}$ is of shape (D,).")
    assert codes_of_the_note(record) == ["wrong-shape"]
    assert codes_of_the_note(check(rf"{BATCH} $${SHIFT}$$ The gradient ${GRADIENT}$ is of shape (D,).")) == []


def test_a_wrong_shape_in_a_sentence_may_be_expected() -> None:
    text = f"{BATCH} $${SHIFT}$$\n\nHere ${GRADIENT}$ is of shape (N, D).\n"
    expected = check(f"{text}\n<!-- expect: wrong-shape -->\n")
    assert codes_of_the_note(expected) == ["wrong-shape"]
    assert (expected.open_findings, expected.unmet) == ((), ())
    silent = check(text)
    assert codes_of_the_note(silent) == ["wrong-shape"]
    assert len(check(f"{BATCH} $${SHIFT}$$\n\n<!-- expect: wrong-shape -->\n").unmet) == 1


SPREAD = (
    "We broadcast $\\mu$ to shape (N, D).",
    "Combine $\\mu$ with an array of shape (N, D).",
    "Subtract $\\mu$ from the input of shape (N, D).",
    "Copy $\\mu$ N times so that it is of shape (N, D).",
    rf"$${SHIFT} \quad \text{{broadcast to shape }} (N, D)$$",
)


@pytest.mark.parametrize("text", SPREAD)
def test_what_is_made_of_a_quantity_may_have_another_shape(text: str) -> None:
    assert [one for one in shapes(text) if one.fits is False] == []


def test_a_shape_as_an_index_is_that_of_its_letter() -> None:
    text = r"$$\frac{\partial L}{\partial \beta}_{(D,)} = \sum_{i=1}^N \frac{\partial L}{\partial y_i}$$"
    assert shown(text) == [(("D",), GRADIENT, True)]
    assert check(f"{BATCH} {text}").steps[-1].standing == "holds"


def test_the_head_comes_first_where_both_fit() -> None:
    text = rf"$${SHIFT.replace('y_i', 'y_i')} \; (D,)$$"
    assert shown(text) == [(("D",), GRADIENT, True)]


def codes_of_the_note(record: NoteRecord) -> list[str]:
    return [one.code for one in record.note_findings]


OTHERS = {
    "an underbrace": (r"$$\underbrace{\gamma}_{(D,)} \hat{x}$$", [(("D",), r"\gamma", True)]),
    "under the letter": (r"$$\underset{(N, D)}{\hat{x}}$$", [(("N", "D"), r"\hat{x}", True)]),
    "a head": (r"$$\mu : (D,) \quad v : (D,)$$", [(("D",), r"\mu", True), (("D",), "v", True)]),
    "a set": (r"Let $x \in \mathbb{R}^{N \times D}$.", [(("N", "D"), "x", True)]),
    "a row under a row": (
        "We know $x$, $\\mu$ and $\\beta$.\n\n(N, D)   (D,)   (D,)",
        [(("N", "D"), "x", True), (("D",), r"\mu", True), (("D",), r"\beta", True)],
    ),
    "two under one formula": (
        "$$y = \\gamma \\hat{x} + \\beta$$\n\n↑   ↑\n(N, D)   (D,)",
        [(("N", "D"), "y", True), (("D",), r"\gamma", True)],
    ),
    "as many as quantities": (
        "$$y = \\gamma \\hat{x} + \\beta$$\n\n↑ ↑ ↑ ↑\n(N, D) (D,) (D,) (D,)",
        [(("N", "D"), "y", True), (("D",), r"\gamma", True), (("D",), r"\hat{x}", False), (("D",), r"\beta", True)],
    ),
    "a letter that counts nothing": (rf"$${SHIFT} \quad (P, Q)$$", [(("P", "Q"), GRADIENT, None)]),
    "numbers and a letter": (rf"$${SHIFT} \quad (N, 64)$$", [(("N", "64"), GRADIENT, None)]),
    "a derivative of a quantity": (
        r"$$\frac{\partial \mu}{\partial x_i} = \frac{1}{N} \quad (N, N)$$",
        [(("N", "N"), r"\frac{\partial \mu}{\partial x_i}", None)],
    ),
    "denied": ("$\\mu$ is not of shape (N, D).", []),
    "a bare bracket": ("$\\mu$ (see N, D).", []),
    "arguments": (r"$$f(x, y) = x$$", []),
    "a number of an equation": (rf"$${SHIFT} \quad (3)$$", []),
    "a pair of indices": (r"for all $(i, j)$", []),
}


@pytest.mark.parametrize(("text", "expected"), OTHERS.values(), ids=OTHERS.keys())
def test_what_else_is_a_shape(text: str, expected: list[tuple[tuple[str, ...], str, bool | None]]) -> None:
    assert shown(text) == expected


FITS = {
    "samples": (r"\hat{x}", "(N, D)", True),
    "samples of one feature": (r"\hat{x}", "(N,)", True),
    "samples, turned round": (r"\hat{x}", "(D, N)", True),
    "one value for each feature": (r"\hat{x}", "(D,)", False),
    "one row": (r"\hat{x}_i", "(D,)", True),
    "a mean": (r"\mu", "(1, D)", True),
    "a mean as a column": (r"\mu", "(D, 1)", True),
    "a mean for each sample": (r"\mu", "(N,)", False),
    "a mean of one feature": (r"\mu", "(1,)", True),
    "a scale": (r"\gamma", "(C,)", True),
    "a scale for all": (r"\gamma", "(N, D)", False),
    "a gradient": (r"d\hat{x}", "(N, D)", True),
    "a letter for samples that the note does not use": (r"\mu", "(M,)", False),
}


@pytest.mark.parametrize(("quantity", "shape", "fits"), FITS.values(), ids=FITS.keys())
def test_shapes_in_batch_norm(quantity: str, shape: str, fits: bool) -> None:
    assert [one.fits for one in shapes(f"The array ${quantity}$ {shape} is known.")] == [fits]


LAYER = r"""
$$\mu_i = \frac{1}{D} \sum_{j=1}^{D} x_{ij}, \quad v_i = \frac{1}{D} \sum_{j=1}^{D} (x_{ij} - \mu_i)^2$$

$$\hat{x}_{ij} = \frac{x_{ij} - \mu_i}{\sqrt{v_i + \epsilon}}, \quad y_{ij} = \gamma_j \hat{x}_{ij} + \beta_j$$
"""
IN_LAYER = {
    "samples": ("x", "(N, D)", True),
    "a mean": (r"\mu", "(N,)", True),
    "a mean with ones": (r"\mu", "(N, 1)", True),
    "a mean for each feature": (r"\mu", "(D,)", False),
    "a scale": (r"\gamma", "(D,)", True),
    "a scale for each sample": (r"\gamma", "(N,)", False),
    "a letter for features that the note does not use": (r"\gamma", "(C,)", None),
}


@pytest.mark.parametrize(("quantity", "shape", "fits"), IN_LAYER.values(), ids=IN_LAYER.keys())
def test_shapes_in_layer_norm(quantity: str, shape: str, fits: bool | None) -> None:
    assert [one.fits for one in shapes(f"The array ${quantity}$ {shape} is known.", LAYER)] == [fits]


def test_nothing_is_told_where_the_sum_runs_over_a_letter_for_features() -> None:
    """Without a second index this may be layer norm."""
    assert [one.fits for one in shapes(r"Here $\mu$ (N,) is known.", BATCH.replace("N", "D"))] == [None]


def test_a_missing_sum_of_whole_arrays_is_a_wrong_shape() -> None:
    text = r"$$\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y} \odot \hat{x} \quad (N, D)$$"
    last = check(f"{BATCH}\n{text}").steps[-1]
    assert last.finding is not None
    assert (last.standing, last.finding.code, last.finding.also) == ("introduced", "wrong-shape", ())
    assert last.repairs[0].latex.startswith(r"\sum_{i=1}^{N} \frac")


def test_a_missing_sum_with_indices_is_a_dropped_sum() -> None:
    text = r"$$\frac{\partial L}{\partial \gamma} = \frac{\partial L}{\partial y_i} \hat{x}_i \quad (N, D)$$"
    last = check(f"{BATCH}\n{text}").steps[-1]
    assert last.finding is not None
    assert (last.finding.code, last.finding.also) == ("dropped-sum", ("wrong-shape",))
