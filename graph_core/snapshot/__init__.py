"""Snapshots: figures of a day frozen as files, with one self-contained page, and the check that they are unchanged."""
