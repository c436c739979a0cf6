"""The computational graph: its texts, what it refuses, and what it writes."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from bnverify.graph.build import build
from bnverify.graph.dot import dot
from bnverify.graph.drawing import built_in, of_note
from bnverify.graph.layout import Picture, Text, lay_out
from bnverify.graph.mermaid import mermaid
from bnverify.graph.page import Page, Style, page_of
from bnverify.graph.svg import svg
from bnverify.graph.tree import tree
from bnverify.judge.asked import Options
from bnverify.model.conventions import OF_FORWARD, Convention
from bnverify.model.notation import Symbol
from bnverify.model.standard import STANDARD
from bnverify.report.pieces import WIDTH, width
from bnverify.source import Note
from bnverify.write import write_output
from tests.conftest import ROOT, share
from tests.test_command_line import bnverify

CASES = [
    (name, convention)
    for name, one in STANDARD.items()
    for convention in share(1 if name == "batch" else 5, tuple(one.conventions()))
]
NOTES = (
    "derivations/000-unbiased-by-hand.md",
    "derivations/001-with-a-quotient-rule-attempt.md",
    "derivations/002-computational-graph.md",
    "derivations/right-biased.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "derivations" / "family").glob("*.md")),
    "tests/notes/helper-s-as-node.md",
    "tests/notes/helpers-as-nodes.md",
    "tests/notes/other-letters.md",
    "tests/notes/residual-mu-minus-x.md",
    "tests/notes/family/cells-of-a-group.md",
    "tests/notes/family/an-index-too-few.md",
    "tests/notes/family/squared-error-behind-it.md",
    "tests/notes/family/softmax-of-a-batch.md",
)
HOSTILE = (
    '"]-->n9[<script>alert(1)</script>`**_\\N\\"%%{init: {}}%%$$x$$ #quot; &amp; | ; end\nclick n0 href "x" \u202e'
)


@cache
def of_case(name: str, convention: Convention) -> Page:
    return built_in(name, Options(forced={part: convention.choices[part].value for part in OF_FORWARD})).page


@cache
def of_file(path: str) -> Page:
    return of_note(Note(path, (ROOT / path).read_text(encoding="utf-8")), Options()).page


@cache
def hostile() -> Page:
    """Batch norm with a scale, a size and a title that try to be markup."""
    standard = STANDARD["batch"]
    usual = standard.spelling(beyond_ascii=True)
    bad = {name: Symbol(HOSTILE) for name in ("gamma", "size 0", "loss")}
    spelling = replace(usual, symbols={**usual.symbols, **bad})
    graph = build(standard.forward(Convention()))
    return page_of(graph, Style(spelling, standard.indices, "D"), HOSTILE, (HOSTILE,))


PAGES = [*(pytest.param(of_case, one, id=f"{one[0]}-{i}") for i, one in enumerate(CASES))]
PAGES += [pytest.param(of_file, (path,), id=path) for path in NOTES]
PAGES += [pytest.param(hostile, (), id="hostile")]
every_page = pytest.mark.parametrize(("maker", "words"), PAGES)


# -- the page


def test_the_graph_of_batch_norm_reads_as_in_a_textbook() -> None:
    page = of_case("batch", Convention())
    assert [(box.symbol, box.shape) for box in page.boxes] == [
        ("xᵢ", "(N, D)"), ("μ", "(D,)"), ("v", "(D,)"), ("x̂ᵢ", "(N, D)"),
        ("γ", "(D,)"), ("β", "(D,)"), ("yᵢ", "(N, D)"), ("L", "scalar"),
    ]  # fmt: skip
    named = {(page.boxes[one.parent].symbol, page.boxes[one.child].symbol): one for one in page.arrows}
    assert len(named) == len(page.arrows) == 10
    assert named["v", "x̂ᵢ"].local == "∂x̂ᵢ/∂v = −x̂ᵢ/(2 (v + ε))"
    assert named["v", "x̂ᵢ"].message == "Σᵢ (∂L/∂x̂ᵢ · ∂x̂ᵢ/∂v) = −1/(2 (v + ε)) · Σᵢ (∂L/∂x̂ᵢ · x̂ᵢ)"
    assert named["μ", "v"].local.endswith("= 0, because the residuals add up to zero")
    assert named["μ", "v"].message == "∂L/∂v · ∂v/∂μ = 0"
    assert not named["μ", "v"].flows
    assert named["yᵢ", "L"].message == "∂L/∂yᵢ, which is given"
    first, closed = page.boxes[0].gradient
    assert first == "∂L/∂xᵢ = ∂L/∂μ · ∂μ/∂xᵢ + ∂L/∂v · ∂v/∂xᵢ + ∂L/∂x̂ᵢ · ∂x̂ᵢ/∂xᵢ"
    assert closed.startswith("= γ/(N √(v + ε)) · (N ∂L/∂yᵢ − ")


def test_shapes_are_those_that_people_use() -> None:
    shapes = {name: {box.symbol: box.shape for box in of_case(name, Convention()).boxes} for name in STANDARD}
    assert shapes["layer"] == {
        "xᵢⱼ": "(N, D)", "μᵢ": "(N,)", "vᵢ": "(N,)", "x̂ᵢⱼ": "(N, D)", "γⱼ": "(D,)", "βⱼ": "(D,)", "yᵢⱼ": "(N, D)",
        "L": "scalar",
    }  # fmt: skip
    assert shapes["instance"]["x_ncp"] == "(N, C, P)"
    assert shapes["instance"]["μ_nc"] == "(N, C)"
    assert shapes["instance"]["γ_c"] == "(C,)"
    assert shapes["group"]["x_ngcp"] == "(N, G, C, P)"
    assert set(shapes["rms"]) == {"xᵢⱼ", "vᵢ", "x̂ᵢⱼ", "γⱼ", "yᵢⱼ", "L"}


def test_a_helper_by_which_a_note_differentiates_is_a_node() -> None:
    page = of_file("tests/notes/helpers-as-nodes.md")
    assert [box.symbol for box in page.boxes] == ["xᵢ", "μ", "dᵢ", "v", "r", "x̂ᵢ", "γ", "β", "yᵢ", "L"]


def test_a_note_is_drawn_in_its_own_letters() -> None:
    page = of_file("derivations/002-computational-graph.md")
    assert page.title == "derivations/002-computational-graph.md"
    assert [box.symbol for box in page.boxes] == ["xᵢ", "μ", "σ²", "x̂ᵢ", "r", "β", "yᵢ", "L"]
    tokens = of_file("derivations/family/batch-norm-2d.md")
    assert (tokens.boxes[0].symbol, tokens.boxes[0].shape) == ("x_nchw", "(N, C, H, W)")


def test_a_note_that_defines_nothing_gets_the_built_in_graph_and_is_told() -> None:
    page = of_note(Note("note.md", "$$\\frac{\\partial L}{\\partial \\beta} = 1$$\n"), Options()).page
    assert page.remarks[0] == "the note defines no forward pass: this is the built-in graph of batch norm"
    assert page.boxes == of_case("batch", Convention()).boxes


def test_no_gradient_flows_into_the_constants_of_inference() -> None:
    page = of_file("derivations/family/batch-norm-inference.md")
    quiet = {page.boxes[one.parent].symbol for one in page.arrows if not one.flows}
    assert quiet == {"μ", "σ²"}
    assert all(not box.gradient for box in page.boxes if box.symbol in quiet)


# -- the renderings


@every_page
def test_the_tree_fits_a_terminal_and_shows_every_text(maker, words) -> None:  # type: ignore[no-untyped-def]
    page = maker(*words)
    shown = tree(page)
    if maker is not hostile:
        assert max(map(width, shown.splitlines())) <= WIDTH
    joined = " ".join(word for word in shown.split() if word not in ("│", "├─", "└─"))
    for box in page.boxes:
        assert " ".join(box.formula.split()) in joined
    for arrow in page.arrows:
        assert " ".join(f"{arrow.local} ← {arrow.message}".split()) in joined


@every_page
def test_no_two_labels_of_the_picture_meet(maker, words) -> None:  # type: ignore[no-untyped-def]
    picture = lay_out(maker(*words))
    for one, other in combinations(picture.texts, 2):
        assert not meet(one.box, other.box), f"{one.words!r} and {other.words!r}"
    for text in picture.texts:
        left, top, right, bottom = text.box
        assert left >= 0 <= top
        assert right <= picture.width
        assert bottom <= picture.height


@every_page
def test_no_edge_crosses_a_label_and_no_label_the_rim_of_a_box(maker, words) -> None:  # type: ignore[no-untyped-def]
    picture = lay_out(maker(*words))
    for text in picture.texts:
        for segment in segments(picture):
            assert not meet(text.box, segment), f"an edge crosses {text.words!r}"
        for box in picture.rectangles:
            rim = box.x, box.y, box.x + box.width, box.y + box.height
            assert not meet(text.box, rim) or is_inside(text, rim)


def segments(picture: Picture) -> list[tuple[float, float, float, float]]:
    ways = [way for line in picture.lines for way in (line.points, *([line.back] if line.flows else []))]
    pairs = [pair for way in ways for pair in pairwise(way)]
    return [(min(a, c) - 1, min(b, d) - 1, max(a, c) + 1, max(b, d) + 1) for (a, b), (c, d) in pairs]


def meet(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def is_inside(text: Text, rim: tuple[float, ...]) -> bool:
    left, top, right, bottom = text.box
    return rim[0] <= left and rim[1] <= top and right <= rim[2] and bottom <= rim[3]


@every_page
def test_the_picture_is_well_formed_and_needs_nothing_else(maker, words) -> None:  # type: ignore[no-untyped-def]
    page = maker(*words)
    text = svg(page)
    root = ET.fromstring(text)
    tags = {element.tag.split("}")[1] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "style", "defs", "marker", "path", "rect", "text"}
    assert "title" in tags
    assert "desc" in tags
    assert "prefers-color-scheme: dark" in text
    assert not any("href" in name for element in root.iter() for name in element.attrib)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    drawn = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    for box in page.boxes:
        assert {box.symbol, box.shape, box.formula, *box.gradient} <= set(drawn)
    for arrow in page.arrows:
        assert any(arrow.message in (words or "") for words in drawn)


@every_page
def test_the_diagrams_hold_one_line_for_each_node_and_edge(maker, words) -> None:  # type: ignore[no-untyped-def]
    page = maker(*words)
    expected = len(page.boxes) + len(page.arrows)
    drawn = mermaid(page).splitlines()
    assert drawn[0] == drawn[5] == "---"
    assert len(drawn) == 7 + expected
    assert len(dot(page).splitlines()) == 5 + expected


def test_hostile_letters_stay_text() -> None:
    page = hostile()
    drawn = mermaid(page)
    for forbidden in ("<script", "`", "%%", "{", "**", "$$", "\\N", "#quot"):
        assert forbidden not in drawn, forbidden
    assert all(line.count('"') in (0, 2) for line in drawn.splitlines())
    assert "<script" not in svg(page)
    assert "\u202e" not in drawn + dot(page) + svg(page) + tree(page)
    for line in dot(page).splitlines():
        assert line.replace("\\\\", "").replace('\\"', "").count('"') % 2 == 0
        assert "&amp;amp;" in line or "&" not in line.replace("&amp;", "")


# -- the command


def test_each_format_is_printed_and_written(tmp_path: Path) -> None:
    for form, start in (("tree", "batch norm"), ("mermaid", "---"), ("dot", "digraph"), ("svg", "<svg")):
        shown = bnverify("graph", "--format", form)
        assert shown.returncode == 0, shown.stderr
        assert shown.stdout.startswith(start)
        path = tmp_path / form
        assert bnverify("graph", "--format", form, "-o", str(path)).returncode == 0
        assert path.read_text(encoding="utf-8") == shown.stdout


def test_the_picture_in_the_documentation_is_current() -> None:
    current = (ROOT / "docs" / "graph.svg").read_text(encoding="utf-8")
    assert current == svg(of_case("batch", Convention()))


def test_a_note_from_standard_input_is_drawn() -> None:
    text = (ROOT / "derivations" / "002-computational-graph.md").read_text(encoding="utf-8")
    shown = bnverify("graph", "-", "--stdin-filename", "002.md", stdin=text)
    assert shown.returncode == 0
    assert shown.stdout.startswith("002.md\n")


def test_flags_of_the_convention_hold_for_notes_as_well() -> None:
    shown = bnverify("graph", str(ROOT / "derivations" / "right-biased.md"), "--variance", "unbiased")
    assert "the unbiased variance" in shown.stdout
    assert "1/(m − 1)" in shown.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--layer", "rms", "--variance", "unbiased"], "no other form than 1/D"),
        (["--layer", "rms", "--sign-convention", "mu-x"], "no sign to choose"),
        (["--layer", "batches"], "not known"),
        (["--upstream", "y"], "the graph is the same"),
        (["derivations"], "is a folder: name one note"),
        (["derivations/right-biased.md", "--layer", "rms"], "a note declares its own"),
        (["--stdin-filename", "a.md"], "add `-`"),
    ],
)
def test_what_has_no_meaning_is_refused(words: list[str], said: str) -> None:
    done = bnverify("graph", *words, cwd=ROOT)
    assert done.returncode == 2
    assert said in done.stderr
    assert not done.stdout


def test_a_file_that_cannot_be_read_is_told_as_by_check(tmp_path: Path) -> None:
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe\x00")
    for name in ("missing.md", "bytes.md"):
        path = str(tmp_path / name)
        done, checked = bnverify("graph", path), bnverify("check", path)
        assert done.returncode == checked.returncode == 2
        assert done.stderr.splitlines()[0] in checked.stdout + checked.stderr


# -- files


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    assert write_output(str(path), "new ∂") is None
    assert path.read_text(encoding="utf-8") == "new ∂"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(tmp_path) == ["graph.svg"]


def test_a_new_file_has_the_usual_mode(tmp_path: Path) -> None:
    path = tmp_path / "graph.svg"
    old = os.umask(0o027)
    try:
        assert write_output(str(path), "text") is None
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_what_keeps_a_file_from_being_written_leaves_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "graph.svg"
    path.write_text("old", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    trouble = write_output(str(path), "new")
    assert trouble is not None
    assert trouble.message == "the output cannot be written: No space left on device"
    assert path.read_text(encoding="utf-8") == "old"
    assert os.listdir(tmp_path) == ["graph.svg"]


def test_folders_and_devices_are_not_replaced(tmp_path: Path) -> None:
    for place in (str(tmp_path), os.devnull, str(tmp_path / "no" / "where.svg")):
        assert write_output(place, "text") is not None
    done = bnverify("graph", "-o", str(tmp_path))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
@pytest.mark.parametrize("page", [of_case("batch", Convention()), hostile()], ids=["batch", "hostile"])
def test_graphviz_reads_the_diagram_as_it_is_meant(page: Page) -> None:
    done = subprocess.run(["dot", "-Tsvg"], input=dot(page).encode(), capture_output=True, check=True)
    assert not done.stderr
    drawn = {element.text for element in ET.fromstring(done.stdout).iter("{http://www.w3.org/2000/svg}text")}
    plain = {" ".join(text.replace("\u00a0", " ").split()) for text in drawn if text}
    for box in page.boxes:
        assert " ".join(box.formula.split()) in plain
