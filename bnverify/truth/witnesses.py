"""The names of the three witnesses; nothing here knows how they work."""

ALL = ("proof", "symbolic", "numeric")
