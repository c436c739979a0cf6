"""How a report is to look, beside its format."""

from bnverify.frozen import frozen


@frozen
class Look:
    """`quiet` leaves one line a note, `verbose` adds every step, `strict` counts warnings as errors."""

    verbose: bool = False
    quiet: bool = False
    strict: bool = False
    until: float | None = None
    """When the run has to end, on the clock `time.monotonic`: what costs more than a look is left out from then on."""


PLAIN = Look()
