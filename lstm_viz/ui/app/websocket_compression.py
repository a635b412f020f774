"""Compression of what goes over the websocket: what is shared by all sessions is compressed once, small messages never.

The web server compresses each message anew for each person, which takes longer than all else that a page turn costs.
The extension's rules let a sender begin each message afresh (RFC 7692, 7.2.3.2), so that the same message is the same
bytes for everybody. Only messages whose content stands in the cache of what is shared are kept.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from typing import Any

from google.protobuf.message import DecodeError
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.extensions.permessage_deflate import PerMessageDeflate, ServerPerMessageDeflateFactory
from websockets.frames import CTRL_OPCODES, Frame, Opcode

from lstm_viz.ui.stage.shared import shared

#: Shorter messages go as they are.
LEAST_BYTES = 600
#: Shorter ones aren't worth keeping.
LEAST_KEPT_BYTES = 4_000
#: About how many bytes of messages are kept, plain and compressed.
MAX_BYTES = 96_000_000
#: zlib's levels: for what is compressed once, and for what is compressed for one person.
ONCE, EACH_TIME = 7, 3
WINDOW_BITS = 15
_END_OF_MESSAGE = b"\x00\x00\xff\xff"


class CompressedMessages:
    """Compressed shared messages by the messages themselves; those sent least recently go first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.kept_bytes = 0
        self._entries: OrderedDict[bytes, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, message: bytes) -> bytes:
        """The message compressed; one that holds nothing but what is shared is compressed once."""
        if len(message) < LEAST_KEPT_BYTES:
            return compressed(message, EACH_TIME)
        with self._lock:
            if message in self._entries:
                self._entries.move_to_end(message)
                return self._entries[message]
        if not is_shared(message):
            return compressed(message, EACH_TIME)
        made = compressed(message, ONCE)
        with self._lock:
            self._entries[message] = made
            self.kept_bytes += len(message) + len(made)
            while self.kept_bytes > self.max_bytes and len(self._entries) > 1:
                old, removed = self._entries.popitem(last=False)
                self.kept_bytes -= len(old) + len(removed)
        return made

    def messages(self) -> list[bytes]:
        """The messages that are kept."""
        with self._lock:
            return list(self._entries)


def is_shared(message: bytes) -> bool:
    """Whether a message to the browser is a chart's or the player's with a content that all sessions share."""
    try:
        element = ForwardMsg.FromString(message).delta.new_element
    except DecodeError:
        return False
    kind = element.WhichOneof("type")
    if kind == "plotly_chart":
        return shared.holds(element.plotly_chart.spec)
    return kind == "bidi_component" and shared.holds(element.bidi_component.bytes)


def compressed(message: bytes, level: int, window_bits: int = WINDOW_BITS) -> bytes:
    """A message as the extension has it: raw deflate without the end mark."""
    encoder = zlib.compressobj(level, zlib.DEFLATED, -window_bits)
    return (encoder.compress(message) + encoder.flush(zlib.Z_SYNC_FLUSH)).removesuffix(_END_OF_MESSAGE)


#: Those of this process.
compressed_messages = CompressedMessages()


class SharedDeflate(PerMessageDeflate):
    """The extension `permessage-deflate`, each message by itself."""

    def encode(self, frame: Frame) -> Frame:
        """The frame compressed, where that is worth it."""
        if frame.opcode in CTRL_OPCODES or frame.opcode is Opcode.CONT or not frame.fin:
            return frame
        message = bytes(frame.data)
        if len(message) < LEAST_BYTES:
            return frame
        if self.local_max_window_bits == WINDOW_BITS:
            data = compressed_messages.get(message)
        else:
            data = compressed(message, EACH_TIME, self.local_max_window_bits)
        return Frame(frame.opcode, data, True, True, frame.rsv2, frame.rsv3)


class SharedDeflateFactory(ServerPerMessageDeflateFactory):
    """Offers the extension to a browser, with messages that don't build upon each other."""

    def __init__(self, **_: Any) -> None:
        super().__init__(server_no_context_takeover=True, client_max_window_bits=12)

    def process_request_params(self, params: Any, accepted_extensions: Any) -> tuple[Any, PerMessageDeflate]:
        """The answer to the browser's offer, and the extension as it is then used."""
        answer, usual = super().process_request_params(params, accepted_extensions)
        return answer, SharedDeflate(
            usual.remote_no_context_takeover,
            usual.local_no_context_takeover,
            usual.remote_max_window_bits,
            usual.local_max_window_bits,
        )


def compress_shared_messages_once() -> None:
    """Has the web server use this compression for the connections to come."""
    from uvicorn.protocols.websockets import websockets_sansio_impl as implementation

    implementation.ServerPerMessageDeflateFactory = SharedDeflateFactory  # type: ignore[assignment,misc]
