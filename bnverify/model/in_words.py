"""Letters that a note explains in its text and never in a formula: `let $\\bar{g}$ be the mean of $g$`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace

from bnverify.model.forms import sides
from bnverify.model.notation import Definition, Notation, Role, Symbol
from bnverify.model.redefined import behind_formulas, in_order, read_ones
from bnverify.model.said_gradients import said_gradients
from bnverify.pattern import pattern
from bnverify.read.chains import Script
from bnverify.read.documents import Formula
from bnverify.read.latex import parse
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import Expr, Fraction, Name, Root, Summation, Unreadable, bare, inside

OVER = r"(?:(?:batch|mini-?batch|sample|empirical|arithmetic|plain)[\s-]+)*(?:mean|average)(?:\s+value)?"
ARE = r"(?:is|are|be|being|denotes?|means?|stands?\s+for|represents?|refers?\s+to|for|as)"
IS_THE_MEAN_OF = pattern(
    rf"\s*[,:]?\s*(?:which\s+|that\s+|to\s+)?(?:{ARE}\s+)?(?:the\s+|its\s+|a\s+)?(?:{OVER}|that)\s+(?:of|over)\s+"
    r"(?:all\s+|the\s+)?$",
    re.IGNORECASE,
)
"""Between a letter and what it is the mean of."""
MEAN_OF = pattern(
    rf"\b(?:denote|write|call|abbreviate|let)\s+(?:the\s+|its\s+|a\s+)?{OVER}\s+of\s+(?:all\s+|the\s+)?$",
    re.IGNORECASE,
)
MAY_BE_MEAN = pattern(r"[^$.;]{0,40}\b(?:mean|average|that)\b", re.IGNORECASE)
DENOTES = pattern(r"\b(?:denote|write|call|abbreviate|let)\b[^.;$]*$", re.IGNORECASE)
OVER_THE_BATCH = (
    r"(?:over|across|in)\s+(?:the\s+|all\s+|a\s+)?(?:whole\s+|mini-?\s*)?(?:batch|samples|examples|places|rows)"
)
BEHIND = pattern(
    rf"\s*(?:{OVER_THE_BATCH}\s*)?(?:\Z|[.,;:)]|\n|\b(?:and|where|while|then|so|we|with|as|is|are)\b)", re.IGNORECASE
)
"""Behind what a letter is the mean of: anything else, `times $N$`, says more of it."""
BY = pattern(r"\s*(?:over\s+[^.;$]{0,30})?(?:be\s+)?(?:denoted\s+)?(?:by|as|with)\s*$", re.IGNORECASE)
"""In front of what a letter is the mean of, and between that and the letter."""
IS = pattern(
    r"\s*,?\s*(?:which\s+|that\s+)?(?:denotes?|means?|stands?\s+for|represents?|refers?\s+to"
    r"|(?:is|are|be|being)\s+(?:an?|any|some|the|its|our|given|arbitrary|defined|short)\b)(?!\s*(?:above|before|usual|same)\b)",
    re.IGNORECASE,
)
IS_A_FORMULA = pattern(r"\s*,?\s*(?:is|be)\s*(?:\$|\\\()")
SAYS_MORE = pattern(rf"\s*[,:]?\s*(?:the|a|an)\s+(?:{OVER}|\w+\s+of)\b", re.IGNORECASE)
COUNTED = (
    r"(?:samples?|examples?|features?|dimensions?|classes|channels?|units?|entries|elements?|components?|rows?|inputs?)"
)
COUNTS = pattern(
    rf"\s*(?:{COUNTED}\b|-dimensional\b|,?\s*(?:is|be|denotes?|as|for)\s+the\s+"
    rf"(?:(?:number|count)\s+of\b|(?:feature\s+|hidden\s+|batch\s+)?(?:dimension\w*|size|width)\b))",
    re.IGNORECASE,
)
STANDS_FOR = pattern(
    r"\s*,?\s*(?:which\s+|that\s+)?(?:for|stands?\s+for|denotes?|means?|abbreviates|is|be|(?:as\s+|is\s+)?(?:a\s+)?short(?:hand)?\s+for)"
    r"\s*(?:the\s+)?(?:gradient|derivative)?\s*$",
    re.IGNORECASE,
)
"""Between a letter and the derivative that it is short for."""
SHORT = pattern(
    r"\s*,?\s*(?:which\s+|that\s+|as\s+|is\s+|a\s+)*(?:for|stands?|denotes?|means?|abbreviates|short)\b", re.IGNORECASE
)
DEFINE = pattern(r"\b(?:re-?)?(?:define|declare|interpret|use|set|take|read)\s*\Z", re.IGNORECASE)
DEFINED_AS = pattern(r"\s*(?:anew\s+|again\s+|now\s+)?(?:as|to be|to mean|to denote|for)\s*\Z", re.IGNORECASE)
"""In front of a letter, and between it and the derivative that it stands for from there on."""
UPSTREAM = pattern(
    rf"\s*,?\s*(?:{ARE}\s+)?(?:the\s+|an?\s+|our\s+)?(?:upstream|incoming|backpropagated)\s+(?:gradients?|derivatives?|errors?)\b",
    re.IGNORECASE,
)
WORKED_OUT = (Fraction, Root, Summation)
CALLED = pattern(r"\b(?:denote[sd]?|call(?:ed)?|written|write)\b[^.;$]{0,60}\b(?:by|as)\s*$", re.IGNORECASE)
"""What says that a letter has some meaning, behind it and in front of it."""
BARS_ARE = pattern(
    r"\b(?:over)?(?:bars?|lines?)\b[^.;!?]{0,30}\b(?:denotes?|means?|marks?|stands?\s+for|indicates?|represents?|for)\b"
    r"|\b(?:denote|write|mark|indicate)\w*\b[^.;!?]{0,60}\b(?:with|by)\s+(?:a|an|the)\s+(?:over)?(?:bar|line)\b",
    re.IGNORECASE,
)


def with_words(script: Script, notation: Notation, infer: Callable[[Script], Notation]) -> tuple[Script, Notation]:
    """A notation in which what is said in words is a definition; what is not read of it has no value."""
    found: dict[Symbol, tuple[Definition, ...]] = {}
    counts: set[Symbol] = set()
    upstream: set[Symbol] = set()
    for formula, expr in _mentioned(script):
        named = notation.symbol(expr) if isinstance(expr, Name) else None
        if named is None:
            continue
        symbol, index = named
        if not index and COUNTS.match(script.note.text, formula.end) and _is_free(symbol, notation, True):
            counts.add(symbol)
            continue
        if UPSTREAM.match(script.note.text, formula.end) and index and _is_free(symbol, notation, True):
            upstream.add(symbol)
            continue
        if (short := _short_for(script, formula, notation)) is not None and _is_helper(symbol, notation):
            found[symbol] = (*read_ones(found.get(symbol, ())), Definition(formula.span.start, index, short))
            continue
        value = _value(script, formula)
        if value is None or not _is_free(symbol, notation, isinstance(value, Unreadable)):
            continue
        if not read_ones(found.get(symbol, ())):
            found[symbol] = (Definition(formula.span.start, index, value),)
    said = list(said_gradients(script, notation))
    claimed = {symbol for symbol, _ in said}
    for symbol in claimed:
        own = tuple(one for other, one in said if other == symbol)
        found[symbol] = in_order((*found.get(symbol, ()), *own)) if symbol in found else own
    for symbol in _under_bars(script, notation):
        found.setdefault(symbol, (Definition(0, (), _not_read(str(symbol))),))
    if len(counts) == 1 and not notation.sizes and notation.shape.layer.rank == 1:
        notation = replace(notation, roles={**notation.roles, **dict.fromkeys(counts, Role.SIZE)}, sizes=tuple(counts))
    else:
        found.update((one, (Definition(0, (), _not_read(str(one))),)) for one in counts)
    if not found and not upstream:
        return script, notation
    roles = {**notation.roles, **dict.fromkeys(found, Role.HELPER), **dict.fromkeys(upstream, Role.UPSTREAM)}
    helpers = {
        **notation.helpers,
        **{symbol: behind_formulas(script, notation, symbol, found[symbol]) for symbol in found},
    }
    sizes = tuple(one for one in notation.sizes if one not in found)
    heads = ((chain.head_span.start, notation.symbol(bare(chain.head))) for chain in script.chains)
    claims = {
        place
        for place, head in heads
        if head is not None and head[0] in claimed and all(one.place != place for one in helpers[head[0]])
    }
    restated = notation.restated | claims
    return script, replace(notation, roles=roles, helpers=helpers, sizes=sizes, restated=restated)


def _under_bars(script: Script, notation: Notation) -> Iterator[Symbol]:
    """The letters with a bar that mean nothing else, where the text says of bars what is not read."""
    if not BARS_ARE.search(script.prose):
        return
    exprs = (expr for chain in script.chains for expr in sides(chain))
    names = (node for expr in exprs for node in inside(expr) if isinstance(node, Name) and "bar" in node.accents)
    for symbol in dict.fromkeys(notation.split(name)[0] for name in names):
        if _is_free(symbol, notation, True):
            yield symbol


def _mentioned(script: Script) -> Iterator[tuple[Formula, Expr]]:
    """The formulas in the text that are no equations."""
    for span in script.mentions:
        formula = script.layout.formula_at(span.start)
        if formula is not None and not formula.display and _is_spoken_of(script, formula):
            yield formula, _parsed(script, script.note.cut(span), span.start)


def _is_spoken_of(script: Script, formula: Formula) -> bool:
    """Whether the words around a formula may explain it; a quick look, as a note may mention thousands."""
    text, lead = script.note.text, script.note.cut(formula.lead)
    behind = (COUNTS, IS, IS_A_FORMULA, SAYS_MORE, MAY_BE_MEAN, UPSTREAM, SHORT)
    return any(one.match(text, formula.end) for one in behind) or bool(
        CALLED.search(lead) or BY.match(lead) or DEFINE.search(lead)
    )


def _parsed(script: Script, latex: str, place: int) -> Expr:
    return parse(script.wording.scan(latex, place))


def _is_free(symbol: Symbol, notation: Notation, is_open: bool) -> bool:
    """Whether a letter may mean what the text says; a mean takes the place of a usual count."""
    role = notation.role(symbol)
    known = symbol in notation.helpers or symbol in notation.data or symbol.letter in notation.losses
    usual = role is Role.SIZE and not is_open and notation.size is None
    return not known and (role is None or usual) and symbol.letter not in notation.indexing


def _is_helper(symbol: Symbol, notation: Notation) -> bool:
    """Whether a letter means nothing but what equations say of it, which then are claims."""
    return notation.role(symbol) in (None, Role.HELPER) and symbol.letter not in notation.indexing | notation.losses


def _short_for(script: Script, formula: Formula, notation: Notation) -> Expr | None:
    """What a letter is written for: `$g_v$ for $\\partial L/\\partial v$`, or the other way round.

    It is a derivative of the loss, or anything with a sum, a quotient or a root.
    """
    note, formulas = script.note, script.layout.formulas
    place = bisect_left(formulas, formula.span, key=lambda one: one.span)
    before, behind = formulas[max(0, place - 1) : place], formulas[place + 1 : place + 2]
    named = behind if behind and STANDS_FOR.match(note.cut(behind[0].lead)) else []
    if before and BY.match(note.cut(formula.lead)) and DENOTES.search(note.cut(before[0].lead)):
        named = before
    if behind and DEFINED_AS.match(note.cut(behind[0].lead)) and DEFINE.search(note.cut(formula.lead)):
        named = behind
    if not named or named[0].display:
        return None
    made = bare(_parsed(script, note.cut(named[0].span).strip("$ "), named[0].span.start))
    nodes = list(inside(made))
    worked_out = any(isinstance(one, WORKED_OUT) for one in nodes)
    read = not any(isinstance(one, Unreadable) for one in nodes)
    return made if is_gradient(made, notation.losses) or (worked_out and read) else None


def _value(script: Script, formula: Formula) -> Expr | None:
    """What the sentence of a letter says that it is; None where it says nothing of the kind."""
    note, formulas = script.note, script.layout.formulas
    place = bisect_left(formulas, formula.span, key=lambda one: one.span)
    before, behind = formulas[max(0, place - 1) : place], formulas[place + 1 : place + 2]
    if behind and IS_THE_MEAN_OF.match(note.cut(behind[0].lead)):
        plain = BEHIND.match(note.text, behind[0].end)
        return _mean_of(script, behind[0]) if plain else _not_read(note.cut(formula.span))
    if before and BY.match(note.cut(formula.lead)) and MEAN_OF.search(note.cut(before[0].lead)):
        return _mean_of(script, before[0])
    if before and BY.match(note.cut(formula.lead)) and DENOTES.search(note.cut(before[0].lead)):
        return _not_read(note.cut(formula.span))
    if (
        SAYS_MORE.match(note.text, formula.end)
        or IS.match(note.text, formula.end)
        or CALLED.search(note.cut(formula.lead))
    ):
        return _not_read(note.cut(formula.span))
    return None


def _mean_of(script: Script, formula: Formula) -> Expr:
    latex = script.note.cut(formula.span)
    made = _parsed(script, f"\\mathbb{{E}}\\left[{latex}\\right]", formula.span.start)
    broken = any(isinstance(node, Unreadable) for node in inside(made))
    return _not_read(latex) if broken or "=" in latex else made


def _not_read(latex: str) -> Unreadable:
    return Unreadable(f"what {latex.strip()} means is said in words")
