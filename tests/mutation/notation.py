"""Trees -> a note: tables of letters and layouts by which a derivation is written in LaTeX and Markdown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import cycle

from tests.mutation.trees import (
    Add,
    Cases,
    Delta,
    Frac,
    Grad,
    Mul,
    Neg,
    Num,
    Op,
    Par,
    Pow,
    Root,
    Row,
    Size,
    Stray,
    Sum,
    Sym,
    Tree,
)


class Unprintable(Exception):
    """This notation has no way to write the tree."""


@dataclass(frozen=True)
class Notation:
    """How one writer writes. A letter with `#` has its index there; letters without one take it behind."""

    name: str
    size: str = "n"
    x: str = "x"
    xhat: str = r"\hat{x}"
    y: str = "y"
    mu: str = r"\mu"
    v: str = r"\sigma^2"
    gamma: str = r"\gamma"
    beta: str = r"\beta"
    eps: str = r"\epsilon"
    loss: str = "L"
    sign: str = r"\partial "
    dot: str = " "
    """What stands between two factors."""
    sum: str = r"\sum_{#=1}^$"
    """`#` is the index, `$` the size."""
    bracket: tuple[str, str] = (r"\left(", r"\right)")
    slash_powers: bool = False
    tight: bool = False
    """`\\frac1n` for `\\frac{1}{n}`, and a minus directly behind the bounds of a sum."""
    delta: str = r"\delta_{#}"
    indices: str = "ijkp"
    """The letters for the indices i, j, k, p of the trees."""
    helpers: dict[str, str] = field(default_factory=dict)

    def letter(self, name: str) -> str:
        if name == "sigma":
            return self.without_square()
        if name in QUANTITIES:
            return str(getattr(self, name))
        return self.helpers.get(name) or HELPERS[name]

    def without_square(self) -> str:
        """The letter whose square is the variance."""
        if "^2" not in self.v:
            raise Unprintable("the variance is no square")
        return self.v.replace("^2", "")

    def index(self, letter: str) -> str:
        return self.indices["ijkp".index(letter)]

    def indexed(self, name: str, index: str) -> str:
        stem = self.letter(name)
        if not index:
            return stem
        letter = self.index(index)
        return stem.replace("#", letter) if "#" in stem else f"{stem}_{letter}"


QUANTITIES = ("x", "xhat", "y", "mu", "v", "gamma", "beta", "eps")
HELPERS = {"s": "s", "u": "u", "t": "t", "g": "g"}
"""The usual letters of helpers: the root, its inverse, the deviation, the gradient from above."""

USUAL = Notation("usual")
PAPER = Notation(
    "paper", size="m", mu=r"\mu_B", v=r"\sigma_B^2", loss=r"\ell", dot=r" \cdot ", sum=r"\sum_{#=1}^{$}",
)  # fmt: skip
NOTATIONS = {
    one.name: one
    for one in (
        USUAL,
        PAPER,
        Notation("handwriting", sign="d", dot=r" \cdot ", sum=r"\sum_#", v=r"\sigma^2"),
        Notation("short", size="N", v="v", sum=r"\sum_#", slash_powers=True, bracket=("(", ")")),
        Notation(
            "calligraphic", size="m", mu=r"\mu_{\mathcal B}", v=r"\sigma_{\mathcal B}^2", loss=r"\mathcal{L}",
            eps=r"\varepsilon", sum=r"\sum\limits_{#=1}^{$}", indices="jkip",
        ),
        Notation("bars", size="N", mu=r"\bar{x}", v="v", loss="J", dot=r"\,", bracket=("[", "]"), eps=r"\varepsilon"),
        Notation(
            "width", size="H", loss="C", xhat=r"\hat x", bracket=(r"\big(", r"\big)"), slash_powers=True, tight=True,
        ),
        Notation("error", size="M", loss="E", v="v", xhat=r"\hat{x}", sum=r"\sum_{#}", indices="klip"),
        Notation(
            "other", size="B", x="z", xhat=r"\hat{z}", y="o", mu="m", v="q", gamma="w", beta="b", eps=r"\varepsilon",
            loss=r"\mathcal{L}", dot=r" \times ", sum=r"\sum_{#=1}^{$}", delta="I_{#}",
        ),
        Notation("prime", size="n", xhat="x'", v="v", dot=" ", sum=r"\sum_#^$", bracket=("(", ")")),
        Notation("tagged", size="m", v=r"\sigma^2_B", mu=r"\mu_B", loss="l", sum=r"\sum_{#=1}^$", indices="ikjp", tight=True),
    )
}  # fmt: skip


# -- trees -> LaTeX


def latex(tree: Tree, by: Notation) -> str:
    """The tree as one formula. Raises Unprintable."""
    return _Writer(by).whole(tree)


def in_brackets(text: str, by: Notation) -> str:
    opening, closing = by.bracket
    return f"{opening}{text}{closing}" if len(opening) == 1 else f"{opening} {text} {closing}"


SIMPLE = (Num, Size, Sym, Stray, Delta, Grad, Par, Frac, Root, Pow)
"""What needs no brackets as a factor."""


@dataclass(frozen=True)
class _Writer:
    by: Notation

    def whole(self, tree: Tree) -> str:
        if isinstance(tree, Cases):
            rows = r" \\ ".join(self.row(row) for row in tree.rows)
            return rf"\begin{{cases}} {rows} \end{{cases}}"
        return self.sum_of_terms(tree)

    def row(self, row: Row) -> str:
        sign = "=" if row.same else r"\neq"
        return f"{self.whole(row.value)} & {self.by.index(row.left)} {sign} {self.by.index(row.right)}"

    def sum_of_terms(self, tree: Tree) -> str:
        terms = tree.terms if isinstance(tree, Add) else (tree,)
        text = ""
        for place, term in enumerate(terms):
            negative = isinstance(term, Neg)
            body = self.term(term.body if isinstance(term, Neg) else term)
            text += ("-" if not place else " - ") if negative else (" + " if place else "")
            text += body
        return text

    def term(self, tree: Tree) -> str:
        if isinstance(tree, (Add, Neg)):
            return self.bracketed(tree)
        return self.product(flat(tree))

    def product(self, factors: tuple[Tree, ...]) -> str:
        text = ""
        for place, factor in enumerate(factors):
            last = place == len(factors) - 1
            written = self.factor(factor, last)
            text += self.between(text, written, factor) + written
        return text

    def between(self, before: str, written: str, factor: Tree) -> str:
        if not before:
            return ""
        digits = written[0].isdigit() or (before[-1].isdigit() and isinstance(factor, (Num, Pow)))
        return r" \cdot " if digits else self.by.dot

    def factor(self, tree: Tree, last: bool) -> str:
        match tree:
            case Sum(index, Neg(body)) if last and self.by.tight and not isinstance(body, (Add, Neg)):
                return f"{self.sum_sign(index)} -{self.term(body)}"
            case Sum(index, body) if last:
                return f"{self.sum_sign(index)} {self.term(body)}"
            case Op(by, body):
                return rf"\frac{{{self.d()}}}{{{self.d()}{self.derived(by)}}} {self.operand(body)}"
            case Num() | Size() | Sym() | Stray() | Delta() | Grad() | Par() | Frac() | Root() | Pow():
                return self.atom(tree)
            case _:
                return self.bracketed(tree)

    def d(self) -> str:
        return self.by.sign

    def operand(self, tree: Tree) -> str:
        """An operator takes one factor, so a product needs its brackets."""
        return self.atom(tree) if isinstance(tree, SIMPLE) else self.bracketed(tree)

    def sum_sign(self, index: str) -> str:
        return self.by.sum.replace("#", self.by.index(index)).replace("$", self.by.size)

    def bracketed(self, tree: Tree) -> str:
        if isinstance(tree, Cases):
            raise Unprintable("cases inside a formula")
        return in_brackets(self.sum_of_terms(tree), self.by)

    def atom(self, tree: Tree) -> str:
        match tree:
            case Num(value):
                return self.number(value)
            case Size():
                return self.by.size
            case Sym(name, index):
                return self.by.indexed(name, index)
            case Stray(look):
                return self.stray(look)
            case Delta(left, right):
                return self.delta(left, right)
            case Grad(by):
                return self.quotient(self.by.loss, self.derived(by))
            case Par(of, by):
                return self.quotient(self.derived(of), self.derived(by))
            case Frac(above, below):
                return self.fraction(self.whole(above), self.whole(below))
            case Root(body):
                return rf"\sqrt{{{self.whole(body)}}}"
            case Pow(base, exponent):
                return f"{self.base(base)}^{self.exponent(exponent)}"
            case _:
                return self.bracketed(tree)

    def number(self, value: Fraction) -> str:
        return str(value.numerator) if value.denominator == 1 else self.fraction(*map(str, value.as_integer_ratio()))

    def fraction(self, above: str, below: str) -> str:
        if self.by.tight and len(above) == len(below) == 1:
            return rf"\frac{above if above.isdigit() else ' ' + above}{below if below.isdigit() or above.isdigit() else ' ' + below}"
        return rf"\frac{{{above}}}{{{below}}}"

    def delta(self, left: str, right: str) -> str:
        return self.by.delta.replace("#", self.by.index(left) + self.by.index(right))

    def stray(self, look: str) -> str:
        if look in ("Z", "l"):
            if look == self.by.loss:
                raise Unprintable(f"{look} is the loss")
            return look
        stem, twin = (self.by.mu, r"\mu") if look == "M" else (self.by.v, r"\sigma")
        if twin not in stem or look == self.by.size:
            raise Unprintable(f"no letter looks like {look}")
        return stem.replace(twin, look)

    def derived(self, sym: Sym) -> str:
        return self.by.indexed(sym.name, sym.index)

    def quotient(self, above: str, below: str) -> str:
        return rf"\frac{{{self.d()}{above}}}{{{self.d()}{below}}}"

    def base(self, tree: Tree) -> str:
        match tree:
            case Size():
                return self.by.size
            case Num(value) if value.denominator == 1:
                return self.number(value)
            case Sym(name, index):
                text = self.by.indexed(name, index)
                return text if "^" not in text and "'" not in text else in_brackets(text, self.by)
            case Stray(look) if look != "6":
                return self.stray(look)
            case _:
                return in_brackets(self.whole(tree), self.by)

    def exponent(self, value: Fraction) -> str:
        if value.denominator == 1:
            text = str(value)
        elif self.by.slash_powers:
            text = f"{value.numerator}/{value.denominator}"
        else:
            text = f"{'-' if value < 0 else ''}{self.number(abs(value))}"
        return text if len(text) == 1 else f"{{{text}}}"


def flat(tree: Tree) -> tuple[Tree, ...]:
    """The factors of a product, those of products in it among them."""
    if isinstance(tree, Mul):
        return tuple(one for factor in tree.factors for one in flat(factor))
    return (tree,)


# -- notes


@dataclass(frozen=True, slots=True)
class Chain:
    """`head = side = side`; the sentence stands before it."""

    head: Tree
    sides: tuple[Tree, ...]
    sentence: str = ""
    definition: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where one step stands in the text: its relation sign, its side, the head of its chain."""

    chain: int
    step: int
    relation: int
    head: tuple[int, int]
    side: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Written:
    text: str
    places: tuple[Place, ...]


LAYOUTS = ("blocks", "line", "aligned", "inline", "joined")


@dataclass
class _Page:
    """A text that grows, and the places in it."""

    text: str = ""
    places: list[Place] = field(default_factory=list)

    def put(self, text: str) -> tuple[int, int]:
        start = len(self.text)
        self.text += text
        return start, len(self.text)


def write(chains: tuple[Chain, ...], by: Notation, layouts: tuple[str, ...] = ("blocks",)) -> Written:
    """A note with the chains in order, the layouts taken in turn. Raises Unprintable."""
    page = _Page()
    page.put("# A backward pass\n\n")
    for number, (chain, layout) in enumerate(zip(chains, cycle(layouts), strict=False)):
        if chain.sentence:
            page.put(f"{chain.sentence}\n\n")
        sides = [latex(side, by) for side in chain.sides]
        WAYS[layout](page, number, latex(chain.head, by), sides)
        page.put("\n\n")
    return Written(page.text, tuple(page.places))


def _step(page: _Page, number: int, step: int, head: tuple[int, int], sign: str, side: str) -> None:
    relation, _ = page.put(sign)
    relation += sign.index("=")
    page.put(" ")
    page.places.append(Place(number, step, relation, head, page.put(side)))


def _line(page: _Page, number: int, head: str, sides: list[str], fence: str = "$$") -> None:
    """All sides in one formula."""
    page.put(fence)
    place = page.put(head)
    for step, side in enumerate(sides):
        page.put(" ")
        _step(page, number, step, place, "=", side)
    page.put(fence)


def _inline(page: _Page, number: int, head: str, sides: list[str]) -> None:
    page.put("Here ")
    _line(page, number, head, sides, "$")
    page.put(".")


def _blocks(page: _Page, number: int, head: str, sides: list[str]) -> None:
    """Each further side in a formula of its own that begins with the sign."""
    _line(page, number, head, sides[:1])
    place = next(one.head for one in page.places if one.chain == number)
    for step, side in enumerate(sides[1:], 1):
        page.put("\n\n$$")
        _step(page, number, step, place, "=", side)
        page.put("$$")


def _aligned(page: _Page, number: int, head: str, sides: list[str]) -> None:
    page.put("$$\n\\begin{aligned}\n")
    place = page.put(head)
    for step, side in enumerate(sides):
        page.put("\n" if step else " ")
        _step(page, number, step, place, "&=", side)
        page.put(" \\\\" if step < len(sides) - 1 else "")
    page.put("\n\\end{aligned}\n$$")


def _joined(page: _Page, number: int, head: str, sides: list[str]) -> None:
    """A formula that ends with the sign is continued by the next one."""
    page.put("$$\n")
    place = page.put(head)
    for step, side in enumerate(sides):
        page.put(" ")
        relation, _ = page.put("=")
        page.put("\n$$\n\n$$\n" if step else "\n")
        page.places.append(Place(number, step, relation, place, page.put(side)))
    page.put("\n$$")


Way = Callable[[_Page, int, str, list[str]], None]
WAYS: dict[str, Way] = {
    "blocks": _blocks, "line": _line, "aligned": _aligned, "inline": _inline, "joined": _joined,
}  # fmt: skip
