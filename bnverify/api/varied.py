"""Notes under every convention, as Python gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bnverify.api.printed import Printed
from bnverify.frozen import frozen
from bnverify.report.pieces import Line
from bnverify.variation.views import Shown


@frozen
class Variants(Printed):
    """Which formulas hold under which convention."""

    shown: Shown

    @property
    def answers(self) -> tuple[str, ...]:
        """The sentence that each note ends in."""
        return tuple(view.sheet.closing for view in self.shown.views)

    @property
    def exit_status(self) -> int:
        """What `bnverify variants` ends with: 0 for a note that is right under a convention it does not contradict."""
        return self.shown.status

    def document(self) -> Mapping[str, Any]:
        """All of it as plain values, as `--output-format json` prints it."""
        return self.shown.document()

    def markdown(self) -> str:
        return self.shown.markdown()

    def lines(self) -> list[Line]:
        return self.shown.terminal()

    def __repr__(self) -> str:
        return f"<bnverify: {'; '.join(self.answers)}>"
