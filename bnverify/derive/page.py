"""A batch size and a convention -> one page: the derivation of dL/dx, a worked batch, and the evidence.

Every formula is derived; only the layout and the plain words are written here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from bnverify.derive.batch import BETA, GAMMA, Numbers, Worked, work_out
from bnverify.model.conventions import Convention, Epsilon, Residual, Variance
from bnverify.model.forward import Forward, batch_norm
from bnverify.model.quantities import INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.model.terms import LossBy, Partial, Reading, Term, Value, times
from bnverify.model.writing import Spelling, plain
from bnverify.report.pieces import pad, width
from bnverify.truth import numeric
from bnverify.truth.closed import closed_form, tidy
from bnverify.truth.concrete import derive_first
from bnverify.truth.every_n import prover
from bnverify.truth.verdict import Identity, Opinion, Proved

LARGEST_N = 64
MOST_ROWS = 6
WIDTH = 100
LETTERS = Spelling.unicode()
OWN, XHAT = Value(INPUT, ("i",)), Value(NORMALISED, ("i",))
MU, V = Value(MEAN), Value(VARIANCE)


class TooLarge(ValueError):
    """The batch is larger than SymPy can follow in seconds."""


class Undefined(ValueError):
    """There is no forward pass at this batch size."""


class WrongLength(ValueError):
    """The numbers given are not one for each sample."""


def derive_page(n: int, convention: Convention, x: Numbers | None, g: Numbers | None) -> str:
    """At most 60 lines of 100 columns. Raises TooLarge, Undefined, WrongLength or ValueError."""
    check(n, convention, x, g)
    x = x or (*(Fraction(k) for k in range(1, n)), Fraction(n + 2))
    g = g or tuple(Fraction((1, 0, 2, 1)[k % 4]) for k in range(n))
    forward, worked = batch_norm(convention), work_out(convention, x, g)
    blocks = (
        title(n, convention),
        graph(forward),
        backward(forward),
        closed(forward),
        by_sympy(n, convention),
        jacobian(forward, worked),
        numbers(worked),
        evidence(n, forward),
    )
    return "\n\n".join("\n".join(line.rstrip() for line in block) for block in blocks) + "\n"


def check(n: int, convention: Convention, x: Numbers | None, g: Numbers | None) -> None:
    if n < convention.smallest_n:
        raise Undefined(convention.undefined_for(n))
    if convention.epsilon is not Epsilon.INSIDE or convention.residual is not Residual.X_MINUS_MU:
        raise ValueError("the page is written for x - mu over sqrt(v + eps)")
    if n > LARGEST_N:
        raise TooLarge(
            f"n = {n} is more than {LARGEST_N}: SymPy's work grows with n² ({(n / LARGEST_N) ** 2:.0f} times "
            f"that of n = {LARGEST_N}, which takes seconds), and the formulas hold for every n anyway"
        )
    for name, given in (("x", x), ("g", g)):
        if given is not None and len(given) != n:
            raise WrongLength(f"{name} has {len(given)} numbers, and n is {n}: one for each sample is needed")


# -- the parts of the page


def title(n: int, convention: Convention) -> list[str]:
    count = "n" if convention.variance is Variance.BIASED else "n − 1"
    return [f"Batch normalisation, backwards: n = {n}, {convention.variance} variance (divided by {count})"]


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
    lines.insert(2, "s = √(v + ε)")
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


def by_sympy(n: int, convention: Convention) -> list[str]:
    found = derive_first(n, convention)
    which = "the one sample" if n == 1 else f"each of the {n} samples"
    said = f"equal to the closed form for {which}" if found.agrees else "NOT equal to the closed form"
    lines = [f"  {pad(head, 10)} = {text}" for head, text in found.lines]
    return [f"The same by SymPy, with n = {n} written out: {said}", *lines]


def jacobian(forward: Forward, worked: Worked) -> list[str]:
    slope = Partial(Value(OUTPUT, ("i",)), Value(INPUT, ("j",)), Reading.TOTAL)
    lines = [f"The Jacobian   ∂yᵢ/∂xⱼ = {write(tidy(slope, forward))}"]
    table = [[show(value) for value in row] for row in worked.jacobian]
    return lines + [f"  {'in the batch below' if not k else '':20}{row}" for k, row in enumerate(aligned(table))]


def numbers(worked: Worked) -> list[str]:
    """One batch, every number exact."""
    head = ["i", "xᵢ", "x̂ᵢ", "yᵢ", "gᵢ", "∂L/∂x̂ᵢ", "∂L/∂xᵢ"]
    columns = (worked.x, worked.xhat, worked.y, worked.g, worked.by_xhat, worked.by_x)
    rows = [[str(k), *map(show, row)] for k, row in enumerate(zip(*columns, strict=True), 1)]
    if len(rows) > MOST_ROWS:
        rows = [*rows[:3], ["⋮"] * len(head), rows[-1]]
    shared = {"μ": worked.mu, "v": worked.v, "s": worked.s, "ε": worked.eps, "γ": GAMMA, "β": BETA}
    back = {"v": worked.by_v, "μ": worked.by_mu, "γ": worked.by_gamma, "β": worked.by_beta}
    lines = [
        *folded(named(name, value) for name, value in shared.items()),
        *(f"  {row}" for row in aligned([head, *rows])),
        *folded(named(f"∂L/∂{name}", value) for name, value in back.items()),
        f"  check: Σᵢ ∂L/∂xᵢ = {show(sum(worked.by_x, Fraction(0)))}",
    ]
    rounded = any("≈" in line for line in lines)
    said = "; ≈ where a fraction is too long" if rounded else ""
    return [f"One batch in exact fractions (ε chosen so that s is rational{said})", *lines]


def evidence(n: int, forward: Forward) -> list[str]:
    """What each witness says of the closed form at this very n, and for every n."""
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
        f"  SymPy    n = {n}: {'exact' if derive_first(n, forward.convention).agrees else 'DIFFERS'}",
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
