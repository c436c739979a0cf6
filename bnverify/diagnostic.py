"""Words and places, no mathematics: what is said about a note, before anybody decides how it looks."""

from __future__ import annotations

from enum import StrEnum

from bnverify.frozen import frozen
from bnverify.source import Span


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@frozen
class Label:
    """A place in the note with a few words about it."""

    span: Span
    text: str = ""


@frozen
class Diagnostic:
    """`message` stands alone; `notes` are facts; `help` is the only place that proposes."""

    code: str
    severity: Severity
    message: str
    primary: Label
    context: tuple[Label, ...] = ()
    notes: tuple[str, ...] = ()
    help: str = ""
    others: tuple[str, ...] = ()
    """Further proposals, for those who ask for more."""
