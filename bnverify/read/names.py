"""Raw tokens -> names with their accents and indices, and where a name ends."""

from __future__ import annotations

from collections.abc import Sequence

from bnverify.read.brackets import outside_brackets
from bnverify.read.commands import ACCENTS, ALPHABETS, GREEK, SAMPLE_WORDS, STYLES
from bnverify.read.cursor import TAKES_ONE, Cursor, Misshapen, argument_end, closing, unbraced
from bnverify.read.syntax import Name
from bnverify.read.tokens import Raw

ONES = "\\mathbf{1}"
"""The letter of the vector of ones, however it is written."""
TRANSPOSES = frozenset(("T", "\\top", "\\intercal", "\\text{T}"))


def read_name(cursor: Cursor) -> None:
    first = cursor.first()
    letter, accents, inner = _letter(cursor)
    finish_name(cursor, letter, accents, inner, first)


def _letter(cursor: Cursor) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A letter in its accents and styles, with the subscripts that stand under the accent."""
    first = cursor.take()
    if first.kind == "letter" or first.text in GREEK:
        return first.text, (), ()
    argument = cursor.argument()
    if first.text in ALPHABETS:
        alphabet = "\\mathcal" if first.text == "\\cal" else first.text
        return f"{alphabet}{{{''.join(piece.text for piece in argument)}}}", (), ()
    made = cursor.nested(argument)
    if len(made) != 1 or made[0].kind != "NAME":
        raise Misshapen(f"`{first.text}` over more than one letter is not read")
    name: Name = made[0].value
    accents = name.accents + ((ACCENTS[first.text],) if first.text in ACCENTS else ())
    return name.letter, accents, name.subscripts + name.superscripts


def finish_name(cursor: Cursor, letter: str, accents: tuple[str, ...], subscripts: tuple[str, ...], first: Raw) -> None:
    """Primes, indices and sample superscripts; a subscript behind a power still belongs to the name."""
    superscripts: tuple[str, ...] = ()
    while (following := cursor.peek()) is not None:
        if following.kind == "'":
            cursor.take()
            accents += ("'",)
        elif following.kind == "_":
            cursor.take()
            subscripts += indices(cursor.argument())
        elif following.kind == "^" and (special := _name_superscript(cursor)) is not None:
            kind, value = special
            accents += ("'",) if kind == "prime" else ()
            superscripts += value
        elif following.kind == "^" and subscript_behind_power(cursor):
            continue
        else:
            break
    span = cursor.covering(first)
    kind = "CALL" if _takes_a_list(cursor) else "NAME"
    cursor.emit(kind, Name(letter, accents, subscripts, superscripts, span=span), span)


def _takes_a_list(cursor: Cursor) -> bool:
    """`\\mathcal{L}(y, \\hat{y})`: what stands before a list in round brackets is a function of it."""
    following = cursor.peek()
    if following is None or following.kind != "open" or following.text != "(":
        return False
    inner = cursor.raw[cursor.place + 1 : closing(cursor.raw, cursor.place)]
    return any(piece.kind == "," for piece in outside_brackets(inner))


def _name_superscript(cursor: Cursor) -> tuple[str, tuple[str, ...]] | None:
    """`^{\\prime}`, or sample indices `^{(i)}`, `^{[l](i)}`; None for a power."""
    start = cursor.place
    cursor.take()
    try:
        argument = cursor.argument()
    except Misshapen:
        argument = []
    texts = [piece.text for piece in argument]
    if texts and set(texts) <= {"\\prime", "'"}:
        return "prime", ()
    if texts and len(texts) % 3 == 0:
        triples = [argument[at : at + 3] for at in range(0, len(texts), 3)]
        if all(_is_sample(one) for one in triples):
            return "sample", tuple(one[1].text for one in triples)
    cursor.place = start
    return None


def _is_sample(raw: Sequence[Raw]) -> bool:
    return f"{raw[0].text}{raw[2].text}" in ("()", "[]") and raw[1].kind in ("letter", "digits")


def subscript_behind_power(cursor: Cursor) -> bool:
    """Turn `\\sigma^2_B` into `\\sigma_B^2`."""
    start = cursor.place
    cursor.take()
    power = cursor.argument()
    middle = cursor.place
    following = cursor.peek()
    if following is None or following.kind != "_":
        cursor.place = start
        return False
    if is_transposition(power):
        raise Misshapen("an index behind a transposition is not read")
    cursor.take()
    cursor.argument()
    end = cursor.place
    raw = cursor.raw
    cursor.raw = [*raw[:start], *raw[middle:end], *raw[start:middle], *raw[end:]]
    cursor.place = start
    return True


def is_transposition(power: Sequence[Raw]) -> bool:
    """Whether a power is `T`, `\\top` or `\\mathsf{T}` and nothing else."""
    if len(power) > 1 and power[0].text in STYLES:
        power = unbraced(power[1:])
    return len(power) == 1 and power[0].text in TRANSPOSES


def unbrace_name(cursor: Cursor) -> bool:
    """`{x}_i` is `x_i`: take the braces away where they hold one name and an index or a prime follows."""
    end = closing(cursor.raw, cursor.place)
    inner = cursor.raw[cursor.place + 1 : end]
    behind = cursor.raw[end + 1 : end + 2]
    if not behind or behind[0].kind not in "_'" or not inner or name_end(inner, 0) != len(inner):
        return False
    cursor.raw = [*cursor.raw[: cursor.place], *inner, *cursor.raw[end + 1 :]]
    return True


ACCENT_COMMANDS = {name: f"\\{name}" for name in ("hat", "tilde", "bar", "dot", "check", "breve")}


def joined(index: Sequence[str]) -> str:
    """`ij`, `i'j`; with commas where one of them is longer than a letter."""
    return ("" if all(len(one.rstrip("'")) == 1 for one in index) else ",").join(index)


def write_name(name: Name) -> str:
    """LaTeX that reads back as the same name."""
    written = name.letter
    for accent in name.accents:
        written = f"{written}'" if accent == "'" else f"{ACCENT_COMMANDS[accent]}{{{written}}}"
    if name.subscripts:
        joint = joined(name.subscripts)
        written += f"_{joint}" if len(joint) == 1 else f"_{{{joint}}}"
    return written + "".join(f"^{{({index})}}" for index in name.superscripts)


# -- where it ends


def atom_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the name, with accents, indices and power, or the bracket, that begins at `start`."""
    try:
        if start < len(raw) and raw[start].kind == "open":
            return scripts_end(raw, closing(raw, start) + 1)
        return scripts_end(raw, stem_end(raw, start)) if is_stem(raw, start) else start
    except Misshapen:
        return start


def name_end(raw: Sequence[Raw], start: int) -> int:
    """The index behind the name, with accents, indices and power, that begins at `start`; a transposition is apart."""
    if not is_stem(raw, start):
        return start
    try:
        place = stem_end(raw, start)
        if raw[start].text in TAKES_ONE and not is_one_letter(raw, start, place):
            return start
        while place < len(raw) and raw[place].kind in ("_", "^", "'"):
            end = place + 1 if raw[place].kind == "'" else argument_end(raw, place + 1)
            if raw[place].kind == "^" and is_transposition(unbraced(raw[place + 1 : end])):
                return place
            place = end
    except Misshapen:
        return start
    return place


def is_stem(raw: Sequence[Raw], start: int) -> bool:
    return start < len(raw) and (
        raw[start].kind == "letter" or raw[start].text in GREEK or raw[start].text in TAKES_ONE
    )


def is_one_letter(raw: Sequence[Raw], start: int, end: int) -> bool:
    """Whether a style or an accent has one name under it, and no word; an expectation is no name before its bracket."""
    inner = unbraced(raw[start + 1 : end])
    if raw[start].text in ALPHABETS:
        applied = end < len(raw) and raw[end].kind == "open" and raw[start].text == "\\mathbb"
        return not applied and len(inner) == 1 and inner[0].kind == "letter"
    return name_end(inner, 0) == len(inner)


def stem_end(raw: Sequence[Raw], start: int) -> int:
    return argument_end(raw, start + 1) if raw[start].text in TAKES_ONE else start + 1


def scripts_end(raw: Sequence[Raw], place: int) -> int:
    """The index behind the indices, powers and primes that begin at `place`."""
    while place < len(raw) and raw[place].kind in ("_", "^", "'"):
        place = place + 1 if raw[place].kind == "'" else argument_end(raw, place + 1)
    return place


def is_plain(raw: Sequence[Raw]) -> bool:
    """Whether a numerator is a single name, so that only its sign of differentiation is missing."""
    if not raw or raw[0].text == "\\|" or any(piece.text in ("=", "\\neq", "\\ne") for piece in raw):
        return False
    return (atom_end if raw[0].kind == "open" else name_end)(raw, 0) == len(raw)


# -- indices


def primed(raw: Sequence[Raw]) -> Sequence[Raw]:
    """`i'` and `i^\\prime` as the one index that they are."""
    if not any(piece.kind == "'" or piece.text == "\\prime" for piece in raw):
        return raw
    found: list[Raw] = []
    place = 0
    while place < len(raw):
        piece, end = raw[place], place + 1
        if piece.kind == "^":
            end = _raised_end(raw, place)
        inner = [one for one in raw[place:end] if one.kind not in ("^", "{", "}")]
        if inner and found and found[-1].kind == "letter" and all(is_prime(one) for one in inner):
            last = found.pop()
            found.append(Raw("letter", last.text + "'" * len(inner), last.start, raw[end - 1].end))
        else:
            found.extend(raw[place:end])
        place = end
    return found


def _raised_end(raw: Sequence[Raw], sign: int) -> int:
    """The index behind what is raised; behind the sign alone where nothing is, which whoever reads it reports."""
    try:
        return min(argument_end(raw, sign + 1), len(raw))
    except Misshapen:
        return sign + 1


def is_prime(piece: Raw) -> bool:
    return piece.kind == "'" or piece.text == "\\prime"


LONGEST_INDEX = 100
"""Digits of the number of a sample."""


def indices(raw: Sequence[Raw]) -> tuple[str, ...]:
    """The indices or tags of a subscript: `ij`, `i,j`, `B`, `\\mathcal{B}`, `\\text{direct}`."""
    found: list[str] = []
    raw = primed(raw)
    word = "".join(piece.text for piece in raw)
    if len(raw) >= 3 and all(piece.kind == "letter" and len(piece.text) == 1 for piece in raw):
        if not set(word) <= SAMPLE_WORDS:
            return (word,)
    place = 0
    while place < len(raw):
        piece = raw[place]
        if piece.kind == "digits" and len(piece.text) > LONGEST_INDEX:
            raise Misshapen(f"an index of more than {LONGEST_INDEX} digits is not read")
        if piece.kind in ("letter", "digits") or piece.text in GREEK or piece.kind == "text":
            found.append(piece.text)
        elif piece.text in ALPHABETS or piece.text in STYLES:
            end = argument_end(raw, place + 1)
            inner = "".join(p.text for p in raw[place + 1 : end] if p.kind not in "{}")
            found.append(f"{piece.text}{{{inner}}}" if piece.text in ALPHABETS else inner)
            place = end - 1
        elif piece.kind not in (",", "{", "}"):
            raise Misshapen(f"the index `{''.join(p.text for p in raw)}` is not read")
        place += 1
    return tuple(found)
