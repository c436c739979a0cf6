"""Sentences with formulas between backticks -> Markdown in which no text of a note is an order, a link, or a name.

What looks like a mention or a reference gets a character without width, which is what keeps GitHub from following it.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from bnverify.pattern import pattern
from bnverify.report.pieces import harmless, printable

TICKS = pattern("`+")
IN_WORDS = pattern(r"[\\`*_\[\]~$|<>&@#]|://|\b[wW]{3}\.|\b[gG][hH]-(?=\d)")
IN_CODE = pattern(r"[^\w ,;()+=/^.-]")
NUMBERED = "$|<>&"
"""What a backslash does not save from becoming mathematics, the end of a cell, or HTML in every place."""
NO_WIDTH = "&#8203;"
LINKING = ("@", "#", "://", "gh-", "www.")
"""With these begins what would become a mention, a reference, or a link."""


def sentence(text: str, with_html: bool = True) -> str:
    """Its formulas as code, its words as words; `with_html`: whether who reads it knows HTML."""
    parts = printable(text).split("`")
    if len(parts) % 2 == 0:
        return words("`".join(parts))
    return "".join(code(part, with_html) if place % 2 else words(part) for place, part in enumerate(parts))


def words(text: str) -> str:
    """Text that means nothing but itself."""
    return IN_WORDS.sub(lambda found: _meant(found.group()), printable(text))


def _meant(found: str) -> str:
    if found.lower() in LINKING:
        return found[0] + NO_WIDTH + found[1:]
    return f"&#{ord(found)};" if found in NUMBERED else f"\\{found}"


def code(text: str, with_html: bool = True) -> str:
    """Text as code on one line; a bar would end a cell of a table: where HTML is known it has its number."""
    text = printable(text)
    if not text.strip():
        return text
    if with_html and "|" in text:
        return f"<code>{IN_CODE.sub(lambda found: f'&#{ord(found.group())};', text)}</code>"
    fence = "`" * (_longest_run(text) + 1)
    room = " " if text.startswith("`") or text.endswith("`") or text.strip() != text else ""
    return f"{fence}{room}{text}{room}{fence}"


def block(text: str) -> str:
    """Lines as they are."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{harmless(text.rstrip())}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(found.group()) for found in TICKS.finditer(text)), default=0)


def folded(title: str, inside: str) -> str:
    """What is seen when its title is clicked; no Markdown is read in the title."""
    return f"<details><summary>{escape(printable(title))}</summary>\n\n{inside}\n\n</details>"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
