"""A tree after an edit -> its LaTeX, in which everything that did not change stands as the note wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import assert_never

from bnverify.frozen import frozen
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
from bnverify.read.tokens import Raw, scan
from bnverify.record import Edit
from bnverify.source import Span

CALLED = pattern(r"(?<![A-Za-z\\])[fghxyFG]$")
"""A letter that a bracket behind it would make a function."""
RUNS_ON = pattern(r"\\[A-Za-z]+\Z")
"""A command whose name would go on."""
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
        return self.anew(new)

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
    return f"\\left({written}\\right)" if "\\frac" in written or "\\sum" in written else f"({written})"


def hunks(before: str, start: int, after: str) -> tuple[Edit, ...]:
    """The runs of tokens in which a text at `start` of the note differs from what it becomes, braces in pairs."""
    old, new = pieces(before), pieces(after)
    left, right = [piece[:2] for piece in old], [piece[:2] for piece in new]
    changes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    runs = _merged([change[1:] for change in changes if change[0] != "equal"])
    runs = _merged([_primed(_balanced(run, left, right), left, right) for run in _closed_by_next(runs, left, right)])
    if runs and not _leads_to(runs, left, right):
        runs = [(runs[0][0], runs[-1][1], runs[0][2], runs[-1][3])]
    return tuple(
        _edit(before, start, _run(before, old, begin, end), after, _run(after, new, first, last))
        for begin, end, first, last in runs
    )


def pieces(text: str) -> list[Raw]:
    """The tokens of a text, every digit by itself: `\\frac13` has two arguments."""
    return [
        one
        for token in scan(text, Span(0, len(text)))
        for one in (_digits(token) if token.kind == "digits" else (token,))
    ]


def _digits(token: Raw) -> Iterator[Raw]:
    for at, digit in enumerate(token.text, token.start):
        yield Raw("digits", digit, at, at + 1)


Run = tuple[int, int, int, int]
Texts = Sequence[tuple[str, str]]


def _closed_by_next(runs: Sequence[Run], left: Texts, right: Texts) -> list[Run]:
    """A run that opens a brace goes on to the one that closes it: `\\sqrt{` ... `}`."""
    made: list[Run] = []
    for run in runs:
        if made and not _pairs(made[-1], left, right):
            last = made[-1]
            both = (last[0], run[1], last[2], run[3])
            if _pairs(both, left, right):
                made[-1] = both
                continue
        made.append(run)
    return made


def _balanced(run: Run, left: Texts, right: Texts) -> Run:
    """An insertion or a deletion moved until its braces close; whatever else, widened until they do."""
    places = [one for one in _moved(run, left, right) if _pairs(one, left, right)]
    if places:
        return next((one for one in places if not _begins_in_arguments(one, left, right)), places[0])
    begin, end, first, last = run
    while not _pairs((begin, end, first, last), left, right):
        unopened = not (_opens_first(left[begin:end]) and _opens_first(right[first:last]))
        more_before = min(begin, first) > 0 and left[begin - 1] == right[first - 1]
        more_behind = end < len(left) and last < len(right) and left[end] == right[last]
        if unopened and more_before:
            begin, first = begin - 1, first - 1
        elif not unopened and more_behind:
            end, last = end + 1, last + 1
        else:
            return 0, len(left), 0, len(right)
    return begin, end, first, last


def _opens_first(tokens: Texts) -> bool:
    """Whether no brace closes that did not open among these tokens."""
    depth = 0
    for kind, _ in tokens:
        depth += (kind == "{") - (kind == "}")
        if depth < 0:
            return False
    return True


def _leads_to(runs: Sequence[Run], left: Texts, right: Texts) -> bool:
    """Whether the runs, put into one text, make the other."""
    made: list[tuple[str, str]] = []
    place = 0
    for begin, end, first, last in runs:
        made += [*left[place:begin], *right[first:last]]
        place = end
    return [*made, *left[place:]] == list(right)


def _pairs(run: Run, left: Texts, right: Texts) -> bool:
    return _closes(left[run[0] : run[1]]) and _closes(right[run[2] : run[3]])


def _moved(run: Run, left: Texts, right: Texts) -> Iterator[Run]:
    """The run, and an insertion or a deletion where it says the same, one token further each time to one side."""
    yield run
    begin, end, first, last = run
    if begin != end and first != last:
        return
    tokens, start, stop = (right, first, last) if begin == end else (left, begin, end)
    for shift in range(1, min(begin, first) + 1):
        if tokens[start - shift] != tokens[stop - shift]:
            break
        yield begin - shift, end - shift, first - shift, last - shift
    for shift in range(min(len(left) - end, len(right) - last)):
        if tokens[start + shift] != tokens[stop + shift]:
            break
        yield begin + shift + 1, end + shift + 1, first + shift + 1, last + shift + 1


def _primed(run: Run, left: Texts, right: Texts) -> Run:
    """A prime goes with its letter."""
    begin, end, first, last = run
    if ("'", "'") in (*left[begin : begin + 1], *right[first : first + 1]) and min(begin, first) > 0:
        return begin - 1, end, first - 1, last
    return run


def _begins_in_arguments(run: Run, left: Texts, right: Texts) -> bool:
    """Whether it parts a command from its arguments."""
    tokens = left[run[0] : run[1]] or right[run[2] : run[3]]
    return bool(tokens) and tokens[0][0] == "{"


def _closes(tokens: Texts) -> bool:
    depth = 0
    for kind, _ in tokens:
        depth += (kind == "{") - (kind == "}")
        if depth < 0:
            return False
    return depth == 0


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Runs with a few tokens between them are one: an exchange of two letters is not an insertion and a deletion."""
    made: list[Run] = []
    for run in runs:
        if made and run[0] - made[-1][1] <= 3:
            last = made.pop()
            run = (min(last[0], run[0]), max(last[1], run[1]), min(last[2], run[2]), max(last[3], run[3]))
        made.append(run)
    return made


@frozen
class _Run:
    """Some tokens of a text: `lead` and `trail` are the space on both sides of them."""

    start: int
    end: int
    lead: str
    trail: str


def _run(text: str, tokens: Sequence[Raw], first: int, last: int) -> _Run:
    around = (tokens[first - 1].end if first else 0, tokens[last].start if last < len(tokens) else len(text))
    if first == last:
        return _Run(*around, "", "")
    start, end = tokens[first].start, tokens[last - 1].end
    return _Run(start, end, text[around[0] : start], text[end : around[1]])


def _edit(before: str, start: int, old: _Run, after: str, new: _Run) -> Edit:
    """The replacement of one run by another; space that stays the same is left where it is."""
    if old.lead == new.lead and old.trail == new.trail:
        return Edit(Span(start + old.start, start + old.end), after[new.start : new.end])
    first, last = old.start - len(old.lead), old.end + len(old.trail)
    begin, end = new.start - len(new.lead), new.end + len(new.trail)
    while last > first and end > begin and before[first].isspace() and before[first] == after[begin]:
        first, begin = first + 1, begin + 1
    while last > first and end > begin and before[last - 1].isspace() and before[last - 1] == after[end - 1]:
        last, end = last - 1, end - 1
    return Edit(Span(start + first, start + last), after[begin:end])
