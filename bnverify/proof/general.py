"""The page of a step about a layer with several indices, or about a softmax: what was worked out, and where it differs.

The page of a layer with one index shows how both sides come to the same polynomial; here its letters would be too
many to read.
"""

from __future__ import annotations

from bnverify.model.axes import letter_of
from bnverify.model.calculus import expand
from bnverify.model.forward import Forward
from bnverify.model.letters import SIZE
from bnverify.model.terms import LossBy, Partial, Value, walk
from bnverify.proof.letters import show
from bnverify.proof.parts import Claim, Part, Row, meanings, reading_words, row
from bnverify.proof.shapes import ordered
from bnverify.proof.wrong import numbers
from bnverify.truth.verdict import Counterexample


def is_general(forward: Forward) -> bool:
    """Whether the detailed page does not know this forward pass."""
    return forward.layer.rank > 1 or forward.layer.exponential


def why_right_in_general(claim: Claim) -> list[Part]:
    """What the letters mean, and what each derivative comes to."""
    parts = (part for side in (claim.head, claim.side) for part in walk(side))
    symbols = list(dict.fromkeys(part for part in parts if isinstance(part, (LossBy, Partial))))
    worked = {one: expand(one, claim.forward) for one in symbols}
    rows = [row(claim.pen(one), claim.pen(ordered(value))) for one, value in worked.items() if value != one]
    words = reading_words(symbols)
    derivatives = Part(f"The derivatives{f' ({words})' if words else ''}", tuple(rows))
    terms = [claim.head, claim.side, *worked.values()]
    return [part for part in (meanings(claim, terms), derivatives) if part.rows]


def why_wrong_in_general(claim: Claim, example: Counterexample) -> list[Part]:
    """The small batch at which the two sides differ, and what they come to."""
    pen = claim.pen
    sizes = {
        pen.spelling.plain(pen.spelling.size(axis)): count
        for axis, count in enumerate(claim.forward.sizes(example.n))
        if pen.spelling.size(axis) != SIZE or axis == claim.forward.layer.over[0]
    }
    given = [f"{letter} = {count}" for letter, count in sizes.items()]
    given += [
        f"{'g' if name == 'dL/dy' else pen(Value(name))} = {numbers(value)}" for name, value in example.values.items()
    ]
    given += [f"{letter_of(name)} = {place}" for name, place in example.indices.items()]
    sides = (row(pen(claim.head), show(example.left)), row(pen(claim.side), show(example.right)))
    return [
        Part("A small batch at which the two sides differ", (Row(", ".join(given)),)),
        Part("The two sides", sides),
    ]
