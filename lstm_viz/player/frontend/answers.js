// A model's answers: how likely each is, as bars and as words. The twin of figures/bindings/answers.py.

import { BLANK, escapeMarkup, truncate, visible } from "./labels.js";

const CHANCES = "chances";
const USE = 4;
// Signs of an answer's name.
const MAX_ANSWER_NAME = 9;

// Probabilities and indices of the answers at a step; none where the model chooses among none.
function chancesAt(viewport, { layer, sequence }, step) {
  const { extras, ownLayers, start } = viewport.header;
  if (!(CHANCES in extras) || !viewport.hasStep(step) || layer >= ownLayers) return [[], []];
  const { shape, data } = viewport.block(extras[CHANCES]);
  const first = ((step - start) * shape[1] + sequence) * shape[2];
  const half = shape[2] / 2;
  return [Array.from(data.subarray(first, first + half)), Array.from(data.subarray(first + half, first + 2 * half))];
}

// The step whose answer is shown: before the use gate has acted, the one before.
export function shownStep(viewport, { layer, step, beat }) {
  if (beat >= USE) return step;
  return step + (viewport.layer(layer).reverse ? 1 : -1);
}

export function answerValues(binding, viewport, moment) {
  const [chances, places] = chancesAt(viewport, moment, shownStep(viewport, moment));
  const rank = binding.answer;
  const isThere = rank < chances.length && Number.isFinite(chances[rank]);
  const name = isThere ? viewport.header.answerNames[places[rank]] : "";
  if (binding.give === "name") return [escapeMarkup(truncate(visible(name), MAX_ANSWER_NAME)) || BLANK];
  if (binding.give === "percent") return [isThere ? `${Math.floor(100 * chances[rank] + 0.5)} %` : BLANK];
  const place = viewport.writerNames(moment.layer).indexOf(name);
  return place < 0 ? binding.plain : binding.names[place];
}

// The bar of an answer in its row of the box; `done` is how far it is on its way from the step before's.
export function answerBar(binding, viewport, moment, done) {
  const [now] = chancesAt(viewport, moment, shownStep(viewport, moment));
  const rank = binding.answer_bar;
  if (rank >= now.length || !Number.isFinite(now[rank])) return [];
  let length = now[rank];
  if (moment.beat === USE && now.length === viewport.header.answerNames.length) {
    const [before] = chancesAt(viewport, moment, shownStep(viewport, { ...moment, beat: 0 }));
    if (rank < before.length && Number.isFinite(before[rank]))
      length = before[rank] + (now[rank] - before[rank]) * done;
  }
  const [left, right, bottom, top] = binding.box;
  const height = (top - bottom) / now.length;
  const middle = top - (rank + 0.5) * height;
  const half = Math.min(9, 0.36 * height);
  const end = left + Math.max(0.004, length) * (right - left);
  return [
    [
      [left, middle - half],
      [end, middle - half],
      [end, middle + half],
      [left, middle + half],
    ],
  ];
}
