"""Formulas -> chains of sides: continuation, asides, joined formulas, conditions, re-bound letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from bnverify.read.brackets import EQUALITIES
from bnverify.read.cells import lay_out_note
from bnverify.read.documents import Formula, Layout
from bnverify.read.latex import parse
from bnverify.read.rows import Rows, Side, Statement, structure
from bnverify.read.syntax import (
    CaseRows,
    Derivative,
    Expr,
    Name,
    Relation,
    Row,
    Unreadable,
    Words,
    bare,
    inside,
)
from bnverify.read.tokens import Raw, scan
from bnverify.source import Note, Span


@dataclass(frozen=True, slots=True)
class Notice:
    """A choice of the reader that the writer should know of."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """One relation sign with the side after it."""

    relation: Span
    side: Expr
    latex: str
    span: Span
    notices: tuple[Notice, ...] = ()
    more: tuple[Span, ...] = ()
    """Where further cases of the side stand."""


@dataclass(frozen=True, slots=True)
class Chain:
    """`A = B = C`; `conditions` restrict all of its steps, `case` where it is a row of cases."""

    head: Expr
    head_latex: str
    head_span: Span
    steps: tuple[Step, ...]
    conditions: tuple[Relation, ...] = ()
    case: bool = False


@dataclass(frozen=True, slots=True)
class Rebinding:
    """ "The i-th component of the sum in `source` as `name`": from `place` on, until a gradient is next a head."""

    name: Name
    source: Expr
    place: int


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that the reader found in a note. `mentions` are formulas without an equation."""

    note: Note
    layout: Layout
    chains: tuple[Chain, ...]
    rebindings: tuple[Rebinding, ...] = ()
    mentions: tuple[Span, ...] = ()
    annotations: tuple[Span, ...] = ()
    notices: tuple[tuple[Span, Notice], ...] = ()

    @property
    def prose(self) -> str:
        """The text between the formulas."""
        return " ".join(self.note.cut(formula.lead) for formula in self.layout.formulas)


@dataclass(slots=True)
class _Block:
    """One formula on the way to chains."""

    formula: Formula
    tokens: list[Raw]
    rows: Rows = field(default_factory=Rows)
    notices: list[Notice] = field(default_factory=list)


JOINED = "joined"
LONGEST_FORMULA = 20_000
"""Characters; longer formulas are unreadable."""
LONGEST_TO_MEND = 120
"""Tokens of a formula in which a lost brace is looked for."""
CONDITION_IN_WORDS = re.compile(
    r"(?:for|case|when|if|where|with)\s+\*?(?P<left>[a-zA-Z])\*?\s*(?P<sign>!=|≠|=|/=|<>)\s*\*?(?P<right>[a-zA-Z])\*?(?=[\s:,.]|$)",
    re.IGNORECASE,
)
NEGATION = re.compile(r"\b(?:not|fails?|unless|except|never|only difference)\b|n't\b", re.IGNORECASE)
HEADING = re.compile(r"^#{1,6}[ \t]+(.*)$", re.MULTILINE)
HIDDEN_EQUATION = re.compile(r"(?<![_^{:=\\])(?<![_^]\{[a-zA-Z])(?P<sign>=)(?!=)")
COMPONENT = re.compile(
    r"(?:component|summand|term|addend|element)\s+of\s+(?:the\s+)?(?:sum|summation)\s+(?:in|of|for)\s+(?P<source>\S*)\s+(?:as|by)\s*$"
)


def read(note: Note) -> Script:
    """Read a note. Never raises for what the note says: what cannot be read is an `Unreadable` in its place."""
    layout = lay_out_note(note)
    blocks = [_Block(formula, _tokens(note, formula)) for formula in layout.formulas]
    letters = index_letters(piece for block in blocks for piece in [block.tokens])
    for block in blocks:
        _structure(block, letters)
    _join_blocks(blocks)
    return _build(note, layout, blocks)


def _tokens(note: Note, formula: Formula) -> list[Raw]:
    """The tokens of a formula; one that is too long is a single token that nothing reads."""
    if len(formula.span) <= LONGEST_FORMULA:
        return scan(note.text, formula.span)
    sign = note.text.find("=", formula.span.start, formula.span.end)
    if sign < 0:
        return [Raw("long", "a long formula", formula.span.start, formula.span.end)]
    return [
        Raw("letter", "x", formula.span.start, sign),
        Raw("=", "=", sign, sign + 1),
        Raw("long", f"a formula of more than {LONGEST_FORMULA} characters is not read", sign + 1, formula.span.end),
    ]


def index_letters(formulas: Iterator[Sequence[Raw]]) -> frozenset[str]:
    """The letters that stand below another letter or a sum somewhere in the note."""
    found: set[str] = set()
    for tokens in formulas:
        for place, piece in enumerate(tokens[:-1]):
            if piece.kind == "_" and (not place or tokens[place - 1].text not in ("\\nabla", "\\partial")):
                found.update(_subscript_letters(tokens, place + 1))
    return frozenset(found)


def _subscript_letters(tokens: Sequence[Raw], place: int) -> Iterator[str]:
    if tokens[place].kind == "letter":
        yield tokens[place].text
    if tokens[place].kind != "{":
        return
    for piece in tokens[place + 1 :]:
        if piece.kind == "}":
            return
        if piece.kind == "letter":
            yield piece.text


# -- one formula


def _structure(block: _Block, letters: frozenset[str]) -> None:
    block.rows = structure(block.tokens, letters)
    surplus = [sum(p.kind == kind for p in block.tokens) for kind in ("{", "}")]
    if surplus[0] == surplus[1] + 1 and len(block.tokens) <= LONGEST_TO_MEND:
        _restore_brace(block, letters)
    if not block.formula.closed:
        block.notices.append(Notice(JOINED, "this formula is never closed: it is read up to the next blank line"))


def _restore_brace(block: _Block, letters: frozenset[str]) -> None:
    """Put back a closing brace where exactly one reading of the whole formula comes of it."""
    fits: dict[tuple[object, ...], Rows] = {}
    for place in range(1, len(block.tokens) + 1):
        at = block.tokens[place - 1].end
        tokens = [*block.tokens[:place], Raw("}", "}", at, at), *block.tokens[place:]]
        rows = structure(tokens, letters)
        trees = tuple(parse(side.tokens) for statement in rows.statements for side in statement.sides)
        if trees and not any(isinstance(node, Unreadable) for tree in trees for node in inside(tree)):
            fits.setdefault(trees, rows)
    if len(fits) == 1:
        block.rows = next(iter(fits.values()))
        block.notices.append(
            Notice("missing-bracket", "a closing brace is missing: it is put back in the one place where it fits")
        )


# -- across formulas


def _join_blocks(blocks: list[_Block]) -> None:
    for before, after in pairwise(blocks):
        if not before.rows.statements or not after.rows.statements:
            continue
        last = before.rows.statements[-1].sides[-1]
        if last.relation is not None and not last.tokens:
            _continue_with(before, after)
        elif _dangles(last.tokens):
            _append_operand(before, after)
    for place, block in enumerate(blocks):
        _join_loose_case(blocks, place, block)


def _dangles(tokens: Sequence[Raw]) -> bool:
    """An operator or a sum that waits for its operand."""
    if not tokens:
        return False
    texts = "".join(piece.text for piece in tokens)
    if re.search(r"\\frac\{(?:\\partial|d)\}\{(?:\\partial|d)[^{}]*\}$", texts):
        return True
    return bool(re.search(r"\\sum(?:[_^](?:\{[^{}]*\}|[^{}\\]|\\[A-Za-z]+))*$", texts))


def _continue_with(before: _Block, after: _Block) -> None:
    """`A =` goes on with the formula behind it."""
    statement = after.rows.statements.pop(0)
    last = before.rows.statements[-1].sides
    first, *others = statement.sides
    if first.relation is not None:
        last.pop()
        last.extend(statement.sides)
    else:
        last[-1].tokens.extend(first.tokens)
        last[-1].conditions.extend(first.conditions)
        last.extend(others)
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "this formula ends with `=`: it goes on in the next formula"))


def _append_operand(before: _Block, after: _Block) -> None:
    statement = after.rows.statements[0]
    if statement.continues:
        return
    after.rows.statements.pop(0)
    last = before.rows.statements[-1].sides
    last[-1].tokens.extend(statement.sides[0].tokens)
    last.extend(statement.sides[1:])
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "an operator waits for its operand: it is joined with the next formula"))


def _hand_over(before: _Block, after: _Block) -> None:
    """What follows in the later formula now follows here, so that a third one can be joined too."""
    after.rows.statements[:0] = [before.rows.statements.pop()]
    before.rows.annotations, after.rows.annotations = [], before.rows.annotations + after.rows.annotations
    after.notices[:0] = before.notices
    before.notices = []


def _join_loose_case(blocks: list[_Block], place: int, block: _Block) -> None:
    """`A = B \\quad k=L`, then `0 \\quad k \\neq L`: cases without their environment."""
    statements = block.rows.statements
    if len(statements) != 1 or len(statements[0].sides) != 1 or not statements[0].sides[0].conditions:
        return
    loose = statements[0].sides[0]
    for earlier in reversed(blocks[:place]):
        if earlier.rows.statements:
            last = earlier.rows.statements[-1].sides[-1]
            if last.relation is None or not last.conditions:
                return
            letters = {last.conditions[-1].left, last.conditions[-1].right}
            if letters != {loose.conditions[-1].left, loose.conditions[-1].right}:
                return
            last.more.append(loose)
            earlier.notices.append(Notice(JOINED, "a further case stands in a later formula: the two are read as one"))
            statements.clear()
            return


# -- chains


def _build(note: Note, layout: Layout, blocks: list[_Block]) -> Script:
    builder = _Builder(note)
    parsed = [_parse_statements(block) for block in blocks]
    left_out = [span for statements in parsed for statement in statements for span in statement.left_out]
    builder.losses = loss_letters(
        expr for statements in parsed for statement in statements for expr in statement.exprs()
    )
    for place, (block, statements) in enumerate(zip(blocks, parsed, strict=True)):
        builder.add(block, statements, blocks[:place])
    return Script(
        note,
        layout,
        tuple(builder.finished()),
        tuple(builder.rebindings),
        tuple(builder.mentions),
        tuple(sorted([*left_out, *(span for block in blocks for span in block.rows.annotations)])),
        tuple((block.formula.span, notice) for block in blocks for notice in block.notices),
    )


@dataclass(slots=True)
class _Parsed:
    """A statement with its sides parsed; the head is None where it continues an earlier chain."""

    head: tuple[Expr, Span] | None
    sides: list[tuple[Side, Expr]]
    left_out: list[Span]
    """What stands behind another relation than equality."""

    def exprs(self) -> Iterator[Expr]:
        if self.head:
            yield self.head[0]
        yield from (expr for _, expr in self.sides)


def _parse_statements(block: _Block) -> list[_Parsed]:
    return [parsed for statement in block.rows.statements for parsed in _parse_statement(statement)]


def _parse_statement(statement: Statement) -> list[_Parsed]:
    """One chain for each run of equalities: behind another relation a new one begins, if an equality follows."""
    runs: list[list[Side]] = [[]]
    for side in statement.sides:
        if side.relation is not None and side.relation.text not in EQUALITIES:
            runs.append([])
        runs[-1].append(side)
    first, *others = runs
    parsed = [_parse_run(first)] if first else []
    for run in others:
        sign = run[0].relation
        kept = _parse_run(run) if len(run) > 1 else _Parsed(None, [], [piece.span for piece in run[0].tokens])
        kept.left_out.extend([sign.span] if sign else [])
        parsed.append(kept)
    return parsed


def _parse_run(sides: list[Side]) -> _Parsed:
    first, *others = sides
    if first.relation is not None and first.relation.text in EQUALITIES:
        return _Parsed(None, [(side, _parse_side(side)) for side in sides], [])
    head = (parse(first.tokens), tokens_span(first.tokens)) if first.tokens else None
    return _Parsed(head, [(side, _parse_side(side)) for side in others], [])


def tokens_span(tokens: Sequence[Raw]) -> Span:
    return Span(tokens[0].start, max(piece.end for piece in tokens))


def _parse_side(side: Side) -> Expr:
    assert side.relation is not None
    expr = parse(side.tokens, side.relation.span)
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


LOSSES = frozenset("L J C E f F H \\ell l \\xi o \\mathcal{L} \\mathcal{J} \\mathcal{E} \\mathcal{C}".split())


def loss_letters(exprs: Iterator[Expr]) -> frozenset[str]:
    """The letters that only ever stand above a derivative, without an index: the loss."""
    above: set[str] = set()
    elsewhere: set[str] = set()
    for expr in exprs:
        for node in inside(expr):
            if isinstance(node, Derivative):
                of, by = bare(node.of) if node.of else None, bare(node.by)
                if isinstance(of, Name) and not of.subscripts and not of.superscripts and not of.accents:
                    above.add(of.letter)
                if isinstance(by, Name):
                    elsewhere.add(by.letter)
    return frozenset(above & LOSSES) - elsewhere


def script_losses(script: Script) -> frozenset[str]:
    """The loss letters of a whole note."""
    return loss_letters(expr for chain in script.chains for expr in (chain.head, *(step.side for step in chain.steps)))


def has_gradient(expr: Expr, losses: frozenset[str]) -> bool:
    """Whether a derivative of the loss occurs."""
    return any(is_gradient(node, losses) for node in inside(expr))


def is_gradient(node: Expr, losses: frozenset[str]) -> bool:
    if not isinstance(node, Derivative) or node.of is None:
        return False
    of = bare(node.of)
    return isinstance(of, Name) and of.letter in losses and not of.subscripts and not of.accents


class _Builder:
    """Collects chains; each continuation finds the chain that it belongs to."""

    def __init__(self, note: Note) -> None:
        self.note = note
        self.losses: frozenset[str] = frozenset()
        self.chains: list[Chain] = []
        self.rebindings: list[Rebinding] = []
        self.mentions: list[Span] = []
        self.inner: list[tuple[int, Chain]] = []

    def add(self, block: _Block, statements: list[_Parsed], before: list[_Block]) -> None:
        conditions = self.prose_conditions(block, before)
        self.find_rebinding(block, statements)
        notices = tuple(block.notices)
        for statement in statements:
            if not statement.sides:
                self.mention(statement)
                continue
            steps = tuple(self.step(side, expr, notices) for side, expr in statement.sides)
            notices = ()
            alone = tuple(one for side, _ in statement.sides if not side.more for one in side.conditions)
            self.place(statement, steps, conditions + alone)
            for _, expr in statement.sides:
                self.inner_chains(expr)

    def mention(self, statement: _Parsed) -> None:
        """Mathematics without an equation; one that hides an equation in what cannot be read is a step."""
        if statement.head is None:
            return
        expr, span = statement.head
        sign = HIDDEN_EQUATION.search(self.note.text, span.start, span.end)
        if sign is None or not any(isinstance(node, Unreadable) for node in inside(expr)):
            self.mentions.append(span)
            return
        relation = Span(sign.start("sign"), sign.end("sign"))
        step = Step(relation, expr, without_comments(self.note.cut(span)), span)
        self.chains.append(Chain(expr, "", span, (step,)))

    def step(self, side: Side, expr: Expr, notices: tuple[Notice, ...]) -> Step:
        assert side.relation is not None
        span = tokens_span(side.tokens) if side.tokens else side.relation.span
        more = tuple(tokens_span(other.tokens) for other in side.more)
        return Step(side.relation.span, expr, without_comments(self.note.cut(span)), span, notices, more)

    def place(self, statement: _Parsed, steps: tuple[Step, ...], conditions: tuple[Relation, ...]) -> None:
        if statement.head is None:
            home = self.home(steps[0].side)
            if home is not None:
                self.chains[home] = replace(self.chains[home], steps=self.chains[home].steps + steps)
                return
            span = steps[0].relation
            head: Expr = Unreadable("nothing stands before this `=`, and no earlier chain goes on here", span=span)
            self.chains.append(Chain(head, "", span, steps))
            return
        head, span = statement.head
        latex = without_comments(self.note.cut(span))
        self.chains.append(Chain(head, latex, span, steps, conditions))

    def home(self, side: Expr) -> int | None:
        """The chain that a side without a head continues: the last one, asides skipped."""
        if not self.chains:
            return None
        if has_gradient(side, self.losses):
            for place in range(len(self.chains) - 1, -1, -1):
                chain = self.chains[place]
                if any(has_gradient(expr, self.losses) for expr in (chain.head, *(s.side for s in chain.steps))):
                    return place
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
            steps.append(Step(Span(sign, sign + 1), value, self.note.cut(value.span), value.span))
        return Chain(first, self.note.cut(first.span), first.span, tuple(steps), row.conditions, case=True)

    def finished(self) -> list[Chain]:
        chains = list(self.chains)
        for place, chain in reversed(self.inner):
            chains.insert(place, chain)
        return chains

    def prose_conditions(self, block: _Block, before: list[_Block]) -> tuple[Relation, ...]:
        """A condition in the sentence just before the formula."""
        lead = self.note.cut(block.formula.lead)
        if before and before[-1].rows.condition and re.fullmatch(r"[\s:,)*]*(?:\b\w+\b[\s:,]*){0,6}", lead):
            earlier = before[-2].rows.condition if len(before) > 1 else None
            lead_in = self.note.cut(before[-1].formula.lead)
            alone = earlier is None or bool(re.search(r"[.:\n]", lead_in))
            return (before[-1].rows.condition,) if alone and not NEGATION.search(lead_in[-80:]) else ()
        sentence = re.split(r"\n\s*\n(?=.*\n\s*\n)|(?<=[.!?])\s", lead.strip())[-1]
        return condition_in_words(sentence, block.formula.lead) or self.heading_condition(block)

    def heading_condition(self, block: _Block) -> tuple[Relation, ...]:
        """A condition in the heading that the formula stands under."""
        *_, heading = HEADING.findall(self.note.text, 0, block.formula.span.start) or [""]
        plain = re.sub(r"\\neq?(?![a-z])", "≠", heading).replace("$", " ")
        return condition_in_words("for " + plain.strip() if len(plain) < 40 else plain, block.formula.lead)

    def find_rebinding(self, block: _Block, statements: list[_Parsed]) -> None:
        if len(statements) != 1 or statements[0].head is None or not isinstance(statements[0].head[0], Name):
            return
        lead = self.note.cut(block.formula.lead)
        found = COMPONENT.search(lead)
        if found and found["source"]:
            place = block.formula.span.start
            source = parse(scan(found["source"], Span(0, len(found["source"]))))
            self.rebindings.append(Rebinding(statements[0].head[0], source, place))


def condition_in_words(sentence: str, place: Span) -> tuple[Relation, ...]:
    """`for i != j` in a sentence: one condition, not denied and not beside its opposite."""
    found = list(CONDITION_IN_WORDS.finditer(sentence))
    if len(found) != 1 or NEGATION.search(sentence):
        return ()
    sign = "=" if found[0]["sign"] == "=" else "\\neq"
    return (Relation(found[0]["left"], sign, found[0]["right"], span=place),)


def without_comments(latex: str) -> str:
    """The text of a side as written, without LaTeX comments and alignment marks, on one line."""
    lines = (re.sub(r"(?<!\\)%.*|\$\$", "", line).strip() for line in latex.split("\n"))
    return " ".join(line for line in lines if line)
