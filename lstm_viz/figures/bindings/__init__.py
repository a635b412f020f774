"""Bindings: how a figure follows a moment, in Python and in the browser."""
