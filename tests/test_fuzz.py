"""Right steps are fused and slips planted in them; any bytes are read: a small share of the long runs in `tests/fuzz`."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from bnverify.read.accounting import Account, account
from bnverify.read.chains import Script, read
from bnverify.source import Note, Span
from bnverify.truth.every_n import prover
from tests.conftest import judge
from tests.fuzz import mutators, run, soundness
from tests.fuzz.claims import Claim
from tests.fuzz.dressing import Dressed, standings
from tests.fuzz.fusing import WAYS, WEIGHTS, Equation, equations, right_chains
from tests.fuzz.inputs import look_at
from tests.fuzz.strategies import claims, files, right_equations, right_notes, slipped_notes
from tests.fuzz.tally import Tally, tally_of
from tests.mutation.bridge import forward_of, identity_of
from tests.mutation.derivations import DERIVATIONS, Derivation
from tests.mutation.judging import UNREAD, expected
from tests.mutation.notation import Chain, Written
from tests.mutation.trees import NoValue, Unclear, equal

OWN = Path(__file__).parent / "fuzz"
SHARE = {
    "trees": 200, "notes": 15, "rewrites": 15, "containers": 10, "family": 8, "inputs": 400, "checks": 15, "witnesses": 5,
}  # fmt: skip
"""How much of each long run is run every time; the numbers in `tests/fuzz/README.md` are those of the long ones."""
every_time = settings(derandomize=True, deadline=None, max_examples=30)


# -- fusions


@pytest.mark.parametrize("name", ["fusing", "planting"])
def test_what_makes_the_truth_shares_nothing_with_the_package(name: str) -> None:
    tree = ast.parse((OWN / f"{name}.py").read_text(encoding="utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not [one for one in names if one.split(".")[0] == "bnverify"]


def test_every_derivation_gives_equations_and_every_fusion_has_a_weight() -> None:
    assert len(WAYS) == len(WEIGHTS)
    assert all(len(equations(name)) > 15 for name in DERIVATIONS)
    assert sum(len(right_chains(name)) > len(DERIVATIONS[name].chains) for name in DERIVATIONS) >= 1


@given(right_equations())
@every_time
def test_a_fusion_of_right_steps_is_right(made: tuple[Derivation, Equation]) -> None:
    derivation, one = made
    try:
        assert equal(one.left, one.right, derivation.batches)
    except Unclear:
        assume(False)
    own = identity_of(one.left, one.right, derivation)
    assert prover(forward_of(derivation.unbiased)).equal(own) is not False


@given(claims())
@every_time
def test_the_proof_says_of_a_slip_what_the_numbers_say(claim: Claim) -> None:
    derivation = DERIVATIONS[claim.derivation]
    try:
        true = equal(claim.head, claim.side, derivation.batches)
        own = identity_of(claim.head, claim.side, derivation)
    except (NoValue, Unclear):
        assume(False)
    assert prover(forward_of(derivation.unbiased)).equal(own) in (true, None), claim.words()


@given(slipped_notes())
@every_time
def test_one_slip_makes_one_line_wrong_and_this_line_is_found(made: tuple[Dressed, Chain, Written]) -> None:
    note, chain, written = made
    try:
        must = expected(chain, note.derivation.batches)
    except (NoValue, Unclear):
        assume(False)
    right = note.chain
    changed = [step for step, side in enumerate(chain.sides) if side != right.sides[step]]
    if chain.head == right.head:
        others = [one for step, one in enumerate(must) if step not in changed]
        assert len(changed) == 1
        assert set(others) <= {"holds", "compensated"}
    found = standings(written.text)
    for place in written.places:
        said = found[place.relation]
        if said in UNREAD or place.chain != note.place:
            continue
        if said != must[place.step]:
            # A chain rule without its sum, which a later side has, is right: the sum is understood.
            assume(note.front and not _sum_is_understood(written.text))
        assert said == must[place.step], f"{said}, must be {must[place.step]}\n{written.text}"


def _sum_is_understood(text: str) -> bool:
    return any(code == "shorthand-sum" for step in judge(text).steps for code, _ in step.notices)


@given(right_notes())
@every_time
def test_a_right_note_in_other_words_holds(made: tuple[Dressed, Written]) -> None:
    _, written = made
    assert set(standings(written.text).values()) <= {"holds"}, written.text


# -- any bytes


@given(files)
@settings(every_time, max_examples=300)
def test_any_bytes_are_read_without_a_fault(made: tuple[str, bytes]) -> None:
    tally = Tally()
    look_at(*made, tally)
    assert tally.found == []


def test_the_corpus_is_not_empty_and_every_kind_of_file_is_made() -> None:
    assert len(mutators.corpus()) > 100
    assert len(mutators.paragraphs()) > 300
    assert len(mutators.FILES) == len(mutators.SHARES)


GOOD = "$a = b$ and $$c = d$$"


def faults(script: Script, found: Account | None = None) -> list[str]:
    return [fault.partition(":")[0] for fault in soundness.faults(script, found or account(script))]


def _broken() -> Iterator[tuple[str, Script, Account | None]]:
    """Scripts that are not as they must be, each with the fault that has to be seen."""
    script = read(Note("note.md", GOOD))
    first, second = script.chains
    far = Span(len(GOOD), len(GOOD) + 1)
    yield "a lost step", replace(script, chains=(second,)), None
    yield "head beyond the end", replace(script, chains=(replace(first, head_span=far), second)), None
    yield "two steps have one relation sign", replace(script, chains=(first, first, second)), None
    outside = replace(first.steps[0], relation=Span(8, 9))
    yield "a relation outside formulas", replace(script, chains=(replace(first, steps=(outside,)), second)), None
    yield "lost", script, Account(1, 0, 0, (Span(1, 2),))
    yield "negative counts", script, Account(-1, 0, 0, ())
    yield "more characters of mathematics than the text has", script, Account(99, 0, 0, ())


@pytest.mark.parametrize(("fault", "script", "found"), list(_broken()))
def test_a_reading_with_a_fault_is_seen(fault: str, script: Script, found: Account | None) -> None:
    assert fault in faults(script, found)


def test_a_sound_reading_has_no_fault() -> None:
    assert faults(read(Note("note.md", GOOD))) == []


# -- the runner


@pytest.mark.parametrize("campaign", SHARE)
def test_a_share_of_the_long_run_finds_nothing(campaign: str) -> None:
    tally = run.chunk_of(campaign)(1, 0, SHARE[campaign])
    assert [f"{one.kind}: {one.what}" for one in tally.found] == []
    assert sum(tally.counts.values()) >= SHARE[campaign]


def test_every_long_run_has_its_share() -> None:
    assert set(SHARE) == set(run.CAMPAIGNS)


def test_a_chunk_is_made_of_its_seed_and_number_alone() -> None:
    one, other, third = (run.chunk_of("inputs")(1, number, 60) for number in (3, 3, 4))
    assert one.counts == other.counts != third.counts


def test_a_line_of_the_log_holds_the_whole_chunk() -> None:
    tally = Tally(slowest=0.5, slow="x", seconds=1.0)
    tally.count("notes", 3)
    tally.reasons["why"] += 1
    tally.report("a kind", "a text\nof two lines")
    line = tally.line("notes", 1, 7, 200)
    assert "\n" not in line
    assert json.loads(line)["chunk"] == 7
    assert tally_of(line) == tally


def test_a_run_goes_on_where_it_is_told_to_and_its_status_tells_of_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def chunk(seed: int, number: int, size: int) -> Tally:
        tally = Tally()
        tally.count("inputs", size)
        if number == 5:
            tally.report("an exception", "a reproducer")
        return tally

    monkeypatch.setattr(run, "chunk_of", lambda _: chunk)
    log = str(tmp_path / "log")
    assert run.main(["inputs", "--count", "6000", "--seed", "2", "--log", log]) == 0
    assert run.main(["inputs", "--count", "6000", "--seed", "2", "--from", "3", "--log", log]) == 1
    assert "FOUND an exception: a reproducer" in capsys.readouterr().out
    with open(log, encoding="utf-8") as lines:
        assert [json.loads(line)["chunk"] for line in lines] == [0, 1, 2, 3, 4, 5]
    assert run.main(["report", "--log", log]) == 1
    assert "inputs 12000" in capsys.readouterr().out
