"""Who is measured: each function takes texts and gives a work, which is prepared anew for each run.

A library that remembers what it was asked gets new letters in each run, so that it has to answer and not to remember.
"""
