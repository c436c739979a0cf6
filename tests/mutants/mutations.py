"""The text of a module -> its mutants: each is one node of the syntax tree in the place of another one."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SWAPPED: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add,),
    ast.Div: (ast.Mult,),
    ast.FloorDiv: (ast.Mult,),
    ast.Mod: (ast.Mult,),
    ast.Pow: (ast.Mult,),
    ast.BitOr: (ast.BitAnd,),
    ast.BitAnd: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.And: (ast.Or,),
    ast.Or: (ast.And,),
}
OTHER_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
EMPTY = {"int": "0", "Fraction": "0", "E": "0", "bool": "False", "str": "''"}
WORDS_ONLY = ("Undecidable", "Undefined", "TooMuch", "TimeIsOver", "Disagreement", "Undecided", "Abstain", "CannotSay")
"""Calls whose arguments are words for a reader."""
NO_ARGUMENTS = ("spend", "afford", "TypeVar", "warnings", "filterwarnings")
"""Calls whose arguments say what an operation costs, or nothing at all."""
Path_ = tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`path` leads from the module to the node that is replaced."""

    file: str
    number: int
    line: int
    column: int
    kind: str
    before: str
    after: str
    path: Path_
    node: ast.AST
    owner: tuple[str, ...]
    """The class and the function that it stands in; nested functions belong to the outer one."""
    constant: str = ""
    """The constant or field whose value it is, outside of functions."""
    text: str = ""
    """The line, or as much of it as tells it from others."""

    @property
    def name(self) -> str:
        """Stays the same while other lines of the file change."""
        where = ".".join((*self.owner, *filter(None, [self.constant])))
        return f"{Path(self.file).name} {where} | {self.kind} | {self.before} -> {self.after} | {self.text}"


def mutants(file: Path) -> list[Mutant]:
    text = file.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    found = [*_of_body(tree, (), ())]
    return [
        Mutant(
            str(file), number, node.lineno, node.col_offset, kind, shown(before), shown(after), path, after, owner,
            _constant_of(tree, path), lines[node.lineno - 1].strip()[:80],
        )
        for number, (node, kind, before, after, path, owner) in enumerate(found)
    ]  # fmt: skip


def _constant_of(tree: ast.Module, path: Path_) -> str:
    node: Any = tree
    for name, place in path:
        node = getattr(node, name) if place is None else getattr(node, name)[place]
        if isinstance(node, ast.FunctionDef):
            return ""
        if isinstance(node, ast.Assign | ast.AnnAssign):
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            return ast.unparse(target)
    return ""


def shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split()) if not isinstance(node, ast.operator | ast.boolop) else "?"
    return text if len(text) <= 90 else f"{text[:87]}..."


Found = tuple[Any, str, ast.AST, ast.AST, Path_, tuple[str, ...]]


def _of_body(scope: Any, path: Path_, owner: tuple[str, ...]) -> Iterator[Found]:
    """The mutants in a module or a class: in its functions, and in the values of its constants."""
    for number, one in enumerate(scope.body):
        here: Path_ = (*path, ("body", number))
        match one:
            case ast.FunctionDef():
                yield from _of_function(one, here, (*owner, one.name))
            case ast.ClassDef():
                yield from _of_body(one, here, (*owner, one.name))
            case ast.Assign(value=value) if _is_constant(value):
                yield from _within(value, (*here, ("value", None)), owner)
            case ast.AnnAssign(value=ast.expr() as value) if _is_constant(value):
                yield from _within(value, (*here, ("value", None)), owner)


def _is_constant(value: ast.expr) -> bool:
    """Not the alias of a type."""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    calls = {node.func.id for node in ast.walk(value) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    subscripts = any(isinstance(node, ast.Subscript) for node in ast.walk(value))
    unions = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr) for node in ast.walk(value))
    return not (subscripts or unions or calls & {"TypeVar", "field", "Meter"} or names & {"Mapping"})


def _of_function(function: ast.FunctionDef, path: Path_, owner: tuple[str, ...]) -> Iterator[Found]:
    for name in ("defaults", "kw_defaults"):
        for number, default in enumerate(getattr(function.args, name)):
            if default is not None:
                for found in _within(default, (*path, ("args", None), (name, number)), owner):
                    yield (found[0], "default", *found[2:])
    known = {one.arg for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    returned = ast.unparse(function.returns) if function.returns else ""
    yield from _of_statements(function.body, (*path, ("body", -1)), owner, known, returned)


def _of_statements(
    body: Sequence[ast.stmt], path: Path_, owner: tuple[str, ...], known: set[str], returned: str
) -> Iterator[Found]:
    """The last step of the path names the list that the statements stand in."""
    *above, (name, _) = path
    for number, one in enumerate(body):
        here: Path_ = (*above, (name, number))
        if _can_be_dropped(one, known):
            yield one, "statement dropped", one, ast.copy_location(ast.Pass(), one), here, owner
        if isinstance(one, ast.Return) and one.value is not None:
            for value in _other_returns(one.value, returned):
                new = ast.copy_location(ast.Return(value), one)
                yield one, "other return", one, new, here, owner
        known |= {n.id for n in ast.walk(one) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        yield from _within(one, here, owner, known, returned)


def _can_be_dropped(one: ast.stmt, known: set[str]) -> bool:
    match one:
        case ast.Expr(value=ast.Constant()):
            return False
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.For() | ast.Continue() | ast.Break() | ast.Delete():
            return True
        case ast.Assign(targets=targets):
            names = [
                n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
            ]
            return all(name in known for name in names)
        case ast.AnnAssign(target=ast.Attribute()):
            return True
    return False


def _other_returns(value: ast.expr, returned: str) -> Iterator[ast.expr]:
    """None, and what is empty or zero of the type that the function returns."""
    texts = []
    if "None" in returned or returned not in ("bool", "str"):
        texts.append("None")
    if returned.startswith(("list", "tuple", "Iterator", "Sequence", "dict", "Mapping", "set", "frozenset")):
        texts.append("()")
    texts += [text for name, text in EMPTY.items() if returned.split(" | ")[0] == name]
    if returned == "bool":
        texts.append("True")
    for text in texts:
        if ast.unparse(value) != text:
            yield ast.copy_location(ast.parse(text, mode="eval").body, value)


def _within(
    node: ast.AST, path: Path_, owner: tuple[str, ...], known: set[str] | None = None, returned: str = ""
) -> Iterator[Found]:
    """The mutants of a node itself, and of what stands in it."""
    if isinstance(node, ast.expr):
        for kind, new in _of_expression(node):
            yield node, kind, node, ast.copy_location(new, node), path, owner
    yield from _of_parts(node, path, owner)
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "ctx"):
            continue
        if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
            inside = returned if not isinstance(node, ast.FunctionDef) else ast.unparse(node.returns or ast.Constant(0))
            yield from _of_statements(value, (*path, (name, -1)), owner, known if known is not None else set(), inside)
        elif isinstance(value, list):
            for number, one in enumerate(value):
                if isinstance(one, ast.AST) and not _is_left_alone(node, name, one):
                    yield from _within(one, (*path, (name, number)), owner, known, returned)
        elif isinstance(value, ast.AST) and not _is_left_alone(node, name, value):
            yield from _within(value, (*path, (name, None)), owner, known, returned)


def _is_left_alone(node: ast.AST, name: str, part: ast.AST) -> bool:
    """Words, costs, patterns, and whether `zip` is strict."""
    if isinstance(part, ast.JoinedStr | ast.pattern):
        return True
    if isinstance(part, ast.keyword):
        return part.arg in ("strict", "maxsize", "stacklevel")
    if isinstance(node, ast.Call) and name in ("args", "keywords"):
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        return called in NO_ARGUMENTS or (called in WORDS_ONLY and not isinstance(part, ast.Constant))
    return False


def _constant(value: object) -> ast.Constant:
    return ast.Constant(value)


def _of_expression(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Constant(value=bool(value)):
            yield "constant", _constant(not value)
        case ast.Constant(value=int(value)):
            yield "constant", _constant(value + 1)
            yield "constant", _constant(value - 1)
        case ast.Constant(value=float(value)):
            yield "constant", _constant(value * 2 + 1)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            for number, op in enumerate(ops):
                for other in SWAPPED.get(type(op), ()):
                    new_ops = [*ops[:number], other(), *ops[number + 1 :]]
                    yield "comparison", ast.Compare(left, new_ops, comparators)  # type: ignore[arg-type]
        case ast.BinOp(left=left, op=op, right=right):
            for other in SWAPPED.get(type(op), ()):
                yield "arithmetic", ast.BinOp(left, other(), right)  # type: ignore[arg-type]
        case ast.BoolOp(op=op, values=values):
            yield "and/or", ast.BoolOp(SWAPPED[type(op)][0](), values)  # type: ignore[arg-type]
            for number in range(len(values)):
                rest = [*values[:number], *values[number + 1 :]]
                yield "operand dropped", rest[0] if len(rest) == 1 else ast.BoolOp(op, rest)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield ("not" if isinstance(node.op, ast.Not) else "sign"), operand
        case ast.Call(func=ast.Name(id=name)) if name in OTHER_NAMES:
            yield "other function", ast.Call(ast.Name(OTHER_NAMES[name], ast.Load()), node.args, node.keywords)
        case ast.Call(func=ast.Name(id="range"), args=[*_]):
            stop = node.args[-1 if len(node.args) < 3 else 1]
            if not isinstance(stop, ast.Constant):
                for op in (ast.Add(), ast.Sub()):
                    args = [ast.BinOp(one, op, _constant(1)) if one is stop else one for one in node.args]
                    yield "range", ast.Call(node.func, args, [])
        case ast.IfExp(body=body, orelse=orelse):
            yield "condition", body
            yield "condition", orelse


def _of_parts(node: ast.AST, path: Path_, owner: tuple[str, ...]) -> Iterator[Found]:
    """Conditions, bounds of slices, handlers and cases."""
    match node:
        case ast.If(test=test) | ast.While(test=test):
            here: Path_ = (*path, ("test", None))
            for forced in (True, False) if isinstance(node, ast.If) else (False,):
                yield test, "condition", test, ast.copy_location(_constant(forced), test), here, owner
            if not isinstance(test, ast.Compare | ast.UnaryOp):
                yield test, "not", test, ast.copy_location(ast.UnaryOp(ast.Not(), test), test), here, owner
        case ast.comprehension(ifs=ifs):
            for number, test in enumerate(ifs):
                here = (*path, ("ifs", number))
                for forced in (True, False):
                    yield test, "condition", test, ast.copy_location(_constant(forced), test), here, owner
        case ast.Slice():
            for name in ("lower", "upper"):
                bound = getattr(node, name)
                if bound is not None and not isinstance(bound, ast.Constant):
                    yield bound, "slice", bound, ast.copy_location(_constant(None), bound), (*path, (name, None)), owner
        case ast.AugAssign(op=op):
            for other in SWAPPED.get(type(op), ()):
                new = ast.copy_location(ast.AugAssign(node.target, other(), node.value), node)  # type: ignore[arg-type]
                yield node, "arithmetic", node, new, path, owner
        case ast.ExceptHandler(type=kinds, body=body):
            again = ast.copy_location(ast.Raise(), body[0])
            if not isinstance(body[0], ast.Raise):
                new_handler = ast.copy_location(ast.ExceptHandler(kinds, node.name, [again]), node)
                yield node, "handler", node, new_handler, path, owner
            if isinstance(kinds, ast.Tuple):
                for number in range(len(kinds.elts)):
                    rest = ast.Tuple([*kinds.elts[:number], *kinds.elts[number + 1 :]], ast.Load())
                    yield kinds, "exception", kinds, ast.copy_location(rest, kinds), (*path, ("type", None)), owner
        case ast.match_case(guard=ast.expr() as guard):
            here = (*path, ("guard", None))
            for forced in (True, False):
                yield guard, "condition", guard, ast.copy_location(_constant(forced), guard), here, owner
        case ast.Match(cases=cases) if len(cases) > 1:
            for number, one in enumerate(cases):
                if "assert_never" not in ast.unparse(one):
                    dropped = ast.match_case(one.pattern, _constant(False), one.body)
                    yield one.pattern, "case dropped", one.pattern, dropped, (*path, ("cases", number)), owner


def planted(tree: ast.Module, mutant: Mutant) -> ast.Module:
    """The tree with the mutant in it. The tree itself is changed."""
    node: Any = tree
    *way, (name, number) = mutant.path
    for part, place in way:
        node = getattr(node, part) if place is None else getattr(node, part)[place]
    if number is None:
        setattr(node, name, mutant.node)
    else:
        getattr(node, name)[number] = mutant.node
    return ast.fix_missing_locations(tree)
