"""Formulas that belong together -> joined: a dangling `=`, an operator without its operand, a cut sum, a loose case."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise, zip_longest

from bnverify.pattern import pattern
from bnverify.read.blocks import JOINED, Block, Notice, index_letters
from bnverify.read.cuts import goes_on, may_go_on
from bnverify.read.heads_in_words import sign_in_words
from bnverify.read.labels import is_symbol
from bnverify.read.latex import parse
from bnverify.read.multline import UNCLEAR
from bnverify.read.operation_words import works_on
from bnverify.read.rows import Side, is_at_work
from bnverify.read.stray import without_cut_brackets
from bnverify.read.syntax import Derivative, Name
from bnverify.read.tokens import Raw, scan
from bnverify.source import Note, Span


def join_blocks(blocks: list[Block], note: Note) -> None:
    for block in blocks:
        _count_behind_words(block, note)
    for before, after in pairwise(blocks):
        _count_beside(before, after, note)
        if not before.rows.statements or not after.rows.statements:
            continue
        last, lead = before.rows.statements[-1].sides[-1], note.cut(after.formula.lead)
        if (said := EQUALS.fullmatch(lead)) is not None and last.tokens:
            _equal(before, after, after.formula.lead.start + said.start("sign"), said["sign"])
        elif CELL.fullmatch(lead) and after.rows.statements[0].continues and last.tokens:
            _go_on_in_cell(before, after)
        elif last.relation is not None and not last.tokens:
            _continue_with(before, after)
        elif _dangles(last.tokens) and (last.relation is not None or not WORD.search(lead)):
            _append_operand(before, after)
        elif last.relation is not None and goes_on(last.tokens, after.rows.statements[0], lead):
            _append_rest(before, after)
        elif last.relation is not None and may_go_on(before.tokens, after.rows.statements[0], lead):
            first = after.rows.statements[0].sides[0].tokens
            first.insert(0, Raw("long", UNCLEAR, first[0].start, first[0].start))
    for block, behind in zip_longest(blocks, blocks[1:]):
        _join_number(block, note)
        _open_before_words(block, behind, note)
    for place, block in enumerate(blocks):
        _join_loose_case(blocks, place, block)


EQUALS = pattern(
    r"(?:\$|\\\))?\s*(?:\|\s*)?(?P<sign>=|equals|is equal to|is given by)\s*(?:[:|]\s*)?(?:\$\$?|\\[(\[])?"
)
"""What makes one formula of two."""
CELL = pattern(r"(?:\$|\\\))?[ \t]*\|[ \t]*(?:\$|\\\()?")
"""What stands between two cells of a table."""
BESIDE = pattern(r"(?:\$|\\\))?[ \t]*[*_]{0,2}[|:][*_]{0,2}[ \t]*(?:\$|\\\()?")
"""What stands between a quantity and its value that are said without a sign of equality."""
GRADIENT = pattern(
    r"\b(?:gradients?|derivatives?|ableitung|dérivée)\s+(?:of|for|by|w\.?\s?r\.?\s?t\.?|with respect to|in|nach"
    r"|von|par rapport à|de)\s*(?:the\s+)?(?:\w+\s+)?[*_]{0,2}(?:\$|\\\()?\Z",
    re.IGNORECASE,
)
"""Words in front of what something is differentiated by."""
WORD = pattern(r"[^\W\d_]{2,}|[.!?;。；](?=\s|\Z)")
"""Words, or an end of a sentence, between an operator that stands alone and a formula: it is only spoken of."""


def _count_beside(before: Block, after: Block, note: Note) -> None:
    """`| dL/dβ | Σ_i g_i |`, `Gradient of γ: Σ_i g_i`: a claim without a sign, which is counted and not judged."""
    lead = after.formula.lead
    if not BESIDE.fullmatch(note.cut(lead)) or not (_is_alone(before) and _is_alone(after)):
        return
    quantity, value = (parse(one.rows.statements[0].sides[0].tokens) for one in (before, after))
    named = isinstance(quantity, Name) and GRADIENT.search(note.cut(before.formula.lead)) is not None
    at_work = is_at_work(after.rows.statements[0].sides[0].tokens) and not isinstance(value, Derivative)
    if at_work and (named or isinstance(quantity, Derivative)):
        after.rows.compared.append(lead)


def _count_behind_words(block: Block, note: Note) -> None:
    """`dgamma = $A$`, with the sign outside: a claim about something that is not read."""
    sign = sign_in_words(note.cut(block.formula.lead))
    first = block.rows.statements[0] if block.rows.statements else None
    if sign is not None and first is not None and not first.continues and is_at_work(first.sides[0].tokens):
        start = block.formula.lead.start + sign
        block.rows.compared.append(Span(start, start + 1))


def _is_alone(block: Block) -> bool:
    """Whether a formula is one expression without a relation."""
    statements = block.rows.statements
    return len(statements) == 1 and len(statements[0].sides) == 1 and statements[0].sides[0].relation is None


NUMBER = pattern(
    r"\s*(?:\|\s*)?(?P<sign>=)\s*(?:\|\s*)?(?:\$\s*)?(?P<number>[-+]?\s*\d+(?:\.\d+)?(?:\s*/\s*\d+)?)\s*\$?"
    r"(?=\s*(?:[.,;:)|]|\n|\Z|[A-Za-z]{2}))"
)
"""Behind a formula: what it is said to be."""


def _join_number(block: Block, note: Note) -> None:
    """`$A$ = 1` and `$A$ = $1$`, where A is a derivative, a sum, a quotient or a root."""
    found = NUMBER.match(note.text, block.formula.end) if not block.formula.display and block.rows.statements else None
    if found is None or not is_at_work(block.rows.statements[-1].sides[-1].tokens):
        return
    sign = Raw("=", "=", found.start("sign"), found.end("sign"))
    tokens = list(scan(note.text, Span(found.start("number"), found.end("number"))))
    block.rows.statements[-1].sides.append(Side(sign, tokens))
    block.notices.append(Notice(JOINED, "a sign of equality and a number behind this formula are read with it"))


WORKING = pattern(r"[ \t$]*(?:\\[)\]])?[ \t]*\n?[ \t]*,?[ \t]*(?P<words>[a-zà-ÿ][^\n$\\.,;:!?()|*#]{0,80})")
"""Words that go on with the sentence of a formula."""


def _open_before_words(block: Block, behind: Block | None, note: Note) -> None:
    """`$A = B$ divided by $N$`, `$A = B$ / $N$`: the last side of a formula that goes on behind it is not read."""
    sides = block.rows.statements[-1].sides if block.rows.statements else []
    if len(sides) < 2 or not any(is_at_work(side.tokens) for side in sides):
        return
    if behind is not None and not block.formula.display and _is_alone(behind):
        sign = SIGNED.fullmatch(note.cut(behind.formula.lead))
        if sign is not None and (sign["sign"] or is_symbol(behind.tokens)):
            sides[-1].trouble = "what stands behind this formula may be a part of its last side"
    found = WORKING.match(note.text, block.formula.span.end)
    if found is None:
        return
    near = behind is not None and behind.formula.span.start - found.end() <= LONGEST_DOLLARS
    ends = behind is not None and near and GOES_ON.match(note.text, behind.formula.end) is None
    operand = "".join(piece.text for piece in behind.tokens) if behind is not None and ends else ""
    summed = any(piece.text == "\\sum" for piece in sides[-1].tokens)
    if works_on(found["words"], operand, index_letters([block.tokens]), summed):
        sides[-1].trouble = "the words behind this formula go on to work with its last side"


GOES_ON = pattern(r"[ \t]*\n?[ \t]*[A-Za-z]")
"""Behind what is counted: `over $N$ samples` tells what a sum runs over."""
SIGNED = pattern(r"(?:\$|\\\))?[ \t]*(?P<sign>[·⋅∙×*/+÷−]?)[ \t]*(?:\$|\\\()?")
"""What stands between two formulas in a line that are one."""
LONGEST_DOLLARS = 3
"""Characters between words and the formula that follows them."""


def _dangles(tokens: Sequence[Raw]) -> bool:
    """An operator or a sum that waits for its operand."""
    if not tokens:
        return False
    texts = "".join(piece.text for piece in tokens)
    return OPERATOR.search(texts) is not None or BARE_SUM.search(texts) is not None


BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
OPERATOR = pattern(r"\\[dt]?frac\{(?:\\partial|d)\}\{(?:\\partial|d)(?:[^{}]|\{[^{}]*\})*\}\Z")
BARE_SUM = pattern(rf"\\sum(?:[_^](?:{BRACED}|[^{{}}\\]|\\[A-Za-z]+))*\Z")


def _continue_with(before: Block, after: Block) -> None:
    """`A =` goes on with the formula behind it."""
    statement = after.rows.statements.pop(0)
    last = before.rows.statements[-1].sides
    first, *others = statement.sides
    if first.relation is not None:
        dangling = last.pop().relation
        before.rows.note([dangling] if dangling else [])
        last.extend(statement.sides)
    else:
        last[-1].tokens.extend(first.tokens)
        last[-1].conditions.extend(first.conditions)
        last.extend(others)
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "this formula ends with `=`: it goes on in the next formula"))


def _equal(before: Block, after: Block, start: int, sign: str) -> None:
    """`$A$ = $B$`, with the sign of equality between the formulas."""
    statement = after.rows.statements[0]
    if statement.continues or len(statement.sides[0].tokens) == len(before.rows.statements[-1].sides[-1].tokens) == 1:
        return  # `$i$ equals $j$` is a condition
    after.rows.statements.pop(0)
    statement.sides[0].relation = Raw("=", "=", start, start + len(sign))
    before.rows.statements[-1].sides.extend(statement.sides)
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "the sign of equality stands between two formulas: they are read as one"))


def _go_on_in_cell(before: Block, after: Block) -> None:
    """`| $A$ | $= B$ |`."""
    before.rows.statements[-1].sides.extend(after.rows.statements.pop(0).sides)
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "the sign of equality stands in a cell of its own: the row is read as one"))


def _append_operand(before: Block, after: Block) -> None:
    statement = after.rows.statements[0]
    if statement.continues:
        return
    after.rows.statements.pop(0)
    last = before.rows.statements[-1].sides
    last[-1].tokens.extend(statement.sides[0].tokens)
    last.extend(statement.sides[1:])
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "an operator waits for its operand: it is joined with the next formula"))


def _append_rest(before: Block, after: Block) -> None:
    """A sum that is cut in two: `+ c` in a display of its own, or the bracket that was left open is closed there."""
    first, *others = after.rows.statements.pop(0).sides
    last = before.rows.statements[-1].sides
    last[-1].tokens[:] = without_cut_brackets([*last[-1].tokens, *first.tokens])
    last[-1].conditions.extend(first.conditions)
    last.extend(others)
    _hand_over(before, after)
    before.notices.append(Notice(JOINED, "this side goes on in the next formula: the two are read as one"))


def _hand_over(before: Block, after: Block) -> None:
    """What follows in the later formula now follows here, so that a third one can be joined too."""
    after.rows.statements[:0] = [before.rows.statements.pop()]
    before.rows.annotations, after.rows.annotations = [], before.rows.annotations + after.rows.annotations
    after.notices[:0] = before.notices
    before.notices = []


def _join_loose_case(blocks: list[Block], place: int, block: Block) -> None:
    """`A = B \\quad k=L`, then `0 \\quad k \\neq L`: cases without their environment."""
    statements = block.rows.statements
    if len(statements) != 1 or len(statements[0].sides) != 1 or not statements[0].sides[0].conditions:
        return
    loose = statements[0].sides[0]
    for at in range(place - 1, -1, -1):
        earlier = blocks[at]
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
