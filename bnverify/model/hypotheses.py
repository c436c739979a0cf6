"""A script -> numbers that a sentence supposes for its own sake: `If $\\epsilon = 0$, then ...`, `For $N = 1$ ...`.

Such a number is no definition. It covers its sentence; one that is assumed in the middle of a note, without an `if`,
covers what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.given import number_of
from bnverify.pattern import pattern
from bnverify.read.announced import end_before
from bnverify.read.chains import Chain, Script
from bnverify.read.syntax import Derivative, Name, bare, inside

SENTENCE_END = pattern(r"[.!?](?=[\s$*_)]|$)|\n[ \t]*\n(?=\s*(?:[A-Z#>]|[-*+]\s|\*\*))")
SUPPOSES = pattern(
    r"\b(?:if|when|whenever|unless|provided|for|in the limit|(?:special|extreme|trivial|degenerate) case)\b[^$]{0,40}$"
    r"|^\W*(?:(?:but|and|so|indeed|remark|note|then|also|finally|thus)\W+)*(?:with|at|in|where)\b[^$]{0,40}$",
    re.IGNORECASE,
)
RIGHT_BEFORE = pattern(
    r"\b(?:for|if|when|whenever|with|suppose|supposing|assume|assuming|say|taking)"
    r"(?:\s+(?:that|all|we|have|had|every|each|take|set|the|case|upstream|gradients?))*\W*\Z",
    re.IGNORECASE,
)
"""The same in front of what is no letter alone: `for $\\frac{\\partial L}{\\partial y_i} = 1$`."""
EPSILONS = ("\\epsilon", "\\varepsilon")


@frozen
class Hypothesis:
    """A number for a letter between two offsets of the note; `place` is where its equation begins."""

    place: int
    start: int
    end: int
    words: str

    def covers(self, offset: int) -> bool:
        return self.start <= offset < self.end and offset != self.place


def find_hypotheses(script: Script) -> tuple[Hypothesis, ...]:
    return tuple(_hypotheses(script))


def _hypotheses(script: Script) -> Iterator[Hypothesis]:
    met: set[str] = set()
    for chain in script.chains:
        head = bare(chain.head)
        number = number_of(chain.steps[0].side) if chain.steps else None
        if number is not None and isinstance(head, Name) and not head.subscripts:
            yield from _of_letter(script, chain, head.letter in EPSILONS and not number and head.letter in met)
        elif (
            number is not None
            and isinstance(head, (Derivative, Name))
            and RIGHT_BEFORE.search(_words_before(script.note.text, chain.head_span.start))
        ):
            yield _in_sentence(script, chain)
        met |= set(_letters(chain))


def _of_letter(script: Script, chain: Chain, is_left_out: bool) -> Iterator[Hypothesis]:
    found = _in_sentence(script, chain)
    if SUPPOSES.search(_words_before(script.note.text, found.place, found.start)):
        yield found
    elif is_left_out:
        yield replace(found, start=found.place, end=len(script.note.text))


def _in_sentence(script: Script, chain: Chain) -> Hypothesis:
    place = chain.head_span.start
    return Hypothesis(place, *_sentence(script.note.text, place), f"{chain.head_latex} = {chain.steps[0].latex}")


def _sentence(text: str, place: int) -> tuple[int, int]:
    """The sentence around an offset, which may hold displayed formulas."""
    behind = SENTENCE_END.search(text, place)
    return end_before(SENTENCE_END, text, place), (behind.start() if behind else len(text))


def _words_before(text: str, place: int, start: int | None = None) -> str:
    """The words of the sentence before a formula, or the last of them, without its opening marks."""
    return re.sub(r"(?:\$+|\\[(\[]|`)\s*\Z", "", text[max(0, place - NEAR) if start is None else start : place])


NEAR = 80
"""Characters right before a formula."""


def _letters(chain: Chain) -> Iterator[str]:
    for expr in (chain.head, *(step.side for step in chain.steps)):
        yield from (node.letter for node in inside(expr) if isinstance(node, Name))
