"""A note and its options -> the record that the same program gave before: a folder of entries, each named by its key.

The folder is the user's own, never the project's, so no repository brings its verdicts along. An entry is a digest and
a record as JSON, compressed; it is put in its place by renaming. What cannot be read is no entry, what cannot be
written is left, and neither is an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
import time
import zlib
from collections.abc import Mapping
from hashlib import blake2b
from itertools import count
from typing import Any

from bnverify.batch.code import HOME, our_code, stamp_of
from bnverify.batch.codec import decoded, encoded
from bnverify.batch.wire import bare, of_note
from bnverify.judge.asked import Options
from bnverify.record import NoteRecord
from bnverify.source import Note

LAYOUT = 1
"""The number of this way to lay out entries; another one gets a folder of its own."""
FOLDER_VARIABLE = "BNVERIFY_CACHE_DIR"
DRAWERS = 64
LARGEST = 100_000_000
"""Bytes of all entries; each drawer has its share, so that one glance into one drawer keeps the bound."""
SHARE = LARGEST // DRAWERS
LARGEST_RECORD = 40 * SHARE
"""Bytes of a record as JSON: what is compressed further is no record of ours."""
DIGEST = 16
STALE = 3600.0
"""Seconds after which a half-written file is nobody's any more, whoever has its number now."""
PARTS = "parts"


class Cache:
    """What was judged before. Two runs may share it: entries are only ever replaced as a whole."""

    def __init__(self, folder: str) -> None:
        self.folder = os.path.join(folder, f"v{LAYOUT}")
        self.trouble = ""
        """Why it is not written, or not any more."""
        self.is_ours = False
        """Whether what stands there may be believed: nobody else writes there."""
        self.code, self.stamp = our_code(), stamp_of(HOME)
        self.numbers = count()
        try:
            _make(folder)
            self.is_ours = True
            for name in (self.folder, os.path.join(self.folder, PARTS)):
                os.makedirs(name, 0o700, exist_ok=True)
            self._sweep()
        except OSError as trouble:
            self.trouble = _words(trouble)

    def key(self, note: Note, options: Options) -> str:
        """Names a note with all that its verdicts depend on."""
        asked = json.dumps([encoded(one) for one in (self.code, note, options)])
        return blake2b(asked.encode(), digest_size=DIGEST).hexdigest()

    def find(self, note: Note, options: Options) -> NoteRecord | None:
        """The record of this note, if there is a whole one."""
        if not self.is_ours:
            return None
        key = self.key(note, options)
        try:
            with open(self._path(key), "rb") as file:
                return of_note(decoded(NoteRecord, _opened(key, file.read(SHARE + 1))), note)
        except (OSError, ValueError, RecursionError, zlib.error):
            return None

    def keep(self, record: NoteRecord, options: Options) -> None:
        """Put a record into its place, unless another run may say more; what keeps us from it ends the writing."""
        if self.trouble or record.cut_short:
            return
        key = self.key(record.note, options)
        entry = _closed(key, encoded(bare(record)))
        if len(entry) > SHARE:
            return
        try:
            if stamp_of(HOME) != self.stamp:
                self.trouble = "the program was edited while it ran"
                return
            self._put(self._path(key), entry)
            _bound(os.path.dirname(self._path(key)))
        except OSError as trouble:
            self.trouble = _words(trouble)

    def _path(self, key: str) -> str:
        return os.path.join(self.folder, f"{int(key[:2], 16) % DRAWERS:02d}", key)

    def _put(self, path: str, entry: bytes) -> None:
        os.makedirs(os.path.dirname(path), 0o700, exist_ok=True)
        part = os.path.join(self.folder, PARTS, f"{os.getpid()}-{id(self)}-{next(self.numbers)}.part")
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            try:
                while entry:
                    entry = entry[os.write(handle, entry) :]
            finally:
                os.close(handle)
            os.replace(part, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(part)
            raise

    def _sweep(self) -> None:
        """Remove what runs that were killed have left half written. To remove too much costs an entry, no more."""
        for part in os.scandir(os.path.join(self.folder, PARTS)):
            with contextlib.suppress(OSError):
                if not _is_running(part.name.split("-")[0]) or part.stat().st_mtime < time.time() - STALE:
                    os.unlink(part.path)


def default_folder(variables: Mapping[str, str] = os.environ, system: str = sys.platform) -> str:
    """Where the system keeps what a user's programs can make anew; BNVERIFY_CACHE_DIR names another folder."""
    if variables.get(FOLDER_VARIABLE):
        return os.path.abspath(variables[FOLDER_VARIABLE])
    home = os.path.expanduser("~")
    if system == "win32":
        return os.path.join(
            variables.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "bnverify", "Cache"
        )
    if system == "darwin":
        return os.path.join(home, "Library", "Caches", "bnverify")
    base = variables.get("XDG_CACHE_HOME", "")
    return os.path.join(base if os.path.isabs(base) else os.path.join(home, ".cache"), "bnverify")


def _make(folder: str) -> None:
    """Make the folder for us alone. Raises OSError, also for one into which others may write."""
    os.makedirs(folder, 0o700, exist_ok=True)
    about = os.stat(folder)
    if not stat.S_ISDIR(about.st_mode):
        raise NotADirectoryError(0, "it is no folder")
    if hasattr(os, "geteuid") and (about.st_uid != os.geteuid() or about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)):
        raise PermissionError(0, "others may write into its folder")


def _words(trouble: OSError) -> str:
    return trouble.strerror or str(trouble)


# -- one entry


def _closed(key: str, shown: Any) -> bytes:
    body = zlib.compress(json.dumps(shown).encode(), 1)
    return _digest(key, body) + body


def _opened(key: str, entry: bytes) -> Any:
    """What an entry holds. Raises ValueError and zlib.error for one that is not whole, or stands under another key."""
    body = entry[DIGEST:]
    if len(entry) > SHARE or entry[:DIGEST] != _digest(key, body):
        raise ValueError("this is no entry")
    return json.loads(zlib.decompressobj().decompress(body, LARGEST_RECORD))


def _digest(key: str, body: bytes) -> bytes:
    return blake2b(key.encode() + body, digest_size=DIGEST).digest()


# -- bounds


def _bound(drawer: str) -> None:
    """Remove the oldest entries of a drawer as long as it holds more than its share."""
    entries = []
    for one in os.scandir(drawer):
        with contextlib.suppress(FileNotFoundError):
            about = one.stat()
            entries.append((about.st_mtime, one.path, about.st_size))
    size = sum(bytes for _, _, bytes in entries)
    for _, path, bytes in sorted(entries):
        if size <= SHARE:
            return
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        size -= bytes


def _is_running(number: str) -> bool:
    if not number.isdigit() or os.name == "nt":
        return False
    try:
        os.kill(int(number), 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
