"""A real browser without a window: Chromium over the pipe of its DevTools protocol."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = (
    "--headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-extensions "
    "--disable-background-networking --disable-component-update --disable-sync --remote-debugging-pipe --hide-scrollbars"
).split()


class Page:
    """One tab. Everything that it complains about, and every address that it asks for, is kept."""

    def __init__(self, to: int, fro: int) -> None:
        self.to, self.fro = to, fro
        self.number, self.rest, self.session = 0, b"", ""
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.loaded: set[str] = set()
        """The documents that are there with all that belongs to them."""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")
        self.ask("Page.setLifecycleEventsEnabled", enabled=True)

    def ask(self, method: str, **given: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": given}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            found = self.read()
            if found.get("id") == self.number:
                assert "error" not in found, found
                result: dict[str, Any] = found["result"]
                return result
            self.note(found)

    def read(self) -> dict[str, Any]:
        while b"\0" not in self.rest:
            more = os.read(self.fro, 1 << 20)
            assert more, "the browser has gone"
            self.rest += more
        first, self.rest = self.rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(first)
        return found

    def note(self, event: dict[str, Any]) -> None:
        method, told = event.get("method", ""), event.get("params", {})
        if method == "Page.lifecycleEvent" and told["name"] == "load":
            self.loaded.add(told["loaderId"])
        elif method == "Log.entryAdded":
            self.complaints.append(told["entry"]["text"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Page.javascriptDialogOpening"):
            self.complaints.append(json.dumps(told))
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])

    def open(self, path: Path) -> None:
        self.complaints, self.requests = [], []
        document = self.ask("Page.navigate", url=path.as_uri())["loaderId"]
        while document not in self.loaded:
            self.note(self.read())

    def value(self, expression: str) -> Any:
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def look(self, width: int, scheme: str = "light", media: str = "screen") -> None:
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.ask("Emulation.setEmulatedMedia", media=media, features=features)

    def picture(self, path: Path, begin: float = 0, height: float | None = None) -> None:
        size = self.ask("Page.getLayoutMetrics")["cssContentSize"]
        clip = {
            "x": 0,
            "y": begin,
            "width": size["width"],
            "height": min(height or 16_000, size["height"] - begin),
            "scale": 1,
        }
        taken = self.ask("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(taken["data"]))


@contextmanager
def browser() -> Iterator[Page]:
    assert CHROMIUM is not None
    (theirs_in, to), (fro, theirs_out) = os.pipe(), os.pipe()

    def at_three_and_four() -> None:
        # Away from both numbers first: one of them may be the other's.
        first, second = os.dup(theirs_in), os.dup(theirs_out)
        high = max(first, second, 5)
        os.dup2(first, high + 1)
        os.dup2(second, high + 2)
        os.dup2(high + 1, 3)
        os.dup2(high + 2, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = [CHROMIUM, *FLAGS, f"--user-data-dir={home}", "about:blank"]
        started = subprocess.Popen(
            command, close_fds=False, preexec_fn=at_three_and_four, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(theirs_in)
        os.close(theirs_out)
        try:
            yield Page(to, fro)
        finally:
            os.close(to)
            started.terminate()
            started.wait(10)
            os.close(fro)
