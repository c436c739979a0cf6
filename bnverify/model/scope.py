"""What an expression is read against: the letters of its note, the forward pass, and what was met on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bnverify.model.conventions import Upstream
from bnverify.model.forward import Forward
from bnverify.model.notation import Notation, Symbol
from bnverify.model.terms import Reading, Term

GENERIC = "·"
"""The index of an unindexed family: the generic element."""
CONTRACTED = "@"
"""The index of a family that a product of derivatives is summed over; no letter of a note."""


OWN_NAMES = frozenset(("x", "y", "v"))
"""Names of the graph that a letter of a note could be mistaken for."""


def own_name(symbol: Symbol) -> str:
    """The name of a helper or a free symbol in terms: as written, and never that of a quantity of the graph."""
    return f"{{{symbol}}}" if str(symbol) in OWN_NAMES else str(symbol)


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
    expanding: frozenset[Symbol] = frozenset()
    written_out: dict[tuple[Symbol, int], Term] = field(default_factory=dict)
    """Helpers by their definition at a place, worked out once."""

    def assume(self, choice: str) -> None:
        if choice not in self.assumptions:
            self.assumptions.append(choice)
