"""What a note announces of its notation, sentence by sentence: one that denies, or only may, announces nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bnverify.pattern import pattern

END = pattern(r"[.!?;](?=[\s$*_)]|$)|\n[ \t]*\n|\n(?=\s*(?:[-*+]|#+)\s)")
ELSEWHERE = (
    r"nicht|kein\w*|nie|niemals|ohne|pas|jamais|sans|aucun\w*|nunca|sin|jam[aá]s|não|nem|sem|senza|mai|nessun\w*"
    r"|niet|geen|nooit|zonder|inte|ej|ikke|ingen|uten|nie|bez|не|без"
)
"""Negations of other languages, as words."""
UNSPACED = r"[不没沒无無未勿]|ない|なし|ません|않|없"
"""And those of languages that write no spaces."""
IN_DOUBT = pattern(
    r"\b(?:no|not|non|never|nowhere|none|neither|nor|without|avoid\w*|instead|unlike|rather|except|unless|only|but"
    r"|if|can|could|may|might|would|should|cannot|some|sometimes|often|usually|many|others?|drop\w*|refrain\w*"
    rf"|{ELSEWHERE})\b|n't\b|{UNSPACED}",
    re.IGNORECASE,
)
"""Words with which a sentence may say the opposite, or speak of something else."""
DENIED = pattern(
    r"\b(?:not|never|unlike|instead of|rather than|in contrast|as opposed|no longer|without|if|were|would"
    rf"|{ELSEWHERE})\b|n't\b|{UNSPACED}",
    re.IGNORECASE,
)
"""Words with which it denies or supposes."""
INFERENCE = pattern(
    r"\b(?:inference|test[- ]time|eval(?:uation)?[- ](?:mode|time)|running (?:mean|averages?|statistics|estimates?))\b",
    re.IGNORECASE,
)
TRAINING = pattern(
    r"\b(?:in|during|at|while) training\b|\btraining (?:time|mode)\b|\bbatch statistics\b", re.IGNORECASE
)


def says(words: re.Pattern[str], text: str) -> bool:
    """Whether a sentence says something, and does not deny or suppose it."""
    return bool(words.search(text)) and any(words.search(one) and not DENIED.search(one) for one in END.split(text))


def end_before(ends: re.Pattern[str], text: str, place: int) -> int:
    """Where the last match before a place ends, or 0; looked for near the place first, as most sentences are short."""
    length = LONGEST_SENTENCE
    while True:
        start = max(0, place - length)
        found = [one.end() for one in ends.finditer(text, start, place)]
        if found or not start:
            return found[-1] if found else 0
        length *= 4


def sentence_before(text: str, place: int) -> str:
    """The beginning of the sentence that a place is in."""
    return END.split(text[max(0, place - LONGEST_SENTENCE) : place].rstrip(" \n$\\[("))[-1]


LONGEST_SENTENCE = 400
"""Characters of a sentence that are looked at."""


def announcements(text: str) -> Iterator[str]:
    """The sentences of a text that say plainly what they say."""
    for sentence in END.split(text):
        if sentence.strip() and not IN_DOUBT.search(sentence):
            yield " ".join(sentence.split())
