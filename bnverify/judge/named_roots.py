"""A note that writes sqrt(v + eps) as one letter and has none for v: how its quantities are spelled then."""

from __future__ import annotations

from dataclasses import replace

from bnverify.model.conventions import HALF
from bnverify.model.letters import DEVIATION, Spelling
from bnverify.model.notation import Role, Symbol
from bnverify.model.resolve import resolve
from bnverify.model.scope import Scope
from bnverify.model.terms import Unknown, power
from bnverify.model.writing import DEVIATION_SQUARED
from bnverify.read.syntax import Name
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

MOST_HELPERS = 20


def with_named_root(spelling: Spelling, scope: Scope) -> Spelling:
    """Beside `\\sigma = \\sqrt{... + \\epsilon}`, `\\sigma^2 + \\epsilon` would be something else."""
    if Role.VARIANCE in scope.notation.written or scope.layer.rank > 1:
        return spelling
    helpers = sorted(scope.notation.helpers.items(), key=lambda pair: str(pair[0]))[:MOST_HELPERS]
    single = (symbol for symbol, known in helpers if len(known) == 1 and not known[0].index)
    root = next((symbol for symbol in single if _is_root(symbol, scope)), None)
    return spelling if root is None else replace(spelling, symbols={**spelling.symbols, DEVIATION: root}, rooted=True)


def _is_root(symbol: Symbol, scope: Scope) -> bool:
    divisor = scope.forward.convention.epsilon.term
    meant = resolve(Name(symbol.letter, symbol.accents, symbol.tags), replace(scope, assumptions=[], undefined=set()))
    known = not isinstance(meant, Unknown) and divisor == power(DEVIATION_SQUARED, HALF)
    return known and prover(scope.forward).equal(Identity(meant, divisor)) is True
