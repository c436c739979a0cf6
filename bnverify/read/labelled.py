"""Words for terms, `\\text{Term A}`, `\\underbrace{...}_{\\text{(I)}}` -> letters, and what stands over the brace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.braced import braces_in
from bnverify.read.brackets import closing_place
from bnverify.read.spoken import is_connective, is_head, spoken
from bnverify.read.tokens import Raw

TERM = pattern(
    r"(?:[Tt]erm|[Pp]art|[Pp]iece|[Pp]ath|[Cc]ontribution|[Ss]ummand|[Ee]xpression|[Ff]actor)[ ~-]*"
    r"\(?(?:[A-Za-z]|[IVX]{1,4}|[ivx]{1,4}|\d{1,2})\)?\Z|\((?:[A-Za-z]|[IVX]{1,4}|[ivx]{1,4}|\d{1,2})\)\Z|[IVX]{1,4}\Z"
)
"""What nobody writes but as the name of a term: `Term A`, `(I)`, `II`."""
CAPITALS = frozenset("ABCGIKPQRSTUVWXYZ")
"""Capitals that neither count anything nor are a loss."""
LONGEST = 200
"""Tokens over a brace that a label may stand for."""


@frozen
class Labels:
    """`terms` are words that are letters; `braces` holds what stands over the braces of a label, with their offsets."""

    terms: frozenset[str] = frozenset()
    braces: Mapping[str, tuple[tuple[int, tuple[Raw, ...]], ...]] = field(default_factory=dict)


def labels_in(formulas: Sequence[Sequence[Raw]]) -> Labels:
    """The labels of a note; most have none."""
    braces: dict[str, tuple[tuple[int, tuple[Raw, ...]], ...]] = {}
    for tokens in formulas:
        for label, offset, inner in _braced(tokens):
            braces[label] = (*braces.get(label, ()), (offset, inner))
    used = Counter(words for tokens in formulas for _, words in _words(tokens))
    heads = {
        words
        for tokens in formulas
        for place, words in _words(tokens)
        if is_head(tokens, place, place + (3 if tokens[place].kind == "open" else 1))
    }
    plain = {piece.text for tokens in formulas for piece in tokens if piece.kind == "letter"}
    terms = {
        words
        for words in heads
        if TERM.match(words) or (used[words] > 1 and _is_label(words)) or (words.isupper() and len(words) == 1)
    } - plain
    return Labels(frozenset(terms - braces.keys()), {label: one for label, one in braces.items() if label in heads})


def _is_label(words: str) -> bool:
    """Whether words do not go on with a sentence; a single one is a name in any case."""
    return len(words.split()) > 1 and not any(map(is_connective, words.split()))


def _braced(tokens: Sequence[Raw]) -> Iterator[tuple[str, int, tuple[Raw, ...]]]:
    """Each label below a brace, where it stands, and what stands over the brace."""
    for brace in braces_in(tokens):
        name = _name(brace.label[0]) if len(brace.label) == 1 else _in_a_bracket(brace.label)
        if name and 0 < len(brace.inner) <= LONGEST and not any(one.kind == "&" for one in brace.inner):
            yield name, brace.label[0].start, brace.inner


def _name(piece: Raw) -> str:
    """What a token may be the label of: words for a term, or a capital that counts nothing and is no loss."""
    if piece.kind == "text":
        words = spoken(piece)
        return words if TERM.match(words) or (words.isupper() and len(words) == 1) or _is_label(words) else ""
    return piece.text if piece.kind == "letter" and piece.text in CAPITALS else ""


def _in_a_bracket(label: Sequence[Raw]) -> str:
    """`(c)` or `(3)`, in three tokens."""
    kinds = [one.kind for one in label]
    plain = kinds in (["open", "letter", "close"], ["open", "digits", "close"])
    return "".join(one.text for one in label) if plain and label[0].text == "(" and label[2].text == ")" else ""


def _words(tokens: Sequence[Raw]) -> Iterator[tuple[int, str]]:
    """The words and capitals of a formula, but for those below and above something; `(c)` as a head."""
    place = 0
    while place < len(tokens):
        if tokens[place].kind in ("_", "^") and place + 1 < len(tokens):
            place = closing_place(tokens, place + 1) + 1 if tokens[place + 1].kind == "{" else place + 2
            continue
        numbered = _in_a_bracket(tokens[place : place + 3])
        if numbered and is_head(tokens, place, place + 3):
            yield place, numbered
            place += 3
            continue
        if tokens[place].kind == "text":
            yield place, spoken(tokens[place])
        elif _stands_alone(tokens, place):
            yield place, tokens[place].text
        place += 1


def _stands_alone(tokens: Sequence[Raw], place: int) -> bool:
    """Whether a capital carries nothing."""
    following = tokens[place + 1 : place + 2]
    return tokens[place].text in CAPITALS and not (following and following[0].kind in ("_", "^", "'"))


def with_labels(tokens: list[Raw], labels: Labels, place: int | None = None) -> list[Raw]:
    """The tokens with a letter for each term, and for each label what stands over its last brace before, in brackets.

    `place` is where the tokens would stand in the note, if they do not.
    """
    if not labels.terms and not labels.braces:
        return tokens
    meant = dict(_words(tokens))
    made: list[Raw] = []
    covered = -1
    for number, piece in enumerate(tokens):
        if number <= covered:
            continue
        words = meant.get(number, "")
        inner = _nearest(labels.braces.get(words, ()), piece.start if place is None else place)
        if inner is not None and piece.kind == "open":
            covered = number + 2
            made += _in_brackets(inner, piece._replace(end=tokens[covered].end))
        elif inner is not None:
            made += _in_brackets(inner, piece)
        elif words in labels.terms and piece.kind == "text":
            made.append(Raw("letter", f"\\text{{{words}}}", piece.start, piece.end))
        else:
            made.append(piece)
    return made


def _nearest(braces: Sequence[tuple[int, tuple[Raw, ...]]], place: int) -> tuple[Raw, ...] | None:
    before = [inner for offset, inner in braces if offset < place]
    return before[-1] if before else None


def _in_brackets(inner: Iterable[Raw], label: Raw) -> Iterator[Raw]:
    yield Raw("open", "(", label.start, label.end)
    for one in inner:
        yield one._replace(start=label.end, end=label.end)
    yield Raw("close", ")", label.end, label.end)
