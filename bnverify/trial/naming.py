"""A wrong gradient -> the smallest edit of the true closed form that reproduces it on every trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations

import numpy as np

from bnverify.frozen import frozen
from bnverify.model.forward import Forward
from bnverify.model.terms import ZERO, Term, plus, times
from bnverify.trial.factors import Product, collected, cost, product_term, products, symbols
from bnverify.trial.inputs import Setting, Trial, table_of
from bnverify.trial.observed import Observed
from bnverify.trial.slips import Edit, edits, pieces
from bnverify.trial.values import Array, gradient_term, spread

EXACT, SINGLE = 1e-9, 1e-4
"""How near an edit has to come, beside the largest value of each trial."""
ONE_SLIP = 1.5
FEW = 5
"""Places that are looked at first."""
WHOLE = -1
Written = tuple[Forward, Term, tuple[str, ...]]


@frozen
class Slip:
    """One change of the closed form: of one of its terms, or of all of it."""

    place: int
    edit: Edit | None = None
    product: Product = ()
    dropped: bool = False


@frozen
class Named:
    """A closed form with slips, which is what the function computes."""

    setting: Setting
    gradient: str
    slips: tuple[Slip, ...]
    cost: float
    other_layer: bool = False
    """Whether it is the truth of another layer than the one that was asked for."""


@dataclass(eq=False)
class Bench:
    """One gradient in one setting; the trials that a search sees laid into one vector."""

    setting: Setting
    gradient: str
    trials: Sequence[Trial]
    small: bool = False
    tables: Mapping[Trial, Mapping[str, Array]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.term, self.index = gradient_term(self.gradient, self.setting.forward)
        self.pieces = pieces(self.term)
        self.scales = [float(np.max(np.abs(self._at(self.term, trial)))) or 1.0 for trial in self.trials]

    def _at(self, term: Term, trial: Trial) -> Array:
        table = self.tables.get(trial) or table_of(self.setting, trial, self.small)
        return spread(term, self.index, table, self.setting.sizes(trial)).reshape(-1)

    def vector(self, term: Term) -> Array:
        """A term, each trial beside its largest true value."""
        return np.concatenate(
            [self._at(term, trial) / scale for trial, scale in zip(self.trials, self.scales, strict=True)]
        )

    def factor(self, term: Term) -> Array:
        return np.concatenate([self._at(term, trial) for trial in self.trials])

    @cached_property
    def parts(self) -> list[Array]:
        return [self.vector(one) for one in self.pieces]

    @cached_property
    def whole(self) -> Array:
        return np.asarray(np.sum(self.parts, axis=0))

    @cached_property
    def known(self) -> Mapping[str, Term]:
        return symbols(self.setting, self.setting.forward, self.gradient, self.index)

    @cached_property
    def factors(self) -> tuple[list[Product], Array, Array]:
        """The products of slips, what each is worth, and what it costs."""
        counts = products(frozenset(self.known))
        worths = {name: self.factor(term) for name, term in self.known.items()}
        rows = [np.prod([worths[symbol] ** exponent for symbol, exponent in one] or [np.ones_like(self.whole)], axis=0)
                for one in counts]  # fmt: skip
        costs = [cost(product, moves) for product, moves in counts.items()]
        return list(counts), np.asarray(rows), np.asarray(costs)

    def edited(self, term: Term) -> Iterator[tuple[Edit | None, Array]]:
        """A term as it is, and with each slip that it can have."""
        yield None, self.vector(term)
        for edit in edits(self.gradient):
            made = edit.make(term, self.setting.forward, self.index)
            if made is not None:
                yield edit, self.vector(made)

    @cached_property
    def variants(self) -> list[list[tuple[Edit | None, Array]]]:
        return [list(self.edited(one)) for one in self.pieces]


def bench_of(seen: Observed, gradient: str) -> tuple[Bench, Array]:
    """The bench of a setting, and the function's own numbers on it."""
    kept = [(place, trial) for place, trial in enumerate(seen.trials) if not trial.is_far and not trial.fresh]
    bench = Bench(seen.setting, gradient, [trial for _, trial in kept], seen.small)
    flat = [seen.flat(gradient, place) / scale for (place, _), scale in zip(kept, bench.scales, strict=True)]
    return bench, np.concatenate(flat)


def named(bench: Bench, found: Array, single: bool, deep: bool) -> Named | None:
    """The cheapest slips that make the true gradient the one that was found; `deep`: two places at once."""
    near = SINGLE if single else EXACT
    some = list(_one_place(bench, found, near))
    if deep:
        some += [*_everywhere_and_one(bench, found, near), *_two_places(bench, found, near)]
    best = min(some, key=lambda one: (one[0], len(one[1])), default=None)
    return Named(bench.setting, bench.gradient, best[1], best[0]) if best else None


Some = Iterator[tuple[float, tuple[Slip, ...]]]


def _one_place(bench: Bench, found: Array, near: float) -> Some:
    if _close(bench.whole, found, near):
        yield 0.0, ()
    for edit, made in bench.edited(bench.term):
        for price, product in _factor(bench, made, found, near):
            if edit or product:
                yield price + 1.02 * bool(edit), (Slip(WHOLE, edit, product),)
    if len(bench.pieces) > 1:
        for place in range(len(bench.pieces)):
            yield from _at_place(bench, place, found, near)


def _at_place(bench: Bench, place: int, found: Array, near: float) -> Some:
    left = found - (bench.whole - bench.parts[place])
    if _close(left, np.zeros_like(left), near):
        yield 1.0, (Slip(place, dropped=True),)
    for edit, made in bench.variants[place]:
        for price, product in _factor(bench, made, left, near):
            if edit or product:
                yield price + bool(edit) + 0.01, (Slip(place, edit, product),)


def _factor(bench: Bench, made: Array, found: Array, near: float) -> Iterator[tuple[float, Product]]:
    """The products by which one vector is the other."""
    names, worths, costs = bench.factors
    within, few = near * _size(found), np.linspace(0, len(found) - 1, FEW).astype(int)
    near_there = np.flatnonzero(np.max(np.abs(worths[:, few] * made[few] - found[few]), axis=1) <= within)
    for place in near_there:
        if _close(worths[place] * made, found, within):
            yield float(costs[place]), names[place]


def _everywhere_and_one(bench: Bench, found: Array, near: float) -> Some:
    names, worths, costs = bench.factors
    if len(bench.pieces) < 2:
        return
    for place, product in enumerate(names):
        if not product or costs[place] > 1:
            continue
        whole = Slip(WHOLE, None, product)
        for at in range(len(bench.pieces)):
            for price, slips in _at_place(bench, at, found / worths[place], near):
                yield price + 1, (whole, *slips)


def _two_places(bench: Bench, found: Array, near: float) -> Some:
    """Pairs of terms, each with a slip: the differences that they make add up to what is wanted."""
    want = found - bench.whole
    deltas = [list(_deltas(bench, place)) for place in range(len(bench.pieces))]
    for left, right in combinations(range(len(bench.pieces)), 2):
        first = np.asarray([one for _, _, one in deltas[left]])
        second = np.asarray([one for _, _, one in deltas[right]])
        columns = np.linspace(0, len(want) - 1, FEW).astype(int)
        gaps = np.abs(first[:, None, columns] + second[None, :, columns] - want[columns])
        for a, b in np.argwhere(np.max(gaps, axis=2) <= near * _size(found)):
            if _close(first[a] + second[b], want, near * _size(found)):
                yield deltas[left][a][0] + deltas[right][b][0], (deltas[left][a][1], deltas[right][b][1])


def _deltas(bench: Bench, place: int) -> Iterator[tuple[float, Slip, Array]]:
    """What one slip of a term changes."""
    own = bench.parts[place]
    yield 1.0, Slip(place, dropped=True), -own
    names, worths, costs = bench.factors
    for edit, made in bench.variants[place]:
        for at, product in enumerate(names):
            if (edit or product) and costs[at] + bool(edit) <= ONE_SLIP:
                yield float(costs[at]) + bool(edit), Slip(place, edit, product), worths[at] * made - own


def _close(left: Array, right: Array, near: float) -> bool:
    gap = np.abs(np.asarray(left, dtype=float) - np.asarray(right, dtype=float))
    return bool(np.all(gap <= near))


def _size(found: Array) -> float:
    return max(1.0, float(np.max(np.abs(found))))


# -- what was found, as a term


def applied(slips: Sequence[Slip], setting: Setting, gradient: str, written: Written) -> Term | None:
    """The closed form with its slips; None where it takes more than one row to write.

    `written` is the forward pass that it is written for, the closed form there, and the indices of the gradient.
    """
    forward, term, index = written
    known = symbols(setting, forward, gradient, index)
    one_row = forward.layer.rank < setting.layer.rank
    if one_row and any(slip.edit is not None and not slip.edit.has_row for slip in slips):
        return None
    for slip in slips:
        if slip.place == WHOLE:
            term = _slipped(slip, term, known, forward, index)
    parts = list(pieces(term))
    for slip in slips:
        if slip.place != WHOLE:
            parts[slip.place] = ZERO if slip.dropped else _slipped(slip, parts[slip.place], known, forward, index)
    return plus(*map(collected, parts))


def _slipped(slip: Slip, part: Term, known: Mapping[str, Term], forward: Forward, index: tuple[str, ...]) -> Term:
    made = slip.edit.make(part, forward, index) if slip.edit is not None else None
    return times(product_term(slip.product, known), made or part)


def is_confirmed(named: Named, seen: Observed, single: bool) -> bool:
    """Whether it reproduces what the function returned on the trial that the search did not see."""
    setting, gradient = named.setting, named.gradient
    term, index = gradient_term(gradient, setting.forward)
    made = applied(named.slips, setting, gradient, (setting.forward, term, index))
    place, trial = next((at, one) for at, one in enumerate(seen.trials) if one.fresh)
    if made is None:
        return False
    table, sizes = table_of(setting, trial, seen.small), setting.sizes(trial)
    true, worth = (spread(one, index, table, sizes).reshape(-1) for one in (term, made))
    scale = float(np.max(np.abs(true))) or 1.0
    found = seen.flat(gradient, place)
    return _close(worth / scale, found / scale, 10 * (SINGLE if single else EXACT) * _size(found / scale))
