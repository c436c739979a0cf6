"""The derivations in derivations/reference/ are those that `derive` writes today.

`BNVERIFY_WRITE_REFERENCE=1 pytest -n 0 tests/test_reference.py` writes them anew; `bnverify check` proves them in CI.
"""

from __future__ import annotations

import os

import pytest

from bnverify.derivation.derivation import asked
from bnverify.derivation.styles import derive
from bnverify.derivation.written import markdown
from bnverify.model.conventions import OF_FORWARD, Convention
from bnverify.model.standard import STANDARD
from tests.conftest import ROOT, share

FOLDER = ROOT / "derivations" / "reference"
ALL = [(layer, convention) for layer, standard in STANDARD.items() for convention in standard.conventions()]


def stem(layer: str, convention: Convention) -> str:
    """The layer, and the choices that it leaves."""
    others = list(STANDARD[layer].conventions())
    free = [part for part in OF_FORWARD if len({one.choices[part] for one in others}) > 1]
    return "-".join((layer, *(convention.choices[part].value for part in free)))


SOME = ALL if os.environ.get("BNVERIFY_WRITE_REFERENCE") else share(6, ALL)


@pytest.mark.parametrize(("layer", "convention"), SOME, ids=[stem(*one) for one in SOME])
def test_a_reference_derivation_is_what_derive_writes(layer: str, convention: Convention) -> None:
    path, written = FOLDER / f"{stem(layer, convention)}.md", markdown(derive(asked(STANDARD[layer], convention)))
    if os.environ.get("BNVERIFY_WRITE_REFERENCE"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(written, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == written


def test_the_folder_holds_nothing_else() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{stem(*one)}.md" for one in ALL}
