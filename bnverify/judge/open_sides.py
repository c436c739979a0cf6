"""Sides that stay open because of what the note says around them: of its numbers, of its loss, in the same sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bnverify.judge.case import Case
from bnverify.judge.kinds import places_of_numbers
from bnverify.judge.near import with_cases_near
from bnverify.judge.open_jacobians import with_open_jacobian
from bnverify.judge.open_meanings import with_open_meanings
from bnverify.judge.open_output import with_open_output
from bnverify.judge.own_square import with_own_square
from bnverify.judge.resolved import Resolved, ResolvedChain
from bnverify.judge.second_layer import with_both_layers, with_other_scale
from bnverify.judge.supposed import with_suppositions
from bnverify.judge.supposed_axes import with_supposed_axes
from bnverify.model.axes import letter_of
from bnverify.model.calculus import Undifferentiable, expand
from bnverify.model.conventions import Epsilon
from bnverify.model.forward import Forward, normalisation
from bnverify.model.given import Given, forward_with, numbers_in_use, with_numbers
from bnverify.model.notation import Role
from bnverify.model.places import is_generic
from bnverify.model.quantities import EXTREMES, INPUT
from bnverify.model.scope import Dots
from bnverify.model.terms import LossBy, Unknown, free_indices, values_in, walk
from bnverify.pattern import pattern
from bnverify.read.announced import INFERENCE, sentence_before
from bnverify.read.syntax import Addition, Expr, Name, Product, bare, inside
from bnverify.truth.every_n import prover
from bnverify.truth.panel import is_true_at
from bnverify.truth.verdict import Identity


def with_open_sides(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Sides that are not decided because of what the note says of its numbers, of its loss, or in the same sentence."""
    resolved = with_open_jacobian(case, with_supposed_axes(case, with_open_meanings(case, resolved)))
    resolved = with_own_square(case, _with_open_products(case, _with_open_head(resolved)))
    resolved = with_cases_near(case, resolved)
    resolved = _with_two_forms(case, _with_skip_connection(case, with_open_output(case, resolved)))
    resolved = with_other_scale(case, with_both_layers(case, _with_example(case, resolved)))
    resolved = _with_inference(case, _with_later_epsilon(case, resolved))
    resolved = _with_open_loss(case, _with_given(case, _with_label(_with_extremes(resolved))))
    return with_suppositions(case, resolved, _without_false)


def _with_label(resolved: ResolvedChain) -> ResolvedChain:
    """A label that is not equal to what stands over its brace may be its name."""
    return _without_false(resolved, "the label of a brace may be a name") if resolved.chain.label else resolved


def _with_extremes(resolved: ResolvedChain) -> ResolvedChain:
    """The largest entry stands for any number: what holds for each holds for it, and the others are left open."""
    terms = (resolved.head.term, *(side.term for side in resolved.sides))
    names = {part.name for term in terms for part in values_in(term)}
    why = "the largest or smallest entry is any number here, and not worked out"
    return _without_false(resolved, why) if names & set(EXTREMES.values()) else resolved


AROUND = "{} leads from {} to the loss without the output, and is not followed"


def _with_skip_connection(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """`z_i = x_i + y_i`: what the loss is by x is more than what it is through y; both may be meant."""
    by = {part.value.name for part in walk(resolved.head.term) if isinstance(part, LossBy)}
    if INPUT not in by or resolved.head.trouble:
        return resolved
    helpers = case.notation.helpers.items()
    skip = next((symbol for symbol, meant in helpers if any(_is_skip(case, one.value) for one in meant)), None)
    if skip is None:
        return resolved
    unknown = Resolved(Unknown(AROUND.format(skip, case.notation.written.get(Role.INPUT, INPUT))))
    return replace(resolved, sides=tuple(one if one.trouble else unknown for one in resolved.sides))


def _is_skip(case: Case, value: Expr) -> bool:
    """A sum of the input and the output."""
    terms = value.terms if isinstance(value := bare(value), Addition) else ()
    named = (case.notation.symbol(term) for term in terms if isinstance(bare(term), Name))
    return {Role.INPUT, Role.OUTPUT} <= {case.notation.role(one[0]) for one in named if one is not None}


TWO_FORMS = "the note writes the variance in two forms, and this holds for the other one"


def _with_two_forms(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """sigma^2 = (1/n) sum_i (x_i - mu)^2 = (1/n) sum_i x_i^2 - mu^2: which one is differentiated is not said."""
    others = [] if resolved.head.trouble else case.other_forwards(resolved.chain)
    sides = resolved.sides
    for forward in others:
        held = [_holds(resolved, one, forward) for one in sides]
        false = [_holds(resolved, one, resolved.forward) is False for one in sides]
        left = (other and wrong for other, wrong in zip(held, false, strict=True))
        sides = tuple(
            Resolved(Unknown(TWO_FORMS)) if is_open else one for is_open, one in zip(left, sides, strict=True)
        )
    return replace(resolved, sides=sides)


LATER_EPSILON = "it is right without epsilon, which the note has in a later definition of the same"


def _with_later_epsilon(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """`(x - \\mu)/\\sigma` as the idea of what is defined with epsilon further down."""
    own = next((one for one in case.definitions if one.chain is resolved.chain), None)
    start = resolved.chain.head_span.start
    again = own is not None and any(
        one.role is own.role and one.chain.head_span.start > start for one in case.definitions
    )
    if not again or case.convention.epsilon is Epsilon.NONE or resolved.head.trouble:
        return resolved
    other = normalisation(replace(case.convention, epsilon=Epsilon.NONE), resolved.forward.layer)

    def is_open(side: Resolved) -> bool:
        return _holds(resolved, side, resolved.forward) is False and _holds(resolved, side, other) is True

    sides = (Resolved(Unknown(LATER_EPSILON)) if is_open(one) else one for one in resolved.sides)
    return replace(resolved, sides=tuple(sides))


OF_INFERENCE = "it is said of inference, where the mean and the variance are constants"


def _with_inference(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """In a note on training a sentence on inference: what is false here and true there is neither."""
    layer = resolved.forward.layer
    before = sentence_before(case.script.note.text, resolved.chain.head_span.start)
    if layer.constant or layer.exponential or resolved.head.trouble or not INFERENCE.search(before):
        return resolved
    other = normalisation(case.convention, replace(layer, constant=True))

    def is_open(side: Resolved) -> bool:
        return _holds(resolved, side, resolved.forward) is False and _holds(resolved, side, other) is True

    sides = (Resolved(Unknown(OF_INFERENCE)) if is_open(one) else one for one in resolved.sides)
    return replace(resolved, sides=tuple(sides))


def _holds(resolved: ResolvedChain, side: Resolved, forward: Forward) -> bool | None:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    return None if side.trouble else prover(forward).equal(identity)


BOLD = pattern(r"\\(?:mathbf|boldsymbol|bm|vec|pmb)(?![a-zA-Z])")
DOT = pattern(r"\\cdot(?![a-zA-Z])|·|⋅")


NOT_SAID = "whether a dot between vectors is a dot product is not said"


def _with_open_products(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """A dot between vectors may be a dot product or one of numbers: bold ones that are false of numbers are left open.

    So is what is true of the dot product.
    """
    terms = (resolved.head.term, *(side.term for side in resolved.sides))
    if any(not is_generic(one) for term in terms for one in free_indices(term)):
        return resolved
    texts = [case.script.note.cut(step.span) for step in resolved.chain.steps]
    if free_indices(resolved.head.term) and any(BOLD.search(text) and DOT.search(text) for text in texts):
        return _without_false(resolved, NOT_SAID)
    return _with_dot_products(resolved) if any(map(DOT.search, texts)) else resolved


def _with_dot_products(resolved: ResolvedChain) -> ResolvedChain:
    contracted = replace(resolved, scope=replace(resolved.scope, dots=Dots.PRODUCT))
    sides = list(resolved.sides)
    for place, step in enumerate(resolved.chain.steps):
        if _holds(resolved, sides[place], resolved.forward) is False:
            other = contracted.resolved(place, step.side)
            if _holds(resolved, other, resolved.forward):
                sides[place] = Resolved(Unknown(NOT_SAID))
    return replace(resolved, sides=tuple(sides))


def _with_open_head(resolved: ResolvedChain) -> ResolvedChain:
    """`D_j S_i = ...`: an operator in a letter that the note never defines has no value to compare with."""
    head = bare(resolved.chain.head)
    first = head.factors[0] if isinstance(head, Product) else None
    if not isinstance(first, Name) or not first.subscripts or first.letter not in resolved.head.undefined:
        return resolved
    return _without_false(resolved, f"{first.letter} is never defined")


EXAMPLE = pattern(
    r"(?:^|[.!?*#\n]\s*)Example\b|\b(?:for (?:example|instance)|worked example|numerical example|e\.g\.|toy)\b"
    r"|\bx\s*=\s*\\?[\[({]\s*-?\d|\bx_\{?\d\}?\s*=\s*-?\d"
)
"""Numbers for the samples, or a word for an example with some."""
IN_NUMBERS = "it is said of an example in numbers, which are not put in"


def _with_example(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """`For $x = (1, 2, 3)$ we have $\\mu = 2$`: a number, or numbered samples, in a paragraph with an example."""
    start = resolved.chain.head_span.start
    paragraph = PARAGRAPH.split(case.script.note.text[max(0, start - LONGEST_PARAGRAPH) : start])[-1]
    if resolved.head.trouble or not EXAMPLE.search(paragraph):
        return resolved
    judged = _without_false(resolved, IN_NUMBERS)
    if _names_samples(resolved):
        return judged
    in_numbers = map(_is_number, (step.side for step in resolved.chain.steps))
    sides = (
        other if number else one for one, other, number in zip(resolved.sides, judged.sides, in_numbers, strict=True)
    )
    return replace(resolved, sides=tuple(sides))


PARAGRAPH = pattern(r"\n\s*\n")
LONGEST_PARAGRAPH = 1_000


def _is_number(expr: Expr) -> bool:
    """Whether no letter occurs."""
    return not any(isinstance(node, Name) for node in inside(expr))


def _without_false(resolved: ResolvedChain, why: str) -> ResolvedChain:
    """The chain with every false side left open."""
    own, unknown = prover(resolved.forward), Resolved(Unknown(why))
    sides = (
        unknown
        if not one.trouble and own.equal(Identity(resolved.head.term, one.term, resolved.conditions)) is False
        else one
        for one in resolved.sides
    )
    return replace(resolved, sides=tuple(sides))


def _with_open_loss(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """A gradient without a gradient in it tells what the loss is; of one that is not understood nothing is known."""
    if not case.notation.open_loss or not _has_gradient(resolved.head):
        return resolved
    known = tuple(map(_has_gradient, resolved.sides))
    judged = _without_false(resolved, case.notation.open_loss).sides
    sides = (one if keep else other for one, other, keep in zip(resolved.sides, judged, known, strict=True))
    return replace(resolved, sides=tuple(sides))


def _has_gradient(side: Resolved) -> bool:
    return any(isinstance(part, LossBy) for part in walk(side.term))


def _with_given(case: Case, resolved: ResolvedChain) -> ResolvedChain:
    """Sides that are not decided because of the numbers that the note gives.

    A number for a parameter may be meant for all that follows, or as the first value of what is learned: what is wrong
    in general and right for the numbers is neither. With too few samples there is no forward pass to speak of.
    """
    start, size = resolved.chain.head_span.start, case.notation.size
    if start in places_of_numbers(case):
        return resolved
    if size is not None and (why := case.convention.undefined_for(int(size.value))):
        unknown = Resolved(Unknown(f"with {size.letter} = {size.value} it is not defined: {why}"))
        return replace(resolved, sides=tuple(side if side.trouble else unknown for side in resolved.sides))
    if size is not None and _names_samples(resolved):
        return _without_false(resolved, f"it is said of {size.letter} = {size.value}, which is not put in")
    if size is not None and not resolved.head.trouble:
        sides = tuple(_only_at(size, resolved, side) for side in resolved.sides)
        resolved = replace(resolved, sides=sides)
    given = numbers_in_use(case.notation.given)
    if not given or resolved.head.trouble:
        return resolved
    return replace(resolved, sides=tuple(_only_for(given, resolved, side) for side in resolved.sides))


def _only_at(size: Given, resolved: ResolvedChain, side: Resolved) -> Resolved:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    if side.trouble or prover(resolved.forward).equal(identity) is not False:
        return side
    if not is_true_at(prover(resolved.forward).examine(identity), int(size.value)):
        return side
    return Resolved(Unknown(f"it holds for {size.letter} = {size.value}, which the note gives, and not in general"))


def _names_samples(resolved: ResolvedChain) -> bool:
    """Whether a sample is named by its number, x_1."""
    terms = (resolved.head.term, *(side.term for side in resolved.sides))
    return any(letter_of(index).isdigit() for term in terms for index in free_indices(term))


def _only_for(given: Sequence[Given], resolved: ResolvedChain, side: Resolved) -> Resolved:
    identity = Identity(resolved.head.term, side.term, resolved.conditions)
    if side.trouble or prover(resolved.forward).equal(identity) is not False:
        return side
    try:
        left, right = (with_numbers(expand(term, resolved.forward), given) for term in (identity.left, identity.right))
    except Undifferentiable:
        return side
    if prover(forward_with(resolved.forward, given)).equal(Identity(left, right, resolved.conditions)) is not True:
        return side
    numbers = ", ".join(f"{one.letter} = {one.value}" for one in given)
    return Resolved(Unknown(f"it holds for {numbers}, which the note gives, and not in general"))
