"""A passage and the note's own commands -> the passage with every call replaced by what it stands for.

The characters of a command's body stand where the call stands, those of an argument where they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bnverify.pattern import pattern
from bnverify.read.macros import DEFINITION, Macro, Macros, definition
from bnverify.read.passages import Passage, joined
from bnverify.source import Span

DEEPEST = 20
"""Calls inside the bodies of one another."""
LONGEST = 20_000
"""Characters that the calls of one passage may bring in."""
CALL = pattern(r"\\[A-Za-z@]+|\\[^A-Za-z\s]")
PARAMETER = pattern(r"#([1-9])")


class Character(NamedTuple):
    """One character with its place, and how many calls deep it came in."""

    letter: str
    start: int
    end: int
    depth: int


class Expanded(NamedTuple):
    passage: Passage
    troubles: dict[str, str]
    """Commands that are left as they stand, each with the reason."""


def without_definitions(passage: Passage) -> tuple[Passage, list[Span]]:
    """The passage without the definitions in it, and where these stand."""
    pieces: list[Passage] = []
    places: list[Span] = []
    behind = 0
    for match in DEFINITION.finditer(passage.text):
        found = definition(passage.text, match) if match.start() >= behind else None
        if found is not None:
            pieces.append(passage.part(behind, match.start()))
            places.append(passage.span(match.start(), found.place.end))
            behind = found.place.end
    if not places:
        return passage, []
    return joined([*pieces, passage.part(behind, len(passage.text))]), places


def expand(passage: Passage, macros: Macros, place: int | None = None) -> Expanded:
    """Replace calls until none is left. `place` is where the passage would stand, if it is not in the note."""
    if not macros.by_name or not any(call in macros.by_name for call in CALL.findall(passage.text)):
        return Expanded(passage, {})
    return _Expansion(passage, macros, place).run()


class _Expansion:
    """Reads characters from the back of `pending`; what a call stands for is put there to be read again."""

    def __init__(self, passage: Passage, macros: Macros, place: int | None) -> None:
        letters = zip(passage.text, passage.starts, passage.ends, strict=True)
        self.pending = [Character(*letter, 0) for letter in letters][::-1]
        self.macros = macros
        self.place = place
        self.made: list[Character] = []
        self.added = 0
        self.behind_word = False
        self.troubles: dict[str, str] = {}

    def run(self) -> Expanded:
        while self.pending:
            first = self.pending.pop()
            if first.letter == "%":
                self.made.append(first)
                self.comment()
            elif first.letter == "\\" and self.pending:
                self.command([first, *self.rest_of_command()])
            else:
                self.add([first])
        text = "".join(one.letter for one in self.made)
        passage = Passage(text, [one.start for one in self.made], [one.end for one in self.made])
        return Expanded(passage, self.troubles)

    def comment(self) -> None:
        while self.pending and self.made[-1].letter != "\n":
            self.made.append(self.pending.pop())

    def add(self, letters: Sequence[Character]) -> None:
        """Put characters out; a letter that follows a command does not become part of it."""
        if self.behind_word and letters[0].letter.isalpha():
            self.made.append(self.made[-1]._replace(letter=" "))
        self.made.extend(letters)
        self.behind_word = letters[0].letter == "\\" and letters[-1].letter.isalpha()

    def rest_of_command(self) -> list[Character]:
        found = [self.pending.pop()]
        if found[0].letter.isascii() and (found[0].letter.isalpha() or found[0].letter == "@"):
            depth = found[0].depth
            while self.pending and self.continues(depth):
                found.append(self.pending.pop())
        return found

    def continues(self, depth: int) -> bool:
        following = self.pending[-1]
        return following.depth == depth and following.letter.isascii() and following.letter.isalpha()

    def command(self, written: list[Character]) -> None:
        name = "".join(one.letter for one in written)
        place = written[0].start if self.place is None else self.place
        macro = self.macros.at(name, place)
        if macro is None and self.macros.defined_later(name, place):
            self.leave(written, f"`{name}` is defined further down")
        elif macro is None or written[0].depth > DEEPEST:
            self.add(written)
        elif macro.trouble:
            self.leave(written, macro.trouble)
        elif written[0].depth == DEEPEST and not macro.final:
            self.leave(written, f"the macro `{name}` calls itself")
        elif self.added > LONGEST:
            self.leave(written, f"the macro `{name}` grows too long")
        else:
            self.call(macro, written)

    def leave(self, written: list[Character], why: str) -> None:
        self.troubles.setdefault("".join(one.letter for one in written), why)
        self.add(written)

    def call(self, macro: Macro, written: list[Character]) -> None:
        waiting = len(self.pending)
        taken: list[Character] = []
        arguments: list[list[Character]] = []
        if macro.name[1:].isalpha():
            self.skip_space(taken)
        if macro.starred and self.pending and self.pending[-1].letter == "*":
            taken.append(self.pending.pop())
        if macro.default is not None:
            arguments.append(self.option(macro.default, written, taken))
        while len(arguments) < macro.arity:
            argument = self.argument(taken)
            if argument is None:
                self.pending.extend(reversed(taken))
                assert len(self.pending) == waiting
                self.leave(written, f"an argument of `{macro.name}` is missing")
                return
            arguments.append(argument)
        self.replace(macro, arguments, [*written, *taken])

    def replace(self, macro: Macro, arguments: list[list[Character]], call: list[Character]) -> None:
        """Put the body with its arguments where it is read next."""
        start, end = min(one.start for one in call), max(one.end for one in call)
        depth = DEEPEST + 1 if macro.final else call[0].depth + 1
        if not macro.arity:  # the spaces behind a command without arguments are no part of it
            name = call[: len(macro.name)]
            start, end = min(one.start for one in name), max(one.end for one in name)
        made: list[Character] = []
        place = 0
        keeps_places = _in_order(macro)
        for match in PARAMETER.finditer(macro.body):
            made += [Character(letter, start, end, depth) for letter in macro.body[place : match.start()]]
            which = int(match.group(1)) - 1
            argument = arguments[which] if which < len(arguments) else []
            made += argument if keeps_places else [one._replace(start=start, end=end) for one in argument]
            place = match.end()
        made += [Character(letter, start, end, depth) for letter in macro.body[place:]]
        self.added += len(made)
        self.pending.extend(reversed(made))

    # -- arguments

    def skip_space(self, taken: list[Character]) -> None:
        while self.pending and self.pending[-1].letter.isspace():
            taken.append(self.pending.pop())

    def argument(self, taken: list[Character]) -> list[Character] | None:
        """A braced group without its braces, one command, or one character; None at the end."""
        self.skip_space(taken)
        if not self.pending or self.pending[-1].letter in "}&":
            return None
        first = self.pending.pop()
        if first.letter == "{":
            return self.group(first, taken)
        found = [first]
        if first.letter == "\\" and self.pending:
            found += self.rest_of_command()
        taken += found
        return found

    def group(self, first: Character, taken: list[Character]) -> list[Character] | None:
        taken.append(first)
        begin, depth = len(taken), 1
        while self.pending:
            one = self.pending.pop()
            taken.append(one)
            if one.letter == "\\" and self.pending:
                taken.append(self.pending.pop())
            elif one.letter == "%":
                while self.pending and taken[-1].letter != "\n":
                    taken.append(self.pending.pop())
            elif one.letter in "{}":
                depth += 1 if one.letter == "{" else -1
                if depth == 0:
                    return taken[begin:-1]
        return None

    def option(self, default: str, written: list[Character], taken: list[Character]) -> list[Character]:
        """What stands in square brackets, or the default in the place of the call."""
        if self.pending and self.pending[-1].letter == "[":
            begin, ahead = len(taken) + 1, self.option_end()
            if ahead:
                taken.extend(self.pending.pop() for _ in range(ahead))
                return taken[begin:-1]
        return [Character(letter, written[0].start, written[-1].end, written[0].depth + 1) for letter in default]

    def option_end(self) -> int:
        """How many characters the option takes that begins here; 0 where it is not closed."""
        depth = 0
        for ahead, one in enumerate(reversed(self.pending), 1):
            if one.letter in "{}":
                depth += 1 if one.letter == "{" else -1
            elif one.letter == "]" and depth == 0:
                return ahead
        return 0


def _in_order(macro: Macro) -> bool:
    """Whether the body names each argument once and in order, so that places never run backwards."""
    used = [int(number) for number in PARAMETER.findall(macro.body)]
    return used == sorted(set(used))
