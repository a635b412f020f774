// Tells the server when the page's theme or width is another than its charts were drawn for.

import { currentTheme, NARROW_PX } from "./display.js";

const POLL_MS = 400;
const timers = new WeakMap();

export default function mount({ parentElement, data, setStateValue }) {
  clearInterval(timers.get(parentElement));
  let reported = JSON.stringify(data);
  const report = () => {
    const current = { theme: currentTheme(parentElement), narrow: window.innerWidth < NARROW_PX };
    if (JSON.stringify(current) === reported) return;
    reported = JSON.stringify(current);
    setStateValue("screen", current);
  };
  timers.set(parentElement, setInterval(report, POLL_MS));
  return () => clearInterval(timers.get(parentElement));
}
