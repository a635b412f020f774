"""Recording by PyTorch's own operations on a CPU."""
