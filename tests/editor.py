"""An editor for tests: a client of the language server over its standard input and output, and nothing of pygls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Empty, Queue
from typing import Any

ROOT = Path(__file__).parent.parent
CAPABILITIES: Mapping[str, Any] = {
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True, "versionSupport": True, "codeDescriptionSupport": True, "dataSupport": True,
        },
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
    "window": {"showDocument": {"support": True}},
}  # fmt: skip


class Editor:
    """A client; `texts` are what it shows, `told` the newest diagnostics of each document."""

    def __init__(self, folder: Path, encodings: tuple[str, ...] = (), options: Any = None) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "bnverify", "lsp"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=folder
        )
        self.folder, self.number = folder, 0
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self.published: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        """What the server asked of the editor, and what it said beside diagnostics."""
        self.heard: Queue[dict[str, Any]] = Queue()
        self.log: list[tuple[str, dict[str, Any]]] = []
        threading.Thread(target=self._listen, daemon=True).start()
        general = {"general": {"positionEncodings": list(encodings)}} if encodings else {}
        asked = {
            "processId": None, "rootUri": folder.as_uri(), "capabilities": {**CAPABILITIES, **general},
            "initializationOptions": options,
        }  # fmt: skip
        self.capabilities = self.request("initialize", asked)["capabilities"]
        self.notify("initialized", {})

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            length = int(header.split(b":")[1])
            while stream.readline() != b"\r\n":
                pass
            self.heard.put(json.loads(stream.read(length)))
        self.heard.put({"end": True})

    def _send(self, message: dict[str, Any]) -> None:
        self.log.append(("to the server", message))
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, parameters: Any) -> None:
        self._send({"method": method, "params": parameters})

    def begin(self, method: str, parameters: Any) -> int:
        self.number += 1
        self._send({"id": self.number, "method": method, "params": parameters})
        return self.number

    def request(self, method: str, parameters: Any = None) -> Any:
        number = self.begin(method, parameters)
        answer = self.until(lambda one: one.get("id") == number and "method" not in one)
        assert "error" not in answer, answer
        return answer["result"]

    def until(self, wanted: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        """The first message that is wanted; all that come are taken note of."""
        end = time.monotonic() + seconds
        while True:
            try:
                message = self.heard.get(timeout=max(0.01, end - time.monotonic()))
            except Empty:
                raise AssertionError("the server does not say it") from None
            assert "end" not in message, "the server has ended"
            self._note(message)
            if wanted(message):
                return message

    def _note(self, message: dict[str, Any]) -> None:
        self.log.append(("to the editor", {key: value for key, value in message.items() if key != "jsonrpc"}))
        if message.get("method") == "textDocument/publishDiagnostics":
            self.published.append(message["params"])
        elif "method" in message:
            self.asked.append(message)
            if "id" in message:
                self._send({"id": message["id"], "result": {"success": True}})

    # -- documents

    def open(self, name: str, text: str, language: str = "markdown") -> str:
        uri = name if ":" in name else (self.folder / name).as_uri()
        self.texts[uri], self.versions[uri] = text, 1
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return uri

    def change(self, uri: str, text: str) -> None:
        self.texts[uri] = text
        self.versions[uri] += 1
        document = {"uri": uri, "version": self.versions[uri]}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def first(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics of the text as it is, as soon as there are any."""
        version = self.versions[uri]
        if not any(one["uri"] == uri and one["version"] == version for one in self.published):
            self.until(lambda one: _publishes(one, uri, version))
        return self.newest(uri)

    def settled(self, uri: str) -> list[dict[str, Any]]:
        """The diagnostics of the text as it is, when nothing more will be found out: so long changes have to wait."""
        place = {"line": 0, "character": 0}
        self.request(
            "textDocument/codeAction",
            {"textDocument": {"uri": uri}, "range": {"start": place, "end": place}, "context": {"diagnostics": []}},
        )
        return self.newest(uri)

    def newest(self, uri: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = next(one for one in reversed(self.published) if one["uri"] == uri)["diagnostics"]
        return found

    def ask_at(self, method: str, uri: str, line: int, character: int) -> Any:
        place = {"line": line, "character": character}
        return self.request(method, {"textDocument": {"uri": uri}, "position": place})

    def actions(self, uri: str, range: dict[str, Any], **context: Any) -> list[dict[str, Any]]:
        asked = {"textDocument": {"uri": uri}, "range": range, "context": {"diagnostics": [], **context}}
        found: list[dict[str, Any]] = self.request("textDocument/codeAction", asked)
        return found

    def leave(self) -> int:
        """Say goodbye; the exit status of the server."""
        self.request("shutdown")
        self.notify("exit", None)
        return self.process.wait(20)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(20)
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()


def _publishes(message: dict[str, Any], uri: str, version: int) -> bool:
    parameters = message.get("params") or {}
    is_of = parameters.get("uri") == uri and parameters.get("version") == version
    return message.get("method") == "textDocument/publishDiagnostics" and is_of
