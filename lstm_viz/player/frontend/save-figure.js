// Saves a chart of the page that is chosen by its name, as it stands on the screen: for a place beside the charts.

import { saveChart } from "./save-chart.js";

const PLACE = ["sequence", "step", "unit"];
// Where the player said last that it is; until then the address tells.
let moment = null;
window.addEventListener("lstm-viz:moment", ({ detail }) => {
  moment = detail;
});

export default function mount({ parentElement, data }) {
  const select = parentElement.querySelector("select");
  const chosen = select.value;
  const shown = data.figures.filter(({ key }) => chartOf(key) || key === chosen);
  select.replaceChildren(...(shown.length ? shown : data.figures).map(({ key, title }) => new Option(title, key)));
  if (chosen) select.value = chosen;
  for (const button of parentElement.querySelectorAll("button"))
    button.onclick = () => {
      const chart = chartOf(select.value);
      if (chart) saveChart(chart, button.value, `${data.stem}-${select.value}${placeName()}`);
    };
}

const chartOf = (key) => document.querySelector(`.st-key-${CSS.escape(key)} .js-plotly-plot`);

// Where the player is, counted from 1.
function placeName() {
  const query = new URLSearchParams(location.search);
  const place = (name) => (moment ? moment[name] + 1 : query.get(name));
  return PLACE.map((name) => (place(name) ? `-${name}-${place(name)}` : "")).join("");
}
