"""Documents that open what they never close, hide what they hold, or speak to something else than a reader."""

from __future__ import annotations

from tests.hostile.inputs import RIGHT, WRONG, Input, note

MANY = 100_000
"""Characters of one kind: what is scanned again from each of them takes an hour."""
SEEN = "the wrong step behind it is seen and named with its place"


def _then_wrong(name: str, text: str | bytes, because: str = SEEN, *says: str, **more) -> Input:
    """A document, and behind it a wrong step that must not go unnoticed."""
    body = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    return Input(name, note(body + WRONG.encode()), 1, because, ("1 wrong", *says), **more)


def _then_unread(name: str, text: str, because: str, *says: str, **more) -> Input:
    """A document behind which nothing is mathematics any more; it has to be said."""
    return Input(name, note(RIGHT + "\n" + text + WRONG), 3, because, ("1 right", *says), **more)


def _many(sign: str) -> str:
    return sign * (MANY // len(sign))


OPENINGS = [
    *(
        _then_wrong(f"{count:,} paragraphs of {name} without an end", f"{sign}\n\n" * count)
        for name, sign, count in (
            ("brackets", "\\[ x", 1_000),
            ("environments", "\\begin{align}", 1_000),
            ("directives", ":::{math}", 1_000),
            ("lets", "\\let\\a\\b", 3_000),
        )
    ),
    *(
        _then_wrong(f"100 kB of {name}", _many(sign))
        for name, sign in (
            ("[", "["),
            ("(", "("),
            ("{", "{"),
            ("&", "&"),
            ("double backslashes", "\\\\"),
            ("text", "\\text{"),
            ("left brackets", "\\left("),
            ("&lt;", "&lt;"),
            ("stars", "*"),
            ("underscores", "_"),
            ("hashes", "#"),
            ("bars", "|"),
            ("colons", ":"),
            ("liquid", "{% "),
            ("liquid blocks", "{% comment %}"),
            ("pre", "<pre>"),
            ("tags", "<p "),
            ("pictures", "<img "),
            ("images", "![a]("),
            ("closing comments", "-->"),
            ("html entities", "&#x5c;"),
            ("brackets of links", "[a]("),
            ("exclamation marks", "!"),
            ("newcommand", "\\newcommand{"),
            ("def", "\\def\\a"),
            ("escapes", "\\$"),
            ("verb", "\\verb|"),
            ("dashes", "-"),
            ("equal signs", "="),
            ("percent signs", "%"),
            ("commas", ","),
            ("blanks", " "),
            ("tabs", "\t"),
            ("line ends", "\n"),
            ("letters", "a "),
            ("hats", "\\hat{"),
            ("sums", "\\sum"),
            ("code spans of many lengths", "` `` ```` ``` "),
            ("backslashes", "\\ "),
            ("digits", "1"),
            ("words", "lorem "),
            ("quotes", "'"),
            ("footnotes", "[^1]: "),
            ("ends", "\\end{align}"),
            ("images with mathematics", "https://latex.codecogs.com/svg.image?"),
        )
    ),
    _then_wrong("100 kB of backticks in a row", "a " + _many("`")),
    _then_wrong("100 kB of lone backticks", _many("`a\n")),
    _then_wrong("100 kB of single dollars", _many("$ ")),
    _then_wrong("100 kB of prices", _many("it costs $5 ")),
    _then_wrong("100 kB of empty formulas", _many("$$$$\n\n")),
    _then_wrong("100 kB of dollars in a row", "a " + _many("$")),
    _then_wrong("100 kB of doubled parentheses", _many("\\\\( ") + "\n\n"),
    _then_wrong("5,000 quotes", "> " * 5000 + "deep\n"),
    Input("a formula in 5,000 quotes", note("\n" + "> " * 5000 + WRONG.strip() + "\n"), 1, SEEN, ("1 wrong",)),
    Input("a formula in 5,000 lists", note("\n" + "- " * 5000 + WRONG.strip() + "\n"), 1, SEEN, ("1 wrong",)),
    _then_wrong("1,500 nested items", "".join(f"{' ' * 2 * (k % 500)}- item\n" for k in range(1500))),
    _then_wrong("a table of 10,000 columns", "|" + " a |" * 10_000 + "\n|" + "---|" * 10_000 + "\n"),
    _then_wrong("a table of formulas", "|" + " $x_i$ |" * 3_000 + "\n"),
    _then_wrong("a line of a megabyte", "word " * 200_000),
    _then_wrong("3,000 code fences", "```\ncode = 1\n```\n" * 3000),
    _then_wrong(
        "fences of many lengths", "".join(f"{'`' * (3 + k % 90)}\nx\n{'`' * (3 + k % 90)}\n" for k in range(1500))
    ),
    _then_wrong("half a million line ends", "\n" * 500_000),
    _then_wrong(
        "2,000 expectations", "<!-- expect: sign-flip -->\n" * 2000, "none of them is met, and the step is wrong"
    ),
    _then_wrong("an expectation of 100 kB", f"<!-- expect: {'sign-flip, ' * 10_000} -->", "it is not met"),
    _then_wrong("an expectation with a tag of 100 kB", f"<!-- expect[{'unbiased,' * 10_000}]: sign-flip -->"),
    Input(
        "1,000 formulas with 1,000 expectations",
        note("$$\\mu = \\frac{1}{n} \\sum_i x_i$$\n\n<!-- expect: sign-flip -->\n\n" * 300),
        1,
        "none of them is met",
        ("expected to have: sign-flip; it has: nothing",),
        command=("check", "--witness", "proof", "note.md"),
    ),
]

SWALLOWED = [
    _then_unread("a comment without an end", "<!-- ", "HTML hides the rest, which is said", "never closed"),
    _then_unread("a fence without an end", "```\n", "the rest is code, which is said", "never closed"),
    _then_unread("a fence of tildes without an end", "~~~python\n", "the rest is code, which is said", "never closed"),
    _then_unread(
        "25,000 comments without an end", "<!--" * 25_000, "HTML hides the rest, which is said", "never closed"
    ),
    _then_unread(
        "25,000 fences without an end", "`````\n```\n" * 10_000, "the rest is code, which is said", "never closed"
    ),
    _then_unread("100 kB of tildes", _many("~") + "\n", "they open a block of code, which is said", "never closed"),
    Input("only dollars", note("$" * 1001), 3, "there is nothing to judge", ("there is no equation in it",)),
    Input("two dollars", note("$$"), 3, "there is nothing to judge", ("no equation",)),
    Input("three dollars", note("$$$"), 3, "there is nothing to judge", ("no equation",)),
    Input("100,000 lines with a dollar", note("$\n\n" * 100_000), 3, "there is nothing to judge", ("no equation",)),
    Input("an empty file", note(""), 3, "there is nothing to judge", ("there is no equation in it",)),
    Input(
        "a formula that is never closed",
        note("$$\\mu = \\frac{1}{n} \\sum_i x_i"),
        3,
        "the file ends in its middle",
        ("the file ends in the middle",),
    ),
    Input("a million unclosed dollars", note("$$ x\n\n" * 1500 + WRONG), (1,), SEEN, ("1 wrong",)),
]

SPOKEN = [
    _then_wrong(
        "workflow commands in words",
        "\n::error file=a.md,line=1::hostile-canary\n::set-output name=a::b\n##[error]boom\n",
    ),
    Input(
        "workflow commands in a formula",
        note("$$\\mu = \\text{a}\n::error file=x::boom\n x_i$$\n"),
        1,
        "its letters are a product, and no x; the line is shown, and not as an order",
        ("error file=x",),
    ),
    Input(
        "workflow commands in a side",
        note(
            "$$\\mu = ::error\\ file=x::boom$$\n$$\\mu = \\text{::stop-commands::x} x_i$$\n$$\\mu = \\#\\#[error] x_i$$\n"
        ),
        (1, 3),
        "no side of it is the mean",
        ("error",),
    ),
    Input(
        "the order of an old runner",
        note("$$\\mu = ##[error]boom x_i$$\n"),
        3,
        "it is no mathematics, and it is shown with a sign that breaks it",
        ("[error]boom",),
    ),
    Input(
        "workflow commands in front matter",
        note("---\nbnverify:\n  '::error file=x::boom': 1\n---\n" + RIGHT),
        1,
        "the key is not known",
        ("has no key",),
    ),
    Input(
        "workflow commands in an expectation",
        note(RIGHT + "\n<!-- expect: ::error::boom -->\n"),
        1,
        "nothing of the kind is found",
        ("expected to have",),
    ),
    Input(
        "an expectation over two lines",
        note(RIGHT + "\n<!-- expect:\n::error::boom -->\n"),
        1,
        "nothing of the kind is found",
        ("expected to have",),
    ),
    _then_wrong("encoded line ends", "\n%0A::error::boom %0D %25\n"),
    Input(
        "escape sequences in a side",
        note("$$\\mu = \x1b[31m\x1b]8;;http://x\x07click\x1b]8;;\x07 x_i$$"),
        3,
        "a control character is no mathematics",
        ("\\u001b",),
    ),
    Input(
        "escape sequences in words",
        note("$$\\mu = \\text{\x1b[2J\x9b31m\x08\x08} x_i$$"),
        3,
        "words times x have no value",
        ("\\u001b", "\\u009b"),
    ),
    Input(
        "escape sequences in colour",
        note("$$\\mu = \x1b[31m\x1b]0;title\x07 x_i [bold]a[/bold]$$"),
        3,
        "a control character is no mathematics",
        ("\\u001b", "\\u0007", "[bold]"),
        command=("check", "--color", "always", "note.md"),
        unsaid=("\x1b]", "\x07"),
        exact=True,
    ),
    Input(
        "markup of the terminal library",
        note("$$\\mu = [bold red]x_i[/bold red] [link=http://x]a[/]$$"),
        (1, 3),
        "it is a product of letters in brackets",
        ("[bold red]",),
    ),
    Input(
        "a script in words",
        note("$$\\mu = \\text{<script>alert(1)</script><img src=x onerror=alert(1)>} x_i$$"),
        3,
        "words times x have no value",
        ("<script>",),
    ),
    Input(
        "a script in a graph",
        note(
            "$$\\mu_{\\text{<script>}} = \\frac{1}{n} \\sum_i x_i$$\n\n$$\\hat{x}_i = x_i - \\mu_{\\text{<img onerror=a>}}$$\n"
        ),
        (0, 3),
        "the graph that is built in is drawn, with the part that could not be read told by the status",
        ("<svg",),
        command=("graph", "--format", "svg", "note.md"),
        unsaid=("<script", "<img"),
    ),
    Input(
        "json of escape sequences",
        note("$$\\mu = \x1b[31m\x85\u2028\u202e\x7f x_i$$"),
        3,
        "a control character is no mathematics",
        ("\\u001b",),
        command=("check", "--output-format", "json", "note.md"),
    ),
    *(
        Input(
            f"orders and markup in {form}",
            note(
                "$$\\mu = \\text{<img src=x>\n::error file=x::boom\n##[error]boom \x1b[31m\ufffe ``` | ]]> @a} x_i$$\n\n"
                + WRONG
            ),
            1,
            "words times x have no value, and the other step is wrong",
            ("sign-flip",),
            ("check", "--output-format", form, "note.md"),
            unsaid=("\x1b",),
        )
        for form in ("markdown", "junit", "sarif")
    ),
    Input(
        "concise escape sequences",
        note("$$\\mu = \x1b[31m\u202e x_i$$"),
        3,
        "a control character is no mathematics",
        command=("check", "--output-format", "concise", "note.md"),
    ),
    Input(
        "reading escape sequences",
        note("$$\\mu = \x1b[31m\u202e x_i$$"),
        3,
        "a control character is no mathematics",
        ("\\u001b",),
        command=("read", "note.md"),
    ),
    Input(
        "variants of escape sequences",
        note("$$\\frac{\\partial L}{\\partial \\beta} = \x1b[31m\u202e g_i$$"),
        3,
        "a control character is no mathematics",
        command=("variants", "note.md"),
    ),
]

LETTERS = [
    Input("a NUL in a formula", note("$$\\mu = \0 x_i$$"), 3, "it is no mathematics", ("\\u0000",)),
    _then_wrong("NULs between formulas", "\0" * 1000 + "\n\n"),
    Input(
        "Cyrillic letters",
        note("$$\\mu = \\frac{1}{n} \\sum_{i=1}^n \u0445_i$$"),
        (1, 3),
        "\u0445 is no x: undefined or unreadable, never right",
        ("\u0445",),
    ),
    Input(
        "Greek letters of another block",
        note("$$\\mu = \\frac{1}{n} \\sum_i \U0001d6fe_i$$"),
        (1, 3),
        "\U0001d6fe is no x",
        ("1",),
    ),
    Input(
        "mathematical letters",
        note("$$\\mu = \\frac{1}{n} \\sum_i \U0001d465_i$$"),
        (0, 1, 3),
        "an x of mathematics is x, or is not read",
    ),
    Input("full-width digits", note("$$\\mu = \\frac{\uff11}{n} \\sum_i x_i$$"), (0, 3), "it is a one, or is not read"),
    Input("Arabic digits", note("$$\\mu = \\frac{\u0661}{n} \\sum_i x_i$$"), (0, 3), "it is a one, or is not read"),
    Input(
        "a zero-width space in a command",
        note("$$\\mu = \\fr\u200bac{1}{n} \\sum_i x_i$$"),
        3,
        "it is another command",
        ("\\u200b",),
    ),
    Input(
        "a zero-width joiner in a name",
        note("$$\\mu = \\frac{1}{n} \\sum_i x\u200d_i$$"),
        3,
        "it is no letter that is known",
        ("\\u200d",),
    ),
    Input("a soft hyphen", note("$$\\mu = \\frac{1}{n} \\sum_i x\u00ad_i$$"), 3, "it is no letter that is known"),
    Input("a turned line", note("$$\\mu = \\frac{1}{n} \u202e\\sum_i x_i$$"), 3, "it is no mathematics", ("\\u202e",)),
    Input("1,000 accents", note("$$\\mu = x" + "\u0302" * 1000 + "_i$$"), (1, 3), "no letter of the note has them"),
    Input(
        "a minus that is none",
        note("$$\\frac{\\partial L}{\\partial \\beta} = \u2010\\sum_i \\frac{\\partial L}{\\partial y_i}$$"),
        (1, 3),
        "as a minus it is wrong, else unreadable",
    ),
    Input(
        "a fraction in one character",
        note("$$\\mu = \u2153 \\sum_i x_i$$"),
        1,
        "a third is 1/n for n = 3 alone",
        ("1 wrong",),
    ),
    Input("carriage returns alone", note("$$\\mu = \\frac{1}{n}\r\\sum_i x_i$$\r\r" + WRONG), 1, SEEN, ("1 wrong",)),
    Input(
        "Windows line ends",
        note(("$$\n\\mu\n= \\frac{1}{n} \\sum_i x_i\n$$\n" + WRONG).replace("\n", "\r\n")),
        1,
        SEEN,
        ("1 right, 1 wrong",),
    ),
    Input(
        "a byte order mark",
        note(b"\xef\xbb\xbf---\nbnverify:\n  variance: unbiased\n---\n" + RIGHT.encode()),
        0,
        "the mark is passed over, the front matter read",
        ("1/(n-1)",),
    ),
    Input(
        "UTF-16",
        note(RIGHT.encode("utf-16")),
        2,
        "a file is UTF-8",
        ("this file is not UTF-8: line 1 holds the byte 0xff",),
    ),
    Input(
        "UTF-16 without a mark",
        note(RIGHT.encode("utf-16-le")),
        3,
        "every second byte is NUL: nothing of it is a formula",
    ),
    Input("UTF-32", note(RIGHT.encode("utf-32")), 2, "a file is UTF-8", ("not UTF-8",)),
    Input(
        "bytes that are no text",
        note(b"\n\n$$\\mu = \xff\xfe x$$"),
        2,
        "a file is UTF-8",
        ("not UTF-8: line 3 holds the byte 0xff",),
    ),
    Input("half a character", note(b"$$\\mu = \xed\xa0\x80$$"), 2, "halves are no UTF-8", ("not UTF-8",)),
    Input("an overlong slash", note(b"$$\\mu = 1\xc0\xaf2$$"), 2, "it is no UTF-8", ("not UTF-8",)),
    Input("private characters", note("$$\\mu = \ue000\uffff\U0010ffff x_i$$"), 3, "they are no mathematics"),
]


UNCLOSED = [
    _then_wrong("100 kB of opening parentheses of formulas", _many("\\( ") + "\n\n"),
]

WAITING = [
    # What has to be said is not worked out yet: the wrong step behind them is not read, and the status is 3.
    _then_wrong("1,000 paragraphs of scripts without an end", '<script type="math/tex">\n\n' * 1_000),
    _then_wrong("3,000 paragraphs of definitions without an end", "\\newcommand{\\a}{{}{}{}{}\n\n" * 3_000),
    _then_wrong("100 kB of dollars with a backtick", _many("$`")),
]
"""Inputs that are not run."""

TABLE = [*OPENINGS, *SWALLOWED, *SPOKEN, *LETTERS, *UNCLOSED]
