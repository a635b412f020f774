"""Cells: the textbook's equations of one step, their activation functions, and cells as modules."""
