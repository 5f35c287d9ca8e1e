"""What all tests share: drawn examples are the same in every run, and never timed."""

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")
