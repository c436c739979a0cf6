"""Elements -> markup: HTML, MathML and SVG are built of these alone, and text is escaped wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from bnverify.frozen import frozen

EMPTY = frozenset("meta br hr col wbr rect path mspace mprescripts none".split())
"""Elements without content: they close themselves, which both HTML and XML understand."""


@frozen
class Element:
    tag: str
    attributes: tuple[tuple[str, str], ...] = ()
    children: tuple[Node, ...] = ()


Node = Element | str


def element(tag: str, *children: Node | None, attributes: Mapping[str, str] | None = None, **named: str) -> Element:
    """An element; `class_` is the attribute `class`, `aria_label` is `aria-label`; empty ones are left out."""
    words = {name.rstrip("_").replace("_", "-"): value for name, value in named.items()} | dict(attributes or {})
    kept = tuple((name, value) for name, value in words.items() if value)
    return Element(tag, kept, tuple(child for child in children if child is not None and child != ""))


def text_of(node: Node) -> str:
    """All text in an element."""
    return node if isinstance(node, str) else "".join(map(text_of, node.children))


def markup(node: Node) -> str:
    if isinstance(node, str):
        return escape(node, quote=False)
    begin = node.tag + "".join(f' {name}="{escape(value)}"' for name, value in node.attributes)
    if node.tag in EMPTY:
        return f"<{begin}/>"
    if node.tag == "style":
        return f"<{begin}>{_rules(text_of(node))}</{node.tag}>"
    return f"<{begin}>{''.join(map(markup, node.children))}</{node.tag}>"


def _rules(text: str) -> str:
    """A style sheet, in which nothing is escaped, and in which nothing has to be."""
    assert not set("<&") & set(text)
    return text


def in_lines(root: Element, depth: int = 0) -> Iterable[str]:
    """The markup of an element that holds no text of its own, its children on lines of their own."""
    space = "  " * depth
    opening = markup(Element(root.tag, root.attributes)).removesuffix(f"</{root.tag}>")
    yield space + opening
    for child in root.children:
        yield f"{space}  {markup(child)}"
    yield f"{space}</{root.tag}>"
