// What the panels under the pictures have in common: a text that speaks of one frames it and brings it into sight.

import { prefersReducedMotion } from "./display.js";

// The panels' keys.
export const PANELS = ["gate-count", "own-cell"];
const PHONE_PX = 640;
// Until the charts above have their heights.
const SETTLED_MS = 60;

// Listens for paragraphs that speak of the panel of this key, also for the one that is read already; returns what ends
// that.
export function followText(parent, key) {
  const box = () => (parent.host ?? parent).closest?.(`.st-key-${key}`);
  let read = null;
  const hear = ({ detail: { paragraph, light } }) => {
    const isMeant = Boolean(light?.includes(key));
    box()?.classList.toggle("highlighted-chart", isMeant);
    if (isMeant && paragraph !== read) setTimeout(() => bringIntoSight(box()), SETTLED_MS);
    read = paragraph;
  };
  window.addEventListener("lstm-viz:paragraph", hear);
  setTimeout(() => window.dispatchEvent(new CustomEvent("lstm-viz:tell-paragraph")));
  return () => window.removeEventListener("lstm-viz:paragraph", hear);
}

// A panel that the screen can't hold begins at its top, as on a phone, where the text covers the lower edge.
function bringIntoSight(box) {
  if (!box) return;
  const isLarge = box.offsetHeight > 0.7 * innerHeight || innerWidth <= PHONE_PX;
  const behavior = prefersReducedMotion() ? "auto" : "smooth";
  box.scrollIntoView({ block: isLarge ? "start" : "nearest", behavior });
}

export function element(tag, className = "", text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text });
}

export function button(className, text, press) {
  const made = Object.assign(element("button", className, text), { type: "button" });
  made.onclick = press;
  return made;
}
