"""A layer and its convention -> the note that somebody begins with: definitions, one gradient, and one error."""

from __future__ import annotations

from bnverify.derivation.derivation import Asked
from bnverify.derivation.styles import derive
from bnverify.derivation.written import markdown
from bnverify.model.writing import latex

YOURS = r"""
## Your turn

Write your own lines below, in the letters of the definitions above or in others that you define.
Every `=` is checked against the side before it, and against the truth.

The next formula is wrong: its sign is flipped.
The comment behind it says so, and the note is accepted as long as that is what is wrong with it.
Take the comment away to see how an error is reported, and then the formula.

$$
{wrong}
$$
<!-- expect: sign-flip -->
""".lstrip("\n")


def starter(asked: Asked) -> str:
    """A note in Markdown of which every step is right, but for one that says so itself; `asked` is for the scale."""
    derivation = derive(asked)
    (last,) = derivation.finals
    head, side = (latex(term, asked.standard.spelling()) for term in (last.head, last.sides[-1]))
    return f"{markdown(derivation)}\n{YOURS.replace('{wrong}', f'{head} = -{side}')}"
