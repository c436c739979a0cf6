"""All inputs that are run, in the order of the tables; what waits stands in `WAITING` of the same files."""

from __future__ import annotations

from tests.hostile import documents, folders, formulas

TABLE = [*formulas.TABLE, *documents.TABLE, *folders.TABLE]
