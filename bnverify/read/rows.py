"""One formula -> its rows and statements: where relations, labels, words and conditions stand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, OPERATORS, depths, has_relation, outside_brackets, split
from bnverify.read.commands import OTHER_RELATIONS
from bnverify.read.fragments import QUANTIFIERS, Fragment, condition_of, fragments, with_asides
from bnverify.read.labels import (
    ELLIPSES,
    is_list,
    is_mark,
    is_number_tag,
    is_range,
    is_set,
    is_shape,
    is_symbol,
    without_labels,
    without_punctuation,
)
from bnverify.read.latex import conditions_in
from bnverify.read.multline import UNCLEAR, with_rows_in_one
from bnverify.read.operation_words import works_ahead, works_on
from bnverify.read.shapes import Written, without_shapes
from bnverify.read.spoken import spoken
from bnverify.read.stance import Stance, as_said, stance_among
from bnverify.read.syntax import Relation
from bnverify.read.tokens import Raw
from bnverify.read.wrappers import is_newline, unwrapped
from bnverify.source import Span

SIGNS_OF_LOSS = frozenset("L J C E \\ell l \\mathcal".split())
"""How the letters of losses begin."""


@dataclass(slots=True)
class Side:
    """The tokens behind one relation sign (or before the first: `relation` is None)."""

    relation: Raw | None
    tokens: list[Raw] = field(default_factory=list)
    conditions: list[Relation] = field(default_factory=list)
    trouble: str = ""
    """Why the side cannot be read although its tokens could be."""
    more: list[Side] = field(default_factory=list)
    """Further cases of the same side, from later formulas."""


@dataclass(slots=True)
class Statement:
    """A head and sides, or sides alone where the statement continues an earlier one."""

    sides: list[Side]
    column: int = -1
    """How many alignment marks stand before its relation sign."""
    row: int = 0
    """The last row that it stands in from the beginning."""
    begun: int = 0
    """The row that it begins in."""
    aside: bool = False
    """A remark on another statement."""
    bare: bool = False
    """Nothing stands before it in its row."""

    @property
    def continues(self) -> bool:
        return self.sides[0].relation is not None


@dataclass(slots=True)
class Rows:
    """What one formula says, and which of its characters are annotation."""

    statements: list[Statement] = field(default_factory=list)
    annotations: list[Span] = field(default_factory=list)
    conditions: tuple[Relation, ...] = ()
    """The formula is nothing but conditions: `$i \\neq j$`."""
    leading: list[Relation] = field(default_factory=list)
    """Conditions in front of what comes next: `\\text{if } i = j: \\quad A = B`."""
    shapes: list[Written] = field(default_factory=list)
    """How large arrays are, as the formula says."""
    compared: list[Span] = field(default_factory=list)
    """Where an arrow or a word stands for a sign of equality."""
    strays: list[tuple[Side, list[Raw]]] = field(default_factory=list)
    """Symbols that stand alone behind a side which does not hold them: labels, unless they mean something."""
    number: int = 0
    """Of the row that is being read."""
    ended: bool = False
    """Whether the row above it ends with a mark of punctuation."""

    def home(self, fragment: Fragment) -> Statement:
        """The statement that a fragment continues: the one above it, remarks skipped, in the same column."""
        if not fragment.begins_row and fragment.column < 0 and fragment.behind != "bracket":
            return self.statements[-1]
        plain = [one for one in self.statements if not one.aside] or self.statements
        home = plain[-1]
        if fragment.column > 0:
            same = [one for one in plain if one.column == fragment.column] or plain[-1:]
            latest = max(one.row for one in same)
            above = next(one for one in same if one.row == latest)
            # `A &= B & &= C` with a head of its own reads on where the column above is an aside to what C speaks of.
            own = home.begun == self.number and not fragment.begins_row
            return home if own and is_aside_to(above, home, fragment.tokens) else above
        return home

    def extended(self, fragment: Fragment) -> Statement:
        """The same, which now stands in this row too."""
        home = self.home(fragment)
        if fragment.begins_row:
            home.row = self.number
        return home

    def note(self, tokens: Sequence[Raw]) -> None:
        self.annotations.extend(piece.span for piece in tokens)


def is_aside_to(above: Statement, own: Statement, tokens: Sequence[Raw]) -> bool:
    """Whether a derivative of the loss stands in a fragment and in one statement, and none in the one above it."""
    found = [any(differentiates_loss(side.tokens) for side in one.sides) for one in (above, own)]
    return found == [False, True] and differentiates_loss(tokens)


def differentiates_loss(tokens: Sequence[Raw]) -> bool:
    """Whether the letter of a loss stands behind a sign of differentiation."""
    signs = (place for place, piece in enumerate(tokens[:-1]) if piece.text in ("\\partial", "d"))
    return any(tokens[place + 1].text in SIGNS_OF_LOSS for place in signs)


def structure(tokens: Sequence[Raw], index_letters: frozenset[str]) -> Rows:
    """Split the tokens of a formula. `index_letters` are the letters that the note uses as indices."""
    rows = Rows()
    tokens, wrapping = unwrapped(with_rows_in_one(list(tokens)))
    tokens, rows.shapes, sizes = without_shapes(tokens)
    rows.note([*wrapping, *sizes])
    found = conditions_in(tokens) if tokens else ()
    alone = [one for one in found if one is not None and {one.left.rstrip("'"), one.right.rstrip("'")} <= index_letters]
    if alone and len(alone) == len(found):
        rows.conditions = as_said(alone, stance_among(tokens))
        rows.note(tokens)
        return rows
    for row in split(tokens, is_newline):
        _read_row(row, index_letters, rows)
    return rows


def _read_row(row: Sequence[Raw], index_letters: frozenset[str], rows: Rows) -> None:
    rows.number += 1
    row, brackets = with_asides(row)
    rows.note(brackets)
    columns = frozenset(one.column for one in rows.statements if not one.aside and not one.continues)
    found = fragments(row, columns)
    for place, fragment in enumerate(found):
        _read_fragment(fragment, index_letters, rows, _words_beside(found, place))
    rows.ended = bool(row) and row[-1].kind in (",", ".", ";")


def _words_beside(found: Sequence[Fragment], place: int) -> Stance:
    """What the words in front of a fragment and behind it make of a condition in it."""
    before, behind = found[place - 1 : place], found[place + 1 : place + 2]
    only = [piece for part in before for piece in part.tokens if all(other.kind == "text" for other in part.tokens)]
    return stance_among([*only, *found[place].tokens, *(piece for part in behind for piece in part.tokens[:1])])


def _read_fragment(fragment: Fragment, index_letters: frozenset[str], rows: Rows, how: Stance) -> None:
    tokens, labels = without_labels(fragment.tokens)
    rows.note(labels)
    tokens, labels = without_punctuation(tokens)
    rows.note(labels)
    if _is_worked_on(tokens, fragment, index_letters, rows):
        _leave_open(tokens, fragment, rows)
        return
    if not tokens:
        return
    found = condition_of(tokens)
    if found is not None and {found.left, found.right} <= index_letters:
        _take_condition(found, fragment, rows, how)
        rows.note(tokens)
    elif _is_annotation(tokens, fragment, index_letters, rows):
        if _is_said_equal(tokens, fragment, rows):
            rows.compared.append(tokens[0].span)
        if _is_stray(tokens, fragment, index_letters, rows):
            rows.strays.append((rows.home(fragment).sides[-1], list(tokens)))
        rows.note(tokens)
    elif rows.statements and _goes_on(tokens, fragment, rows):
        sides = _sides(tokens)
        home = rows.extended(fragment)
        if sides[0].relation is None:
            home.sides[-1].tokens.extend(sides.pop(0).tokens)
        home.sides.extend(sides)
    elif _is_equation(rows) and not has_relation(tokens):
        _leave_open(tokens, fragment, rows)
    else:
        _read_statement(tokens, fragment, index_letters, rows)


def _take_condition(found: Relation, fragment: Fragment, rows: Rows, how: Stance) -> None:
    said = as_said((found,), how)
    if not rows.statements or (fragment.begins_row and fragment.tokens[0].kind == "text"):
        rows.leading.extend(said)
    else:
        rows.home(fragment).sides[-1].conditions.extend(said)
    if how in (Stance.DENIED, Stance.UNCLEAR) and rows.statements:
        side = rows.home(fragment).sides[-1]
        side.trouble = side.trouble or "whether it is said of this case of the indices or of the other is not clear"


def _is_equation(rows: Rows) -> bool:
    return bool(rows.statements) and rows.statements[-1].sides[-1].relation is not None


def _goes_on(tokens: Sequence[Raw], fragment: Fragment, rows: Rows) -> bool:
    """A row without a relation, or one that begins with an operator or follows one, continues the side above."""
    before = rows.home(fragment).sides[-1].tokens
    if (before and before[-1].text in OPERATORS) or (_is_equation(rows) and not before):
        return tokens[0].text not in EQUALITIES
    if has_relation(tokens):
        below = _is_equation(rows) and _is_rest(tokens, fragment, rows) is True
        return below or (tokens[0].text in OPERATORS and fragment.behind == "quad")
    operator = next((piece.text for piece in tokens if piece.text != "."), "")
    return operator in OPERATORS or (fragment.begins_row and _is_equation(rows))


def _is_rest(tokens: Sequence[Raw], fragment: Fragment, rows: Rows) -> bool | None:
    """Whether a row `+ B = C` begins with the rest of the side above; None where `- B &= C` may do so."""
    first = next((piece.text for piece in tokens if piece.text != "."), "")
    if first not in OPERATORS or not fragment.begins_row or (rows.ended and first == "-"):
        return False
    own = first == "-" and fragment.begins < fragment.column  # a head has the mark before its sign of equality
    return None if own or rows.ended else True


def _is_worked_on(tokens: Sequence[Raw], fragment: Fragment, index_letters: frozenset[str], rows: Rows) -> bool:
    """`A = B \\text{ divided by } N`: whether words at the beginning go on to work with the side before them."""
    if fragment.behind != "words" or not fragment.tokens or fragment.tokens[0].kind != "text" or not _is_equation(rows):
        return False
    if fragment.begins_row and has_relation(tokens):
        return False  # the words are a title
    side = rows.home(fragment).sides[-1].tokens
    operand = "".join(piece.text for piece in tokens)
    return works_on(spoken(fragment.tokens[0]), operand, index_letters, any(one.text == "\\sum" for one in side))


def _leave_open(tokens: Sequence[Raw], fragment: Fragment, rows: Rows) -> None:
    """What stands behind a side and neither continues it nor is a label: the side is not read."""
    side = rows.home(fragment).sides[-1]
    side.trouble = "what stands behind this side is neither a label nor part of it"
    side.tokens.extend(tokens)


def _is_annotation(tokens: Sequence[Raw], fragment: Fragment, index_letters: frozenset[str], rows: Rows) -> bool:
    texts = [piece.text for piece in tokens]
    if texts[0] in ELLIPSES or texts[0] in QUANTIFIERS:
        return not has_relation(tokens)
    if tokens[0].kind == "bar" and bool(rows.statements) and not has_relation(tokens):
        return True
    if is_number_tag(tokens) or is_shape(tokens):
        return True
    if is_range(tokens, index_letters) or (fragment.behind == "quad" and _is_equation(rows) and is_mark(tokens)):
        return True
    if has_relation(tokens) or not rows.statements or tokens[0].text in OPERATORS:
        return False
    if any(piece.text in OTHER_RELATIONS for piece in outside_brackets(tokens)) or not _is_equation(rows):
        return True
    return bool(fragment.behind) and not fragment.begins_row and is_symbol(tokens)


def _is_stray(tokens: Sequence[Raw], fragment: Fragment, index_letters: frozenset[str], rows: Rows) -> bool:
    """Whether a name that is no index stands alone behind a side that does not hold it."""
    if fragment.behind not in ("quad", "comma") or fragment.in_phrase or fragment.aside:
        return False
    if not _is_equation(rows) or not is_symbol(tokens) or all(piece.text in index_letters for piece in tokens):
        return False
    side = rows.home(fragment).sides[-1].tokens
    return not holds(side, tokens)


def holds(tokens: Sequence[Raw], part: Sequence[Raw]) -> bool:
    """Whether the same tokens stand somewhere in others."""
    texts, sought = [piece.text for piece in tokens], [piece.text for piece in part]
    return any(texts[place : place + len(sought)] == sought for place in range(len(texts) - len(sought) + 1))


def _is_said_equal(tokens: Sequence[Raw], fragment: Fragment, rows: Rows) -> bool:
    """`A \\Rightarrow B`, `A \\text{ equals } B`: a claim about mathematics at work, with no sign of equality."""
    before = rows.statements[-1].sides if rows.statements else []
    words = fragment.tokens[0] if fragment.behind == "words" else None
    says = fragment.behind == "arrow" or (words is not None and words.kind == "text" and EQUALS.match(spoken(words)))
    needed = (before[0].tokens,) if before and words is not None else (tokens, before[0].tokens) if before else ()
    return bool(says) and len(before) == 1 and all(map(is_at_work, needed))


EQUALS = pattern(
    r"\W*(?:then\s+|which\s+|it\s+|dann\s+)?(?:equals?|is|are|becomes?|gives|yields|ist|sind|gleich|ergibt|wird|est|sont"
    r"|égale|vaut|donne)\W*(?:equal\s+to|the same as|gleich|zu|égale?\s+à|à)?\W*\Z",
    re.IGNORECASE,
)
AT_WORK = frozenset("\\frac \\dfrac \\tfrac \\partial \\nabla \\sum \\sqrt ∂ ∇ ∑ √".split())
"""What stands in no remark about an index or a size."""


def is_at_work(tokens: Sequence[Raw]) -> bool:
    """Whether a derivative, a sum, a fraction or a root occurs."""
    return any(piece.text in AT_WORK for piece in tokens)


def _read_statement(tokens: Sequence[Raw], fragment: Fragment, index_letters: frozenset[str], rows: Rows) -> None:
    tokens = _with_first_head(tokens, fragment, index_letters, rows)
    if has_relation(tokens) and _is_equation(rows) and _is_rest(tokens, fragment, rows) is None:
        tokens = [Raw("long", UNCLEAR, tokens[0].start, tokens[0].start), *tokens]
    sides = _sides(tokens)
    sets = _sets(sides)
    for side in sets:
        rows.note([piece for piece in (side.relation, *side.tokens) if piece is not None])
        sides.remove(side)
    if len(sides) == 1 and (sets or is_list(tokens)):
        rows.note(sides[0].tokens)
        return
    if fragment.behind == "arrow":  # what follows goes on from here
        for one in rows.statements:
            one.row = -1 if one.row == rows.number else one.row
    sides[-1].conditions.extend(rows.leading)
    rows.leading = []
    aside = fragment.aside and not fragment.begins_row
    statement = Statement(sides, fragment.column, rows.number, rows.number, aside, fragment.begins_row)
    if statement.continues and rows.statements:
        rows.extended(fragment).sides.extend(sides)
    else:
        rows.statements.append(statement)


TWO_HEADS = "two quantities stand before one sign of equality"
AND = pattern(
    r"\W*(?:and|or|as well as|und|sowie|et|ou)(?:\W+(?:also|both|likewise|similarly|auch|ebenso|aussi))?\W*\Z",
    re.IGNORECASE,
)


def _with_first_head(tokens: Sequence[Raw], fragment: Fragment, index_letters: frozenset[str], rows: Rows) -> list[Raw]:
    """`A, B = C`, `A \\text{ and } B = C`: the claim about A is part of what is read, which nothing reads.

    So are words that work with the head, `\\text{minus } A = B`.
    """
    said = spoken(fragment.tokens[0]) if fragment.behind == "words" and fragment.tokens[0].kind == "text" else ""
    first = rows.statements[-1] if rows.statements else None
    ahead = works_ahead(said) and tokens[0].text not in EQUALITIES
    if not (ahead or AND.match(said) or fragment.behind == "comma") or not has_relation(tokens):
        return list(tokens)
    if first is None or first.row != rows.number or not first.bare or len(first.sides) > 1 or first.continues:
        unread = Raw(
            "long", "words before this sign of equality work with what it is about", tokens[0].start, tokens[0].start
        )
        return [unread, *tokens] if ahead else list(tokens)
    head = first.sides[0].tokens
    if all(piece.text in index_letters for piece in head):
        return list(tokens)
    rows.statements.pop()
    return [*head, Raw("long", TWO_HEADS, head[-1].end, tokens[0].start), *tokens]


def _sets(sides: Sequence[Side]) -> list[Side]:
    """The sides that say what the name at the head of their chain is made of."""
    found, head = [], sides[0]
    for side in sides[1:]:
        if side.relation is not None and side.relation.text not in EQUALITIES:
            head = side
        elif is_set(head.tokens, side.tokens):
            found.append(side)
    return found


def _sides(tokens: Sequence[Raw]) -> list[Side]:
    """Cut at relation signs outside brackets."""
    sides = [Side(None)]
    for piece, depth in zip(tokens, depths(tokens), strict=True):
        if depth == 0 and (piece.text in EQUALITIES or piece.text in OTHER_RELATIONS):
            sides.append(Side(piece))
        else:
            sides[-1].tokens.append(piece)
    return sides if sides[0].tokens or len(sides) == 1 else sides[1:]
