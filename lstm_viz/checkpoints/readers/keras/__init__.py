"""Keras files, read with h5py and json alone: no code of Keras, and none that a file brings, is run."""
