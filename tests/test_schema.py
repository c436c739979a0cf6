"""The JSON schema of a report: what is printed is valid, and nothing else; its enums are those of the program."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from bnverify.cli.main import main
from bnverify.codes import CODES, WITHOUT_PAGE
from bnverify.diagnostic import Severity
from bnverify.model.conventions import NAMES
from bnverify.model.terms import Reading
from bnverify.record import Kind, Report, Standing, Target, Trouble
from bnverify.report.counts import Counts
from bnverify.report.json_lines import render as lines
from bnverify.report.jsons import SCHEMA_VERSION, render
from bnverify.run import check_paths, options_from
from bnverify.truth.verdict import Opinion
from tests.conftest import FLIPPED, HOSTILE, ROOT, SLIPS, derivations_report, notebook_report, report_of

SCHEMA = json.loads((ROOT / "bnverify" / "report" / "schema.json").read_text(encoding="utf-8"))
DEFS = SCHEMA["$defs"]
NOTES = sorted((ROOT / "tests" / "notes").rglob("*.md"))


def validator(name: str) -> jsonschema.Draft202012Validator:
    """Of one definition: what does not fit it is then named."""
    return jsonschema.Draft202012Validator({**SCHEMA, "oneOf": [{"$ref": f"#/$defs/{name}"}]})


def validate(report: Report) -> None:
    validator("report").validate(json.loads(render(report)))
    for line in lines(report).splitlines():
        validator("line").validate(json.loads(line))


def test_the_schema_is_one_and_is_printed() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    done = CliRunner().invoke(main, ["schema"], standalone_mode=False)
    assert (json.loads(done.stdout), done.return_value) == (SCHEMA, 0)


def test_the_notes_of_the_repository_are_valid() -> None:
    validate(derivations_report())


@pytest.mark.parametrize("path", NOTES[::6], ids=lambda path: path.stem)
def test_other_notes_are_valid(path: Path) -> None:
    validate(check_paths((str(path),), options_from(witness="proof")))


def test_what_is_seldom_said_is_valid(tmp_path: Path) -> None:
    validate(report_of(("a.md", HOSTILE), ("b.md", ""), troubles=(Trouble("no.md", "no such file"),)))
    ignoring = "<!-- bnverify: ignore[sign-flip] known -->\n<!-- bnverify: ignore[lost-hat] -->\n"
    validate(report_of(("a.md", FLIPPED + ignoring), ("b.md", "$$\\mu = 1 +$$\n<!-- expect: unreadable -->\n")))
    validate(report_of(("a.md", "---\nbnverify: {colour: red}\n---\n" + FLIPPED)))
    validate(notebook_report(tmp_path, "words", SLIPS))
    (tmp_path / "part.tex").write_text(FLIPPED, encoding="utf-8")
    (tmp_path / "whole.tex").write_text("\\input{part}\\input{missing}\n", encoding="utf-8")
    validate(check_paths((str(tmp_path / "whole.tex"),), options_from(witness="proof")))


@pytest.mark.parametrize(
    "asked", [{"variance": "unbiased", "witness": "all"}, {"framework": "pytorch", "witness": "proof"}]
)
def test_forced_conventions_are_valid(asked: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("\n\n".join(SLIPS.split("\n\n")[:12]) + "\n\n" + FLIPPED, encoding="utf-8")
    report = check_paths((str(path),), options_from(**asked))
    assert report.notes[0].steps
    validate(report)


# -- what the program knows


def of(*path: str) -> Any:
    found: Any = DEFS
    for one in path:
        found = found[one]
    return found


@pytest.mark.parametrize(
    ("path", "known"),
    [
        (("step", "properties", "standing"), [*Standing, None]),
        (("step", "properties", "kind"), list(Kind)),
        (("step", "properties", "reading"), [*Reading, "either"]),
        (("note", "properties", "reading"), list(Reading)),
        (("note", "properties", "variance"), list(NAMES["variance"])),
        (("repair", "properties", "target"), list(Target)),
        (("severity",), list(Severity)),
        (("code",), [one.name for one in (*CODES, *WITHOUT_PAGE)]),
        (("part",), list(NAMES)),
        (("witnesses", "properties", "symbolic", "properties", "verdict"), list(Opinion)),
        (("witnesses", "properties", "numeric", "properties", "verdict"), list(Opinion)),
        (("totals", "properties", "exit_status"), [0, 1, 2, 3]),
        *((("note", "properties", "convention", "properties", part), list(names)) for part, names in NAMES.items()),
    ],
)
def test_its_enums_are_those_of_the_program(path: tuple[str, ...], known: list[Any]) -> None:
    assert sorted(map(str, of(*path, "enum"))) == sorted(map(str, known))


def test_its_counts_and_its_version_are_those_of_the_program() -> None:
    assert list(of("summary", "properties")) == [*(one.name for one in fields(Counts)), "share_judged"]
    assert {of(one, "properties", "schema_version", "const") for one in ("report", "totals")} == {SCHEMA_VERSION}


def parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema."""
    if isinstance(schema, dict):
        yield schema
    for one in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from parts(one)


def test_every_field_is_described_in_one_sentence_and_no_other_field_is_let_in() -> None:
    named = [one for each in parts(DEFS) for one in each.get("properties", {}).values() if isinstance(one, dict)]
    assert len(named) > 90
    for one in named:
        words = one.get("description") or DEFS[one["$ref"].rpartition("/")[2]]["description"]
        assert words.endswith(".")
        assert words.count(". ") == 0
    objects = [one for one in parts(DEFS) if one.get("type") == "object" and "properties" in one]
    assert len(objects) > 15
    assert all(one["additionalProperties"] is False for one in objects)


# -- what is not valid


def _set(*path: str | int, to: Any) -> Callable[[Any], None]:
    def change(document: Any) -> None:
        for one in path[:-1]:
            document = document[one]
        document[path[-1]] = to

    return change


STEP = ("notes", 0, "steps", 0)


@pytest.mark.parametrize(
    "change",
    [
        _set("schema_version", to=2),
        _set("more", to=1),
        _set("notes", 0, "variance", to="sample"),
        _set("notes", 0, "reading", to="either"),
        _set("notes", 0, "summary", "wrong", to=-1),
        _set("notes", 0, "declared", "colour", to="line 3"),
        _set(*STEP, "standing", to="wrong"),
        _set(*STEP, "kind", to=None),
        _set(*STEP, "line", to=0),
        _set(*STEP, "column", to="39"),
        _set(*STEP, "more", to=1),
        _set(*STEP, "finding", "code", to="sign-slip"),
        _set(*STEP, "counterexample", "head", to=1),
        _set(*STEP, "counterexample", "values", "g", to="0.5"),
        _set(*STEP, "repairs", 0, "target", to="head"),
        _set(*STEP, "repairs", 0, "edits", 0, "start", to=None),
        lambda document: document["notes"][0]["steps"][0].pop("true"),
        lambda document: document.pop("errors"),
    ],
)  # fmt: skip
def test_one_changed_field_is_found(change: Callable[[Any], None]) -> None:
    document = json.loads(render(report_of(("note.md", FLIPPED))))
    whole = jsonschema.Draft202012Validator(SCHEMA)
    changed = deepcopy(document)
    change(changed)
    assert whole.is_valid(document)
    assert changed != document
    assert not whole.is_valid(changed)
