"""Judgements -> the record and its diagnostics: every sentence of the program about a note."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from bnverify.diagnostic import Diagnostic, Label, Severity
from bnverify.expectations import match_expectations
from bnverify.ignores import UNUSED, match_ignores
from bnverify.judge.asked import Options, Understood
from bnverify.judge.assumed import assumed_of_targets
from bnverify.judge.judgement import Judgement, Verdicts, is_final_formula
from bnverify.lineage import sources_of
from bnverify.model.arrange import index_names
from bnverify.model.axes import letter_of
from bnverify.model.places import GENERIC
from bnverify.model.terms import Partial, Plus, Power, Reading, rename, walk
from bnverify.model.writing import Spelling, plain, spelling_of
from bnverify.read.accounting import account
from bnverify.read.syntax import Derivative, inside
from bnverify.record import (
    FALSE,
    WRONG,
    Example,
    Finding,
    Kind,
    NoteRecord,
    Numbers,
    Part,
    Standing,
    StepRecord,
    Witnesses,
)
from bnverify.repair.mend import Explained
from bnverify.source import Note
from bnverify.truth.verdict import Counterexample, Proved, Refuted, Undecided
from bnverify.words.causes import help_words, other_words, repair_of, sentence
from bnverify.words.conditions import condition_words
from bnverify.words.conventions import ALL_CHOICES, convention_parts, forced_choices, overruled_words, replaced_words
from bnverify.words.layers import has_variance, layer_words
from bnverify.words.mended import alike, with_mended
from bnverify.words.note_findings import note_findings
from bnverify.words.shapes import shape_words
from bnverify.words.true_formula import true_formula


def describe(
    understood: Understood,
    verdicts: Verdicts,
    explained: Mapping[int, Explained],
    options: Options,
    changed: int,
) -> NoteRecord:
    """The record of one note; `explained` says why steps are wrong, by the offsets of their relation signs."""
    note = understood.script.note
    spelling = spelling_of(understood.notation)
    convention = convention_parts(understood, verdicts.convention, options)
    why = [explained.get(one.step.relation.start, Explained()) for one in verdicts.judgements]
    steps = with_mended(
        note,
        [
            _step(one, verdicts, spelling, found, convention)
            for one, found in zip(verdicts.judgements, why, strict=True)
        ],
    )
    diagnostics = [
        _diagnostic(understood, one, step, steps, found)
        for one, step, found in zip(verdicts.judgements, steps, why, strict=True)
        if step.finding is not None
    ]
    accounted, forced = account(understood.script), forced_choices(convention)
    findings = note_findings(understood, accounted, verdicts)
    ignoring = match_ignores(understood.script, steps, findings)
    # Under another convention an error may be none, and what ignores it stays right under its own.
    findings = findings if forced else (*findings, *ignoring.unused)
    loose = [one for one in findings if one.code in LOOSE]
    matched = match_expectations(understood.script, steps, frozenset(forced), ALL_CHOICES, loose)
    expected = {step.finding.span for step in steps if step.finding and step.relation in matched.met}
    return NoteRecord(
        note=note,
        convention=convention,
        assumed=(*_assumed(understood), *assumed_of_targets(verdicts.judgements)),
        reading=verdicts.reading.reading.value,
        reading_evidence=_evidence(note, verdicts),
        forced=", ".join(forced),
        changed_verdicts=changed,
        steps=steps,
        diagnostics=tuple(diagnostics),
        compared=understood.script.compared,
        alike=alike(note, steps),
        layer=layer_words(understood.notation),
        has_variance=has_variance(understood.notation),
        note_findings=findings,
        unmet=matched.unmet,
        expected=matched.met,
        expected_findings=matched.loose,
        ignored=tuple(one for one in ignoring.ignored if one.span not in expected),
        bytes=accounted.as_dict(),
        limits=options.limits,
    )


# -- the note


def _assumed(understood: Understood) -> tuple[str, ...]:
    """What the note does not say of its letters."""
    assumed = []
    notation = understood.notation
    along = notation.shape.along
    same = [str(one) for one in notation.sizes if one.letter not in (*along, *notation.shape.unlike)]
    if len(same) > 1:
        assumed.append(f"{' and '.join(same)} are one number, the number of samples")
    for axes in dict.fromkeys(along.values()):
        same = sorted({letter for letter, own in along.items() if own == axes})
        if len(same) > 1:
            assumed.append(f"{' and '.join(same)} are one number")
    if understood.notation.built_in:
        names = ", ".join(str(symbol) for symbol in understood.notation.built_in)
        constant = notation.shape.layer.constant
        meaning = "constant" if constant else "the usual meaning of"
        assumed.append(f"{meaning} {names}, which the note never defines")
    return tuple(assumed)


def _evidence(note: Note, verdicts: Verdicts) -> str:
    reading = verdicts.reading
    where = "" if reading.place is None else f" ({note.lines([reading.place])})"
    return reading.evidence + where


# -- one step


def _step(
    one: Judgement, verdicts: Verdicts, spelling: Spelling, explained: Explained, convention: tuple[Part, ...]
) -> StepRecord:
    placed = one.placed
    standing = one.standing
    spelling = _own_spelling(one, spelling)
    head = _head_as(one, spelling)
    return StepRecord(
        relation=one.step.relation,
        side_span=one.step.span,
        head=one.chain.head_latex,
        side=one.step.latex,
        kind=one.kind,
        standing=standing,
        read_as=_read_as(one, head, spelling),
        head_as=head,
        assumptions=_assumptions(one),
        true=placed.true if placed else None,
        follows=placed.follows if placed else None,
        reading=one.reading,
        uses=one.uses,
        witnesses=_witnesses(one),
        example=_example(one, spelling),
        true_at=tuple(sorted(one.panel.verdict.true_at))
        if one.panel and isinstance(one.panel.verdict, Refuted)
        else (),
        why=one.why,
        finding=_finding(one, head, explained),
        repairs=tuple(repair_of(mend) for mend in explained.mends),
        notices=_notices(one, convention),
        replaced=one.replaced,
        setting=one.setting,
        chain=one.chain.head_span.start,
        comes_from=placed.comes_from if placed else (),
        final=is_final_formula(one),
        closed_form=true_formula(one, verdicts, spelling) if standing in FALSE else "",
        true_otherwise=one.true_otherwise.short if one.true_otherwise else "",
    )


def _assumptions(one: Judgement) -> tuple[str, ...]:
    resolved = (*one.head.assumptions, *one.side.assumptions)
    return tuple(dict.fromkeys((*resolved, *_condition_words(one), *shape_words(one))))


def _read_as(one: Judgement, head: str, spelling: Spelling) -> str:
    """The step in plain mathematics, with the choices that its letters do not show."""
    if one.kind in (Kind.PROSE, Kind.UNREADABLE):
        return ""
    side = "?"
    if not one.side.trouble:
        side = plain(rename(one.side.term, {GENERIC: generic_letter(one)}), spelling)
    parts = [part for term in (one.head.term, one.side.term) for part in walk(term) if isinstance(part, Partial)]
    choices = [HELD[parts[0].reading]] if parts and one.reading != "either" else []
    return ", ".join([f"{head} = {side}", *choices, *_condition_words(one)])


HELD = {Reading.LOCAL: "mean and variance held fixed", Reading.TOTAL: "mean and variance follow x"}


def _head_as(one: Judgement, spelling: Spelling) -> str:
    """The head in plain letters; a helper, or a letter for the divisor of x-hat, by its name, not by its meaning."""
    named = one.head.term == one.side.term or isinstance(one.head.term, (Power, Plus))
    if one.head.trouble or (one.kind is Kind.DEFINITION and named):
        return one.chain.head_latex
    return plain(rename(one.head.term, {GENERIC: generic_letter(one)}), spelling)


def generic_letter(one: Judgement) -> str:
    """The letter for the index of unindexed families: one that neither side uses."""
    taken = index_names(one.head.term) | index_names(one.side.term)
    return next((letter for letter in "ijklm" if letter not in taken), "p")


def _condition_words(one: Judgement) -> tuple[str, ...]:
    return condition_words(one.chain.conditions)


def _witnesses(one: Judgement) -> Witnesses | None:
    if one.panel is None:
        return Witnesses("refuted") if one.malformed else None
    names = {Proved: "proved", Refuted: "refuted", Undecided: "abstains"}
    symbolic, numeric = one.panel.symbolic, one.panel.numeric
    return Witnesses(
        names[type(one.panel.verdict)],
        symbolic.opinion.value if symbolic else "",
        tuple(symbolic.differs) if symbolic else (),
        numeric.opinion.value if numeric else "",
        tuple(numeric.differs) if numeric else (),
        numeric.error if numeric else None,
        numeric.error_words if numeric else "",
    )


def _own_spelling(one: Judgement, spelling: Spelling) -> Spelling:
    """The letters of a line that speaks of the statistics of inference."""
    scope = one.line.scope if one.line is not None else None
    return spelling_of(scope.notation, constant=True) if scope is not None and scope.layer.constant else spelling


def _example(one: Judgement, spelling: Spelling) -> Example | None:
    if one.panel is None or not isinstance(one.panel.verdict, Refuted):
        return None
    return _example_of(one.panel.verdict.counterexample, one, spelling)


def _example_of(found: Counterexample, one: Judgement, spelling: Spelling) -> Example:
    generic = generic_letter(one)
    indices = {generic if name == GENERIC else letter_of(name): value for name, value in found.indices.items()}
    values = {_shown_name(name, spelling): value for name, value in found.values.items()}
    return Example(found.n, values, indices, found.left, found.right)


def _shown_name(name: str, spelling: Spelling) -> str:
    """The note's letter for a value; `exp x` is one of its own, and so is g, the gradient of the loss by y."""
    if name == "dL/dy":
        return "g"
    function, _, letter = name.rpartition(" ")
    return f"{function} {spelling.plain(letter)}".lstrip()


def _finding(one: Judgement, head: str, explained: Explained) -> Finding | None:
    span = one.step.span
    standing = one.standing
    if one.kind is Kind.UNREADABLE:
        return Finding("unreadable", Severity.WARNING, f"this cannot be read: {one.why}", span)
    if standing is Standing.UNDECIDED:
        return Finding("undecided", Severity.WARNING, f"this is not decided: {one.why}", span)
    if standing in WRONG or explained.cause is not None:
        return _error(one, head, explained)
    if standing is Standing.COMPENSATED:
        message = "right again: this step undoes an earlier error without saying so"
        return Finding("compensated", Severity.WARNING, message, span)
    if one.redefines:
        message = f"{head} has another meaning from here on"
        return Finding("redefined-symbol", Severity.WARNING, message, span)
    if one.hidden:
        message = "the value is right only because a sum that is zero hides a wrong factor"
        return Finding("hidden-slip", Severity.WARNING, message, span)
    return None


def _error(one: Judgement, head: str, explained: Explained) -> Finding:
    cause = explained.cause
    assert cause is not None, one
    return Finding(cause.code, Severity.ERROR, sentence(explained, one, head), cause.place, explained.also)


def _notices(one: Judgement, convention: tuple[Part, ...]) -> tuple[tuple[str, str], ...]:
    found = [(notice.code, notice.message) for notice in one.step.notices]
    if one.replaced:
        found.append(("overridden", replaced_words(convention)))
    if one.side.shorthand:
        found.append(("shorthand-sum", "the sum of the chain rule is understood, as a later side has it"))
    if _missing_sign(one):
        found.append(("missing-partial", "a sign of differentiation is missing: read as a derivative"))
    return tuple(found)


def _missing_sign(one: Judgement) -> bool:
    """Whether a derivative lacks its sign, in the side, or in the head that stands before the first one."""
    exprs = (one.chain.head, one.step.side) if one.step is one.chain.steps[0] else (one.step.side,)
    return any(isinstance(node, Derivative) and not node.complete for expr in exprs for node in inside(expr))


# -- diagnostics


def _diagnostic(
    understood: Understood, one: Judgement, step: StepRecord, steps: Sequence[StepRecord], explained: Explained
) -> Diagnostic:
    note, finding = understood.script.note, step.finding
    assert finding is not None
    severity = Severity(finding.severity)
    context = _context(one, step, steps) if severity is Severity.ERROR else ()
    facts = [f"read as: {step.read_as}"] if step.read_as else []
    if step.example is not None:
        facts.append(example_words(step.example, step.head_as))
    facts += [MISREAD] if explained.misread else []
    facts += overruled_words(understood, step.relation)
    facts += _unlinked(understood, one, step, explained)
    facts += [f"a second slip in the same step: {', '.join(finding.also)}"] if finding.also else []
    facts += _more_facts(note, step, steps)
    help, others = help_words(note, step.repairs), other_words(note, step.repairs)
    place = Label(finding.span)
    return Diagnostic(finding.code, severity, finding.message, place, context, tuple(facts), help, others)


def _unlinked(understood: Understood, one: Judgement, step: StepRecord, explained: Explained) -> list[str]:
    """The derivative with mu and v as free letters, which tells a slip that a zero hides."""
    found = explained.unlinked
    if found is None:
        return []
    example = _example_of(found, one, spelling_of(understood.notation))
    return [f"with the mean and the variance as letters of their own, {example_words(example, step.head_as)}"]


LOOSE = ("wrong-shape", UNUSED)
"""Findings of the note as a whole that it may expect behind a formula."""
MISREAD = "probably misread or mistyped, not miscalculated: one mark makes it right"


def _context(one: Judgement, step: StepRecord, steps: Sequence[StepRecord]) -> tuple[Label, ...]:
    """The side before, where there is one in the same chain."""
    own = {s.relation for s in one.chain.steps}
    chain = [other for other in steps if other.relation in own and other.relation < step.relation]
    before = chain[-1] if chain else None
    return (Label(before.side_span, "the side before"),) if before else ()


def _more_facts(note: Note, step: StepRecord, steps: Sequence[StepRecord]) -> list[str]:
    facts = []
    sizes = [n for n in step.true_at if n > 1]
    if sizes:
        facts.append(f"true only for n = {', '.join(map(str, sizes))}")
    if step.standing is Standing.COMPENSATED:
        facts += _undone(note, step, steps)
    if step.uses:
        facts.append(f"uses {' and '.join(step.uses)}")
    followers = followers_of(step, steps)
    if followers:
        lines = note.lines(other.relation.start for other in followers)
        plural = "step follows" if len(followers) == 1 else "steps follow"
        facts.append(f"{len(followers)} later {plural} from it ({lines})")
    return facts


def _undone(note: Note, step: StepRecord, steps: Sequence[StepRecord]) -> list[str]:
    """The lines of the errors that a right step undoes: those since the last right one, and what they come from."""
    behind = [other for other in steps if other.chain == step.chain and other.relation < step.relation]
    false = list(takewhile(lambda one: one.standing in FALSE, reversed(behind)))
    sources = sources_of(steps)
    spans = {span for other in false for span in sources.get(other.relation, ())}
    lines = note.lines(span.start for span in spans)
    return [f"it undoes the error of {lines}"] if lines else []


def followers_of(step: StepRecord, steps: Sequence[StepRecord]) -> list[StepRecord]:
    """The carried steps directly behind a wrong one, and those that repeat it."""
    if step.standing not in WRONG:
        return []
    found = [other for other in steps if step.relation in other.comes_from]
    behind = [other for other in steps if other.chain == step.chain and other.relation > step.relation]
    return found + list(takewhile(lambda one: one.standing is Standing.CARRIED and not one.comes_from, behind))


def example_words(example: Example, head: str) -> str:
    """`for n = 2, x = (0, 2), i = 1: the head is -1, this side is 1`."""
    given = [f"n = {example.n}"]
    given += [f"{name} = {number_words(value)}" for name, value in example.values.items()]
    given += [f"{name} = {value}" for name, value in example.indices.items()]
    return f"for {', '.join(given)}: {head} is {example.head}, this side is {example.side}"


def number_words(value: Numbers) -> str:
    return f"({', '.join(map(number_words, value))})" if isinstance(value, tuple) else str(value)
