"""How the pages under `docs/` are kept true: their examples are run, their reference is made, their links resolve."""
