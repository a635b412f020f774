"""A browser's side of Streamlit's websocket, without a browser: what it keeps, sends back and asks for.

As the real page does it keeps large messages by their hash and says which it has, drops those that too many runs of the
script passed by, forgets the widgets of a page that was left, and says every widget's value with each change.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

#: Seconds that an answer may take, as a rule.
PATIENCE = 90.0
#: What a browser offers as subprotocols: the protocol's name, and a token that a page without log-in does not have.
SUBPROTOCOLS = ["streamlit", "PLACEHOLDER_AUTH_TOKEN"]
MAX_MESSAGE_BYTES = 50_000_000
#: What the player keeps in the address.
MOMENT_PARAMETERS = ("step", "unit")


class Change(NamedTuple):
    """One change and its answer: what kind it was, the seconds until the script had run, the bytes that came."""

    kind: str
    seconds: float
    received: int


class SessionError(RuntimeError):
    """The server answered with an error, or not at all."""


@dataclass
class _CachedMessage:
    message: ForwardMsg
    run: int


@dataclass
class _Shown:
    """An element in its place: by which script, fragment and run it was drawn."""

    element: Element
    script: str
    fragment: str
    run: int


@dataclass
class BrowserSession:
    """One browser tab with the app open."""

    address: str
    random: random.Random
    phone: bool = False
    dark: bool = False
    #: Pages by their names in the address, in the navigation's order.
    pages: dict[str, str] = field(default_factory=dict)
    page: str = ""
    errors: list[str] = field(default_factory=list)
    #: Seconds that an answer may take before it counts as lost.
    patience: float = PATIENCE
    _connection: ClientConnection | None = None
    _shown: dict[tuple[int, ...], _Shown] = field(default_factory=dict)
    _cached: dict[str, _CachedMessage] = field(default_factory=dict)
    _values: dict[str, WidgetState] = field(default_factory=dict)
    _parameters: dict[str, str] = field(default_factory=dict)
    #: The button that goes with the next request.
    _pressed: WidgetState | None = None
    _page_hash: str = ""
    _main_hash: str = ""
    _run: int = 0
    _max_age: int = 2

    async def join(self, page: str = "") -> Change:
        """Opens the websocket and the page of this name, the first one by default."""
        start = time.perf_counter()
        agent = "Mozilla/5.0 (Linux; Android 15) Mobile" if self.phone else "Mozilla/5.0 (X11; Linux x86_64)"
        self._connection = await connect(
            self.address.replace("http://", "ws://") + "/_stcore/stream",
            subprotocols=SUBPROTOCOLS,  # type: ignore[arg-type]  # plain strings, as websockets' own examples have them
            additional_headers={"Origin": self.address},
            user_agent_header=agent,
            max_size=MAX_MESSAGE_BYTES,
            open_timeout=PATIENCE,
            proxy=None,
        )
        return await self._ask("join", start, page_name=page)

    async def close(self) -> None:
        """Closes the tab."""
        if self._connection is not None:
            await self._connection.close()

    # What a person may change

    def offers(self) -> list[str]:
        """Kinds of change that the page which is open has."""
        kinds = {
            "model": "Trained model",
            "cell": "Cell",
            "example": "Example",
            "delay": "Wait, in steps",
            "what-if": "Hold the",
        }
        return ["page", *(kind for kind, label in kinds.items() if self._find(label) is not None)]

    async def change(self, kind: str) -> Change:
        """Makes a change of this kind."""
        start = time.perf_counter()
        if kind == "page":
            return await self._turn_page(start)
        label, choose = {
            "model": ("Trained model", self._choose_option),
            "cell": ("Cell", self._choose_button),
            "example": ("Example", self._choose_option),
            "delay": ("Wait, in steps", self._slide),
            "what-if": ("Hold the", self._hold),
        }[kind]
        found = self._find(label)
        if found is None:
            raise SessionError(f"The page {self.page!r} has no {label!r}.")
        choose(found.element)
        return await self._ask(kind, start, fragment=found.fragment)

    async def choose(self, label: str, option: str) -> Change:
        """Chooses an option of the list with this label."""
        found = self._shown_with(label)
        self._set(found.element, WidgetState(id=found.element.selectbox.id, string_value=option))
        return await self._ask("choose", time.perf_counter(), fragment=found.fragment)

    async def press(self, label: str) -> Change:
        """Presses the button whose label begins so; the answer has come once the script has run."""
        for shown in self._shown.values():
            if shown.element.WhichOneof("type") == "button" and shown.element.button.label.startswith(label):
                self._pressed = WidgetState(id=shown.element.button.id, trigger_value=True)
                return await self._ask("press", time.perf_counter(), fragment=shown.fragment)
        raise SessionError(f"The page {self.page!r} has no button {label!r}.")

    def offers_button(self, label: str) -> bool:
        """Whether a button's label begins so."""
        elements = [shown.element for shown in self._shown.values()]
        return any(each.WhichOneof("type") == "button" and each.button.label.startswith(label) for each in elements)

    def _shown_with(self, label: str) -> _Shown:
        found = self._find(label)
        if found is None:
            raise SessionError(f"The page {self.page!r} has no {label!r}.")
        return found

    async def _turn_page(self, start: float) -> Change:
        """Most go to the page that follows, whose link says no moment; some anywhere, by the navigation."""
        names = list(self.pages)
        following = names[(names.index(self.page) + 1) % len(names)]
        if follows := self.random.random() < 0.7:
            self.page = following
        else:
            self.page = self.random.choice([name for name in names if name != self.page])
        kept = () if follows else MOMENT_PARAMETERS
        self._parameters = {name: text for name, text in self._parameters.items() if name in kept}
        self._page_hash = self.pages[self.page]
        return await self._ask("page", start)

    def _choose_option(self, element: Element) -> None:
        box = element.selectbox
        options = [option for option in box.options if option != self._value(element).string_value]
        self._set(element, WidgetState(id=box.id, string_value=self.random.choice(options)))

    def _choose_button(self, element: Element) -> None:
        group = element.button_group
        options = [option.content for option in group.options]
        chosen = list(self._value(element).string_array_value.data)
        state = WidgetState(id=group.id)
        state.string_array_value.data.append(self.random.choice([name for name in options if name not in chosen]))
        self._set(element, state)

    def _slide(self, element: Element) -> None:
        slider = element.slider
        steps = round((slider.max - slider.min) / slider.step)
        state = WidgetState(id=slider.id)
        state.double_array_value.data.append(slider.min + slider.step * self.random.randint(0, steps))
        self._set(element, state)

    def _hold(self, element: Element) -> None:
        """Chooses a factor to hold, or moves the value at which it is held."""
        value = self._find("at")
        if self._value(element).string_array_value.data and value is not None:
            self._slide(value.element)
        else:
            self._choose_button(element)

    # Widgets

    def _find(self, label: str) -> _Shown | None:
        for shown in self._shown.values():
            widget = _widget(shown.element)
            if widget is not None and (widget.label == label or (len(label) > 5 and widget.label.startswith(label))):
                return shown
        return None

    def _value(self, element: Element) -> WidgetState:
        widget = _widget(element)
        return self._values.get(widget.id) or _default(element, widget)

    def _set(self, element: Element, state: WidgetState) -> None:
        """A widget's value as the person set it; where it is bound to the address it stands there too."""
        self._values[state.id] = state
        if name := _widget(element).query_param_key:
            self._parameters[name] = _as_parameter(state)

    def _states(self, turns_page: bool) -> Iterator[WidgetState]:
        """All widgets' values; of the router's alone where another page is asked for."""
        for shown in self._shown.values():
            if _widget(shown.element) is not None and not (turns_page and shown.script != self._main_hash):
                yield self._value(shown.element)

    def _look_around(self) -> None:
        """The player writes where the person looks into the address."""
        self._parameters |= {"step": str(self.random.randint(1, 8)), "unit": str(self.random.randint(1, 4))}

    # Asking and receiving

    async def _ask(self, kind: str, start: float, page_name: str = "", fragment: str = "") -> Change:
        """Asks for a run of the script and takes all that comes until it has run."""
        connection = self._connection
        if connection is None:
            raise SessionError("The session has not joined.")
        request = BackMsg()
        run = request.rerun_script
        run.query_string, run.page_script_hash = urlencode(self._parameters), self._page_hash
        run.page_name, run.fragment_id = page_name, fragment
        run.widget_states.widgets.extend(self._states(turns_page=kind == "page"))
        if self._pressed is not None:
            run.widget_states.widgets.append(self._pressed)
            self._pressed = None
        run.cached_message_hashes.extend(self._cached)
        run.context_info.color_scheme = "dark" if self.dark else "light"
        run.context_info.url, run.context_info.locale = f"{self.address}/{self.page}", "en"
        await connection.send(request.SerializeToString())
        received = 0
        try:
            async with asyncio.timeout(self.patience):
                while True:
                    payload = await connection.recv(decode=False)
                    received += len(payload)
                    if self._take(ForwardMsg.FromString(payload)):
                        self._look_around()
                        return Change(kind, time.perf_counter() - start, received)
        except TimeoutError:
            raise SessionError(f"No answer to a change of {kind} within {self.patience:.0f} s.") from None

    def _take(self, message: ForwardMsg) -> bool:
        """Takes a message in; whether it says that the script has run."""
        kind = message.WhichOneof("type")
        if kind == "ref_hash":
            cached = self._cached.get(message.ref_hash)
            if cached is None:
                raise SessionError("The server referred to a message that it had not sent.")
            cached.run, metadata = self._run, message.metadata
            message = ForwardMsg.FromString(cached.message.SerializeToString())
            message.metadata.CopyFrom(metadata)
        elif message.metadata.cacheable:
            self._cached.setdefault(message.hash, _CachedMessage(message, self._run))
        if kind == "new_session":
            self._max_age = message.new_session.config.max_cached_message_age
            self._main_hash = message.new_session.main_script_hash
            self._run += 1
        elif kind == "navigation":
            self.pages = {
                page.url_pathname: page.page_script_hash for page in message.navigation.app_pages if not page.is_hidden
            }
            self._page_hash = message.navigation.page_script_hash
            self.page = next(
                (name for name, hashed in self.pages.items() if hashed == self._page_hash), next(iter(self.pages))
            )
        elif kind in ("delta", "ref_hash"):
            self._draw(message)
        elif kind == "script_finished":
            return self._finish(message)
        return False

    def _draw(self, message: ForwardMsg) -> None:
        delta, path = message.delta, tuple(message.metadata.delta_path)
        kind = delta.WhichOneof("type")
        if kind == "add_block":
            self._shown = {other: shown for other, shown in self._shown.items() if other != path}
        if kind != "new_element":
            return
        element = delta.new_element
        if element.WhichOneof("type") in ("exception", "alert"):
            said = element.exception.message or element.alert.body
            self.errors.append(f"{self.page}: {said[:200]}")
        self._shown[path] = _Shown(element, message.metadata.active_script_hash, delta.fragment_id, self._run)
        widget = _widget(element)
        if widget is not None and widget.set_value:
            self._values[widget.id] = _default(element, widget, use_value=True)

    def _finish(self, message: ForwardMsg) -> bool:
        status = message.script_finished
        if status == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            return False
        if status == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
            raise SessionError("The script could not be compiled.")
        fragments = set(message.metadata.run.fragment_ids)
        self._shown = {
            path: shown
            for path, shown in self._shown.items()
            if shown.run == self._run or (fragments and shown.fragment not in fragments)
        }
        alive = {widget.id for shown in self._shown.values() if (widget := _widget(shown.element)) is not None}
        self._values = {name: state for name, state in self._values.items() if name in alive}
        for name, cached in list(self._cached.items()):
            is_looked_at = not fragments or cached.message.delta.fragment_id in fragments
            if is_looked_at and self._run - cached.run > self._max_age:
                del self._cached[name]
        return True


_WIDGETS = ("selectbox", "button_group", "slider", "number_input")


def _widget(element: Element) -> Any:
    """The element's widget, where it is one of those that the sessions move."""
    kind = element.WhichOneof("type")
    return getattr(element, kind) if kind in _WIDGETS else None


def _default(element: Element, widget: Any, use_value: bool = False) -> WidgetState:
    """The value that a widget begins with; with `use_value` the one that the script set."""
    state = WidgetState(id=widget.id)
    kind = element.WhichOneof("type")
    if kind == "selectbox":
        if use_value:
            state.string_value = widget.raw_value
        elif widget.options:
            state.string_value = widget.options[widget.default]
    elif kind == "button_group":
        options = [option.content for option in widget.options]
        state.string_array_value.data.extend(
            widget.raw_values if use_value else [options[index] for index in widget.default]
        )
    elif kind == "slider":
        state.double_array_value.data.extend(widget.value if use_value else widget.default)
    else:
        state.double_value = widget.value if use_value else widget.default
    return state


def _as_parameter(state: WidgetState) -> str:
    kind = state.WhichOneof("value")
    if kind == "string_array_value":
        return str(state.string_array_value.data[0])
    if kind == "double_array_value":
        number = state.double_array_value.data[0]
        return str(int(number)) if number == int(number) else f"{number:g}"
    return str(state.string_value)
