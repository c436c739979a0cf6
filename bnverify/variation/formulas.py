"""Conventions -> the closed forms of the backward pass under each of them: derived and proved, never typed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from bnverify.frozen import frozen
from bnverify.model.conventions import OF_FORWARD, Choice, Convention, every_convention
from bnverify.model.forward import Forward, normalisation
from bnverify.model.layers import BATCH, Layer
from bnverify.model.quantities import INPUT, MEAN, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Term, Value
from bnverify.model.writing import Spelling, latex, plain
from bnverify.truth.closed import closed_form
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity
from bnverify.variation.table import Entry, Sheet, Table

SHOWN = (INPUT, SCALE, SHIFT, MEAN, VARIANCE)
"""The loss is differentiated by these."""
LETTERS = "g is dL/dy, and s is sqrt(v + eps)"
LETTERS_OF_NOTE = "in the letters of the note"
UPSTREAM = (
    "gamma times dL/dy is dL/dx-hat as written; where a note writes dL/dx-hat for dL/dy, put it in the place of dL/dy"
)


@frozen
class Formula:
    """The derivative of the loss by a quantity under a convention, as a tidy product."""

    convention: Convention
    by: Value
    value: Term
    proved: bool

    @property
    def head(self) -> Term:
        return LossBy(self.by)


def formulas_under(
    base: Convention, forced: Mapping[str, str], layer: Layer = BATCH, own: Callable[[Forward], Forward] = lambda it: it
) -> tuple[Formula, ...]:
    """Every formula of a layer under every convention that agrees with what is forced.

    `own` puts the definitions of a note into the built-in forward pass.
    """
    known = normalisation(base, layer)
    shown = [name for name in SHOWN if known.node(name) or known.leaf(name)]
    conventions = [base] if layer.exponential else list(every_convention(base, tuple(forced), OF_FORWARD))
    return tuple(_formula(own(normalisation(one, layer)), one, name) for name in shown for one in conventions)


def _formula(forward: Forward, convention: Convention, name: str) -> Formula:
    by = Value(name, forward.index_of(name))
    value = closed_form(by, forward)
    return Formula(convention, by, value, prover(forward).proves(Identity(LossBy(by), value)))


def formulas_sheet(title: str, formulas: Sequence[Formula], spelling: Spelling, letters: str) -> Sheet:
    """One table for each derivative; conventions with one formula share a row."""
    tables = tuple(_table(list(found), spelling) for _, found in groupby(formulas, key=lambda one: one.by))
    count = sum(one.proved for one in formulas)
    closing = f"{count} of {len(formulas)} formulas proved for every n at which they are defined"
    return Sheet(
        title, (letters, UPSTREAM), tables, closing=closing, style="right" if count == len(formulas) else "error"
    )


def _table(formulas: Sequence[Formula], spelling: Spelling) -> Table:
    rows: dict[str, list[Formula]] = {}
    for one in formulas:
        rows.setdefault(plain(one.value, spelling), []).append(one)
    head = plain(formulas[0].head, spelling)
    return Table(
        ((head,), ("",)),
        tuple(
            (
                Entry(_where([one.convention for one in found], [one.convention for one in formulas])),
                Entry(text, latex(found[0].value, spelling)),
            )
            for text, found in rows.items()
        ),
    )


def _where(found: Sequence[Convention], all_of_them: Sequence[Convention]) -> str:
    """What these conventions have in common and the others have not: the parts that are not filled in every way."""
    told = []
    for part in OF_FORWARD:
        ours, every = _filled(found, part), _filled(all_of_them, part)
        if ours != every:
            told.append(" or ".join(choice.short for choice in ours))
    return ", ".join(told) or ("every convention" if len(all_of_them) > 1 else "as asked")


def _filled(conventions: Sequence[Convention], part: str) -> list[Choice]:
    return list(dict.fromkeys(one.choices[part] for one in conventions))


def formulas_document(title: str, formulas: Sequence[Formula], spelling: Spelling) -> Mapping[str, Any]:
    return {
        "path": title,
        "formulas": [
            {
                "head": latex(one.head, spelling),
                "convention": {part: one.convention.choices[part].value for part in OF_FORWARD},
                "latex": latex(one.value, spelling),
                "plain": plain(one.value, spelling),
                "proved": one.proved,
            }
            for one in formulas
        ],
    }
