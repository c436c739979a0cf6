"""Verdicts -> sentences: every word about a backward function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bnverify.model.conventions import Epsilon
from bnverify.model.letters import Spelling
from bnverify.model.quantities import NORMALISED
from bnverify.model.terms import Sum, Term, Value, walk
from bnverify.model.writing import plain
from bnverify.trial.factors import FACTORS, Product, Said
from bnverify.trial.inputs import EVERYTHING, Setting
from bnverify.trial.judging import Judged, Verdict
from bnverify.trial.naming import WHOLE, Named, Slip, Written, applied
from bnverify.trial.rows import row_form
from bnverify.trial.slips import pieces
from bnverify.trial.values import gradient_term

LETTERS = Spelling.unicode()
ORDINALS = ("first", "second", "third", "fourth", "fifth")
DIRECT_PATH = (
    "equals the true dx without the paths through the statistics: only the direct path is there, as in inference"
)
OTHER_SYMBOLS = {
    "root v": "sqrt(v)",
    "outside": "(s with epsilon outside the root)",
    "inside": "(s with epsilon inside the root)",
    "other": "(s with the other variance)",
}


def cause_of(judged: Judged) -> str:
    """Why a gradient is wrong: behind `dx`, a sentence without a full stop."""
    if judged.only_far:
        return "is right but for a large mean: there its digits are lost, or the input is changed"
    if judged.swapped_with:
        return f"is the true {judged.swapped_with}: the two have changed places"
    if judged.cause is None:
        return "is wrong, and no small edit of the closed form reproduces it"
    return caused(judged.cause)


def caused(cause: Named) -> str:
    true = f"equals the true {cause.gradient}"
    if not cause.slips:
        return _of_other_setting(cause)
    if cause.gradient == "dx" and _all_paths_dropped(cause):
        return DIRECT_PATH
    first = cause.slips[0]
    if first.place == WHOLE:
        whole = _whole(first)
        return f"{true} {whole}" + (f", and {_terms(cause.slips[1:], cause)}" if cause.slips[1:] else "")
    if len(cause.slips) == 1 and first.dropped:
        place, route = ORDINALS[first.place], path(_pieces(cause)[first.place])
        return f"{true} without its {place} term: {route} is missing"
    if _is_sum_alone(cause):
        return f"{true} {_whole(first)}"
    return f"{true}, but {_terms(cause.slips, cause)}"


def place_and_slip(cause: Named) -> tuple[str, str]:
    """`the third term (the path through the variance)`, `has the opposite sign`."""
    slip = cause.slips[0]
    if slip.place == WHOLE:
        return "dx as a whole", _whole(slip)
    name = _term_name(slip, cause)
    return name, _term(slip, cause).removeprefix(name).strip()


def _of_other_setting(cause: Named) -> str:
    setting = cause.setting
    if setting.layer.name == EVERYTHING:
        return "equals the true dx of a layer whose statistics run over the whole array: an axis is missing"
    if setting.layer.constant:
        return DIRECT_PATH
    axes = f", whose statistics run over axis {', '.join(map(str, setting.layer.over))}," * cause.other_layer
    return f"equals the true {cause.gradient} of {setting.layer.title}{axes} under {convention(setting)}"


def _all_paths_dropped(cause: Named) -> bool:
    dropped = {slip.place for slip in cause.slips if slip.dropped}
    return len(dropped) == len(cause.slips) == len(_pieces(cause)) - 1


def _is_sum_alone(cause: Named) -> bool:
    return len(_pieces(cause)) == 1


def _pieces(cause: Named) -> Sequence[Term]:
    return pieces(gradient_term(cause.gradient, cause.setting.forward)[0])


def _whole(slip: Slip) -> str:
    said = [] if slip.edit is None else [slip.edit.said.whole]
    if slip.product:
        said.append(_factor(slip.product).whole)
    return " and ".join(said)


def _terms(slips: Iterable[Slip], cause: Named) -> str:
    return " and ".join(_term(slip, cause) for slip in slips)


def _term(slip: Slip, cause: Named) -> str:
    name = _term_name(slip, cause)
    if slip.dropped:
        return f"{name} is missing"
    said = [] if slip.edit is None else [slip.edit.said.term]
    if slip.product:
        said.append(_factor(slip.product).term)
    return f"{name} {' and '.join(said)}"


def _factor(product: Product) -> Said:
    if product in FACTORS:
        return FACTORS[product]
    written = " ".join(_raised(symbol, exponent) for symbol, exponent in product)
    return Said(f"times {written}", f"is multiplied by {written}")


def _raised(symbol: str, exponent: int) -> str:
    name = OTHER_SYMBOLS.get(symbol, f"({symbol})" if "-" in symbol and exponent != 1 else symbol)
    return name if exponent == 1 else f"{name}^{exponent}" if exponent > 0 else f"{name}^({exponent})"


def _term_name(slip: Slip, cause: Named) -> str:
    """`the third term (the path through the variance)`."""
    parts = _pieces(cause)
    if len(parts) == 1:
        return "the sum" if any(isinstance(one, Sum) for one in walk(parts[0])) else "it"
    return f"the {ORDINALS[slip.place]} term ({path(parts[slip.place])})"


def path(term: Term) -> str:
    """What a term of dx comes from."""
    sums = [one for one in walk(term) if isinstance(one, Sum)]
    if not sums:
        return "the direct path"
    hats = any(isinstance(one, Value) and one.name == NORMALISED for one in walk(sums[0]))
    return "the path through the variance" if hats else "the path through the mean"


# -- settings


def convention(setting: Setting) -> str:
    """`the biased variance, epsilon inside the root`."""
    chosen = setting.convention
    parts = [chosen.variance.words] if setting.layer.centred and not setting.layer.constant else []
    parts.append(chosen.epsilon.words)
    if chosen.residual is not type(chosen.residual).usual():
        parts.append(chosen.residual.words)
    if setting.root_is_bare:
        parts.append("std the root of the variance alone")
    return ", ".join(parts)


def satisfied(settings: Sequence[Setting], shows_eps: bool) -> Iterator[str]:
    """`batch norm: the biased variance; epsilon inside the root, or no epsilon`, one line for each layer."""
    for title in dict.fromkeys(one.layer.title for one in settings):
        of_layer = [one for one in settings if one.layer.title == title]
        variances = dict.fromkeys(_head(one) for one in of_layer)
        choices = []
        for head in variances:
            tails = dict.fromkeys(_epsilon(one, shows_eps) for one in of_layer if _head(one) == head)
            choices.append("; ".join(filter(None, (head, " or ".join(tails)))))
        merged = choices if len({one.partition("; ")[2] for one in choices}) > 1 else _merged(list(variances), choices)
        yield f"{title}: {', and '.join(merged)}"


def _merged(heads: list[str], choices: list[str]) -> list[str]:
    """Several variances with the same place of epsilon are said in one."""
    if len(heads) < 2 or len(choices) < 2:
        return choices
    return [f"{' or '.join(heads)}; {choices[0].partition('; ')[2]}"]


def _head(setting: Setting) -> str:
    words = setting.convention.variance.words if setting.layer.centred and not setting.layer.constant else ""
    usual = setting.convention.residual is type(setting.convention.residual).usual()
    return words if usual else f"{words}, {setting.convention.residual.words}".lstrip(", ")


def _epsilon(setting: Setting, shows_eps: bool) -> str:
    words = setting.convention.epsilon.words
    if shows_eps and setting.convention.epsilon is not Epsilon.NONE:
        words = words.replace("epsilon", f"epsilon {setting.eps:g}")
    return words + (" (std is the root of the variance alone)" if setting.root_is_bare else "")


# -- formulas


def formulas(judged: Judged, setting: Setting) -> Iterator[tuple[str, str]]:
    """The true closed form, and what the function computes, in letters."""
    forward, term, index = _written(setting, judged.name)
    true = plain(term, LETTERS)
    yield f"the true {judged.name}", true
    if judged.cause is None:
        return
    made: Term | None = _written(judged.cause.setting, judged.name)[1]
    if judged.cause.slips:
        made = applied(judged.cause.slips, setting, judged.name, (forward, term, index))
    if made is not None and plain(made, LETTERS) != true:
        yield "this one", plain(made, LETTERS)


def _written(setting: Setting, name: str) -> Written:
    if name == "dx":
        return row_form(setting, name)
    return (setting.forward, *gradient_term(name, setting.forward))


def summary(verdict: Verdict) -> str:
    """The last line."""
    if verdict.is_right:
        return "right: " + "; ".join(satisfied(verdict.satisfied, verdict.subject.hides_epsilon))
    wrong = [one for one in verdict.gradients if not one.is_right]
    if wrong:
        return f"wrong: {wrong[0].name} {cause_of(wrong[0])}"
    if verdict.wrote:
        return f"wrong: the gradients are right, but it writes to its own input {', '.join(verdict.wrote)}"
    return "wrong: the gradients are those of a layer, but the forward pass is not that layer's"
