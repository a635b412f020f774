"""Sequences and batches: unrolled networks, windows, seams."""
