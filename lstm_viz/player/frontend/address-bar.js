// Where a person is looking, kept in the address bar; counted from 1 there, as on the page.

import { preferredTheme } from "./display.js";

const COUNTED = ["step", "unit", "sequence", "layer", "checkpoint", "training"];
// Those left out of the address where they are the first.
const OMITTED_AT_FIRST = ["sequence", "layer", "checkpoint", "training"];
const INSPECTION = ["gate", "depth"];
// Writing an address takes a browser 10 ms, so it waits until the person does.
const DELAY_MS = 200;

// The moment that the address asks for, and of another one what it leaves open. One that names a step was written here,
// or by someone who knows how: what such an address leaves out is what writing omits.
export function readAddress(moment, beats) {
  return readMoment(new URLSearchParams(location.search), moment, beats);
}

// The same of any query.
export function readMoment(query, moment, beats) {
  const number = (name) => Number.parseInt(query.get(name) ?? "", 10);
  const omitted = { ...Object.fromEntries(OMITTED_AT_FIRST.map((name) => [name, 0])), beat: beats.length - 1 };
  const found = { ...moment, ...(query.has("step") ? omitted : {}) };
  for (const name of COUNTED) if (number(name) >= 1) found[name] = number(name) - 1;
  for (const name of INSPECTION) found[name] = Math.max(0, number(name) || 0);
  found.signs = query.get("signs") === "1" ? 1 : 0;
  const beat = beats.indexOf((query.get("beat") ?? "").replaceAll("-", " "));
  return beat >= 0 ? { ...found, beat } : found;
}

// Whether the address says where in the run to look.
export function namesMoment() {
  const query = new URLSearchParams(location.search);
  return [...COUNTED, ...INSPECTION, "beat"].some((name) => query.has(name));
}

let pending;

export function writeAddressSoon(...args) {
  clearTimeout(pending);
  pending = setTimeout(() => writeAddress(...args), DELAY_MS);
}

export function writeAddress(moment, beats, theme) {
  // A picture inside a notebook has no address of its own.
  if (location.protocol === "about:") return;
  const url = new URL(location.href);
  writeMoment(url.searchParams, moment, beats);
  // Streamlit reads a link's own theme from `embed_options`.
  if (url.searchParams.has("embed_options") || theme !== preferredTheme())
    url.searchParams.set("embed_options", `${theme}_theme`);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

// Sets in a query where a person is looking.
export function writeMoment(query, moment, beats) {
  const set = (name, value) => (value === null ? query.delete(name) : query.set(name, value));
  for (const name of COUNTED) set(name, OMITTED_AT_FIRST.includes(name) && !moment[name] ? null : moment[name] + 1);
  for (const name of INSPECTION) set(name, moment.depth > 0 ? moment[name] : null);
  set("signs", moment.signs ? 1 : null);
  set("beat", moment.beat === beats.length - 1 ? null : beats[moment.beat].replaceAll(" ", "-"));
}
