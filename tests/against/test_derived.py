"""What `derive` writes as a function is right in the eyes of `against`, under the convention that it was derived for."""

from __future__ import annotations

from pathlib import Path

import pytest

from bnverify.cli.main import main
from bnverify.derivation.code import CODED

UNUSUAL = ["--variance", "unbiased", "--epsilon", "outside"]


@pytest.mark.parametrize("convention", [[], UNUSUAL], ids=["usual", "unbiased-outside"])
@pytest.mark.parametrize("layer", CODED)
def test_a_derived_function_satisfies_the_truth(
    layer: str, convention: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = convention[2:] if layer == "rms" else convention
    path = tmp_path / "derived.py"
    written = ["derive", "--layer", layer, *given, "--format", "numpy", "-o", str(path)]
    assert main(written, standalone_mode=False) == 0
    target = f"{path}:{CODED[layer].name}_backward"
    assert main(["against", target, "--layer", layer, *given], standalone_mode=False) == 0
    said = capsys.readouterr().out
    assert "right: " in said
    assert said.count("right   largest relative error") == (2 if layer == "rms" else 3)
