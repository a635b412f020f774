// What the panels under the pictures have in common: a text that speaks of one frames it and brings it into sight.

import { prefersReducedMotion } from "./display.js";

// The panels' keys.
export const PANELS = ["gate-count", "own-cell", "writing"];
const PHONE_PX = 640;
// Between the text above the pictures and a panel.
const MARGIN_PX = 12;
// For so long charts may still come above a panel that a link opens.
const SETTLING_MS = 4000;
const HANDS = ["wheel", "pointerdown", "keydown"];

// Listens for paragraphs that speak of the panel of this key, also for the one that is read already; returns what ends
// that.
export function followText(parent, key) {
  const box = () => (parent.host ?? parent).closest?.(`.st-key-${key}`);
  let [read, endSettling] = [null, () => {}];
  const hear = ({ detail: { paragraph, light } }) => {
    const isMeant = Boolean(light?.includes(key));
    box()?.classList.toggle("highlighted-chart", isMeant);
    if (paragraph !== read) endSettling();
    if (isMeant && paragraph !== read && box()) endSettling = keepInSight(box());
    read = paragraph;
  };
  window.addEventListener("lstm-viz:paragraph", hear);
  setTimeout(() => window.dispatchEvent(new CustomEvent("lstm-viz:tell-paragraph")));
  return () => {
    endSettling();
    window.removeEventListener("lstm-viz:paragraph", hear);
  };
}

// Brings a panel into sight, and again when what is above it becomes higher, until a hand does something.
function keepInSight(box) {
  const look = new ResizeObserver(() => bringIntoSight(box));
  const above = document.querySelector(".st-key-stage");
  look.observe(above ?? box);
  for (const chart of above?.querySelectorAll("[class*=st-key-stage-charts]") ?? []) look.observe(chart);
  const end = () => {
    look.disconnect();
    for (const name of HANDS) window.removeEventListener(name, end, true);
  };
  for (const name of HANDS) window.addEventListener(name, end, true);
  setTimeout(end, SETTLING_MS);
  return end;
}

// A panel that the screen can't hold begins at its top, as on a phone, where the text covers the lower edge. Above the
// pictures the text covers the upper one.
function bringIntoSight(box) {
  const text = document.querySelector(".st-key-lesson-column")?.getBoundingClientRect();
  const isPhone = innerWidth <= PHONE_PX;
  const isAbove = !isPhone && text && text.width > innerWidth / 2;
  if (isAbove) box.style.scrollMarginTop = `${text.height + text.top + MARGIN_PX}px`;
  const isLarge = box.offsetHeight > 0.6 * innerHeight || isPhone;
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
