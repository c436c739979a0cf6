"""Settings and the options of a run -> the options for one note, and what says so."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from bnverify.codes import ignored_codes
from bnverify.config.checked import EXCLUDE, IGNORE, KEYS, LIMITS, PATHS, SELECT, Config, Settled
from bnverify.frozen import frozen
from bnverify.judge.asked import Options
from bnverify.limits import LIMITS as ALL_LIMITS
from bnverify.model.conventions import PARTS, USUAL, with_choices


@frozen
class Layer:
    """One table of the settings that holds for a note, and its name."""

    source: str
    settled: Settled


def layers_of(config: Config, note: str) -> Iterator[Layer]:
    """The tables that hold for the note at this path, the weakest first."""
    if not config.path:
        return
    name = os.path.basename(config.path)
    yield Layer(name, config.settled)
    if config.per_file:
        from bnverify.files.folders import matches

        folder = os.path.dirname(config.path)
        for pattern, settled in config.per_file:
            if matches(pattern, folder, os.path.abspath(note)):
                yield Layer(f'{name}, per-file "{pattern}"', settled)


def with_config(options: Options, config: Config, note: str) -> Options:
    """The options, with what the settings say of the note at this path."""
    layers = list(layers_of(config, note))
    chosen = {part: name for layer in layers for part, name in layer.settled.chosen.items()}
    return replace(
        options,
        assumed=with_choices(options.assumed, chosen),
        assumed_parts=tuple(chosen),
        assumed_from=os.path.basename(config.path),
        limits={**config.limits, **options.limits},
        ignored={**({} if options.selects else ignored_by(layers)), **options.ignored},
    )


def counting(layers: list[Layer]) -> list[Layer]:
    """The tables that say which codes count: the last one that selects any, and those above it."""
    selecting = [place for place, layer in enumerate(layers) if layer.settled.select is not None]
    return layers[selecting[-1] :] if selecting else layers


def ignored_by(layers: list[Layer]) -> Mapping[str, str]:
    """The codes that the settings set aside, each with what says so: not selected, or ignored."""
    found: dict[str, str] = {}
    for layer in counting(layers):
        found |= ignored_codes(layer.settled.select, layer.settled.ignore, layer.source)
    return found


@frozen
class Setting:
    """One setting as it holds for a note; `source` is the table that says so, empty for what is usual."""

    name: str
    value: str | int | tuple[str, ...]
    source: str


def in_force(config: Config, note: str) -> list[Setting]:
    """Every setting that holds for the note at this path, in the order of the documentation."""
    layers, file = list(layers_of(config, note)), os.path.basename(config.path)
    chosen = {part: (name, layer.source) for layer in layers for part, name in layer.settled.chosen.items()}
    usual = {part: (getattr(USUAL, part).value, "") for part in PARTS}
    selecting = [(layer.settled.select, layer.source) for layer in layers if layer.settled.select is not None]
    ignoring = [layer for layer in counting(layers) if layer.settled.ignore]
    limits = {name: (most, file) for name, most in config.limits.items()}
    return [
        *(Setting(key, *chosen.get(part, usual[part])) for key, part in KEYS.items()),
        Setting(SELECT, *(selecting[-1] if selecting else ("all", ""))),
        Setting(
            IGNORE,
            tuple(code for layer in ignoring for code in layer.settled.ignore),
            ", ".join(layer.source for layer in ignoring),
        ),
        Setting(PATHS, *((config.paths, file) if config.paths else (("derivations",), ""))),
        Setting(EXCLUDE, config.exclude, file if config.exclude else ""),
        *(Setting(f"{LIMITS}.{name}", *limits.get(name, (limit.most, ""))) for name, limit in ALL_LIMITS.items()),
    ]
