"""Sides that stay open because the note speaks of a whole Jacobian, `\\partial p / \\partial z = p (1 - p)`.

Two parts without an index have the same one by habit. Where the words say Jacobian, or the note writes the same
derivative as a matrix elsewhere, all of its entries are meant, and the side is one of those on the diagonal at best.
"""

from __future__ import annotations

import re
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.model.matrices import has_matrices, is_jacobian
from bnverify.model.terms import Unknown
from bnverify.pattern import pattern
from bnverify.read.announced import sentence_before
from bnverify.read.syntax import bare

JACOBIAN = pattern(r"\bJacobian", re.IGNORECASE)
DIAGONAL = pattern(r"(?<!off[- ])\bdiagonal\b|\b(?:no|not|non|never|instead)\b|\belement-?wise\b", re.IGNORECASE)
"""Words that speak of less than all of it."""
WHOLE = "whether the whole Jacobian is meant, or its diagonal, is not said"


def with_open_jacobian(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """A derivative of one family by another, both without an index, where the note means a matrix by it."""
    if resolved.scope.matrices or not is_jacobian(resolved.chain.head, case.notation):
        return resolved
    if not _is_in_words(case, resolved) and not _is_matrix_elsewhere(case, resolved):
        return resolved
    unknown = Resolved(Unknown(WHOLE))
    return replace(resolved, sides=tuple(one if one.trouble else unknown for one in resolved.sides))


def _is_in_words(case: Case, resolved: ResolvedChain) -> bool:
    sentence = sentence_before(case.script.note.text, resolved.chain.head_span.start)
    return JACOBIAN.search(sentence) is not None and DIAGONAL.search(sentence) is None


def _is_matrix_elsewhere(case: Case, resolved: ResolvedChain) -> bool:
    head = bare(resolved.chain.head)
    others = (one for one in case.script.chains if bare(one.head) == head)
    return any(has_matrices(one, case.notation) for one in others)
