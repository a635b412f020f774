"""Files that can't be opened as a model: what each is, by its first bytes or its ending, and what to do instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import NamedTuple

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import quote

FROM_TENSORFLOW = "In Python, load it with TensorFlow and run model.save('model.keras'); open that."
FROM_TORCH = "In the program that made it, run torch.save(model.state_dict(), 'model.pt') and open that."
TO_ONNX = "Export the model to ONNX from the program that trained it, and open the .onnx file."
JOIN_ONNX = (
    "Put both into one: in Python, run onnx.save(onnx.load('model.onnx'), 'whole.onnx') in their folder, and open that."
)
#: Bytes at the beginning that are looked at.
LOOKED_AT = 4096
OPEN_ITS_MODEL = "Choose the file of the model itself."


class OtherKind(NamedTuple):
    """What a file is, as in "it is a picture (PNG)", and the next step."""

    what: str
    next_step: str


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(starts)


def _at(place: int, *marks: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(marks, place)


def _begins_as_text(*starts: bytes) -> Callable[[bytes], bool]:
    """Whether a text begins so, in capitals or not, after spaces and a byte order mark."""
    return lambda data: data[:512].removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(starts)


def _is_openvino(data: bytes) -> bool:
    return _begins_as_text(b"<?xml", b"<net")(data) and b"<net " in data[:4096]


def _is_tensorflow_index(data: bytes) -> bool:
    """The footer of LevelDB's tables, which TensorFlow's checkpoints have."""
    return data[-8:] == 0xDB4775248B80FB57.to_bytes(8, "little")


#: In this order: the first that fits.
BY_BYTES: tuple[tuple[Callable[[bytes], bool], OtherKind], ...] = (
    (
        _starts(b"version https://git-lfs.github.com/spec/"),
        OtherKind(
            "a Git LFS pointer: a few lines that stand for the real file, which was not downloaded",
            "Run “git lfs pull” in the repository, or download the file itself, and open that.",
        ),
    ),
    (
        lambda data: data[:300].lstrip(b"./").startswith((b"annex/objects/", b"git/annex/objects/")),
        OtherKind(
            "a git-annex pointer: a line that stands for the real file, which was not downloaded",
            "Run “git annex get” on it (or “datalad get”) in the repository, and open it then.",
        ),
    ),
    (
        _begins_as_text(b"<!doctype html", b"<html", b"<head", b"<!--"),
        OtherKind(
            "a web page (HTML), as a download gives that asks for a login or went to the wrong address",
            "Download the model's file itself: its size should be near what the page says.",
        ),
    ),
    (
        _is_openvino,
        OtherKind(
            "the graph of an OpenVINO model (XML), whose numbers are in a .bin file beside it",
            f"Neither is read here. {TO_ONNX}",
        ),
    ),
    (_begins_as_text(b"<?xml"), OtherKind("an XML file", OPEN_ITS_MODEL)),
    (
        _starts(b"GGUF"),
        OtherKind("a GGUF file, a format of language models, which can't be read here", f"{TO_ONNX}"),
    ),
    (
        _starts(b"lmgg", b"fmgg", b"tjgg", b"algg"),
        OtherKind("a ggml file, a format of whisper.cpp and llama.cpp, which can't be read here", TO_ONNX),
    ),
    (_at(4, b"TFL3"), OtherKind("a TensorFlow Lite model, which can't be read here", FROM_TENSORFLOW)),
    (_at(4, b"ET12", b"ET13"), OtherKind("an ExecuTorch program (.pte), which can't be read here", FROM_TORCH)),
    (
        _is_tensorflow_index,
        OtherKind("the index of a TensorFlow checkpoint, which says no more than where the numbers are",
                  FROM_TENSORFLOW),
    ),
    (
        _starts(b"MATLAB 5.0", b"MATLAB 7.3"),
        OtherKind(
            "a MATLAB file (.mat), which can't be read here",
            "In MATLAB, run exportONNXNetwork(net, 'model.onnx') and open that.",
        ),
    ),
    (_starts(b"RDX", b"RDA", b"X\n\0\0", b"A\n"), OtherKind("an R object (.rds), which can't be read here", TO_ONNX)),
    (_starts(b"\x89PNG"), OtherKind("a picture (PNG)", OPEN_ITS_MODEL)),
    (_starts(b"\xff\xd8\xff"), OtherKind("a picture (JPEG)", OPEN_ITS_MODEL)),
    (_starts(b"GIF8"), OtherKind("a picture (GIF)", OPEN_ITS_MODEL)),
    (_starts(b"%PDF"), OtherKind("a PDF", OPEN_ITS_MODEL)),
    (_starts(b"PAR1"), OtherKind("a Parquet table", OPEN_ITS_MODEL)),
    (_starts(b"ARROW1"), OtherKind("an Arrow table", OPEN_ITS_MODEL)),
    (_starts(b"SQLite format 3"), OtherKind("a database (SQLite)", OPEN_ITS_MODEL)),
    (_starts(b"\x7fELF", b"MZ"), OtherKind("a program", OPEN_ITS_MODEL)),
    (_starts(b"\x1f\x8b"), OtherKind(
        "packed with gzip",
        "Unpack it first (gunzip; for a .tar.gz: tar xzf), and open the model's file that comes out. An .rds file of "
        "R is packed so too, and can't be read here.",
    )),
    (_starts(b"BZh"), OtherKind("packed with bzip2", "Unpack it first (bunzip2), and open what comes out.")),
    (_starts(b"\xfd7zXZ"), OtherKind("packed with xz", "Unpack it first (unxz), and open what comes out.")),
    (_starts(b"\x28\xb5\x2f\xfd"), OtherKind(
        "packed with Zstandard", "Unpack it first (unzstd), and open what comes out."
    )),
    (_starts(b"Rar!"), OtherKind("packed with RAR", "Unpack it first, and open what comes out.")),
    (_starts(b"7z\xbc\xaf"), OtherKind("packed with 7-Zip", "Unpack it first, and open what comes out.")),
    (_at(257, b"ustar"), OtherKind(
        "a tar archive", "Unpack it first (tar xf), and open the model's file that comes out."
    )),
    (_starts(b"x\x01", b"x\x9c", b"x\xda"), OtherKind(
        "packed with zlib, as joblib.dump(..., compress=True) writes it",
        "In Python, run joblib.load on it, and save the network in it by its own library.",
    )),
)  # fmt: skip

#: Where neither bytes nor ending say what it is, and it can be read.
JSON_TEXT = OtherKind(
    "a text in JSON, such as settings or the error that a server sent instead of a file",
    "Look into it with an editor, and download or choose the model's file itself.",
)
PLAIN_TEXT = OtherKind(
    "a plain text, and no trained model", "Look into it with an editor, and download or choose the model's file itself."
)

#: Where the first bytes say nothing.
BY_ENDING: dict[str, OtherKind] = {
    ".ort": OtherKind("ONNX Runtime's own form of a model", "Open the .onnx file that it was made from."),
    ".tflite": OtherKind("a TensorFlow Lite model, which can't be read here", FROM_TENSORFLOW),
    ".pb": OtherKind("a graph of TensorFlow, which can't be read here", FROM_TENSORFLOW),
    ".index": OtherKind("a part of a TensorFlow checkpoint, which can't be read here", FROM_TENSORFLOW),
    ".meta": OtherKind("a part of a TensorFlow checkpoint, which can't be read here", FROM_TENSORFLOW),
    ".msgpack": OtherKind(
        "a file of Flax (msgpack), which can't be read here",
        "In Python, load it with flax.serialization.msgpack_restore, and save the arrays by name, as torch.nn.LSTM "
        "names them: safetensors.numpy.save_file(arrays, 'model.safetensors').",
    ),
    ".mat": OtherKind(
        "a MATLAB file, which can't be read here", "In MATLAB, run exportONNXNetwork(net, 'model.onnx') and open that."
    ),
    ".mlmodel": OtherKind("a Core ML model, which can't be read here", "Open the model that it was converted from."),
    ".pte": OtherKind("an ExecuTorch program, which can't be read here", FROM_TORCH),
    ".rds": OtherKind("an R object, which can't be read here", TO_ONNX),
    ".rdata": OtherKind("R objects, which can't be read here", TO_ONNX),
    ".params": OtherKind("a file of MXNet, which can't be read here", TO_ONNX),
    ".caffemodel": OtherKind("a file of Caffe, which can't be read here", TO_ONNX),
    ".pdmodel": OtherKind("a program of Paddle, whose weights are elsewhere", "Open the .pdparams file."),
    ".pdiparams": OtherKind(
        "weights of Paddle without their names",
        "Open the .pdparams file of training, or in Python run paddle.save(model.state_dict(), 'model.pdparams').",
    ),
    ".pdopt": OtherKind("the state of an optimiser of Paddle", "Open the .pdparams file."),
    ".joblib": OtherKind(
        "a file of joblib", "In Python, run joblib.load on it, and save the network in it by its own library."
    ),
    ".engine": OtherKind("a program of TensorRT, which can't be read here", TO_ONNX),
    ".plan": OtherKind("a program of TensorRT, which can't be read here", TO_ONNX),
    ".mar": OtherKind("an archive of TorchServe", "Unpack it (unzip), and open the .pt file in it."),
    ".nemo": OtherKind("an archive of NeMo", "Unpack it (tar xf), and open the .ckpt file in it."),
    ".py": OtherKind("a program's text, not what it trained", OPEN_ITS_MODEL),
    ".ipynb": OtherKind("a notebook, not what it trained", OPEN_ITS_MODEL),
    ".t7": OtherKind(
        "a file of Lua's Torch, which can't be read here",
        "In Python, read it with the package torchfile, copy its weights into a torch.nn.LSTM, and save that one's "
        "state_dict.",
    ),
    ".data": OtherKind("the numbers of a model, whose graph is in another file", JOIN_ONNX),
    ".onnx_data": OtherKind("the numbers of an ONNX model, whose graph is in the .onnx file", JOIN_ONNX),
    ".json": OtherKind(
        "a list of settings, or the index of a model in several files",
        "Choose the files of weights that it names, all together, or the folder.",
    ),
    ".yml": OtherKind("a list of settings", "Choose the file of weights that goes with it, or the folder."),
    ".yaml": OtherKind("a list of settings", "Choose the file of weights that goes with it, or the folder."),
}


def refuse_other_kinds(data: bytes | memoryview, name: str) -> None:
    """Raise CheckpointError where the first bytes are those of another kind of file.

    >>> refuse_other_kinds(b"\\x89PNG", "model.pt")
    Traceback (most recent call last):
    lstm_viz.checkpoints.errors.CheckpointError: “model.pt” can't be opened: it is a picture (PNG). Choose the file \
of the model itself.
    """
    ends = bytes(data[:LOOKED_AT]) + bytes(data[LOOKED_AT:][-8:])
    for fits, kind in BY_BYTES:
        if fits(ends):
            raise other_kind_error(name, kind)
    ending = PurePath(name).suffix.lower()
    if ending not in BY_ENDING and _is_text(ends):
        raise other_kind_error(name, JSON_TEXT if _begins_as_text(b"{", b"[")(ends) else PLAIN_TEXT)


def _is_text(data: bytes) -> bool:
    """Whether bytes are a text that no pickle of protocol 0 is, which begins and ends with marks of its own.

    >>> [_is_text(data) for data in (b"Not found", b"(dp0\\nS'a'\\nI1\\ns.", bytes(40))]
    [True, False, False]
    """
    try:
        words = data[:LOOKED_AT].decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if len(data) <= LOOKED_AT or error.start < LOOKED_AT - 4:
            return False
        words = data[: error.start].decode("utf-8-sig")
    pickled = data[:1] in (b"(", b"]", b"}", b"c") and data.endswith(b".")
    return bool(words.strip()) and not pickled and all(sign.isprintable() or sign in "\t\r\n\f" for sign in words)


def other_ending_error(name: str, endings: tuple[str, ...]) -> CheckpointError:
    """The error for a file that neither its bytes nor its ending tell as a model's."""
    ending = PurePath(name).suffix.lower()
    if ".data-" in PurePath(name).name.lower():
        ending = ".index"
    if ending in BY_ENDING:
        return other_kind_error(name, BY_ENDING[ending])
    why = f"“{ending}” is no ending of one" if ending else "its name has no ending"
    return CheckpointError(
        f"A model's file ({', '.join(endings)}) was expected, but {quote(name or 'this file')} is none that is known: "
        f"{why}, and its first bytes are those of no such file. Choose the file that the training program saved."
    )


def other_kind_error(name: str, kind: OtherKind) -> CheckpointError:
    """The error for a file of another kind."""
    return CheckpointError(f"{quote(name or 'this file')} can't be opened: it is {kind.what}. {kind.next_step}")
