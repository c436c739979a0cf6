"""Sides that are false in general, and said under a condition that is not read: left open, not called wrong.

`If $\\mu$ were a constant, we would have`, `Treating $\\sigma^2$ as fixed`, `Suppose all gradients are equal.`
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bnverify.judge.case import Case
from bnverify.judge.resolved import ResolvedChain
from bnverify.model.given import number_of
from bnverify.model.notation import Role
from bnverify.model.quantities import INPUT, MEAN
from bnverify.model.terms import LossBy, Reading, walk
from bnverify.pattern import pattern
from bnverify.read.announced import end_before
from bnverify.read.documents import Formula

Opened = Callable[[ResolvedChain, str], ResolvedChain]
WORKED = (
    r"\s+(?:we|you|one)\s+(?:now\s+|then\s+)?(?:add|appl(?:y|ies)|collects?|combines?|compares?|computes?"
    r"|differentiates?|expands?|factors?|inserts?|looks?|multipl(?:y|ies)|plugs?|puts?|rearranges?|simplif(?:y|ies)"
    r"|substitutes?|sums?|uses?)\b"
)
"""`if we collect all terms`: what is done with a line supposes nothing."""
HYPOTHESIS = pattern(
    rf"\b(if(?!{WORKED})|suppose|assume|assuming|setting|choosing|ignore|ignoring|neglect|neglecting|for a batch of"
    r"|for example|special case|in the limit|as if)\b[^$\n]*",
    re.IGNORECASE,
)
"""Words that begin a condition of their own."""
NO_STATISTIC = r"\s+(?:index|indices|samples?|features?|channels?|batch|size|seed|\$[a-z]\$)"
FIXED = pattern(
    r"\b(?:if|suppose|supposing|assume|assuming|were|when|whenever|provided|treat\w*|regard\w*|view\w*|consider\w*"
    r"|with|hold\w*|keep\w*|leav\w+|freez\w+)\b[^.;]{0,100}"
    rf"\b(?<!size is )(?<!sizes are )(?:constants?|fixed|frozen|detached|held)\b(?!{NO_STATISTIC})"
    r"|\btak(?:e|ing)\b[^.;]{0,100}\b(?:as|to be)\s+(?:constants?|fixed)\b"
    r"|\b(?:stop\w*|block\w*|cut\w*|detach\w*|ignor\w+|neglect\w*|disregard\w*|discard\w*)\b(?!\s+no\b)[^.;]{0,60}"
    r"\b(?:gradients?|paths?|dependen\w+|backprop\w*|through)\b|\bstop[- ]gradient\b",
    re.IGNORECASE,
)
"""What is said of paths that a gradient loses; the local derivatives are the same with them and without."""
JUDGED = (
    r"\s+(?:too\s+|very\s+|more\s+)?(?:tedious|easy|easier|nice|possible|useful|tempting|better|hard|clearer|enough"
    r"|needed)\b"
)
OTHERWISE = pattern(
    r"\b(?:if|suppose|supposing|assume|assuming|were|when|whenever|provided)\b[^.;]{0,100}"
    r"\b(?:equal|identical|zero|vanish\w*|the same|uniform)\b"
    rf"|\b(?:would|we'd)\s+(?:\w+\s+)?(?:have|be(?!{JUDGED})|get|give|become|obtain|read|yield|find|follow|hold)\b"
    r"|\b(?:ignor|neglect|disregard|forget)\w*\s+(?:about\s+)?(?:(?:the|that|all|both)\s+){0,2}"
    r"(?:\$|mean|variance|epsilon|shift|scale)"
    r"|\bwithout\s+(?:\w+\s+){0,2}(?:normali[sz]ation|cent(?:ration|ralisation)|scale|shift|epsilon)\b"
    r"|\b(?:some|others?|many|sometimes|elsewhere)\b[^.;$]{0,30}\b(?:writes?|written|uses?|used|defines?|prefers?)\b",
    re.IGNORECASE,
)
"""What is said of something else than the layer of the note."""
LEADS = (
    r"[\s$)\\\]*]{0,8},?\s*(?:(?:holds?|only|exactly|precisely|just|at\s+least|(?:is|stays?|becomes?)\s+true)\s+){0,3}"
)
EQUAL = r"(?:equal|identical|zero|vanish\w*|uniform|constants?)\b"
BEHIND = pattern(
    rf"{LEADS}(?P<words>(?:if(?:\s+and\s+only\s+if)?|whenever|provided|as\s+long\s+as|in\s+case|assuming|supposing)"
    r"(?!\s+(?:we|you|one|I|needed|necessary|desired)\b)[^.;?\n]{3,100}"
    rf"|(?:when|once)\b[^.;?\n]{{0,100}}\b(?:{EQUAL}|the\s+same\b)|(?:for|with|under)\s+(?:all\s+)?{EQUAL})"
)
HELD_BEHIND = pattern(
    rf"{LEADS}(?P<words>(?:if|when|with|for|once)\b[^.;?\n]{{0,60}}"
    r"\b(?:fixed|frozen|detached|constants?|ignore|neglect\w*)\b)"
)
"""A condition right behind a formula, in its sentence: it begins with a small letter."""
DENIED = pattern(r"\b(?:not|never|cannot|no longer|neither|nor)\b|n't\b|\bwithout\s+\w+ing\b", re.IGNORECASE)
STANDING = pattern(
    r"\W*(?:(?:now|next|further|here|first|again)\W+)?(?:(?:let us|we)\s+(?:\w+ly\s+|first\s+|now\s+)?)?"
    r"(?:suppose|assume|treat|regard|consider|take|let|stop|block|cut|detach|ignore|neglect|hold|keep|freeze)\b",
    re.IGNORECASE,
)
"""A sentence that supposes something for those behind it."""
IN_GENERAL = pattern(
    r"\b(?:in general|generally|in truth|in fact|actually|however|but|really|without this|no longer|correct)\b",
    re.IGNORECASE,
)
SENTENCE_END = pattern(
    r"[.!?](?=[\s$*_)]|\Z)|\n[ \t]*\n(?=\s*(?:[A-Z#>]|[-*+]\s|\*\*))"
    r"|(?:(?<=\$\$)|\\\])[ \t]*\n(?=\s*[A-Z])"
)
BLANK_LINE = pattern(r"\n\s*\n")
LONGEST = 700
"""Characters in front of a formula that are looked at."""


def with_suppositions(case: Case, resolved: ResolvedChain, opened: Opened) -> ResolvedChain:
    """What a sentence says under a condition that is not read, `If we ignore $\\epsilon$, ...`, is not called wrong."""
    start = resolved.chain.head_span.start
    if resolved.head.trouble:
        return resolved
    if any(one.place == start for one in case.notation.hypotheses):
        return opened(resolved, "it is supposed here, and no claim") if _is_supposed(case, resolved) else resolved
    if supposed := _supposed(case, start):
        return opened(resolved, f"it is said of {supposed}, which is not put in")
    words = _hypothesis(case, resolved)
    return opened(resolved, f"the sentence has a condition that is not read: “{words}”") if words else resolved


SETTINGS = frozenset((Role.SIZE, Role.EPSILON, Role.SCALE, Role.SHIFT, Role.INPUT, Role.TARGET))


def _is_supposed(case: Case, resolved: ResolvedChain) -> bool:
    """A number for a gradient, or zero for a statistic; `for each example $\\mu = 2$` says what the mean is."""
    named = case.notation.symbol(resolved.chain.head)
    if named is not None and case.notation.role(named[0]) in SETTINGS:
        return False
    return named is None or number_of(resolved.chain.steps[0].side) == 0


def _supposed(case: Case, start: int) -> str:
    """The number that is supposed where a chain begins."""
    return next((one.words for one in case.notation.hypotheses if one.covers(start)), "")


def _hypothesis(case: Case, resolved: ResolvedChain) -> str:
    """The condition in the sentence of a formula that is not one between indices."""
    chain = resolved.chain
    start = chain.head_span.start
    formula = case.script.layout.formula_at(start)
    if formula is None or chain.conditions:
        return ""
    if not formula.display:
        text = case.script.note.text
        paragraph = text[end_before(BLANK_LINE, text, start) : start]
        found = HYPOTHESIS.search(re.split(r"(?<=[.!?])\s", paragraph)[-1])
        if found:
            return " ".join(found[0].split())
    if behind := _behind(case, resolved, formula):
        return behind
    for sentence in _sentences(case, formula.span.start):
        for words, holds in ((FIXED, _loses_paths(resolved)), (OTHERWISE, True)):
            found = words.search(sentence) if holds else None
            if found and not DENIED.search(sentence[max(0, found.start() - NEAR) : found.end()]):
                return " ".join(found[0].split())
    return ""


def _behind(case: Case, resolved: ResolvedChain, formula: Formula) -> str:
    """A condition in words behind the last chain of a formula."""
    text, steps = case.script.note.text, resolved.chain.steps
    rest = text[steps[-1].span.end : formula.span.end] if steps else "="
    if "=" in rest or "." in rest:
        return ""
    held = HELD_BEHIND.match(text, formula.span.end) if _loses_paths(resolved) else None
    found = BEHIND.match(text, formula.span.end) or held
    return " ".join(found["words"].split()) if found else ""


NEAR = 25
"""Characters in front of a condition in which it may be denied."""


def _loses_paths(resolved: ResolvedChain) -> bool:
    """Whether it matters to the head that the statistics are held."""
    by = {part.value.name for part in walk(resolved.head.term) if isinstance(part, LossBy)}
    return bool(by & {INPUT, MEAN}) or (resolved.sensitive and resolved.reading is Reading.TOTAL)


def _sentences(case: Case, start: int) -> Iterator[str]:
    """The sentence that a formula stands in, and those right before it that suppose something."""
    text = case.script.note.text
    last, *earlier = reversed(SENTENCE_END.split(OPENING.sub("", text[max(0, start - LONGEST) : start])))
    if not last.strip() and earlier:
        last, *earlier = earlier
        earlier = [last, *earlier] if STANDING.match(last) else []
    else:
        yield last
    if IN_GENERAL.search(last):
        return
    for sentence in earlier[:BEFORE]:
        if "$$" in sentence or IN_GENERAL.search(sentence):
            return
        if STANDING.match(sentence):
            yield sentence


OPENING = pattern(r"\s*(?:\$+|\\\[|\\\(|\\begin\{[a-z*]+\})\s*\Z")
BEFORE = 3
"""Sentences in front of that of a formula that may suppose something for it."""
