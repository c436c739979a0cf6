"""A statement -> its head and sides as expressions; behind another relation than equality a new chain begins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from bnverify.pattern import pattern
from bnverify.read.blocks import Block
from bnverify.read.brackets import EQUALITIES, covering
from bnverify.read.commands import COMPARISONS
from bnverify.read.latex import parse
from bnverify.read.rows import Side, Statement, is_at_work
from bnverify.read.syntax import CaseRows, Expr, Row, Unreadable, Words
from bnverify.source import Span


@dataclass(slots=True)
class Parsed:
    """A statement with its sides parsed; the head is None where it continues an earlier chain."""

    head: tuple[Expr, Span] | None
    sides: list[tuple[Side, Expr]]
    left_out: list[Span]
    """What stands behind another relation than equality."""
    compared: list[Span] = field(default_factory=list)
    """The signs of such relations, where they claim something of a derivative, a sum, a fraction or a root."""

    in_words: bool = False
    """Whether the words in front of it name what it is about."""

    def exprs(self) -> Iterator[Expr]:
        if self.head:
            yield self.head[0]
        yield from (expr for _, expr in self.sides)


def parse_statements(block: Block) -> list[Parsed]:
    return [parsed for statement in block.rows.statements for parsed in parse_statement(statement)]


def parse_statement(statement: Statement) -> list[Parsed]:
    """One chain for each run of equalities: behind another relation a new one begins, if an equality follows."""
    runs: list[list[Side]] = [[]]
    for side in statement.sides:
        if side.relation is not None and side.relation.text not in EQUALITIES:
            runs.append([])
        runs[-1].append(side)
    if len(runs) > 1 and _may_divide(runs[-2], runs[-1]):
        runs[-2][-1].trouble = "the colon or bar behind this side may divide it"
    first = runs[0]
    parsed = [_parse_run(first)] if first else []
    for before, run in pairwise(runs):
        sign = run[0].relation
        kept = _parse_run(run) if len(run) > 1 else Parsed(None, [], [piece.span for piece in run[0].tokens])
        kept.left_out.extend([sign.span] if sign else [])
        at_work = is_at_work(run[0].tokens) or (bool(before) and is_at_work(before[-1].tokens))
        if sign is not None and sign.text in COMPARISONS and at_work:
            kept.compared.append(sign.span)
        parsed.append(kept)
    return parsed


def _may_divide(before: list[Side], run: list[Side]) -> bool:
    """`A = B : C`, `A = B \\mid C`, with nothing further behind it."""
    sign = run[0].relation
    equation = bool(before) and before[-1].relation is not None and before[-1].relation.text in EQUALITIES
    return equation and len(run) == 1 and sign is not None and sign.text in (":", "\\mid") and bool(run[0].tokens)


def _parse_run(sides: list[Side]) -> Parsed:
    first, *others = sides
    if first.relation is not None and first.relation.text in EQUALITIES:
        return Parsed(None, [(side, _parse_side(side)) for side in sides], [])
    head = (_with_reason(parse(first.tokens)), covering(first.tokens)) if first.tokens else None
    return Parsed(head, [(side, _parse_side(side)) for side in others], [])


UNREAD_COMMAND = pattern(r"`\\(?P<name>[A-Za-z]+)` is not read\Z")
STANDARD = frozenset(
    "partial int iint oint prod lim sup inf max min log exp ln sin cos tan tanh det tr rank dim ker arg nabla forall "
    "exists mid vert Vert lvert rvert lVert rVert langle rangle binom choose not neq ne leq le geq ge ll gg approx sim "
    "simeq cong propto equiv in notin subset subseteq cup cap setminus emptyset to mapsto rightarrow iff leftarrow "
    "Rightarrow dots ldots cdots vdots ddots top perp intercal dagger star ast bullet oplus otimes pm mp div sqrt frac "
    "sum hat bar tilde vec overbrace underbrace overset underset stackrel xrightarrow cancel prime infty lfloor rfloor "
    "lceil rceil mathbb mathcal mathfrak mathrm mathbf boldsymbol operatorname over atop limits therefore because "
    "square hline multicolumn begin end item".split()
)
"""Commands of LaTeX: if one of them is not read, no definition is missing."""


def _with_reason(expr: Expr) -> Expr:
    """A command that is neither LaTeX's nor the note's own: the reason says so."""
    found = UNREAD_COMMAND.fullmatch(expr.why) if isinstance(expr, Unreadable) else None
    if found is None or found["name"] in STANDARD:
        return expr
    return Unreadable(f"`\\{found['name']}` is not read, and the note does not define it", span=expr.span)


def _parse_side(side: Side) -> Expr:
    assert side.relation is not None
    expr = _with_reason(parse(side.tokens, side.relation.span))
    if side.trouble:
        return Unreadable(side.trouble, span=expr.span)
    rows = [(expr, side.conditions), *((parse(more.tokens), more.conditions) for more in side.more)]
    if not side.more or isinstance(expr, (Unreadable, Words)):
        return expr
    broken = next((value for value, _ in rows if isinstance(value, Unreadable)), None)
    if broken is not None:
        return broken
    cases = tuple(Row((value,), tuple(conditions), span=value.span) for value, conditions in rows)
    return CaseRows(cases, span=expr.span)
