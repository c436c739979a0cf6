"""Text beside an equation -> the indices of which it leaves something out: `i = 2, \\dots, N`, `i \\neq k`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from bnverify.pattern import pattern

Counts = Callable[[str], bool]
"""Whether a piece of LaTeX is the number of samples."""
LESS, MOST = r"<|\\lt(?![a-z])", r"\\leq?(?![a-z])|\\leqslant|≤"
MORE, LEAST = r">|\\gt(?![a-z])", r"\\geq?(?![a-z])|\\geqslant|≥"
UNEQUAL = r"\\neq?(?![a-z])|\\not\s*=|≠|!="
ALONE = r"(?<![A-Za-z_^{\\])(?P<letter>[a-zA-Z])\s*"
"""A letter that belongs to no other one."""
RELATED = pattern(
    rf"{ALONE}(?P<sign>=|{UNEQUAL}|{LESS}|{MOST}|{MORE}|{LEAST}|\\in(?![a-z])|∈|\\not\s*\\in|\\notin|∉)\s*"
)
FROM = pattern(rf"(?<![\w^{{])(?P<first>\d+)\s*(?P<sign>{LESS}|{MOST})\s*(?P<letter>[a-zA-Z])(?!\w)")
DOTS = pattern(r"\\[lc]?dots(?![a-z])[bcimo]?|\.\.+|…|\\text\{\s*to\s*\}|\bto\b")
FIRST = pattern(r"\s*(?P<first>\d+)(?![\w^])")
UP_TO = pattern(r"[\s,]*(?P<last>[A-Za-z0-9|'_/{}+\-\s\\]{0,40}?)\s*(?=\\text|\\[{}]|[,.;:$)\]]|\Z)")
SETTING = pattern(r"\\(?:left|right|displaystyle|[,;!:]|quad|qquad)(?![a-z])")
WHOLE_FROM = (0, 1)


def left_out(text: str, counts: Counts) -> frozenset[str]:
    """The letters of which a piece of text says that they do not run over everything."""
    text = SETTING.sub(" ", text)
    return frozenset((*_above(text), *_related(text, counts)))


def _above(text: str) -> Iterator[str]:
    """`2 \\leq i`, `1 < i`."""
    for found in FROM.finditer(text):
        first = int(found["first"]) + (found["sign"].startswith(("<", "\\lt")))
        if first not in WHOLE_FROM:
            yield found["letter"]


def _related(text: str, counts: Counts) -> Iterator[str]:
    for found in RELATED.finditer(text):
        sign, rest = found["sign"], text[found.end() :]
        if _is_part(sign, rest, text[: found.start()], counts):
            yield found["letter"]


def _is_part(sign: str, rest: str, before: str, counts: Counts) -> bool:
    first = FIRST.match(rest)
    number = int(first["first"]) if first else None
    if re.fullmatch(rf"{MORE}|{LEAST}", sign):
        return number is None or number + bool(re.fullmatch(MORE, sign)) not in WHOLE_FROM
    if re.fullmatch(rf"{LESS}|{MOST}", sign):
        last = UP_TO.match(rest)
        from_zero = re.search(rf"0\s*(?:{MOST})\s*\Z", before) is not None
        whole = last is not None and counts(last["last"].strip())
        return not whole or (re.fullmatch(LESS, sign) is not None) is not from_zero
    if sign == "=":
        return is_part_of_batch(rest, counts) if number is not None else bool(re.match(r"[a-zA-Z](?![a-zA-Z])", rest))
    if sign in ("\\in", "∈"):
        return is_listed_part(rest, counts)
    return True


def is_listed_part(text: str, counts: Counts) -> bool:
    """Whether a set that is written out, `\\{2, \\dots, N\\}` or `[N - 1]`, is less than all samples."""
    listed = re.match(r"\s*\\?\{(?P<inner>[^{}]*)\}", text)
    if listed is not None:
        inner = listed["inner"].rstrip("\\ ")
        return not re.search(r"_|\\mid|:|\||\\in", inner) and (
            not FIRST.match(inner) or is_part_of_batch(inner, counts)
        )
    interval = re.match(r"\s*\[(?P<inner>[^\[\],]*)\]", text)
    return interval is not None and not counts(interval["inner"].strip())


def is_part_of_batch(text: str, counts: Counts) -> bool:
    """Whether `1, \\dots, N` begins later, or ends earlier."""
    first = FIRST.match(text)
    if first is None:
        return False
    begins = int(first["first"])
    dots = DOTS.search(text, first.end(), first.end() + 20)
    if dots is None:
        return begins not in WHOLE_FROM or bool(re.match(r"\s*,\s*\d", text[first.end() :]))
    last = UP_TO.match(text, dots.end())
    ends = last["last"].strip(" {}") if last else ""
    if begins == 0:
        less = re.fullmatch(r"(?P<count>.+?)\s*-\s*1", ends)
        return bool(ends) and not (less is not None and counts(less["count"].strip()))
    return begins != 1 or (bool(ends) and not counts(ends))


LONGEST_SET = 300
"""Characters of a set that are looked at."""


@lru_cache(maxsize=64)
def _said_of(name: str, text: str) -> tuple[tuple[str, str], ...]:
    """The signs behind the name of a set, and what follows them: each sum over the set asks for it."""
    said = re.compile(rf"(?<![A-Za-z\\]){re.escape(name)}\s*(?P<sign>:?=|\\coloneqq|\\subset[a-z]*|⊂|⊊)\s*")
    plain = _without_setting(text)
    found = (
        (one["sign"], plain[one.end() : one.end() + LONGEST_SET].partition("$")[0]) for one in said.finditer(plain)
    )
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4)
def _without_setting(text: str) -> str:
    """A text without commands that only set it."""
    return SETTING.sub("", text)


def is_named_part(name: str, text: str, counts: Counts) -> bool:
    """Whether the note says of a set, `S = \\{1, \\dots, N - 1\\}`, that it is less than all samples."""
    for sign, rest in _said_of(name, text):
        listed = re.match(r"\s*\\?[{\[]", rest) is not None
        if is_listed_part(rest, counts) or (listed and sign.lstrip(":") != "=" and "coloneqq" not in sign):
            return True
    return False
