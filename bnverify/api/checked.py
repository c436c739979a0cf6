"""The report of a check, as Python gives it."""

from __future__ import annotations

from bnverify.api.printed import Printed, framed
from bnverify.frozen import frozen
from bnverify.record import Report, StepRecord
from bnverify.report.counts import exit_status, totals_of
from bnverify.report.ending import summary_words
from bnverify.report.full import render
from bnverify.report.pieces import Line


@frozen
class CheckReport(Report, Printed):
    """What became of each note: `notes` hold the steps, `troubles` say why a note has no verdict."""

    @property
    def is_right(self) -> bool:
        """Whether every step is proved, or has exactly the finding that its note expects."""
        return self.exit_status == 0

    @property
    def exit_status(self) -> int:
        """What `bnverify check` would end with: 0, 1 something wrong, 2 trouble, 3 something not decided."""
        return exit_status(self)

    @property
    def wrong(self) -> tuple[StepRecord, ...]:
        """The steps in which an error is found, in the order of the text."""
        return tuple(step for record in self.notes for step in record.steps if step.is_wrong)

    def lines(self) -> list[Line]:
        return render(self)

    def html(self) -> str:
        """A page of its own, with the note beside the verdicts: what `--output-format html` writes."""
        from bnverify.html.page import render as page

        return page(self)

    def _repr_html_(self) -> str:
        return framed(self.html(), repr(self))

    def __repr__(self) -> str:
        return f"<bnverify: {summary_words(totals_of(self).steps)}>"


def checked(report: Report) -> CheckReport:
    return CheckReport(report.notes, report.troubles, report.framework, report.remembered)
