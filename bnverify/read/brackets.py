"""Tokens -> what stands inside which bracket, and what is cut where outside all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from bnverify.read.tokens import Raw
from bnverify.source import Span

OPERATORS = frozenset(("+", "-", "*", "/", "\\cdot", "\\times", "\\odot", "\\circ"))
EQUALITIES = frozenset(
    "= \\equiv \\triangleq \\coloneqq \\eqqcolon \\doteq \\defeq \\eqdef \\leftarrow \\gets \\longleftarrow "
    "\\xleftarrow +=".split()
)


def depths(tokens: Sequence[Raw]) -> Sequence[int]:
    """How deep in brackets each token stands; brackets without a partner do not count."""
    return _depths(tuple(piece.kind for piece in tokens))


def partners(tokens: Sequence[Raw]) -> Mapping[int, int]:
    """For each bracket the place of the one that closes it."""
    return _partners(tuple(piece.kind for piece in tokens))


CLOSER_OF = {"{": "}", "open": "close", "begin": "end"}
CLOSERS = frozenset(CLOSER_OF.values())
REMEMBERED = 1_024
"""Several passes ask for the brackets of the same tokens one after the other."""


@lru_cache(maxsize=REMEMBERED)
def _depths(kinds: tuple[str, ...]) -> tuple[int, ...]:
    partner = _partners(kinds)
    found, depth = [], 0
    closers = set(partner.values())
    for place in range(len(kinds)):
        depth += place in partner
        found.append(depth)
        depth -= place in closers
    return tuple(found)


@lru_cache(maxsize=REMEMBERED)
def _partners(kinds: tuple[str, ...]) -> Mapping[int, int]:
    stack: list[int] = []
    partner: dict[int, int] = {}
    for place, kind in enumerate(kinds):
        if kind in CLOSER_OF:
            stack.append(place)
        elif kind in CLOSERS:
            match = next((k for k in reversed(range(len(stack))) if CLOSER_OF[kinds[stack[k]]] == kind), None)
            if match is not None:
                partner[stack[match]] = place
                del stack[match:]
    return MappingProxyType(partner)


def split(tokens: Sequence[Raw], parts: Callable[[Raw], bool]) -> list[list[Raw]]:
    """Cut where `parts(token)` says so, outside all brackets."""
    pieces: list[list[Raw]] = [[]]
    for piece, depth in zip(tokens, depths(tokens), strict=True):
        if depth == 0 and parts(piece):
            pieces.append([])
        else:
            pieces[-1].append(piece)
    return pieces


def has_relation(tokens: Sequence[Raw]) -> bool:
    return any(piece.text in EQUALITIES for piece in outside_brackets(tokens))


def outside_brackets(tokens: Sequence[Raw]) -> list[Raw]:
    return [piece for piece, depth in zip(tokens, depths(tokens), strict=True) if depth == 0]


def behind_scripts(tokens: Sequence[Raw], place: int) -> int:
    """The place behind the indices, powers and primes that begin here, whatever is missing of them."""
    while place < len(tokens) and tokens[place].kind in ("_", "^", "'"):
        if tokens[place].kind == "'" or place + 1 == len(tokens):
            place += 1
        else:
            place = closing_place(tokens, place + 1) + 1 if tokens[place + 1].kind == "{" else place + 2
    return place


def closing_place(tokens: Sequence[Raw], opening: int) -> int:
    """The place of the brace that closes the one at `opening`, or the last place where none does."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[place].kind, 0)
        if depth == 0:
            return place
    return len(tokens) - 1


def closing_bracket(tokens: Sequence[Raw], opening: int) -> int:
    """The place of the bracket that closes the one at `opening`; 0 where none does."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[place].kind, 0)
        if depth == 0:
            return place
    return 0


def covering(tokens: Sequence[Raw]) -> Span:
    """The least span that covers some tokens; with a macro among them it is not the first and the last one's."""
    return Span(min(piece.start for piece in tokens), max(piece.end for piece in tokens))


def deepest(raw: Sequence[Raw]) -> int:
    """How many brackets of any kind stand inside one another."""
    depth = most = 0
    for piece in raw:
        if piece.kind in ("{", "open", "begin"):
            depth += 1
            most = max(most, depth)
        elif piece.kind in ("}", "close", "end"):
            depth -= 1
    return most
