"""From characters to chains: what is a step, what continues what, and that nothing is lost."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bnverify.read.accounting import account
from bnverify.read.chains import read
from bnverify.read.latex import latex, parse
from bnverify.read.syntax import Expr, Unreadable, inside
from bnverify.read.tokens import scan
from bnverify.source import Note, Span
from tests.conftest import DERIVATIONS, judge


def expr(text: str) -> Expr:
    return parse(scan(text, Span(0, len(text))))


def sides(text: str) -> list[tuple[str, list[str]]]:
    """Each chain as its head and sides, as written."""
    return [(chain.head_latex, [step.latex for step in chain.steps]) for chain in read(Note("n", text)).chains]


def corpus() -> list[str]:
    """Every side and head of the derivation files, as written."""
    found: dict[str, None] = {}
    for path in DERIVATIONS:
        for chain in read(Note(path.name, path.read_text(encoding="utf-8"))).chains:
            for node in (chain.head, *(step.side for step in chain.steps)):
                if not any(isinstance(part, Unreadable) for part in inside(node)):
                    found[latex(node)] = None
    return list(found)


@pytest.mark.parametrize(
    "text", ["$x' = y^$", "$x = y', i^$", "$x' = y_i^{$", r"$x \text{ a } i' = ^$", r"$\overbrace{x = p_}^{{i} - 1$"]
)
def test_a_sign_of_a_power_without_one_makes_its_side_unreadable_and_stops_nothing(text: str) -> None:
    script = read(Note("n", text))
    assert any(
        isinstance(node, Unreadable) for chain in script.chains for step in chain.steps for node in inside(step.side)
    )
    assert account(script).lost == ()


def test_a_long_run_of_letters_is_followed_once() -> None:
    """Each letter may begin the name of a function; 19,000 of them took twenty seconds."""
    started = time.process_time()
    read(Note("n", f"$${'x' * 19_000}$$"))
    assert time.process_time() - started < 5


def test_tree_to_latex_to_tree_is_the_identity_on_every_formula_of_the_derivations() -> None:
    formulas = corpus()
    assert len(formulas) > 150
    for formula in formulas:
        assert latex(expr(formula)) == formula
        assert expr(latex(expr(formula))) == expr(formula)


@pytest.mark.parametrize("path", DERIVATIONS, ids=lambda path: path.stem)
def test_every_token_of_a_derivation_is_accounted_for(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    script = read(Note("n", text))
    found = account(script)
    assert [text[span.start : span.end] for span in found.lost] == []
    assert found.read > 0


@pytest.mark.parametrize("path", DERIVATIONS, ids=lambda path: path.stem)
def test_spans_cover_the_text_that_they_speak_of(path: object) -> None:
    text = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    for chain in read(Note("n", text)).chains:
        for step in chain.steps:
            assert text[step.relation.start : step.relation.end] == "="
            assert text[step.span.start : step.span.end].strip() != ""


LETTERS = st.sampled_from(
    ["x_i", r"\mu", r"\hat{x}_j", r"\sigma^2", "n", r"\gamma", r"\frac{\partial L}{\partial y_i}", "2", "z_{ij}"]
)


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.tuples(inner, inner)
    return st.one_of(
        pair.map(lambda p: rf"\frac{{{p[0]}}}{{{p[1]}}}"),
        pair.map(lambda p: rf"\left({p[0]} + {p[1]}\right)"),
        pair.map(lambda p: rf"\left({p[0]} - {p[1]}\right)"),
        pair.map(lambda p: rf"{p[0]} \cdot {p[1]}"),
        pair.map(lambda p: rf"{p[0]} \sum_{{k=1}}^{{n}} {p[1]}"),
        inner.map(lambda p: rf"\sqrt{{{p}}}"),
        inner.map(lambda p: rf"\left({p}\right)^{{-\frac{{1}}{{2}}}}"),
        inner.map(lambda p: rf"-{p}"),
        inner.map(lambda p: rf"\frac{{\partial}}{{\partial \mu}} \left({p}\right)"),
    )


@given(st.recursive(LETTERS, grow, max_leaves=12))
@settings(max_examples=300, deadline=None)
def test_what_is_written_reads_back_as_the_same_tree(text: str) -> None:
    tree = expr(text)
    if not isinstance(tree, Unreadable):
        assert expr(latex(tree)) == tree


PIECES = [
    "\\frac",
    "{",
    "}",
    "(",
    ")",
    "x",
    "_i",
    "^2",
    "=",
    "+",
    "-",
    "\\sum",
    "$",
    "$$",
    " ",
    "\n\n",
    "\\begin{cases}",
    "\\end{cases}",
    "&",
    "\\\\",
    "\\partial",
    "\\text{a b}",
    "\\quad",
    ",",
    "|",
    "\\hat",
    "1",
    "%",
    "\\left(",
    "\\right)",
    "é",
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@settings(max_examples=400, deadline=None)
def test_no_text_makes_the_reader_fail_and_none_is_lost(text: str) -> None:
    script = read(Note("n", text))
    assert account(script).lost == ()


def test_a_formula_that_begins_with_an_equals_sign_continues_the_last_chain() -> None:
    assert sides("$$a = b$$ words $$= c$$") == [("a", ["b", "c"])]


def test_a_formula_that_ends_with_an_equals_sign_goes_on_in_the_next() -> None:
    assert sides("$$a = b =$$\n\n$$c$$") == [("a", ["b", "c"])]


def test_asides_are_skipped_where_a_gradient_goes_on() -> None:
    text = r"$$\frac{\partial L}{\partial x_i} = \frac{\partial L}{\partial y_i}$$ $$\sigma^2 = v$$ $$= 2\frac{\partial L}{\partial y_i}$$"
    assert sides(text)[0][1] == [r"\frac{\partial L}{\partial y_i}", r"2\frac{\partial L}{\partial y_i}"]


def test_rows_of_an_aligned_block_continue_their_chain() -> None:
    text = "$$\\begin{aligned} a &= b \\\\ &= c \\\\ &+ d \\\\ e &= f \\end{aligned}$$"
    assert [(head, len(found)) for head, found in sides(text)] == [("a", 2), ("e", 1)]


def test_statements_are_parted_by_quads_commas_and_arrows() -> None:
    text = r"$$a = b, \quad c = d \Rightarrow e = f \qquad g = h$$"
    assert sides(text) == [("a", ["b"]), ("c", ["d"]), ("e", ["f"]), ("g", ["h"])]


@pytest.mark.parametrize(
    "text",
    [
        r"$$\textcircled{1}: a = b$$",
        r"$$a = b \quad (3)$$",
        r"$$a = b \tag{7}$$",
        r"$$a = b \quad | \text{ see } \textcircled{1}$$",
        r"$$\text{Fancy trick: } a = b.$$",
        r"$$a = b, \text{ where } y_i \text{ is a row}$$",
        r"$$a = b \quad \hat{x}_i$$",
        r"$$\boxed{a} = b$$",
        r"\[ a = b \]",
        r"$a = b$",
        "$$\\begin{equation*} a = b \\end{equation*}$$",
        "> $$a = b$$",
        "1. $a = b$",
    ],
)
def test_labels_and_annotations_are_no_factors(text: str) -> None:
    chains = read(Note("n", text)).chains
    assert [(latex(chain.head), [latex(step.side) for step in chain.steps]) for chain in chains] == [("a", ["b"])]


@pytest.mark.parametrize(
    "text",
    [
        "$i = j$",
        r"$\mathbf{x} = \{x_1, x_2\}$",
        "it costs $5 and $6",
        "`$a = b$`",
        "```\n$$a = b$$\n```",
        "<!-- $a = b$ -->",
        r"$x_i, i = 1, \dots, n$",
    ],
)
def test_conditions_sets_prices_code_and_comments_are_no_steps(text: str) -> None:
    assert sides(text + " $x_i y_j$") == []


def test_an_unclosed_formula_ends_at_the_blank_line_with_a_notice() -> None:
    script = read(Note("n", "$$a = b\n\nand these are words of prose $$c = d$$"))
    assert [chain.head_latex for chain in script.chains] == ["a", "c"]
    assert "never closed" in script.notices[0][1].message


def test_a_lost_brace_is_put_back_where_one_place_fits() -> None:
    script = read(Note("n", r"$$\frac{\partial L}{\partial \beta = \sum_i \frac{\partial L}{\partial y_i}$$"))
    assert latex(script.chains[0].head) == r"\frac{\partial L}{\partial \beta}"
    assert script.notices[0][1].code == "missing-bracket"


def test_a_bracket_that_could_close_in_many_places_is_unreadable() -> None:
    step = read(Note("n", r"$$a = 2(x + b c$$")).chains[0].steps[0]
    assert isinstance(step.side, Unreadable)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\frac1n", r"\frac{1}{n}"),
        (r"\frac12 x", r"\frac{1}{2} x"),
        (r"\hat{x_i}", r"\hat{x}_i"),
        (r"\hat x_i", r"\hat{x}_i"),
        (r"\sigma^2_B", r"\sigma_B^2"),
        (r"\partial L / \partial x_i", r"\frac{\partial L}{\partial x_i}"),
        (r"\dfrac{a}{b}", r"\frac{a}{b}"),
        (r"\mathbf{x}", "x"),
        ("σ^2 + ε", r"\sigma^2 + \varepsilon"),
        (r"\Bigl[ a + b \Bigr]", "[a + b]"),
    ],
)
def test_ways_of_writing_the_same(text: str, same: str) -> None:
    assert expr(text) == expr(same)


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("x_i", r"\hat{x}_i"),
        (r"\mu_B", r"\mu_b"),
        ("x_i", "X_i"),
        (r"-a b", r"-(a) c"),
        (r"\sum_i a + b", r"\sum_i (a + b)"),
    ],
)
def test_what_differs_is_kept_apart(text: str, apart: str) -> None:
    assert expr(text) != expr(apart)


ENDS = (
    r"\qquad\blacksquare",
    r"\quad \square",
    r"\, \checkmark",
    r" \Box",
    r"\qed",
    r". \qquad \blacksquare",
    r"\hfill\blacksquare",
    "\\quad ∎",
    r"\qquad\qedhere",
)


@pytest.mark.parametrize("mark", ENDS)
def test_a_mark_behind_the_last_line_of_a_proof_is_an_annotation(mark: str) -> None:
    right, wrong = (rf"$$\frac{{\partial L}}{{\partial \beta}} = {side}{mark}$$" for side in (SUM_OF_G, f"-{SUM_OF_G}"))
    assert [step.true for step in judge(right + "\n\n" + wrong + "\n").steps] == [True, False]


@pytest.mark.parametrize("side", [r"\square", r"\sum_i g_i + \square", r"\square \sum_i g_i"])
def test_a_box_that_is_left_to_be_filled_in_has_no_value(side: str) -> None:
    assert judge(rf"$$\frac{{\partial L}}{{\partial \beta}} = {side}$$" + "\n").steps[-1].true is None


SUM_OF_G = r"\sum_i \frac{\partial L}{\partial y_i}"
