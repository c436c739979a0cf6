"""Both sides exactly, on the concrete graph of a few batch sizes; the only module that knows SymPy.

SymPy's `diff` differentiates, node by node; its polynomial rings compare. Nothing is ever simplified.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from functools import partial as bind
from itertools import product, takewhile
from math import prod
from typing import Generic, TypeVar, assert_never

from sympy import Add, Expr, Mul, Pow, Rational, Symbol, diff
from sympy import exp as sympy_exp
from sympy import log as sympy_log
from sympy.polys.domains import QQ
from sympy.polys.orderings import lex
from sympy.polys.rings import PolyRing

from bnverify.frozen import frozen
from bnverify.limits import most
from bnverify.model.axes import axis_of
from bnverify.model.forward import Forward, Node
from bnverify.model.quantities import EPSILON, INPUT, LOSS, TARGET
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    children,
    free_indices,
    walk,
)
from bnverify.truth.surds import Abstain, Numbers, Poly, Ratio
from bnverify.truth.verdict import Identity, Opinion, Sampled, with_numbered

T = TypeVar("T")
Letter = tuple[str, tuple[int, ...]]
"""A quantity at concrete samples, which count from 1."""
Places = Mapping[str, int]
"""The sample that each index names."""

EXP = "exp "
"""Before the name of a quantity: its exponential."""
MOST_FREE = 5  # these have 52 patterns of equality
MOST_NESTED = 6
MOST_LETTERS = 64
MOST_PLACES = 24
"""Of an input with several indices."""
SPARE_ROOTS = 8


def examine(identity: Identity, forward: Forward, sizes: tuple[int, ...] = (2, 3, 4)) -> Sampled:
    """Compare both sides exactly at each batch size, for every pattern of equal and distinct indices."""
    differs: dict[int, bool] = {}
    why = "no batch size has indices that meet the conditions"
    for n in sizes:
        try:
            found = compare(identity, forward, n)
        except Abstain as reason:
            why = str(reason)
        except RecursionError:
            why = "an expression is nested too deeply"
        else:
            differs |= {} if found is None else {n: found}
    if not differs:
        return Sampled(Opinion.ABSTAINS, why=why)
    return Sampled(Opinion.REFUTED if any(differs.values()) else Opinion.AGREES, differs)


def compare(identity: Identity, forward: Forward, n: int) -> bool | None:
    """Whether the sides differ for some assignment; None where there is no assignment."""
    if n < forward.convention.smallest_n:
        return None
    if forward.layer.rank > 1 and prod(forward.sizes(n)) > MOST_PLACES:
        raise Abstain("the input has too many places")
    named = {index for c in identity.conditions for index in (c.left, c.right)}
    free = sorted(named | free_indices(identity.left) | free_indices(identity.right))
    if len(free) > MOST_FREE or max(nesting(identity.left), nesting(identity.right)) > MOST_NESTED:
        raise Abstain("too many indices at once")
    if len({*roots_in(identity.left), *roots_in(identity.right)}) > SPARE_ROOTS:
        raise Abstain("too many square roots")
    at = [places for places in patterns(free, forward.sizes(n)) if meets(with_numbered(identity), places)]
    if not at:
        return None
    graph = concrete(forward, n, free_letters(identity, forward))
    numbers = graph.numbers.copy()
    # No short cut: an assignment without a value must not hide behind one where the sides differ.
    return not all([equal(identity, places, graph, numbers) for places in at])  # noqa: C419


def roots_in(term: Term) -> Iterator[Power]:
    return (part for part in walk(term) if isinstance(part, Power) and part.exponent.denominator == 2)


def equal(identity: Identity, places: Places, graph: Graph, numbers: Numbers) -> bool:
    to = fractions(graph, numbers)
    left, right = (interpret(side, places, to) for side in (identity.left, identity.right))
    return numbers.vanishes(numbers.add([left, numbers.multiply([numbers.number(Fraction(-1)), right])]))


def patterns(names: Sequence[str], sizes: Sequence[int]) -> Iterator[Places]:
    """One assignment per pattern of equal indices: the places of an axis are exchangeable."""
    for chosen in product(*(range(1, sizes[axis_of(name)] + 1) for name in names)):
        places = dict(zip(names, chosen, strict=True))
        if all(place <= 1 + largest_before(name, places) for name, place in places.items()):
            yield places


def largest_before(name: str, places: Places) -> int:
    """The largest place of the indices of the same axis that stand before this one."""
    before = takewhile(lambda other: other != name, places)
    return max((places[other] for other in before if axis_of(other) == axis_of(name)), default=0)


def nesting(term: Term) -> int:
    """How many sums stand inside one another."""
    return isinstance(term, Sum) + max(map(nesting, children(term)), default=0)


def meets(conditions: Sequence[Condition], places: Places) -> bool:
    return all((place_of(c.left, places) == place_of(c.right, places)) == c.same for c in conditions)


def place_of(index: str, places: Places) -> int:
    if index not in places:
        raise Abstain(f"the index {index} is not bound")
    return places[index]


def letter(value: Value, places: Places) -> Letter:
    return value.name, tuple(place_of(index, places) for index in value.index)


def free_letters(identity: Identity, forward: Forward) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """The symbols that the forward pass does not know, with the axes of their indices."""
    sides = (identity.left, identity.right)
    values = {part for side in sides for part in walk(side) if isinstance(part, Value)}
    known = {leaf.name for leaf in forward.leaves} | {node.name for node in forward.nodes}
    return tuple(sorted({(one.name, tuple(map(axis_of, one.index))) for one in values if one.name not in known}))


# One walk over the tree, for fractions and for SymPy expressions.


@frozen
class Domain(Generic[T]):
    """What a term becomes: fractions of polynomials, or expressions to differentiate."""

    sizes: tuple[int, ...]
    number: Callable[[Fraction], T]
    add: Callable[[Sequence[T]], T]
    multiply: Callable[[Sequence[T]], T]
    raised: Callable[[T, Fraction], T]
    letter: Callable[[Letter], T]
    loss_by: Callable[[Letter], T]
    partial: Callable[[Partial, Places], T]
    exponential: Callable[[Term, Places], T]
    logarithm: Callable[[T], T]


def interpret(term: Term, places: Places, to: Domain[T]) -> T:
    """The value of a term at concrete samples."""
    match term:
        case Number(value=value):
            return to.number(value)
        case Count(axis=axis):
            return to.number(Fraction(to.sizes[axis]))
        case Value():
            return to.letter(letter(term, places))
        case Delta(left=left, right=right):
            return to.number(Fraction(place_of(left, places) == place_of(right, places)))
        case Sum(index=index, body=body):
            return to.add([interpret(body, {**places, index: k}, to) for k in range(1, to.sizes[axis_of(index)] + 1)])
        case Plus(terms=parts):
            return to.add([interpret(part, places, to) for part in parts])
        case Times(factors=parts):
            return to.multiply([interpret(part, places, to) for part in parts])
        case Power(base=base, exponent=exponent):
            if abs(exponent) > most("exponent") or exponent.denominator > 2:
                raise Abstain(f"the power {exponent} is too large, or neither whole nor half")
            return to.raised(interpret(base, places, to), exponent)
        case Exp(body=body):
            return to.exponential(body, places)
        case Log(body=body):
            return to.logarithm(interpret(body, places, to))
        case LossBy(value=value, of=of):
            if of is None:
                return to.loss_by(letter(value, places))
            return to.partial(Partial(of, value, Reading.TOTAL), places)
        case Partial():
            return to.partial(term, places)
        case Cases(rows=rows):
            for conditions, row in rows:
                if meets(conditions, places):
                    return interpret(row, places, to)
            raise Abstain("no case applies")
        case Unknown(why=why):
            raise Abstain(why)
        case _:
            assert_never(term)


def find(table: Mapping[Letter, T], key: Letter) -> T:
    if key not in table:
        raise Abstain(f"{key[0]} has another number of indices")
    return table[key]


# The concrete graph.


@dataclass(slots=True)
class Graph:
    """The forward pass at one batch size: what each letter is worth, and the slope of every edge."""

    sizes: tuple[int, ...]
    numbers: Numbers
    symbols: Mapping[Letter, Symbol]
    losses: Mapping[Letter, Symbol]
    """A symbol for each derivative of the loss, inside an expression to differentiate."""
    values: dict[Letter, Ratio]
    definitions: dict[Letter, Expr] = field(default_factory=dict)
    slopes: dict[Letter, dict[Letter, Ratio]] = field(default_factory=dict)
    by_loss: dict[Letter, Ratio] = field(default_factory=dict)
    sweeps: dict[Letter, dict[Letter, Ratio]] = field(default_factory=dict)
    """Total derivatives of all nodes by one letter: computed when first asked for."""


@lru_cache(maxsize=64)
def concrete(forward: Forward, n: int, free: tuple[tuple[str, tuple[int, ...]], ...]) -> Graph:
    """The graph with its derivatives; a free symbol is a leaf that no node depends on."""
    sizes = forward.sizes(n)
    given = [*((leaf.name, tuple(map(axis_of, leaf.index))) for leaf in forward.leaves), *free]
    if forward.layer.exponential:
        given.append((EXP + INPUT, tuple(range(len(sizes)))))
    leaves = [key for name, axes in given for key in at_places(name, axes, sizes)]
    quantities = [(node.name, tuple(map(axis_of, node.index))) for node in forward.nodes]
    nodes = [key for name, axes in quantities for key in at_places(name, axes, sizes)]
    outputs = at_places(*quantities[-1], sizes)
    names = [Symbol(f"q{k}") for k in range(len(leaves) + len(outputs) + 1 + SPARE_ROOTS)]
    gens = PolyRing(names, QQ, lex).gens
    root, *spare = gens[len(leaves) + len(outputs) :]
    numbers = Numbers(root.ring, {root, *spare}, spare)
    graph = Graph(
        sizes,
        numbers,
        symbols={key: Symbol(f"s{k}") for k, key in enumerate([*leaves, *nodes]) if not key[0].startswith(EXP)},
        losses={key: Symbol(f"l{k}") for k, key in enumerate([*leaves, *nodes])},
        values={key: Ratio(gen) for key, gen in zip(leaves, gens, strict=False)},
    )
    if forward.leaf(TARGET) is not None and forward.layer.targets is not None:
        add_up_to(forward.layer.targets, graph, sizes, forward.layer.over[0])
    if forward.layer.rank == 1:
        name_root(graph, forward, root)
    for node in forward.nodes:
        if forward.layer.rank > 1 and not forward.layer.exponential:
            name_roots(graph, node)
        evaluate(graph, node)
    for key in nodes:
        graph.slopes[key] = slopes_of(graph.definitions[key], graph, numbers)
    ones = [numbers.number(Fraction(1))]
    upstream = ones if forward.output.name == LOSS else map(Ratio, gens[len(leaves) :])
    graph.by_loss = sweep_back(graph, nodes, dict(zip(outputs, upstream, strict=False)))
    return graph


def at_places(name: str, axes: tuple[int, ...], sizes: tuple[int, ...]) -> list[Letter]:
    """A letter for each place of what carries indices along these axes."""
    if prod(sizes[axis] for axis in axes) > MOST_LETTERS:
        raise Abstain(f"{name} has too many indices")
    return [(name, places) for places in product(*(range(1, sizes[axis] + 1) for axis in axes))]


def add_up_to(total: Fraction, graph: Graph, sizes: tuple[int, ...], axis: int) -> None:
    """The last target of each row is what the others leave of their sum."""
    whole = graph.numbers.number(total).top
    rows: dict[tuple[int, ...], list[Letter]] = {}
    for name, places in at_places(TARGET, tuple(range(len(sizes))), sizes):
        rows.setdefault((*places[:axis], *places[axis + 1 :]), []).append((name, places))
    for *keys, last in rows.values():
        graph.values[last] = Ratio(whole - sum((graph.values[key].top for key in keys), graph.numbers.ring.zero))


def name_root(graph: Graph, forward: Forward, root: Poly) -> None:
    """Let a generator stand for the denominator of x-hat, and epsilon be what it takes for that.

    With s = sqrt(v + eps) that is eps = s^2 - v, and no square root is left; with s = sqrt(v) + eps,
    eps = s - sqrt(v), and all denominators are powers of s and of sqrt(v).
    """
    epsilon = graph.values.get((EPSILON, ()))
    if epsilon is None:
        return
    graph.numbers.positive.add(epsilon.top)
    trial = Graph(graph.sizes, graph.numbers, graph.symbols, graph.losses, dict(graph.values))
    for base, exponent in denominators(trial, forward):
        rest = base.top - epsilon.top
        without = all(poly.degree(epsilon.top) <= 0 for poly in [rest, *graph.numbers.roots.values()])
        halved = exponent.denominator == 2
        if without and not base.bottom and (halved or graph.numbers.is_positive(rest)):
            epsilon = Ratio((root**2 if halved else root) - rest)
            graph.numbers.positive.add(epsilon.top)
            graph.values[EPSILON, ()] = epsilon
            return


def name_roots(graph: Graph, node: Node) -> None:
    """A generator for each root of v + eps in the definition of a node: one for each row of the input.

    Every radicand has eps in the first power and samples that no other has, so no product of them is a square.
    """
    epsilon = graph.values[EPSILON, ()].top
    graph.numbers.positive.add(epsilon)
    to = fractions(graph, graph.numbers)
    for part in walk(node.value):
        if isinstance(part, Power) and part.exponent.denominator == 2:
            free = sorted(free_indices(part.base))
            for _, places in at_places("", tuple(map(axis_of, free)), graph.sizes):
                radicand = interpret(part.base, dict(zip(free, places, strict=True)), to)
                if not radicand.bottom and radicand.top.degree(epsilon) == 1:
                    graph.numbers.name(radicand.top)


def denominators(graph: Graph, forward: Forward) -> Iterator[tuple[Ratio, Fraction]]:
    """What the nodes take roots of or divide by, in the order in which they are evaluated."""
    to = fractions(graph, graph.numbers)
    for node in forward.nodes:
        for part in walk(node.value):
            match part:
                case Power(base, power) if (power < 0 or power.denominator == 2) and not free_indices(base):
                    yield interpret(base, {}, to), power
        evaluate(graph, node)


def evaluate(graph: Graph, node: Node) -> None:
    """The value of a node, and its definition, at every sample."""
    values, expressions = fractions(graph, graph.numbers), written(graph)
    for _, samples in at_places(node.name, tuple(map(axis_of, node.index)), graph.sizes):
        places = dict(zip(node.index, samples, strict=True))
        with suppress(Abstain) if node.name == LOSS else nullcontext():
            graph.values[node.name, samples] = interpret(node.value, places, values)
        graph.definitions[node.name, samples] = interpret(node.value, places, expressions)


# Derivatives.


def fractions(graph: Graph, numbers: Numbers) -> Domain[Ratio]:
    """Terms become fractions in the letters of the graph."""
    return Domain(
        graph.sizes,
        numbers.number,
        numbers.add,
        numbers.multiply,
        numbers.raised,
        letter=bind(find, graph.values),
        loss_by=bind(find, graph.by_loss),
        partial=bind(partial, graph, numbers),
        exponential=bind(exponential, graph, numbers),
        logarithm=no_logarithm,
    )


def written(graph: Graph) -> Domain[Expr]:
    """Terms become SymPy expressions in which every letter, node or not, is one symbol."""
    return Domain(
        graph.sizes,
        number=lambda value: Rational(value.numerator, value.denominator),
        add=lambda parts: Add(*parts),
        multiply=lambda parts: Mul(*parts),
        raised=lambda base, exponent: Pow(base, Rational(exponent.numerator, exponent.denominator)),
        letter=bind(find, graph.symbols),
        loss_by=bind(find, graph.losses),
        partial=bind(local, graph),
        exponential=lambda body, places: sympy_exp(interpret(body, places, written(graph))),
        logarithm=sympy_log,
    )


def exponential(graph: Graph, numbers: Numbers, body: Term, places: Places) -> Ratio:
    """The exponential of a sum of letters with whole coefficients."""
    return as_ratio(sympy_exp(interpret(body, places, written(graph))), worth(graph), numbers)


def no_logarithm(_: Ratio) -> Ratio:
    raise Abstain("a logarithm is no fraction")


def partial(graph: Graph, numbers: Numbers, term: Partial, places: Places) -> Ratio:
    """The derivative; a total one sums slope times derivative over the letters named."""
    if term.reading is Reading.LOCAL:
        return as_ratio(local(graph, term, places), worth(graph), numbers)
    slopes = slopes_of(differentiable(graph, term, places), graph, numbers)
    by = sweep(graph, letter(term.by, places))
    return numbers.add([numbers.multiply([slope, by[key]]) for key, slope in slopes.items() if key in by])


def local(graph: Graph, term: Partial, places: Places) -> Expr:
    """The derivative of a node's definition, or of an expression as written, all other letters held."""
    if term.reading is not Reading.LOCAL:
        raise Abstain("a total derivative inside a derivative")
    expression, by = differentiable(graph, term, places), letter(term.by, places)
    if isinstance(term.of, Value) and term.of.name != by[0]:
        expression = graph.definitions.get(letter(term.of, places), expression)
    return diff(expression, graph.symbols[by])


def differentiable(graph: Graph, term: Partial, places: Places) -> Expr:
    """What a derivative differentiates, as written."""
    find(graph.symbols, letter(term.by, places))
    if not graph.by_loss:
        raise Abstain("a definition of the forward pass contains a derivative")
    expression = interpret(term.of, places, written(graph))
    if expression.free_symbols & set(graph.losses.values()):
        raise Abstain("a second derivative of the loss")
    return expression


def slopes_of(expression: Expr, graph: Graph, numbers: Numbers) -> dict[Letter, Ratio]:
    """The derivatives of an expression by each letter that it names, but for the targets, which are given."""
    named = expression.free_symbols
    by = {key: symbol for key, symbol in graph.symbols.items() if symbol in named and key[0] != TARGET}
    return {key: as_ratio(diff(expression, symbol), worth(graph), numbers) for key, symbol in by.items()}


def worth(graph: Graph) -> dict[Expr, Ratio]:
    """What the symbols in an expression stand for."""
    plain = {graph.symbols[key]: value for key, value in graph.values.items() if key in graph.symbols}
    powers = {
        sympy_exp(graph.symbols[name.removeprefix(EXP), index]): value
        for (name, index), value in graph.values.items()
        if name.startswith(EXP)
    }
    return {**plain, **powers}


def sweep(graph: Graph, by: Letter) -> Mapping[Letter, Ratio]:
    """The total derivative by `by` of itself and of every node after it."""
    if by[0] == TARGET:
        raise Abstain("the derivative by a target")
    if by not in graph.sweeps:
        numbers = graph.numbers.copy()
        total = {by: numbers.number(Fraction(1))}
        for key, slopes in graph.slopes.items():
            paths = [numbers.multiply([slopes[via], total[via]]) for via in slopes if via in total]
            if paths and key != by:
                total[key] = numbers.add(paths)
        graph.sweeps[by] = total
    return graph.sweeps[by]


def sweep_back(graph: Graph, nodes: Sequence[Letter], seeds: Mapping[Letter, Ratio]) -> dict[Letter, Ratio]:
    """The derivative of the loss by every letter, from the outputs back."""
    numbers = graph.numbers
    arriving = {key: [seeds[key]] if key in seeds else [] for key in graph.symbols}
    for key in reversed(nodes):
        message = numbers.add(arriving[key])
        for via, slope in graph.slopes[key].items():
            arriving[via].append(numbers.multiply([message, slope]))
    return {key: numbers.add(messages) for key, messages in arriving.items() if key[0] != TARGET}


def product_of_exponentials(power: Expr, letters: Mapping[Expr, Ratio], numbers: Numbers) -> Ratio:
    found: list[Ratio] = []
    for part, coefficient in power.as_coefficients_dict().items():
        if sympy_exp(part) not in letters or not coefficient.is_Integer:
            raise Abstain("the exponential of an expression")
        found.append(numbers.raised(letters[sympy_exp(part)], Fraction(int(coefficient))))
    return numbers.multiply(found)


def as_ratio(expression: Expr, letters: Mapping[Expr, Ratio], numbers: Numbers) -> Ratio:
    """A SymPy expression in the graph's symbols, as a fraction."""
    match expression:
        case Symbol():
            if expression not in letters:
                raise Abstain("a letter whose value is no fraction")
            return letters[expression]
        case sympy_exp(args=(power,)):
            return product_of_exponentials(power, letters, numbers)
        case Rational():
            return numbers.number(Fraction(int(expression.p), int(expression.q)))
        case Add(args=parts):
            return numbers.add([as_ratio(part, letters, numbers) for part in parts])
        case Mul(args=parts):
            return numbers.multiply([as_ratio(part, letters, numbers) for part in parts])
        case Pow(args=(base, Rational() as power)):
            return numbers.raised(as_ratio(base, letters, numbers), Fraction(int(power.p), int(power.q)))
        case _:
            raise Abstain("a derivative is not a real number")
