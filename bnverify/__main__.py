"""The program's entry: turns every way of ending into one of its own exit statuses."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys


def run() -> None:
    """Run the command line and exit. 130 interrupted, 2 wrong use or an internal error, else as the command says."""
    # A run makes many small objects that live to its end: looking through them for circles is time lost.
    gc.set_threshold(200_000, 50, 50)
    _write_what_can_be_written()
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        status = _main()
        sys.stdout.flush()
    except KeyboardInterrupt:
        status = _say("interrupted", 130)
    except BrokenPipeError:
        # What reads our output has gone; it took what it wanted.
        _let_go_of_the_output()
        status = 2
    except OSError as trouble:
        _let_go_of_the_output()
        status = _say(f"error: the output cannot be written: {trouble.strerror or trouble}", 2)
    except Exception as trouble:
        if os.environ.get("BNVERIFY_TRACEBACK"):
            raise
        status = _say(f"internal error: {type(trouble).__name__}: {trouble}\nplease report this as a bug", 2)
    # The interpreter looks for circles once more before it ends, and all memory goes back anyway.
    gc.freeze()
    sys.exit(status)


def _let_go_of_the_output() -> None:
    """What waits to be written goes nowhere: Python would try again while it exits, complain, and change the status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(*_: object) -> None:
    """Being asked to end is an interrupt: what was begun is put away."""
    raise KeyboardInterrupt


def _write_what_can_be_written() -> None:
    """A letter that a terminal has no sign for is written by its number, and is no reason to fail."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _main() -> int:
    import click

    from bnverify.cli.main import main
    from bnverify.cli.screen import complain
    from bnverify.cli.timeout import RunTooLong

    try:
        status = main(prog_name="bnverify", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.Abort:
        return _say("interrupted", 130)
    except RunTooLong:
        return _say("error: the time given with --timeout is over, and this run had to be ended", 2)
    except click.ClickException as trouble:
        complain(trouble)
        return 2
    return status if isinstance(status, int) else 0


def _say(words: str, status: int) -> int:
    import contextlib

    with contextlib.suppress(OSError):
        print(words, file=sys.stderr)  # noqa: T201
    return status


if __name__ == "__main__":
    run()
