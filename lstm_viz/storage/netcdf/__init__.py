"""netCDF4 files of traces: written with xarray, read with h5py alone."""
