"""Slips that people and scanners make, as functions from a tree to all trees with one such slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from tests.mutation.trees import (
    AXES,
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
    add,
    free_indices,
    minus,
    mul,
    num,
    parts,
    renamed,
    walk,
    with_parts,
)

ONE, TWO, ZERO, N = num(1), num(2), num(0), Size()
LESS = minus(N, ONE)
V, EPS = Sym("v"), Sym("eps")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a slip may know of its place: the free indices of the head and the variance of the note."""

    free: frozenset[str] = frozenset()
    unbiased: bool = False


Slips = Callable[[Tree, Scope], Iterator[Tree]]
"""All trees with one slip; some may still have the value of the right one."""
Local = Callable[[Tree, frozenset[str]], Iterator[Tree]]
"""What a node may become, with the indices that are bound where it stands."""


@dataclass(frozen=True)
class Operator:
    """One kind of slip, and the codes of the findings that a careful reader would accept for it."""

    name: str
    slips: Slips
    codes: frozenset[str]
    in_head: bool = False

    def mutants(self, tree: Tree, scope: Scope) -> list[Tree]:
        """The different trees with this slip, in a fixed order."""
        found = dict.fromkeys(tidy(one) for one in self.slips(tree, scope))
        found.pop(tidy(tree), None)
        return list(found)


# -- machinery


def tidy(tree: Tree) -> Tree:
    """Without what a dropped factor leaves behind: factors of one, products of one, fractions over one."""
    tree = with_parts(tree, tuple(tidy(part) for part in parts(tree)))
    match tree:
        case Mul(factors):
            kept = tuple(one for one in factors if one != ONE)
            return mul(*kept) if kept else ONE
        case Add(terms):
            return add(*terms) if terms else ZERO
        case Frac(above, below) if below == ONE:
            return above
        case Pow(base, exponent) if exponent == 1:
            return base
        case Neg(body) if body == ZERO:
            return ZERO
        case _:
            return tree


def everywhere(local: Local) -> Slips:
    """A change of one node, made at every node in turn."""

    def slips(tree: Tree, scope: Scope, bound: frozenset[str] = frozenset()) -> Iterator[Tree]:
        yield from local(tree, bound)
        inner = bound | {tree.index} if isinstance(tree, Sum) else bound
        for place, part in enumerate(own := parts(tree)):
            for new in slips(part, scope, inner):
                yield with_parts(tree, (*own[:place], new, *own[place + 1 :]))

    return lambda tree, scope: slips(tree, scope)


def every_letter(change: Callable[[Sym], Iterator[Sym]], in_gradients: bool = True) -> Slips:
    """A change of one letter, those of derivatives among them."""

    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        match tree:
            case Sym():
                yield from change(tree)
            case Grad(by) if in_gradients:
                yield from (Grad(one) for one in change(by))
            case Par(of, by):
                yield from (Par(one, by) for one in change(of))
                yield from (Par(of, one) for one in change(by))
            case Op(by, body):
                yield from (Op(one, body) for one in change(by))

    return everywhere(local)


def swap_name(old: str, new: str) -> Callable[[Sym], Iterator[Sym]]:
    def change(sym: Sym) -> Iterator[Sym]:
        if sym.name == old:
            yield Sym(new, sym.index)

    return change


def negated(tree: Tree) -> Tree:
    return tree.body if isinstance(tree, Neg) else Neg(tree)


def is_less(tree: Tree) -> bool:
    """n - 1"""
    return tree == LESS


def is_spread(tree: Tree) -> bool:
    """v + eps"""
    return isinstance(tree, Add) and set(tree.terms) == {V, EPS}


def kind(tree: Tree) -> str:
    """What a factor is: a number, a count, the scale, a power of the root, a delta, or of one sample."""
    match tree:
        case Frac(above, below) if above == ONE:
            return kind(below)
        case Num():
            return "number"
        case Size():
            return "count"
        case Sym("gamma"):
            return "scale"
        case Sym("s" | "u") | Root():
            return "root"
        case Pow(base, _):
            return kind(base)
        case Delta():
            return "delta"
        case Add() if is_less(tree):
            return "count"
        case Add() if is_spread(tree):
            return "root"
        case Frac(above, below) if kind(above) == "number" and kind(below) == "count":
            return "weight"
        case Sum() | Neg() | Cases():
            return ""
        case _:
            return "family" if free_indices(tree) else ""


# -- signs


def sign_of_a_term(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Add) and not is_less(tree) and not is_spread(tree):
        for place, term in enumerate(tree.terms):
            yield Add((*tree.terms[:place], negated(term), *tree.terms[place + 1 :]))


def sign_of_the_side(tree: Tree, scope: Scope) -> Iterator[Tree]:
    if isinstance(tree, Cases):
        for place, row in enumerate(tree.rows):
            new = Row(negated(row.value), row.left, row.right, row.same)
            yield Cases((*tree.rows[:place], new, *tree.rows[place + 1 :]))
    elif isinstance(tree, Add):
        yield negated(tree)
    else:
        yield negated(tree)


def sign_of_a_factor(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """A minus before a factor or in a numerator is lost."""
    match tree:
        case Mul(factors):
            for place, factor in enumerate(factors):
                if isinstance(factor, Neg):
                    yield Mul((*factors[:place], factor.body, *factors[place + 1 :]))
        case Frac(Neg(above), below):
            yield Frac(above, below)
        case Sum(index, Neg(body)):
            yield Sum(index, body)


def difference_swapped(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    match tree:
        case Add((left, Neg(right))) if not is_less(tree):
            yield minus(right, left)


# -- brackets


def loosened(tree: Tree) -> Iterator[tuple[Tree, ...]]:
    """The terms that a term becomes as read, when one pair of its brackets is not written."""
    match tree:
        case Neg(body):
            for first, *rest in loosened(body):
                yield negated(first), *rest
        case Sum(index, body):
            inner = [body.terms] if isinstance(body, Add) else loosened(body)
            for first, *rest in inner:
                yield Sum(index, first), *rest
        case Mul(factors):
            for place, factor in enumerate(factors):
                before, after = factors[:place], factors[place + 1 :]
                if isinstance(factor, Add):
                    yield _between(before, factor.terms, after)
                elif isinstance(factor, Pow) and isinstance(factor.base, Add):
                    yield _between(before, _under(factor), after)
            if isinstance(factors[-1], Sum):
                for first, *rest in loosened(factors[-1]):
                    yield mul(*factors[:-1], first), *rest
        case Pow(Add(), _):
            yield _under(tree)


def _under(tree: Pow) -> tuple[Tree, ...]:
    """`(a + b)^2` as `a + b^2`"""
    assert isinstance(tree.base, Add)
    *first, last = tree.base.terms
    return *first, (Neg(Pow(last.body, tree.exponent)) if isinstance(last, Neg) else Pow(last, tree.exponent))


def _between(before: tuple[Tree, ...], terms: tuple[Tree, ...], after: tuple[Tree, ...]) -> tuple[Tree, ...]:
    first, *middle, last = terms
    opening = (mul(*before), first) if isinstance(first, Neg) and before else (mul(*before, first),)
    closing = Neg(mul(last.body, *after)) if isinstance(last, Neg) else mul(last, *after)
    return *opening, *middle, closing


def brackets_lost(tree: Tree, scope: Scope) -> Iterator[Tree]:
    yield from _lost(tree, whole=True)


def _lost(tree: Tree, whole: bool) -> Iterator[Tree]:
    if whole and not isinstance(tree, Cases):
        terms = tree.terms if isinstance(tree, Add) else (tree,)
        for place, term in enumerate(terms):
            for new in loosened(term):
                yield add(*terms[:place], *new, *terms[place + 1 :])
    own = parts(tree)
    for place, part in enumerate(own):
        inside = isinstance(tree, (Frac, Root, Op, Cases)) or isinstance(part, Add)
        for new in _lost(part, inside):
            yield with_parts(tree, (*own[:place], new, *own[place + 1 :]))


def minus_not_distributed(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """-(a - b) as -a - b"""
    match tree:
        case Neg(Add((first, *rest))):
            yield Add((negated(first), *rest))
        case Neg(Mul(factors)):
            for place, factor in enumerate(factors):
                if isinstance(factor, Add) and not is_spread(factor) and not is_less(factor):
                    before, after = factors[:place], factors[place + 1 :]
                    first, *rest = (
                        Neg(mul(*before, t.body, *after)) if isinstance(t, Neg) else mul(*before, t, *after)
                        for t in factor.terms
                    )
                    yield Add((negated(first), *rest))


# -- factors


def factor_lost(wanted: str) -> Local:
    """A factor of this kind is dropped, above or below a fraction line."""

    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        match tree:
            case Mul(factors):
                for place, factor in enumerate(factors):
                    if kind(factor) == wanted:
                        yield mul(*factors[:place], *factors[place + 1 :])
            case Frac(above, below):
                if kind(below) == wanted:
                    yield above
                if kind(above) == wanted and above != ONE:
                    yield Frac(ONE, below)

    return local


def weight_lost(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """2/n loses its count."""
    match tree:
        case Frac(above, below) if kind(below) == "count":
            yield above
        case Frac(above, Mul(factors)):
            for place, factor in enumerate(factors):
                if kind(factor) == "count":
                    yield Frac(above, mul(*factors[:place], *factors[place + 1 :]))
        case Mul(factors):
            for place, factor in enumerate(factors):
                if isinstance(factor, Frac) and kind(factor) == "count":
                    yield mul(*factors[:place], *factors[place + 1 :])


def count_lost(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """A factor n is dropped."""
    if isinstance(tree, Mul):
        for place, factor in enumerate(tree.factors):
            if isinstance(factor, Size):
                yield mul(*tree.factors[:place], *tree.factors[place + 1 :])


def factor_doubled(wanted: str) -> Local:
    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        match tree:
            case Mul(factors):
                for place, factor in enumerate(factors):
                    if kind(factor) == wanted:
                        yield Mul((*factors[:place], factor, factor, *factors[place + 1 :]))
            case Frac(above, below):
                if kind(below) == wanted:
                    yield Frac(above, Mul((below, below)))
                if kind(above) == wanted and above != ONE:
                    yield Frac(Mul((above, above)), below)

    return local


# -- counts and powers


def n_for_less(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if is_less(tree):
        yield N


def less_for_n(tree: Tree, scope: Scope) -> Iterator[Tree]:
    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        own = parts(one)
        for place, part in enumerate(own):
            if isinstance(part, Size) and not is_less(one):
                yield with_parts(one, (*own[:place], LESS, *own[place + 1 :]))

    return everywhere(local)(tree, scope)


def two_for_n(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """The writer thinks of two samples."""
    own = parts(tree)
    for place, part in enumerate(own):
        if isinstance(part, Size) and not is_less(tree):
            yield with_parts(tree, (*own[:place], TWO, *own[place + 1 :]))


def exponent_off(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Pow):
        for step in (-1, 1):
            if tree.exponent + step not in (0, 1):
                yield Pow(tree.base, tree.exponent + step)


def exponent_sign(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Pow):
        yield Pow(tree.base, -tree.exponent)


def square_lost(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Pow) and tree.exponent == 2:
        yield tree.base


def root_lost(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Root):
        yield tree.body


def root_added(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """The denominator v + eps under a root."""
    match tree:
        case Frac(above, below) if is_spread(below):
            yield Frac(above, Root(below))
        case Mul(factors):
            for place, factor in enumerate(factors):
                if is_spread(factor):
                    yield Mul((*factors[:place], Root(factor), *factors[place + 1 :]))


# -- epsilon


def eps_dropped(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if is_spread(tree):
        yield V


def eps_outside(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    match tree:
        case Root(body) if is_spread(body):
            yield Add((Root(V), EPS))
        case Pow(base, exponent) if is_spread(base) and exponent.denominator == 2:
            whole = exponent * 2
            yield Pow(Add((Root(V), EPS)), Fraction(whole))


# -- derivatives and hats


def gradient_by(old: str, new: str) -> Local:
    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if isinstance(tree, Grad) and tree.by.name == old:
            yield Grad(Sym(new, tree.by.index))

    return local


# -- indices


def index_slip(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """One letter carries the index of another sample: one that is about, or the next letter."""
    about = [*sorted(scope.free | {s.index for s in walk(tree) if isinstance(s, Sum)})]
    letters = about if len(about) > 1 else [*about, *(i for i in AXES if i not in about)][:2]

    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        match one:
            case Sym(name, index) if index:
                yield from (Sym(name, new) for new in letters)
            case Grad(Sym(name, index)) if index:
                yield from (Grad(Sym(name, new)) for new in letters)
            case Par(of, by):
                yield from (Par(Sym(of.name, new), by) for new in letters if of.index)
                yield from (Par(of, Sym(by.name, new)) for new in letters if by.index)
            case Delta(left, right):
                yield from (Delta(new, right) for new in letters if new != right)
                yield from (Delta(left, new) for new in letters if new != left)

    return everywhere(local)(tree, scope)


def captured(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """A sum binds a letter that the head has free."""

    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if isinstance(one, Sum):
            for free in sorted(scope.free - bound - {one.index}):
                yield Sum(free, renamed(one.body, {one.index: free}))

    return everywhere(local)(tree, scope)


def other_bound_letter(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """The sum names a letter that its summands do not have."""
    if isinstance(tree, Sum):
        taken = free_indices(tree.body) | bound
        yield from (Sum(index, tree.body) for index in _new_letter(taken))


def sum_dropped(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Sum):
        yield tree.body


def one_summand(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """The sum is dropped and its summand taken at the sample of the head."""

    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if isinstance(one, Sum):
            yield from (renamed(one.body, {one.index: free}) for free in sorted(scope.free - bound - {one.index}))

    return everywhere(local)(tree, scope)


def sum_added(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """A sum over a letter that nothing carries."""
    taken = scope.free | free_indices(tree) | {s.index for s in walk(tree) if isinstance(s, Sum)}
    for index in _new_letter(taken):
        yield from _summed(tree, index, scope)


def _new_letter(taken: frozenset[str]) -> list[str]:
    """The first index that is not taken; a long tree may have them all."""
    return [one for one in AXES if one not in taken][:1]


def sum_added_over_free(tree: Tree, scope: Scope) -> Iterator[Tree]:
    for index in sorted(scope.free):
        yield from _summed(tree, index, scope)


def _summed(tree: Tree, index: str, scope: Scope) -> Iterator[Tree]:
    """A sum before the whole, before a term, or before a bracket."""
    if not isinstance(tree, (Cases, Add)):
        yield Neg(Sum(index, tree.body)) if isinstance(tree, Neg) else Sum(index, tree)

    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        match one:
            case Add(terms) if not is_spread(one) and not is_less(one):
                for place, term in enumerate(terms):
                    new = Neg(Sum(index, term.body)) if isinstance(term, Neg) else Sum(index, term)
                    yield Add((*terms[:place], new, *terms[place + 1 :]))
            case Mul((*before, last)) if isinstance(last, Add) and not is_spread(last):
                yield Mul((*before, Sum(index, last)))

    yield from everywhere(local)(tree, scope)


# -- terms


def is_path(tree: Tree) -> bool:
    """A term of the chain rule: a gradient times a derivative."""
    inside = list(walk(tree))
    return any(isinstance(one, Grad) for one in inside) and any(isinstance(one, Par) for one in inside)


def term_dropped(want: Callable[[Tree], bool]) -> Local:
    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if isinstance(tree, Add) and not is_spread(tree) and not is_less(tree):
            for place, term in enumerate(tree.terms):
                if want(term):
                    yield add(*tree.terms[:place], *tree.terms[place + 1 :])

    return local


def has_delta(tree: Tree) -> bool:
    return any(isinstance(one, Delta) for one in walk(tree))


def plain_term(tree: Tree) -> bool:
    return not is_path(tree) and not has_delta(tree)


def term_doubled(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Add) and not is_less(tree) and not is_spread(tree):
        for place, term in enumerate(tree.terms):
            yield Add((*tree.terms[: place + 1], term, *tree.terms[place + 1 :]))


# -- cases


def conditions_exchanged(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Cases):
        yield Cases(tuple(Row(r.value, r.left, r.right, not r.same) for r in tree.rows))


def condition_repeated(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Cases):
        for same in (True, False):
            yield Cases(tuple(Row(r.value, r.left, r.right, same) for r in tree.rows))


def delta_dropped(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if isinstance(tree, Delta):
        yield ONE


# -- heads

OTHERS = {"gamma": ("beta",), "beta": ("gamma",), "mu": ("v",), "v": ("mu",)}


def other_head(tree: Tree, scope: Scope) -> Iterator[Tree]:
    change = lambda sym: (Sym(name, sym.index) for name in OTHERS.get(sym.name, ()))  # noqa: E731
    if isinstance(tree, (Grad, Par)):
        yield from every_letter(change)(tree, scope)


def head_without_hat(tree: Tree, scope: Scope) -> Iterator[Tree]:
    if isinstance(tree, (Grad, Par)):
        yield from every_letter(swap_name("xhat", "x"))(tree, scope)


def head_with_hat(tree: Tree, scope: Scope) -> Iterator[Tree]:
    if isinstance(tree, (Grad, Par)):
        yield from every_letter(swap_name("x", "xhat"))(tree, scope)


def head_of_y(tree: Tree, scope: Scope) -> Iterator[Tree]:
    if isinstance(tree, Grad):
        yield from every_letter(swap_name("xhat", "y"))(tree, scope)


def head_of_another_sample(tree: Tree, scope: Scope) -> Iterator[Tree]:
    if isinstance(tree, Grad) and tree.by.index:
        other = next(one for one in AXES if one != tree.by.index)
        yield Grad(Sym(tree.by.name, other))


# -- letters


def mu_for_x(sym: Sym) -> Iterator[Sym]:
    if sym.name == "x":
        yield Sym("mu")


def x_for_mu(tree: Tree, scope: Scope) -> Iterator[Tree]:
    """A mean becomes the sample beside it."""

    def local(one: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if isinstance(one, Sym) and one.name == "mu":
            yield from (Sym("x", index) for index in sorted(bound | scope.free))

    return everywhere(local)(tree, scope)


def n_for_mu(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    """M for mu where M is the number of samples."""
    if tree == Sym("mu"):
        yield N


def stray(old: Tree, look: str) -> Local:
    def local(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
        if tree == old:
            yield Stray(look)

    return local


def six_for_sigma(tree: Tree, bound: frozenset[str]) -> Iterator[Tree]:
    if tree == V:
        yield Stray("6")


# -- the table


def operator(name: str, slips: Slips, codes: str, in_head: bool = False) -> Operator:
    return Operator(name, slips, frozenset(codes.split()), in_head)


def at_nodes(name: str, local: Local, codes: str) -> Operator:
    return operator(name, everywhere(local), codes)


OPERATORS = (
    at_nodes("sign of a term", sign_of_a_term, "sign-flip"),
    operator("sign of the side", sign_of_the_side, "sign-flip"),
    at_nodes("sign of a factor lost", sign_of_a_factor, "sign-flip"),
    at_nodes("difference swapped", difference_swapped, "sign-flip"),
    operator("brackets lost", brackets_lost, "missing-parentheses"),
    at_nodes("minus not distributed", minus_not_distributed, "missing-parentheses sign-flip"),
    at_nodes("number lost", factor_lost("number"), "missing-factor"),
    at_nodes("n lost", count_lost, "missing-factor wrong-count"),
    at_nodes("1/n lost", weight_lost, "missing-factor wrong-count"),
    at_nodes("gamma lost", factor_lost("scale"), "missing-factor wrong-upstream"),
    at_nodes("root as a factor lost", factor_lost("root"), "missing-factor"),
    at_nodes("factor of a sample lost", factor_lost("family"), "missing-factor"),
    at_nodes("number doubled", factor_doubled("number"), "extra-factor"),
    at_nodes("count doubled", factor_doubled("count"), "extra-factor wrong-count"),
    at_nodes("gamma doubled", factor_doubled("scale"), "extra-factor wrong-upstream"),
    at_nodes("root doubled", factor_doubled("root"), "extra-factor wrong-exponent"),
    at_nodes("factor of a sample doubled", factor_doubled("family"), "extra-factor"),
    at_nodes("n for n - 1", n_for_less, "wrong-count mixed-variance"),
    operator("n - 1 for n", less_for_n, "wrong-count mixed-variance"),
    at_nodes("2 for n", two_for_n, "small-n-only wrong-count"),
    at_nodes("exponent off by one", exponent_off, "wrong-exponent"),
    at_nodes("sign of an exponent", exponent_sign, "wrong-exponent"),
    at_nodes("square lost", square_lost, "wrong-exponent missing-factor"),
    at_nodes("root lost", root_lost, "wrong-exponent"),
    at_nodes("root added", root_added, "wrong-exponent"),
    at_nodes("eps dropped", eps_dropped, "eps-placement missing-term"),
    at_nodes("eps outside the root", eps_outside, "eps-placement"),
    at_nodes("dL/dy for dL/dxhat", gradient_by("xhat", "y"), "wrong-upstream missing-factor"),
    at_nodes("dL/dxhat for dL/dy", gradient_by("y", "xhat"), "wrong-upstream extra-factor"),
    at_nodes("dL/dx for dL/dxhat", gradient_by("xhat", "x"), "lost-hat wrong-upstream"),
    operator("hat lost", every_letter(swap_name("xhat", "x"), in_gradients=False), "lost-hat"),
    operator("hat added", every_letter(swap_name("x", "xhat")), "lost-hat"),
    operator("index slip", index_slip, "index-slip"),
    operator("index captured", captured, "bound-index"),
    at_nodes("sum over another letter", other_bound_letter, "index-slip bound-index"),
    at_nodes("sum dropped", sum_dropped, "dropped-sum"),
    operator("one summand for the sum", one_summand, "dropped-sum missing-path"),
    operator("sum added", sum_added, "extra-sum"),
    operator("sum over a free index", sum_added_over_free, "extra-sum bound-index"),
    at_nodes("term dropped", term_dropped(plain_term), "missing-term missing-path"),
    at_nodes("path dropped", term_dropped(is_path), "missing-path missing-term"),
    at_nodes("delta term dropped", term_dropped(has_delta), "missing-term case-condition"),
    at_nodes("term doubled", term_doubled, "extra-term"),
    at_nodes("conditions exchanged", conditions_exchanged, "case-condition"),
    at_nodes("condition repeated", condition_repeated, "case-condition"),
    at_nodes("delta dropped", delta_dropped, "missing-factor case-condition"),
    operator("head without its hat", head_without_hat, "lost-hat wrong-head", in_head=True),
    operator("head with a hat", head_with_hat, "lost-hat wrong-head", in_head=True),
    operator("head of another quantity", other_head, "wrong-head", in_head=True),
    operator("head by y", head_of_y, "wrong-head wrong-upstream", in_head=True),
    operator("head of another sample", head_of_another_sample, "wrong-head index-slip", in_head=True),
    operator("mu for x", every_letter(mu_for_x), "misread-symbol"),
    operator("x for mu", x_for_mu, "misread-symbol"),
    operator("beta for gamma", every_letter(swap_name("gamma", "beta")), "misread-symbol"),
    operator("gamma for beta", every_letter(swap_name("beta", "gamma")), "misread-symbol"),
    operator("square of sigma lost", every_letter(swap_name("v", "sigma")), "wrong-exponent misread-symbol"),
    at_nodes("Z for 2", stray(TWO, "Z"), "misread-symbol undefined-symbol"),
    at_nodes("l for 1", stray(ONE, "l"), "misread-symbol undefined-symbol"),
    at_nodes("n for mu", n_for_mu, "misread-symbol"),
    at_nodes("M for mu", stray(Sym("mu"), "M"), "misread-symbol undefined-symbol"),
    at_nodes("6 for sigma", six_for_sigma, "misread-symbol undefined-symbol"),
)
