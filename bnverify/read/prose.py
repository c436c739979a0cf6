"""The words around a formula -> the condition that they put on it."""

from __future__ import annotations

import re
from bisect import bisect_right

from bnverify.pattern import pattern
from bnverify.read.blocks import Block
from bnverify.read.documents import Layout
from bnverify.read.stance import EXCEPTION, FILLERS, Stance, as_said, stance
from bnverify.read.syntax import Relation
from bnverify.read.tied import goes_on, is_stated
from bnverify.source import Note, Span

CONDITION_IN_WORDS = pattern(
    r"(?:for|case|when|if|where|with)\s+\*?(?P<left>[a-zA-Z]'*)\*?\s*(?P<sign>!=|≠|=|/=|<>)\s*\*?(?P<right>[a-zA-Z]'*)\*?(?=[\s:,.]|$)",
    re.IGNORECASE,
)
EQUALITY_IN_WORDS = pattern(
    r"\b(?:suppose|assume|if|when|for|case|where|let)\b[^.]{0,30}?\b(?P<left>[a-z]'*) "
    r"(?:(?P<same>equals|is equal to|is the same as)|is not equal to|differs from|is different from|does not equal) "
    r"(?P<right>[a-z]'*)\b",
    re.IGNORECASE,
)
OTHERWISE = pattern(
    r"(?:^|[.;\n。；]\s*)\W*(?:otherwise|in the other case|else|sonst|sinon|否则)\b\W*(?:\w+\b\W*){0,5}$", re.IGNORECASE
)
LONGEST_SENTENCES = 160
BEHIND = pattern(r"\s*,?\s*(?:when|whenever|if|for|in case|provided(?:\s+that)?)\s*(?:\$|\\\()?\s*\Z")
"""Between a displayed formula and a condition that goes on with its sentence."""
EXCEPTED_BEHIND = pattern(
    rf"\s*,?\s*(?:\b(?:{EXCEPTION})\b|除[了非]?){FILLERS}{{0,4}}\s*(?:\$|\\\()?\s*", re.IGNORECASE
)
ENDS_THERE = pattern(
    r"[\s$\\)]*(?:[.;]|,?\s*(?:and(?!\s+(?:for|if|when|in|also)\b)|while|whereas|but)\b|\Z)|[ \t$\\)]*\n[ \t>]*\n"
)
FURTHER = pattern(
    r"\s*(?:,|,?\s+and)\s+\*?(?P<left>[a-zA-Z]'*)\*?\s*(?P<sign>!=|≠|=|/=|<>)\s*\*?(?P<right>[a-zA-Z]'*)\*?(?=[\s:,.]|$)"
)
HEADING = pattern(
    r"^[ \t>]*#{1,6}[ \t]+(?P<title>.*)$|<h[1-6]\b[^<>\n]*>(?P<shown>[^\n]{0,200}?)</h[1-6]\s*>",
    re.MULTILINE | re.IGNORECASE,
)
HEADING_IN_TEX = pattern(
    r"\\(?:chapter|(?:sub)*section|(?:sub)?paragraph)\*?\s*(?:\[[^\]\n]*\])?\{(?P<title>(?:[^{}\n]|\{[^{}\n]*\})*)\}"
)
PAUSES = r"\s:,，：；、"
AFTER = pattern(rf"[{PAUSES})}}*]*(?:\b\w+\b[{PAUSES}]*){{0,10}}")
LABEL = pattern(
    r"(?:^|\n)[\s>*_-]*(?:\\paragraph\*?\{)?"
    r"(?:(?:the\s+)?case(?:\s+(?:\d+|[ivx]+|[a-z]\b))?|for|if|when)[\s:.]*\$?\$?(?:\\\()?$",
    re.IGNORECASE,
)
"""A paragraph that begins with a case of its own."""
RUN_IN = pattern(
    r"(?:^|\n)[\s>]*(?:(?:[-*+]|\d+[.)]|\([a-z]+\))\s+)?(?:\*\*|__|\\(?:textbf|emph|textit|(?:sub)?paragraph\*?)\{)[^.*$\n]{0,40}"
    r"(?:\$|\\\()?$"
)
"""A paragraph that begins with a heading of its own: `**Off-diagonal entries (`."""
ITEM = pattern(r"(?:^|\n)[\s>]*(?:[-*+]|\d+[.)]|\([a-z]+\))\s+(?:\$|\\\()?$")
"""An item of a list that begins with its condition."""
AFTER_LABEL = pattern(rf"[{PAUSES}.。)}}*_$]*(?:\b\w+\b[{PAUSES}]*){{0,10}}")
SUPPOSES = pattern(
    r"\b(?:suppose|assume|consider|take|let|case|fall|cas|falls)\b[^.;$]{0,40}(?:\$|\\\()?\s*\Z", re.IGNORECASE
)
"""In front of a condition that holds in the sentence behind it as well."""
LONGEST_HEADING = 40
TAG = pattern(r"</?(?P<name>[A-Za-z][A-Za-z0-9]*)(?:\s[^<>$]*|\s*/)?>")
IN_A_LINE = frozenset("a abbr b code em font i mark small span strong sub sup u".split())
COMPONENT = pattern(
    r"(?:component|summand|term|addend|element)\s+of\s+(?:the\s+)?(?:sum|summation)\s+(?:in|of|for)\s+(?P<source>\S*)\s+(?:as|by)\s*$"
)


class Prose:
    """What stands between the formulas of one note."""

    def __init__(self, note: Note, layout: Layout) -> None:
        self.note = note
        pattern = HEADING_IN_TEX if layout.is_tex else HEADING
        found = [(one.start(), one.groupdict()) for one in pattern.finditer(note.text)]
        self.headings = [(start, words["title"] or words.get("shown") or "") for start, words in found]
        self.starts = [start for start, _ in self.headings]
        self.before: tuple[Relation, ...] = ()
        """The last condition in words."""
        self.last: tuple[Relation, ...] = ()
        """What the formula before stands under."""

    def conditions(self, blocks: list[Block], place: int) -> tuple[Relation, ...]:
        """A condition in the sentence of the formula, or in the heading above it."""
        found = self.stated(blocks, place)
        if not found and place and goes_on(self.note.cut(blocks[place - 1].formula.span), self.lead(blocks[place])):
            found = self.last
        self.last = found
        return found

    def lead(self, block: Block) -> str:
        """The words in front of a formula, without the tags of HTML."""
        return without_tags(self.note.cut(block.formula.lead))

    def stated(self, blocks: list[Block], place: int) -> tuple[Relation, ...]:
        """A condition just before the formula, or in the heading above it."""
        block = blocks[place]
        lead = self.lead(block)
        before = blocks[place - 1] if place else None
        behind = self.behind(blocks, place + 1)
        if behind:
            self.before = behind
            return behind
        if before and before.rows.conditions and OTHERWISE.search(lead):
            return as_said(before.rows.conditions, Stance.EXCEPTED)
        if before and before.rows.conditions and not self.behind(blocks, place - 1) and self.follows(before, lead):
            earlier = blocks[place - 2].rows.conditions if place > 1 else ()
            lead_in = self.lead(before)
            alone = not earlier or bool(re.search(r"[.:\n]", lead_in))
            found = as_stated(before.rows.conditions, lead_in, lead) if alone else ()
            self.before = found or self.before
            return found
        sentence = re.split(r"\n\s*\n(?=.*\n\s*\n)|(?<=[.!?])\s", lead.strip())[-1]
        found = condition_in_words(sentence, block.formula.lead) or self.in_words(block)
        self.before = found or self.before
        return found or self.in_heading(block)

    def behind(self, blocks: list[Block], place: int) -> tuple[Relation, ...]:
        """The condition that ends the sentence of the formula before it: `$$A = B$$ when $i = j$.`, or `unless`."""
        if not 0 < place < len(blocks) or not blocks[place].rows.conditions:
            return ()
        formula, before, lead = blocks[place].formula, blocks[place - 1], self.lead(blocks[place])
        if before.rows.conditions or not any(len(one.sides) > 1 or one.continues for one in before.rows.statements):
            return ()
        if EXCEPTED_BEHIND.fullmatch(lead) and not lead.strip(" ,\n")[:1].isupper():
            return as_said(blocks[place].rows.conditions, Stance.EXCEPTED)
        ends = ENDS_THERE.match(self.note.text, formula.span.end) is not None
        stated = before.formula.display and ends and BEHIND.match(lead) is not None
        return blocks[place].rows.conditions if stated else ()

    def in_words(self, block: Block) -> tuple[Relation, ...]:
        """`Suppose that $i$ equals $j$. Then`, and `Otherwise` behind it."""
        start = block.formula.span.start
        text = re.sub(r"\$|\\[()]", "", without_tags(self.note.text[max(0, start - LONGEST_SENTENCES) : start]))
        text = re.split(r"\n\s*\n", text.rstrip())[-1]
        if OTHERWISE.search(text) and self.before:
            return as_said(self.before, Stance.EXCEPTED)
        found = list(EQUALITY_IN_WORDS.finditer(text))
        if not found or text[found[-1].end() :].count(".") > 1 or len(re.findall(r"\w+", text[found[-1].end() :])) > 6:
            return ()
        sign = "=" if found[-1]["same"] else "\\neq"
        return (Relation(found[-1]["left"], sign, found[-1]["right"], span=block.formula.lead),)

    def follows(self, before: Block, lead: str) -> bool:
        """Whether little stands between a condition and the formula: some words, or the end of `**Case $i = j$.**`."""
        above = self.lead(before)
        label = any(pattern.search(above) for pattern in (LABEL, RUN_IN, ITEM, SUPPOSES))
        return (AFTER_LABEL if label else AFTER).fullmatch(lead) is not None

    def in_heading(self, block: Block) -> tuple[Relation, ...]:
        """A condition in the heading that the formula stands under."""
        found = bisect_right(self.starts, block.formula.span.start) - 1
        heading = self.headings[found][1] if found >= 0 else ""
        plain = re.sub(r"\\neq?(?![a-z])", "≠", heading)
        plain = re.sub(r"\$|\\[()]", " ", plain)
        return condition_in_words("for " + plain.strip() if len(plain) < LONGEST_HEADING else plain, block.formula.lead)


def without_tags(text: str) -> str:
    """What is shown of some HTML: a tag inside a line is nothing, another one ends the line."""
    return TAG.sub(lambda tag: "" if tag["name"].lower() in IN_A_LINE else "\n", text) if "<" in text else text


def as_stated(conditions: tuple[Relation, ...], before: str, behind: str) -> tuple[Relation, ...]:
    """What the words before a condition and behind it make of it."""
    how = stance(before, behind)
    return as_said(conditions, how) if how is Stance.EXCEPTED or is_stated(before) else ()


def condition_in_words(sentence: str, place: Span) -> tuple[Relation, ...]:
    """`for i != j` in a sentence: one condition, or several about different letters, not denied."""
    found = list(CONDITION_IN_WORDS.finditer(sentence))
    if len(found) != 1:
        return ()
    before = sentence[: found[0].start("left")]
    while (further := FURTHER.match(sentence, found[-1].end())) is not None:
        found.append(further)
    letters = [letter for one in found for letter in (one["left"], one["right"])]
    if len(found) > 1 and len(letters) != len(set(letters)):
        return ()
    signs = ["=" if one["sign"] == "=" else "\\neq" for one in found]
    read = tuple(Relation(one["left"], sign, one["right"], span=place) for one, sign in zip(found, signs, strict=True))
    return as_stated(read, before, sentence[found[-1].end() :])
