"""Conventions: the tables, what a note declares, what is asked for, and what a batch has no forward pass for."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import bnverify
from bnverify.cli.main import main
from bnverify.cli.options import FLAGS
from bnverify.config.checked import BadConfig
from bnverify.config.found import find_config
from bnverify.model.conventions import NAMES, PARTS, USUAL, VARIED, Choice, every_convention, with_choices
from bnverify.model.forward import batch_norm
from bnverify.model.frameworks import FRAMEWORKS
from bnverify.model.writing import Spelling, latex
from bnverify.record import NoteRecord, Standing
from bnverify.report.counts import exit_status
from bnverify.run import check_text, options_from
from bnverify.variation.formulas import formulas_under

LAYER = r"""$$\mu = \frac{1}{n} \sum_j x_j, \quad \sigma^2 = \frac{1}{n} \sum_j (x_j - \mu)^2$$

$$\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad y_i = \gamma \hat{x}_i + \beta$$

"""
"""The next formula is on line 5."""
HALF_OF_TWO = r"$$\frac{\partial \sigma^2}{\partial x_i} = \frac{2}{n-1} (x_i - \mu)$$"
BY_XHAT = r"\frac{\partial L}{\partial \hat{x}_i}"
BY_Y = r"\frac{\partial L}{\partial y_i}"


def judge(text: str, witness: str = "proof", **asked: str) -> NoteRecord:
    report = check_text(text, "note.md", options_from(witness=witness, **asked))
    assert not report.troubles, report.troubles
    return report.notes[0]


def settled(text: str, **asked: str) -> dict[str, tuple[str, str]]:
    return {part.name: (part.choice, part.place) for part in judge(text, **asked).convention}


def standings(record: NoteRecord) -> list[Standing | None]:
    return [step.standing for step in record.steps]


def run(*arguments: str, text: str = "") -> Result:
    return CliRunner().invoke(main, arguments, input=text, standalone_mode=False)


def front(*lines: str) -> str:
    return "---\nbnverify:\n" + "".join(f"  {line}\n" for line in lines) + "---\n"


# -- the tables


@pytest.mark.parametrize("choice", [one for table in PARTS.values() for one in table], ids=repr)
def test_every_choice_has_its_words(choice: Choice) -> None:
    assert choice.short
    assert choice.words
    assert type(choice).named(choice.value) is choice


def test_every_part_on_which_verdicts_depend_has_a_flag_that_names_its_choices() -> None:
    shown = run("check", "--help").output.replace("\n", "")
    assert set(FLAGS) == set(VARIED)
    for part, (flag, _) in FLAGS.items():
        assert f"{flag} [declared|{'|'.join(NAMES[part])}]" in shown


def test_the_forward_pass_is_built_from_the_entries() -> None:
    for one in every_convention(USUAL):
        forward = batch_norm(one)
        assert forward.node("v") is not None
        assert with_choices(forward.convention, {"upstream": one.upstream.value}) == one


@pytest.mark.parametrize(
    "convention", [one for one in every_convention(USUAL) if one.upstream is USUAL.upstream], ids=str
)
def test_the_formulas_under_a_convention_are_proved_by_check_by_all_three_witnesses(convention) -> None:  # type: ignore[no-untyped-def]
    spelling = Spelling.default()
    asked = {part: convention.choices[part].value for part in VARIED}
    formulas = formulas_under(convention, asked)
    text = "\n\n".join(f"$${latex(one.head, spelling)} = {latex(one.value, spelling)}$$" for one in formulas)
    record = judge(text, witness="all", **asked)
    assert len(record.steps) == 5
    for step in record.steps:
        assert step.witnesses is not None
        assert (step.witnesses.proof, step.witnesses.symbolic, step.witnesses.numeric) == ("proved", "agrees", "agrees")


# -- declared, in the front matter, in the settings of a project


def test_what_a_note_declares_is_told_with_its_line() -> None:
    text = LAYER + f"$${BY_XHAT} = \\gamma {BY_Y}$$"
    assert settled(text) == {
        "variance": ("biased", "line 1"),
        "epsilon": ("inside", "line 3"),
        "residual": ("x-mu", "line 3"),
        "upstream": ("as-written", "line 5"),
        "count": ("batch", ""),
    }


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (r"\hat{x}_i = \frac{\mu - x_i}{\sqrt{v + \epsilon}}", ("inside", "mu-x")),
        (r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{v} + \epsilon}", ("outside", "x-mu")),
        (r"\hat{x}_i = \frac{\mu - x_i}{\sqrt{v}}", ("none", "mu-x")),
        (r"\hat{x}_i = -\frac{x_i - \mu}{\epsilon + v^{1/2}}", ("outside", "mu-x")),
    ],
)
def test_a_definition_declares_epsilon_and_the_residual(definition: str, expected: tuple[str, str]) -> None:
    found = settled(f"$${definition}$$")
    assert (found["epsilon"][0], found["residual"][0]) == expected


def test_front_matter_settles_every_part() -> None:
    text = (
        front("variance: unbiased", "epsilon: outside", "residual: mu-x", "upstream: y", "count: shards") + "$$x = x$$"
    )
    assert {part: choice for part, (choice, _) in settled(text).items()} == {
        "variance": "unbiased",
        "epsilon": "outside",
        "residual": "mu-x",
        "upstream": "y",
        "count": "shards",
    }


def test_front_matter_and_a_definition_that_contradict_each_other_are_told() -> None:
    record = judge(front("variance: unbiased") + LAYER)
    wrong = [one for one in record.diagnostics if one.severity == "error"]
    assert [one.code for one in wrong] == ["mixed-variance"]
    assert "the front matter declares variance 1/(n-1): one of the two has to change" in wrong[0].notes


@pytest.mark.parametrize(
    ("line", "message", "help"),
    [
        ("variance: unbiassed", "`variance: unbiassed` is not known", "did you mean `unbiased`?"),
        ("epsilon: under", "`epsilon: under` is not known", "choose from inside, outside, none"),
        ("varaince: biased", "`bnverify:` has no key `varaince`", "did you mean `variance`?"),
        ("upstream: x", "`upstream: x` is not known", "choose from as-written, y"),
    ],
)
def test_a_mistake_in_the_front_matter_is_told_with_the_nearest_name(line: str, message: str, help: str) -> None:
    found = judge(front(line) + LAYER).note_findings
    assert (found[0].message, found[0].help) == (message, help)


def test_a_key_that_stands_twice_is_refused() -> None:
    found = judge(front("variance: biased", "variance: unbiased") + LAYER).note_findings
    assert "the key `variance` stands there twice" in found[0].message


def test_settings_of_a_project_hold_where_a_note_does_not_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.bnverify]\nvariance = "unbiased"\nsign-convention = "mu-x"\n')
    (tmp_path / "inner").mkdir()
    (tmp_path / "note.md").write_text(HALF_OF_TWO)
    (tmp_path / "inner" / "pyproject.toml").write_text("[tool.other]\n")
    monkeypatch.chdir(tmp_path / "inner")
    assumed = run("check", "-e", HALF_OF_TWO.strip("$"))
    assert assumed.return_value == 0
    assert "variance 1/(n-1) (assumed, pyproject.toml); the residual mu - x (assumed, pyproject.toml)" in assumed.output
    monkeypatch.chdir(Path(__file__).parent)
    assert run("check", str(tmp_path / "note.md")).return_value == 0
    assert run("read", str(tmp_path / "note.md")).return_value == 0
    monkeypatch.chdir(tmp_path)
    declared = run("check", "-", text=LAYER + HALF_OF_TWO)
    assert declared.return_value == 1
    assert "variance 1/n (declared, line 1)" in declared.output
    assert run("check", "--isolated", "-e", HALF_OF_TWO.strip("$")).return_value == 1
    assert run("check", "--variance", "biased", "-e", HALF_OF_TWO.strip("$")).return_value == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ('varience = "biased"', "key 'varience' is not known: did you mean 'variance'?"),
        ('variance = "bias"', "`variance` = 'bias' is not known: did you mean 'biased'?"),
        ("variance = 1", "`variance` = 1 is not known: choose from biased, unbiased"),
        ('framework = "torch"', "`framework` = 'torch' is not known: did you mean 'pytorch'?"),
        (
            'framework = "pytorch"\nvariance = "unbiased"',
            "pytorch has the biased variance, and not 'unbiased': leave one of the two away",
        ),
        ("variance = ", "is not readable"),
    ],
)
def test_a_mistake_in_the_settings_is_an_error(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.bnverify]\n{settings}\n")
    with pytest.raises(BadConfig) as trouble:
        find_config(str(tmp_path))
    assert message in str(trouble.value)
    assert str(tmp_path / "pyproject.toml") in str(trouble.value)


def test_a_framework_in_the_settings_settles_its_parts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.bnverify]\nframework = "jax"\n')
    assert find_config(str(tmp_path)).settled.chosen == FRAMEWORKS["jax"].chosen


# -- asked for


def test_a_definition_of_another_convention_is_replaced_and_not_judged() -> None:
    record = judge(LAYER, epsilon="outside", residual="mu-x")
    replaced = [step for step in record.steps if step.replaced]
    assert [step.head for step in replaced] == [r"\hat{x}_i"]
    assert replaced[0].notices == (
        (
            "overridden",
            "epsilon outside the root and the residual mu - x are forced: this definition is replaced, not judged",
        ),
    )


def test_with_upstream_y_the_hat_stands_for_the_output_everywhere() -> None:
    text = LAYER + f"$$\\frac{{\\partial L}}{{\\partial \\beta}} = \\sum_i {BY_XHAT}$$"
    assert standings(judge(text))[-1] is Standing.INTRODUCED
    assert standings(judge(text, upstream="y"))[-1] is Standing.HOLDS


def test_with_upstream_y_what_the_note_says_of_its_hat_is_replaced() -> None:
    text = LAYER + f"$${BY_XHAT} = {BY_Y} \\cdot \\frac{{\\partial y_i}}{{\\partial \\hat{{x}}_i}} = \\gamma {BY_Y}$$"
    record = judge(text, upstream="y")
    assert [step.replaced for step in record.steps[-2:]] == [True, True]
    assert [step.replaced for step in judge(text).steps[-2:]] == [False, False]


def test_an_expectation_speaks_of_the_choices_that_are_forced() -> None:
    wrong = f"$$\\frac{{\\partial L}}{{\\partial \\beta}} = \\sum_i {BY_XHAT}$$\n\n<!-- expect: wrong-upstream -->\n"
    assert not judge(LAYER + wrong).unmet
    for tag in ("outside, unbiased", "unbiased,outside"):
        assert (
            len(
                judge(
                    LAYER + HALF_OF_TWO + f"\n\n<!-- expect[{tag}]: sign-flip -->\n",
                    variance="unbiased",
                    epsilon="outside",
                ).unmet
            )
            == 1
        )
    unknown = judge(LAYER + "<!-- expect[outsid]: sign-flip -->\n").unmet
    assert [(one.message, one.help) for one in unknown] == [
        ("no choice of a convention is called `outsid`", "did you mean `outside`?")
    ]
    tagged = LAYER + HALF_OF_TWO.replace("n-1", "n") + "\n\n<!-- expect[unbiased]: mixed-variance -->\n"
    assert not judge(tagged).unmet
    assert not judge(tagged, variance="unbiased").unmet
    assert judge(tagged.replace("mixed-variance", "sign-flip"), variance="unbiased").unmet


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--variance", "unbaised"], "'unbaised' is not known: did you mean 'unbiased'?"),
        (["--epsilon", "outsid"], "'outsid' is not known: did you mean 'outside'?"),
        (["--sign-convention", "x"], "'x' is not known"),
        (["--upstream", "dy"], "'dy' is not known: did you mean 'y'?"),
        (["--framework", "tf"], "'tf' is not known"),
        (["--framework", "keras", "--epsilon", "none"], "keras has epsilon inside the root, and not 'none'"),
    ],
)
@pytest.mark.parametrize("command", ["check", "variants"])
def test_an_unknown_convention_is_wrong_use(command: str, arguments: list[str], message: str) -> None:
    done = CliRunner().invoke(main, [command, *arguments, "-"], input=LAYER)
    assert done.exit_code == 2
    assert message in done.output


def test_python_takes_the_same_words() -> None:
    report = bnverify.check(HALF_OF_TWO, variance="unbiased", epsilon="none", witness="proof")
    assert report.notes[0].choice("epsilon") == "none"
    assert exit_status(report) == 0
    with pytest.raises(ValueError, match="epsilon is one of declared, inside, outside, none"):
        bnverify.check(HALF_OF_TWO, epsilon="under")
    with pytest.raises(ValueError, match="pytorch has the biased variance"):
        bnverify.check(HALF_OF_TWO, framework="pytorch", variance="unbiased")


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_a_framework_says_what_it_does_and_what_it_stores(name: str) -> None:
    shown = " ".join(run("check", "--framework", name, "--isolated", "-", text=LAYER).output.split())
    assert "in training: the biased variance, epsilon inside the root, the residual x - mu" in shown
    assert FRAMEWORKS[name].running in shown
    assert FRAMEWORKS[name].source in shown


# -- batches without a forward pass


@pytest.mark.parametrize(
    ("size", "asked", "message"),
    [
        (1, {"variance": "unbiased"}, "with n = 1 it is not defined: the unbiased variance divides by n - 1"),
        (1, {"epsilon": "none"}, "with n = 1 it is not defined: the variance of one sample is 0"),
        (0, {}, "with n = 0 it is not defined: a batch of 0 samples has no mean"),
    ],
)
def test_a_batch_that_is_too_small_is_told(size: int, asked: dict[str, str], message: str) -> None:
    text = f"$$n = {size}$$\n\n" + LAYER
    report = check_text(text, "note.md", options_from(witness="proof", **asked))
    first, *steps = report.notes[0].steps
    assert first.setting
    assert all(step.standing is Standing.UNDECIDED and step.why.startswith(message) for step in steps)
    assert exit_status(report) == 3


def test_a_batch_of_one_sample_is_fine_with_the_biased_variance() -> None:
    report = check_text("$$n = 1$$\n\n" + LAYER, "note.md", options_from(witness="proof"))
    assert exit_status(report) == 0


def test_no_epsilon_and_equal_samples_are_told() -> None:
    record = judge("$$\\epsilon = 0$$\n\n" + LAYER)
    assert record.choice("epsilon") == "none"
    assert [one.message for one in record.note_findings] == [
        "with epsilon = 0 a batch of equal samples has no x-hat: 0/0; every other batch has one"
    ]


# -- what n counts

SPACE = r"$$m = N H W, \quad \mu = \frac{1}{m} \sum_{i=1}^{m} x_i$$" + "\n\n"
SHARDS = r"$$n = \sum_{k=1}^{K} n_k, \quad \mu = \frac{1}{n} \sum_{i=1}^{n} x_i$$" + "\n\n"
BY_X = r"\frac{\partial \mu}{\partial x_i}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (SPACE + rf"$${BY_X} = \frac{{1}}{{m}}$$", True),
        (SPACE + rf"$${BY_X} = \frac{{1}}{{NHW}}$$", True),
        (SPACE + rf"$${BY_X} = \frac{{1}}{{H W \cdot N}}$$", True),
        (SPACE + rf"$${BY_X} = \frac{{1}}{{N}}$$", False),
        (SPACE + rf"$${BY_X} = \frac{{1}}{{H W}}$$", False),
        (SHARDS + rf"$${BY_X} = \frac{{1}}{{\sum_k n_k}}$$", True),
        (SHARDS + rf"$${BY_X} = \frac{{1}}{{n}}$$", True),
        (SHARDS + rf"$${BY_X} = \frac{{1}}{{n_k}}$$", False),
        (SHARDS + rf"$${BY_X} = \frac{{1}}{{K}}$$", False),
    ],
)
def test_a_part_of_the_count_is_not_the_count(text: str, right: bool) -> None:
    record = judge(text, witness="all")
    assert record.choice("count") == ("batch-space" if "H" in text else "shards")
    assert standings(record)[:2] == [Standing.HOLDS, Standing.HOLDS]
    assert standings(record)[-1] is (Standing.HOLDS if right else Standing.INTRODUCED)


def test_front_matter_may_say_that_dimensions_multiply() -> None:
    text = (
        rf"$$\mu = \frac{{1}}{{N H W}} \sum_i x_i, \quad {BY_X} = \frac{{1}}{{N H W}}, \quad {BY_X} = \frac{{1}}{{N}}$$"
    )
    record = judge(front("count: batch-space") + text)
    assert standings(record) == [Standing.HOLDS, Standing.HOLDS, Standing.INTRODUCED]


def test_two_letters_that_are_no_product_are_one_count() -> None:
    record = judge(r"$$\mu = \frac{1}{N} \sum_{i=1}^{n} x_i, \quad \frac{\partial \mu}{\partial x_i} = \frac{1}{n}$$")
    assert standings(record) == [Standing.HOLDS, Standing.HOLDS]


# -- numbers for parameters


@pytest.mark.parametrize("number", ["10^{-5}", "1e-5", "0.001", r"\frac{1}{1000}", "1"])
def test_a_number_for_epsilon_leaves_it_a_letter(number: str) -> None:
    text = (
        f"$$\\epsilon = {number}$$\n\n"
        + LAYER
        + r"$$\frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{\sqrt{\sigma^2 + \epsilon}}$$"
    )
    assert set(standings(judge(text))) == {Standing.HOLDS}


def test_what_holds_only_for_a_given_gamma_is_neither_right_nor_wrong() -> None:
    general, special = f"$${BY_XHAT} = \\gamma {BY_Y}$$", f"$${BY_XHAT} = {BY_Y}$$"
    record = judge("$$\\gamma = 1, \\quad \\beta = 0$$\n\n" + LAYER + f"{general}\n\n{special}")
    assert standings(record)[-2:] == [Standing.HOLDS, Standing.UNDECIDED]
    assert record.steps[-1].why == r"it holds for \gamma = 1, \beta = 0, which the note gives, and not in general"
    wrong = judge("$$\\gamma = 1$$\n\n" + LAYER + f"$${BY_XHAT} = 2 {BY_Y}$$")
    assert standings(wrong)[-1] is Standing.INTRODUCED


def test_with_choices_refuses_what_is_in_no_table() -> None:
    with pytest.raises(ValueError, match="variance is one of biased, unbiased"):
        with_choices(USUAL, {"variance": "sample"})


def test_wrong_settings_are_told_with_the_note_that_needs_them(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.bnverify]\nvariance = "bias"\n')
    (tmp_path / "note.md").write_text(LAYER)
    done = run("check", str(tmp_path / "note.md"))
    assert done.return_value == 2
    assert "the settings of its project are wrong" in done.output
    assert "did you mean 'biased'?" in done.output


# -- notes that were read wrongly once


@pytest.mark.parametrize(
    ("text", "right"),
    [
        # What the note says of its hat is replaced only where it is right as written.
        (LAYER + f"$${BY_XHAT} = \\gamma {BY_Y} = 17$$", False),
        (LAYER + f"$${BY_XHAT} = \\gamma^2 {BY_Y}$$", False),
    ],
)
def test_a_wrong_statement_about_the_hat_is_not_set_aside(text: str, right: bool) -> None:
    record = judge(text, upstream="y")
    assert not record.steps[-1].replaced
    assert record.steps[-1].true is right


SUM_OF_GRADIENTS = f"$$b_i = {BY_Y}, \\quad B = \\sum_i b_i, \\quad \\frac{{\\partial L}}{{\\partial \\beta}} = B$$"


@pytest.mark.parametrize(
    "text",
    [
        LAYER + SUM_OF_GRADIENTS,
        r"$$M = N D$$" + "\n\n" + r"$$\mu = \frac{1}{N} \sum_i x_i, \quad \frac{\partial \mu}{\partial x_i} = \frac{1}{N}$$",
        front("count: batch-space") + LAYER + r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$",
        SPACE + r"$$N = 32, \quad H = 7, \quad W = 7$$",
        SPACE + r"$$m = N H W = 32 \cdot 7 \cdot 7 = 1568$$",
        SHARDS + "$$K = 4$$",
        r"$$m = N H W, \quad \mu = \frac{1}{m} \sum_{i=1}^{N H W} x_i$$",
        LAYER + r"$$\gamma_{\text{init}} = 1, \quad \epsilon = 1e-5, \quad \epsilon_{\text{adam}} = 1e-8$$",
        front("count: batch") + SHARDS.replace("n_k", "n_k").split(",")[1].replace("\\quad", "").join(("$$", "")),
    ],
)  # fmt: skip
def test_letters_alone_do_not_make_a_count_or_a_parameter(text: str) -> None:
    record = judge(text)
    assert record.steps
    assert {step.standing for step in record.steps if step.head != "M"} == {Standing.HOLDS}


def test_a_number_that_is_wrong_in_a_chain_of_numbers_is_wrong() -> None:
    assert standings(judge(SPACE + r"$$m = N H W = 1568 = 1569$$"))[-1] is not Standing.HOLDS


def test_a_sum_over_the_devices_is_not_decided() -> None:
    record = judge(SHARDS + r"$$\mu = \frac{1}{n} \sum_k n_k \mu_k$$")
    assert record.steps[-1].why == "a sum over the devices is not worked out"


def test_the_letter_that_a_note_declares_for_another_part_is_no_parameter() -> None:
    record = judge(front("symbols: {\\beta: mean}") + r"$$\beta = 0$$")
    assert standings(record) == [Standing.INTRODUCED]


def test_numbers_are_put_into_the_definitions_too() -> None:
    text = "$$\\gamma = 1, \\quad \\beta = 0$$\n\n" + LAYER + r"$$y_i = \gamma \hat{x}_i + \beta = \hat{x}_i$$"
    assert standings(judge(text))[-2:] == [Standing.HOLDS, Standing.UNDECIDED]


def test_gamma_zero_says_nothing_about_a_gradient() -> None:
    text = "$$\\gamma = 0$$\n\n" + LAYER + f"$${BY_XHAT} = 2 \\gamma {BY_Y}$$"
    assert standings(judge(text))[-1] is Standing.INTRODUCED


# -- a deviation beside its square

BATCH = r"$$\mu = \frac{1}{n} \sum_i x_i, \quad \sigma^2 = \frac{1}{n} \sum_i (x_i - \mu)^2$$" + "\n\n"


@pytest.mark.parametrize(
    ("definition", "epsilon"),
    [
        (r"\hat{x}_i = \frac{x_i - \mu}{\sigma}", "none"),
        (r"\hat{x}_i = \frac{x_i - \mu}{\sigma + \epsilon}", "outside"),
        (r"\hat{x}_i = \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}}, \quad \sigma = \sigma", "inside"),
    ],
)
def test_a_deviation_that_is_never_defined_is_the_root_of_its_square(definition: str, epsilon: str) -> None:
    by_mu = {
        "none": r"-\frac{1}{\sigma}",
        "outside": r"-\frac{1}{\sigma + \epsilon}",
        "inside": r"-\frac{1}{\sqrt{\sigma^2 + \epsilon}}",
    }
    text = BATCH + f"$${definition}$$\n\n" + rf"$$\frac{{\partial \hat{{x}}_i}}{{\partial \mu}} = {by_mu[epsilon]}$$"
    record = judge(text, witness="all")
    assert record.choice("epsilon") == epsilon
    assert standings(record)[-1] is Standing.HOLDS


def test_s_beside_its_square_is_a_deviation() -> None:
    text = (
        BATCH.replace(r"\sigma", "s")
        + r"$$\hat{x}_i = \frac{x_i - \mu}{s}, \quad \frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{s}$$"
    )
    assert set(standings(judge(text))) == {Standing.HOLDS}


def test_a_square_that_is_lost_in_one_line_does_not_change_what_sigma_means() -> None:
    usual = r"\hat{x}_i = \frac{x_i - \mu}{\sigma}"
    right = r"$$\frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{\sigma} = -\frac{1}{\sqrt{\sigma^2 + \epsilon}}$$"
    lost = r"$$\frac{\partial L}{\partial \mu} = -\frac{\gamma}{\sqrt{\sigma + \epsilon}} \sum_j \frac{\partial L}{\partial y_j}$$"
    before = standings(judge(BATCH + f"$${usual}$$\n\n{right}"))
    after = standings(judge(BATCH + f"$${usual}$$\n\n{right}\n\n{lost}"))
    assert set(before) == {Standing.HOLDS}
    assert after[:-1] == before
    assert after[-1] is not Standing.HOLDS


def test_x_bar_is_the_mean() -> None:
    text = r"$$\frac{\partial \hat{x}_i}{\partial \bar{x}} = -\frac{1}{\sqrt{\sigma^2 + \epsilon}}$$"
    assert standings(judge(text)) == [Standing.HOLDS]


def test_averages_in_angle_brackets_are_not_read_as_brackets() -> None:
    step = judge(
        LAYER + r"$$\frac{\partial L}{\partial \beta} = n \langle \frac{\partial L}{\partial y_j} \rangle$$"
    ).steps[-1]
    assert step.standing is Standing.UNDECIDED
    assert step.why == "angle brackets are read where the note says that they are averages"


@pytest.mark.parametrize(
    ("sentence", "defined"),
    [("For a batch with $n = 1$ it is not defined.", True), ("Let $n = 1$ from here on.", False), ("$$n = 1$$", False)],
)
def test_a_remark_about_one_sample_is_no_setting(sentence: str, defined: bool) -> None:
    record = judge(f"{sentence}\n\n$$v = \\frac{{1}}{{n-1}} \\sum_i (x_i - \\mu)^2$$")
    assert (standings(record)[-1] is Standing.HOLDS) is defined


def test_a_deviation_defined_by_its_own_square_leaves_the_square_a_letter() -> None:
    text = r"$$\sigma = \sqrt{\sigma^2}, \quad \hat{x}_i = \frac{x_i - \mu}{\sigma + \epsilon}, \quad \frac{\partial \hat{x}_i}{\partial \mu} = -\frac{1}{\sigma + \epsilon}$$"
    record = judge(text, witness="all")
    assert record.choice("epsilon") == "outside"
    assert set(standings(record)) == {Standing.HOLDS}
