"""Figures -> a table, for a terminal or in Markdown."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass

from tests.benchmarks.timing import Timed


@dataclass(frozen=True, slots=True)
class Table:
    """A title, columns, rows of as many cells, and what has to be said of them."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        assert self.rows, "a table without rows measures nothing"
        assert {len(row) for row in self.rows} == {len(self.columns)}


def text(table: Table) -> str:
    rows = [table.columns, *table.rows]
    widths = [max(width(row[k]) for row in rows) for k in range(len(table.columns))]
    lines = ["  ".join(cell + " " * (w - width(cell)) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines.insert(1, "  ".join("-" * one for one in widths))
    return "\n".join([table.title, *(f"  {line.rstrip()}" for line in lines), *(f"  {one}" for one in table.remarks)])


def width(cell: str) -> int:
    return sum(not unicodedata.combining(letter) for letter in cell)


def markdown(table: Table) -> str:
    rows = [table.columns, ("---",) * len(table.columns), *table.rows]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    remarks = ["", *table.remarks] if table.remarks else []
    return "\n".join([f"## {table.title}", "", *lines, *remarks])


def span(one: Timed, unit: float = 1e3) -> str:
    """`median (low to high)`, in milliseconds unless told otherwise; or why there is none."""
    if not one.taken:
        return one.why or "not measured"
    low, high = one.range
    return f"{figure(one.median * unit)} ({figure(low * unit)} to {figure(high * unit)})"


def ratio(one: Timed, base: Timed) -> str:
    return f"{figure(one.median / base.median)}" if one.taken and base.taken else "-"


def figure(value: float) -> str:
    """Two significant digits, and no power of ten."""
    if math.isnan(value) or value == 0:
        return "-" if math.isnan(value) else "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}" if digits else f"{round(value, 1 - math.floor(math.log10(abs(value)))):,.0f}"
