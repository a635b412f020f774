// One hand is enough: the keys that drive the player.

const KEYS = {
  " ": (player) => player.toggle(),
  ArrowRight: (player, event) => (event.shiftKey ? player.step(1) : player.turn(1)),
  ArrowLeft: (player, event) => (event.shiftKey ? player.step(-1) : player.turn(-1)),
  ".": (player) => player.beat(1),
  ",": (player) => player.beat(-1),
  Enter: (player) => player.deeper(1),
  Escape: (player) => player.deeper(-1),
  Home: (player) => player.go({ step: player.ends[0], beat: 0 }),
  End: (player) => player.go({ step: player.ends[1], beat: player.beats.length - 1 }),
  ArrowUp: (player) => player.row(-1),
  ArrowDown: (player) => player.row(1),
  "[": (player) => player.sequence(-1),
  "]": (player) => player.sequence(1),
};

// A key typed into a field, or one that moves a control which has the focus, is not ours.
function isTaken(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  // A closed list box that still has the focus leaves all but its own keys to the player.
  if (target.closest("[role=combobox][aria-expanded=false]")) return [" ", "ArrowUp", "ArrowDown"].includes(event.key);
  const own = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";
  if (target.closest(own)) return true;
  const pressed = [" ", "Enter"].includes(event.key) && target.closest("button, a, summary, [role=button]");
  return Boolean(pressed || target.closest("[role=listbox], [role=slider], [role=combobox], [role=radiogroup], [role=tablist], [role=menu]"));
}

function listen(player) {
  const onKey = (event) => {
    const act = KEYS[event.key];
    if (!act || isTaken(event)) return;
    if (["Enter", "Escape"].includes(event.key) && !player.opens) return;
    event.preventDefault();
    act(player, event);
  };
  window.addEventListener("keydown", onKey);
  return () => window.removeEventListener("keydown", onKey);
}
