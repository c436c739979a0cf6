"""One possible slip: a node of the tree as written, and what was meant in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from string import ascii_lowercase

from bnverify.frozen import frozen
from bnverify.judge.findings import RANK, Cause
from bnverify.model.terms import Condition, Term
from bnverify.read.syntax import Expr
from bnverify.repair.trees import Site
from bnverify.repair.vocabulary import Vocabulary

IN_PLACE, PIECE, LARGE = 0, 1, 2
"""How large an edit is: a letter, sign or number in its place; a factor, term, bracket or sum; a path."""


@frozen
class Slip:
    """`old`, a node of the side by identity, should be `new`."""

    old: Expr
    new: Expr
    cause: type[Cause]
    size: int = IN_PLACE
    odd: int = 0
    """Among edits that undo the same slip the plainest comes first: a sign where a sign stands already."""

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.size, RANK[self.cause], self.odd


@frozen
class Wrong:
    """A wrong side with what it is held against."""

    side: Expr
    vocabulary: Vocabulary
    target: Term
    """What the side should equal."""
    own: Term
    """What it is."""
    head: Term
    """The head of its chain: its free indices, and the paths that lead to it."""
    conditions: tuple[Condition, ...] = ()
    """Under which all of this is said."""

    def unused(self) -> str:
        """A letter for an index that the side does not use; one that the note uses elsewhere if there is one."""
        taken = self.vocabulary.notation.indices_in(self.side) | set(self.vocabulary.indices)
        letters: tuple[str, ...] = (*self.vocabulary.letters, *"jiklmpq", *ascii_lowercase)
        return next(one for one in letters if one not in taken)


Generator = Callable[[Site, Wrong], Iterator[Slip]]
