"""One version of a document -> its pages: at first the verdicts, then the causes that are new, then what `check` says.

The first two pages build on what earlier versions left: provers that know something, and causes of steps whose
characters are the same. The last one is made from nothing, as every check is, so it does not depend on them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

from bnverify.config.found import find_config
from bnverify.files.loaded import Loaded
from bnverify.files.reading import decode
from bnverify.frozen import frozen
from bnverify.ignores import with_ignored_codes
from bnverify.judge.asked import Options, Understood
from bnverify.judge.judgement import Judgement, Verdicts
from bnverify.lsp.page import Page, page_of, trouble_page
from bnverify.model.conventions import with_choices
from bnverify.model.forward import Forward
from bnverify.pipeline import Judged, explain_wrong, judge_note, judge_under, understand
from bnverify.record import FALSE, WRONG, NoteRecord, Trouble
from bnverify.repair.diagnose import unexplained
from bnverify.repair.mend import Explained
from bnverify.run import with_note
from bnverify.source import Note, Span
from bnverify.truth.every_n import Prover, knowing
from bnverify.words.describe import describe

MOST_PROVERS = 12
"""Forward passes that are remembered: each convention that was tried while typing has its own."""


@frozen
class Order:
    """What has to be judged: the text of a document as it stands in the editor."""

    uri: str
    name: str
    text: str
    options: Options
    number: int = 0
    """Each order has its own: the same version of a document may be ordered again, with other files beside it."""


@frozen
class Glanced:
    """A note with its verdicts, and the causes that are known."""

    note: Note
    options: Options
    understood: Understood
    verdicts: Verdicts
    known: Mapping[int, Explained]

    @property
    def waiting(self) -> frozenset[Span]:
        """The wrong steps whose cause is not known."""
        wrong = (one.step.relation for one in self.verdicts.judgements if one.standing in WRONG)
        return frozenset(one for one in wrong if one.start not in self.known)

    def described(self, explained: Mapping[int, Explained]) -> NoteRecord:
        provisional = {one.step.relation.start: unexplained(one) for one in self.verdicts.judgements if _needs(one)}
        record = describe(self.understood, self.verdicts, {**provisional, **explained}, self.options, 0)
        return with_ignored_codes(record, self.options.ignored)


class Sheet:
    """One version of a document while its pages are made; a page that is called off is made again when asked for."""

    def __init__(self, order: Order, provers: dict[Forward, Prover], judged: dict[str, Judged]) -> None:
        """`judged` are the documents as they were last judged as a whole, by their addresses."""
        self.order, self.provers, self.judged = order, provers, judged
        self.glanced: Glanced | None = None
        self.stages = [self.glance, self.causes, self.judge]

    @property
    def is_urgent(self) -> bool:
        """Whether nothing has been said of this version yet."""
        return len(self.stages) == 3

    def next_page(self) -> Page | None:
        """The next page, if there is one at this stage. Raises CalledOff."""
        page = self.stages[0]()
        self.stages = [] if page and page.whole else self.stages[1:]
        return page

    def glance(self) -> Page:
        outcome = self._with_note(self._glanced)
        if isinstance(outcome, Trouble):
            return trouble_page(outcome)
        self.glanced, record = outcome
        return page_of(record, self.glanced.waiting, whole=False)

    def causes(self) -> Page | None:
        one = self.glanced
        if one is None or not one.waiting:
            return None
        record = self._with_note(lambda *_: self._explained(one))
        return trouble_page(record) if isinstance(record, Trouble) else page_of(record, whole=False)

    def judge(self) -> Page:
        outcome = self._with_note(judge_note)
        if isinstance(outcome, Trouble):
            return trouble_page(outcome)
        self.judged[self.order.uri] = outcome
        return page_of(outcome.record)

    def _with_note(self, work: Any) -> Any:
        find_config.cache_clear()
        return with_note(self._loaded(), self.order.options, work, inf)

    def _loaded(self) -> Loaded:
        # Half a character, which JSON can hold and no file can, keeps its place.
        data = self.order.text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        return decode(self.order.name, data)

    def _glanced(self, note: Note, options: Options) -> tuple[Glanced, NoteRecord]:
        if len(self.provers) > MOST_PROVERS:
            self.provers.clear()
        options = replace(options, witnesses=("proof",))
        with knowing(self.provers):
            understood = understand(note, options.assumed)
            convention = with_choices(understood.declared.convention, options.forced)
            verdicts = judge_under(understood, convention, options.witnesses)
            before = self.judged.get(self.order.uri)
            known = _known(note, verdicts, before) if before else {}
            found = Glanced(note, options, understood, verdicts, known)
            return found, found.described(known)

    def _explained(self, one: Glanced) -> NoteRecord:
        with knowing(self.provers):
            return one.described(explain_wrong(one.note, one.understood, one.verdicts, one.options, one.known))


def _needs(one: Judgement) -> bool:
    return one.standing in FALSE or one.hidden


# -- causes of steps that stand as they stood


def _known(note: Note, verdicts: Verdicts, before: Judged) -> Mapping[int, Explained]:
    """The causes of the false steps that were there before, with the same chain in front of them, moved to their place.

    They are shown until they are found anew: what else has changed in the note may have changed them.
    """
    old_note = before.record.note
    old: dict[Any, tuple[int, Explained]] = {}
    for one in before.verdicts.judgements:
        found = before.explained.get(one.step.relation.start)
        if found is not None and not any(mend.mends for mend in found.mends):
            old[_seen(old_note, one)] = one.step.relation.start, found
    known: dict[int, Explained] = {}
    for one in verdicts.judgements:
        place = one.step.relation.start
        if _needs(one) and (same := old.get(_seen(note, one))) is not None:
            known[place] = moved(same[1], place - same[0])
    return known


def _seen(note: Note, one: Judgement) -> tuple[object, ...]:
    """What the cause of a step depends on before all: its chain as it is written up to its end, and what it states."""
    end = max(one.step.span.end, one.step.relation.end)
    return note.text[one.chain.head_span.start : end], one.standing, one.identity, one.hidden, one.true_otherwise


def moved(value: Any, by: int) -> Any:
    """The same with every place in it moved by so many characters."""
    if isinstance(value, Span):
        return Span(value.start + by, value.end + by)
    if isinstance(value, tuple):
        return tuple(moved(one, by) for one in value)
    names = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    changed = {name: new for name in names if (new := moved(old := getattr(value, name), by)) is not old}
    return replace(value, **changed) if changed else value
