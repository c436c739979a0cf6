"""The text of a Python file, the name of a function -> which parameter gets what; nothing of the file is run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from bnverify.frozen import frozen
from bnverify.nearest import hint

UPSTREAM, CACHE, OPTIONS, GROUPS, SIZE, KEPT = "dy", "cache", "options", "groups", "n", "_"
ROLES: Mapping[str, str] = {
    spelling: role
    for role, spellings in {
        UPSTREAM: "dy dout dY g grad grad_output grad_out grad_y dl_dy dLdy upstream delta gy",
        "dxhat": "dxhat dx_hat dx_norm dxn grad_xhat",
        "x": "x X input inp inputs",
        "gamma": "gamma weight w scale",
        "beta": "beta bias b shift",
        "eps": "eps epsilon",
        "mean": "mean mu sample_mean batch_mean running_mean",
        "var": "var v variance sigma2 sample_var batch_var running_var",
        "std": "std s sigma stddev",
        "rstd": "rstd inv_std ivar invvar rsqrt inv_sigma istd",
        "xhat": "xhat x_hat x_norm x_normalized normalized xn xnorm x_hat_",
        "y": "y out output",
        GROUPS: "G groups num_groups n_groups ngroups",
        SIZE: "n N m M",
        CACHE: "cache ctx saved",
        OPTIONS: "bn_param ln_param gn_param norm_param",
    }.items()
    for spelling in spellings.split()
}
"""What a parameter gets, by its name; adding a spelling is one word."""
LAYERS = ("batch", "layer", "rms", "instance", "group", "inference")
"""The layers that a function can be asked to be the backward pass of."""
RUNNING = frozenset(("running_mean", "running_var"))
LARGEST_EPS = 0.2
MOST_NUMBERS = 6


class Unusable(Exception):
    """Why the function cannot be judged; `help` says what to do about it."""

    def __init__(self, words: str, help: str = "") -> None:
        super().__init__(words)
        self.help = help


@frozen
class Parameter:
    """One parameter that gets a value of ours."""

    name: str
    role: str
    by_name: bool = False
    """Whether it can only be given by its name."""


@frozen
class Signature:
    """A function or a torch.autograd.Function of the file, and what its parameters get."""

    name: str
    parameters: tuple[Parameter, ...]
    autograd: bool = False

    def has(self, *roles: str) -> bool:
        return any(one.role in roles for one in self.parameters)

    def written(self) -> str:
        return f"{self.name}({', '.join(one.name for one in self.parameters)})"


@frozen
class Subject:
    """What is judged."""

    file: str
    function: Signature
    forward: Signature | None
    uses_torch: bool
    small_numbers: tuple[float, ...]
    """Numbers of the file that may be its epsilon."""

    @property
    def takes(self) -> frozenset[str]:
        """All parts that the function, and the forward pass before it, are given."""
        both = (*self.function.parameters, *(self.forward.parameters if self.forward else ()))
        return frozenset(one.role for one in both)

    @property
    def hides_epsilon(self) -> bool:
        """Whether its epsilon, if there is one, can only stand in the file."""
        return not self.takes & {"eps", OPTIONS, "std", "rstd"}

    @property
    def is_running(self) -> bool:
        """Whether it is given running statistics, as in inference."""
        return any(one.name in RUNNING for one in self.function.parameters)


def read(text: str, file: str, name: str, args: Sequence[str] = (), forward: str | None = None) -> Subject:
    """Find a function in the text of a file. Raises Unusable."""
    try:
        module = ast.parse(text)
    except SyntaxError as trouble:
        raise Unusable(f"{file}:{trouble.lineno}: it is no Python: {trouble.msg}") from trouble
    except (ValueError, RecursionError, MemoryError) as trouble:
        raise Unusable(f"{file}: it cannot be read as Python: {trouble}") from trouble
    known = {one.name: one for one in _definitions(module.body)}
    function = _signature(_named(known, name, file), args)
    takes_cache = function.has(CACHE)
    if takes_cache and forward is None:
        raise Unusable(
            f"{name} takes `{_called(function, CACHE)}`, which only the forward pass can make",
            _forward_help(name, known),
        )
    before = _signature(_named(known, forward, file), ()) if forward is not None else None
    if before is not None and not takes_cache:
        raise Unusable(f"{name} takes nothing from {forward}", "leave --forward away, or name the cache with --args")
    uses_torch = any(one.split(".")[0] == "torch" for one in _imports(module))
    return Subject(file, function, before, uses_torch, _small_numbers(module))


def _definitions(body: Sequence[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef]:
    """What a module defines, within its conditions as well."""
    for one in body:
        if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield one
        for part in ("body", "orelse", "handlers", "finalbody"):
            if not isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _definitions(getattr(one, part, ()))


def _named(known: Mapping[str, ast.stmt], name: str, file: str) -> ast.stmt:
    if name not in known:
        near = hint(name, sorted(known)) if known else "it defines no function"
        raise Unusable(f"{file} defines no function {name!r}", near)
    return known[name]


def _signature(found: ast.stmt, args: Sequence[str]) -> Signature:
    if isinstance(found, ast.ClassDef):
        return _of_class(found, args)
    if isinstance(found, ast.AsyncFunctionDef):
        raise Unusable(f"{found.name} is asynchronous, and cannot be called like a function")
    assert isinstance(found, ast.FunctionDef)
    return Signature(found.name, _parameters(found, found.name, args))


def _of_class(found: ast.ClassDef, args: Sequence[str]) -> Signature:
    """A torch.autograd.Function: its parameters are those of `forward` behind ctx."""
    forward = next((one for one in found.body if isinstance(one, ast.FunctionDef) and one.name == "forward"), None)
    based = any(ast.unparse(base).split(".")[-1] == "Function" for base in found.bases)
    if forward is None or not based:
        raise Unusable(
            f"{found.name} is a class, and no torch.autograd.Function with a forward", "name a function of the file"
        )
    return Signature(found.name, _parameters(forward, found.name, args, skip=1), autograd=True)


def _parameters(found: ast.FunctionDef, name: str, args: Sequence[str], skip: int = 0) -> tuple[Parameter, ...]:
    """What each parameter gets; those with a default that we do not know keep it."""
    given = found.args
    positional = [*given.posonlyargs, *given.args][skip:]
    optional = len(given.defaults)
    required = [True] * (len(positional) - optional) + [False] * optional
    if args:
        return _as_told(positional, required, args, name)
    parts = [
        _part(one.arg) if must or _part(one.arg) else KEPT for one, must in zip(positional, required, strict=False)
    ]
    kept: list[Parameter] = []
    gap = False
    for one, role, must in zip(positional, parts, required, strict=False):
        if role is None:
            raise _unknown(name, one.arg)
        if role == KEPT:
            gap = True
            continue
        kept.append(Parameter(one.arg, role, by_name=gap and not must))
    for only, default in zip(given.kwonlyargs, given.kw_defaults, strict=True):
        role = _part(only.arg)
        if role is not None:
            kept.append(Parameter(only.arg, role, by_name=True))
        elif default is None:
            raise _unknown(name, only.arg)
    if not kept:
        raise Unusable(
            f"{name} takes no parameter that could be given", "let it take its parameters by name, not as *args"
        )
    return tuple(kept)


def _as_told(
    positional: Sequence[ast.arg], required: Sequence[bool], args: Sequence[str], name: str
) -> tuple[Parameter, ...]:
    """The parts that `--args` names, one for each parameter in order."""
    least = sum(required)
    if not least <= len(args) <= len(positional):
        most = len(positional)
        counted = f"{least} to {most}" if least < most else str(most)
        raise Unusable(f"{name} takes {counted} parameters by position, and --args names {len(args)}")
    roles = [one if one in ROLES.values() else _part(one) for one in args]
    for one, role in zip(args, roles, strict=True):
        if role is None:
            raise Unusable(f"--args: {one!r} is no part of a layer", hint(one, dict.fromkeys(ROLES.values())))
    return tuple(Parameter(one.arg, role) for one, role in zip(positional, roles, strict=False) if role is not None)


def _part(name: str) -> str | None:
    return ROLES.get(name) or (None if name in ("I", "S", "B") else ROLES.get(name.lower()))


def _unknown(name: str, parameter: str) -> Unusable:
    parts = ", ".join(dict.fromkeys(ROLES.values()))
    return Unusable(
        f"what {name} expects as `{parameter}` is not known",
        f"name what each parameter gets, in order: --args with some of {parts}",
    )


def _called(signature: Signature, role: str) -> str:
    return next(one.name for one in signature.parameters if one.role == role)


def _forward_help(name: str, known: Mapping[str, ast.stmt]) -> str:
    like = name.replace("backward", "forward").replace("bwd", "fwd")
    like = like if like in known and like != name else next((one for one in sorted(known) if "forward" in one), "NAME")
    return f"name the function that returns (y, cache): --forward {like}"


def _imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _small_numbers(module: ast.Module) -> tuple[float, ...]:
    found = {
        node.value
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and 0 < node.value <= LARGEST_EPS
    }
    return tuple(sorted(found)[:MOST_NUMBERS])
