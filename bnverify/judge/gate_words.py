"""The text around a formula -> whether it speaks of one gate of the graph, or of the whole gradient."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bnverify.frozen import frozen
from bnverify.model.quantities import MEAN, NORMALISED, VARIANCE
from bnverify.pattern import pattern
from bnverify.read.chains import Script
from bnverify.read.documents import Formula
from bnverify.read.prose import HEADING, HEADING_IN_TEX

ONE_GATE = pattern(r"\b(?:gate|node|branch|edge(?! case)|path|message)\b|\blocal gradient\b", re.IGNORECASE)
GRAPH = pattern(r"\bcomputation(?:al)?[ -]graph\b", re.IGNORECASE)
SEVERAL = r"(?:paths|branches|edges|gates|nodes|contributions|messages|gradients|terms|parts)"
WHOLE = pattern(
    r"\b(?:together|altogether|in total|finally|final|combin\w+|collect\w*|accumulat\w+"
    r"|add(?:s|ed|ing)?\s+(?:up|them|the|all)"
    r"|(?:whole|full|complete|entire|total)\s+(?:gradient|derivative|formula|result|answer|backward)"
    rf"|(?:all|both|two|three|four|every|these|those)\s+(?:of\s+)?(?:the\s+|its\s+)?(?:\w+\s+)?{SEVERAL}"
    rf"|sum(?:s|med|ming)?\s+(?:of|over|up|the|all)\b[^.\n]{{0,40}}{SEVERAL})\b",
    re.IGNORECASE,
)
"""Words that say that nothing is left out."""
NAMED: Mapping[str, re.Pattern[str]] = {
    MEAN: pattern(r"\bmean|\baverage|\\mu", re.IGNORECASE),
    VARIANCE: pattern(r"\bvarianc|\\sigma|\bspread", re.IGNORECASE),
    NORMALISED: pattern(r"\bnormali[sz]|\\hat|\bx-?hat|\bdirect", re.IGNORECASE),
}
"""What a gate is called by the quantity that it computes."""
COMMENT = pattern(r"<!--.*?-->|\$\$|\\[\[\]]|\\(?:begin|end)\{[a-z*]+\}", re.DOTALL)
WORD = pattern(r"[^\W\d_]{2,}")


@frozen
class Around:
    """The text near a formula: the heading that it stands under, what stands before it, and the paragraph behind."""

    heading: str
    before: str
    behind: str


def says_one_gate(around: Around, child: str, graph: bool = True) -> bool:
    """Whether the text calls the formula the rule of one gate, and of no other one than that of `child`.

    `graph`: whether it is enough to speak of the graph as a whole.
    """
    if says_whole(around):
        return False
    texts = (around.before, around.heading, around.behind)
    spoken = [text for text in texts if ONE_GATE.search(text) or (graph and GRAPH.search(text))]
    named = {name for name, pattern in NAMED.items() if any(pattern.search(text) for text in spoken)}
    return bool(spoken) and (not named or child in named or child not in NAMED)


def says_whole(around: Around) -> bool:
    """Whether the text before a formula says that nothing is left out."""
    return bool(WHOLE.search(around.heading) or WHOLE.search(around.before))


def around(script: Script, place: int) -> Around:
    """The text near the formula that holds an offset."""
    text, formulas = script.note.text, script.layout.formulas
    number = next((k for k, one in enumerate(formulas) if one.span.start <= place <= one.span.end), None)
    if number is None:
        return Around("", "", "")
    pattern = HEADING_IN_TEX if script.layout.is_tex else HEADING
    own = formulas[number]
    headings = [found for found in pattern.finditer(text) if found.start() < own.span.start]
    floor = headings[-1].end() if headings else 0
    before = _before(text, formulas[: number + 1], floor)
    ceiling = next((one.span.start for one in formulas[number + 1 :] if one.display), len(text))
    following = pattern.search(text, own.span.end)
    ceiling = min(ceiling, following.start()) if following else ceiling
    return Around(headings[-1]["title"] if headings else "", before, _paragraph(text[own.span.end : ceiling]))


def _before(text: str, formulas: Sequence[Formula], floor: int) -> str:
    """The last text before a formula, over displayed formulas that nothing stands between."""
    *earlier, own = formulas
    end = own.span.start
    displays = [one for one in earlier if one.display and one.span.end > floor]
    for start, next_end in [*((one.span.end, one.span.start) for one in reversed(displays)), (floor, floor)]:
        found = COMMENT.sub(" ", text[start:end])
        if WORD.search(found) or start == floor:
            return found
        end = next_end
    return ""


def _paragraph(text: str) -> str:
    """The first paragraph that holds words."""
    return next((one for one in re.split(r"\n\s*\n", COMMENT.sub(" ", text)) if WORD.search(one)), "")
