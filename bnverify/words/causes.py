"""A cause -> its sentence; a repair -> its help. Every sentence about why a step is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.judge.findings import (
    BoundIndex,
    CaseCondition,
    Cause,
    DroppedSum,
    EpsPlacement,
    ExtraFactor,
    ExtraSum,
    ExtraTerm,
    IndexSlip,
    LostHat,
    MisreadSymbol,
    MissingFactor,
    MissingParentheses,
    MissingPath,
    MissingTerm,
    MixedVariance,
    SignFlip,
    SmallNOnly,
    UndefinedSymbol,
    WrongAxis,
    WrongCount,
    WrongExponent,
    WrongHead,
    WrongShape,
    WrongStep,
    WrongUpstream,
)
from bnverify.judge.judgement import Judgement
from bnverify.model.axes import letter_of
from bnverify.record import Kind, Repair, Standing, Target
from bnverify.repair.mend import Explained, Mend
from bnverify.source import Note
from bnverify.words.shapes import shape_message

SIGNS = {True: "=", False: "≠"}
LONGEST_QUOTE = 60


def sentence(explained: Explained, one: Judgement, head: str) -> str:
    """What is wrong, in one line."""
    cause = explained.cause
    assert cause is not None
    match cause:
        case MixedVariance():
            other = one.true_otherwise.short if one.true_otherwise else "another convention"
            return f"this is true with variance {other}, not with the variance of this note"
        case CaseCondition():
            return _about_cases(explained, one)
        case BoundIndex():
            return "a sum binds an index that stands for one sample on the other side"
        case ExtraSum():
            return "there is a sum too many here"
        case DroppedSum():
            return "a sum over the samples is missing here"
        case MissingPath():
            return "a path of the chain rule is missing"
        case WrongAxis():
            return "this sums along the wrong axis"
        case WrongShape():
            return shape_message(one.misshapen, cause.written, cause.meant)
        case WrongUpstream():
            return f"the wrong gradient comes in{_swap(cause)}"
        case LostHat():
            return f"a hat is {'too many' if _hats(cause.written) > _hats(cause.meant) else 'missing'} here"
        case WrongHead():
            return f"the right side is true of another quantity{_swap(cause)}"
        case SignFlip():
            return "a sign is wrong here"
        case WrongCount():
            return f"the number of samples is wrong here{_swap(cause)}"
        case WrongExponent():
            return f"the power is wrong here{_swap(cause)}"
        case MissingFactor() | ExtraFactor() if cause.written.isdigit() and cause.meant.isdigit():
            return f"a number is wrong here{_swap(cause)}"
        case MissingFactor():
            return f"a factor is missing here{_quoted(': ', cause.meant)}"
        case ExtraFactor():
            return f"there is a factor too many here{_quoted(': ', cause.written)}"
        case MissingParentheses():
            return "brackets are missing or misplaced here"
        case MissingTerm():
            return f"a term is missing{_quoted(': ', cause.meant)}"
        case ExtraTerm():
            return "there is a term too many here"
        case IndexSlip():
            return f"the index is wrong here{_swap(cause)}"
        case MisreadSymbol():
            return f"one letter for another{_swap(cause)}"
        case UndefinedSymbol():
            return f"`{cause.written}` has no meaning in this note"
        case EpsPlacement():
            return "epsilon is missing or misplaced here"
        case SmallNOnly():
            return "this is true at some batch sizes only"
        case WrongStep():
            return _plainly(one, head)
        case _:
            raise AssertionError(cause)


def _about_cases(explained: Explained, one: Judgement) -> str:
    if explained.case is not None:
        case = explained.case
        return f"this is true only for {letter_of(case.left)} {SIGNS[case.same]} {letter_of(case.right)}"
    return one.malformed or "the conditions of these cases are wrong"


def _plainly(one: Judgement, head: str) -> str:
    if one.kind is Kind.DEFINITION:
        return f"this is not what {head} means"
    if one.standing is Standing.WRONG_AGAIN:
        return "a new error on top of an earlier one: this is not equal to the side before"
    return f"this is not equal to {head}"


def _hats(latex: str) -> int:
    return latex.count("hat{") + latex.count("hat ")


def _swap(cause: Cause) -> str:
    """`: write n for n - 1`, where both are short."""
    if not cause.written or not cause.meant or max(len(cause.written), len(cause.meant)) > LONGEST_QUOTE:
        return ""
    return f": `{cause.meant}` is meant, not `{cause.written}`"


def _quoted(lead: str, latex: str) -> str:
    shown = latex.removesuffix("\\cdot").strip()
    return f"{lead}`{shown}`" if shown and len(shown) <= LONGEST_QUOTE else ""


SLIPS = {
    MixedVariance: "declare the other variance",
    SignFlip: "turn the sign round",
    WrongCount: "mend the count",
    WrongExponent: "mend the power",
    MissingFactor: "put the factor in",
    ExtraFactor: "leave the factor out",
    LostHat: "mend the hat",
    WrongUpstream: "take the other gradient",
    WrongHead: "name the other quantity",
    MissingPath: "add the path",
    MissingTerm: "add the term",
    ExtraTerm: "leave the term out",
    DroppedSum: "sum over the samples",
    WrongAxis: "sum along the other axis",
    WrongShape: "write the right shape",
    ExtraSum: "leave the sum out",
    BoundIndex: "sum over another index",
    MissingParentheses: "mend the brackets",
    IndexSlip: "mend the index",
    MisreadSymbol: "mend the letter",
    EpsPlacement: "put epsilon in its place",
    CaseCondition: "mend the conditions",
}


def repair_of(mend: Mend) -> Repair:
    """A mend with its words; what it mends beside its own step is found later."""
    message = ", ".join(dict.fromkeys(SLIPS[type(cause)] for cause in mend.causes))
    return Repair(mend.target, mend.edits, mend.latex, mend.codes, message, mend.mends, mend.unique)


LONGEST_LINE = 72


def help_words(note: Note, repairs: Sequence[Repair]) -> str:
    """The smallest repair; two where they are equally small; for a second error also what mends the whole line."""
    by_target = [[one for one in repairs if one.target is target] for target in (Target.STEP, Target.TRUTH)]
    proposals = [_proposal(note, found) for found in by_target if found]
    return "; ".join([*proposals, *(_for_the_note(note, one) for one in repairs if one.target is Target.NOTE)])


def other_words(note: Note, repairs: Sequence[Repair]) -> tuple[str, ...]:
    """The repairs behind the smallest one, for those who ask for more."""
    ends = {Target.STEP: "follows from the side before", Target.TRUTH: "is right"}
    found = [
        f"{change_words(note, one)} ({', '.join(one.codes)}; {ends[target]})"
        for target in ends
        for one in [repair for repair in repairs if repair.target is target][1:]
    ]
    return tuple(dict.fromkeys(found))


def _for_the_note(note: Note, repair: Repair) -> str:
    """One change that mends several steps."""
    line = note.lines([repair.edits[0].span.start])
    mended = note.lines(span.start for span in repair.mends)
    if repair.codes == (MixedVariance.code,):
        return f"or declare the other variance on {line}, `{repair.latex}`: that mends {mended}"
    return f"the same change mends all of {mended}"


def _proposal(note: Note, found: Sequence[Repair]) -> str:
    first = found[0]
    shown = [change_words(note, first)]
    if not first.unique:
        others = (one for one in found if one.codes != first.codes and len(one.codes) == len(first.codes))
        shown += [words for one in others if len(words := change_words(note, one)) <= 2 * LONGEST_LINE][:1]
    end = "this follows from the side before" if first.target is Target.STEP else "this is right"
    return f"{', or '.join(shown)}; {end} (proved for every n)"


def change_words(note: Note, repair: Repair) -> str:
    """The line after the repair, or its changes where the line is long."""
    if len(repair.latex) <= LONGEST_LINE:
        return f"write `{repair.latex}`"
    changes = [(note.cut(edit.span).strip(), edit.replacement.strip()) for edit in repair.edits]
    return ", ".join(f"{_change(*one)}{_times(changes.count(one))}" for one in dict.fromkeys(changes))


def _change(old: str, new: str) -> str:
    if not old:
        return f"insert `{new}`"
    return f"write `{new}` for `{old}`" if new else f"leave out `{old}`"


def _times(count: int) -> str:
    return f" in {count} places" if count > 1 else ""
