"""A finding -> a card: the cause in words, the counterexample in numbers, the repair as formula and as LaTeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from bnverify.elements import Element, Node, element
from bnverify.html.boxes import display, latex
from bnverify.html.formulas import typeset_latex
from bnverify.html.mathml import operator, row
from bnverify.html.standing import mark_of
from bnverify.html.words import Anchors, rich
from bnverify.proof.parts import Part
from bnverify.proof.steps import Proof
from bnverify.read.containers import Wording
from bnverify.record import Example, Numbers, Repair, StepRecord, Target
from bnverify.report.found import Found
from bnverify.report.pieces import printable

HOLDS_AFTERWARDS = {
    Target.TRUTH: "right, proved for every n",
    Target.STEP: "follows from the side before, proved for every n",
    Target.NOTE: "one change for several steps, proved for every n",
}


def card(found: Found, proof: Proof | None, anchors: Anchors, wording: Wording) -> Element:
    """What was found out about a step."""
    one, step = found.diagnostic, found.step
    parts: list[Node | None] = [_cause(found)]
    sentences = [fact for fact in one.notes if step is None or step.example is None or not fact.startswith("for n = ")]
    parts += [element("p", *rich(fact, anchors)) for fact in sentences]
    if step is not None and step.example is not None:
        parts.append(_numbers(step, step.example, wording))
    parts.append(_worked_out(proof))
    if one.help:
        parts.append(element("p", element("strong", "Repair: "), *rich(one.help, anchors), class_="help"))
    if step is not None:
        parts += _repairs(step, wording)
    parts.append(_others(one.others, anchors))
    names = f"card {mark_of(step).name if step is not None else 'wrong' if one.severity == 'error' else 'undecided'}"
    return element("div", *parts, class_=names + (" expected" if found.aside else ""))


def _cause(found: Found) -> Element:
    one = found.diagnostic
    mark = mark_of(found.step).symbol if found.step is not None else "✗" if one.severity == "error" else "!"
    chip = element("span", printable(found.aside), class_="chip") if found.aside else None
    return element(
        "p",
        element("span", f"{mark} ", aria_hidden="true"),
        element("strong", *rich(one.message, {})),
        " ",
        element("code", f"{one.severity.value}[{one.code}]"),
        " " if chip else None,
        chip,
        class_="cause",
    )


# -- numbers


def _numbers(step: StepRecord, example: Example, wording: Wording) -> Element:
    """`n = 2, x = (0, 2): the head = −1/8, this side = 1/8`."""
    given = [f"n = {example.n}", *(f"{name} = {_listed(value)}" for name, value in example.values.items())]
    given += [f"{name} = {place}" for name, place in example.indices.items()]
    head = typeset_latex(step.head, wording, step.relation.start)
    told = element("math", row(*head, operator("="), fraction(example.head)))
    here = element("math", fraction(example.side))
    words = printable(f"In numbers, for {', '.join(given)}: ")
    return element("p", words, told, ", and this side is ", here, ".", class_="numbers")


def _listed(value: Numbers) -> str:
    return f"({', '.join(map(_listed, value))})" if isinstance(value, tuple) else str(value)


def fraction(value: Fraction) -> Element:
    size = element("mn", str(abs(value.numerator)))
    if value.denominator != 1:
        size = element("mfrac", size, element("mn", str(value.denominator)))
    return row(operator("−", form="prefix"), size) if value < 0 else size


def _worked_out(proof: Proof | None) -> Element | None:
    if proof is None or not proof.parts:
        return None
    items = [element("li", element("p", printable(part.title)), *_rows(part)) for part in proof.parts]
    items.append(element("li", element("p", printable(proof.conclusion[0].upper() + proof.conclusion[1:]))))
    return element(
        "details", element("summary", "Worked out, number by number"), element("ol", *items), class_="worked"
    )


def _rows(part: Part) -> Iterator[Element]:
    for one in part.rows:
        sign = f" {one.sign} " if one.sign == "=" else f"{one.sign} "
        yield element(
            "p", printable(sign.join([one.name, " = ".join(one.forms)]) if one.forms else one.name), class_="work"
        )


# -- repairs


def _repairs(step: StepRecord, wording: Wording) -> Iterator[Element]:
    """The best repair of each kind, beside what holds after it."""
    shown: set[str] = set()
    for target in (Target.TRUTH, Target.STEP, Target.NOTE):
        one = next((repair for repair in step.repairs if repair.target is target), None)
        if one is not None and one.latex not in shown:
            shown.add(one.latex)
            yield _repair(step, one, wording)


def _repair(step: StepRecord, one: Repair, wording: Wording) -> Element:
    formula = typeset_latex(one.latex, wording, step.relation.start)
    sign = [] if one.target is Target.NOTE or _has_sign(one.latex, wording, step) else [operator("=", form="prefix")]
    caption = HOLDS_AFTERWARDS[one.target] + (f" ({one.message})" if one.message else "")
    shown = display("the repaired formula", *sign, *formula)
    return element("figure", element("figcaption", printable(caption)), shown, latex(one.latex), class_="repair")


def _has_sign(written: str, wording: Wording, step: StepRecord) -> bool:
    depth = 0
    for piece in wording.scan(written, step.relation.start):
        depth += (piece.kind in ("{", "open", "begin")) - (piece.kind in ("}", "close", "end"))
        if depth == 0 and piece.text == "=":
            return True
    return False


def _others(others: Sequence[str], anchors: Anchors) -> Element | None:
    if not others:
        return None
    items = (element("li", *rich(one, anchors)) for one in others)
    return element("details", element("summary", "Other repairs"), element("ul", *items))
