"""What a note declares, what is assumed and what is forced -> the convention of its record."""

from __future__ import annotations

from bnverify.judge.asked import Options, Understood
from bnverify.model.conventions import NAMES, Choice, Convention
from bnverify.record import Part
from bnverify.source import Span

FRONT_MATTER = "front matter"


def framework_words(name: str) -> tuple[str, ...]:
    """What a framework does in training, and how its running variance differs; nothing without a name."""
    if not name:
        return ()
    from bnverify.model.frameworks import FRAMEWORKS

    found = FRAMEWORKS[name]
    choices = ", ".join(found.convention.choices[part].words for part in found.chosen)
    return (f"{found.title}, in training: {choices}", found.running, f"source: {found.source}")


def convention_parts(understood: Understood, used: Convention, options: Options) -> tuple[Part, ...]:
    """Each part of the convention that was used, with the place that settles it."""
    declared = understood.declared
    changed = set(used.differs_from(declared.convention))
    return tuple(
        Part(
            name,
            choice.value,
            part_words(name, choice),
            _place(understood, name, options),
            name in declared.places,
            _own_words(name, declared.convention.choices[name]) if name in changed else "",
            choice is type(choice).usual(),
        )
        for name, choice in used.choices.items()
    )


def part_words(name: str, choice: Choice) -> str:
    """`variance 1/n`, `epsilon outside the root`."""
    return f"variance {choice.short}" if name == "variance" else choice.words


def _own_words(name: str, choice: Choice) -> str:
    return choice.short if name == "variance" else choice.words


def _place(understood: Understood, name: str, options: Options) -> str:
    """Where a part is settled: a line, the front matter, a file of settings; empty: assumed."""
    places = understood.declared.places
    if name not in places:
        return options.assumed_from if name in options.assumed_parts else ""
    place = places[name]
    return FRONT_MATTER if place is None else understood.script.note.lines([place.start])


def overruled_words(understood: Understood, place: Span) -> list[str]:
    """What the front matter says instead of a definition at this place."""
    declared = understood.declared
    return [
        f"the front matter declares {part_words(part, declared.convention.choices[part])}: one of the two has to change"
        for part, where in declared.overruled.items()
        if where == place
    ]


def forced_choices(parts: tuple[Part, ...]) -> list[str]:
    """The names of the choices that are forced upon the note."""
    return [part.choice for part in parts if part.instead_of]


ALL_CHOICES = frozenset(name for names in NAMES.values() for name in names)
"""What the tag of an expectation may name."""


def replaced_words(parts: tuple[Part, ...]) -> str:
    """What is forced, for a definition that is set aside."""
    forced = [part.words for part in parts if part.instead_of]
    many = "is" if len(forced) == 1 else "are"
    return f"{' and '.join(forced)} {many} forced: this definition is replaced, not judged"
