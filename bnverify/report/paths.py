"""The path of a note -> how other programs name its file: from here, with forward slashes, or as a URI."""

from __future__ import annotations

import os

ODD_BYTE = range(0xDC80, 0xDD00)
"""What stands in a path for a byte that is no part of a character."""


def is_file(name: str) -> bool:
    """Whether a note has a file: `<stdin>` and `<formula>` have none."""
    return not (name.startswith("<") and name.endswith(">"))


def from_here(path: str) -> str:
    """Relative where it lies in the current folder or below it, absolute elsewhere."""
    try:
        found = os.path.relpath(path)
    except ValueError:  # on another drive
        found = os.path.abspath(path)
    if found.split(os.sep)[0] == os.pardir:
        found = os.path.abspath(path)
    return found.replace(os.sep, "/")


def octets(letter: str) -> bytes:
    """The bytes of a letter of a path."""
    return bytes([ord(letter) - 0xDC00]) if ord(letter) in ODD_BYTE else letter.encode("utf-8", "replace")


def uri(path: str) -> str:
    """`notes/a%20b.md`; `file:///...` for what lies elsewhere."""
    from urllib.parse import quote

    named = from_here(path)
    quoted = quote(b"".join(map(octets, named)))
    return f"file://{'' if named.startswith('/') else '/'}{quoted}" if os.path.isabs(named) else quoted
