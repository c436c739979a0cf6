"""A tree after an edit -> its LaTeX, in which everything that did not change stands as the note wrote it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import assert_never

from bnverify.pattern import pattern
from bnverify.read.latex import ADJOINTS, latex, write_bounds
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    CaseRows,
    Derivative,
    Digits,
    Ellipsis,
    Evaluated,
    Expr,
    Fraction,
    Group,
    Indicator,
    Name,
    Negative,
    Norm,
    Product,
    Raised,
    Relation,
    Root,
    Summation,
    Transposed,
    Unreadable,
    Words,
    inside,
    parts,
)
from bnverify.source import Span

CALLED = pattern(r"(?<![A-Za-z\\])[fghxyFG]$")
"""A letter that a bracket behind it would make a function."""
RUNS_ON = pattern(r"\\[A-Za-z]+\Z")
"""A command whose name would go on."""
ACCENTED = pattern(r"(?P<accent>\\[A-Za-z]+)\s*(?P<letter>\\[A-Za-z]+|[A-Za-z])")
BREAKS = pattern(r"\\\\|(?<!\\)&")
SIGNS = pattern(r"[+\-−]")


class Rewriter:
    """Writes trees that share nodes with `tree`, whose text is known."""

    def __init__(self, text: str, tree: Expr) -> None:
        self.text = text
        self.old = {id(node): node for node in inside(tree)}
        self.neighbours = {
            (id(left), id(right)): Span(left.span.end, right.span.start)
            for node in self.old.values()
            if isinstance(node, Product)
            for left, right in pairwise(node.factors)
            if left.span.end <= right.span.start  # what comes from one macro stands in one place
        }
        self.foreign = {id(part) for node in self.old.values() for part in foreign(node)}
        self.sums = {id(node.bounds) for node in self.old.values() if isinstance(node, Summation)}

    def write(self, new: Expr, before: Expr | None = None) -> str:
        """LaTeX for a tree; `before` is what stood in its place."""
        if isinstance(before, Negative) and new is before.body:
            return self.without_sign(before) if id(new) not in self.foreign else self.anew(new)
        if id(new) in self.old:
            return self.known(new)
        if before is not None and type(new) is type(before) and not self.is_mixed(new, before):
            if isinstance(new, Addition) and isinstance(before, Addition):
                return self.added(new, before)
            if isinstance(new, Product) and isinstance(before, Product):
                return self.multiplied(new, before)
            if isinstance(new, CaseRows) and isinstance(before, CaseRows):
                return self.rows(new, before)
            if len(parts(new)) == len(parts(before)) and not isinstance(new, (Digits, Name, Summation)):
                return self.spliced(parts(new), before)
            if isinstance(new, Summation) and isinstance(before, Summation) and new.bounds is before.bounds:
                return self.spliced(parts(new), before)
        if isinstance(new, Name) and isinstance(before, Name) and id(before) not in self.foreign:
            return self.renamed(new, before)
        return self.anew(new)

    def renamed(self, new: Name, before: Name) -> str:
        """A letter with another index: `\\hat x_i` for `\\hat x_j`, without the braces that it does not have."""
        written, accented = latex(new), ACCENTED.match(self.cut(before.span))
        stem = f"{accented['accent']}{{{accented['letter']}}}" if accented else ""
        return accented.group() + written.removeprefix(stem) if accented and written.startswith(stem) else written

    def known(self, node: Expr) -> str:
        """A node of the old tree as it stands, or in full where it came out of a command's body."""
        return latex(node) if id(node) in self.foreign else self.cut(node.span)

    def is_mixed(self, new: Expr, before: Expr) -> bool:
        """Whether what changes, or the text around it, came out of a command's body."""
        changed = [id(old) for old in parts(before) if not any(old is one for one in parts(new))]
        whole = isinstance(before, (Addition, Product))
        return any(one in self.foreign for one in (map(id, parts(before)) if whole else changed))

    def cut(self, span: Span) -> str:
        return self.text[span.start : span.end]

    def without_sign(self, before: Negative) -> str:
        """A negative without its minus; a box around the whole stays."""
        lead = self.text[before.span.start : before.body.span.start]
        found = SIGNS.search(lead)
        if found is None:
            return self.cut(before.body.span)
        rest = lead[found.end() :].lstrip() + self.text[before.body.span.start : before.span.end]
        return lead[: found.start()] + rest

    # -- the text around what changed is kept

    def spliced(self, new: Sequence[Expr], before: Expr) -> str:
        """The old text with the parts of a node exchanged."""
        made, place = "", before.span.start
        for part, old in zip(new, parts(before), strict=True):
            if id(old) in self.foreign:
                continue
            between = self.text[place : old.span.start]
            written = self.write(part, old)
            takes_one = isinstance(before, (Raised, Root)) or (isinstance(before, Fraction) and not before.slash)
            braced = between.rstrip().endswith("{") or not takes_one
            is_base = isinstance(before, Raised) and old is before.base
            if not braced and not is_base and len(written) > 1 and written != self.cut(old.span):
                written = f"{{{written}}}"
            made = apart(apart(made, between), written)
            place = old.span.end
        return apart(made, self.text[place : before.span.end])

    def added(self, new: Addition, before: Addition) -> str:
        """Summands keep the text between them; only signs change."""
        known = {id(body_of(term)): place for place, term in enumerate(before.terms)}
        made = ""
        for place, term in enumerate(new.terms):
            at = known.get(id(body_of(term)))
            if at is None and len(new.terms) == len(before.terms):
                at = place
            minus, body = isinstance(term, Negative), body_of(term)
            written = self.write(body, body_of(before.terms[at])) if at is not None else self.anew(body)
            made = apart(made + self.sign_before(before, at, minus, first=not made), written)
        return made

    def sign_before(self, before: Addition, at: int | None, minus: bool, first: bool) -> str:
        sign = "-" if minus else "+"
        gap = self.gap(before, at) if at else " + "
        if first:
            return "-" if minus else ""
        found = SIGNS.search(gap)
        if found is None:
            return f" {sign} "
        return gap[: found.start()] + sign + SIGNS.sub("", gap[found.end() :])

    def gap(self, before: Addition, at: int) -> str:
        """The text between a summand and the one before it, its sign included."""
        return self.text[before.terms[at - 1].span.end : body_of(before.terms[at]).span.start]

    def multiplied(self, new: Product, before: Product) -> str:
        """Factors keep the text between them."""
        known = {id(factor): place for place, factor in enumerate(before.factors)}
        kept = {id(factor) for factor in new.factors}
        made, last = "", -1
        for factor in new.factors:
            at = known.get(id(factor), -1)
            if at < 0 and last + 1 < len(before.factors) and id(before.factors[last + 1]) not in kept:
                at = last + 1  # the factor in this place has changed
            written = self.write(factor, before.factors[at] if at >= 0 else None)
            if made:
                between = self.text[before.factors[at - 1].span.end : before.factors[at].span.start] if at > 0 else ""
                made = apart(made, between if at > 0 and last == at - 1 else joint(made, written))
            made, last = apart(made, written), at if at >= 0 else last
        return made

    def rows(self, new: CaseRows, before: CaseRows) -> str:
        """Values and conditions, each in the place of the old one."""
        made, place = "", before.span.start
        for row, changed in zip(before.rows, new.rows, strict=True):
            if row.values[0].span.end > before.span.end or row.values[0].span.start < place:
                continue  # a case that stands in another formula
            made += self.text[place : row.values[0].span.start] + self.write(changed.values[0], row.values[0])
            place = row.values[0].span.end
            if ids(changed.conditions) != ids(row.conditions) and row.conditions[-1].span.end <= before.span.end:
                old = row.conditions[0].span.until(row.conditions[-1].span)
                made += self.text[place : old.start] + ", ".join(map(condition, changed.conditions))
                place = old.end
        return made + self.text[place : before.span.end]

    # -- what is new

    def anew(self, new: Expr) -> str:
        if id(new) in self.old:
            return self.known(new)
        match new:
            case Digits() | Name() | Indicator() | Words() | Unreadable() | Call() | CaseRows():
                return latex(new)
            case Negative(body=body):
                return f"-{self.anew(body)}"
            case Addition(terms=terms):
                return "".join(self.summand(term, place == 0) for place, term in enumerate(terms))
            case Product(factors=factors):
                made = self.anew(factors[0])
                for left, right in pairwise(factors):
                    written, between = self.anew(right), self.neighbours.get((id(left), id(right)))
                    made = apart(made + (self.cut(between) if between else joint(made, written)), written)
                return made
            case Fraction(above=above, below=below):
                return f"\\frac{{{self.anew(above)}}}{{{self.anew(below)}}}"
            case Raised(base=base, exponent=exponent):
                return f"{self.anew(base)}^{braced(self.anew(exponent))}"
            case Root(body=body):
                return f"\\sqrt{{{self.anew(body)}}}"
            case Group(body=body):
                return bracketed(self.anew(body))
            case Summation(bounds=bounds, body=body):
                sign = self.cut(bounds.span) if id(bounds) in self.sums else f"\\sum{write_bounds(bounds)}"
                return f"{sign} {self.anew(body)}"
            case Derivative(of=of, by=by, sign=sign):
                d = "\\partial " if sign == "\\partial" else "d"
                return f"\\frac{{{d}{self.anew(of) if of else ''}}}{{{d}{self.anew(by)}}}"
            case Adjoint(by=by, sign=sign):
                return ADJOINTS[sign] % self.anew(by)
            case Transposed(body=body):
                return f"{{{self.anew(body)}}}^\\top"
            case Norm(body=body):
                return f"\\|{self.anew(body)}\\|"
            case Evaluated(body=body, held=held):
                return f"{self.anew(body)}_{{{held}}}"
            case Ellipsis():
                return "\\dots"
            case _:
                assert_never(new)

    def summand(self, term: Expr, first: bool) -> str:
        minus, body = isinstance(term, Negative), body_of(term)
        sign = "-" if minus and first else " - " if minus else "" if first else " + "
        return sign + self.anew(body)


def foreign(node: Expr) -> list[Expr]:
    """The parts of a node that have no text of their own inside its text: a command's body brought them in."""
    inner = [] if isinstance(node, CaseRows) else [part for part in parts(node) if len(part.span)]
    found = [part for part in inner if part.span == node.span]
    for left, right in pairwise(inner):
        if left.span.end > right.span.start:
            found += [part for part in (left, right) if part not in found]
    return found


def body_of(term: Expr) -> Expr:
    return term.body if isinstance(term, Negative) else term


def ids(conditions: Sequence[Relation]) -> tuple[int, ...]:
    return tuple(id(one) for one in conditions)


def condition(one: Relation) -> str:
    return f"{one.left} {one.sign} {one.right}" if one.sign != "=" else f"{one.left}={one.right}"


def apart(left: str, right: str) -> str:
    """Two pieces of text, with a space where a command would run on into a letter: `\\partial` and `x_i`."""
    return f"{left} {right}" if RUNS_ON.search(left) and right[:1].isalpha() else left + right


def joint(left: str, right: str) -> str:
    """What stands between two factors: a dot where they would otherwise run together."""
    if right[:1].isdigit() or right.startswith("-"):
        return " \\cdot "
    return " \\cdot " if right.startswith(("(", "\\left(")) and CALLED.search(left) else " "


def braced(written: str) -> str:
    return written if len(written) == 1 else f"{{{written}}}"


def bracketed(written: str) -> str:
    """Brackets as high as what they hold; a large pair does not reach from one row or cell to the next."""
    tall = "\\frac" in written or "\\sum" in written
    return f"\\left({written}\\right)" if tall and not BREAKS.search(written) else f"({written})"
