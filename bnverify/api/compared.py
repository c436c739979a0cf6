"""A backward function against the derived truth, as Python gives it."""

from __future__ import annotations

from bnverify.api.printed import Printed
from bnverify.frozen import frozen
from bnverify.report.pieces import Line
from bnverify.trial.judging import Judged, Verdict
from bnverify.trial.page import page


@frozen
class Compared(Printed):
    """Whether a function returns the true gradients, and the slip that explains a wrong one."""

    verdict: Verdict

    @property
    def is_right(self) -> bool:
        return self.verdict.is_right

    @property
    def gradients(self) -> tuple[Judged, ...]:
        """Each with its largest relative error, and the cause where it is wrong."""
        return self.verdict.gradients

    def lines(self) -> list[Line]:
        return page(self.verdict, None)

    def __repr__(self) -> str:
        judged = ", ".join(f"{one.name} is {'right' if one.is_right else 'wrong'}" for one in self.gradients)
        return f"<bnverify: {self.verdict.subject.function.name}: {judged}>"
