"""A note's own commands: which there are, from where on they hold, and what they stand for."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import lru_cache
from itertools import islice

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.tokens import matching_brace
from bnverify.source import Span


@frozen
class Macro:
    """`\\newcommand{\\name}[arity][default]{body}`; `trouble`: why its calls are not read."""

    name: str
    arity: int
    body: str
    place: Span
    default: str | None = None
    trouble: str = ""
    fresh: bool = False
    """The definition says that there was no such command before."""
    starred: bool = False
    """A star behind its name changes nothing."""
    final: bool = False
    """The body is not expanded again: `\\let` copies what the command meant before."""
    ends: int | None = None
    """Where the braces around its definition close: behind them some programs forget it, and others do not."""


@frozen
class Macros:
    """The commands of a note by name, in the order of their definitions."""

    by_name: dict[str, tuple[Macro, ...]] = field(default_factory=dict)
    places: tuple[Span, ...] = ()
    """Where the definitions stand."""
    environments: dict[str, str] = field(default_factory=dict)
    """The note's own environments, each with the one that it opens."""

    def at(self, name: str, place: int) -> Macro | None:
        """What a command stands for at an offset: its last definition before it."""
        found = self.by_name.get(name)
        if not found:
            return None
        before = bisect_right(found, place, key=lambda one: one.place.end)
        macro = found[before - 1] if before else None
        if macro is None or macro.ends is None or place < macro.ends:
            return macro
        return replace(macro, arity=0, trouble=f"`{name}` is defined inside braces that end before this")

    def defined_later(self, name: str, place: int) -> bool:
        """Whether a command that is new in this note is used before it is defined."""
        return name in self.by_name and self.at(name, place) is None and self.by_name[name][0].fresh

    def shorthands(self, sign: str) -> dict[str, str]:
        """Commands that only open (`\\begin`) or close (`\\end`) an environment, each with its name."""
        wanted = re.compile(rf"\s*\\{sign}\s*\{{([A-Za-z]+)\*?\}}\s*\Z")
        plain = {name: found[-1].body for name, found in self.by_name.items() if not found[-1].arity}
        return {name: match.group(1) for name, body in plain.items() if (match := wanted.match(body))}


DEFINITION = pattern(
    r"\\(?:(?P<new>(?:re|provide)?newcommand|providecommand|renewcommand|DeclareRobustCommand)\*?"
    r"|(?P<document>(?:New|Renew|Provide|Declare)DocumentCommand)"
    r"|(?P<operator>DeclareMathOperator)\*?"
    r"|(?P<paired>DeclarePairedDelimiter(?:X|XPP)?)"
    r"|(?P<environment>(?:re)?newenvironment)\*?"
    r"|(?P<let>let)"
    r"|(?P<define>[gex]?def))(?![A-Za-z@])"
)
COMMAND = pattern(r"\s*(?:\{\s*)?(?P<name>\\(?:[A-Za-z@]+|[^A-Za-z\s]))(?:\s*\})?")
LET = pattern(r"\s*(?P<name>\\[A-Za-z@]+)\s*=?\s*(?P<meant>\\[A-Za-z@]+)")
ARITY = pattern(r"\s*\[\s*(\d)\s*\]")
OPTION = pattern(r"\s*\[")
PARAMETERS = pattern(r"[^{}]*")
PLAIN_PARAMETERS = pattern(r"\s*(?:#\d\s*)*\Z")
OPENING = pattern(r"\s*\{")
COMMENT = pattern(r"(?<!\\)((?:\\\\)*)%[^\n]*\n?[ \t]*")
COMMENTED = pattern(r"(?<!\\)(?:\\\\)*%")
MOST_TRIED = 4_000
"""Signs of a definition that are followed."""
LONGEST_BODY = 2_000
"""Characters of what a command stands for."""
MOST = 2_000
"""Definitions of one note."""


def collect(text: str, left_out: Sequence[Span] = ()) -> Macros:
    """The definitions in a text, except in what is left out (comments, code)."""
    found: dict[str, list[Macro]] = {}
    places: list[Span] = []
    hidden = sorted(left_out)
    starts = [span.start for span in hidden]
    end = 0
    placed = definitions(text)
    ends = group_ends(text, placed) if placed else {}
    for match in DEFINITION.finditer(text):
        before = bisect_right(starts, match.start()) - 1
        is_hidden = before >= 0 and match.start() < hidden[before].end
        if match.start() < end or is_hidden or match.start() not in placed or is_commented(text, match.start()):
            continue
        if len(places) >= MOST:
            break
        known = Macros({name: tuple(own) for name, own in found.items()}) if match.lastgroup == "let" else None
        macro = definition(text, match, known)
        if macro is None:
            continue
        end = macro.place.end
        places.append(macro.place)
        if match.start() in ends and not _is_global(text, match):
            macro = replace(macro, ends=ends[match.start()])
        if match.group().startswith("\\provide") and macro.name in found:
            continue
        found.setdefault(macro.name, []).append(macro)
    by_name = {name: tuple(own) for name, own in found.items()}
    return Macros(by_name, tuple(places), dict(_environments(by_name)))


GROUPING = pattern(r"\\.|[{}]|\n[ \t]*\n", re.DOTALL)
"""What opens or closes a group, and a blank line, over which no braces of a formula reach."""
EVERYWHERE = ("\\gdef", "\\xdef")
LONGEST_GLOBAL = 20
"""Characters in front of a definition in which `\\global` is looked for."""


def group_ends(text: str, starts: Iterable[int]) -> dict[int, int]:
    """For each offset inside braces where the innermost ones around it close."""
    waiting = sorted(starts, reverse=True)
    inside: list[list[int]] = []
    found: dict[int, int] = {}
    for sign in GROUPING.finditer(text):
        while waiting and waiting[-1] < sign.start():
            place = waiting.pop()
            if inside:
                inside[-1].append(place)
        if sign.group() == "{":
            inside.append([])
        elif sign.group() == "}" and inside:
            found |= dict.fromkeys(inside.pop(), sign.end())
        elif sign.group()[0] == "\n":
            inside.clear()
    return found


def _is_global(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - LONGEST_GLOBAL) : match.start()]
    return match.group().startswith(EVERYWHERE) or before.rstrip().endswith("\\global")


OPENED = pattern(r"\\begin\s*\{([A-Za-z]+)\*?\}\s*\Z")


def _environments(by_name: dict[str, tuple[Macro, ...]]) -> Iterator[tuple[str, str]]:
    for name, found in by_name.items():
        opened = OPENED.search(found[-1].body) if name.startswith("\\begin{") else None
        if opened:
            yield name[len("\\begin{") : -1].rstrip("*"), opened.group(1)


@lru_cache(maxsize=4)
def definitions(text: str) -> Mapping[int, Span]:
    """Where each definition of a text begins, and what it covers.

    Each looks ahead as far as a body may reach, so only the first MOST_TRIED signs of one are followed.
    """
    found = ((match.start(), definition(text, match)) for match in islice(DEFINITION.finditer(text), MOST_TRIED))
    return {start: macro.place for start, macro in found if macro is not None}


def is_commented(text: str, place: int) -> bool:
    """Whether a percent sign stands before a place in its line."""
    line = text[max(text.rfind("\n", 0, place) + 1, place - 1_000) : place]
    return bool(COMMENTED.search(line))


def definition(text: str, match: re.Match[str], known: Macros | None = None) -> Macro | None:
    """The macro whose definition begins here, with its whole extent; None where it is none."""
    kind = match.lastgroup
    if kind == "environment":
        return _environment(text, match)
    if kind == "let":
        return _let(text, match, known or Macros())
    named = COMMAND.match(text, match.end())
    if named is None:
        return None
    name, place = named.group("name"), named.end()
    if kind == "define":
        return _primitive(text, match, name, named.end())
    if kind == "document":
        return _document(text, match, name, place)
    arity, default = 0, None
    if kind == "new" and (counted := ARITY.match(text, place)):
        arity, place = int(counted.group(1)), counted.end()
        if arity and (option := OPTION.match(text, place)):
            behind = closing_square(text, option.end())
            default, place = text[option.end() : behind - 1], behind
    if kind == "paired":
        return _paired(text, match, name, place)
    body = _braced(text, place)
    if body is None:
        return None
    meant, end = body
    written = f"\\operatorname{{{meant}}}" if kind == "operator" else meant
    fresh = kind == "operator" or match.group().startswith("\\newcommand")
    return Macro(name, arity, written, Span(match.start(), end), default, fresh=fresh)


def _primitive(text: str, match: re.Match[str], name: str, place: int) -> Macro | None:
    """`\\def\\name#1#2{body}`."""
    parameters = PARAMETERS.match(text, place, place + 200)
    assert parameters is not None
    body = _braced(text, parameters.end())
    if body is None:
        return None
    meant, end = body
    place_of = Span(match.start(), end)
    if PLAIN_PARAMETERS.match(parameters.group()):
        return Macro(name, parameters.group().count("#"), meant, place_of)
    return Macro(name, 0, "", place_of, trouble=f"`{name}` takes its arguments in a way that is not read")


def _document(text: str, match: re.Match[str], name: str, place: int) -> Macro | None:
    """`\\NewDocumentCommand{\\name}{m m}{body}`: arguments that must be there, the first one perhaps with a default."""
    wanted = _braced(text, place)
    body = _braced(text, wanted[1]) if wanted else None
    if wanted is None or body is None:
        return None
    optional = re.match(r"\s*O\s*\{([^{}]*)\}", wanted[0])
    rest = wanted[0][optional.end() :] if optional else wanted[0]
    arity = rest.count("m") + bool(optional)
    plain = not rest.replace("m", "").strip()
    trouble = "" if plain else f"`{name}` takes its arguments in a way that is not read"
    default = optional.group(1) if optional else None
    return Macro(name, arity if plain else 0, body[0], Span(match.start(), body[1]), default, trouble)


def _paired(text: str, match: re.Match[str], name: str, place: int) -> Macro | None:
    """`\\DeclarePairedDelimiter{\\paren}{(}{)}`: brackets round an argument, of a size that changes nothing."""
    plain = match.group("paired") == "DeclarePairedDelimiter"
    end = counted.end() if (counted := ARITY.match(text, place)) else place
    given: list[str] = []
    for _ in range(2 if plain else 3):
        found = _braced(text, end)
        if found is None:
            return None
        given.append(found[0])
        end = found[1]
    own = Span(match.start(), end)
    if not plain:
        return Macro(name, 0, "", own, trouble=f"`{name}`, a pair of brackets, is not read")
    return Macro(name, 2, f"{given[0]} #2 {given[1]}", own, default="", starred=True)


def _let(text: str, match: re.Match[str], known: Macros) -> Macro | None:
    """`\\let\\old\\new` copies a command as it is now."""
    found = LET.match(text, match.end())
    if found is None:
        return None
    place = Span(match.start(), found.end())
    copied = known.at(found.group("meant"), match.start())
    if copied is not None:
        return Macro(found.group("name"), copied.arity, copied.body, place, copied.default, copied.trouble)
    return Macro(found.group("name"), 0, found.group("meant"), place, final=True)


def _environment(text: str, match: re.Match[str]) -> Macro | None:
    """`\\newenvironment{name}{begin}{end}`, kept under `\\begin{name}` for what it opens."""
    named = re.compile(r"\s*\{\s*([A-Za-z]+\*?)\s*\}").match(text, match.end())
    if named is None:
        return None
    place = named.end()
    if counted := ARITY.match(text, place):
        place = counted.end()
    opens = _braced(text, place)
    closes = _braced(text, opens[1]) if opens else None
    if opens is None or closes is None:
        return None
    return Macro(f"\\begin{{{named.group(1)}}}", 0, opens[0], Span(match.start(), closes[1]))


def _braced(text: str, place: int) -> tuple[str, int] | None:
    """What stands in the next braces, without comments, and the offset behind them."""
    opening = OPENING.match(text, place)
    if opening is None:
        return None
    end = matching_brace(text, opening.end() - 1, min(len(text), opening.end() + LONGEST_BODY))
    if text[end - 1] != "}" or end == opening.end():
        return None
    return COMMENT.sub(r"\1", text[opening.end() : end - 1]), end


def closing_square(text: str, place: int) -> int:
    """The offset behind the `]` that closes an option, outside braces; the end where none does."""
    depth = 0
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter in "{}":
            depth += 1 if letter == "{" else -1
        elif letter == "]" and depth <= 0:
            return place + 1
        place += 1
    return len(text)
