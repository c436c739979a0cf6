"""`bnverify against` on the command line: what it says, its exit status, and functions that cannot be judged."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from bnverify.__main__ import _main

FUNCTIONS = Path(__file__).parent / "functions"
BAD, RIGHT, WRONG = (str(FUNCTIONS / f"{name}.py") for name in ("bad", "right", "wrong"))
PATIENT = ("--timeout", "120")


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]):
    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["bnverify", "against", *words])
        status = _main()
        return status, *capfd.readouterr()

    return run


REASONS = {
    "raises": "it raises ValueError: the \\u001b[31mcache\\u001b[0m is empty (line 12: raise ValueError(",
    "returns_nan": "dx is not finite (nan or inf) for x of shape (3, 5)",
    "wrong_shape": "it returns dx of shape (5,) for x of shape (3, 5)",
    "returns_nothing": "it returns None",
    "returns_words": "it returns str, which is no array of real numbers",
    "returns_four": "it returns 4 things: dx, or (dx, dgamma, dbeta), is expected",
    "returns_other_keys": "it returns a dictionary without dx: its keys are 'a'",
    "exits": "it raises SystemExit: 0 (line 45: sys.exit(0))",
    "exits_at_once": "the child process ended with status 0 before it answered",
    "deletes_what_we_wrote": "the child process ended with status 3 before it answered",
    "unknown_parameter": "what unknown_parameter expects as `secret` is not known",
    "swallows": "swallows takes no parameter that could be given",
    "asynchronous": "asynchronous is asynchronous",
    "Plain": "Plain is a class, and no torch.autograd.Function",
    "batchnorm_backward": "name the function that returns (y, cache): --forward batchnorm_forward",
    "rises": "did you mean 'raises'?",
}


@pytest.mark.parametrize("name", REASONS)
def test_a_function_that_cannot_be_judged_is_told_why(name: str, ran) -> None:
    status, out, err = ran(f"{BAD}:{name}", *PATIENT)
    assert status == 2
    assert out == ""
    assert REASONS[name] in err
    assert "\x1b" not in err
    assert "Traceback" not in err


@pytest.mark.parametrize("name", ["never_returns", "leaves_a_child"])
def test_a_function_that_never_returns_is_ended_with_all_that_it_started(name: str, ran) -> None:
    before = time.monotonic()
    status, _, err = ran(f"{BAD}:{name}", "--timeout", "1")
    assert status == 2
    assert f"{name} does not return within 1 s" in err
    assert time.monotonic() - before < 100


def test_a_file_that_never_ends_to_load_is_ended(tmp_path: Path, ran) -> None:
    (tmp_path / "slow.py").write_text("def f(dy, x, gamma): return dy\nwhile True: pass\n")
    status, _, err = ran(f"{tmp_path}/slow.py:f", "--timeout", "0.5")
    assert status == 2
    assert "slow.py is not loaded within 0.5 s" in err


def test_what_a_function_prints_does_not_disturb(ran) -> None:
    status, out, err = ran(f"{BAD}:prints_junk", *PATIENT)
    assert status == 0
    assert "calls" not in out + err
    assert "::error" not in out + err


def test_what_a_function_printed_last_is_shown_when_it_fails(tmp_path: Path, ran) -> None:
    (tmp_path / "loud.py").write_text("def f(dy, x, gamma):\n    print('shape\\x1b', 3)\n    raise KeyError('mu')\n")
    status, _, err = ran(f"{tmp_path}/loud.py:f", *PATIENT)
    assert status == 2
    assert "it printed: shape\\u001b 3" in err


def test_a_forward_pass_without_a_cache_is_told(ran) -> None:
    _, _, err = ran(f"{BAD}:batchnorm_backward", "--forward", "batchnorm_forward", *PATIENT)
    assert "the forward function does not return a pair (y, cache)" in err


def test_the_file_is_read_as_text_and_never_imported_here(tmp_path: Path, ran) -> None:
    (tmp_path / "marks.py").write_text(
        f"import os\nopen({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\ndef f(dy, x, gamma): return dy\n"
    )
    ran(f"{tmp_path}/marks.py:f", *PATIENT)
    assert int((tmp_path / "pid").read_text()) != os.getpid()
    assert not any(name.split(".")[-1] == "marks" for name in sys.modules)


def test_neighbours_of_the_file_can_be_imported_and_its_main_block_is_not_run(tmp_path: Path, ran) -> None:
    (tmp_path / "neighbour.py").write_text("def scaled(dy, gamma): return dy * gamma\n")
    (tmp_path / "mine.py").write_text(
        "from neighbour import scaled\n"
        "def f(dy, gamma, running_var, eps): return scaled(dy, gamma) / (running_var + eps) ** 0.5\n"
        "if __name__ == '__main__': raise SystemExit('run')\n"
    )
    status, out, _ = ran(f"{tmp_path}/mine.py:f", *PATIENT)
    assert status == 0
    assert "right: batch norm in inference: epsilon inside the root" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nofile.py:f"], "there is no file nofile.py"),
        ([f"{FUNCTIONS}/wrnog.py:f"], "did you mean 'wrong.py'?"),
        (["x"], "'x' names no function: write FILE.py:FUNCTION"),
        ([f"{BAD}:raises", "--args", "dy,x"], "raises takes 4 parameters by position, and --args names 2"),
        ([f"{BAD}:raises", "--args", "dy,x,gama,eps"], "--args: 'gama' is no part of a layer\ndid you mean 'gamma'?"),
        ([f"{BAD}:raises", "--layer", "grup"], "did you mean 'group'?"),
        ([f"{BAD}:raises", "--forward", "raises"], "takes nothing from raises"),
        ([f"{BAD}:raises", "--timeout", "0"], "--timeout is more than 0"),
        ([f"{BAD}:raises", "--framework", "pytorch", "--variance", "unbiased"], "leave one of the two away"),
        ([f"{RIGHT}:one_line", "--probe", "q=1", *PATIENT], "--probe: 'q=1' is not understood"),
        ([f"{RIGHT}:one_line", "--probe", "g=one", *PATIENT], "--probe: 'one' is no number"),
        ([f"{RIGHT}:one_line", "--probe", "none.npz", *PATIENT], "--probe: none.npz cannot be read"),
    ],
)
def test_wrong_use_is_told(words: list[str], said: str, ran) -> None:
    status, out, err = ran(*words)
    assert (status, out) == (2, "")
    assert said in err


def test_a_file_that_is_no_python_is_told_with_its_line(tmp_path: Path, ran) -> None:
    (tmp_path / "broken.py").write_text("x = 1\ndef f(:\n")
    status, _, err = ran(f"{tmp_path}/broken.py:f")
    assert status == 2
    assert "broken.py:2: it is no Python: invalid syntax" in err


def test_an_error_while_loading_is_told_with_its_line(tmp_path: Path, ran) -> None:
    (tmp_path / "lacks.py").write_text("import no_such_module\ndef f(dy, x, gamma): return dy\n")
    status, _, err = ran(f"{tmp_path}/lacks.py:f", *PATIENT)
    assert status == 2
    assert (
        "cannot be loaded: ModuleNotFoundError: No module named 'no_such_module' (line 1: import no_such_module)" in err
    )


def test_parameters_of_other_names_are_told_by_args(tmp_path: Path, ran) -> None:
    (tmp_path / "odd.py").write_text(
        "def f(a1, a2, a3, a4):\n"
        "    s = (a2.var(0) + a4) ** 0.5\n"
        "    h = (a2 - a2.mean(0)) / s\n"
        "    return a3 / s * (a1 - a1.mean(0) - h * (a1 * h).mean(0))\n"
    )
    status, out, _ = ran(f"{tmp_path}/odd.py:f", "--args", "dy,x,gamma,eps", *PATIENT)
    assert status == 0
    assert out.endswith("right: batch norm: the biased variance; epsilon inside the root\n")


def test_it_says_that_it_runs_the_code_before_it_does(ran) -> None:
    _, _, err = ran(f"{BAD}:exits_at_once", *PATIENT)
    assert err.startswith(f"running {BAD}:exits_at_once in a child process: this is your code, with your rights\n")


def test_json_has_the_cause_and_the_numbers(ran) -> None:
    status, out, _ = ran(f"{WRONG}:gamma_lost", "--output-format", "json", *PATIENT)
    found = json.loads(out)
    assert status == 1
    assert found["right"] is False
    assert found["schema_version"] == 1
    assert found["gradients"][0]["cause"] == "equals the true dx without gamma"
    assert set(found["gradients"][0]["formulas"]) == {"the true dx", "this one"}
    assert found["gradients"][0]["differs"]["true"] != found["gradients"][0]["differs"]["returned"]


def test_the_page_of_a_wrong_function_shows_both_formulas_and_a_number(ran) -> None:
    _, out, _ = ran(f"{WRONG}:third_term_with_n_less_one", *PATIENT)
    assert "γ/(n s) · (n gᵢ − Σⱼ gⱼ − x̂ᵢ Σⱼ (gⱼ x̂ⱼ))" in out
    assert "γ/s · gᵢ − γ/(n s) · Σⱼ gⱼ − γ/((n − 1) s) · x̂ᵢ Σⱼ (gⱼ x̂ⱼ)" in out
    assert "returned is" in out
    assert max(map(len, out.splitlines()[1:])) <= 101


def test_a_probe_lists_what_ones_for_g_hide(ran) -> None:
    _, out, _ = ran(f"{RIGHT}:staged_batchnorm", "--probe", "g=1,gamma=1,eps=1e-5,n=4", *PATIENT)
    assert "43 of 88 wrong formulas cannot be told from the truth there" in out
    assert "with the opposite sign" in out
    assert "help: draw g at random" in out
    assert "take gamma away from 1" in " ".join(out.split())


def test_a_probe_that_hides_nothing_says_so(tmp_path: Path, ran) -> None:
    draw = np.random.default_rng(1)
    np.savez(
        tmp_path / "mine.npz",
        x=draw.standard_normal((5, 3)),
        dout=draw.standard_normal((5, 3)),
        gamma=draw.uniform(1.5, 2, 3),
        eps=0.7,
    )
    _, out, _ = ran(f"{RIGHT}:staged_batchnorm", "--probe", f"{tmp_path}/mine.npz", *PATIENT)
    assert "each of 88 wrong formulas differs from the truth there" in out


def test_help_knows_no_numpy() -> None:
    code = "import sys; sys.argv = ['bnverify', 'against', '--help']\nfrom bnverify.__main__ import run\ntry: run()\nexcept SystemExit: pass\nassert 'numpy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0


def test_the_opposite_sign_comes_with_the_convention_that_has_it(ran) -> None:
    status, out, _ = ran(f"{WRONG}:sign_throughout", *PATIENT)
    assert status == 1
    assert "--sign-convention mu-x" in out


def test_nobody_but_against_knows_this_room() -> None:
    house = Path(__file__).parents[2] / "bnverify"
    users = {
        path.relative_to(house).as_posix()
        for path in house.rglob("*.py")
        if "bnverify.trial" in path.read_text("utf-8") and path.parent.name != "trial"
    }
    assert users == {"cli/against.py", "api/compared.py", "api/functions.py"}


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs signals")
def test_an_interrupt_ends_the_child_and_the_run(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(
        f"import os, time\ndef f(dy, x, gamma):\n    open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n    time.sleep(600)\n"
    )
    command = [sys.executable, "-m", "bnverify", "against", f"{tmp_path}/slow.py:f", "--timeout", "300"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 100
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
