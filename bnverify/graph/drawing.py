"""What is asked for -> the page of its graph: of a layer as it is built in, or of what a note declares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from string import ascii_lowercase, ascii_uppercase

from bnverify.frozen import frozen
from bnverify.graph.build import build
from bnverify.graph.page import Page, Style, page_of
from bnverify.judge.asked import Options, Understood
from bnverify.judge.case import agree
from bnverify.judge.kinds import unreadable_in
from bnverify.model.arrange import is_writable
from bnverify.model.conventions import OF_FORWARD, USUAL, Convention, with_choices
from bnverify.model.declarations import node_definitions
from bnverify.model.forward import OWN, Forward, normalisation
from bnverify.model.graph import forward_of_note
from bnverify.model.layers import Layer
from bnverify.model.letters import DEVIATION, SIZE, Spelling, spelling_of
from bnverify.model.notation import Symbol
from bnverify.model.scope import own_name
from bnverify.model.standard import STANDARD
from bnverify.pipeline import understand
from bnverify.source import Note, Unread

UNDECLARED = "the note defines no forward pass: this is the built-in graph of {}"


@frozen
class Drawing:
    """The page of a graph; `complete`: whether all that belongs to the note was read."""

    page: Page
    complete: bool = True


def built_in(name: str, options: Options) -> Drawing:
    """The graph of a layer of model/standard.py, under the convention that is asked for."""
    layer = STANDARD[name].layer
    return _standard(name, with_choices(options.assumed, options.forced), layer.title, ())


def _standard(name: str, convention: Convention, title: str, remarks: tuple[str, ...]) -> Drawing:
    standard = STANDARD[name]
    # What the settings of a project assume may have no meaning for this layer.
    matter = parts_that_matter(standard.layer)
    convention = with_choices(USUAL, {part: convention.choices[part].value for part in matter})
    style = Style(standard.spelling(beyond_ascii=True), standard.indices, standard.beside)
    beside = (f"each of the {standard.beside} features by itself",) if standard.beside else ()
    graph = build(standard.forward(convention))
    return Drawing(page_of(graph, style, title, (*remarks, *said_of(standard.layer, convention), *beside)))


def of_note(note: Note, options: Options) -> Drawing:
    """The graph of a note in its own letters, with the helpers by which it differentiates."""
    understood = understand(note, options.assumed)
    missing = tuple(f"{note.lines([one.span.start])}: {one.why}" for one in (*note.unread, *_unreadable(understood)))
    convention = with_choices(understood.declared.convention, options.forced)
    layer = understood.notation.shape.layer
    if not _declares_layer(understood):
        words = UNDECLARED.format(STANDARD["batch"].layer.title)
        return replace(_standard("batch", convention, note.name, (words, *missing)), complete=not missing)
    graph = build(declared_forward(understood, convention))
    remarks = (layer.title, *said_of(layer, convention), *missing)
    return Drawing(page_of(graph, style_of(understood), note.name, remarks), not missing)


def _unreadable(understood: Understood) -> Iterator[Unread]:
    """The first steps of chains that cannot be read: each may have been a definition."""
    for chain in understood.script.chains:
        found = unreadable_in(chain, 0) if chain.steps else None
        if found is not None:
            yield Unread(chain.steps[0].relation, f"this cannot be read: {found.why}")


def _declares_layer(understood: Understood) -> bool:
    if understood.settings.layer:
        return True
    return bool(node_definitions(understood.script, understood.notation))


def declared_forward(understood: Understood, convention: Convention) -> Forward:
    """The forward pass of a note, with the helpers by which it differentiates as nodes."""
    base = normalisation(convention, understood.notation.shape.layer)
    return forward_of_note(understood.script, understood.notation, base, agree)


def said_of(layer: Layer, convention: Convention) -> tuple[str, ...]:
    """`the biased variance, epsilon inside the root, the residual x - mu`; nothing for a softmax."""
    words = ", ".join(convention.choices[part].words for part in parts_that_matter(layer))
    return (words,) if words else ()


def parts_that_matter(layer: Layer) -> tuple[str, ...]:
    """The parts of a convention that tell something of the forward pass of a layer."""
    if layer.exponential:
        return ()
    if layer.constant:
        return ("epsilon", "residual")
    return OF_FORWARD if layer.centred else ("epsilon",)


# -- letters


def style_of(understood: Understood) -> Style:
    """The letters of a note; what it has none for gets one that it does not use."""
    notation = understood.notation
    letters = tuple(index_letters(notation.shape.letters, notation.shape.layer.rank))
    own = spelling_of(notation, notation.shape.layer.constant)
    helpers = {own_name(symbol): symbol for symbol in notation.helpers}
    symbols = {**helpers, **own.symbols}
    symbols.pop(DEVIATION, None)
    sizes = size_letters(own, letters)
    return Style(replace(own, symbols={**symbols, **sizes}, beyond_ascii=True), letters)


def index_letters(named: Mapping[str, int], rank: int) -> Sequence[str]:
    """The letters of each axis: i first where the note has it, and one that it does not use where it has none."""
    found: list[str] = []
    for axis in range(rank):
        own = [letter for letter, along in named.items() if along == axis and is_writable(letter)]
        own.sort(key=lambda letter: letter != "i")
        spare = (one for one in (OWN[axis], *ascii_lowercase) if one not in named and one not in "".join(found))
        found.append("".join(own) or next(spare))
    return found


def size_letters(spelling: Spelling, letters: Sequence[str]) -> Mapping[str, Symbol]:
    """The size of each axis, where the note has none the capital of its index."""
    if len(letters) == 1:
        return {SIZE: spelling.symbol(SIZE)}
    taken = {symbol.letter for symbol in spelling.symbols.values()}
    sizes: dict[str, Symbol] = {}
    for axis, own in enumerate(letters):
        name = f"{SIZE} {axis}"
        free = (one for one in (own[0].upper(), *ascii_uppercase) if one not in taken)
        sizes[name] = spelling.symbols.get(name) or Symbol(next(free))
        taken.add(sizes[name].letter)
    return sizes
