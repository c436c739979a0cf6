"""The functions of the package: what they return, how it prints, and what a notebook shows of it."""

from __future__ import annotations

import doctest
import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import pytest

import bnverify
from bnverify.api import functions
from bnverify.trial.signature import Unusable

FLIPPED = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" + "\n"
RIGHT = FLIPPED.replace("-", "")
HOSTILE = FLIPPED + "\n<script>alert(1)</script> <img src=x onerror=alert(1)> </pre>\n"
BACKWARD = """
def backward(dy, x, gamma, eps):
    mean, var = x.mean(0), x.var(0)
    xhat = (x - mean) / (var + eps) ** 0.5
    return gamma / (var + eps) ** 0.5 * (dy - dy.mean(0) {sign} xhat * (dy * xhat).mean(0))
"""


class Seen(HTMLParser):
    """The tags and the text of a piece of HTML; every tag that is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name.startswith("on") for name, _ in attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_examples_of_the_functions_are_so() -> None:
    done = doctest.testmod(functions)
    assert done.failed == 0
    assert done.attempted >= 5


def test_a_report_says_whether_it_is_right_and_which_steps_are_wrong() -> None:
    right, wrong = bnverify.check(RIGHT, witness="proof"), bnverify.check(FLIPPED, witness="proof")
    assert (right.is_right, right.exit_status, right.wrong) == (True, 0, ())
    assert (wrong.is_right, wrong.exit_status) == (False, 1)
    (step,) = wrong.wrong
    assert step.finding is not None
    assert step.finding.code == "sign-flip"
    assert bnverify.check("", witness="proof").exit_status == 3


def test_a_report_prints_as_on_the_command_line() -> None:
    report = bnverify.check(FLIPPED, name="note.md", witness="proof")
    done = subprocess.run(
        [sys.executable, "-m", "bnverify", "check", "-", "--stdin-filename", "note.md", "--witness", "proof"],
        input=FLIPPED, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert str(report) + "\n" == done.stdout
    assert repr(report) == "<bnverify: 1 step: 0 right, 1 wrong>"


def test_in_a_notebook_a_report_is_a_page_in_a_frame_in_which_nothing_runs() -> None:
    shown = bnverify.check(HOSTILE, witness="proof")._repr_html_()
    assert shown.startswith("<iframe sandbox ")
    assert Seen(shown).tags == ["iframe"]
    inner = Seen(bnverify.check(HOSTILE, witness="proof").html().partition("\n")[2])
    assert "script" not in inner.tags
    assert "img" not in inner.tags
    assert "math" in inner.tags


def test_a_derivation_is_a_note_a_document_and_code() -> None:
    derived = bnverify.derive("layer", epsilon="outside")
    assert bnverify.check(derived.markdown(), witness="proof").is_right
    assert derived.latex().startswith(r"\documentclass")
    assert "def layer_norm_backward" in derived.numpy()
    assert "torch.autograd.Function" in derived.torch()
    assert next(iter(derived.formulas)).startswith(r"\frac{\partial L}{\partial x")
    assert str(derived).startswith("Layer norm backwards")
    shown = Seen(derived._repr_html_())
    assert shown.tags.count("math") > 10
    assert "$" not in shown.text


def test_a_derivation_of_one_size_has_a_batch_in_numbers() -> None:
    derived = bnverify.derive(n=3, x=[1, 2, Fraction(9, 2)], g=[1, 0, 0])
    assert "9/2" in str(derived)
    assert "## One batch, n = 3" in derived.markdown()


def test_variants_end_in_a_sentence_for_each_note() -> None:
    unbiased = r"$$\sigma^2 = \frac{1}{n-1} \sum_i (x_i - \mu)^2$$" + "\n\n" + RIGHT
    found = bnverify.variants(unbiased, name="note.md")
    assert found.exit_status == 0
    assert len(found.answers) == 1
    assert found.document()["notes"][0]["path"] == "note.md"
    assert found.answers[0] in " ".join(str(found).split())
    assert Seen(found._repr_html_()).tags[0] == "pre"
    assert bnverify.variants(FLIPPED, steps=True).exit_status == 1


@pytest.mark.parametrize(("sign", "is_right"), [("-", True), ("+", False)])
def test_a_function_of_a_file_is_compared_with_the_truth(tmp_path: Path, sign: str, is_right: bool) -> None:
    file = tmp_path / "mine.py"
    file.write_text(BACKWARD.replace("{sign}", sign), encoding="utf-8")
    found = bnverify.against(f"{file}:backward")
    assert found.is_right is is_right
    assert [one.name for one in found.gradients] == ["dx"]
    assert ("wrong" in repr(found)) is not is_right
    assert Seen(found._repr_html_()).tags[0] == "pre"


def test_a_function_itself_is_found_in_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine_too.py").write_text(BACKWARD.replace("{sign}", "-"), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    import mine_too  # type: ignore[import-not-found]

    assert bnverify.against(mine_too.backward, layer="batch", variance="biased").is_right


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (lambda: bnverify.derive("bach"), "layer 'bach' is not known: did you mean 'batch'?"),
        (lambda: bnverify.derive(style="stage"), "did you mean 'staged'?"),
        (lambda: bnverify.derive(wrt="gama"), "did you mean 'gamma'?"),
        (lambda: bnverify.derive("rms", variance="unbiased"), "RMS norm"),
        (lambda: bnverify.derive(n=1000), "n = 1000 is more than 256"),
        (lambda: bnverify.derive(n=2, x=[1]), "x has 1 numbers, and n is 2"),
        (lambda: bnverify.check("", variance="bias"), "variance is one of"),
        (lambda: bnverify.against("mine.py"), "'mine.py' names no function: write FILE.py:FUNCTION"),
        (lambda: bnverify.against(lambda dy, x: dy), "this function stands in no file of its own"),
        (lambda: bnverify.against(len), "this function stands in no file of its own"),
        (lambda: bnverify.against("a.py:f", layer="bach"), "did you mean 'batch'?"),
        (lambda: bnverify.against("a.py:f", varianc="biased"), "did you mean 'variance'?"),
    ],
)
def test_a_word_that_is_not_known_raises_with_the_nearest(work: object, message: str) -> None:
    with pytest.raises(ValueError) as trouble:  # noqa: PT011
        work()  # type: ignore[operator]
    assert message in str(trouble.value)


def test_a_function_that_cannot_be_judged_raises(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text("def backward(dy, x):\n    raise RuntimeError('no')\n", encoding="utf-8")
    with pytest.raises(Unusable):
        bnverify.against(f"{file}:backward")
    with pytest.raises(FileNotFoundError):
        bnverify.against(f"{tmp_path}/none.py:backward")


@pytest.mark.parametrize("given", [None, 5, Path("NOTE.md")])
def test_what_is_no_text_is_refused(given: object) -> None:
    with pytest.raises(TypeError, match="the note is a text"):
        bnverify.check(given)  # type: ignore[arg-type]
