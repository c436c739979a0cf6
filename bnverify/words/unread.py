"""A script -> what is said of its mathematics that no step takes up: nothing of it is dropped in silence."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.read.accounting import Account
from bnverify.read.chains import Script
from bnverify.source import Span

NOT_TAKEN = "this was not taken up by any step"
OUTSIDE = "this mathematics stands outside any formula, and is not read"
STRAY = "this `$$` neither opens nor closes a formula"
UNENDED = "this comment or code is never closed: the mathematics behind it is not read"


def unread_findings(script: Script, accounted: Account) -> Iterator[Diagnostic]:
    """Notices of the reader, and warnings for what is not read."""
    layout = script.layout
    for span, notice in script.notices:
        yield Diagnostic(notice.code, Severity.NOTICE, notice.message, Label(span))
    for span in layout.stray:
        yield Diagnostic("missing-bracket", Severity.NOTICE, STRAY, Label(span))
    for one in script.note.unread:
        yield _unreadable(one.why, one.span)
    for span in layout.unended:
        yield _unreadable(UNENDED, span)
    for span in layout.outside:
        yield _unreadable(OUTSIDE, span)
    for span in accounted.lost:
        yield _unreadable(NOT_TAKEN, span)
    if layout.unread is not None:
        yield _unreadable(layout.unread.why, layout.unread.span)


def _unreadable(message: str, span: Span) -> Diagnostic:
    return Diagnostic("unreadable", Severity.WARNING, message, Label(span))
