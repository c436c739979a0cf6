"""`bnverify recheck`: hands its words to the program of one file that proves a certificate again."""

from __future__ import annotations

import click

from bnverify.cli.options import FILE


@click.command(short_help="Prove the steps of a certificate again, by another program.")
@click.argument("certificate", type=FILE, metavar="CERTIFICATE")
@click.argument("notes", nargs=-1, required=True, type=FILE, metavar="NOTE...")
@click.option("--show", is_flag=True, help="Print each equation as it was read beside its text.")
def recheck(certificate: str, notes: tuple[str, ...], show: bool) -> int:
    """Prove every step of a certificate again that `bnverify check --certificate FILE` wrote, and compare the text of
    each step with its note.

    It is one file of the standard library, `recheck.py`, made to be read; it shares no code with the rest and runs
    alone. It does not check that the equations are what the text says: --show prints them beside each other.

    Exit status: 0 all holds; 1 something does not hold or does not belong to the note; 2 wrong use or not readable.
    """
    from bnverify.recheck import main

    return main([*(["--show"] if show else []), certificate, *notes])
