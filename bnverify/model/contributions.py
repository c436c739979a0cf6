"""`dx = dx_1 + dx_2`: a gradient in parts that a note names, and lines that say what they are -> letters for them.

A part that is made of the gradients of some nodes is what comes back from these nodes, and its line is a claim. Where
several parts are made of the same ones, nothing but their lines says what they are: then these are definitions. So are
parts with a number that are added up elsewhere, `d\\mu = -\\sum_i (dc1_i + dc2_i)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import combinations

from bnverify.frozen import frozen
from bnverify.model.forms import sides
from bnverify.model.notation import Contribution, Notation, Role, Symbol, is_index
from bnverify.read.chains import Chain, Script
from bnverify.read.exchange import exchange
from bnverify.read.latex import latex
from bnverify.read.losses import is_gradient
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Derivative,
    Digits,
    Evaluated,
    Expr,
    Name,
    Negative,
    Product,
    Raised,
    Summation,
    bare,
    inside,
)

NODES = frozenset((Role.MEAN, Role.VARIANCE, Role.NORMALISED))
"""What a gradient comes back from."""


@frozen
class _Gradient:
    """`dx_{i,1}` as dx with the items i and 1: indices, and perhaps a mark; `by` is x_{i,1}, and `of` x."""

    stem: str
    items: tuple[str, ...]
    by: Expr
    of: str


@frozen
class _Part:
    """The part of a gradient that carries a mark."""

    stem: str
    mark: str

    @property
    def letter(self) -> str:
        return f"{self.stem}^{{({self.mark})}}"


Lines = Mapping[_Part, Chain]


def with_contributions(
    script: Script, notation: Notation, infer: Callable[[Script], Notation]
) -> tuple[Script, Notation]:
    """The script with a letter for each part of a gradient, and what is inferred of it; most scripts have none."""
    sums = [(chain, named) for chain in script.chains if (named := _summed(chain, script, notation))]
    numbered = _numbered(script, notation)
    if not sums and not numbered:
        return script, notation
    lines = dict(numbered) | {part: line for _, named in sums for part, line in named.items()}
    letters = {part.letter for part in lines}
    made = replace(script, chains=tuple(_with_letters(chain, letters, notation) for chain in script.chains))
    found = {Symbol(part.letter): Contribution(Role.HELPER, ()) for part in numbered}
    found |= {Symbol(part.letter): one for chain, named in sums for part, one in _through(chain, named, notation)}
    first = {line.head_span.start for line in lines.values()}
    heads = [
        (chain.head_span.start, Symbol(chain.head.letter)) for chain in made.chains if isinstance(chain.head, Name)
    ]
    claims = {place for place, symbol in heads if symbol in found and (found[symbol].through or place not in first)}
    inferred = infer(made)
    return made, replace(
        inferred,
        contributions=found,
        restated=inferred.restated | claims,
        sums_repeated=notation.sums_repeated,
    )


def as_definitions(notation: Notation, script: Script) -> Notation:
    """The same with every part as what its line says."""
    lines = {symbol: replace(one, through=()) for symbol, one in notation.contributions.items()}
    first = {script.chains[place].head_span.start for place in first_lines(notation, script)}
    return replace(notation, contributions=lines, restated=notation.restated - first)


def first_lines(notation: Notation, script: Script) -> Sequence[int]:
    """The numbers of the chains in which each part first stands at the head, whatever its index."""
    found: dict[Symbol, int] = {}
    for place, chain in enumerate(script.chains):
        if isinstance(chain.head, Name) and is_part(chain.head, notation):
            found.setdefault(notation.split(chain.head)[0], place)
    return tuple(found.values())


def is_part(expr: Expr, notation: Notation) -> bool:
    return isinstance(expr, Name) and notation.split(expr)[0] in notation.contributions


# -- which gradients carry a mark


def _gradient(expr: Expr, notation: Notation) -> _Gradient | None:
    """A gradient of the loss with all that is written below, above and behind it."""
    expr = bare(expr)
    match expr:
        case Product(factors=(Adjoint() as first, Digits(text=number))):  # dx1, as in code
            inner = _gradient(first, notation)
            return inner and replace(inner, items=(*inner.items, number))
        case Adjoint(by=by) | Derivative(by=by) if is_gradient(expr, notation.losses):
            stem, items = _stem(by, notation)
            return _Gradient(latex(replace(expr, by=stem)), items, by, latex(stem))
        case Raised(base=base, exponent=mark) if isinstance(bare(base), Adjoint | Derivative):
            inner = _gradient(base, notation)
            return inner and replace(inner, items=(*inner.items, latex(bare(mark))))
        case Evaluated(body=body, held=mark):
            inner = _gradient(body, notation)
            return inner and replace(inner, items=(*inner.items, mark))
    return None


def _stem(by: Expr, notation: Notation) -> tuple[Expr, tuple[str, ...]]:
    """x of `x_i^{(1)}`, and i, 1."""
    by = bare(by)
    if isinstance(by, Name):
        return replace(by, subscripts=(), superscripts=()), (*by.subscripts, *by.superscripts)
    if isinstance(by, Raised):
        stem, items = _stem(by.base, notation)
        is_square = isinstance(stem, Name) and stem.letter in notation.squares and latex(by.exponent) == "2"
        return (replace(by, base=stem), items) if is_square else (stem, (*items, latex(bare(by.exponent))))
    return by, ()


def _mark(own: _Gradient, whole: _Gradient) -> str | None:
    """What a part carries and the whole gradient does not."""
    more = [item for item in own.items if item not in whole.items]
    marks = [item for item in more if not item.isalpha()] if len(more) > 1 else more
    return marks[0] if own.of == whole.of and len(marks) == 1 else None


def _summed(chain: Chain, script: Script, notation: Notation) -> Lines:
    """The parts of the gradient at the head of a chain that adds some of them up, with the line of each.

    None where what is added up has no lines; a number that is forgotten in the sum is one all the same.
    """
    whole = _gradient(chain.head, notation)
    if whole is None:
        return {}
    for side in (bare(step.side) for step in chain.steps):
        terms = [term.body if isinstance(term, Negative) else term for term in _terms(side)]
        found = [own for term in terms if (own := _gradient(term, notation))]
        named = [_Part(own.stem, mark) for own in found if (mark := _mark(own, whole)) is not None]
        marks = [part.mark for part in named]
        lines = _lines(whole, script, notation) if marks else {}
        if _are_marks(marks, script, whole.of, notation) and set(named) <= set(lines):
            numbered = all(mark.isdigit() for mark in marks)
            return {
                part: line for part, line in lines.items() if part.mark in marks or (numbered and part.mark.isdigit())
            }
    return {}


def _numbered(script: Script, notation: Notation) -> Lines:
    """Gradients by one letter with several numbers, which some line adds up, though not to the whole: parts as well.

    A number is no sample where the letter has all its indices without it.
    """
    found: dict[str, dict[_Part, Chain]] = {}
    for chain in script.chains:
        own = _gradient(chain.head, notation) if chain.steps else None
        part = _numbered_part(own) if own is not None else None
        if part is not None:
            found.setdefault(part.stem, {}).setdefault(part, chain)
    added = _added_up(script, notation)
    several = [lines for lines in found.values() if len(added & lines.keys()) > 1]
    return {part: line for lines in several if _has_no_samples(lines, script, notation) for part, line in lines.items()}


def _numbered_part(own: _Gradient) -> _Part | None:
    numbers = [item for item in own.items if item.isdigit()]
    return _Part(own.stem, numbers[0]) if len(numbers) == 1 else None


def _added_up(script: Script, notation: Notation) -> Set[_Part]:
    """The numbered gradients that stand in one sum with another one by the same letter."""
    sums = (node for expr in _exprs(script) for node in inside(expr) if isinstance(node, Addition))
    found: set[_Part] = set()
    for node in sums:
        terms = (bare(term.body if isinstance(term, Negative) else term) for term in node.terms)
        parts = [part for term in terms if (own := _gradient(term, notation)) and (part := _numbered_part(own))]
        found |= {one for one in parts for other in parts if one.stem == other.stem and one != other}
    return found


def _exprs(script: Script) -> Iterator[Expr]:
    return (expr for chain in script.chains for expr in sides(chain))


def _has_no_samples(lines: Lines, script: Script, notation: Notation) -> bool:
    """Whether the letter that is differentiated by always has one item less than these gradients."""
    named = [own for line in lines.values() if (own := _gradient(line.head, notation)) is not None]
    nodes = [node for expr in _exprs(script) for node in inside(expr)]
    by = {id(own.by) for node in nodes if (own := _gradient(node, notation)) is not None}
    names = (_stem(node, notation) for node in nodes if isinstance(node, Name) and id(node) not in by)
    plain = {len(items) for stem, items in names if latex(stem) == named[0].of}
    return plain == {len(own.items) - 1 for own in named}


def _lines(whole: _Gradient, script: Script, notation: Notation) -> Lines:
    """The first line of each gradient that carries a mark which the whole one does not."""
    found: dict[_Part, Chain] = {}
    for chain in script.chains:
        own = _gradient(chain.head, notation) if chain.steps else None
        mark = _mark(own, whole) if own is not None else None
        if own is not None and mark is not None:
            found.setdefault(_Part(own.stem, mark), chain)
    return found


def _terms(side: Expr) -> Sequence[Expr]:
    return side.terms if isinstance(side, Addition) else (side,)


def _are_marks(marks: Sequence[str], script: Script, of: str, notation: Notation) -> bool:
    """Several marks, or words; letters that are an index elsewhere are none."""
    if len(set(marks)) != len(marks) or (not any(not is_index(mark) for mark in marks) and len(marks) < 2):
        return False
    letters = {mark for mark in marks if mark.isalpha()}
    return not letters or not letters & set(_indices(script, of, notation))


def _indices(script: Script, of: str, notation: Notation) -> Iterator[str]:
    """What stands below the letters of a script, but for those of the gradients by a letter."""
    for expr in (expr for chain in script.chains for expr in sides(chain)):
        own = {id(found.by) for node in inside(expr) if (found := _gradient(node, notation)) and found.of == of}
        for node in inside(expr):
            if isinstance(node, Summation):
                yield from node.bounds.indices
            elif isinstance(node, Name) and id(node) not in own:
                yield from node.subscripts


def _with_letters(chain: Chain, letters: Set[str], notation: Notation) -> Chain:
    whole = _gradient(chain.head, notation)
    place = whole.items if whole is not None and _has_parts(chain, whole, letters, notation) else ()
    steps = tuple(replace(step, side=_lettered(step.side, letters, notation, place)) for step in chain.steps)
    head = _lettered(chain.head, letters, notation)
    if head is not chain.head and isinstance(head, Name) and not head.subscripts:
        head = replace(head, subscripts=_place(steps[0].side, notation))
    return replace(chain, head=head, steps=steps)


def _has_parts(chain: Chain, whole: _Gradient, letters: Set[str], notation: Notation) -> bool:
    """Whether parts of the gradient at the head occur behind it."""
    nodes = (node for step in chain.steps for node in inside(step.side))
    found = (own for node in nodes if (own := _gradient(node, notation)) is not None and own.of == whole.of)
    return any(_Part(own.stem, item).letter in letters for own in found for item in own.items)


def _place(side: Expr, notation: Notation) -> tuple[str, ...]:
    """The one index that a side speaks of, where its head has none: `dx_1 = \\frac{1}{s} d\\hat{x}_i`."""
    bound = {one for node in inside(side) if isinstance(node, Summation) for one in node.bounds.indices}
    free = notation.indices_in(side) - bound
    return tuple(free) if len(free) == 1 else ()


def with_letters(expr: Expr, notation: Notation) -> Expr:
    """A further expression with the letters that a note has for parts of a gradient."""
    letters = {symbol.letter for symbol in notation.contributions}
    return _lettered(expr, letters, notation) if letters else expr


def _lettered(expr: Expr, letters: Set[str], notation: Notation, place: tuple[str, ...] = ()) -> Expr:
    """The expression with letters for parts; those without an index are at this place."""
    changes: dict[int, Expr] = {}
    summed = {id(one) for node in inside(expr) if isinstance(node, Summation) for one in inside(node.body)}
    for node in inside(expr):
        own = _gradient(node, notation)
        marks = [item for item in own.items if _Part(own.stem, item).letter in letters] if own is not None else []
        if own is not None and marks:
            index = tuple(item for item in own.items if item != marks[0]) or (() if id(node) in summed else place)
            changes[id(node)] = Name(_Part(own.stem, marks[0]).letter, subscripts=index, span=node.span)
    return exchange(expr, changes) if changes else expr


# -- what the parts are


def _through(chain: Chain, lines: Lines, notation: Notation) -> Iterator[tuple[_Part, Contribution]]:
    """Each part with the nodes that it comes back from, if all parts have some, and no node is met twice."""
    whole = _gradient(chain.head, notation)
    assert whole is not None
    by = notation.symbol(whole.by)
    role = (notation.role(by[0]) if by else None) or Role.HELPER
    found = {part: _sources(line.steps[0].side, role, notation) for part, line in lines.items()}
    known = all(found.values()) and all(one <= NODES - {role} for one in found.values())
    apart = not any(one & other for one, other in combinations(found.values(), 2))
    for part, sources in found.items():
        yield part, Contribution(role, tuple(sorted(sources)) if known and apart and role is not Role.HELPER else ())


def _sources(side: Expr, by: Role, notation: Notation) -> frozenset[Role]:
    """The quantities by which a side has gradients; that by the output comes back to the rest by x-hat alone."""
    found = set()
    for node in inside(side):
        if isinstance(node, Adjoint | Derivative) and is_gradient(node, notation.losses):
            named = notation.symbol(node.by)
            found.add((notation.role(named[0]) if named else None) or Role.HELPER)
        elif isinstance(node, Name) and notation.role(notation.split(node)[0]) is Role.UPSTREAM:
            found.add(Role.OUTPUT)
    direct = by in (Role.SCALE, Role.SHIFT) or notation.shape.layer.exponential
    return frozenset(Role.NORMALISED if one is Role.OUTPUT and not direct else one for one in found)
