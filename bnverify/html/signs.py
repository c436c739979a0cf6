"""Commands of LaTeX -> the characters that a page shows for them."""

from __future__ import annotations

from collections.abc import Mapping

from bnverify.pattern import pattern
from bnverify.read.plain import SIGNS as LETTERS

TABLE = (
    "Rightarrow ⇒ implies ⟹ Longrightarrow ⟹ rightarrow → to → longrightarrow ⟶ iff ⟺ Leftrightarrow ⇔ "
    "Longleftrightarrow ⟺ leadsto ⇝ mapsto ↦ leftarrow ← gets ← triangleq ≜ coloneqq ≔ eqqcolon ≕ defeq ≝ "
    "eqdef ≝ doteq ≐ equiv ≡ cong ≅ simeq ≃ subset ⊂ subseteq ⊆ notin ∉ ll ≪ gg ≫ mid ∣ therefore ∴ because ∵ "
    "wedge ∧ land ∧ forall ∀ exists ∃ blacksquare ■ square □ Box □ qed □ qedsymbol □ qedhere □ checkmark ✓ "
    "Diamond ◇ lozenge ◊ star ⋆ ast ∗ dagger † ddagger ‡ times × cdot ⋅ cdotp ⋅ circ ∘ odot ⊙ otimes ⊗ div ÷ "
    "pm ± mp ∓ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ dots … ldots … dotsb ⋯ dotsc … cdots ⋯ vdots ⋮ ddots ⋱ "
    "top ⊤ intercal ⊺ perp ⊥ cap ∩ cup ∪ setminus ∖ emptyset ∅ prime ′ oplus ⊕ bullet ∙ surd √ bigstar ★ "
).split()
"""Names of commands and their characters in turn."""
MORE = {f"\\{name}": sign for name, sign in zip(TABLE[::2], TABLE[1::2], strict=True)} | {"\\mathbf{1}": "𝟏"}
COMMANDS = {**{name: sign for name, sign in LETTERS.items() if name.startswith("\\")}, **MORE}
SIGNS = {**COMMANDS, "-": "−", "*": "∗"}
ACCENTS = {"hat": "^", "tilde": "~", "bar": "¯", "dot": "˙", "check": "ˇ", "breve": "˘", "vec": "→"}
OPENING = {"(": "(", "[": "[", "{": "{", "|": "|", "<": "⟨", "\\|": "‖", "⟦": "⟦", ".": ""}
CLOSING = {
    ")": ")", "]": "]", "\\}": "}", "\\rbrace": "}", "|": "|", "\\rangle": "⟩", "⟩": "⟩", "\\|": "‖", "\\rbrack": "]",
    "\\rrbracket": "⟧", "⟧": "⟧", ".": "",
}  # fmt: skip
CLOSER_OF = {"(": ")", "[": "]", "{": "}", "|": "|", "<": "⟩", ".": ""}

STYLED = pattern(r"\\(?P<alphabet>mathcal|mathbb|mathds|mathbbm|mathfrak|mathscr|text)\{(?P<inner>.*)\}")
SCRIPT = (0x1D49C, dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True)))
DOUBLE = (0x1D538, dict(zip("CHNPQRZ", "ℂℍℕℙℚℝℤ", strict=True)))
FRAKTUR = (0x1D504, dict(zip("CHIRZ", "ℭℌℑℜℨ", strict=True)))
ALPHABETS: Mapping[str, tuple[int, Mapping[str, str]]] = {
    "mathcal": SCRIPT, "mathscr": SCRIPT, "cal": SCRIPT, "mathbb": DOUBLE, "mathds": DOUBLE, "mathbbm": DOUBLE,
    "mathfrak": FRAKTUR, "mathbf": (0x1D400, {}),
}  # fmt: skip
"""Where the capital letters of an alphabet begin, the small ones behind them, and which letters stand elsewhere."""


def in_alphabet(alphabet: str, letters: str) -> str:
    """`\\mathcal{B}` is ℬ, `\\mathbb{R}` is ℝ, `\\mathbf{x}` is 𝐱."""
    return "".join(_placed(*ALPHABETS[alphabet], one) for one in letters) if alphabet in ALPHABETS else letters


def _placed(begin: int, elsewhere: Mapping[str, str], letter: str) -> str:
    if not (letter.isascii() and letter.isalpha()):
        return letter
    return elsewhere.get(letter) or chr(begin + ord(letter) - ord("A") - (6 if letter.islower() else 0))


def sign_of(written: str) -> str:
    """The character of a letter or a command as the tree has it; a command that is not known stays as written."""
    if written in SIGNS:
        return SIGNS[written]
    styled = STYLED.fullmatch(written)
    if styled is None:
        return written
    inner = SIGNS.get(styled["inner"], styled["inner"])
    return inner if styled["alphabet"] == "text" else in_alphabet(styled["alphabet"], inner)
