"""A page -> a tree for the terminal, from the loss down to the inputs: the way that gradients go."""

from __future__ import annotations

from collections.abc import Iterator

from bnverify.graph.page import Arrow, Box, Page
from bnverify.report.pieces import WIDTH, width

HOW_TO_READ = (
    "Under each quantity stands what it is made of; ∂ the local derivative of that edge, everything else "
    "held, ← what flows back along it."
)
ABOVE = "made as shown above"


def tree(page: Page) -> str:
    """At most 100 columns, unless a single word is longer."""
    seen: set[int] = set()
    lines = [*folded(page.title), *(line for one in page.remarks for line in folded(one, "  ")), ""]
    lines += [*folded(HOW_TO_READ), ""]
    last = len(page.boxes) - 1
    lines += [*_headline(page.boxes[last], "", "   "), *_below(last, page, "", seen), "", "Gradients", ""]
    for box in reversed(page.boxes):
        lines += _gradient(box)
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _headline(box: Box, lead: str, indent: str, seen: bool = False) -> list[str]:
    return folded(f"{box.symbol}  {box.shape}  {ABOVE if seen else box.formula}", lead, indent)


def _below(place: int, page: Page, rails: str, seen: set[int]) -> Iterator[str]:
    """What a quantity is made of, the latest first."""
    seen.add(place)
    arrows = sorted((one for one in page.arrows if one.child == place), key=lambda one: -one.parent)
    for arrow in arrows:
        last = arrow is arrows[-1]
        inner = rails + ("   " if last else "│  ")
        made = [one for one in page.arrows if one.child == arrow.parent]
        again = arrow.parent in seen and bool(made)
        yield from _headline(page.boxes[arrow.parent], rails + ("└─ " if last else "├─ "), inner + "   ", again)
        deeper = inner + ("│  " if made and not again else "   ")
        yield from _texts(arrow, deeper)
        if not again:
            yield from _below(arrow.parent, page, inner, seen)


def _texts(arrow: Arrow, rails: str) -> Iterator[str]:
    if arrow.local:
        yield from folded(arrow.local, rails, rails + "  ")
    yield from folded(f"← {arrow.message}", rails, rails + "    ")


def _gradient(box: Box) -> Iterator[str]:
    if not box.gradient:
        return
    first, *others = box.gradient
    yield from folded(first, "  ", "      ")
    head = first.split(" = ")[0]
    for other in others:
        yield from folded(other, " " * (width(head) + 3), " " * (width(head) + 7))


def folded(text: str, lead: str = "", indent: str = "") -> list[str]:
    """`text` behind `lead`, broken between words; combining accents take no column."""
    lines, room = [lead], True
    for word in text.split(" "):
        if not room and width(lines[-1]) + 1 + width(word) > WIDTH:
            lines.append(indent)
            room = True
        lines[-1] += word if room else f" {word}"
        room = False
    return lines
