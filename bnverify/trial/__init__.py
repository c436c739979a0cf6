"""A backward function of a user -> which derived truth it satisfies, or the smallest edit of the truth that it is.

The user's file is read as text here and run in a child process alone.
"""
