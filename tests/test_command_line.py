"""The command line as a user meets it: exit statuses, messages at their place, and time limits for bad input."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

GOOD = r"$$\frac{\partial L}{\partial \beta} = \sum_i \frac{\partial L}{\partial y_i}$$" "\n"
WRONG = r"$$\frac{\partial L}{\partial \beta} = -\sum_i \frac{\partial L}{\partial y_i}$$" "\n"


def bnverify(
    *words: str, stdin: str | bytes | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    data = stdin.encode() if isinstance(stdin, str) else stdin
    done = subprocess.run(
        [sys.executable, "-m", "bnverify", *words], input=data, capture_output=True, cwd=cwd, timeout=60, check=False
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    )


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.md"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (GOOD, 0),
        (WRONG, 1),
        (GOOD + "$$a = f(x)$$\n", 3),
        (GOOD + "$$a = 2(x + b \\cdot (-1)$$\n", 3),
        ("no mathematics at all\n", 3),
        (WRONG + "<!-- expect: sign-flip -->\n", 0),
        (GOOD + "<!-- expect: sign-flip -->\n", 1),
        (WRONG + "<!-- expect: hidden-slip -->\n", 1),
        (WRONG + "<!-- expect[biased]: sign-flip -->\n", 1),
        (GOOD.replace("= ", "=$$\n\n$$") + "<!-- expect: joined -->\n", 0),
        (GOOD + "<!-- expect: joined -->\n", 1),
    ],
)
def test_exit_status_of_a_note(tmp_path: Path, text: str, status: int) -> None:
    path = tmp_path / "note.md"
    path.write_text(text, encoding="utf-8")
    assert bnverify("check", "--witness", "proof", str(path)).returncode == status


def test_a_wrong_step_wins_over_an_undecided_one_and_trouble_over_both(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(WRONG)
    (tmp_path / "b.md").write_text("$$a = f(x)$$")
    paths = [str(tmp_path / "a.md"), str(tmp_path / "b.md")]
    assert bnverify("check", "--witness", "proof", *paths).returncode == 1
    done = bnverify("check", "--witness", "proof", *paths, str(tmp_path / "missing.md"))
    assert done.returncode == 2
    assert "missing.md: there is no such file or folder" in done.stdout
    assert "a.md: 1 step is wrong" in done.stdout


def test_strict_counts_warnings(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(r"$$\frac{\partial \sigma^2}{\partial \mu} = \frac{2}{n} \sum_i (x_i - \mu)$$")
    assert bnverify("check", "--witness", "proof", str(path)).returncode == 0
    assert bnverify("check", "--witness", "proof", "--strict", str(path)).returncode == 1


def test_without_a_path_and_without_derivations_it_says_what_to_type(tmp_path: Path) -> None:
    done = bnverify("check", cwd=tmp_path)
    assert done.returncode == 2
    assert "no folder `derivations`" in done.stderr
    assert "bnverify check NOTE.md" in done.stderr


def test_a_formula_on_the_command_line() -> None:
    done = bnverify("check", "-e", GOOD.strip().strip("$"))
    assert done.returncode == 0, done.stdout
    assert "proved" in done.stdout


def test_standard_input_has_a_name() -> None:
    done = bnverify("check", "--witness", "proof", "-", "--stdin-filename", "mine.md", stdin=WRONG)
    assert done.returncode == 1
    assert "mine.md:1:39" in done.stdout


def test_a_line_is_named_for_the_explanation_alone(note: Path) -> None:
    note.write_text(WRONG)
    done = bnverify("check", "--diff", f"{note}:1")
    assert done.returncode == 2
    assert "a line is named for --explain alone" in done.stdout + done.stderr


def test_concise_has_one_line_for_each_finding(note: Path) -> None:
    note.write_text(WRONG)
    done = bnverify("check", "--witness", "proof", "--output-format", "concise", str(note))
    assert done.stdout.splitlines()[0].startswith(f"{note}:1:39: error[sign-flip] ")
    assert len(done.stdout.splitlines()) == 2


def test_json_is_versioned_and_complete(note: Path) -> None:
    document = json.loads(bnverify("check", "--output-format", "json", str(note)).stdout)
    assert document["schema_version"] == 1
    (step,) = document["notes"][0]["steps"]
    assert step["line"] == 1
    assert step["column"] == 37
    assert step["standing"] == "holds"
    assert step["witnesses"]["proof"] == {"verdict": "proved", "for": "every n"}
    assert step["witnesses"]["symbolic"] == {"verdict": "agrees", "n": [2, 3, 4]}
    assert step["witnesses"]["numeric"]["n"] == [3, 8, 64]
    assert step["witnesses"]["numeric"]["max_relative_error"] < 1e-12


def test_json_gives_the_counterexample_as_exact_fractions(note: Path) -> None:
    note.write_text(
        r"$$\hat{x}_i = \frac{x_i - \mu}{\sigma}, \quad \frac{\partial \hat{x}_i}{\partial \mu} = \frac{1}{\sigma}$$"
    )
    step = json.loads(bnverify("check", "--output-format", "json", str(note)).stdout)["notes"][0]["steps"][1]
    example = step["counterexample"]
    assert example["head"].startswith("-")
    assert example["side"] == example["head"][1:]


@pytest.mark.parametrize("name", ["--help", "--version"])
def test_help_and_version_load_no_heavy_library(name: str) -> None:
    program = (
        "import sys, bnverify.__main__ as m\n"
        f"sys.argv = ['bnverify', {name!r}]\n"
        "try: m.run()\n"
        "except SystemExit: pass\n"
        "print(sorted({'sympy', 'numpy', 'lark', 'flint', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_proof_alone_loads_neither_sympy_nor_numpy(note: Path) -> None:
    program = (
        "import sys\nfrom bnverify import check\n"
        f"report = check(open({str(note)!r}).read(), witness='proof')\n"
        "assert report.notes[0].steps\n"
        "print(sorted({'sympy', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


BAD: dict[str, tuple[bytes, int, str]] = {
    "empty": (b"", 3, "there is no equation in it"),
    "no formulas": (b"only words\n", 3, "there is no equation in it"),
    "not UTF-8": (b"\xff\xfe$x = 1$", 2, "line 1 holds the byte 0xff"),
    "unclosed display": (b"$$a = f(b)\n\nmore words follow here\n", 3, "never closed"),
    "unbalanced braces": (rb"$$\mu = \frac{1}{n \sum_i x_i + {$$", 3, "a brace is not closed"),
    "9,000 brackets": (b"$$x = " + b"(" * 9_000 + b"x" + b")" * 9_000 + b"$$", 3, "nested deeper than 200"),
    "10,000 brackets": (b"$$x = " + b"(" * 10_000 + b"x" + b")" * 10_000 + b"$$", 3, "20000 characters is not read"),
    "nested braces": (rb"$$x = " + rb"\frac{1}{" * 1_500 + b"x" + b"}" * 1_500 + b"$$", 3, "nested deeper"),
    "a tower of powers": (rb"$$\mu = 2^{2^{2^{2^{2^{2}}}}}$$", 3, "not decided"),
    "a huge sum": (rb"$$\mu = \sum_{i=1}^{10^9} x_i$$", 3, "is not a sum over the batch"),
    "a huge number": (b"$$\\mu = " + b"9" * 4_000 + b"$$", 3, "digits"),
    "dollars": (b"$" * 20_001, 3, "there is no equation in it"),
    "a long sum": (rb"$$\mu = " + b" + ".join([b"x_i"] * 2_000) + b"$$", 1, "1 step is wrong"),
    "nested fractions": (rb"$$y_i = " + rb"\frac{1}{1+" * 190 + b"x_i" + b"}" * 190 + b"$$", 1, "1 step is wrong"),
    "nested roots": (rb"$$y_i = " + rb"\sqrt{1+" * 190 + b"x_i" + b"}" * 190 + b"$$", 3, "roots are not worked out"),
    "a root of gamma": (rb"$$\frac{\partial L}{\partial x_i} = \sqrt{\gamma}$$", 1, "1 step is wrong"),
    "helpers through helpers": (
        b"$$h_0 = x_i$$ $$h_1 = \\mu$$"
        + b"".join(b"$$h_{%d} = h_{%d} + h_{%d}$$" % (k + 2, k + 1, k) for k in range(60)),
        3,
        "too long when it is written out",
    ),
    "ten sums in one another": (
        rb"$$\mu = " + b" ".join(rb"\sum_{%c} x_%c" % (c, c) for c in b"abcdefghij") + rb" x_a x_b x_c x_d x_e$$",
        3,
        "sums nested deeper than 4",
    ),
    "a long product of sums": (rb"$$\mu = " + rb"(\gamma+\beta+x_i+\mu+\epsilon)" * 64 + b"$$", 1, "1 step is wrong"),
    "a high power under a sum": (rb"$$\mu = \sum_j (x_j+\gamma+\beta)^{64}$$", 1, "1 step is wrong"),
    "a formula of 200 kB": (b"$$ x" + b"=" * 200_000 + b"$$", 3, "more than 20000 characters is not read"),
    "a million backticks": (b"`" * 1_000_000, 3, "there is no equation in it"),
    "half a million dollars": (b"$" * 500_000, 3, "there is no equation in it"),
    "null bytes": (b"$$a\x00 = b$$", 3, "a.md"),
    "control characters": (b"$$\\mu = \x1b[31m x_i$$", 3, "\\u001b"),
}


@pytest.mark.parametrize(("data", "status", "words"), BAD.values(), ids=BAD)
def test_bad_input_gets_a_clear_message_within_two_seconds(
    tmp_path: Path, data: bytes, status: int, words: str
) -> None:
    path = tmp_path / "a.md"
    path.write_bytes(data)
    good = tmp_path / "good.md"
    good.write_text(GOOD)
    done, took = timed("check", "--witness", "proof", str(path), str(good))
    assert done.returncode == status, done.stdout + done.stderr
    assert words in done.stdout
    assert "\x1b" not in done.stdout
    assert "good.md: its one step is right" in done.stdout
    assert "Traceback" not in done.stderr
    assert took < 2 or took < 10 * timed("check", "--witness", "proof", str(good))[1]  # a slow machine is slow at all


def timed(*words: str) -> tuple[subprocess.CompletedProcess[str], float]:
    """What a command says, and the seconds of the processor that it takes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = bnverify(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return done, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_folder_without_notes_and_a_notebook_are_no_pass(tmp_path: Path) -> None:
    done = bnverify("check", str(tmp_path))
    assert done.returncode == 2
    assert "holds no notes" in done.stdout
    (tmp_path / "a.ipynb").write_text("{}")
    assert bnverify("check", str(tmp_path / "a.ipynb")).returncode == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["derive", "--n", "0"], "n"),
        (["derive", "--n", "1", "--variance", "unbiased"], "unbiased"),
        (["derive", "--n", "5000"], "5000"),
        (["derive", "--n", "3", "--x", "1,2"], "3"),
        (["derive", "--x", "1,two,3,4"], "--x"),
        (["check", "--variance", "both"], "biased"),
        (["read", "missing.md"], "no such file"),
    ],
)
def test_wrong_use_is_status_two_with_a_sentence(words: list[str], message: str) -> None:
    before = time.perf_counter()
    done = bnverify(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert time.perf_counter() - before < 2


def test_a_closed_pipe_is_no_traceback(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text(WRONG * 200)
    command = f"{sys.executable} -m bnverify check --witness proof {path} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stderr == ""


@pytest.mark.skipif(os.name == "nt", reason="signals differ on Windows")
def test_interrupted_is_status_130() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bnverify", "check", "-"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A shell starts what runs in the background deaf to this signal, and a child inherits that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(3)  # until it waits for its input, on a slow machine too
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=10)
    assert process.returncode == 130
    assert b"Traceback" not in error


def test_no_text_of_a_note_is_run(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    code = f"__import__('pathlib').Path('{trap}').touch()"
    forms = [
        rf"$$\mu = \text{{{code}}}$$",
        f"$${code} = 1$$",
        rf"$$\mathrm{{{code}}} = x_i$$",
        f"---\nbnverify: !!python/object/apply:os.system ['touch {trap}']\n---\n",
    ]
    path = tmp_path / "note.md"
    path.write_text("\n\n".join(reversed(forms)))
    bnverify("check", str(path))
    assert not trap.exists()


def test_demo_needs_no_file_and_shows_both_verdicts(tmp_path: Path) -> None:
    done = bnverify("demo", cwd=tmp_path)
    assert done.returncode == 0
    assert "all 5 steps are right" in done.stdout
    assert "1 step is wrong" in done.stdout
    assert "bnverify check NOTE.md" in done.stdout


def test_read_shows_each_step_and_accounts_for_the_mathematics(note: Path) -> None:
    done = bnverify("read", str(note))
    assert done.returncode == 0
    assert "dL/dbeta = sum_i[ dL/dy_i ]" in done.stdout
    assert "0 not readable" in done.stdout
