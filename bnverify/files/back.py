"""A note before and after its repairs -> the files that it was made of, as they will be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from bnverify.edits import edited
from bnverify.files.loaded import File
from bnverify.files.notebook import edits_in_file
from bnverify.record import Edit, Rewritten
from bnverify.source import Note, Place, Span


def files_after(files: Sequence[File], before: Note, after: Note) -> tuple[Rewritten, ...]:
    """The files that change. Raises CannotRead where a change cannot be made in its file."""
    if before.text == after.text:
        return ()
    if not before.pieces:
        return (Rewritten(before.name, before.text, after.text),)
    changed = [
        (begin, old, new) for (begin, old), (_, new) in zip(before.contents, after.contents, strict=True) if old != new
    ]
    found = ((file, [one for one in changed if one[0].path == file.path]) for file in files)
    return tuple(Rewritten(file.path, file.text, _rewritten(file, own)) for file, own in found if own)


def _rewritten(file: File, changed: Sequence[tuple[Place, str, str]]) -> str:
    """The text of a file in which some of its pieces change."""
    cells = {begin.cell: list(differences(old, new)) for begin, old, new in changed if begin.cell is not None}
    if cells:
        return edited(file.text, edits_in_file(file.text, cells))
    return edited(file.text, [Edit(Span(begin.offset, begin.offset + len(old)), new) for begin, old, new in changed])


def differences(old: str, new: str) -> Iterator[Edit]:
    """The edits that make one text of another: the characters that differ on each line."""
    before, after = old.split("\n"), new.split("\n")
    starts = [0]
    for one in before:
        starts.append(starts[-1] + len(one) + 1)
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    if any(last - first != end - begin for _, first, last, begin, end in blocks):
        yield _difference(0, old, new)
        return
    for kind, first, last, begin, _ in blocks:
        if kind != "equal":
            pairs = ((starts[first + step], before[first + step], after[begin + step]) for step in range(last - first))
            yield from (_difference(*pair) for pair in pairs)


def _difference(start: int, old: str, new: str) -> Edit:
    """What stands between the beginning and the end that two texts share."""
    head = _shared(old, new)
    tail = min(_shared(old[::-1], new[::-1]), len(old) - head, len(new) - head)
    return Edit(Span(start + head, start + len(old) - tail), new[head : len(new) - tail])


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginning."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (left, right) in pairs if left != right), min(len(one), len(other)))
