"""The compiled CPU backend: an LSTM layer recorded by a kernel that Numba compiles. README.md is for its maintainer."""
