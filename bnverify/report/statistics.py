"""A report -> how often each code was found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import chain

from bnverify.codes import CODES
from bnverify.diagnostic import Severity
from bnverify.record import Report
from bnverify.report.found import Found, found_in
from bnverify.report.full import trouble_lines
from bnverify.report.look import PLAIN, Look
from bnverify.report.pieces import Line, line, wrapped

TITLES: Mapping[str, str] = {code.name: code.title for code in CODES} | {
    "bad-setting": "front matter that is not understood",
    "expectation": "what the note expects is not so",
}


def render(report: Report, look: Look = PLAIN) -> list[Line]:
    """A line for each code, the most frequent first, then what does not count."""
    found = [(one, record.note.name) for record in report.notes for one in found_in(record)]
    counted = [(one, name) for one, name in found if not one.aside and one.diagnostic.severity is not Severity.NOTICE]
    lines = [*_table([one for one, _ in counted]), *chain(*map(trouble_lines, report.troubles))]
    notes = len({name for _, name in counted})
    total = f"{_many(len(counted), 'finding')} in {notes} of {_many(len(report.notes), 'note')}"
    aside = Counter("expected" if one.aside == "the note expects it" else "ignored" for one, _ in found if one.aside)
    more = "".join(f"; {aside[word]} more {'is' if aside[word] == 1 else 'are'} {word}" for word in sorted(aside))
    return [*lines, *wrapped("", total + more)]


def _table(found: list[Found]) -> list[Line]:
    often = Counter(one.diagnostic.code for one in found)
    mended = Counter(one.diagnostic.code for one in found if one.step is not None and one.step.repairs)
    severity = {one.diagnostic.code: one.diagnostic.severity.value for one in found}
    width = max(map(len, often), default=0)
    lines = []
    for code, times in sorted(often.items(), key=lambda pair: (-pair[1], pair[0])):
        repairs = f" ({mended[code]} with a proved repair)" if mended[code] else ""
        lines.append(line(f"{times:>6}  ", (f"{code:<{width}}", severity[code]), f"  {TITLES[code]}{repairs}"))
    return lines


def _many(number: int, word: str) -> str:
    return f"1 {word}" if number == 1 else f"{number} {word}s"
