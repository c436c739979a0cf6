"""All inputs, in the order of the tables."""

import os

from tests.hostile import documents, folders, formulas

TABLE = [
    one
    for name, table in (("formulas", formulas), ("documents", documents), ("folders", folders))
    for one in table.TABLE
    if name in os.environ.get("ONLY", name)
]
