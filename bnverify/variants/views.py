"""Notes and a view -> what the command shows: sheets for people, a document for programs, an exit status."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bnverify import __version__
from bnverify.pipeline import Options
from bnverify.record import Trouble
from bnverify.report.full import trouble_lines
from bnverify.report.pieces import Line, line
from bnverify.run import Loaded, with_note
from bnverify.source import Note
from bnverify.variants.answer import answer_of
from bnverify.variants.matrix import matrix_of
from bnverify.variants.page import document, sheet, status
from bnverify.variants.table import Sheet, markdown, terminal

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class View:
    """What is shown of one note, or of no note at all."""

    sheet: Sheet
    document: Mapping[str, Any]
    status: int


@dataclass(frozen=True, slots=True)
class Shown:
    """The views of all notes, in their order, and the notes that could not be looked at."""

    views: tuple[View, ...]
    troubles: tuple[Trouble, ...]
    framework: tuple[str, ...] = ()

    @property
    def status(self) -> int:
        """2 trouble, 1 something is right under no single convention, 3 nothing to compare or undecided, 0."""
        statuses = {view.status for view in self.views}
        return 2 if self.troubles else next((one for one in (1, 3) if one in statuses), 0 if statuses else 3)

    def terminal(self) -> list[Line]:
        lines = [line(words) for words in self.framework]
        lines += [line()] if lines else []
        lines += terminal([view.sheet for view in self.views])
        return [*lines, *(one for trouble in self.troubles for one in trouble_lines(trouble))]

    def markdown(self) -> str:
        notices = [f"- {one.path}: {one.message}" for one in self.troubles]
        return "\n".join([markdown([view.sheet for view in self.views]), *notices])

    def json(self) -> str:
        found = {
            "schema_version": SCHEMA_VERSION,
            "bnverify": __version__,
            **({"framework": list(self.framework)} if self.framework else {}),
            "notes": [view.document for view in self.views],
            "errors": [{"path": one.path, "message": one.message} for one in self.troubles],
        }
        return json.dumps(found, indent=1, ensure_ascii=False)
