"""`\\sigma = ...` in a note that defines `\\sigma^2`: a claim about its root, whatever the letter is used for."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.conventions import HALF
from bnverify.model.notation import Role
from bnverify.model.powers import power_of
from bnverify.model.quantities import VARIANCE
from bnverify.model.terms import Value, power
from bnverify.read.syntax import bare
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity


def with_own_square(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """The chain with the root of the variance for its head, where a side is neither that nor what x-hat divides by."""
    named = case.notation.symbol(bare(resolved.chain.head))
    if named is None or resolved.forward.layer.rank > 1 or named[1]:
        return resolved
    symbol = named[0]
    squared = replace(symbol, square=True)
    if symbol.square or case.notation.role(squared) is not Role.VARIANCE or squared in case.notation.built_in:
        return resolved
    root = power(Value(VARIANCE), HALF)
    known = (Value(VARIANCE), power_of(resolved.forward.convention.epsilon.term, Fraction(2)))
    own = prover(resolved.forward)
    squares = [power_of(side.term, Fraction(2)) for side in resolved.sides if not side.trouble]
    false = [square for square in squares if not any(own.equal(Identity(one, square)) is not False for one in known)]
    return replace(resolved, head=Resolved(root)) if false and symbol in case.notation.helpers else resolved
