"""The tests of this folder share the files made in `hostile_files` and the table in `bad_inputs`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
