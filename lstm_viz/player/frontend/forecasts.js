// A model's forecast and what came, as words and as bars. The twin of figures/bindings/forecasts.py.

import { shownStep } from "./answers.js";
import { plain } from "./formats.js";
import { BLANK, escapeMarkup } from "./labels.js";

const FORECAST = "forecast";
const ARRIVE = 0;
const USE = 4;

// The forecast or what came, of the step that is shown; NaN where there is none.
function numberOf(viewport, moment, which) {
  const { extras, ownLayers, start } = viewport.header;
  const step = shownStep(viewport, moment);
  if (!(FORECAST in extras) || !viewport.hasStep(step) || moment.layer >= ownLayers) return Number.NaN;
  const { shape, data } = viewport.block(extras[FORECAST]);
  return data[((step - start) * shape[1] + moment.sequence) * shape[2] + which];
}

export function forecastWords({ forecast, words, digits, unit }, viewport, moment) {
  const number = numberOf(viewport, moment, forecast);
  if (!Number.isFinite(number)) return [BLANK];
  return [`${words} ${plain(number, digits)} ${escapeMarkup(unit)}`.trimEnd()];
}

// The bar of a forecast or of what came; `done` is how far it is on its way from the step before's.
export function forecastBar(binding, viewport, moment, done) {
  let value = numberOf(viewport, moment, binding.forecast_bar);
  if (!Number.isFinite(value)) return [];
  if (moment.beat === USE) {
    const before = numberOf(viewport, { ...moment, beat: ARRIVE }, binding.forecast_bar);
    if (Number.isFinite(before)) value = before + (value - before) * done;
  }
  const [low, high, base] = binding.ends;
  const [left, right, bottom, top] = binding.box;
  const along = (number) => left + ((right - left) * (Math.min(Math.max(number, low), high) - low)) / (high - low);
  const start = along(base);
  let end = along(value);
  const isDown = value < base;
  // What is nearly nothing stays visible, and an end beyond the scale is a point.
  if (Math.abs(end - start) < 1) end = start + (isDown ? -1 : 1);
  const neck = value >= low && value <= high ? end : end + (isDown ? 5 : -5);
  const middle = (bottom + top) / 2;
  return [
    [
      [start, bottom],
      [neck, bottom],
      [end, middle],
      [neck, top],
      [start, top],
    ],
  ];
}
