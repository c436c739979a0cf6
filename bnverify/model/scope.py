"""What an expression is read against: the letters of its note, the forward pass, and what was met on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bnverify.model.axes import axis_of
from bnverify.model.conventions import Upstream
from bnverify.model.deltas import DELTA, letters_beside
from bnverify.model.forward import Forward
from bnverify.model.layers import Layer
from bnverify.model.notation import Notation, Symbol
from bnverify.model.places import axes_of, is_generic, placed
from bnverify.model.terms import Reading, Term
from bnverify.read.syntax import Expr, Name, Raised, inside

OWN_NAMES = frozenset("xyvtsn")
"""Names of the graph that a letter of a note could be mistaken for."""


def letters_in(exprs: Iterable[Expr], notation: Notation, layer: Layer) -> Mapping[str, int]:
    """The axis that each index letter names in some expressions, and where they do not say, in the whole note."""
    if layer.rank == 1:
        return {}
    found: dict[str, int] = {}
    exprs = tuple(exprs)
    for node in (node for expr in exprs for node in inside(expr)):
        named = notation.symbol(node) if isinstance(node, (Name, Raised)) else None
        role = notation.role(named[0]) if named and named[0] != DELTA else None
        axes = axes_of(role.value, layer) if role else ()
        if named and len(axes) == len(named[1]):
            for letter, axis in zip(named[1], axes, strict=True):
                found.setdefault(letter, axis)
    general = notation.shape.letters if layer.rank == notation.shape.layer.rank else {}
    return {**general, **found, **dict(letters_beside(exprs, notation, layer, found, general))}


def own_name(symbol: Symbol) -> str:
    """The name of a helper or a free symbol in terms: as written, and never that of a quantity of the graph."""
    return f"{{{symbol}}}" if str(symbol) in OWN_NAMES else str(symbol)


class Dots(StrEnum):
    """How a dot between two unindexed families is read."""

    TIMES = "elementwise"
    UNDER_SCALAR = "a dot product where the head has one value"
    PRODUCT = "a dot product"


@dataclass(slots=True)
class Scope:
    """What a side is read against; `assumptions` and `undefined` collect what was met on the way."""

    notation: Notation
    forward: Forward
    reading: Reading
    place: int
    rebound: Mapping[Symbol, tuple[str, Term]] = field(default_factory=dict)
    promoted: frozenset[Symbol] = frozenset()
    """Helpers that are nodes of the graph in this chain."""
    upstream: Upstream = Upstream.AS_WRITTEN
    """What a written dL/dx-hat is the gradient by."""
    open_sums: int = 0
    """How many sums stand around this place whose index occurs nowhere: a contraction may take them."""
    named: frozenset[str] = frozenset()
    """Nodes that stand above or below a derivative of this chain."""
    assumptions: list[str] = field(default_factory=list)
    undefined: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
    misindexed: set[str] = field(default_factory=set)
    """What carries an index that the layer does not have, or lacks one that stands elsewhere in the chain."""
    missing: list[tuple[str, int]] = field(default_factory=list)
    """What is written with some of its indices, and an axis that it has none for."""
    written: set[int] = field(default_factory=set)
    """The axes along which something has an index."""
    divisors: list[Term] = field(default_factory=list)
    """What is divided by, wherever it is written: of a factor zero, or a power zero, the term shows no divisor."""
    expanding: frozenset[Symbol] = frozenset()
    written_out: dict[tuple[Symbol, int], tuple[Term, tuple[Term, ...]]] = field(default_factory=dict)
    """Helpers by their definition at a place, worked out once, and what their definitions divide by."""

    mixed: bool = False
    """Whether the chain writes derivatives of forward quantities with d and with the round sign."""
    gate: bool = False
    """Whether the chain is the rule of one gate."""
    matrices: bool = False
    """Whether the chain writes transposes or the ones vector."""
    row: Mapping[int, str] = field(default_factory=dict)
    """The index of the head along the axes that the statistics keep."""
    head: frozenset[str] = frozenset()
    """The free indices of the head of the chain."""
    dots: Dots = Dots.TIMES
    """What a dot between two families means."""

    letters: Mapping[str, int] = field(default_factory=dict)
    """The axis that an index letter names."""

    @property
    def layer(self) -> Layer:
        return self.forward.layer

    def place_of(self, name: str, index: tuple[str, ...]) -> tuple[str, ...]:
        """The indices of a quantity of the forward pass along its axes."""
        own = placed(index, axes_of(name, self.layer), self.letters)
        missing = {axis_of(one) for one in own if is_generic(one)} if index else set()
        self.missing.extend((name, axis) for axis in sorted(missing))
        self.written.update(axis_of(one) for one in own if not is_generic(one))
        if missing & set(self.layer.over) & {axis_of(one) for one in self.head if not is_generic(one)}:
            self.misindexed.add(f"{name} has an index fewer than the head of its line")
        return self.in_row(own)

    def in_row(self, index: tuple[str, ...]) -> tuple[str, ...]:
        """What is written without an index belongs to the row that the head names."""
        return tuple(self.row.get(axis_of(one), one) if is_generic(one) else one for one in index)

    def assume(self, choice: str) -> None:
        if choice not in self.assumptions:
            self.assumptions.append(choice)


Resolve = Callable[[Expr, Scope], Term]
"""What an expression means: names, sums and derivatives need it for what stands inside them."""
