"""The process that judges: orders come in on standard input as lines of JSON, pages go out on standard output.

Work ends when the text has moved on: a thread reads the orders while the other one judges, and the judging asks on its
way whether it is still wanted. One that does not ask in time is ended by the server, which starts another.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from dataclasses import dataclass, field
from threading import Condition, Thread
from time import monotonic
from typing import Any, BinaryIO

from bnverify.batch.codec import decoded, encoded
from bnverify.lsp.judging import Order, Sheet
from bnverify.lsp.page import trouble_page
from bnverify.model.forward import Forward
from bnverify.pipeline import Judged
from bnverify.record import Trouble
from bnverify.truth.every_n import Prover
from bnverify.truth.work import CalledOff, until_called_off

REST = 0.25
"""Seconds without an order before anything but verdicts is worked out: who types on waits for no step of it."""


@dataclass
class Desk:
    """What lies on the desk: the newest version of each document, and what earlier ones left."""

    out: BinaryIO
    sheets: dict[str, Sheet] = field(default_factory=dict)
    """Unfinished ones by their document, the newest last."""
    judged: dict[str, Judged] = field(default_factory=dict)
    provers: dict[Forward, Prover] = field(default_factory=dict)
    changed: Condition = field(default_factory=Condition)
    current: Sheet | None = None
    heard: float = 0.0
    """When the last order came."""

    def receive(self, message: Any) -> None:
        with self.changed:
            if "close" in message:
                self.sheets.pop(message["close"], None)
                self.judged.pop(message["close"], None)
                return
            order, self.heard = decoded(Order, message["order"]), monotonic()
            self.sheets.pop(order.uri, None)
            self.sheets[order.uri] = Sheet(order, self.provers, self.judged)
            self.changed.notify()

    def next(self) -> Sheet:
        """What is worked on now: the newest of which nothing has been said yet, else the newest, after a rest."""
        with self.changed:
            while True:
                newest = list(reversed(self.sheets.values()))
                self.current = next((one for one in newest if one.is_urgent), newest[0] if newest else None)
                left = REST - (monotonic() - self.heard)
                if self.current is not None and (self.current.is_urgent or left <= 0):
                    return self.current
                self.changed.wait(left if self.current else None)

    def is_called_off(self) -> bool:
        """Whether the text has moved on, or another document has had no answer at all yet: a newer one, where this
        one has had none either.
        """
        one, sheets = self.current, list(self.sheets.values())
        if one is None or one not in sheets:
            return True
        others = sheets[sheets.index(one) + 1 :] if one.is_urgent else sheets
        return any(other.is_urgent for other in others)

    def work(self) -> None:
        """One page of one document."""
        sheet = self.next()
        order = sheet.order
        self.send({"begun": order.uri, "number": order.number})
        try:
            with until_called_off(self.is_called_off):
                page = sheet.next_page()
        except CalledOff:
            return
        except Exception as trouble:
            # What is not caught where notes are judged is a fault of this room, and ends no more than this version.
            page = trouble_page(Trouble(order.name, f"internal error: {type(trouble).__name__}: {trouble}"))
            sheet.stages = []
        if page is not None:
            self.send({"page": encoded(page), "uri": order.uri, "number": order.number})
        with self.changed:
            if self.sheets.get(order.uri) is sheet and not sheet.stages:
                del self.sheets[order.uri]

    def send(self, message: Any) -> None:
        self.out.write(json.dumps(message).encode() + b"\n")
        self.out.flush()


def read_orders(desk: Desk, orders: BinaryIO) -> None:
    """Until who gives them is gone; then there is nobody to work for."""
    for line in orders:
        desk.receive(json.loads(line))
    os._exit(0)


def run() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.set_threshold(200_000, 50, 50)
    desk = Desk(os.fdopen(os.dup(1), "wb"))
    # Whatever prints beside the pages prints for people.
    os.dup2(2, 1)
    gc.freeze()
    desk.send({"ready": True})
    Thread(target=read_orders, args=(desk, sys.stdin.buffer), daemon=True).start()
    while True:
        desk.work()
