"""Conditions on a chain -> words, and a notice where the text around a formula states them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.read.chains import Script
from bnverify.read.syntax import Relation

SIGNS = {"=": "=", "\\neq": "≠"}


def condition_words(conditions: Sequence[Relation]) -> tuple[str, ...]:
    return tuple(f"only for {one.left} {SIGNS[one.sign]} {one.right}" for one in conditions)


def said_conditions(script: Script) -> Iterator[Diagnostic]:
    """One notice for each chain that is judged under a condition from the text."""
    for chain in script.chains:
        if chain.said:
            message = f"judged {' and '.join(condition_words(chain.said))}, as the text says"
            yield Diagnostic("condition", Severity.NOTICE, message, Label(chain.head_span))
