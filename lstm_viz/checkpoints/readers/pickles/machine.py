"""The pickle machine: runs the opcodes of a pickle (protocols 0 to 5), and imports and calls nothing.

Python's own machine, pickle.Unpickler, looks up each name that a pickle mentions and calls it. This one keeps names as
`Global` and calls as `Instance`, but for a few constructors of our own, which it is given by name. The opcodes are
those of Python's Lib/pickletools.py, which documents each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct
from struct import error as StructError
from typing import Any, ClassVar

from lstm_viz.checkpoints.errors import CheckpointError
from lstm_viz.checkpoints.readers.pickles.objects import Global, Instance, Key, Persistent

#: The highest protocol there is (Python 3.8).
LAST_PROTOCOL = 5
#: Whole numbers as keys, and places in the memo, are smaller.
SMALL = 2**60
#: Longer names of classes, and bytes as keys, are refused or kept as they are: each use of one would copy it.
MAX_NAME = 1000
_DOUBLE, _UNSIGNED = Struct(">d"), Struct("<I")

#: By the module and the name that a pickle calls: a function of ours that takes the same arguments.
Constructors = Mapping[tuple[str, str], Callable[..., Any]]


class BrokenPickle(Exception):
    """The opcodes are none that a pickle has, or end too early."""


class Steps:
    """A count of opcodes that may still run, shared by all pickles of one file.

    >>> Steps(2).left
    2
    """

    def __init__(self, left: int) -> None:
        self.limit = self.left = self.copies = left

    def copy(self, count: int) -> None:
        """Count values that a call copies. CheckpointError where they are too many."""
        self.copies -= count
        if self.copies < 0:
            raise self.error()

    def error(self) -> CheckpointError:
        """What is said where there are too many."""
        return CheckpointError(
            f"The file's pickle has more than {self.limit:,} steps, which is the limit. Save the weights alone."
        )


def load(
    data: bytes | memoryview,
    constructors: Constructors,
    steps: Steps,
    *,
    start: int = 0,
    persistent: Callable[[Any], Any] = Persistent,
) -> tuple[Any, int]:
    """The value of the pickle that begins at `start`, and where it ends.

    persistent: what an object outside the pickle is, by its identity.

    Raises BrokenPickle, and CheckpointError where more opcodes come than `steps` allows.

    >>> import pickle, pathlib
    >>> value, _ = load(pickle.dumps({"lr": 0.1, "where": pathlib.PurePosixPath("a")}), {}, Steps(100))
    >>> value["lr"], value["where"].class_name
    (0.1, 'pathlib.PurePosixPath')
    """
    machine = _Machine(memoryview(data), start, constructors, persistent, steps)
    try:
        return machine.run(), machine.place
    except CheckpointError:
        raise
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, OverflowError, StructError) as error:
        raise BrokenPickle(str(error)) from error


class _Machine:
    """A stack, the stacks below its marks, and a memo."""

    handlers: ClassVar[list[Callable[[_Machine], None] | None]] = [None] * 256

    def __init__(
        self,
        data: memoryview,
        start: int,
        constructors: Constructors,
        persistent: Callable[[Any], Any],
        steps: Steps,
    ) -> None:
        self.data, self.place, self.constructors, self.persistent = data, start, constructors, persistent
        self.steps = steps
        self.stack: list[Any] = []
        self.below: list[list[Any]] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        """Run until STOP; the value on the stack."""
        data, handlers, steps = self.data, self.handlers, self.steps
        left = steps.left
        while True:
            code = data[self.place]
            self.place += 1
            if code == 0x2E:  # STOP
                steps.left = left
                if self.below or len(self.stack) != 1:
                    raise BrokenPickle("values are left")
                return self.stack[0]
            left -= 1
            if left < 0:
                raise steps.error()
            handler = handlers[code]
            if handler is None:
                raise BrokenPickle(f"there is no opcode {code}")
            handler(self)

    # What the file holds next.

    def take(self, count: int) -> memoryview:
        """So many bytes of the pickle, not copied."""
        place = self.place
        end = place + count
        if count < 0 or end > len(self.data):
            raise BrokenPickle("the pickle ends early")
        self.place = end
        return self.data[place:end]

    def number(self, count: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(count), "little")

    def byte(self) -> int:
        """An unsigned number of one byte."""
        place = self.place
        self.place = place + 1
        return self.data[place]

    def four(self) -> int:
        """An unsigned number of four bytes."""
        place = self.place
        self.place = place + 4
        return int(_UNSIGNED.unpack_from(self.data, place)[0])

    def line(self) -> bytes:
        """The bytes up to the end of a line."""
        for size in (2**8, 2**16, len(self.data)):
            part = bytes(self.data[self.place : self.place + size])
            end = part.find(b"\n")
            if end >= 0:
                self.place += end + 1
                return part[:end]
        raise BrokenPickle("the pickle ends early")

    def marked(self) -> list[Any]:
        """The values since the last mark, which is taken away."""
        values, self.stack = self.stack, self.below.pop()
        return values

    # What is made of it.

    def call(self, made_by: Any, arguments: Any) -> Any:
        """What a call gives: one of our constructors' value, else an object that is not made."""
        if not isinstance(arguments, tuple):
            raise BrokenPickle("a call takes a tuple")
        if isinstance(made_by, Global):
            constructor = self.constructors.get((made_by.module, made_by.name))
            if constructor is not None:
                if arguments and type(arguments[0]) is list:
                    self.steps.copy(len(arguments[0]))
                try:
                    return constructor(*arguments)
                except (TypeError, ValueError, OverflowError):  # Arguments that it doesn't have: kept as they are.
                    return Instance(made_by, arguments)
        return Instance(made_by, arguments)


def opcode(*codes: bytes) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a handler for opcodes."""

    def register(handler: Callable[[_Machine], None]) -> Callable[[_Machine], None]:
        for code in codes:
            _Machine.handlers[code[0]] = handler
        return handler

    return register


def _constant(code: bytes, value: Any) -> None:
    _Machine.handlers[code[0]] = lambda machine: machine.stack.append(value)


def _pushes(code: bytes, make: Callable[[_Machine], Any]) -> None:
    def handler(machine: _Machine) -> None:
        value = make(machine)  # Before the stack is looked up: it may be another one afterwards.
        machine.stack.append(value)

    _Machine.handlers[code[0]] = handler


def key_of(value: Any) -> Any:
    """A value as a dictionary's key: text, a number or None as it is, anything else by its identity.

    >>> key_of("lr"), type(key_of((1, 2))).__name__
    ('lr', 'Key')
    """
    kind = type(value)
    if kind is str or kind is bool or kind is float or value is None:
        return value
    if kind is int and -SMALL < value < SMALL:
        return value
    if kind is memoryview and len(value) <= MAX_NAME:
        return bytes(value).decode("utf-8", "surrogateescape")
    return Key(value)


def _set_entries(target: Any, pairs: list[Any]) -> None:
    if type(target) is dict:
        entries = target
    else:
        entries = target.entries = {} if target.entries is None else target.entries
    if len(pairs) % 2:
        raise BrokenPickle("a key without a value")
    for place in range(0, len(pairs), 2):
        entries[key_of(pairs[place])] = pairs[place + 1]


def _add_items(target: Any, values: list[Any]) -> None:
    if type(target) is list:
        target.extend(values)
    else:
        if target.items is None:
            target.items = []
        target.items.extend(values)


def _text(machine: _Machine, length: int) -> str:
    return str(machine.take(length), "utf-8", "surrogatepass")


def _python_2_text(value: memoryview) -> str | memoryview:
    """Python 2 kept text and bytes alike: text where it is plain ASCII."""
    try:
        return str(value, "ascii")
    except UnicodeDecodeError:
        return value


def _whole_number(line: bytes) -> int | bool:
    if line in (b"00", b"01"):
        return line == b"01"
    return int(line.removesuffix(b"L"))


def _signed(machine: _Machine, count: int) -> int:
    return int.from_bytes(machine.take(count), "little", signed=True)


def _quoted_text(line: bytes) -> str | memoryview:
    line = line.strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise BrokenPickle("a text without quotes")
    return _python_2_text(memoryview(line[1:-1].decode("unicode_escape").encode("latin-1")))


_SET, _FROZENSET = Global("builtins", "set"), Global("builtins", "frozenset")


_constant(b"N", None)
_constant(b"\x88", True)
_constant(b"\x89", False)
_constant(b")", ())
_pushes(b"}", lambda machine: {})
_pushes(b"]", lambda machine: [])
_pushes(b"\x8f", lambda machine: Instance(_SET))  # EMPTY_SET
_pushes(b"J", lambda machine: _signed(machine, 4))  # BININT
_pushes(b"K", lambda machine: machine.byte())  # BININT1
_pushes(b"M", lambda machine: machine.number(2))  # BININT2
_pushes(b"\x8a", lambda machine: _signed(machine, machine.byte()))  # LONG1
_pushes(b"\x8b", lambda machine: _signed(machine, _signed(machine, 4)))  # LONG4
_pushes(b"G", lambda machine: _DOUBLE.unpack(machine.take(8))[0])  # BINFLOAT
_pushes(b"I", lambda machine: _whole_number(machine.line()))  # INT
_pushes(b"L", lambda machine: _whole_number(machine.line()))  # LONG
_pushes(b"F", lambda machine: float(machine.line()))  # FLOAT
_pushes(b"X", lambda machine: _text(machine, machine.four()))  # BINUNICODE
_pushes(b"\x8c", lambda machine: _text(machine, machine.byte()))  # SHORT_BINUNICODE
_pushes(b"\x8d", lambda machine: _text(machine, machine.number(8)))  # BINUNICODE8
_pushes(b"V", lambda machine: machine.line().decode("raw_unicode_escape"))  # UNICODE
_pushes(b"B", lambda machine: machine.take(machine.four()))  # BINBYTES
_pushes(b"C", lambda machine: machine.take(machine.byte()))  # SHORT_BINBYTES
_pushes(b"\x8e", lambda machine: machine.take(machine.number(8)))  # BINBYTES8
_pushes(b"\x96", lambda machine: machine.take(machine.number(8)))  # BYTEARRAY8
_pushes(b"T", lambda machine: _python_2_text(machine.take(_signed(machine, 4))))  # BINSTRING
_pushes(b"U", lambda machine: _python_2_text(machine.take(machine.byte())))  # SHORT_BINSTRING
_pushes(b"S", lambda machine: _quoted_text(machine.line()))  # STRING
_pushes(b"l", lambda machine: machine.marked())  # LIST
_pushes(b"t", lambda machine: tuple(machine.marked()))  # TUPLE
_pushes(b"h", lambda machine: machine.memo[machine.byte()])  # BINGET
_pushes(b"j", lambda machine: machine.memo[machine.four()])  # LONG_BINGET
_pushes(b"g", lambda machine: machine.memo[_place(machine)])  # GET
_pushes(b"P", lambda machine: machine.persistent(machine.line().decode("utf-8", "replace")))  # PERSID
_pushes(b"Q", lambda machine: machine.persistent(machine.stack.pop()))  # BINPERSID
# Names that only a program's own table knows (copyreg.add_extension): what they mean is not in the file.
_pushes(b"\x82", lambda machine: Global("copyreg extension", str(machine.byte())))  # EXT1
_pushes(b"\x83", lambda machine: Global("copyreg extension", str(machine.number(2))))  # EXT2
_pushes(b"\x84", lambda machine: Global("copyreg extension", str(machine.four())))  # EXT4
_pushes(b"2", lambda machine: machine.stack[-1])  # DUP


def _name_of(module: Any, name: Any) -> Global:
    if type(name) is not str or type(module) is not str or len(module) + len(name) > MAX_NAME:
        raise BrokenPickle("no name of a class or function")
    return Global(module, name)


def _place(machine: _Machine) -> int:
    place = int(machine.line())
    if not 0 <= place < SMALL:
        raise BrokenPickle("a place outside the memo")
    return place


@opcode(b"\x80")
def _protocol(machine: _Machine) -> None:
    if machine.byte() > LAST_PROTOCOL:
        raise BrokenPickle("a protocol that is not known")


@opcode(b"\x95")
def _frame(machine: _Machine) -> None:
    machine.take(8)


@opcode(b"(")
def _mark(machine: _Machine) -> None:
    machine.below.append(machine.stack)
    machine.stack = []


@opcode(b"0")
def _pop(machine: _Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.marked()


@opcode(b"1")
def _pop_mark(machine: _Machine) -> None:
    machine.marked()


@opcode(b"q")
def _put_in_byte(machine: _Machine) -> None:
    machine.memo[machine.byte()] = machine.stack[-1]


@opcode(b"r")
def _put_in_four_bytes(machine: _Machine) -> None:
    machine.memo[machine.four()] = machine.stack[-1]


@opcode(b"p")
def _put_in_line(machine: _Machine) -> None:
    machine.memo[_place(machine)] = machine.stack[-1]


@opcode(b"\x94")
def _memoize(machine: _Machine) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


@opcode(b"\x85")
def _tuple_of_one(machine: _Machine) -> None:
    machine.stack[-1] = (machine.stack[-1],)


@opcode(b"\x86")
def _tuple_of_two(machine: _Machine) -> None:
    second = machine.stack.pop()
    machine.stack[-1] = (machine.stack[-1], second)


@opcode(b"\x87")
def _tuple_of_three(machine: _Machine) -> None:
    third, second = machine.stack.pop(), machine.stack.pop()
    machine.stack[-1] = (machine.stack[-1], second, third)


@opcode(b"d")
def _dict(machine: _Machine) -> None:
    pairs = machine.marked()
    entries: dict[Any, Any] = {}
    _set_entries(entries, pairs)
    machine.stack.append(entries)


@opcode(b"s")
def _set_item(machine: _Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    _set_entries(machine.stack[-1], [key, value])


@opcode(b"u")
def _set_items(machine: _Machine) -> None:
    pairs = machine.marked()
    _set_entries(machine.stack[-1], pairs)


@opcode(b"a")
def _append(machine: _Machine) -> None:
    value = machine.stack.pop()
    _add_items(machine.stack[-1], [value])


@opcode(b"e", b"\x90")
def _append_many(machine: _Machine) -> None:
    values = machine.marked()
    _add_items(machine.stack[-1], values)


@opcode(b"\x91")
def _frozenset(machine: _Machine) -> None:
    values = machine.marked()
    machine.stack.append(Instance(_FROZENSET, items=values))


@opcode(b"c")
def _global(machine: _Machine) -> None:
    machine.stack.append(_name_of(machine.line().decode("utf-8"), machine.line().decode("utf-8")))


@opcode(b"\x93")
def _global_of_stack(machine: _Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(_name_of(module, name))


@opcode(b"R")
def _reduce(machine: _Machine) -> None:
    arguments = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], arguments)


@opcode(b"\x81")
def _new_object(machine: _Machine) -> None:
    arguments = machine.stack.pop()
    machine.stack[-1] = machine.call(machine.stack[-1], arguments)


@opcode(b"\x92")
def _new_object_with_names(machine: _Machine) -> None:
    names, arguments = machine.stack.pop(), machine.stack.pop()
    made = Instance(machine.stack[-1], arguments if isinstance(arguments, tuple) else ())
    if isinstance(names, dict):
        made.entries = names
    machine.stack[-1] = made


@opcode(b"o")
def _object(machine: _Machine) -> None:
    made_by, *arguments = machine.marked()
    machine.stack.append(machine.call(made_by, tuple(arguments)))


@opcode(b"i")
def _instance(machine: _Machine) -> None:
    made_by = _name_of(machine.line().decode("utf-8"), machine.line().decode("utf-8"))
    machine.stack.append(machine.call(made_by, tuple(machine.marked())))


@opcode(b"b")
def _build(machine: _Machine) -> None:
    """Give the object on the stack its state; a dictionary's or a tensor's own attributes are of no use here."""
    state, made = machine.stack.pop(), machine.stack[-1]
    if isinstance(made, Instance):
        made.state = state
    elif hasattr(made, "set_state"):
        made.set_state(state)
