"""A graph in the letters of its reader -> the texts on its nodes and edges; no rendering makes a formula of its own."""

from __future__ import annotations

from collections.abc import Callable

from bnverify.frozen import frozen
from bnverify.graph.build import Edge, Flow, Graph, Quantity
from bnverify.graph.lettering import Lettering
from bnverify.model.quantities import INPUT, LOSS, SCALE, SHIFT, TARGET
from bnverify.model.terms import LossBy, Term, plus
from bnverify.model.writing import Spelling, plain
from bnverify.report.pieces import printable

GIVEN = {INPUT: "the input", SCALE: "a parameter", SHIFT: "a parameter", TARGET: "the labels, constants"}
"""What a quantity without a definition is; any other is a constant."""
ADD_UP = "because the residuals add up to zero"


@frozen
class Box:
    """A node: its symbol, its shape, how it is made, and its gradient, one line for each form."""

    symbol: str
    shape: str
    formula: str
    gradient: tuple[str, ...]


@frozen
class Arrow:
    """An edge between two boxes, by their places: the local derivative, and what flows back."""

    parent: int
    child: int
    local: str
    message: str
    flows: bool


@frozen
class Page:
    """All that a rendering sees. Boxes are in topological order, the loss last; texts are harmless on a terminal."""

    title: str
    remarks: tuple[str, ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@frozen
class Style:
    """How the reader writes: the letters of quantities, of the indices along each axis, and what no formula shows."""

    spelling: Spelling
    letters: tuple[str, ...]
    columns: str = ""
    """The size of an axis that all but the loss have beside those of the formulas."""

    def writer(self) -> Callable[[Term], str]:
        taken = frozenset(symbol.letter for symbol in self.spelling.symbols.values())
        lettering = Lettering(self.letters, taken)
        return lambda term: printable(plain(lettering.named(term), self.spelling))


def page_of(graph: Graph, style: Style, title: str, remarks: tuple[str, ...]) -> Page:
    write = style.writer()
    boxes = tuple(_box(one, graph, style, write) for one in graph.quantities)
    places = {one.value.name: place for place, one in enumerate(graph.quantities)}
    arrows = tuple(_arrow(edge, places, write) for edge in graph.edges)
    return Page(printable(title), tuple(map(printable, remarks)), boxes, arrows)


def _box(one: Quantity, graph: Graph, style: Style, write: Callable[[Term], str]) -> Box:
    symbol = write(one.value)
    return Box(symbol, _shape(one, style), _formula(one, graph, write), _gradient(one, graph, write))


def _shape(one: Quantity, style: Style) -> str:
    """`(N, D)`, as arrays have it."""
    if one.value.name == LOSS:
        return "scalar"
    sizes = [printable(style.spelling.plain(style.spelling.size(axis))) for axis in one.axes]
    sizes += [style.columns] if style.columns else []
    if not sizes:
        return "scalar"
    return f"({sizes[0]},)" if len(sizes) == 1 else f"({', '.join(sizes)})"


def _formula(one: Quantity, graph: Graph, write: Callable[[Term], str]) -> str:
    if one.definition is not None:
        return f"{write(one.value)} = {write(one.definition)}"
    if one.value.name == LOSS:
        return f"any differentiable function of {write(graph.output)}"
    constant = one.gradient is None
    return GIVEN.get(one.value.name, "a constant" if constant else "given")


def _gradient(one: Quantity, graph: Graph, write: Callable[[Term], str]) -> tuple[str, ...]:
    """The sum of the messages where there are several, and the gradient in those of the outputs."""
    if one.gradient is None:
        return ()
    head, found = write(LossBy(one.value)), write(one.gradient)
    messages = [edge for edge in graph.back_to(one.value.name) if edge.flow is not Flow.NOTHING]
    if [edge.flow for edge in messages] == [Flow.GIVEN]:
        return (f"{head} is given",)
    together = [write(plus(*(edge.chain for edge in messages)))] if len(messages) > 1 else []
    first, *others = [*together, found]
    return (f"{head} = {first}", *(f"= {other}" for other in others))


def _arrow(edge: Edge, places: dict[str, int], write: Callable[[Term], str]) -> Arrow:
    parent, child = places[edge.parent.name], places[edge.child.name]
    flows = edge.flow in (Flow.MESSAGE, Flow.GIVEN)
    return Arrow(parent, child, _local(edge, write), _message(edge, write), flows)


def _local(edge: Edge, write: Callable[[Term], str]) -> str:
    match edge.flow:
        case Flow.GIVEN | Flow.NOTHING:
            return ""
        case Flow.MESSAGE:
            # Into the loss, the message is the local derivative.
            return "" if edge.child.name == LOSS else f"{write(edge.slope)} = {write(edge.local)}"
        case Flow.ZERO:
            found = write(edge.local)
            steps = f"{found} = 0" if found != "0" else "0"
            why = f", {ADD_UP}" if edge.residuals_add_up_to_zero else ""
            return f"{write(edge.slope)} = {steps}{why}"


def _message(edge: Edge, write: Callable[[Term], str]) -> str:
    match edge.flow:
        case Flow.NOTHING:
            return f"no gradient flows into {write(edge.parent)}, a constant"
        case Flow.GIVEN:
            return f"{write(edge.chain)}, which is given"
        case _:
            return f"{write(edge.chain)} = {write(edge.message)}"
