// What the person's screen asks for: its theme, its width, and whether anything may slide.

// A chart narrower than this is arranged as for a phone.
export const NARROW_PX = 560;

export function prefersReducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// What the system asks for; a page may wear the other one.
export function preferredTheme() {
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

// Which of the two themes the page wears: told by the colour of its background.
export function currentTheme(root) {
  const background = getComputedStyle(root.host ?? root).getPropertyValue("--st-background-color");
  return luminance(background) < 0.5 ? "dark" : "light";
}

function luminance(colour) {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d");
  canvas.fillStyle = colour.trim() || "#fff";
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b] = canvas.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
