"""What is asked for -> a backward function for NumPy, or an autograd function for torch, around the closed forms."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from bnverify.derivation.arrays import NAMES, NUMPY, TORCH, Arrays, Library
from bnverify.derivation.derivation import Asked
from bnverify.derivation.written import convention_words
from bnverify.frozen import frozen
from bnverify.model.conventions import HALF, Convention, Epsilon
from bnverify.model.forward import Forward, Node, denominator
from bnverify.model.layers import Layer
from bnverify.model.quantities import INPUT, NORMALISED, SCALE, SHIFT, VARIANCE
from bnverify.model.standard import STANDARD, Standard
from bnverify.model.terms import Count, LossBy, Plus, Sum, Term, Value, children, power, rename, walk
from bnverify.model.writing import plain
from bnverify.truth.closed import closed_form


@frozen
class Coded:
    """How a layer stands in code: the layer of its formulas, and the shapes that a caller has."""

    standard: Standard
    name: str
    shape: str
    """Of the input."""
    gains: str
    """Of the scale and the shift."""
    folded: tuple[str, ...] = ()
    """Statements that bring the arrays into the shape of the formulas."""
    named: int = 0
    """How many of the sizes, from the first, these statements name."""
    extra: str = ""
    """A parameter that the layer needs beside the usual ones, and what it is."""


BATCH_OF_FEATURES = Standard(
    Layer("batch", "batch norm", rank=2, over=(0,), gains=(1,)), ("ik", "jl"), ("N", "D"), ("sample", "feature")
)
CODED: Mapping[str, Coded] = {
    "batch": Coded(BATCH_OF_FEATURES, "batch_norm", "(N, D)", "(D,)"),
    "layer": Coded(STANDARD["layer"], "layer_norm", "(N, D)", "(D,)"),
    "rms": Coded(STANDARD["rms"], "rms_norm", "(N, D)", "(D,)"),
    "instance": Coded(
        STANDARD["instance"], "instance_norm", "(N, C, ...)", "(C,)",
        (
            "shape, N, C = x.shape, x.shape[0], x.shape[1]",
            "{0} = {0}.reshape(N, C, -1)", "gamma = gamma.reshape(C, 1)", "beta = beta.reshape(C, 1)",
        ),
        2,
    ),
    "group": Coded(
        STANDARD["group"], "group_norm", "(N, K, ...)", "(K,)",
        (
            "shape, N, G, C = x.shape, x.shape[0], groups, x.shape[1] // groups",
            "{0} = {0}.reshape(N, G, C, -1)", "gamma = gamma.reshape(G, C, 1)", "beta = beta.reshape(G, C, 1)",
        ),
        3, "groups",
    ),
}  # fmt: skip
"""Batch norm is written for all features at once; what is normalised over space is folded to one axis of positions."""


@frozen
class Program:
    """The statements of a layer over whole arrays, in the letters of a library."""

    coded: Coded
    convention: Convention
    library: Library

    @property
    def forward(self) -> Forward:
        return self.coded.standard.forward(self.convention)

    @property
    def own(self) -> Value:
        return Value(INPUT, self.coded.standard.own)

    @property
    def divisor(self) -> Term:
        return denominator(self.forward, self.own.index)

    @property
    def roots(self) -> Mapping[Term, str]:
        """What x-hat is divided by, and before it the root of the variance where epsilon stands beside that."""
        deviation = power(self.coded.standard.value(VARIANCE, self.forward), HALF)
        beside = isinstance(self.divisor, Plus) and deviation in self.divisor.terms
        return {deviation: "std", self.divisor: "s"} if beside else {self.divisor: "s"}

    def write(self, term: Term, known: Mapping[Term, str], kept: bool = True) -> str:
        return Arrays(self.library, self.coded.standard.sizes, self.divisor, known).write(term, self.own.index, kept)

    def closed(self, name: str) -> Term:
        """The gradient by a quantity; equal sums in two of them are equal terms."""
        standard = self.coded.standard
        return standard.lettered(closed_form(standard.value(name, self.forward), self.forward), self.own)

    def value(self, node: Node) -> Term:
        at = self.coded.standard.value(node.name, self.forward)
        return rename(node.value, dict(zip(node.index, at.index, strict=True)))

    @property
    def shifted(self) -> bool:
        return self.forward.layer.shifted

    @property
    def has_epsilon(self) -> bool:
        return self.convention.epsilon is not Epsilon.NONE

    def returned(self, shape: str = "shape") -> str:
        """The results in the shapes of the caller."""
        back = {"dx": f"dx.reshape({shape})"} if self.coded.folded else {}
        return ", ".join(back.get(one, f"{one}.reshape(-1)" if self.coded.folded else one) for one in self.results())

    def results(self) -> tuple[str, ...]:
        return ("dx", "dgamma", "dbeta") if self.shifted else ("dx", "dgamma")

    # -- statements

    def sizes(self, array: str = "x") -> Iterator[str]:
        """The sizes that the formulas name; of `x` those that folding has not named yet."""
        terms = [*(node.value for node in self.forward.nodes), self.closed(INPUT)]
        axes = sorted({part.axis for term in terms for part in walk(term) if isinstance(part, Count)})
        for axis in axes:
            if axis >= self.coded.named or array != "x":
                yield f"{self.coded.standard.sizes[axis]} = {array}.shape[{axis}]"

    def folding(self, *arrays: str) -> Iterator[str]:
        for statement in self.coded.folded:
            if "{0}" in statement:
                yield from (statement.format(array) for array in arrays if array not in ("gamma", "beta"))
            elif statement.split()[0] in ("gamma", "beta"):
                yield from (statement,) if statement.split()[0] in arrays else ()
            else:
                yield statement

    def normalised(self) -> Iterator[str]:
        """The statistics, the root and x-hat."""
        *statistics, normalised, _ = self.forward.nodes
        yield from (f"{NAMES[node.name]} = {self.write(self.value(node), {})}" for node in statistics)
        known: dict[Term, str] = {}
        for term, name in self.roots.items():
            yield f"{name} = {self.write(term, known)}"
            known[term] = name
        yield f"{NAMES[NORMALISED]} = {self.write(self.value(normalised), known)}"

    def output(self) -> str:
        return f"y = {self.write(self.value(self.forward.output), {})}"

    def gradients(self) -> Iterator[str]:
        """dbeta, dgamma and dx, whose sums have names."""
        names = dict(self.roots)
        for name in (SHIFT, SCALE) if self.shifted else (SCALE,):
            yield f"d{NAMES[name]} = {self.write(self.closed(name), names, kept=False)}"
            if not self.coded.folded:
                names[self.closed(name)] = f"d{NAMES[name]}"
        by_input = self.closed(INPUT)
        for part in sums(by_input):
            if part not in names:
                names[part] = "_".join(("sum", *factors(part)))
                yield f"{names[part]} = {self.write(part, self.roots)}"
        yield f"dx = {self.write(by_input, names)}"


def sums(term: Term) -> Iterator[Sum]:
    """The sums that stand in no other one, each once."""
    if isinstance(term, Sum):
        yield term
    else:
        found = dict.fromkeys(one for part in children(term) for one in sums(part))
        yield from found


def factors(term: Term) -> Iterator[str]:
    for part in children(term):
        if isinstance(part, (Value, LossBy)):
            value = part if isinstance(part, Value) else part.value
            yield NAMES[value.name] if isinstance(part, Value) else f"d{NAMES[value.name]}"
        else:
            yield from factors(part)


# -- the two modules


def numpy_module(asked: Asked) -> str:
    """A module with one function: the backward pass, vectorised, with its shapes and its source."""
    program = Program(CODED[asked.standard.layer.name], asked.convention, NUMPY)
    coded = program.coded
    extra = f"{coded.extra}, " if coded.extra else ""
    epsilon = ", eps=1e-5" if program.has_epsilon else ""
    results = ", ".join(program.results())
    body = (
        *program.folding("x", "dy", "gamma"), *program.sizes(), *program.normalised(), *program.gradients(),
        f"return {program.returned()}",
    )  # fmt: skip
    return "\n".join(
        (
            f'"""{headline(asked)}"""',
            "",
            "import numpy as np",
            "",
            "",
            f"def {coded.name}_backward(dy, x, gamma, {extra}".rstrip(", ") + f"{epsilon}):",
            *indented(docstring(asked, program, f"The gradients of the loss: {results}.")),
            *indented(body),
            "",
        )
    )


def torch_module(asked: Asked) -> str:
    """A module with a `torch.autograd.Function`; it is differentiable once."""
    program = Program(CODED[asked.standard.layer.name], asked.convention, TORCH)
    coded = program.coded
    name = "".join(word.capitalize() if word != "rms" else "RMS" for word in coded.name.split("_"))
    arguments = ["x", "gamma", *(["beta"] if program.shifted else [])]
    others = [*([coded.extra] if coded.extra else []), *(["eps"] if program.has_epsilon else [])]
    saved = ["x_hat", "gamma", *program.roots.values()]
    called = ", ".join(arguments + others)
    nothing = ["None"] * len(others)
    forward = (
        *program.folding("x", "gamma", "beta"), *program.sizes(), *program.normalised(), program.output(),
        f"ctx.save_for_backward({', '.join(saved)})", *(("ctx.shape = shape",) if coded.folded else ()),
        f"return y{'.reshape(shape)' if coded.folded else ''}",
    )  # fmt: skip
    backward = (
        f"{', '.join(saved)} = ctx.saved_tensors",
        *(("dy = dy.reshape(x_hat.shape)",) if coded.folded else ()),
        *program.sizes("x_hat"),
        *program.gradients(),
        f"return {', '.join([program.returned('ctx.shape'), *nothing])}",
    )
    return "\n".join(
        (
            f'"""{headline(asked)}"""',
            "",
            "import torch",
            "from torch.autograd.function import once_differentiable",
            "",
            "",
            f"class {name}(torch.autograd.Function):",
            *indented(
                docstring(asked, program, f"`{name}.apply({', '.join(arguments + others)})`, and its backward pass.")
            ),
            "",
            *indented(("@staticmethod", f"def forward(ctx, {called}):", *indented(forward))),
            "",
            *indented(("@staticmethod", "@once_differentiable", "def backward(ctx, dy):", *indented(backward))),
            "",
        )
    )


def indented(lines: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"    {line}" if line else "" for line in lines)


def headline(asked: Asked) -> str:
    name = asked.standard.layer.title
    return f"{name[0].upper()}{name[1:]} backwards.\n\nUnder {convention_words(asked)}.\n"


def docstring(asked: Asked, program: Program, first: str) -> tuple[str, ...]:
    """The shapes, and the formula that the code follows."""
    coded, spelling = program.coded, program.coded.standard.spelling(beyond_ascii=True)
    head, closed = plain(LossBy(program.own), spelling), plain(program.closed(INPUT), spelling)
    extra = (f"{coded.extra}: the number of groups, which divides K.",) if coded.extra else ()
    return (
        f'"""{first}',
        "",
        f"Shapes: x, y and dy {coded.shape}; gamma{' and beta' if program.shifted else ''} {coded.gains}.",
        *extra,
        "Source: the chain rule over the forward pass, proved equal for every size by `bnverify derive`:",
        *textwrap.wrap(f"{head} = {closed}", 100, initial_indent="    ", subsequent_indent="        "),
        '"""',
    )
