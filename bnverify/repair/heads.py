"""Slips in a head: the side is right, and what stands before its first relation sign is not what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bnverify.judge.findings import Cause, IndexSlip, LostHat, WrongHead
from bnverify.model.notation import Role
from bnverify.model.scope import Scope
from bnverify.read.syntax import Derivative, Expr, Name, bare, inside
from bnverify.repair.slip import IN_PLACE, LARGE, PIECE, Slip
from bnverify.repair.trees import exchange
from bnverify.repair.vocabulary import Vocabulary, indexed

QUANTITIES = (Role.INPUT, Role.NORMALISED, Role.OUTPUT, Role.MEAN, Role.VARIANCE, Role.SCALE, Role.SHIFT)


def head_slips(head: Expr, scope: Scope) -> Iterator[tuple[Slip, Expr]]:
    """Other quantities in a head, above or below its stroke or alone, with the head that comes of each."""
    derivative = bare(head)
    words = Vocabulary(scope)
    named = (derivative.of, derivative.by) if isinstance(derivative, Derivative) else (derivative,)
    for part in named:
        role = words.role(part) if part is not None else None
        if part is None or role not in QUANTITIES:
            continue
        for other in QUANTITIES:
            new = words.like(part, other) if other is not role else None
            if new is not None:
                tree = exchange(head, {id(part): new})
                if not _is_by_itself(tree):
                    size = IN_PLACE if _cause(role, other) is LostHat or _is_by_itself(head) else LARGE
                    yield Slip(part, new, _cause(role, other), size), tree


def _is_by_itself(head: Expr) -> bool:
    """A quantity differentiated by itself, which nobody works out."""
    derivative = bare(head)
    return isinstance(derivative, Derivative) and derivative.of == derivative.by


def other_indices(head: Expr, words: Vocabulary, letters: Sequence[str]) -> Iterator[tuple[Slip, Expr]]:
    """The head of another sample: one of its indices renamed throughout."""
    names = [node for node in inside(head) if isinstance(node, Name)]
    for old in dict.fromkeys(letter for name in names for letter in words.index(name)):
        for new in letters:
            own = [name for name in names if old in words.index(name)]
            made = {id(name): _renamed(name, old, new, words) for name in own}
            changes = {key: name for key, name in made.items() if name is not None}
            if new != old and changes:
                tree = exchange(head, changes)
                yield Slip(head, tree, IndexSlip, PIECE), tree


def _renamed(name: Name, old: str, new: str, words: Vocabulary) -> Name | None:
    return indexed(name, tuple(new if one == old else one for one in words.index(name)), words.notation)


def _cause(role: Role | None, other: Role) -> type[Cause]:
    return LostHat if {role, other} == {Role.INPUT, Role.NORMALISED} else WrongHead
