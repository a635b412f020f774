"""Zarr stores for runs too long for memory: folders of chunks that are written, resumed and read piece by piece.

The format is zarr: each chunk is a file of its own that is there completely or not at all, so a run that is killed
leaves all it had finished, a run that grows needs no length in advance, and another process can look at it while
it is written. One netCDF4 file has none of the three: its index is lost with the process that grows it.
"""
