"""Two texts of one formula -> the edits that lead from the first to the second: whole tokens, braces in pairs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from bnverify.frozen import frozen
from bnverify.pattern import pattern
from bnverify.read.tokens import Raw, scan
from bnverify.record import Edit
from bnverify.source import Span

SIZE = pattern(r"\\(?:left|right|[bB]igg?[lrm]?)(?![A-Za-z])")
OPENS, CLOSES = ("open", "{", "begin"), ("close", "}", "end")


def hunks(before: str, start: int, after: str) -> tuple[Edit, ...]:
    """The runs of tokens in which a text at `start` of the note differs from what it becomes, braces in pairs."""
    old, new = pieces(before), pieces(after)
    left, right = [said(before, piece) for piece in old], [said(after, piece) for piece in new]
    changes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    runs = _merged([change[1:] for change in changes if change[0] != "equal"])
    runs = _merged([_primed(_balanced(run, left, right), left, right) for run in _closed_by_next(runs, left, right)])
    if runs and not _leads_to(runs, left, right):
        runs = [(runs[0][0], runs[-1][1], runs[0][2], runs[-1][3])]
    return tuple(
        _edit(before, start, _run(before, old, begin, end), after, _run(after, new, first, last))
        for begin, end, first, last in runs
    )


def pieces(text: str) -> list[Raw]:
    """The tokens of a text, every digit by itself: `\\frac13` has two arguments."""
    return [
        one
        for token in scan(text, Span(0, len(text)))
        for one in (_digits(token) if token.kind == "digits" else (token,))
    ]


def said(text: str, piece: Raw) -> tuple[str, str]:
    """What a token says and how large it is written: `\\right)` does not close `(`."""
    size = SIZE.match(text, piece.start)
    return piece.kind, piece.text + (size.group() if size else "")


def same_tokens(left: str, right: str) -> bool:
    one, other = ([said(text, piece) for piece in scan(text, Span(0, len(text)))] for text in (left, right))
    return one == other


def is_well_sized(text: str) -> bool:
    """Whether each bracket is closed by one of its size, and `\\left` in its own row and argument."""
    open_now: list[str] = []
    for piece in scan(text, Span(0, len(text))):
        if piece.kind in OPENS:
            open_now.append(_size_class(text, piece))
        elif piece.kind in CLOSES:
            if not open_now or open_now.pop() != _size_class(text, piece):
                return False
        elif piece.kind in ("newline", "&") and open_now[-1:] == ["\\left"]:
            return False
    return not open_now


def _size_class(text: str, piece: Raw) -> str:
    """`\\left` and `\\right` are one size, `\\bigl` and `\\Bigr` another; braces and environments are their own."""
    if piece.kind not in ("open", "close"):
        return "begin" if piece.kind in ("begin", "end") else "{"
    size = SIZE.match(text, piece.start)
    if size is None:
        return ""
    return "\\left" if size.group() in ("\\left", "\\right") else "\\big"


def _digits(token: Raw) -> Iterator[Raw]:
    for at, digit in enumerate(token.text, token.start):
        yield Raw("digits", digit, at, at + 1)


Run = tuple[int, int, int, int]
Texts = Sequence[tuple[str, str]]


def _closed_by_next(runs: Sequence[Run], left: Texts, right: Texts) -> list[Run]:
    """A run that opens a brace goes on to the one that closes it: `\\sqrt{` ... `}`."""
    made: list[Run] = []
    for run in runs:
        if made and not _pairs(made[-1], left, right):
            last = made[-1]
            both = (last[0], run[1], last[2], run[3])
            if _pairs(both, left, right):
                made[-1] = both
                continue
        made.append(run)
    return made


def _balanced(run: Run, left: Texts, right: Texts) -> Run:
    """An insertion or a deletion moved until its braces close; whatever else, widened until they do."""
    places = [one for one in _moved(run, left, right) if _pairs(one, left, right)]
    if places:
        return next((one for one in places if not _begins_in_arguments(one, left, right)), places[0])
    begin, end, first, last = run
    while not _pairs((begin, end, first, last), left, right):
        unopened = not (_opens_first(left[begin:end]) and _opens_first(right[first:last]))
        more_before = min(begin, first) > 0 and left[begin - 1] == right[first - 1]
        more_behind = end < len(left) and last < len(right) and left[end] == right[last]
        if unopened and more_before:
            begin, first = begin - 1, first - 1
        elif not unopened and more_behind:
            end, last = end + 1, last + 1
        else:
            return 0, len(left), 0, len(right)
    return begin, end, first, last


def _opens_first(tokens: Texts) -> bool:
    """Whether no brace closes that did not open among these tokens."""
    depth = 0
    for kind, _ in tokens:
        depth += (kind == "{") - (kind == "}")
        if depth < 0:
            return False
    return True


def _leads_to(runs: Sequence[Run], left: Texts, right: Texts) -> bool:
    """Whether the runs, put into one text, make the other."""
    made: list[tuple[str, str]] = []
    place = 0
    for begin, end, first, last in runs:
        made += [*left[place:begin], *right[first:last]]
        place = end
    return [*made, *left[place:]] == list(right)


def _pairs(run: Run, left: Texts, right: Texts) -> bool:
    return _closes(left[run[0] : run[1]]) and _closes(right[run[2] : run[3]])


def _moved(run: Run, left: Texts, right: Texts) -> Iterator[Run]:
    """The run, and an insertion or a deletion where it says the same, one token further each time to one side."""
    yield run
    begin, end, first, last = run
    if begin != end and first != last:
        return
    tokens, start, stop = (right, first, last) if begin == end else (left, begin, end)
    for shift in range(1, min(begin, first) + 1):
        if tokens[start - shift] != tokens[stop - shift]:
            break
        yield begin - shift, end - shift, first - shift, last - shift
    for shift in range(min(len(left) - end, len(right) - last)):
        if tokens[start + shift] != tokens[stop + shift]:
            break
        yield begin + shift + 1, end + shift + 1, first + shift + 1, last + shift + 1


def _primed(run: Run, left: Texts, right: Texts) -> Run:
    """A prime goes with its letter."""
    begin, end, first, last = run
    if ("'", "'") in (*left[begin : begin + 1], *right[first : first + 1]) and min(begin, first) > 0:
        return begin - 1, end, first - 1, last
    return run


def _begins_in_arguments(run: Run, left: Texts, right: Texts) -> bool:
    """Whether it parts a command from its arguments."""
    tokens = left[run[0] : run[1]] or right[run[2] : run[3]]
    return bool(tokens) and tokens[0][0] == "{"


def _closes(tokens: Texts) -> bool:
    depth = 0
    for kind, _ in tokens:
        depth += (kind == "{") - (kind == "}")
        if depth < 0:
            return False
    return depth == 0


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Runs with a few tokens between them are one: an exchange of two letters is not an insertion and a deletion."""
    made: list[Run] = []
    for run in runs:
        if made and run[0] - made[-1][1] <= 3:
            last = made.pop()
            run = (min(last[0], run[0]), max(last[1], run[1]), min(last[2], run[2]), max(last[3], run[3]))
        made.append(run)
    return made


@frozen
class _Run:
    """Some tokens of a text: `lead` and `trail` are the space on both sides of them."""

    start: int
    end: int
    lead: str
    trail: str


def _run(text: str, tokens: Sequence[Raw], first: int, last: int) -> _Run:
    around = (tokens[first - 1].end if first else 0, tokens[last].start if last < len(tokens) else len(text))
    if first == last:
        return _Run(*around, "", "")
    start, end = tokens[first].start, tokens[last - 1].end
    return _Run(start, end, text[around[0] : start], text[end : around[1]])


def _edit(before: str, start: int, old: _Run, after: str, new: _Run) -> Edit:
    """The replacement of one run by another; space that stays the same is left where it is."""
    if old.lead == new.lead and old.trail == new.trail:
        return Edit(Span(start + old.start, start + old.end), after[new.start : new.end])
    first, last = old.start - len(old.lead), old.end + len(old.trail)
    begin, end = new.start - len(new.lead), new.end + len(new.trail)
    while last > first and end > begin and before[first].isspace() and before[first] == after[begin]:
        first, begin = first + 1, begin + 1
    while last > first and end > begin and before[last - 1].isspace() and before[last - 1] == after[end - 1]:
        last, end = last - 1, end - 1
    return Edit(Span(start + first, start + last), after[begin:end])
