"""A matrix -> the convention under which a note is right, the lines that disagree, and what mends the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from bnverify.frozen import frozen
from bnverify.judge.judgement import Verdicts
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.conventions import PARTS, VARIED, Choice, Convention, Upstream, Variance, with_choices
from bnverify.model.quantities import VARIANCE
from bnverify.model.terms import Partial, Power, Term, Value, walk
from bnverify.pipeline import judge_under
from bnverify.record import Target
from bnverify.repair.bench import Bench, Words, index_letters
from bnverify.repair.mend import Mend
from bnverify.source import Span
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity
from bnverify.variation.matrix import Held, Matrix, Row

MIXED = ("variance", "epsilon")
"""The parts of which a note may use two: a turned sign is an error, and not another convention."""


@frozen
class Mended:
    """A formula that no convention makes right, and the smallest repair that does, under one of them."""

    row: Row
    convention: Convention
    mend: Mend


@frozen
class Use:
    """Lines, from the first to the last, that hold under one choice of a part alone."""

    choice: Choice
    first: Span
    last: Span


@frozen
class Answer:
    """What the final formulas of a note come to."""

    best: Convention
    """The convention under which most of them hold, of several the one nearest to the note's own."""
    right: tuple[Row, ...]
    elsewhere: tuple[tuple[Row, Convention], ...]
    """Formulas that do not hold under it, but under another one: the nearest."""
    never: tuple[Row, ...]
    """Formulas that hold under none."""
    open: tuple[Row, ...]
    """Formulas that are not decided, or not defined, under it."""
    matters: tuple[str, ...]
    """The parts without which not all of the right ones would be right."""
    switches_at: Span | None
    """Where dL/dx-hat begins to stand for dL/dy, if it has to."""
    uses: Mapping[str, tuple[Use, ...]]
    """For each part of which the note uses several choices, what its lines use."""
    mended: tuple[Mended, ...]


def answer_of(matrix: Matrix) -> Answer | None:
    """None where there is no final formula."""
    rows = matrix.finals
    if not rows:
        return None
    best = max(matrix.conventions, key=lambda one: sum(row.holds(one) for row in rows))
    right = tuple(row for row in rows if row.holds(best))
    nearest = {row.place: _nearest(row, matrix, best) for row in rows if not row.holds(best)}
    lost = [row for row in rows if row.place in nearest and nearest[row.place] is None]
    open_rows = tuple(row for row in lost if not _is_refuted(row))
    never = tuple(row for row in lost if _is_refuted(row))
    others = [row for row in rows if row.place in nearest and row not in lost]
    elsewhere = tuple((row, found) for row in others if (found := nearest[row.place]) is not None)
    return Answer(
        best,
        right,
        elsewhere,
        never,
        open_rows,
        tuple(part for part in VARIED if _matters(part, best, right)),
        _switch(matrix, best, right) if best.upstream is not matrix.base.upstream else None,
        dict(_mixed(matrix, best)),
        tuple(_mended(matrix, best, never)),
    )


def _is_refuted(row: Row) -> bool:
    """Whether it is refuted under every convention that was tried."""
    return all(cell.held is Held.REFUTED for cell in row.cells.values())


def _nearest(row: Row, matrix: Matrix, best: Convention) -> Convention | None:
    holding = (one for one in matrix.conventions if row.holds(one))
    return min(holding, key=lambda one: len(one.differs_from(best)), default=None)


def _matters(part: str, best: Convention, right: Sequence[Row]) -> bool:
    """Whether another choice of this part alone spoils one of the formulas."""
    others = (with_choices(best, {part: choice.value}) for choice in PARTS[part])
    return any(one in row.cells and not row.holds(one) for one in others for row in right)


# -- dL/dx-hat for dL/dy


def _switch(matrix: Matrix, best: Convention, right: Sequence[Row]) -> Span | None:
    """The first step that follows from the side before if its dL/dx-hat is dL/dy there and was not before.

    Without such a step, the first formula that needs it.
    """
    written = replace(best, upstream=Upstream.AS_WRITTEN)
    for before, after in zip(matrix.read(written), matrix.read(best), strict=True):
        for place, side in enumerate(after.sides):
            reference = before.sides[place - 1] if place else before.head
            if _changes(reference, before.sides[place], side, after):
                return after.chain.steps[place].relation
    needing = [row for row in right if not row.holds(written)]
    return needing[0].relation if needing else None


def _changes(before: Resolved, written: Resolved, meant: Resolved, chain: ResolvedChain) -> bool:
    if before.trouble or written.trouble or meant.trouble or written.term == meant.term:
        return False
    equal = prover(chain.forward).equal
    follows = equal(Identity(before.term, meant.term, chain.conditions))
    return follows is True and equal(Identity(before.term, written.term, chain.conditions)) is False


# -- lines that use different choices


def _mixed(matrix: Matrix, best: Convention) -> Iterator[tuple[str, tuple[Use, ...]]]:
    for part in MIXED:
        if part in matrix.options.forced:
            continue
        used = sorted(_used(matrix, best, part), key=lambda one: one[0])
        if len({choice for _, choice in used}) > 1:
            yield part, tuple(_runs(used))


def _runs(used: Sequence[tuple[Span, Choice]]) -> Iterator[Use]:
    """Lines of one choice with no line of another between them."""
    for choice, places in groupby(used, key=lambda one: one[1]):
        found = [place for place, _ in places]
        yield Use(choice, found[0], found[-1])


def _used(matrix: Matrix, best: Convention, part: str) -> Iterator[tuple[Span, Choice]]:
    """The steps that hold under exactly one choice; of those that are wrong or zero, what they divide by."""
    variants = {choice: with_choices(best, {part: choice.value}) for choice in PARTS[part]}
    chains = {choice: matrix.read(one) for choice, one in variants.items()}
    for place, chain in enumerate(chains[best.choices[part]]):
        for number, step in enumerate(chain.chain.steps):
            holding = [choice for choice in variants if _holds(chains[choice][place], number)]
            if len(holding) == 1:
                yield step.relation, holding[0]
            elif not holding or (len(holding) == len(variants) and _is_slope_of_variance(chain.head.term)):
                yield from ((step.relation, one) for one in variants if _divides_by(chain.sides[number].term, one))


def _holds(chain: ResolvedChain, place: int) -> bool:
    side = chain.sides[place]
    if chain.head.trouble or side.trouble:
        return False
    return prover(chain.forward).equal(Identity(chain.head.term, side.term, chain.conditions)) is True


def _is_slope_of_variance(head: Term) -> bool:
    """A derivative of the variance: where it vanishes, every factor in front of the zero is right."""
    return any(isinstance(part, Partial) and part.of == Value(VARIANCE) for part in walk(head))


def _divides_by(side: Term, choice: Choice) -> bool:
    """Whether a side divides by n - 1."""
    unusual = isinstance(choice, Variance) and choice is not Variance.usual()
    return unusual and any(
        isinstance(part, Power) and part.exponent < 0 and part.base == choice.term for part in walk(side)
    )


# -- repairs


def _mended(matrix: Matrix, best: Convention, never: Sequence[Row]) -> Iterator[Mended]:
    """For each formula that holds under no convention the smallest repair, under the note's own or the best one."""
    verdicts = {matrix.base: matrix.verdicts}
    for row in never:
        for convention in dict.fromkeys((matrix.base, best)):
            if convention not in verdicts:
                verdicts[convention] = judge_under(matrix.understood, convention, ("proof",))
            mend = _smallest(row, verdicts[convention], matrix)
            if mend is not None:
                yield Mended(row, convention, mend)
                break


def _smallest(row: Row, verdicts: Verdicts, matrix: Matrix) -> Mend | None:
    one = next(other for other in verdicts.judgements if other.step.relation == row.relation)
    if one.line is None:
        return None
    found = Bench(one, one.line, matrix.note, Words(index_letters(verdicts.judgements))).mends(Target.TRUTH)
    return found[0] if found else None
