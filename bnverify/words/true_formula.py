"""A judgement of a final formula -> the true one, in the letters of the note."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.judge.judgement import Judgement, Verdicts, is_final_formula
from bnverify.judge.named_roots import with_named_root
from bnverify.model.calculus import Undifferentiable
from bnverify.model.conventions import Epsilon
from bnverify.model.forward import Forward, normalisation
from bnverify.model.notation import Notation, Role
from bnverify.model.quantities import NORMALISED, VARIANCE
from bnverify.model.scope import own_name
from bnverify.model.shapes import averages, uncounted
from bnverify.model.terms import LossBy, Power, Term, Value, power, rename, swapped, walk
from bnverify.model.writing import Spelling, latex
from bnverify.read.syntax import Expr, Name, Root, bare, inside
from bnverify.truth.closed import closed_gradient
from bnverify.truth.verdict import Undecidable, Undefined


def true_formula(one: Judgement, verdicts: Verdicts, spelling: Spelling) -> str:
    """The closed form of the gradient that a chain ends with; empty where it is none, or has none."""
    head = one.head.term
    if not is_final_formula(one) or not isinstance(head, LossBy) or one.forward is None:
        return ""
    forward = normalisation(verdicts.convention, one.forward.layer)
    try:
        found = closed_gradient(head, forward)
    except (Undecidable, Undefined, Undifferentiable):
        return ""
    if one.line is None:
        return latex(found, spelling)
    scope = one.line.scope
    return latex(in_own_letters(found, forward, scope.notation), with_named_root(spelling, scope))


def in_own_letters(term: Term, forward: Forward, notation: Notation) -> Term:
    """A term in quantities that the note has letters for: x-hat and the mean square written out where it has none."""
    if Role.NORMALISED not in notation.written:
        term = _by_definition(term, NORMALISED, forward)
    if Role.VARIANCE in notation.written or forward.layer.centred or forward.layer.exponential:
        return term
    divisor = forward.convention.epsilon.term
    if isinstance(divisor, Power):
        with_epsilon = forward.convention.epsilon is Epsilon.INSIDE
        root = next(_names_of_root(notation, with_epsilon), None)
        term = _rooted(term, root, divisor.base) if root is not None else term
    return _by_definition(term, VARIANCE, forward)


def _by_definition(term: Term, name: str, forward: Forward) -> Term:
    node = forward.node(name)
    for part in [one for one in walk(term) if isinstance(one, Value) and one.name == name]:
        if node is not None:
            term = swapped(term, part, rename(node.value, dict(zip(node.index, part.index, strict=True))))
    return term


def _names_of_root(notation: Notation, with_epsilon: bool) -> Iterator[str]:
    """r = sqrt((1/d) sum_i x_i^2 + eps), with or without epsilon, where it has one definition."""
    for symbol, definitions in sorted(notation.helpers.items(), key=lambda pair: str(pair[0])):
        side = bare(definitions[0].value)
        if len(definitions) == 1 and isinstance(side, Root) and side.degree is None:
            squares = any(
                one.is_square and _role(one.base, notation) is Role.INPUT for one in (*averages(side), *uncounted(side))
            )
            epsilon = any(_role(node, notation) is Role.EPSILON for node in inside(side))
            if squares and epsilon is with_epsilon:
                yield own_name(symbol)


def _role(expr: Expr, notation: Notation) -> Role | None:
    named = notation.symbol(expr) if isinstance(expr, Name) else None
    return notation.role(named[0]) if named is not None else None


def _rooted(term: Term, root: str, radicand: Term) -> Term:
    """Powers of what stands below the root as those of the root."""
    for part in [one for one in walk(term) if isinstance(one, Power) and _without_row(one.base) == radicand]:
        row = next(one.index for one in walk(part) if isinstance(one, Value) and one.name == VARIANCE)
        term = swapped(term, part, power(Value(root, row), 2 * part.exponent))
    return term


def _without_row(term: Term) -> Term:
    known = [one for one in walk(term) if isinstance(one, Value) and one.name == VARIANCE]
    return swapped(term, known[0], Value(VARIANCE)) if known else term
