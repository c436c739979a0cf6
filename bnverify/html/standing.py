"""A step -> how it is marked: a class for its colour, a symbol, and words, so that colour is never the only sign."""

from __future__ import annotations

from bnverify.frozen import frozen
from bnverify.record import Kind, Standing, StepRecord


@frozen
class Mark:
    name: str
    symbol: str
    words: str
    meaning: str = ""


MARKS = {
    "right": Mark("right", "✓", "right", "proved for every n"),
    "hidden": Mark("hidden", "!", "right by luck", "the value is right because a zero hides a slip"),
    "warned": Mark("warned", "△", "with a warning", "nothing is wrong yet, but a reader may be misled"),
    "wrong": Mark("wrong", "✗", "wrong", "the error is here"),
    "wrong-again": Mark("wrong", "✗", "wrong again", "a new error on top of an earlier one"),
    "carried": Mark("carried", "↳", "follows from an error", "it repeats an earlier error and adds none"),
    "compensated": Mark("compensated", "↺", "right again", "it undoes an earlier error without saying so"),
    "undecided": Mark("undecided", "?", "not decided", "neither proved nor refuted"),
    "unreadable": Mark("unreadable", "⊘", "not readable", "shown as it is written"),
    "silent": Mark("silent", "–", "not judged", "words, a setting, or a definition that is set aside"),
}
BY_STANDING = {
    Standing.HOLDS: "right",
    Standing.INTRODUCED: "wrong",
    Standing.WRONG_AGAIN: "wrong-again",
    Standing.CARRIED: "carried",
    Standing.COMPENSATED: "compensated",
    Standing.UNDECIDED: "undecided",
}


def mark_of(step: StepRecord) -> Mark:
    if step.kind is Kind.UNREADABLE:
        return MARKS["unreadable"]
    if step.is_wrong and step.standing is Standing.HOLDS:
        return MARKS["wrong"]
    if step.standing is None or step.replaced:
        return MARKS["silent"]
    if step.standing is Standing.HOLDS and step.finding is not None:
        return MARKS["hidden" if step.finding.code == "hidden-slip" else "warned"]
    return MARKS[BY_STANDING[step.standing]]
