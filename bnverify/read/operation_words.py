"""Words behind a side -> whether they go on to work with it: `times`, `divided by`, `averaged over the batch`.

Words that explain (`where`, `by the chain rule`, `upstream times local`) begin with something else and are labels.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from bnverify.pattern import pattern

WORD = pattern(r"[^\W_]+")
LEADS = frozenset(
    "and then all it its which is are everything whole the result this that again each further finally also but "
    "und dann alles das ist wird et puis tout est le".split()
)
"""Words that may stand before the one that counts."""
OPERATIONS = frozenset(
    "times plus minus multiplied divided averaged subtracted dot squared cubed negated doubled halved modulo added "
    "mal geteilt dividiert multipliziert gemittelt subtrahiert addiert quadriert hoch "
    "fois moins divisé divisée divisés multiplié multipliée multipliés moyenné moyennée soustrait ajouté".split()
)
IN_PAIRS = frozenset(
    [
        *((word, "by") for word in "scaled rescaled weighted shifted increased decreased reduced".split()),
        *((word, "mit") for word in "skaliert gewichtet".split()),
        *((word, "par") for word in "pondéré pondérée réduit".split()),
        ("product", "with"), ("raised", "to"), ("up", "to"), ("apart", "from"), ("bis", "auf"),
    ]
)  # fmt: skip
"""Two words that work with a side only together."""
NO_OPERATIONS = frozenset(
    [
        *((word, sign) for word in ("plus", "minus") for sign in ("sign", "signs")),
        ("multiplied", "out"),
        ("added", "and"),
    ]
)
"""Names of a sign, and what is done with a line and changes nothing of it: `added and subtracted`."""
LIMITS = frozenset([("up", "to"), ("apart", "from"), ("bis", "auf")])
HARMLESS = frozenset("rounding roundoff errors precision accuracy notation rundungsfehler".split())
"""`up to rounding errors` changes nothing of a side; `up to errors of order` does."""
SUMS = frozenset("summed summiert aufsummiert sommé sommée".split())
"""Words that tell of a sum: where it is written, they explain it."""
DIVIDING = frozenset("over per durch sur pro".split())
"""They divide by a quantity that follows; in front of words, `over the batch`, they explain a sum or name an axis."""
BATCHES = frozenset("batch mini minibatch".split())
SIZES = frozenset("size number count square root taille nombre größe anzahl batchgröße".split())
ARTICLES = frozenset("the a an of its die der le la l".split())


BEFORE = pattern(
    r"(?:\A|\W)(?:times|plus|minus|twice|thrice|half|double|mal|doppelt|halbe?|fois|moins)\W?\s*\Z", re.IGNORECASE
)


def works_ahead(words: str) -> bool:
    """Whether words in front of an equation would change its head: `minus`, `twice`, `N times`."""
    return BEFORE.search(words) is not None and not words.rstrip().endswith((":", ",", ".", ")"))


def works_on(words: str, operand: str = "", indices: Collection[str] = (), summed: bool = False) -> bool:
    """Whether words work with the side before them.

    `operand` is the mathematics behind the words, `indices` the letters that are indices in the note, and `summed`
    says whether the side holds a sum.
    """
    said = [one if len(one) == 1 else one.lower() for one in WORD.findall(words)]
    while said and said[0] in LEADS:
        said = said[1:]
    if not said:
        return False
    first, pair = said[0], tuple(said[:2])
    if pair in NO_OPERATIONS or (pair in LIMITS and not HARMLESS.isdisjoint(said[2:5]) and "order" not in said):
        return False
    if first in SUMS:
        return not summed
    if first in DIVIDING:
        return _divides(said[1:], operand, indices)
    return first in OPERATIONS or pair in IN_PAIRS


def _divides(behind: Sequence[str], operand: str, indices: Collection[str]) -> bool:
    """`over N`, `over the batch size`; neither `over i` nor `over the batch`."""
    named = [one for one in behind if one not in ARTICLES]
    if named:
        letter = (len(named[0]) == 1 or named[0].isdigit()) and named[0] not in indices
        return letter or (named[0] in BATCHES | SIZES and not SIZES.isdisjoint(named))
    return bool(operand) and operand not in indices
