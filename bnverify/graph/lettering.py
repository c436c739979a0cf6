"""Indices of the graph -> the letters that people use for its axes, the same letter for the same index on an edge."""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_lowercase

from bnverify.frozen import frozen
from bnverify.model.axes import axis_of, on_axis
from bnverify.model.forward import OWN
from bnverify.model.terms import Cases, Exp, Log, Plus, Power, Sum, Term, Times, free_indices, power, rename

UNLIKELY = frozenset("delo")
"""Letters that nobody takes for a second index: signs of differentiation, bases, and look-alikes of 1 and 0."""


@frozen
class Lettering:
    """For each axis its letters, the first for the quantity that is spoken of, then the next that are not `taken`."""

    letters: Sequence[str]
    taken: frozenset[str]

    def named(self, term: Term) -> Term:
        """The term with its indices renamed, the bound ones as well."""
        names: dict[str, str] = {}
        for index in sorted(free_indices(term), key=lambda one: (not _is_own(one), one)):
            names[index] = self._name(index, {_bare(name) for name in names.values()})
        return self._inside(rename(term, names), frozenset(map(_bare, names.values())))

    def _name(self, index: str, scope: frozenset[str] | set[str]) -> str:
        """The first letter of the axis that does not stand for another index."""
        axis = axis_of(index)
        own, others = self.letters[axis][0], self.letters[axis][1:]
        start = ascii_lowercase.find(own) + 1
        following = ascii_lowercase[start:] + ascii_lowercase[:start]
        avoided = self.taken | scope | {letters[0] for letters in self.letters}
        spare = (one for one in (*others, *following) if one not in avoided)
        return on_axis(own if own not in scope else next((one for one in spare if one not in UNLIKELY), own), axis)

    def _inside(self, term: Term, scope: frozenset[str]) -> Term:
        match term:
            case Sum(index=index, body=body):
                other = self._name(index, scope)
                return Sum(other, self._inside(rename(body, {index: other}), scope | {_bare(other)}))
            case Plus(terms=terms):
                return Plus(tuple(self._inside(part, scope) for part in terms))
            case Times(factors=factors):
                return Times(tuple(self._inside(part, scope) for part in factors))
            case Power(base=base, exponent=exponent):
                return power(self._inside(base, scope), exponent)
            case Exp(body=body):
                return Exp(self._inside(body, scope))
            case Log(body=body):
                return Log(self._inside(body, scope))
            case Cases(rows=rows):
                return Cases(tuple((conditions, self._inside(value, scope)) for conditions, value in rows))
            case _:
                return term


def _is_own(index: str) -> bool:
    return index == on_axis(OWN[axis_of(index)], axis_of(index))


def _bare(index: str) -> str:
    return index.split(".")[-1]
