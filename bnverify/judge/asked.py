"""What a run asks for, and a note that was read: what every later phase is given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from bnverify.frozen import frozen
from bnverify.model.conventions import USUAL, Convention
from bnverify.truth.witnesses import ALL

if TYPE_CHECKING:
    # A run whose verdicts are all remembered asks for options and for nothing that reads or judges.
    from bnverify.model.declarations import Declared
    from bnverify.model.notation import Notation
    from bnverify.read.chains import Script
    from bnverify.read.settings import BadSetting, Settings


@frozen
class Options:
    """What a run asks for."""

    witnesses: tuple[str, ...] = ALL
    forced: Mapping[str, str] = field(default_factory=dict)
    """The parts of the convention that are forced upon every note, each with the name of its choice."""
    framework: str = ""
    """The framework whose convention is forced; it is named at the head of the report."""
    isolated: bool = True
    """Whether the settings of the project of a note are left out."""
    assumed: Convention = USUAL
    """What holds where a note does not say."""
    assumed_parts: tuple[str, ...] = ()
    """The parts of it that a file of settings gives, and not the program."""
    assumed_from: str = ""
    """The name of that file."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """The codes whose findings do not count, each with what says so."""
    selects: bool = False
    """Whether the run says itself which codes count, whatever the settings say."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """What holds in place of the usual limits (limits.py)."""


@frozen
class Understood:
    """A note that was read: its script, its letters, what it declares."""

    script: Script
    settings: Settings
    bad_settings: tuple[BadSetting, ...]
    notation: Notation
    declared: Declared
