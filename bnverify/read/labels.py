"""Tokens of a fragment -> which of them are labels: words, numbers of equations, shapes, ranges, punctuation."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import EQUALITIES, OPERATORS, depths, has_relation, split
from bnverify.read.commands import SPOKEN_NAMES
from bnverify.read.names import atom_end
from bnverify.read.spoken import spoken
from bnverify.read.tokens import Raw

WIDE = 4
"""Characters of white space before an equation number, such as `\\ \\ (3)`."""
ELLIPSES = frozenset(("\\dots", "\\ldots", "\\cdots", "\\vdots", "\\ddots"))
END_OF_PROOF = frozenset(
    "\\blacksquare \\square \\Box \\qed \\qedsymbol \\qedhere \\checkmark \\Diamond \\lozenge \\blacklozenge "
    "\\bigstar \\surd ∎ ■ □ ✓ ✔ ◻ ◼".split()
)
"""Marks behind the last line."""
HELD = frozenset(("text", "tag", "circled", ",", ";", ".", ":"))
"""Kinds of tokens that a bracket around a label holds."""
Parted = tuple[list[Raw], list[Raw]]
"""Tokens that stay, and tokens that are labels."""


def is_value(piece: Raw, before: Sequence[Raw], behind: Sequence[Raw] = ()) -> bool:
    """A text that stands for a value: a side in words, a name, `\\text{dout}`, or what is applied, `\\text{BN}(x)`."""
    words = spoken(piece)
    if words in SPOKEN_NAMES or _is_applied(piece, words, behind):
        return True
    return bool(words and before and before[-1].text in EQUALITIES)


def _is_applied(piece: Raw, words: str, behind: Sequence[Raw]) -> bool:
    """Whether a word in capitals stands right before a bracket, or before what is below it."""
    following = behind[0] if behind else None
    if following is None or following.start != piece.end or not words.isalpha() or not words[:1].isupper():
        return False
    return following.kind == "_" or (following.kind == "open" and following.text == "(")


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
        words = depth == 0 and piece.kind == "text" and not is_value(piece, kept, tokens[place + 1 : place + 2])
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
    while tokens and (tokens[-1].kind in (".", ",", ";", ":") or _ends_proof(tokens)):
        labels.append(tokens[-1])
        tokens = tokens[:-1]
    if len(tokens) > 3 and is_number_tag(tokens[-3:]) and tokens[-3].start - tokens[-4].end >= WIDE:
        labels += tokens[-3:]
        tokens = tokens[:-3]
    while tokens and tokens[0].kind in (".", ",", ";", ":"):
        labels.append(tokens[0])
        tokens = tokens[1:]
    return tokens, labels


def _ends_proof(tokens: Sequence[Raw]) -> bool:
    """A mark of what was to be shown; `a = \\square` has a side that is left to be filled in."""
    filled = len(tokens) < 2 or tokens[-2].text not in (*EQUALITIES, *OPERATORS)
    return tokens[-1].text in END_OF_PROOF and filled


def is_symbol(tokens: Sequence[Raw]) -> bool:
    """One letter with what belongs to it, or a run of letters: `\\hat{x}_i`, `y`, `N D`."""
    letters = all(piece.kind == "letter" for piece in tokens)
    return letters or (tokens[0].kind != "open" and atom_end(tokens, 0) == len(tokens))


def is_number_tag(tokens: Sequence[Raw]) -> bool:
    """`(3)`, and `( 3 . 1 4 )` with spaces."""
    kinds = [piece.kind for piece in tokens]
    numbered = kinds[:2] == ["open", "digits"] and kinds[-1] == "close"
    return numbered and all(kind in ("digits", ".") for kind in kinds[2:-1])


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
    """`i = 1`, the beginning of `i = 1, \\dots, n`, or all of it: nothing but counts behind the sign."""
    texts = [piece.text for piece in tokens]
    if len(tokens) < 3 or tokens[0].kind != "letter" or texts[0] not in index_letters or texts[1] != "=":
        return False
    goes_on = len(tokens) == 3 or texts[3] in ELLIPSES or tokens[3].kind in RANGING
    return tokens[2].kind == "digits" and goes_on and not any(text in MATHEMATICS for text in texts[3:])


MATHEMATICS = frozenset(
    "\\frac \\dfrac \\tfrac \\partial \\nabla \\sum \\sqrt \\hat \\gamma \\beta \\mu \\sigma + *".split()
)
"""What stands in no range."""
RANGING = frozenset((".", ",", ":", "command"))
"""Kinds of tokens behind the first number of a range, or of `k = 1 \\text{ to } n`."""


def is_list(tokens: Sequence[Raw]) -> bool:
    """A set or a tuple: a bracket that closes at the end and holds a comma, and no equation."""
    if len(tokens) < 3 or tokens[0].kind != "open" or tokens[-1].kind != "close":
        return False
    found = depths(tokens)
    if 0 in found or has_relation(tokens[1:-1]):
        return False
    if tokens[0].text == "{" and any(piece.text in ELLIPSES or piece.kind == "." for piece in tokens):
        return True
    return any(piece.kind == "," and depth == 1 for piece, depth in zip(tokens, found, strict=True))


def is_set(head: Sequence[Raw], side: Sequence[Raw]) -> bool:
    """Whether a side says what a family or a shape is made of: `X = \\{x_1, \\dots, x_n\\}`, `B = (N, D)`.

    What has a value is never passed over: neither where something else than a name stands before the sign, nor where
    the entries are worked out and are not all the entries of a family.
    """
    if not head or not is_list(side) or side[0].text == "<":
        return False
    if head[0].kind == "open" or atom_end(head, 0) != len(head):
        return False
    entries = [one for one in split(side[1:-1], lambda piece: piece.kind == ",") if one]
    endless = any(piece.text in ELLIPSES or piece.kind == "." for piece in side)
    return endless or all(is_entry(one) for one in entries)


def is_entry(tokens: Sequence[Raw]) -> bool:
    """A name or a number."""
    return (len(tokens) == 1 and tokens[0].kind == "digits") or is_symbol(tokens)
