// Keyboard shortcuts of the player: play, beats, steps, units, sequences, depth.

const SHORTCUTS = {
  " ": (player) => player.togglePlay(),
  ArrowRight: (player, event) => (event.shiftKey ? player.moveStep(1) : player.turnPage(1)),
  ArrowLeft: (player, event) => (event.shiftKey ? player.moveStep(-1) : player.turnPage(-1)),
  ".": (player) => player.moveBeat(1),
  ",": (player) => player.moveBeat(-1),
  Enter: (player) => player.moveDepth(1),
  Escape: (player) => player.moveDepth(-1),
  Home: (player) => player.moveTo({ step: player.ends[0], beat: 0 }),
  End: (player) => player.moveTo({ step: player.ends[1], beat: player.beats.length - 1 }),
  ArrowUp: (player) => player.moveRow(-1),
  ArrowDown: (player) => player.moveRow(1),
  "[": (player) => player.moveSequence(-1),
  "]": (player) => player.moveSequence(1),
};

const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
const PRESSED = "button, a, summary, [role=button]";
const WIDGETS = [
  "[role=listbox], [role=slider], [role=combobox],",
  "[role=radiogroup], [role=tablist], [role=menu]",
].join(" ");

// A key typed into a field, or one that moves a control which has the focus, is not ours.
export function belongsElsewhere(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  // A closed list box that still has the focus leaves all but its own keys to the player.
  if (target.closest("[role=combobox][aria-expanded=false]")) return [" ", "ArrowUp", "ArrowDown"].includes(event.key);
  if (target.closest(FIELDS)) return true;
  if ([" ", "Enter"].includes(event.key) && target.closest(PRESSED)) return true;
  return Boolean(target.closest(WIDGETS));
}

// Lets keys drive a player; returns what ends that.
export function listenForKeys(player) {
  const onKey = (event) => {
    const act = SHORTCUTS[event.key];
    if (!act || belongsElsewhere(event)) return;
    if (["Enter", "Escape"].includes(event.key) && !player.canInspectGates) return;
    event.preventDefault();
    act(player, event);
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}
