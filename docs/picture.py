"""Draws the picture of README from real output: `python docs/picture.py` writes docs/check.svg."""

from __future__ import annotations

import io
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bnverify.cli.screen import COLOURS
from bnverify.report.full import render
from bnverify.run import check_text, options_from

NOTE = r"""Backward pass of batch normalisation, by hand.

$$\mu = \frac{1}{n} \sum_{i=1}^n x_i, \qquad \sigma^2 = \frac{1}{n} \sum_{i=1}^n (x_i - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \qquad y_i = \gamma \hat{x}_i + \beta$$

$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n} (x_i - \mu)$$

$$= -\frac{2}{n} (x_i - \mu)$$

$$\frac{\partial L}{\partial \gamma} = \sum_{i=1}^n \frac{\partial L}{\partial y_i} \hat{x}_i$$

$$\frac{\partial L}{\partial x_i} = \frac{\gamma}{\sqrt{\sigma^2 + \epsilon}} \left( \frac{\partial L}{\partial y_i}
- \frac{1}{n} \sum_{j=1}^n \frac{\partial L}{\partial y_j}
- \frac{\hat{x}_i}{n-1} \sum_{j=1}^n \frac{\partial L}{\partial y_j} \hat{x}_j \right)$$
"""


def main() -> None:
    console = Console(record=True, width=112, file=io.StringIO(), markup=False, highlight=False, force_terminal=True)
    console.print(Text("$ bnverify check note.md", style="bold"))
    for one in render(check_text(NOTE, "note.md", options_from("declared", "all"))):
        console.print(Text.assemble(*((text, COLOURS.get(style, "")) for text, style in one)), soft_wrap=True)
    target = Path(__file__).parent / "check.svg"
    target.write_text(console.export_svg(title="bnverify", unique_id="bnverify"), encoding="utf-8")


if __name__ == "__main__":
    main()
