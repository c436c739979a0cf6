"""Every cause of a wrong step as a small value: what was written, what was meant, and where."""

from __future__ import annotations

from typing import ClassVar

from bnverify.frozen import frozen
from bnverify.source import Span


@frozen
class Cause:
    """One slip: the characters at `place` say `written`, and `meant` makes the step true (both LaTeX; may be empty)."""

    code: ClassVar[str] = ""
    place: Span
    written: str = ""
    meant: str = ""


class MixedVariance(Cause):
    """True under the other variance."""

    code = "mixed-variance"


class CaseCondition(Cause):
    """The conditions of the cases are wrong, or the step is true in one case only."""

    code = "case-condition"


class BoundIndex(Cause):
    """A sum binds an index that is free in the head."""

    code = "bound-index"


class ExtraSum(Cause):
    code = "extra-sum"


class DroppedSum(Cause):
    code = "dropped-sum"


class MissingPath(Cause):
    """A path of the chain rule is missing."""

    code = "missing-path"


class WrongAxis(Cause):
    """A sum along the samples where the features are meant, or the other way round."""

    code = "wrong-axis"


class WrongShape(Cause):
    """A shape that the quantity it is written on does not have."""

    code = "wrong-shape"


class WrongUpstream(Cause):
    """The gradient by x-hat where the one by y is meant, or the other way round."""

    code = "wrong-upstream"


class LostHat(Cause):
    """A hat too few or too many."""

    code = "lost-hat"


class WrongHead(Cause):
    """The side is true of another quantity."""

    code = "wrong-head"


class SignFlip(Cause):
    code = "sign-flip"


class WrongCount(Cause):
    """n for n - 1, or 1/n lost or doubled."""

    code = "wrong-count"


class WrongExponent(Cause):
    """A written power."""

    code = "wrong-exponent"


class MissingFactor(Cause):
    code = "missing-factor"


class ExtraFactor(Cause):
    code = "extra-factor"


class MissingParentheses(Cause):
    """Brackets lost, one pair too many, or a minus that was not distributed."""

    code = "missing-parentheses"


class MissingTerm(Cause):
    code = "missing-term"


class ExtraTerm(Cause):
    code = "extra-term"


class IndexSlip(Cause):
    code = "index-slip"


class MisreadSymbol(Cause):
    """One letter for another: mu for x, beta for gamma, Z for 2."""

    code = "misread-symbol"


class UndefinedSymbol(Cause):
    code = "undefined-symbol"


class EpsPlacement(Cause):
    code = "eps-placement"


class SmallNOnly(Cause):
    """True at some batch sizes only."""

    code = "small-n-only"


class WrongStep(Cause):
    """Refuted, and no small repair was found."""

    code = "wrong-step"


TELLING: tuple[type[Cause], ...] = (
    MixedVariance, CaseCondition, BoundIndex, ExtraSum, DroppedSum, MissingPath, WrongAxis, WrongShape, WrongUpstream,
    LostHat, WrongHead, SignFlip, WrongCount, WrongExponent, MissingFactor, ExtraFactor, MissingParentheses,
    MissingTerm, ExtraTerm, IndexSlip, MisreadSymbol, UndefinedSymbol, EpsPlacement, SmallNOnly, WrongStep,
)  # fmt: skip
"""The most telling first: of two slips in one step the first names it."""
RANK = {cause: place for place, cause in enumerate(TELLING)}
