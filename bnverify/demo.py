"""A first look: one right derivation, one wrong one, and what to type next."""

from __future__ import annotations

from bnverify.record import Report
from bnverify.report.full import render
from bnverify.report.pieces import Line, line
from bnverify.run import check_text, options_from

RIGHT = r"""
$$\mu = \frac{1}{n} \sum_{i=1}^n x_i$$

$$\sigma^2 = \frac{1}{n} \sum_{i=1}^n (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}$$

$$y_i = \gamma \hat{x}_i + \beta$$

$$\frac{\partial L}{\partial x_i} =
\frac{\gamma}{n \sqrt{\sigma^2 + \epsilon}} \left( n \frac{\partial L}{\partial y_i}
- \sum_{j=1}^n \frac{\partial L}{\partial y_j}
- \hat{x}_i \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j \right)$$
""".lstrip()
WRONG = RIGHT.replace(r"- \hat{x}_i \sum", r"+ \hat{x}_i \sum")


def page() -> list[Line]:
    """The two notes as text, each with its report."""
    options = options_from("declared", "all")
    lines = [line("The backward pass of batch normalisation, as one writes it:"), line(), *_quoted(RIGHT), line()]
    lines += _report(check_text(RIGHT, "right.md", options))
    lines += [line(), line("The same with one wrong sign, in the last line:"), line()]
    lines += _report(check_text(WRONG, "wrong.md", options))
    return [
        *lines,
        line(),
        line("Now your own note, Markdown or plain text with $...$ and $$...$$:"),
        line("  bnverify check NOTE.md"),
        line(
            "  bnverify check -e '\\frac{\\partial L}{\\partial \\beta} = \\sum_i \\frac{\\partial L}{\\partial y_i}'"
        ),
        line("  bnverify derive --n 4"),
    ]


def _quoted(text: str) -> list[Line]:
    return [line(f"    {one}") for one in text.rstrip().split("\n")]


def _report(report: Report) -> list[Line]:
    """The report without its advice, which speaks of a file that does not exist."""
    return render(report)[:-2]
