// The state that a class follows, as one short text: a page and its query, such as "forget_gate?step=18&beat=forget".

import { readMoment, writeMoment } from "./address-bar.js";

const PARTS = ["step", "beat", "unit", "sequence", "layer", "gate", "depth", "signs", "checkpoint", "training"];
// What the choices of a model are, which no address holds where they are the usual ones.
const CHOICES = ["model", "variant"];
const MAX_VALUE = 240;

// Where a page is: its name, "" for the first one, and the values of its widgets, in the order of `keys`.
export function placeOf({ pathname, search }, { base, keys, pages, ...choices }) {
  const name = pathname.slice(base.length).replace(/^\/|\/$/g, "");
  const query = new URLSearchParams(search);
  const widgets = {};
  for (const key of keys) {
    const value = CHOICES.includes(key) ? choices[key] || query.get(key) : query.get(key);
    if (value !== null && value !== undefined && value.length <= MAX_VALUE) widgets[key] = value;
  }
  return { page: pages.includes(name) ? name : "", widgets };
}

// The text of a state. `moment` is as the player tells it, null where there is none.
export function writeState({ page, widgets }, { moment, paragraph, theme }) {
  const query = new URLSearchParams(widgets);
  if (moment) {
    writeMoment(query, moment, moment.beats);
    query.set("run", moment.run.slice(0, MAX_VALUE));
  }
  if (paragraph !== null) query.set("paragraph", paragraph + 1);
  query.set("theme", theme);
  return `${page}?${query}`;
}

// What a text says: {page, widgets, query, run, paragraph, theme}; what isn't known is left out.
export function readState(text, { keys, pages }) {
  const [page, ...rest] = String(text).split("?");
  const query = new URLSearchParams(rest.join("?"));
  const widgets = {};
  for (const key of keys) if (query.has(key)) widgets[key] = query.get(key);
  const paragraph = Number.parseInt(query.get("paragraph") ?? "", 10);
  return {
    page: pages.includes(page) ? page : "",
    widgets,
    query,
    run: query.get("run") ?? "",
    paragraph: paragraph >= 1 ? paragraph - 1 : null,
    theme: query.get("theme") ?? "",
  };
}

// The moment that a state asks for; null where it asks for none.
export function momentOf({ query }, beats) {
  if (!query.has("step")) return null;
  const found = readMoment(query, { step: 0, beat: beats.length - 1, unit: 0, sequence: 0, layer: 0 }, beats);
  return Object.fromEntries(PARTS.map((name) => [name, found[name]]));
}

// Whether a moment is another one.
export function differs(moment, other) {
  return PARTS.some((name) => (moment[name] ?? 0) !== (other[name] ?? 0));
}

// A place as one text, to be compared.
export function placeText({ page, widgets }) {
  return `${page}?${new URLSearchParams(widgets)}`;
}

// The address of a state in this browser: what isn't the class's stays as it is here.
export function addressOf({ page, widgets, query, paragraph }, here, { base, keys }) {
  const url = new URL(here);
  url.pathname = `${base}/${page}`;
  url.hash = "";
  for (const name of [...keys, ...PARTS, "paragraph", "notes"]) url.searchParams.delete(name);
  for (const [name, value] of Object.entries(widgets)) url.searchParams.set(name, value);
  for (const name of PARTS) if (query.has(name)) url.searchParams.set(name, query.get(name));
  if (paragraph !== null) url.searchParams.set("paragraph", paragraph + 1);
  return url;
}

// How many follow, in words.
export function followers({ people, away }) {
  if (people === 0) return "nobody has joined yet";
  if (away > 0) return `${people - away} of ${people} follow`;
  return `${people} ${people === 1 ? "follows" : "follow"}`;
}
