"""The page: every formula as mathematics, nothing left out, nothing run, and readable in a real browser.

With BNVERIFY_SCREENSHOTS=FOLDER pictures of the five notes are left there, as they are and as they were found.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from time import monotonic, process_time
from unicodedata import normalize

import pytest
from click.testing import CliRunner

from bnverify.cli.main import main
from bnverify.elements import markup
from bnverify.files.reading import load
from bnverify.html.mathml import mathml
from bnverify.html.page import render
from bnverify.html.prose import Aside, block_of_code
from bnverify.html.typeset import typeset
from bnverify.read.latex import parse
from bnverify.read.tokens import scan
from bnverify.record import Report
from bnverify.report.look import Look
from bnverify.run import check_notes, check_paths, check_text, options_from
from bnverify.source import Span
from tests.browser import CHROMIUM, Page, browser
from tests.conftest import DERIVATIONS, ROOT, share

NOTES = [path for path in DERIVATIONS if path.stem[:1].isdigit()]
SHOWN = share(3, NOTES)
PROOF = options_from(witness="proof")
SCREENSHOTS = os.environ.get("BNVERIFY_SCREENSHOTS")


def page_of(text: str, name: str = "note.md") -> str:
    return render(check_text(text, name, PROOF))


def tree_of(page: str) -> ET.Element:
    """The page as XML: it is well-formed, beyond what HTML asks for."""
    assert page.startswith("<!DOCTYPE html>\n")
    return ET.fromstring(page.split("\n", 1)[1])


def with_class(root: ET.Element, name: str, tag: str = "*") -> Iterator[ET.Element]:
    return (one for one in root.iter(None if tag == "*" else tag) if name in one.get("class", "").split())


def text_of(element: ET.Element) -> str:
    return "".join(element.itertext())


@pytest.fixture(scope="module")
def report() -> Report:
    return check_notes((load(str(path)) for path in SHOWN), PROOF)


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render(report)


@pytest.fixture(scope="module")
def root(page: str) -> ET.Element:
    return tree_of(page)


# -- nothing is left out

GREEK = {"gamma": "γ", "beta": "β", "mu": "μ", "sigma": "σ", "epsilon": "ε", "delta": "δ"}
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<!\$)\$([^$]+)\$(?!\$)", re.DOTALL)
WRITTEN = re.compile(r"\\(?:begin|end)\{\w+\}|\\(?P<command>[A-Za-z]+)|(?P<letter>[A-Za-z0-9])", re.DOTALL)


def letters_of_latex(latex: str) -> str:
    """Letters and numbers of a formula, in order: Greek ones by name, all other commands silent."""
    return "".join(GREEK.get(one["command"] or "", one["letter"] or "") for one in WRITTEN.finditer(latex))


def letters(text: str) -> str:
    return "".join(one for one in normalize("NFKC", text) if one.isalnum())


def test_every_formula_has_the_letters_and_numbers_of_its_source_in_their_order(root: ET.Element) -> None:
    for place, path in enumerate(SHOWN, 1):
        body = root.find(f".//*[@id='n{place}-body']")
        assert body is not None
        rows = [one for kind in ("formula", "prose") for one in with_class(body, kind, "div")]
        rows.sort(key=list(body.iter()).index)
        shown = [letters(text_of(math)) for row in rows for math in row.iter("math")]
        text = path.read_text(encoding="utf-8")
        assert "".join(shown) == "".join(letters_of_latex(a or b) for a, b in FORMULA.findall(text))
        assert len(shown) > 10


def without_formulas(element: ET.Element) -> str:
    inner = "".join(without_formulas(one) + (one.tail or "") for one in element)
    hidden = element.tag == "math" or "sign" in element.get("class", "")
    return "" if hidden or element.tag == "summary" else (element.text or "") + inner


def test_every_word_of_a_note_stands_in_the_page_in_its_order(root: ET.Element) -> None:
    for place, path in enumerate(SHOWN, 1):
        body = root.find(f".//*[@id='n{place}-body']")
        assert body is not None
        shown = [without_formulas(one) for one in body if {"prose", "comments"} & set(one.get("class", "").split())]
        assert letters("".join(shown)) == letters(FORMULA.sub("", path.read_text(encoding="utf-8")))


def test_a_comment_inside_a_formula_is_shown_below_it() -> None:
    page = page_of("$$\\mu = \\frac{1}{n} \\sum_i x_i % my own remark\n$$\n")
    assert "% my own remark" in page


def test_the_cells_of_a_notebook_are_sections(tmp_path: Path) -> None:
    path = tmp_path / "notes.ipynb"
    cells = '{"cell_type": "markdown", "metadata": {}, "source": ["# One\\n", "$\\\\mu = 2$"]}'
    path.write_text(f'{{"cells": [{cells}, {cells.replace("One", "Two")}], "nbformat": 4, "metadata": {{}}}}', "utf-8")
    root = tree_of(render(check_notes([load(str(path))], PROOF)))
    assert [text_of(one) for one in root.iter() if one.tag in ("h4", "h5")] == ["cell 1", "One", "cell 2", "Two"]


def test_a_latex_document_keeps_its_sections_and_its_preamble() -> None:
    text = "\\documentclass{article}\n\\begin{document}\n\\section{Layer}\nSo \\emph{be} it: \\(y = x\\).\n\\end{document}\n"
    root = tree_of(page_of(text, "note.tex"))
    assert [text_of(one) for one in root.iter("h4")] == ["Layer"]
    assert [text_of(one) for one in root.iter("em")] == ["be"]
    assert "documentclass" in text_of(root)


# -- MathML says what was read

NUMBERS = {"a": Fraction(3), "b": Fraction(5), "c": Fraction(7), "d": Fraction(11)}
SPOKEN = {"−": "-", "+": "+", "⋅": "*", "\u2062": "*", "/": "/", "(": "(", ")": ")", "[": "(", "]": ")"}


def calculation(node: ET.Element) -> str:
    """What the eye reads: nothing groups but brackets, fractions, roots and powers."""
    parts = [calculation(one) for one in node]
    match node.tag:
        case "mi":
            return f"n['{node.text}']"
        case "mn":
            return f"Fraction({node.text})"
        case "mo":
            return SPOKEN[node.text or ""]
        case "mfrac":
            return f"(({parts[0]}) / ({parts[1]}))"
        case "msup":
            return f"({parts[0]}) ** int({parts[1]})"
        case _:
            return "".join(parts)


@pytest.mark.parametrize(
    ("latex", "value"),
    [
        (r"\frac{a + b}{c}", Fraction(8, 7)),
        (r"{a + b} c", Fraction(56)),
        (r"c {a - b}", Fraction(-14)),
        (r"a - {b - c}", Fraction(5)),
        (r"a - {b + c}", Fraction(-9)),
        (r"{a b}^2", Fraction(225)),
        (r"\frac{a}{b}^2", Fraction(9, 25)),
        (r"{a + b}/c", Fraction(8, 7)),
        (r"a / {b c}", Fraction(3, 35)),
        (r"a / {b / c}", Fraction(21, 5)),
        (r"a \cdot {-b}", Fraction(-15)),
        (r"a \cdot 2 b", Fraction(30)),
        (r"-{a + b}", Fraction(-8)),
        (r"\frac{1}{\frac{a}{b}} c", Fraction(35, 3)),
    ],
)
def test_brackets_that_the_tree_does_not_have_are_put_back(latex: str, value: Fraction) -> None:
    shown = ET.fromstring(markup(mathml(parse(scan(latex, Span(0, len(latex)))))))
    assert eval(calculation(shown), {"n": NUMBERS, "Fraction": Fraction}) == value


def test_rows_of_an_environment_stay_rows() -> None:
    text = "$$\\begin{aligned} a &= b \\\\ &= c \\\\ &\\quad + d \\end{aligned}$$"
    shown = [
        text_of(one)
        for one in with_class(tree_of(page_of(text)), "scroll", "div")
        if one.get("aria-label", "").startswith("formula")
    ]
    assert [letters(one) for one in shown] == ["ab", "c", "d"]
    cases = r"$$\frac{\partial x_i}{\partial x_j} = \begin{cases} 1 & \text{if } i = j \\ 0 & \text{else} \end{cases}$$"
    table = next(tree_of(page_of(cases)).iter("mtable"))
    assert [letters(text_of(one)) for one in table.iter("mtr")] == ["1ifij", "0else"]


def test_what_nobody_can_read_is_shown_as_its_source() -> None:
    root = tree_of(page_of("$$a = \\unheardof{b} + c$$\n"))
    assert "\\unheardof" in [text_of(one) for one in with_class(root, "source", "mtext")]
    assert any("not readable" in text_of(one) for one in with_class(root, "said"))


def test_an_index_takes_one_digit_of_a_number_as_in_latex() -> None:
    latex = r"x^12 \frac123 y_45^6"
    (found,) = tree_of(page_of(f"Now ${latex}$.\n")).iter("math")
    assert [[text_of(part) for part in one] for one in found.iter() if one.tag in ("msup", "msub", "mfrac")] == [
        ["x", "1"],
        ["1", "2"],
        ["y", "4"],
        ["5", "6"],
    ]
    assert letters(text_of(found)) == "x12123y456"


def seconds(work: Callable[[], object]) -> float:
    start = process_time()
    work()
    return process_time() - start


def test_a_formula_and_a_block_of_code_take_time_in_proportion_to_their_length() -> None:
    """With each digit at the cost of the whole formula, 4000 powers took 9 s; these blanks took minutes."""
    latex = "x^12 " * 4_000
    tokens = scan(latex, Span(0, len(latex)))
    assert seconds(lambda: typeset(tokens, lambda piece: piece.text)) < 3
    code = Aside("code", f"```\n{' ' * 200_000}x\n``` x", 0)
    assert seconds(lambda: block_of_code(code)) < 3


@pytest.mark.parametrize(
    ("written", "inside"),
    [
        ("```py\na\n\n  b\n```\n", "a\n\n  b"),
        ("  ~~~~\n~~~\n > ~~~~~", "~~~"),
        ("```\n```", ""),
        ("```\nnever closed", "```\nnever closed"),
        ("    a = 1\n    b = 2", "    a = 1\n    b = 2"),
    ],
)
def test_a_block_of_code_stands_without_its_fence(written: str, inside: str) -> None:
    assert text_of(ET.fromstring(markup(block_of_code(Aside("code", written, 0))))) == inside


def test_the_limits_of_a_project_hold_when_a_note_is_read_again_for_its_page(tmp_path: Path) -> None:
    formula = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$"
    (tmp_path / "note.md").write_text(formula, encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("[tool.bnverify.limits]\nformula = 60\n", encoding="utf-8")
    asked = [replace(PROOF, isolated=isolated) for isolated in (False, True)]
    limited, unlimited = (text_of(tree_of(render(check_paths([str(tmp_path / "note.md")], one)))) for one in asked)
    assert "a formula of more than 60 characters is not read" in limited
    assert r"\frac{\partial L}{\partial \beta}" in limited
    assert "no final formula to try under other conventions" in limited
    assert "no final formula" not in unlimited


# -- what was found

FLIPPED = r"""Begin.

$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$

$$= -\sum_j \frac{\partial L}{\partial y_j}$$
"""


def test_a_wrong_step_has_its_cause_its_numbers_and_its_repair_beside_it() -> None:
    root = tree_of(page_of(FLIPPED))
    (card,) = with_class(root, "card", "div")
    assert "a sign is wrong" in text_of(card)
    assert "and this side is −" in text_of(card)
    (repair,) = with_class(card, "repair", "figure")
    assert letters(text_of(next(repair.iter("math")))) == "iLyi"
    assert r"\sum_i \frac{\partial L}{\partial y_i}" in [text_of(one) for one in with_class(repair, "latex")]
    words = [" ".join(text_of(one).split()) for one in with_class(root, "said")]
    assert words == ["✗ wrong sign-flip", "↳ follows from line 3"]


def test_an_expected_finding_says_so_and_is_not_among_the_others() -> None:
    root = tree_of(page_of(FLIPPED.replace("$$\n\n$$=", "$$\n<!-- expect: sign-flip -->\n\n$$=")))
    assert "Nothing was found that counts." in text_of(root)
    assert any("expected" in text_of(one) for one in with_class(root, "said"))


def test_a_note_without_final_formulas_says_that_there_is_no_matrix() -> None:
    assert "no final formula" in page_of("$$\\mu = \\frac{1}{n} \\sum_i x_i$$\n")


@pytest.mark.parametrize(
    ("code", "words"), [("hidden-slip", "! right by luck"), ("redefined-symbol", "△ with a warning")]
)
def test_each_warning_about_a_right_step_has_a_mark_of_its_own(code: str, words: str) -> None:
    page = (ROOT / "bnverify" / "explain" / f"{code}.md").read_text(encoding="utf-8")
    root = tree_of(page_of(page.split("\n## ")[0]))
    said = [" ".join(text_of(one).split()) for one in with_class(root, "said")]
    assert [one for one in said if code in one] == [f"{words} {code} expected"]
    assert sum("by luck" in one for one in said) == (code == "hidden-slip")


def links_of(root: ET.Element) -> list[str]:
    """Where the links of the list of findings lead; each place is there."""
    (findings,) = (one for one in root.iter("section") if one.get("aria-labelledby") == "findings")
    links = [one.get("href", "") for one in findings.iter("a")]
    assert {one[1:] for one in links} <= {one.get("id") for one in root.iter()}
    return links


def test_quiet_leaves_the_text_of_the_notes_out() -> None:
    page = render(check_text(FLIPPED, "note.md", PROOF), Look(quiet=True))
    assert "1 step is wrong" in page
    assert "Begin." not in page
    assert links_of(tree_of(page)) == ["#n1"]


def test_a_note_that_cannot_be_shown_keeps_its_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(read: object) -> None:
        raise ZeroDivisionError("a fault of ours")

    monkeypatch.setattr("bnverify.html.note.body_of", fault)
    root = tree_of(page_of(FLIPPED))
    assert "This note could not be shown" in text_of(root)
    assert "Nothing was found" not in text_of(root)
    assert links_of(root) == ["#n1"]


def test_what_costs_more_than_a_look_is_left_out_when_the_time_of_the_run_is_over() -> None:
    text = FLIPPED + "\n$$\\frac{\\partial L}{\\partial x_i} = 0$$\n"
    report = check_text(text, "note.md", PROOF)
    within, after = (text_of(tree_of(render(report, Look(until=monotonic() + by)))) for by in (60.0, -1.0))
    assert "Worked out" in within
    assert "the time of the run was over" not in within
    assert "Worked out" not in after
    assert "a sign is wrong" in after
    for command in ("variants", "graph"):
        assert f"left out, for the time of the run was over: `bnverify {command}` shows it" in after


def test_a_page_is_made_while_the_time_of_the_run_still_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[float, float]] = []

    def spy(report: Report, look: Look) -> str:
        assert look.until is not None
        seen.append((look.until - monotonic(), signal.getitimer(signal.ITIMER_REAL)[0]))
        return "page\n"

    monkeypatch.setattr("bnverify.html.page.render", spy)
    (tmp_path / "note.md").write_text("$$y = x$$\n", encoding="utf-8")
    words = ["check", "--no-cache", "--timeout", "50", "--output-format", "html", str(tmp_path / "note.md")]
    CliRunner().invoke(main, words, catch_exceptions=False)
    ((left, until_signal),) = seen
    assert 0 < left <= 50 < until_signal
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0


def test_a_side_that_stands_in_the_next_formula_is_marked_there_too() -> None:
    text = "$$\\frac{\\partial L}{\\partial \\beta} =$$\n\n$$-\\sum_i \\frac{\\partial L}{\\partial y_i}$$\n"
    root = tree_of(page_of(text))
    rows = [one.get("class") for one in with_class(root, "formula", "div")]
    assert rows == ["row formula wrong", "row formula wrong"]
    assert any("side of line 1" in text_of(one) for one in with_class(root, "said"))


# -- the page as a document


def test_names_are_unique_and_every_link_leads_somewhere(root: ET.Element) -> None:
    names = [name for one in root.iter() if (name := one.get("id"))]
    assert len(names) == len(set(names))
    links = {one.get("href", "") for one in root.iter("a")}
    assert len(links) > 50
    assert all(one.startswith("#") and one[1:] in names for one in links)
    labels = " ".join(one.get("aria-labelledby", "") for one in root.iter()).split()
    assert set(labels) <= set(names)


def test_headings_follow_each_other_without_a_gap(root: ET.Element) -> None:
    levels = [int(one.tag[1]) for one in root.iter() if re.fullmatch(r"h[1-6]", str(one.tag))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_there_are_landmarks_and_what_scrolls_has_a_name(root: ET.Element) -> None:
    assert [len(list(root.iter(tag))) for tag in ("header", "main", "footer", "nav")] == [1, 1, 1, 1]
    assert all(one.get("aria-label") for one in root.iter() if one.get("tabindex") == "0" and one.tag != "pre")
    assert all(one.get("aria-label") or one.get("aria-labelledby") for one in root.iter() if one.get("role") == "img")


def assert_harmless(root: ET.Element) -> None:
    """No element that runs or loads, no attribute that does, no link out of the page, and a policy that says so."""
    for one in root.iter():
        assert one.tag not in ("script", "iframe", "object", "embed", "img", "link", "form", "base")
        assert not any(name.startswith("on") or name in ("src", "style", "action", "srcset") for name in one.attrib)
        assert one.get("href", "#").startswith("#")
    policy = [one.get("content", "") for one in root.iter("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert [one.split(";")[0] for one in policy] == ["default-src 'none'"]
    assert "'unsafe" not in policy[0]


def test_nothing_in_the_page_runs_or_loads(page: str, root: ET.Element) -> None:
    assert_harmless(root)
    assert "://" not in page


COLOURS = re.compile(r"--([a-z-]+): (#[0-9a-f]{6})")


def luminance(colour: str) -> float:
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_stand_out_from_what_they_stand_on_in_light_and_in_dark() -> None:
    style = (ROOT / "bnverify" / "html" / "style.css").read_text(encoding="utf-8")
    light, dark = style.split("prefers-color-scheme: dark", 1)
    for scheme in (light, dark):
        found = dict(COLOURS.findall(scheme))
        grounds = {name for name in found if name.endswith("-ground")}
        pairs = [(one.removesuffix("-ground"), one) for one in grounds]
        pairs += [(ink, on) for ink in ("ink", "quiet", "link") for on in ("ground", "raised", *grounds)]
        pairs += [(one.removesuffix("-ground"), on) for one in grounds for on in ("ground", "raised")]
        assert len(pairs) > 30
        for ink, ground in pairs:
            high, low = sorted((luminance(found[ink]), luminance(found[ground])), reverse=True)
            assert (high + 0.05) / (low + 0.05) >= 4.5, (ink, ground)


def test_two_runs_make_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "note.md").write_text(FLIPPED, encoding="utf-8")
    made = []
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "bnverify", "check", "--no-cache", "--output-format", "html", "note.md"]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        made.append(subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False).stdout)
    assert made[0] == made[1]
    assert made[0].startswith(b"<!DOCTYPE html>")


# -- hostile notes

SCRIPT = "<script>window.hacked = 1</script>"
EVENT = '"><img src="http://127.0.0.1:9/x" onerror="window.hacked = 1">'
HOSTILE = rf"""---
bnverify:
  title: {SCRIPT}
---

# {SCRIPT} {EVENT}

{SCRIPT} </style></title></textarea> &lt;script&gt; &#60;b&#62; [here](javascript:window.hacked=1) \u202e{chr(0x202E)}abc{chr(0x2066)}

<!-- {EVENT.replace(">", "")} -->
`{EVENT}`

```html
{SCRIPT}
```

$$\text{{{EVENT}}} = \href{{javascript:window.hacked=1}}{{x}} \tag{{{SCRIPT}}}$$

$$\frac{{\partial L}}{{\partial \beta}} = -\sum_i \frac{{\partial L}}{{\partial y_i}} \quad \text{{</style>{SCRIPT}}} \label{{{EVENT}}}$$

Inline $x_{{<b onclick=1>}} = \style{{color:red}}{{a}}$, $\class{{x}}{{y}} = {chr(0x202E)}z$ and {chr(0)}{chr(7)} the end {EVENT}
"""
NAMES = ['"><script>window.hacked=1</script>.md', "a&b<!--.md", f"{chr(0x202E)}txt.md", "'onload='x.tex"]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_note_makes_a_page_like_any_other(name: str) -> None:
    page = page_of(HOSTILE, name)
    root = tree_of(page)
    assert_harmless(root)
    assert chr(0x202E) not in page
    assert chr(0x2066) not in page
    assert "window.hacked" in text_of(root)


# -- in a browser

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium here")


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def written(page: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


EMPTY_BOXES = """[...document.querySelectorAll('math')].filter(one => {
  const box = one.getBoundingClientRect();
  return one.checkVisibility() && (box.width < 3 || box.height < 3);
}).length"""
UNKNOWN = "[...document.querySelectorAll('math *')].filter(one => !(one instanceof MathMLElement)).length"


@needs_chromium
def test_every_formula_is_drawn_and_nothing_is_complained_about(written: Path, root: ET.Element, tab: Page) -> None:
    tab.look(1200)
    tab.open(written)
    assert tab.complaints == []
    assert tab.requests == [written.as_uri()]
    assert tab.value("document.querySelectorAll('math').length") == len(list(root.iter("math"))) > 100
    tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.value(EMPTY_BOXES) == 0
    assert tab.value(UNKNOWN) == 0


@needs_chromium
@pytest.mark.parametrize("width", [340, 700, 1400])
def test_the_page_is_never_wider_than_its_window(width: int, page: str, tmp_path: Path, tab: Page) -> None:
    path = tmp_path / "report.html"
    path.write_text(page.replace(str(ROOT), "/one_folder_inside_another" * 4), encoding="utf-8")
    tab.look(width)
    tab.open(path)
    tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert tab.value("document.documentElement.scrollWidth") <= width


INSIDE = """(() => {{
  const middle = one => {{ const box = one.getBoundingClientRect(); return [box.top, box.bottom] }};
  const row = name => middle(document.getElementById(name).closest('.row'));
  return [row('{source}'), row('{last}'), middle(document.querySelector('.arc.first')), middle(document.querySelector('.arc.last'))]
}})()"""


@needs_chromium
def test_an_arc_leads_from_the_wrong_step_to_the_one_that_follows(tmp_path: Path, tab: Page) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(FLIPPED), encoding="utf-8")
    for width in (360, 1200):
        tab.look(width)
        tab.open(path)
        source, last, begin, end = tab.value(INSIDE.format(source="n1-s1", last="n1-s2"))
        assert source[0] < begin[0] < source[1]
        assert last[0] < end[1] < last[1]
        assert source[1] <= begin[1] + 8
        assert begin[0] < begin[1]


@needs_chromium
def test_the_keyboard_reaches_the_skip_link_first_and_sees_where_it_is(written: Path, tab: Page) -> None:
    tab.look(1200)
    tab.open(written)
    for kind in ("keyDown", "keyUp"):
        tab.ask("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
    assert tab.value("document.activeElement.className") == "skip"
    assert tab.value("document.activeElement.getBoundingClientRect().left") >= 0
    assert tab.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"


@needs_chromium
@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_note_runs_nothing_and_asks_for_nothing(name: str, tmp_path: Path, tab: Page) -> None:
    path = tmp_path / "report.html"
    path.write_text(page_of(HOSTILE, name), encoding="utf-8")
    tab.look(1200)
    tab.open(path)
    tab.value("document.querySelectorAll('details').forEach(one => one.open = true)")
    tab.value("document.querySelectorAll('a, span, summary').forEach(one => one.click())")
    assert tab.value("window.hacked === undefined")
    assert [one for one in tab.requests if not one.startswith(path.as_uri())] == []
    assert tab.complaints == []


@needs_chromium
@pytest.mark.skipif(SCREENSHOTS is None, reason="pictures are made where BNVERIFY_SCREENSHOTS names a folder")
def test_pictures_are_made(tmp_path: Path, tab: Page) -> None:
    folder = Path(SCREENSHOTS or "")
    folder.mkdir(parents=True, exist_ok=True)
    for path in NOTES:
        text = path.read_text(encoding="utf-8")
        found = re.sub(r"^<!-- expect.*\n", "", text, flags=re.MULTILINE)
        for kind, one in (("", text), ("-as-found", found)):
            written = tmp_path / "report.html"
            written.write_text(render(check_text(one, path.name, options_from())), encoding="utf-8")
            for width, scheme in ((1200, "light"), (1200, "dark"), (390, "light")):
                tab.look(width, scheme)
                tab.open(written)
                tab.picture(folder / f"{path.stem}{kind}-{width}-{scheme}.png")
    assert len(list(folder.glob("*.png"))) >= 30
