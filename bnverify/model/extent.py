"""The definitions and the words of a note -> its layer, and what its index letters and counts run along."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from bnverify.model.forms import is_statistic_call, sides
from bnverify.model.images import images
from bnverify.model.layers import LAYERS, Layer
from bnverify.model.lettering import DefinedAs, Lettering
from bnverify.model.notation import LETTERS, Role, Symbol
from bnverify.model.recognition import USUAL_CALLS, Recognition
from bnverify.model.shapes import (
    Average,
    Shape,
    Statistic,
    Upper,
    Written,
    averages,
    is_made_of_counts,
    shape_of,
    uncounted,
)
from bnverify.pattern import pattern
from bnverify.read.announced import TRAINING, says
from bnverify.read.syntax import (
    Addition,
    Expr,
    Fraction,
    Name,
    Product,
    bare,
)

RANGE = pattern(
    r"(?<![A-Za-z_{])(?P<index>[a-z])\s*(?:=|\\in\s*\\\{)\s*[01]\s*,\s*(?:[0-9]\s*,\s*)?(?:\\[lc]?dots|\.\.\.|…)\s*,\s*"
    r"(?P<count>[A-Za-z])(?![A-Za-z])"
)
DOTS = ("dots", "...", "…")
"""One of these stands in every range, and one of the others in every space: else nothing is looked for."""
SPACES = ("\\R", "\\mathbb", "ℝ")
SPACE_OF_INPUT = pattern(
    r"(?<![A-Za-z])(?:\\mathbf\{|\\boldsymbol\{)?[XxZzAaHh]\}?\s*\\in\s*(?:\\mathbb\{?\s*R\}?|\\R|ℝ)\s*\^\s*\{(?P<sizes>[A-Za-z](?:\s*\\times\s*[A-Za-z])+)\}"
)
NOUNS = {
    "sample": r"samples?|examples?|tokens?|sequences?|observations|instances|rows|images|items"
    r"|(?:mini-?)?batch(?:es)?(?: size)?",
    "feature": r"features?(?: size)?|channels?|dimensions?|units|neurons|columns|hidden size",
    "class": r"class(?:es)?|categories|labels",
}
"""What a letter may be said to count."""
LETTER = r"(?:\$|\\\()\s*(?P<letter>[A-Za-z])\s*(?:\$|\\\))"
ELEMENTWISE = pattern(r"\\odot|\\circ|\\ast|⊙|∘")
STAR = pattern(r"\*")
"""As in code, also of numbers: only words tell that it is of vectors."""
BATCH_WORDS = pattern(r"\bbatch|\bBN\b", re.IGNORECASE)
FEATURE_WORDS = pattern(r"\b(layer|rms)[- ]?norm|\bLN\b|\bfeatures\b|\bhidden (units|size|dimension)", re.IGNORECASE)
COUNTS_OF_FEATURES = frozenset("dDHCFK")


def layer_of(page: Lettering, known: Recognition, definitions: Sequence[DefinedAs], declared: Layer | None) -> Shape:
    """The layer that the definitions declare, with what letters run along."""
    statistics = [
        found
        for _, _, index, side in definitions
        for one in averages(side)
        if (found := statistic(page, known, index, one)) is not None
    ]
    statistics = statistics or list(roots_without_count(page, known, definitions))
    uppers = [
        Upper(index, upper.letter, inputs_in(page, known, node.body))
        for node, upper in page.tops
        for index in node.bounds.indices
    ]
    uppers = [*find_ranges(page), *uppers]
    computed = [one for one in statistics if one.average.counts or one.average.bound]
    if not computed and (known.constants or (not page.differentiated & stated(known) and held(page))):
        declared = LAYERS["inference"]
    if declared is None and has_gain_in_each_place(page, known, statistics):
        declared = LAYERS["layer"]
    if declared is None and not statistics and has_unsaid_root(page, known):
        declared = LAYERS["rms"]
    statistics = statistics or known.constants
    if known.exponential:
        declared, statistics = LAYERS["softmax"], [known.softmax] if known.softmax else []
    written = list(find_written_indices(page, known))
    shown = None
    if declared is None and not any(one.inputs[0] for one in statistics):
        shown = images(page.script.note.text, written, Role.MEAN in known.roles.values())
        # `E[x]` of a letter without an index tells nothing of the axes.
        declared, statistics = (shown.layer, []) if shown is not None else (None, statistics)
    dimensions = (*known.counting.dimensions, *capitals(page, known))
    unlike = unlike_counts(page, known, next((one for one in statistics if one.inputs), None))
    shape = shape_of(statistics, written, uppers, dimensions, declared)
    along = {
        one: axes for one, axes in shape.along.items() if one not in unlike or not set(axes) <= set(shape.layer.over)
    }
    along |= along_the_other_axis(shape.layer, along, unlike)
    shape = replace(shape, along=along, unlike=unlike - along.keys())
    if shown is not None:
        shape = replace(shape, supposed=shown.supposed, plain_gains=shown.plain_gains)
    return replace(shape, layer=replace(shape.layer, shifted=known.shifted, from_one=known.from_one))


def roots_without_count(page: Lettering, known: Recognition, definitions: Sequence[DefinedAs]) -> Iterator[Statistic]:
    """r = sqrt(sum_i x_i^2 + eps), which x is divided by: a root mean square that lost its 1/d, and no mean.

    It may stand in the definition of x-hat itself, whose own index is none of the sum.
    """
    for _, symbol, index, side in definitions:
        if known.has_mean():
            return
        if symbol in known.scales or known.role_of(symbol) is Role.NORMALISED:
            found = (statistic(page, known, index, one) for one in uncounted(side))
            yield from (one for one in found if one is not None)


def has_unsaid_root(page: Lettering, known: Recognition) -> bool:
    """Whether `\\operatorname{RMS}(x)` of the input stands in a note that does not define it, and no mean."""
    calls = [node for node in page.names if is_statistic_call(node)]
    roots = [one for one in calls if one.name.letter == "RMS" and page.frame.symbol(one) is None]
    means = any(USUAL_CALLS[one.name.letter] is Role.MEAN for one in calls)
    means = means or any(LETTERS.get(one) is Role.MEAN for one in page.used)
    named = (page.frame.symbol(one.arguments[0]) for one in roots)
    return not means and any(one is not None and known.role_of(one[0]) is Role.INPUT for one in named)


def unlike_counts(page: Lettering, known: Recognition, first: Statistic | None) -> frozenset[str]:
    """Letters that the words around the formulas say to count something else than what the statistics divide by."""
    own = set(first.average.counts if first else ()) or {top.letter for _, top in page.tops[:1]}
    if not own:
        return frozenset()
    text = around_letters(page.script.note.text)
    said = {
        found["letter"]: kind
        for kind, noun in NOUNS.items()
        if re.search(noun, text, re.IGNORECASE)
        for pattern in (
            rf"{LETTER}\s+(?:[a-z-]+\s+)?(?:{noun})\b",
            rf"\b(?:{noun})\s*(?:of|is|=|,)?\s*{LETTER}",
            rf"{LETTER}\s*(?:is|for|denotes|,)?\s*(?:the)?\s*number\s+of\s+(?:{noun})\b",
            rf"\b(?:{noun})\s+\$\w\$\s+of\s+{LETTER}",
        )
        for found in re.finditer(pattern, text, re.IGNORECASE)
    }
    kinds = {said[one] for one in own if one in said}
    other = {one for one, kind in said.items() if kinds and kind not in kinds}
    letters = {
        letter for symbol, index in page.found if SHAPED.get(known.role_of(symbol) or Role.LOSS) for letter in index
    }
    ranges = {found["count"]: found["index"] for found in RANGE.finditer(page.script.note.text)}
    elsewhere = {count for count, index in ranges.items() if index not in letters} if own & ranges.keys() else set()
    return frozenset((other | elsewhere) - own)


AROUND = 100
"""Characters before and behind a letter in which words may say what it counts."""
SENTINEL = "\n.\n"


def around_letters(text: str) -> str:
    """What stands around the letters between formulas: of a long text nothing else has to be looked through."""
    pieces: list[str] = []
    end = 0
    for found in re.finditer(LETTER, text):
        begin = found.start() - AROUND
        pieces += [SENTINEL] if begin > end else []
        pieces.append(text[max(begin, end, 0) : max(end, found.end() + AROUND)])
        end = max(end, found.end() + AROUND)
    return "".join(pieces)


def along_the_other_axis(
    layer: Layer, along: Mapping[str, tuple[int, ...]], unlike: frozenset[str]
) -> Mapping[str, tuple[int, ...]]:
    """`$N$ tokens with $D$ features`: of two axes the words leave one for the letter that counts something else."""
    left = [axis for axis in layer.kept if (axis,) not in along.values()]
    others = sorted(unlike - along.keys())
    return {others[0]: (left[0],)} if layer.rank == 2 and along and len(left) == len(others) == 1 else {}


HELD = pattern(
    r"\b(statistics|mean|variance|moments)\b[^.]{0,60}\b(fixed|constants?|frozen)\b"
    r"|\b(fixed|constant|frozen) (statistics|mean|variance|moments)\b",
    re.IGNORECASE,
)


def held(page: Lettering) -> bool:
    """Whether the words say that the statistics, which the note does not define, are constants."""
    text = page.script.note.text
    return says(HELD, text) and not TRAINING.search(text)


def stated(known: Recognition) -> frozenset[Symbol]:
    return frozenset(symbol for symbol, role in known.roles.items() if role in (Role.MEAN, Role.VARIANCE))


def capitals(page: Lettering, known: Recognition) -> Iterator[str]:
    """Letters that may count what their small letter runs along: T for t; none of `M = \\frac{C}{G} H W`."""
    parts = {symbol for *_, side in page.definitions() if is_made_of_counts(side) for symbol, _ in page.symbols(side)}
    for symbol, index in sorted(page.found, key=str):
        plain = symbol == Symbol(symbol.letter) and symbol.letter.isupper() and not index
        free = symbol not in parts and symbol.letter not in page.losses
        if plain and free and known.role_of(symbol) in (None, Role.SIZE):
            yield symbol.letter


def has_gain_in_each_place(page: Lettering, known: Recognition, statistics: Sequence[Statistic]) -> bool:
    """`\\gamma \\odot \\hat x` without indices, of a vector of features and not of a batch."""
    text = page.script.note.text
    between = [
        (pair[0].span.end, pair[1].span.start)
        for node in page.names
        if isinstance(node, Product)
        for pair in pairwise(node.factors)
        if {whole_family(page, known, one) for one in pair} in GAINS
    ]
    if not any(ELEMENTWISE.search(text, *place) or STAR.search(text, *place) for place in between):
        return False
    batch, features = BATCH_WORDS.search(text), FEATURE_WORDS.search(text)
    if (batch is None) != (features is None):
        return features is not None
    counts = {letter for one in statistics for letter in one.average.counts}
    return any(ELEMENTWISE.search(text, *place) for place in between) and bool(counts & COUNTS_OF_FEATURES)


GAINS = ({Role.SCALE, Role.NORMALISED}, {Role.SCALE, Role.INPUT})
"""What stands on both sides of a sign of multiplication: `\\gamma \\odot \\hat{x}`, `\\gamma \\odot \\frac{x}{r}`."""


def whole_family(page: Lettering, known: Recognition, expr: Expr) -> Role | None:
    """What a letter without an index means, or the first one above the line of a quotient."""
    expr = bare(expr.above) if isinstance(expr, Fraction) else expr
    expr = bare(expr.terms[0]) if isinstance(expr, Addition) else expr
    named = page.frame.symbol(expr)
    return known.role_of(named[0]) if named is not None and not named[1] else None


def find_ranges(page: Lettering) -> Iterator[Upper]:
    """What the words between the formulas say: `$i = 1, \\dots, N$`, `$X \\in \\mathbb{R}^{N \\times D}$`."""
    text = page.script.note.text
    for found in RANGE.finditer(text) if any(dots in text for dots in DOTS) else ():
        yield Upper(found["index"], found["count"], ())
    for found in SPACE_OF_INPUT.finditer(text) if any(space in text for space in SPACES) else ():
        letters = re.findall(r"[A-Za-z]", found["sizes"].replace("\\times", " "))
        places = tuple(map(str, range(len(letters))))
        yield from (Upper(place, letter, (places,)) for place, letter in zip(places, letters, strict=True))


def statistic(page: Lettering, known: Recognition, index: tuple[str, ...], found: Average) -> Statistic | None:
    """The average, where it is one of the input or of its distance from the mean."""
    base = found.base
    pair = known.distance(base)
    names = list(pair) if pair is not None else [base] if isinstance(base, Name) else []
    symbols = filter(None, map(page.frame.symbol, names))
    inputs = tuple(own for symbol, own in symbols if known.role_of(symbol) is Role.INPUT)
    if not inputs:
        return None
    return Statistic(index, found, inputs, centred=pair is not None or not found.is_square)


def find_written_indices(page: Lettering, known: Recognition) -> Iterator[Written]:
    for chain in page.script.chains:
        named = page.frame.symbol(chain.head)
        head = known.role_of(named[0]) if named is not None else None
        for place, expr in enumerate(sides(chain)):
            for symbol, index in page.symbols(expr):
                role = known.role_of(symbol)
                if role is not None and role in SHAPED:
                    early = place < 2
                    # Without any index it is a vector, or one number: that tells nothing of the scale.
                    output = early and head is Role.OUTPUT and named is not None and bool(named[1])
                    yield Written(SHAPED[role], index, early and head in SHAPED, output)


def inputs_in(page: Lettering, known: Recognition, expr: Expr) -> tuple[tuple[str, ...], ...]:
    """The indices of the quantities in an expression that have one for each axis."""
    found = (one for one in page.symbols(expr))
    return tuple(index for symbol, index in found if SHAPED.get(known.role_of(symbol) or Role.LOSS) == "x")


SHAPED: Mapping[Role, str] = {
    **dict.fromkeys((Role.INPUT, Role.NORMALISED, Role.OUTPUT, Role.TARGET), "x"),
    **dict.fromkeys((Role.MEAN, Role.VARIANCE), "v"),
    **dict.fromkeys((Role.SCALE, Role.SHIFT), "gamma"),
}
"""Which parts carry the same indices."""
