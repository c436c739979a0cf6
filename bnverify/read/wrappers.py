"""Tokens of a formula -> the same without what only wraps its equations."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterator, Sequence

from bnverify.read.brackets import EQUALITIES, has_relation, partners, split
from bnverify.read.latex import condition
from bnverify.read.tokens import Raw

TRANSPARENT_ENVIRONMENTS = frozenset(
    "aligned align alignat alignedat xalignat gather gathered split eqnarray equation multline multlined displaymath "
    "flalign math subequations IEEEeqnarray dmath darray".split()
)
WITH_COLUMNS = frozenset("array alignat alignedat xalignat IEEEeqnarray darray".split())


def is_newline(piece: Raw) -> bool:
    return piece.kind == "newline"


def unwrapped(tokens: Sequence[Raw]) -> tuple[list[Raw], list[Raw]]:
    """The tokens without what only wraps an equation (environments, boxes, colours, empty braces), and that."""
    layout = {place for wrapper in _wrappers(tokens) for place in wrapper}
    kept = [piece for place, piece in enumerate(tokens) if place not in layout]
    return kept, [tokens[place] for place in sorted(layout)]


def _wrappers(tokens: Sequence[Raw]) -> Iterator[list[int]]:
    """The places of the tokens of each wrapper around equations."""
    signs = [place for place, piece in enumerate(tokens) if piece.text in EQUALITIES]
    specs: set[int] = set()
    for opening, closing in sorted(partners(tokens).items()):
        holds_sign = bisect(signs, opening) < bisect(signs, closing)
        if not holds_sign and closing > opening + 1 and tokens[opening].kind != "begin":
            continue
        first, before = tokens[opening], tokens[opening - 1] if opening else None
        inner = bare(tokens[opening + 1 : closing])
        takes = before is not None and (before.kind in ("_", "^", "}") or before.kind == "command")
        takes = takes and opening - 1 not in specs
        opened = before is not None and before.text in OPENING_WRAPPERS
        system = first.text in ("array", "cases") and _is_system(inner, first.text)
        if first.kind == "begin" and (system or first.text in TRANSPARENT_ENVIRONMENTS):
            spec = _column_spec(tokens, opening)
            specs.update(spec[-1:])
            yield [opening, closing, *spec]
        elif first.kind == "{" and not inner and not takes:
            yield [opening, closing]
        elif first.kind == "{" and has_relation(inner) and (opened or not takes):
            note = _note_behind(tokens, closing) if opened else []
            yield [opening, closing, *([opening - 1] if opened else []), *note]
        elif first.kind == "open" and _holds_environment(tokens, opening, closing):
            yield [opening, closing]
        elif first.kind == "open" and first.text in "(." and has_relation(inner) and not takes:
            if condition(inner) is None and closing - opening == len(tokens) - 1:
                yield [opening, closing]


OPENING_WRAPPERS = frozenset(("\\boxed", "\\fbox", "\\underbrace", "\\overbrace", "\\underline", "\\bbox", "\\mathop"))


def _holds_environment(tokens: Sequence[Raw], opening: int, closing: int) -> bool:
    """A brace before a system of equations, which is an environment and begins its row."""
    inner = tokens[opening + 1]
    begins = opening == 0 or tokens[opening - 1].kind in ("newline", "quad", "&", "begin")
    whole = inner.kind == "begin" and tokens[closing - 1].kind == "end"
    return begins and whole and (inner.text in TRANSPARENT_ENVIRONMENTS or inner.text == "array")


def _is_system(inner: Sequence[Raw], environment: str) -> bool:
    """Equations one below the other, not a matrix and not cases."""
    rows = split(list(inner), is_newline)
    if environment == "cases":
        return all(has_relation(row) and not any(piece.kind == "&" for piece in row) for row in rows if row)
    return any(has_relation(bare(cell)) for row in rows for cell in split(row, lambda piece: piece.kind == "&"))


def bare(tokens: Sequence[Raw]) -> Sequence[Raw]:
    """Without the braces around all of it: scans have them around every cell."""
    while tokens and tokens[0].kind == "{" and partners(tokens).get(0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _column_spec(tokens: Sequence[Raw], opening: int) -> list[int]:
    """The places of `[t]` behind any environment, of `{rl}` and of `{2}` behind those that take one."""
    place, partner = opening + 1, partners(tokens)
    inner = [piece.text for piece in tokens[place : place + 3]]
    if inner[:1] == ["["] and inner[1:2] in (["t"], ["b"], ["c"]) and tokens[place + 2].kind == "close":
        place += 3
    if tokens[opening].text in WITH_COLUMNS and place in partner and tokens[place].kind == "{":
        place = partner[place] + 1
    return list(range(opening + 1, place))


def _note_behind(tokens: Sequence[Raw], closing: int) -> list[int]:
    """The places of the note under or over a brace."""
    if closing + 2 >= len(tokens) or tokens[closing + 1].kind not in "_^" or tokens[closing + 2].kind != "{":
        return []
    end = partners(tokens).get(closing + 2)
    return [] if end is None else list(range(closing + 1, end + 1))
