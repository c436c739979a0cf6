"""A mutant -> the running interpreter with the mutant in it; only ever done in a forked child.

The code of a function is exchanged in place, so everybody who imported it has the mutant. Constants are set where they
are defined and in every module that imported them.
"""

from __future__ import annotations
import __future__

import ast
import sys
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from tests.mutants.mutations import Mutant, planted

ROOT = Path(__file__).parent.parent.parent
UPSTAIRS = (
    "bnverify.read",
    "bnverify.model",
    "tests.mutation.trees",
    "tests.mutation.derivations",
    "tests.mutation.slips",
)
"""What they remember does not depend on what is mutated."""


class NotTried(Exception):
    """The mutant cannot be put into a running interpreter."""


def module_of(file: str) -> ModuleType:
    return sys.modules[".".join(Path(file).resolve().relative_to(ROOT).with_suffix("").parts)]


def plant(mutant: Mutant) -> None:
    module = module_of(mutant.file)
    tree = planted(ast.parse(Path(mutant.file).read_text(encoding="utf-8")), mutant)
    node: Any = tree
    for name, place in mutant.path:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
        if isinstance(node, ast.FunctionDef):
            return _plant_function(module, mutant, node)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            return _plant_constant(module, mutant, node)
    raise NotTried(mutant.name)


def _plant_function(module: ModuleType, mutant: Mutant, node: ast.FunctionDef) -> None:
    function = _function(module, mutant.owner)
    if mutant.kind == "default":
        values = [eval(_compiled(one), vars(module)) for one in node.args.defaults]
        function.__defaults__ = tuple(values) or None
        return
    node.decorator_list = []
    if "__class__" in function.__code__.co_freevars:
        node.body.insert(0, ast.parse("if False: __class__").body[0])
    body: ast.stmt = node
    for name in reversed(mutant.owner[:-1]):
        body = ast.ClassDef(name, [], [], [body], [])
    outer = compile(
        ast.fix_missing_locations(ast.Module([body], [])), mutant.file, "exec", __future__.annotations.compiler_flag
    )
    function.__code__ = _inner(outer, mutant.owner)


def _inner(code: CodeType, owner: tuple[str, ...]) -> CodeType:
    for name in owner:
        code = next(one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name)
    return code


def _function(module: ModuleType, owner: tuple[str, ...]) -> FunctionType:
    found: Any = module
    for name in owner:
        found = vars(found)[name]
    if isinstance(found, property):
        found = found.fget
    if isinstance(found, staticmethod | classmethod):
        found = found.__func__
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    assert isinstance(found, FunctionType)
    return found


def _compiled(value: ast.expr) -> CodeType:
    return compile(ast.fix_missing_locations(ast.Expression(value)), "mutant", "eval")


def _plant_constant(module: ModuleType, mutant: Mutant, node: ast.Assign | ast.AnnAssign) -> None:
    target = node.targets[0] if isinstance(node, ast.Assign) else node.target
    if not isinstance(target, ast.Name) or node.value is None:
        raise NotTried(mutant.name)
    value = eval(_compiled(node.value), vars(module))
    if mutant.owner:
        _set_in_class(getattr(module, mutant.owner[0]), target.id, value)
        return
    old = getattr(module, target.id)
    for other in list(sys.modules.values()):
        if other.__name__.startswith(("bnverify", "tests")) and vars(other).get(target.id) is old:
            setattr(other, target.id, value)
    for kind in [one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__]:
        for name in [name for name, held in vars(kind).items() if held is old and type(old) is not bool]:
            setattr(kind, name, value)


def _set_in_class(owner: type, name: str, value: object) -> None:
    if not hasattr(owner, "__dataclass_fields__"):
        setattr(owner, name, value)
        return
    init: Any = owner.__init__  # type: ignore[misc]
    code = init.__code__
    names = code.co_varnames[: code.co_argcount]
    place = names.index(name) - len(names)
    defaults = list(init.__defaults__)
    defaults[place] = value
    init.__defaults__ = tuple(defaults)


def forget() -> None:
    """Nothing that was worked out before is remembered."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("bnverify", "tests")) and not name.startswith(UPSTAIRS):
            for one in list(vars(module).values()):
                if hasattr(one, "cache_clear"):
                    one.cache_clear()
