"""The house: imports run from the command line down to the source, never back; each library has its rooms."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from bnverify.pattern import Waiting

HOUSE = Path(__file__).parent.parent / "bnverify"
FLOORS = (
    "cli",
    "batch",
    "run",
    "pipeline",
    "words",
    "repair",
    "judge",
    "truth",
    "model",
    "read",
    "diagnostic",
    "source",
)
BESIDE = {
    "report": {"report", "codes", "record", "diagnostic", "source", ""},
    "explain": {"explain", "codes", "read", "report", "diagnostic"},
    "codes": {"diagnostic"},
    "derivation": {"derivation", "truth", "model", "report"},
    "graph": {"graph", "pipeline", "judge", "truth", "model", "report", "source"},
    "trial": {"trial", "truth", "model", "report", "nearest"},
    "variation": {
        "variation",
        "run",
        "files",
        "pipeline",
        "words",
        "read",
        "repair",
        "judge",
        "truth",
        "model",
        "report",
        "record",
        "source",
        "",
    },
    "lsp": {
        "lsp",
        "batch",
        "run",
        "pipeline",
        "words",
        "repair",
        "judge",
        "truth",
        "model",
        "files",
        "fix",
        "edits",
        "ignores",
        "config",
        "limits",
        "nearest",
        "codes",
        "proof",
        "report",
        "record",
        "diagnostic",
        "source",
        "",
    },
    "proof": {"proof", "pipeline", "words", "lineage", "judge", "truth", "model", "report", "record", "source"},
    "html": {
        "html",
        "derivation",
        "graph",
        "variation",
        "proof",
        "run",
        "files",
        "pipeline",
        "lineage",
        "judge",
        "model",
        "read",
        "report",
        "record",
        "diagnostic",
        "source",
    },
    "elements": set(),
    "demo": {"run", "report", "record"},
    "fix": {"run", "files", "pipeline", "judge", "lineage", "edits", "write", "record", "diagnostic", "source"},
    "edits": {"record", "source"},
    "files": {"files", "edits", "record", "source"},
    "nearest": set(),
    "frozen": set(),
    "pattern": set(),
    "limits": {"nearest"},
    "lineage": {"record", "source"},
    "certificate": {"certificate", "pipeline", "judge", "truth", "model", "record", "source", ""},
    "recheck": set(),
    "write": {"record"},
    "record": {"diagnostic", "source"},
    "expectations": {"read", "record", "diagnostic", "source", "nearest"},
    "baseline": {"report", "ignores", "record", "diagnostic"},
    "ignores": {"expectations", "codes", "read", "record", "diagnostic", "source", "nearest"},
    "__main__": {"cli"},
    "config": {"config", "report", "files", "judge", "model", "codes", "nearest"},
    "": {"api", "record"},
    "api": {
        "api",
        "batch",
        "run",
        "files",
        "derivation",
        "variation",
        "trial",
        "html",
        "model",
        "report",
        "record",
        "source",
        "nearest",
    },
}
"""Rooms that stand beside the floors, and what they may see."""
EXTRA = {
    "cli": {
        "report",
        "derivation",
        "graph",
        "trial",
        "explain",
        "demo",
        "fix",
        "proof",
        "variation",
        "certificate",
        "config",
        "html",
        "recheck",
        "baseline",
        "codes",
        "judge",
        "nearest",
        "record",
        "",
        "model",
        "files",
        "write",
        "lsp",
    },
    "batch": {"record", "files", ""},
    "run": {"record", "config", "files"},
    "read": {"nearest"},
    "words": {"record", "expectations", "ignores", "lineage"},
    "judge": {"record"},
    "repair": {"record", "edits"},
    "pipeline": {"record", "ignores"},
}
"""What a floor may see beside the floors below it."""
GROUND = {"elements", "frozen", "limits", "pattern"}
"""What everybody may see: it knows nothing of the program."""
LIBRARIES = {
    "click": {"cli", "__main__"},
    "rich": {"cli"},
    "lark": set(),
    "flint": {"truth"},
    "sympy": {"truth"},
    "numpy": {"truth", "trial"},
    "yaml": {"read"},
    "pathspec": {"files"},
    "distributed": {"batch"},
    "multiprocessing": {"batch"},
    "pygls": {"lsp", "cli"},
    "lsprotocol": {"lsp"},
    "asyncio": {"lsp"},
    "pickle": set(),
}
ONLY_IN = {"sympy": {"symbolic.py", "concrete.py"}, "numpy": {"numeric.py"}}
"""The files of `truth/` that a library stays in."""
WITNESSES = ("every_n", "symbolic", "numeric")


def room(path: Path) -> str:
    parts = path.relative_to(HOUSE).with_suffix("").parts
    return "" if parts == ("__init__",) else parts[0]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


FILES = sorted(HOUSE.rglob("*.py"))


def allowed(home: str) -> set[str]:
    if home in BESIDE:
        return BESIDE[home] | GROUND
    return set(FLOORS[FLOORS.index(home) :]) | EXTRA.get(home, set()) | GROUND


def test_the_house_has_files() -> None:
    assert len(FILES) > 30


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_run_down_the_floors(path: Path) -> None:
    for name in imports(path):
        if name.split(".")[0] == "bnverify":
            target = name.split(".")[1] if "." in name else ""
            assert target in allowed(room(path)), f"{path.name} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_each_library_stays_in_its_rooms(path: Path) -> None:
    for name in imports(path):
        library = name.split(".")[0]
        if library in LIBRARIES:
            assert room(path) in LIBRARIES[library], f"{path.name} imports {library}"
            if room(path) == "truth":
                assert path.name in ONLY_IN.get(library, {path.name}), f"{path.name} imports {library}"


def test_the_witnesses_share_no_code_that_computes() -> None:
    shared = {f"bnverify.truth.{name}" for name in WITNESSES} | {"bnverify.model.calculus", "bnverify.truth.domain"}
    for name in ("symbolic", "numeric"):
        used = set(imports(HOUSE / "truth" / f"{name}.py"))
        assert not used & shared, used & shared
    assert not any("sympy" in name or "numpy" in name for name in imports(HOUSE / "truth" / "every_n.py"))


def test_the_child_process_shares_no_code_with_the_program() -> None:
    child = HOUSE / "trial" / "child.py"
    assert not any(name.startswith("bnverify") for name in imports(child))
    for path in FILES:
        assert "bnverify.trial.child" not in imports(path), path.name
        calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)]
        assert path == child or not any(node.attr == "exec_module" for node in calls), path.name


FORBIDDEN = {"eval", "exec", "sympify", "parse_expr", "lambdify", "simplify", "nsimplify", "compile", "__import__"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_nothing_that_runs_text_is_called(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            is_regex = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") == "re"
            assert called not in FORBIDDEN or is_regex, f"{path.name}:{node.lineno} calls {called}"


OURS = [path for path in FILES if room(path) not in {*GROUND, "recheck"} and path.stem not in ("child", "__main__")]
"""The files that may use the ground: not those that stand alone."""


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_frozen_classes_are_made_by_our_own_decorator(path: Path) -> None:
    assert "@dataclass(frozen=True, slots=True)\n" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(HOUSE)))
def test_no_pattern_is_compiled_while_a_module_is_loaded(path: Path) -> None:
    statements = (
        one for one in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(one, (ast.Assign, ast.AnnAssign))
    )
    called = (ast.unparse(node.func) for one in statements for node in ast.walk(one) if isinstance(node, ast.Call))
    assert "re.compile" not in called


def test_every_pattern_is_right() -> None:
    """The import of its module does not show it any more."""
    names = (".".join(path.relative_to(HOUSE.parent).with_suffix("").parts) for path in OURS)
    known = [one for name in names for one in vars(importlib.import_module(name)).values() if isinstance(one, Waiting)]
    assert len(known) > 100
    assert all(one.groups >= 0 for one in known)
