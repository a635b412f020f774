// Whether the person's system asks that nothing slides.
function still() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

// Which of the two palettes the page wears: told by the colour of its ground.

function themeOf(root) {
  const ground = getComputedStyle(root.host ?? root).getPropertyValue("--st-background-color");
  return luminance(ground) < 0.5 ? "dark" : "light";
}

function luminance(colour) {
  const probe = new OffscreenCanvas(1, 1).getContext("2d");
  probe.fillStyle = colour.trim() || "#fff";
  probe.fillRect(0, 0, 1, 1);
  const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
  return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
}
