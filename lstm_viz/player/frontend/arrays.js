// Helpers for arrays of numbers: ranges, elementwise operations, gaps as null.

// The whole numbers from start up to, but not with, stop.
export function range(start, stop) {
  return Array.from({ length: Math.max(0, stop - start) }, (_, k) => start + k);
}

// One array of two of the same shape.
export function elementwise(one, other, by) {
  return { shape: one.shape, data: one.data.map((value, k) => by(value, other.data[k])) };
}

// Nested lists in which a gap is null, as JSON and Plotly want it.
export function nanToNull(values) {
  if (Array.isArray(values)) return values.map(nanToNull);
  return Number.isNaN(values) ? null : values;
}
