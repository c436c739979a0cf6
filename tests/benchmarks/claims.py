"""What the benchmarks claim, in LaTeX, right and wrong; what the program reads there, as terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bnverify.judge.judgement import Judgement
from bnverify.model.forward import Forward
from bnverify.pipeline import judge_under, understand
from bnverify.record import WRONG
from bnverify.source import Note
from bnverify.truth.verdict import Identity, Proved, Refuted, Undecided, Verdict

DEFINITIONS = (
    r"$$\mu = \frac{1}{n} \sum_j x_j, \quad v = \frac{1}{n} \sum_j (x_j - \mu)^2,"
    r" \quad \hat{x}_i = \frac{x_i - \mu}{\sqrt{v + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$" + "\n\n"
)
TRUE, FALSE = "proved", "refuted"
"""What the program has to find of a right claim and of a wrong one."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`head = right`, and `head = wrong`, which differs by one slip."""

    name: str
    head: str
    right: str
    wrong: str

    def line(self, right: bool) -> str:
        return f"$${self.head} = {self.right if right else self.wrong}$$\n\n"

    def note(self, right: bool) -> Note:
        return Note("note.md", DEFINITIONS + self.line(right))


def slip(name: str, head: str, right: str, old: str, new: str) -> Claim:
    assert right.count(old) == 1, f"{old} does not stand once in {right}"
    return Claim(name, head, right, right.replace(old, new))


G, G_J = r"\frac{\partial L}{\partial y_i}", r"\frac{\partial L}{\partial y_j}"
FINAL = slip(
    "final formula",
    r"\frac{\partial L}{\partial x_i}",
    rf"\frac{{\gamma}}{{n \sqrt{{v + \epsilon}}}} \left( n {G} - \sum_{{j=1}}^n {G_J}"
    rf" - \hat{{x}}_i \sum_{{j=1}}^n {G_J} \hat{{x}}_j \right)",
    r"- \hat{x}_i",
    r"+ \hat{x}_i",
)
THREE_TERMS = slip(
    "its long form",
    r"\frac{\partial L}{\partial x_i}",
    rf"\frac{{\gamma}}{{\sqrt{{v + \epsilon}}}} {G} - \frac{{\gamma}}{{2}} (v + \epsilon)^{{-3/2}}"
    rf" \sum_{{j=1}}^n {G_J} (x_j - \mu) \cdot \frac{{2}}{{n}} (x_i - \mu)"
    rf" - \frac{{\gamma}}{{n \sqrt{{v + \epsilon}}}} \sum_{{j=1}}^n {G_J}",
    "-3/2",
    "-1/2",
)
BY_VARIANCE = slip(
    "dL/dv",
    r"\frac{\partial L}{\partial v}",
    rf"-\frac{{\gamma}}{{2}} (v + \epsilon)^{{-3/2}} \sum_{{j=1}}^n {G_J} (x_j - \mu)",
    r"-\frac",
    r"\frac",
)
BY_MEAN = slip(
    "dL/dμ",
    r"\frac{\partial L}{\partial \mu}",
    rf"-\frac{{\gamma}}{{\sqrt{{v + \epsilon}}}} \sum_{{j=1}}^n {G_J}",
    r"-\frac",
    r"\frac",
)
JACOBIAN = slip(
    "total dx̂_i/dx_j",
    r"\frac{d \hat{x}_i}{d x_j}",
    r"\frac{1}{\sqrt{v + \epsilon}} \left( \delta_{ij} - \frac{1}{n} - \frac{1}{n} \hat{x}_i \hat{x}_j \right)",
    r"- \frac{1}{n} \hat",
    r"+ \frac{1}{n} \hat",
)
CLAIMS = (FINAL, THREE_TERMS, BY_MEAN, JACOBIAN)
BY_SHIFT = Claim("dL/dβ", r"\frac{\partial L}{\partial \beta}", rf"\sum_i {G}", rf"2 \sum_i {G}")
"""An easy one; with dL/dv what earlier lines of a note may have been."""


def judgement(note: Note) -> Judgement:
    """That of the last step of a note, by the proof alone."""
    understood = understand(note)
    return judge_under(understood, understood.declared.convention, ("proof",)).judgements[-1]


@cache
def identity(claim: Claim, right: bool) -> tuple[Identity, Forward]:
    one = judgement(claim.note(right))
    assert one.identity is not None
    assert one.forward is not None
    assert (one.standing in WRONG) is not right
    return one.identity, one.forward


def told(verdict: Verdict) -> str:
    match verdict:
        case Proved():
            return TRUE
        case Refuted():
            return FALSE
        case Undecided():
            return "undecided"
