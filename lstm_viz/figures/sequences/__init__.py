"""Sequences and batches: unrolled networks, window boundaries."""
