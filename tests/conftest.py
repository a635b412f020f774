"""What holds for all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Two test processes share two cores: one thread each, and no deadlines that depend on the neighbour.
os.environ.setdefault("OMP_NUM_THREADS", "1")
settings.register_profile("shared machine", deadline=None, print_blob=True)
settings.load_profile("shared machine")
