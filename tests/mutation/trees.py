"""Written mathematics as small trees, and its values in NumPy. Nothing here is shared with the package under test.

A tree keeps the structure of what is on the paper: a bracket, a fraction and a negative power are different trees.
True derivatives come from the forward pass by the complex step.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class Num:
    """A number that is not negative; a fraction is written as one."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Size:
    """The number of samples."""


@dataclass(frozen=True, slots=True)
class Sym:
    """A quantity: x, mu, v, xhat, y, gamma, beta, eps, or a helper; `index` is empty for what the batch shares."""

    name: str
    index: str = ""


@dataclass(frozen=True, slots=True)
class Stray:
    """A letter that stands where another one is meant: `look` says which pair of look-alikes."""

    look: str


@dataclass(frozen=True, slots=True)
class Delta:
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Neg:
    body: Tree


@dataclass(frozen=True, slots=True)
class Add:
    terms: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Mul:
    factors: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Frac:
    above: Tree
    below: Tree


@dataclass(frozen=True, slots=True)
class Pow:
    base: Tree
    exponent: Fraction


@dataclass(frozen=True, slots=True)
class Root:
    body: Tree


@dataclass(frozen=True, slots=True)
class Sum:
    index: str
    body: Tree


@dataclass(frozen=True, slots=True)
class Grad:
    """The derivative of the loss by a quantity."""

    by: Sym


@dataclass(frozen=True, slots=True)
class Par:
    """The derivative of one quantity by another."""

    of: Sym
    by: Sym


@dataclass(frozen=True, slots=True)
class Op:
    """An operator d/dq before a written expression."""

    by: Sym
    body: Tree


@dataclass(frozen=True, slots=True)
class Row:
    """One row of cases: its value where the two indices are the same, or are not."""

    value: Tree
    left: str
    right: str
    same: bool


@dataclass(frozen=True, slots=True)
class Cases:
    rows: tuple[Row, ...]


Tree = Num | Size | Sym | Stray | Delta | Neg | Add | Mul | Frac | Pow | Root | Sum | Grad | Par | Op | Cases


# -- making trees


def num(value: int | Fraction) -> Num:
    return Num(Fraction(value))


def add(*terms: Tree) -> Tree:
    return terms[0] if len(terms) == 1 else Add(terms)


def mul(*factors: Tree) -> Tree:
    return factors[0] if len(factors) == 1 else Mul(factors)


def minus(left: Tree, right: Tree) -> Tree:
    return Add((left, Neg(right)))


def power(base: Tree, exponent: int | Fraction) -> Pow:
    return Pow(base, Fraction(exponent))


# -- walking


def parts(tree: Tree) -> tuple[Tree, ...]:
    """The subtrees that stand for values of their own, in reading order; what a derivative names is none."""
    match tree:
        case Neg(body) | Root(body) | Sum(_, body) | Op(_, body):
            return (body,)
        case Add(terms):
            return terms
        case Mul(factors):
            return factors
        case Frac(above, below):
            return above, below
        case Pow(base, _):
            return (base,)
        case Cases(rows):
            return tuple(row.value for row in rows)
        case _:
            return ()


def with_parts(tree: Tree, new: tuple[Tree, ...]) -> Tree:
    """The same node over other parts."""
    match tree:
        case Neg():
            return Neg(new[0])
        case Root():
            return Root(new[0])
        case Sum(index, _):
            return Sum(index, new[0])
        case Op(by, _):
            return Op(by, new[0])
        case Add():
            return Add(new)
        case Mul():
            return Mul(new)
        case Frac():
            return Frac(*new)
        case Pow(_, exponent):
            return Pow(new[0], exponent)
        case Cases(rows):
            return Cases(tuple(Row(one, r.left, r.right, r.same) for one, r in zip(new, rows, strict=True)))
        case _:
            return tree


def walk(tree: Tree) -> Iterator[Tree]:
    yield tree
    for part in parts(tree):
        yield from walk(part)


def free_indices(tree: Tree) -> frozenset[str]:
    match tree:
        case Sym(_, index):
            return frozenset(index)
        case Delta(left, right):
            return frozenset((left, right))
        case Grad(by):
            return free_indices(by)
        case Par(of, by):
            return free_indices(of) | free_indices(by)
        case Op(by, body):
            return free_indices(by) | free_indices(body)
        case Sum(index, body):
            return free_indices(body) - {index}
        case Cases(rows):
            return frozenset().union(*({r.left, r.right} | free_indices(r.value) for r in rows))
        case _:
            return frozenset().union(*map(free_indices, parts(tree)))


def bound_indices(tree: Tree) -> frozenset[str]:
    return frozenset(one.index for one in walk(tree) if isinstance(one, Sum))


def renamed(tree: Tree, names: Mapping[str, str]) -> Tree:
    """Free indices replaced as written: a sum may capture the new name."""
    swap = lambda index: names.get(index, index)  # noqa: E731
    match tree:
        case Sym(name, index):
            return Sym(name, swap(index))
        case Delta(left, right):
            return Delta(swap(left), swap(right))
        case Grad(by):
            return Grad(renamed(by, names))
        case Par(of, by):
            return Par(renamed(of, names), renamed(by, names))
        case Op(by, body):
            return Op(renamed(by, names), renamed(body, names))
        case Sum(index, body):
            inner = {old: new for old, new in names.items() if old != index}
            return Sum(index, renamed(body, inner)) if inner else tree
        case Cases(rows):
            return Cases(tuple(Row(renamed(r.value, names), swap(r.left), swap(r.right), r.same) for r in rows))
        case _:
            return with_parts(tree, tuple(renamed(part, names) for part in parts(tree)))


def size_of(tree: Any) -> int:
    """How many nodes a tree has."""
    if isinstance(tree, tuple):
        return sum(map(size_of, tree))
    if not is_dataclass(tree):
        return 0
    return 1 + sum(size_of(getattr(tree, one.name)) for one in fields(tree))


# -- the forward pass on numbers

AXES = "ijkp"
"""The indices of the derivations."""
ALL_AXES = AXES + "qr"
"""With those that a repair may bring in: every letter has an axis of its own, so products of families broadcast."""
STEP = 1e-30
SAMPLED = ("x", "xhat", "y")
LEAVES = ("x", "gamma", "beta", "eps")
NODES = ("mu", "v", "xhat", "y")

_i, _j = Sym("x", "i"), Sym("x", "j")
_RESIDUAL = minus(_i, Sym("mu"))
_SPREAD = add(Sym("v"), Sym("eps"))


def definition(name: str, unbiased: bool) -> Tree:
    """What a node of the forward pass is, over the nodes before it; its own index is i."""
    weight = minus(Size(), num(1)) if unbiased else Size()
    square = power(minus(_j, Sym("mu")), 2)
    return {
        "mu": Frac(Sum("j", _j), Size()),
        "v": Frac(Sum("j", square), weight),
        "xhat": Frac(_RESIDUAL, Root(_SPREAD)),
        "y": add(mul(Sym("gamma"), Sym("xhat", "i")), Sym("beta")),
    }[name]


class NoValue(Exception):
    """The tree asks for something that has no value here."""


class Unclear(Exception):
    """Two values are neither clearly equal nor clearly different."""


DEVIATION = ("sigma", "", Root(_SPREAD))
"""The letter whose square is the variance, where a note does not define it: the denominator of x-hat."""
Slots = Mapping[str, Any]
Helpers = tuple[tuple[str, str, Tree], ...]
"""Name, own index or none, and meaning of each letter that a note introduces."""


@dataclass(frozen=True, eq=False)
class World:
    """One batch: its samples, parameters and gradients from above, and everything that follows from them."""

    n: int
    unbiased: bool
    helpers: Helpers = ()
    total: bool = False
    """What a derivative of one quantity by another means: everything follows, or other nodes are held."""
    slots: Slots = field(default_factory=dict)
    _known: dict[Any, Any] = field(default_factory=dict)

    @property
    def weight(self) -> int:
        return self.n - 1 if self.unbiased else self.n

    def forward(self, leaves: Slots, nudge: Slots = {}) -> dict[str, Any]:  # noqa: B006
        """All quantities; a nudge is added to a quantity as soon as it is there, so what is downstream follows."""
        one = {name: leaves[name] + nudge.get(name, 0) for name in LEAVES}
        one["above"] = leaves["above"]
        one["mu"] = one["x"].sum() / self.n + nudge.get("mu", 0)
        one["v"] = ((one["x"] - one["mu"]) ** 2).sum() / self.weight + nudge.get("v", 0)
        one["xhat"] = (one["x"] - one["mu"]) / np.sqrt(one["v"] + one["eps"]) + nudge.get("xhat", 0)
        one["y"] = one["gamma"] * one["xhat"] + one["beta"] + nudge.get("y", 0)
        return one

    def at(self, name: str, index: str) -> Any:
        """A quantity along the axis of its index."""
        key = (name, index)
        if key not in self._known:
            if name not in self.slots:
                self._known[key] = self.helper(name, index)
            elif bool(index) != (name in SAMPLED):
                raise NoValue(f"{name} with the index {index!r}")
            else:
                value = self.slots[name]
                self._known[key] = along(value, index) if index else value
        return self._known[key]

    def helper(self, name: str, index: str) -> Any:
        return value(self.meaning(name, index), self)

    def meaning(self, name: str, index: str) -> Tree:
        for own, place, meaning in (*self.helpers, DEVIATION):
            if own == name and bool(place) == bool(index):
                return renamed(fresh(meaning, index), {place: index}) if index else meaning
        raise NoValue(f"{name} with the index {index!r}")

    def nudged(self, name: str, place: int | None) -> World:
        """The same batch with a small imaginary part added to one number."""
        step = STEP * 1j if place is None else STEP * 1j * np.eye(self.n)[place]
        if self.total:
            slots = self.forward(self.slots, {name: step})
        else:
            slots = {**self.slots, name: self.slots[name] + step}
        return World(self.n, self.unbiased, self.helpers, self.total, slots)

    def places(self, name: str) -> list[int | None]:
        return list(range(self.n)) if name in SAMPLED else [None]

    def gradient(self, name: str) -> Any:
        """dL/dq for L = sum g y, everything downstream of q following."""
        key = ("gradient", name)
        if key not in self._known:
            if name not in self.slots or name in ("above", "eps"):
                raise NoValue(f"the gradient of {name}")
            total = World(self.n, self.unbiased, total=True, slots=self.slots)
            found = [
                (self.slots["above"] * total.nudged(name, p).slots["y"]).sum().imag / STEP for p in self.places(name)
            ]
            self._known[key] = np.array(found) if name in SAMPLED else found[0]
        return self._known[key]

    def derived(self, body: Tree, by: Sym) -> Any:
        """d body / d by under the reading of this world, the body having been written out."""
        if by.name not in self.slots or by.name == "above" or bool(by.index) != (by.name in SAMPLED):
            raise NoValue(f"a derivative by {by.name}")
        found = []
        for place in self.places(by.name):
            one = value(body, self.nudged(by.name, place))
            found.append(np.imag(one) / STEP)
        if not by.index:
            return found[0]
        axis = ALL_AXES.index(by.index)
        stack = [np.broadcast_to(one, wide(one, self.n, axis)) for one in found]
        if np.ndim(found[0]) and np.shape(found[0])[axis] > 1:
            picked = [np.take(one, [place], axis) for place, one in enumerate(stack)]
        else:
            picked = [np.take(one, [0], axis) for one in stack]
        return np.concatenate(picked, axis)

    def partial(self, of: Sym, by: Sym) -> Any:
        key = ("partial", of, by)
        if key not in self._known:
            self._known[key] = self._partial(of, by)
        return self._known[key]

    def _partial(self, of: Sym, by: Sym) -> Any:
        if bool(of.index) != (of.name in SAMPLED) and of.name in self.slots:
            raise NoValue(f"{of.name} with the index {of.index!r}")
        if of.name == by.name or (not self.total and of.name in LEAVES):
            return self.same(of, by)
        body: Tree = of
        if not self.total and of.name in NODES:
            body = definition(of.name, self.unbiased)
            body = renamed(fresh(body, of.index), {"i": of.index}) if of.index else body
        return self.derived(body, by)

    def same(self, of: Sym, by: Sym) -> Any:
        if of.name != by.name:
            return 0.0
        return value(Delta(of.index, by.index), self) if of.index else 1.0


def along(vector: Any, index: str) -> Any:
    shape = [1] * len(ALL_AXES)
    shape[ALL_AXES.index(index)] = len(vector)
    return np.reshape(vector, shape)


def wide(array: Any, n: int, axis: int) -> list[int]:
    shape = list(np.shape(array)) or [1] * len(ALL_AXES)
    shape[axis] = n
    return shape


def fresh(tree: Tree, index: str) -> Tree:
    """The tree with its sums over another letter, where `index` would be captured."""
    if not index or index not in bound_indices(tree):
        return tree
    taken = bound_indices(tree) | free_indices(tree) | {index}
    other = next((one for one in reversed(ALL_AXES) if one not in taken), None)
    if other is None:
        raise NoValue("no further index")
    return rebound(tree, index, other)


def rebound(tree: Tree, old: str, new: str) -> Tree:
    """Sums over `old` become sums over `new`."""
    if isinstance(tree, Sum) and tree.index == old:
        return Sum(new, rebound(renamed(tree.body, {old: new}), old, new))
    return with_parts(tree, tuple(rebound(part, old, new) for part in parts(tree)))


def value(tree: Tree, world: World) -> Any:
    """The tree on numbers: a float, or an array over the axes of its indices. Raises NoValue."""
    match tree:
        case Num(number):
            return float(number)
        case Size():
            return float(world.n)
        case Sym(name, index):
            return world.at(name, index)
        case Stray(look):
            return STRAYS[look]
        case Delta(left, right):
            return _delta(left, right, world)
        case Neg(body):
            return -value(body, world)
        case Add(terms):
            total = value(terms[0], world)
            for term in terms[1:]:
                total = total + value(term, world)
            return total
        case Mul(factors):
            product = value(factors[0], world)
            for factor in factors[1:]:
                product = product * value(factor, world)
            return product
        case Frac(above, below):
            return np.divide(value(above, world), value(below, world))
        case Pow(base, exponent):
            return np.power(
                value(base, world), int(exponent) if exponent.denominator == 1 and exponent >= 0 else float(exponent)
            )
        case Root(body):
            return np.sqrt(value(body, world))
        case Sum(index, body):
            return _sum(value(body, world), index, world)
        case Grad(by):
            return _gradient(by, world)
        case Par(of, by):
            return world.partial(of, by)
        case Op(by, body):
            return world.derived(body, by)
        case Cases(rows):
            return _cases(rows, world)


STRAYS = {"Z": 0.8127, "l": 0.2371, "M": -1.3713, "6": 36.0}
"""Z for 2 and l for 1 and M for mu mean nothing, so any number will do; 6^2 for sigma^2 is a number."""


def _delta(left: str, right: str, world: World) -> Any:
    if left == right:
        return 1.0
    order = (left, right) if ALL_AXES.index(left) < ALL_AXES.index(right) else (right, left)
    shape = [world.n if letter in order else 1 for letter in ALL_AXES]
    return np.reshape(np.eye(world.n), shape)


def _sum(body: Any, index: str, world: World) -> Any:
    axis = ALL_AXES.index(index)
    if not np.ndim(body) or body.shape[axis] == 1:
        return world.n * body
    return body.sum(axis=axis, keepdims=True)


def _gradient(by: Sym, world: World) -> Any:
    gradient = world.gradient(by.name)
    if bool(by.index) != (by.name in SAMPLED):
        raise NoValue(f"the gradient of {by.name} with the index {by.index!r}")
    return along(gradient, by.index) if by.index else gradient


def _cases(rows: tuple[Row, ...], world: World) -> Any:
    """Where no row holds, or two, there is no value: not a number."""
    holds = [_delta(r.left, r.right, world) if r.same else 1.0 - _delta(r.left, r.right, world) for r in rows]
    total: Any = sum(one * value(r.value, world) for one, r in zip(holds, rows, strict=True))
    return np.where(sum(holds) == 1.0, total, np.nan)


# -- equal or different

SIZES = (3, 5, 8)
EQUAL, DIFFERENT = 1e-10, 1e-8


@cache
def worlds(unbiased: bool, total: bool, helpers: Helpers = ()) -> tuple[World, ...]:
    """The batches on which values are compared: eps of order one, gamma far from one."""
    return worlds_of(SIZES, unbiased, total, helpers)


def worlds_of(sizes: tuple[int, ...], unbiased: bool, total: bool, helpers: Helpers = ()) -> tuple[World, ...]:
    """One batch of each size."""
    return tuple(sized(n, unbiased, total, helpers) for n in sizes)


def sized(n: int, unbiased: bool, total: bool, helpers: Helpers) -> World:
    """A batch of this size."""
    random = np.random.default_rng(1000 + n)
    leaves = {
        "x": random.normal(0.7, 1.6, n),
        "above": random.normal(0.3, 1.1, n),
        "gamma": 2.7183 + 0.1 * n,
        "beta": -1.6180 - 0.1 * n,
        "eps": 0.8371 + 0.05 * n,
    }
    empty = World(n, unbiased, helpers, total)
    return World(n, unbiased, helpers, total, empty.forward(leaves))


def distance(left: Tree, right: Tree, world: World) -> float:
    """The largest difference over all indices, relative to the values where they are large; not a number: infinite."""
    with np.errstate(all="ignore"):
        one, other = value(left, world), value(right, world)
        scale = np.maximum(1.0, np.maximum(np.abs(one), np.abs(other)))
        found = np.max(np.abs(one - other) / scale)
    return float(found) if np.isfinite(found) else float("inf")


def equal(left: Tree, right: Tree, batches: tuple[World, ...]) -> bool:
    """Whether the sides agree on every batch and at every index. Raises Unclear, NoValue."""
    largest = 0.0
    for world in batches:
        largest = max(largest, distance(left, right, world))
        if largest > DIFFERENT:
            return False
    if largest < EQUAL:
        return True
    raise Unclear(f"{left} and {right} differ by {largest:.1g}")
