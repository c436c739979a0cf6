"""A verdict -> JSON, for programs."""

from __future__ import annotations

import json
from typing import Any

from bnverify.model.conventions import OF_FORWARD
from bnverify.trial.inputs import Setting
from bnverify.trial.judging import Judged, Verdict
from bnverify.trial.page import notes
from bnverify.trial.probe import Probed
from bnverify.trial.words import cause_of, formulas, summary

SCHEMA_VERSION = 1


def as_json(verdict: Verdict, probed: Probed | None) -> str:
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "file": verdict.subject.file,
        "function": verdict.subject.function.name,
        "parameters": {one.name: one.role for one in verdict.subject.function.parameters},
        "right": verdict.is_right,
        "summary": summary(verdict),
        "judged_as": _setting(verdict.home),
        "gradients": [_gradient(one, verdict) for one in verdict.gradients],
        "satisfies": [_setting(one) for one in verdict.satisfied],
        "right_elsewhere": [_setting(one) for one in verdict.elsewhere],
        "writes_to": list(verdict.wrote),
        "notes": list(notes(verdict)),
    }
    if probed is not None:
        found["probe"] = {
            "inputs": probed.words,
            "tried": probed.of,
            "not_told": [" ".join(one) for one in probed.passed],
            "help": probed.help,
        }
    return json.dumps(found, indent=2, ensure_ascii=False)


def _setting(one: Setting) -> dict[str, Any]:
    parts = {part: one.convention.choices[part].value for part in OF_FORWARD}
    return {"layer": one.layer.name, "shape": one.shape, **parts, "eps": one.eps}


def _gradient(one: Judged, verdict: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = {"name": one.name, "right": one.is_right, "error": one.error}
    if one.is_right:
        return found
    setting = one.cause.setting if one.cause and one.cause.slips else verdict.home
    found |= {"cause": cause_of(one), "formulas": dict(formulas(one, setting))}
    if one.difference is not None:
        at = one.difference
        found["differs"] = {"shape": at.trial.shape, "index": at.index, "true": at.true, "returned": at.found}
    return found
