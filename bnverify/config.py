"""`[tool.bnverify]` of the nearest pyproject.toml -> what holds where a note does not say.

A note's own definitions and its front matter stand above it, the command line above all of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, replace
from functools import lru_cache
from typing import Any

from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.limits import checked
from bnverify.model.conventions import NAMES, PARTS, with_choices
from bnverify.nearest import hint

FILE = "pyproject.toml"
LARGEST = 500_000
"""Bytes of a file of settings."""
KEYS: Mapping[str, str] = {("sign-convention" if part == "residual" else part): part for part in PARTS}
"""The keys that settle a part of the convention: spelled as the flags are."""
FRAMEWORK = "framework"
LIMITS = "limits"
OF_FILES = ("file", "notebook")
"""Limits that are needed before it is known to which project a file belongs: the command line alone sets them."""


class BadConfig(Exception):
    """A mistake in the settings; the message names the file and the key."""


@frozen
class Config:
    """The parts of the convention that a file settles, by name; `path` is empty where there is no such file."""

    path: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int] = field(default_factory=dict)


def with_config(options: Options, config: Config) -> Options:
    """The options, with what the settings assume."""
    assumed = with_choices(options.assumed, config.chosen)
    return replace(
        options,
        assumed=assumed,
        assumed_parts=tuple(config.chosen),
        assumed_from=os.path.basename(config.path),
        limits={**config.limits, **options.limits},
    )


@lru_cache(maxsize=256)
def find_config(folder: str) -> Config:
    """The settings that hold in a folder: of the nearest file in it or above it that has any. Raises BadConfig."""
    folder = os.path.abspath(folder)
    while True:
        path = os.path.join(folder, FILE)
        ours = _section(path) if os.path.isfile(path) else None
        if ours is not None:
            return _checked(ours, path)
        above = os.path.dirname(folder)
        if above == folder:
            return Config()
        folder = above


def _section(path: str) -> Any:
    """The table `[tool.bnverify]`, or None where the file has none."""
    import tomllib

    try:
        with open(path, "rb") as file:
            text = file.read(LARGEST + 1).decode("utf-8")
        if len(text) > LARGEST:
            raise BadConfig(f"{path} is too large: the limit is {LARGEST // 1000} kB")
        tool = tomllib.loads(text).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise BadConfig(f"{path} is not readable: {trouble}") from trouble
    except (ValueError, RecursionError) as trouble:
        what = "its brackets are nested too deep" if isinstance(trouble, RecursionError) else "a number is too long"
        raise BadConfig(f"{path} is not readable: {what}") from trouble
    except OSError as trouble:
        raise BadConfig(f"{path} cannot be read: {trouble.strerror or trouble}") from trouble
    return tool.get("bnverify") if isinstance(tool, dict) else None


def _checked(ours: Any, path: str) -> Config:
    if not isinstance(ours, dict):
        raise BadConfig(f"{path}: `tool.bnverify` takes keys and values")
    rest = {key: value for key, value in ours.items() if key != LIMITS}
    return Config(path, _convention(rest, path), _limits(ours.get(LIMITS, {}), path))


def _limits(written: Any, path: str) -> Mapping[str, int]:
    if not isinstance(written, dict):
        raise BadConfig(f"{path}: `tool.bnverify.limits` takes keys and values")
    if of_files := [name for name in OF_FILES if name in written]:
        raise BadConfig(f"{path}: the limit {of_files[0]!r} is set on the command line: --limit {of_files[0]}=...")
    try:
        return {name: checked(name, value) for name, value in written.items()}
    except ValueError as trouble:
        raise BadConfig(f"{path}: {trouble}") from trouble


def _convention(ours: Mapping[str, Any], path: str) -> Mapping[str, str]:
    from bnverify.model.frameworks import FRAMEWORKS

    for key, value in ours.items():
        _refuse_unknown(path, "key", key, (*KEYS, FRAMEWORK, LIMITS))
        _refuse_unknown(path, f"`{key}` =", value, tuple(FRAMEWORKS) if key == FRAMEWORK else NAMES[KEYS[key]])
    chosen = {KEYS[key]: value for key, value in ours.items() if key != FRAMEWORK}
    if FRAMEWORK not in ours:
        return chosen
    try:
        return FRAMEWORKS[ours[FRAMEWORK]].with_choices(chosen)
    except ValueError as trouble:
        raise BadConfig(f"{path}: {trouble}") from trouble


def _refuse_unknown(path: str, kind: str, written: Any, known: tuple[str, ...]) -> None:
    if written not in known:
        raise BadConfig(f"{path}: {kind} {written!r} is not known: {hint(written, known)}")
