"""Paths, folders, files that are none, notebooks that are none, front matter and settings, and what is typed."""

from __future__ import annotations

import json
import os
from pathlib import Path

from tests.hostile.inputs import RIGHT, WRONG, Build, Input, files, note

ABSENT = "a file that cannot be read is status 2, whatever else is right"


def _both(*builds: Build) -> Build:
    def build(folder: Path) -> None:
        for one in builds:
            one(folder)

    return build


def _link(name: str, target: str) -> Build:
    return lambda folder: os.symlink(target, folder / name)


def _pipe(name: str) -> Build:
    return lambda folder: os.mkfifo(folder / name)


def _folder(name: str) -> Build:
    return lambda folder: (folder / name).mkdir(parents=True)


def _holes(name: str, size: int) -> Build:
    """A file of this size that takes no room."""

    def build(folder: Path) -> None:
        with open(folder / name, "wb") as file:
            file.truncate(size)

    return build


def _locked(name: str) -> Build:
    """A file that even the superuser cannot read as a file: a folder stands in its path."""
    return _both(files({"a.md": RIGHT}), _link(name, "a.md/below"))


def _tree(depth: int, wide: int) -> Build:
    def build(folder: Path) -> None:
        for k in range(wide):
            place = folder / "/".join(f"{k}" for _ in range(depth))
            place.mkdir(parents=True)
        (place / "note.md").write_text(RIGHT)

    return build


ALL = ("check", ".")
FILES = [
    Input("50 MB", _holes("note.md", 50_000_000), 2, ABSENT, ("too large to be a note (50 MB; the limit is 5 MB)",)),
    Input("a terabyte", _holes("note.md", 10**12), 2, ABSENT, ("too large to be a note",)),
    Input("a notebook of 26 MB", _holes("note.ipynb", 26_000_000), 2, ABSENT, ("too large",), ("check", "note.ipynb")),
    Input(
        "a megabyte of words and 30,000 formulas",
        note("a word or two, $x_i$ and more\n" * 30_000 + WRONG),
        3,
        "of more than 5,000 formulas the rest is not read",
        ("read no further",),
    ),
    Input(
        "1.4 MB of plain words",
        note("a word or two and more\n" * 60_000 + WRONG),
        1,
        "it is long and has one formula",
        ("1 wrong",),
    ),
    Input("/dev/zero", files({}), 2, ABSENT, ("this is not a file",), ("check", "/dev/zero")),
    Input("/dev/zero to be read", files({}), 2, ABSENT, ("this is not a file",), ("read", "/dev/zero")),
    Input("/dev/random to be tried", files({}), 2, ABSENT, ("this is not a file",), ("variants", "/dev/urandom")),
    Input("standard input without an end", files({}), 2, ABSENT, ("too large",), ("check", "-"), "/dev/zero"),
    Input(
        "a graph of standard input without an end", files({}), 2, ABSENT, ("too large",), ("graph", "-"), "/dev/zero"
    ),
    Input(
        "variants of standard input without an end",
        files({}),
        2,
        ABSENT,
        ("too large",),
        ("variants", "-"),
        "/dev/zero",
    ),
    Input("a pipe", _pipe("note.md"), 2, ABSENT, ("this is not a file",)),
    Input(
        "a pipe in a folder",
        _both(files({"a.md": WRONG}), _pipe("note.md")),
        2,
        ABSENT,
        ("this is not a file", "1 wrong"),
        ALL,
    ),
    Input(
        "a folder that is called a note",
        _both(files({"a.md": RIGHT}), _folder("note.md")),
        2,
        "it holds no notes",
        ("this folder holds no notes",),
    ),
    Input(
        "a folder with such a folder",
        _both(files({"a.md": RIGHT}), _folder("note.md")),
        0,
        "a folder is walked, whatever it is called",
        ("1 right",),
        ALL,
    ),
    Input("a file behind a file", _locked("note.md"), 2, ABSENT, ("cannot be read",)),
    Input("a file behind a file in a folder", _locked("note.md"), 2, ABSENT, ("cannot be read", "1 right"), ALL),
    Input("a link to itself", _link("note.md", "note.md"), 2, ABSENT, ("cannot be read",)),
    Input(
        "a link to itself in a folder",
        _both(files({"a.md": RIGHT}), _link("note.md", "note.md")),
        2,
        ABSENT,
        ("1 right",),
        ALL,
    ),
    Input(
        "a link to nothing",
        _both(files({"a.md": RIGHT}), _link("note.md", "nothing")),
        2,
        ABSENT,
        ("no such file",),
        ALL,
    ),
    Input(
        "a folder that holds itself",
        _both(files({"a.md": RIGHT}), _link("b", ".")),
        0,
        "links to folders are not followed",
        ("1 right",),
        ALL,
    ),
    Input(
        "a link to the passwords",
        _both(files({"a.md": RIGHT}), _link("note.md", "/etc/passwd")),
        2,
        "it leads out of the folder that was named, and is not opened",
        ("leads out of", "1 right"),
        ALL,
        unsaid=("root:",),
    ),
    Input(
        "a link to a folder outside",
        _both(files({"a.md": RIGHT}), _link("b", "/etc")),
        0,
        "links to folders are not followed",
        ("1 right",),
        ALL,
    ),
    Input(
        "a link to a device", _both(files({"a.md": RIGHT}), _link("note.md", "/dev/zero")), 2, ABSENT, ("1 right",), ALL
    ),
    Input("a path that does not exist", files({}), 2, ABSENT, ("no such file",), ("check", "nothing.md")),
    Input(
        "a name of standard input",
        files({}),
        1,
        "it is a wrong step under an odd name",
        ("\\u001b[31m",),
        ("check", "--stdin-filename", "a\x01\x1b[31m\n::error::.md", "-"),
        WRONG.encode(),
    ),
    Input(
        "escape sequences in a path",
        note(WRONG, "a\x1b[31m\x07\u202eb.md"),
        1,
        "the step is wrong, and the path shown",
        ("\\u001b[31m", "\\u0007", "\\u202e"),
        ALL,
    ),
    Input(
        "escape sequences in a path to be explained",
        note(WRONG, "a\x1b[31mb.md"),
        1,
        "the step is wrong, and the path shown",
        command=("check", "--explain", "a\x1b[31mb.md:3"),
    ),
    Input(
        "escape sequences in a path that is none",
        files({}),
        2,
        ABSENT,
        ("\\u001b",),
        ("check", "a\x1b[31m\n::error::b.md"),
    ),
    Input(
        "escape sequences in a path to be read",
        files({}),
        2,
        ABSENT,
        ("no such file",),
        ("read", "a\x1b[31m\n::error::b.md"),
    ),
    Input(
        "escape sequences in a folder to be read",
        _folder("a\x1b[31m\n::error::b"),
        2,
        "a folder is no note",
        ("is a folder",),
        ("read", "a\x1b[31m\n::error::b"),
    ),
    Input(
        "escape sequences in a folder to be drawn",
        _folder("a\x1b[31m\n::error::b"),
        2,
        "a folder is no note",
        ("is a folder",),
        ("graph", "a\x1b[31m\n::error::b"),
    ),
    Input(
        "escape sequences in a path in json",
        note(WRONG, "a\x1b[31m\u202e\nb.md"),
        1,
        "the step is wrong",
        command=("check", "--output-format", "json", "."),
    ),
    Input(
        "a path with a line end",
        note(WRONG, "a\n::error file=x::b.md"),
        1,
        "the step is wrong, and the path one line",
        ("\\u000a",),
        ALL,
    ),
    Input(
        "a path that is an order",
        note(WRONG, "::error file=x::b.md"),
        1,
        "the step is wrong",
        ("error file=x",),
        ("check", "::error file=x::b.md"),
    ),
    Input(
        "a path that is an order, concise",
        note(WRONG, "::error file=x::b.md"),
        1,
        "the step is wrong",
        ("error file=x",),
        ("check", "--output-format", "concise", "::error file=x::b.md"),
    ),
    Input(
        "a path that is an order, quiet",
        note(WRONG, "##[error]b.md"),
        1,
        "the step is wrong",
        ("error]b",),
        ("check", "--quiet", "."),
    ),
    Input(
        "a path that is an order, as a patch",
        note(WRONG, "##[error]b.md"),
        1,
        "the step is wrong",
        ("@@",),
        ("check", "--diff", "."),
        exact=True,
    ),
    Input(
        "half a character in a path",
        note(WRONG, os.fsdecode(b"a\xff\xfe.md")),
        1,
        "the step is wrong, and the path shown",
        ("\\udcff",),
        ALL,
    ),
    Input(
        "half a character in a path, in json",
        note(WRONG, os.fsdecode(b"a\xff.md")),
        1,
        "the step is wrong",
        ("udcff",),
        ("check", "--output-format", "json", "."),
    ),
    Input(
        "half a character in a path, as a patch",
        note(WRONG, os.fsdecode(b"a\xff.md")),
        1,
        "the step is wrong",
        ("@@",),
        ("check", "--diff", "."),
        exact=True,
    ),
    Input(
        "half a character in a path, to be tried",
        note(WRONG, os.fsdecode(b"a\xff.md")),
        1,
        "under no convention is it right",
        ("\\udcff",),
        ("variants", "."),
    ),
    Input(
        "half a character in a path, repaired",
        note(WRONG, os.fsdecode(b"a\xff.md")),
        0,
        "afterwards it is right",
        ("\\udcff",),
        ("check", "--fix", os.fsdecode(b"a\xff.md")),
        writes=(os.fsdecode(b"a\xff.md"),),
    ),
    Input(
        "half a character in a path that is none",
        files({}),
        2,
        ABSENT,
        ("\\udcff",),
        ("check", os.fsdecode(b"a\xff.md")),
    ),
    Input(
        "half a character as a formula",
        files({}),
        3,
        "it is no mathematics",
        command=("check", "-e", os.fsdecode(b"\\mu = \xff x_i")),
    ),
    Input(
        "half a character as a formula, in json",
        files({}),
        3,
        "it is no mathematics",
        command=("check", "--output-format", "json", "-e", os.fsdecode(b"\\mu = \xff x_i")),
    ),
    Input("a name of 5,000 letters", files({}), 2, ABSENT, ("cannot be read",), ("check", "a" * 5000)),
    Input("a folder 200 deep", _tree(200, 1), 0, "it holds one right note", ("1 right",), ALL),
    Input("3,000 folders", _tree(1, 3000), 0, "they hold one right note", ("1 right",), ALL),
    Input(
        "3,000 notes without a formula",
        lambda folder: files({f"{k}.md": "words" for k in range(500)})(folder),
        3,
        "there is nothing to judge",
        ("nothing was checked",),
        ("check", "--quiet", "."),
    ),
]

TEX = [
    Input(
        "input of the passwords",
        note("\\begin{document}\\input{../../../../../../etc/passwd}" + RIGHT + "\\end{document}", "note.tex"),
        3,
        "what stands outside of the folder is not read, which is said",
        ("leads out of the folder",),
        ("check", "note.tex"),
    ),
    Input(
        "input of an absolute path",
        note("\\input{/etc/passwd}" + RIGHT, "note.tex"),
        3,
        "the same",
        ("leads out of the folder",),
        ("check", "note.tex"),
    ),
    Input(
        "input by a link",
        _both(note("\\input{a}" + RIGHT, "note.tex"), _link("a.tex", "/etc/passwd")),
        3,
        "the same",
        ("leads out of the folder",),
        ("check", "note.tex"),
    ),
    Input(
        "input by a pipe of the shell",
        note('\\input{"|id"}\\input|id ' + RIGHT, "note.tex"),
        3,
        "there is no such file",
        ("no such file",),
        ("check", "note.tex"),
    ),
    Input(
        "input of a pipe",
        _both(note("\\input{a}" + RIGHT, "note.tex"), _pipe("a.tex")),
        3,
        "it is no file",
        ("this is not a file",),
        ("check", "note.tex"),
    ),
    Input(
        "input of itself",
        note("\\input{note}" + RIGHT, "note.tex"),
        3,
        "it has no end",
        ("put into itself",),
        ("check", "note.tex"),
    ),
    Input(
        "files that put each other in",
        files({"a.tex": "\\input{b}" + RIGHT, "b.tex": "\\input{a}"}),
        3,
        "they have no end",
        ("put into itself",),
        ("check", "a.tex"),
    ),
    Input(
        "3,000 inputs of one file",
        files({"note.tex": "\\input{a}\n" * 3000 + RIGHT, "a.tex": "x"}),
        3,
        "the second time it is left out",
        ("a part of this note already",),
        ("check", "note.tex"),
    ),
    Input(
        "100 inputs",
        files(
            {
                "note.tex": "".join(f"\\input{{a{k}}}" for k in range(100)) + RIGHT,
                **{f"a{k}.tex": "x" for k in range(100)},
            }
        ),
        3,
        "a note has no more than 50 parts",
        ("no more than 50",),
        ("check", "note.tex"),
    ),
    Input(
        "inputs 100 deep",
        files({"note.tex": "\\input{a0}" + RIGHT, **{f"a{k}.tex": f"\\input{{a{k + 1}}}" for k in range(100)}}),
        3,
        "no more than 10 stand in one another",
        ("more than 10 files",),
        ("check", "note.tex"),
    ),
    Input(
        "input with a NUL",
        note("\\input{a\0b}" + RIGHT, "note.tex"),
        3,
        "no file has such a name",
        ("is not read",),
        ("check", "note.tex"),
    ),
    Input(
        "write18 in LaTeX",
        note(
            "\\immediate\\write18{touch hostile-canary}\n\\openout1=x\\write1{x}\\closeout1\n\\directlua{os.execute('x')}"
            + WRONG,
            "note.tex",
        ),
        1,
        "TeX is not run, and the step is wrong",
        ("1 wrong",),
        ("check", "note.tex"),
    ),
    Input(
        "100 kB of verb in LaTeX",
        note("\\verb|" * 15_000 + "|\n\n" + WRONG, "note.tex"),
        (1, 3),
        "either it is verbatim to its end, or the step is seen",
        (),
        ("check", "note.tex"),
    ),
    Input(
        "30,000 comments",
        note("% \\[ x = \n" * 30_000 + WRONG, "note.tex"),
        1,
        "comments are none, and the step is wrong",
        ("1 wrong",),
        ("check", "note.tex"),
    ),
    Input(
        "20,000 iffalse",
        note("\\iffalse " * 10_000 + "\\fi " * 10_000 + WRONG, "note.tex"),
        1,
        "they end, and the step is wrong",
        ("1 wrong",),
        ("check", "note.tex"),
    ),
    Input(
        "iffalse without an end",
        note(RIGHT + "\\iffalse " * 10_000 + WRONG, "note.tex"),
        (1, 3),
        "it hides nothing, or says that it does",
        command=("check", "note.tex"),
    ),
    Input(
        "verbatim without an end",
        note(RIGHT + "\\begin{verbatim}" + WRONG, "note.tex"),
        (1, 3),
        "it hides nothing, or says that it does",
        command=("check", "note.tex"),
    ),
    Input(
        "a document that ends before it begins",
        note("\\end{document}\\begin{document}" + WRONG, "note.tex"),
        1,
        "what stands behind its beginning is its body",
        ("1 wrong",),
        ("check", "note.tex"),
    ),
]


def _notebook(name: str, found: object, status: int, because: str, *says: str, **more) -> Input:
    text = found if isinstance(found, bytes) else json.dumps(found).encode()
    return Input(name, note(text, "note.ipynb"), status, because, says, ("check", "note.ipynb"), **more)


def _cell(source: object, kind: str = "markdown") -> dict:
    return {"cell_type": kind, "metadata": {}, "source": source}


NONE = "it is no notebook"
NOTEBOOKS = [
    _notebook("a list", [], 2, NONE, "has no list of cells"),
    _notebook("a number", 7, 2, NONE, "has no list of cells"),
    _notebook("nothing", None, 2, NONE, "has no list of cells"),
    _notebook("a string", "cells", 2, NONE, "has no list of cells"),
    _notebook("cells that are a dictionary", {"cells": {"a": 1}}, 2, NONE, "has no list of cells"),
    _notebook("cells that are numbers", {"cells": [1, 2]}, 2, NONE, "cell 1 has no keys"),
    _notebook("a source that is a number", {"cells": [_cell(7)]}, 2, NONE, "the source of cell 1 is no text"),
    _notebook("a source of lists", {"cells": [_cell([["a"]])]}, 2, NONE, "the source of cell 1 is no text"),
    _notebook(
        "a source that is missing", {"cells": [{"cell_type": "markdown"}]}, 2, NONE, "the source of cell 1 is no text"
    ),
    _notebook(
        "a kind that is a list", {"cells": [_cell(RIGHT, ["markdown"])]}, 3, "it is no Markdown cell", "no equation"
    ),
    _notebook("worksheets that are numbers", {"worksheets": [1]}, 2, NONE, "has no list of cells"),
    _notebook("an empty notebook", b"", 2, NONE, "is not JSON"),
    _notebook("no JSON", b"{'cells': []}", 2, NONE, "is not JSON"),
    _notebook("JSON 100,000 deep", b"[" * 100_000, 2, NONE, "nested too deep"),
    _notebook("dictionaries 100,000 deep", b'{"a":' * 100_000, 2, NONE, "nested too deep"),
    _notebook(
        "closed JSON 100,000 deep",
        b'{"cells": [], "metadata": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        2,
        NONE,
        "nested too deep",
    ),
    _notebook(
        "a number of a million digits",
        b'{"cells": [], "a": ' + b"9" * 1_000_000 + b"}",
        2,
        NONE,
        "a number is too long",
    ),
    _notebook(
        "infinities", b'{"cells": [], "a": [NaN, Infinity, -Infinity, 1e999999]}', 3, "it has no cells", "no equation"
    ),
    _notebook(
        "half a character in a cell",
        b'{"cells": [{"cell_type": "markdown", "source": "$$\\\\mu = \\ud800 x_i$$"}]}',
        3,
        "it is no mathematics",
    ),
    _notebook(
        "escape sequences in a cell",
        {"cells": [_cell("$$\\mu = \x1b[31m x_i$$")]},
        3,
        "it is no mathematics",
        "\\u001b",
        "cell 1",
    ),
    _notebook(
        "a cell twice",
        b'{"cells": [], "cells": [{"cell_type": "markdown", "source": "$$\\\\mu = 1$$"}]}',
        1,
        "the last key counts, as everywhere",
        "1 wrong",
    ),
    _notebook(
        "a source of 300,000 strings",
        {"cells": [_cell(["a\n"] * 300_000 + [WRONG])]},
        1,
        "they are one text, and the step is wrong",
        "1 wrong",
    ),
    _notebook(
        "20,000 cells", {"cells": [_cell("word")] * 20_000 + [_cell(WRONG)]}, 1, "the step is wrong", "cell 20001"
    ),
    _notebook(
        "code and output",
        {
            "cells": [
                {
                    **_cell("import os; os.system('touch hostile-canary')", "code"),
                    "outputs": [{"data": {"text/html": "<script>"}}],
                },
                _cell(WRONG),
            ]
        },
        1,
        "code is not run, and the step is wrong",
        "cell 2",
    ),
    Input(
        "a notebook to be repaired",
        note(json.dumps({"cells": [_cell([WRONG]), _cell("\ud800 $$x$$")]}), "note.ipynb"),
        0,
        "afterwards it is right",
        ("repaired 1 step",),
        ("check", "--fix", "note.ipynb"),
        writes=("note.ipynb",),
    ),
]


def _front(name: str, body: str, status: int | tuple[int, ...], because: str, *says: str, **more) -> Input:
    return Input(name, note(f"---\n{body}\n---\n{RIGHT}"), status, because, says, **more)


LAUGHS = "\n".join(f"  l{k + 1}: &l{k + 1} [{', '.join([f'*l{k}'] * 10)}]" for k in range(9))
REFUSED = "front matter that cannot be read is an error, and the right step is judged"
FRONT = [
    _front(
        "a billion laughs in front matter",
        f"bnverify:\n  l0: &l0 [a]\n{LAUGHS}",
        1,
        REFUSED,
        "aliases are not allowed",
        "1 right",
    ),
    _front("an alias of itself", "bnverify: &a [*a]", 1, REFUSED, "aliases are not allowed"),
    _front(
        "tags of Python",
        "bnverify:\n  title: !!python/object/apply:os.system ['touch hostile-canary']",
        1,
        REFUSED,
        "1 right",
    ),
    _front(
        "tags of Python that are text",
        "bnverify:\n  title: !!python/name:os.system hostile-canary",
        0,
        "a tag is no more than text here, and a title is free",
        "1 right",
    ),
    _front(
        "tags of Python elsewhere",
        "other: !!python/object/apply:os.system ['touch hostile-canary']\nbnverify:\n  title: a",
        0,
        "other keys belong to others, and nothing is made of them",
        "1 right",
    ),
    _front("a key twice", "bnverify:\n  variance: biased\n  variance: unbiased", 1, REFUSED, "stands there twice"),
    _front("merge keys", "bnverify:\n  <<: {variance: unbiased}", 1, "no key is called so", "has no key"),
    _front(
        "100,000 keys",
        "bnverify:\n" + "\n".join(f"  k{k}: 1" for k in range(100_000)),
        1,
        REFUSED,
        "too long",
        "1 right",
    ),
    _front(
        "5,000 keys that are ours",
        "bnverify:\n" + "\n".join(f"  k{k}: 1" for k in range(1_500)),
        1,
        REFUSED,
        "has no key `k0`",
    ),
    _front("YAML 20,000 deep", "bnverify: " + "[" * 20_000, 1, REFUSED, "1 right"),
    _front("YAML 2,000 deep", "bnverify: " + "[" * 2_000 + "]" * 2_000, 1, REFUSED, "1 right"),
    _front("YAML with a key that is a list", "bnverify:\n  ? [a, b]\n  : 1", 1, REFUSED, "1 right"),
    _front("escape sequences in a key", 'bnverify:\n  "\\e[31m\\u202e": 1', 1, REFUSED, "\\u001b", "1 right"),
    _front("escape sequences in a title", 'bnverify:\n  title: "\\e[31m"', 0, "a title is free", "1 right"),
    _front(
        "symbols that are payloads",
        "bnverify:\n  symbols: {\"__import__('os').system('touch hostile-canary')\": mean}",
        3,
        "the mean has another name, so the step says what mu is, and nothing is judged",
        "1 right",
    ),
    _front("a million letters of YAML", "bnverify: " + "a" * 1_000_000, 1, REFUSED, "1 right"),
    _front(
        "numbers of YAML",
        "bnverify:\n  title: 1e999999\n  source: 0x" + "f" * 10_000 + "\n  derivatives: 12:34:56",
        1,
        "no reading is called so",
        "derivatives",
    ),
    Input(
        "front matter without an end",
        note("---\nbnverify:\n" + "  a: 1\n" * 50_000 + RIGHT),
        (0, 3),
        "it is none, and the step is right",
        ("1 right",),
    ),
    Input("100,000 rules", note("---\n\n" * 100_000 + WRONG), 1, "rules are none, and the step is wrong", ("1 wrong",)),
]

SETTINGS_WRONG = "a note whose settings are wrong is not judged"
SETTINGS = [
    Input(
        "settings that are no TOML",
        files({"note.md": RIGHT, "pyproject.toml": "[tool.bnverify\n"}),
        2,
        SETTINGS_WRONG,
        ("the settings of its project are wrong",),
    ),
    Input(
        "settings 20,000 deep",
        files({"note.md": RIGHT, "pyproject.toml": "a = " + "[" * 20_000}),
        2,
        SETTINGS_WRONG,
        ("nested too deep",),
    ),
    Input(
        "settings 3,000 keys deep",
        files(
            {"note.md": RIGHT, "pyproject.toml": ".".join("a" * 3000) + " = 1\n[tool.bnverify]\nvariance = 'unbiased'"}
        ),
        (0, 2),
        "they are read or refused",
        (),
    ),
    Input(
        "settings of 20 MB", _both(note(RIGHT), _holes("pyproject.toml", 20_000_000)), 2, SETTINGS_WRONG, ("too large",)
    ),
    Input(
        "settings of 100,000 keys",
        files(
            {"note.md": RIGHT, "pyproject.toml": "[tool.bnverify]\n" + "\n".join(f"k{k} = 1" for k in range(30_000))}
        ),
        2,
        SETTINGS_WRONG,
        ("'k0' is not known",),
    ),
    Input(
        "settings with a number of 5,000 digits",
        files({"note.md": RIGHT, "pyproject.toml": "a = " + "9" * 5000}),
        2,
        SETTINGS_WRONG,
        ("a number is too long",),
    ),
    Input(
        "settings with a list for a name",
        files({"note.md": RIGHT, "pyproject.toml": "[tool.bnverify]\nvariance = ['unbiased']"}),
        2,
        SETTINGS_WRONG,
        ("is not known",),
    ),
    Input(
        "settings with escape sequences",
        files({"note.md": RIGHT, "pyproject.toml": '[tool.bnverify]\n"\\u001b[31m\\n::error::" = 1'}),
        2,
        SETTINGS_WRONG,
        ("is not known",),
    ),
    Input(
        "settings that are bytes",
        files({"note.md": RIGHT, "pyproject.toml": b"\xff\xfe"}),
        2,
        SETTINGS_WRONG,
        ("not readable",),
    ),
    Input(
        "settings that are a pipe",
        _both(note(RIGHT), _pipe("pyproject.toml")),
        0,
        "they are no file, and there are none above",
        ("1 right",),
    ),
    Input(
        "settings that are a link to a device",
        _both(note(RIGHT), _link("pyproject.toml", "/dev/zero")),
        0,
        "they are no file, and there are none above",
        ("1 right",),
    ),
    Input(
        "patterns that take for ever",
        files({f"{'a' * 250}.md": RIGHT, ".gitignore": "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n"}),
        0,
        "the pattern does not match",
        ("1 right",),
        ALL,
    ),
    Input(
        "patterns of folders that take for ever",
        lambda folder: files({"a/" * 100 + "a.md": RIGHT, ".gitignore": "**/a/" * 12 + "b\n"})(folder),
        0,
        "the pattern does not match",
        ("1 right",),
        ALL,
    ),
    Input(
        "an excluded pattern that takes for ever",
        files({f"{'a' * 250}.md": RIGHT}),
        (0, 2),
        "the pattern does not match, or is refused",
        (),
        ("check", "--exclude", "*a" * 14 + "*b", "."),
    ),
    Input(
        "10,000 patterns",
        files({**{f"{k}.md": RIGHT for k in range(3)}, ".gitignore": "\n".join(f"n{k}*" for k in range(10_000))}),
        0,
        "none of them matches",
        ("3 right",),
        ALL,
    ),
    Input(
        "patterns that are none",
        files({"note.md": RIGHT, ".gitignore": b"[\n!\n\\\n/\n**\\\n\xff\xfe\n***a[[[[\n[!\n[z-a]\n\0\n"}),
        0,
        "none of them matches",
        ("1 right",),
        ALL,
    ),
    Input(
        "patterns of 5 MB",
        _both(note(RIGHT), _holes(".gitignore", 5_000_000)),
        0,
        "so large a file of patterns is none",
        ("1 right",),
        ALL,
    ),
    Input("patterns that are a pipe", _both(note(RIGHT), _pipe(".gitignore")), 0, "it is no file", ("1 right",), ALL),
    Input(
        "an excluded pattern that is none",
        note(RIGHT),
        2,
        "wrong use",
        ("is not a pattern",),
        ("check", "--exclude", "\\", "."),
    ),
]

COMMANDS = [
    Input(
        "a hundred formulas on the command line",
        files({}),
        1,
        "they are wrong",
        ("wrong",),
        ("check", "--witness", "proof", *(("-e", r"\mu = x_i") * 100)),
    ),
    Input(
        "a formula that closes itself",
        files({}),
        (1, 3),
        "dollars in it end it",
        (),
        ("check", "-e", "$$ \\mu = 1 $$ $$"),
    ),
    Input("an empty formula", files({}), 3, "there is nothing to judge", ("no equation",), ("check", "-e", "")),
    Input(
        "escape sequences as a formula",
        files({}),
        3,
        "they are no mathematics",
        ("\\u001b",),
        ("check", "-e", "\\mu = \x1b[31m"),
    ),
    Input(
        "a formula of 20,001 characters",
        files({}),
        3,
        "it is too long",
        ("more than 20000",),
        ("check", "-e", "\\mu = " + "x" * 20_001),
    ),
    Input(
        "a line that is too large a number",
        note(WRONG),
        2,
        "wrong use",
        (),
        ("check", "--explain", "note.md:99999999999999999999999"),
    ),
    Input(
        "a line that is negative",
        note(WRONG),
        2,
        "wrong use",
        ("a line is needed",),
        ("check", "--explain", "note.md:-1"),
    ),
    Input("a line that is no step", note(WRONG), 2, "wrong use", (), ("check", "--explain", "note.md:999999999")),
    Input(
        "a line of digits of another script",
        note(WRONG),
        2,
        "wrong use",
        ("a line is needed",),
        ("check", "--explain", "note.md:\u0663"),
    ),
    Input(
        "a line of a pipe", _pipe("note.md"), 2, ABSENT, ("this is not a file",), ("check", "--explain", "note.md:1")
    ),
    Input(
        "a tower explained",
        note("$$\\mu = 2^{2^{2^{2^{2}}}}$$"),
        3,
        "it is undecided",
        (),
        ("check", "--explain", "note.md:1"),
    ),
    Input(
        "a nest explained",
        note("$$\\mu = " + "(" * 300 + ")" * 300 + "$$"),
        3,
        "it is unreadable",
        ("nested deeper",),
        ("check", "--explain", "note.md:1"),
    ),
    Input(
        "escape sequences explained",
        note("$$\\mu = \x1b[31m\n\u202e x_i$$"),
        3,
        "it is unreadable",
        (),
        ("check", "--explain", "note.md:1"),
    ),
    Input(
        "a tower to be tried",
        note("$$\\frac{\\partial L}{\\partial \\beta} = 2^{2^{2^{2^{2}}}}$$"),
        3,
        "it is undecided",
        (),
        ("variants", "note.md"),
    ),
    Input(
        "a nest to be drawn",
        note("$$\\mu = " + "(" * 300 + ")" * 300 + "$$"),
        3,
        "a part is unreadable",
        (),
        ("graph", "note.md"),
    ),
    Input(
        "a laugh to be drawn",
        note("$$\\newcommand{\\f}{\\f\\f}$$\n\n$$\\mu = \\f$$"),
        3,
        "a part is unreadable",
        (),
        ("graph", "--format", "dot", "note.md"),
    ),
    Input(
        "a nest to be read",
        note("$$\\mu = " + "(" * 300 + ")" * 300 + "$$"),
        3,
        "it is unreadable",
        ("nested deeper",),
        ("read", "note.md"),
    ),
    Input("a note to be drawn over itself", note(RIGHT), 2, "wrong use", (), ("graph", "note.md", "-o", "/dev/null/x")),
    Input(
        "a folder as output", note(RIGHT), 2, "it is no file", ("cannot be written",), ("graph", "note.md", "-o", ".")
    ),
    Input(
        "a code with escape sequences",
        files({}),
        2,
        "there is no such code",
        ("there is no code",),
        ("explain", "\x1b[31m\n::error::"),
    ),
    Input(
        "a code that is a path",
        files({}),
        2,
        "there is no such code",
        ("there is no code",),
        ("explain", "../../etc/passwd"),
    ),
    Input(
        "a code of 100 kB",
        files({}),
        2,
        "there is no such code",
        ("there is no code",),
        ("explain", "sign-flip" * 10_000),
    ),
    Input("an option with escape sequences", files({}), 2, "wrong use", (), ("check", "--\x1b[31m\n::error::")),
    Input(
        "a value with escape sequences",
        files({}),
        2,
        "wrong use",
        ("is not known",),
        ("check", "--variance", "\x1b[31m\n::error::", "x.md"),
    ),
    Input(
        "a value of another option with escape sequences",
        files({}),
        2,
        "wrong use",
        (),
        ("check", "--color", "\x1b[31m\n::error::", "x.md"),
    ),
    Input("a command with escape sequences", files({}), 2, "wrong use", (), ("\x1b[31m\n::error::",)),
    Input("half a character as an option", files({}), 2, "wrong use", (), ("check", os.fsdecode(b"--\xff"))),
    Input(
        "a note that is repaired through a link",
        _both(note(WRONG, "a.md"), _link("note.md", "a.md")),
        0,
        "afterwards it is right",
        ("repaired 1 step",),
        ("check", "--fix", "note.md"),
        writes=("a.md",),
    ),
    Input(
        "a nest and an error to be repaired",
        note("$$\\mu = " + "(" * 300 + ")" * 300 + "$$" + WRONG),
        3,
        "the error is mended, and the nest unreadable",
        ("repaired 1 step",),
        ("check", "--fix", "note.md"),
        writes=("note.md",),
    ),
    Input(
        "escape sequences and an error as a patch",
        note("$$\\mu = \x1b[31m x_i$$" + WRONG),
        1,
        "a step is wrong, and the patch holds the bytes of the note",
        ("@@",),
        ("check", "--diff", "note.md"),
        exact=True,
    ),
    Input(
        "a page of code that writes Latin letters alone",
        note(WRONG),
        1,
        "the step is wrong, whatever the terminal can show",
        ("1 wrong",),
        environment={"PYTHONIOENCODING": "ascii"},
    ),
    Input(
        "a page for an old Windows terminal",
        note(WRONG),
        1,
        "the step is wrong, whatever the terminal can show",
        ("1 wrong",),
        environment={"PYTHONIOENCODING": "cp1252"},
    ),
    Input(
        "a pipe that is cold",
        note("$$\\mu = 2^{2^{2^{2^{2}}}}$$" + WRONG),
        1,
        "it is wrong, in a process of its own too",
        ("1 wrong",),
        cold=True,
    ),
    Input(
        "tags of Python in the cold",
        note("---\nbnverify:\n  title: !!python/object/apply:os.system ['touch hostile-canary']\n---\n" + RIGHT),
        1,
        REFUSED,
        ("1 right",),
        cold=True,
    ),
]


UNENDED = [
    Input(
        "8,000 environments without an end",
        note("\\begin{align}" * 8_000 + WRONG, "note.tex"),
        1,
        "what is never closed ends at the next blank line, and the wrong step behind it is seen",
        ("never closed", "1 step is wrong"),
        ("check", "note.tex"),
    ),
]

TABLE = [*FILES, *TEX, *NOTEBOOKS, *FRONT, *SETTINGS, *COMMANDS, *UNENDED]
WAITING: list[Input] = []
