"""Trees of a wrong step -> edits of the note's text, and the characters that each slip speaks of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bnverify.edits import edited
from bnverify.frozen import frozen
from bnverify.judge.findings import (
    Cause,
)
from bnverify.pattern import pattern
from bnverify.read.chains import Chain, Step, without_comments
from bnverify.read.syntax import Addition, CaseRows, Expr, Summation, inside
from bnverify.record import Edit, Target
from bnverify.repair.hunks import hunks, is_well_sized, same_tokens
from bnverify.repair.mend import Mend
from bnverify.repair.rewriting import Rewriter
from bnverify.repair.search import Found
from bnverify.repair.slip import Slip
from bnverify.repair.trees import exchange
from bnverify.source import Note, Span


@frozen
class Desk:
    """One step in its note, and how other trees in the place of its side or head are written."""

    note: Note
    chain: Chain
    step: Step

    def written(self, found: Found, target: Target) -> Mend | None:
        """The edits of the source text that make the tree of a candidate."""
        side, span = self.step.side, self.step.span
        if not covers(side.span, span):
            return None
        rewriter = Rewriter(self.note.text, side)
        if self.step.more and not isinstance(found.tree, CaseRows):
            return None  # the other cases stand in other formulas
        after, edits = self.after(rewriter, found.tree)
        if edits is None or markup(after) != markup(self.note.cut(span)):
            return None
        if is_well_sized(self.note.cut(span)) and not is_well_sized(after):
            return None  # LaTeX would refuse it
        causes = tuple(self.cause(slip, rewriter) for slip in found.slips)
        size, odd = (sum(values) for values in zip(*((slip.size, slip.odd) for slip in found.slips), strict=True))
        shown = tidy(self.chain.wording.unquoted(after, span.start))
        return Mend(target, causes, edits, shown, size, odd)

    def after(self, rewriter: Rewriter, tree: Expr) -> tuple[str, tuple[Edit, ...] | None]:
        """The whole text of the side with another tree in it, and the edits that make it; None where they do not."""
        side, whole = self.step.side, self.step.span
        if self.step.more:
            whole = side.span
        before = self.note.cut(whole)
        lead, trail = before[: side.span.start - whole.start], before[side.span.end - whole.start :]
        text = rewriter.write(tree, side)
        if text.startswith("-") and lead.rstrip().endswith("+"):
            lead = lead.rstrip()[:-1]  # a side may begin with a plus
        after = lead + text + trail
        edits = hunks(before, whole.start, after)
        made = edited(before, tuple(replace(one, span=shifted(one.span, -whole.start)) for one in edits))
        return after, edits if same_tokens(made, after) else None

    def cause(self, slip: Slip, rewriter: Rewriter) -> Cause:
        """One slip by itself, with the characters that it speaks of."""
        side = self.step.side
        _, edits = self.after(rewriter, exchange(side, {id(slip.old): slip.new}))
        return self.cause_of(slip, side, edits or ())

    def cause_of(self, slip: Slip, tree: Expr, edits: Sequence[Edit]) -> Cause:
        if not edits:
            return slip.cause(slip.old.span if len(slip.old.span) else tree.span)
        place = edits[0].span
        if len(edits) > 1 or not len(place):
            insertion = len(edits) == 1
            place = self.beside(slip.old, tree, place.start) if insertion else place.until(edits[-1].span)
        own = slip.old.span
        if len(own) < len(place) and covers(own, place):
            return slip.cause(own, unbraced(self.note.cut(own)))
        written = self.note.cut(edits[0].span) if len(edits) == 1 else self.note.cut(place)
        return slip.cause(place, unbraced(written), unbraced(edits[0].replacement) if len(edits) == 1 else "")

    def beside(self, old: Expr, tree: Expr, at: int) -> Span:
        """What an insertion belongs to: what it is put behind where that ends, else what it is put before."""
        gap = self.gap(tree.span, at)
        if len(old.span) and old.span.end in gap:
            return old.terms[-1].span if isinstance(old, Addition) else old.span
        spans = [node.span for node in inside(tree) if len(node.span) and node is not tree]
        ended = [span for span in spans if span.end in gap]
        begun = any(span.start in gap for span in spans)
        return max(ended, key=len) if ended and not begun else self.near(tree, at)

    def gap(self, around: Span, at: int) -> range:
        """The places between which and `at` there is only space."""
        before, behind = self.note.cut(Span(around.start, at)), self.note.cut(Span(at, around.end))
        first = at - (len(before) - len(before.rstrip()))
        return range(first, at + len(behind) - len(behind.lstrip()) + 1)

    def near(self, tree: Expr, at: int) -> Span:
        """What stands at an insertion: the largest part of the tree that begins there, or the tree."""
        spans = [node.span for node in inside(tree) if node.span.start >= at and node is not tree and len(node.span)]
        first = min((span.start for span in spans), default=tree.span.start)
        if isinstance(tree, Summation) and first != at:
            return tree.bounds.span
        if tree.span.start >= at and first > tree.span.start:
            return tree.span
        return max((span for span in spans if span.start == first), key=len, default=tree.span)

    def written_head(self, slip: Slip, head: Expr) -> Mend:
        chain = self.chain
        after = Rewriter(self.note.text, chain.head).write(head, chain.head)
        edits = hunks(self.note.cut(chain.head.span), chain.head.span.start, after)
        latex = f"{tidy(after)} = {self.step.latex}"
        return Mend(Target.TRUTH, (self.cause_of(slip, chain.head, edits),), edits, latex, slip.size)


def covers(inner: Span, outer: Span) -> bool:
    return len(inner) > 0 and outer.start <= inner.start and inner.end <= outer.end


def tidy(latex: str) -> str:
    """On one line, where a comment would swallow what follows."""
    return " ".join(without_comments(latex).split())


def unbraced(latex: str) -> str:
    """Without the braces around a single argument."""
    shown = tidy(latex)
    return shown[1:-1] if re.fullmatch(r"\{[^{}]*\}", shown) else shown


MARKUP = pattern(
    r"\\(?:boxed|fbox|underbrace|overbrace|color|textcolor|cancel|underline|overline|tag|label)(?![a-zA-Z])"
)


def markup(latex: str) -> list[str]:
    """The boxes, braces and colours of a text: a repair that would lose one of them is not offered."""
    return sorted(MARKUP.findall(latex))


def shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)
