"""The letters of a note -> the part that each of them plays, from the note's own definitions and by habit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bnverify.model.counts import Counting
from bnverify.model.forms import (
    between,
    difference,
    from_one,
    is_matrix,
    is_power,
    is_statistic_call,
    ratio,
    squared,
    under_root,
)
from bnverify.model.habits import CONSTANT_WORDS, RUNNING, by_letter
from bnverify.model.lettering import SIZES, DefinedAs, Lettering
from bnverify.model.notation import (
    FAMILIES,
    LETTERS,
    Role,
    Symbol,
    role_among,
)
from bnverify.model.other_counts import other_counts
from bnverify.model.shapes import Average, Statistic, average, averages, uncounted
from bnverify.model.stages import softmax_in, softmax_of
from bnverify.model.targets import targets_in
from bnverify.model.whole import has_gains, is_bias, is_output_alone, normalised_form, over_its_length, whole_output
from bnverify.read.counted import CountD
from bnverify.read.losses import OF_NOTHING_ELSE
from bnverify.read.syntax import (
    Addition,
    Digits,
    Expr,
    Name,
    Product,
    Raised,
    Summation,
    bare,
    inside,
)


class Recognition:
    """Roles found so far; each pass reads the definitions that the passes before made recognisable."""

    def __init__(self, page: Lettering, declared: Mapping[str, Role], counting: Counting, exponential: bool) -> None:
        self.page = page
        self.counting = counting
        self.roles: dict[Symbol, Role] = {page.declared_symbol(written): role for written, role in declared.items()}
        self.others = other_counts(page)
        self.heads: set[Symbol] = set()
        """What the note defines, and not by itself."""
        self.shifted = True
        self.from_one = False
        self.exponential = exponential
        self.softmax: Statistic | None = None
        self.constants: list[Statistic] = []
        self.constant_symbols: set[Symbol] = set()
        self.scales: set[Symbol] = set()
        """Names of the root mean square."""
        self.with_epsilon: set[Symbol] = set()
        """What is defined as an average of squares and epsilon."""
        self.find_sizes()

    def read(self, definitions: Sequence[DefinedAs]) -> None:
        """Give every letter its part: what the definitions say, then what letters usually mean."""
        self.heads = {symbol for _, symbol, _, side in definitions if not self.page.mentions_itself(symbol, side)}
        self.find_totals(definitions)
        self.find_inputs_of_calls()
        self.find_constants(definitions)
        for recognise in (
            self.as_softmax,
            self.as_statistic,
            self.as_root,
            self.as_named_root,
            self.as_whole,
            self.as_output_alone,
            self.as_normalised,
            self.as_output,
        ):
            for _, symbol, index, side in definitions:
                if self.role_of(symbol) is None:
                    recognise(symbol, index, side)
        if Role.INPUT not in self.roles.values():
            self.in_loss()
        by_letter(self, frozenset(symbol for _, symbol, _, _ in definitions))

    def find_sizes(self) -> None:
        """Counts are what sums run up to, and the letters of NOTATION that stand without an index."""
        tops = (self.page.frame.split(top)[0] for _, top in self.page.tops)
        self.roles.update((symbol, Role.SIZE) for symbol in tops if symbol not in self.others)
        defined = {symbol for _, symbol, _, side in self.page.definitions() if not isinstance(bare(side), Digits)}
        indexed = {node.letter for node in self.page.names if isinstance(node, Name) and node.subscripts}
        for letter in SIZES:
            symbol = Symbol(letter)
            free = symbol not in defined and symbol not in self.others
            if free and letter not in indexed and letter not in self.page.losses:
                self.roles.setdefault(symbol, Role.SIZE)
        for _, _, _, side in self.page.definitions():
            for found in averages(side):
                for letter in found.counts:
                    if Symbol(letter) not in defined and letter not in indexed and letter not in self.page.losses:
                        self.roles.setdefault(Symbol(letter), Role.SIZE)
        self.roles.update((one, Role.SIZE) for one in self.page.used if one.letter.startswith("|"))
        others = any(role is Role.SIZE and one in self.page.used for one, role in self.roles.items())
        if self.page.script.wording.counts_to_d is CountD.ANYWHERE and not others:
            self.roles.setdefault(Symbol("d"), Role.SIZE)
        if self.counting.whole:
            self.roles[Symbol(self.counting.whole)] = Role.SIZE
        for letter in self.counting.parts:
            self.roles.pop(Symbol(letter), None)

    def find_totals(self, definitions: Sequence[DefinedAs]) -> None:
        """`Z = \\sum_k e^{z_k}` is a letter of its own, and not the family of the z."""
        for _, symbol, _, side in definitions:
            terms = side.factors if isinstance(side := bare(side), Product) else (side,)
            if len(symbol.letter) == 1 and symbol.letter.isupper() and isinstance(bare(terms[-1]), Summation):
                own = {node.letter for node in inside(side) if isinstance(node, Name)}
                if symbol.letter.lower() in own:
                    self.roles.setdefault(symbol, Role.HELPER)

    def is_size_by_letter(self, symbol: Symbol) -> bool:
        """Whether nothing but its letter says that it counts something."""
        counted = any(self.page.frame.split(top)[0] == symbol for _, top in self.page.tops)
        return self.roles.get(symbol) is Role.SIZE and not counted

    def find_constants(self, definitions: Sequence[DefinedAs]) -> None:
        """The mean and the variance of x-hat, where they are those of training: running averages, constants."""
        for _, _, _, side in definitions:
            form = ratio(side)
            mean = self.page.frame.symbol(form.mean) if form is not None and form.mean is not None else None
            if form is None or mean is None or not self.is_constant(mean[0]):
                continue
            squares = [one for one in map(self.page.frame.symbol, form.squares) if one is not None]
            spread = next((one for one in squares if LETTERS.get(one[0]) is not Role.EPSILON), None)
            root = self.page.frame.symbol(form.below) if not form.squares else None
            known = {mean: Role.MEAN, spread: Role.VARIANCE, root: Role.ROOT}
            other = self.guess(form.sample) not in (None, Role.INPUT) or is_bias(form.sample, self)
            if other or {mean[0]} & self.heads:
                continue
            self.take(self.page.frame.split(form.sample)[0], Role.INPUT)
            for found, role in known.items():
                if found is not None and found[0] not in self.heads:
                    if self.is_size_by_letter(found[0]):
                        del self.roles[found[0]]
                    self.take(found[0], role)
                    self.constant_symbols.add(found[0])
            inputs = (self.page.frame.split(form.sample)[1],)
            self.constants.append(Statistic(mean[1], Average((), form.sample, ()), inputs, centred=True))

    def is_constant(self, mean: Symbol) -> bool:
        """Whether the letter or the words of the note say so, and nothing is differentiated by it."""
        if mean in self.page.differentiated:
            return False
        marked = any(RUNNING.search(tag) for tag in mean.tags) or bool(set(mean.accents) & {"bar", "tilde", "hat"})
        usual = LETTERS.get(mean) is Role.MEAN and bool(mean.accents)
        return (marked and not usual) or bool(CONSTANT_WORDS.search(self.page.script.note.text))

    def find_inputs_of_calls(self) -> None:
        """h of `E[h]` or `\\operatorname{Var}(h)`, where nothing else says what the input is, and no x is there."""
        usual = Symbol("x") in self.page.used
        for node in self.page.names:
            if (
                is_statistic_call(node)
                and self.page.frame.symbol(node) is None
                and Role.INPUT not in self.roles.values()
            ):
                found = self.page.frame.symbol(node.arguments[0])
                other = found is not None and (usual or LETTERS.get(found[0]) is not None)
                if found is not None and found[0] not in self.heads and (not other or found[0] == Symbol("x")):
                    self.take(found[0], Role.INPUT)

    def has_epsilon(self, side: Expr) -> bool:
        """(1/n) sum (x_i - mu)^2 + epsilon, or v + epsilon where v is the variance."""
        terms = [bare(one) for one in side.terms] if isinstance(side := bare(side), Addition) else []
        named = [self.page.frame.symbol(one) for one in terms]
        spread = any((found := average(one)) is not None and found.is_square for one in terms)
        spread = spread or any(one and self.roles.get(one[0]) is Role.VARIANCE for one in named)
        return len(terms) == 2 and spread and any(one and LETTERS.get(one[0]) is Role.EPSILON for one in named)

    def as_softmax(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """e^{x_i} over the sum of e^{x_k}, in one formula or in stages."""
        found = softmax_of(side, self.page.frame, list(self.page.definitions()))
        if found is None or (self.has_spread() and not self.exponential):
            return
        self.softmax = found.over or self.softmax
        self.take(symbol, Role.OUTPUT)
        self.take(found.scores, Role.INPUT)
        self.exponential = True
        for target in targets_in(self.page.names, self.page.frame, symbol):
            self.take(target, Role.TARGET)

    def in_loss(self) -> None:
        """The scores of a loss that is a function of them, in a note that defines no output."""
        for side in self.page.losses_defined():
            found = softmax_in(side, self.page.frame)
            if found is not None and found.scores not in self.heads:
                self.softmax, self.exponential = found.over, True
                self.take(found.scores, Role.INPUT)

    def as_statistic(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """(1/n) sum x_i is a mean, (1/n) sum (x_i - mu)^2 a variance, as is (1/n) sum x_i^2 where there is no mean."""
        total = average(side) if not self.is_loss(symbol) else None
        if total is None and self.has_epsilon(side):
            self.with_epsilon.add(symbol)
        if total is None or self.page.mentions_itself(symbol, side):
            return
        body = bare(total.body)
        if isinstance(total.base, Name) and total.is_square and self.distance(total.base) is None:
            summed = self.page.frame.split(total.base)[0]
            if summed not in self.heads and not self.has_mean() and Role.VARIANCE not in self.roles.values():
                self.take(symbol, Role.VARIANCE)
                self.take(summed, Role.INPUT)
        elif isinstance(body, Name) and (pair := self.named_square(body)) is not None:
            self.take_spread(symbol, pair)
        elif isinstance(body, Name) and Role.MEAN not in self.roles.values():
            summed = self.page.frame.split(body)[0]
            if summed not in self.heads and self.role_of(summed) in (None, Role.INPUT):
                self.take(symbol, Role.MEAN)
                self.take(summed, Role.INPUT)
        elif total.is_square and (pair := self.distance(total.base)) is not None:
            self.take_spread(symbol, pair)

    def take_spread(self, symbol: Symbol, pair: tuple[Expr, Expr]) -> None:
        """The average of the squared distances of this pair is the variance, if nothing is it yet."""
        if Role.VARIANCE in self.roles.values():
            return
        self.take(symbol, Role.VARIANCE)
        for stem, own in filter(None, map(self.page.frame.symbol, pair)):
            self.take(stem, Role.INPUT if own else Role.MEAN)

    def named_square(self, name: Name) -> tuple[Expr, Expr] | None:
        """The two letters of `x - mu`, where a letter is defined as the square of their difference."""
        side = bare(self.page.first_definition(self.page.frame.split(name)[0]) or name)
        square = isinstance(side, Raised) and bare(side.exponent) == Digits("2")
        return self.distance(bare(side.base)) if isinstance(side, Raised) and square else None

    def as_root(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """The root of the mean of the squares, where there is no mean: what is squared is the input."""
        body = under_root(bare(side))
        if body is None or self.has_mean():
            return
        if any(self.role_of(found) is Role.VARIANCE for found, _ in self.page.symbols(body)):
            self.scales.add(symbol)
        for one in (*averages(body), *uncounted(body)):
            if one.is_square and isinstance(one.base, Name):
                summed = self.page.frame.split(one.base)[0]
                if summed not in self.heads:
                    self.take(summed, Role.INPUT)
                    self.scales.add(symbol)

    def as_named_root(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """Another letter for the root: `r = \\operatorname{RMS}(x)`."""
        named = self.page.frame.symbol(side)
        if named is not None and named[0] in self.scales:
            self.scales.add(symbol)

    def distance(self, base: Expr) -> tuple[Expr, Expr] | None:
        """The two letters of `x - mu`, written out or under a name of its own; a mean may be a statistic, `E[x]`."""
        if isinstance(base, Name):
            symbol = self.page.frame.split(base)[0]
            base = bare(self.page.first_definition(symbol) or base)
        pair = between(base)
        known = pair is not None and all(self.page.frame.symbol(one) is not None for one in pair)
        return pair if known else None

    def has_mean(self) -> bool:
        """Whether the note defines a mean: the average of what is defined nowhere."""
        found = (average(side) for _, _, _, side in self.page.definitions())
        plain = (bare(one.body) for one in found if one is not None)
        return any(isinstance(body, Name) and self.page.frame.split(body)[0] not in self.heads for body in plain)

    def has_spread(self) -> bool:
        """Whether the note defines a mean of squares: a softmax beside it is a stage behind its layer."""
        own = [side for _, symbol, _, side in self.page.definitions() if not self.is_loss(symbol)]
        return any(one.is_square for side in own for one in averages(side))

    def is_loss(self, symbol: Symbol) -> bool:
        return symbol.letter in self.page.losses | OF_NOTHING_ELSE and not symbol.accents

    def as_whole(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """gamma (x - mu)/sigma + beta, or gamma x / rms: an output that is written in one formula."""
        found = whole_output(symbol, index, side, self)
        if found is None:
            return
        self.take(symbol, Role.OUTPUT)
        self.take(found.sample, Role.INPUT)
        for gain in found.gains:
            self.take(gain, Role.SCALE)
        if found.shift is not None:
            self.take(found.shift, Role.SHIFT)
        self.shifted = found.shift is not None

    def as_output_alone(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """y = (x - mu)/sigma: an output without a scale and a shift is x-hat, and so is u = v/|v|."""
        if {Role.NORMALISED, Role.OUTPUT} & set(self.roles.values()):
            return
        if (own := over_its_length(side, self)) is not None and LETTERS.get(symbol) is not Role.OUTPUT:
            self.take(symbol, Role.NORMALISED)
            self.take(own, Role.INPUT)
        elif is_output_alone(symbol, self):
            self.take(symbol, Role.NORMALISED)
            self.roles.update({own: Role.INPUT} if own is not None else {})

    def as_normalised(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """(x - mu) over or times something: x-hat. A difference alone is a helper."""
        if difference(bare(side)) is not None or any(isinstance(node, Summation) for node in inside(side)):
            return
        free = Role.NORMALISED not in self.roles.values()
        alone = bool(index) and free
        if self.is_divided(side) or (free and self.is_distance_over_spread(side)):
            self.take(symbol, Role.NORMALISED)
            return
        hatted = "hat" in symbol.accents or "'" in symbol.accents or "tilde" in symbol.accents
        rooted = any(under_root(bare(node)) is not None for node in inside(side))
        for node in inside(side):
            pair = self.distance(node) if rooted and isinstance(node, Name) else between(node)
            if pair is not None and {self.guess(one) for one in pair} == {Role.INPUT, Role.MEAN}:
                form = normalised_form(side, self)
                plain = form is None or not (form.others or form.shift)
                if hatted or (alone and plain and not is_power(side)):
                    self.take(symbol, Role.NORMALISED)
                return

    def is_distance_over_spread(self, side: Expr) -> bool:
        """(x - mu)/s with names of their own, `c_i / s` or `c_i r`, where s is the root of the variance."""
        form = normalised_form(side, self)
        if form is None or form.mean is None or form.others or form.shift:
            return False
        parts = self.guess(form.sample), self.guess(form.mean)
        return parts == (Role.INPUT, Role.MEAN) and any(map(self.is_variance, (*form.squares, *squared(form.below))))

    def is_variance(self, expr: Expr) -> bool:
        """Its letter, or the average of the squared distances from the mean."""
        found, named = average(expr), self.page.frame.symbol(expr)
        if named is not None and self.role_of(named[0]) is Role.VARIANCE:
            return True
        return found is not None and found.is_square and self.distance(found.base) is not None

    def is_divided(self, side: Expr) -> bool:
        """Whether this is the input over the root mean square, without a mean."""
        names = [symbol for symbol, _ in self.page.symbols(side)]
        inputs = [one for one in names if self.roles.get(one) is Role.INPUT]
        scales = [one for one in names if one in self.scales or self.roles.get(one) is Role.VARIANCE]
        others = [one for one in names if one not in (*inputs, *scales) and LETTERS.get(one) is not Role.EPSILON]
        return len(inputs) == 1 and bool(scales) and not others and not self.has_mean()

    def as_output(self, symbol: Symbol, index: tuple[str, ...], side: Expr) -> None:
        """scale * x-hat + shift, or no shift where the loss is differentiated by it; or x-hat by another name."""
        side = bare(side)
        known = isinstance(side, Name) and self.role_of(self.page.frame.split(side)[0]) is Role.NORMALISED
        if known and (index or (LETTERS.get(symbol) is Role.OUTPUT and not has_gains(self))):
            self.take(symbol, Role.NORMALISED)
            return
        differentiated = symbol in self.page.differentiated and not self.is_shifted(symbol)
        if isinstance(side, Product) and (differentiated or LETTERS.get(symbol) is Role.OUTPUT):
            side = Addition((side, NO_SHIFT))
        if not isinstance(side, Addition) or len(side.terms) != 2:
            return
        for product, shift in (side.terms, side.terms[::-1]):
            product = self.scaled(bare(product)) if self.is_usual_shift(shift) else product
            written = [bare(factor) for factor in product.factors] if isinstance(product, Product) else []
            factors = [from_one(factor) or factor for factor in written]
            hats = [f for f in factors if isinstance(f, Name) and self.guess(f) is Role.NORMALISED]
            scales = [f for f in factors if isinstance(f, Name) and f not in hats]
            if any(is_matrix(one, self.page.script.chains) for one in scales):
                return
            if len(hats) == 1 and len(scales) == 1 and len(factors) == 2 and isinstance(bare(shift), Name):
                self.take(symbol, Role.OUTPUT)
                self.from_one = factors != written
                self.take(self.page.frame.split(hats[0])[0], Role.NORMALISED)
                self.take(self.page.frame.split(scales[0])[0], Role.SCALE)
                if shift is NO_SHIFT:
                    self.shifted = False
                else:
                    self.take(self.page.frame.split(bare(shift))[0], Role.SHIFT)  # type: ignore[arg-type]

    def is_shifted(self, symbol: Symbol) -> bool:
        """Whether another letter is this one and a shift: `y_i = p_i + \\beta`."""
        sums = [bare(side) for _, _, _, side in self.page.definitions()]
        letters = [[self.page.frame.symbol(one) for one in side.terms] for side in sums if isinstance(side, Addition)]
        known = ([one[0] for one in two if one is not None] for two in letters)
        return any(len(two) == 2 and symbol in two and Role.SHIFT in map(LETTERS.get, two) for two in known)

    def scaled(self, product: Expr) -> Expr:
        """The definition of a letter that is no output by habit, or the expression itself."""
        named = self.page.frame.symbol(product) if isinstance(product, Name) else None
        usual = named is not None and (LETTERS.get(named[0]) is Role.OUTPUT or Role.OUTPUT in self.roles.values())
        found = self.page.first_definition(named[0]) if named is not None and not usual else None
        return product if found is None else bare(found)

    def is_usual_shift(self, shift: Expr) -> bool:
        named = self.page.frame.symbol(shift)
        return named is not None and LETTERS.get(named[0]) is Role.SHIFT

    def take(self, symbol: Symbol, role: Role) -> None:
        if symbol.letter.isupper() and role in FAMILIES and symbol.letter not in self.page.losses:
            symbol = Symbol(symbol.letter.lower(), symbol.accents, symbol.tags)
        self.roles.setdefault(symbol, role)

    def role_of(self, symbol: Symbol) -> Role | None:
        return role_among(self.roles, symbol)

    def guess(self, name: Expr) -> Role | None:
        found = self.page.frame.symbol(name)
        if found is None:
            return USUAL_CALLS.get(name.name.letter) if is_statistic_call(name) else None
        symbol = found[0]
        if len(symbol.letter) == 1:
            symbol = Symbol(symbol.letter.lower(), symbol.accents, symbol.tags)
        return self.roles.get(symbol) or LETTERS.get(Symbol(symbol.letter, symbol.accents, (), symbol.square))


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
