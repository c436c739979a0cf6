"""The tables of the program -> the pages under `docs/reference/`."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import click

from bnverify.cli.formats import FOR_PEOPLE, FOR_PROGRAMS, STATISTICS
from bnverify.cli.main import main
from bnverify.cli.options import FLAGS, Named
from bnverify.codes import ERRORS, NOTICES, WARNINGS
from bnverify.config.checked import (
    EXCLUDE,
    FRAMEWORK,
    IGNORE,
    KEYS,
    LIMITS,
    OF_FILES,
    OF_NOTES,
    PATHS,
    PER_FILE,
    SELECT,
)
from bnverify.limits import LIMITS as TABLE_OF_LIMITS
from bnverify.model.conventions import OF_FORWARD, PARTS, VARIED
from bnverify.model.frameworks import FRAMEWORKS
from bnverify.model.layers import LAYERS as TABLE_OF_LAYERS
from bnverify.read.settings import OTHERS
from bnverify.read.settings import PARTS as LETTERS

Page = Callable[[], Iterator[str]]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", r"\|") for cell in row) + " |"
    yield ""


def code(words: object) -> str:
    return f"`{words}`"


def codes(words: Iterable[object]) -> str:
    return ", ".join(map(code, words))


def sentences(text: str) -> Iterator[str]:
    """Prose with one sentence per line."""
    yield from re.sub(r"(?<=[.!?]) (?=[A-Z`])", "\n", " ".join(text.split())).split("\n")


# -- commands


def commands() -> Iterator[str]:
    yield from ("# Commands", "", "What `bnverify --help` and `bnverify COMMAND --help` say, on one page.", "")
    context = click.Context(main, info_name="bnverify", **main.context_settings)
    names = main.list_commands(context)
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        yield f"- [{code('bnverify ' + name)}](#bnverify-{name}): {sentence_without_stop(command.get_short_help_str(200))}"
    yield ""
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        yield from command_page(command, click.Context(command, info_name=name, parent=context))


def sentence_without_stop(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:].rstrip(".")


def command_page(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from (f"## bnverify {context.info_name}", "", "```text", usage(command, context), "```", "")
    for paragraph in textwrap.dedent(command.help or "").strip().split("\n\n"):
        yield from (*prose(paragraph), "")
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    yield from table(("option", "takes", "usually", "does"), (option_row(one, context) for one in options))


def usage(command: click.Command, context: click.Context) -> str:
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def prose(paragraph: str) -> Iterator[str]:
    """A paragraph of a help text; of exit statuses a list."""
    words = " ".join(paragraph.split())
    if not words.startswith("Exit status: "):
        yield from sentences(words)
        return
    yield from ("Exit status:", "")
    for status, meaning in exit_statuses(words):
        yield f"- {status}: {meaning}"


def exit_statuses(words: str) -> list[tuple[str, str]]:
    """`Exit status: 0 all is well; 1 it is not.` -> its parts."""
    said = words.removeprefix("Exit status: ").rstrip(".")
    return re.findall(r"(?:^|; )(\d+) (.*?)(?=; \d+ |$)", said)


def option_row(option: click.Option, context: click.Context) -> tuple[str, str, str, str]:
    names = ", ".join(
        map(code, sorted((*option.opts, *option.secondary_opts), key=lambda name: not name.startswith("--")))
    )
    usual = option.get_default(context)
    return (
        names,
        takes(option, context),
        "" if option.is_flag or not isinstance(usual, str | int | float) else code(usual),
        option.help or "",
    )


def takes(option: click.Option, context: click.Context) -> str:
    if option.is_flag:
        return ""
    kind = option.type
    names = kind.choices if isinstance(kind, click.Choice) else kind.names() if isinstance(kind, Named) else ()
    several = "; may be given several times" if option.multiple else ""
    return (codes(names) or code(option.make_metavar(context))) + several


# -- codes


def list_of_codes() -> Iterator[str]:
    yield from (
        "# Codes",
        "",
        "Every finding has a code; its page has an example, the reason, and what to write, and is also printed by `bnverify explain CODE`.",
    )
    yield from ("Where equally small changes would mend a line, the first code in this list is named.", "")
    for title, words, entries in (
        ("Errors", "Each counts as an error, and the exit status is 1.", ERRORS),
        (
            "Warnings",
            "They count as errors with `--strict`; `undecided` and `unreadable` lead to the exit status 3 without it.",
            WARNINGS,
        ),
        ("Notices", "They say how something was read, and change no exit status.", NOTICES),
    ):
        yield from (f"## {title}", "", words, "")
        yield from table(
            ("code", "says"), ((f"[{code(name)}](../../bnverify/explain/{name}.md)", says) for name, says in entries)
        )


# -- conventions


KEY_OF_PART = {part: key for key, part in KEYS.items()}
WHAT_IT_IS = {
    "variance": "What the sum of the squares is divided by.",
    "epsilon": "What the residual is divided by.",
    "residual": "The numerator of x-hat.",
    "upstream": "What a written dL/dx-hat means.",
    "count": "What n counts; the formulas are the same.",
}


def conventions() -> Iterator[str]:
    yield from ("# Conventions", "", "A formula that is right under one convention is wrong under another.")
    yield "The first choice of each table holds where nobody says anything."
    yield "A flag is stronger than front matter, front matter than the definitions of the note, and these than the [settings](settings.md)."
    yield ""
    for part, choices in PARTS.items():
        yield from (f"## {choices.__name__}", "", WHAT_IT_IS[part])
        flag = f"The flag is {code(FLAGS[part][0])}" if part in FLAGS else "There is no flag"
        yield from (
            f"{flag}, the key in the settings is {code(KEY_OF_PART[part])}, and the key in front matter is {code(part)}.",
            "",
        )
        yield from table(
            ("choice", "formula", "in words"), ((code(one.value), code(one.short), one.words) for one in choices)
        )
    combinations = 1
    for part in VARIED:
        combinations *= len(PARTS[part])
    yield from (
        f"`bnverify variants` tries all {combinations} combinations of {', '.join(KEY_OF_PART[part] for part in VARIED[:-1])} and {VARIED[-1]} on the final formulas of a note.",
        "",
    )
    yield from true_formulas()
    yield from frameworks()


def true_formulas() -> Iterator[str]:
    """What `bnverify variants --formulas` prints, from what it is printed from."""
    from click.testing import CliRunner

    printed = (
        CliRunner()
        .invoke(main, ["variants", "--formulas", "--isolated", "--output-format", "markdown"], standalone_mode=False)
        .output
    )
    yield from (
        "## The true formulas",
        "",
        "As `bnverify variants --formulas --output-format markdown` prints them.",
        "",
    )
    yield from printed.split("\n")[2:]


def frameworks() -> Iterator[str]:
    yield from (
        "## Frameworks",
        "",
        "`--framework NAME`, or `framework` in the settings, asks for the convention of the layers of a framework in training.",
        "",
    )
    for one in FRAMEWORKS.values():
        yield from (f"### {code(one.name)}", "", f"{one.title}.")
        yield f"The convention is {', '.join(one.convention.choices[part].words for part in OF_FORWARD)}."
        yield from (f"What it keeps: {one.running}.", f"Source: <{one.source}>.", "")


# -- formats


def formats() -> Iterator[str]:
    yield from ("# Formats and exit statuses", "", "## `bnverify check`", "")
    yield from (
        "`--output-format NAME` chooses the format, and `-o FILE` writes it into a file, as a whole or not at all.",
        "",
    )
    rows = [(code(name), "people", about(module)) for name, module in FOR_PEOPLE.items()]
    rows += [(code(name), "programs", about(module)) for name, module in FOR_PROGRAMS.items()]
    yield from table(("format", "for", "is"), rows)
    yield from (f"`--statistics` is short for `--output-format {STATISTICS}`.", "")
    yield from ("## Other commands", "")
    yield from table(("command", "option", "formats"), other_formats())
    yield from ("## Exit statuses", "")
    yield from (
        "Every command ends with 2 for wrong use and for an internal error, and with 130 if it is interrupted.",
        "Of several statuses of `check` the first one of 130, 2, 1, 3, 0 that applies is taken.",
        "",
    )
    yield from table(("command", "status", "means"), statuses())


def about(module: str) -> str:
    """The first sentence of a module, without running it."""
    spec = find_spec(module)
    assert spec is not None
    assert spec.origin is not None
    words = ast.get_docstring(ast.parse(Path(spec.origin).read_text(encoding="utf-8"))) or ""
    first = " ".join(words.split("\n\n")[0].split()).rstrip(".")
    return re.sub(r"^A report( with|:| ->| for people:)* *", lambda found: "with " if "with" in found[0] else "", first)


def other_formats() -> Iterator[tuple[str, str, str]]:
    context = click.Context(main, info_name="bnverify", **main.context_settings)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        for option in command.params:
            if (
                name != "check"
                and option.name in ("output_format", "style_format", "format", "form")
                and isinstance(option.type, click.Choice)
            ):
                yield code(f"bnverify {name}"), code(option.opts[0]), codes(option.type.choices)


def statuses() -> Iterator[tuple[str, str, str]]:
    context = click.Context(main, info_name="bnverify", **main.context_settings)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        for paragraph in (command.help or "").split("\n\n"):
            words = " ".join(paragraph.split())
            if words.startswith("Exit status: "):
                for status, meaning in exit_statuses(words):
                    yield code(f"bnverify {name}"), status, meaning


# -- settings


MEANING: Mapping[str, tuple[str, str]] = {
    **{key: (f"one of {codes(one.value for one in PARTS[part])}", WHAT_IT_IS[part]) for key, part in KEYS.items()},
    FRAMEWORK: (f"one of {codes(FRAMEWORKS)}", "The convention of a framework."),
    SELECT: ("a list of codes", "Only findings of these codes count."),
    IGNORE: ("a list of codes", "Findings of these codes do not count."),
    PATHS: (
        "a list of paths",
        "What is checked where nothing is named, from the folder of the file; usually `derivations`.",
    ),
    EXCLUDE: ("a list of patterns", "What is left out of folders, as in `.gitignore`."),
    LIMITS: ("a table", "How much is worked on: see [Limits](#limits)."),
    PER_FILE: (
        "a table of tables",
        "Patterns as in `.gitignore`, each with what holds for the notes that it names; a later one wins.",
    ),
}


def settings() -> Iterator[str]:
    yield from (
        "# Settings",
        "",
        "The table `[tool.bnverify]` of the nearest `pyproject.toml` that has one, in the folder of a note or above it.",
    )
    yield from (
        "A key or a value that is not known is an error.",
        "`bnverify config NOTE` shows what holds for a note, and what says so; `--isolated` leaves the file out.",
        "",
    )
    yield from ("## Keys", "")
    keys = (*OF_NOTES, PATHS, EXCLUDE, LIMITS, PER_FILE)
    yield from table(
        ("key", "value", "says", "per file"),
        ((code(key), *MEANING[key], "yes" if key in OF_NOTES else "no") for key in keys),
    )
    yield from example()
    yield from limits()
    yield from front_matter()
    yield from comments()


def example() -> Iterator[str]:
    yield from (
        "## Example",
        "",
        "```toml",
        "[tool.bnverify]",
        f'{next(iter(KEYS))} = "unbiased"',
        f'{PATHS} = ["notes", "thesis/appendix.tex"]',
        f'{EXCLUDE} = ["drafts/"]',
        f'{IGNORE} = ["{NOTICES[0][0]}"]',
        "",
    )
    yield from (
        f"[tool.bnverify.{LIMITS}]",
        "steps = 10000",
        "",
        f'[tool.bnverify.{PER_FILE}."notes/old/*"]',
        f'{SELECT} = ["sign-flip", "lost-hat"]',
        "```",
        "",
    )


def limits() -> Iterator[str]:
    yield from (
        "## Limits",
        "",
        "Each is looked at before the work, ends at its place with a sentence of its own, and never as right or wrong.",
    )
    yield from (f"`--limit NAME=N` sets one for a run; {' and '.join(map(code, OF_FILES))} are set there alone.", "")
    rows = (
        (code(name), f"{one.most:,}", f"{one.highest:,}", one.counts, one.ends) for name, one in TABLE_OF_LIMITS.items()
    )
    yield from table(("limit", "usually", "at most", "counts", "ends as"), rows)


def front_matter() -> Iterator[str]:
    yield from ("## Front matter", "", "The key `bnverify:` at the top of a note says what holds for it alone.", "")
    values = {"layer": codes(TABLE_OF_LAYERS), "symbols": f"letters, each with one of {codes(LETTERS)}"}
    rows = [
        (code(key), values.get(key) or codes(names) or "text")
        for key, names in {**{part: [one.value for one in table] for part, table in PARTS.items()}, **OTHERS}.items()
    ]
    yield from table(("key", "value"), rows)


def comments() -> Iterator[str]:
    yield from ("## Comments", "", "The first three stand on a line of their own behind a formula.", "")
    rows = (
        (
            code("<!-- expect: CODE, CODE -->"),
            "the formula has exactly these findings, in reading order; anything else is an error",
        ),
        (code("<!-- expect[unbiased]: CODE -->"), "the same in a run that forces this choice"),
        (
            code("<!-- bnverify: ignore[CODE] REASON -->"),
            "findings of this code do not count here; one that ignores nothing is a warning, `unused-ignore`",
        ),
        (
            f"{code('% expect: CODE')}, {code('% bnverify: ignore[CODE] REASON')}",
            "the same at the end of a row, in a display of several rows: of the steps in this row",
        ),
    )
    yield from table(("comment", "says"), rows)


PAGES: Mapping[str, Page] = {
    "commands.md": commands,
    "codes.md": list_of_codes,
    "conventions.md": conventions,
    "formats.md": formats,
    "settings.md": settings,
}

MADE = "<!-- Written by `BNVERIFY_WRITE_DOCS=1 pytest -n 0 tests/test_docs.py`: change the tables of the program instead. -->"


def text_of(name: str) -> str:
    lines = [MADE, "", *PAGES[name]()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).rstrip("\n") + "\n"
