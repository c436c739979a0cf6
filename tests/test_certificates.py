"""Certificates: what `check --certificate` writes holds for `recheck`, and nothing that is false does. 20 s."""

from __future__ import annotations

import ast
import copy
import hashlib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest
import sympy

from bnverify import recheck
from bnverify.certificate.document import certificate, note_entry
from bnverify.judge.findings import WrongStep
from bnverify.pipeline import Judged, judge_under, understand
from bnverify.record import FALSE, RIGHT
from bnverify.repair.mend import Explained
from bnverify.run import options_from
from bnverify.source import Note
from bnverify.truth.coordinates import Coordinates, Fractional
from bnverify.truth.every_n import prover
from bnverify.truth.patterns import index_patterns
from bnverify.truth.raw import proved_cases
from bnverify.words.describe import describe

ROOT = Path(__file__).parent.parent
PROGRAM = Path(recheck.__file__)
OWN = sorted((ROOT / "derivations").glob("*.md"))
SAMPLE = [
    ROOT / "derivations" / name
    for name in (
        "family/layer-norm-tokens.md",
        "family/rms-norm.md",
        "family/softmax-cross-entropy.md",
        "family/batch-norm-inference.md",
        "reference/batch-unbiased-outside-mu-x.md",
        "reference/layer-biased-none-x-mu.md",
    )
]
"""One of each kind: several rows, no mean, exponentials, constants, roots of the variance alone."""


@lru_cache
def judged(path: Path) -> Judged:
    """A note as `check` judges it, without the search for repairs, which a certificate does not need."""
    options = options_from(witness="proof")
    understood = understand(Note(str(path), path.read_text("utf-8")), options.assumed)
    verdicts = judge_under(understood, understood.declared.convention, options.witnesses)
    wrong = [one for one in verdicts.judgements if one.standing in FALSE]
    unexplained = {one.step.relation.start: Explained(WrongStep(one.step.span)) for one in wrong}
    return Judged(understood, verdicts, describe(understood, verdicts, unexplained, options, 0), unexplained)


@lru_cache
def certified(*paths: Path) -> str:
    entries = [note_entry(judged(path), {str(path): path.read_text("utf-8")}) for path in paths]
    return certificate(entries)


def rechecked(folder: Path, document: Any, *notes: Path) -> int:
    """The exit status for a certificate as text, or as JSON whose digests are left as they are."""
    file = folder / "certificate.json"
    file.write_text(document if isinstance(document, str) else json.dumps(document), "utf-8")
    recheck.work[0] = 0
    return recheck.main([str(file), *map(str, notes)])


def signed(document: Any) -> Any:
    """What a forger does: all digests worked out anew."""
    for note in document["notes"]:
        for step in note["steps"]:
            step["digest"] = recheck.digest(step)
    document["digest"] = recheck.digest(document)
    return document


def of_step(path: Path, words: str) -> Any:
    """A certificate of one note with a single step, the first whose side holds some LaTeX."""
    document = json.loads(certified(path))
    steps = document["notes"][0]["steps"]
    document["notes"][0]["steps"] = [next(one for one in steps if words in one["side"][0][-1])]
    return signed(document)


# -- every proved step


@pytest.mark.parametrize("path", [*OWN, *SAMPLE], ids=lambda path: path.stem)
def test_every_proved_step_has_a_certificate_that_holds(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = json.loads(certified(path))["notes"][0]
    right = [one for one in judged(path).verdicts.judgements if one.standing in RIGHT and one.identity is not None]
    assert len(note["steps"]) == len(right) > 3
    assert len(note["without"]) == len(judged(path).verdicts.judgements) - len(right)
    assert rechecked(tmp_path, certified(path), path) == recheck.HOLDS
    said = capsys.readouterr().out
    assert f"{len(right)} of {len(right)} equations proved anew" in said
    assert said.count("no certificate: ") == len(note["without"])
    assert "not checked: that the text says what was proved" in said


@pytest.mark.parametrize("path", [*OWN, *SAMPLE], ids=lambda path: path.stem)
def test_all_steps_but_logarithms_are_tried_in_numbers(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rechecked(tmp_path, certified(path), path)
    untried = [line for line in capsys.readouterr().out.splitlines() if "holds, not tried in numbers" in line]
    assert all("\\log" in line for line in untried)


def test_the_sides_are_written_before_anything_is_put_in() -> None:
    step = of_step(ROOT / "derivations/right-biased.md", "\\sum_{i=1}^m x_i - m \\mu_B")["notes"][0]["steps"][0]
    case = step["cases"][0]
    assert case["left"] != case["right"] or case["known"], "a side is not handed over as nothing"
    known = {name: value for name, _, value in case["known"]}
    total = next(name for name, tree in case["coordinates"].items() if tree[0] == "sum")
    assert case["coordinates"][total] == ["sum", "j", ["value", "x", "j"]]
    assert known[total] == [[[1, 1, ["mu", "n"]]]]


def test_a_root_beside_one_that_holds_it_is_replaced_behind_it(tmp_path: Path) -> None:
    root = r"\sqrt{x_i^2 + 1}"
    outer = rf"\sqrt{{{root} + v}}"
    note = tmp_path / "roots.md"
    note.write_text(
        r"$v = \frac{1}{n} \sum_i (x_i - \mu)^2$, $\mu = \frac{1}{n} \sum_i x_i$" + "\n\n"
        rf"$${root} ({outer})^3 = {outer} ({root} + v) {root}$$" + "\n",
        "utf-8",
    )
    assert len(json.loads(certified(note))["notes"][0]["steps"]) == 3
    assert rechecked(tmp_path, certified(note), note) == recheck.HOLDS


def as_sympy(value: Fractional, symbols: dict[Any, sympy.Symbol]) -> sympy.Expr:
    def poly(written: Any) -> sympy.Expr:
        terms = [
            sympy.Rational(c.numerator, c.denominator)
            * sympy.Mul(
                *(
                    symbols.setdefault(term, sympy.Symbol(f"c{len(symbols)}", positive=True)) ** e
                    for term, e in powers.items()
                )
            )
            for c, powers in written
        ]
        return sympy.Add(*terms)

    return poly(value.above) / sympy.Mul(*(poly(factor) ** e for factor, e in value.below))


def test_put_into_the_raw_sides_what_is_known_makes_them_what_the_prover_compared() -> None:
    tried = 0
    for path in (ROOT / "derivations/right-unbiased.md", SAMPLE[0]):
        for one in judged(path).verdicts.judgements:
            if one.identity is None or one.forward is None or one.standing not in RIGHT or one.setting:
                continue
            own = prover(one.forward)
            known = own.with_known_roots(one.identity)
            for case, points in zip(proved_cases(one.identity, one.forward), index_patterns(known), strict=True):
                symbols: dict[Any, sympy.Symbol] = {}
                replaced = {term: as_sympy(value, symbols) for term, value in case.replaced.items()}
                names = {symbols[term]: value for term, value in replaced.items() if term in symbols}
                for side, term in ((case.left, known.left), (case.right, known.right)):
                    raw = as_sympy(side, symbols)
                    names |= {symbols[term]: value for term, value in replaced.items() if term in symbols}
                    work = partial(own.exact.value, term, points)
                    compared = own.exact.work_out(work)
                    expected = as_sympy(Coordinates.at(own.exact, points).fraction(compared), symbols)
                    assert sympy.cancel(raw.xreplace(names) - expected) == 0
                    tried += 1
    assert tried > 80


# -- what is changed is refused


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every number, text, truth value and empty place of a document, and every entry of a list."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inside:
        yield (*path, key)
        yield from places(one, (*path, key))


def changed_once(document: Any, place: tuple[Any, ...], rng: random.Random) -> Any:
    """The document with another value at a place, or one entry less."""
    document = copy.deepcopy(document)
    *way, last = place
    home = document
    for key in way:
        home = home[key]
    old = home[last]
    if isinstance(old, bool):
        home[last] = not old
    elif isinstance(old, int):
        home[last] = old + rng.choice((-2, -1, 1, 2))
    elif isinstance(old, str):
        home[last] = rng.choice((old + "x", old[1:] if old else "y", "mu" if old != "mu" else "v"))
    elif old is None:
        home[last] = 1
    elif isinstance(home, list) and rng.random() < 0.5:
        home.insert(last, copy.deepcopy(old))
    else:
        del home[last]
    return document


def test_of_a_thousand_single_changes_none_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Coefficients, exponents, names, spans, texts, what is known, the forward pass, words: the digests see all."""
    path = ROOT / "derivations/right-biased.md"
    document = of_step(path, "\\sum_{i=1}^m x_i - m \\mu_B")
    assert rechecked(tmp_path, document, path) == recheck.HOLDS
    every = list(places(document))
    rng = random.Random(1)
    for _ in range(1_000):
        changed = changed_once(document, rng.choice(every), rng)
        assert changed != document
        assert rechecked(tmp_path, changed, path) in (recheck.REFUSED, recheck.UNREADABLE)
    capsys.readouterr()


WORDS = {"place", "standing", "head_is", "coordinates", "digest"}
"""What a step says about itself in words: nothing is proved of it."""


def of_the_proof(document: Any) -> list[tuple[Any, ...]]:
    """The places of a certificate of one step that its proof, or the comparison with the note, rests on.

    Left out are words, and the places of indices: which of them are the same sample is part of the reading.
    A coordinate's name that is changed everywhere would be the same certificate; here it is changed once.
    """
    steps = [("notes", 0, "steps", 0, *place) for place in places(document["notes"][0]["steps"][0])]
    kept = [one for one in steps if one[4] not in WORDS - {"coordinates"} and one[4:] != ("coordinates",)]
    return [one for one in kept if "at" not in one]


def test_changes_with_their_digests_made_anew_are_refused_by_the_proof_and_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = ROOT / "derivations/right-biased.md"
    document = of_step(path, "m \\frac{\\partial \\ell}{\\partial \\hat{x}_i}")
    rng = random.Random(2)
    every = of_the_proof(document)
    accepted = []
    assert len(every) > 100
    for place in every:
        changed = signed(changed_once(document, place, rng))
        if rechecked(tmp_path, changed, path) == recheck.HOLDS:
            accepted.append((place, changed))
    capsys.readouterr()
    assert not [place for place, changed in accepted if not is_the_same_proof(document, changed)]


def is_the_same_proof(document: Any, changed: Any) -> bool:
    """Whether a change provably changes nothing: the same piece of text is listed, and compared, once more."""
    old, new = (one["notes"][0]["steps"][0] for one in (document, changed))
    return all(
        {tuple(one) for one in old[key]} == {tuple(one) for one in new[key]}
        if key in ("head", "relation", "side")
        else old[key] == new[key]
        for key in set(old) - {"digest"}
    )


def certificate_with(change: Callable[[Any], None], path: Path, words: str) -> Any:
    document = of_step(path, words)
    change(document["notes"][0]["steps"][0])
    return signed(document)


RIGHT_BIASED = ROOT / "derivations/right-biased.md"
FINAL = "m \\frac{\\partial \\ell}{\\partial \\hat{x}_i}"


def test_a_false_equation_is_refused_by_the_algebra(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def doubled(step: Any) -> None:
        step["cases"][0]["right"][0][0][0] *= 2

    assert (
        rechecked(tmp_path, certificate_with(doubled, RIGHT_BIASED, "\\sum_{j=1}^m"), RIGHT_BIASED) == recheck.REFUSED
    )
    assert "the two sides are different" in capsys.readouterr().out


def test_a_true_equation_of_something_else_is_refused_by_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both sides twice what they were: equal, and not what is written; so every derivative is worked out again."""

    def both_doubled(step: Any) -> None:
        for side in ("left", "right"):
            for term in step["cases"][0][side][0]:
                term[0] *= 2

    document = certificate_with(both_doubled, RIGHT_BIASED, "\\sum_{j=1}^m")
    assert rechecked(tmp_path, document, RIGHT_BIASED) == recheck.REFUSED
    assert "in numbers it is false" in capsys.readouterr().out


def test_what_is_falsely_known_is_refused_although_the_algebra_fits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """sum_j x_j = 2 n mu makes sum_j x_j - 2 n mu zero."""

    words = "\\sum_{i=1}^m x_i - m \\mu_B"
    document = of_step(RIGHT_BIASED, words)
    case = document["notes"][0]["steps"][0]["cases"][0]
    ((name, _, value),) = case["known"]
    assert value == [[[1, 1, ["mu", "n"]]]]
    value[0][0][0] = 2
    case["left"] = [[[1, 1, [name]], [-2, 1, ["mu", "n"]]]]
    case["right"] = [[]]
    recheck.prove(case)
    assert rechecked(tmp_path, signed(document), RIGHT_BIASED) == recheck.REFUSED
    assert "in numbers it is false" in capsys.readouterr().out


def test_what_is_known_is_tried_beside_logarithms_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """L = -sum_i t_i log p_i rests on sum_j t_j = 1."""
    path = ROOT / "derivations/family/softmax-cross-entropy.md"
    document = of_step(path, "t_i \\log p_i")
    assert rechecked(tmp_path, document, path) == recheck.HOLDS
    assert "1 not tried in numbers" in capsys.readouterr().out
    (known,) = [one for one in document["notes"][0]["steps"][0]["cases"][0]["known"] if one[2] == [[[1, 1, []]]]]
    known[2] = [[[1, 2, []]]]
    assert rechecked(tmp_path, signed(document), path) == recheck.REFUSED


def test_zero_over_zero_proves_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def over_zero(step: Any) -> None:
        step["cases"][0]["right"] = [[], []]

    assert (
        rechecked(tmp_path, certificate_with(over_zero, RIGHT_BIASED, "\\sum_{j=1}^m"), RIGHT_BIASED) == recheck.REFUSED
    )
    assert "something is divided by zero" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["cases", "relation"])
def test_a_step_without_an_equation_is_refused(key: str, tmp_path: Path) -> None:
    document = certificate_with(lambda step: step[key].clear(), RIGHT_BIASED, "\\sum_{j=1}^m")
    assert rechecked(tmp_path, document, RIGHT_BIASED) == recheck.REFUSED


def test_another_text_of_the_note_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = tmp_path / "note.md"
    old = RIGHT_BIASED.read_text("utf-8")
    note.write_text(old.replace("- m \\mu_B", "+ m \\mu_B"), "utf-8")
    document = of_step(RIGHT_BIASED, "\\sum_{i=1}^m x_i - m \\mu_B")
    document["notes"][0]["note"] = str(note)
    assert rechecked(tmp_path, signed(document), note) == recheck.REFUSED
    said = capsys.readouterr().out
    assert "its SHA-256 is another one" in said
    assert "the note has another text here: -\\frac{2}{m} \\left( \\sum_{i=1}^m x_i + m" in said
    document["notes"][0]["files"][""] = hashlib.sha256(note.read_bytes()).hexdigest()
    assert rechecked(tmp_path, signed(document), note) == recheck.REFUSED
    assert "SHA-256" not in capsys.readouterr().out


def test_a_note_that_the_certificate_does_not_speak_of_is_refused(tmp_path: Path) -> None:
    assert rechecked(tmp_path, certified(RIGHT_BIASED), ROOT / "README.md") == recheck.REFUSED


# -- the program


def test_it_is_short_and_runs_without_the_package(tmp_path: Path) -> None:
    alone = tmp_path / "alone.py"
    alone.write_bytes(PROGRAM.read_bytes())
    file = tmp_path / "certificate.json"
    file.write_text(certified(RIGHT_BIASED), "utf-8")
    command = [sys.executable, "-I", "-S", str(alone), "--show", str(file), str(RIGHT_BIASED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dL/dx_i = (gamma * (n * sqrt((v + eps)))^(-1) * ((n * dL/dy_i) + (-1 * dL/dbeta)" in done.stdout
    assert len(PROGRAM.read_text("utf-8").splitlines()) < 250


def test_it_imports_the_standard_library_alone() -> None:
    names = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(str(node.module).partition(".")[0])
    assert names <= sys.stdlib_module_names


LETTERS = ("a", "b", "c", "d")


def random_poly(rng: random.Random) -> recheck.Poly:
    terms = (
        {tuple(sorted(rng.choices(LETTERS, k=rng.randrange(4)))): Fraction(rng.randrange(-5, 6), rng.randrange(1, 5))}
        for _ in range(rng.randrange(1, 5))
    )
    return recheck.added(terms)


def to_sympy(poly: recheck.Poly) -> sympy.Expr:
    return sympy.Add(
        *(sympy.Rational(c.numerator, c.denominator) * sympy.Mul(*map(sympy.Symbol, key)) for key, c in poly.items())
    )


def test_its_arithmetic_is_that_of_sympy() -> None:
    rng = random.Random(3)
    a = sympy.Symbol("a")
    for _ in range(60):
        p, q, r = (random_poly(rng) for _ in range(3))
        assert sympy.expand(to_sympy(recheck.added([p, q])) - to_sympy(p) - to_sympy(q)) == 0
        product = recheck.multiplied([p, q, r], -1)
        assert sympy.expand(to_sympy(product) + to_sympy(p) * to_sympy(q) * to_sympy(r)) == 0
        if r:
            most = max([0, *(key.count("a") for key in p)])
            put = to_sympy(recheck.put_in(p, "a", 1, (q, r)))
            expected = to_sympy(p).subs(a, to_sympy(q) / to_sympy(r)) * to_sympy(r) ** most
            assert sympy.cancel(put - expected) == 0


def test_squares_of_roots_are_put_in_as_often_as_they_fit() -> None:
    # a^5 b - a^2 with a^2 = c + d
    poly = {("a",) * 5 + ("b",): Fraction(1), ("a", "a"): Fraction(-1)}
    square = {("c",): Fraction(1), ("d",): Fraction(1)}
    a, b, c, d = sympy.symbols("a b c d")
    put = to_sympy(recheck.put_in(poly, "a", 2, (square, {(): Fraction(1)})))
    assert sympy.expand(put - a * b * (c + d) ** 2 + c + d) == 0


def test_its_derivatives_are_those_of_sympy() -> None:
    """f(x + P) - f(x) over P, modulo P, against `diff` at the same numbers."""
    x, y = sympy.symbols("x y")
    tree = [
        "times",
        ["power", ["plus", ["value", "x"], ["number", 3]], -2],
        ["value", "y"],
        ["power", ["root", ["power", ["value", "x"], 2]], 3],
    ]
    forward = {"axes": 1, "output": "y", "quantities": [["x", [], None], ["y", [], None]]}
    batch = recheck.Batch(forward, {"n": 3}, "seed 1")
    values = {x: batch.given("x", ()), y: batch.given("y", ())}
    if pow(values[x], (recheck.P - 1) // 2, recheck.P) != 1:
        values_root = -1
    else:
        values_root = 1
    found = batch.value(["d", tree, ["value", "x"], "total"], {})
    exact = sympy.Rational(sympy.diff((x + 3) ** -2 * y * (values_root * x) ** 3, x).subs(values))
    assert found == int(exact.p) * pow(int(exact.q), -1, recheck.P) % recheck.P


# -- hostile certificates


def deep(levels: int) -> str:
    return "[" * levels + "]" * levels


def with_right(tree: Any) -> Any:
    return certificate_with(lambda step: step.update(right=tree), RIGHT_BIASED, "\\sum_{j=1}^m")


def with_power(count: int) -> Any:
    def many(step: Any) -> None:
        step["cases"][0]["right"][0][0][2] = ["s"] * count
        step["cases"][0]["known"] = [["s", False, [[[1, 1, ["s"]], [1, 1, ["n"]], [1, 1, ["mu"]]]]]] * 3

    return certificate_with(many, RIGHT_BIASED, "\\sum_{j=1}^m")


def nested_sums(levels: int) -> Any:
    tree: Any = ["value", "x", "j0"]
    for level in range(levels):
        tree = ["sum", f"j{level}", tree]
    return tree


HOSTILE: dict[str, Callable[[], Any]] = {
    "nothing": lambda: "",
    "no JSON": lambda: "certificate",
    "no object": lambda: "[1, 2]",
    "deep JSON": lambda: deep(200_000),
    "NaN": lambda: '{"certificate": NaN}',
    "another version": lambda: '{"certificate": 2, "digest": ""}',
    "wrong types": lambda: '{"certificate": 1, "digest": 5, "notes": 7}',
    "a number of a million digits": lambda: '{"certificate": ' + "9" * 1_000_000 + "}",
    "notes without keys": lambda: signed_text({"certificate": 1, "notes": [{}]}),
    "a count of nothing": lambda: with_right(["count", "nx"]),
    "a part that is none": lambda: with_right(["eval", "1"]),
    "thirty sums in one another": lambda: with_right(nested_sums(30)),
    "a power of 100,000": lambda: with_power(100_000),
    "half a number": lambda: with_right(["number", 1.5]),
}


def signed_text(document: Any) -> str:
    return json.dumps({**document, "digest": recheck.digest(document)})


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_certificate_ends_soon_with_a_reason(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "MOST_WORK", 300_000)
    begun = time.process_time()
    assert rechecked(tmp_path, HOSTILE[name](), RIGHT_BIASED) == recheck.UNREADABLE
    assert time.process_time() - begun < 5
    assert len(capsys.readouterr().out.strip()) > 20


def test_a_file_of_a_hundred_megabytes_is_not_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.json"
    with open(file, "wb") as made:
        made.truncate(100_000_000)
    assert len(recheck.read(str(file))) == recheck.LARGEST_FILE
    assert recheck.main([str(file), str(RIGHT_BIASED)]) == recheck.UNREADABLE


def test_a_part_outside_of_the_folder_of_the_note_is_not_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "secret.tex").write_text("x", "utf-8")
    note = folder / "note.tex"
    note.write_text("y", "utf-8")
    parts = {"": hashlib.sha256(b"y").hexdigest(), "../secret.tex": hashlib.sha256(b"x").hexdigest()}
    document = {
        "certificate": 1,
        "notes": [{"note": str(note), "files": parts, "forward": [], "steps": [], "without": []}],
    }
    assert rechecked(folder, signed(document), note) == recheck.UNREADABLE
    assert "inside/secret.tex" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [[], ["one.json"], ["--nothing", "one.json", "note.md"]])
def test_wrong_use_says_how_it_is_used(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert recheck.main(arguments) == recheck.UNREADABLE
    assert "usage: recheck [--show] CERTIFICATE NOTE..." in capsys.readouterr().out


# -- the command line


def run(*words: str, folder: Path, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bnverify", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, input=text, env=_env())


def _env() -> dict[str, str]:
    import os

    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_notebooks_and_parts_of_latex_have_their_texts_in_cells_and_files(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/two.tex").write_text(
        "$$\\mu = \\frac{1}{n} \\sum_{i=1}^n x_i$$\n$$\\sum_i (x_i - \\mu) = 0$$\n", "utf-8"
    )
    (tmp_path / "main.tex").write_text("$$\\mu = \\frac1n \\sum_j x_j$$\n\\input{parts/two}\n", "utf-8")
    cells = [
        {"cell_type": "code", "source": "1", "metadata": {}, "outputs": [], "execution_count": None},
        {"cell_type": "markdown", "source": ["The mean é\n", "$$\\mu = \\frac1n \\sum_j x_j$$"], "metadata": {}},
        {"cell_type": "markdown", "source": "$$\\sum_j (x_j - \\mu) = 0$$", "metadata": {}},
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "book.ipynb").write_text(json.dumps(book), "utf-8")
    made = run("check", "main.tex", "book.ipynb", "--witness", "proof", "--certificate", "c.json", folder=tmp_path)
    assert made.returncode == 0, made.stdout + made.stderr
    steps = [
        step["side"][0][:2]
        for note in json.loads((tmp_path / "c.json").read_text("utf-8"))["notes"]
        for step in note["steps"]
    ]
    assert steps == [["", None], ["parts/two.tex", None], ["parts/two.tex", None], ["", 2], ["", 3]]
    assert run("recheck", "c.json", "main.tex", "book.ipynb", folder=tmp_path).returncode == 0
    (tmp_path / "parts/two.tex").write_text("$$\\mu = 0$$", "utf-8")
    refused = run("recheck", "c.json", "main.tex", "book.ipynb", folder=tmp_path)
    assert refused.returncode == 1
    assert "parts/two.tex: this is not the file that was checked" in refused.stdout


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("-e", "\\mu = 0"), "a certificate names the bytes of files"),
        (("-",), "a certificate names the bytes of files"),
        (("note.md", "--fix"), "--certificate speaks of notes as they are"),
        (("note.md", "--diff"), "--certificate speaks of notes as they are"),
        (("note.md:1", "--explain"), "--certificate speaks of notes as they are"),
    ],
)
def test_a_certificate_of_no_file_or_of_a_changing_one_is_refused(
    words: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    done = run("check", *words, "--certificate", "c.json", folder=tmp_path)
    assert done.returncode == 2
    assert why in done.stderr
    assert not (tmp_path / "c.json").exists()


def test_a_certificate_never_takes_the_place_of_a_note(tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("$$\\mu = \\frac1n \\sum_j x_j$$", "utf-8")
    done = run("check", "note.md", "--witness", "proof", "--certificate", "./note.md", folder=tmp_path)
    assert done.returncode == 2
    assert "the certificate would take the place of a note" in done.stdout + done.stderr
    assert note.read_text("utf-8").startswith("$$")


def test_nobody_pays_for_what_is_not_asked_for() -> None:
    """A check without a certificate imports neither half; a recheck imports none of the libraries."""
    code = (
        "import sys; from bnverify.cli.main import main; main({!r}, standalone_mode=False); print(*sorted(sys.modules))"
    )
    check = subprocess.run(
        [sys.executable, "-c", code.format(["check", "-q", "--witness", "proof", "derivations/right-biased.md"])],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=_env(),
    )
    assert not {"bnverify.recheck", "bnverify.certificate", "bnverify.truth.raw"} & set(check.stdout.split())
    again = subprocess.run(
        [sys.executable, "-c", code.format(["recheck", "none.json", "none.md"])],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=_env(),
    )
    assert not {"flint", "sympy", "numpy", "lark", "bnverify.pipeline", "bnverify.certificate"} & set(
        again.stdout.split()
    )
