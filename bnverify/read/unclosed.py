"""A formula that is never closed -> where it ends: before the words that go on behind it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bnverify.pattern import pattern
from bnverify.read.extents import TEXT, Extent
from bnverify.read.stray import WORDS
from bnverify.read.tokens import Raw
from bnverify.source import Note, Span

WORDED = pattern(
    rf"(?P<text>{TEXT}[^{{}}]*\}}?)|(?P<words>(?<![\\A-Za-z{{_^])[A-Za-z]{{2,}}(?:[ \t\n,]+[A-Za-z]{{2,}}\b)*)"
)
ALONE = 3
"""Letters of a known word that is no product even where it stands alone."""


def ended(text: str, found: Extent) -> Extent:
    """What was found; if it is a formula that is never closed, without the words at its end."""
    if found.closed or found.content is None:
        return found
    content = before_words(text, found.content)
    return found if content == found.content else found._replace(content=content, end=content.end)


def before_words(text: str, content: Span) -> Span:
    """The content up to the first words of a sentence, if mathematics stands before them."""
    for found in WORDED.finditer(text, content.start, content.end):
        if found.lastgroup == "words" and _is_said(found.group()):
            head = text[content.start : found.start()].rstrip(" \t\n,.;:")
            return Span(content.start, content.start + len(head)) if head.strip() else content
    return content


def _is_said(words: str) -> bool:
    known = [word for word in re.findall("[A-Za-z]+", words) if word.lower() in WORDS]
    return len(known) > 1 or any(len(word) >= ALONE for word in known)


def breaks_off(tokens: Sequence[Raw], formula: Span, note: Note) -> bool:
    """Whether the note ends in the middle of a formula: without the end of its line, or within brackets."""
    if note.text[formula.end :].strip():
        return False
    opened = sum(piece.kind in ("{", "open", "begin") for piece in tokens)
    closed = sum(piece.kind in ("}", "close", "end") for piece in tokens)
    return opened > closed or not note.text.endswith("\n")
