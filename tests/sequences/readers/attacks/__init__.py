"""Hostile files made by hand, format by format: each a lie that this format can tell, and what has to come of it."""

from __future__ import annotations

from tests.sequences.readers.attacks.arrays import MATLAB_ATTACKS, NETCDF_ATTACKS
from tests.sequences.readers.attacks.arrow import FEATHER_ATTACKS
from tests.sequences.readers.attacks.attack import Attack
from tests.sequences.readers.attacks.hdf5_files import HDF5_ATTACKS
from tests.sequences.readers.attacks.packed import COMPRESSED_ATTACKS
from tests.sequences.readers.attacks.recordings import EDF_ATTACKS, WAV_ATTACKS
from tests.sequences.readers.attacks.series import MARKUP_ATTACKS
from tests.sequences.readers.attacks.sheets import ODS_ATTACKS

__all__ = ["FORMATS", "Attack"]

FORMATS = {
    "wav": WAV_ATTACKS,
    "edf": EDF_ATTACKS,
    "netcdf": NETCDF_ATTACKS,
    "matlab": MATLAB_ATTACKS,
    "compressed": COMPRESSED_ATTACKS,
    "series": MARKUP_ATTACKS,
    "ods": ODS_ATTACKS,
    "feather": FEATHER_ATTACKS,
    "hdf5": HDF5_ATTACKS,
}
