"""A name that is not known -> a hint: the nearest one that is, or all of them."""

from __future__ import annotations

from collections.abc import Iterable


def hint(written: object, known: Iterable[str], quote: str = "'") -> str:
    """`did you mean 'biased'?`, or `choose from biased, unbiased`."""
    from difflib import get_close_matches

    names = tuple(known)
    near = get_close_matches(str(written).lower(), names, 1)
    return f"did you mean {quote}{near[0]}{quote}?" if near else f"choose from {', '.join(names)}"
