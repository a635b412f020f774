"""Recording on an NVIDIA GPU by a Triton kernel."""
