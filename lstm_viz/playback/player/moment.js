// Moments that exist, and the window round them. The twin of figures/starting.py's `inside`.

function sound(moment, reel) {
  const { header } = reel;
  const within = (value, count) => Math.min(Math.max(value, 0), count - 1);
  const layer = within(moment.layer, header.own);
  const sequence = within(moment.sequence, header.sequenceNames.length);
  const step = within(moment.step, header.lengths[sequence]);
  const { order } = reel.layer(layer);
  const unit = order.includes(moment.unit) ? moment.unit : order[0];
  const gate = OPENED[moment.gate] in (header.maps[layer] ?? {}) ? moment.gate : 0;
  const depth = header.maps.length ? within(moment.depth ?? 0, 3) : 0;
  return { ...moment, layer, sequence, step, unit, gate, depth, window: windowAround(step, moment.window, reel) };
}

// The window keeps its place while the step is in it, and turns like a page when it leaves. It begins no sooner
// than what is held.
function windowAround(step, window, reel) {
  const width = reel.header.window;
  const last = Math.max(0, reel.header.total - width);
  const first = Math.max(0, Math.min(reel.header.start, step, last));
  if (step >= window && step < window + width) return Math.min(Math.max(window, first), last);
  return Math.max(first, Math.min(Math.floor(step / width) * width, last));
}
