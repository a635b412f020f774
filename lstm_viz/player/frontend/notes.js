// What there is to look for, as chips under the picture: each goes to the unit, the step and the beat that show it.

const PARTS = ["unit", "step", "beat", "sequence"];
// More than this is a list that nobody reads: the others come when asked for.
const FIRST_CHIPS = 6;

export default function mount({ parentElement, data }) {
  const box = parentElement.querySelector(".notes");
  const chips = data.map(chip);
  const label = Object.assign(document.createElement("b"), { textContent: "Look for" });
  const others = chips.slice(FIRST_CHIPS);
  const more = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: `${others.length} more`,
  });
  for (const each of others) each.hidden = true;
  more.hidden = others.length === 0;
  more.onclick = () => {
    for (const each of others) each.hidden = false;
    more.hidden = true;
  };
  box.replaceChildren(label, ...chips, more);
  const compare = ({ detail }) => {
    for (const each of chips) each.setAttribute("aria-pressed", String(isAt(each.moment, detail)));
  };
  window.addEventListener("lstm-viz:moment", compare);
  return () => window.removeEventListener("lstm-viz:moment", compare);
}

function chip(note) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: said(note) });
  button.moment = Object.fromEntries(PARTS.filter((name) => note[name] != null).map((name) => [name, note[name]]));
  if (note.step != null) button.title = `Step ${note.step + 1}`;
  button.setAttribute("aria-pressed", "false");
  button.onclick = () =>
    window.dispatchEvent(new CustomEvent("lstm-viz:go-to", { detail: { moment: button.moment, parts: [] } }));
  return button;
}

// The unit comes first: "Its memory ..." would be nobody's.
function said({ unit, text }) {
  return `Unit ${unit + 1}: ${text.replace(/^Its /, "its ")}`;
}

function isAt(wanted, moment) {
  return wanted.step !== undefined && Object.entries(wanted).every(([name, value]) => moment[name] === value);
}
