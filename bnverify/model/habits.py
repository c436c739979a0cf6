"""Letters that a note uses and does not define -> what they usually mean, unless that part is taken."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bnverify.model.hypotheses import EPSILONS
from bnverify.model.notation import FAMILIES, LETTERS, Role, Symbol
from bnverify.pattern import pattern
from bnverify.read.syntax import Addition, Digits, Expr, Negative, Root, bare, inside

if TYPE_CHECKING:
    from bnverify.model.recognition import Recognition

UPSTREAM_WORDS = pattern(
    r"(upstream|incoming|arriving|backpropagated|downstream)\s+(gradient|derivative|error|signal)"
    r"|gradient[^.]{0,40}(arrives|comes in|from above|of the layer above)|error\s+signal",
    re.IGNORECASE,
)
RUNNING = pattern(
    r"\b(run|running|r?test|inf|infer|inference|eval|pop|population|ema|mov|moving|avg|train|glob(al)?)\b"
)
"""Below a mean that is no mean of the batch."""
CONSTANT_WORDS = pattern(
    r"\b(inference|evaluation mode|eval mode|test time|test-time|running (mean|average|statistic|estimate|variance)s?"
    r"|population (mean|statistic)s?|moving averages?|frozen)\b",
    re.IGNORECASE,
)


def by_letter(known: Recognition, defined: frozenset[Symbol]) -> None:
    """What is used and not defined means what its letter usually means, unless that part is taken."""
    for symbol in sorted(known.page.used, key=str):
        usual = LETTERS.get(Symbol(symbol.letter, symbol.accents, (), symbol.square))
        if symbol in known.roles or usual is None or (symbol in defined and set(symbol.tags) & set(EPSILONS)):
            continue
        if symbol in defined and usual not in FAMILIES | {Role.VARIANCE, Role.MEAN}:
            continue
        if symbol in defined and RUNNING.search(" ".join(symbol.tags).lower()):
            continue  # an average that is kept for inference
        plain = Symbol(symbol.letter, symbol.accents, symbol.tags)
        squared = symbol.square and known.roles.get(plain) is Role.VARIANCE
        if usual is Role.VARIANCE and (squared or symbol in known.with_epsilon or is_other_variance(known, symbol)):
            continue
        if usual is Role.DEVIATION or is_free(known, symbol, usual):
            known.roles[symbol] = usual
    if Symbol("e") in known.page.used and Symbol("e") not in defined and under_root(known):
        known.roles.setdefault(Symbol("e"), Role.EPSILON)
    as_upstream(known, defined)
    as_roots(known, defined)


def is_other_variance(known: Recognition, symbol: Symbol) -> bool:
    """`\\sigma_u^2 = \\frac{n}{n-1} \\sigma^2` beside the variance of the note: with n - 1 for n, or made of it."""
    side = known.page.first_definition(symbol)
    own = [one for one, role in known.roles.items() if role is Role.VARIANCE and one in known.heads]
    first = known.page.first_definition(own[0]) if own else None
    if side is None or first is None or symbol in own:
        return False
    less = has_one_less(known, side)
    return less != has_one_less(known, first) or (less and any(found in own for found, _ in known.page.symbols(side)))


def has_one_less(known: Recognition, side: Expr) -> bool:
    """Whether n - 1 occurs."""
    for node in inside(side):
        if isinstance(node, Addition) and len(node.terms) == 2:
            count, one = (known.page.frame.symbol(node.terms[0]), bare(node.terms[1]))
            if count and known.roles.get(count[0]) is Role.SIZE and one == Negative(Digits("1")):
                return True
    return False


def as_upstream(known: Recognition, defined: frozenset[Symbol]) -> None:
    """delta_i, never defined, in a note that speaks of an upstream gradient."""
    delta = Symbol("\\delta")
    single = any(found == (delta, found[1]) and len(found[1]) == 1 for found in known.page.found)
    if single and delta not in defined and UPSTREAM_WORDS.search(known.page.script.note.text):
        known.roles.setdefault(delta, Role.UPSTREAM)


def as_roots(known: Recognition, defined: frozenset[Symbol]) -> None:
    """sigma beside sigma^2, never defined: its root where there is no epsilon, or where epsilon is added to it."""
    epsilons = {symbol for symbol, role in known.roles.items() if role is Role.EPSILON} & known.page.at_work
    for symbol in sorted(known.page.used - defined, key=str):
        square = Symbol(symbol.letter, symbol.accents, symbol.tags, square=True)
        role = known.roles.get(symbol)
        beside = known.roles.get(square) is Role.VARIANCE and square in known.page.used
        if symbol.square or role not in (None, Role.DEVIATION) or not (beside or role):
            continue
        if (beside and not epsilons) or is_added_to(known, symbol, epsilons):
            known.roles[symbol] = Role.ROOT
        elif role is None:
            known.roles[symbol] = Role.DEVIATION


def is_added_to(known: Recognition, symbol: Symbol, others: set[Symbol]) -> bool:
    """Whether x-hat, or an output, is defined with `symbol + other` outside a root: else a square may be lost."""
    defined = ((known.role_of(head), side) for _, head, _, side in known.page.definitions())
    sides = [side for role, side in defined if role in (Role.NORMALISED, Role.OUTPUT)]
    rooted = {id(bare(node.body)) for side in sides for node in inside(side) if isinstance(node, Root)}
    sums = (node for side in sides for node in inside(side) if isinstance(node, Addition) and id(node) not in rooted)
    found = ({one[0] for term in node.terms if (one := known.page.frame.symbol(term))} for node in sums)
    return any(symbol in one and one & others for one in found)


def is_free(known: Recognition, symbol: Symbol, role: Role) -> bool:
    """A part may have several names only where none of them is tagged otherwise."""
    holders = [other for other, taken in known.roles.items() if taken is role]
    if role in (Role.VARIANCE, Role.EPSILON):
        return True
    return all(not symbol.tags and other.letter == symbol.letter for other in holders)


def under_root(known: Recognition) -> bool:
    """e is epsilon where the note adds it to the variance."""
    for node in known.page.names:
        if isinstance(node, Addition) and len(node.terms) == 2:
            first, second = (known.page.frame.symbol(term) for term in node.terms)
            if first and second and second[0] == Symbol("e"):
                role = known.roles.get(first[0]) or LETTERS.get(first[0])
                if role is Role.VARIANCE:
                    return True
    return False
