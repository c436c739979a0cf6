"""Tables of plain text and formulas -> the terminal, or Markdown. What they say is made elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.frozen import frozen
from bnverify.report.pieces import WIDTH, Line, line, pad, printable, width, wrapped


@frozen
class Entry:
    """What stands in one place of a table: text, and LaTeX where it is a formula."""

    text: str
    latex: str = ""
    style: str = ""


@frozen
class Table:
    """Rows under heads. A head may have several lines; the first entry of a row is its label."""

    heads: tuple[tuple[str, ...], ...]
    rows: tuple[tuple[Entry, ...], ...]
    gap: str = "   "
    """Between two columns on the terminal."""


@frozen
class Sheet:
    """What is shown of one note: sentences, tables, formulas below them, and the sentence that it ends in."""

    title: str
    before: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    below: tuple[tuple[str, Entry], ...] = ()
    closing: str = ""
    style: str = ""
    """Of the closing sentence."""


# -- the terminal


def terminal(sheets: Sequence[Sheet]) -> list[Line]:
    lines: list[Line] = []
    for sheet in sheets:
        lines += [line((printable(sheet.title), "path")), *_sheet(sheet), line()]
    return lines[:-1]


def _sheet(sheet: Sheet) -> Iterator[Line]:
    for words in sheet.before:
        yield from wrapped("  ", words)
    for table in sheet.tables:
        yield line()
        yield from _table(table)
    if sheet.below:
        yield line()
    for words, entry in sheet.below:
        whole = f"{words}: {entry.text}"
        if width(whole) + 2 <= WIDTH:
            yield line(f"  {printable(whole)}")
        else:
            yield from wrapped("  ", f"{words}:")
            yield from wrapped("      ", entry.text)
    if sheet.closing:
        yield line()
        yield from (line((text, sheet.style)) for ((text, _),) in wrapped("  ", sheet.closing))


def _table(table: Table) -> Iterator[Line]:
    """Columns beside each other; of two that are too wide together the second goes below the first."""
    columns = range(len(table.heads))
    texts = [[*table.heads[k], *(printable(row[k].text) for row in table.rows)] for k in columns]
    widths = [max(map(width, column)) for column in texts]
    for level in range(max(len(head) for head in table.heads)):
        words = [head[level] if level < len(head) else "" for head in table.heads]
        yield line(("  " + table.gap.join(map(pad, words, widths))).rstrip())
    too_wide = sum(widths) + 2 + len(table.gap) * (len(widths) - 1) > WIDTH
    for row in table.rows:
        if too_wide and len(row) == 2:
            yield line("  ", (printable(row[0].text), row[0].style))
            yield from wrapped("      ", row[1].text)
        else:
            yield line("  ", *_with_gaps(row, widths, table.gap))


def _with_gaps(row: Sequence[Entry], widths: Sequence[int], gap: str) -> Iterator[tuple[str, str]]:
    last = len(row) - 1
    for place, (entry, size) in enumerate(zip(row, widths, strict=True)):
        text = printable(entry.text)
        yield (text if place == last else pad(text, size)), entry.style
        if place != last:
            yield gap, ""


# -- Markdown


def markdown(sheets: Sequence[Sheet]) -> str:
    return "\n".join(part for sheet in sheets for part in _markdown(sheet))


def _markdown(sheet: Sheet) -> Iterator[str]:
    yield f"## {_escaped(sheet.title)}\n"
    for words in sheet.before:
        yield f"{_escaped(words)}\n"
    for table in sheet.tables:
        yield f"| {' | '.join(_escaped(' '.join(head).strip()) for head in table.heads)} |"
        yield f"|{'---|' * len(table.heads)}"
        yield from (f"| {' | '.join(map(_cell, row))} |" for row in table.rows)
        yield ""
    for words, entry in sheet.below:
        yield f"{_escaped(words)}:\n\n$$\n{entry.latex or entry.text}\n$$\n"
    if sheet.closing:
        yield f"**{_escaped(sheet.closing)}**\n"


def _cell(entry: Entry) -> str:
    formula = " ".join(entry.latex.split()).replace("|", "\\vert ")
    return f"${formula}$" if entry.latex else _escaped(entry.text)


def _escaped(text: str) -> str:
    """Text that Markdown shows as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#$" else letter for letter in printable(text))
