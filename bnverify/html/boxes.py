"""Boxes that several parts of the page share."""

from __future__ import annotations

from bnverify.elements import Element, Node, element
from bnverify.html.mathml import row
from bnverify.report.pieces import printable


def scrolled(label: str, *content: Node, kind: str = "") -> Element:
    """What may be wider than its place scrolls there, and can be reached with the keyboard."""
    names = f"scroll {kind}".strip()
    return element("div", *content, class_=names, tabindex="0", role="group", aria_label=printable(label))


def display(label: str, *nodes: Element, kind: str = "") -> Element:
    """A formula in a line of its own."""
    return scrolled(label, element("math", row(*nodes), display="block"), kind=kind)


def latex(written: str) -> Element:
    """LaTeX to copy."""
    return element("code", printable(" ".join(written.split())), class_="latex")
