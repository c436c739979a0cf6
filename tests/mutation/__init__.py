"""Wrong notes made on purpose, rightly rewritten notes, and an evaluator that shares nothing with the package."""
