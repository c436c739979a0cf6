"""What is found out about the steps of a note: one judgement each, and what they say together."""

from __future__ import annotations

from bnverify.frozen import frozen
from bnverify.judge.reading import NoteReading
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.judge.standing import Placed
from bnverify.model.annotated import Annotated
from bnverify.model.conventions import Convention, Variance
from bnverify.model.forward import Forward
from bnverify.model.terms import LossBy
from bnverify.read.chains import Chain, Step
from bnverify.record import Kind, Standing
from bnverify.truth.panel import Panel
from bnverify.truth.verdict import Identity


@frozen
class Judgement:
    """One step with everything that was found out about it."""

    chain: Chain
    step: Step
    kind: Kind
    placed: Placed | None
    head: Resolved
    side: Resolved
    reading: str
    panel: Panel | None = None
    identity: Identity | None = None
    """What the panel was asked, on this forward pass."""
    forward: Forward | None = None
    uses: tuple[str, ...] = ()
    hidden: bool = False
    why: str = ""
    replaced: bool = False
    setting: bool = False
    """A number for a count or a parameter, or the meaning of a helper: there is nothing to be wrong."""
    redefines: bool = False
    """A helper that meant something else before."""
    true_otherwise: Variance | None = None
    """The other variance, where the side is true under it."""
    malformed: str = ""
    """What is wrong with the rows of its cases."""
    last: bool = False
    """The last step of its chain."""
    line: ResolvedChain | None = None
    """Its chain as terms, for a closer look at a wrong step."""
    shapes: tuple[Annotated, ...] = ()
    """The shapes that are written on it."""

    @property
    def standing(self) -> Standing | None:
        return self.placed.standing if self.placed else None

    @property
    def misshapen(self) -> Annotated | None:
        """A shape that its quantity does not have."""
        return next((one for one in self.shapes if one.fits is False), None)


@frozen
class Verdicts:
    """All judgements of a note under one convention."""

    convention: Convention
    reading: NoteReading
    judgements: tuple[Judgement, ...]
    shapes: tuple[Annotated, ...] = ()
    """All shapes that the note writes."""


def is_final_formula(judgement: Judgement) -> bool:
    """The last side of a chain whose head is the gradient of an input or a parameter."""
    head = judgement.head.term
    return judgement.last and isinstance(head, LossBy) and head.value.name in ("x", "gamma", "beta")
