"""The language server: documents come in as they are typed, remarks, explanations and repairs go out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from bnverify import __version__
from bnverify.judge.asked import Options
from bnverify.lsp.asked import name_of, options_of
from bnverify.lsp.colleague import Colleague
from bnverify.lsp.judging import Order
from bnverify.lsp.page import Change, Page, Related, Remark
from bnverify.lsp.pages import address_of
from bnverify.lsp.positions import Lines

QUIET = 0.1
"""Seconds without a change before anything is shown; it is judged meanwhile."""
WAIT_HOVER, WAIT_CHANGES = 2.0, 20.0
"""Seconds that a question about the newest text waits for its page."""
EXPLAIN = "bnverify.explain"
SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "hint": types.DiagnosticSeverity.Hint,
}
WATCHED = ("**/pyproject.toml", "**/*.tex")
"""Files on which verdicts depend beside the document itself."""


@dataclass
class Open:
    """A document as it stands in the editor, and the last page of this very version."""

    uri: str
    version: int
    name: str
    lines: Lines
    changed: float
    page: Page | None = None
    was_shown: bool = False
    due: asyncio.TimerHandle | None = None
    """When the page is shown."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


class Server(LanguageServer):
    """What is open, and who judges it."""

    def __init__(self) -> None:
        # Whole texts: the changes of a line that ends in another way than the library thinks would be lost.
        super().__init__("bnverify", __version__, types.TextDocumentSyncKind.Full)
        self.open: dict[str, Open] = {}
        self.colleague = Colleague(self.receive)
        self.options: Options = options_of(None)
        self.given: Any = None
        self.was_shut_down = False

    # -- documents

    def place(self, uri: str, language: str) -> None:
        """A document that was opened or has changed."""
        document = self.workspace.get_text_document(uri)
        name = name_of(uri, language, self.folder)
        if name is None:
            return
        self.open[uri] = Open(uri, document.version or 0, name, self._lines(document.source), self.now)
        self._order(self.open[uri])

    def change(self, uri: str) -> None:
        if uri in self.open:
            one, document = self.open[uri], self.workspace.get_text_document(uri)
            one.version, one.lines, one.changed = document.version or 0, self._lines(document.source), self.now
            self._order(one)

    def close(self, uri: str) -> None:
        if self.open.pop(uri, None) is not None:
            self.colleague.close(uri)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def judge_again(self) -> None:
        """Something beside the documents has changed."""
        for one in self.open.values():
            self._order(one)

    def _order(self, one: Open) -> None:
        one.page = None
        if one.due is not None:
            one.due.cancel()
            one.due = None
        self.colleague.order(Order(one.uri, one.name, one.lines.text, self.options))

    def _lines(self, text: str) -> Lines:
        return Lines(text, str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding)))

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    @property
    def folder(self) -> str:
        return self.workspace.root_path or os.getcwd()

    # -- pages

    def receive(self, uri: str, page: Page) -> None:
        """A page of what was ordered last; it is shown when nothing has been typed for a moment."""
        one = self.open.get(uri)
        if one is None:
            return
        one.page = page
        if one.due is None:
            left = one.changed + QUIET - self.now if one.was_shown else 0.0
            one.due = asyncio.get_running_loop().call_later(max(left, 0.0), self.show, one)

    def show(self, one: Open) -> None:
        """What is known of the text as it is; where it has changed meanwhile, its own page will come."""
        one.due = None
        if self.open.get(one.uri) is not one or one.page is None:
            return
        one.was_shown = True
        told = [self._diagnostic(one, remark) for remark in one.page.remarks]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(one.uri, told, one.version))
        waiting, one.waiting = one.waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def page_of(self, uri: str, whole: bool, seconds: float) -> tuple[Open, Page] | None:
        """The page of the text as it is now; None where it does not come in time."""
        end = self.now + seconds
        while (one := self.open.get(uri)) is not None:
            if one.page is not None and (one.page.whole or not whole):
                if one.due is not None:
                    # Nobody is told of repairs before what they mend.
                    one.due.cancel()
                    self.show(one)
                return one, one.page
            future = asyncio.get_running_loop().create_future()
            one.waiting.append(future)
            try:
                await asyncio.wait_for(future, end - self.now)
            except TimeoutError:
                return None
        return None

    # -- what the protocol calls things

    def supports(self, *names: str) -> bool:
        """Whether the client says that it can do this."""
        found: Any = self.client_capabilities
        for name in names:
            found = getattr(found, name, None)
        return bool(found)

    def _can(self, name: str) -> bool:
        return self.supports("text_document", "publish_diagnostics", name)

    def range(self, one: Open, start: int, end: int) -> types.Range:
        return types.Range(types.Position(*one.lines.position(start)), types.Position(*one.lines.position(end)))

    def _diagnostic(self, one: Open, remark: Remark) -> types.Diagnostic:
        address = address_of(remark.code) if self._can("code_description_support") else ""
        return types.Diagnostic(
            range=self.range(one, remark.start, remark.end),
            message=remark.message,
            severity=SEVERITIES[remark.severity],
            code=remark.code or None,
            code_description=types.CodeDescription(address) if address else None,
            source="bnverify",
            related_information=list(self._related(one, remark)) if self._can("related_information") else None,
            data={"fingerprint": remark.fingerprint} if self._can("data_support") else None,
        )

    def _related(self, one: Open, remark: Remark) -> Iterator[types.DiagnosticRelatedInformation]:
        for each in remark.related:
            yield types.DiagnosticRelatedInformation(self._location(one, each), each.words)

    def _location(self, one: Open, each: Related) -> types.Location:
        if not each.path:
            return types.Location(one.uri, self.range(one, each.start, each.end))
        place = types.Position(each.line, 0)
        return types.Location(Path(os.path.abspath(each.path)).as_uri(), types.Range(place, place))

    def hover(self, one: Open, page: Page, place: types.Position) -> types.Hover | None:
        offset = one.lines.offset(place.line, place.character)
        found = [each for each in page.hovers if each.start <= offset <= each.end]
        if not found:
            return None
        least = min(found, key=lambda each: each.end - each.start)
        words = types.MarkupContent(types.MarkupKind.Markdown, least.text)
        return types.Hover(words, self.range(one, least.start, least.end))

    def actions(self, one: Open, page: Page, asked: types.CodeActionParams) -> Iterator[types.CodeAction]:
        """The repairs of what is found in a range, and the pages of its codes."""
        start = one.lines.offset(asked.range.start.line, asked.range.start.character)
        end = one.lines.offset(asked.range.end.line, asked.range.end.character)
        kinds = asked.context.only or [types.CodeActionKind.QuickFix]
        if not any(str(getattr(kind, "value", kind)) in ("", "quickfix") for kind in kinds):
            return
        touched = [remark for remark in page.remarks if remark.start <= end and start <= remark.end]
        for remark in touched:
            for each in page.changes:
                if each.remark == remark.fingerprint:
                    yield self._repair(one, remark, each)
        if self.supports("window", "show_document", "support"):
            for code in dict.fromkeys(remark.code for remark in touched if address_of(remark.code)):
                title = f"Show what {code} means"
                command = types.Command(title, EXPLAIN, arguments=[code])
                yield types.CodeAction(title, types.CodeActionKind.QuickFix, command=command)

    def _repair(self, one: Open, remark: Remark, change: Change) -> types.CodeAction:
        edits = [types.TextEdit(self.range(one, put.start, put.end), put.replacement) for put in change.edits]
        if self.supports("workspace", "workspace_edit", "document_changes"):
            named = types.OptionalVersionedTextDocumentIdentifier(one.uri, one.version)
            edit = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(named, [*edits])])
        else:
            edit = types.WorkspaceEdit(changes={one.uri: edits})
        return types.CodeAction(
            title=change.title,
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[self._diagnostic(one, remark)],
            is_preferred=change.preferred or None,
            edit=edit,
        )

    def take_options(self, given: Any) -> None:
        """What the client asks for; where it asks for what is not known, the usual, and it is told so."""
        try:
            self.options = options_of(given)
        except ValueError as trouble:
            self.options = options_of(None)
            words = f"bnverify: the settings of this editor are not used: {trouble}"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, words))


def server() -> Server:
    """A server with everything that it answers to."""
    made = Server()
    for answer in (_documents, _questions, _settings):
        answer(made)
    return made


def _documents(made: Server) -> None:
    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(ls: Server, asked: types.DidOpenTextDocumentParams) -> None:
        ls.place(asked.text_document.uri, str(asked.text_document.language_id))

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(ls: Server, asked: types.DidChangeTextDocumentParams) -> None:
        ls.change(asked.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(ls: Server, asked: types.DidCloseTextDocumentParams) -> None:
        ls.close(asked.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(ls: Server, asked: types.DidSaveTextDocumentParams) -> None:
        # What was saved may be a part of what is open; the document itself has been judged as it was typed.
        if any(one.uri != asked.text_document.uri for one in ls.open.values()):
            ls.judge_again()

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def files_changed(ls: Server, asked: types.DidChangeWatchedFilesParams) -> None:
        ls.judge_again()


def _questions(made: Server) -> None:
    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def pointed_at(ls: Server, asked: types.HoverParams) -> types.Hover | None:
        found = await ls.page_of(asked.text_document.uri, False, WAIT_HOVER)
        return ls.hover(*found, asked.position) if found else None

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))
    async def asked_for_changes(ls: Server, asked: types.CodeActionParams) -> list[types.CodeAction]:
        found = await ls.page_of(asked.text_document.uri, True, WAIT_CHANGES)
        return list(ls.actions(*found, asked)) if found else []

    @made.command(EXPLAIN)
    async def explain(ls: Server, code: str) -> None:
        if address := address_of(code):
            await ls.window_show_document_async(types.ShowDocumentParams(address, take_focus=True))


def _settings(made: Server) -> None:
    @made.feature(types.INITIALIZED)
    def initialized(ls: Server, asked: types.InitializedParams) -> None:
        ls.colleague.start()
        ls.take_options(ls.given)
        if ls.supports("workspace", "did_change_watched_files", "dynamic_registration"):
            watchers = [types.FileSystemWatcher(one) for one in WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            one = types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
            ls.client_register_capability(types.RegistrationParams([one]))

    @made.feature(types.INITIALIZE)
    def initialize(ls: Server, asked: types.InitializeParams) -> None:
        ls.given = asked.initialization_options

    @made.feature(types.SHUTDOWN)
    def shut_down(ls: Server, asked: None) -> None:
        ls.was_shut_down = True
        ls.colleague.end()


def serve() -> int:
    """Serve the client on standard input and output until it leaves; the exit status that the protocol asks for."""
    made = server()
    out = os.fdopen(os.dup(1), "wb")
    # What prints beside the protocol prints for people.
    os.dup2(2, 1)
    made.start_io(sys.stdin.buffer, out)
    return 0 if made.was_shut_down else 1
