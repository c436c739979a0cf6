"""A text -> its file: all of it or nothing; the new text of a note never over what somebody else has written."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
import time
from collections.abc import Callable

from bnverify.record import Trouble

PREFIX, SUFFIX = ".bnverify-", ".part"
"""Around the name of a file that is not finished."""
JUST_MADE = 1.0
"""Seconds in which a file without a holder is not taken for a leftover."""
UNCHANGED = "the file is as it was"


class Changed(Exception):
    """The file holds something else than what was read."""


def write_note(path: str, old: str, new: str) -> Trouble | None:
    """Replace the file's text `old` by `new`. What keeps us from it is a Trouble, and then the file is as it was.

    A link is followed to its file; the mode and, where we may, the owner are kept.
    A text that is the same is not written.
    """
    if old == new:
        return None
    try:
        _replace(os.path.realpath(path), old.encode("utf-8"), new.encode("utf-8"))
    except Changed:
        return Trouble(path, "the file was changed while it was checked: nothing was written", "run the command again")
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        return Trouble(path, f"the repaired note cannot be written: {reason}", UNCHANGED)
    return None


def write_output(path: str, text: str) -> Trouble | None:
    """Make a file, or replace it. What keeps us from it is a Trouble, and then nothing was written.

    A link is followed to its file; a file that is there keeps its mode and, where we may, its owner.
    """
    try:
        _put(os.path.realpath(path), text.encode("utf-8", "backslashreplace"))
    except OSError as trouble:
        reason = trouble.strerror or str(trouble)
        return Trouble(path, f"the output cannot be written: {reason}", "nothing was written")
    return None


def _put(path: str, new: bytes) -> None:
    try:
        about = os.stat(path)
    except FileNotFoundError:
        _swap_in(path, new, lambda beside: os.chmod(beside, 0o666 & ~_umask()))
        return
    if not stat.S_ISREG(about.st_mode):
        raise OSError(errno.EINVAL, "this is no file")
    _refuse_protected(path)
    _swap_in(path, new, lambda beside: _copy_owner_and_mode(beside, about))


def _umask() -> int:
    """What the user takes away from the modes of new files; it can only be read by setting it."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _replace(path: str, old: bytes, new: bytes) -> None:
    about = os.stat(path)
    _refuse_protected(path)

    def settle(beside: str) -> None:
        _copy_owner_and_mode(beside, about)
        _refuse_changes(path, old)

    _swap_in(path, new, settle)


def _refuse_protected(path: str) -> None:
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, "no permission to write this file")


def _swap_in(path: str, new: bytes, before: Callable[[str], None]) -> None:
    """Write a file beside the path, do with it what has to come before, and give it the name."""
    folder = os.path.dirname(path)
    _remove_leftovers(folder)
    handle, beside = tempfile.mkstemp(prefix=PREFIX, suffix=SUFFIX, dir=folder)
    kept = _held(handle)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        before(beside)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        raise
    finally:
        if kept is not None:
            os.close(kept)
    _settle(folder)


def _remove_leftovers(folder: str) -> None:
    """Unfinished files of runs that were killed: nobody holds them any more. Where that cannot be told they stay."""
    with contextlib.suppress(OSError):
        for one in os.scandir(folder):
            if one.name.startswith(PREFIX) and one.name.endswith(SUFFIX) and _is_left(one):
                os.unlink(one.path)


def _is_left(one: os.DirEntry[str]) -> bool:
    """A file that is not quite new, since its writer makes it and then holds it."""
    if not one.is_file(follow_symlinks=False) or time.time() - one.stat().st_mtime < JUST_MADE:
        return False
    with open(one.path, "rb") as file:
        kept = _held(file.fileno())
    if kept is not None:
        os.close(kept)
    return kept is not None


def _held(handle: int) -> int | None:
    """Another handle of an open file, which nobody else can hold until it is closed, or this process ends.

    None where somebody holds it, or the system knows no such thing.
    """
    try:
        import fcntl
    except ImportError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return None
    return os.dup(handle)


def _refuse_changes(path: str, old: bytes) -> None:
    """The last look before the file is replaced."""
    with open(path, "rb") as file:
        if file.read() != old:
            raise Changed


def _copy_owner_and_mode(path: str, about: os.stat_result) -> None:
    if hasattr(os, "chown"):
        with contextlib.suppress(PermissionError):
            os.chown(path, about.st_uid, about.st_gid)
    os.chmod(path, stat.S_IMODE(about.st_mode))


def _settle(folder: str) -> None:
    """Have the new entry of the folder written to the disk, where the system knows how to."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
