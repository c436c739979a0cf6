"""A script -> numbers that a sentence supposes for its own sake: `If $\\epsilon = 0$, then ...`, `For $N = 1$ ...`.

Such a number is no definition. It covers its sentence; one that is assumed in the middle of a note, without an `if`,
covers what follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bnverify.frozen import frozen
from bnverify.model.given import number_of
from bnverify.pattern import pattern
from bnverify.read.chains import Chain, Script
from bnverify.read.syntax import Name, bare, inside

SENTENCE_END = pattern(r"[.!?](?=[\s$*_)]|$)|\n[ \t]*\n(?=\s*(?:[A-Z#>]|[-*+]\s|\*\*))")
SUPPOSES = pattern(
    r"\b(?:if|when|whenever|unless|provided|for|in the limit|(?:special|extreme|trivial|degenerate) case)\b[^$]{0,40}$"
    r"|^\W*(?:(?:but|and|so|indeed|remark|note|then|also|finally|thus)\W+)*(?:with|at|in|where)\b[^$]{0,40}$",
    re.IGNORECASE,
)
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
    text = script.note.text
    met: set[str] = set()
    for chain in script.chains:
        head = bare(chain.head)
        if (
            isinstance(head, Name)
            and not head.subscripts
            and chain.steps
            and number_of(chain.steps[0].side) is not None
        ):
            place, words = chain.head_span.start, f"{chain.head_latex} = {chain.steps[0].latex}"
            start, end = _sentence(text, place)
            zero = head.letter in EPSILONS and number_of(chain.steps[0].side) == 0
            if SUPPOSES.search(_words_before(text, start, place)):
                yield Hypothesis(place, start, end, words)
            elif zero and head.letter in met:
                yield Hypothesis(place, place, len(text), words)
        met |= set(_letters(chain))


def _sentence(text: str, place: int) -> tuple[int, int]:
    """The sentence around an offset, which may hold displayed formulas."""
    before = [one.end() for one in SENTENCE_END.finditer(text, 0, place)]
    behind = SENTENCE_END.search(text, place)
    return (before[-1] if before else 0), (behind.start() if behind else len(text))


def _words_before(text: str, start: int, place: int) -> str:
    """The words of the sentence before a formula, without its opening marks."""
    return re.sub(r"(?:\$+|\\[(\[]|`)\s*\Z", "", text[start:place])


def _letters(chain: Chain) -> Iterator[str]:
    for expr in (chain.head, *(step.side for step in chain.steps)):
        yield from (node.letter for node in inside(expr) if isinstance(node, Name))
