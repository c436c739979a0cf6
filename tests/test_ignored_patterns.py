"""Patterns of .gitignore: what is done so that none takes for ever changes what none of them means."""

from __future__ import annotations

from random import Random

from pathspec import GitIgnoreSpec

from bnverify.files.folders import _patterns, linear

PIECES = ("a", "b", "ab", "*", "**", "?", "*a", "a*", "*a*b", "[ab]", "[!a]*", "a.b", "*.*")


def _pattern(random: Random) -> str:
    body = "/".join(random.choice(PIECES) for _ in range(random.randint(1, 4)))
    return random.choice(("", "", "/")) + body + random.choice(("", "", "/"))


def _path(random: Random) -> str:
    folders = ("".join(random.choice("ab.") for _ in range(random.randint(1, 4))) for _ in range(random.randint(1, 6)))
    return "/".join(folders) + random.choice(("", "/"))


def test_a_pattern_matches_what_it_matched_before_it_was_made_linear() -> None:
    random = Random("patterns")
    matched = 0
    for _ in range(1_500):
        pattern = _pattern(random)
        ours, theirs = _patterns([pattern]), GitIgnoreSpec.from_lines([pattern], backend="simple")
        for path in (_path(random) for _ in range(12)):
            expected = theirs.check_file(path).include
            assert ours.check_file(path).include == expected, (pattern, path)
            matched += expected is True
    assert matched > 1_000


def test_a_star_before_another_one_is_tried_at_one_place_alone() -> None:
    plain = GitIgnoreSpec.from_lines(["*a*b", "**/x/**/y*z/**/w"], backend="simple")
    stars, folders = (linear(one.regex.pattern) for one in plain.patterns)
    assert "(?>[^/]*?a)" in stars
    assert folders.count("(?>") == 2
