"""Tokens of a fragment -> which of them are labels: words, numbers of equations, shapes, ranges, punctuation."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import EQUALITIES, depths
from bnverify.read.commands import SPOKEN_NAMES
from bnverify.read.names import atom_end
from bnverify.read.spoken import spoken
from bnverify.read.tokens import Raw

WIDE = 4
"""Characters of white space before an equation number, such as `\\ \\ (3)`."""
ELLIPSES = frozenset(("\\dots", "\\ldots", "\\cdots", "\\vdots", "\\ddots"))
HELD = frozenset(("text", "tag", "circled", ",", ";", ".", ":"))
"""Kinds of tokens that a bracket around a label holds."""
Parted = tuple[list[Raw], list[Raw]]
"""Tokens that stay, and tokens that are labels."""


def is_value(piece: Raw, before: Sequence[Raw]) -> bool:
    """A text that stands for a value: a side in words, or a name such as `\\text{dout}`."""
    words = spoken(piece)
    return words in SPOKEN_NAMES or bool(words and before and before[-1].text in EQUALITIES)


def without_labels(tokens: list[Raw]) -> Parted:
    """Circled numbers, tags and words are annotations, wherever in the fragment they stand."""
    kept: list[Raw] = []
    labels: list[Raw] = []
    if is_number_tag(tokens[:3]) and len(tokens) > 3 and tokens[3].kind == ":":
        labels += tokens[:4]
        tokens = tokens[4:]
    behind = 0
    for place, (piece, depth) in enumerate(zip(tokens, depths(tokens), strict=True)):
        if place < behind:
            continue
        words = depth == 0 and piece.kind == "text" and not is_value(piece, kept)
        colon = piece.kind == ":" and place > 0 and not kept
        behind = _bracketed_label(tokens, place)
        if behind:
            labels += tokens[place:behind]
        elif words or colon or piece.kind in ("circled", "tag"):
            labels.append(piece)
        else:
            kept.append(piece)
    if all(piece.kind == "close" for piece in kept):
        return [], labels + kept
    return kept, labels


def _bracketed_label(tokens: Sequence[Raw], place: int) -> int:
    """The place behind a bracket that holds references, or words if it stands alone; 0 where none begins here."""
    if tokens[place].kind != "open" or (place and tokens[place - 1].kind in ("_", "^", "}", "command")):
        return 0
    end = place + 1
    while end < len(tokens) and tokens[end].kind in HELD:
        end += 1
    inner = tokens[place + 1 : end]
    if not inner or end == len(tokens) or tokens[end].kind != "close":
        return 0
    alone = place == 0 and end == len(tokens) - 1
    return end + 1 if alone or all(piece.kind != "text" for piece in inner) else 0


def without_punctuation(tokens: list[Raw]) -> Parted:
    """Without the marks at both ends, and without a number that stands far behind."""
    labels: list[Raw] = []
    while tokens and tokens[-1].kind in (".", ",", ";", ":"):
        labels.append(tokens[-1])
        tokens = tokens[:-1]
    if len(tokens) > 3 and is_number_tag(tokens[-3:]) and tokens[-3].start - tokens[-4].end >= WIDE:
        labels += tokens[-3:]
        tokens = tokens[:-3]
    while tokens and tokens[0].kind in (".", ",", ";", ":"):
        labels.append(tokens[0])
        tokens = tokens[1:]
    return tokens, labels


def is_symbol(tokens: Sequence[Raw]) -> bool:
    """One letter with what belongs to it, or a run of letters: `\\hat{x}_i`, `y`, `N D`."""
    letters = all(piece.kind == "letter" for piece in tokens)
    return letters or (tokens[0].kind != "open" and atom_end(tokens, 0) == len(tokens))


def is_number_tag(tokens: Sequence[Raw]) -> bool:
    return [p.kind for p in tokens] == ["open", "digits", "close"]


MARKS = frozenset(
    "* \\* \\star \\ast \\dagger \\ddagger \\checkmark \\square \\blacksquare \\Box \\qed ' \\prime".split()
)
"""Signs that refer to something or end a proof."""
LONGEST_MARK = 3


def is_mark(tokens: Sequence[Raw]) -> bool:
    """What stands behind an equation and refers to it: `(Z)`, `(2a)`, `(*)`, `(\\star)`, `\\checkmark`."""
    bracketed = len(tokens) > 2 and tokens[0].text in "([" and tokens[-1].kind == "close"
    inner = tokens[1:-1] if bracketed else tokens
    if bracketed and len(inner) <= LONGEST_MARK:
        return all(piece.kind in ("letter", "digits") or piece.text in MARKS for piece in inner)
    return all(piece.text in MARKS and piece.text != "'" for piece in inner)


def is_shape(tokens: Sequence[Raw]) -> bool:
    """`(N, D)`, `(D,)`: counts in round brackets, nothing else."""
    inner = tokens[1:-1]
    return (
        len(tokens) >= 4
        and tokens[0].kind == "open"
        and tokens[-1].kind == "close"
        and all(piece.kind in ("letter", "digits", ",") for piece in inner)
        and any(piece.kind == "," for piece in inner)
    )


def is_range(tokens: Sequence[Raw], index_letters: frozenset[str]) -> bool:
    """`i = 1`, the beginning of `i = 1, \\dots, n`."""
    texts = [piece.text for piece in tokens]
    if len(tokens) < 3 or tokens[0].kind != "letter" or texts[0] not in index_letters or texts[1] != "=":
        return False
    return tokens[2].kind == "digits"


def is_list(tokens: Sequence[Raw]) -> bool:
    """A set or a tuple: a bracket that closes at the end and holds a comma."""
    if len(tokens) < 3 or tokens[0].kind != "open" or tokens[-1].kind != "close":
        return False
    found = depths(tokens)
    if 0 in found:
        return False
    if tokens[0].text == "{" and any(piece.text in ELLIPSES or piece.kind == "." for piece in tokens):
        return True
    return any(piece.kind == "," and depth == 1 for piece, depth in zip(tokens, found, strict=True))
