"""Words in a formula -> names, where the note defines them: `\\text{ivar} = 1 / \\sqrt{...}`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bnverify.pattern import pattern
from bnverify.read.adjoints import without_accents, word_of_adjoint
from bnverify.read.brackets import EQUALITIES, closing_bracket, closing_place
from bnverify.read.italic import STYLED, with_words
from bnverify.read.names import atom_end
from bnverify.read.tokens import Raw
from bnverify.source import Span

WORD = pattern(r"[A-Za-z][A-Za-z0-9]*(?:\\?_[A-Za-z0-9]+)*\Z")
UPSTREAM = "dout"
"""The one name that a note need not define."""
NO_NAMES = frozenset(
    "lhs rhs proof then thus hence so where and or with for if let since as is we therefore finally also now next "
    "again lastly similarly likewise consequently accordingly equivalently namely further furthermore moreover "
    "because thereby this that which gives giving yields yielding implies simplifying substituting expanding "
    "rearranging collecting combining inserting using while but daher damit somit folglich deshalb also und oder "
    "mit dann nun schließlich letztlich ferner ebenso sowie weil wobei denn bzw donc ainsi alors enfin puis et ou "
    "avec car où soit entonces luego finalmente donde pues quindi dunque infine allora cioè ossia logo assim "
    "então dus".split()
)
"""Words that no quantity is called by, in small letters."""
BEFORE = frozenset(("newline", "&", "quad", ",", ";", ":", "begin", "text", "tag", "circled"))
"""Kinds of tokens behind which a statement may begin."""


def is_connective(word: str) -> bool:
    """Whether a word, however it begins, leads from one line to the next."""
    return word.lower().strip(" .,:;") in NO_NAMES


def is_intertext(piece: Raw) -> bool:
    """Whether words stand in a row of their own."""
    return piece.kind == "text" and "intertext" in piece.text[: piece.text.index("{")]


def is_head(tokens: Sequence[Raw], start: int, end: int) -> bool:
    """Whether an equation begins with what stands between two places."""
    behind = next((one for one in tokens[end:] if one.kind != "&"), None)
    return (start == 0 or tokens[start - 1].kind in BEFORE) and behind is not None and behind.text in EQUALITIES


def spoken(piece: Raw) -> str:
    """The words of a `\\text{...}`."""
    return piece.text[piece.text.index("{") + 1 :].removesuffix("}").strip()


def spoken_names(formulas: Iterable[Sequence[Raw]]) -> frozenset[str]:
    """The words of more than one letter that stand alone before a relation sign somewhere in the note."""
    found: set[str] = set()
    for tokens in formulas:
        for place, piece in enumerate(tokens):
            if piece.kind != "text" and piece.text not in STYLED:
                continue
            word, end = _word_at(tokens, place)
            starts = place == 0 or tokens[place - 1].kind in BEFORE
            if word and starts and not is_connective(word) and _is_before_relation(tokens, end):
                found.add(word)
    return frozenset(found)


def named(tokens: list[Raw], names: frozenset[str]) -> list[Raw]:
    """The tokens with each of these words as one letter, whatever its style; indices stay words."""
    wanted, accents = names | {UPSTREAM}, frozenset(one for one in names if one.startswith("\\"))
    if accents and any(piece.text in accents for piece in tokens):
        tokens = without_accents(tokens, accents)
    tokens = with_words(tokens, names)
    if not any(piece.kind == "text" or piece.text in STYLED for piece in tokens):
        return tokens
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        piece = tokens[place]
        word, end = "", place + 1
        if piece.kind in ("_", "^"):
            end = _argument_end(tokens, place + 1)
            made += tokens[place:end]
        else:
            if piece.kind == "text" or piece.text in STYLED:
                word, end = _word_at(tokens, place)
            span = Span(piece.start, max(one.end for one in tokens[place:end]))
            begin = _first_letter(tokens[place:end], word)
            if word[1:] in names and word.startswith("d") and len(word) > 2 and word not in UPSTREAM:
                made.append(Raw("letter", "d", piece.start, begin + 1))
                made.append(Raw("letter", f"\\text{{{word[1:]}}}", begin + 1, span.end))
            elif word and (adjoint := word_of_adjoint(word, span, begin)) and not _is_called(tokens, end):
                made += adjoint
            elif word in wanted and not _is_called(tokens, end):
                made.append(Raw("letter", f"\\text{{{word}}}", piece.start, max(one.end for one in tokens[place:end])))
            else:
                end = place + 1
                made.append(piece)
        place = end
    return made


def _first_letter(group: Sequence[Raw], word: str) -> int:
    """Where the letters of a word begin, inside its style."""
    first = group[0]
    if first.kind != "text":
        return group[min(2, len(group) - 1)].start
    styled = first.end - first.start > len(word)
    return first.start + first.text.rfind(word) if styled and word in first.text else first.start


def _word_at(tokens: Sequence[Raw], place: int) -> tuple[str, int]:
    """The word that begins here and the place behind it; no word where it is a single letter or several words."""
    piece = tokens[place]
    if is_intertext(piece):
        return "", place + 1
    if piece.kind == "text":
        word = spoken(piece).replace("\\_", "_")
        return (word if len(word) > 1 and WORD.match(word) else ""), place + 1
    if place + 1 >= len(tokens) or tokens[place + 1].kind != "{":
        return "", place + 1
    end = closing_place(tokens, place + 1)
    inner = tokens[place + 2 : end]
    word = "".join(one.text for one in inner)
    plain = all(one.kind in ("letter", "digits", "_") for one in inner)
    return (word if plain and len(word) > 1 and WORD.match(word) else ""), end + 1


def _is_before_relation(tokens: Sequence[Raw], place: int) -> bool:
    """Whether nothing but indices and alignment marks stand between here and a relation sign."""
    while place < len(tokens) and tokens[place].kind in ("_", "^", "&", "'"):
        plain = tokens[place].kind in ("&", "'")
        place = place + 1 if plain else _argument_end(tokens, place + 1)
    return place < len(tokens) and tokens[place].text in EQUALITIES


def _is_called(tokens: Sequence[Raw], place: int) -> bool:
    """Whether a bracket with a single name follows, as in `\\text{std}(x)`: that is no product."""
    if place >= len(tokens) or tokens[place].kind != "open":
        return False
    end = closing_bracket(tokens, place)
    inner = tokens[place + 1 : end]
    return bool(inner) and atom_end(inner, 0) == len(inner)


def _argument_end(tokens: Sequence[Raw], place: int) -> int:
    if place < len(tokens) and tokens[place].kind == "{":
        return closing_place(tokens, place) + 1
    return min(place + 1, len(tokens))
