"""The table `[tool.bnverify]` as it was written -> settings of which every key and value is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from bnverify.codes import NAMES as CODES
from bnverify.frozen import frozen
from bnverify.limits import checked
from bnverify.model.conventions import NAMES, PARTS
from bnverify.nearest import hint

KEYS: Mapping[str, str] = {("sign-convention" if part == "residual" else part): part for part in PARTS}
"""The keys that settle a part of the convention: spelled as the flags are."""
FRAMEWORK, SELECT, IGNORE = "framework", "select", "ignore"
PATHS, EXCLUDE, LIMITS, PER_FILE = "paths", "exclude", "limits", "per-file"
OF_NOTES = (*KEYS, FRAMEWORK, SELECT, IGNORE)
"""The keys that may differ from note to note."""
OF_FILES = ("file", "notebook")
"""Limits that are needed before it is known to which project a file belongs: the command line alone sets them."""


class BadConfig(Exception):
    """A mistake in the settings; the message names the file and the key."""


@frozen
class Settled:
    """What a table says of notes: the parts of the convention by name, and the codes that count."""

    chosen: Mapping[str, str] = field(default_factory=dict)
    select: tuple[str, ...] | None = None
    """None: nothing is said, and all of them count."""
    ignore: tuple[str, ...] = ()


@frozen
class Config:
    """The settings of a project; `path` is the file that they stand in, empty where there is none."""

    path: str = ""
    settled: Settled = field(default_factory=Settled)
    limits: Mapping[str, int] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    """What is checked where nothing is named, from the folder of the file."""
    exclude: tuple[str, ...] = ()
    per_file: tuple[tuple[str, Settled], ...] = ()
    """Patterns as in .gitignore, each with what holds in place of the rest; a later one wins."""


def checked_config(ours: Any, path: str) -> Config:
    """The settings in a table that stands in this file. Raises BadConfig."""
    table = _table(ours, "tool.bnverify", path)
    for key in table:
        _refuse_unknown(path, "key", key, (*OF_NOTES, PATHS, EXCLUDE, LIMITS, PER_FILE))
    return Config(
        path,
        _settled({key: value for key, value in table.items() if key in OF_NOTES}, path),
        _limits(_table(table.get(LIMITS, {}), f"tool.bnverify.{LIMITS}", path), path),
        _paths(table, path),
        _patterns(_strings(table, EXCLUDE, path), path),
        tuple(_per_file(_table(table.get(PER_FILE, {}), f"tool.bnverify.{PER_FILE}", path), path)),
    )


def _table(written: Any, name: str, path: str) -> dict[str, Any]:
    if not isinstance(written, dict):
        raise BadConfig(f"{path}: `{name}` takes keys and values")
    return written


def _strings(table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
    written = table.get(key, [])
    if not isinstance(written, list) or not all(isinstance(one, str) for one in written):
        raise BadConfig(f'{path}: `{key}` is a list of texts, such as ["notes"]')
    return tuple(written)


def _paths(table: Mapping[str, Any], path: str) -> tuple[str, ...]:
    paths = _strings(table, PATHS, path)
    if any("\0" in one or not one for one in paths):
        raise BadConfig(f"{path}: `{PATHS}` holds what is no path")
    return paths


def _patterns(patterns: tuple[str, ...], path: str) -> tuple[str, ...]:
    if patterns:
        from bnverify.files.folders import refuse_bad_patterns

        try:
            refuse_bad_patterns(patterns)
        except ValueError as trouble:
            raise BadConfig(f"{path}: {trouble}") from trouble
    return patterns


def _per_file(tables: Mapping[str, Any], path: str) -> list[tuple[str, Settled]]:
    found = []
    for pattern in _patterns(tuple(tables), path):
        table = _table(tables[pattern], f'tool.bnverify.{PER_FILE}."{pattern}"', path)
        for key in table:
            _refuse_unknown(path, f"{PER_FILE} key", key, OF_NOTES)
        found.append((pattern, _settled(table, path)))
    return found


def _limits(written: Mapping[str, Any], path: str) -> Mapping[str, int]:
    if of_files := [name for name in OF_FILES if name in written]:
        raise BadConfig(f"{path}: the limit {of_files[0]!r} is set on the command line: --limit {of_files[0]}=...")
    try:
        return {name: checked(name, value) for name, value in written.items()}
    except ValueError as trouble:
        raise BadConfig(f"{path}: {trouble}") from trouble


def _settled(table: Mapping[str, Any], path: str) -> Settled:
    select = _codes(table, SELECT, path) if SELECT in table else None
    if select == ():
        raise BadConfig(f"{path}: `{SELECT}` names no code: nothing would count")
    return Settled(_convention(table, path), select, _codes(table, IGNORE, path))


def _codes(table: Mapping[str, Any], key: str, path: str) -> tuple[str, ...]:
    codes = _strings(table, key, path)
    for code in codes:
        _refuse_unknown(path, f"`{key}`: the code", code, CODES)
    return codes


def _convention(table: Mapping[str, Any], path: str) -> Mapping[str, str]:
    from bnverify.model.frameworks import FRAMEWORKS

    written = {key: value for key, value in table.items() if key in (*KEYS, FRAMEWORK)}
    for key, value in written.items():
        _refuse_unknown(path, f"`{key}` =", value, tuple(FRAMEWORKS) if key == FRAMEWORK else NAMES[KEYS[key]])
    chosen = {KEYS[key]: value for key, value in written.items() if key != FRAMEWORK}
    if FRAMEWORK not in written:
        return chosen
    try:
        return FRAMEWORKS[written[FRAMEWORK]].with_choices(chosen)
    except ValueError as trouble:
        raise BadConfig(f"{path}: {trouble}") from trouble


def _refuse_unknown(path: str, kind: str, written: Any, known: tuple[str, ...]) -> None:
    if written not in known:
        raise BadConfig(f"{path}: {kind} {written!r} is not known: {hint(written, known)}")
