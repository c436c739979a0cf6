"""How a note spells its quantities -> the letters of each, in LaTeX and in plain text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bnverify.model.notation import Notation, Role, Symbol
from bnverify.model.quantities import EPSILON, INPUT, MEAN, NORMALISED, OUTPUT, SCALE, SHIFT, VARIANCE
from bnverify.read.latex import latex
from bnverify.read.names import joined
from bnverify.read.syntax import Name

SIZE, LOSS, DEVIATION = Role.SIZE.value, Role.LOSS.value, Role.DEVIATION.value
UPSTREAM = "upstream"
"""A letter of its own for the derivative of the loss by the output; without one it is written as a derivative."""

USUAL: Mapping[str, Symbol] = MappingProxyType(
    {
        INPUT: Symbol("x"),
        MEAN: Symbol("\\mu"),
        VARIANCE: Symbol("\\sigma", square=True),
        NORMALISED: Symbol("x", ("hat",)),
        OUTPUT: Symbol("y"),
        SCALE: Symbol("\\gamma"),
        SHIFT: Symbol("\\beta"),
        EPSILON: Symbol("\\epsilon"),
        SIZE: Symbol("N"),
        LOSS: Symbol("L"),
    }
)


@dataclass(frozen=True)
class Spelling:
    """The symbol of each quantity of the graph, of the size, the loss and, where there is a letter for it, s.

    `sign` is the sign of differentiation in LaTeX; `beyond_ascii` says whether plain text may leave ASCII.
    """

    symbols: Mapping[str, Symbol]
    sign: str = "\\partial"
    beyond_ascii: bool = False
    adjoints: bool = False
    """Whether the derivative of the loss by x is written dx."""
    rooted: bool = False
    """Whether whole powers of v + eps are written with the letter for its root as well."""
    counted: frozenset[int] | None = None
    """The axes whose places have a letter for their number; None: all."""

    @classmethod
    def default(cls) -> Spelling:
        return cls(USUAL)

    @classmethod
    def unicode(cls) -> Spelling:
        """Greek letters, hats and small indices, with g for dL/dy and s for the root."""
        short = {VARIANCE: Symbol("v"), SIZE: Symbol("n"), DEVIATION: Symbol("s"), UPSTREAM: Symbol("g")}
        return cls({**USUAL, **short}, beyond_ascii=True)

    def size(self, axis: int) -> str:
        """The name of the count of an axis, where it has a letter of its own."""
        own = f"{SIZE} {axis}"
        return own if own in self.symbols else SIZE

    def symbol(self, name: str) -> Symbol:
        """A free symbol is spelled as its name."""
        return self.symbols.get(name) or Symbol(name)

    def latex(self, name: str, index: Sequence[str] = ()) -> str:
        symbol = self.symbol(name)
        stem = latex(Name(symbol.letter, symbol.accents))
        below = (*symbol.tags, *index)
        if below:
            joint = joined(below)
            stem += f"_{joint}" if len(joint) == 1 else f"_{{{joint}}}"
        return f"{stem}^2" if symbol.square else stem

    def plain(self, name: str, index: Sequence[str] = ()) -> str:
        symbol = self.symbol(name)
        stem = self.accented(letter(symbol.letter, self.beyond_ascii), symbol.accents)
        below = (*(letter(tag, self.beyond_ascii) for tag in symbol.tags), *index)
        stem += lowered(below, self.beyond_ascii)
        return stem + ("²" if self.beyond_ascii else "^2") if symbol.square else stem

    def accented(self, stem: str, accents: Sequence[str]) -> str:
        for accent in accents:
            if accent == "'":
                stem += "'"
            else:
                stem += COMBINING[accent] if self.beyond_ascii else accent
        return stem


def spelling_of(notation: Notation, constant: bool = False) -> Spelling:
    """The letters of one note, the usual ones where it has none; `constant`: with the statistics of inference."""
    own = {role.value: one for one in notation.constants if constant and (role := notation.role(one)) is not None}
    counted = {axes[0]: letter for letter, axes in notation.shape.along.items() if len(axes) == 1}
    sizes = {f"{SIZE} {axis}": Symbol(letter) for axis, letter in counted.items()}
    return Spelling(
        {**USUAL, **{role.value: symbol for role, symbol in notation.written.items()}, **sizes, **own},
        adjoints=notation.adjoints and not notation.losses,
        counted=frozenset(counted) if notation.shape.layer.rank > 1 else None,
    )


# -- plain letters

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "ell": "ℓ",
}  # fmt: skip
SHORT = {"epsilon": "eps", "varepsilon": "eps", "ell": "l"}
COMBINING = {"hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "dot": "\u0307", "check": "\u030c", "breve": "\u0306"}
LOW = dict(zip("0123456789ijklmnoprstuvaehx", "₀₁₂₃₄₅₆₇₈₉ᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₐₑₕₓ", strict=True))
HIGH = dict(zip("0123456789-/", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ᐟ", strict=True))


def letter(written: str, beyond_ascii: bool) -> str:
    """`\\gamma` is gamma or γ, `\\mathcal{B}` is B."""
    for wrapper in ("\\mathcal{", "\\mathbb{", "\\mathfrak{", "\\mathscr{", "\\text{", "\\mathbf{"):
        written = written.replace(wrapper, "")
    bare = written.replace("\\", "").replace("{", "").replace("}", "").replace(" ", "")
    return (GREEK if beyond_ascii else SHORT).get(bare, bare)


def lowered(index: Sequence[str], beyond_ascii: bool) -> str:
    """Indices behind a letter: `_ij`, or small letters where all have one."""
    if not index:
        return ""
    joint = joined(index)
    if beyond_ascii and all(character in LOW for character in joint):
        return "".join(LOW[character] for character in joint)
    return f"_{joint}"
