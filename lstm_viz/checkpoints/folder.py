"""Models that are a folder or an index of files: which files are read, and what to do where it is of another kind."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lstm_viz.checkpoints.contents import Contents, decode_contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import list_names, quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.formats import EXTENSIONS
from lstm_viz.checkpoints.readers.other_kinds import FROM_TENSORFLOW_CODE
from lstm_viz.files.sizes import size_in_words
from lstm_viz.sandbox.process import Reader, read_in_child
from lstm_viz.sandbox.wire import Message, texts

INDEX_ENDING = ".index.json"
#: Whole models of Hugging Face's folders, in the order in which they are chosen.
WHOLE_MODELS = ("model.safetensors", "pytorch_model.bin", "model.pt", "model.onnx", "model.keras")
#: Weights of one epoch of a NeuralHydrology run.
EPOCH = re.compile(r"model_epoch(\d{1,6})\.pt")
SCALERS = ("train_data/train_data_scaler.yml", "train_data/train_data_scaler.p")
#: Files of a folder that are looked at.
MAX_FILES = 10_000

ADVICE = {"too_large_advice": "Save the weights alone.", "damaged_advice": "Copy it again from its source."}
FOLDER_READER = Reader(
    "lstm_viz.checkpoints.readers:make_folder_reader",
    CheckpointError,
    decode_contents,
    **ADVICE,
)


def _decode_names(message: Message) -> tuple[str, ...]:
    return texts(message.head["files"])


INDEX_READER = Reader(
    "lstm_viz.checkpoints.readers.several_files:make_index_reader",
    CheckpointError,
    _decode_names,
    **ADVICE,
)


@dataclass(frozen=True)
class ModelFiles:
    """The files of a model by the names that its reader knows them by; one alone is read as a file is."""

    kind: str
    files: dict[str, Path]


def is_several_files(path: Path) -> bool:
    """Whether a path is a folder or an index, so that more than it is read.

    >>> is_several_files(Path("model.safetensors.index.json")), is_several_files(Path("model.pt"))
    (True, False)
    """
    return path.is_dir() or path.name.endswith(INDEX_ENDING)


def find_files(path: Path, limits: CheckpointLimits, *, epoch: int | None = None) -> ModelFiles:
    """The files of the model at a path. CheckpointError where it holds none, several, or one of another kind.

    epoch: of a NeuralHydrology run, the epoch whose weights are read; the last one if it is not said.
    """
    if not path.is_dir():
        return _shards(path, limits)
    names = sorted(entry.name for _, entry in zip(range(MAX_FILES), path.iterdir(), strict=False))
    epochs = {int(match[1]): name for name in names if (match := EPOCH.fullmatch(name))}
    if epoch is not None and not (epochs and "config.yml" in names):
        raise CheckpointError(f"{quote(path.name)} is no run of NeuralHydrology, so it has no epoch {epoch}.")
    if epochs and "config.yml" in names:
        return _run(path, epochs, epoch)
    if "data.pkl" in names and (path / "data").is_dir():
        return _unpacked(path)
    indices = [name for name in names if name.endswith(INDEX_ENDING)]
    for whole in WHOLE_MODELS:
        if f"{whole}{INDEX_ENDING}" in indices and whole not in names:
            return _shards(path / f"{whole}{INDEX_ENDING}", limits)
        if whole in names:
            return ModelFiles("", {whole: path / whole})
    if len(indices) == 1:
        return _shards(path / indices[0], limits)
    _refuse_other_folders(path, names)
    return _only_model(path)


def read_files(chosen: ModelFiles, limits: CheckpointLimits) -> Contents:
    """What several files hold, read in one child process. CheckpointError where they are too large or broken."""
    _check_size(sum(file.stat().st_size for file in chosen.files.values()), limits)
    return _read_parts(chosen.kind, {name: file.read_bytes() for name, file in chosen.files.items()}, limits)


def read_given(files: Mapping[str, bytes], limits: CheckpointLimits) -> Contents:
    """What several files hold that were handed over together, by their names: shards, or a run of NeuralHydrology.

    Raises CheckpointError where one is missing, or where they are broken or too large.
    """
    _check_size(sum(map(len, files.values())), limits)
    if "config.yml" in files and (epochs := [name for name in files if EPOCH.fullmatch(name)]):
        if len(epochs) > 1:
            raise CheckpointError(f"These are weights of {len(epochs)} epochs: {list_names(epochs)}. Choose one.")
        scalers = {name: files[Path(name).name] for name in SCALERS if Path(name).name in files}
        weights = {name: files[name] for name in ("config.yml", *epochs)}
        return _read_parts("neuralhydrology", weights | scalers, limits)
    indices = [name for name in files if name.endswith(INDEX_ENDING)]
    parts = {name: data for name, data in files.items() if name not in indices}
    for index in indices:
        names = read_in_child(INDEX_READER, files[index], limits)
        _refuse_missing(index, names, parts)
    return _read_parts("shards", parts, limits)


def _read_parts(kind: str, parts: Mapping[str, bytes], limits: CheckpointLimits) -> Contents:
    sizes = [(name, len(data)) for name, data in parts.items()]
    return read_in_child(FOLDER_READER, b"".join(parts.values()), limits, kind=kind, files=sizes)


def _check_size(size: int, limits: CheckpointLimits) -> None:
    if size > limits.file_bytes:
        raise CheckpointError(
            f"The model's files have {size_in_words(size)}; the limit is {size_in_words(limits.file_bytes)}. "
            "Save the weights of the LSTM alone."
        )


def _refuse_missing(index: str, names: Iterable[str], here: Container[str]) -> None:
    """Raise CheckpointError where a file that an index names is not among those that are here."""
    missing = [name for name in names if name not in here]
    if missing:
        raise CheckpointError(
            f"The model is in several files, and {list_names(missing)} of them "
            f"{'is' if len(missing) == 1 else 'are'} not beside {quote(index)}. Download all into one folder, "
            "or choose them together."
        )


def _shards(index: Path, limits: CheckpointLimits) -> ModelFiles:
    """The shards that hold weights of recurrent modules. CheckpointError where one is not beside the index."""
    names = read_in_child(INDEX_READER, index.read_bytes(), limits)
    if any(Path(name).name != name for name in names):
        raise CheckpointError(f"{quote(index.name)} names files outside its folder. Download the model again.")
    _refuse_missing(index.name, names, {name for name in names if (index.parent / name).is_file()})
    return ModelFiles("shards", {name: index.parent / name for name in names})


def _run(path: Path, epochs: dict[int, str], epoch: int | None) -> ModelFiles:
    chosen = max(epochs) if epoch is None else epoch
    if chosen not in epochs:
        raise CheckpointError(
            f"{quote(path.name)} has no weights of epoch {chosen}. It has those of {_numbers(sorted(epochs))}."
        )
    files = {"config.yml": path / "config.yml", epochs[chosen]: path / epochs[chosen]}
    return ModelFiles("neuralhydrology", files | {name: path / name for name in SCALERS if (path / name).is_file()})


def _numbers(numbers: Iterable[int]) -> str:
    every = [str(number) for number in numbers]
    return ", ".join(every[:10]) + (" …" if len(every) > 10 else "")


def _unpacked(path: Path) -> ModelFiles:
    records = [entry for _, entry in zip(range(MAX_FILES), (path / "data").iterdir(), strict=False) if entry.is_file()]
    files = {"data.pkl": path / "data.pkl"} | {f"data/{entry.name}": entry for entry in sorted(records)}
    if (path / "byteorder").is_file():
        files["byteorder"] = path / "byteorder"
    return ModelFiles("unpacked", files)


def _refuse_other_folders(path: Path, names: list[str]) -> None:
    """Raise CheckpointError for a folder of another framework, with the line to type."""
    here = quote(path.name or str(path))
    if {"saved_model.pb", "saved_model.pbtxt"} & set(names):
        raise CheckpointError(
            f"{here} is a SavedModel of TensorFlow, which can't be read here. In Python, run "
            f"tf.keras.models.load_model({path.name!r}).save('model.keras'), or: python -m tf2onnx.convert "
            f"--saved-model {path.name} --output model.onnx. Open what comes out."
        )
    if any(name.endswith(".index") for name in names) or "checkpoint" in names:
        raise CheckpointError(f"{here} is a checkpoint of TensorFlow, which can't be read here. {FROM_TENSORFLOW_CODE}")
    if ".metadata" in names or any(name.endswith(".distcp") for name in names):
        raise CheckpointError(
            f"{here} is a distributed checkpoint of PyTorch. Run: python -m "
            f"torch.distributed.checkpoint.format_utils dcp_to_torch {path.name} model.pt, and open model.pt."
        )
    if "zero_to_fp32.py" in names:
        raise CheckpointError(
            f"{here} is a checkpoint of DeepSpeed. Run: python {path.name}/zero_to_fp32.py {path.name} model.pt, "
            "and open model.pt."
        )
    if {"_CHECKPOINT_METADATA", "_METADATA", "manifest.ocdbt"} & set(names):
        raise CheckpointError(
            f"{here} is a checkpoint of JAX (Orbax), which can't be read here. In Python, load it with Orbax and save "
            "the arrays by name, as torch.nn.LSTM names them: safetensors.numpy.save_file(arrays, 'model.safetensors')."
        )
    if {"Manifest.json", "Data"} <= set(names):
        raise CheckpointError(f"{here} is a Core ML package, which can't be read here. Open what it was made from.")
    if {"config.json", "metadata.json", "model.weights.h5"} <= set(names):
        raise CheckpointError(
            f"{here} is an unpacked .keras file. Pack its files again, without the folder: "
            f"cd {path.name}; zip ../model.keras *, and open model.keras."
        )


def _only_model(path: Path) -> ModelFiles:
    """The one model's file in a folder, or in the folders of it. CheckpointError where there is none, or several."""
    found = [
        entry
        for _, entry in zip(range(MAX_FILES), path.rglob("*"), strict=False)
        if entry.suffix.lower() in EXTENSIONS and entry.is_file() and len(entry.relative_to(path).parts) <= 4
    ]
    here = quote(path.name or str(path))
    if not found:
        raise CheckpointError(
            f"{here} is a folder without a model's file ({', '.join(EXTENSIONS)}). Choose the file or the folder that "
            "the training program saved."
        )
    if len(found) > 1:
        names = sorted(str(entry.relative_to(path)) for entry in found)
        raise CheckpointError(f"{here} is a folder with {len(found)} models' files: {list_names(names)}. Choose one.")
    if found[0].name == "data.pkl" and (found[0].parent / "data").is_dir():
        return _unpacked(found[0].parent)
    return ModelFiles("", {found[0].name: found[0]})
