"""A script -> how its letters are spelled: squares that are symbols, tags, indices, and which letters it defines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from bnverify.model.forms import (
    all_digits,
    exponent_of_e,
    is_named_root,
    is_statistic_call,
    is_statistic_name,
    said_first,
    sides,
    under_root,
)
from bnverify.model.hypotheses import EPSILONS, find_hypotheses
from bnverify.model.naming import gives_meaning
from bnverify.model.notation import (
    LETTERS,
    Notation,
    Slot,
    Symbol,
    is_index,
    slots_of,
    without_index,
)
from bnverify.model.rooted import solved
from bnverify.model.shapes import average, averages
from bnverify.read.chains import Chain, Script
from bnverify.read.syntax import (
    Addition,
    Adjoint,
    Call,
    Derivative,
    Digits,
    Expr,
    Name,
    Raised,
    Root,
    Summation,
    bare,
    inside,
    parts,
)

DefinedAs = tuple[int, Symbol, tuple[str, ...], Expr]
"""Where a letter is defined, the letter, its indices, and as what."""


class Lettering:
    """The letters of one note, before it is known what they mean."""

    def __init__(self, script: Script, losses: frozenset[str]) -> None:
        self.script = script
        self.losses = losses
        self._found: tuple[Notation, frozenset[int], Sequence[DefinedAs]] | None = None
        self._first: tuple[Sequence[DefinedAs], dict[Symbol, Expr]] | None = None
        self.hypotheses = find_hypotheses(script)
        self.supposed = frozenset(one.place for one in self.hypotheses)
        self.names = [node for chain in script.chains for expr in sides(chain) for node in inside(expr)]
        self.tops = [
            (node, top)
            for node in self.names
            if isinstance(node, Summation) and node.bounds.upper is not None
            if isinstance(top := bare(node.bounds.upper), Name) and top.letter not in (*losses, "\\infty")
        ]
        """The sums that run up to a letter, which then counts something."""
        self.frame = Notation(
            {},
            losses,
            squares=self.find_squares(),
            tags=self.find_tags(),
            numbered=self.find_numbered(),
            marked=self.find_marked(),
            indexing=self.find_indexing(),
        )
        self.frame = replace(self.frame, calls=dict(self.find_calls()), of_sets=frozenset(self.find_of_sets()))
        self.frame = replace(self.frame, unsquared=frozenset(self.find_unsquared()))
        exprs = (expr for chain in script.chains for expr in sides(chain))
        self.found = {found for expr in exprs for found in self.symbols(expr)}
        self.used = {symbol for symbol, _ in self.found} | {self.frame.split(top)[0] for _, top in self.tops}
        self.at_work = {
            found[0]
            for chain in script.chains
            if not is_zero(chain)
            for expr in sides(chain)
            for found in self.symbols(expr)
        }
        """Those that do more than to be set to zero: `For simplicity, $\\epsilon = 0$`."""
        self.turned: frozenset[int] = frozenset()
        self.turned = frozenset(self.find_turned())
        by = (node.by for node in self.names if isinstance(node, Derivative))
        self.differentiated = {found[0] for one in by if (found := self.frame.symbol(one))}

    def find_squares(self) -> frozenset[str]:
        """sigma^2 is a symbol where the note defines it, or where sigma alone is never defined."""
        heads = [bare(chain.head) for chain in self.script.chains]
        squared = {h.base.letter for h in heads if isinstance(h, Raised) and is_statistic_name(h.base)}
        squared -= set(self.defined_before_their_squares())
        plain = {h.letter for h in heads if isinstance(h, Name) and not h.accents}
        by = {bare(node.by) for node in self.names if isinstance(node, Derivative)}
        squared |= {b.base.letter for b in by if isinstance(b, Raised) and is_statistic_name(b.base)}
        squared |= set(self.defined_by_squares()) | set(self.averages_of_squares())
        return frozenset(squared | ({"\\sigma"} - plain))

    def find_unsquared(self) -> Iterator[Symbol]:
        """`\\sigma_\\epsilon`, defined beside a sigma^2 that is the variance: where its own square is not defined."""
        found = [self.frame.symbol(chain.head) for chain in self.script.chains if chain.steps and not chain.case]
        heads = {one[0] for one in found if one is not None}
        for symbol in heads:
            if symbol.tags and not symbol.square and symbol.letter in self.frame.squares:
                if replace(symbol, square=True) not in heads:
                    yield symbol

    def defined_before_their_squares(self) -> Iterator[str]:
        """`r = \\sqrt{v + \\epsilon}`, or what is 1/r, and then `r^2 = v + \\epsilon`: a claim about r."""
        met: set[str] = set()
        for head in (bare(chain.head) for chain in self.script.chains if chain.steps and not chain.case):
            power = solved(head, head)
            if isinstance(head, Name):
                met.add(head.letter)
            elif power is not None and not isinstance(head, Raised):
                met.add(power[0].letter)
            elif power is not None and power[0].letter in met:
                yield power[0].letter

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
        """Upper-case and calligraphic subscripts of the statistics belong to the name, and the r of mu_r beside mu."""
        bound = self.find_bound()
        names = [node for node in self.names if isinstance(node, Name)]
        below = {sub for node in names if node.letter not in STATISTICS for sub in node.subscripts}
        plain = {node.letter for node in names if not node.subscripts}
        found = set()
        for node in names:
            if node.letter in STATISTICS and len(node.subscripts) == 1:
                sub = node.subscripts[0]
                alone = sub not in bound | below and node.letter in plain and not sub.isdigit()
                if not is_index(sub) or sub.isupper() or alone:
                    found.add(sub)
        return frozenset(found)

    def find_indexing(self) -> frozenset[str]:
        """Letters that sums bind, and single letters below a name."""
        bound = self.find_bound()
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

    def find_marked(self) -> frozenset[Slot]:
        """Where heads carry what belongs to their name, and all names alike: a_{i,2}, a^{(1)}, \\delta^{(y)}_i.

        A number beside an index, or above; above also a letter that is a quantity of the note and an index nowhere.
        """
        names = [node for node in self.names if isinstance(node, Name)]
        indices = {item for name in names for item in name.subscripts} | self.find_bound()
        quantities = {name.letter for name in names} - indices

        def is_mark(slot: Slot, item: str) -> bool:
            return item.isdigit() or (slot[2] == "^" and (item in quantities or not is_index(item)))

        other = {slot for name in names for slot, item in slots_of(name) if not is_mark(slot, item)}
        other |= set(self.find_numbered_samples())
        heads = (bare(chain.head) for chain in self.script.chains if chain.steps)
        return frozenset(
            slot
            for head in heads
            if isinstance(head, Name) and Symbol(head.letter, head.accents) not in LETTERS
            for slot, item in slots_of(head)
            if slot not in other and (slot[2] == "^" or (item.isdigit() and not all_digits(head)))
        )

    def find_numbered_samples(self) -> Iterator[Slot]:
        """`p^{(1)}_k = e^{z^{(1)}_k} / ...`: a number on a letter without a definition is that of a sample."""
        heads = [bare(chain.head) for chain in self.script.chains if chain.steps]
        defined = {(head.letter, head.accents) for head in heads if isinstance(head, Name)}
        for chain in self.script.chains:
            head = bare(chain.head)
            if not isinstance(head, Name) or not head.superscripts:
                continue
            names = (node for step in chain.steps for node in inside(step.side) if isinstance(node, Name))
            if any(one.superscripts == head.superscripts and (one.letter, one.accents) not in defined for one in names):
                yield from (slot for slot, _ in slots_of(head) if slot[2] == "^")

    def find_bound(self) -> frozenset[str]:
        """The letters that sums bind."""
        return frozenset(index for node in self.names if isinstance(node, Summation) for index in node.bounds.indices)

    def find_calls(self) -> Iterator[tuple[str, bool]]:
        """The statistics that have a definition here; `E[x_i] = \\frac1n \\sum_i x_i` does not carry the i."""
        for chain in self.script.chains:
            names, side = named_together(chain)
            for head in filter(is_statistic_call, names):
                letter = bare(head.arguments[0])
                index = set(self.frame.split(letter)[1]) if isinstance(letter, Name) else set()
                sums = [node for node in inside(side) if isinstance(node, Summation)]
                bound = {one for node in sums for one in node.bounds.indices}
                own = may_define(head, side) or any(sign in chain.head_latex for sign in OWN_AVERAGES)
                if len(names) > 1 or (sums and own):  # `\\mathbb{E}[\\hat{x}] = 0` is a claim
                    yield without_index(head), bool(index) and not index & bound

    def find_of_sets(self) -> Iterator[Symbol]:
        """`\\mu_i = \\frac1m \\sum_{k \\in S_i} x_k`: the mean of the set of i, which is a set of samples."""
        for chain in self.script.chains:
            found = self.frame.symbol(chain.head)
            if found is None or len(found[1]) != 1 or not chain.steps or chain.case:
                continue
            symbol, (index,) = found
            sums = [node for node in inside(chain.steps[0].side) if isinstance(node, Summation)]
            if any(ends_with(node.bounds.within, index) for node in sums):
                yield from (symbol, Symbol(symbol.letter, symbol.accents, symbol.tags))

    def declared_symbol(self, written: str) -> Symbol:
        from bnverify.read.latex import parse

        found = self.frame.symbol(parse(self.script.wording.scan(written, len(self.script.note.text))))
        return found[0] if found else Symbol(written)

    def definitions(self) -> Sequence[DefinedAs]:
        """Chains whose head is a symbol, with their first side: looked for once, as long as the letters stay."""
        if self._found is None or self._found[0] is not self.frame or self._found[1] is not self.turned:
            self._found = (self.frame, self.turned, tuple(self._find_definitions()))
        return self._found[2]

    def first_definition(self, symbol: Symbol) -> Expr | None:
        found = self.definitions()
        if self._first is None or self._first[0] is not found:
            self._first = (found, {head: side for _, head, _, side in reversed(found)})
        return self._first[1].get(symbol)

    def _find_definitions(self) -> Iterator[DefinedAs]:
        defined = [self.frame.symbol(chain.head) for chain in self.script.chains if chain.steps]
        heads = {found[0] for found in defined if found is not None}
        roots: set[Symbol] = set()
        for chain in self.script.chains:
            if not chain.steps or chain.case:
                continue
            head, side = chain.head, said_first(step.side for step in chain.steps)
            if chain.head_span.start in self.turned:
                head, side = side, head
            found = self.frame.symbol(head)
            if found and found[0].letter in EPSILONS and chain.head_span.start in self.supposed:
                continue
            names, together = named_together(chain)
            if chain.steps and together is not bare(chain.steps[0].side):
                both = (one for name in names if (one := self.frame.symbol(name)) is not None)
                yield from ((chain.head_span.start, *one, together) for one in both)
                continue
            if found and found[0].letter not in self.losses:
                yield chain.head_span.start, *found, side
            root = solved(head, side) if average(side) is None else None
            symbol, index = self.frame.split(root[0]) if root is not None else (None, ())
            if root is not None and symbol is not None and symbol not in heads | roots and symbol not in LETTERS:
                roots.add(symbol)
                yield chain.head_span.start, symbol, index, root[1]

    def losses_defined(self) -> Iterator[Expr]:
        """What the note says that its loss is."""
        for chain in self.script.chains:
            head = bare(chain.head)
            head = head.name if isinstance(head, Call) else head
            if isinstance(head, Name) and head.letter in self.losses and not chain.case:
                yield from (step.side for step in chain.steps)

    def find_turned(self) -> Iterator[int]:
        """`(\\text{Let } 1/\\sqrt{..} = t)`: a letter that is met for the first time on the right gets its meaning."""
        known = {symbol for _, symbol, _, _ in self.definitions()}
        for chain in self.script.chains:
            head, last = self.frame.symbol(chain.head), chain.steps[-1].side if chain.steps else None
            named = self.frame.symbol(last) if last is not None else None
            if head is None and named is not None and len(chain.steps) == 1 and not named[1]:
                symbol = named[0]
                plain = not isinstance(bare(chain.head), (Adjoint, Derivative)) and symbol not in LETTERS
                places = [one.span.start for one in self.names if isinstance(one, Name) and one.letter == symbol.letter]
                first = bool(places) and min(places) >= chain.steps[0].relation.start
                first = first and gives_meaning(self.script, chain, symbol.letter, places)
                if plain and first and symbol not in known and symbol.letter not in self.losses | set(SIZES):
                    yield chain.head_span.start

    def mentions_itself(self, symbol: Symbol, side: Expr) -> bool:
        return any(found[0] == symbol for found in self.symbols(side))

    def symbols(self, expr: Expr) -> Iterator[tuple[Symbol, tuple[str, ...]]]:
        """Every symbol in an expression; the sigma of a sigma^2 is not one of its own, and Euler's number is none."""
        exponent = exponent_of_e(expr) if isinstance(expr, Raised) else None
        if exponent is not None and not isinstance(exponent, Digits):
            yield from self.symbols(exponent)
            return
        found = self.frame.symbol(expr) if isinstance(expr, (Name, Raised, Call)) else None
        if found is not None:
            yield found
            return
        for part in parts(expr):
            yield from self.symbols(part)


def named_together(chain: Chain) -> tuple[Sequence[Expr], Expr]:
    """What a chain defines, and as what: r and RMS(x) of `r = \\text{RMS}(x) = \\sqrt{...}`, or its head alone."""
    head, *others = (bare(expr) for expr in sides(chain))
    names = list(takewhile(lambda one: isinstance(one, Name) or is_named_root(one), (head, *others)))
    called = [one.name.letter for one in names if isinstance(one, Call)]
    value = others[len(names) - 1] if 1 < len(names) <= len(others) else None
    if value is not None and called and _is_own_root(called[0], value):
        return names, value
    return (head,), others[0] if others else head


def _is_own_root(name: str, side: Expr) -> bool:
    """The root of a mean of squares, or of a variance and epsilon, which a note may well mean by such a name."""
    if not isinstance(side, Root):
        return False
    if name == "Std":
        sums = any(isinstance(node, Summation) for node in inside(side))
        return not sums and isinstance(body := bare(side.body), Addition) and len(body.terms) == 2
    return any(one.is_square and isinstance(one.base, Name) for one in averages(side.body))


def may_define(call: Call, side: Expr) -> bool:
    """Whether a side may be what the name of a statistic says; else the line is a claim about its usual meaning."""
    letter, name = bare(call.arguments[0]), call.name.letter
    root = under_root(bare(side))
    whole = average(side)
    found = list(averages(root)) if root is not None else [whole] if whole is not None else []
    kept = [one for one in found if one.is_square == (name not in ("E", "mean"))]
    mentions = any(_is_same(node, letter) for one in kept for node in inside(one.body))
    return mentions and (root is not None) == (name in ("RMS", "Std"))


def _is_same(node: Expr, letter: Expr) -> bool:
    if not isinstance(node, Name) or not isinstance(letter, Name):
        return False
    return (node.letter, node.accents) == (letter.letter, letter.accents)


def ends_with(within: str, index: str) -> bool:
    """Whether a set, `\\mathcal{S}_i`, carries this index and no other."""
    return within.rpartition("_")[2].strip("{}") == index and "_" in within


def is_zero(chain: Chain) -> bool:
    return isinstance(bare(chain.head), Name) and all(bare(step.side) == Digits("0") for step in chain.steps)


OWN_AVERAGES = ("\\bar", "\\overline", "\\langle", "<")
"""Signs for averages that mean in each note what it says: an equation says more than the words around it."""
STATISTICS = ("\\mu", "\\sigma", "v", "s")
"""Letters whose subscripts may be part of the name."""
SIZES = ("n", "N", "m", "M", "H", "D")
