"""Twenty and more backward functions as people write them, each wrong in a way that its name or comment tells."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bnverify.model.conventions import Convention
from bnverify.trial.judging import Asked, Verdict, judge
from bnverify.trial.signature import read
from bnverify.trial.words import summary
from tests.conftest import share

FUNCTIONS = Path(__file__).parent / "functions"
WRONG, RIGHT, TORCH = (FUNCTIONS / f"{name}.py" for name in ("wrong", "right", "right_torch"))
THIRD, SECOND = "third term (the path through the variance)", "second term (the path through the mean)"
PATIENT = 120.0

CAUSES = {
    "gamma_lost": "dx equals the true dx without gamma",
    "weight_twice": "dx equals the true dx with gamma twice",
    "third_term_with_n_less_one": f"dx equals the true dx, but the {THIRD} uses 1/(n-1) in place of 1/n",
    "eps_outside_in_third_term": f"the {THIRD} has epsilon outside the root: sqrt(v) + eps in place of sqrt(v + eps)",
    "missing_path_mean": "dx equals the true dx without its second term: the path through the mean is missing",
    "missing_path_variance": "dx equals the true dx without its third term: the path through the variance is missing",
    "both_paths_missing": "without the paths through the statistics: only the direct path is there, as in inference",
    "batchnorm_per_sample": "dx equals the true dx of layer norm, whose statistics run over axis 1, under the biased variance, "
    "epsilon inside the root",
    "batchnorm_without_axis": "of a layer whose statistics run over the whole array: an axis is missing",
    "sign_of_third_term": f"dx equals the true dx, but the {THIRD} has the opposite sign",
    "sign_throughout": "dx equals the true dx with the opposite sign",
    "sum_for_mean": f"the {SECOND} is not divided by n (a sum where a mean belongs)",
    "two_of_the_square_lost": f"the {THIRD} is half as large (a 2 is lost, as of the derivative of a square)",
    "x_for_xhat": f"the {THIRD} has x in place of the xhat before the sum",
    "root_missing": "dx equals the true dx divided by s once more (a root is missing)",
    "eps_lost_in_front": "dx equals the true dx without epsilon in front: sqrt(v) for s",
    "eps_never_used": "equals the true dx of batch norm under the biased variance, no epsilon",
    "layernorm_gamma_outside": "dx equals the true dx with gamma taken out of the sums, where it differs along them",
    "layernorm_gamma_lost": "dx equals the true dx without gamma",
    "layernorm_mean_over_the_batch": f"the {SECOND} has its mean over the wrong axis",
    "groupnorm_without_gamma": "dx equals the true dx without gamma",
    "dgamma_is_a_mean": "dgamma equals the true dgamma divided by n once more",
    "dgamma_without_hat": "dgamma equals the true dgamma with x in place of xhat inside the sum",
    "rmsnorm_sum_for_mean": "second term (the path through the variance) is not divided by n",
    "gamma_lost_and_n_less_one": f"dx equals the true dx without gamma, and the {THIRD} uses 1/(n-1) in place of 1/n",
    "changed_places": "dgamma is the true dbeta: the two have changed places",
    "nothing_like_it": "dx is wrong, and no small edit of the closed form reproduces it",
    "clipped": "dx is right but for a large mean",
    "writes_to_dout": "the gradients are right, but it writes to its own input dout",
}
SATISFIED = {
    "staged_batchnorm": "batch norm: the biased variance; epsilon inside the root",
    "one_line": "batch norm: the biased variance; epsilon inside the root",
    "batchnorm_backward_alt": "batch norm: the biased variance; epsilon inside the root",
    "einsum_batchnorm": "batch norm: the biased variance; epsilon inside the root or no epsilon",
    "unbiased_batchnorm": "batch norm: the unbiased variance; epsilon inside the root",
    "outside_batchnorm": "batch norm: the biased variance; epsilon outside the root",
    "layernorm_backward": "layer norm: the biased variance; epsilon inside the root or no epsilon",
    "std_layernorm": "layer norm: the unbiased variance; epsilon outside the root",
    "rmsnorm": "RMS norm: epsilon inside the root",
    "instancenorm_bwd": "instance norm: the biased variance; epsilon inside the root",
    "spatial_groupnorm_backward": "group norm: the biased variance; epsilon inside the root",
    "spatial_batchnorm": "batch norm over N x H x W: the biased variance; epsilon inside the root",
    "epsilon_in_the_file": "batch norm: the biased variance; epsilon 0.001 inside the root",
    "one_feature": "batch norm of one feature: the biased variance; epsilon inside the root",
    "inference_bn": "batch norm in inference: epsilon inside the root",
    "single_precision": "batch norm: the biased variance; epsilon inside the root",
    "mean_of_squares": "batch norm: the biased variance; epsilon inside the root",
}
FORWARD = {
    "batchnorm_backward_alt": "batchnorm_forward",
    "spatial_groupnorm_backward": "spatial_groupnorm_forward",
}


def verdict(file: Path, name: str, asked: Asked | None = None) -> Verdict:
    subject = read(file.read_text("utf-8"), str(file), name, (), FORWARD.get(name))
    return judge(subject, asked or Asked(timeout=PATIENT))


def functions(file: Path) -> set[str]:
    body = ast.parse(file.read_text("utf-8")).body
    return {one.name for one in body if isinstance(one, ast.FunctionDef) and not one.name.endswith("_forward")}


def test_every_function_of_the_files_is_expected_to_be_something() -> None:
    assert functions(WRONG) == set(CAUSES)
    assert functions(RIGHT) == set(SATISFIED)


@pytest.mark.parametrize("name", share(8, sorted(CAUSES)))
def test_a_wrong_function_is_named_rightly(name: str) -> None:
    found = verdict(WRONG, name)
    assert found.status == 1
    assert summary(found).startswith("wrong: ")
    assert CAUSES[name] in summary(found)


@pytest.mark.parametrize("name", SATISFIED)
def test_a_right_function_is_accepted_in_its_own_style(name: str) -> None:
    found = verdict(RIGHT, name)
    assert summary(found) == f"right: {SATISFIED[name]}"
    assert found.status == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("torch_batchnorm", "right: batch norm: the biased variance; epsilon inside the root"),
        ("LayerNorm", "right: layer norm: the biased variance; epsilon inside the root"),
        ("BatchNormWithoutGamma", "wrong: dx equals the true dx without gamma"),
    ],
)
def test_torch_functions_are_run_on_tensors(name: str, words: str) -> None:
    pytest.importorskip("torch", reason="needs the extra `torch` of pyproject.toml")
    assert summary(verdict(TORCH, name)) == words


def test_a_right_function_is_wrong_for_another_convention() -> None:
    found = verdict(RIGHT, "staged_batchnorm", Asked(parts={"variance": "unbiased"}, timeout=PATIENT))
    assert found.status == 1
    assert found.home.convention.variance.value == "unbiased"
    assert "of batch norm under the biased variance, epsilon inside the root" in summary(found)
    assert [one.name for one in found.gradients if not one.is_right] == ["dx", "dgamma"]


def test_a_right_function_is_wrong_for_another_layer() -> None:
    found = verdict(RIGHT, "one_line", Asked(layer="layer", timeout=PATIENT))
    assert "equals the true dx of batch norm, whose statistics run over axis 0," in summary(found)


def test_the_sign_of_dx_is_not_excused_by_a_convention_that_nobody_asked_for() -> None:
    assert verdict(WRONG, "sign_throughout").status == 1
    turned = verdict(WRONG, "sign_throughout", Asked(parts={"residual": "mu-x"}, timeout=PATIENT))
    assert turned.status == 0
    assert turned.satisfied[0].convention == Convention(residual=turned.satisfied[0].convention.residual)


def test_a_forward_pass_says_which_convention_the_backward_pass_has_to_follow(tmp_path: Path) -> None:
    file = tmp_path / "mixed.py"
    file.write_text(
        "import numpy as np\n"
        "def forward(x, gamma, beta, eps):\n"
        "    s = np.sqrt(x.var(0, ddof=1) + eps)\n"
        "    h = (x - x.mean(0)) / s\n"
        "    return gamma * h + beta, (h, s, gamma)\n"
        "def backward(dout, cache):\n"
        "    h, s, gamma = cache\n"
        "    return gamma / s * (dout - dout.mean(0) - h * (dout * h).mean(0))\n"
    )
    found = judge(read(file.read_text(), str(file), "backward", (), "forward"), Asked(timeout=PATIENT))
    assert f"the {THIRD} uses 1/n in place of 1/(n-1)" in summary(found)


def test_the_same_function_gives_the_same_words() -> None:
    assert verdict(WRONG, "x_for_xhat").gradients == verdict(WRONG, "x_for_xhat").gradients
