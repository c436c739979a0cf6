"""A derived backward pass, as Python gives it."""

from __future__ import annotations

from collections.abc import Mapping

from bnverify.api.printed import Printed
from bnverify.derivation import code, page, written
from bnverify.derivation.derivation import Derivation
from bnverify.derivation.sizes import Sized
from bnverify.frozen import frozen
from bnverify.model.writing import latex
from bnverify.report.pieces import Line, line


@frozen
class Derived(Printed):
    """The derivation of a layer, for every n; `sized` is one batch of it in numbers, if a size was asked for."""

    derivation: Derivation
    sized: Sized | None = None

    @property
    def formulas(self) -> Mapping[str, str]:
        """The final formulas: the derivative on the left as LaTeX -> what it is equal to."""
        spelling = self.derivation.asked.standard.spelling()
        return {latex(one.head, spelling): latex(one.sides[-1], spelling) for one in self.derivation.finals}

    def markdown(self) -> str:
        """A note that `check` accepts, one batch in numbers below it."""
        return written.markdown(self.derivation) + (page.as_markdown(self.sized) if self.sized else "")

    def latex(self) -> str:
        """A document that compiles by itself, and that `check` accepts."""
        return written.latex_document(self.derivation)

    def numpy(self) -> str:
        """A module with the backward pass in NumPy."""
        return code.numpy_module(self.derivation.asked)

    def torch(self) -> str:
        """A module with a `torch.autograd.Function`."""
        return code.torch_module(self.derivation.asked)

    def lines(self) -> list[Line]:
        if self.sized:
            shown = page.derive_page(self.derivation, self.sized)
        else:
            shown = page.every_page(self.derivation)
        return [line(one) for one in shown.rstrip("\n").split("\n")]

    def _repr_html_(self) -> str:
        from bnverify.html.derivation import derivation_html

        return derivation_html(self.derivation)

    def __repr__(self) -> str:
        return f"<bnverify: {written.title(self.derivation.asked)}, {written.convention_words(self.derivation.asked)}>"
