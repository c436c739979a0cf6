"""`initializationOptions` of the client -> under which convention notes are judged, and by whom; and what a note is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from bnverify.config.checked import KEYS
from bnverify.judge.asked import Options
from bnverify.lsp.pages import FOLDER
from bnverify.nearest import hint
from bnverify.run import options_from

OTHERS = ("framework", "isolated", "limits", "witness")
USUAL = {"witness": "proof"}
"""The proof alone: it is quick, and the other witnesses only watch over it."""
ENDINGS = {
    "markdown": ".md",
    "latex": ".tex",
    "tex": ".tex",
    "plaintext": ".txt",
    "text": ".txt",
    "quarto": ".md",
    "rmd": ".md",
}
"""The kind of note that a language of an editor is."""
NOTES = (".md", ".markdown", ".tex", ".txt")
SCHEMES = ("file", "untitled")


def options_of(given: Any) -> Options:
    """What is asked for. Raises ValueError for what is not known."""
    if given is None:
        given = {}
    if not isinstance(given, Mapping):
        raise ValueError("initializationOptions takes keys and values")
    for key in given:
        if key not in KEYS and key not in OTHERS:
            raise ValueError(f"key {key!r} is not known: {hint(key, (*KEYS, *OTHERS))}")
    words = {
        KEYS.get(key, key): value for key, value in {**USUAL, **given}.items() if key not in ("isolated", "limits")
    }
    for key, value in words.items():
        if not isinstance(value, str):
            raise ValueError(f"{key!r} takes a word, not {value!r}")
    isolated = given.get("isolated", False)
    if not isinstance(isolated, bool):
        raise ValueError(f"'isolated' is true or false, not {isolated!r}")
    return replace(options_from(**words), isolated=isolated, limits=_limits(given.get("limits", {})))


def _limits(given: Any) -> Mapping[str, int]:
    from bnverify.limits import checked

    if not isinstance(given, Mapping):
        raise ValueError("'limits' takes keys and values")
    return {str(name): checked(str(name), value) for name, value in given.items()}


def name_of(uri: str, language: str, folder: str) -> str | None:
    """The path of a document, with the ending of its kind; None: it is no note.

    What was never saved has no path, and stands in the folder that is open. Old versions of a file, cells of notebooks
    and the like have other schemes.
    """
    from pygls.uris import to_fs_path

    if urlsplit(uri).scheme not in SCHEMES:
        return None
    path = to_fs_path(uri) if urlsplit(uri).scheme == "file" else None
    if path is None:
        path = os.path.join(folder, os.path.basename(unquote(urlsplit(uri).path)) or "untitled")
    if os.path.dirname(path) == str(FOLDER):
        # The page of a code shows what is wrong: it is read, and not mended.
        return None
    if path.lower().endswith(NOTES):
        return path
    ending = ENDINGS.get(language.lower())
    return f"{path}{ending}" if ending else None
