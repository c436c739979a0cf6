"""All inputs, in the order of the tables."""

from tests.hostile import documents, folders, formulas

TABLE = [*formulas.TABLE, *documents.TABLE, *folders.TABLE]
