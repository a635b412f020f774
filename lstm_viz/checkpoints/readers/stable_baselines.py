"""Stable-Baselines3's archives (.zip), whose policy is a state_dict of torch's; and other archives, which are refused.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

from dataclasses import replace

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import torch_file
from lstm_viz.checkpoints.readers.zip_archive import locked_error, open_zip

POLICY = "policy.pth"


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a policy. CheckpointError where there are none, or where the archive holds no policy."""
    archive = open_zip(data, limits)
    if POLICY not in archive:
        if any(member.encrypted for member in archive.members.values()):
            raise locked_error()
        raise CheckpointError(
            f"This archive is none of Stable-Baselines3, which has a {POLICY}: it holds "
            f"{list_names(archive.members, most=6) or 'nothing'}. Unpack it, and open the model's file or folder."
        )
    return replace(torch_file.read(archive.read(POLICY), limits), format="Stable-Baselines3")
