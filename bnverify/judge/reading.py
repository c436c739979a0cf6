"""Local or total: what the derivatives of forward quantities by one another mean in a note, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bnverify.frozen import frozen
from bnverify.judge.resolved import ResolvedChain
from bnverify.model.notation import Notation, Role
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Plus, Reading, Sum, Term, Value, free_indices, walk
from bnverify.pattern import pattern
from bnverify.read.announced import says
from bnverify.read.chains import Script
from bnverify.read.latex import parse
from bnverify.read.settings import Settings

TOTAL_WORDS = pattern(
    r"total\s+(?:derivative|one\b|differential)|(?:full|complete)\s+(?:derivative|Jacobian)"
    r"|derivatives?\s+(?:is|are)\s+(?:the\s+)?total|\b(?:all|every|full)\s+dependenc(?:y|ies)",
    re.IGNORECASE,
)
STATISTICS = r"(?:mean|variance|statistics?|μ|σ|nodes?|variables|quantities|everything else|all else)"
LOCAL_WORDS = pattern(
    rf"{STATISTICS}[^.]{{0,60}}(?:held|kept)\s+(?:fixed|constant)"
    rf"|(?:hold|keep)(?:ing)?\s+[^.]{{0,40}}{STATISTICS}[^.]{{0,40}}(?:fixed|constant)"
    r"|(?:holding|keeping)\s+(?:,|and|\s)*(?:fixed|constant)|(?:held|kept)\s+(?:fixed|constant)[^.]{0,20}(?:mean|variance)",
    re.IGNORECASE,
)
NOT_HELD = pattern(
    rf"{STATISTICS}[^.]{{0,40}}\b(?:are|is|were|was)(?:\s+(?:not|never)\b|n't\b)\s+(?:held\s+|kept\s+)?(?:fixed|constants?)\b"
    rf"|\b(?:do|does|did|must|may|can|should|need)(?:\s+(?:not|never)|n't|not)\s+(?:hold|keep|treat)\b[^.]{{0,40}}{STATISTICS}"
    r"[^.]{0,40}\b(?:fixed|constants?)\b"
    rf"|\b(?:not|never|without)\s+(?:holding|keeping|treating)\b[^.]{{0,40}}{STATISTICS}[^.]{{0,40}}\b(?:fixed|constants?)\b",
    re.IGNORECASE,
)
NOT_TOTAL = pattern(r"\b(?:not|no)\s+(?:the\s+|a\s+)?total\s+(?:derivative|differential)s?\s*[:,;]", re.IGNORECASE)
"""What is denied before a colon does not deny what stands behind it."""
SOMETHING_HELD = pattern(r"\b(?:fixed|constants?)\b", re.IGNORECASE)
WORDS: Mapping[Role | None, str] = {
    Role.MEAN: "mean",
    Role.VARIANCE: "variance",
    Role.ROOT: "variance",
    Role.DEVIATION: "variance",
}
Truths = Sequence[bool | None]


@frozen
class NoteReading:
    """`line` is the offset that the evidence comes from, or None."""

    reading: Reading
    evidence: str
    place: int | None = None
    settled: bool = False
    """The note itself says so: no chain is read otherwise."""


def choose_reading(
    settings: Settings,
    prose: str,
    named: str,
    chains: Sequence[ResolvedChain],
    truths: Sequence[dict[Reading, Truths]],
) -> NoteReading:
    """Declared, said in words, shown by the structure, or the one that makes more claims true; ties: local.

    `named` is the prose with the letters of the statistics as words.
    """
    if settings.derivatives:
        return NoteReading(Reading(settings.derivatives), "declared in the front matter", settled=True)
    total = says(TOTAL_WORDS, NOT_TOTAL.sub(". ", prose)) or NOT_HELD.search(named) is not None
    local = says(LOCAL_WORDS, prose) or (NOT_TOTAL.search(named) and says(LOCAL_WORDS, NOT_TOTAL.sub(". ", named)))
    said = [*([Reading.TOTAL] if total else []), *([Reading.LOCAL] if local else [])]
    through = [one for one in chains if one.sensitive and any(_through_nodes(side.term) for side in one.sides)]
    if len(said) == 1:
        # A note that speaks of a total derivative may have a chain rule of local ones beside it.
        return NoteReading(said[0], "the note says so", settled=said[0] is Reading.LOCAL or not through)
    if through:
        place = through[0].chain.head_span.start
        return NoteReading(Reading.LOCAL, "a chain rule goes through the mean and the variance", place)
    for chain in chains:
        if chain.sensitive and _is_jacobian(chain):
            return NoteReading(
                Reading.TOTAL,
                "quantities of one sample are differentiated by the inputs of others",
                chain.chain.head_span.start,
            )
    counts = {reading: sum(bool(true) for chain in truths for true in chain.get(reading, ())) for reading in Reading}
    chosen = Reading.TOTAL if counts[Reading.TOTAL] > counts[Reading.LOCAL] else Reading.LOCAL
    differ = counts[Reading.TOTAL] != counts[Reading.LOCAL]
    return NoteReading(chosen, "it makes more claims true" if differ else "nothing in the note depends on it")


def with_statistics_named(script: Script, notation: Notation) -> str:
    """The prose with a word for each formula that is a letter of the mean or of the variance."""
    formulas, note = script.layout.formulas, script.note
    if not SOMETHING_HELD.search(note.text):
        return script.prose
    pieces = (
        (note.cut(one.lead), "" if one.display else _named(note.cut(one.span), script, notation)) for one in formulas
    )
    return " ".join((*(f"{lead} {word}" for lead, word in pieces), note.text[formulas[-1].end :] if formulas else ""))


def _named(formula: str, script: Script, notation: Notation) -> str:
    """`mean, variance` of `$\\mu, \\sigma^2$`; nothing of what is longer."""
    inner = SIGNS.sub("", formula)
    if len(inner) > LONGEST_NAMES:
        return ""
    exprs = (parse(script.wording.scan(one, 0)) for one in inner.split(","))
    symbols = (notation.symbol(one) for one in exprs)
    return ", ".join(word for one in symbols if one is not None and (word := WORDS.get(notation.role(one[0]))))


SIGNS = pattern(r"\A\s*(?:\$+|\\\(|\\\[|`)|(?:\$+|\\\)|\\\]|`)\s*\Z")
LONGEST_NAMES = 80
"""Characters of a formula that may name the statistics alone."""


def is_by_sign(prose: str, signs: frozenset[str]) -> bool:
    """Whether a note that speaks of total derivatives, or of what is held fixed, has a sign for each of the two."""
    return len(signs) > 1 and any(says(words, prose) for words in (TOTAL_WORDS, LOCAL_WORDS))


def _through_nodes(side: Term) -> bool:
    """dL/dxhat * dxhat/dx beside dL/dmu * dmu/dx or dL/dv * dv/dx."""
    terms = side.terms if isinstance(side, Plus) else (side,)
    met = {node for term in terms for node in _meeting_nodes(term)}
    return bool(met & {MEAN, VARIANCE}) and (NORMALISED in met or len(met) > 1)


def _meeting_nodes(term: Term) -> set[str]:
    """The nodes q with dL/dq and dq/dx in one product."""
    parts = [part for part in walk(term) if isinstance(part, (LossBy, Partial))]
    gradients = {part.value.name for part in parts if isinstance(part, LossBy)}
    return {
        part.of.name
        for part in parts
        if isinstance(part, Partial)
        and isinstance(part.of, Value)
        and part.by.name == INPUT
        and part.of.name in gradients
    }


def _is_jacobian(chain: ResolvedChain) -> bool:
    """A derivative of x-hat, or of what is made of the statistics, of one sample by x of another."""
    terms = [chain.head.term, *(side.term for side in chain.sides)]
    return any(
        isinstance(part, Partial) and part.by.name == INPUT and _of_another_sample(part.of, part.by)
        for term in terms
        for part in walk(term)
    )


def _of_another_sample(of: Term, by: Value) -> bool:
    made = any(isinstance(part, Value) and part.name in (MEAN, VARIANCE, NORMALISED, OUTPUT) for part in walk(of))
    return made and bool(free_indices(of) - set(by.index)) and not isinstance(of, Sum)


def reading_of_chain(note: NoteReading, truths: Mapping[Reading, Truths]) -> Reading:
    """The note's reading, unless sides of the chain are true under exactly one reading, and all of them the other.

    A slip can make a side true by accident where mean and variance are held fixed; it must not turn the
    reading under which the rest of its chain is right.
    """
    if note.settled or len(truths) < len(Reading):
        return note.reading
    sides = zip(truths[Reading.LOCAL], truths[Reading.TOTAL], strict=True)
    only = {
        Reading.LOCAL if local else Reading.TOTAL for local, total in sides if (local is True) is not (total is True)
    }
    return only.pop() if len(only) == 1 else note.reading
