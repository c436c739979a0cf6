"""Changes of the text that leave the truth alone: other letters, other layouts, other ways to write the same value."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.judging import WRONG, check, dressed, standing
from tests.mutation.notation import Chain, Unprintable, Written, flat
from tests.mutation.operators import ONE, is_less, is_spread, negated, tidy
from tests.mutation.trees import (
    AXES,
    HALF,
    Add,
    Cases,
    Delta,
    Frac,
    Grad,
    Mul,
    Neg,
    Num,
    Op,
    Pow,
    Root,
    Size,
    Sum,
    Sym,
    Tree,
    add,
    equal,
    free_indices,
    minus,
    mul,
    num,
    parts,
    power,
    renamed,
    walk,
    with_parts,
)

N, MU, V, GAMMA = Size(), Sym("mu"), Sym("v"), Sym("gamma")
SPREAD = add(V, Sym("eps"))
ROOT = Root(SPREAD)


@dataclass(frozen=True)
class Site:
    """What a rule may know of the place: every index that is about, and the weight of the variance."""

    taken: frozenset[str]
    weight: Tree

    def new_index(self) -> str | None:
        return next((one for one in AXES if one not in self.taken), None)


Rule = Callable[[Tree, Site], Iterator[Tree]]


def _swaps(own: tuple[Tree, ...]) -> Iterator[tuple[Tree, ...]]:
    for place in range(len(own) - 1):
        yield (*own[:place], own[place + 1], own[place], *own[place + 2 :])


def factors_commuted(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Mul):
        yield from map(Mul, _swaps(tree.factors))


def terms_commuted(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Add):
        yield from map(Add, _swaps(tree.terms))


def distributed(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Mul):
        for place, factor in enumerate(tree.factors):
            if isinstance(factor, Add) and not is_spread(factor) and not is_less(factor):
                before, after = tree.factors[:place], tree.factors[place + 1 :]
                yield Add(tuple(_times(before, term, after) for term in factor.terms))


def _times(before: tuple[Tree, ...], term: Tree, after: tuple[Tree, ...]) -> Tree:
    return Neg(mul(*before, term.body, *after)) if isinstance(term, Neg) else mul(*before, term, *after)


def collected(tree: Tree, site: Site) -> Iterator[Tree]:
    """A factor that all terms share goes in front."""
    if not isinstance(tree, Add) or is_spread(tree):
        return
    bodies = [flat(t.body if isinstance(t, Neg) else t) for t in tree.terms]
    for factor in dict.fromkeys(bodies[0]):
        if factor != ONE and all(factor in body for body in bodies):
            rest = []
            for term, body in zip(tree.terms, bodies, strict=True):
                left = list(body)
                left.remove(factor)
                new = mul(*left) if left else ONE
                rest.append(Neg(new) if isinstance(term, Neg) else new)
            yield Mul((factor, Add(tuple(rest))))


def sum_split(tree: Tree, site: Site) -> Iterator[Tree]:
    match tree:
        case Sum(index, Add(terms)):
            yield Add(tuple(Neg(Sum(index, t.body)) if isinstance(t, Neg) else Sum(index, t) for t in terms))
        case Sum(index, Neg(body)):
            yield Neg(Sum(index, body))


def constant_out(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Sum) and isinstance(tree.body, Mul):
        outside = tuple(f for f in tree.body.factors if tree.index not in free_indices(f))
        inside = tuple(f for f in tree.body.factors if tree.index in free_indices(f))
        if outside and inside:
            yield Mul((*outside, Sum(tree.index, mul(*inside))))


def constant_in(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Mul):
        *before, last = tree.factors
        if isinstance(last, Sum) and last.index not in free_indices(mul(*before)):
            inner = flat(last.body) if isinstance(last.body, Mul) else (last.body,)
            yield mul(*before[:-1], Sum(last.index, Mul((before[-1], *inner))))


def bound_renamed(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Sum) and (index := site.new_index()):
        yield Sum(index, renamed(tree.body, {tree.index: index}))


def negative_power(tree: Tree, site: Site) -> Iterator[Tree]:
    """A quotient as a product with a negative power."""
    match tree:
        case Frac(above, below) if below != num(2):
            yield mul(above, *(_inverse(one) for one in flat(below)))


def _inverse(tree: Tree) -> Tree:
    match tree:
        case Root(body):
            return power(body, Fraction(-1, 2))
        case Pow(base, exponent):
            return Pow(base, -exponent)
        case Num(value):
            return num(1 / value)
        case _:
            return power(tree, -1)


def quotient(tree: Tree, site: Site) -> Iterator[Tree]:
    """A negative power as a quotient."""
    if isinstance(tree, Pow) and tree.exponent < 0:
        yield Frac(ONE, tree.base if tree.exponent == -1 else Pow(tree.base, -tree.exponent))


def root_as_power(tree: Tree, site: Site) -> Iterator[Tree]:
    match tree:
        case Root(body):
            yield Pow(body, HALF)
        case Pow(base, exponent) if exponent.denominator == 2:
            yield Root(base) if exponent == HALF else power(Root(base), exponent * 2)


def fraction_split(tree: Tree, site: Site) -> Iterator[Tree]:
    match tree:
        case Frac(Add(terms), below):
            yield Add(tuple(Neg(Frac(t.body, below)) if isinstance(t, Neg) else Frac(t, below) for t in terms))
        case Frac(Mul((first, *rest)), below):
            yield Mul((first, Frac(mul(*rest), below)))
            yield Mul((Frac(first, below), *rest))
        case Frac(above, Mul((first, *rest))):
            yield Mul((Frac(above, first), Frac(ONE, mul(*rest))))
        case Frac(Neg(above), below):
            yield Neg(Frac(above, below))


def normalised_written_out(tree: Tree, site: Site) -> Iterator[Tree]:
    match tree:
        case Sym("xhat", index):
            yield Frac(minus(Sym("x", index), MU), ROOT)
            yield mul(minus(Sym("x", index), MU), power(SPREAD, Fraction(-1, 2)))
        case Frac(Add((Sym("x", index), Neg(Sym("mu")))), below) if below == ROOT:
            yield Sym("xhat", index)


def gradient_written_out(tree: Tree, site: Site) -> Iterator[Tree]:
    index = site.new_index()
    match tree:
        case Grad(Sym("xhat", own)):
            yield Mul((GAMMA, Grad(Sym("y", own))))
        case Grad(Sym("beta")) if index:
            yield Sum(index, Grad(Sym("y", index)))
        case Grad(Sym("gamma")) if index:
            yield Sum(index, Mul((Grad(Sym("y", index)), Sym("xhat", index))))
        case Mul(factors) if GAMMA in factors:
            rest = list(factors)
            rest.remove(GAMMA)
            for place, factor in enumerate(rest):
                if isinstance(factor, Grad) and factor.by.name == "y":
                    yield mul(*rest[:place], Grad(Sym("xhat", factor.by.index)), *rest[place + 1 :])


def statistic_written_out(tree: Tree, site: Site) -> Iterator[Tree]:
    index = site.new_index()
    match tree:
        case Sym("mu") if index:
            yield mul(Frac(ONE, N), Sum(index, Sym("x", index)))
            yield Frac(Sum(index, Sym("x", index)), N)
        case Sym("v") if index:
            yield Frac(Sum(index, power(minus(Sym("x", index), MU), 2)), site.weight)


def plus_and_minus(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, Add) and not is_spread(tree) and not is_less(tree):
        yield Add((*tree.terms, MU, Neg(MU)))
        yield Add((*tree.terms, negated(tree.terms[0]), tree.terms[0]))


def over_itself(tree: Tree, site: Site) -> Iterator[Tree]:
    if isinstance(tree, (Sum, Grad)):
        yield Frac(Mul((N, tree)), N)
    if isinstance(tree, Sym) and tree.name == "xhat":
        yield Frac(Mul((GAMMA, tree)), GAMMA)


def minus_out(tree: Tree, site: Site) -> Iterator[Tree]:
    match tree:
        case Add((left, Neg(right))) if not is_less(tree):
            yield Neg(minus(right, left))
        case Neg(Add(terms)):
            yield Add(tuple(negated(term) for term in terms))


def contracted_delta(tree: Tree, site: Site) -> Iterator[Tree]:
    index = site.new_index()
    match tree:
        case Grad(Sym("y", own)) if index:
            yield Sum(index, Mul((Delta(index, own), Grad(Sym("y", index)))))
        case Delta(left, right):
            yield Delta(right, left)


RULES: dict[str, Rule] = {
    rule.__name__.replace("_", " "): rule
    for rule in (
        factors_commuted, terms_commuted, distributed, collected, sum_split, constant_out, constant_in, bound_renamed,
        negative_power, quotient, root_as_power, fraction_split, normalised_written_out, gradient_written_out,
        statistic_written_out, plus_and_minus, over_itself, minus_out, contracted_delta,
    )
}  # fmt: skip


def rewritings(tree: Tree, rule: Rule, site: Site) -> Iterator[Tree]:
    """The tree with the rule used at one node; what stands behind an operator is left alone."""
    yield from rule(tree, site)
    own = () if isinstance(tree, Op) else parts(tree)
    for place, part in enumerate(own):
        for new in rewritings(part, rule, site):
            yield with_parts(tree, (*own[:place], new, *own[place + 1 :]))


def rewritten(tree: Tree, derivation: Derivation, pick: random.Random, times: int, used: list[str]) -> Tree:
    """The tree after some random rules; `used` gains their names."""
    weight = minus(N, ONE) if derivation.unbiased else N
    for _ in range(times):
        about = frozenset(i for one in walk(tree) for i in (*free_indices(one), *_bound(one)))
        for name in pick.sample(list(RULES), len(RULES)):
            found = [one for one in rewritings(tree, RULES[name], Site(about, weight)) if not _is_long(one)]
            if found:
                tree = tidy(pick.choice(found))
                used.append(name)
                break
    return tree


def _bound(tree: Tree) -> tuple[str, ...]:
    return (tree.index,) if isinstance(tree, Sum) else ()


LONGEST = 90


def _is_long(tree: Tree) -> bool:
    return sum(1 for _ in walk(tree)) > LONGEST


# -- notes


@dataclass(frozen=True)
class Rewritten:
    """A right note in other words; `wrong` and `open` hold what was said of steps that must hold."""

    name: str
    note: Written
    rules: tuple[str, ...]
    steps: int = 0
    wrong: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    trouble: str = ""


def rewritten_note(number: int, seed: int, whole: bool = False) -> Rewritten:
    """One derivation, or a part of it, with its claims rewritten; all of it is right."""
    pick = random.Random(f"rewrite {seed} {number}")
    derivation = list(DERIVATIONS.values())[number % len(DERIVATIONS)]
    if not whole:
        derivation = derivation.excerpt(pick.choice(derivation.claims()))
    while True:
        used: list[str] = []
        chains = tuple(one for chain in derivation.chains for one in _rewritten_chain(chain, derivation, pick, used))
        note = replace(dressed(derivation, str(pick.random())), chains=chains)
        try:
            written = note.written()
        except Unprintable:
            continue
        return _judged(derivation.name, written, tuple(used))


def _rewritten_chain(chain: Chain, derivation: Derivation, pick: random.Random, used: list[str]) -> Iterator[Chain]:
    if chain.definition:
        yield chain
        return
    sides: list[Tree] = []
    for side in chain.sides:
        new = rewritten(side, derivation, pick, pick.randrange(4), used)
        if pick.random() < 0.2 and not isinstance(side, Cases):
            sides.append(side)
            used.append("step inserted")
        sides.append(new)
    if len(sides) > 1 and pick.random() < 0.2:
        used.append("chain split")
        cut = pick.randrange(1, len(sides))
        yield Chain(chain.head, tuple(sides[:cut]), chain.sentence)
        yield Chain(chain.head, tuple(sides[cut:]))
    else:
        yield Chain(chain.head, tuple(sides), chain.sentence)


def _judged(name: str, written: Written, rules: tuple[str, ...]) -> Rewritten:
    record = check(written.text)
    if isinstance(record, str):
        return Rewritten(name, written, rules, trouble=record)
    steps = {step.relation.start: step for step in record.steps}
    wrong, unread = [], []
    for place in written.places:
        step = steps.get(place.relation)
        said = standing(step)
        shown = f"{said}: {written.text[slice(*place.head)]} = {written.text[slice(*place.side)]}"
        if said in WRONG:
            wrong.append(shown)
        elif said != "holds":
            unread.append(f"{shown} ({step.why if step else ''})")
    return Rewritten(name, written, rules, len(written.places), tuple(wrong), tuple(unread))


def keeps_the_value(number: int, seed: int) -> tuple[Tree, Tree, Derivation]:
    """One rewritten side beside the right one, for a look at the numbers alone."""
    pick = random.Random(f"value {seed} {number}")
    derivation = list(DERIVATIONS.values())[number % len(DERIVATIONS)]
    chain = derivation.chains[pick.choice(derivation.claims())]
    side = pick.choice(chain.sides)
    return side, rewritten(side, derivation, pick, 3, []), derivation


def same_value(before: Tree, after: Tree, derivation: Derivation) -> bool:
    return equal(before, after, derivation.batches)
