"""Letters that get a second meaning: in words, `from here on $g_i$ stands for ...`, or by an update of their own.

The new meaning holds from its place on. Where it is not clear what it is, the letter has no value there.
"""

from __future__ import annotations

import re
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.model.said_gradients import gradient_by_output
from bnverify.pattern import pattern
from bnverify.read.announced import END
from bnverify.read.chains import Script
from bnverify.read.commands import UPDATES
from bnverify.read.documents import Formula
from bnverify.read.exchange import exchange
from bnverify.read.latex import parse
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Expr, Group, Name, Unreadable, bare, inside

CHANGED = pattern(
    r"\b(?:re-?defin\w+|re-?declar\w+|re-?interpret\w*|absorb\w*|re-?scal\w+|overwrit\w+|over-?load\w+|re-?assign\w*)\b",
    re.IGNORECASE,
)
FROM_NOW = (
    r"\b(?:from\s+(?:now|here|this\s+point)(?:\s+on)?|henceforth|hereafter"
    r"|in\s+(?:the\s+(?:following|sequel|rest)|what\s+follows|this\s+section))\b"
)
FROM_HERE_ON = pattern(FROM_NOW, re.IGNORECASE)
MEANS_ANEW = pattern(
    rf"(?:{FROM_NOW}|\b(?:now|instead|this\s+time)\b)[^.;]{{0,120}}"
    r"\b(?:denotes?|means?|stands?\s+for|represents?|refers?\s+to|includes?|contains?|(?:is|be)\s+(?:the|an?|short))\b"
    r"|\b(?:denotes?|means?|stands?\s+for|represents?|refers?\s+to|includes?|contains?|(?:is|be)\s+(?:the|an?|short)|write)\b"
    rf"[^.;]{{0,120}}(?:{FROM_NOW}|\b(?:now|instead|this\s+time)\b)",
    re.IGNORECASE,
)
"""What a sentence says that gives a letter another meaning."""
NOT_CHANGED = pattern(r"\b(?:not|never|without|no need)\b|n't\b", re.IGNORECASE)
IS_UPSTREAM = pattern(
    r"\b(?:is|be|denotes?|means?|stands?\s+for|represents?)\s+(?:the|our|an?)\s+(?:upstream|incoming)\s+"
    r"(?:gradient|derivative)\s*(?:[.,;:)$]|\Z)",
    re.IGNORECASE,
)
OF_IT = pattern(r"\b(?:of|over|from)\s+(?:the\s+|all\s+)?(?:\$|\\\()?\Z", re.IGNORECASE)
"""In front of a letter: the sentence says something of what is made of it, `the mean of $g_i$`."""
ATTACHED = pattern(r"[\s,.]*(?:where|with|here|in which|and|(?:we\s+)?(?:recall|remember))\b", re.IGNORECASE)
"""Words that belong to the formula in front of them."""
WINDOW = 300


def read_ones(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Those that have a value."""
    return tuple(one for one in definitions if not isinstance(one.value, Unreadable))


def in_order(definitions: Iterable[Definition]) -> tuple[Definition, ...]:
    """Definitions by their places, without those that say again what holds; what is not read counts only alone."""
    kept: list[Definition] = []
    for one in sorted(read_ones(definitions), key=lambda one: one.place):
        if not kept or (kept[-1].index, kept[-1].value) != (one.index, one.value):
            kept.append(one)
    return tuple(kept) or tuple(definitions)


def behind_formulas(
    script: Script, notation: Notation, symbol: Symbol, said: tuple[Definition, ...]
) -> tuple[Definition, ...]:
    """What is said in words, behind the formulas that made the letter short for another gradient before.

    Any other formula with the letter at its head claims something of what the words say that it is.
    """
    said = in_order(said)
    before = tuple(one for one in notation.helpers.get(symbol, ()) if one.place < said[0].place)
    short = all(is_gradient(bare(one.value), notation.losses) for one in before)
    if not before or not short or before[-1].value == said[0].value or _is_attached(script, said[0].place):
        return said
    return (*before, *said)


def _is_attached(script: Script, place: int) -> bool:
    """Whether words explain the formula in front of them: `$$...$$ where $g_i$ stands for ...`."""
    formula = script.layout.formula_at(place)
    lead = script.note.cut(formula.lead) if formula is not None else ""
    return ATTACHED.match(lead) is not None and not FROM_HERE_ON.search(lead)


def with_redefinitions(
    script: Script, notation: Notation, infer: Callable[[Script], Notation]
) -> tuple[Script, Notation]:
    """The notation with the updates of its helpers, and with the places from which on they mean something else."""
    helpers = dict(notation.helpers)
    roles = dict(notation.roles)
    for symbol, one in sorted(
        (*_updates(script, notation), *_in_words(script, notation)), key=lambda two: two[1].place
    ):
        before = list(helpers.get(symbol, ())) or _upstream(script, notation, symbol, one.index)
        if not before or before[0].place >= one.place:
            continue
        value = _after(one, before, symbol, notation) if _mentions(one.value, symbol, notation) else one.value
        insort(before, replace(one, value=value), key=lambda two: two.place)
        helpers[symbol], roles[symbol] = tuple(before), Role.HELPER
    return script, replace(notation, helpers=helpers, roles=roles) if helpers != notation.helpers else notation


def _upstream(script: Script, notation: Notation, symbol: Symbol, index: tuple[str, ...]) -> list[Definition]:
    value = gradient_by_output(script, notation, index) if notation.role(symbol) is Role.UPSTREAM else None
    return [Definition(0, index, value)] if value is not None else []


def _updates(script: Script, notation: Notation) -> Iterator[tuple[Symbol, Definition]]:
    """`g_i := \\gamma g_i`."""
    for chain in script.chains:
        named = notation.symbol(chain.head)
        if named is None or not chain.steps or not _may_change(named[0], notation):
            continue
        sign = script.note.cut(chain.steps[0].relation).strip()
        if sign in UPDATES and _mentions(chain.steps[-1].side, named[0], notation):
            yield named[0], Definition(chain.head_span.start, named[1], chain.steps[-1].side)


def _may_change(symbol: Symbol, notation: Notation) -> bool:
    return notation.role(symbol) in (Role.HELPER, Role.UPSTREAM)


def _mentions(expr: Expr, symbol: Symbol, notation: Notation) -> bool:
    names = (node for node in inside(expr) if isinstance(node, Name))
    return any(notation.split(name)[0] == symbol for name in names)


def _after(update: Definition, before: list[Definition], symbol: Symbol, notation: Notation) -> Expr:
    """The new value, the old one written out in it."""
    old = [one for one in before if one.place < update.place][-1]
    names = [node for node in inside(update.value) if isinstance(node, Name) and notation.split(node)[0] == symbol]
    if old.index != update.index or any(notation.split(name)[1] != old.index for name in names):
        return Unreadable(f"what {symbol} is behind its update is not worked out")
    return exchange(update.value, {id(name): Group(old.value, span=name.span) for name in names})


def _in_words(script: Script, notation: Notation) -> Iterator[tuple[Symbol, Definition]]:
    """The letters of sentences that give them another meaning, without a value but for the upstream gradient."""
    text = script.note.text
    if not CHANGED.search(text) and not MEANS_ANEW.search(text):
        return
    met: set[tuple[int, Symbol]] = set()
    for span in script.mentions:
        formula = script.layout.formula_at(span.start)
        start, sentence = _sentence(text, formula) if formula is not None and not formula.display else (0, "")
        if formula is None or not _is_changed(sentence) or _is_part_of_another(sentence, script.note.cut(formula.lead)):
            continue
        expr = parse(script.wording.scan(script.note.cut(span), span.start))
        named = notation.symbol(expr) if isinstance(expr, Name) else None
        if named is None or not _may_change(named[0], notation) or (start, named[0]) in met:
            continue
        places = [one.place for one in notation.helpers.get(named[0], ())]
        if not any(start <= place < start + len(sentence) for place in places):  # else it was read
            met.add((start, named[0]))
            plain = gradient_by_output(script, notation, named[1]) if IS_UPSTREAM.search(sentence) else None
            open_one = Unreadable(f"what {named[0]} means from here on is said in words")
            yield named[0], Definition(start, named[1], plain or open_one)


def _is_changed(sentence: str) -> bool:
    changed = CHANGED.search(sentence) or MEANS_ANEW.search(sentence)
    return changed is not None and not NOT_CHANGED.search(sentence)


def _is_part_of_another(sentence: str, lead: str) -> bool:
    """Whether a sentence that gives some letter a meaning has this one in what it means."""
    return CHANGED.search(sentence) is None and OF_IT.search(lead) is not None


def _sentence(text: str, formula: Formula) -> tuple[int, str]:
    """The sentence around a formula, and where it begins."""
    place = formula.span.start
    before = END.split(text[max(0, place - WINDOW) : place])[-1]
    return place - len(before), before + END.split(text[place : place + WINDOW])[0]
