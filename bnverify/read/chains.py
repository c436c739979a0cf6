"""Formulas -> chains of sides: continuation, asides, joined formulas, conditions, re-bound letters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import field, replace

from bnverify.frozen import frozen
from bnverify.limits import exceeded, most
from bnverify.pattern import pattern
from bnverify.read.blocks import Block, Notice, blocks_of
from bnverify.read.braced import PERHAPS, UNDERSTOOD
from bnverify.read.brackets import OPERATORS, covering
from bnverify.read.cells import lay_out_note
from bnverify.read.containers import Wording
from bnverify.read.documents import Layout
from bnverify.read.heads_in_words import IN_WORDS, differentiates_by, names_head
from bnverify.read.joins import join_blocks
from bnverify.read.latex import parse
from bnverify.read.losses import has_gradient, loss_letters
from bnverify.read.prose import COMPONENT, Prose
from bnverify.read.rows import Side
from bnverify.read.shape_words import spoken_shapes
from bnverify.read.shapes import Written
from bnverify.read.statements import Parsed, parse_statement, parse_statements
from bnverify.read.syntax import (
    CaseRows,
    Evaluated,
    Expr,
    Name,
    Relation,
    Row,
    Unreadable,
    inside,
)
from bnverify.read.tied import running_letters, tied
from bnverify.source import Note, Span


@frozen
class Step:
    """One relation sign with the side after it."""

    relation: Span
    side: Expr
    latex: str
    span: Span
    notices: tuple[Notice, ...] = ()
    more: tuple[Span, ...] = ()
    """Where further cases of the side stand."""


@frozen
class Chain:
    """`A = B = C`; `conditions` restrict all of its steps, `case` where it is a row of cases."""

    head: Expr
    head_latex: str
    head_span: Span
    steps: tuple[Step, ...]
    conditions: tuple[Relation, ...] = ()
    case: bool = False
    said: tuple[Relation, ...] = ()
    """Those of the conditions that the text around the formula states."""
    label: bool = False
    """Whether it is the label of a brace, which may be a name."""
    wording: Wording = field(default_factory=Wording, compare=False, repr=False)
    """How a further piece of LaTeX would be read beside it."""


@frozen
class Rebinding:
    """ "The i-th component of the sum in `source` as `name`": from `place` on, until a gradient is next a head."""

    name: Name
    source: Expr
    place: int


@frozen
class Script:
    """Everything that the reader found in a note. `mentions` are formulas without an equation."""

    note: Note
    layout: Layout
    chains: tuple[Chain, ...]
    rebindings: tuple[Rebinding, ...] = ()
    mentions: tuple[Span, ...] = ()
    shapes: tuple[Written, ...] = ()
    annotations: tuple[Span, ...] = ()
    compared: tuple[Span, ...] = ()
    """Signs such as `≈` and `≠` in front of mathematics at work: what they claim is not judged."""
    notices: tuple[tuple[Span, Notice], ...] = ()
    wording: Wording = field(default_factory=Wording, compare=False, repr=False)

    @property
    def prose(self) -> str:
        """The text between the formulas, and behind the last one."""
        formulas = self.layout.formulas
        behind = self.note.text[formulas[-1].end :] if formulas else ""
        return " ".join((*(self.note.cut(formula.lead) for formula in formulas), behind))


def rewritten(script: Script, rewrite: Callable[[Expr], Expr]) -> Script:
    """The script with each head and side rewritten."""

    def chain_of(chain: Chain) -> Chain:
        steps = tuple(replace(step, side=rewrite(step.side)) for step in chain.steps)
        return replace(chain, head=rewrite(chain.head), steps=steps)

    return replace(script, chains=tuple(map(chain_of, script.chains)))


LOOSE_SIGNS = tuple(sorted(OPERATORS))
"""With these nothing begins but the rest of a side."""
NO_HEADS = tuple(sorted(OPERATORS - {"-"}))
"""The same where a sign of equality follows: what is negative may stand before one."""
NOTHING = "nothing stands before this `=`, and no earlier chain goes on here"
FROM_NOTHING = "it goes on from nothing that stands right before it"
HIDDEN_EQUATION = pattern(r"(?<![_^{:=\\])(?<![_^]\{[a-zA-Z])(?P<sign>=)(?!=)")


def read(note: Note) -> Script:
    """Read a note. Never raises for what the note says: what cannot be read is an `Unreadable` in its place."""
    layout = lay_out_note(note)
    blocks, wording = blocks_of(note, layout)
    join_blocks(blocks, note)
    return _build(note, layout, blocks, wording)


def _build(note: Note, layout: Layout, blocks: list[Block], wording: Wording) -> Script:
    builder = _Builder(note, layout, blocks, wording)
    parsed = [parse_statements(block) for block in blocks]
    spoken = spoken_shapes(note, layout)
    left_out = [span for statements in parsed for statement in statements for span in statement.left_out]
    builder.losses = loss_letters(
        expr for statements in parsed for statement in statements for expr in statement.exprs()
    )
    builder.running = running_letters(
        (one.head[0] for statements in parsed for one in statements if one.head and one.sides),
        (expr for statements in parsed for statement in statements for expr in statement.exprs()),
    )
    for place, statements in enumerate(parsed):
        builder.add(place, statements)
    return Script(
        note,
        layout,
        tuple(builder.finished()),
        tuple(builder.rebindings),
        tuple(builder.mentions),
        tuple(sorted([*(one for block in blocks for one in block.rows.shapes), *spoken], key=lambda one: one.span)),
        tuple(sorted([*left_out, *(span for block in blocks for span in block.rows.annotations)])),
        tuple(
            sorted(
                [
                    *(one for statements in parsed for statement in statements for one in statement.compared),
                    *(one for block in blocks for one in block.rows.compared),
                ]
            )
        ),
        tuple((block.formula.span, notice) for block in blocks for notice in block.notices),
        wording,
    )


def script_losses(script: Script) -> frozenset[str]:
    """The loss letters of a whole note."""
    return loss_letters(expr for chain in script.chains for expr in (chain.head, *(step.side for step in chain.steps)))


class _Builder:
    """Collects chains; each continuation finds the chain that it belongs to."""

    def __init__(self, note: Note, layout: Layout, blocks: list[Block], wording: Wording) -> None:
        self.note = note
        self.wording = wording
        self.blocks = blocks
        self.prose = Prose(note, layout)
        self.losses: frozenset[str] = frozenset()
        self.running: frozenset[str] = frozenset()
        self.chains: list[Chain] = []
        self.rebindings: list[Rebinding] = []
        self.mentions: list[Span] = []
        self.inner: list[tuple[int, Chain]] = []
        self.signs: set[Span] = set()
        self.waiting: tuple[Expr, Span] | None = None
        """The formula before, where it is no equation: what follows may begin with its sign of equality."""
        self.hiding: list[int] = []
        """The chains that are an equation which was not found, each at the first sign in it."""
        self.last_gradient: int | None = None
        """The last chain in which a derivative of the loss occurs, or may occur in what is not read."""

    def add(self, place: int, statements: list[Parsed]) -> None:
        block = self.blocks[place]
        conditions = self.prose.conditions(self.blocks, place)
        self.find_rebinding(block, statements)
        notices = tuple(block.notices)
        waiting, self.waiting = self.waiting, None
        for statement in statements:
            if not statement.sides:
                is_mention = self.mention(statement, block.formula.display)
                self.waiting = statement.head if is_mention and len(statements) == 1 else None
                continue
            lead = self.lead(place).strip(" \n>$")
            if statement.head is None and waiting is not None and lead in ("", "is", "equals", "becomes"):
                if differentiates_by(self.lead(place - 1)):
                    statement.in_words = True
                elif not lead:
                    statement.head, waiting = waiting, None
                    self.mentions.remove(statement.head[1])
            begins = statement.head is None and statement is statements[0]
            statement.in_words |= begins and names_head(self.lead(place))
            steps = tuple(self.step(side, expr, notices) for side, expr in statement.sides)
            notices = ()
            alone = tuple(one for side, _ in statement.sides if not side.more for one in side.conditions)
            self.place(statement, steps, alone, conditions)
            for _, expr in statement.sides:
                self.inner_chains(expr)
        self.add_brace_claims(block)

    def lead(self, place: int) -> str:
        """The words in front of a formula."""
        return self.note.cut(self.blocks[place].formula.lead)

    def add_brace_claims(self, block: Block) -> None:
        """What a label says to be equal to what stands over its brace: a chain of its own, which defines nothing."""
        for parsed in (one for claim in block.claims for one in parse_statement(claim)):
            sign = parsed.sides[0][0].relation if parsed.head and parsed.sides else None
            if parsed.head is None or sign is None or sign.span in self.signs:
                continue
            unread = any(map(is_unread, parsed.exprs()))
            if unread and sign.kind in (UNDERSTOOD, PERHAPS):
                continue
            (head, span), conditions = parsed.head, tuple(one for side, _ in parsed.sides for one in side.conditions)
            steps = tuple(self.step(side, expr, ()) for side, expr in parsed.sides)
            chain = Chain(head, self.written(span), span, steps, conditions, case=True, wording=self.wording)
            self.inner.append((len(self.chains), replace(chain, label=sign.kind == PERHAPS)))

    def mention(self, statement: Parsed, display: bool) -> bool:
        """Mathematics without an equation; one that hides an equation, or goes on from nowhere, is a step."""
        if statement.head is None:
            return False
        expr, span = statement.head
        sign = HIDDEN_EQUATION.search(self.note.text, span.start, span.end)
        hidden = sign is not None and is_unread(expr)
        loose = display and self.note.text.startswith(LOOSE_SIGNS, span.start)
        if not hidden and not loose:
            self.mentions.append(span)
            return True
        relation = Span(sign.start("sign"), sign.end("sign")) if sign else Span(span.start, span.start + 1)
        head = expr if hidden else Unreadable(FROM_NOTHING, span=span)
        step = Step(relation, head, self.written(span), span)
        self.last_gradient = len(self.chains)
        self.hiding.append(len(self.chains))
        self.chains.append(Chain(head, "", span, (step,), wording=self.wording))
        return False

    def step(self, side: Side, expr: Expr, notices: tuple[Notice, ...]) -> Step:
        assert side.relation is not None
        span = covering(side.tokens) if side.tokens else side.relation.span
        if side.relation.span in self.signs:
            expr = Unreadable("a macro holds more than one equation", span=span)
        if len(self.signs) >= most("steps"):
            expr = Unreadable(exceeded("steps"), span=span)
        self.signs.add(side.relation.span)
        more = tuple(covering(other.tokens) for other in side.more)
        return Step(side.relation.span, expr, self.written(span), span, notices, more)

    def written(self, span: Span) -> str:
        """What stands at a place, on one line, without what the container adds."""
        return without_comments(self.wording.unquoted(self.note.cut(span), span.start))

    def place(
        self,
        statement: Parsed,
        steps: tuple[Step, ...],
        conditions: tuple[Relation, ...],
        said: tuple[Relation, ...],
    ) -> None:
        place = self.put(statement, steps, conditions, said)
        if any(has_gradient(expr, self.losses) or is_unread(expr) for expr in statement.exprs()):
            self.last_gradient = max(place, self.last_gradient or 0)

    def put(
        self,
        statement: Parsed,
        steps: tuple[Step, ...],
        conditions: tuple[Relation, ...],
        said: tuple[Relation, ...],
    ) -> int:
        """Add the steps to their chain, or begin one; the place of the chain."""
        if statement.head is None:
            home = None if statement.in_words else self.home(steps[0].side)
            if home is not None:
                self.chains[home] = replace(self.chains[home], steps=self.chains[home].steps + steps)
                return home
            span = steps[0].relation
            head: Expr = Unreadable(IN_WORDS if statement.in_words else NOTHING, span=span)
            self.chains.append(Chain(head, "", span, steps, wording=self.wording))
            return len(self.chains) - 1
        (head, at), span = evaluated_at(statement.head[0]), statement.head[1]
        if self.note.text.startswith(NO_HEADS, span.start):
            head = Unreadable(FROM_NOTHING, span=span)
        latex, said = self.written(span), tied(said, head, self.running)
        self.chains.append(Chain(head, latex, span, steps, said + at + conditions, said=said, wording=self.wording))
        return len(self.chains) - 1

    def home(self, side: Expr) -> int | None:
        """The chain that a side without a head continues: the last one, asides skipped."""
        if not self.chains:
            return None
        if self.last_gradient is not None and has_gradient(side, self.losses):
            return self.last_gradient
        return len(self.chains) - 1

    def inner_chains(self, expr: Expr) -> None:
        """An `=` inside a row of cases is a chain of its own under the condition of its row."""
        for node in inside(expr):
            if isinstance(node, CaseRows):
                for row in node.rows:
                    if len(row.values) > 1:
                        self.inner.append((len(self.chains), self.row_chain(row)))

    def row_chain(self, row: Row) -> Chain:
        first, *others = row.values
        steps = []
        for before, value in zip(row.values, others, strict=False):
            sign = self.note.text.find("=", before.span.end, value.span.start)
            place = Span(sign, sign + 1) if sign >= 0 else Span(value.span.start, value.span.start)
            steps.append(Step(place, value, self.note.cut(value.span), value.span))
        latex = self.note.cut(first.span)
        return Chain(first, latex, first.span, tuple(steps), row.conditions, case=True, wording=self.wording)

    def finished(self) -> list[Chain]:
        chains = list(self.chains)
        for place in self.hiding:
            chains[place] = self.beside_others(chains[place])
        for place, chain in reversed(self.inner):
            chains.insert(place, chain)
        return chains

    def beside_others(self, hiding: Chain) -> Chain:
        """A sign that another step has after all is not the place of a second one."""
        step, *others = hiding.steps
        if step.relation not in self.signs:
            return hiding
        return replace(hiding, steps=(replace(step, relation=Span(step.span.start, step.span.start + 1)), *others))

    def find_rebinding(self, block: Block, statements: list[Parsed]) -> None:
        if len(statements) != 1 or statements[0].head is None or not isinstance(statements[0].head[0], Name):
            return
        lead = self.note.cut(block.formula.lead)
        found = COMPONENT.search(lead)
        if found and found["source"]:
            place = block.formula.span.start
            source = parse(self.wording.scan(found["source"], place))
            self.rebindings.append(Rebinding(statements[0].head[0], source, place))


def is_unread(expr: Expr) -> bool:
    """Whether a part of it is not read."""
    return any(isinstance(node, Unreadable) for node in inside(expr))


AT = pattern(r"\s*(?P<left>[A-Za-z])\s*(?P<sign>=|\\neq?|\\not\s*=|≠)\s*(?P<right>[A-Za-z])\s*")


def evaluated_at(head: Expr) -> tuple[Expr, tuple[Relation, ...]]:
    """`\\left. A \\right|_{i = j}` is A under a condition between indices."""
    held = AT.fullmatch(head.held) if isinstance(head, Evaluated) else None
    if held is None or not isinstance(head, Evaluated):
        return head, ()
    sign = "=" if held["sign"] == "=" else "\\neq"
    return head.body, (Relation(held["left"], sign, held["right"], span=head.span),)


def without_comments(latex: str) -> str:
    """The text of a side as written, without LaTeX comments and alignment marks, on one line."""
    lines = (re.sub(r"(?<!\\)%.*|\$\$", "", line).strip() for line in latex.split("\n"))
    return " ".join(line for line in lines if line)
