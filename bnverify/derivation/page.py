"""A derivation and a batch size -> one page: the derivation, a worked batch, and the evidence.

Every formula is derived; only the layout and the plain words are written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction

from bnverify.derivation.batch import Worked, work_out
from bnverify.derivation.derivation import WRT, Derivation, Style
from bnverify.derivation.sizes import Sized
from bnverify.derivation.text import text_blocks
from bnverify.derivation.written import convention_words
from bnverify.derivation.written import title as heading
from bnverify.model.conventions import Epsilon, Residual, Variance
from bnverify.model.forward import Forward, denominator
from bnverify.model.layers import BATCH
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Reading, Term, Value, times
from bnverify.model.writing import Spelling, plain
from bnverify.report.pieces import pad, width
from bnverify.truth import numeric
from bnverify.truth.closed import closed_form, tidy
from bnverify.truth.concrete import Concrete, derive_first
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Opinion, Proved

MOST_ROWS = 6
WIDTH = 100
LETTERS = Spelling.unicode()
OWN, XHAT = Value(INPUT, ("i",)), Value(NORMALISED, ("i",))
MU, V = Value(MEAN), Value(VARIANCE)
USUAL_WORDS = (Epsilon.INSIDE.words, Residual.X_MINUS_MU.words)


def derive_page(derivation: Derivation, one: Sized, told: Callable[[int], None] = lambda _: None) -> str:
    """The derivation, and below it one batch; for batch norm in stages at most 60 lines of 100 columns."""
    asked = derivation.asked
    compact = asked.standard.layer is BATCH and asked.style is Style.STAGED and asked.wrt == tuple(WRT.values())
    row = one.forward
    body = [graph(row), backward(row), closed(row)] if compact else text_blocks(derivation)
    return joined((title(one), *body, *batch_blocks(one, told)))


def every_page(derivation: Derivation) -> str:
    """The derivation alone, for every n."""
    asked = derivation.asked
    opening = [f"{heading(asked)}, for every n", f"  under {convention_words(asked)}"]
    return joined((opening, *text_blocks(derivation)))


def as_markdown(one: Sized, told: Callable[[int], None] = lambda _: None) -> str:
    """What stands below a note about one size; numbers in a block of text, which is no mathematics of the note."""
    return f"\n## One batch, n = {one.n}\n\n```text\n{joined(batch_blocks(one, told))}```\n"


def batch_blocks(one: Sized, told: Callable[[int], None] = lambda _: None) -> list[list[str]]:
    """SymPy's own derivation at this size, one batch in numbers, and what each witness says."""
    concrete = derive_first(one.n, one.forward, told)
    worked = work_out(one.forward, one.x, one.g)
    return [by_sympy(one, concrete), jacobian(one.forward, worked), numbers(worked), evidence(one, concrete)]


def joined(blocks: Iterable[list[str]]) -> str:
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


# -- the parts of the page


def title(one: Sized) -> list[str]:
    asked = one.asked
    if asked.standard.layer is BATCH and asked.style is Style.STAGED:
        count = "n" if asked.convention.variance is Variance.BIASED else "n − 1"
        others = [asked.convention.choices[part].words for part in ("epsilon", "residual")]
        unusual = "".join(f", {words}" for words in others if words not in USUAL_WORDS)
        variance = f"{asked.convention.variance} variance (divided by {count})"
        return [f"Batch normalisation, backwards: n = {one.n}, {variance}{unusual}"]
    return [f"{heading(asked)}: n = {one.n}", f"  under {convention_words(asked)}"]


def graph(forward: Forward) -> list[str]:
    """The graph, with the definitions beside it."""
    picture = (
        "x ─┬──────────┬──────────╮",
        "   ▼          ▼          ▼",
        "   μ ───┬───▶ v ── s ──▶ x̂ ──▶ y ──▶ L",
        "        ╰────────────────▲     ▲",
        "                              γ, β",
    )
    lines = [f"{write(Value(node.name, node.index))} = {write(node.value)}" for node in forward.nodes]
    lines.insert(
        2, f"s = {write(denominator(forward))}" if forward.convention.epsilon is not Epsilon.INSIDE else "s = √(v + ε)"
    )
    rows = [f"  {pad(left, 44)}{right}" for left, right in zip(picture, lines, strict=True)]
    return ["The graph                                     Forwards", *rows]


def backward(forward: Forward) -> list[str]:
    """Node by node: what arrives, and the local derivatives that it was multiplied by."""
    rows = [
        (LossBy(XHAT), [(Value(OUTPUT, ("i",)), XHAT)]),
        (LossBy(V), [(XHAT, V)]),
        (LossBy(MU), [(XHAT, MU)]),
        (LossBy(Value(SCALE)), [(Value(OUTPUT, ("i",)), Value(SCALE))]),
        (LossBy(Value(SHIFT)), [(Value(OUTPUT, ("i",)), Value(SHIFT))]),
    ]
    paths = [("direct", XHAT), ("through v", V), ("through μ", MU)]
    lines = ["Backwards, node by node (gᵢ = ∂L/∂yᵢ is given)         local derivatives"]
    for message, edges in rows:
        local = ",  ".join(equation(Partial(of, by, Reading.LOCAL), forward) for of, by in edges)
        lines.append(f"  {pad(equation(message, forward), 53)}{local}")
    lines.append("  ∂L/∂xᵢ is the sum over three paths (∂v/∂μ = 0: the residuals add up to zero)")
    for name, via in paths:
        edge = Partial(via, OWN, Reading.LOCAL)
        part = write(tidy(times(LossBy(via), edge), forward))
        lines.append(f"    {pad(name, 11)}{pad(part, 40)}{equation(edge, forward)}")
    return lines


def closed(forward: Forward) -> list[str]:
    return ["Together, for every n", f"  ∂L/∂xᵢ = {write(closed_form(OWN, forward))}"]


def by_sympy(one: Sized, found: Concrete) -> list[str]:
    which = "the one sample" if one.n == 1 else f"each of the {one.n} samples"
    said = f"equal to the closed form for {which}" if found.agrees else "NOT equal to the closed form"
    lines = [f"  {pad(head, 10)} = {text}" for head, text in found.lines]
    if one.forward.convention.epsilon is Epsilon.OUTSIDE:
        lines.append("  t          = √v")
    return [f"The same by SymPy, with n = {one.n} written out: {said}", *lines]


def jacobian(forward: Forward, worked: Worked) -> list[str]:
    slope = Partial(Value(OUTPUT, ("i",)), Value(INPUT, ("j",)), Reading.TOTAL)
    lines = [f"The Jacobian   ∂yᵢ/∂xⱼ = {write(tidy(slope, forward))}"]
    table = [[show(value) for value in row] for row in worked.jacobian]
    return lines + [f"  {'in the batch below' if not k else '':20}{row}" for k, row in enumerate(aligned(table))]


def numbers(worked: Worked) -> list[str]:
    """One batch, every number exact."""
    head = ["i", *worked.columns]
    rows = [[str(k), *map(show, row)] for k, row in enumerate(zip(*worked.columns.values(), strict=True), 1)]
    if len(rows) > MOST_ROWS:
        rows = [*rows[:3], ["⋮"] * len(head), rows[-1]]
    lines = [
        *folded(named(name, value) for name, value in worked.shared.items()),
        *(f"  {row}" for row in aligned([head, *rows])),
        *folded(named(f"∂L/∂{name}", value) for name, value in worked.back.items()),
    ]
    if "μ" in worked.shared:
        lines.append(f"  check: Σᵢ ∂L/∂xᵢ = {show(sum(worked.by_x, Fraction(0)))}")
    rounded = any("≈" in line for line in lines)
    said = "; ≈ where a fraction is too long" if rounded else ""
    if not worked.exact:
        return ["One batch, rounded: the root of v is not rational", *lines]
    chosen = "ε chosen so that s is rational" if "ε" in worked.shared else "s is rational"
    return [f"One batch in exact fractions ({chosen}{said})", *lines]


def evidence(one: Sized, found: Concrete) -> list[str]:
    """What each witness says of the closed form at this very n, and for every n."""
    n, forward = one.n, one.forward
    identity = Identity(LossBy(OWN), closed_form(OWN, forward))
    proof = prover(forward).examine(identity)
    complex_step = numeric.examine(identity, forward, (n,))
    agrees = complex_step.opinion is Opinion.AGREES
    stepped = (
        f"relative error {complex_step.error_words} on random numbers" if agrees else complex_step.why or "DIFFERS"
    )
    proved = "every n: equal as rational functions" if isinstance(proof, Proved) else "NOT PROVED"
    return [
        "Evidence for ∂L/∂xᵢ",
        f"  SymPy    n = {n}: {'exact' if found.agrees else 'DIFFERS'}",
        f"  NumPy    n = {n}: complex step, {stepped}",
        f"  proof    {proved}",
    ]


# -- text


def write(term: Term) -> str:
    return plain(term, LETTERS)


def equation(term: Term, forward: Forward) -> str:
    return f"{write(term)} = {write(tidy(term, forward))}"


def show(value: Fraction) -> str:
    """A fraction as it is, or its decimals where it is too long for a column."""
    text = str(value).replace("-", "−")
    return text if len(text) <= 11 else f"≈{float(value):.5g}".replace("-", "−")


def named(name: str, value: Fraction) -> str:
    text = show(value)
    return f"{name} ≈ {text[1:]}" if text.startswith("≈") else f"{name} = {text}"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows of a table, columns flush right."""
    widths = [max(width(cell) for cell in column) for column in zip(*rows, strict=True)]
    return ["   ".join(pad(cell, size, right=True) for cell, size in zip(row, widths, strict=True)) for row in rows]


def folded(parts: Iterator[str]) -> list[str]:
    """The parts beside each other, in as few lines as the page is wide."""
    lines = [""]
    for part in parts:
        if width(lines[-1]) + width(part) + 4 > WIDTH:
            lines.append("")
        lines[-1] += ("    " if lines[-1] else "  ") + part
    return lines
