"""A script -> its notation: roles inferred from the note's own definitions, whatever the letters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from bnverify.model.counts import Counting, counting_of
from bnverify.model.forms import (
    Ratio,
    all_digits,
    between,
    difference,
    exponent_of_e,
    is_statistic_call,
    is_statistic_name,
    ratio,
    sides,
)
from bnverify.model.given import Given, number_of
from bnverify.model.layers import LAYERS, Layer
from bnverify.model.notation import (
    BUILT_IN,
    FAMILIES,
    LETTERS,
    Definition,
    Notation,
    Role,
    Symbol,
    is_index,
    without_index,
)
from bnverify.model.shapes import Average, Shape, Statistic, Upper, Written, average, averages, shape_of
from bnverify.read.chains import LOSSES, Chain, Script
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    Derivative,
    Digits,
    Expr,
    Fraction,
    Name,
    Product,
    Raised,
    Root,
    Summation,
    bare,
    inside,
    parts,
)

SAYS = re.compile(r"\b(let|take|set|suppose|assume|choose)\b", re.IGNORECASE)
"""Words behind which a number is meant for all that follows."""
UPSTREAM_WORDS = re.compile(
    r"(upstream|incoming|arriving|backpropagated|downstream)\s+(gradient|derivative|error|signal)"
    r"|gradient[^.]{0,40}(arrives|comes in|from above|of the layer above)|error\s+signal",
    re.IGNORECASE,
)
RUNNING = re.compile(
    r"\b(run|running|r?test|inf|infer|inference|eval|pop|population|ema|mov|moving|avg|train|glob(al)?)\b"
)
"""Below a mean that is no mean of the batch."""
CONSTANT_WORDS = re.compile(
    r"\b(inference|evaluation mode|eval mode|test time|test-time|running (mean|average|statistic|estimate|variance)s?"
    r"|population (mean|statistic)s?|moving averages?|frozen)\b",
    re.IGNORECASE,
)
RANGE = re.compile(
    r"(?<![A-Za-z_{])(?P<index>[a-z])\s*(?:=|\\in\s*\\\{)\s*[01]\s*,\s*(?:[0-9]\s*,\s*)?(?:\\[lc]?dots|\.\.\.|…)\s*,\s*"
    r"(?P<count>[A-Za-z])(?![A-Za-z])"
)
SPACE_OF_INPUT = re.compile(
    r"(?<![A-Za-z])(?:\\mathbf\{|\\boldsymbol\{)?[XxZzAaHh]\}?\s*\\in\s*(?:\\mathbb\{?\s*R\}?|\\R|ℝ)\s*\^\s*\{(?P<sizes>[A-Za-z](?:\s*\\times\s*[A-Za-z])+)\}"
)
SIZES = ("n", "N", "m", "M", "H", "D")
ELEMENTWISE = re.compile(r"\\odot|\\circ|\\ast|⊙|∘")
BATCH_WORDS = re.compile(r"\bbatch|\bBN\b", re.IGNORECASE)
FEATURE_WORDS = re.compile(r"\b(layer|rms)[- ]?norm|\bLN\b|\bfeatures\b|\bhidden (units|size|dimension)", re.IGNORECASE)
COUNTS_OF_FEATURES = frozenset("dDHCFK")


def infer(
    script: Script,
    losses: frozenset[str],
    declared: Mapping[str, Role] | None = None,
    count: str = "",
    layer: Layer | None = None,
) -> Notation:
    """The notation of a note: its declarations, then its definitions, then what letters usually mean.

    `count` is what the front matter says that n counts, `layer` the layer that it names.
    """
    return _Inference(script, losses, declared or {}, counting_of(script.chains, count), layer).run()


class _Inference:
    """Roles found so far; each pass reads the definitions that the passes before made recognisable."""

    def __init__(
        self,
        script: Script,
        losses: frozenset[str],
        declared: Mapping[str, Role],
        counting: Counting,
        layer: Layer | None,
    ) -> None:
        self.layer = layer
        self.script = script
        self.losses = losses
        self.counting = counting
        self.declared = declared
        self.roles: dict[Symbol, Role] = {}
        self.helpers: dict[Symbol, list[Definition]] = {}
        self.names = [node for chain in script.chains for expr in sides(chain) for node in inside(expr)]
        self.tops = [
            (node, top)
            for node in self.names
            if isinstance(node, Summation) and node.bounds.upper is not None
            if isinstance(top := bare(node.bounds.upper), Name) and top.letter not in losses
        ]
        """The sums that run up to a letter, which then counts something."""
        self.frame = Notation(
            {},
            losses,
            squares=self.find_squares(),
            tags=self.find_tags(),
            numbered=self.find_numbered(),
            indexing=self.find_indexing(),
        )
        self.frame = replace(self.frame, calls=dict(self.find_calls()))
        self.used = self.find_used()
        self.turned: frozenset[int] = frozenset()
        self.turned = frozenset(self.find_turned())
        self.shifted = True
        self.exponential = self.layer is not None and self.layer.exponential
        self.softmax: Statistic | None = None
        self.constants: list[Statistic] = []
        self.constant_symbols: set[Symbol] = set()
        self.scales: set[Symbol] = set()
        """Names of the root mean square."""
        by = (node.by for node in self.names if isinstance(node, Derivative))
        self.differentiated = {found[0] for one in by if (found := self.frame.symbol(one))}

    def run(self) -> Notation:
        for written, role in self.declared.items():
            self.roles[self.declared_symbol(written)] = role
        self.find_sizes()
        self.given = dict(self.find_given())
        definitions = [one for one in self.definitions() if one[1] not in self.given]
        self.heads = {symbol for _, symbol, _, side in definitions if not self.mentions_itself(symbol, side)}
        self.find_inputs_of_calls()
        self.find_constants(definitions)
        for recognise in (
            self.as_softmax,
            self.as_statistic,
            self.as_root,
            self.as_whole,
            self.as_normalised,
            self.as_output,
        ):
            for _, symbol, index, side in definitions:
                if self.role_of(symbol) is None:
                    recognise(symbol, index, side)
        defined = {symbol for _, symbol, _, _ in definitions}
        self.by_letter(frozenset(symbol for _, symbol, _, _ in definitions))
        for place, symbol, index, side in self.definitions():
            counted = self.role_of(symbol) is Role.SIZE and bool(index)
            free = (self.role_of(symbol) or Role.HELPER) is Role.HELPER
            if (free or counted) and not self.mentions_itself(symbol, side):
                self.roles.setdefault(symbol, Role.HELPER)
                self.helpers.setdefault(symbol, []).append(Definition(place, index, side))
        shape = self.find_shape(definitions)
        for letter in shape.along:
            self.roles[Symbol(letter)] = Role.SIZE
        return replace(
            self.frame,
            roles=self.roles,
            helpers={symbol: tuple(found) for symbol, found in self.helpers.items()},
            written=self.find_written(),
            built_in=self.find_built_in(defined),
            sizes=tuple(sorted((one for one in self.used if self.roles.get(one) is Role.SIZE), key=str)),
            counting=self.counting,
            given=tuple(one for symbol, one in self.given.items() if self.roles.get(symbol) == one.role),
            size=next(self.find_size(), None),
            adjoints=self.has_adjoints(),
            constants=frozenset(self.constant_symbols),
            shape=shape,
        )

    # -- the layer

    def find_shape(self, definitions: list[tuple[int, Symbol, tuple[str, ...], Expr]]) -> Shape:
        """The layer that the definitions declare, with what letters run along."""
        statistics = [
            found
            for _, _, index, side in definitions
            for one in averages(side)
            if (found := self.statistic(index, one)) is not None
        ]
        uppers = [
            Upper(index, upper.letter, self.inputs_in(node.body))
            for node, upper in self.tops
            for index in node.bounds.indices
        ]
        uppers = [*self.find_ranges(), *uppers]
        declared = LAYERS["inference"] if self.constants and not statistics else self.layer
        if declared is None and self.has_gain_in_each_place(statistics):
            declared = LAYERS["layer"]
        statistics = statistics or self.constants
        if self.exponential:
            declared, statistics = LAYERS["softmax"], [self.softmax] if self.softmax else []
        shape = shape_of(statistics, list(self.find_written_indices()), uppers, self.counting.dimensions, declared)
        return replace(shape, layer=replace(shape.layer, shifted=self.shifted))

    def has_gain_in_each_place(self, statistics: Sequence[Statistic]) -> bool:
        """`\\gamma \\odot \\hat x` without indices, of a vector of features and not of a batch."""
        text = self.script.note.text
        elementwise = any(
            {self.whole_family(one) for one in pair} == {Role.SCALE, Role.NORMALISED}
            and ELEMENTWISE.search(text, pair[0].span.end, pair[1].span.start)
            for node in self.names
            if isinstance(node, Product)
            for pair in pairwise(node.factors)
        )
        if not elementwise or not statistics:
            return False
        batch, features = BATCH_WORDS.search(text), FEATURE_WORDS.search(text)
        counts = {letter for one in statistics for letter in one.average.counts}
        return features is not None if (batch is None) != (features is None) else bool(counts & COUNTS_OF_FEATURES)

    def whole_family(self, expr: Expr) -> Role | None:
        """What a letter without an index means."""
        named = self.frame.symbol(expr)
        return self.role_of(named[0]) if named is not None and not named[1] else None

    def find_ranges(self) -> Iterator[Upper]:
        """What the words between the formulas say: `$i = 1, \\dots, N$`, `$X \\in \\mathbb{R}^{N \\times D}$`."""
        text = self.script.note.text
        for found in RANGE.finditer(text):
            yield Upper(found["index"], found["count"], ())
        for found in SPACE_OF_INPUT.finditer(text):
            letters = re.findall(r"[A-Za-z]", found["sizes"].replace("\\times", " "))
            places = tuple(map(str, range(len(letters))))
            yield from (Upper(place, letter, (places,)) for place, letter in zip(places, letters, strict=True))

    def statistic(self, index: tuple[str, ...], found: Average) -> Statistic | None:
        """The average, where it is one of the input or of its distance from the mean."""
        base = found.base
        pair = self.distance(base)
        names = list(pair) if pair is not None else [base] if isinstance(base, Name) else []
        inputs = tuple(own for symbol, own in map(self.frame.split, names) if self.role_of(symbol) is Role.INPUT)
        if not inputs:
            return None
        return Statistic(index, found, inputs, centred=pair is not None or not found.is_square)

    def find_written_indices(self) -> Iterator[Written]:
        for chain in self.script.chains:
            named = self.frame.symbol(chain.head)
            defines = named is not None and self.role_of(named[0]) in SHAPED
            for place, expr in enumerate(sides(chain)):
                for symbol, index in self.symbols(expr):
                    role = self.role_of(symbol)
                    if role is not None and role in SHAPED:
                        yield Written(SHAPED[role], index, defines and place < 2)

    def inputs_in(self, expr: Expr) -> tuple[tuple[str, ...], ...]:
        """The indices of the quantities in an expression that have one for each axis."""
        found = (one for one in self.symbols(expr))
        return tuple(index for symbol, index in found if SHAPED.get(self.role_of(symbol) or Role.LOSS) == "x")

    def find_constants(self, definitions: list[tuple[int, Symbol, tuple[str, ...], Expr]]) -> None:
        """The mean and the variance of x-hat, where they are those of training: running averages, constants."""
        for _, _, _, side in definitions:
            form = ratio(side)
            mean = self.frame.symbol(form.mean) if form is not None and form.mean is not None else None
            if form is None or mean is None or not self.is_constant(mean[0]):
                continue
            squares = [one for one in map(self.frame.symbol, form.squares) if one is not None]
            spread = next((one for one in squares if LETTERS.get(one[0]) is not Role.EPSILON), None)
            root = self.frame.symbol(form.below) if not form.squares else None
            known = {mean: Role.MEAN, spread: Role.VARIANCE, root: Role.ROOT}
            if self.guess(form.sample) not in (None, Role.INPUT) or {mean[0]} & self.heads:
                continue
            self.take(self.frame.split(form.sample)[0], Role.INPUT)
            for found, role in known.items():
                if found is not None and found[0] not in self.heads:
                    if self.is_size_by_letter(found[0]):
                        del self.roles[found[0]]
                    self.take(found[0], role)
                    self.constant_symbols.add(found[0])
            inputs = (self.frame.split(form.sample)[1],)
            self.constants.append(Statistic(mean[1], Average((), form.sample, ()), inputs, centred=True))

    def is_size_by_letter(self, symbol: Symbol) -> bool:
        """Whether nothing but its letter says that it counts something."""
        counted = any(self.frame.split(top)[0] == symbol for _, top in self.tops)
        return self.roles.get(symbol) is Role.SIZE and not counted

    def is_constant(self, mean: Symbol) -> bool:
        """Whether the letter or the words of the note say so, and nothing is differentiated by it."""
        if mean in self.differentiated:
            return False
        marked = any(RUNNING.search(tag) for tag in mean.tags) or bool(set(mean.accents) & {"bar", "tilde", "hat"})
        usual = LETTERS.get(mean) is Role.MEAN and bool(mean.accents)
        return (marked and not usual) or bool(CONSTANT_WORDS.search(self.script.note.text))

    # -- spelling

    def find_squares(self) -> frozenset[str]:
        """sigma^2 is a symbol where the note defines it, or where sigma alone is never defined."""
        heads = [bare(chain.head) for chain in self.script.chains]
        squared = {h.base.letter for h in heads if isinstance(h, Raised) and is_statistic_name(h.base)}
        plain = {h.letter for h in heads if isinstance(h, Name) and not h.accents}
        by = {bare(node.by) for node in self.names if isinstance(node, Derivative)}
        squared |= {b.base.letter for b in by if isinstance(b, Raised) and is_statistic_name(b.base)}
        squared |= set(self.defined_by_squares()) | set(self.averages_of_squares())
        return frozenset(squared | ({"\\sigma"} - plain))

    def defined_by_squares(self) -> Iterator[str]:
        """sigma = sqrt(sigma^2 + eps): what is defined by its own square has a square that is given."""
        for chain in self.script.chains:
            head = bare(chain.head)
            if chain.steps and is_statistic_name(head):
                powers = (node for node in inside(chain.steps[0].side) if isinstance(node, Raised))
                if any(bare(node.base) == head and node.exponent == Digits("2") for node in powers):
                    yield head.letter

    def averages_of_squares(self) -> Iterator[str]:
        """s_c^2 = (1/P) sum_p (x_cp - mu_c)^2: an average of squares is a square of its own."""
        for chain in self.script.chains:
            head = bare(chain.head)
            if isinstance(head, Raised) and head.exponent == Digits("2") and chain.steps:
                base, found = bare(head.base), average(chain.steps[0].side)
                if isinstance(base, Name) and not base.accents and found is not None and found.is_square:
                    yield base.letter

    def find_tags(self) -> frozenset[str]:
        """Upper-case and calligraphic subscripts of the statistics belong to the name."""
        found = set()
        for node in self.names:
            if isinstance(node, Name) and node.letter in ("\\mu", "\\sigma", "v", "s") and len(node.subscripts) == 1:
                sub = node.subscripts[0]
                if not is_index(sub) or sub.isupper():
                    found.add(sub)
        return frozenset(found)

    def has_adjoints(self) -> bool:
        """dx alone before a relation is a gradient, unless the note has dL, or goes from dx to dmu: a differential."""
        heads = [head for chain in self.script.chains if isinstance(head := bare(chain.head), Adjoint)]
        losses = any(
            isinstance(node, Adjoint) and isinstance(node.by, Name) and node.by.letter in self.losses | LOSSES
            for node in self.names
        )
        return bool(heads) and not losses and sum(map(self.direction, self.script.chains)) >= 0

    def direction(self, chain: Chain) -> int:
        """1 where a line goes from what is computed later to what is computed earlier, as gradients do; -1, or 0."""
        head = self.order(bare(chain.head))
        inner = [node for step in chain.steps for node in inside(step.side)]
        known = [place for node in inner if (place := self.order(node)) is not None and place != head]
        if head is None or not known:
            return 0
        return 1 if max(known) > head else -1

    def order(self, expr: Expr) -> int | None:
        """Where in the forward pass the letter of a differential is computed."""
        named = self.frame.symbol(expr.by) if isinstance(expr, Adjoint) else None
        role = self.role_of(named[0]) if named is not None else None
        return COMPUTED.index(role) if role in COMPUTED else None

    def find_indexing(self) -> frozenset[str]:
        """Letters that sums bind, and single letters below a name."""
        bound = {index for node in self.names if isinstance(node, Summation) for index in node.bounds.indices}
        below = {sub for node in self.names if isinstance(node, Name) for sub in node.subscripts}
        return frozenset(bound | {one for one in below if len(one.rstrip("'")) == 1 and one.islower()})

    def find_numbered(self) -> frozenset[tuple[str, tuple[str, ...]]]:
        """Letters that are defined with a number below and never carry a letter; counts with a subscript."""
        heads = (bare(chain.head) for chain in self.script.chains)
        numbered = {(h.letter, h.accents) for h in heads if isinstance(h, Name) and h.subscripts and all_digits(h)}
        lettered = {
            (node.letter, node.accents)
            for node in self.names
            if isinstance(node, Name) and node.subscripts and not all_digits(node)
        }
        counts = {(top.letter, top.accents) for _, top in self.tops if top.subscripts}
        return frozenset((numbered - lettered) | counts)

    def find_calls(self) -> Iterator[tuple[str, bool]]:
        """The statistics that have a definition here; `E[x_i] = \\frac1n \\sum_i x_i` does not carry the i."""
        for chain in self.script.chains:
            head = bare(chain.head)
            if is_statistic_call(head) and chain.steps:
                letter = bare(head.arguments[0])
                index = set(self.frame.split(letter)[1]) if isinstance(letter, Name) else set()
                side = chain.steps[0].side
                bound = {one for node in inside(side) if isinstance(node, Summation) for one in node.bounds.indices}
                yield without_index(head), bool(index) and not index & bound

    def declared_symbol(self, written: str) -> Symbol:
        from bnverify.read.latex import parse

        found = self.frame.symbol(parse(self.script.wording.scan(written, len(self.script.note.text))))
        return found[0] if found else Symbol(written)

    # -- definitions

    def definitions(self) -> Iterator[tuple[int, Symbol, tuple[str, ...], Expr]]:
        """Chains whose head is a symbol, with their first side."""
        for chain in self.script.chains:
            if not chain.steps or chain.case:
                continue
            head, side = chain.head, chain.steps[0].side
            if chain.head_span.start in self.turned:
                head, side = side, head
            found = self.frame.symbol(head)
            if found and found[0].letter not in self.losses:
                yield chain.head_span.start, *found, side

    def find_turned(self) -> Iterator[int]:
        """`(\\text{Let } 1/\\sqrt{..} = t)`: a letter that is met for the first time on the right gets its meaning."""
        known = {symbol for _, symbol, _, _ in self.definitions()}
        for chain in self.script.chains:
            head, last = self.frame.symbol(chain.head), chain.steps[-1].side if chain.steps else None
            named = self.frame.symbol(last) if last is not None else None
            if head is None and named is not None and len(chain.steps) == 1 and not named[1]:
                symbol = named[0]
                plain = not isinstance(bare(chain.head), (Adjoint, Derivative)) and symbol not in LETTERS
                elsewhere = (
                    one.span.start for one in self.names if isinstance(one, Name) and one.letter == symbol.letter
                )
                first = min(elsewhere) >= chain.steps[0].relation.start
                if plain and first and symbol not in known and symbol.letter not in self.losses | set(SIZES):
                    yield chain.head_span.start

    def mentions_itself(self, symbol: Symbol, side: Expr) -> bool:
        return any(found[0] == symbol for found in self.symbols(side))

    def symbols(self, expr: Expr) -> Iterator[tuple[Symbol, tuple[str, ...]]]:
        """Every symbol in an expression; the sigma of a sigma^2 is not one of its own."""
        found = self.frame.symbol(expr) if isinstance(expr, (Name, Raised, Call)) else None
        if found is not None:
            yield found
            return
        for part in parts(expr):
            yield from self.symbols(part)

    def find_given(self) -> Iterator[tuple[Symbol, Given]]:
        """Parameters whose only definition is a number; epsilon = 0 is no number for it, it leaves epsilon out."""
        definitions = list(self.definitions())
        symbols = [symbol for _, symbol, _, _ in definitions]
        for place, symbol, index, side in definitions:
            role = self.roles.get(symbol) or LETTERS.get(symbol)
            value = number_of(side)
            if role in (Role.SCALE, Role.SHIFT, Role.EPSILON) and value is not None and not index:
                if symbols.count(symbol) == 1 and (value or role is not Role.EPSILON):
                    yield symbol, Given(str(symbol), role, value, place)

    def find_size(self) -> Iterator[Given]:
        """`N = 32`, in a formula of its own or behind a word that says so; "with n = 1" may be a remark."""
        for place, symbol, index, side in self.definitions():
            value = number_of(side)
            if self.roles.get(symbol) is Role.SIZE and value is not None and not index and self.is_said(place):
                yield Given(str(symbol), Role.SIZE, value, place)

    def is_said(self, place: int) -> bool:
        """Whether a formula is displayed, or stands behind `let`, `take`, `set` or `suppose` in its sentence."""
        text = self.script.note.text
        formula = next(one for one in self.script.layout.formulas if one.span.start <= place < one.span.end)
        if text[: formula.span.start].endswith(("$$", "\\[")):
            return True
        sentence = text[: formula.span.start].rpartition("\n")[2].rpartition(". ")[2]
        return bool(SAYS.search(sentence))

    def find_used(self) -> set[Symbol]:
        exprs = (expr for chain in self.script.chains for expr in sides(chain))
        self.found = {found for expr in exprs for found in self.symbols(expr)}
        return {symbol for symbol, _ in self.found} | {self.frame.split(top)[0] for _, top in self.tops}

    def find_sizes(self) -> None:
        """Counts are what sums run up to, and the letters of NOTATION that stand without an index."""
        for _, top in self.tops:
            self.roles[self.frame.split(top)[0]] = Role.SIZE
        defined = {symbol for _, symbol, _, side in self.definitions() if not isinstance(bare(side), Digits)}
        indexed = {node.letter for node in self.names if isinstance(node, Name) and node.subscripts}
        for letter in SIZES:
            symbol = Symbol(letter)
            if symbol not in defined and letter not in indexed and letter not in self.losses:
                self.roles.setdefault(symbol, Role.SIZE)
        for _, _, _, side in self.definitions():
            for found in averages(side):
                for letter in found.counts:
                    if Symbol(letter) not in defined and letter not in indexed and letter not in self.losses:
                        self.roles.setdefault(Symbol(letter), Role.SIZE)
        if self.counting.whole:
            self.roles[Symbol(self.counting.whole)] = Role.SIZE
        for letter in self.counting.parts:
            self.roles.pop(Symbol(letter), None)

    def as_statistic(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """(1/n) sum x_i is a mean, (1/n) sum (x_i - mu)^2 a variance, as is (1/n) sum x_i^2 where there is no mean."""
        total = average(side)
        if total is None or self.mentions_itself(symbol, side):
            return
        body = bare(total.body)
        if isinstance(total.base, Name) and total.is_square and self.distance(total.base) is None:
            summed = self.frame.split(total.base)[0]
            if summed not in self.heads and not self.has_mean() and Role.VARIANCE not in self.roles.values():
                self.take(symbol, Role.VARIANCE)
                self.take(summed, Role.INPUT)
        elif isinstance(body, Name) and Role.MEAN not in self.roles.values():
            summed = self.frame.split(body)[0]
            if summed not in self.heads and self.role_of(summed) in (None, Role.INPUT):
                self.take(symbol, Role.MEAN)
                self.take(summed, Role.INPUT)
        elif total.is_square and (pair := self.distance(total.base)) is not None:
            if Role.VARIANCE in self.roles.values():
                return
            self.take(symbol, Role.VARIANCE)
            for one in pair:
                stem, own = self.frame.split(one)
                self.take(stem, Role.INPUT if own else Role.MEAN)

    def as_softmax(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """e^{x_i} over the sum of e^{x_k}, which may have a name of its own."""
        side = bare(side)
        if not isinstance(side, Fraction):
            return
        score = exponent_of_e(side.above)
        below = bare(side.below)
        if isinstance(below, Name):
            named = self.frame.split(below)[0]
            below = next((bare(one) for _, head, _, one in self.definitions() if head == named), below)
        total = exponent_of_e(below.body) if isinstance(below, Summation) else None
        if not isinstance(score, Name) or not isinstance(total, Name):
            return
        (scores, _), (summed, _) = self.frame.split(score), self.frame.split(total)
        if scores == summed:
            own, inner = self.frame.split(score)[1], self.frame.split(total)[1]
            bound = below.bounds.indices if isinstance(below, Summation) else ()
            if len(own) == len(inner):
                self.softmax = Statistic((), Average(bound, total, ()), (inner,), centred=False)
            self.take(symbol, Role.OUTPUT)
            self.take(scores, Role.INPUT)
            self.exponential = True
            self.find_target(symbol)

    def find_target(self, output: Symbol) -> None:
        """t in - sum_i t_i log p_i, where p is the output."""
        for node in self.names:
            factors = [bare(one) for one in node.factors] if isinstance(node, Product) else []
            logs = [one for one in factors if isinstance(one, Call) and one.name.letter == "log"]
            names = [one for one in factors if isinstance(one, Name)]
            inner = [self.frame.symbol(one.arguments[0]) for one in logs if len(one.arguments) == 1]
            if len(logs) == len(names) == 1 and inner and inner[0] and inner[0][0] == output:
                self.take(self.frame.split(names[0])[0], Role.TARGET)

    def as_root(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """The root of the mean of the squares, where there is no mean: what is squared is the input."""
        root = bare(side)
        if not isinstance(root, Root) or self.has_mean():
            return
        for one in averages(root.body):
            if one.is_square and isinstance(one.base, Name):
                summed = self.frame.split(one.base)[0]
                if summed not in self.heads:
                    self.take(summed, Role.INPUT)
                    self.scales.add(symbol)

    def distance(self, base: Expr) -> tuple[Name, Name] | None:
        """The two names of `x - mu`, written out or under a name of its own."""
        if isinstance(base, Name):
            symbol = self.frame.split(base)[0]
            base = next((bare(side) for _, head, _, side in self.definitions() if head == symbol), base)
        return difference(base)

    def has_mean(self) -> bool:
        """Whether the note defines a mean: the average of what is defined nowhere."""
        found = (average(side) for _, _, _, side in self.definitions())
        plain = (bare(one.body) for one in found if one is not None)
        return any(isinstance(body, Name) and self.frame.split(body)[0] not in self.heads for body in plain)

    def as_whole(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """gamma (x - mu)/sigma + beta, or gamma x / rms: an output that is written in one formula."""
        form = self.with_input_first(ratio(side))
        if form is None or not self.is_of_input(form):
            return
        gains = [one for one in form.others if isinstance(one, Name) and self.is_gain(one)]
        indexed = bool(index) or symbol in self.differentiated or LETTERS.get(symbol) is Role.OUTPUT
        if len(gains) != len(form.others) or len(gains) > 1 or not indexed or not (gains or form.shift):
            return
        self.take(symbol, Role.OUTPUT)
        self.take(self.frame.split(form.sample)[0], Role.INPUT)
        for gain in gains:
            self.take(self.frame.split(gain)[0], Role.SCALE)
        if form.shift is not None:
            self.take(self.frame.split(form.shift)[0], Role.SHIFT)
        self.shifted = form.shift is not None

    def with_input_first(self, form: Ratio | None) -> Ratio | None:
        """Of the factors above the line of `gamma x / rms` the one that is the input."""
        if form is None or form.mean is not None:
            return form
        names = [form.sample, *(one for one in form.others if isinstance(one, Name))]
        sample = next((one for one in names if self.guess(one) is Role.INPUT), form.sample)
        return replace(form, sample=sample, others=tuple(one for one in names if one is not sample))

    def is_of_input(self, form: Ratio) -> bool:
        """Whether the input stands above and what it is divided by below, as far as their letters are known."""
        if self.guess(form.sample) not in (None, Role.INPUT) or self.frame.split(form.sample)[0] in self.heads:
            return False
        if form.mean is not None:
            return self.guess(form.mean) is Role.MEAN
        below = [found[0] for one in (form.below, *form.squares) if (found := self.frame.symbol(one))]
        known = any(one in self.scales or self.role_of(one) is Role.VARIANCE for one in below)
        return (known or self.guess(form.below) is Role.DEVIATION) and not self.has_mean()

    def is_gain(self, name: Name) -> bool:
        """gamma, or a letter that is defined nowhere and means nothing else."""
        symbol = self.frame.split(name)[0]
        return self.guess(name) in (None, Role.SCALE) and symbol not in self.heads

    def find_inputs_of_calls(self) -> None:
        """h of `E[h]` or `\\operatorname{Var}(h)`, where nothing else says what the input is."""
        for node in self.names:
            if is_statistic_call(node) and self.frame.symbol(node) is None and Role.INPUT not in self.roles.values():
                found = self.frame.symbol(node.arguments[0])
                if found is not None and found[0] not in self.heads:
                    self.take(found[0], Role.INPUT)

    def as_normalised(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """(x - mu) over or times something: x-hat. A difference alone is a helper."""
        if difference(bare(side)) is not None or any(isinstance(node, Summation) for node in inside(side)):
            return
        if self.is_divided(side):
            self.take(symbol, Role.NORMALISED)
            return
        hatted = "hat" in symbol.accents or "'" in symbol.accents or "tilde" in symbol.accents
        for node in inside(side):
            pair = between(node)
            if pair is not None and {self.guess(one) for one in pair} == {Role.INPUT, Role.MEAN}:
                if hatted or (index and Role.NORMALISED not in self.roles.values()):
                    self.take(symbol, Role.NORMALISED)
                return

    def is_divided(self, side: Expr) -> bool:
        """Whether this is the input over the root mean square, without a mean."""
        names = [self.frame.split(node)[0] for node in inside(side) if isinstance(node, Name)]
        inputs = [one for one in names if self.roles.get(one) is Role.INPUT]
        scales = [one for one in names if one in self.scales or self.roles.get(one) is Role.VARIANCE]
        others = [one for one in names if one not in (*inputs, *scales) and LETTERS.get(one) is not Role.EPSILON]
        return len(inputs) == 1 and bool(scales) and not others and not self.has_mean()

    def as_output(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """scale * x-hat + shift; without a shift where the note differentiates the loss by it."""
        side = bare(side)
        if isinstance(side, Product) and (symbol in self.differentiated or LETTERS.get(symbol) is Role.OUTPUT):
            side = Addition((side, NO_SHIFT))
        if not isinstance(side, Addition) or len(side.terms) != 2:
            return
        for product, shift in (side.terms, side.terms[::-1]):
            factors = [bare(factor) for factor in product.factors] if isinstance(product, Product) else []
            hats = [f for f in factors if isinstance(f, Name) and self.guess(f) is Role.NORMALISED]
            scales = [f for f in factors if isinstance(f, Name) and f not in hats]
            if len(hats) == 1 and len(scales) == 1 and len(factors) == 2 and isinstance(bare(shift), Name):
                self.take(symbol, Role.OUTPUT)
                self.take(self.frame.split(hats[0])[0], Role.NORMALISED)
                self.take(self.frame.split(scales[0])[0], Role.SCALE)
                if shift is NO_SHIFT:
                    self.shifted = False
                else:
                    self.take(self.frame.split(bare(shift))[0], Role.SHIFT)  # type: ignore[arg-type]

    def take(self, symbol: Symbol, role: Role) -> None:
        if symbol.letter.isupper() and role in FAMILIES and symbol.letter not in self.losses:
            symbol = Symbol(symbol.letter.lower(), symbol.accents, symbol.tags)
        self.roles.setdefault(symbol, role)

    def role_of(self, symbol: Symbol) -> Role | None:
        return Notation(self.roles, self.losses).role(symbol)

    def guess(self, name: Expr) -> Role | None:
        found = self.frame.symbol(name)
        if found is None:
            return USUAL_CALLS.get(name.name.letter) if is_statistic_call(name) else None
        symbol = found[0]
        if len(symbol.letter) == 1:
            symbol = Symbol(symbol.letter.lower(), symbol.accents, symbol.tags)
        return self.roles.get(symbol) or LETTERS.get(Symbol(symbol.letter, symbol.accents, (), symbol.square))

    def find_built_in(self, defined: set[Symbol]) -> tuple[Symbol, ...]:
        """The symbols whose part has a definition, which the note nowhere gives."""
        given = {self.role_of(symbol) for symbol in defined}
        used = sorted(self.used - defined, key=str)
        return tuple(symbol for symbol in used if (role := self.roles.get(symbol)) in BUILT_IN and role not in given)

    # -- letters

    def by_letter(self, defined: frozenset[Symbol]) -> None:
        """What is used and not defined means what its letter usually means, unless that part is taken."""
        for symbol in sorted(self.used, key=str):
            usual = LETTERS.get(Symbol(symbol.letter, symbol.accents, (), symbol.square))
            if symbol in self.roles or usual is None:
                continue
            if symbol in defined and usual not in FAMILIES | {Role.VARIANCE, Role.MEAN}:
                continue
            if usual is Role.DEVIATION or self.is_free(symbol, usual):
                self.roles[symbol] = usual
        if Symbol("e") in self.used and Symbol("e") not in defined and self.under_root():
            self.roles.setdefault(Symbol("e"), Role.EPSILON)
        self.as_upstream(defined)
        self.as_roots(defined)

    def as_upstream(self, defined: frozenset[Symbol]) -> None:
        """delta_i, never defined, in a note that speaks of an upstream gradient."""
        delta = Symbol("\\delta")
        single = any(found == (delta, found[1]) and len(found[1]) == 1 for found in self.found)
        if single and delta not in defined and UPSTREAM_WORDS.search(self.script.note.text):
            self.roles.setdefault(delta, Role.UPSTREAM)

    def as_roots(self, defined: frozenset[Symbol]) -> None:
        """sigma beside sigma^2, never defined: its root where there is no epsilon, or where epsilon is added to it."""
        epsilons = {symbol for symbol, role in self.roles.items() if role is Role.EPSILON}
        for symbol in sorted(self.used - defined, key=str):
            square = Symbol(symbol.letter, symbol.accents, symbol.tags, square=True)
            role = self.roles.get(symbol)
            beside = self.roles.get(square) is Role.VARIANCE and square in self.used
            if symbol.square or role not in (None, Role.DEVIATION) or not (beside or role):
                continue
            if (beside and not epsilons) or self.is_added_to(symbol, epsilons):
                self.roles[symbol] = Role.ROOT
            elif role is None:
                self.roles[symbol] = Role.DEVIATION

    def is_added_to(self, symbol: Symbol, others: set[Symbol]) -> bool:
        """Whether x-hat is defined with `symbol + other` outside a root: anywhere else a square may be lost."""
        sides = [side for _, head, _, side in self.definitions() if self.role_of(head) is Role.NORMALISED]
        rooted = {id(bare(node.body)) for side in sides for node in inside(side) if isinstance(node, Root)}
        sums = (
            node for side in sides for node in inside(side) if isinstance(node, Addition) and id(node) not in rooted
        )
        found = ({one[0] for term in node.terms if (one := self.frame.symbol(term))} for node in sums)
        return any(symbol in one and one & others for one in found)

    def is_free(self, symbol: Symbol, role: Role) -> bool:
        """A part may have several names only where none of them is tagged otherwise."""
        holders = [other for other, taken in self.roles.items() if taken is role]
        if role in (Role.VARIANCE, Role.EPSILON):
            return True
        return all(not symbol.tags and other.letter == symbol.letter for other in holders)

    def under_root(self) -> bool:
        """e is epsilon where the note adds it to the variance."""
        for node in self.names:
            if isinstance(node, Addition) and len(node.terms) == 2:
                first, second = (self.frame.symbol(term) for term in node.terms)
                if first and second and second[0] == Symbol("e"):
                    role = self.roles.get(first[0]) or LETTERS.get(first[0])
                    if role is Role.VARIANCE:
                        return True
        return False

    def find_written(self) -> dict[Role, Symbol]:
        """The first spelling of each part in reading order, defined ones before others."""
        written: dict[Role, Symbol] = {}
        for node in self.names:
            if isinstance(node, (Name, Raised)) and (found := self.frame.symbol(node)):
                role = self.roles.get(found[0])
                if role is not None and role is not Role.HELPER:
                    written.setdefault(role, found[0])
        if self.losses:
            written[Role.LOSS] = Symbol(self.first_loss())
        return written

    def first_loss(self) -> str:
        for node in self.names:
            if isinstance(node, Derivative) and node.of is not None and isinstance(of := bare(node.of), Name):
                if of.letter in self.losses:
                    return of.letter
        return min(self.losses)


USUAL_CALLS: Mapping[str, Role] = {
    "E": Role.MEAN,
    "mean": Role.MEAN,
    "Var": Role.VARIANCE,
    "Std": Role.ROOT,
    "RMS": Role.DEVIATION,
}
"""What a statistic of the input is, where the note does not define it."""
NO_SHIFT = Name("\\beta")
"""What is added where nothing is."""
COMPUTED = (Role.INPUT, Role.MEAN, Role.VARIANCE, Role.NORMALISED, Role.OUTPUT)
"""In the order of the forward pass."""
SHAPED: Mapping[Role, str] = {
    **dict.fromkeys((Role.INPUT, Role.NORMALISED, Role.OUTPUT, Role.TARGET), "x"),
    **dict.fromkeys((Role.MEAN, Role.VARIANCE), "v"),
    **dict.fromkeys((Role.SCALE, Role.SHIFT), "gamma"),
}
"""Which parts carry the same indices."""
