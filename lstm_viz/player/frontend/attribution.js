// Attribution of long-term memory (the "ledger"): which events it comes from, each write times all later forget gates.
// The twin of figures/bindings/attribution.py.

import { range } from "./arrays.js";
import { signed } from "./formats.js";
import { BLANK, escapeMarkup, windowSteps } from "./labels.js";
import { inkOn } from "./palette.js";
import { groupColours, groupOf, OTHER } from "./writers.js";

const MAX_WRITES = 6;
const UNLISTED = { rest: "all other events", before: "before this window" };

export function attribution(binding, viewport, moment) {
  const { table, order } = attributionInWindow(viewport, moment);
  if (binding.give === "sentence") return describe(table, order, binding, viewport, moment);
  const step = order[binding.attribution];
  if (binding.give === "values") return valuesOf(table, order, binding.attribution);
  if (binding.give === "colour") return colourOf(binding, viewport, moment, step);
  if (binding.give === "ink") return inkOn(colourOf(binding, viewport, moment, step));
  if (binding.give !== "name") return table[0].map((_, k) => (k === step ? tick(viewport, moment, step) : BLANK));
  if (step === undefined) return UNLISTED[binding.attribution] ?? BLANK;
  return `${label(viewport, moment, step)}, step ${moment.window + step + 1}`;
}

function attributionInWindow(viewport, moment) {
  const key = `attribution ${moment.layer} ${moment.unit} ${moment.sequence} ${moment.window}`;
  return viewport.cached(key, () => attribute(viewport, moment));
}

// `table[0]` is what came before the window, `table[1 + s]` what step s wrote: how much of it is left at each step.
// `order` names the steps that wrote most.
function attribute(viewport, moment) {
  const steps = windowSteps(viewport, moment);
  const row = viewport.rowOf(moment.layer, moment.unit);
  const column = (name) => steps.map((step) => viewport.value(moment.layer, name, step, moment.sequence, row));
  const [forget, learned, before] = ["forget_gate", "learned", "previous_cell_state"].map(column);
  const table = range(0, steps.length + 1).map(() => Array(steps.length).fill(0));
  const readingOrder = range(0, steps.length);
  if (viewport.layer(moment.layer).reverse) readingOrder.reverse();
  let left = null;
  for (const step of readingOrder) {
    if (Number.isNaN(forget[step])) continue;
    left ??= [before[step], ...Array(steps.length).fill(0)];
    left = left.map((value) => value * forget[step]);
    left[1 + step] = learned[step];
    left.forEach((value, k) => {
      table[k][step] = value;
    });
  }
  const weight = table.slice(1).map((values) => Math.max(0, ...values.map(Math.abs)));
  const order = range(0, steps.length).sort((a, b) => weight[b] - weight[a] || a - b);
  return { table, order: order.slice(0, MAX_WRITES) };
}

function valuesOf(table, order, rank) {
  if (rank === "before") return table[0];
  if (rank !== "rest") return order[rank] === undefined ? table[0].map(() => 0) : table[1 + order[rank]];
  const listed = new Set(order);
  return table[0].map((_, t) => table.slice(1).reduce((sum, values, k) => sum + (listed.has(k) ? 0 : values[t]), 0));
}

// Today's memory as its parts: the writes that have an area, the largest first, and the others' sum.
function describe(table, order, binding, viewport, moment) {
  const now = table.map((values) => values[moment.step - moment.window]);
  const value = (rank) => now[1 + order[rank]];
  const isSeen = (number) => /[1-9]/.test(signed(number));
  const ranks = range(0, order.length).filter((rank) => isSeen(value(rank)));
  ranks.sort((a, b) => Math.abs(value(b)) - Math.abs(value(a)) || a - b);
  const listed = ranks.slice(0, binding.max_listed);
  const square = (step) => `<span style="color:${colourOf(binding, viewport, moment, step)}">■</span> `;
  const swatch = (rank) => (binding.names ? square(order[rank]) : "");
  const parts = listed.map((rank) => {
    const name = `${label(viewport, moment, order[rank])} at step ${moment.window + order[rank] + 1}`;
    return `${swatch(rank)}${name} ${signed(value(rank))}`;
  });
  const sum = (values) => values.reduce((total, number) => total + number, 0);
  if (isSeen(now[0])) parts.push(`${UNLISTED.before} ${signed(now[0])}`);
  return [...parts, `${UNLISTED.rest} ${signed(sum(now.slice(1)) - sum(listed.map(value)))}`].join(", ");
}

// The colour of what a step of the window wrote; what it is yet to write has the colour of the rest.
function colourOf(binding, viewport, moment, step) {
  const colours = groupColours(binding, viewport, moment);
  return colours[step === undefined ? OTHER : groupOf({ step: moment.window + step }, viewport, moment)];
}

function tick(viewport, moment, step) {
  const text = label(viewport, moment, step);
  return text.length <= viewport.header.ticks.shortLabel ? text : String(moment.window + step + 1);
}

function label(viewport, moment, step) {
  return escapeMarkup(viewport.header.labels[moment.window - viewport.header.start + step][moment.sequence]) || BLANK;
}
