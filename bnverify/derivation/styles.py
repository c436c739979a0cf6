"""What is asked for -> the sections of its derivation, in each style."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import reduce

from bnverify.derivation.chain_rule import edges, gradient_forms, local_forms
from bnverify.derivation.derivation import Asked, Derivation, Line, Section, Style, has, without_repeats
from bnverify.model.calculus import expand, total
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import (
    ZERO,
    Cases,
    Condition,
    Delta,
    LossBy,
    Partial,
    Plus,
    Power,
    Reading,
    Sum,
    Term,
    Times,
    Value,
    plus,
    power,
    rename,
    times,
)
from bnverify.truth.closed import tidy

SQUARES = "squares"
TITLES = {
    SCALE: "The scale",
    SHIFT: "The shift",
    NORMALISED: "The normalised input",
    VARIANCE: "The variance",
    SQUARES: "The mean of the squares",
    MEAN: "The mean",
    INPUT: "The input",
}


def _title(name: str, asked: Asked) -> str:
    return TITLES[SQUARES if name == VARIANCE and not asked.standard.layer.centred else name]


def derive(asked: Asked) -> Derivation:
    """The derivation that is asked for; every head and side is one term of the graph, and all of a line are equal."""
    made = [forward_pass(asked), *parameters(asked), *STYLES[asked.style](asked)]
    return Derivation(asked, tuple(lettered(section, asked) for section in made))


def lettered(section: Section, asked: Asked) -> Section:
    """The section with bound indices in the letters of their axes."""
    standard = asked.standard
    lines = (
        Line(line.head, without_repeats(standard.lettered(side, line.head) for side in line.sides), line.words)
        for line in section.lines
    )
    return Section(section.title, section.words, tuple(lines))


# -- what all styles share


def forward_pass(asked: Asked) -> Section:
    lines = []
    for node in asked.forward.nodes:
        at = asked.standard.value(node.name, asked.forward)
        lines.append(Line(at, (rename(node.value, dict(zip(node.index, at.index, strict=True))),)))
    return Section("Forward", _about(asked), tuple(lines))


def _about(asked: Asked) -> str:
    standard = asked.standard
    pairs = zip(standard.sizes, standard.meanings, strict=True)
    counted = ", ".join(f"${size}$ counts the {_plural(meaning)}" for size, meaning in pairs)
    beside = (
        f"Each of the ${standard.beside}$ features is normalised by itself in this way. " if standard.beside else ""
    )
    return f"{counted[0].upper()}{counted[1:]}. {beside}The loss $L$ is any differentiable function of the outputs."


def _plural(meaning: str) -> str:
    first, *rest = meaning.split(" ", 1)
    return f"{first}s {rest[0]}" if rest else f"{first}s"


def parameters(asked: Asked) -> Iterator[Section]:
    """The gradients by the scale and the shift, which every style reaches in the same way."""
    words = {
        SCALE: "Each output that the scale multiplies contributes.",
        SHIFT: "The shift is added to each output as it is.",
    }
    for name in (SCALE, SHIFT):
        if name in asked.wrt:
            yield _stage(name, asked, words[name])


def _stage(name: str, asked: Asked, words: str) -> Section:
    """The local derivatives of the nodes that are made of a quantity, and the gradient by it."""
    leaving = edges(name, asked)
    locals_ = (Line(edge.local, local_forms(edge, asked)) for edge in leaving)
    gradient = Line(LossBy(asked.standard.value(name, asked.forward)), gradient_forms(name, asked))
    return Section(_title(name, asked), words, (*locals_, gradient))


# -- backwards, node by node


def staged(asked: Asked) -> Iterator[Section]:
    words = {
        NORMALISED: "The scale multiplies what comes from the output.",
        VARIANCE: "It reaches the loss through every normalised value that is divided by its root.",
        MEAN: "The mean is taken away in every normalised value; it also stands in the variance, where it does nothing"
        " to first order, because the residuals add up to zero.",
        INPUT: "The input reaches the loss directly and through what all of its row share.",
    }
    for name in (NORMALISED, VARIANCE, MEAN, INPUT):
        if name in needed(asked) and has(asked.forward, name):
            yield _stage(name, asked, words[name])


def needed(asked: Asked) -> frozenset[str]:
    """The stages on the way to what is asked for."""
    before = {INPUT: (NORMALISED, VARIANCE, MEAN), MEAN: (NORMALISED, VARIANCE), VARIANCE: (NORMALISED,)}
    return frozenset(asked.wrt) | {stage for name in asked.wrt for stage in before.get(name, ())}


# -- by total derivatives


def one_shot(asked: Asked) -> Iterator[Section]:
    """The total derivative of x-hat, and the gradient by the input in one chain."""
    yield from _statistics(asked)
    if INPUT in asked.wrt:
        slope = _slope(NORMALISED, asked)
        yield Section(
            "The normalised input",
            "One input moves the normalised values of all places that share its statistics.",
            (*_totals(asked), Line(slope, (_by_quotient(asked), tidy(slope, asked.forward)))),
        )
        yield Section(
            "The input", "Sum over all of these outputs.", (_contracted(_slope(OUTPUT, asked), asked, _scaled(asked)),)
        )


def jacobian(asked: Asked) -> Iterator[Section]:
    """The matrix dy/dx, by cases, and the gradient as its product with the upstream gradient."""
    yield from _statistics(asked)
    if INPUT in asked.wrt:
        slope = _slope(OUTPUT, asked)
        found = tidy(slope, asked.forward)
        yield Section(
            "The Jacobian",
            "Its entries hold for places that share their statistics; all others are zero.",
            (*_totals(asked), Line(slope, (_scaled(asked), found))),
        )
        if len(asked.standard.layer.over) == 1:
            yield Section("By cases", "On the diagonal, and beside it:", (Line(slope, (_by_cases(found, asked),)),))
        yield Section("The input", "A row of upstream gradients times the Jacobian.", (_contracted(slope, asked),))


def _statistics(asked: Asked) -> Iterator[Section]:
    for name in (VARIANCE, MEAN):
        if name in asked.wrt:
            line = _through_output(name, asked)
            yield Section(_title(name, asked), "Through every output that it is a part of.", (line,))


def _through_output(name: str, asked: Asked) -> Line:
    """dL/dq = sum dL/dy dy/dq, everything between followed."""
    by, output = asked.standard.value(name, asked.forward), asked.standard.value(OUTPUT, asked.forward)
    bound = [index for index in output.index if index not in by.index]
    slope = Partial(output, by, Reading.TOTAL)
    chain: Term = reduce(lambda body, index: Sum(index, body), reversed(bound), times(LossBy(output), slope))
    return Line(LossBy(by), (chain, tidy(LossBy(by), asked.forward)))


def _slope(name: str, asked: Asked) -> Partial:
    """The total derivative of a quantity at one place by the input at another place of the same row."""
    standard, forward = asked.standard, asked.forward
    return Partial(
        standard.value(name, forward, standard.own), standard.value(INPUT, forward, standard.other), Reading.TOTAL
    )


def _totals(asked: Asked) -> Iterator[Line]:
    for node in asked.forward.nodes:
        if node.is_statistic:
            by = asked.standard.value(INPUT, asked.forward, asked.standard.other)
            slope = Partial(asked.standard.value(node.name, asked.forward), by, Reading.TOTAL)
            local = expand(Partial(slope.of, by, Reading.LOCAL), asked.forward)
            yield Line(slope, (local,))


def _by_quotient(asked: Asked) -> Term:
    """d x-hat over its direct path and over each statistic, with what these depend on left as derivatives."""
    standard, forward = asked.standard, asked.forward
    own = standard.value(NORMALISED, forward)
    by = standard.value(INPUT, forward, standard.other)
    node = forward.node(NORMALISED)
    assert node is not None
    parts: list[Term] = [expand(Partial(own, by, Reading.LOCAL), forward)]
    for name in (MEAN, VARIANCE):
        if forward.node(name) is not None:
            statistic = standard.value(name, forward)
            slope = expand(Partial(own, statistic, Reading.LOCAL), forward)
            parts.append(times(slope, Partial(statistic, by, Reading.TOTAL)))
    return plus(*parts)


def _scaled(asked: Asked) -> Term:
    return times(asked.standard.value(SCALE, asked.forward), _slope(NORMALISED, asked))


def _by_cases(found: Term, asked: Asked) -> Term:
    (axis,) = asked.standard.layer.over
    own, other = asked.standard.own[axis], asked.standard.other[axis]
    same = _squared(rename(_with_delta(found, True), {other: own}))
    return Cases((((Condition(own, other, True),), same), ((Condition(own, other, False),), _with_delta(found, False))))


def _squared(term: Term) -> Term:
    """A term with equal factors beside each other as one power."""
    match term:
        case Plus(terms=parts):
            return plus(*map(_squared, parts))
        case Times(factors=parts):
            return times(*(power(_squared(part), parts.count(part)) for part in dict.fromkeys(parts)))
        case _:
            return term


def _with_delta(term: Term, is_one: bool) -> Term:
    """A term with its Kronecker deltas put in."""
    match term:
        case Delta():
            return power(term, 0) if is_one else ZERO
        case Plus(terms=parts):
            return plus(*(_with_delta(part, is_one) for part in parts))
        case Times(factors=parts):
            return times(*(_with_delta(part, is_one) for part in parts))
        case Power(base=base, exponent=exponent):
            return power(_with_delta(base, is_one), exponent)
        case _:
            return term


def _contracted(slope: Partial, asked: Asked, *between: Term) -> Line:
    """dL/dx = sum of dL/dy over the row, times dy/dx in one form after the other, and its closed form."""
    standard = asked.standard
    bound = [own for own, other in zip(standard.own, standard.other, strict=True) if own != other]
    assert isinstance(slope.of, Value)
    upstream, forms = LossBy(slope.of), (slope, *between, tidy(slope, asked.forward))
    sums = (reduce(lambda body, index: total(index, body), reversed(bound), times(upstream, form)) for form in forms)
    return Line(LossBy(slope.by), (*sums, tidy(LossBy(slope.by), asked.forward)))


STYLES: Mapping[Style, Callable[[Asked], Iterator[Section]]] = {
    Style.STAGED: staged,
    Style.ONE_SHOT: one_shot,
    Style.JACOBIAN: jacobian,
}
