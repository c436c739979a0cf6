"""A note -> its record: the whole program on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from functools import partial, reduce

from bnverify.frozen import frozen
from bnverify.ignores import with_ignored_codes
from bnverify.judge.asked import Options, Understood
from bnverify.judge.case import Case, agree
from bnverify.judge.contributed import with_own_parts
from bnverify.judge.judge import judge
from bnverify.judge.judgement import Judgement, Verdicts
from bnverify.judge.reading import is_by_sign
from bnverify.judge.resolved import signs_of
from bnverify.judge.second_layer import with_second_layer
from bnverify.model.above import with_names_above
from bnverify.model.called import with_letters_for_calls
from bnverify.model.contributions import with_contributions
from bnverify.model.conventions import NAMES, USUAL, Convention, Variance, with_choices
from bnverify.model.declarations import declare, node_definitions
from bnverify.model.forward import normalisation
from bnverify.model.in_words import with_words
from bnverify.model.inference import infer
from bnverify.model.layers import LAYERS
from bnverify.model.lengths import with_mean_lengths
from bnverify.model.losses import with_loss
from bnverify.model.made_losses import with_made_losses
from bnverify.model.misdefined import with_meant_divisors
from bnverify.model.norms import with_norms
from bnverify.model.notation import Role
from bnverify.model.ones import with_rows_of_ones
from bnverify.model.operators import with_operators
from bnverify.model.own import with_own_variance
from bnverify.model.primes import with_transposed_primes
from bnverify.model.redefined import with_redefinitions
from bnverify.model.repeated import with_sums_over_repeated
from bnverify.model.sets import with_counts_of_sets
from bnverify.model.turned import with_turned_definitions
from bnverify.model.unit_length import with_unit_length
from bnverify.read.chains import read, script_losses
from bnverify.read.settings import read_settings
from bnverify.record import FALSE, NoteRecord
from bnverify.repair.mend import Explained
from bnverify.source import Note
from bnverify.truth.work import time_is_over
from bnverify.words.describe import describe

NOTHING: Mapping[int, Explained] = {}


@frozen
class Judged:
    """A note with its verdicts; the judgements and the steps of the record are in the same order."""

    understood: Understood
    verdicts: Verdicts
    record: NoteRecord
    explained: Mapping[int, Explained] = field(default_factory=dict)
    """Why steps are wrong, by the offsets of their relation signs."""


def check_note(note: Note, options: Options) -> NoteRecord:
    """The record of one note. Raises Disagreement where the witnesses contradict each other."""
    return judge_note(note, options).record


def judge_note(note: Note, options: Options) -> Judged:
    """Read, resolve, judge, explain and describe one note. Raises Disagreement."""
    understood = understand(note, options.assumed)
    convention = understood.declared.convention
    forced = with_choices(convention, options.forced)
    verdicts = judge_under(understood, forced, options.witnesses)
    changed = 0
    if forced != convention:
        changed = count_changes(judge_under(understood, convention, ("proof",)).judgements, verdicts.judgements)
    explained = explain_wrong(note, understood, verdicts, options)
    record = with_ignored_codes(describe(understood, verdicts, explained, options, changed), options.ignored)
    return Judged(understood, verdicts, replace(record, cut_short=True) if time_is_over() else record, explained)


def explain_wrong(
    note: Note, understood: Understood, verdicts: Verdicts, options: Options, known: Mapping[int, Explained] = NOTHING
) -> Mapping[int, Explained]:
    """Why steps are wrong, and one repair for the whole note where the other variance mends it.

    What is known is not looked for again.
    """
    judgements = verdicts.judgements
    if not any(one.standing in FALSE or one.hidden or one.misshapen for one in judgements):
        return {}
    # The search is not needed for a right note, and its import would be a tenth of the start.
    from bnverify.repair.diagnose import declaring_other, explain

    explained = explain(judgements, note, known)
    if "variance" not in options.forced and any(one.true_otherwise for one in judgements):
        convention = verdicts.convention
        other = replace(convention, variance=next(one for one in Variance if one is not convention.variance))
        under_other = judge_under(understood, other, ("proof",)).judgements
        explained = declaring_other(explained, judgements, under_other, note)
    return explained


AS_MEANT = (
    with_transposed_primes,
    with_norms,
    with_rows_of_ones,
    with_mean_lengths,
    with_names_above,
    with_counts_of_sets,
)
"""What is rewritten before it is known what letters mean, in this order."""
WRITTEN_OUT = (
    with_turned_definitions,
    with_sums_over_repeated,
    with_contributions,
    with_operators,
    with_words,
    with_redefinitions,
)
"""What makes of a script one that says the same in equations and letters, in this order."""


def understand(note: Note, assumed: Convention = USUAL) -> Understood:
    """Read a note and find out what its letters mean; where it does not say, the convention is as assumed."""
    script = reduce(lambda one, rewrite: rewrite(one), AS_MEANT, read(note))
    settings, bad = read_settings(note, script.layout.front_matter, NAMES, tuple(LAYERS))
    count = settings.convention.get("count", "" if assumed.count is USUAL.count else assumed.count.value)
    symbols = {letter: Role(part) for letter, part in settings.symbols.items()}
    notation_of = partial(
        infer, losses=script_losses(script), declared=symbols, count=count, layer=LAYERS.get(settings.layer)
    )
    inferred = notation_of(script)
    for written_out in WRITTEN_OUT:
        script, inferred = written_out(script, inferred, notation_of)
    script, inferred = with_letters_for_calls(script, inferred)
    notation = with_made_losses(script, with_loss(script, inferred))
    declare_in = partial(declare, script, settings=settings, agree=agree, assumed=assumed)
    declared = declare_in(notation)
    if not settings.layer:
        notation, declared = with_unit_length(script, notation, declared, declare_in, agree)
    notation = with_meant_divisors(script, notation, declared, agree)
    return Understood(script, settings, bad, notation, declared)


def judge_under(understood: Understood, convention: Convention, witnesses: tuple[str, ...]) -> Verdicts:
    """Judge every step under a convention, whatever the note declares. Raises Disagreement."""
    return judge(case_of(understood, convention, witnesses))


def case_of(understood: Understood, convention: Convention, witnesses: tuple[str, ...]) -> Case:
    """A note under a convention, ready to be judged."""
    script, notation, settings = understood.script, understood.notation, understood.settings
    declared = understood.declared.convention
    definitions = node_definitions(script, notation)
    forward = with_own_variance(normalisation(convention, notation.shape.layer), definitions, notation, agree)
    by_sign = not settings.derivatives and is_by_sign(script.prose, signs_of(script.chains, notation.losses))
    case = Case(script, notation, definitions, settings, convention, forward, declared, witnesses, by_sign=by_sign)
    return with_own_parts(with_second_layer(case))


def count_changes(before: Sequence[Judgement], after: Sequence[Judgement]) -> int:
    """How many verdicts are others under a forced convention."""
    return sum(one.standing is not other.standing for one, other in zip(before, after, strict=True))
