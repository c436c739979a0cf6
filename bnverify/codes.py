"""The codes of findings and notices: severity and short name of each, the most telling first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bnverify.diagnostic import Severity
from bnverify.frozen import frozen


@frozen
class Code:
    """What stands in the square brackets of a report; its page is `explain/NAME.md`, or what is said about it here."""

    name: str
    severity: Severity
    title: str
    about: str = ""


ERRORS = (
    ("mixed-variance", "right only under the other variance"),
    ("case-condition", "right in some cases of the indices only"),
    ("bound-index", "a sum uses the index of the left side"),
    ("extra-sum", "a sum too many"),
    ("dropped-sum", "a sum is missing"),
    ("missing-path", "a path to the loss is left out"),
    ("wrong-axis", "a sum along the wrong axis"),
    ("wrong-shape", "an array is said to have another shape"),
    ("wrong-upstream", "the gradient of another quantity comes in"),
    ("lost-hat", "a hat is missing, or one too many"),
    ("wrong-head", "the right side belongs to another left side"),
    ("sign-flip", "a sign is wrong"),
    ("wrong-count", "a count is lost, doubled, or off by one"),
    ("wrong-exponent", "a power is wrong"),
    ("missing-factor", "a factor is missing"),
    ("extra-factor", "a factor too many"),
    ("missing-parentheses", "brackets are missing"),
    ("missing-term", "a term is missing"),
    ("extra-term", "a term too many"),
    ("index-slip", "a wrong index"),
    ("misread-symbol", "one letter stands where another is meant"),
    ("undefined-symbol", "a letter has no meaning"),
    ("eps-placement", "epsilon is not where the definition has it"),
    ("small-n-only", "right for small batches only"),
    ("wrong-step", "wrong, and no small change makes it right"),
)
WARNINGS = (
    ("hidden-slip", "a zero hides a wrong factor"),
    ("compensated", "right again without a word"),
    ("redefined-symbol", "a letter gets a second meaning"),
    ("undecided", "this is not decided"),
    ("unreadable", "this cannot be read"),
    ("unused-ignore", "a comment ignores what is not there"),
)
NOTICES = (
    ("missing-partial", "a sign of differentiation is missing"),
    ("joined", "two formulas are read as one"),
    ("shorthand-sum", "a sum is left to the reader"),
    ("overridden", "another convention is forced on a definition"),
    ("missing-bracket", "a bracket is put back"),
)
CODES = tuple(
    Code(name, severity, title)
    for severity, table in ((Severity.ERROR, ERRORS), (Severity.WARNING, WARNINGS), (Severity.NOTICE, NOTICES))
    for name, title in table
)
WITHOUT_PAGE = (
    Code(
        "bad-setting",
        Severity.ERROR,
        "a setting of the front matter is wrong",
        "Below `bnverify:` in its front matter a note may set title, source, variance, epsilon, residual, "
        "upstream, derivatives, layer and symbols, each to one of a few words. Another key, or another word, "
        "would be passed over in silence if it were no error. What stands outside `bnverify:` belongs to other "
        "programs.",
    ),
    Code(
        "expectation",
        Severity.ERROR,
        "an expectation is not met",
        "`<!-- expect: code, code -->` behind a formula lists the findings that it is known to have, in reading "
        "order, and `<!-- expect[biased]: code -->` those under a forced choice. A finding that the list leaves "
        "out is an error, and so is one that does not come: a mended formula needs its expectation taken away.",
    ),
    Code(
        "condition",
        Severity.NOTICE,
        "the text around a formula states a condition",
        "Words such as “for i different from j” belong to the formula beside them, which is judged under this "
        "condition alone.",
    ),
    Code(
        "undefined-case",
        Severity.NOTICE,
        "a formula has no value in one case",
        "With epsilon = 0 a batch of equal samples has the variance 0, and its x-hat is 0/0. What is proved holds "
        "for every other batch.",
    ),
)
"""What is said of a note and not of its mathematics: a page with a wrong and a right line would show nothing."""
NAMES = tuple(code.name for code in CODES)


def ignored_codes(select: Iterable[str] | None, ignore: Iterable[str], source: str) -> Mapping[str, str]:
    """The codes that do not count, each with the reason: what is not selected (None: all are), what is ignored."""
    selected = NAMES if select is None else tuple(select)
    left = (code for code in NAMES if code not in selected)
    return {**dict.fromkeys(left, f"not selected ({source})"), **dict.fromkeys(ignore, source)}


def source(code: Code) -> str:
    """The page of a code, as Markdown."""
    from importlib.resources import files

    return files("bnverify.explain").joinpath(f"{code.name}.md").read_text(encoding="utf-8")
