"""Tensors and modules in what a pickle holds: dictionaries, lists, whole modules and inert objects, at any depth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from lstm_viz.checkpoints.formatting import quote
from lstm_viz.checkpoints.limits import CheckpointLimits
from lstm_viz.checkpoints.readers.pickles.numpy_values import PickledArray
from lstm_viz.checkpoints.readers.pickles.objects import Instance, Key
from lstm_viz.checkpoints.readers.pickles.torch_values import PickledTensor, is_script_object
from lstm_viz.checkpoints.stored_module import StoredModule

#: Levels of objects inside each other that are looked at, and how many values they hold, each counted as often as met.
MAX_LEVELS, MAX_VALUES = 64, 5_000_000
#: Where torch.nn.Module keeps what its state_dict gives, and what runs beside its forward.
PARAMETERS, BUFFERS, MODULES = "_parameters", "_buffers", "_modules"
HOOKS = ("_forward_hooks", "_forward_pre_hooks")
HOOKS_NOTE = "In the model it has hooks or a forward of its own, whose effect is not in what is shown."
#: What TorchScript puts before the names of classes, and a part that it adds to tell equal ones apart.
SCRIPTED, MANGLED = "__torch__.", "___torch_mangle_"
#: Buffers of nn.RNNBase that are its parameters again.
FLAT_WEIGHTS = frozenset({"_flat_weights", "_all_weights"})
#: Notes of two tensors of one name.
MAX_DOUBLES = 4
#: Longer keys are no names of modules.
MAX_NAME = 1000

#: Values without parts.
PLAIN = frozenset({type(None), bool, int, float, str, memoryview})

Leaf = PickledTensor | PickledArray | Instance


@dataclass
class ModuleTree:
    """Tensors, arrays and packed weights by name, and modules by theirs."""

    tensors: dict[str, Leaf] = field(default_factory=dict)
    modules: dict[str, StoredModule] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    #: The class of the object that the pickle holds; "" for a dictionary or a list.
    root: str = ""
    #: What has to be said of single tensors, by their names.
    tensor_notes: dict[str, str] = field(default_factory=dict)
    #: Whether an optimiser's state was passed over.
    has_optimizer: bool = False
    #: The names that a TorchScript program's own code has for the classes of its modules.
    scripted: dict[str, str] = field(default_factory=dict)


def find_tensors(value: Any, limits: CheckpointLimits) -> ModuleTree:
    """What stands in a pickle's value, names as torch's state_dict makes them; what optimisers hold is passed over.

    Two sets of tensors of one name both stand there, the second under a number. Raises CheckpointError where there are
    too many.
    """
    found = _Finder(limits)
    found.tree.root = value.class_name if isinstance(value, Instance) else ""
    found.visit(value, "", 0)
    found.number_doubles()
    if found.too_deep:
        found.tree.notes.append(f"Objects more than {MAX_LEVELS} levels deep inside others were not looked at.")
    return found.tree


def is_optimizer_state(value: dict[Any, Any]) -> bool:
    """Whether a dictionary is the state_dict of a torch.optim.Optimizer.

    >>> is_optimizer_state({"state": {}, "param_groups": [{"lr": 0.1}]}), is_optimizer_state({"optimal": {}})
    (True, False)
    """
    return "state" in value and "param_groups" in value


class _Finder:
    """A walk through objects, each reached by each of its names, none through itself."""

    def __init__(self, limits: CheckpointLimits) -> None:
        self.limits = limits
        self.tree = ModuleTree()
        self.too_deep = False
        self.seen = 0
        #: Tensors by the object that holds them and by name, and how many there are.
        self.held: dict[tuple[int, int], dict[str, Leaf]] = {}
        self.tensors = 0
        #: Objects that the walk is inside of, and those without any tensor, by their id.
        self.inside: set[int] = set()
        self.barren: set[int] = set()

    def visit(self, value: Any, path: str, level: int, holder: int = 0) -> bool:
        """Whether anything is found in a value; all of it goes into the tree."""
        if isinstance(value, PickledArray) and value.objects() is not None:
            value = value.objects()
        if isinstance(value, PickledTensor | PickledArray) or is_script_object(value):
            self._add(path, value, holder)
            return True
        if (
            not isinstance(value, dict | list | tuple | Instance)
            or id(value) in self.barren
            or id(value) in self.inside
        ):
            return False
        if level >= MAX_LEVELS:
            self.too_deep = True
            return False
        self.seen += 1 + _length(value)
        self.limits.check("values", self.seen, MAX_VALUES)
        self.inside.add(id(value))
        found = False
        for name, part in self._parts(value, path):
            if type(part) not in PLAIN and len(name) <= MAX_NAME:
                found |= self.visit(part, f"{path}.{name}" if path and name else path or name, level + 1, id(value))
        self.inside.discard(id(value))
        if not found:
            self.barren.add(id(value))
        return found

    def _add(self, path: str, value: Leaf, holder: int) -> None:
        again = 0  # a dictionary may hold two under 0 and "0"
        while self.held.setdefault((holder, again), {}).setdefault(path, value) is not value:
            again += 1
        self.tensors += 1
        self.limits.check("tensors", self.tensors, self.limits.tensors)

    def number_doubles(self) -> None:
        """Give each tensor its name. What one object holds stays together: where one of its tensors has a name that
        another object's has, all of it is numbered, so that no module is made of two."""
        tensors = self.tree.tensors
        for held in self.held.values():
            number, called = 1, held
            while doubles := [name for name, value in called.items() if tensors.get(name, value) is not value]:
                if number == 1 and len(self.tree.notes) < MAX_DOUBLES:
                    first = quote(doubles[0])
                    self.tree.notes.append(f"Two tensors are called {first}; one of them is numbered here.")
                number += 1
                called = {_numbered(name, number): value for name, value in held.items()}
            tensors |= called

    def _parts(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        """What a value holds, by name; of a module, what its state_dict gives."""
        if isinstance(value, dict):
            if is_optimizer_state(value):
                self.tree.has_optimizer = True
            else:
                yield from _named(value)
        elif isinstance(value, list | tuple):
            yield from ((str(number), part) for number, part in enumerate(value) if type(part) not in PLAIN)
        elif is_scripted(value):
            yield from self._scripted_parts(value, path)
        elif PARAMETERS in (state := value.attributes()) and MODULES in state:
            yield from self._module_parts(value, path)
        elif not is_optimizer_state(state):
            yield from _named(state)
            yield from _named(value.entries or {})
            yield from ((str(number), part) for number, part in enumerate(value.items or ()))
            # A mapping of another library's own, as flax's FrozenDict, is made of a dictionary.
            yield from (("", part) for part in value.arguments if isinstance(part, dict))

    def _module_parts(self, value: Instance, path: str) -> Iterator[tuple[str, Any]]:
        state = value.attributes()
        not_saved = set(_texts(state.get("_non_persistent_buffers_set"))) if state.get(BUFFERS) else set()
        acts = "forward" in state or any(map(_is_own_hook, _hooks(state)))
        self._add_module(path, StoredModule(value.class_name, _settings(state), (HOOKS_NOTE,) if acts else ()))
        yield from _named(state[PARAMETERS])
        yield from ((name, part) for name, part in _named(state.get(BUFFERS)) if name not in not_saved)
        yield from _named(state[MODULES])
        # Packed weights of quantised modules are plain attributes of theirs.
        yield from ((name, part) for name, part in _named(state) if is_script_object(part) or _is_packed(name, part))

    def _scripted_parts(self, value: Instance, path: str) -> Iterator[tuple[str, Any]]:
        state = value.attributes()
        self._add_module(path, StoredModule(plain_class_name(value.class_name), _settings(state)))
        self.tree.scripted.setdefault(path, value.class_name)
        yield from ((name, part) for name, part in _named(state) if name not in FLAT_WEIGHTS)

    def _add_module(self, path: str, module: StoredModule) -> None:
        self.tree.modules.setdefault(path, module)
        self.limits.check("modules", len(self.tree.modules), self.limits.tensors)


def _numbered(path: str, number: int) -> str:
    """A path whose first part is numbered.

    >>> _numbered("model.lstm.weight", 2)
    'model (2).lstm.weight'
    """
    first, dot, rest = path.partition(".")
    return f"{first} ({number}){dot}{rest}"


def plain_class_name(name: str) -> str:
    """A class's name as it was before TorchScript changed it.

    >>> plain_class_name("__torch__.torch.nn.modules.rnn.___torch_mangle_12.LSTM")
    'torch.nn.modules.rnn.LSTM'
    """
    return ".".join(part for part in name.removeprefix(SCRIPTED).split(".") if not part.startswith(MANGLED))


def _hooks(state: dict[Any, Any]) -> Iterator[Any]:
    """What runs before and after a module's forward."""
    for name in HOOKS:
        hooks = state.get(name)
        yield from hooks.values() if isinstance(hooks, dict) else ()


def _is_own_hook(hook: Any) -> bool:
    """Whether a hook is none of those that put a weight together of its parts, which is done here too."""
    made_by = hook.class_name if isinstance(hook, Instance) else str(hook)
    return not made_by.startswith("torch.nn.utils.")


def _is_packed(name: str, value: Any) -> bool:
    return name == "_packed_params" and isinstance(value, tuple)


def _named(value: Any) -> Iterator[tuple[str, Any]]:
    """A dictionary's values by name; those whose key is no text or number are numbered."""
    if isinstance(value, Instance):
        value = value.entries
    for number, (name, part) in enumerate(value.items() if isinstance(value, dict) else ()):
        yield (str(number) if isinstance(name, Key) else str(name)), part


def _length(value: Any) -> int:
    """How many values an object holds itself."""
    if isinstance(value, Instance):
        return sum(len(part) for part in (value.attributes(), value.entries or (), value.items or ()))
    return len(value)


def _texts(value: Any) -> Iterator[str]:
    """The texts of a set, whose values come one by one or, before protocol 4, as one list."""
    if isinstance(value, Instance):
        for part in (value.items or (), *value.arguments):
            yield from (text for text in (part if isinstance(part, list) else ()) if isinstance(text, str))


def _settings(state: dict[Any, Any]) -> dict[str, bool | int | float | str]:
    """Attributes that are plain values."""
    return {
        name: value
        for name, value in state.items()
        if isinstance(name, str) and isinstance(value, bool | int | float | str) and len(str(value)[:101]) <= 100
    }


def is_scripted(value: Instance) -> bool:
    """Whether an object is a module of a TorchScript program.

    >>> from lstm_viz.checkpoints.readers.pickles.objects import Global
    >>> is_scripted(Instance(Global("__torch__.net", "Net")))
    True
    """
    return value.class_name.startswith(SCRIPTED)
