"""A format is told by a file's first bytes, however these may look like another's."""

from __future__ import annotations

import pytest
from safetensors.numpy import save

from lstm_viz.checkpoints.readers.formats import SAFETENSORS, TORCH, detect_format


@pytest.mark.parametrize("length", [0x0280, 0x0380, 0x0480, 0x0580])
def test_a_list_whose_length_looks_like_a_pickle_is_safetensors(length):
    listed = save({})[8:].ljust(length)
    data = length.to_bytes(8, "little") + listed
    assert data[0] == 0x80
    assert detect_format(data, "model") is SAFETENSORS


def test_a_pickle_is_a_pickle():
    assert detect_format(b"\x80\x02}q\x00.", "model") is TORCH
