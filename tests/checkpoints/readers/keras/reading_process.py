"""A process that reads one damaged Keras file after another: one that crashes HDF5 ends it, and not the tests."""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.connection import Connection

import numpy as np

from lstm_viz.checkpoints import CheckpointError, open_checkpoint
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers import read

LIMITS = CheckpointLimits(file_bytes=2**24, unpacked_bytes=2**24, tensors=3000)
#: A file takes milliseconds; what takes so many seconds on the slowest machine has no end.
ENDLESS_SECONDS = 120


def outcome_of(data: bytes, name: str) -> str:
    """The sentence that refuses a file; "" where its LSTMs are sound. Read in this process."""
    try:
        contents = read(data, name, LIMITS)
    except CheckpointError as error:
        return str(error)
    for lstm in contents.lstms:
        assert lstm.lstm_shape.hidden_size
        assert all(np.isfinite(part).all() for part in lstm.parameters.values())
    return ""


def _serve(connection: Connection) -> None:
    while True:
        data, name = connection.recv()
        try:
            connection.send((True, outcome_of(data, name)))
        except Exception as error:
            connection.send((False, repr(error)))


class ReadingProcess:
    """Reads files in a process of its own, which is started anew where a file ended it."""

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def outcome_of(self, data: bytes, name: str) -> str:
        """As `outcome_of`. Where a file crashes its reader, the sentence of the process that reads for people."""
        self._connection.send((data, name))
        if not self._connection.poll(ENDLESS_SECONDS):
            self.stop()
            self._start()
            raise AssertionError(f"{name} is read without end")
        try:
            sound, said = self._connection.recv()
        except EOFError:
            self._start()
            try:
                open_checkpoint(data, name, limits=LIMITS)
            except CheckpointError as error:
                return str(error)
            raise AssertionError(f"{name} crashes one process and not another") from None
        assert sound, said
        return str(said)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.join()
