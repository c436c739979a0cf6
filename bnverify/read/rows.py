"""One formula -> its rows and statements: where relations, labels, words and conditions stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from bnverify.read.assemble import SPOKEN_NAMES, atom_end
from bnverify.read.brackets import EQUALITIES, depths, has_relation, outside_brackets, split
from bnverify.read.latex import condition
from bnverify.read.spoken import spoken
from bnverify.read.syntax import Relation
from bnverify.read.tokens import Raw
from bnverify.read.wrappers import is_newline, unwrapped
from bnverify.source import Span

OTHER_RELATIONS = frozenset(
    "\\approx \\propto \\sim \\simeq \\leq \\le \\geq \\ge \\in \\notin \\subset \\subseteq \\neq \\ne < > \\ll \\gg "
    "\\mapsto \\to : \\mid \\cong".split()
)
ARROWS = frozenset(
    "\\Rightarrow \\rightarrow \\implies \\iff \\Leftrightarrow \\Longrightarrow \\longrightarrow \\therefore "
    "\\because \\Longleftrightarrow \\leadsto \\wedge \\land".split()
)
OPERATORS = frozenset(("+", "-", "*", "/", "\\cdot", "\\times", "\\odot", "\\circ"))
WIDE = 4
"""Characters of white space before an equation number, such as `\\ \\ (3)`."""
QUANTIFIERS = frozenset(("\\forall", "\\exists"))
ELLIPSES = frozenset(("\\dots", "\\ldots", "\\cdots", "\\vdots", "\\ddots"))


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

    @property
    def continues(self) -> bool:
        return self.sides[0].relation is not None


@dataclass(slots=True)
class Rows:
    """What one formula says, and which of its characters are annotation."""

    statements: list[Statement] = field(default_factory=list)
    annotations: list[Span] = field(default_factory=list)
    condition: Relation | None = None
    """The formula is nothing but a condition: `$i \\neq j$`."""

    def note(self, tokens: Sequence[Raw]) -> None:
        self.annotations.extend(piece.span for piece in tokens)


def structure(tokens: Sequence[Raw], index_letters: frozenset[str]) -> Rows:
    """Split the tokens of a formula. `index_letters` are the letters that the note uses as indices."""
    rows = Rows()
    tokens, wrapping = unwrapped(tokens)
    rows.note(wrapping)
    alone = condition(tokens)
    if alone and {alone.left, alone.right} <= index_letters:
        rows.condition = alone
        rows.note(tokens)
        return rows
    for row in split(tokens, is_newline):
        _read_row(row, index_letters, rows)
    return rows


def _read_row(row: Sequence[Raw], index_letters: frozenset[str], rows: Rows) -> None:
    begins = True
    for fragment in _fragments(row):
        fragment.begins_row = begins
        begins = begins and not fragment.tokens
        _read_fragment(fragment, index_letters, rows)


@dataclass(slots=True)
class _Fragment:
    """Tokens between two separators. `behind`: quad, comma or words, what stands before them."""

    tokens: list[Raw]
    behind: str = ""
    begins_row: bool = False


def _fragments(row: Sequence[Raw]) -> list[_Fragment]:
    """The pieces of a row between `\\quad`, commas, arrows and words; alignment marks part only whole equations."""
    found = [_Fragment([])]
    for cell in split(row, lambda piece: piece.kind == "&"):
        starts_new = bool(found[-1].tokens) and _is_whole(found[-1].tokens) and bool(cell) and not _joins(cell[0])
        pieces = _split_fragments(cell)
        if starts_new:
            found.extend(pieces)
        else:
            found[-1].tokens.extend(pieces[0].tokens)
            found.extend(pieces[1:])
    return found


def _split_fragments(cell: Sequence[Raw]) -> list[_Fragment]:
    found = [_Fragment([])]
    for piece, depth in zip(cell, depths(cell), strict=True):
        separator = _separator(piece, found[-1].tokens) if depth == 0 else None
        if separator is None:
            found[-1].tokens.append(piece)
        else:
            found.append(_Fragment([], separator))
            found[-1].tokens.extend([piece] if separator == "words" else [])
    return found


def _separator(piece: Raw, before: list[Raw]) -> str | None:
    if piece.kind == "quad":
        return "quad"
    if piece.kind in (",", ";") or piece.text in ARROWS:
        return "comma"
    if piece.text in QUANTIFIERS and before:
        return "words"
    if piece.kind == "text" and not _is_value(piece, before):
        return "words"
    return None


def _is_value(piece: Raw, before: list[Raw]) -> bool:
    """A text that stands for a value: a side in words, or a name such as `\\text{dout}`."""
    words = spoken(piece)
    return words in SPOKEN_NAMES or bool(words and before and before[-1].text in EQUALITIES)


def _is_whole(tokens: Sequence[Raw]) -> bool:
    """Whether an equation is complete: a relation with something behind it."""
    places = [k for k, piece in enumerate(tokens) if piece.text in EQUALITIES]
    return bool(places) and places[-1] < len(tokens) - 1 and tokens[-1].text not in OPERATORS


def _joins(piece: Raw) -> bool:
    return piece.text in EQUALITIES or piece.text in OPERATORS or piece.text in OTHER_RELATIONS


def _read_fragment(fragment: _Fragment, index_letters: frozenset[str], rows: Rows) -> None:
    tokens = _without_labels(fragment.tokens, rows)
    tokens = _without_final_punctuation(tokens, rows)
    if not tokens:
        return
    found = condition(tokens)
    if found and {found.left, found.right} <= index_letters and rows.statements:
        rows.statements[-1].sides[-1].conditions.append(found)
        rows.note(tokens)
    elif _is_annotation(tokens, fragment, index_letters, rows):
        rows.note(tokens)
    elif rows.statements and _goes_on(tokens, fragment, rows):
        sides = _sides(tokens)
        if sides[0].relation is None:
            rows.statements[-1].sides[-1].tokens.extend(sides.pop(0).tokens)
        rows.statements[-1].sides.extend(sides)
    elif _is_equation(rows) and not has_relation(tokens):
        _leave_open(tokens, rows)
    else:
        _read_statement(tokens, rows)


def _is_equation(rows: Rows) -> bool:
    return bool(rows.statements) and rows.statements[-1].sides[-1].relation is not None


def _goes_on(tokens: Sequence[Raw], fragment: _Fragment, rows: Rows) -> bool:
    """A row without a relation, or one that begins with an operator or follows one, continues the side above."""
    before = rows.statements[-1].sides[-1].tokens
    if (before and before[-1].text in OPERATORS) or (_is_equation(rows) and not before):
        return tokens[0].text not in EQUALITIES
    if has_relation(tokens):
        return tokens[0].text in OPERATORS and fragment.behind == "quad"
    operator = next((piece.text for piece in tokens if piece.text != "."), "")
    return operator in OPERATORS or (fragment.begins_row and _is_equation(rows))


def _leave_open(tokens: Sequence[Raw], rows: Rows) -> None:
    """Mathematics behind a side that neither continues it nor is a label: the side is not read."""
    side = rows.statements[-1].sides[-1]
    side.trouble = "what stands behind this side is neither a label nor part of it"
    side.tokens.extend(tokens)


def _without_labels(tokens: list[Raw], rows: Rows) -> list[Raw]:
    """Circled numbers, tags and words are annotations, wherever in the fragment they stand."""
    kept: list[Raw] = []
    if _is_number_tag(tokens[:3]) and len(tokens) > 3 and tokens[3].kind == ":":
        rows.note(tokens[:4])
        tokens = tokens[4:]
    for place, (piece, depth) in enumerate(zip(tokens, depths(tokens), strict=True)):
        words = depth == 0 and piece.kind == "text" and not _is_value(piece, kept)
        colon = piece.kind == ":" and place > 0 and not kept
        if words or colon or piece.kind in ("circled", "tag"):
            rows.note([piece])
        else:
            kept.append(piece)
    return kept


def _without_final_punctuation(tokens: list[Raw], rows: Rows) -> list[Raw]:
    while tokens and tokens[-1].kind in (".", ",", ";", ":"):
        rows.note([tokens[-1]])
        tokens = tokens[:-1]
    if len(tokens) > 3 and _is_number_tag(tokens[-3:]) and tokens[-3].start - tokens[-4].end >= WIDE:
        rows.note(tokens[-3:])
        tokens = tokens[:-3]
    while tokens and tokens[0].kind in (".", ",", ";", ":"):
        rows.note([tokens[0]])
        tokens = tokens[1:]
    return tokens


def _is_annotation(tokens: Sequence[Raw], fragment: _Fragment, index_letters: frozenset[str], rows: Rows) -> bool:
    texts = [piece.text for piece in tokens]
    if texts[0] in ELLIPSES or texts[0] in QUANTIFIERS:
        return True
    if tokens[0].kind == "bar" and bool(rows.statements) and not has_relation(tokens):
        return True
    if _is_number_tag(tokens) or _is_shape(tokens):
        return True
    if _is_range(tokens, index_letters):
        return True
    if has_relation(tokens) or not rows.statements or tokens[0].text in OPERATORS:
        return False
    if any(piece.text in OTHER_RELATIONS for piece in outside_brackets(tokens)) or not _is_equation(rows):
        return True
    return bool(fragment.behind) and not fragment.begins_row and _is_symbol(tokens)


def _is_symbol(tokens: Sequence[Raw]) -> bool:
    """One letter with what belongs to it, or a run of letters: `\\hat{x}_i`, `y`, `N D`."""
    letters = all(piece.kind == "letter" for piece in tokens)
    return letters or (tokens[0].kind != "open" and atom_end(tokens, 0) == len(tokens))


def _is_number_tag(tokens: Sequence[Raw]) -> bool:
    return [p.kind for p in tokens] == ["open", "digits", "close"]


def _is_shape(tokens: Sequence[Raw]) -> bool:
    """`(N, D)`, `(D,)`: counts in round brackets, nothing else."""
    inner = tokens[1:-1]
    return (
        len(tokens) >= 4
        and tokens[0].kind == "open"
        and tokens[-1].kind == "close"
        and all(piece.kind in ("letter", "digits", ",") for piece in inner)
        and any(piece.kind == "," for piece in inner)
    )


def _is_range(tokens: Sequence[Raw], index_letters: frozenset[str]) -> bool:
    """`i = 1`, the beginning of `i = 1, \\dots, n`."""
    texts = [piece.text for piece in tokens]
    if len(tokens) < 3 or tokens[0].kind != "letter" or texts[0] not in index_letters or texts[1] != "=":
        return False
    return tokens[2].kind == "digits"


def _read_statement(tokens: Sequence[Raw], rows: Rows) -> None:
    sides = _sides(tokens)
    for side in [side for side in sides if side.relation is not None and _is_list(side.tokens)]:
        rows.note([piece for piece in (side.relation, *side.tokens) if piece is not None])
        sides.remove(side)
    if not sides or (len(sides) == 1 and _is_list(sides[0].tokens)):
        rows.note(tokens)
        return
    statement = Statement(sides)
    if statement.continues and rows.statements:
        rows.statements[-1].sides.extend(sides)
    else:
        rows.statements.append(statement)


def _sides(tokens: Sequence[Raw]) -> list[Side]:
    """Cut at relation signs outside brackets."""
    sides = [Side(None)]
    for piece, depth in zip(tokens, depths(tokens), strict=True):
        if depth == 0 and (piece.text in EQUALITIES or piece.text in OTHER_RELATIONS):
            sides.append(Side(piece))
        else:
            sides[-1].tokens.append(piece)
    return sides if sides[0].tokens or len(sides) == 1 else sides[1:]


def _is_list(tokens: Sequence[Raw]) -> bool:
    """A set or a tuple: a bracket that closes at the end and holds a comma."""
    if len(tokens) < 3 or tokens[0].kind != "open" or tokens[-1].kind != "close":
        return False
    found = depths(tokens)
    if 0 in found:
        return False
    if tokens[0].text == "{" and any(piece.text in ELLIPSES or piece.kind == "." for piece in tokens):
        return True
    return any(piece.kind == "," and depth == 1 for piece, depth in zip(tokens, found, strict=True))
