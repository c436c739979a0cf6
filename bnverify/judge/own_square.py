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
from bnverify.model.terms import Term, Value, power
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
    if symbol not in case.notation.helpers:
        return resolved
    known = (power(Value(VARIANCE), HALF), resolved.forward.convention.epsilon.term)
    own = prover(resolved.forward)

    def may_be(root: Term, side: Resolved) -> bool:
        squares = Identity(power_of(root, Fraction(2)), power_of(side.term, Fraction(2)))
        return bool(side.trouble) or own.equal(squares) is not False

    if all(any(may_be(one, side) for one in known) for side in resolved.sides):
        return resolved
    meant = next((one for one in known if may_be(one, resolved.sides[0])), known[0])
    return replace(resolved, head=Resolved(meant))
