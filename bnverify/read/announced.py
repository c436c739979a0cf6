"""What a note announces of its notation, sentence by sentence: one that denies, or only may, announces nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bnverify.pattern import pattern

END = pattern(r"[.!?;](?=[\s$*_)]|$)|\n[ \t]*\n|\n(?=\s*(?:[-*+]|#+)\s)")
IN_DOUBT = pattern(
    r"\b(?:no|not|non|never|nowhere|none|neither|nor|without|avoid\w*|instead|unlike|rather|except|unless|only|but"
    r"|if|can|could|may|might|would|should|cannot|some|sometimes|often|usually|many|others?|drop\w*|refrain\w*)\b|n't\b",
    re.IGNORECASE,
)
"""Words with which a sentence may say the opposite, or speak of something else."""


def announcements(text: str) -> Iterator[str]:
    """The sentences of a text that say plainly what they say."""
    for sentence in END.split(text):
        if sentence.strip() and not IN_DOUBT.search(sentence):
            yield " ".join(sentence.split())
