"""Losses that a note makes of others, `L = 2 E`, or of parameters beside the output, `J = L + \\lambda \\gamma^2`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bnverify.frozen import frozen
from bnverify.model.notation import Notation, Role
from bnverify.read.chains import Script
from bnverify.read.syntax import Addition, Call, Derivative, Expr, Name, bare, inside, parts

INNER = frozenset((Role.INPUT, Role.MEAN, Role.VARIANCE, Role.NORMALISED))
"""What stands before the output: a loss that depends on one of them has other gradients by all of these."""
PARAMETERS = frozenset((Role.SCALE, Role.SHIFT, Role.EPSILON))


@frozen
class MadeLoss:
    """What a formula makes a loss of: the letters of other losses, and the roles of what is added to them."""

    letter: str
    others: frozenset[str]
    beside: frozenset[Role]

    def trouble(self, letters: frozenset[str], by_own: frozenset[Role | None]) -> str:
        """Why a line with gradients of these losses stays open; by_own: what this one is differentiated by."""
        mixed = sorted(letters & {self.letter, *self.others})
        if len(mixed) > 1:
            return f"{mixed[0]} and {mixed[1]} are two losses, of which one is made of the other"
        through = by_own - {Role.OUTPUT} if self.beside & INNER else by_own & self.beside & PARAMETERS
        if through:
            return f"{self.letter} depends on more than the output, and is not worked out"
        return ""


def with_made_losses(script: Script, notation: Notation) -> Notation:
    """The notation with what its losses are made of; one that is understood is differentiated as it is written."""
    return replace(notation, made_losses=tuple(_made(script, notation)))


def _made(script: Script, notation: Notation) -> Iterator[MadeLoss]:
    for chain in script.chains:
        letter = _letter(chain.head, notation)
        if letter is None or not chain.steps or chain.case:
            continue
        side = bare(chain.steps[0].side)
        others = frozenset(one for node in inside(side) if (one := _letter(node, notation)) is not None) - {letter}
        understood = notation.loss is not None or notation.shape.layer.loss is not None
        beside = frozenset[Role]() if understood or not isinstance(side, Addition) else _roles(side, notation)
        if others or beside:
            yield MadeLoss(letter, others, beside)


def _letter(expr: Expr, notation: Notation) -> str | None:
    """The letter of a loss, alone or applied to something."""
    expr = bare(expr)
    name = expr.name if isinstance(expr, Call) else expr
    plain = isinstance(name, Name) and name == Name(name.letter) and name.letter in notation.losses
    return name.letter if isinstance(name, Name) and plain else None


def _roles(expr: Expr, notation: Notation) -> frozenset[Role]:
    """The parts that the letters outside of functions play."""
    named = notation.symbol(expr)
    if named is not None:
        role = notation.role(named[0])
        return frozenset() if role is None else frozenset({role})
    inner = () if isinstance(expr, (Call, Derivative)) else parts(expr)
    return frozenset[Role]().union(*(_roles(part, notation) for part in inner))


def gradients_in(nodes: list[Expr], notation: Notation) -> Iterator[tuple[str, Role | None]]:
    """The losses that are differentiated, each with the part of what by."""
    for node in nodes:
        letter = _letter(node.of, notation) if isinstance(node, Derivative) and node.of is not None else None
        if letter is not None and isinstance(node, Derivative):
            by = notation.symbol(node.by)
            yield letter, notation.role(by[0]) if by is not None else None
