"""TorchScript programs (.pt, .jit, .ptl): the weights beside the code, and what the code says of them. None of it runs.

`readers.formats` names it, `readers.load_reader` imports it by that name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

from lstm_viz.checkpoints.contents import Contents
from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.pickles.machine import BrokenPickle, Steps
from lstm_viz.checkpoints.readers.pickles.module_tree import ModuleTree, find_tensors
from lstm_viz.checkpoints.readers.pickles.torch_values import PickledTensor
from lstm_viz.checkpoints.readers.torch_file import contents_of_tree, load_archive, root_of
from lstm_viz.checkpoints.readers.zip_archive import ZipArchive, open_zip
from lstm_viz.checkpoints.stored_module import StoredModule

#: The settings of a scripted module, which are constants of its class in the code.
CONSTANT = re.compile(r"^  (?P<name>\w{1,60}) : Final\[(?:bool|int)\] = (?P<value>True|False|\d{1,18})$", re.MULTILINE)
#: A call of torch's LSTM: (input, states, weights, biases, layers, dropout, training, both directions, batch first).
CALL = re.compile(
    r"torch\.lstm\([^(),\[\]]{1,200}, (?:\[[^\]]{1,200}\]|\w{1,200}), (?P<weights>\[[^\]]{1,2000}\]|\w{1,200}),"
    r" (?P<bias>True|False), (?P<layers>\d{1,4}), [\d.e+-]{1,30}, (?:True|False|self\.training),"
    r" (?P<both>True|False), (?P<first>True|False)\)"
)
#: Constants of a frozen program, where they are a list with a name.
LISTED = re.compile(
    r"^ *(?P<name>\w{1,200}) = \[(?P<items>CONSTANTS\.c\d{1,6}(?:, CONSTANTS\.c\d{1,6}){1,400})\]$", re.MULTILINE
)
CONSTANT_NUMBER = re.compile(r"CONSTANTS\.c(\d{1,6})")
CODE_NOTE = (
    "What the program does before and after its LSTMs (a reversal, a state to start from) is in its code, which is not "
    "read: give what the LSTM itself reads, or record the program's module in Python."
)
#: Calls of an LSTM that are looked at in a frozen program.
MAX_CALLS = 200
#: Bytes of code that are looked at.
MAX_CODE = 2**22


def read(data: bytes | memoryview, limits: CheckpointLimits) -> Contents:
    """The LSTMs of a TorchScript program. CheckpointError where there are none, or where it is broken or too large."""
    steps = Steps(limits.pickle_steps)
    archive = open_zip(data, limits)
    root = root_of(archive, "data.pkl")
    try:
        tree = find_tensors(load_archive(archive, root, "data", steps), limits)
        code = dict(_code(archive, root))
        tree = replace_settings(tree, code)
        frozen = _frozen_weights(archive, root, code, steps)
    except BrokenPickle as error:
        raise CheckpointError(
            "This is no whole TorchScript program: its pickle breaks off or is damaged. "
            "Copy it again from its source, or save the program again."
        ) from error
    notes = [*tree.notes, CODE_NOTE]
    tree = replace(tree, tensors=tree.tensors | frozen.tensors, modules=tree.modules | frozen.modules, notes=notes)
    return contents_of_tree(tree, "TorchScript", steps, len(data))


def replace_settings(tree: ModuleTree, code: dict[str, str]) -> ModuleTree:
    """The modules with the settings that their classes' code has."""
    known: dict[str, dict[str, Any]] = {}
    modules = {}
    for path, module in tree.modules.items():
        name = tree.scripted.get(path, "")
        if name not in known:
            known[name] = _settings_in(_class_text(name, code))
        modules[path] = replace(module, settings={**known[name], **module.settings})
    return replace(tree, modules=modules)


def _code(archive: ZipArchive, root: str) -> Iterator[tuple[str, str]]:
    """The program's text by module, as in __torch__.torch.nn.modules.rnn."""
    left = MAX_CODE
    for name, member in archive.members.items():
        if name.startswith(f"{root}code/") and name.endswith(".py") and member.size <= left:
            left -= member.size
            place = name.removeprefix(f"{root}code/").removesuffix(".py").replace("/", ".")
            yield place, str(archive.read(name), "utf-8", "replace")


def _class_text(class_name: str, code: dict[str, str]) -> str:
    """The text of one class."""
    module, _, name = class_name.rpartition(".")
    text = code.get(module, "")
    start = text.find(f"class {name}(")
    if start < 0:
        return ""
    end = text.find("\nclass ", start)
    return text[start : end if end >= 0 else len(text)]


def _settings_in(text: str) -> dict[str, Any]:
    """Settings by a class's constants, or where it was traced, by the one call of torch.lstm that it makes."""
    words = {"True": True, "False": False}
    found = {part["name"]: words.get(part["value"]) for part in CONSTANT.finditer(text)}
    found = {name: value for name, value in found.items() if value is not None}
    calls = {call["first"] for call in CALL.finditer(text)}
    if "batch_first" not in found and len(calls) == 1:
        found["batch_first"] = calls.pop() == "True"
    return found


def _frozen_weights(archive: ZipArchive, root: str, code: dict[str, str], steps: Steps) -> ModuleTree:
    """LSTMs of a frozen program, whose weights are constants without names: those that a call of torch.lstm takes."""
    found = ModuleTree()
    if f"{root}constants.pkl" not in archive:
        return found
    calls = [(call, _named_lists(text)) for text in code.values() if (call := CALL.search(text))]
    if not calls:
        return found
    constants = load_archive(archive, root, "constants", steps)
    every = [(call, lists) for first, lists in calls for call in islice(CALL.finditer(first.string), MAX_CALLS)]
    for call, lists in every[:MAX_CALLS]:
        weights = _constants_of(call["weights"], lists, constants)
        names = _parameter_names(call)
        if len(weights) != len(names):
            continue
        path = f"lstm{len(found.modules) or ''}"
        found.tensors |= {f"{path}.{name}": weight for name, weight in zip(names, weights, strict=True)}
        settings = {"batch_first": call["first"] == "True"}
        note = "The program is frozen: its weights have no names there, and were found by the call of torch.lstm."
        found.modules[path] = StoredModule("torch.nn.modules.rnn.LSTM", settings, (note,))
    return found


def _named_lists(text: str) -> dict[str, str]:
    """The lists of constants that a text gives names, each name given once."""
    found = [(part["name"], part["items"]) for part in LISTED.finditer(text)]
    times = Counter(name for name, _ in found)
    return {name: items for name, items in found if times[name] == 1}


def _constants_of(weights: str, lists: dict[str, str], constants: Any) -> list[PickledTensor]:
    """The tensors of a list of constants, which stands in the call or has a name."""
    if not weights.startswith("["):
        weights = lists.get(weights, "")
    numbers = [int(number) for number in CONSTANT_NUMBER.findall(weights)]
    known = constants if isinstance(constants, tuple | list) else ()
    found = [known[number] for number in numbers if number < len(known)]
    return [part for part in found if isinstance(part, PickledTensor)] if len(found) == len(numbers) else []


def _parameter_names(call: re.Match[str]) -> list[str]:
    """Names of an LSTM's weights in the order in which torch.lstm takes them (without a projection)."""
    kinds = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if call["bias"] == "True" else ()))
    directions = ("", "_reverse") if call["both"] == "True" else ("",)
    return [
        f"{kind}_l{layer}{direction}"
        for layer in range(min(int(call["layers"]), 100))
        for direction in directions
        for kind in kinds
    ]
