"""A derivation -> a document for programs; every side says whether it is proved equal to its head for every n."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bnverify.derivation.batch import work_out
from bnverify.derivation.derivation import Derivation, Line
from bnverify.derivation.sizes import Sized
from bnverify.derivation.written import title
from bnverify.model.conventions import OF_FORWARD
from bnverify.model.terms import Term, Value
from bnverify.model.writing import Spelling, latex, plain
from bnverify.truth.concrete import derive_first
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity

SCHEMA_VERSION = 1


def document(derivation: Derivation, version: str, one: Sized | None = None) -> str:
    """The whole derivation, and the numbers of one batch where a size is asked for, as exact fractions."""
    asked = derivation.asked
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "bnverify": version,
        "title": title(asked),
        "layer": asked.standard.layer.name,
        "style": asked.style.value,
        "convention": {part: asked.convention.choices[part].value for part in OF_FORWARD},
        "sections": [
            {"title": section.title, "lines": [_line(line, derivation) for line in section.lines]}
            for section in derivation.sections
        ],
        "finals": [_line(line, derivation) for line in derivation.finals],
    }
    if one is not None:
        found["batch"] = _batch(one)
    return json.dumps(found, ensure_ascii=False, indent=2) + "\n"


def _line(line: Line, derivation: Derivation) -> Mapping[str, Any]:
    """A line that only defines a quantity has nothing to prove."""
    standard, exact = derivation.asked.standard, prover(derivation.asked.forward)
    spellings = standard.spelling(), standard.spelling(beyond_ascii=True)
    defines = isinstance(line.head, Value)
    return {
        "head": _term(line.head, *spellings),
        "sides": [
            {**_term(side, *spellings), "proved": None if defines else exact.proves(Identity(line.head, side))}
            for side in line.sides
        ],
    }


def _term(term: Term, letters: Spelling, wide: Spelling) -> Mapping[str, str]:
    return {"latex": latex(term, letters), "plain": plain(term, wide)}


def _batch(one: Sized) -> Mapping[str, Any]:
    """Numbers as fractions in text; not exact where a root is not rational."""
    worked = work_out(one.forward, one.x, one.g)
    return {
        "n": one.n,
        "sympy_agrees": derive_first(one.n, one.forward).agrees,
        "exact": worked.exact,
        "shared": {name: str(value) for name, value in worked.shared.items()},
        "places": {name: [str(value) for value in column] for name, column in worked.columns.items()},
        "gradients": {name: str(value) for name, value in worked.back.items()},
        "jacobian": [[str(value) for value in row] for row in worked.jacobian],
    }
