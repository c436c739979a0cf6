"""Orders -> answers, by workers that do what the note says: end at once, or wait."""

from __future__ import annotations

import json
import os
import re
import signal
import time

from bnverify.batch.wire import fulfil


def obey(text: str) -> str:
    """Judge the note, or end this process where the note says so."""
    note = json.loads(text)["note"]["text"]
    if "END-THE-WORKER" in note:
        os.kill(os.getpid(), signal.SIGKILL)
    if told := re.search(r"END-ONCE (\S+)", note):
        if not os.path.exists(told[1]):
            with open(told[1], "w"):
                pass
            os.kill(os.getpid(), signal.SIGKILL)
    if told := re.search(r"WAIT (\S+)", note):
        time.sleep(float(told[1]))
    return fulfil(text)


def babble(text: str) -> str:
    """An answer that is none."""
    return text[:10]


def of_another_version(text: str) -> str:
    """What a worker says that got an order of another program."""
    asked = json.loads(text)
    asked["code"]["sources"] = "0" * 32
    return fulfil(json.dumps(asked))
