// Writers of long-term memory: the events that a unit's cell state is made of, in few groups with a colour each.
// The twin of figures/bindings/writers.py, which says how a value is divided among them.

import { signed, whole } from "./formats.js";
import { BLANK, escapeMarkup, labelAt, visible } from "./labels.js";
import { precedes } from "./moment.js";

// Groups by age: written at this step, up to 3 steps ago, up to 12, before that.
const AGES = [0, 3, 12];
const AGE_NAMES = ["now", "last 3 steps", "last 12", "older"];
export const OTHER = 4;
const [NEGLIGIBLE, NOTHING] = [1e-6, 0.005];
const MOST = 0.6;

// The writes {step, share} that the cell state is made of which the step finds, the latest first; `step` is null for
// what is left of before.
export function writesBefore(viewport, moment, row) {
  const { layer, sequence, step } = moment;
  const key = `writes ${layer} ${sequence} ${step} ${row}`;
  return viewport.cached(key, () => {
    const value = (name, s) => viewport.value(layer, name, s, sequence, row);
    const back = viewport.layer(layer).reverse ? 1 : -1;
    const found = [];
    let [place, left] = [step, 1];
    while (viewport.hasStep(place + back) && Math.abs(left) > NEGLIGIBLE) {
      const factor = value("forget_gate", place + back);
      if (Number.isNaN(factor)) break;
      place += back;
      found.push({ step: place, share: left * value("learned", place) });
      left *= factor;
    }
    return [...found, { step: null, share: left * value("previous_cell_state", place) }];
  });
}

// The writes that an array of the cell state's path is made of, at the step.
function writesIn(array, viewport, moment, row) {
  const value = (name) => viewport.value(moment.layer, name, moment.step, moment.sequence, row);
  const written = () => ({ step: moment.step, share: value("learned") });
  if (array === "learned") return [written()];
  const found = writesBefore(viewport, moment, row);
  if (array === "previous_cell_state") return found;
  const factor = value("forget_gate");
  const kept = found.map(({ step, share }) => ({ step, share: factor * share }));
  return array === "kept" ? kept : [written(), ...kept];
}

export function groupOf({ step }, viewport, moment) {
  const names = viewport.writerNames(moment.layer);
  if (step === null) return names.length ? OTHER : AGES.length;
  if (names.length) {
    const place = names.indexOf(labelAt(viewport, moment, step));
    return place < 0 ? OTHER : place;
  }
  const ago = viewport.layer(moment.layer).reverse ? step - moment.step : moment.step - step;
  if (ago < 0) return OTHER;
  const group = AGES.findIndex((most) => ago <= most);
  return group < 0 ? AGES.length : group;
}

// A value divided among the groups: parts of its own sign, which add up to it.
export function divided(array, viewport, moment, row) {
  const { layer, sequence, step } = moment;
  const key = `divided ${layer} ${sequence} ${step} ${row} ${array}`;
  return viewport.cached(key, () => {
    const value = viewport.value(layer, array, step, sequence, row);
    const parts = Array(OTHER + 1).fill(0);
    if (!Number.isFinite(value) || value === 0) return parts;
    for (const write of writesIn(array, viewport, moment, row))
      if (write.share * value > 0) parts[groupOf(write, viewport, moment)] += write.share;
    let total = parts.reduce((sum, part) => sum + part, 0);
    if (total === 0) parts[OTHER] = total = value;
    return parts.map((part) => value * (part / total));
  });
}

// Who wrote most of a value, in words; blank where there is next to none.
function labelOfWrite(array, viewport, moment, row, short) {
  const value = viewport.value(moment.layer, array, moment.step, moment.sequence, row);
  if (!Number.isFinite(value) || Math.abs(value) < NOTHING) return BLANK;
  const own = writesIn(array, viewport, moment, row).filter(({ share }) => share * value > 0);
  if (!own.length) return BLANK;
  const weight = ({ share }) => Math.abs(share);
  const largest = own.reduce((best, write) =>
    weight(write) > weight(best) || (weight(write) === weight(best) && (write.step ?? -1) > (best.step ?? -1))
      ? write
      : best,
  );
  const isMost = weight(largest) >= MOST * own.reduce((sum, write) => sum + weight(write), 0);
  const most = isMost || short ? "" : "mostly ";
  if (largest.step === null) return `${most}from before`;
  const since = largest.step === moment.step ? "now" : `since ${short ? "" : "step "}${whole(largest.step + 1)}`;
  const name = eventName(viewport, moment, largest.step);
  return name ? `${most}<b>${name}</b> · ${since}` : `${most}${since}`;
}

// An event's name where it is short, such as a letter; none for a date or a number.
function eventName(viewport, moment, step) {
  const label = visible(labelAt(viewport, moment, step));
  const isName = label.trim() && label.length <= viewport.header.ticks.shortLabel && !/^\d+$/.test(label);
  return isName ? escapeMarkup(label) : "";
}

// The writes that weigh most in a value, either sign, for the label under the pointer.
export function hoverShares(array, viewport, moment, row, most = 3) {
  const writes = writesIn(array, viewport, moment, row).map((write, k) => ({ ...write, k }));
  writes.sort((a, b) => Math.abs(b.share) - Math.abs(a.share) || a.k - b.k);
  const seen = writes.slice(0, most).filter(({ share }) => Math.abs(share) >= NOTHING);
  return seen
    .map(({ step, share }) => {
      if (step === null) return `${signed(share)} from before`;
      const name = eventName(viewport, moment, step);
      return `${signed(share)} ${name ? `${name} ` : ""}step ${whole(step + 1)}`;
    })
    .join(", ");
}

// {"writers": array, "give": "label"}: the followed unit's; or the "legend".
export function writerValues(binding, viewport, moment) {
  if (binding.give === "legend") return [legend(binding, viewport, moment)];
  const row = viewport.rowOf(moment.layer, moment.unit);
  if (binding.give === "words") {
    const words = labelOfWrite(binding.writers, viewport, moment, row).replace(/<.*?>/g, "");
    return words.trim() ? ` (${words})` : "";
  }
  if (moment.signs || precedes(moment, binding.from, binding.at)) return [BLANK];
  return [labelOfWrite(binding.writers, viewport, moment, row, binding.short)];
}

function legend(binding, viewport, moment) {
  const swatches = (words) => words.map(([colour, word]) => `<span style="color:${colour}">■</span> ${word}`);
  if (moment.signs) {
    const words = [
      [binding.signs[1], "above 0"],
      [binding.signs[0], "below 0"],
    ];
    return `${swatches(words).join(" ")}`;
  }
  const names = viewport.writerNames(moment.layer);
  const colours = groupColours(binding, viewport, moment);
  const words = names.length
    ? [...names.map((name, k) => [colours[k], escapeMarkup(visible(name))]), [colours[OTHER], "others"]]
    : AGE_NAMES.map((name, k) => [colours[k], name]);
  return `written ${names.length ? "by" : ""} ${swatches(words).join("  ")}`;
}

export function groupColours(binding, viewport, moment) {
  return viewport.writerNames(moment.layer).length ? binding.names : binding.ages;
}

// {"fill": band, ...}: a band is a group of writers, or "+" or "-", values of one sign, or the step's "event".
export function fillColour(binding, viewport, moment) {
  const band = binding.fill;
  if (moment.signs && band !== "event") return binding.signs[[0, "+"].includes(band) ? 1 : 0];
  const colours = groupColours(binding, viewport, moment);
  if (binding.event || band === "event") return colours[groupOf({ step: moment.step }, viewport, moment)];
  return typeof band === "number" ? colours[band] : binding.plain;
}
