"""Tensors drawn as boxes and plates."""
