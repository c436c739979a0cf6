"""The ways of writing: which tree each spelling is, that the tree reads back, and what is not read as such."""

from __future__ import annotations

import random
from unicodedata import normalize

import pytest

from bnverify.read.accounting import account
from bnverify.read.chains import read
from bnverify.read.latex import latex, parse
from bnverify.read.plain import plain
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Bounds,
    Call,
    Derivative,
    Digits,
    Ellipsis,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Root,
    Summation,
    Transposed,
    Unreadable,
    inside,
)
from bnverify.read.tokens import scan
from bnverify.source import Note, Span


def expr(text: str) -> Expr:
    return parse(scan(text, Span(0, len(text))))


def name(letter: str, *subscripts: str) -> Name:
    return Name(letter, (), subscripts)


def hat(letter: str, *subscripts: str) -> Name:
    return Name(letter, ("hat",), subscripts)


def call(function: str, *arguments: Expr) -> Call:
    return Call(Name(function), arguments)


def by(of: Expr | None, variable: Expr, sign: str = "\\partial") -> Derivative:
    return Derivative(of, variable, sign)


def summed(bounds: Bounds) -> Summation:
    return Summation(bounds, X)


ONE, TWO = Digits("1"), Digits("2")
A, B, D, N, X, Y, L = (Name(letter) for letter in "abdnxyL")
XI, SIGMA, MU, GAMMA, ONES = name("x", "i"), Name("\\sigma"), Name("\\mu"), Name("\\gamma"), Name("\\mathbf{1}")
SAME, OTHER = Indicator("i", "=", "j"), Indicator("i", "\\neq", "j")
FROM_ONE = Bounds(("i",), ONE, N)

WRITTEN: dict[str, tuple[Expr, list[str]]] = {
    "a differential": (
        Adjoint(X),
        [
            "dx",
            r"\mathrm{d}x",
            r"\mathrm d x",
            r"{\rm d}x",
            r"\mathrm{dx}",
            r"\mathbf{dx}",
            r"\text{dx}",
            r"d\mathbf{x}",
            r"\mathrm{d}\mathbf{x}",
            r"\mathop{}\!\mathrm{d}x",
            "d{x}",
            r"\text{d}x",
        ],
    ),
    "a differential with an index": (Adjoint(XI), ["dx_i", r"\mathrm{dx}_i", r"\text{dx}_i", "d{x}_i", "dxᵢ"]),
    "a differential of x-hat": (Adjoint(hat("x", "i")), [r"d\hat{x}_i", r"d\hat x_i", r"d\hat{x_i}"]),
    "a differential of gamma": (Adjoint(GAMMA), [r"d\gamma", "dγ", r"\mathrm{d}\gamma"]),
    "a differential of the variance": (Adjoint(Raised(SIGMA, TWO)), [r"d\sigma^2", r"d\sigma^{2}", "dσ²"]),
    "a bare partial": (Adjoint(X, "\\partial"), [r"\partial x", "∂x"]),
    "a differential that is transposed": (Transposed(Adjoint(X)), [r"dx^\top", r"{dx}^T"]),
    "a derivative": (
        by(L, XI),
        [
            r"\frac{\partial L}{\partial x_i}",
            r"\pdv{L}{x_i}",
            r"\partial_{x_i} L",
            r"\nabla_{x_i} L",
            "∂L/∂xᵢ",
            r"{\partial L}/{\partial x_i}",
            r"\partial L / \partial x_i",
            r"{\partial L \over \partial x_i}",
        ],
    ),
    "a derivative with d": (
        by(L, X, "d"),
        [
            r"\frac{dL}{dx}",
            r"\dv{L}{x}",
            r"\frac{\mathrm d L}{\mathrm d x}",
            r"\frac{\mathrm{d}L}{\mathrm{d}x}",
            "dL/dx",
            r"\frac{\mathrm{dL}}{\mathrm{dx}}",
            r"\mathrm{d}L/\mathrm{d}x",
            r"\mathrm{dL}/\mathrm{dx}",
        ],
    ),
    "an operator": (
        Product((by(None, X), Group(Addition((A, B))))),
        [r"\frac{\partial}{\partial x}(a+b)", r"\pdv{x}(a+b)", r"\partial_x (a+b)", r"\nabla_x (a + b)"],
    ),
    "a derivative by a product": (
        by(L, Product((GAMMA, hat("x", "i")))),
        [r"\frac{\partial L}{\partial \gamma \hat{x_i}}", r"\frac{\partial L}{\partial \gamma \hat{x}_i}"],
    ),
    "a derivative of a fraction": (by(Fraction(A, B), X), [r"\frac{\partial \frac{a}{b}}{\partial x}"]),
    "a gradient times something": (Product((by(Name("\\mathcal{L}"), X), Y)), [r"\nabla_x \mathcal{L} \cdot y"]),
    "a condition": (
        SAME,
        [
            r"\mathbb{1}[i=j]",
            "1[i=j]",
            r"\mathbf{1}_{i=j}",
            "1_{i=j}",
            "1_{[i=j]}",
            r"\mathbb{1}_{\{i=j\}}",
            "[i=j]",
            r"\mathbb{I}(i=j)",
            r"\mathbb I\{i = j\}",
            r"\mathbf{1}\{i=j\}",
            r"\llbracket i=j \rrbracket",
            "I[i = j]",
            r"\mathrm{1}[i=j]",
            r"\delta_{i=j}",
            r"\mathbbm{1}_{i = j}",
            r"\left[ i = j \right]",
        ],
    ),
    "a condition that denies": (OTHER, [r"\mathbb{1}[i \neq j]", r"1_{i \ne j}", r"[i \not= j]", "[i≠j]"]),
    "a condition as a factor": (Product((TWO, SAME, XI)), [r"2 [i=j] x_i", r"2 \cdot 1_{i=j} x_i"]),
    "a transposition": (
        Transposed(X),
        [r"x^\top", "x^T", r"x^{\intercal}", r"x^{\mathsf T}", r"x^{\mathrm{T}}", r"\mathbf{x}^\top", "xᵀ"],
    ),
    "a transposed bracket": (Transposed(Group(Product((A, B)))), [r"(a b)^\top", r"\left(a \cdot b\right)^T"]),
    "a norm": (
        Norm(X),
        [
            r"\|x\|",
            "||x||",
            r"\lVert x \rVert",
            r"\left\| x \right\|",
            r"\|x\|_2",
            r"\left\lVert x \right\rVert_2",
            "‖x‖",
        ],
    ),
    "the square of a norm": (Raised(Norm(X), TWO), [r"\|x\|^2", r"\|x\|_2^2", r"\|x\|^2_2", "||x||_2^2"]),
    "an absolute value": (Group(X, "|"), ["|x|", r"\left|x\right|"]),
    "an exponential": (call("exp", XI), [r"\exp(x_i)", r"\exp x_i", r"\exp\left(x_i\right)", "exp(x_i)", r"\exp{x_i}"]),
    "a logarithm": (call("log", name("p", "i")), [r"\log p_i", r"\ln p_i", r"\log(p_i)", r"\text{log}(p_i)"]),
    "a power of e": (Raised(Name("e"), XI), ["e^{x_i}"]),
    "a logarithm before a factor": (
        Product((call("log", Raised(name("p", "i"), TWO)), Y)),
        [r"\log p_i^2 \cdot y", r"\ln p_i^2 y"],
    ),
    "a variance": (
        call("Var", X),
        [
            r"\text{Var}[x]",
            r"\operatorname{Var}(x)",
            r"\mathrm{Var}\left[x\right]",
            r"\text{var}(x)",
            r"\mathbb{V}[x]",
            "Var(x)",
            "Var[x]",
            r"\mathrm{var}(x)",
        ],
    ),
    "an expectation": (
        call("E", X),
        [r"\mathbb{E}[x]", r"\mathbb E[x]", "E[x]", r"\operatorname{E}(x)", r"\mathrm{E}[x]", r"\text{mean}(x)"],
    ),
    "an expectation with an index": (Call(name("E", "i"), (XI,)), [r"\mathbb{E}_i[x_i]", r"\mathbb{E}_{i}[x_i]"]),
    "a deviation": (call("Std", X), [r"\text{std}(x)", r"\operatorname{std}[x]", "std(x)"]),
    "a root mean square": (
        call("RMS", X),
        [r"\text{RMS}(x)", r"\mathrm{rms}(\mathbf{x})", r"\text{rms}\left(x\right)"],
    ),
    "a softmax with an index": (
        Call(Name("softmax"), (X,), ("i",)),
        [r"\text{softmax}(x)_i", r"\operatorname{softmax}(x)_i", r"\mathrm{softmax}(\mathbf{x})_{i}"],
    ),
    "a diagonal": (call("diag", GAMMA), [r"\operatorname{diag}(\gamma)", r"\text{diag}(\gamma)"]),
    "a maximum": (Call(name("max", "j"), (name("x", "j"),)), [r"\max_j x_j", r"\max_{j}(x_j)"]),
    "a function inside a function": (
        call("log", call("softmax", X)),
        [r"\log \text{softmax}(x)", r"\log(\text{softmax}(x))"],
    ),
    "ones": (ONES, [r"\mathbf{1}", r"\boldsymbol{1}", r"\bm 1", r"\vec{1}", r"\mathbb{1}"]),
    "ones with a length": (name("\\mathbf{1}", "n"), [r"\mathbf 1_n", "1_n", r"\mathbb{1}_n", r"\mathbf{1}_{n}"]),
    "x-hat": (
        hat("x", "i"),
        [
            r"\hat x_i",
            r"\hat{x_i}",
            r"\hat{x}_i",
            r"\widehat{\mathbf{x}}_i",
            r"\mathbf{\hat{x}}_i",
            r"{\hat{x}}_i",
            "x̂_i",
            "x̂ᵢ",
        ],
    ),
    "two indices": (name("x", "i", "j"), ["x_{ij}", "x_{i,j}", "x_{i j}", "xᵢⱼ"]),
    "four indices": (name("x", "n", "c", "h", "w"), ["x_{nchw}", "x_{n,c,h,w}"]),
    "a sample above": (Name("x", (), (), ("i",)), ["x^{(i)}", "x⁽ⁱ⁾", "x^{[i]}"]),
    "a sample above and a feature below": (Name("x", (), ("j",), ("i",)), ["x^{(i)}_j", "x_j^{(i)}"]),
    "a prime": (Name("x", ("'",), ("i",)), ["x'_i", "x_i'", r"x^\prime_i", "x_i′", r"x^{\prime}_{i}"]),
    "the mean of a batch": (
        name("\\mu", "\\mathcal{B}"),
        [r"\mu_{\mathcal{B}}", r"\mu_{\mathcal B}", r"\mu_\mathcal{B}"],
    ),
    "the variance of a batch": (
        Raised(name("\\sigma", "B"), TWO),
        [r"\sigma_B^2", r"\sigma^2_B", r"{\sigma_B}^2", r"\sigma_B^{2}", r"{\sigma^2}_B"],
    ),
    "a bold letter": (MU, [r"\boldsymbol\mu", r"\bm{\mu}", r"\boldsymbol{\mu}", "μ", "µ"]),
    "a root": (Root(Addition((Name("v"), Name("\\epsilon")))), [r"\sqrt{v+\epsilon}", r"√{v+\epsilon}"]),
    "a root of a bracket": (Root(Group(Addition((Name("v"), A)))), ["√(v+a)", r"\sqrt(v+a)", r"\sqrt{(v+a)}"]),
    "a root of one letter": (Product((Root(Name("v")), Y)), [r"\sqrt{v} y", "√v y", r"\sqrt v y"]),
    "a small power": (Raised(SIGMA, Negative(ONE)), [r"\sigma^{-1}", "σ⁻¹"]),
    "a half": (Fraction(ONE, TWO), [r"\frac{1}{2}", r"\frac12", r"\frac1{2}", r"\nicefrac{1}{2}", r"\dfrac 12", "½"]),
    "one over the other": (Fraction(A, B), [r"a \over b", r"{a \over b}", r"\frac ab", r"\tfrac{a}{b}"]),
    "a slash": (Fraction(A, B, slash=True), ["a/b", r"a \div b", "a÷b"]),
    "a slash before a letter": (Product((Fraction(ONE, TWO, slash=True), SIGMA)), [r"1/2\sigma", r"1/2 \cdot \sigma"]),
    "a product": (
        Product((A, B)),
        [
            "a b",
            "ab",
            r"a \cdot b",
            r"a \times b",
            r"a \odot b",
            r"a \circ b",
            "a * b",
            "a . b",
            "a × b",
            "a · b",
            "a ⋅ b",
        ],
    ),
    "a minus behind a sign": (Product((A, Negative(B))), [r"a \cdot -b", r"a \times -b", "a * -b"]),
    "a large bracket": (Group(A), [r"\big( a \big)", r"\Bigl( a \Bigr)", r"\left( a \right)"]),
    "a power with a slash": (Raised(X, Negative(Fraction(ONE, TWO, slash=True))), ["x^{-1/2}", "x⁻¹ᐟ²"]),
    "a decimal power": (Raised(X, Digits(".5")), ["x^{.5}"]),
    "a sum from one": (
        summed(FROM_ONE),
        [
            r"\sum_{i=1}^{n} x",
            r"\sum\limits_{i=1}^n x",
            r"\sum^n_{i=1} x",
            r"\mathop{\sum}_{i=1}^n x",
            r"\sum_{1\le i\le n} x",
            r"\sum_{i=1,...,n} x",
            r"\sum_{i=1,\dots,n} x",
            r"\sum_{i=1..n} x",
            r"\sum_{i \in \{1,\dots,n\}} x",
            "∑_{i=1}^n x",
        ],
    ),
    "a sum over an index": (summed(Bounds(("i",))), [r"\sum_i x", r"\sum_{i} x", r"\mathop{\sum}_i x", "∑ᵢ x"]),
    "a sum without bounds": (summed(Bounds()), [r"\sum x", "∑ x"]),
    "a sum from zero": (
        summed(Bounds(("i",), Digits("0"), Addition((N, Negative(ONE))))),
        [r"\sum_{i=0}^{n-1} x"],
    ),
    "a sum without one": (
        summed(Bounds(("j",), None, None, ("i",))),
        [
            r"\sum_{j\neq i} x",
            r"\sum_{j \ne i} x",
            r"\sum_{j: j\ne i} x",
            r"\sum_{j : i \neq j} x",
            r"\sum_{j \not= i} x",
        ],
    ),
    "a sum without one, up to n": (summed(Bounds(("j",), None, N, ("i",))), [r"\sum_{j \ne i}^n x"]),
    "a sum from one without one": (
        summed(Bounds(("j",), ONE, N, ("i",))),
        [r"\sum_{j=1, j\neq i}^{n} x", r"\sum_{\substack{j=1\\ j\neq i}}^n x", r"\sum_{j=1: j \neq i}^n x"],
    ),
    "a sum over two": (summed(Bounds(("k", "l"))), [r"\sum_{k,l} x", r"\sum_{kl} x"]),
    "a sum over two that differ": (summed(Bounds(("k", "l"), None, None, ("l",))), [r"\sum_{k,l: k \neq l} x"]),
    "a sum over three": (summed(Bounds(("n", "h", "w"))), [r"\sum_{n,h,w} x", r"\sum_{nhw} x"]),
    "a sum over a batch": (
        summed(Bounds(("i",), within="\\mathcal{B}")),
        [r"\sum_{i \in \mathcal{B}} x", r"\sum_{i \in \mathcal B} x", r"\sum_{x_i \in \mathcal{B}} x"],
    ),
    "a sum over a set": (summed(Bounds(("k",), within="S_i")), [r"\sum_{k\in S_i} x", r"\sum_{k \in S_{i}} x"]),
    "sums inside one another": (
        Summation(Bounds(("i",)), Summation(Bounds(("j",)), name("x", "i", "j"))),
        [r"\sum_i\sum_j x_{ij}", r"\sum_i \sum_j x_{i,j}"],
    ),
}


CASES = [(kind, text, tree) for kind, (tree, texts) in WRITTEN.items() for text in texts]


@pytest.mark.parametrize(
    ("text", "tree"), [case[1:] for case in CASES], ids=[f"{kind}: {text}" for kind, text, _ in CASES]
)
def test_each_way_of_writing_is_its_tree_and_reads_back(text: str, tree: Expr) -> None:
    assert expr(text) == tree
    assert expr(latex(tree)) == tree


NEAR: dict[str, Expr] = {
    "d": D,
    "d_k x": Product((name("d", "k"), X)),
    "d^2 x": Product((Raised(D, TWO), X)),
    "n d": Product((N, D)),
    r"\frac{1}{d}": Fraction(ONE, D),
    r"d \cdot x": Product((D, X)),
    "d (a+b)": Product((D, Group(Addition((A, B))))),
    r"\sum_{i=1}^d x": summed(Bounds(("i",), ONE, D)),
    r"\frac{d \cdot x}{d \cdot y}": Fraction(Product((D, X)), Product((D, Y))),
    r"\text{dout}": Name("\\text{dout}"),
    "[i - j]": Group(Addition((Name("i"), Negative(Name("j")))), "["),
    "1[i - j]": Product((ONE, Group(Addition((Name("i"), Negative(Name("j")))), "["))),
    r"\left[ \sum_{i=1}^n x \right]": Group(summed(FROM_ONE), "["),
    r"1 [ \sum_{i=1}^n x ]": Product((ONE, Group(summed(FROM_ONE), "["))),
    r"\delta_{ij}": name("\\delta", "i", "j"),
    r"\mathbb{1}_{ij}": name("\\mathbb{1}", "i", "j"),
    "I_{ij}": name("I", "i", "j"),
    "x^{T-1}": Raised(X, Addition((Name("T"), Negative(ONE)))),
    "x'": Name("x", ("'",)),
    "E x": Product((Name("E"), X)),
    "E (x)": Product((Name("E"), Group(X))),
    r"\mathbf{E} (x)": Product((Name("E"), Group(X))),
    "v a r": Product((Name("v"), A, Name("r"))),
    r"\text{var}": Name("\\text{var}"),
    r"\frac{a}{b}|_{x}": Evaluated(Fraction(A, B), "x"),
    r"\frac{\partial L}{x_i}": Fraction(Adjoint(L, "\\partial"), XI),
}


@pytest.mark.parametrize(("text", "tree"), NEAR.items(), ids=NEAR)
def test_what_only_looks_alike_is_read_as_written(text: str, tree: Expr) -> None:
    assert expr(text) == tree
    assert expr(latex(tree)) == tree


REFUSED = {
    r"\frac{\partial^2 L}{\partial x^2}": "second derivatives are not read",
    r"\frac{\partial L}{\partial x \partial y}": "second derivatives are not read",
    r"\frac{d^2 L}{dx^2}": "second derivatives are not read",
    r"\partial_x^2 L": "second derivatives are not read",
    r"\pdv[2]{L}{x}": "second derivatives are not read",
    r"\pdv{L}{x}{y}": "second derivatives are not read",
    r"\partial_{xy} L": r"`\partial` with more than one letter to differentiate by is not read",
    r"\nabla L": r"`\nabla` without what it differentiates by is not read",
    r"\nabla^2 L": r"`\nabla` without what it differentiates by is not read",
    r"\nabla_x L(y)": r"how far `\nabla` reaches is not clear",
    r"\partial (a + b)": r"a bare `\partial` outside a fraction is not read",
    r"[i < j]": "a condition is read only between two index letters",
    r"[i = j + 1]": "a condition is read only between two index letters",
    r"\mathbb{1}_{i=j, k=l}": "a condition is read only between two index letters",
    "1 (i=j)": "`=` has no meaning here",
    "X^T_i": "an index behind a transposition is not read",
    r"\|x\|_1": "only the norm with the index 2 is read",
    "a | b": "a vertical bar is not read here",
    r"\log 2 x": "how far `log` reaches is not clear",
    r"\log f(x)": "how far `log` reaches is not clear",
    r"\log^2 x": "a power of the function `log` is not read",
    r"\mathbb{E} x": "how far the expectation reaches is not clear",
    r"\text{mean}_i(x)": "`mean` with an index is not read",
    r"\operatorname{sum}_i(x)": "`sum` with an index is not read",
    r"\sum_{i,j \neq k} x": "the bounds of this sum are not read",
    r"\sum_{i, j \neq i} x": "the bounds of this sum are not read",
    r"\sum_{i<j} x": "the bounds of this sum are not read",
    r"\sum_{i=1,...}^n x": "the bounds of this sum are not read",
    r"\sum_{i \in B \setminus S} x": "a sum over a set that is not one letter is not read",
    r"\prod_i x_i": "a product over an index is not read",
    r"a \pm b": "two signs at once are not read",
    "2 . 5": "`.` has no meaning here",
    "a. b": "`.` has no meaning here",
    "√σ²": "how far the root reaches is not clear",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=REFUSED)
def test_what_is_not_read_says_why(text: str, why: str) -> None:
    assert expr(text) == Unreadable(why)


PRINTED = {
    r"d\hat{x}_i": "dx̂_i",
    r"\partial x": "∂x",
    r"1_{i \ne j} x": "[i ≠ j] x",
    r"x^\top y": "xᵀ y",
    r"\|x\|^2": "(‖x‖)²",
    r"\text{softmax}(x)_i": "softmax(x)_i",
    r"\sum_{j \in \mathcal{B}, j \neq i} x": "Σ_(j∈B, j≠i) x",
    r"\sum_{j=1, j \neq i}^n x": "Σ_(j=1..n, j≠i) x",
    r"2 \cdot \mathbf{1}_n": "2 · 𝟏_n",
}


@pytest.mark.parametrize(("text", "shown"), PRINTED.items(), ids=PRINTED)
def test_new_ways_of_writing_have_plain_letters(text: str, shown: str) -> None:
    assert normalize("NFC", plain(expr(text))) == normalize("NFC", shown)


@pytest.mark.parametrize("text", [text for _, text, _ in CASES], ids=[text for _, text, _ in CASES])
def test_each_way_of_writing_is_one_side_of_an_equation_and_none_of_it_is_lost(text: str) -> None:
    script = read(Note("n", f"$$q = {text} = z$$"))
    assert [[step.latex for step in chain.steps] for chain in script.chains] == [[text, "z"]]
    found = account(script)
    assert (found.annotation, found.unreadable, found.lost) == (0, 0, ())


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_letters_with_signs_over_them_are_read_in_both_forms_of_unicode(form: str) -> None:
    letters = [("x̂", "hat"), ("ŷ", "hat"), ("ẋ", "dot"), ("x̄", "bar"), ("x̃", "tilde")]
    for text, accent in letters:
        written = normalize(form, text)
        assert expr(written) == Name(normalize("NFD", text)[0], (accent,))


def test_spans_of_small_digits_and_marked_letters_cover_their_text() -> None:
    text = "γ x̂ᵢ + σ² dx_j"
    tree = expr(text)
    names = [
        text[node.span.start : node.span.end] for node in inside(tree) if isinstance(node, (Name, Adjoint, Raised))
    ]
    assert names == ["γ", "x̂ᵢ", "σ²", "σ", "dx_j", "x_j"]


def test_compositions_of_the_ways_of_writing_read_back() -> None:
    """Every tree that comes out of two of them side by side, over one another or inside one another is written well."""
    chance = random.Random(7)
    texts = [text for _, text, _ in CASES] + list(NEAR)
    shapes = [
        r"\frac{%s}{%s}", "(%s - %s)", "%s %s", r"%s \cdot %s", "%s/%s", "{%s} {%s}", "%s + %s", r"{%s}^\top + {%s}^2",
        r"\log %s %s", r"\sum_{k \in S} %s %s", "-{%s} %s", r"\frac{{%s} a}{%s}", r"\text{Var}[%s] %s", "d %s %s",
    ]  # fmt: skip
    seen = 0
    for _ in range(3_000):
        tree = expr(chance.choice(shapes) % (chance.choice(texts), chance.choice(texts)))
        if not any(isinstance(node, Unreadable) for node in inside(tree)):
            seen += 1
            assert expr(latex(tree)) == tree, latex(tree)
    assert seen > 2_000


@pytest.mark.parametrize("dots", [r"\dots", r"\cdots", "...", "…"])
def test_an_ellipsis_is_a_summand_that_is_left_out(dots: str) -> None:
    text = f"x_1 + {dots} + x_n"
    found = parse(scan(text, Span(0, len(text))))
    assert isinstance(found, Addition)
    assert found.terms == (Name("x", (), ("1",)), Ellipsis(), Name("x", (), ("n",)))
