"""Slips planted on purpose are found on their line, and right notes stay right however they are written."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from bnverify.record import Edit, Repair, Target
from bnverify.source import Span
from tests.conftest import WHOLE, share
from tests.mutation.derivations import DERIVATIONS, MAKERS
from tests.mutation.judging import READ, check, notations_for, standing, try_slip
from tests.mutation.mending import evaluate, mended_text, moved, relation
from tests.mutation.notation import NOTATIONS, Unprintable, latex
from tests.mutation.operators import OPERATORS
from tests.mutation.parse import Unparsed, parse
from tests.mutation.rewrites import keeps_the_value, rewritten_note, same_value
from tests.mutation.run import CODES, Compared, Tried, total, try_trees, try_with_repairs
from tests.mutation.slips import Slip, all_slips, definition_slips, sampled
from tests.mutation.trees import (
    NODES,
    SIZES,
    Cases,
    Frac,
    NoValue,
    Par,
    Size,
    Stray,
    Sym,
    Tree,
    equal,
    minus,
    mul,
    num,
    walk,
    worlds,
)

NOTES, TREES, REWRITES, SEED = 500 if WHOLE else 100, 5_000, 104, 1
SLICES = 10
WHOLE_NOTES = 12
FEW = max(2, 0.005 * NOTES)
DEFINITIONS = 48
"""Of so many slips in a definition one is looked at."""
CONVENTIONS = ("eps dropped", "eps outside the root")
"""What a definition may say of epsilon; a note that never writes the root out says nothing else of it."""
OWN = Path(__file__).parent / "mutation"


# -- the ground that the rest stands on


@pytest.mark.parametrize("name", ["trees", "notation", "derivations", "operators", "parse", "slips"])
def test_the_numbers_share_nothing_with_the_package(name: str) -> None:
    tree = ast.parse((OWN / f"{name}.py").read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [one for one in names if one.split(".")[0] == "bnverify"]


@pytest.mark.parametrize("unbiased", [False, True], ids=["biased", "unbiased"])
def test_the_complex_step_agrees_with_the_formulas_of_the_gradients(unbiased: bool) -> None:
    for world in worlds(unbiased, total=False):
        slots, n, weight = world.slots, world.n, world.weight
        away, s, above = slots["x"] - slots["mu"], np.sqrt(slots["v"] + slots["eps"]), slots["above"]
        by_xhat = slots["gamma"] * above
        by_v = -(by_xhat * away).sum() / (2 * s**3)
        by_mu = -by_xhat.sum() / s
        formulas = {
            "gamma": (above * slots["xhat"]).sum(),
            "beta": above.sum(),
            "y": above,
            "xhat": by_xhat,
            "v": by_v,
            "mu": by_mu,
            "x": by_xhat / s + by_v * 2 * away / weight + by_mu / n,
        }
        for name, formula in formulas.items():
            np.testing.assert_allclose(world.gradient(name), formula, rtol=1e-12, err_msg=f"{name}, n = {n}")


@pytest.mark.parametrize("unbiased", [False, True], ids=["biased", "unbiased"])
def test_local_and_total_derivatives_are_told_apart(unbiased: bool) -> None:
    xhat, x, mu, v = Sym("xhat", "i"), Sym("x", "j"), Sym("mu"), Sym("v")
    for total_reading in (False, True):
        for world in worlds(unbiased, total_reading):
            slots, eye = world.slots, np.eye(world.n)
            s = np.sqrt(slots["v"] + slots["eps"])
            follows = 1 / world.n + np.outer(slots["xhat"], slots["xhat"]) / world.weight if total_reading else 0
            np.testing.assert_allclose(np.squeeze(world.partial(xhat, x)), (eye - follows) / s, atol=1e-13)
            np.testing.assert_allclose(world.partial(mu, x).ravel(), np.full(world.n, 1 / world.n))
            np.testing.assert_allclose(world.partial(v, mu), 0, atol=1e-13)
            np.testing.assert_allclose(world.partial(xhat, mu).ravel(), np.full(world.n, -1 / s))
            assert not np.any(world.partial(x, mu))


def test_two_trees_are_equal_by_value_and_not_by_form() -> None:
    batches = worlds(unbiased=False, total=False)
    head, away = Par(Sym("v"), Sym("x", "i")), minus(Sym("x", "i"), Sym("mu"))
    assert equal(head, mul(Frac(num(2), Size()), away), batches)
    assert not equal(head, mul(num(2), away), batches)
    assert not equal(head, mul(Frac(num(2), Size()), minus(Sym("x", "j"), Sym("mu"))), batches)


def test_there_are_enough_derivations_and_operators() -> None:
    assert len(DERIVATIONS) == len(MAKERS) >= 10
    assert len({one.name for one in OPERATORS}) == len(OPERATORS) >= 25
    assert all(one.codes for one in OPERATORS)
    assert set(NODES) <= {one.name for d in DERIVATIONS.values() for c in d.chains for one in walk_symbols(c.head)}
    assert SIZES == (3, 5, 8)


def walk_symbols(tree: Tree) -> Iterator[Sym]:
    for one in walk(tree):
        if isinstance(one, Sym):
            yield one


@pytest.mark.parametrize("name", DERIVATIONS)
def test_every_step_of_a_right_derivation_is_right_in_numbers(name: str) -> None:
    derivation = DERIVATIONS[name]
    for chain in derivation.chains:
        for side in chain.sides:
            assert equal(chain.head, side, derivation.batches), latex(side, derivation.notation)


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_right_derivation_holds_in_all_letters(name: str) -> None:
    derivation = DERIVATIONS[name]
    notations = notations_for(any(own == "t" for own, _, _ in derivation.helpers))
    for notation in (derivation.notation, *share(6, notations)):
        written = replace(derivation, notation=notation).written()
        record = check(written.text)
        assert not isinstance(record, str), record
        assert [step.relation.start for step in record.steps] == [place.relation for place in written.places]
        said = {f"{step.head} = {step.side}": standing(step) for step in record.steps}
        assert {said: one for said, one in said.items() if one != "holds"} == {}, notation.name


def test_our_own_reader_reads_what_is_printed() -> None:
    notations = list(NOTATIONS.values())
    read = 0
    for number, slip in enumerate(all_slips()[::5]):
        notation = notations[number % len(notations)]
        if isinstance(slip.after, Cases) or any(isinstance(one, Stray) for one in walk(slip.after)):
            continue
        try:
            text = latex(slip.after, notation)
            again = parse(text, notation, slip.source.helpers)
            assert equal(slip.after, again, slip.source.batches), text
            read += 1
        except (Unprintable, NoValue):
            continue
    assert read > 800


def test_our_own_reader_refuses_what_it_does_not_know() -> None:
    for text in ("x_i +", r"\frac{1}{2", "q_i", r"x_i ) y", r"\int x", r"\sum_{\mu} x_{\mu}", ""):
        with pytest.raises(Unparsed):
            parse(text, NOTATIONS["usual"])


# -- slips in notes


@cache
def slips_by_operator() -> dict[str, list[Slip]]:
    found: dict[str, list[Slip]] = {one.name: [] for one in OPERATORS}
    for slip in sampled(NOTES, SEED):
        found[slip.operator].append(slip)
    return found


@cache
def tried(operator: str) -> tuple[Tried, ...]:
    return tuple(try_with_repairs(try_slip(slip, seed=SEED)) for slip in slips_by_operator()[operator])


def report(found: Iterator[Tried]) -> str:
    """The slips with what was said and the note, the smallest notes first."""
    lines = [f"{one.outcome.verdict}: {one.outcome.detail}\n{one.outcome.note.text}" for one in found]
    return "\n".join(sorted(lines, key=len)[:3])


def test_so_many_slips_are_planted() -> None:
    assert sum(map(len, slips_by_operator().values())) == NOTES


@pytest.mark.parametrize("operator", CODES)
def test_a_slip_is_found_on_its_line(operator: str) -> None:
    results = tried(operator)
    of = lambda *verdicts: [one for one in results if one.outcome.verdict in verdicts]  # noqa: E731
    assert not of("accepted"), report(iter(of("accepted")))
    assert not of("alarm", "trouble"), report(iter(of("alarm", "trouble")))
    assert not of("elsewhere"), report(iter(of("elsewhere")))
    # Of a kind with few places the sample may hold none that can be read.
    assert of(*READ) or len(results) < 8, "no slip of this kind was read"


def test_other_steps_of_a_note_stand_as_they_must() -> None:
    results = [one for operator in CODES for one in tried(operator)]
    counts = total(one.tally() for one in results).verdicts
    # A derivative of a head without its index: the sum that the reader understands is not in the next side.
    assert counts["standing"] <= FEW, report(one for one in results if one.outcome.verdict == "standing")
    # A chain that is right as a whole under the other reading is read so.
    assert counts["otherwise"] <= FEW, report(one for one in results if one.outcome.verdict == "otherwise")
    assert counts["unread"] <= 0.01 * NOTES, report(one for one in results if one.outcome.verdict == "unread")
    assert counts["exact"] >= 0.9 * NOTES


def test_a_slip_does_not_turn_the_reading_of_its_chain() -> None:
    turned = [one for operator in CODES for one in tried(operator) if one.outcome.verdict == "turned"]
    assert not turned, report(iter(turned))


def test_a_wrong_definition_never_makes_a_right_note() -> None:
    """It is wrong itself, or gives its letter another meaning or convention: then the claims are wrong or undecided."""
    looked_at = 0
    for slip in share(DEFINITIONS, definition_slips()):
        if slip.derivation == "other-letters":
            continue  # Its letters mean what their definitions say, and nothing where those are wrong.
        short = slip.source.shortened(2)
        try:
            if slip.operator in CONVENTIONS or equal(slip.right.head, slip.after, slip.source.batches):
                continue
            text = short.with_chain(short.chains.index(slip.right), slip.planted()).written().text
        except (NoValue, Unprintable):
            continue
        record = check(text)
        assert not isinstance(record, str), record
        assert {standing(step) for step in record.steps} != {"holds"}, text
        looked_at += 1
    assert looked_at > 12


def test_slips_in_whole_notes_are_found_on_their_line() -> None:
    for slip in sampled(WHOLE_NOTES, SEED + 1):
        outcome = try_slip(slip, whole=True, seed=SEED)
        assert outcome.verdict not in ("accepted", "alarm", "trouble", "elsewhere"), (
            f"{outcome.detail}\n{outcome.note.text}"
        )


def test_causes_are_acceptable_and_repairs_are_true() -> None:
    results = [one for operator in CODES for one in tried(operator)]
    whole = total(one.tally() for one in results)
    misses = [words for one in results for words in one.misses()]
    assert whole.acceptable >= 0.95 * whole.line, "\n".join(misses[:40])
    assert whole.repairs == whole.true + whole.untold, "\n".join(one for one in misses if one.startswith("repair"))
    assert whole.untold <= 0.01 * whole.repairs
    assert whole.repaired >= 0.8 * whole.line


# -- slips without text


@cache
def compared() -> tuple[Compared, ...]:
    return tuple(try_trees(TREES, SEED))


def slice_of(number: int) -> Iterator[Compared]:
    return islice(compared(), number, None, SLICES)


@pytest.mark.parametrize("number", range(SLICES))
def test_the_proof_and_the_numbers_agree_on_mutated_claims(number: int) -> None:
    assert [one.words() for one in slice_of(number) if one.is_wrong_and_accepted] == []
    assert [one.words() for one in slice_of(number) if one.is_right_and_refuted] == []


def test_so_many_claims_are_mutated_and_nearly_all_decided() -> None:
    found = compared()
    assert len(found) > 0.98 * TREES
    assert sum(one.numbers is False for one in found) > 0.9 * TREES
    assert sum(one.proof is None for one in found) < 0.001 * TREES


# -- right notes in other words


@pytest.mark.parametrize("place", range(len(DERIVATIONS)), ids=DERIVATIONS)
def test_rewriting_is_no_mistake(place: int) -> None:
    found = [rewritten_note(number, SEED) for number in range(place, REWRITES, len(DERIVATIONS))]
    assert [words for one in found for words in one.wrong] == []
    assert [one.trouble for one in found if one.trouble] == []
    assert [words for one in found for words in one.open] == []


def test_rewriting_keeps_the_value() -> None:
    for number in range(400):
        before, after, derivation = keeps_the_value(number, SEED)
        assert same_value(before, after, derivation), latex(after, derivation.notation)


# -- the evaluation of repairs


def repair_of(target: Target, start: int, end: int, replacement: str, side: str = "") -> Repair:
    return Repair(target, (Edit(Span(start, end), replacement),), side, ("sign-flip",))


def test_an_evaluated_repair_is_true_only_where_it_restores_the_value() -> None:
    slip = next(one for one in all_slips() if one.derivation == "staged" and one.operator == "sign of the side")
    outcome = try_slip(slip, own_letters=True)
    assert outcome.verdict == "exact"
    assert outcome.source is not None
    text, note = outcome.note.text, outcome.source
    place = next(one for one in outcome.note.places if outcome.step and one.relation == outcome.step.relation.start)
    start = place.side[0]
    assert text[start] == "-"
    for target in (Target.TRUTH, Target.STEP):
        right = evaluate(repair_of(target, start, start + 1, ""), outcome.note, place, slip.right.head, note)
        assert right.true is True, right
        wrong = evaluate(repair_of(target, start, start + 1, "2 "), outcome.note, place, slip.right.head, note)
        assert wrong.true is False, wrong
        untold = evaluate(repair_of(target, start, start + 1, r"\int "), outcome.note, place, slip.right.head, note)
        assert untold.true is None, untold
        other = repair_of(target, start, start + 1, "", side="1")
        assert evaluate(other, outcome.note, place, slip.right.head, note).true is False


def test_to_write_the_right_formula_again_is_a_true_repair_of_every_slip() -> None:
    slips = [one for operator in CODES for one in tried(operator) if one.outcome.verdict == "exact"][::4]
    for outcome in (one.outcome for one in slips):
        slip, note, step = outcome.slip, outcome.source, outcome.step
        assert note is not None
        assert step is not None
        place = next(one for one in outcome.note.places if one.relation == step.relation.start)
        right, span = (slip.right.head, place.head) if slip.in_head else (slip.right.sides[place.step], place.side)
        before = slip.right.sides[place.step - 1] if place.step else None
        for target in (Target.TRUTH, Target.STEP):
            repair = repair_of(target, *span, latex(right, note.notation))
            assert evaluate(repair, outcome.note, place, before, note).true is True, outcome.note.text
        nothing = repair_of(Target.TRUTH, *place.side, outcome.note.text[slice(*place.side)])
        assert evaluate(nothing, outcome.note, place, before, note).true is not True, outcome.note.text


def test_the_relation_of_a_printed_step_is_not_that_of_a_bound_or_a_case() -> None:
    assert relation(r"\frac{a}{b} = \sum_{j=1}^n x_j") == 12
    assert relation(r"\sum_{j=1}^n x_j") == -1
    assert relation(r"\begin{cases} 1 & i = j \\ 0 & i \neq j \end{cases}") == -1


def test_edits_move_what_stands_behind_them() -> None:
    edits = (Edit(Span(0, 0), "ab"), Edit(Span(4, 5), ""), Edit(Span(8, 8), "!"))
    assert mended_text("01234567", edits) == "ab0123567!"
    assert moved((0, 2), edits) == (0, 4)
    assert moved((2, 8), edits) == (4, 10)
    assert moved((5, 7), edits) == (6, 8)
