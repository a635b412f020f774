// Keyboard shortcuts of the player: play, beats, steps, units, sequences, depth, checkpoints.
//
// A control that was reached by Tab keeps its own keys. One that was touched with mouse, pen or finger gives them back:
// who drags a slider and then presses → means the picture. A field that is typed in, and a list that is open, keep all.

const SHORTCUTS = {
  " ": (player) => player.togglePlay(),
  ArrowRight: (player, event) => (event.shiftKey ? player.moveStep(1) : player.turnPage(1)),
  ArrowLeft: (player, event) => (event.shiftKey ? player.moveStep(-1) : player.turnPage(-1)),
  ".": (player) => player.moveBeat(1),
  ",": (player) => player.moveBeat(-1),
  Enter: (player) => player.moveDepth(1),
  Escape: (player) => player.closeOne(),
  Home: (player) => player.moveTo({ step: player.ends[0], beat: 0 }),
  End: (player) => player.moveTo({ step: player.ends[1], beat: player.beats.length - 1 }),
  ArrowUp: (player) => player.moveRow(-1),
  ArrowDown: (player) => player.moveRow(1),
  "[": (player) => player.moveSequence(-1),
  "]": (player) => player.moveSequence(1),
  c: (player) => player.toggleSigns(),
  "<": (player) => player.moveCheckpoint(-1),
  ">": (player) => player.moveCheckpoint(1),
};

const UNTYPED = ["checkbox", "radio", "range", "button", "submit", "reset", "file", "color", "image"];
const LINES = `input${UNTYPED.map((type) => `:not([type=${type}])`).join("")}`;
const TEXT_FIELDS = `${LINES}, textarea, [contenteditable=true]`;
const CLOSED_LIST = "[role=combobox][aria-expanded=false]";
// What is open over the page, and moves by the keys.
const OPEN = "[role=combobox][aria-expanded=true], [role=listbox], [role=menu], [aria-modal=true]";
// What Escape closes, wherever the focus is.
const OPEN_ANYWHERE = "[data-baseweb=popover], [role=dialog], [aria-modal=true], dialog[open]";
const PRESSED = "button, a, summary, [role=button]";
const WIDGETS = "select, input[type=range], input[type=radio], [role=slider], [role=radiogroup], [role=tablist]";

// Whether the focus was moved by Tab since the page was last touched.
let reachedByTab = false;

// A key typed into a field, or one that moves a control which was reached by Tab, is not ours.
export function belongsElsewhere(event, byTab = reachedByTab) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  if (event.key === "Escape" && document.querySelector(OPEN_ANYWHERE)) return true;
  if (target.closest(OPEN) || isOpenSelect(target)) return true;
  // A closed list box that still has the focus leaves all but its own keys to the player.
  if (target.closest(CLOSED_LIST)) return byTab && [" ", "ArrowUp", "ArrowDown"].includes(event.key);
  if (target.closest(TEXT_FIELDS)) return true;
  if (!byTab) return false;
  if ([" ", "Enter"].includes(event.key) && target.closest(PRESSED)) return true;
  if (event.key === " " && target.matches("input[type=checkbox]")) return true;
  return Boolean(target.closest(WIDGETS));
}

// A list of the browser's own, while it hangs open. Where that can't be told, it is taken to be.
function isOpenSelect(target) {
  if (!target.matches("select")) return false;
  return globalThis.CSS?.supports("selector(:open)") ? target.matches(":open") : true;
}

// Lets keys drive a player; returns what ends that.
export function listenForKeys(player) {
  const onKey = (event) => {
    if (event.key === "Tab") reachedByTab = true;
    if (event.key === "Enter") leaveTextField(event.composedPath()[0]);
    const act = SHORTCUTS[event.key];
    if (!act || belongsElsewhere(event)) return;
    if (event.key === "Enter" && !player.canInspectGates) return;
    if (["<", ">"].includes(event.key) && !player.viewport?.header.checkpoints) return;
    if (event.key === "Escape" && !player.canClose) return;
    event.preventDefault();
    event.stopPropagation();
    // What was touched lets go of the key altogether: some browsers press a button when the key comes up again.
    if (!reachedByTab) event.composedPath()[0].blur?.();
    act(player, event);
  };
  const onPointer = (event) => {
    reachedByTab = false;
    // A chart keeps the browser from moving the focus: a field that had it would go on being typed in.
    if (event.composedPath().some((part) => part.classList?.contains("js-plotly-plot"))) focused()?.blur();
  };
  const listeners = { keydown: onKey, pointerdown: onPointer };
  // Before anything else on the page hears of them.
  for (const [name, listener] of Object.entries(listeners)) window.addEventListener(name, listener, true);
  return () => {
    for (const [name, listener] of Object.entries(listeners)) window.removeEventListener(name, listener, true);
  };
}

// What has the focus, also within a component.
function focused() {
  let element = document.activeElement;
  while (element?.shadowRoot?.activeElement) element = element.shadowRoot.activeElement;
  return element;
}

// Takes the focus from a control that has done what it was touched for.
export function leaveIfTouched(control) {
  if (!reachedByTab) control.blur();
}

// Enter ends the typing in a line that was clicked into, once the line's own listeners have read it.
function leaveTextField(field) {
  if (field instanceof Element && field.matches(`${LINES}:not([role=combobox])`))
    setTimeout(() => leaveIfTouched(field));
}
