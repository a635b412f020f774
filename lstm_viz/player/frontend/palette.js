// Colours: mixing them, writing on them, and exchanging one theme's for the other's. `blend`, `plotlyColorscale`,
// `contrast` and `inkOn` are twins of those in figures/palette.py.

const INKS = ["#000000", "#ffffff"];

// The colour at a share (0 to 1) of a scale.
export function blend(colours, share) {
  const position = Math.min(Math.max(share, 0), 1) * (colours.length - 1);
  const left = Math.min(Math.trunc(position), colours.length - 2);
  const channels = (colour) => [1, 3, 5].map((k) => Number.parseInt(colour.slice(k, k + 2), 16));
  const [from, to] = [channels(colours[left]), channels(colours[left + 1])];
  const mixed = from.map((a, k) => Math.floor(a + (to[k] - a) * (position - left) + 0.5));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, "0")).join("")}`;
}

function luminance(colour) {
  const linear = [1, 3, 5].map((k) => {
    const share = Number.parseInt(colour.slice(k, k + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

// The contrast ratio of two colours, from 1 to 21 (WCAG 2.2).
export function contrast(one, other) {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

// Black or white, whichever has the higher contrast on a coloured cell.
export function inkOn(colour) {
  return contrast(INKS[1], colour) > contrast(INKS[0], colour) ? INKS[1] : INKS[0];
}

// A Plotly colour scale, bent where numbers are drawn on a root scale.
export function plotlyColorscale(colours, signedSqrt) {
  return colours.map((colour, stop) => {
    const share = stop / (colours.length - 1);
    const bent = 0.5 + (Math.sign(share - 0.5) * (2 * share - 1) ** 2) / 2;
    return [signedSqrt ? bent : share, colour];
  });
}

// The theme whose palette has this background.
export function themeOfBackground(colour, palettes) {
  return Object.keys(palettes).find((theme) => palettes[theme].background === colour) ?? "light";
}

// {colour in one palette: its twin in the other}.
export function paletteSwap(from, to) {
  const pairs = Object.keys(from).flatMap((role) => {
    const [before, after] = [from[role], to[role]].map((value) => [value].flat());
    return before.map((colour, k) => [colour, after[k]]);
  });
  return Object.fromEntries(pairs);
}

// A figure, or a part of it, with its colours exchanged.
export function swapColours(value, swap) {
  if (typeof value === "string") return swap[value] ?? value;
  if (Array.isArray(value)) return value.map((part) => swapColours(part, swap));
  if (value && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, swapColours(part, swap)]));
  return value;
}
