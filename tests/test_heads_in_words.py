r"""`dbeta` $= A$: what A is said to be equal to stands in the words, and is not the chain before it."""

from __future__ import annotations

import pytest

from tests.conftest import judge, standings
from tests.test_broken_lines import DIRECT, FORWARD, HEAD, VALUE

NAMES = [
    "* `dbeta` $",
    "* dxhat $",
    "* **dmu** $",
    "So ∂L/∂x̂ᵢ $",
    r"The gradient with respect to $\beta$ $",
    r"The gradient with respect to $\beta$ is $",
    r"The gradient by $\gamma$ $",
    "The gradient by the scale $",
    "The variance $",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_front_of_the_sign_is_a_head_that_is_not_read(name: str) -> None:
    for side in (VALUE, "7"):
        assert standings(FORWARD + f"$${HEAD} = {DIRECT}$$\n\n{name}= {side}$.")[4:] == ["holds", "unreadable"]


@pytest.mark.parametrize("words", ["and so", "Putting dxhat in, we get", "which gives:", "This is, by the rule above,"])
def test_other_words_in_front_of_the_sign_go_on_with_the_chain(words: str) -> None:
    for side, expected in ((VALUE, "holds"), ("7", "introduced")):
        assert standings(FORWARD + f"$${HEAD} = {DIRECT}$$\n\n{words}\n$$= {side}$$\n")[4:] == ["holds", expected]


@pytest.mark.parametrize("name", ["`dmu`", "**dmu**", "dmu"])
def test_a_sign_outside_behind_a_name_is_counted(name: str) -> None:
    note = judge(FORWARD + f"So {name} = ${VALUE}$.")
    assert len(note.steps) == 4
    assert len(note.compared) == 1
