// Where a person is looking, kept in the address bar; counted from 1 there, as on the page.

const COUNTED = ["step", "unit", "sequence", "layer"];

function fromAddress(moment, beats) {
  const query = new URLSearchParams(location.search);
  const found = { ...moment };
  for (const name of COUNTED) {
    const value = Number.parseInt(query.get(name) ?? "", 10);
    if (value >= 1) found[name] = value - 1;
  }
  for (const name of ["gate", "depth"]) found[name] = Math.max(0, Number.parseInt(query.get(name) ?? "", 10) || 0);
  const beat = beats.indexOf((query.get("beat") ?? "").replaceAll("-", " "));
  return beat >= 0 ? { ...found, beat } : found;
}

// Writing an address takes a browser 10 ms, so it waits until the person does.
const ADDRESS_MS = 200;
let writing;

function toAddressSoon(...said) {
  clearTimeout(writing);
  writing = setTimeout(() => toAddress(...said), ADDRESS_MS);
}

function toAddress(moment, beats, theme) {
  // A picture inside a notebook has no address of its own.
  if (location.protocol === "about:") return;
  const url = new URL(location.href);
  for (const name of COUNTED) {
    const first = ["sequence", "layer"].includes(name) && moment[name] === 0;
    if (first) url.searchParams.delete(name);
    else url.searchParams.set(name, moment[name] + 1);
  }
  for (const name of ["gate", "depth"]) {
    if (moment.depth > 0) url.searchParams.set(name, moment[name]);
    else url.searchParams.delete(name);
  }
  if (moment.beat === beats.length - 1) url.searchParams.delete("beat");
  else url.searchParams.set("beat", beats[moment.beat].replaceAll(" ", "-"));
  if (url.searchParams.has("embed_options") || theme !== preferred()) url.searchParams.set("embed_options", `${theme}_theme`);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

// What the system asks for. Streamlit reads a link's own theme from `embed_options`.
function preferred() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}
