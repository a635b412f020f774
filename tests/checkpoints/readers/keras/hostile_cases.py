"""The hostile Keras files by what is wrong with them: archives, files of weights, and models of Keras 2."""

from __future__ import annotations

import io
import json
import warnings
import zipfile

import h5py
import numpy as np

from tests.checkpoints.readers.keras.hostile_files import (
    CELL,
    archive,
    declared,
    hdf5,
    instead,
    layer,
    older,
    sequential,
)

GOOD, GOOD_HDF5, GOOD_OLDER = archive(), hdf5(), older()
ZEROS = np.zeros(2**23, "f")


def nested(levels):
    """Models inside each other."""
    inside = layer()
    for number in range(levels):
        inside = sequential(inside)
        inside["config"]["name"] = f"model_{number}"
    return inside


def elsewhere(**how):
    """Numbers that are kept in another file."""

    def change(file):
        del file[f"{CELL}/0"]
        file[CELL].create_dataset("0", (3, 16), "f4", **how)

    return hdf5(change)


def virtual(file):
    layout = h5py.VirtualLayout((3, 16), "f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(3, 16))
    del file[f"{CELL}/0"]
    file[CELL].create_virtual_dataset("0", layout)


def linked(link, place=f"{CELL}/0"):
    def change(file):
        del file[place]
        file[place] = link

    return hdf5(change)


def looped(file):
    file["layers/again"] = file["layers"]


def woven(file):
    for number in range(8):
        file[f"layers/again{number}"] = file["layers"]


def deep(file):
    file.create_group("/".join(["layers"] * 40))


def many(file):
    for number in range(4000):
        file.create_group(f"other/{number}")


def attribute(name, value, place="model_weights"):
    def change(file):
        file[place].attrs[name] = value

    return older(change)


def lying(data, name=b"model.weights.h5", size=100):
    """An archive whose listing tells another size of a member than it has."""
    changed = bytearray(data)
    place = changed.rindex(name) - 46
    assert changed[place : place + 4] == b"PK\x01\x02"
    changed[place + 24 : place + 28] = size.to_bytes(4, "little")
    return bytes(changed)


def endless():
    """A description in a heap of words whose free space has no size: HDF5 1.14 reads such a heap for ever."""
    changed = bytearray(GOOD_OLDER)
    place = changed.index(b"GCOL") + 16
    while number := int.from_bytes(changed[place : place + 2], "little"):
        place += 16 + -(-int.from_bytes(changed[place + 8 : place + 16], "little") // 8) * 8
    assert number == 0
    changed[place + 8 : place + 16] = bytes(8)
    return bytes(changed)


def flipped(before, place, bits):
    """A file of Keras 2 with some bits changed, so many bytes after the place where others stand."""
    changed = bytearray(GOOD_OLDER)
    changed[changed.index(before) + place] ^= bits
    return bytes(changed)


def twice():
    memory = io.BytesIO(GOOD)
    with zipfile.ZipFile(memory, "a") as made, warnings.catch_warnings(action="ignore"):
        made.writestr("config.json", json.dumps(sequential(layer(name="other"))))
    return memory.getvalue()


def without(name, other="other"):
    return GOOD.replace(name.encode(), (other * 9)[: len(name)].encode())


def emptied(place=None):
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        if place:
            file[place] = np.ones(4)
    return memory.getvalue()


def vast(file):
    del file[CELL]
    for number in range(2):
        file.create_dataset(f"{CELL}/{number}", (2**19, 2**21), "f4", chunks=(2**10, 2**10))


NODE = layer()
ARCHIVES = {
    "cut in half": GOOD[: len(GOOD) // 2],
    "cut at the end": GOOD[:-5],
    "a letter of the weights is another": GOOD.replace(b"\x89HDF", b"\x89HDG"),
    "no weights": without("model.weights.h5"),
    "no description": without("config.json"),
    "weights above the archive": without("model.weights.h5", "../../x"),
    "two descriptions": twice(),
    "a bomb of zeros": archive(None, None, ("bomb", bytes(2**25)), compression=zipfile.ZIP_DEFLATED),
    "weights that are a bomb": archive(None, bytes(2**25), compression=zipfile.ZIP_DEFLATED),
    "a description that is a bomb": archive(text=" " * 2**25, compression=zipfile.ZIP_DEFLATED),
    "weights larger than told": lying(GOOD),
    "a size of 4 GB": lying(GOOD, size=2**32 - 2),
    "4,000 members": archive(None, None, *((f"assets/{number}", b"") for number in range(4000))),
    "weights that are text": archive(None, b"import os\n" * 50),
    "weights that are empty": archive(None, b""),
    "weights cut in half": archive(None, GOOD_HDF5[: len(GOOD_HDF5) // 2]),
    "no JSON": archive(text="{class_name"),
    "bytes that are no text": archive(text=b"\xff\xfe\x00"),
    "a list": archive([1, 2]),
    "a word twice": archive(text='{"class_name": "Sequential", "class_name": "Model"}'),
    "200 levels": archive(text='{"config":' * 200 + "1" + "}" * 200),
    "a million levels": archive(text="[" * 10**6),
    "models 30 deep": archive(nested(30)),
    "two layers of one name": archive(sequential(layer(), layer())),
    "another layer's weights": archive(sequential(layer("LSTM"), layer("LSTM", "second"), layer("Dense", "lstm"))),
    "a layer without weights": archive(sequential(layer("Bidirectional", layer=NODE))),
    "a GRU's description": archive(sequential(layer("GRU"))),
    "a wrapper of nothing": archive(sequential(layer("Bidirectional"))),
    "an RNN of words": archive(sequential(layer("RNN", cell="LSTMCell"))),
    "cells that are a number": archive(
        sequential(layer("RNN", cell={"class_name": "StackedRNNCells", "config": {"cells": 4}}))
    ),
    "a person's own activation": archive(sequential(layer(activation={"class_name": "Lambda", "config": ["4w"]}))),
    "an activation of code": archive(sequential(layer(recurrent_activation=["4wEAAAA", None]))),
}  # fmt: skip
FILES = {
    "cut in half": GOOD_HDF5[: len(GOOD_HDF5) // 2],
    "cut at the end": GOOD_HDF5[:-1],
    "its first bytes alone": GOOD_HDF5[:8],
    "zeros after its first bytes": GOOD_HDF5[:8] + bytes(3000),
    "nothing": emptied(),
    "no model": emptied("weather/rain"),
    "a link to the system's file": linked(h5py.ExternalLink("/etc/passwd", "/")),
    "a group that is a link to a file": linked(h5py.ExternalLink("other.h5", "/layers"), "layers/lstm"),
    "a link to itself": linked(h5py.SoftLink(f"/{CELL}/0")),
    "a link to nowhere": linked(h5py.SoftLink("/nowhere")),
    "a group in itself": hdf5(looped),
    "a group in itself eight times": hdf5(woven),
    "groups 40 deep": hdf5(deep),
    "4,000 groups": hdf5(many),
    "numbers in the system's file": elsewhere(external=[("/etc/passwd", 0, 192)]),
    "numbers in a file above": elsewhere(external=[("../../x", 0, 192)]),
    "numbers put together from files": hdf5(virtual),
    "a shape of 4 TB": declared((2**30, 2**10)),
    "a shape of 4 TB in pieces": declared((2**30, 2**10), chunks=(2**10, 2**10)),
    "a matching shape of 4 TB": hdf5(vast),
    "a shape without numbers": declared((3, 16)),
    "a shape without end": declared((3, 16), chunks=(3, 16), maxshape=(None, None)),
    "one piece of 64 MB": declared((3, 16), chunks=(2**12, 2**12), maxshape=(None, None)),
    "packed by what is not known": instead(np.ones((3, 16), "f"), compression="lzf"),
    "packed zeros": instead(ZEROS.reshape(-1, 16), compression="gzip"),
    "NaN": instead(np.full((3, 16), np.nan, "f")),
    "infinity": instead(np.full(16, np.inf, "f"), f"{CELL}/2"),
    "another kernel": instead(np.ones((3, 12), "f")),
    "another recurrent kernel": instead(np.ones((5, 16), "f"), f"{CELL}/1"),
    "another bias": instead(np.ones(15, "f"), f"{CELL}/2"),
    "a bias of three axes": instead(np.ones((1, 1, 16), "f"), f"{CELL}/2"),
    "no features": declared((0, 16)),
    "a single number": instead(np.float32(1)),
    "no shape": instead(h5py.Empty("f")),
    "words": instead(np.array([b"a" * 4] * 48).reshape(3, 16)),
    "words of any length": instead(np.array(["a"] * 48, dtype=object).reshape(3, 16), dtype=h5py.string_dtype()),
    "whole numbers": instead(np.ones((3, 16), "i4")),
    "complex numbers": instead(np.ones((3, 16), "c8")),
    "pairs": instead(np.zeros((3, 16), [("a", "f4"), ("b", "f4")])),
    "places in the file": declared((3, 16), kind=h5py.ref_dtype),
    "two bytes of no kind": instead(np.zeros((3, 16), "V2")),
}  # fmt: skip
OLDER = {
    "a description that is no JSON": attribute("model_config", "{", "/"),
    "a description without end": endless(),
    "a heap of texts that goes on into other bytes": flipped(b"GCOL", 8, 1 << 7),
    "a heap of texts that goes on for long": flipped(b"GCOL", 9, 1 << 2),
    "a description of a type that there is not": flipped(bytes([0x19, 1, 1, 0, 16]), 1, 1 << 1),
    "a description in numbers": attribute("model_config", 5, "/"),
    "a description of words": attribute("model_config", ["a", "b"], "/"),
    "a layer that is not there": attribute("layer_names", [b"lstm", b"other"]),
    "a path as a layer's name": attribute("layer_names", [b"../../../etc"]),
    "no layers": attribute("layer_names", np.array([], "S1")),
    "layers in numbers": attribute("layer_names", [1, 2]),
    "weights that are not there": attribute("weight_names", [b"../../lstm/kernel"], "model_weights/lstm"),
    "weights in numbers": attribute("weight_names", [1.0], "model_weights/lstm"),
    "bytes that are no name": attribute("weight_names", [b"\xff\xfe"], "model_weights/lstm"),
    "one tensor three times": attribute("weight_names", [b"lstm/lstm_cell/kernel:0"] * 3, "model_weights/lstm"),
    "other gates": older(config=sequential(layer(recurrent_activation="hard_sigmoid"))),  # of no version
    "models 30 deep": older(config=nested(30)),
}

CASES = {
    (kind, name): data
    for kind, cases in (("zip", ARCHIVES), ("hdf5", FILES), ("older", OLDER))
    for name, data in cases.items()
}
NAMES = {"zip": "model.keras", "hdf5": "model.weights.h5", "older": "model.h5"}
