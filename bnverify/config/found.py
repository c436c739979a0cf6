"""A folder -> the settings that hold in it: `[tool.bnverify]` of the nearest pyproject.toml that has any."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from bnverify.config.checked import BadConfig, Config, checked_config

FILE = "pyproject.toml"
LARGEST = 500_000
"""Bytes of a file of settings."""


@lru_cache(maxsize=256)
def find_config(folder: str) -> Config:
    """The settings that hold in a folder: of the nearest file in it or above it that has any. Raises BadConfig."""
    folder = os.path.abspath(folder)
    while True:
        path = os.path.join(folder, FILE)
        ours = _section(path) if os.path.isfile(path) else None
        if ours is not None:
            return checked_config(ours, path)
        above = os.path.dirname(folder)
        if above == folder:
            return Config()
        folder = above


def _section(path: str) -> Any:
    """The table `[tool.bnverify]`, or None where the file has none."""
    import tomllib

    try:
        with open(path, "rb") as file:
            written = file.read(LARGEST + 1)
        if len(written) > LARGEST:
            raise BadConfig(f"{path} is too large: the limit is {LARGEST // 1000} kB")
        tool = tomllib.loads(written.decode("utf-8")).get("tool")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise BadConfig(f"{path} is not readable: {trouble}") from trouble
    except (ValueError, RecursionError) as trouble:
        what = "its brackets are nested too deep" if isinstance(trouble, RecursionError) else "a number is too long"
        raise BadConfig(f"{path} is not readable: {what}") from trouble
    except OSError as trouble:
        raise BadConfig(f"{path} cannot be read: {trouble.strerror or trouble}") from trouble
    return tool.get("bnverify") if isinstance(tool, dict) else None
