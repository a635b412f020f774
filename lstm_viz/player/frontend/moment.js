// A moment {step, beat, unit, sequence, layer, window, gate, depth, checkpoint ...}: where one looks. `clampMoment` is the twin of
// `clamp_moment` in figures/options.py.

import { INSPECTABLE_GATES } from "./gates.js";

// The nearest moment that a viewport has.
export function clampMoment(moment, viewport) {
  const { header } = viewport;
  const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
  const layer = clamp(moment.layer, header.ownLayers);
  const sequence = clamp(moment.sequence, header.sequenceNames.length);
  const step = clamp(moment.step, header.lengths[sequence]);
  const { order } = viewport.layer(layer);
  const unit = order.includes(moment.unit) ? moment.unit : order[0];
  const gate = INSPECTABLE_GATES[moment.gate] in (header.maps[layer] ?? {}) ? moment.gate : 0;
  const depth = header.maps.length ? clamp(moment.depth ?? 0, 3) : 0;
  const { updates, trainings } = header.checkpoints ?? { updates: [0], trainings: [""] };
  const checkpoint = clamp(moment.checkpoint ?? 0, updates.length);
  const training = clamp(moment.training ?? 0, trainings.length);
  const window = windowAround(step, moment.window, viewport);
  return { ...moment, layer, sequence, step, unit, gate, depth, checkpoint, training, window };
}

// The window keeps its place while the step is in it, and turns like a page when it leaves. It begins no sooner
// than what is held.
function windowAround(step, window, viewport) {
  const width = viewport.header.window;
  const last = Math.max(0, viewport.header.total - width);
  const first = Math.max(0, Math.min(viewport.header.start, step, last));
  if (step >= window && step < window + width) return Math.min(Math.max(window, first), last);
  return Math.max(first, Math.min(Math.floor(step / width) * width, last));
}

// Whether it is before a beat of its step, or before so much of that beat's motion is over. The twin of Moment.precedes.
export function precedes(moment, beat = 0, progress = 0) {
  return moment.beat < beat || (moment.beat === beat && (moment.progress ?? 1) < progress);
}

// A part that follows a layer of its own sees the moment there; "beside" is the other run's layer next to this one.
export function momentInLayer(layer, moment, viewport) {
  if (layer === undefined) return moment;
  const { ownLayers } = viewport.header;
  return { ...moment, layer: layer === "beside" ? ownLayers + (moment.layer % ownLayers) : layer };
}
