// Saves a chart of the page that is chosen by its name, as it stands on the screen: for a place beside the charts.

import { saveChart } from "./save-chart.js";

const PLACE = ["sequence", "step", "unit"];

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

// Where the player is, as the address has it.
function placeName() {
  const query = new URLSearchParams(location.search);
  return PLACE.map((name) => (query.has(name) ? `-${name}-${query.get(name)}` : "")).join("");
}
