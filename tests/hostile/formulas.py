"""Formulas that are too much, or that are no formulas: code, towers, nests, numbers, sums, macros."""

from __future__ import annotations

from tests.hostile.inputs import RIGHT, WRONG, Input, note

UNREAD = "what is not worked out is undecided, and the right step behind it is judged all the same"


def _formula(name: str, latex: str, because: str, *says: str, status: int = 3, unsaid: tuple[str, ...] = ()) -> Input:
    """A display with this content, and a right step behind it."""
    return Input(name, note(f"$${latex}$${RIGHT}"), status, because, says or ("1 right",), unsaid=unsaid)


SYSTEM = "__import__('os').system('touch hostile-canary')"
CODE = [
    _formula("code in words", rf"\mu = \text{{{SYSTEM}}}", "a side in words claims nothing", "1 in words", status=0),
    _formula("code in an index", rf"\mu_{{{SYSTEM}}} = 1", "no index looks like this"),
    _formula("code as an operator", rf"\operatorname{{{SYSTEM}}}(x_i) = x_i", "no function is called so"),
    _formula(
        "code in a tag",
        rf"\mu = \frac{{1}}{{n}} \sum_i x_i \tag{{{SYSTEM}}}",
        "a tag is no part of it",
        "2 right",
        status=0,
    ),
    Input(
        "lambda in words",
        note("$$\\mu = \\text{lambda: (yield) or exec('hostile-canary')}$$" + WRONG),
        1,
        "words claim nothing, and the wrong step is wrong",
        ("1 wrong",),
    ),
    _formula(
        "a payload for sympify",
        r"\mu = \text{x.__class__.__base__.__subclasses__()} x_i",
        "words times x have no value",
    ),
    _formula("a format string", r"\mu = \text{{0.__class__.__init__.__globals__}} + x_i", "words plus x have no value"),
    _formula(
        "percent signs", "\\mu = %s%n%(x)s\n 1_{%d}", "behind the comments stands 1", "1 right, 1 wrong", status=1
    ),
    _formula("f-string braces", r"\mu = \{x.__class__!r:>{width}\}", "a set is no step", status=0),
    _formula("csname", r"\csname input\endcsname{/etc/passwd} = \mu", "TeX is not run", "csname"),
    _formula("write18", r"\mu = \immediate\write18{touch hostile-canary}", "TeX is not run", "immediate"),
    _formula("openin", r"\mu = \openin5=/etc/passwd \read5 to\secret \secret", "TeX is not run", "openin"),
    _formula("catcodes", r"\catcode`\$=12 \mu", "TeX is not run", "catcode"),
    _formula("loops", r"\loop \mu = 1 \iftrue \repeat", "TeX is not run", "loop"),
    _formula("input in a formula", r"\mu = \input{../../etc/passwd}", "a formula puts nothing in", "input"),
    _formula("javascript", r"\href{javascript:alert(1)}{\mu} = \mu", "an address is no value", "href"),
]

NUMBERS = [
    _formula("a tower of twos", r"\mu = 2^{2^{2^{2^{2^{2^{2}}}}}}", UNREAD, "power above 64"),
    _formula("a tower of nines", r"\mu = 9^{9^{9^{9}}}", UNREAD, "power above 64"),
    _formula("a tower downwards", r"\mu = 2^{-2^{2^{2^{2^{2}}}}}", UNREAD),
    _formula("a tower of letters", r"\mu = x_i^{x_i^{x_i^{x_i}}}", "an exponent that is no number is not worked out"),
    _formula("powers of powers", r"\mu = (((2^{64})^{64})^{64})^{64}", "2 to the power 64^4 is worked out by nobody"),
    _formula(
        "powers of powers of x", r"\mu = (((x_i^{64})^{64})^{64})^{64}", "x to the power 64^4 is worked out by nobody"
    ),
    _formula("x to the power 64", r"x_i^{64} = x_i^{63} x_i", "64 is allowed, and it is true", "2 right", status=0),
    _formula("x to the power 65", r"x_i^{65} = x_i^{64} x_i", UNREAD, "power above 64"),
    _formula("x to the power -65", r"x_i^{-65} = x_i^{-64} / x_i", UNREAD, "power above 64"),
    _formula("ten thousand digits", rf"\mu = {'9' * 10_000}", UNREAD, "more than 100 digits"),
    _formula("a hundred and one digits", rf"\mu = {'9' * 101}", UNREAD, "more than 100 digits"),
    _formula("ten thousand decimals", rf"\mu = 0.{'3' * 10_000}", UNREAD, "more than 100 digits"),
    _formula("digits in an exponent", rf"\mu = x_i^{{{'9' * 5_000}}}", UNREAD),
    _formula("digits in an index", rf"\mu = x_{{{'9' * 5_000}}}", "no sample has this number"),
    _formula("digits as the degree of a root", rf"\mu = \sqrt[{'9' * 5_000}]{{x_i}}", "no such root is worked out"),
    _formula("ten to the power 999999", r"\mu = 10^{999999}", UNREAD, "power above 64"),
    Input(
        "a hundred digits",
        note(rf"$$\mu = {'9' * 100}$$"),
        1,
        "100 digits are read, and no mean is a number",
        ("1 wrong",),
    ),
    Input("1e999999", note(r"$$\mu = 1e999999$$"), 1, "e is a letter: no mean is a number times it", ("1 wrong",)),
    Input(
        "division by zero", note(r"$$\mu = \frac{1}{0}$$"), 3, "a side without a value is not judged", ("not decided",)
    ),
    Input("0 to the power 0", note(r"$$\mu = 0^{0}$$"), 1, "1 is no mean", ("1 wrong",)),
    Input(
        "division by what is zero",
        note(r"$$\mu = \frac{x_i}{\sum_i (x_i - \mu)}$$"),
        3,
        "nowhere is there a value",
        ("not decided",),
    ),
    Input(
        "the root of a negative number", note(r"$$\mu = \sqrt{-1}$$"), 3, "nowhere is there a value", ("not decided",)
    ),
    Input("the zeroth root", note(r"$$\mu = \sqrt[0]{x_i}$$"), 3, "there is no such root", ("not decided",)),
]

SUMS = [
    _formula("a sum to a billion", r"\mu = \sum_{k=1}^{1000000000} x_k", "the batch has n samples, not 10^9"),
    _formula("a sum to 10^64", r"\mu = \sum_{k=1}^{10^{64}} x_k", "the batch has n samples, not 10^64"),
    _formula("a product to a billion", r"\mu = \prod_{k=1}^{1000000000} x_k", "products are not read"),
    _formula(
        "a hundred nested sums",
        r"\mu = " + "".join(rf"\sum_{{{chr(97 + k % 26)}{chr(39) * (k // 26)}}}" for k in range(100)) + " x_i",
        UNREAD,
    ),
    _formula("a thousand nested sums", r"\mu = " + r"\sum_i" * 1000 + r" x_i", UNREAD),
]


def _nest(opening: str, closing: str, depth: int, inner: str = "x_i") -> str:
    return opening * depth + inner + closing * depth


GOES_ON = "a formula that ends with = goes on in the next one, and the mean is the mean"
DEEP = "nested deeper than 200"
NESTS = [
    _formula("300 roots", r"\mu = " + _nest(r"\sqrt{", "}", 300), UNREAD, DEEP),
    _formula("1,500 fractions", r"\mu = " + _nest(r"\frac{1}{", "}", 1500), UNREAD, DEEP),
    _formula("5,000 fractions", r"\mu = " + _nest(r"\frac{1}{", "}", 5000), UNREAD, "more than 20000 characters"),
    _formula("9,000 braces", rf"\mu = {_nest('{', '}', 9000)}", UNREAD, DEEP),
    _formula("9,000 brackets", rf"\mu = {_nest('(', ')', 9000)}", UNREAD, DEEP),
    _formula("700 cases", r"\mu = " + _nest(r"\begin{cases}", r"\end{cases}", 700), UNREAD),
    _formula("4,000 exponents", rf"\mu = {_nest('x^{', '}', 4000)}", UNREAD, DEEP),
    _formula("6,000 indices", rf"\mu = {_nest('x_{', '}', 6000)}", UNREAD),
    _formula("3,000 hats", r"\mu = " + _nest(r"\hat{", "}", 3000), UNREAD),
    _formula("3,000 hats without braces", r"\mu = " + r"\hat" * 3000 + r" x", UNREAD),
    _formula("1,200 sized brackets", r"\mu = " + _nest(r"\left(", r"\right)", 1200), UNREAD, DEEP),
    _formula("2,000 boxes", r"\mu = " + _nest(r"\boxed{", "}", 2000), UNREAD),
    _formula("1,500 stacked signs", r"\mu " + _nest(r"\overset{", "}{=}", 1500) + r" x", UNREAD),
    _formula("2,000 texts", r"\mu = " + _nest(r"\text{", "}", 2000), "words in words claim nothing", status=0),
    _formula("9,000 minus signs", rf"\mu = {'-' * 9001} \frac{{1}}{{n}} \sum_i x_i", UNREAD),
    _formula("9,000 primes", rf"\mu = x{chr(39) * 9000}", "no letter with primes is the mean", "1 wrong", status=1),
    _formula("9,000 carets", rf"\mu = x{'^' * 9000}", UNREAD),
    _formula("3,000 fractions without braces", r"\mu = " + r"\frac1" * 3000, UNREAD),
    _formula("9,000 slashes", rf"\mu = {'1/' * 9000}x_i", UNREAD),
    _formula("3,000 norms", r"\mu = " + r"\|" * 3000 + r" x", UNREAD),
    _formula("9,000 bars", rf"\mu = {'|' * 9000} x", UNREAD),
    _formula("9,000 opening braces", rf"\mu = {'{' * 9000}", UNREAD),
    _formula("9,000 closing braces", rf"\mu = {'}' * 9000}", UNREAD),
    _formula("9,000 opening brackets", rf"\mu = {'(' * 9000}", UNREAD),
    _formula("9,000 square brackets", rf"\mu = {'[' * 9000}", UNREAD),
    _formula("3,000 times left", r"\mu = " + r"\left(" * 3000, UNREAD),
    _formula("1,000 times begin", r"\mu = " + r"\begin{cases}" * 1000, UNREAD),
    _formula("9,000 ampersands", rf"\mu = {'&' * 9000}", GOES_ON, "it goes on in the next", status=0),
    _formula("6,000 rows", r"\mu = " + r"\\ " * 6000, GOES_ON, "it goes on in the next", status=0),
    _formula(
        "2,000 mentions of text",
        r"\mu = " + r"\text{" * 2000,
        "words that have no end claim nothing",
        "1 in words",
        status=0,
    ),
    _formula("1,500 stacked signs without an end", r"\mu = " + r"\overset{" * 1500, UNREAD),
    _formula("derivatives in one another", r"\mu = " + _nest(r"\frac{\partial ", r"}{\partial x_i}", 190), UNREAD),
    _formula("operators in one another", r"\mu = " + r"\frac{d}{dx_i} " * 900 + r" x_i", UNREAD),
]

MANY = [
    Input(
        "26 free indices",
        note("$$\\mu = " + "".join(f"x_{chr(97 + k)} " for k in range(26)) + "$$" + WRONG),
        1,
        "no product of samples is the mean, and the step behind it is wrong",
        ("2 steps",),
    ),
    Input(
        "a product of 40 sums",
        note("$$\\mu = " + r"\left(\sum_i x_i\right)" * 40 + "$$" + WRONG),
        1,
        "no product of sums is the mean, and the step behind it is wrong",
        ("2 steps",),
    ),
    Input(
        "a sum to the power 64",
        note(
            r"$$(\mu + v + \gamma + \beta)^{64} = (\mu + v + \gamma + \beta)^{63} (\beta + \gamma + v + \mu)$$" + WRONG
        ),
        1,
        "the step behind it is wrong; this one is true, and may be too large",
        ("1 wrong",),
    ),
    Input(
        "100 chains with the same head",
        note(r"$$\mu = \frac{1}{n} \sum_i x_i$$" "\n\n" * 100 + WRONG),
        1,
        "the last one is wrong",
        ("100 right, 1 wrong",),
        ("check", "--witness", "proof", "note.md"),
    ),
    Input(
        "a chain of 150 sides",
        note("$$\\mu" + r" = \frac{1}{n} \sum_i x_i" * 150 + "$$" + WRONG),
        1,
        "the last one is wrong",
        ("150 right, 1 wrong",),
        ("check", "--witness", "proof", "note.md"),
    ),
    Input(
        "two definitions of each other",
        note("$$a = b + 1$$\n\n$$b = a - 1$$" + WRONG),
        1,
        "the step behind them is wrong",
        ("1 wrong",),
    ),
    Input("a definition by itself", note("$$a = a + 1$$" + WRONG), 1, "the step behind it is wrong", ("wrong",)),
    Input(
        "helpers that double",
        note("".join(f"$$u_{{{k + 1}}} = u_{{{k}}} u_{{{k}}} + u_{{{k}}}$$\n\n" for k in range(30)) + WRONG),
        1,
        "the step behind them is wrong",
        ("1 wrong",),
    ),
]

SIZES = [
    _formula("20,001 characters", rf"\mu = x_i{' + 0' * 4998}", UNREAD, "more than 20000 characters"),
    _formula("a megabyte", rf"\mu = x_i{' + x_i' * 170_000}", UNREAD, "more than 20000 characters"),
    Input(
        "a megabyte without an end",
        note(rf"$$\mu = x_i{' + x_i' * 170_000}"),
        3,
        "it is never closed, and the file ends in its middle",
        ("the file ends in the middle",),
    ),
    Input(
        "a megabyte without an equation",
        note(f"$${'x_i + ' * 170_000} x_i$${RIGHT}"),
        0,
        "without a sign of equality it claims nothing",
        ("1 right",),
    ),
]


def _macros(name: str, text: str, because: str, *says: str, status: int = 3) -> Input:
    return Input(name, note(text + RIGHT), status, because, ("1 right", *says))


LAUGHS = "\n".join(f"\\newcommand{{\\l{chr(98 + k)}}}{{" + f"\\l{chr(97 + k)} " * 10 + "}" for k in range(15))
MACROS = [
    _macros(
        "a billion laughs",
        f"$$\\newcommand{{\\la}}{{x_i}}\n{LAUGHS}$$\n\n$$\\mu = \\lp$$",
        "it grows too long",
        "grows too long",
    ),
    _macros(
        "a macro that calls itself", "$$\\newcommand{\\f}{\\f x}$$\n\n$$\\mu = \\f$$", "it has no end", "calls itself"
    ),
    _macros("a macro that doubles itself", "$$\\newcommand{\\f}{\\f\\f}$$\n\n$$\\mu = \\f$$", "it has no end", "\\f"),
    _macros(
        "macros that call each other",
        "$$\\def\\f{\\g}\\def\\g{\\f}$$\n\n$$\\mu = \\f$$",
        "they have no end",
        "calls itself",
    ),
    _macros(
        "a macro that doubles its argument",
        "$$\\newcommand{\\f}[1]{#1#1}$$\n\n$$\\mu = " + "\\f{" * 40 + "x_i" + "}" * 40 + "$$",
        "2^40 letters",
        "grows too long",
    ),
    _macros(
        "macros with nine arguments",
        "$$\\newcommand{\\f}[9]{#9#9#9#9#9#9#9#9#9}$$\n\n$$\\mu = " + "\\f12345678{" * 10 + "x_i" + "}" * 10 + "$$",
        "9^10 letters",
        "grows too long",
    ),
    _macros(
        "3,000 macros",
        "$$"
        + "".join(f"\\newcommand{{\\m{''.join(chr(97 + int(d)) for d in str(k))}}}{{x}}" for k in range(3000))
        + "$$\n\n$$\\mu = \\mcjjj$$",
        "only so many are kept, and the last one is then unknown",
    ),
    _macros(
        "a macro without an end", "$$\\newcommand{\\f}{" + "{" * 5000 + "$$\n\n$$\\mu = \\f$$", "it is not defined"
    ),
    _macros(
        "csname in a macro",
        "$$\\def\\f{\\csname f\\endcsname}$$\n\n$$\\mu = \\f$$",
        "TeX is not run",
        "csname",
    ),
]


DEAR = [
    # The proof multiplies roots out:
    Input(
        "40 roots that nobody knows",
        note("$$\\mu = " + " + ".join(rf"\sqrt{{x_i + {k}}}" for k in range(40)) + "$$" + WRONG),
        1,
        "no sum of roots is the mean, and the step behind it is wrong",
        ("2 steps",),
    ),
    # The proof and SymPy multiply out what doubles:
    Input(
        "letters that double",
        note(
            "$$a = x_i + \\mu$$\n\n"
            + "".join(
                f"$${chr(98 + k)} = {chr(97 + k)} {chr(97 + k)} + {chr(97 + k)}$$\n\n"
                for k in range(20)
                if chr(97 + k) not in "nvxy" and chr(98 + k) not in "nvxy"
            )
            + WRONG
        ),
        1,
        "the step behind them is wrong",
        ("wrong",),
    ),
    # Repairs of a side of 200 terms are looked for, and its two lines compared:
    Input(
        "a wide side explained",
        note("$$\\mu = " + " + ".join(["x_i"] * 200) + "$$"),
        1,
        "200 samples are no mean",
        (),
        ("check", "--explain", "note.md:1"),
    ),
]
"""What would take long if the work of a step were not bounded."""

WAITING = [
    # 200 wrong steps, each with its causes and repairs: what is linear is not quick.
    # The pass over all definitions is made once for each chain:
    Input(
        "200 claims about each other",
        note(
            "".join(
                f"$$h_{{{chr(97 + k % 26)}{k}}} = h_{{{chr(97 + (k + 1) % 26)}{k + 1}}} + 1$$\n\n" for k in range(200)
            )
            + WRONG
        ),
        1,
        "the step behind them is wrong",
        ("1 wrong",),
    ),
]
"""Inputs with their keys that take longer than two seconds."""

TABLE = [*CODE, *NUMBERS, *SUMS, *NESTS, *MANY, *SIZES, *MACROS, *DEAR]
