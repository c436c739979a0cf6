"""Where formulas stand and how they are laid out: which chains come of it, as written, and that nothing is lost."""

from __future__ import annotations

import time

import pytest

from bnverify.read.accounting import account
from bnverify.read.chains import Script, read
from bnverify.read.latex import latex
from bnverify.read.syntax import Unreadable, inside
from bnverify.source import Note
from tests.conftest import judge

Chains = list[list[str]]


def script_of(text: str, name: str = "note.md") -> Script:
    script = read(Note(name, text))
    assert [text[span.start : span.end] for span in account(script).lost] == []
    return script


def meant(text: str, name: str = "note.md") -> Chains:
    """Each chain, head first, in the letters that are meant."""
    chains = script_of(text, name).chains
    return [[latex(expr) for expr in (chain.head, *(step.side for step in chain.steps))] for chain in chains]


def written(text: str, name: str = "note.md") -> Chains:
    """Each chain, head first, as it stands in the note."""
    return [[chain.head_latex, *(step.latex for step in chain.steps)] for chain in script_of(text, name).chains]


def why(text: str, name: str = "note.md") -> list[str]:
    """The reasons why sides are not read."""
    sides = (step.side for chain in script_of(text, name).chains for step in chain.steps)
    return [node.why for side in sides for node in inside(side) if isinstance(node, Unreadable)]


CONTAINERS = {
    "dollars": "$a = b$",
    "double dollars": "$$a = b$$",
    "double dollars in a line of prose": "so $$a = b$$, as wanted.",
    "double dollars below a line": "so\n$$\na = b\n$$",
    "double dollars in a list": "1. item\n\n   $$\n   a = b\n   $$",
    "brackets": r"\[ a = b \]",
    "round brackets": r"so \( a = b \) here",
    "doubled brackets": r"\\[ a = b \\]",
    "doubled round brackets": r"so \\( a = b \\) here",
    "a fence": "```math\na = b\n```",
    "a fence of tildes": "~~~math\na = b\n~~~",
    "a fence in a list": "- item\n  ```math\n  a = b\n  ```",
    "a fence in a quote in a list": "> - deep\n>   > ```math\n>   > a = b\n>   > ```",
    "a quote": "> $$\n> a\n> = b\n> $$",
    "a dollar and a backtick": "so $`a = b`$ here",
    "an environment alone": "\\begin{align}\na &= b\n\\end{align}",
    "a script": '<script type="math/tex">a = b</script>',
    "a displayed script": '<script type="math/tex; mode=display">a = b</script>',
    "an image": '<img src="https://render.githubusercontent.com/render/math?math=a%20%3D%20b&mode=inline">',
    "an image in Markdown": "![f](https://render.githubusercontent.com/render/math?math=a=%62) text",
    "tags": "<div><p>$a = b$</p></div>",
    "front matter": "---\ntitle: $c = d$\n---\n$a = b$",
    "other front matter": '+++\ntitle = "$c = d$"\n+++\n$a = b$',
    "Jekyll tags": '{% raw %}\n$a = b$\n{% endraw %} {% highlight python %}\n"$c = d$"\n{% endhighlight %} {% include "$e=f$" %}',
    "a formula that is not closed": "text\n\n$$ a = b\n\n",
    "entities": "$a &#61; b$",
}


@pytest.mark.parametrize("text", CONTAINERS.values(), ids=CONTAINERS)
def test_a_formula_is_found_in_each_container(text: str) -> None:
    assert meant(text) == [["a", "b"]]


@pytest.mark.parametrize(
    "text",
    [
        "<pre>$a = b$</pre>",
        "<code>$a = b$</code>",
        "<style>x { $a = b$ }</style>",
        "<script>x = $a = b$</script>",
        "<!-- $a = b$ -->",
        '<img alt="$a = b$" src="x.png">',
        "It costs $5 and $6, or $5/month = $60/year.",
    ],
)
def test_code_comments_and_prices_hold_no_formulas(text: str) -> None:
    assert meant(text) == []


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("> $v =\n> σ²$", "σ²"),
        ("> $x₁\n> = ½$", "½"),
        ("$v = x̂₁$ and &lt;$y &lt; 1$", "x̂₁"),
        ("$v &#61; x̂₁²$", "x̂₁²"),
        ("\\newcommand{\\m}{\\mu}$\\m = σ² x₁$", "σ² x₁"),
    ],
)
def test_small_figures_are_read_where_the_text_around_them_is_rewritten(text: str, side: str) -> None:
    """The braces that they stand for have no character of their own."""
    script = read(Note("note.md", text))
    [step] = [step for chain in script.chains for step in chain.steps]
    assert not any(isinstance(node, Unreadable) for node in inside(step.side))
    assert text[step.span.start : step.span.end] == step.latex == side
    assert account(script).lost == ()


def test_a_command_that_is_defined_inside_a_label_is_counted_once() -> None:
    text = r"$\label{\newcommand{\a}[1]{#1}} x = 2$"
    found = account(read(Note("note.md", text)))
    assert (found.annotation, found.read, found.unreadable) == (len(r"\label{\newcommand{\a}[1]{#1}}"), 3, 0)


def test_the_marks_of_a_quote_are_no_relation() -> None:
    text = "> > $$\n> > a = b\n> > + c\n> > = d\n> > $$"
    assert written(text) == [["a", "b + c", "d"]]
    step = script_of(text).chains[0].steps[1]
    assert text[step.span.start : step.span.end] == "d"


def test_entities_and_addresses_are_decoded_and_keep_their_places() -> None:
    text = (
        "$x &amp;= y &#43; z$ ![](https://render.githubusercontent.com/render/math?math=%5Cfrac%7Ba%7D%7Bb%7D%3Dc%2Bd)"
    )
    assert meant(text) == [["x", "y + z"], [r"\frac{a}{b}", "c + d"]]
    span = script_of(text).chains[1].head_span
    assert text[span.start : span.end] == "%5Cfrac%7Ba%7D%7Bb%7D"


ESCAPES = {
    "a whole formula": (r"\\( a = \\frac{1}{n} \\sum_i x_i \\)", [["a", r"\frac{1}{n} \sum_{i} x_i"]]),
    "its rows": (r"\\[ a = \\mu \\\\ b = c \\]", [["a", r"\mu"], ["b", "c"]]),
    "underscores and stars": (r"$$x\_i = y\_{i} \* z$$", [["x_i", r"y_i \cdot z"]]),
    "a row break before a letter": (
        r"$$\begin{aligned} a &= b \\x_i &= c \\\mu &= d \end{aligned}$$",
        [["a", "b"], ["x_i", "c"], [r"\mu", "d"]],
    ),
    "doubled row breaks": (r"$$\begin{aligned} a &= \mu \\\\ &= c \end{aligned}$$", [["a", r"\mu", "c"]]),
}


@pytest.mark.parametrize(("text", "chains"), ESCAPES.values(), ids=ESCAPES)
def test_escapes_of_markdown_are_undone_and_row_breaks_stay(text: str, chains: Chains) -> None:
    assert meant(text) == chains


MACROS = {
    "arguments": (r"$\newcommand{\p}[2]{\frac{\partial #1}{\partial #2}}$ $\p{L}{x} = \p L y$",
                  [[r"\frac{\partial L}{\partial x}", r"\frac{\partial L}{\partial y}"]]),
    "an argument that is left open": (r"$\newcommand{\p}[2]{\frac{#1}{#2}} \newcommand{\q}{\p{a}}$ $x = \q{b}$",
                                      [["x", r"\frac{a}{b}"]]),
    "a default": (r"$\newcommand{\p}[2][a]{\frac{#1}{#2}}$ $\p{x} = \p[b]{x}$", [[r"\frac{a}{x}", r"\frac{b}{x}"]]),
    "def and nesting": (r"$\def\v{\sigma^2} \def\s{\sqrt{\v}}$ $a = \s x$", [["a", r"\sqrt{\sigma^{2}} \cdot x"]]),
    "an operator": (r"$\DeclareMathOperator{\sd}{sd}$ $\sd = a$ $b = \sd$", [[r"\text{sd}", "a"], ["b", r"\text{sd}"]]),
    "a definition in braces, used there": (r"${\def\a{b} x = \a}$", [["x", "b"]]),
    "a definition for everywhere in braces": (r"${\gdef\a{b} y = \a}$ $x = \a$", [["y", "b"], ["x", "b"]]),
    "a later definition": (r"$\newcommand{\a}{b}$ $x = \a$ $\renewcommand{\a}{c}$ $x = \a$", [["x", "b"], ["x", "c"]]),
    "a copy": (r"$\let\eps\epsilon$ $\eps = 2$", [[r"\epsilon", "2"]]),
    "a command before a letter": (r"$\newcommand{\p}[1]{\mu#1}$ $a = \p x$", [["a", r"\mu \cdot x"]]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "chains"), MACROS.values(), ids=MACROS)
def test_commands_of_the_note_mean_what_it_says(text: str, chains: Chains) -> None:
    assert meant(text) == chains


def test_what_a_command_brings_in_stands_where_the_call_stands_and_an_argument_where_it_is_written() -> None:
    text = r"$\newcommand{\p}[1]{\frac{\partial L}{\partial #1}}$ $\p{x_i} = 2\p{y}$"
    chain = script_of(text).chains[0]
    spans = {latex(node): text[node.span.start : node.span.end] for node in inside(chain.head)}
    assert spans == {r"\frac{\partial L}{\partial x_i}": r"\p{x_i}", "L": r"\p{x_i}", "x_i": "x_i"}
    assert written(text) == [[r"\p{x_i}", r"2\p{y}"]]


HOSTILE_MACROS = {
    "calls itself": r"$\def\a{\b}\def\b{\a}$ $x = \a$",
    "grows too long": r"$\def\a{\b\b\b\b\b\b\b\b}\def\b{\c\c\c\c\c\c\c\c}\def\c{\d\d\d\d\d\d\d\d}\def\d{\e\e\e\e\e\e\e\e}"
    r"\def\e{\f\f\f\f\f\f\f\f}\def\f{yyyyyyyy}$ $x = \a$",
    "is missing": r"$\newcommand{\a}[2]{#1 + #2}$ $x = \a{1}$",
    "defined further down": r"$x = \a$ $\newcommand{\a}{b}$",
    "inside braces that end": r"${\def\a{b} \a}$ $x = \a$",
    "inside braces": r"$\newcommand{\a}{c}$ ${\def\a{b} y}$ $x = \a$",
    "a way that is not read": r"$\def\a(#1){#1}$ $x = \a(2)$",
    "the note does not define it": r"$x = \nowhere{b}$",
    "more than one equation": r"$\newcommand{\a}{x = y = z}$ $\a$",
}


@pytest.mark.parametrize(("reason", "text"), HOSTILE_MACROS.items(), ids=HOSTILE_MACROS)
def test_a_command_that_cannot_be_followed_is_unreadable_and_says_why(reason: str, text: str) -> None:
    assert reason in why(text)[0]


def test_arguments_in_another_order_break_no_place() -> None:
    assert meant(r"$\newcommand{\w}[2]{#2 + #1}$ $x = \w{y}{z} = 2\w{1}{\w{a}{b}}$")[0][1] == "z + y"


def test_a_repair_is_written_with_the_commands_of_the_note() -> None:
    text = (
        r"$\newcommand{\dL}[1]{\frac{\partial L}{\partial #1}}$ $\mu=\frac1n\sum_i x_i$ $v=\frac1n\sum_i (x_i-\mu)^2$ "
        r"$\hat{x}_i=\frac{x_i-\mu}{\sqrt{v+\epsilon}}$ $y_i=\gamma\hat{x}_i+\beta$ $\dL{\gamma} = \sum_i \dL{y_i} x_i$"
    )
    step = judge(text).steps[-1]
    assert step.repairs[0].latex == r"\sum_i \dL{y_i} \hat{x}_i"


def test_a_repair_in_a_quote_leaves_its_marks() -> None:
    text = (
        r"$\mu=\frac1n\sum_i x_i$ $v=\frac1n\sum_i (x_i-\mu)^2$ $\hat{x}_i=\frac{x_i-\mu}{\sqrt{v+\epsilon}}$ "
        r"$y_i=\gamma\hat{x}_i+\beta$" + "\n\n> $$\\frac{\\partial L}{\\partial\\gamma}\n"
        "> = \\sum_i \\frac{\\partial L}{\\partial y_i}\n> x_i$$"
    )
    repair = judge(text).steps[-1].repairs[0]
    assert repair.latex == r"\sum_i \frac{\partial L}{\partial y_i} \hat{x}_i"
    assert [(text[one.span.start : one.span.end], one.replacement) for one in repair.edits] == [("x", r"\hat{x}")]


TEX = {
    "environments": (
        r"\begin{align} a &= b \\ &= c \end{align} \begin{equation*} d = e \end{equation*} \begin{math}f = g\end{math}",
        [["a", "b", "c"], ["d", "e"], ["f", "g"]],
    ),
    "eqnarray": (r"\begin{eqnarray*} a &=& b \\ &=& c \\ d &=& e \end{eqnarray*}", [["a", "b", "c"], ["d", "e"]]),
    "split and multline": (
        r"\begin{equation}\begin{split} a &= b \\ &+ c \end{split}\end{equation} \begin{multline} d = e \\ + f \end{multline}",
        [["a", "b + c"], ["d", "e + f"]],
    ),
    "alignat, flalign, gather": (
        r"\begin{alignat*}{2} a &= b & c &= d \end{alignat*} \begin{flalign} e &= f && \text{(why)} \end{flalign}"
        r"\begin{gather} g = h \\ i = j \end{gather} \begin{alignedat}{2} k &= l \end{alignedat}",
        [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"], ["i", "j"], ["k", "l"]],
    ),
    "subequations": (r"\begin{subequations}\label{s}\begin{align} a &= b \label{t} \end{align}\end{subequations}",
                     [["a", "b"]]),
    "an unknown environment": (r"\begin{lemma} so $a = b$ \end{lemma}", [["a", "b"]]),
    "a float around an equation": (
        r"\begin{equationbox}\begin{equation*}\begin{aligned} a &= b \end{aligned}\end{equation*}\end{equationbox}",
        [["a", "b"]],
    ),
    "an environment of its own": (
        "\\newenvironment{eqbox}{\\par\\begin{equation*}}{\\end{equation*}}\n\\begin{eqbox} a = b \\end{eqbox}",
        [["a", "b"]],
    ),
    "commands for an environment": (
        "\\newcommand{\\be}{\\begin{equation}}\n\\newcommand{\\ee}{\\end{equation}}\n\\be a = b \\ee and $c = d$",
        [["a", "b"], ["c", "d"]],
    ),
    "comments": ("$a = b % $ c = d\n+ e$ and 50\\% of $f = g$ % $h = i$", [["a", "b + e"], ["f", "g"]]),
    "verbatim": (
        "\\verb|$a = b$| \\begin{verbatim}$a = b$\\end{verbatim} \\begin{lstlisting}\n$a=b$\n\\end{lstlisting}"
        "\\begin{comment}$a=b$\\end{comment} \\iffalse $a = b$ \\iftrue \\fi $c = d$ \\fi $e = f$",
        [["e", "f"]],
    ),
    "footnotes": (r"so\footnote{because $a = b$} it is", [["a", "b"]]),
    "only the body": (
        "\\title{$a = b$}\n\\newcommand{\\x}{c}\n\\begin{document} $\\x = d$ \\end{document} $e = f$",
        [["c", "d"]],
    ),
    "words with mathematics": (r"$a = b \text{ if $c = d$ holds}$", [["a", "b"]]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "chains"), TEX.values(), ids=TEX)
def test_latex_documents(text: str, chains: Chains) -> None:
    assert meant(text, "note.tex") == chains


def test_an_expectation_may_stand_in_a_comment_behind_a_formula() -> None:
    expected = script_of("\\[ a = b \\]\n% expect: sign-flip\n", "note.tex").layout.expectations
    assert [(one.codes, one.inline) for one in expected] == [(("sign-flip",), False)]


LAYOUTS = {
    "a chain in a row": ("$a = b = c$", [["a", "b", "c"]]),
    "a chain down rows": (r"$$\begin{align} a &= b \\[1ex] &= c \\* &+ d, \\ e &= f. \end{align}$$",
                          [["a", "b", "c + d"], ["e", "f"]]),
    "a product in square brackets behind a row break": (r"$$a = b \\[y + z] c = d$$",
                                                        [["a", "b"], [r"\left[y + z\right] \cdot c", "d"]]),
    "columns of words": (r"$$\begin{align} a &= b &&&& \text{(why)} \\ &= c && (\text{rule}) \\ &= d && (\ref{e}) \end{align}$$",
                         [["a", "b", "c", "d"]]),
    "columns of chains": (r"$$\begin{align} a &= b & c &= d \\ &= e & &= f \end{align}$$", [["a", "b", "e"], ["c", "d", "f"]]),
    "gathered": (r"$$\begin{gathered} a = b \\ c = d \end{gathered}$$", [["a", "b"], ["c", "d"]]),
    "a brace before a system": (r"$$\left\{ \begin{aligned} a &= b \\ c &= d \end{aligned} \right.$$", [["a", "b"], ["c", "d"]]),
    "an option": (r"$$\begin{aligned}[t] a &= b \end{aligned}$$", [["a", "b"]]),
    "braces with notes": (r"$$a = \underbrace{b}_{\text{why}} + \overbrace{c}^{x}$$", [["a", "b + c"]]),
    "boxes": (r"$$\boxed{a} = b \quad \boxed{c = d}$$", [["a", "b"], ["c", "d"]]),
    "colours": (r"$$a = \color{red}{b} + {\color{blue} c} + \textcolor{green}{d} + \color[rgb]{1,0,0} e + \bbox[red]{f}$$",
                [["a", "b + c + d + e + f"]]),
    "coloured equations": (r"$$\color{red}{a = b} \quad {\color{blue} c = d} \quad \textcolor{green}{e = f}$$",
                           [["a", "b"], ["c", "d"], ["e", "f"]]),
    "tags": (r"$$a = b \tag{1} \label{x} \nonumber$$ (19)", [["a", "b"]]),
    "signs over a relation": (r"$$a \overset{\text{(a)}}{=} b \stackrel{\eqref{x}}{=} c$$", [["a", "b", "c"]]),
    "two equations": (r"$$a = b, c = d$$ $$e = f \qquad g = h$$", [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]),
    "bare row breaks": (r"$$a = b \\ c = d \\ = e$$", [["a", "b"], ["c", "d", "e"]]),
    "inline prose": ("we get $a = b$, so $= c$", [["a", "b", "c"]]),
    "stray words": ("$$\nwe get\na = b\nso that\nc = d\n$$", [["a", "b"], ["c", "d"]]),
    "a row of words": (r"$$\begin{aligned} we get by magic \\ a &= b \\ hence &= c \end{aligned}$$", [["a", "b", "c"]]),
    "letters that look like words": ("$$a = be + so$$", [["a", r"b \cdot e + s \cdot o"]]),
    "a definition beside a step": (r"$$a = b \quad \text{Let } \sigma = \sqrt{v}$$", [["a", "b"], [r"\sigma", r"\sqrt{v}"]]),
    "a definition in brackets": (r"$$a = b \quad (\text{Let } 1/c = t) = d$$", [["a", "b", "d"], ["1 / c", "t"]]),
    "a remark between rows": (r"$$\begin{align} a &= b \quad \text{since } \mu = 3 \\ &= c \end{align}$$",
                              [["a", "b", "c"], [r"\mu", "3"]]),
    "a remark before a row that goes on": (r"$$\begin{align} a &= b && \text{as } c = d \\ &\quad + e \end{align}$$",
                                           [["a", "b + e"], ["c", "d"]]),
    "another equation in the row": (r"$$\begin{align} a &= b, \quad c = d \\ &= e \end{align}$$", [["a", "b", "e"], ["c", "d"]]),
    "empty braces and phantoms": (r"$$\begin{aligned} a = {} & b \\ {} & + c \\ \phantom{a} = {} & d \end{aligned}$$",
                                  [["a", "b + c", "d"]]),
    "a bracket that a row break cuts": (r"$$\begin{aligned} a &= \left( b \right. \\ &\quad \left. + c \right) \end{aligned}$$",
                                        [["a", r"\left(b + c\right)"]]),
    "a system in cases": (r"$$\begin{cases} a = b \\ c = d \end{cases}$$", [["a", "b"], ["c", "d"]]),
    "spoken names": (r"$$\text{ivar} = b, \quad \mathrm{xmu}_i = c, \quad a = \text{xmu}_i \cdot \mathit{ivar}$$",
                     [[r"\text{ivar}", "b"], [r"\text{xmu}_i", "c"], ["a", r"\text{xmu}_i \cdot \text{ivar}"]]),
    "a spoken name that is called": (r"$$\text{std} = b, \quad a = \text{std}(x)$$",
                                     [[r"\text{std}", "b"], ["a", r"\operatorname{Std}(x)"]]),
    "letters that a row consists of": (r"$$\begin{aligned} a &= b \\ & cx cy cz \end{aligned}$$", [["a", r"b \cdot c \cdot x \cdot c \cdot y \cdot c \cdot z"]]),
    "words in a sum stay values": (r"$$a = (\text{all of it}) + b$$", [["a", r"\left(\text{all of it}\right) + b"]]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "chains"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts_of_a_formula(text: str, chains: Chains) -> None:
    assert meant(text) == chains


CONDITIONS = {
    "a heading": (
        "#### $k = i, l \\neq j$\n\n$$\\frac{\\partial x_{kl}}{\\partial x_{ij}} = y$$",
        [("k", "=", "i"), ("l", "\\neq", "j")],
        "note.md",
    ),
    "a heading in a quote": (
        "> ## Case $i \\neq j$\n>\n> $$\\frac{\\partial x_i}{\\partial x_j} = y$$",
        [("i", "\\neq", "j")],
        "note.md",
    ),
    "a section": (
        "\\section{Case $i \\neq j$}\nHere \\[ \\frac{\\partial x_i}{\\partial x_j} = y \\]",
        [("i", "\\neq", "j")],
        "note.tex",
    ),
    "a paragraph": (
        "\\paragraph{$i = j$} \\[ \\frac{\\partial x_i}{\\partial x_j} = y \\]",
        [("i", "=", "j")],
        "note.tex",
    ),
    "words": (
        "For j != i we have\n$$\\frac{\\partial x_i}{\\partial x_j} = y$$",
        [("j", "\\neq", "i")],
        "note.md",
    ),
    "an index that the left side does not have": ("## Case $i \\neq j$\n\n$$x_i = x_j + \\sum_j x_j$$", [], "note.md"),
    "brackets": (r"$$x_i = y_j \quad (i \neq j)$$", [("i", "\\neq", "j")], "note.md"),
    "brackets behind a space": (r"$$x_i = y_j \; (i \neq j)$$", [("i", "\\neq", "j")], "note.md"),
}


@pytest.mark.parametrize(("text", "conditions", "name"), CONDITIONS.values(), ids=CONDITIONS)
def test_conditions_around_a_formula(text: str, conditions: list[tuple[str, str, str]], name: str) -> None:
    (chain,) = script_of(text, name).chains
    assert [(one.left, one.sign, one.right) for one in chain.conditions] == conditions


@pytest.mark.parametrize("name", ["note.md", "note.tex"])
@pytest.mark.parametrize(
    "sign",
    [
        "$", "$$ a\n\n", "$`", "\\[", "\\(", "\\\\[", "\\\\(", "```math\n", "~~~\n", "<pre>", "<script type='math/tex'>",
        "<!--", "{% highlight x %}", "\\begin{align}", "\\newcommand{\\a}{", "\\def\\a", "\\iffalse", "\\verb|",
        "\\begin{verbatim}", "https://render.githubusercontent.com/render/math?math=", "$\\text{", "> ", "\\let\\a",
        "$\\left( x = ", "$\\frac{",
    ],
)  # fmt: skip
def test_what_is_never_closed_neither_fails_nor_loses_anything(sign: str, name: str) -> None:
    for text in (sign, sign * 3, f"{sign} $x = y$ {sign}", f"$x = y$ {sign} a = b"):
        script_of(text, name)


def seconds(text: str) -> float:
    before = time.perf_counter()
    read(Note("note.md", text))
    return time.perf_counter() - before


def test_the_time_grows_with_the_text_and_not_faster() -> None:
    head = "$\\newcommand{\\p}[2]{\\frac{#1}{#2}}$\n"
    few, many = (head + "word $a_i = \\p{b}{c}$ more\n\n" * count for count in (500, 4_000))
    seconds(few)
    assert seconds(many) < 40 * seconds(few)


@pytest.mark.parametrize("sign", ["$ ", "\\\\( ", "<pre> ", "$` ", "{% highlight x %} ", "\\newcommand{\\a}{ "])
def test_many_openings_without_an_end_take_no_time(sign: str) -> None:
    assert seconds(sign * 5_000) < 10
