"""Tokens of a formula as typed -> as meant: words without `\\text`, numbers in names, brackets cut by a row break."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.braced import with_arrows_as_braces
from bnverify.read.brackets import closing_place, partners
from bnverify.read.dressed import undressed
from bnverify.read.tokens import Raw

WORDS = frozenset(
    "then thus hence where with since because therefore have obtain obtains which that gives from when using giving "
    "this also finally now the and for follows but are our by we get so is as of to in it its let if or an be".split()
)
"""Words that no quantity is called by."""
SURE = 4
"""Letters of a word that is one even where it stands alone."""
APART = frozenset(("newline", "&", "quad", ",", ";", ".", ":", "begin", "end", "text"))


def mended(tokens: list[Raw]) -> list[Raw]:
    tokens = undressed(with_arrows_as_braces(tokens))
    return without_cut_brackets(worded(with_numbers_below(tokens)))


def with_numbers_below(tokens: list[Raw]) -> list[Raw]:
    """`dx1_i` of code as `dx_{1,i}`, and `5_j` as a letter: a number has no subscript."""
    made: list[Raw] = []
    place = 0
    while place < len(tokens):
        piece, end = tokens[place], _end_of_subscript(tokens, place)
        inner = [one for one in tokens[place + 2 : end] if one.kind not in ("{", "}")]
        if end and _is_behind_a_letter(tokens, place):
            mark, stop = piece.start, tokens[end - 1].end
            made += [Raw("_", "_", mark, mark), Raw("{", "{", mark, mark), piece]
            made += [Raw(",", ",", piece.end, piece.end), *inner, Raw("}", "}", stop, stop)]
            place = end
        else:
            made.append(piece._replace(kind="letter") if end and piece.text not in VECTORS else piece)
            place += 1
    return made


VECTORS = ("0", "1")
"""With a subscript they are vectors of zeros or ones, or an indicator."""


def _end_of_subscript(tokens: Sequence[Raw], place: int) -> int:
    """The place behind the letters below a number; 0 where it has none, or a condition, or is a power itself."""
    digits = tokens[place].kind == "digits" and tokens[place].text.isdigit()
    if (
        not digits
        or (place and tokens[place - 1].kind in ("^", "_"))
        or place >= len(tokens) - 2
        or tokens[place + 1].kind != "_"
    ):
        return 0
    begin = place + 2
    end = closing_place(tokens, begin) + 1 if tokens[begin].kind == "{" else begin + 1
    plain = all(one.kind in ("letter", "digits", ",", "{", "}") for one in tokens[begin:end])
    return end if plain else 0


def _is_behind_a_letter(tokens: Sequence[Raw], place: int) -> bool:
    """Whether nothing stands between a number and a letter before it that is no index."""
    before = tokens[place - 1] if place else None
    below = place > 1 and tokens[place - 2].kind in ("_", "^")
    return before is not None and before.kind == "letter" and before.end == tokens[place].start and not below


def worded(tokens: list[Raw]) -> list[Raw]:
    """English words among the letters become text: `we get a = b`, or a row of nothing but words."""
    found = _words(tokens)
    if not found:
        return tokens
    made: list[Raw] = []
    place = 0
    for first, last in _sentences(tokens, found):
        made += tokens[place:first]
        text = " ".join(word for begin, end, word in found if first <= begin and end <= last)
        made.append(Raw("text", f"\\text{{{text}}}", tokens[first].start, tokens[last - 1].end))
        place = last
    return [*made, *tokens[place:]]


def _words(tokens: Sequence[Raw]) -> list[tuple[int, int, str]]:
    """Runs of two letters and more without space between them: first place, place behind, the word."""
    found = []
    place = 0
    while place < len(tokens):
        end = place + 1
        if tokens[place].kind == "letter" and len(tokens[place].text) == 1:
            while end < len(tokens) and _adjoins(tokens[end - 1], tokens[end]):
                end += 1
            bare = end == len(tokens) or tokens[end].kind not in ("_", "^", "'")
            bound = place == 0 or tokens[place - 1].kind not in ("_", "^", "}", "open")
            if end - place > 1 and bare and bound:
                found.append((place, end, "".join(piece.text for piece in tokens[place:end])))
        place = end
    return found


def _adjoins(left: Raw, right: Raw) -> bool:
    return right.kind == "letter" and len(right.text) == 1 and left.end == right.start


def _sentences(tokens: Sequence[Raw], found: list[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """Runs of words that are English: known ones, two in a row or a long one, or a row of three with one among them."""
    groups: list[list[tuple[int, int, str]]] = []
    for one in found:
        if groups and groups[-1][-1][1] == one[0]:
            groups[-1].append(one)
        else:
            groups.append([one])
    made = []
    for group in groups:
        first, last = group[0][0], group[-1][1]
        alone = (first == 0 or tokens[first - 1].kind in APART) and (last == len(tokens) or tokens[last].kind in APART)
        if alone and len(group) >= 3 and any(word.lower() in WORDS for _, _, word in group):
            made.append((first, last))
            continue
        made += _known_runs(group)
    return made


def _known_runs(group: list[tuple[int, int, str]]) -> list[tuple[int, int]]:
    runs: list[list[tuple[int, int, str]]] = []
    for one in group:
        if one[2].lower() not in WORDS:
            runs.append([])
        elif runs:
            runs[-1].append(one)
        else:
            runs.append([one])
    sure = [run for run in runs if len(run) > 1 or any(len(word) >= SURE for _, _, word in run)]
    return [(run[0][0], run[-1][1]) for run in sure]


def without_cut_brackets(tokens: list[Raw]) -> list[Raw]:
    """`\\left( a \\right. \\\\ \\left. + b \\right)` is one bracket: its invisible halves are left out."""
    if not any(piece.kind == "close" and piece.text == "." for piece in tokens):
        return tokens
    opener = {closing: opening for opening, closing in partners(tokens).items()}
    cut: set[int] = set()
    waiting: list[int] = []
    for place, piece in enumerate(tokens):
        if piece.text != "." or piece.kind not in ("open", "close"):
            continue
        if piece.kind == "close" and place in opener:
            if tokens[opener[place]].text != "." or opener[place] in cut:
                waiting.append(place)
        elif piece.kind == "open" and waiting:
            cut |= {waiting.pop(), place}
    return [piece for place, piece in enumerate(tokens) if place not in cut]
