"""Pickles and archives that no program writes: bombs, cycles, lies about sizes, tricks with names and identities."""

from __future__ import annotations

import io
import pickle
import struct
import zipfile

import torch
from torch import nn

from tests.checkpoints.readers.pickled_files import saved

#: Steps that a pickle may have here: few, since types are checked and calls counted at each; and in the process that
#: reads, where nothing does.
STEPS, MANY_STEPS = 20_000, 200_000
GOOD = saved(nn.LSTM(2, 3).state_dict())
LEGACY = saved(nn.LSTM(2, 3).state_dict(), _use_new_zipfile_serialization=False)
PLAIN = pickle.dumps({name: part.numpy() for name, part in nn.LSTM(2, 3).state_dict().items()})
#: Pieces of pickles: a text, a whole number, a name of a function.
PROTO, STOP = b"\x80\x02", b"."


def text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + struct.pack("<I", len(raw)) + raw


def number(value: int) -> bytes:
    raw = value.to_bytes(16, "little", signed=True)
    return b"\x8a" + bytes([len(raw)]) + raw


def name(module: str, attribute: str) -> bytes:
    return f"c{module}\n{attribute}\n".encode()


def archive(body: bytes, **members: bytes) -> bytes:
    """An archive of torch.save's with this pickle, and records by their keys."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("m/data.pkl", body)
        for key, record in members.items():
            made.writestr(f"m/data/{key}", record)
    return file.getvalue()


def storage(kind: bytes = name("torch", "FloatStorage"), key: bytes = text("a"), count: int = 18) -> bytes:
    return b"((" + text("storage") + kind + key + text("cpu") + number(count) + b"tQ"


def tensor(shape: bytes, strides: bytes, offset: bytes = b"K\0", kept: bytes | None = None) -> bytes:
    """A tensor: the function, its arguments, the call."""
    kept = storage() if kept is None else kept
    return name("torch._utils", "_rebuild_tensor_v2") + kept + offset + shape + strides + b"\x89)tR"


def weights(what: bytes) -> bytes:
    """An archive whose lstm.weight_hh_l0 is this, beside a sound weight."""
    sound = tensor(b"(K\x0cK\x02t", b"(K\x02K\x01t", kept=storage(key=text("b"), count=24))
    pairs = text("lstm.weight_ih_l0") + sound + text("lstm.weight_hh_l0") + what
    return archive(PROTO + b"}(" + pairs + b"u.", a=bytes(36 * 4), b=bytes(24 * 4))


ROWS, STEP = b"(K\x0cK\x03t", b"(K\x03K\x01t"


def doubled(start: bytes, levels: int, join: bytes) -> bytes:
    """A value inside two of itself, inside two of that, and so on: 2**levels of them by name, few in memory."""
    parts = [start, b"q\0"]
    parts += [b"0" + (b"h\0h\0" + join + b"q\0") for _ in range(levels)]
    return b"".join(parts)


def long_bombs(steps: int) -> dict[str, bytes]:
    """Pickles of many pieces, nearly as many as the steps that one may have, or more."""
    return {
        "a memo of a million": PROTO
        + b"N"
        + b"".join(b"r" + struct.pack("<I", k) for k in range(steps * 3 // 2))
        + STOP,
        "a million lists in each other": PROTO + b"(" * (steps * 3 // 4) + b"l" * (steps * 3 // 4) + STOP,
        "a million tuples in each other": PROTO + b")" + b"\x85" * (steps * 19 // 20) + STOP,
        "steps without end": PROTO + b"N0" * (steps * 3 // 4) + b"N.",
        "calls of calls": PROTO + name("os", "system") + b")R" * (steps // 4) + STOP,
        "a call of a list that is copied a million times": PROTO
        + b"]q\0("
        + b"N" * 1000
        + b"e"
        + (name("collections", "OrderedDict") + b"(h\0tR0") * (steps // 200)
        + STOP,
        "keys that collide": PROTO
        + b"}("
        + b"".join(number(k * (2**61 - 1)) + b"N" for k in range(1, steps // 10))
        + b"u.",
    }


HUGE = 2**62
BOMBS = {
    **long_bombs(STEPS),
    "a place in the memo of 5,000 digits": PROTO + b"Np" + b"9" * 5000 + b"\n.",
    "a number of a gigabyte": PROTO + b"\x8b" + struct.pack("<i", 2**30) + b"\1.",
    "a number of a length below zero": PROTO + b"\x8b" + struct.pack("<i", -5) + b"\1.",
    "a number of 100,000 digits": b"(lp0\nL" + b"9" * 100_000 + b"L\na.",
    "a text of 2**62": PROTO + b"\x8d" + struct.pack("<Q", HUGE) + b"a.",
    "a text of 2**32": PROTO + b"X" + struct.pack("<I", 2**32 - 1) + b"a.",
    "bytes of 2**62": PROTO + b"\x8e" + struct.pack("<Q", HUGE) + b"a.",
    "changing bytes of 2**62": PROTO + b"\x96" + struct.pack("<Q", HUGE) + b"a.",
    "a text of a length below zero": PROTO + b"T" + struct.pack("<i", -1) + b"a.",
    "a list in itself": PROTO + b"]q\0h\0a.",
    "a dictionary in itself": PROTO + b"}q\0" + text("a") + b"h\0s.",
    "an object in its own state": PROTO + name("a", "B") + b")\x81q\0}" + text("x") + b"h\0sb.",
    "two to the power of 60 lists": PROTO + doubled(b"]", 60, b"\x86") + STOP,
    "two to the power of 60 keys": PROTO + doubled(b")", 60, b"\x86") + b"0}(h\0h\0u.",
    "two to the power of 60 tensors": archive(
        PROTO + doubled(tensor(b"(K\x01t", b"(K\x01t"), 20, b"\x86") + STOP, a=bytes(80)
    ),
    "a call of a number": PROTO + b"K\1)R.",
    "a call with a list": PROTO + name("os", "system") + b"]R.",
    "a key that is a dictionary": PROTO + b"}}Ns.",
    "a name of 100,000 letters": PROTO + name("a" * 100_000, "b") + STOP,
    "a name of a number": b"\x80\x04K\1K\2\x93.",
    "an extension's code": PROTO + b"\x82\1.",
    "a large extension's code": PROTO + b"\x84\xff\xff\xff\x7f.",
    "an identity outside the pickle": PROTO + text("x") + b"Q.",
    "an identity by a line": b"Pa/b\n.",
    "a stack that is empty": PROTO + b"R.",
    "a mark that is not there": PROTO + b"Nt.",
    "values that are left": PROTO + b"NN.",
    "no end": PROTO + b"N",
    "an opcode that is none": PROTO + b"\xff.",
    "a protocol that is none": b"\x80\x09N.",
    "a buffer outside the pickle": b"\x80\x05\x97.",
    "an old object of nothing": PROTO + b"(o.",
    "a text without an end": b"Vabc",
    "a quotation without an end": b"S'abc\n.",
    "a float that is none": b"Fabc\n.",
    "half a pair": PROTO + b"}(Nu.",
    "an item of a number": PROTO + b"K\1Na.",
    "a file of torch.save's in itself": PROTO + name("torch.storage", "_load_from_bytes") + b"(B\4\0\0\0abcdtR.",
}  # fmt: skip
LIES = {
    "a shape of 10**18": weights(tensor(b"(" + number(10**9) * 2 + b"t", STEP)),
    "a shape of 2**100": weights(tensor(b"(" + number(2**100) + b"K\3t", STEP)),
    "a shape below zero": weights(tensor(b"(" + number(-12) + b"K\3t", STEP)),
    "a shape of text": weights(tensor(b"(" + text("12") + b"K\3t", STEP)),
    "a shape of truth": weights(tensor(b"(\x88K\3t", STEP)),
    "a shape that is a list": weights(tensor(b"(K\x0cK\3l", STEP)),
    "a shape without strides": weights(tensor(ROWS, b")")),
    "65 axes": weights(tensor(b"(" + b"K\1" * 65 + b"t", b"(" + b"K\1" * 65 + b"t")),
    "strides below zero": weights(tensor(ROWS, b"(" + number(-3) + b"K\1t")),
    "strides of zero": weights(tensor(b"(" + number(10**6) * 2 + b"t", b"(K\0K\0t")),
    "strides out of the storage": weights(tensor(ROWS, b"(" + number(10**12) + b"K\1t")),
    "an offset below zero": weights(tensor(ROWS, STEP, number(-1))),
    "an offset out of the storage": weights(tensor(ROWS, STEP, number(10**12))),
    "a storage of no class": weights(tensor(ROWS, STEP, kept=storage(name("os", "FloatStorage")))),
    "a storage of text": weights(tensor(ROWS, STEP, kept=text("a"))),
    "a storage that is not there": weights(tensor(ROWS, STEP, kept=storage(key=text("z")))),
    "a storage elsewhere": weights(tensor(ROWS, STEP, kept=storage(key=text("../../../etc/passwd")))),
    "a key of 1,000 letters": weights(tensor(ROWS, STEP, kept=storage(key=text("a" * 1000)))),
    "a count below zero": weights(tensor(ROWS, STEP, kept=storage(count=-1))),
    "a storage of eight bytes each": weights(tensor(ROWS, STEP, kept=storage(name("torch", "DoubleStorage")))),
    "whole numbers": weights(tensor(ROWS, STEP, kept=storage(name("torch", "IntStorage")))),
    "a dictionary for a tensor": weights(b"}"),
}
ARCHIVES = {
    "an archive of nothing": b"PK\x05\x06" + bytes(18),
    "half of an archive": GOOD[: len(GOOD) // 2],
    "an end that says 2**40 members": GOOD[:-66] + struct.pack("<Q", 2**40) + GOOD[-58:],
    "a list of 2**60 bytes": GOOD[:-58] + struct.pack("<Q", 2**60) + GOOD[-50:],
    "half of an older file": LEGACY[: len(LEGACY) - 40],
    "an older file without its numbers": LEGACY[: LEGACY.index(b"weight_hh_l0") + 700],
    "half of a pickle": PLAIN[: len(PLAIN) // 2],
}


def bomb() -> bytes:
    """A member that unpacks to much more than a checkpoint may have."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("m/data.pkl", bytes(300_000_000))
    return file.getvalue()


def overlapping() -> bytes:
    """Two members that begin at one place."""
    data = bytearray(GOOD)
    places = [place for place in range(len(data)) if data[place : place + 4] == b"PK\x01\x02"]
    data[places[1] + 42 : places[1] + 46] = data[places[0] + 42 : places[0] + 46]
    return bytes(data)


def lying_size(size: int) -> bytes:
    """A member whose list says another size than it has."""
    data = bytearray(GOOD)
    place = [place for place in range(len(data)) if data[place : place + 4] == b"PK\x01\x02"][4]
    data[place + 20 : place + 28] = struct.pack("<II", size, size)
    return bytes(data)


def twice() -> bytes:
    """Two members of one name."""
    data = bytearray(GOOD)
    return bytes(data.replace(b"archive/data/1", b"archive/data/0"))


def repeated() -> bytes:
    """One storage of 4 MB under 5,000 names, each a weight that fits after an LSTM."""
    state = {f"lstm.{key}": part for key, part in nn.LSTM(2, 3).state_dict().items()}
    large = torch.zeros(10**6 // 3, 3)
    state |= {f"head{k}.weight": large for k in range(5000)}
    return saved(state)


HEAVY = {
    "a bomb of zeros": bomb,
    "members over each other": overlapping,
    "a size of 4 GB": lambda: lying_size(0xFFFFFFF0),
    "a size that is too small": lambda: lying_size(4),
    "two members of one name": twice,
}
