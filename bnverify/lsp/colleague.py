"""The process that judges, as the server sees it: orders out, pages in; it is replaced where it ends or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from bnverify.batch.codec import decoded, encoded
from bnverify.lsp.judging import Order
from bnverify.lsp.page import Page, trouble_page
from bnverify.record import Trouble

LARGEST = 1 << 28
"""Bytes of one page."""
PATIENCE = 3.0
"""Seconds in which work that nobody waits for any more has to end by itself."""
PROGRAM = "import sys; sys.path[:] = sys.argv[1:]; from bnverify.lsp.worker import run; run()"
"""The same modules as ours: a folder that is open in the editor brings none along."""
ENDED = "the process that judged this note was ended: too much memory, most likely; it is judged again when it changes"
NEVER = "the process that judges does not start: see the log of the server"

Deliver = Callable[[str, Page], None]


class Colleague:
    """One process at a time. What was ordered and is not finished is ordered again of the next one."""

    def __init__(self, deliver: Deliver) -> None:
        self.deliver = deliver
        self.orders: dict[str, Order] = {}
        self.number = 0
        self.process: asyncio.subprocess.Process | None = None
        self.task: asyncio.Task[None] | None = None
        self.begun: tuple[str, int] | None = None
        self.heard = 0.0
        """When it was last heard of."""
        self.is_ready = False
        self.was_ended_by_us = False

    def start(self) -> None:
        if self.task is None or self.task.done():
            self.task = asyncio.get_running_loop().create_task(self._serve_to_the_end())

    def order(self, order: Order) -> None:
        self.start()
        self.number += 1
        order = replace(order, number=self.number)
        self.orders.pop(order.uri, None)
        self.orders[order.uri] = order
        if self.is_ready:
            self._send(order)
            self._watch()

    def close(self, uri: str) -> None:
        self.orders.pop(uri, None)
        if self.is_ready:
            self._write({"close": uri})

    def end(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self._kill()

    # -- what goes out

    def _send(self, order: Order) -> None:
        self._write({"order": encoded(order)})

    def _write(self, message: Any) -> None:
        if self.process is not None and self.process.stdin is not None:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")

    def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        process, now = self.process, loop.time()

        def look() -> None:
            if self.process is process and self.heard < now:
                self._kill()

        loop.call_later(PATIENCE, look)

    def _kill(self) -> None:
        if self.process is not None:
            self.was_ended_by_us = True
            with contextlib.suppress(ProcessLookupError):
                self.process.kill()

    # -- what comes in

    async def _serve_to_the_end(self) -> None:
        """A fault of ours ends this task; with the next order another one begins, with a process of its own."""
        try:
            await self._serve()
        finally:
            self.is_ready = False
            self._kill()

    async def _serve(self) -> None:
        while True:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-c", PROGRAM, *filter(None, sys.path),
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LARGEST,
            )  # fmt: skip
            assert self.process.stdout is not None
            self.begun, self.was_ended_by_us = None, False
            while line := await self.process.stdout.readline():
                self.heard = asyncio.get_running_loop().time()
                self._heard(json.loads(line))
            await self.process.wait()
            was_ready, self.is_ready = self.is_ready, False
            if not was_ready and not self.was_ended_by_us:
                for order in list(self.orders.values()):
                    self._done(order.uri, order.number, trouble_page(Trouble(order.name, NEVER)))
                self.task = None
                return
            if not self.was_ended_by_us:
                self._blame()

    def _heard(self, message: Any) -> None:
        if "ready" in message:
            self.is_ready = True
            for order in self.orders.values():
                self._send(order)
        elif "begun" in message:
            self.begun = message["begun"], message["number"]
        else:
            self.begun = None
            page = decoded(Page, message["page"])
            self._done(message["uri"], message["number"], page)

    def _done(self, uri: str, number: int, page: Page) -> None:
        """What belongs to an earlier order is not delivered."""
        order = self.orders.get(uri)
        if order is not None and order.number == number:
            if page.whole:
                del self.orders[uri]
            self.deliver(uri, page)

    def _blame(self) -> None:
        """What it was working on when it ended is not given to the next one, unless the text has moved on."""
        if self.begun is not None:
            uri, number = self.begun
            self._done(uri, number, trouble_page(Trouble(uri, ENDED)))
