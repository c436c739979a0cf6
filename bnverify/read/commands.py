"""Which commands accent, style, multiply, or name a function: what LaTeX has words for, as tables."""

from __future__ import annotations

import string

ACCENTS = {
    "\\hat": "hat", "\\widehat": "hat", "\\tilde": "tilde", "\\widetilde": "tilde", "\\bar": "bar",
    "\\overline": "bar", "\\dot": "dot", "\\check": "check", "\\breve": "breve",
}  # fmt: skip
STYLES = frozenset(
    "\\mathbf \\boldsymbol \\bm \\mathit \\mathsf \\vec \\mathrm \\rm \\bf \\pmb \\symbf \\mathbfit \\symbfit".split()
)
ALPHABETS = frozenset("\\mathcal \\mathbb \\mathfrak \\mathscr \\cal \\mathds \\mathbbm".split())
TRANSPARENT = frozenset(
    "\\boxed \\fbox \\mathop \\ensuremath \\displaylines \\underline \\mathstrut \\cancel \\bcancel \\xcancel".split()
)
GREEK = frozenset(
    "\\alpha \\beta \\gamma \\delta \\epsilon \\varepsilon \\zeta \\eta \\theta \\vartheta \\kappa \\lambda \\mu \\nu "
    "\\xi \\pi \\rho \\varrho \\sigma \\varsigma \\tau \\upsilon \\phi \\varphi \\chi \\psi \\omega \\Gamma \\Delta "
    "\\Theta \\Lambda \\Xi \\Pi \\Sigma \\Upsilon \\Phi \\Psi \\Omega \\ell \\infty \\iota \\hbar".split()
)
TIMES = frozenset("\\cdot \\times \\circ \\odot \\ast \\cdotp \\otimes".split())
FRACTIONS = frozenset("\\frac \\dfrac \\tfrac \\cfrac \\nicefrac \\sfrac".split())
ELLIPSES = frozenset("\\dots \\ldots \\cdots \\dotsb \\dotsc \\vdots \\ddots".split())
COMPARISONS = frozenset(
    "\\approx \\approxeq \\thickapprox \\simeq \\sim \\thicksim \\backsim \\backsimeq \\eqsim \\cong \\asymp \\propto "
    "\\varpropto \\doteqdot \\risingdotseq \\fallingdotseq \\circeq \\eqcirc \\bumpeq \\Bumpeq \\nsim \\ncong "
    "\\neq \\ne \\leq \\le \\leqslant \\leqq \\lesssim \\lessapprox \\lessgtr \\lesseqgtr \\ll \\lll \\prec \\preceq "
    "\\preccurlyeq \\precsim \\nless \\nleq \\nleqslant \\lneq \\lneqq \\lt < \\geq \\ge \\geqslant \\geqq \\gtrsim "
    "\\gtrapprox \\gtrless \\gtreqless \\gg \\ggg \\succ \\succeq \\succcurlyeq \\succsim \\ngtr \\ngeq \\ngeqslant "
    "\\gneq \\gneqq \\gt > \\to \\mapsto \\longmapsto \\hookrightarrow \\hookleftarrow \\rightsquigarrow "
    "\\twoheadrightarrow \\rightharpoonup".split()
)
"""Signs of claims that are no equations."""
OTHER_RELATIONS = COMPARISONS | frozenset("\\in \\notin \\subset \\subseteq : \\mid".split())
"""What stands between two expressions, beside the signs of equality."""
SAMPLE_WORDS = frozenset("nchwijklm")
"""Letters of which a subscript of three or more, such as `nchw`, is a run of indices and not a word."""
SPOKEN_NAMES = frozenset(
    ["dout", "var", "Var", "rms", "RMS", "d", *(f"d{letter}" for letter in string.ascii_letters if letter not in "do")]
)
"""Words of `\\text{...}` that stand for a value: names, and differentials such as `\\text{dx}`."""

# -- functions

FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "Var": "Var", "var": "Var", "V": "Var", "E": "E", "mean": "E",
    "Mean": "E", "std": "Std", "Std": "Std", "STD": "Std", "RMS": "RMS", "rms": "RMS", "Rms": "RMS",
    "softmax": "softmax", "Softmax": "softmax", "norm": "norm", "diag": "diag", "Diag": "diag", "sum": "sum",
    "max": "max", "min": "min", "sign": "sign", "sgn": "sign", "tanh": "tanh", "sinh": "sinh", "cosh": "cosh",
    "sin": "sin", "cos": "cos", "tan": "tan", "det": "det", "tr": "tr", "Tr": "tr", "trace": "tr", "relu": "relu",
    "ReLU": "relu", "sigmoid": "sigmoid", "Cov": "Cov", "cov": "Cov", "abs": "abs", "erf": "erf", "vec": "vec",
}  # fmt: skip
"""What a word before a bracket calls, by the name that the tree gives it."""
COMMANDS = {
    f"\\{word}": FUNCTIONS[word] for word in "exp log ln max min tanh sinh cosh sin cos tan det".split()
}  # fmt: skip
"""Functions with a command of their own; they need no bracket."""
UNNUMBERED = frozenset(("sum", "mean", "Mean"))
"""Functions that an index would make a sum over a part of their argument."""
BLACKBOARD = {"E": "E", "V": "Var"}
"""What `\\mathbb{E}[x]` and `\\mathbb{V}[x]` call."""
UPDATES = frozenset(("\\leftarrow", "\\gets", "\\longleftarrow", "\\xleftarrow", "←", "⟵", ":=", "\\coloneqq"))
"""Signs behind which a letter gets a new value."""
