r"""What stands alone before a sign of equality in a later row, `\text{finally} &= B`, `(a) &= B` -> a label, if it is.

The first row of a formula says what its chain is about; a name that a later row defines is used somewhere else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from bnverify.read.adjoints import word_of_adjoint
from bnverify.read.brackets import EQUALITIES, has_relation
from bnverify.read.commands import FUNCTIONS, SPOKEN_NAMES
from bnverify.read.spoken import WORD, is_connective, is_intertext, spoken
from bnverify.read.tokens import Raw
from bnverify.source import Span

UNCLEAR = "whether what stands before this sign of equality is a name or a label is not clear"
NAMES = frozenset("eps inv ivar istd rstd mean std scale shift norm out loss xhat xmu sq ctx grad err sum".split())
"""Words of code, which no sentence holds."""
LONGEST = 3
"""Letters or digits of a label in brackets: `(iii)`."""


def with_row_labels(formulas: Iterable[Sequence[Raw]]) -> list[list[Raw]]:
    """All formulas of a note, with the labels of their rows as tags; what may be a name is a token that is not read."""
    known = list(formulas)
    used = Counter(text for tokens in known for text in _texts(tokens))
    return [_labelled(tokens, used) for tokens in known]


def _texts(tokens: Sequence[Raw]) -> Iterable[str]:
    """What is written: the words of a text, and every other token."""
    return (spoken(piece) if piece.kind == "text" else piece.text for piece in tokens)


def _labelled(tokens: Sequence[Raw], used: Counter[str]) -> list[Raw]:
    made: list[Raw] = []
    above: list[Raw] = []
    for row in _rows(tokens):
        lead = 1 if row and row[0].kind == "newline" else 0
        end = _end_of_label(row, lead) if lead and _may_be_above(above) else lead
        made += row[:lead]
        if end > lead:
            made += _as_label(row[lead:end], used)
        made += row[end:]
        above = above or (row[lead:] if has_relation(row[lead:]) else [])
    return made


def _rows(tokens: Sequence[Raw]) -> list[list[Raw]]:
    """The rows with the break in front of each, however deep in environments."""
    rows: list[list[Raw]] = [[]]
    for piece in tokens:
        if piece.kind == "newline":
            rows.append([])
        rows[-1].append(piece)
    return rows


def _may_be_above(row: Sequence[Raw]) -> bool:
    """Whether the first row with an equation defines no term by its number, as in `(1) = A`."""
    start = next((place for place, piece in enumerate(row) if piece.kind not in ("begin", "&")), 0)
    return bool(row) and _end_of_label(row, start) == start


def _end_of_label(row: Sequence[Raw], start: int) -> int:
    """The place behind a word or a bracket that a sign of equality follows; the start where none begins the row."""
    end = start
    if row[start : start + 1] and row[start].kind == "text":
        end = start + 1
    elif row[start : start + 1] and row[start].kind == "open" and row[start].text == "(":
        inner = start + 1
        while inner < len(row) and row[inner].kind in ("letter", "digits"):
            inner += 1
        closed = 0 < inner - start - 1 <= LONGEST and inner < len(row) and row[inner].kind == "close"
        end = inner + 1 if closed else start
    behind = next((piece for piece in row[end:] if piece.kind not in ("&", "quad")), None)
    return end if behind is not None and behind.text in EQUALITIES else start


def _as_label(tokens: Sequence[Raw], used: Counter[str]) -> list[Raw]:
    """The label as tags, the name as it is, or what keeps the row from being read."""
    first, last = tokens[0], tokens[-1]
    unread = [Raw("long", UNCLEAR, first.start, last.end)]
    if first.kind == "text":
        return unread if _may_be_remark(first, used) else list(tokens)
    inner = tokens[1:-1]
    own = Counter(piece.text for piece in inner)
    roman = own.keys() <= set("ivx") and (len(inner) > 1 or "i" in own)
    if not roman and any(piece.kind == "letter" and used[piece.text] > own[piece.text] for piece in inner):
        return unread
    return [piece._replace(kind="tag") for piece in tokens]


def _may_be_remark(piece: Raw, used: Counter[str]) -> bool:
    """A word of small letters that occurs nowhere else, and is neither known as a label nor as a name."""
    word = spoken(piece)
    if is_connective(word) or is_intertext(piece) or not WORD.match(word) or not word.isalpha() or len(word) < LONGEST:
        return False
    named = word in SPOKEN_NAMES or word in FUNCTIONS or word.lower() in NAMES or not word[1:].islower()
    return not named and used[word] == 1 and not word_of_adjoint(word, Span(piece.start, piece.end), piece.start)
