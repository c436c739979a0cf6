"""Sides that stay open because what a letter or a sum means in their chain is not what it means elsewhere.

A sum over a part of the batch, a letter that is an index and a count, two losses of which one is made of the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.made_losses import gradients_in
from bnverify.model.notation import Notation, Role
from bnverify.model.terms import Unknown
from bnverify.pattern import pattern
from bnverify.read.announced import END
from bnverify.read.chains import Chain
from bnverify.read.ranges import is_named_part, left_out
from bnverify.read.syntax import Ellipsis, Expr, Name, Summation, inside


def with_open_meanings(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """The chain without verdicts, where one of its letters or sums means something of its own."""
    why = next(_reasons(case, resolved.chain), None)
    if why is None:
        return resolved
    sides = (one if one.trouble else Resolved(Unknown(why)) for one in resolved.sides)
    return replace(resolved, sides=tuple(sides))


def _reasons(case: Case, chain: Chain) -> Iterator[str]:
    nodes = [node for expr in _exprs(chain) for node in inside(expr)]
    yield from _two_losses(case.notation, nodes)
    yield from _index_and_count(case.notation, nodes)
    yield from _part_of_batch(case, chain, nodes)


def _exprs(chain: Chain) -> tuple[Expr, ...]:
    return (chain.head, *(step.side for step in chain.steps))


def _two_losses(notation: Notation, nodes: list[Expr]) -> Iterator[str]:
    """`L = 2 E`: what mixes their gradients; `J = L + \\lambda \\gamma^2`: the gradient of J by gamma."""
    met = tuple(gradients_in(nodes, notation)) if notation.made_losses else ()
    letters = frozenset(letter for letter, _ in met)
    for one in notation.made_losses:
        if why := one.trouble(letters, frozenset(role for letter, role in met if letter == one.letter)):
            yield why


PLACED = frozenset((Role.INPUT, Role.NORMALISED, Role.OUTPUT, Role.UPSTREAM, Role.TARGET))


def _index_and_count(notation: Notation, nodes: list[Expr]) -> Iterator[str]:
    """`\\frac{\\partial \\mu}{\\partial x_n} = \\frac{1}{n}`; not x_n where sums run up to n, the last sample."""
    if any(isinstance(node, Ellipsis) for node in nodes):
        return
    bound = {one for node in nodes if isinstance(node, Summation) for one in node.bounds.indices}
    names = [notation.split(node) for node in nodes if isinstance(node, Name)]
    placed = {one for symbol, index in names if notation.role(symbol) in PLACED for one in index}
    counts = {symbol.letter for symbol, index in names if not index and notation.role(symbol) is Role.SIZE}
    if both := sorted(counts & (bound | (placed - notation.tops))):
        yield f"{both[0]} is an index here, and cannot be the count as well"


def _part_of_batch(case: Case, chain: Chain, nodes: list[Expr]) -> Iterator[str]:
    """A range, a condition or words that leave a part out of what a sum runs over."""
    sums = [node.bounds for node in nodes if isinstance(node, Summation)]
    if not sums:
        return
    text = case.script.note.text
    for name in {one.within for one in sums} - {""}:
        if is_named_part(name, text, lambda written: _is_count(written, case.notation)):
            yield f"{name} is a part of the batch, and a sum over it is not worked out"
    bound = {one for bounds in sums for one in bounds.indices} - _free_in(chain.head, case.notation)
    own = [one for one in chain.conditions if one not in chain.said]
    said = {letter for one in own for letter in (one.left, one.right)} | _said_behind(case, chain)
    everywhere = frozenset(_said_of_sums(case, chain))
    for letter in sorted(bound & (said | everywhere)) or (["every sum"] if ALL in everywhere else []):
        yield f"a sum over a part of what {letter} runs over is not worked out" if len(letter) == 1 else OTHER_SUMS


ALL = ""
OTHER_SUMS = "the note says of its sums that they are no plain ones"


def _is_count(written: str, notation: Notation) -> bool:
    """Whether a piece of LaTeX is a letter of the number of samples, or the size of a set."""
    plain = BRACES.sub("", written)
    counts = (str(one) for one, role in notation.roles.items() if role is Role.SIZE)
    given = notation.size is not None and plain == str(notation.size.value)
    return given or plain.startswith("|") or any(BRACES.sub("", one) == plain for one in counts)


BRACES = pattern(r"[{}$\s]")


def _free_in(head: Expr, notation: Notation) -> frozenset[str]:
    return notation.indices_in(head) - {
        one for node in inside(head) if isinstance(node, Summation) for one in node.bounds.indices
    }


BEHIND = pattern(
    r"[\s$,.)\]\\]{0,8}(?:for|where|with|and|over|when|here)\s+(?:(?:all|each|every)\s+)?(?:\$|\\\()(?P<formula>[^$\n]{1,60}?)(?:\$|\\\))"
)


def _said_behind(case: Case, chain: Chain) -> frozenset[str]:
    """The letters that are restricted behind the chain, in its own formula or right behind it."""
    formula = case.script.layout.formula_at(chain.head_span.start)
    if formula is None or not chain.steps:
        return frozenset()
    text = case.script.note.text
    between = [text[one.span.end : other.relation.start][:LONGEST_BETWEEN] for one, other in pairwise(chain.steps)]
    behind = text[chain.steps[-1].span.end : formula.span.end].partition("\\\\")
    found = BEHIND.match(text, formula.end) if not behind[1] else None
    said = " ; ".join((*between, behind[0], found["formula"] if found else ""))
    return left_out(said, lambda written: _is_count(written, case.notation))


LONGEST_LEAD = 40
"""Characters in front of a formula in a sentence that are looked at."""
LONGEST_BETWEEN = 200
"""Characters between two steps of a chain that are looked at."""
RUN = pattern(
    r"\b(?:sums?|summations?)\b[^.;$]{0,50}\b(?:runs?|ranges?|extends?|goes|go|taken|restricted|excludes?|omits?|skips?"
    r"|leaves? out)\b|\b(?:denotes?|means?|stands? for)\s+(?:the|a)\s+sum\b"
)
EXCLUDES = pattern(r"\b(?:excludes?|omits?|skips?|leaves? out|restricted)\b(?!\s+(?:nothing|no(?:ne)?)\b)")
INCLUDED = pattern(r"\b(?:including|includes?|also|even)\s+(?:the\s+(?:term|case|sample|summand)\s+)?\Z")
"""In front of what a sum leaves in."""
MEANT = pattern(
    r"\\sum[^$\n]{0,30}?(?:\$|\\\))\s*(?:\w+\s+){0,2}(?:means?|denotes?|stands?\s+for|is|represents?|abbreviates|indicates?)\s+"
    r"(?:\w+\s+){0,3}(?:average|mean|partial|weighted|half|part|normali[sz]ed|expectation|except|first|last|without|but)\b"
)
OF_ONE = pattern(r"\s*(?:where|with|here|in which)\b")
INLINE = pattern(r"(?:\$|\\\()(?P<formula>[^$\n]{1,80}?)(?:\$|\\\))")


def _said_of_sums(case: Case, chain: Chain) -> Iterator[str]:
    """The letters that the text restricts wherever they are summed over; `ALL` where it speaks of every sum."""
    for start, sentence in _sentences_on_sums(case.script.note.text):
        if OF_ONE.match(sentence) and not _is_before(case, chain, start):
            continue
        for found in INLINE.finditer(sentence):
            if INCLUDED.search(sentence[: found.start()][-LONGEST_LEAD:]):
                continue
            yield from left_out(found["formula"], lambda written: _is_count(written, case.notation))
        if EXCLUDES.search(sentence) or MEANT.search(sentence):
            yield ALL


@lru_cache(maxsize=4)
def _sentences_on_sums(text: str) -> tuple[tuple[int, str], ...]:
    """The sentences that say what sums run over, with their places: each chain asks for them."""
    ends = [(one.start(), one.end()) for one in END.finditer(text)] if RUN.search(text) or MEANT.search(text) else []
    starts = [0, *(end for _, end in ends)]
    stops = [*(start for start, _ in ends), len(text)]
    cut = ((start, text[start:stop]) for start, stop in zip(starts, stops, strict=True))
    return tuple((start, one) for start, one in cut if RUN.search(one) or MEANT.search(one))


def _is_before(case: Case, chain: Chain, place: int) -> bool:
    """Whether the formula of a chain is the last displayed one that begins before a place."""
    formulas = case.script.layout.formulas
    number = bisect_right(formulas, place, key=lambda one: one.span.start)
    last = next((one for one in reversed(formulas[:number]) if one.display), None)
    return last is not None and last.span.start <= chain.head_span.start < last.span.end
