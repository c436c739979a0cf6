"""A note that was read -> what is wrong with the reading, whatever the note says: an own look at places and signs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from bnverify.read.accounting import Account
from bnverify.read.chains import Script
from bnverify.read.syntax import Unreadable, inside
from bnverify.source import Span

HELD = re.compile(r"\\(?:text|mbox|hbox|mathrm|operatorname|tag|label|begin|end)\b")
PLAIN = re.compile(r"[A-Za-z0-9_^\\ \n+\-*/.,&'(){}\[\]=]*")
"""Formulas in which every sign of equality outside brackets is a step, a condition or an annotation, and nothing else."""
NO_BRACKETS = re.compile(r"\\(?:begin|end)\{(?:aligned|align|gathered|split)\*?\}|\\[^A-Za-z]")


def faults(script: Script, account: Account) -> Iterator[str]:
    """What must not be, in words."""
    text = script.note.text
    yield from (f"lost: {text[one.start : one.end]!r} at {one.start}" for one in account.lost)
    if min(account.read, account.annotation, account.unreadable) < 0:
        yield f"negative counts: {account.as_dict()}"
    if sum(account.as_dict().values()) > len(text):
        yield f"more characters of mathematics than the text has: {account.as_dict()}"
    yield from _places(script)
    yield from _lost_steps(script)


def _spans(script: Script) -> Iterator[tuple[str, Span]]:
    for chain in script.chains:
        yield "head", chain.head_span
        for step in chain.steps:
            yield "relation", step.relation
            yield "side", step.span
            yield from (("further row", one) for one in step.more)
    yield from (("mention", one) for one in script.mentions)
    yield from (("annotation", one) for one in script.annotations)
    yield from (("formula", one.span) for one in script.layout.formulas)
    yield from (("lead", one.lead) for one in script.layout.formulas)
    yield from (("hidden", one) for one in script.layout.hidden)
    yield from (("outside", one) for one in script.layout.outside)
    yield from (("expectation", one.span) for one in script.layout.expectations)
    yield from (("notice", one) for one, _ in script.notices)


def _places(script: Script) -> Iterator[str]:
    size = len(script.note.text)
    for name, span in _spans(script):
        if span.end > size:
            yield f"{name} beyond the end: {span}"
    formulas = script.layout.formulas
    for one, other in pairwise(formulas):
        if one.span.end > other.span.start:
            yield f"formulas overlap: {one.span}, {other.span}"
    signs = [step.relation for chain in script.chains for step in chain.steps]
    for sign in signs:
        if script.layout.formula_at(sign.start) is None and script.note.cut(sign) != "=":
            yield f"a relation outside formulas: {sign}"
    if not script.layout.macros.by_name and len(set(signs)) < len(signs):
        yield "two steps have one relation sign"


def _lost_steps(script: Script) -> Iterator[str]:
    """In a plain formula of one line a `=` outside braces and brackets is a step, or stands in an annotation."""
    steps = {step.relation.start for chain in script.chains for step in chain.steps}
    conditions = [one.span for chain in script.chains for one in chain.conditions]
    other = [*script.annotations, *script.mentions, *script.layout.hidden, *conditions, *_unreadable(script)]
    for formula in script.layout.formulas:
        written = script.note.cut(formula.span)
        body = NO_BRACKETS.sub(lambda match: " " * len(match.group()), written)
        if (
            script.layout.macros.by_name
            or r"\{" in written
            or not PLAIN.fullmatch(body)
            or HELD.search(body)
            or not _is_balanced(body)
        ):
            continue
        for place in _top_level(body):
            at = formula.span.start + place
            if at not in steps and not any(one.start <= at < one.end for one in other):
                yield f"a lost step: the = at {at}"


def _unreadable(script: Script) -> Iterator[Span]:
    """What is reported as unread; a sign of equality in it is no step of its own."""
    for chain in script.chains:
        parts = [(chain.head, chain.head_span), *((step.side, step.span) for step in chain.steps)]
        yield from (span for expr, span in parts if any(isinstance(node, Unreadable) for node in inside(expr)))


PAIRS = {"{": "}", "(": ")", "[": "]"}


def _is_balanced(body: str) -> bool:
    """Whether brackets of all kinds fit into one another."""
    awaited: list[str] = []
    for sign in body:
        if sign in PAIRS:
            awaited.append(PAIRS[sign])
        elif sign in PAIRS.values() and (not awaited or awaited.pop() != sign):
            return False
    return not awaited


def _top_level(body: str) -> Iterator[int]:
    depth = 0
    for place, sign in enumerate(body):
        depth += (sign in PAIRS) - (sign in PAIRS.values())
        if (
            sign == "="
            and not depth
            and not body.startswith("==", place)
            and body[place - 1 : place] not in ("=", "\\", "+", "^", "_")
        ):
            yield place
