"""A layer over several indices -> its closed form for one row, which is how people write it."""

from __future__ import annotations

from bnverify.model.forward import Forward, normalisation
from bnverify.model.terms import Term
from bnverify.trial.inputs import Setting
from bnverify.trial.values import gradient_term
from bnverify.truth.rows import one_row


def row_form(setting: Setting, gradient: str) -> tuple[Forward, Term, tuple[str, ...]]:
    """The forward pass of what shares its statistics, the closed form of a gradient there, and its indices."""
    forward = normalisation(setting.convention, one_row(setting.layer))
    return (forward, *gradient_term(gradient, forward))
