"""What is recorded: the sizes that goals were set for, other kinds of runs, and sizes nobody tuned for."""

from __future__ import annotations

import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zlib import crc32

import torch
from torch import Tensor, nn

#: Sizes that are drawn anew for every release.
DRAWN_COUNT = 4
#: Products of a forward between which a drawn size lies: a millisecond to half a second on two cores.
PRODUCT_RANGE = 1e7, 1e10
#: Bytes that a drawn size's arrays take at most.
MAX_BYTES = 4e8


@dataclass(frozen=True, eq=False)
class Case:
    """A module, what it is given, and where both are. Sequences are padded to (time, batch, features)."""

    module: nn.LSTM
    x: Tensor
    state: tuple[Tensor, Tensor] | None
    lengths: list[int] | None


@dataclass(frozen=True)
class Size:
    """One line of the table."""

    features: int
    hidden: int
    batch: int
    steps: int
    options: dict[str, Any] = field(default_factory=dict)
    has_initial_state: bool = False
    lengths: bool = False
    device: str = "cpu"
    drawn: bool = False

    def __str__(self) -> str:
        words = [f"({self.features}, {self.hidden}, {self.batch}, {self.steps})"]
        words += [f"{name}={str(value).removeprefix('torch.')}" for name, value in self.options.items()]
        words += [
            word for word, true in (("a start state", self.has_initial_state), ("many lengths", self.lengths)) if true
        ]
        words += ["drawn"] if self.drawn else []
        return " ".join(words if self.device == "cpu" else [*words, self.device])

    @property
    def plain(self) -> bool:
        """Whether a loop over one layer of one direction says the same."""
        return set(self.options) <= {"dtype"} and not (self.has_initial_state or self.lengths)

    @property
    def goal(self) -> float:
        """How long recording i, f, g, o, c and h may take, over the forward."""
        standard = self.plain and self.options.get("dtype", torch.float32) == torch.float32
        return 1.2 if self.device != "cpu" or not standard else 1.1 if self.hidden >= 1024 else 1.0

    @property
    def goal_checked(self) -> float:
        """The same with the check, which runs a short run's forward once more and a small part of a longer one's."""
        return 2.2 if self.products < LONG_RUN_PRODUCTS else round(self.goal + 0.15, 2)

    @property
    def products(self) -> int:
        """Multiplications of one gate, of one layer in one direction."""
        return self.steps * self.batch * self.hidden * (self.features + self.hidden)

    def case(self) -> Case:
        """The same numbers in every process."""
        torch.manual_seed(0)
        module = nn.LSTM(self.features, self.hidden, device=self.device, **self.options).eval()
        kind: Any = {"dtype": self.options.get("dtype"), "device": self.device}
        x = torch.randn(self.steps, self.batch, self.features, **kind)
        rows = module.num_layers * (1 + module.bidirectional)
        sizes = module.proj_size or self.hidden, self.hidden
        state = tuple(torch.randn(rows, self.batch, size, **kind) for size in sizes) if self.has_initial_state else None
        lengths = torch.randint(1, self.steps + 1, (self.batch,)).tolist() if self.lengths else None
        return Case(module, x, state, [self.steps, *lengths[1:]] if lengths else None)


#: Products (`Size.products`) of a run from which on the check may cost no more than 0.15 of the forward.
LONG_RUN_PRODUCTS = Size(40, 256, 8, 160).products

#: Those that goals were set for, then many short sequences, and the same run in its other kinds.
SIZES = (
    Size(64, 128, 32, 256),
    Size(16, 64, 4, 8192),
    Size(128, 512, 32, 256),
    Size(256, 1024, 16, 512),
    Size(8, 16, 8, 64),
    Size(40, 256, 8, 160),
    Size(64, 128, 64, 64),
    Size(32, 64, 256, 20),
    Size(33, 77, 5, 300),
    Size(5, 200, 1, 2000),
    Size(64, 128, 32, 256, {"dtype": torch.float64}),
    Size(64, 128, 32, 256, {"num_layers": 3}),
    Size(64, 128, 32, 256, {"bidirectional": True}),
    Size(64, 128, 32, 256, {"num_layers": 2, "bidirectional": True}),
    Size(64, 128, 32, 256, {"proj_size": 32}),
    Size(64, 128, 32, 256, has_initial_state=True),
    Size(64, 128, 32, 256, lengths=True),
)

GPU_SIZES = tuple(
    Size(*size, {"dtype": dtype}, device="cuda")
    for dtype in (torch.float32, torch.bfloat16)
    for size in ((256, 1024, 16, 512), (128, 512, 32, 256))
)


def release_seed() -> int:
    """Made of the version, so that each release is measured at sizes of its own."""
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    return crc32(project["project"]["version"].encode()) % 10_000


def drawn_sizes(seed: int, count: int = DRAWN_COUNT) -> tuple[Size, ...]:
    """Sizes that no kernel was tuned for; the same for the same seed."""
    chance = random.Random(seed)
    sizes: list[Size] = []
    while len(sizes) < count:
        features, hidden, batch, steps = (
            round(2 ** chance.uniform(low, high)) for low, high in ((0, 9), (2, 10), (0, 8), (4, 12))
        )
        products = steps * batch * 4 * hidden * (features + hidden)
        if PRODUCT_RANGE[0] < products < PRODUCT_RANGE[1] and steps * batch * (6 * hidden + features) * 4 < MAX_BYTES:
            sizes.append(Size(features, hidden, batch, steps, drawn=True))
    return tuple(sizes)
