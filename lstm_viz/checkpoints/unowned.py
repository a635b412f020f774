"""Tensors under an LSTM's own name that torch.nn.LSTM does not have: what they say of the module they are in."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.formatting import format_shape, list_names, quote
from lstm_viz.checkpoints.lstm_shape import LSTMShape
from lstm_viz.checkpoints.stored_tensor import StoredTensor

#: Parts of a name that say of a tensor that it acts inside a cell: further weights of it, as in weight_ch, ...
INSIDE_PART = re.compile(r"(?:weight|bias)\w+|[wbu]_\w+|w_?c\w*|zero_point\w*|parametrizations", re.IGNORECASE)
#: ... and words of a part: normalisation, peepholes, gains, gates.
INSIDE_WORD = re.compile(
    r"ln\d*|\w*norm\w*|bn\d*|peep\w*|\w*gate\w*|gain\w*|gamma\w*|beta\w*|alpha\w*|sigma\w*|zoneout\w*|raw|orig|mask|"
    r"[hxi]2[hg]\w*|\w*recurrent\w*|\w*mogrif\w*|\w*cell\w*|\w*scale\w*",
    re.IGNORECASE,
)
#: The end of a name that is looked at: nobody's own is longer.
MAX_NAME = 200
#: What a learned start of a run is called.
START = re.compile(
    r"(?:\w{1,40}_)?(?:[hc]_?0|[hc]_init|init_[hc]|init_?(?:hidden|cell|state)|[hc]_bias|initial_(?:hidden|cell|states?|[hc]))|"
    r"(?:init(?:ial)?_?)?(?:h|c)_?(?:0|x|n|s|init|initial|zero|state)?|"
    r"(?:init(?:ial)?_?)(?:hidden|cell|states?)(?:_states?)?|"
    r"(?:hidden|cell)_?(?:0|init|initial|states?)|(?:learned|start|first|begin)_?(?:[hc]|hidden|cell|states?)_?0?",
    re.IGNORECASE,
)
#: Words by which a parameter of three axes is another layer's.
OTHER_PARAMETER = re.compile(r"weight|bias|kernel|pos|emb|enc|token|cls|query|quer|prompt|mask|pe$", re.IGNORECASE)
#: Sequences that a learned start of an unknown name is for.
MAX_STARTED = 64
#: What a list of parameters puts after the name of a learned start, and what the layer that makes one does.
START_ENDINGS = re.compile(r"(?P<stem>.+?)(?:\.(?P<place>\d{1,3})|(?:\.\d{1,2})?\.(?P<part>weight|bias))")


@dataclass(frozen=True)
class Unowned:
    """What stands under the name of an LSTM of a known shape, by what is left of its name."""

    shape: LSTMShape
    tensors: Mapping[str, StoredTensor]
    #: Recurrent modules under its name.
    modules: tuple[str, ...] = ()

    @property
    def start(self) -> dict[str, StoredTensor]:
        """States of the LSTM's own size, by their name a learned start."""
        return {name: tensor for name, tensor in self.tensors.items() if is_start(name, tensor, self.shape)}

    @property
    def inside(self) -> list[str]:
        """Those that by their name or shape act inside the cell."""
        known = {*self.start, *self._heads()}
        return [name for name, part in self.tensors.items() if name not in known and self._acts_inside(name, part)]

    @property
    def beside(self) -> list[str]:
        """Those of which nothing says that they act inside the cell."""
        known = {*self.start, *self.inside}
        unknown = [name for name, part in self.tensors.items() if name not in known and not _is_counter(part)]
        return [*unknown, *self.modules]

    def _heads(self) -> Iterator[str]:
        """The matrices and biases of linear layers that read the LSTM's output, and of embeddings before it."""
        for name, tensor in self.tensors.items():
            stem = name.removesuffix("weight")
            if stem == name or len(tensor.shape) != 2 or _says_inside(stem.rstrip(".")):
                continue
            rows, columns = tensor.shape
            reads = columns == self.shape.output_size and rows not in self._sizes()
            if reads or ("emb" in stem.lower() and columns == self.shape.input_size):
                yield name
                bias = self.tensors.get(f"{stem}bias")
                if bias is not None and bias.shape == (rows,):
                    yield f"{stem}bias"

    def _sizes(self) -> set[int]:
        """Sizes of what is computed inside the cell: its units, its gates, its projection."""
        hidden = self.shape.hidden_size
        return {hidden, 2 * hidden, 3 * hidden, 4 * hidden, self.shape.proj_size or hidden}

    def _acts_inside(self, name: str, tensor: StoredTensor) -> bool:
        if _is_counter(tensor):
            return False
        sizes = self._sizes()
        return _says_inside(name) or (len(tensor.shape) < 3 and any(size in sizes for size in tensor.shape))


def _says_inside(name: str) -> bool:
    """Whether a name says that its tensor acts inside the cell.

    >>> [_says_inside(name) for name in ("ln_ih.weight", "weight_ch", "input_layer_norm", "fc.weight", "head")]
    [True, True, True, False, False]
    """
    parts = re.split("[./]", name[-MAX_NAME:])
    return any(INSIDE_PART.fullmatch(part) or any(map(INSIDE_WORD.fullmatch, part.split("_"))) for part in parts)


def is_start(name: str, tensor: StoredTensor, shape: LSTMShape) -> bool:
    """Whether a tensor is called as a learned start is, and holds a state of this LSTM.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> import numpy as np
    >>> is_start("h0", in_memory(np.zeros((1, 1, 8))), LSTMShape(3, 8, 0, 1, ("",), True))
    True
    """
    listed = START_ENDINGS.fullmatch(name[-MAX_NAME:])
    called = listed["stem"] if listed and listed["place"] else name
    full = tensor.shape
    if called.lower().endswith("bias") and len(full) < 2:
        return False
    return (
        bool(START.fullmatch(called[-MAX_NAME:]))
        and bool(full)
        and full[-1] in {shape.hidden_size, shape.proj_size or shape.hidden_size}
        and math.prod(full) in {size * both for size in _state_sizes(shape) for both in (1, 2)}  # h alone, or h and c
    )


def has_state_shape(name: str, tensor: StoredTensor, shape: LSTMShape) -> bool:
    """Whether a parameter of an unknown name has a state's three axes: (layers * directions, batch, units).

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> import numpy as np
    >>> has_state_shape("memory", in_memory(np.zeros((1, 2, 8))), LSTMShape(3, 8, 0, 1, ("",), True))
    True
    """
    states = shape.num_layers * len(shape.directions)
    return (
        may_be_state(name, tensor)
        and tensor.shape[0] == states
        and tensor.shape[-1] in {shape.hidden_size, shape.proj_size or shape.hidden_size}
    )


def may_be_state(name: str, tensor: StoredTensor) -> bool:
    """Whether a tensor has three axes, no great number of sequences, and no name of another layer's parameter.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> import numpy as np
    >>> [may_be_state(name, in_memory(np.zeros((1, 2, 8)))) for name in ("net.memory", "conv.weight", "pos_embedding")]
    [True, False, False]
    """
    own = name[-MAX_NAME:].rpartition(".")[2]
    axes = len(tensor.shape) == 3 and 0 < tensor.shape[1] <= MAX_STARTED
    return axes and not OTHER_PARAMETER.search(own) and not _says_inside(own)


def makes_start(name: str, tensor: StoredTensor, shape: LSTMShape) -> bool:
    """Whether a tensor is of a linear layer or an embedding that is called as a learned start is, and gives a state.

    >>> from lstm_viz.checkpoints.stored_tensor import in_memory
    >>> import numpy as np
    >>> makes_start("init_h.weight", in_memory(np.zeros((8, 20))), LSTMShape(3, 8, 0, 1, ("",), True))
    True
    """
    of_layer = START_ENDINGS.fullmatch(name[-MAX_NAME:])
    return (
        of_layer is not None
        and of_layer["part"] is not None
        and bool(START.fullmatch(of_layer["stem"]))
        and bool(tensor.shape)
        and bool({tensor.shape[0], tensor.shape[-1]} & {size * both for size in _state_sizes(shape) for both in (1, 2)})
    )


def start_stem(name: str) -> tuple[str, str] | None:
    """The path of the module that what is called as a learned start stands in, and its own name there; else None.

    >>> start_stem("net.initial_state.0"), start_stem("net.init_h.weight"), start_stem("net.fc.weight")
    (('net', 'initial_state.0'), ('net', 'init_h.weight'), None)
    """
    end = name[-MAX_NAME:]
    ending = START_ENDINGS.fullmatch(end)
    stem = ending["stem"] if ending else end
    called = stem.rpartition(".")[2]
    if not START.fullmatch(called):
        return None
    own = end[len(stem) - len(called) :]
    return name[: len(name) - len(own)].rstrip("."), own


def _state_sizes(shape: LSTMShape) -> set[int]:
    """How many numbers a state has: of one layer and direction, or of all."""
    states = shape.num_layers * len(shape.directions)
    return {size * count for size in (shape.hidden_size, shape.proj_size or shape.hidden_size) for count in (1, states)}


def start_note(tensors: Mapping[str, StoredTensor]) -> str:
    """What is said of a learned start."""
    return (
        f"Beside it stands {_list_with_shapes(tensors)}, by the name the state that its model starts from. "
        "It starts from zero here: pass that state to start where the model does."
    )


def shaped_start_note(tensors: Mapping[str, StoredTensor]) -> str:
    """What is said of parameters that have a state's shape and a name that says nothing."""
    return (
        f"Beside it stands {_list_with_shapes(tensors)}, by the shape perhaps the state that its model starts "
        "from. It starts from zero here unless a state is given."
    )


def made_start_note(names: list[str]) -> str:
    """What is said where layers beside make the state that a model starts from."""
    return (
        f"Beside it stand {list_names(names, most=4)}, by the name layers that make the state its model starts from. "
        "It starts from zero here unless a state is given."
    )


def inside_error(module: str, names: list[str]) -> CheckpointError:
    """The error for a module with tensors that act inside its cell."""
    return CheckpointError(
        f"{quote(module)} has {list_names(names, most=3)} besides an LSTM's weights: a cell of another kind, which "
        "torch.nn.LSTM does not compute, and only that can be shown. If they stand beside the cell and not in it, "
        "save the LSTM's own weights without them."
    )


def beside_note(names: list[str]) -> str:
    """What is said of an LSTM with other tensors under its own name."""
    return (
        f"Under its own name stand {list_names(names, most=3)} too, which torch.nn.LSTM does not have: in its program "
        "it is a class of its own, whose forward is not in the file. Shown is what torch.nn.LSTM computes from its "
        "weights."
    )


def _is_counter(tensor: StoredTensor) -> bool:
    """Whether it is a count, as num_batches_tracked and n_averaged are, and no weight."""
    return tensor.shape in ((), (1,)) and tensor.dtype.lower().lstrip("u").startswith(("int", "i64", "i32", "long"))


def _list_with_shapes(tensors: Mapping[str, StoredTensor]) -> str:
    return " and ".join(f"{quote(name)} ({format_shape(part.shape)})" for name, part in list(tensors.items())[:4])
