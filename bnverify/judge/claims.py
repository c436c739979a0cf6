"""The note's own earlier wrong results, and whether a side follows once they are put in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from bnverify.frozen import frozen
from bnverify.model.terms import (
    Cases,
    Condition,
    Count,
    Delta,
    Exp,
    Log,
    LossBy,
    Number,
    Partial,
    Plus,
    Power,
    Sum,
    Term,
    Times,
    Unknown,
    Value,
    free_indices,
    fresh_index,
    power,
    rename,
    walk,
)
from bnverify.source import Span

MOST_COMBINATIONS = 64
MOST_CLAIMS = 40
"""The latest claims and rules; a note that has more is not followed further back."""


@frozen
class Claim:
    """A wrong value that the note gave to a derivative, or to a product of derivatives."""

    head: Term
    value: Term
    place: Span
    conditions: tuple[Condition, ...] = ()
    """Under which it was made."""


@frozen
class Claims:
    """The claims that stand at one line: a right statement of the same head takes its wrong ones back."""

    wrong: tuple[Claim, ...] = ()
    rules: tuple[tuple[Term, Term], ...] = ()
    """Chain rules that the note wrote rightly: head and side."""

    def stated(self, claim: Claim) -> Claims:
        if not is_derivative(claim.head):
            return self
        others = tuple(one for one in self.wrong if (one.head, one.value) != (claim.head, claim.value))
        return Claims((*others, claim)[-MOST_CLAIMS:], self.rules)

    def rightly_stated(self, head: Term, side: Term) -> Claims:
        kept = tuple(claim for claim in self.wrong if _match(claim.head, head) is None)
        rule = any(isinstance(node, (LossBy, Partial)) for node in derivatives(side))
        return Claims(kept, (*self.rules, (head, side))[-MOST_CLAIMS:] if rule else self.rules)


def is_derivative(head: Term) -> bool:
    parts = head.factors if isinstance(head, Times) else (head,)
    return all(isinstance(part, (LossBy, Partial)) for part in parts)


def derivatives(term: Term) -> Iterator[Term]:
    return (part for part in walk(term) if isinstance(part, (LossBy, Partial)))


def substituted(term: Term, claims: Sequence[Claim]) -> Iterator[tuple[Term, tuple[Claim, ...]]]:
    """The term with every choice of the claims that apply to it put in, at least one."""
    heads: dict[Term, list[Claim]] = {}
    for claim in claims:
        if replaced(term, (claim,)) != term:
            heads.setdefault(claim.head, []).append(claim)
    options = [[None, *reversed(found)] for found in heads.values()]
    for count, choice in enumerate(product(*options)):
        if count > MOST_COMBINATIONS:
            return
        chosen = tuple(claim for claim in choice if claim is not None)
        if chosen:
            yield replaced(term, chosen), chosen


def replaced(term: Term, claims: Sequence[Claim]) -> Term:
    """Every occurrence of a claimed derivative as the claim has it."""
    for claim in claims:
        names = _match(claim.head, term)
        if names is not None:
            return _in_its_case(claim, names, term)
    match term:
        case Number() | Count() | Value() | Delta() | Unknown() | LossBy() | Partial():
            return term
        case Sum(index=index, body=body):
            return Sum(index, replaced(body, claims))
        case Plus(terms=parts):
            return Plus(tuple(replaced(part, claims) for part in parts))
        case Times(factors=factors):
            return _in_product(factors, claims)
        case Power(base=base, exponent=exponent):
            return power(replaced(base, claims), exponent)
        case Exp(body=body):
            return Exp(replaced(body, claims))
        case Log(body=body):
            return Log(replaced(body, claims))
        case Cases(rows=rows):
            return Cases(tuple((conditions, replaced(value, claims)) for conditions, value in rows))


def _in_product(factors: tuple[Term, ...], claims: Sequence[Claim]) -> Term:
    """A claim about a product of two derivatives applies where both are factors."""
    for claim in claims:
        if not isinstance(claim.head, Times):
            continue
        for left, first in enumerate(factors):
            for right, second in enumerate(factors):
                names = _match(claim.head, Times((first, second))) if left != right else None
                if names is not None:
                    rest = tuple(f for k, f in enumerate(factors) if k not in (left, right))
                    return Times((_named(claim, names), *(replaced(f, claims) for f in rest)))
    return Times(tuple(replaced(factor, claims) for factor in factors))


def _match(pattern: Term, term: Term) -> dict[str, str] | None:
    """The renaming of indices that turns `pattern` into `term`, or None."""
    if isinstance(pattern, Times) and isinstance(term, Times) and len(pattern.factors) == len(term.factors):
        names: dict[str, str] = {}
        for left, right in zip(pattern.factors, term.factors, strict=True):
            found = _match(left, right)
            if found is None or any(names.get(k, v) != v for k, v in found.items()):
                return None
            names |= found
        return names
    if isinstance(pattern, LossBy) and isinstance(term, LossBy):
        return _match_values([(pattern.value, term.value)])
    if isinstance(pattern, Partial) and isinstance(term, Partial) and pattern.reading is term.reading:
        if isinstance(pattern.of, Value) and isinstance(term.of, Value):
            return _match_values([(pattern.of, term.of), (pattern.by, term.by)])
    return None


def _match_values(pairs: list[tuple[Value, Value]]) -> dict[str, str] | None:
    names: dict[str, str] = {}
    for left, right in pairs:
        if left.name != right.name or len(left.index) != len(right.index):
            return None
        for old, new in zip(left.index, right.index, strict=True):
            if names.setdefault(old, new) != new:
                return None
    return names


def _in_its_case(claim: Claim, names: dict[str, str], term: Term) -> Term:
    """The claimed value where the conditions of the claim hold, and the term itself elsewhere."""
    if not claim.conditions:
        return _named(claim, names)
    conditions = tuple(
        Condition(names.get(one.left, one.left), names.get(one.right, one.right), one.same) for one in claim.conditions
    )
    return Cases(((conditions, _named(claim, names)), ((), term)))


def _named(claim: Claim, names: dict[str, str]) -> Term:
    """The claimed value with the indices of the place where it is put in; other free indices are kept apart."""
    others = free_indices(claim.value) - set(names)
    apart = {index: fresh_index(index, set(names.values())) for index in others if index in names.values()}
    return rename(claim.value, {**apart, **names})
