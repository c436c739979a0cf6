"""Words for terms, `\\text{Term A}`, `\\underbrace{...}_{\\text{(I)}}` -> letters, and what stands over the brace."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.brackets import EQUALITIES, closing_place
from bnverify.read.spoken import BEFORE, NO_NAMES, spoken
from bnverify.read.tokens import Raw

TERM = pattern(
    r"(?:[Tt]erm|[Pp]art|[Pp]iece|[Pp]ath|[Cc]ontribution|[Ss]ummand|[Ee]xpression|[Ff]actor)[ ~-]*"
    r"\(?(?:[A-Za-z]|[IVX]{1,4}|[ivx]{1,4}|\d{1,2})\)?\Z|\((?:[A-Za-z]|[IVX]{1,4}|[ivx]{1,4}|\d{1,2})\)\Z|[IVX]{1,4}\Z"
)
"""What nobody writes but as the name of a term: `Term A`, `(I)`, `II`."""
LONGEST = 200
"""Tokens over a brace that a label may stand for."""


@frozen
class Labels:
    """`terms` are words that are letters; `braces` holds the tokens over the brace that a label stands below."""

    terms: frozenset[str] = frozenset()
    braces: Mapping[str, tuple[Raw, ...]] = field(default_factory=dict)


def labels_in(formulas: Sequence[Sequence[Raw]]) -> Labels:
    """The labels of a note; most have none."""
    braces: dict[str, tuple[Raw, ...]] = {}
    for tokens in formulas:
        for label, inner in _braced(tokens):
            braces.setdefault(label, inner)
    used = Counter(words for tokens in formulas for _, words in _words(tokens))
    heads = {words for tokens in formulas for place, words in _words(tokens) if _is_head(tokens, place)}
    plain = {piece.text for tokens in formulas for piece in tokens if piece.kind == "letter"}
    terms = {
        words
        for words in heads
        if TERM.match(words) or (used[words] > 1 and _is_label(words)) or (words.isupper() and len(words) == 1)
    } - plain
    return Labels(frozenset(terms - braces.keys()), {label: inner for label, inner in braces.items() if used[label]})


def _is_label(words: str) -> bool:
    """Whether words do not go on with a sentence; a single one is a name in any case."""
    return len(words.split()) > 1 and NO_NAMES.isdisjoint(words.split())


def _braced(tokens: Sequence[Raw]) -> Iterator[tuple[str, tuple[Raw, ...]]]:
    """Each label below a brace, with what stands over the brace."""
    for place, piece in enumerate(tokens[:-1]):
        if piece.text not in ("\\underbrace", "\\overbrace") or tokens[place + 1].kind != "{":
            continue
        end = closing_place(tokens, place + 1)
        below = tokens[end + 1 : end + 5]
        if len(below) > 1 and below[0].kind in ("_", "^"):
            label = below[2] if below[1].kind == "{" and len(below) > 3 and below[3].kind == "}" else below[1]
            inner = tuple(tokens[place + 2 : end])
            if label.kind == "text" and 0 < len(inner) <= LONGEST and not any(one.kind == "&" for one in inner):
                yield spoken(label), inner


def _words(tokens: Sequence[Raw]) -> Iterator[tuple[int, str]]:
    """The words of a formula, but for those below and above something."""
    place = 0
    while place < len(tokens):
        if tokens[place].kind in ("_", "^") and place + 1 < len(tokens):
            place = closing_place(tokens, place + 1) + 1 if tokens[place + 1].kind == "{" else place + 2
            continue
        if tokens[place].kind == "text":
            yield place, spoken(tokens[place])
        place += 1


def _is_head(tokens: Sequence[Raw], place: int) -> bool:
    behind = next((one for one in tokens[place + 1 :] if one.kind != "&"), None)
    return (place == 0 or tokens[place - 1].kind in BEFORE) and behind is not None and behind.text in EQUALITIES


def with_labels(tokens: list[Raw], labels: Labels) -> list[Raw]:
    """The tokens with a letter for each term, and for each label what stands over its brace, in brackets."""
    if not labels.terms and not labels.braces:
        return tokens
    meant = {place: words for place, words in _words(tokens) if words in labels.terms or words in labels.braces}
    made: list[Raw] = []
    for place, piece in enumerate(tokens):
        words = meant.get(place)
        if words is None:
            made.append(piece)
        elif words in labels.terms:
            made.append(Raw("letter", f"\\text{{{words}}}", piece.start, piece.end))
        else:
            made += _in_brackets(labels.braces[words], piece)
    return made


def _in_brackets(inner: Iterable[Raw], label: Raw) -> Iterator[Raw]:
    yield Raw("open", "(", label.start, label.end)
    for one in inner:
        yield one._replace(start=label.end, end=label.end)
    yield Raw("close", ")", label.end, label.end)
