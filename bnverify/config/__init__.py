"""`[tool.bnverify]` of a project: what holds where neither the command line nor a note says."""
