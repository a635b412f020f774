// A panel that wears the theme's colours: it is told when the page's theme changes.

import { currentTheme } from "./display.js";

// How often it is looked whether the theme changed, which Streamlit does without telling.
const LOOK_MS = 1000;

// Sets the palette's colours as CSS variables of an element, now and when the theme changes; returns what ends that.
// `palettes`: {light, dark}, each {name: colour}.
export function wearTheme(root, palettes, changed = () => {}) {
  let worn = "";
  const look = () => {
    const theme = currentTheme(root);
    if (theme === worn) return;
    worn = theme;
    for (const [name, colour] of Object.entries(palettes[theme])) root.style.setProperty(`--${name}`, colour);
    changed(palettes[theme]);
  };
  look();
  const timer = setInterval(look, LOOK_MS);
  return () => clearInterval(timer);
}
