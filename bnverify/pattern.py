"""A regular expression that is compiled when it is first used: ordinary notes need a third to a half of ours."""

from __future__ import annotations

import re
from typing import Any, cast


class Waiting:
    """Stands for a compiled pattern, and takes over each of its methods when that is first asked for."""

    def __init__(self, text: str, flags: int) -> None:
        self._text, self._flags = text, flags

    def __getattr__(self, name: str) -> Any:
        found = getattr(re.compile(self._text, self._flags), name)
        setattr(self, name, found)
        return found


def pattern(text: str, flags: int = 0) -> re.Pattern[str]:
    """What `re.compile` gives, without its price as long as nobody asks."""
    return cast(re.Pattern[str], Waiting(text, flags))
