"""Saved runs from anyone: a file's bytes are read in a process of their own, as models and sequences are."""
