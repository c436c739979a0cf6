"""Checks hand-written derivations of the batch-normalisation backward pass, line by line, for every batch size."""

from bnverify.api.functions import against, check, check_many, derive, variants

__version__ = "0.1.0"
__all__ = ["__version__", "against", "check", "check_many", "derive", "variants"]
