"""A folder -> the paths of the notes in it: what is hidden, ignored or excluded is left out."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bnverify.frozen import frozen
from bnverify.pattern import pattern

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

NOTE_ENDINGS = (".md", ".markdown", ".tex", ".ipynb", ".txt")
IGNORE = ".gitignore"
LARGEST_IGNORE = 100_000
"""Bytes; a larger file of patterns is none."""
STARS = pattern(r"\[\^/\]\*(?P<chunk>(?:\\.|\[\^?\]?[^\]]*\]|[^\\\[\](){}*+?.^$|])+)(?=\[\^/\]\*)")
"""A star, and what stands between it and the next one, as pathspec writes them."""
FOLDERS = pattern(r"(?P<any>\(\?:\.\+/\)\?|\(\?:/\.\+\)\?/)(?P<chunk>(?:(?!\(\?:/\.\+\)\?).)+)(?=\(\?:/\.\+\)\?)")
"""The same for two stars, which stand for any folders."""


@frozen
class Excluded:
    """Patterns of a project for what is left out, and the folder that they speak of."""

    root: str = ""
    lines: tuple[str, ...] = ()


NOTHING = Excluded()


@frozen
class Rules:
    """Patterns, and the folder that they speak of."""

    root: str
    patterns: GitIgnoreSpec

    def ignores(self, path: str) -> bool | None:
        """Whether a path, which ends with a slash if it is a folder, is ignored; None: nothing is said about it."""
        if not path.startswith(os.path.join(self.root, "")):
            return None
        name = path[len(os.path.join(self.root, "")) :].replace(os.sep, "/")
        return self.patterns.check_file(name).include if name else None


def matches(pattern: str, root: str, path: str) -> bool:
    """Whether a pattern, which speaks of the folder `root`, names the file at an absolute path, or a folder above."""
    return Rules(root, _patterns((pattern,))).ignores(path) is True


def notes_in(folder: str, exclude: Sequence[str] = (), by_project: Excluded = NOTHING) -> list[str]:
    """The notes below a folder, in sorted order. Raises ValueError for a pattern that is none."""
    own = (Rules(by_project.root, _patterns(by_project.lines)),) if by_project.lines else ()
    return sorted(_walk(folder, (*own, *_excluded(folder, exclude))))


def _walk(folder: str, excluded: Sequence[Rules]) -> Iterator[str]:
    home = os.path.abspath(folder)
    rules: dict[str, tuple[Rules, ...]] = {folder: _above(home)}
    for parent, folders, names in os.walk(folder):
        place = os.path.abspath(parent)
        own = (*rules.pop(parent), *_of_folder(place))
        folders[:] = sorted(name for name in folders if not _left_out(place, f"{name}{os.sep}", own, excluded))
        rules.update({os.path.join(parent, name): own for name in folders})
        for name in names:
            if name.lower().endswith(NOTE_ENDINGS) and not _left_out(place, name, own, excluded):
                yield os.path.join(parent, name)


def _left_out(parent: str, name: str, rules: Sequence[Rules], excluded: Sequence[Rules]) -> bool:
    path = os.path.join(parent, name)
    return name.startswith(".") or _ignored(path, rules) or _ignored(path, excluded)


def _ignored(path: str, rules: Sequence[Rules]) -> bool:
    """The rules that stand nearest have the word."""
    said = (verdict for one in reversed(rules) if (verdict := one.ignores(path)) is not None)
    return next(said, False)


def _above(folder: str) -> tuple[Rules, ...]:
    """The rules of the repository above a folder; none if they leave out the very folder that was named."""
    above = list(_parents(folder))
    root = next((one for one in (folder, *above) if os.path.exists(os.path.join(one, ".git"))), folder)
    inside = above[: above.index(root) + 1] if root in above else []
    rules = tuple(one for parent in reversed(inside) for one in _of_folder(parent))
    return () if _ignored(os.path.join(folder, ""), rules) else rules


def _parents(folder: str) -> Iterator[str]:
    while (above := os.path.dirname(folder)) != folder:
        yield above
        folder = above


def _of_folder(folder: str) -> tuple[Rules, ...]:
    path = os.path.join(folder, IGNORE)
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > LARGEST_IGNORE:
            return ()
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            lines = file.read().split("\n")
    except OSError:
        return ()
    try:
        return (Rules(folder, _patterns(lines)),)
    except (ValueError, re.error):
        return (Rules(folder, _patterns(line for line in lines if _is_pattern(line))),)


def _excluded(folder: str, exclude: Sequence[str]) -> tuple[Rules, ...]:
    """Patterns of the command line speak of the folder that we are in, or of one that stands elsewhere."""
    if not exclude:
        return ()
    here = os.getcwd()
    home = os.path.abspath(folder)
    inside = home == here or home.startswith(os.path.join(here, ""))
    return (Rules(here if inside else home, _patterns(exclude)),)


def _patterns(lines: Sequence[str] | Iterator[str]) -> GitIgnoreSpec:
    from pathspec import GitIgnoreSpec
    from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

    class Linear(GitIgnoreSpecPattern):
        @classmethod
        def pattern_to_regex(cls, pattern: Any) -> tuple[Any, bool | None]:
            regex, include = super().pattern_to_regex(pattern)
            return (linear(regex) if isinstance(regex, str) else regex), include

    return GitIgnoreSpec.from_lines(lines, Linear, backend="simple")


def linear(regex: str) -> str:
    """The expression of a pattern, with the first place of each chunk for the only one that is tried.

    If a pattern matches at all it matches so, because a star takes what is left over; with every place tried for
    every star, a line such as `*a*a*a*a*a*b` would never be done with a long name.
    """
    regex = STARS.sub(r"(?>[^/]*?\g<chunk>)", regex)
    return FOLDERS.sub(lambda found: f"(?>{_shortest(found['any'])}{found['chunk']}(?=/))", regex)


def _shortest(folders: str) -> str:
    """Any folders, as few of them as will do."""
    return folders.replace(".+", ".+?").replace(")?", ")??")


def _is_pattern(line: str) -> bool:
    """Whether a line can be read; git, too, passes over those that cannot."""
    try:
        _patterns((line,))
    except (ValueError, re.error):
        return False
    return True


def refuse_bad_patterns(exclude: Sequence[str]) -> None:
    """Raises ValueError that names the first pattern which is none."""
    for one in exclude:
        if not _is_pattern(one):
            raise ValueError(f"{one!r} is not a pattern")
