"""`dx_1`, `dx_2` and `dx = dx_1 + dx_2`: the parts of one gradient, numbered; not the gradients by two samples."""

from __future__ import annotations

from collections.abc import Mapping

from bnverify.judge.case import Case
from bnverify.read.chains import Chain
from bnverify.read.syntax import Addition, Adjoint, Expr, Name, bare


def number_of(expr: Expr) -> tuple[Name, str] | None:
    """The letter and the number of `dx_1`."""
    inner = bare(expr)
    name = bare(inner.by) if isinstance(inner, Adjoint) else None
    if not isinstance(name, Name) or len(name.subscripts) != 1 or not name.subscripts[0].isdigit():
        return None
    return Name(name.letter, name.accents, (), name.superscripts), name.subscripts[0]


def parts_summed(chain: Chain) -> tuple[Name, tuple[str, ...]] | None:
    """The letter and the numbers of `dx = dx_1 + dx_2`."""
    head = bare(chain.head)
    if not isinstance(head, Adjoint) or len(chain.steps) != 1 or not isinstance(bare(head.by), Name):
        return None
    side = bare(chain.steps[0].side)
    found = [number_of(term) for term in side.terms] if isinstance(side, Addition) else []
    known = [one for one in found if one is not None and one[0] == bare(head.by)]
    return (known[0][0], tuple(number for _, number in known)) if len(known) == len(found) > 1 else None


def numbered_parts(case: Case) -> Mapping[tuple[Name, str], Chain]:
    """The line of each part of a gradient that the note sums from numbered parts, where all of them have one."""
    lines = {key: one for one in case.script.chains if (key := number_of(one.head)) is not None}
    sums = [found for one in case.script.chains if (found := parts_summed(one)) is not None]
    keys = [[(letter, number) for number in numbers] for letter, numbers in sums]
    return {part: lines[part] for own in keys if all(one in lines for one in own) for part in own}
