"""Front matter -> a typed record: only the key `bnverify`, strict inside; other keys belong to others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from itertools import accumulate
from typing import Any

from bnverify.frozen import frozen
from bnverify.nearest import hint
from bnverify.source import Note, Span


@frozen
class Settings:
    """What a note declares about itself. Empty strings: not declared."""

    title: str = ""
    source: str = ""
    convention: Mapping[str, str] = field(default_factory=dict)
    """The parts of the convention that it settles, by name."""
    derivatives: str = ""
    layer: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)


LONGEST, DEEPEST = 20_000, 100
"""Characters of front matter, and brackets inside one another."""
Choices = Mapping[str, tuple[str, ...]]
"""The values that a key may have; none: any text."""

OTHERS: Choices = {
    "title": (),
    "source": (),
    "derivatives": ("local", "total"),
    "layer": (),
    "symbols": (),
}
"""The keys inside `bnverify:` beside those of the convention."""
PARTS = {
    "input": "x", "mean": "mu", "variance": "v", "normalised": "xhat", "normalized": "xhat", "output": "y",
    "scale": "gamma", "shift": "beta", "epsilon": "eps", "size": "size", "deviation": "deviation",
}  # fmt: skip
"""What `symbols:` may map a letter to, and the name of that part."""


@frozen
class BadSetting:
    """A mistake in the front matter, at its place."""

    span: Span
    message: str
    help: str = ""


def read_settings(
    note: Note, body: Span | None, conventions: Choices, layers: tuple[str, ...]
) -> tuple[Settings, tuple[BadSetting, ...]]:
    """The settings of a note and the mistakes in them; a note without front matter has neither.

    `conventions` are the parts of a convention, each with the names of its choices; `layers` the layers by name.
    """
    if body is None or "bnverify" not in note.cut(body):
        return Settings(), ()
    try:
        _refuse_too_much(note.cut(body))
        found = _load(note.cut(body))
    except ValueError as trouble:
        return Settings(), (BadSetting(body, f"the front matter is not readable: {trouble}"),)
    ours = found.get("bnverify") if isinstance(found, dict) else None
    if ours is None:
        return Settings(), ()
    if not isinstance(ours, dict):
        return Settings(), (BadSetting(body, "`bnverify:` in the front matter takes keys and values"),)
    return _checked(ours, note, body, {**conventions, **OTHERS, "layer": layers}, conventions)


def _refuse_too_much(text: str) -> None:
    """Raises ValueError, before any work, for what nobody writes by hand."""
    if len(text) > LONGEST:
        raise ValueError(f"it is too long, the limit is {LONGEST} characters")
    if max(accumulate({"[": 1, "{": 1, "]": -1, "}": -1}.get(letter, 0) for letter in text)) > DEEPEST:
        raise ValueError(f"its brackets are nested deeper than {DEEPEST}")


def _load(text: str) -> Any:
    """YAML without aliases, without repeated keys, and with every value as text. Raises ValueError."""
    import yaml

    class Strict(yaml.BaseLoader):
        def compose_node(self, parent: Any, index: Any) -> Any:
            if self.check_event(yaml.AliasEvent):
                raise ValueError("aliases are not allowed")
            return super().compose_node(parent, index)

    def mapping(loader: Any, node: Any) -> dict[str, Any]:
        pairs = [(loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value]
        keys = [str(key) for key, _ in pairs]
        twice = sorted(key for key, times in Counter(keys).items() if times > 1)
        if twice:
            raise ValueError(f"the key `{twice[0]}` stands there twice")
        return {str(key): value for key, value in pairs}

    Strict.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, mapping)
    try:
        return yaml.load(text, Strict)  # noqa: S506  (every value stays text)
    except (yaml.YAMLError, RecursionError) as trouble:
        problem = getattr(trouble, "problem", None) or "it is not YAML"
        raise ValueError(str(problem)) from trouble


def _checked(
    ours: dict[str, Any], note: Note, body: Span, known: Choices, conventions: Choices
) -> tuple[Settings, tuple[BadSetting, ...]]:
    bad: list[BadSetting] = []
    good: dict[str, Any] = {}
    convention: dict[str, str] = {}
    for key, value in ours.items():
        trouble = _trouble(key, value, known)
        if trouble is None and key in conventions:
            convention[key] = value
        elif trouble is None:
            good[key] = _symbols(value) if key == "symbols" else str(value)
        else:
            bad.append(BadSetting(_place(note, body, key), *trouble))
    return Settings(**good, convention=convention), tuple(bad)


def _trouble(key: str, value: Any, allowed: Choices) -> tuple[str, str] | None:
    if key not in allowed:
        return f"`bnverify:` has no key `{key}`", hint(key, allowed, "`")
    if key == "symbols":
        if not isinstance(value, dict):
            return "`symbols:` takes letters and their parts", "for example `symbols: {r: scale}`"
        wrong = next((part for part in value.values() if not isinstance(part, str) or part not in PARTS), None)
        return None if wrong is None else (f"`{wrong}` is no part of the layer", f"parts: {', '.join(PARTS)}")
    if not isinstance(value, str):
        return f"`{key}` takes one value", ""
    if allowed[key] and value not in allowed[key]:
        return f"`{key}: {value}` is not known", hint(value, allowed[key], "`")
    return None


def _symbols(value: dict[str, Any]) -> dict[str, str]:
    return {letter: PARTS[str(part)] for letter, part in value.items()}


def _place(note: Note, body: Span, key: str) -> Span:
    at = note.text.find(key, body.start, body.end)
    return Span(at, at + len(key)) if at >= 0 else body
